//! Fees: obligations, attempts, receipts, refunds, reconciliation.
