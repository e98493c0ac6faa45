//! The states of a dossier and the moves between them (NĐ 61/2018; codes of the national portal in brackets).
//!
//! ```text
//! submitted (1) ─accept→ accepted (2) ─forward→ processing (4) ─approve→ settled (9) ─hand over→ returned (10)
//!     │ refuse → rejected (3)          stop → stopped (8)
//!     ├ ask ↔ supplement_requested (5), payment_requested (6)      clock paused
//!     └ owner asks ↔ withdrawal_requested (7) ─grant→ withdrawn
//! ```

use kernel_base::{Error, Result};
use serde::{Deserialize, Serialize};

/// Where a paused dossier goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resume {
    Submitted,
    Accepted,
    Processing,
}

/// State of a dossier; a transition consumes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Waits at the reception; the reception clock of 8 working hours runs.
    Submitted,
    /// Received; still at the counter.
    Accepted,
    /// At a step of the settling agency.
    Processing,
    /// The owner must complete something; the clock is paused.
    SupplementRequested(Resume),
    /// A fee must be paid; the clock is paused.
    PaymentRequested(Resume),
    /// The owner asked to have it back.
    WithdrawalRequested(Resume),
    /// Not received, with a written reason (form 03).
    Rejected,
    Withdrawn,
    /// Ended without a result, with a legal ground.
    Stopped,
    /// Has an approved result; waits for the hand-over.
    Settled,
    /// The owner has the result.
    Returned,
}

impl Resume {
    pub fn word(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Accepted => "accepted",
            Self::Processing => "processing",
        }
    }

    pub fn state(self) -> State {
        match self {
            Self::Submitted => State::Submitted,
            Self::Accepted => State::Accepted,
            Self::Processing => State::Processing,
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Submitted, Self::Accepted, Self::Processing].into_iter().find(|r| r.word() == word)
    }
}

