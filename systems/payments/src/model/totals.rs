//! What came in over some days.

use kernel_base::Instant;
use kernel_contract::{FeeKind, PayChannel};

/// A sum over one procedure, one kind of charge, one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Total {
    pub procedure: String,
    pub procedure_name: String,
    pub kind: FeeKind,
    pub channel: PayChannel,
    /// It paid a fee; else it came in vain and goes back.
    pub settled: bool,
    /// How many fees.
    pub number: i64,
    /// Đồng.
    pub amount: i64,
}

/// Which rows; an empty word is any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    pub procedure: String,
    pub kind: String,
    pub channel: String,
    pub settled: Option<bool>,
}

/// One fee paid by one payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoneyRow {
    pub reference: String,
    /// Code of the dossier.
    pub code: String,
    /// Account of its owner.
    pub owner_account: String,
    pub procedure: String,
    /// Name of the fee.
    pub name: String,
    pub kind: FeeKind,
    pub channel: PayChannel,
    /// Đồng.
    pub amount: i64,
    pub settled: bool,
    pub at: Instant,
}
