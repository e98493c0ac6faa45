//! What is owed, and the tries to pay it.

use kernel_base::{AgencyId, Instant, Words, typed_id};
use kernel_contract::{Collect, DossierCode, DossierId, FeeKind, PayChannel, PayNotice};

/// Code of an attempt that the payer makes at the national portal, which asked us what is owed.
pub const PORTAL: &str = "portal";

typed_id!(
    /// What a dossier owes for one published fee (nghĩa vụ tài chính).
    FeeObligationId, "fob"
);
typed_id!(
    /// One try to pay (lần thanh toán).
    AttemptId, "pat"
);

/// Where an obligation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObligationState {
    Open,
    Paid,
    /// Nothing is collected from this person.
    Exempt,
    /// The dossier ended before it was paid.
    Cancelled,
}

impl ObligationState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Paid => "paid",
            Self::Exempt => "exempt",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        [Self::Open, Self::Paid, Self::Exempt, Self::Cancelled].into_iter().find(|state| state.as_str() == word)
    }
}

/// What a dossier owes for one fee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obligation {
    pub id: FeeObligationId,
    pub dossier: DossierId,
    pub code: DossierCode,
    pub procedure: String,
    pub procedure_name: String,
    pub agency: AgencyId,
    pub reception: AgencyId,
    pub owner_account: String,
    /// Personal data.
    pub payer: String,
    pub fee: String,
    pub kind: FeeKind,
    pub name: String,
    pub basis: String,
    pub illustrative: bool,
    pub unit_amount: i64,
    pub copies: i64,
    pub amount: i64,
    pub collect: Collect,
    pub exempt_reason: String,
    pub state: ObligationState,
    pub asked_at: Instant,
    pub settled_at: Option<Instant>,
    pub version: i64,
}

/// Where an attempt stands: `created → redirected → confirmed | failed | expired`, `confirmed → refunded | disputed`,
/// `disputed → confirmed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptState {
    Created,
    /// The payer was sent to the gateway.
    Redirected,
    Confirmed,
    Failed,
    Expired,
    /// All of it went back.
    Refunded,
    /// What the gateway says of it now differs from what it confirmed.
    Disputed,
}

impl AttemptState {
    pub const ALL: [Self; 7] =
        [Self::Created, Self::Redirected, Self::Confirmed, Self::Failed, Self::Expired, Self::Refunded, Self::Disputed];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Redirected => "redirected",
            Self::Confirmed => "confirmed",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Refunded => "refunded",
            Self::Disputed => "disputed",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Waits for the gateway.
    pub fn is_waiting(self) -> bool {
        matches!(self, Self::Created | Self::Redirected)
    }

    /// Money came in under it.
    pub fn has_money(self) -> bool {
        matches!(self, Self::Confirmed | Self::Refunded | Self::Disputed)
    }

    /// Nothing will follow unless money comes late.
    pub fn is_finished(self) -> bool {
        !self.is_waiting()
    }
}

/// One try to pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub id: AttemptId,
    /// Given to the gateway; letters and digits, never used twice (but see [`Attempt::gateway_reference`]).
    pub reference: String,
    pub dossier: DossierId,
    pub agency: AgencyId,
    pub channel: PayChannel,
    pub amount: i64,
    pub state: AttemptState,
    /// The gateway gave no answer that could be understood.
    pub unknown: bool,
    pub pay_url: String,
    pub created_at: Instant,
    pub expires_at: Instant,
    pub confirmed_at: Option<Instant>,
    pub transaction: String,
    pub bank: String,
    pub code: String,
    pub reason: Words,
    /// Number of the bank's transfer or the paper receipt, for money taken at the counter.
    pub note: String,
    pub refund_total: i64,
    pub version: i64,
}

/// One obligation that an attempt pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub obligation: FeeObligationId,
    pub amount: i64,
    pub settled: bool,
}

/// What a believed notice means for its attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Money came in for the first time.
    Pay,
    /// It did not succeed.
    Fail,
    /// Another transaction under a reference that has its money: the payer paid once more.
    PaidAgain,
    /// Known already.
    Repeated,
    /// It was denied after its success, and is confirmed again.
    Restored,
    /// A failure told after the success: the success stands.
    AlreadySettled,
    /// Another amount than was ordered.
    WrongAmount,
}

