//! Receipts (biên lai thu phí, lệ phí): one for phí and one for lệ phí.

use kernel_base::{AgencyId, Instant, typed_id};
use kernel_contract::{DossierId, FeeKind};
use serde_json::Value;

use super::AttemptId;

typed_id!(
    /// A receipt (biên lai).
    FeeReceiptId, "rcp"
);

/// A receipt as it was issued.
#[derive(Debug, Clone, PartialEq)]
pub struct FeeReceipt {
    pub id: FeeReceiptId,
    pub agency: AgencyId,
    /// `BLP-21` or `BLLP-21`: kind and year; numbers have no gaps within agency and series.
    pub series: String,
    pub number: i64,
    pub kind: FeeKind,
    pub dossier: DossierId,
    pub attempt: AttemptId,
    pub amount: i64,
    /// The printed document as JSON. Personal data.
    pub content: Value,
    pub issued_at: Instant,
    pub issued_by: String,
    pub cancelled_at: Option<Instant>,
    pub cancelled_by: Option<String>,
    pub cancel_reason: String,
    /// The receipt that this one takes the place of.
    pub replaces: Option<FeeReceiptId>,
    pub version: i64,
}

impl FeeReceipt {
    /// `BLP-21/0000012`
    pub fn full_number(&self) -> String {
        format!("{}/{:07}", self.series, self.number)
    }
}

/// Series of a kind in a year. The pattern is this product's; a province puts its registered one here.
pub fn series(kind: FeeKind, year: i16) -> String {
    let word = match kind {
        FeeKind::Phi => "BLP",
        FeeKind::LePhi => "BLLP",
    };
    format!("{word}-{:02}", year.rem_euclid(100))
}

/// `Biên lai thu phí`
pub fn title_of(kind: FeeKind) -> &'static str {
    match kind {
        FeeKind::Phi => "Biên lai thu phí",
        FeeKind::LePhi => "Biên lai thu lệ phí",
    }
}
