//! Types, states and rules of plans and directives. Pure.

mod commands;
mod document;
mod labels;
mod letter;
mod progress;
mod task;
mod team;

pub use commands::*;
pub use document::{DirectiveDocument, DocumentId, DocumentKind};
pub use labels::official_label;
pub use letter::{Letter, LetterId, LetterItem, LetterState, Rating, RatingDecision, RatingId};
pub use progress::{Act, Progress};
pub(crate) use task::SOON_HOURS;
pub use task::{
    Deadline, Due, Evidence, EvidenceKind, ExtensionAsked, ExtensionId, Notice, NoticeId, Part, Report, ReportId, Task,
    TaskId,
};
pub use team::{Team, TeamFinding, TeamFindingId, TeamId, Visit, VisitId};
