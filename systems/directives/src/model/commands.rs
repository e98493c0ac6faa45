//! What an actor asks for. Bodies of the API and of the forms on the pages.

use jiff::civil::Date;
use kernel_base::{AgencyId, Error, FieldError, Result, Words, text};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{DocumentKind, Evidence, RatingDecision};

/// A sentence of people: cleaned, of this length.
pub(crate) fn sentence(field: &str, value: &str, least: usize, most: usize) -> Result<String> {
    let value = text::clean(value);
    let (code, vi, en) = match text::length(&value) {
        0 if least > 0 => ("required", "Hãy điền ô này.".to_owned(), "Fill in this field.".to_owned()),
        n if n < least => (
            "too_short",
            format!("Hãy ghi rõ hơn, ít nhất {least} chữ cái."),
            format!("Say more: at least {least} letters."),
        ),
        n if n > most => {
            ("too_long", format!("Hãy rút gọn, tối đa {most} chữ cái."), format!("Shorten it to {most} letters."))
        }
        _ => return Ok(value),
    };
    Err(Error::invalid(vec![FieldError::new(field, code, Words::new(vi, en))]))
}

/// Enter a document from which tasks come.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnterDocument {
    #[schema(value_type = String, example = "plan")]
    pub kind: DocumentKind,
    /// `2714/KH-UBND`; empty for an oral instruction.
    #[serde(default)]
    pub number: String,
    pub title: String,
    #[schema(value_type = String, format = Date)]
    pub issued_on: Date,
    /// Details made up for the demonstration.
    #[serde(default)]
    pub illustrative: bool,
}

/// A cooperating unit and its own day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cooperating {
    #[schema(value_type = String)]
    pub unit: AgencyId,
    #[schema(value_type = String, format = Date)]
    pub due_on: Date,
}

/// Give a task of a document to a unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignTask {
    #[serde(default)]
    pub clause: String,
    pub title: String,
    #[serde(default)]
    pub output: String,
    #[schema(value_type = String)]
    pub lead: AgencyId,
    #[serde(default)]
    pub cooperating: Vec<Cooperating>,
    #[schema(value_type = String, format = Date)]
    pub due_on: Date,
    /// 1 to 10; 1 when not said.
    #[serde(default)]
    pub weight: Option<i64>,
    #[serde(default)]
    pub secret: bool,
    /// Code of a metric whose value proves it; then progress is never typed.
    #[serde(default)]
    pub metric: Option<String>,
    /// The value to reach.
    #[serde(default)]
    pub goal: Option<f64>,
    /// Sign-in name of the officer who shall do it.
    #[serde(default)]
    pub officer: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AcceptTask {
    /// Sign-in name of the officer of the unit who shall do it.
    pub officer: String,
}

/// A reason in plain words: refuse, send back, cancel.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WithReason {
    pub reason: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reassign {
    #[schema(value_type = String)]
    pub lead: AgencyId,
    pub reason: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportProgress {
    /// 0 to 99; 100 is reported done.
    pub percent: i64,
    #[serde(default)]
    pub note: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReportDone {
    pub text: String,
    pub evidence: Vec<Evidence>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ConfirmTask {
    pub comment: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SuspendTask {
    /// Act or decision that allows it; public.
    pub legal_basis: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskExtension {
    #[schema(value_type = String, format = Date)]
    pub new_due: Date,
    pub reason: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideExtension {
    pub granted: bool,
    #[serde(default)]
    pub comment: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HandInPart {
    pub note: String,
}

/// Sign exactly the letter that was read.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignLetter {
    pub sha256: String,
    /// A fresh code of the signer's own device.
    pub totp: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerLetter {
    pub answer: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideRating {
    pub decision: RatingDecision,
    /// Points to deduct or to add, up to 10.
    #[serde(default)]
    pub points: Option<f64>,
    pub reason: String,
    /// Fresh one-time code: the decision is signed in the leader's name.
    #[serde(default)]
    pub totp: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MakeTeam {
    pub name: String,
    pub decision: String,
    /// Sign-in names, the leader first.
    pub members: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordVisit {
    #[schema(value_type = String)]
    pub unit: AgencyId,
    #[schema(value_type = String, format = Date)]
    pub visited_on: Date,
    pub summary: String,
    #[serde(default)]
    pub findings: Vec<RecordFinding>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordFinding {
    pub text: String,
    pub remedy: String,
    #[schema(value_type = String, format = Date)]
    pub due_on: Date,
}
