//! A dossier and the rows that belong to it.

use jiff::civil::Date;
use kernel_base::{AgencyId, Instant, typed_id};
use kernel_contract::{Channel, DossierCode, DossierId, Owner, ProcedureVersionId};
use serde::{Deserialize, Serialize};

use super::{State, SupplementItem};

typed_id!(SupplementId, "sup");
typed_id!(ConsultationId, "con");
typed_id!(ResultId, "res");
typed_id!(ApologyId, "apo");
typed_id!(FeeId, "fee");
typed_id!(SlipId, "slip");
typed_id!(
    /// A batch of dossiers from an older system.
    BatchId, "batch"
);

/// Officer as shown to people: identifier and name at the time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficerRef {
    pub id: String,
    pub name: String,
}

/// A dossier (hồ sơ) as it is now: the projection of its events.
#[derive(Debug, Clone)]
pub struct Dossier {
    pub id: DossierId,
    pub code: DossierCode,
    pub procedure: String,
    pub procedure_name: String,
    pub version_of_procedure: ProcedureVersionId,
    pub case: String,
    pub channel: Channel,
    /// The agency that settles.
    pub agency: AgencyId,
    /// The one-stop that received it for that agency.
    pub reception: AgencyId,
    pub workflow: String,
    pub workflow_version: i64,
    pub state: State,
    /// Step of the workflow where it is.
    pub step: String,
    /// Who has it now, and since when.
    pub holder: AgencyId,
    pub holder_officer: String,
    pub holder_since: Instant,
    /// Account of the owner who submitted online; empty for a dossier of the counter.
    pub owner_account: String,
    pub owner: Owner,
    pub representative: Option<Owner>,
    pub form: serde_json::Value,
    /// Key of the personal data committed in the ledger.
    pub personal: String,
    pub copies: i64,
    /// Second factor of the public look-up, printed on the receipt.
    pub lookup_key: String,
    pub submitted_at: Instant,
    pub accepted_at: Option<Instant>,
    pub settled_at: Option<Instant>,
    pub ended_at: Option<Instant>,
    pub reception_obligation: Option<String>,
    pub settlement_obligation: Option<String>,
    pub step_obligation: Option<String>,
    /// What work lists sort by; `None` when nothing is promised.
    pub due_at: Option<Instant>,
    /// Brought from an older system: labelled, and counted apart.
    pub imported: bool,
    pub version: i64,
}

impl Dossier {
    /// Subject of the dossier's chain in the ledger.
    pub fn subject(&self) -> String {
        subject_of(&self.id)
    }
}

/// Subject of a dossier's chain in the ledger.
pub(crate) fn subject_of(id: &DossierId) -> String {
    format!("dossier:{id}")
}

/// A stored paper of a dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperRow {
    pub number: i64,
    pub paper: String,
    pub name: String,
    pub file: String,
    pub sha256: String,
    pub round: i64,
    pub replaced: bool,
    /// Dossier it was taken from instead of being asked again; empty = it was handed in.
    pub reused_from: String,
}

#[derive(Debug, Clone)]
pub struct SupplementRow {
    pub id: SupplementId,
    pub stage: String,
    pub round: i64,
    pub items: Vec<SupplementItem>,
    pub note: String,
    pub reply_by: Instant,
    pub asked_by: String,
    pub asked_at: Instant,
    pub answered_at: Option<Instant>,
    pub due_before: Option<Instant>,
    pub due_after: Option<Instant>,
    pub version: i64,
}

/// A question to another agency; silence is never consent.
#[derive(Debug, Clone)]
pub struct Consultation {
    pub id: ConsultationId,
    pub dossier: DossierId,
    pub from_agency: AgencyId,
    pub agency: AgencyId,
    pub question: String,
    pub obligation: String,
    pub due_at: Instant,
    pub asked_by: String,
    pub asked_at: Instant,
    pub answer: Option<String>,
    pub answered_by: Option<String>,
    pub answered_at: Option<Instant>,
    pub version: i64,
}

/// A drafted or approved result.
#[derive(Debug, Clone)]
pub struct ResultRow {
    pub id: ResultId,
    pub granted: bool,
    pub number: String,
    pub content: serde_json::Value,
    pub file: String,
    pub sha256: String,
    pub drafted_by: String,
    pub drafted_at: Instant,
    pub approved_by: Option<String>,
    pub approved_at: Option<Instant>,
    pub version: i64,
}

/// An apology with a new appointment; it never moves the legal due.
#[derive(Debug, Clone)]
pub struct Apology {
    pub id: ApologyId,
    pub reason: String,
    pub due_before: Instant,
    pub new_appointment: Instant,
    pub drafted_by: String,
    pub drafted_at: Instant,
    pub approved_by: Option<String>,
    pub approved_at: Option<Instant>,
    pub version: i64,
}

#[derive(Debug, Clone)]
pub struct FeeRow {
    pub id: FeeId,
    pub fee: String,
    pub name: String,
    /// Đồng.
    pub amount: i64,
    pub asked_at: Instant,
    pub receipt: Option<String>,
    pub paid_at: Option<Instant>,
    pub version: i64,
}

/// One stay at a step of the workflow.
#[derive(Debug, Clone)]
pub struct StepRow {
    pub number: i64,
    pub step: String,
    pub agency: AgencyId,
    pub officer: String,
    pub began_at: Instant,
    pub due_at: Option<Instant>,
    pub ended_at: Option<Instant>,
    pub action: String,
    pub by_officer: String,
    pub note: String,
}

#[derive(Debug, Clone)]
pub struct HandoverRow {
    pub recipient: String,
    pub channel: String,
    pub evidence: String,
    pub given_by: String,
    pub given_at: Instant,
}

/// Kinds of slips; number and act of the form are dated facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlipKind {
    Receipt,
    SupplementRequest,
    Refusal,
    Apology,
    StopNotice,
    ControlSlip,
    Register,
}

impl SlipKind {
    pub const ALL: [Self; 7] = [
        Self::Receipt,
        Self::SupplementRequest,
        Self::Refusal,
        Self::Apology,
        Self::StopNotice,
        Self::ControlSlip,
        Self::Register,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Receipt => "receipt",
            Self::SupplementRequest => "supplement_request",
            Self::Refusal => "refusal",
            Self::Apology => "apology",
            Self::StopNotice => "stop_notice",
            Self::ControlSlip => "control_slip",
            Self::Register => "register",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.word() == word)
    }

    /// Title for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Receipt => "Giấy tiếp nhận hồ sơ và hẹn trả kết quả",
            Self::SupplementRequest => "Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ",
            Self::Refusal => "Phiếu từ chối tiếp nhận giải quyết hồ sơ",
            Self::Apology => "Phiếu xin lỗi và hẹn lại ngày trả kết quả",
            Self::StopNotice => "Thông báo dừng giải quyết hồ sơ",
            Self::ControlSlip => "Phiếu kiểm soát quá trình giải quyết hồ sơ",
            Self::Register => "Sổ theo dõi hồ sơ",
        }
    }
}

/// A slip of a dossier: everything printed, frozen at one event.
#[derive(Debug, Clone)]
pub struct SlipRow {
    pub id: SlipId,
    pub kind: SlipKind,
    /// Number of the form in its act, e.g. `01`.
    pub form: String,
    pub act: String,
    pub content: serde_json::Value,
    pub event_seq: i64,
    pub hash: String,
    pub made_at: Instant,
}

/// Day on Vietnam's wall clock, the day of a dossier code.
pub(crate) fn day_of(at: Instant) -> Date {
    at.vietnam().date()
}
