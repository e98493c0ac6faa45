//! Stages, criteria and what moves a service on. Pure.

use std::{collections::BTreeMap, sync::LazyLock};

use kernel_base::{AgencyId, Error, FieldError, Instant, Result, Words, typed_id};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use overview::{AgencyLine, Show};

typed_id!(
    /// A procedure at an agency on its way to level 4.
    OfferingId, "ofr"
);

macro_rules! words_of {
    ($name:ident { $($variant:ident = $word:literal, $vi:literal, $en:literal;)+ }) => {
        impl $name {
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The stable word kept in the database and in JSON.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.word() == word)
            }

            pub fn words(self) -> Words {
                let (vi, en) = match self { $(Self::$variant => ($vi, $en)),+ };
                Words::new(vi, en)
            }
        }
    };
}

mod overview;

/// Where a service stands (spec of services, section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Listed,
    Proposed,
    Consolidated,
    Reviewed,
    Approved,
    Live,
    Suspended,
    Withdrawn,
}

words_of!(Stage {
    Listed = "listed", "rà soát", "listed";
    Proposed = "proposed", "đề xuất", "proposed";
    Consolidated = "consolidated", "tổng hợp", "consolidated";
    Reviewed = "reviewed", "thẩm định đạt", "reviewed";
    Approved = "approved", "đã phê duyệt", "approved";
    Live = "live", "đang cung cấp", "live";
    Suspended = "suspended", "tạm ngừng", "suspended";
    Withdrawn = "withdrawn", "đã rút", "withdrawn";
});

impl Stage {
    /// In the list of services that the committee found eligible.
    pub fn is_eligible(self) -> bool {
        matches!(self, Self::Approved | Self::Live | Self::Suspended)
    }
}

/// What a service of level 4 must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Criterion {
    Form,
    Papers,
    SignedResult,
    Payment,
    NoPresence,
    Limit,
    Workflow,
    Calendar,
    NationalCode,
}

words_of!(Criterion {
    Form = "form", "Có mẫu đơn điện tử", "Electronic form";
    Papers = "papers", "Giấy tờ gửi được qua mạng hoặc thay bằng dữ liệu", "Papers can be sent online or replaced by data";
    SignedResult = "signed_result", "Kết quả điện tử có chữ ký số", "Result signed electronically";
    Payment = "payment", "Nộp phí trực tuyến hoặc không có phí", "Fees paid online, or none";
    NoPresence = "no_presence", "Luật không buộc có mặt", "The law requires no presence";
    Limit = "limit", "Đã công bố thời hạn giải quyết", "Limit published";
    Workflow = "workflow", "Có quy trình nội bộ", "Workflow";
    Calendar = "calendar", "Có lịch làm việc để tính hạn", "Working calendar";
    NationalCode = "national_code", "Có mã thủ tục quốc gia", "National code";
});

/// What is known of one criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub criterion: Criterion,
    pub passed: bool,
    /// The product itself found it so; a person's word is not a proof.
    pub proven: bool,
    pub evidence: String,
    /// What stands against it: the legal obstacle, or the work to do. Empty when it passes.
    #[serde(default)]
    pub obstacle: String,
}

/// The last automatic trial submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    pub at: Instant,
    pub passed: bool,
    /// Steps that were done, or what stopped it.
    pub said: Vec<String>,
}

/// A service on its way.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Offering {
    pub id: OfferingId,
    pub procedure: String,
    pub agency: AgencyId,
    pub title: String,
    /// Word of the level when it was listed; empty = not published.
    pub level: String,
    pub stage: Stage,
    pub charge: Option<AgencyId>,
    pub criteria: Vec<Finding>,
    pub trial: Option<Trial>,
    pub integrated_at: Option<Instant>,
    pub list_number: Option<i64>,
    #[serde(skip)]
    pub obligation: String,
    #[serde(skip)]
    pub version: i64,
}

impl Offering {
    pub fn subject(&self) -> String {
        format!("offering:{}", self.id)
    }

    pub(crate) fn id_str(&self) -> &str {
        kernel_base::TypedId::as_str(&self.id)
    }

    pub fn has_level(&self, least: i64) -> bool {
        level_number(&self.level).is_some_and(|level| level >= least)
    }

    /// Live, every criterion found by the product itself or, where only the law can say it, confirmed by the reviewer,
    /// and the last trial passed.
    pub fn is_proven(&self) -> bool {
        let holds = |f: &Finding| f.passed && (f.proven || f.criterion == Criterion::NoPresence);
        self.stage == Stage::Live
            && self.trial.as_ref().is_some_and(|t| t.passed)
            && self.criteria.len() == Criterion::ALL.len()
            && self.criteria.iter().all(holds)
    }

    /// Moves to another stage, when the way leads there.
    ///
    /// # Errors
    /// `Conflict` saying where it stands now.
    pub fn moved(mut self, from: &[Stage], to: Stage) -> Result<Self> {
        if from.contains(&self.stage) {
            self.stage = to;
            return Ok(self);
        }
        let now = self.stage.words();
        Err(Error::conflict(
            "pipeline_stage",
            Words::new(
                format!("Dịch vụ này đang ở bước “{}” nên chưa làm việc này được.", now.vi),
                format!("The service is now at “{}”: this cannot be done.", now.en),
            ),
        )
        .with_current(serde_json::json!({ "stage": self.stage })))
    }
}

/// `level3` → 3; the levels of 2022: một phần counts as 3, toàn trình as 4.
pub fn level_number(word: &str) -> Option<i64> {
    match word {
        "level1" => Some(1),
        "level2" => Some(2),
        "level3" | "partial" => Some(3),
        "level4" | "full" => Some(4),
        _ => None,
    }
}

