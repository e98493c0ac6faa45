//! Money that goes back (hoàn phí).

use kernel_base::{AgencyId, Instant, Words, typed_id};
use kernel_contract::{DossierId, PayChannel};

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

/// Why an approved refund is not done: the gateway's last word.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Trouble {
    /// Nothing yet.
    #[default]
    None,
    /// The gateway has no refunds.
    ByHand,
    /// It took the request, under this number, and has not said that the money is back: it is asked.
    Taken(String),
    /// No answer that can be believed: the same request is sent again.
    Unknown(String),
    /// Its code and reason. It is not asked again: an officer pays.
    Refused(String),
    /// Paid by hand, and afterwards by the gateway too, under this number.
    Twice(String),
}

impl Trouble {
    /// As it is stored.
    pub fn to_text(&self) -> String {
        let text = match self {
            Self::None => String::new(),
            Self::ByHand => "by_hand".to_owned(),
            Self::Taken(number) => format!("taken: {number}"),
            Self::Unknown(reason) => format!("unknown: {reason}"),
            Self::Refused(reason) => reason.clone(),
            Self::Twice(number) => format!("twice: {number}"),
        };
        text.chars().take(300).collect()
    }

    pub fn parse(text: &str) -> Self {
        match (text, text.split_once(": ")) {
            ("", _) => Self::None,
            ("by_hand", _) => Self::ByHand,
            (_, Some(("taken", number))) => Self::Taken(number.to_owned()),
            (_, Some(("unknown", reason))) => Self::Unknown(reason.to_owned()),
            (_, Some(("twice", number))) => Self::Twice(number.to_owned()),
            _ => Self::Refused(text.to_owned()),
        }
    }

    /// What a leader reads; empty when there is nothing to say.
    pub fn words(&self) -> Words {
        match self {
            Self::None | Self::ByHand => Words::new("", ""),
            Self::Taken(number) => Words::new(
                format!("đã nhận lệnh hoàn {number}, chưa báo tiền đã về. Hệ thống hỏi lại mỗi 15 phút."),
                format!(
                    "took the refund {number}, and has not said that the money is back. It is asked every 15 minutes."
                ),
            ),
            Self::Unknown(reason) => Words::new(
                format!("không có câu trả lời tin được ({reason}). Hệ thống gửi lại cùng lệnh này mỗi 15 phút."),
                format!("no answer that can be believed ({reason}). The same request is sent again every 15 minutes."),
            ),
            Self::Refused(reason) => Words::new(reason.clone(), reason.clone()),
            Self::Twice(number) => Words::new(
                format!("đã hoàn dưới số {number} sau khi cơ quan đã chi tay: người nộp nhận tiền hai lần."),
                format!("paid it back under {number} after it was paid by hand: the payer has the money twice."),
            ),
        }
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
    pub trouble: Trouble,
    /// The promise to pay it back, in `kernel/obligations`.
    pub obligation: String,
    pub due_at: Instant,
    pub version: i64,
}

impl Refund {
    /// It may be paid by hand: no gateway carries it out, the gateway refused, or it has not paid by the deadline. Before
    /// that, money that the gateway may be sending would go back twice.
    pub fn is_for_hand(&self, channel: PayChannel, now: Instant) -> bool {
        let given_up = matches!(self.trouble, Trouble::ByHand | Trouble::Refused(_));
        self.state == RefundState::Approved && (!channel.is_online() || given_up || self.due_at <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trouble_is_written_and_read_back() {
        let text = || "95: no".to_owned();
        for trouble in [
            Trouble::None,
            Trouble::ByHand,
            Trouble::Taken(String::new()),
            Trouble::Taken("14".to_owned()),
            Trouble::Unknown(text()),
            Trouble::Refused(text()),
            Trouble::Twice("14".to_owned()),
        ] {
            assert_eq!(Trouble::parse(&trouble.to_text()), trouble);
        }
    }
}
