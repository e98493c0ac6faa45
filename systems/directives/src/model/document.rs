//! The document a task comes from.

use jiff::civil::Date;
use kernel_base::{AgencyId, Instant, Words, typed_id};
use serde::{Deserialize, Serialize};

typed_id!(
    /// A document that gives tasks (văn bản giao việc).
    DocumentId, "dir"
);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// kế hoạch
    Plan,
    /// chỉ thị
    Directive,
    /// công văn
    Letter,
    /// thông báo kết luận
    Conclusion,
    /// chỉ đạo miệng
    Oral,
}

impl DocumentKind {
    pub const ALL: [Self; 5] = [Self::Plan, Self::Directive, Self::Letter, Self::Conclusion, Self::Oral];

    pub fn word(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Directive => "directive",
            Self::Letter => "letter",
            Self::Conclusion => "conclusion",
            Self::Oral => "oral",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    pub fn words(self) -> Words {
        match self {
            Self::Plan => ("Kế hoạch", "Plan"),
            Self::Directive => ("Chỉ thị", "Directive"),
            Self::Letter => ("Công văn", "Letter"),
            Self::Conclusion => ("Thông báo kết luận", "Conclusion"),
            Self::Oral => ("Chỉ đạo miệng", "Oral instruction"),
        }
        .into()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectiveDocument {
    pub id: DocumentId,
    pub kind: DocumentKind,
    /// `2714/KH-UBND`
    pub number: String,
    /// Abstract (trích yếu).
    pub title: String,
    pub issued_on: Date,
    /// In whose name it was issued.
    pub issuer: AgencyId,
    /// Who entered it and tracks it.
    pub desk: AgencyId,
    /// Its details are made up for the demonstration.
    pub illustrative: bool,
    pub entered_by: String,
    pub entered_at: Instant,
}

impl DirectiveDocument {
    pub fn subject(&self) -> String {
        format!("document:{}", self.id)
    }

    /// `Kế hoạch số 2714/KH-UBND`
    pub fn name(&self) -> String {
        if self.number.is_empty() {
            self.kind.words().vi
        } else {
            format!("{} số {}", self.kind.words().vi, self.number)
        }
    }
}