/// A step that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Move {
    pub number: i64,
    pub stage: Stage,
    pub at: Instant,
    #[serde(skip)]
    pub actor: String,
    pub reason: String,
}

/// The agency's word that the law asks nobody to come.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Propose {
    /// The law requires nobody's presence.
    pub no_presence: bool,
    /// Legal ground, or what else the reviewer should know.
    #[serde(default)]
    pub note: String,
}

/// The reviewer's word on one criterion.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    pub criterion: Criterion,
    pub passed: bool,
    #[serde(default)]
    pub evidence: String,
    #[serde(default)]
    pub obstacle: String,
}

/// The reviewer's word on all criteria.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Review {
    pub verdicts: Vec<Verdict>,
}

/// A decision of the committee on several services.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Approve {
    pub offerings: Vec<String>,
    /// Number of the decision, `1962/QĐ-UBND`.
    pub decision: String,
}

/// Puts the reviewer's verdicts on what the product found. All faults at once.
///
/// # Errors
/// `Invalid`: a criterion without a verdict, a failing one without an obstacle, a pass against what the product found.
pub fn judged(found: &[Finding], review: &Review) -> Result<Vec<Finding>> {
    let mut faults = Vec::new();
    let mut judged = Vec::new();
    for one in found {
        let name = one.criterion.words();
        let field = one.criterion.word();
        let mut fault = |code: &str, vi: &str, en: &str| {
            let words = Words::new(format!("“{}”: {vi}", name.vi), format!("“{}”: {en}", name.en));
            faults.push(FieldError::new(field, code, words));
        };
        let Some(verdict) = review.verdicts.iter().find(|v| v.criterion == one.criterion) else {
            fault("required", "hãy chọn đạt hoặc chưa đạt.", "choose pass or fail.");
            continue;
        };
        // What the product can see for itself, nobody can wave through.
        let only_product =
            !matches!(one.criterion, Criterion::NoPresence | Criterion::SignedResult | Criterion::Payment);
        if verdict.passed && !one.passed && only_product {
            fault(
                "not_found",
                "hệ thống chưa thấy có, nên chưa thể cho đạt.",
                "the product does not find it, so it cannot pass.",
            );
        }
        if !verdict.passed && verdict.obstacle.trim().is_empty() {
            fault(
                "obstacle",
                "nêu vướng mắc pháp lý hoặc việc phải làm.",
                "name the legal obstacle or the work to do.",
            );
        }
        let said = verdict.evidence.trim();
        judged.push(Finding {
            criterion: one.criterion,
            passed: verdict.passed,
            proven: verdict.passed && one.passed && one.proven,
            evidence: if said.is_empty() {
                one.evidence.clone()
            } else {
                format!("{} {said}", one.evidence).trim().to_owned()
            },
            obstacle: if verdict.passed { String::new() } else { verdict.obstacle.trim().to_owned() },
        });
    }
    if faults.is_empty() { Ok(judged) } else { Err(Error::invalid(faults)) }
}

/// Days of each step and who consolidates: data.
#[derive(Debug, Clone, Deserialize)]
pub struct Rules {
    pub source: String,
    /// Slug of the department of information and communications.
    pub consolidator: String,
    /// Working days of the step that follows a stage.
    pub limits: BTreeMap<String, i64>,
}

static RULES: LazyLock<std::result::Result<Rules, String>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../fixtures/pipeline.json")).map_err(|e| format!("pipeline.json: {e}"))
});

/// The rules in force.
///
/// # Errors
/// `Internal` when the file is faulty.
pub fn rules() -> Result<&'static Rules> {
    RULES.as_ref().map_err(|e| Error::internal(e.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(criterion: Criterion, passed: bool) -> Finding {
        Finding { criterion, passed, proven: passed, evidence: "x".to_owned(), obstacle: String::new() }
    }

    fn verdict(criterion: Criterion, passed: bool, obstacle: &str) -> Verdict {
        Verdict { criterion, passed, evidence: String::new(), obstacle: obstacle.to_owned() }
    }

    #[test]
    fn a_reviewer_cannot_wave_through_what_the_product_does_not_find() {
        let seen = [found(Criterion::Form, false), found(Criterion::Payment, false), found(Criterion::Limit, true)];
        let all = |ok: bool| Review { verdicts: seen.iter().map(|f| verdict(f.criterion, ok, "")).collect() };
        let refused = judged(&seen, &all(true)).unwrap_err();
        assert_eq!(refused.fields.iter().map(|f| f.field.as_str()).collect::<Vec<_>>(), ["form"]);
        assert_eq!(judged(&seen, &all(false)).unwrap_err().fields.len(), 3, "a failing criterion names the obstacle");
        let mixed = Review {
            verdicts: vec![
                verdict(Criterion::Form, false, "Phải soạn mẫu đơn"),
                verdict(Criterion::Payment, true, ""),
                verdict(Criterion::Limit, true, ""),
            ],
        };
        let judged = judged(&seen, &mixed).unwrap();
        assert!(judged[1].passed && !judged[1].proven, "a word is not a proof");
        assert!(judged[2].proven);
    }

    #[test]
    fn every_stage_that_somebody_has_to_leave_has_a_limit() {
        for stage in [Stage::Listed, Stage::Proposed, Stage::Consolidated, Stage::Reviewed, Stage::Approved] {
            assert!(rules().unwrap().limits.contains_key(stage.word()), "{}", stage.word());
        }
    }
}
