//! Types, states and rules of the one-stop-shop. Pure: no I/O, no clock, no SQL.

mod archive;
mod commands;
mod dossier;
mod events;
mod fees;
mod slips;
mod state;

pub(crate) use archive::kept_until;
pub use commands::{
    Accept, Answer, AnswerConsultation, Apologise, Approve, ApproveApology, ApproveMany, Chosen, Consult,
    DecideWithdrawal, Draft, ExemptFee, Forward, Handover, PayFee, Reason, Refuse, RequestFee, ReturnDraft, SignAgain,
    Stop, Supplement, SupplementItem, WithdrawalRequest,
};
pub use dossier::{
    Apology, ApologyId, BatchId, Consultation, ConsultationId, Dossier, FeeId, FeeRow, HandoverRow, OfficerRef,
    PaperRow, ResultId, ResultRow, SlipId, SlipKind, SlipRow, StepRow, SupplementId, SupplementRow,
};
pub(crate) use dossier::{day_of, subject_of};
pub use events::{EventView, describe};
pub use fees::{charge, exemption, fee_total};
pub use slips::{SlipForm, slip_form};
pub use state::{Resume, State};
