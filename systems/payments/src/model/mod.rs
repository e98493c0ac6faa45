//! Types, states and rules of payments. Pure.

mod archive;
mod attempt;
mod commands;
mod receipt;
mod reconcile;
mod refund;
mod totals;
mod vietqr;

pub(crate) use archive::kept_until;
pub use attempt::{
    Attempt, AttemptId, AttemptState, FeeObligationId, Line, Obligation, ObligationState, PORTAL, Verdict,
};
pub use commands::{CancelReceipt, Decide, Except, PayOut, RunDay, Start};
pub use receipt::{FeeReceipt, FeeReceiptId, series, title_of};
pub use reconcile::{Found, Mismatch, MismatchId, MismatchKind, Ours, Reconciliation, ReconciliationId, compare};
pub use refund::{Refund, RefundId, RefundReason, RefundState, Trouble};
pub use totals::{MoneyRow, Total, Wanted};
pub use vietqr::{bank_reference, code_of_reference, vietqr};

/// Subject of the ledger that everything of a dossier's payments is recorded under.
pub fn subject(dossier: &kernel_contract::DossierId) -> String {
    format!("payment:{dossier}")
}
