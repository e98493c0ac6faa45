//! Urging letters and proposals for the annual rating.

use jiff::civil::Date;
use kernel_base::{AgencyId, Instant, Words, typed_id};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::TaskId;

typed_id!(
    /// An urging letter (công văn đôn đốc).
    LetterId, "let"
);
typed_id!(
    /// A proposal for the annual rating (đề nghị xem xét khi xếp loại).
    RatingId, "rat"
);

/// Something overdue as the letter names it: a task, a part of one, a remedy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterItem {
    /// Identifier of the task or of the finding.
    pub task: String,
    /// Number of the task; empty for a remedy.
    pub code: String,
    pub title: String,
    /// `Kế hoạch số 2714/KH-UBND`
    pub document: String,
    pub clause: String,
    pub due_on: Date,
    /// `chủ trì`, `phối hợp`, `khắc phục`
    pub part: String,
    /// Number of the last signed letter that named it already.
    pub urged_before: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterState {
    Draft,
    /// Approved by the leader with his code; waits for the digital signature and the seal.
    Approved,
    Signed,
    /// Nothing was overdue any more before it was signed.
    Withdrawn,
}

impl LetterState {
    pub fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Approved => "approved",
            Self::Signed => "signed",
            Self::Withdrawn => "withdrawn",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        [Self::Draft, Self::Approved, Self::Signed, Self::Withdrawn].into_iter().find(|state| state.word() == word)
    }

    pub fn words(self) -> Words {
        match self {
            Self::Draft => ("chờ ký", "waits for signature"),
            Self::Approved => ("đã duyệt, chờ chữ ký số", "approved, waits for its digital signature"),
            Self::Signed => ("đã ký, đã gửi", "signed and sent"),
            Self::Withdrawn => ("không phát hành", "not issued"),
        }
        .into()
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Letter {
    pub id: LetterId,
    /// `15/UBND-ĐĐ`, from the register of the issuer.
    pub number: String,
    pub issuer: AgencyId,
    pub desk: AgencyId,
    pub unit: AgencyId,
    pub state: LetterState,
    pub items: Vec<LetterItem>,
    /// Of the items: what the signer has read.
    pub sha256: String,
    /// The printed facts, frozen at the signing.
    pub document: Option<serde_json::Value>,
    pub drafted_at: Instant,
    pub signed_by: Option<String>,
    pub signed_at: Option<Instant>,
    pub read_by: Option<String>,
    pub read_at: Option<Instant>,
    pub answer: Option<String>,
    pub answered_by: Option<String>,
    pub answered_at: Option<Instant>,
    pub version: i64,
}

impl Letter {
    pub fn subject(&self) -> String {
        format!("letter:{}", self.id)
    }
}

/// What is decided about a late task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RatingDecision {
    /// trừ điểm
    Deduct,
    /// không trừ, có lý do
    Excuse,
    /// ghi nhận, biểu dương
    Commend,
}

impl RatingDecision {
    pub const ALL: [Self; 3] = [Self::Deduct, Self::Excuse, Self::Commend];

    pub fn word(self) -> &'static str {
        match self {
            Self::Deduct => "deduct",
            Self::Excuse => "excuse",
            Self::Commend => "commend",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|decision| decision.word() == word)
    }

    pub fn words(self) -> Words {
        match self {
            Self::Deduct => ("trừ điểm", "deduct points"),
            Self::Excuse => ("không trừ điểm", "excuse"),
            Self::Commend => ("biểu dương", "commend"),
        }
        .into()
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rating {
    pub id: RatingId,
    pub task: TaskId,
    pub issuer: AgencyId,
    pub unit: AgencyId,
    /// Term of the accountable head.
    pub head: Option<String>,
    /// Of the decision, from the register of the issuer; empty until it is decided.
    pub number: String,
    /// The decision as it is printed, frozen.
    pub document: Option<serde_json::Value>,
    /// Working days late when it was proposed.
    pub late_days: i64,
    pub proposed_at: Instant,
    pub decision: Option<RatingDecision>,
    pub points: Option<f64>,
    pub reason: String,
    pub decided_by: Option<String>,
    pub decided_at: Option<Instant>,
    pub seen_by: Option<String>,
    pub seen_at: Option<Instant>,
    pub version: i64,
}
