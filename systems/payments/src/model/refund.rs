//! Money that goes back (hoàn phí).

use kernel_base::{AgencyId, Instant, Words, typed_id};
use kernel_contract::DossierId;

use super::AttemptId;

typed_id!(
    /// A refund (hoàn phí).
    RefundId, "rfd"
);

/// Why money goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundReason {
    /// The fee was paid already.
    Double,
    /// The dossier had ended, or owed nothing any more.
    AfterEnd,
    /// It was paid before reception, and the dossier was not accepted.
    NeverAccepted,
}

impl RefundReason {
    pub const ALL: [Self; 3] = [Self::Double, Self::AfterEnd, Self::NeverAccepted];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Double => "double",
            Self::AfterEnd => "after_end",
            Self::NeverAccepted => "never_accepted",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }

    pub fn words(self) -> Words {
        match self {
            Self::Double => ("Khoản này đã được nộp trước đó (nộp hai lần).", "This was paid before (paid twice)."),
            Self::AfterEnd => (
                "Tiền đến sau khi hồ sơ đã kết thúc hoặc không còn phải nộp.",
                "The money came after the dossier had ended or owed nothing any more.",
            ),
            Self::NeverAccepted => {
                ("Đã nộp trước nhưng hồ sơ không được tiếp nhận.", "Paid in advance, but the dossier was not accepted.")
            }
        }
        .into()
    }
}

/// Where a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundState {
    Asked,
    /// A leader approved it; it is on its way.
    Approved,
    Done,
    Declined,
}

impl RefundState {
    pub const ALL: [Self; 4] = [Self::Asked, Self::Approved, Self::Done, Self::Declined];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Approved => "approved",
            Self::Done => "done",
            Self::Declined => "declined",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    pub fn is_open(self) -> bool {
        matches!(self, Self::Asked | Self::Approved)
    }
}

/// Money that goes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    pub id: RefundId,
    pub attempt: AttemptId,
    pub dossier: DossierId,
    pub agency: AgencyId,
    pub amount: i64,
    pub reason: RefundReason,
    pub state: RefundState,
    /// Where it was paid to when not by the gateway. Personal data.
    pub account: String,
    pub bank: String,
    pub holder: String,
    pub note: String,
    pub asked_at: Instant,
    pub asked_by: String,
    pub approved_at: Option<Instant>,
    pub approved_by: Option<String>,
    pub done_at: Option<Instant>,
    /// Number of the refund at the gateway.
    pub gateway_no: String,
    pub trouble: String,
    /// The promise to pay it back, in `kernel/obligations`.
    pub obligation: String,
    pub due_at: Instant,
    pub version: i64,
}
