//! What an actor asks for. Bodies of the staff API and of the forms on the pages.

use kernel_base::{AgencyId, FieldError, Result, text};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A reason in plain words: 5 to 2,000 letters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Reason(String);

impl Reason {
    /// Errors name `field` so that the page can point at it.
    pub fn parse(field: &str, text: &str) -> Result<Self> {
        let text = text::clean(text);
        let fault = match text::length(&text) {
            0 => Some(("required", "Hãy ghi lý do bằng lời dễ hiểu.", "Give the reason in plain words.")),
            1..5 => Some((
                "too_short",
                "Lý do quá ngắn. Hãy ghi rõ hơn (ít nhất 5 chữ cái).",
                "The reason is too short. Say more.",
            )),
            5..=2000 => None,
            _ => Some((
                "too_long",
                "Lý do dài quá 2.000 chữ cái. Hãy rút gọn.",
                "The reason is over 2,000 letters. Shorten it.",
            )),
        };
        match fault {
            Some((code, vi, en)) => Err(kernel_base::Error::invalid(vec![FieldError::new(field, code, (vi, en))])),
            None => Ok(Self(text)),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Accept {
    /// Remark for the file, may be empty.
    pub note: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refuse {
    /// Why the dossier is not received; printed on form 03.
    pub reason: String,
    /// Act and article the refusal rests on.
    #[serde(default)]
    pub legal_basis: String,
}

/// One line of a supplement request: what is wrong and what is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SupplementItem {
    /// `paper:CODE` or `field:NAME`.
    pub about: String,
    pub problem: String,
    pub needed: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Supplement {
    pub items: Vec<SupplementItem>,
    #[serde(default)]
    pub note: String,
    /// Working days the owner has to answer; 1 to 90.
    #[serde(default = "default_reply_days")]
    pub reply_working_days: i64,
}

fn default_reply_days() -> i64 {
    10
}

/// The owner's answer to a supplement request.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Changed answers of the form; absent fields stay.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub form: serde_json::Map<String, serde_json::Value>,
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    pub papers: Vec<kernel_contract::SubmittedPaper>,
    #[serde(default)]
    pub note: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Forward {
    /// Step to go to; may be absent when the graph leaves one way only.
    pub to: Option<String>,
    /// Agency of that step when the graph leaves it open.
    #[schema(value_type = Option<String>)]
    pub agency: Option<AgencyId>,
    /// Officer who shall work on it.
    pub officer: Option<String>,
    pub note: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Consult {
    #[schema(value_type = String)]
    pub agency: AgencyId,
    pub question: String,
    /// Working days for the answer; 1 to 30.
    #[serde(default = "default_consult_days")]
    pub working_days: i64,
}

fn default_consult_days() -> i64 {
    3
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerConsultation {
    pub answer: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// `true` = the request is granted; `false` = a reasoned negative result.
    pub granted: bool,
    /// Body of the result, paragraphs separated by an empty line.
    pub content: String,
    /// Why it is not granted; needed when `granted` is false.
    #[serde(default)]
    pub reason: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Approve {
    /// SHA-256 of the document that was read; binds the approval to it.
    pub sha256: String,
    /// Fresh one-time code of the leader.
    pub totp: String,
    #[serde(default)]
    pub note: String,
}

/// Results that a leader signs with one confirmation, after opening each.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApproveMany {
    pub items: Vec<Chosen>,
    /// Fresh one-time code of the leader, good for this batch.
    pub totp: String,
}

/// One of them, bound to the document that was opened.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Chosen {
    pub code: String,
    pub sha256: String,
}

/// Ask again for signatures that failed.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignAgain {}

#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnDraft {
    pub reason: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Apologise {
    pub reason: String,
    /// New appointment, RFC 3339 or Vietnam time `YYYY-MM-DDTHH:MM`.
    #[schema(value_type = String)]
    pub new_appointment: kernel_base::Instant,
    /// When present, the leader approves in the same act.
    #[serde(default)]
    pub totp: Option<String>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApproveApology {
    pub totp: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Handover {
    /// Who took the result.
    pub recipient: String,
    /// `counter`, `online` or `postal`.
    #[serde(default = "default_handover_channel")]
    pub channel: String,
    /// What proves the delivery: number of the identity card shown, waybill, signature on the slip.
    pub evidence: String,
}

fn default_handover_channel() -> String {
    "counter".to_owned()
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawalRequest {
    pub reason: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideWithdrawal {
    pub granted: bool,
    #[serde(default)]
    pub reason: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    pub reason: String,
    pub legal_basis: String,
}

/// An officer grants that a person does not pay a fee.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExemptFee {
    /// Code of the published fee.
    pub fee: String,
    /// Who is exempt, on which ground; shown to the owner.
    pub reason: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RequestFee {
    /// Code of the published fee; all published fees of the case when absent.
    pub fee: Option<String>,
    /// Fees that this person does not pay.
    pub exempt: Vec<ExemptFee>,
}

/// Money taken at the counter.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PayFee {
    /// `cash` (when absent) or `transfer`.
    pub means: String,
    /// Number of the transfer; may be empty for cash.
    pub note: String,
}
