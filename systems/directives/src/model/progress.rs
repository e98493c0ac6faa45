//! How far a task is: the first axis. The second one, the deadline, is derived and never stored.

use kernel_base::{Error, Result, Words};
use serde::{Deserialize, Serialize};

/// Progress of a task (trạng thái thực hiện).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// đã giao
    Assigned,
    /// đã tiếp nhận
    Accepted,
    /// đang thực hiện
    Doing,
    /// báo cáo hoàn thành, chờ xác nhận
    Reported,
    /// đã hoàn thành
    Confirmed,
    /// thực hiện lại
    Redo,
    /// từ chối nhiệm vụ: back at the issuer, and the clock runs on
    Refused,
    /// tạm hoãn
    Suspended,
    /// hủy
    Cancelled,
}

/// What moves a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Act {
    Assign,
    Accept,
    Refuse,
    Work,
    Report,
    Confirm,
    SendBack,
    Suspend,
    Resume,
    Cancel,
    AskExtension,
}

impl Act {
    /// Name for sentences: `tiếp nhận`.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Assign => ("giao lại", "assign it again"),
            Self::Accept => ("tiếp nhận", "accept it"),
            Self::Refuse => ("từ chối", "refuse it"),
            Self::Work => ("cập nhật tiến độ", "report progress"),
            Self::Report => ("báo cáo hoàn thành", "report it done"),
            Self::Confirm => ("xác nhận hoàn thành", "confirm it"),
            Self::SendBack => ("yêu cầu thực hiện lại", "send it back"),
            Self::Suspend => ("tạm hoãn", "suspend it"),
            Self::Resume => ("cho thực hiện tiếp", "resume it"),
            Self::Cancel => ("hủy", "cancel it"),
            Self::AskExtension => ("xin gia hạn", "ask for an extension"),
        }
    }
}

impl Progress {
    pub const ALL: [Self; 9] = [
        Self::Assigned,
        Self::Accepted,
        Self::Doing,
        Self::Reported,
        Self::Confirmed,
        Self::Redo,
        Self::Refused,
        Self::Suspended,
        Self::Cancelled,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Assigned => "assigned",
            Self::Accepted => "accepted",
            Self::Doing => "doing",
            Self::Reported => "reported",
            Self::Confirmed => "confirmed",
            Self::Redo => "redo",
            Self::Refused => "refused",
            Self::Suspended => "suspended",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|progress| progress.word() == word)
    }

    pub fn words(self) -> Words {
        match self {
            Self::Assigned => ("đã giao", "assigned"),
            Self::Accepted => ("đã tiếp nhận", "accepted"),
            Self::Doing => ("đang thực hiện", "in progress"),
            Self::Reported => ("chờ xác nhận", "reported done, waits for confirmation"),
            Self::Confirmed => ("đã hoàn thành", "done"),
            Self::Redo => ("thực hiện lại", "to be done again"),
            Self::Refused => ("từ chối nhiệm vụ", "refused"),
            Self::Suspended => ("tạm hoãn", "suspended"),
            Self::Cancelled => ("đã hủy", "cancelled"),
        }
        .into()
    }

    /// Nothing more can happen.
    pub fn is_ended(self) -> bool {
        matches!(self, Self::Confirmed | Self::Cancelled)
    }

    /// Whether `act` is allowed now.
    pub fn allows(self, act: Act) -> bool {
        self.next(act).is_some()
    }

    /// The progress after `act`; `None` when it is not allowed.
    fn next(self, act: Act) -> Option<Self> {
        use Progress as P;
        match (self, act) {
            (P::Refused | P::Assigned, Act::Assign) => Some(P::Assigned),
            (P::Assigned, Act::Accept) => Some(P::Accepted),
            (P::Assigned, Act::Refuse) => Some(P::Refused),
            (P::Accepted | P::Doing | P::Redo, Act::Work) => Some(P::Doing),
            (P::Accepted | P::Doing | P::Redo, Act::Report) => Some(P::Reported),
            (P::Accepted | P::Doing | P::Redo | P::Assigned, Act::AskExtension) => Some(self),
            (P::Reported, Act::Confirm) => Some(P::Confirmed),
            (P::Reported, Act::SendBack) => Some(P::Redo),
            (P::Accepted | P::Doing | P::Redo | P::Assigned, Act::Suspend) => Some(P::Suspended),
            (P::Suspended, Act::Resume) => Some(P::Doing),
            (open, Act::Cancel) if !open.is_ended() => Some(P::Cancelled),
            _ => None,
        }
    }

    /// As [`Progress::next`].
    ///
    /// # Errors
    /// `Conflict` that says what the task is now.
    pub fn then(self, act: Act) -> Result<Self> {
        self.next(act).ok_or_else(|| {
            let ((vi, en), now) = (act.words(), self.words());
            Error::conflict(
                "wrong_state",
                Words::new(
                    format!("Nhiệm vụ đang “{}” nên không {vi} được. Hãy tải lại trang.", now.vi),
                    format!("The task is “{}”: you cannot {en}. Reload the page.", now.en),
                ),
            )
            .with_current(serde_json::json!({ "progress": self.word() }))
        })
    }

    /// The progress after a ledger event of the task; `None` for events that do not move it.
    pub(crate) fn after_event(kind: &str) -> Option<Self> {
        Some(match kind {
            "task.assigned" | "task.reassigned" => Self::Assigned,
            "task.accepted" => Self::Accepted,
            "task.refused" => Self::Refused,
            "task.progressed" | "task.resumed" => Self::Doing,
            "task.reported" => Self::Reported,
            "task.confirmed" => Self::Confirmed,
            "task.sent_back" => Self::Redo,
            "task.suspended" => Self::Suspended,
            "task.cancelled" => Self::Cancelled,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_progress_is_read_back_from_its_word() {
        for progress in Progress::ALL {
            assert_eq!(Progress::parse(progress.word()), Some(progress));
        }
        assert_eq!(Progress::parse("late"), None, "lateness is no progress");
    }

    #[test]
    fn what_has_ended_moves_no_more() {
        let acts = [Act::Accept, Act::Refuse, Act::Work, Act::Report, Act::Confirm, Act::SendBack, Act::Cancel];
        for act in acts {
            assert!(!Progress::Confirmed.allows(act) && !Progress::Cancelled.allows(act), "{act:?}");
        }
        assert!(!Progress::Assigned.allows(Act::Report), "a task is accepted before it is reported done");
        assert!(!Progress::Reported.allows(Act::AskExtension));
    }
}
