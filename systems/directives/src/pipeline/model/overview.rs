//! Numbers of the overview, each by the services that it counts.

use kernel_base::Words;
use serde::Serialize;

use super::{Offering, Stage};
use crate::scoreboard::model::Share;

/// A number of the overview, by the services that it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Show {
    Declared,
    Listed,
    UnderWay,
    Eligible,
    Live,
    Proven,
}

words_of!(Show {
    Declared = "declared", "dịch vụ tỉnh tự công bố", "services that the province claims";
    Listed = "listed", "dịch vụ đã rà soát", "services listed";
    UnderWay = "under_way", "dịch vụ đang xét", "services under way";
    Eligible = "eligible", "dịch vụ được phê duyệt", "services approved";
    Live = "live", "dịch vụ đang cung cấp", "services live";
    Proven = "proven", "dịch vụ hệ thống chứng minh được", "services proven";
});

impl Show {
    /// Whether it counts a service; what is only claimed is no service of the pipeline.
    pub fn counts(self, offering: &Offering) -> bool {
        match self {
            Self::Declared => false,
            Self::Listed => offering.stage != Stage::Withdrawn,
            Self::UnderWay => matches!(offering.stage, Stage::Proposed | Stage::Consolidated | Stage::Reviewed),
            Self::Eligible => offering.stage.is_eligible(),
            Self::Live => offering.stage == Stage::Live,
            Self::Proven => offering.is_proven(),
        }
    }
}

/// An agency on the page: claim and proof beside each other.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct AgencyLine {
    pub agency: String,
    pub name: String,
    /// The province's own claim.
    pub declared: i64,
    pub listed: i64,
    pub under_way: i64,
    pub eligible: i64,
    pub live: i64,
    /// Live, and every criterion and the trial found by the product.
    pub proven: i64,
    pub overdue: i64,
}

impl AgencyLine {
    pub fn share(&self) -> Share {
        Share { hits: self.live, of: self.eligible }
    }

    pub fn add(&mut self, other: &Self) {
        self.declared += other.declared;
        self.listed += other.listed;
        self.under_way += other.under_way;
        self.eligible += other.eligible;
        self.live += other.live;
        self.proven += other.proven;
        self.overdue += other.overdue;
    }
}
