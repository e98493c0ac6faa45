//! What an obligation is. Pure: no clock, no SQL.

use jiff::civil::Date;
use kernel_base::{AgencyId, Instant, Words, typed_id};
use kernel_calendar::{Cutoff, Limit, TraceLine};
use serde::{Deserialize, Serialize};
use serde_json::Value;

typed_id!(
    /// Something owed (nghĩa vụ có hạn).
    ObligationId, "obl"
);

typed_id!(
    /// A published version of a working calendar, derived from its content.
    CalendarVersionId, "cal"
);

typed_id!(
    /// A published version of a ladder, derived from its content.
    LadderId, "lad"
);

/// Gives an enum its word in the database, in JSON and back.
macro_rules! words_of {
    ($name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $name {
            /// The stable word kept in the database and in JSON.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

/// Why a clock may stand still (spec of the one-stop, pauses defined by law).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseReason {
    /// chờ bổ sung hồ sơ
    Supplement,
    /// chờ nộp phí, lệ phí
    Payment,
    /// lấy ý kiến cơ quan khác theo quy định
    Consultation,
    /// bất khả kháng
    ForceMajeure,
    /// tạm hoãn theo quyết định của cơ quan giao việc
    Suspension,
}

words_of!(PauseReason {
    Supplement = "supplement",
    Payment = "payment",
    Consultation = "consultation",
    ForceMajeure = "force_majeure",
    Suspension = "suspension",
});

impl PauseReason {
    pub fn words(self) -> Words {
        let (vi, en) = match self {
            Self::Supplement => ("chờ bổ sung hồ sơ", "waiting for a supplement"),
            Self::Payment => ("chờ nộp phí, lệ phí", "waiting for payment"),
            Self::Consultation => ("lấy ý kiến cơ quan khác theo quy định", "consultation defined by law"),
            Self::ForceMajeure => ("bất khả kháng", "force majeure"),
            Self::Suspension => ("tạm hoãn theo quyết định của cơ quan giao việc", "suspended by who assigned it"),
        };
        Words::new(vi, en)
    }
}

/// How an obligation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Done as owed.
    Done,
    /// Answered with a refusal: an answer too, so it is early, on time or late.
    Refused,
    /// The person took the request back.
    Withdrawn,
    /// Stopped by a lawful notice.
    Stopped,
    /// Opened by mistake.
    Cancelled,
}

words_of!(Outcome {
    Done = "done",
    Refused = "refused",
    Withdrawn = "withdrawn",
    Stopped = "stopped",
    Cancelled = "cancelled",
});

/// Whether the promise was kept; computed once, at the close, from the legal due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResultClass {
    /// Closed on a day before the day of the legal due (Vietnam's calendar dates).
    Early,
    /// Closed on the day of the legal due, not after it.
    OnTime,
    /// Closed after the legal due.
    Late,
}

words_of!(ResultClass { Early = "early", OnTime = "on_time", Late = "late" });

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Running,
    Paused,
    Closed,
}

words_of!(State { Running = "running", Paused = "paused", Closed = "closed" });

/// A stretch in which the clock stood still.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PauseSpan {
    pub from: Instant,
    /// `None` while it lasts.
    pub until: Option<Instant>,
    pub reason: PauseReason,
    pub legal_basis: String,
    /// Working minutes that were left until the legal due. `None`: the due had already passed; nothing is given back.
    pub left: Option<i64>,
    /// Working minutes that were left until the appointment of an extension, if there was one ahead.
    pub appointment_left: Option<i64>,
    /// At most a fifth of the limit was left.
    pub near_due: bool,
    /// The legal due after the pause.
    pub due_after: Option<Instant>,
}

/// A new appointment; the legal due stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    pub at: Instant,
    pub appointment: Instant,
}

/// A report that it is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    pub at: Instant,
    /// When it was sent back as not done; `None` while it waits and when it was confirmed.
    pub sent_back: Option<Instant>,
}

/// How long an agency held the obligation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HolderSpan {
    pub agency: AgencyId,
    pub from: Instant,
    /// `None` for the present holder.
    pub until: Option<Instant>,
}