impl Attempt {
    /// Decides what a believed notice means. Money that comes after a failure or an expiry is money all the same.
    pub fn judge(&self, notice: &PayNotice) -> Verdict {
        if notice.amount != self.amount {
            return Verdict::WrongAmount;
        }
        match (self.state.has_money(), notice.paid) {
            (true, true) if self.transaction == notice.transaction => match self.state {
                AttemptState::Disputed => Verdict::Restored,
                _ => Verdict::Repeated,
            },
            (true, true) if !self.transaction.is_empty() && !notice.transaction.is_empty() => Verdict::PaidAgain,
            (true, _) => Verdict::AlreadySettled,
            (false, true) => Verdict::Pay,
            (false, false) if self.state.is_waiting() => Verdict::Fail,
            (false, false) => Verdict::Repeated,
        }
    }

    /// As the gateway knows it. A second transaction under one reference is an attempt of its own here: `…-2`.
    pub fn gateway_reference(&self) -> &str {
        self.reference.split('-').next().unwrap_or_default()
    }

    /// It is a second transaction under the reference of another attempt.
    pub fn is_again(&self) -> bool {
        self.gateway_reference() != self.reference
    }

    /// Nobody was led to a gateway with it, and the gateway never answered to it.
    pub fn is_unsent(&self) -> bool {
        self.unknown || (self.pay_url.is_empty() && self.code != PORTAL)
    }

    /// The payer may try again: this one will bring no money any more, as far as anyone knows.
    pub fn can_retry(&self) -> bool {
        matches!(self.state, AttemptState::Failed | AttemptState::Expired)
    }
}

#[cfg(test)]
mod tests {
    use kernel_base::TypedId;

    use super::*;

    fn attempt(state: AttemptState) -> Attempt {
        let at = Instant::from_millis(0);
        Attempt {
            id: AttemptId::from_part("0190a6f2a1b07c3e8f4a5b6c7d8e9f00"),
            reference: "A1".to_owned(),
            dossier: DossierId::from_part("0190a6f2a1b07c3e8f4a5b6c7d8e9f00"),
            agency: AgencyId::parse("000.00.04.H47").unwrap(),
            channel: PayChannel::Vnpay,
            amount: 50_000,
            state,
            unknown: false,
            pay_url: String::new(),
            created_at: at,
            expires_at: at,
            confirmed_at: None,
            transaction: "7".to_owned(),
            bank: String::new(),
            code: String::new(),
            reason: Words::default(),
            note: String::new(),
            refund_total: 0,
            version: 1,
        }
    }

    fn notice(amount: i64, paid: bool, transaction: &str) -> PayNotice {
        PayNotice {
            reference: "A1".to_owned(),
            amount,
            paid,
            code: String::new(),
            reason: Words::default(),
            transaction: transaction.to_owned(),
            bank: String::new(),
        }
    }

    #[test]
    fn each_notice_has_one_meaning_in_each_state() {
        use AttemptState::{Confirmed, Created, Disputed, Expired, Failed, Redirected, Refunded};
        for state in AttemptState::ALL {
            let it = attempt(state);
            assert_eq!(it.judge(&notice(49_999, true, "7")), Verdict::WrongAmount, "{state:?}");
            let (paid, failed) = (it.judge(&notice(50_000, true, "7")), it.judge(&notice(50_000, false, "7")));
            match state {
                Created | Redirected => assert_eq!((paid, failed), (Verdict::Pay, Verdict::Fail)),
                Failed | Expired => assert_eq!((paid, failed), (Verdict::Pay, Verdict::Repeated)),
                Confirmed | Refunded | Disputed => {
                    let again = if state == Disputed { Verdict::Restored } else { Verdict::Repeated };
                    assert_eq!((paid, failed), (again, Verdict::AlreadySettled));
                    assert_eq!(it.judge(&notice(50_000, true, "8")), Verdict::PaidAgain);
                    assert_eq!(it.judge(&notice(50_000, true, "")), Verdict::AlreadySettled);
                }
            }
        }
    }

    #[test]
    fn every_state_is_written_and_read_back() {
        for state in AttemptState::ALL {
            assert_eq!(AttemptState::parse(state.as_str()), Some(state));
        }
    }
}
