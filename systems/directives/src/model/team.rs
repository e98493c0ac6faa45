//! Inspection teams (tổ kiểm tra).

use jiff::civil::Date;
use kernel_base::{AgencyId, Instant, typed_id};
use kernel_obligations::ObligationId;
use serde::{Deserialize, Serialize};

typed_id!(
    /// An inspection team.
    TeamId, "tea"
);
typed_id!(
    /// A visit of a team at a unit.
    VisitId, "vis"
);
typed_id!(
    /// What a team found.
    TeamFindingId, "fin"
);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    pub id: TeamId,
    pub name: String,
    /// Number of the decision that set it up.
    pub decision: String,
    pub issuer: AgencyId,
    pub desk: AgencyId,
    /// Sign-in names, the leader first.
    pub members: Vec<String>,
    pub made_at: Instant,
    pub version: i64,
}

impl Team {
    pub fn subject(&self) -> String {
        format!("team:{}", self.id)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    pub id: VisitId,
    pub team: TeamId,
    pub unit: AgencyId,
    pub visited_on: Date,
    pub summary: String,
    pub by: String,
    pub at: Instant,
}

/// What was found, and the remedy the unit owes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamFinding {
    pub id: TeamFindingId,
    pub visit: VisitId,
    pub team: TeamId,
    pub unit: AgencyId,
    pub text: String,
    pub remedy: String,
    pub due_on: Date,
    pub obligation: ObligationId,
    pub report: Option<String>,
    pub reported_at: Option<Instant>,
    pub confirmed_at: Option<Instant>,
    pub version: i64,
}
