//! A task, its parts, reports, extensions and notices.

use jiff::civil::Date;
use kernel_base::{AgencyId, Instant, Words, typed_id};
use kernel_obligations::{Level, ObligationId, ResultClass, RungAct};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{DocumentId, Progress};

typed_id!(
    /// A task (nhiệm vụ) that one unit leads.
    TaskId, "tsk"
);
typed_id!(
    /// A report that a task is done.
    ReportId, "rep"
);
typed_id!(
    /// A question for more time.
    ExtensionId, "ext"
);
typed_id!(
    /// A rung that somebody was told of.
    NoticeId, "ntc"
);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    pub id: TaskId,
    /// `NV-2021-0001`
    pub code: String,
    pub document: DocumentId,
    /// Where in the document: `Mục II.3`.
    pub clause: String,
    pub title: String,
    /// What must be there at the end (sản phẩm).
    pub output: String,
    pub weight: i64,
    /// Never public; only counted.
    pub secret: bool,
    pub parent: Option<TaskId>,
    pub issuer: AgencyId,
    pub desk: AgencyId,
    pub lead: AgencyId,
    /// Term of the accountable head on the day it was assigned.
    pub head: Option<String>,
    /// Sign-in name of the officer who works on it; may be empty.
    pub officer: String,
    pub due_on: Date,
    pub obligation: ObligationId,
    /// What the issuer owes while a report waits.
    pub confirmation: Option<ObligationId>,
    pub progress: Progress,
    pub refusals: i64,
    /// Typed by the unit, or measured where it is bound to a metric.
    pub percent: i64,
    pub metric: Option<String>,
    pub goal: Option<f64>,
    /// When it came to the public board.
    pub published_at: Option<Instant>,
    pub created_at: Instant,
    pub version: i64,
}

impl Task {
    pub fn subject(&self) -> String {
        format!("task:{}", self.id)
    }
}

/// What decides the deadline state, as the obligation has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    pub first_promise: Instant,
    /// Decides late or on time.
    pub legal_due: Instant,
    /// New appointment of an extension.
    pub appointment: Option<Instant>,
    pub paused_since: Option<Instant>,
    pub delivered_at: Option<Instant>,
    pub closed_at: Option<Instant>,
    pub result: Option<ResultClass>,
    pub late_days: i64,
    pub extensions: i64,
}

/// The second axis: derived, never stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deadline {
    /// không hạn: cancelled or withdrawn in time
    None,
    /// trong hạn
    InTime,
    /// sắp quá hạn: at most three days ahead, as existing software has it
    DueSoon,
    /// quá hạn
    Overdue,
    /// hoàn thành đúng hạn
    DoneOnTime,
    /// hoàn thành quá hạn
    DoneLate,
}

/// Hours ahead of the due from which a task counts as due soon.
pub(crate) const SOON_HOURS: i64 = 72;

impl Deadline {
    pub const ALL: [Self; 6] =
        [Self::None, Self::InTime, Self::DueSoon, Self::Overdue, Self::DoneOnTime, Self::DoneLate];

    pub fn of(due: &Due, now: Instant) -> Self {
        if due.closed_at.is_some() {
            return match due.result {
                Some(ResultClass::Late) => Self::DoneLate,
                Some(_) => Self::DoneOnTime,
                None => Self::None,
            };
        }
        let at = due.delivered_at.or(due.paused_since).unwrap_or(now);
        if at > due.legal_due {
            Self::Overdue
        } else if due.appointment.unwrap_or(due.legal_due) <= at.plus_hours(SOON_HOURS) {
            Self::DueSoon
        } else {
            Self::InTime
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::InTime => "in_time",
            Self::DueSoon => "due_soon",
            Self::Overdue => "overdue",
            Self::DoneOnTime => "done_on_time",
            Self::DoneLate => "done_late",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|deadline| deadline.word() == word)
    }

    pub fn words(self) -> Words {
        match self {
            Self::None => ("không hạn", "no due date"),
            Self::InTime => ("trong hạn", "in time"),
            Self::DueSoon => ("sắp quá hạn", "due soon"),
            Self::Overdue => ("quá hạn", "overdue"),
            Self::DoneOnTime => ("hoàn thành đúng hạn", "done on time"),
            Self::DoneLate => ("hoàn thành quá hạn", "done late"),
        }
        .into()
    }
}

/// A cooperating unit's own part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub unit: AgencyId,
    pub due_on: Date,
    pub obligation: ObligationId,
    pub done_at: Option<Instant>,
    pub note: String,
    pub version: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// A document with its number.
    Document,
    /// A value that the product measured.
    Measured,
    /// A photograph.
    Photo,
}

/// What shows that a task is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    pub kind: EvidenceKind,
    /// `Báo cáo số 12/BC-STTTT ngày 20/7/2021`
    pub title: String,
    /// Where it is kept; for a measurement the hash of its rows.
    #[serde(default)]
    pub reference: String,
    /// Identifier of a stored file (`POST /api/v1/files`) of who reports; it belongs to the task from then on.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// SHA-256 of the file, filled in by the product; who sends it along is refused when it is another file.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sha256: String,
}

/// A report that a task is done, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub id: ReportId,
    pub text: String,
    pub evidence: Vec<Evidence>,
    pub by: String,
    pub at: Instant,
    /// `confirmed`, `redo`; `None` while it waits.
    pub verdict: Option<String>,
    pub comment: String,
    pub judged_at: Option<Instant>,
    pub version: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtensionAsked {
    pub id: ExtensionId,
    pub reason: String,
    pub new_due: Date,
    pub asked_by: String,
    pub asked_at: Instant,
    pub granted: Option<bool>,
    pub comment: String,
    pub decided_at: Option<Instant>,
    pub version: i64,
}

/// A rung that was climbed, and whom it was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub id: NoticeId,
    pub task: TaskId,
    pub obligation: ObligationId,
    pub mark: i64,
    pub round: i64,
    pub act: RungAct,
    pub level: Level,
    pub agency: AgencyId,
    pub planned_at: Instant,
    pub sent_at: Instant,
    pub read_at: Option<Instant>,
    pub read_by: Option<String>,
    pub answer: Option<String>,
    pub answered_at: Option<Instant>,
    pub answered_by: Option<String>,
    pub version: i64,
}