impl State {
    /// Stable word of the state, as stored and as the API shows it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Accepted => "accepted",
            Self::Processing => "processing",
            Self::SupplementRequested(_) => "supplement_requested",
            Self::PaymentRequested(_) => "payment_requested",
            Self::WithdrawalRequested(_) => "withdrawal_requested",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
            Self::Stopped => "stopped",
            Self::Settled => "settled",
            Self::Returned => "returned",
        }
    }

    /// The word of the state to come back to; empty when there is none.
    pub fn resume_word(self) -> &'static str {
        match self {
            Self::SupplementRequested(r) | Self::PaymentRequested(r) | Self::WithdrawalRequested(r) => r.word(),
            _ => "",
        }
    }

    /// Reads a stored pair of words.
    pub fn parse(word: &str, resume: &str) -> Option<Self> {
        let back = || Resume::parse(resume);
        Some(match word {
            "submitted" => Self::Submitted,
            "accepted" => Self::Accepted,
            "processing" => Self::Processing,
            "supplement_requested" => Self::SupplementRequested(back()?),
            "payment_requested" => Self::PaymentRequested(back()?),
            "withdrawal_requested" => Self::WithdrawalRequested(back()?),
            "rejected" => Self::Rejected,
            "withdrawn" => Self::Withdrawn,
            "stopped" => Self::Stopped,
            "settled" => Self::Settled,
            "returned" => Self::Returned,
            _ => return None,
        })
    }

    /// Name of the state for people.
    pub fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::Submitted => ("Chờ tiếp nhận", "Waiting for reception"),
            Self::Accepted => ("Đã tiếp nhận", "Accepted"),
            Self::Processing => ("Đang xử lý", "In process"),
            Self::SupplementRequested(_) => ("Chờ bổ sung giấy tờ", "Waiting for you to supplement"),
            Self::PaymentRequested(_) => ("Chờ nộp phí, lệ phí", "Waiting for payment"),
            Self::WithdrawalRequested(_) => ("Đã yêu cầu rút hồ sơ", "Withdrawal requested"),
            Self::Rejected => ("Không được tiếp nhận", "Not accepted"),
            Self::Withdrawn => ("Đã rút hồ sơ", "Withdrawn"),
            Self::Stopped => ("Đã dừng giải quyết", "Stopped"),
            Self::Settled => ("Đã có kết quả, chờ trả", "Settled, waiting for hand-over"),
            Self::Returned => ("Đã trả kết quả", "Result handed over"),
        }
    }

    /// Code of the national portal (national-portal.md §7); the portal has one code for both withdrawal states.
    pub fn national_code(self) -> i64 {
        match self {
            Self::Submitted => 1,
            Self::Accepted => 2,
            Self::Rejected => 3,
            Self::Processing => 4,
            Self::SupplementRequested(_) => 5,
            Self::PaymentRequested(_) => 6,
            Self::WithdrawalRequested(_) | Self::Withdrawn => 7,
            Self::Stopped => 8,
            Self::Settled => 9,
            Self::Returned => 10,
        }
    }

    /// No promise runs any more.
    pub fn is_ended(self) -> bool {
        matches!(self, Self::Rejected | Self::Withdrawn | Self::Stopped | Self::Settled | Self::Returned)
    }

    pub fn is_paused(self) -> bool {
        matches!(self, Self::SupplementRequested(_) | Self::PaymentRequested(_))
    }

    pub fn accept(self) -> Result<Self> {
        match self {
            Self::Submitted => Ok(Self::Accepted),
            other => Err(other.cannot("tiếp nhận", "accept")),
        }
    }

    /// A dossier may be refused only before it was accepted; also when the reply to a supplement never came.
    pub fn refuse(self) -> Result<Self> {
        match self {
            Self::Submitted
            | Self::SupplementRequested(Resume::Submitted)
            | Self::PaymentRequested(Resume::Submitted) => Ok(Self::Rejected),
            other => Err(other.cannot("từ chối tiếp nhận", "refuse")),
        }
    }

    pub fn ask_supplement(self) -> Result<Self> {
        Ok(Self::SupplementRequested(self.running("yêu cầu bổ sung", "ask for a supplement")?))
    }

    pub fn ask_payment(self) -> Result<Self> {
        Ok(Self::PaymentRequested(self.running("yêu cầu nộp phí", "ask for a fee")?))
    }

    pub fn supplemented(self) -> Result<Self> {
        match self {
            Self::SupplementRequested(resume) => Ok(resume.state()),
            other => Err(other.cannot("nhận bổ sung", "take a supplement")),
        }
    }

    pub fn paid(self) -> Result<Self> {
        match self {
            Self::PaymentRequested(resume) => Ok(resume.state()),
            other => Err(other.cannot("ghi nhận phí", "record a payment")),
        }
    }

    pub fn forward(self) -> Result<Self> {
        match self {
            Self::Accepted | Self::Processing => Ok(Self::Processing),
            other => Err(other.cannot("chuyển bước", "forward")),
        }
    }

    /// A fee was paid: the dossier goes on where it waited for it; elsewhere it stays where it is.
    #[must_use]
    pub fn fee_paid(self) -> Self {
        self.paid().unwrap_or(self)
    }

    /// Work on the content: consulting, drafting, returning a draft. Does not change the state.
    pub fn work(self, vi: &str, en: &str) -> Result<Self> {
        match self {
            Self::Processing => Ok(self),
            other => Err(other.cannot(vi, en)),
        }
    }

    pub fn settle(self) -> Result<Self> {
        match self {
            Self::Processing => Ok(Self::Settled),
            other => Err(other.cannot("phê duyệt kết quả", "approve the result")),
        }
    }

    pub fn hand_over(self) -> Result<Self> {
        match self {
            Self::Settled => Ok(Self::Returned),
            other => Err(other.cannot("trả kết quả", "hand over")),
        }
    }

    pub fn ask_withdrawal(self) -> Result<Self> {
        match self {
            Self::SupplementRequested(r) | Self::PaymentRequested(r) => Ok(Self::WithdrawalRequested(r)),
            other => Ok(Self::WithdrawalRequested(other.running("rút hồ sơ", "withdraw")?)),
        }
    }

    pub fn grant_withdrawal(self) -> Result<Self> {
        match self {
            Self::WithdrawalRequested(_) => Ok(Self::Withdrawn),
            other => Err(other.cannot("cho rút hồ sơ", "grant the withdrawal")),
        }
    }

    pub fn decline_withdrawal(self) -> Result<Self> {
        match self {
            Self::WithdrawalRequested(resume) => Ok(resume.state()),
            other => Err(other.cannot("từ chối cho rút", "decline the withdrawal")),
        }
    }

    /// After acceptance only; before it a dossier is refused instead.
    pub fn stop(self) -> Result<Self> {
        match self {
            Self::Accepted
            | Self::Processing
            | Self::SupplementRequested(Resume::Accepted | Resume::Processing)
            | Self::PaymentRequested(Resume::Accepted | Resume::Processing) => Ok(Self::Stopped),
            other => Err(other.cannot("dừng giải quyết", "stop")),
        }
    }

    fn running(self, vi: &str, en: &str) -> Result<Resume> {
        match self {
            Self::Submitted => Ok(Resume::Submitted),
            Self::Accepted => Ok(Resume::Accepted),
            Self::Processing => Ok(Resume::Processing),
            other => Err(other.cannot(vi, en)),
        }
    }

    fn cannot(self, vi: &str, en: &str) -> Error {
        let (name_vi, name_en) = self.name();
        Error::conflict(
            "wrong_state",
            kernel_base::Words::new(
                format!(
                    "Không thể {vi}: hồ sơ đang ở trạng thái “{name_vi}”. Hãy tải lại trang để xem việc có thể làm."
                ),
                format!("Cannot {en}: the dossier is “{name_en}”. Reload the page to see what can be done."),
            ),
        )
        .with_current(serde_json::json!({ "status": self.word() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [State; 13] = [
        State::Submitted,
        State::Accepted,
        State::Processing,
        State::SupplementRequested(Resume::Submitted),
        State::SupplementRequested(Resume::Processing),
        State::PaymentRequested(Resume::Accepted),
        State::WithdrawalRequested(Resume::Processing),
        State::WithdrawalRequested(Resume::Submitted),
        State::Rejected,
        State::Withdrawn,
        State::Stopped,
        State::Settled,
        State::Returned,
    ];

    #[test]
    fn every_state_is_written_and_read_back() {
        for state in ALL {
            assert_eq!(State::parse(state.word(), state.resume_word()), Some(state));
        }
        assert_eq!(State::parse("supplement_requested", ""), None);
        assert_eq!(State::parse("late", ""), None);
    }

    #[test]
    fn a_dossier_goes_from_submission_to_the_returned_result() {
        let state = State::Submitted.accept().unwrap().forward().unwrap().forward().unwrap().settle().unwrap();
        assert_eq!(state.hand_over().unwrap(), State::Returned);
    }

    #[test]
    fn an_ended_dossier_moves_nowhere_but_to_the_hand_over() {
        for state in ALL.into_iter().filter(|s| s.is_ended()) {
            assert!(state.accept().is_err() && state.refuse().is_err() && state.forward().is_err());
            assert!(state.ask_supplement().is_err() && state.ask_payment().is_err() && state.stop().is_err());
            assert!(state.settle().is_err() && state.ask_withdrawal().is_err());
            assert_eq!(state.hand_over().is_ok(), state == State::Settled);
        }
    }

    #[test]
    fn a_pause_comes_back_to_where_it_began() {
        for state in [State::Submitted, State::Accepted, State::Processing] {
            assert_eq!(state.ask_supplement().unwrap().supplemented().unwrap(), state);
            assert_eq!(state.ask_payment().unwrap().paid().unwrap(), state);
            assert_eq!(state.ask_withdrawal().unwrap().decline_withdrawal().unwrap(), state);
        }
    }

    #[test]
    fn a_refusal_is_for_what_was_never_accepted_and_a_stop_for_what_was() {
        assert!(State::SupplementRequested(Resume::Submitted).refuse().is_ok());
        assert!(State::SupplementRequested(Resume::Submitted).stop().is_err());
        assert!(State::SupplementRequested(Resume::Processing).refuse().is_err());
        assert!(State::SupplementRequested(Resume::Processing).stop().is_ok());
    }
}
