//! Use cases: one function = one transaction, read from the top down: authorise, load, decide, save, record.

mod accept;
mod apologise;
mod approve;
mod bulk;
mod consult;
mod desk;
mod draft;
mod fees;
mod forward;
mod handover;
mod imported;
mod look;
mod refuse;
mod shared;
mod slips;
mod stop;
mod submit;
mod supplement;
mod verify;
mod withdraw;
mod workflows;

pub use accept::accept;
pub use apologise::{apologise, approve_apology, draft_due_apologies};
pub use approve::{approve, return_draft};
pub use bulk::{Outcome as BulkOutcome, accept_many, forward_many};
pub use consult::{answer_consultation, consult};
pub(crate) use desk::{Act, Bench, bench, desk_calendar, places, questions_with_codes, to_sign, waiting_apologies};
pub use draft::{DraftedFile, draft, result_document};
pub use fees::{pay_fee, request_fee};
pub use forward::forward;
pub use handover::hand_over;
pub use imported::{ImportedDossier, approve_import, stage_import};
pub(crate) use look::questions;
pub use look::{DossierView, count, inbox, look, look_public, mine, open_file, register_document};
pub use refuse::refuse;
pub use slips::{control_slip, slip_document};
pub use stop::stop;
pub use submit::submit;
pub use supplement::{answer_supplement, supplement};
pub use verify::verify;
pub use withdraw::{decide_withdrawal, request_withdrawal};
pub use workflows::publish_workflows;

pub(crate) use shared::{offering_of, settlement, workflow_of};
pub(crate) use slips::{check, facts};
pub(crate) use submit::Intake;
