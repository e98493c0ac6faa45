//! What a procedure promises at one agency on one day.

use std::sync::Arc;

use jiff::civil::Date;
use kernel_base::{AgencyId, Instant, Result, Vnd, Words, typed_id};
use kernel_db::Tx;
use kernel_forms::{Form, Places};
use serde::{Deserialize, Serialize};

use crate::Collect;

pub use kernel_calendar::{Cutoff, Limit, Unit};

typed_id!(
    /// One published version of a procedure (phiên bản công bố). A dossier keeps the one in force when it was received.
    ProcedureVersionId, "pver"
);

/// Level of an online service. Four levels until NĐ 42/2022 took effect (TT 32/2017), two after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// mức độ 1 to 4
    Level1,
    Level2,
    Level3,
    Level4,
    /// một phần
    Partial,
    /// toàn trình
    Full,
}

/// Tier that settles the procedure (cấp thực hiện).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    Province,
    District,
    Commune,
}

/// How a dossier arrives (cách thức thực hiện).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// trực tiếp
    Counter,
    /// trực tuyến
    Online,
    /// bưu chính công ích
    Postal,
}

/// Where a value comes from and how sure it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Act, decision or document, e.g. `VB, sổ tay một cửa cấp xã 2025`; shown to people.
    pub text: String,
    /// True when the value only serves the demonstration ("dữ liệu minh họa").
    #[serde(default)]
    pub illustrative: bool,
    pub valid_from: Date,
    #[serde(default)]
    pub valid_to: Option<Date>,
}

/// An act the procedure rests on (căn cứ pháp lý).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    pub number: String,
    pub title: String,
}

/// A fee (phí) or charge (lệ phí). No amount = "chưa công bố".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fee {
    pub code: String,
    pub name: Words,
    /// Đồng; `None` = not published; nothing may be asked.
    pub amount: Option<Vnd>,
    /// Counted per copy (bản sao) rather than once.
    #[serde(default)]
    pub per_copy: bool,
    /// When it is collected; afterwards unless it says otherwise.
    #[serde(default, skip_serializing_if = "Collect::is_after")]
    pub collect: Collect,
    /// Who does not pay it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exemptions: Vec<Exemption>,
    pub source: Source,
}

/// Persons who do not pay a fee (đối tượng miễn), known by an answer of the form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exemption {
    pub name: Words,
    /// Name of the form's field, and the answer that gives the exemption.
    pub field: String,
    pub answer: String,
    pub source: Source,
}

/// A required paper (thành phần hồ sơ).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    pub code: String,
    /// Official name.
    pub name: Words,
    /// What an ordinary person calls it, and what to photograph.
    #[serde(default)]
    pub plain: Words,
    pub required: bool,
    #[serde(default)]
    pub originals: u32,
    #[serde(default)]
    pub copies: u32,
    /// Data source that makes the paper unnecessary, when there is one.
    #[serde(default)]
    pub replaceable_by: Option<String>,
}

/// A case (trường hợp) with its own limit, fees, papers, form and workflow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    pub code: String,
    pub name: Words,
    /// Settlement limit (thời hạn giải quyết); `None` = "chưa công bố": no promise is computed from it.
    pub limit: Option<Limit>,
    /// Shorter limit for online submission, when one is published.
    #[serde(default)]
    pub limit_online: Option<Limit>,
    /// Same-day procedures: received after this time counts from the next working day (15:00 rule).
    #[serde(default)]
    pub cutoff: Option<Cutoff>,
    pub limit_source: Option<Source>,
    #[serde(default)]
    pub fees: Vec<Fee>,
    #[serde(default)]
    pub papers: Vec<Paper>,
    /// JSON Schema of the form, `examples[0]` is a complete valid answer; `None` = no electronic form yet.
    #[serde(default)]
    pub form: Option<serde_json::Value>,
    /// Code of the workflow graph in the one-stop system.
    pub workflow: String,
    /// Least assurance of who hands in online.
    #[serde(default, skip_serializing_if = "kernel_org::Assurance::is_contact")]
    pub assurance: kernel_org::Assurance,
}

/// Everything a dossier needs to know of its procedure: one case of one version at one agency.
#[derive(Debug, Clone)]
pub struct Offering {
    pub procedure: String,
    pub name: Words,
    pub sector: Words,
    pub version: ProcedureVersionId,
    pub tier: Tier,
    pub agency: AgencyId,
    pub level: Option<Level>,
    pub result: Words,
    pub bases: Vec<Basis>,
    /// Shared by every offering of the version.
    pub case: Arc<Case>,
    /// The form of the case, read once for all; `None` = no electronic form yet.
    pub form: Option<Form>,
}

/// The catalogue of procedures, as other systems see it. Implemented by `systems/services`.
pub trait Catalogue: Send + Sync {
    /// The offering in force at `at`; `case` may be absent when the procedure has one only.
    /// `None` when the agency does not offer the procedure then.
    fn offering(
        &self,
        tx: &mut Tx<'_>,
        procedure: &str,
        case: Option<&str>,
        agency: &AgencyId,
        at: Instant,
    ) -> Result<Option<Offering>>;

    /// The offering a dossier was received under, whatever is in force now.
    fn offering_of_version(
        &self,
        tx: &mut Tx<'_>,
        version: &ProcedureVersionId,
        case: &str,
        agency: &AgencyId,
    ) -> Result<Option<Offering>>;

    /// Every procedure that the agency settles at `at`, for the counter; in the order of the names.
    fn offered(&self, tx: &mut Tx<'_>, agency: &AgencyId, at: Instant) -> Result<Vec<Offered>>;

    /// The communes that a form may name on the day of the transaction, under the agency above each (the province, once
    /// there are no districts); groups and communes in the order of their names.
    fn communes(&self, tx: &mut Tx<'_>) -> Result<Arc<Places>>;
}

/// A procedure to choose at the counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    pub procedure: String,
    pub name: Words,
    /// Code and name of its cases.
    pub cases: Vec<(String, Words)>,
}
