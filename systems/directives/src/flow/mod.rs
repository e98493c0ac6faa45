//! Use cases: one function = one transaction, read from the top down: authorise, load, decide, save, record.

mod assign;
mod documents;
mod evidence;
mod extension;
mod import;
mod letters;
mod look;
mod places;
mod ratings;
mod rung;
mod shared;
mod sign;
mod teams;
mod tell;
mod verify;
mod work;

pub use assign::{assign, reassign, sub_assign};
pub use documents::{enter_document, look_document, look_documents};
pub use evidence::evidence_file;
pub use extension::{ask_extension, decide_extension};
pub use import::{ImportRow, Preview, confirm_import, stage_import};
pub use letters::{answer_letter, letter_document, look_letter, look_letters, sign_letter};
pub use look::{Board, PublicTasks, TaskView, board, look};
pub use places::{units_below, units_for};
pub use ratings::{decide_rating, look_rating, look_ratings, rating_document, see_rating};
pub use rung::{answer_notice, on_rung};
pub(crate) use shared::judges;
pub(crate) use sign::{LETTER, RATING, signed_file, waits};
pub use sign::{PRINT_JOB, printed, sign_letter_again, signed, to_print};
pub use teams::{TeamView, confirm_remedy, look_team, look_teams, make_team, record_visit, remedies_of, report_remedy};
pub use tell::{TELL_JOB, tell_of};
pub(crate) use verify::missing;
pub use verify::verify;
pub use work::{accept, cancel, confirm, hand_in_part, progress, refuse, report, resume, send_back, suspend};