/// Something an agency owes, with its clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Obligation {
    pub id: ObligationId,
    /// `dossier.reception`, `dossier.settlement`, `dossier.step`, `dossier.consultation`, ...
    pub kind: String,
    /// Subject of the ledger whose events this folds, e.g. `dossier:dos_…`.
    pub subject: String,
    /// Who has it on the desk now.
    pub holder: AgencyId,
    /// Who answers for it on the scoreboard; see [`Obligation::answers`].
    pub responsible: AgencyId,
    pub opened_at: Instant,
    /// Receipt, from which the limit is counted.
    pub start: Instant,
    pub limit: Limit,
    pub cutoff: Option<Cutoff>,
    /// The day the due was given as; the limit then counts the working days up to it.
    pub due_on: Option<Date>,
    /// Where the limit comes from.
    pub source: Value,
    /// The ladder pinned at the opening; `None`: reminders at 50, 80 and 100 percent.
    pub ladder: Option<LadderId>,
    /// The calendar pinned at the opening.
    pub calendar_version: CalendarVersionId,
    /// The calendar pinned at the last resumption; that of the opening without one.
    pub running_calendar: CalendarVersionId,
    /// Working minutes from the start of the clock to the first promise.
    pub limit_minutes: i64,
    /// Never changes.
    pub first_promise: Instant,
    /// First promise plus lawful pauses; alone decides late or on time. While paused: as it was before the pause.
    pub legal_due: Instant,
    /// New appointment of an extension; only moves reminders.
    pub appointment: Option<Instant>,
    pub state: State,
    pub paused_since: Option<Instant>,
    /// Reported done; waits for confirmation, without reminders. Confirmed, it alone decides late or on time.
    pub delivered_at: Option<Instant>,
    pub closed_at: Option<Instant>,
    pub outcome: Option<Outcome>,
    /// `None` while open, and when it was withdrawn, stopped or cancelled in time. A passed due is never forgotten.
    pub result: Option<ResultClass>,
    /// Working minutes after the legal due, at the close.
    pub late_minutes: i64,
    /// Working days after the day of the legal due, at the close.
    pub late_days: i64,
    pub pauses: Vec<PauseSpan>,
    pub extensions: Vec<Extension>,
    pub deliveries: Vec<Delivery>,
    pub holders: Vec<HolderSpan>,
    /// When a fifth of the limit is left until the legal due.
    pub risk_at: Option<Instant>,
    /// When the next rung is due: `None` while paused or delivered, when closed, and after the last rung.
    pub next_action_at: Option<Instant>,
    /// Number of that rung in the ladder.
    pub next_mark: Option<i64>,
    /// Last rung climbed since the opening or the last extension; 0 for none.
    pub reminded: i64,
    /// Number of events folded.
    pub version: i64,
    /// How the instants came about. Filled by `explain` and `of_subject`, else empty.
    #[serde(skip_deserializing)]
    pub trace: Vec<TraceLine>,
}

impl Obligation {
    pub fn is_open(&self) -> bool {
        self.state != State::Closed
    }

    /// Late at `now`: closed or delivered late, or open with the legal due behind. A clock that was paused in time is
    /// not late.
    pub fn is_late(&self, now: Instant) -> bool {
        let at = self.delivered_at.or(self.closed_at).or(self.paused_since).unwrap_or(now);
        at > self.legal_due
    }

    /// Who answers for it at `at`: once it is late, the one who held it when the legal due passed, whoever it was handed
    /// to afterwards; of what was done in time, the one who held it then; else the present holder. Events that do not
    /// come never change it: a due that passes leaves it with the holder.
    pub(crate) fn answers(&self, at: Instant) -> AgencyId {
        let moment = if self.is_late(at) { self.legal_due } else { self.delivered_at.or(self.closed_at).unwrap_or(at) };
        let span = self.holders.iter().rev().find(|span| span.from <= moment).or(self.holders.first());
        span.map_or_else(|| self.holder.clone(), |span| span.agency.clone())
    }

    /// What reminders aim at: the appointment when there is one, else the legal due.
    pub fn target(&self) -> Instant {
        self.appointment.unwrap_or(self.legal_due)
    }

    /// Pauses opened when at most a fifth of the limit was left.
    pub fn pauses_near_due(&self) -> i64 {
        self.pauses.iter().filter(|pause| pause.near_due).count() as i64
    }
}
