//! What a brief says. Pure.

use kernel_base::{Instant, Words};
use kernel_contract::ToSign;
use serde::Serialize;

/// Something that became overdue.
#[derive(Debug, Clone, Serialize)]
pub struct Turned {
    pub code: String,
    pub title: Words,
    pub agency: String,
    pub since: Instant,
    /// Page on which something can be done about it.
    pub href: String,
}

/// One kind of work.
#[derive(Debug, Clone, Serialize)]
pub struct RedLine {
    pub system: &'static str,
    pub name: Words,
    /// Overdue now.
    pub overdue: i64,
    /// Became overdue since the brief of the day before.
    pub turned: i64,
}

/// The brief of one leader.
#[derive(Debug, Clone, Serialize)]
pub struct Brief {
    pub at: Instant,
    /// Since when something counts as new: 07:00 of the working day before, so that nothing between two briefs is missed.
    pub since: Instant,
    pub agency: String,
    pub agency_name: String,
    /// Leads the province: sees all agencies.
    pub whole_province: bool,
    pub red: Vec<RedLine>,
    pub turned: Vec<Turned>,
    pub to_sign: Vec<ToSign>,
    /// Late tasks of units below, brought to this leader, on which nobody has given an instruction since.
    pub to_instruct: Vec<Turned>,
}

impl Brief {
    pub fn overdue(&self) -> i64 {
        self.red.iter().map(|r| r.overdue).sum()
    }

    pub fn turned_count(&self) -> i64 {
        self.red.iter().map(|r| r.turned).sum()
    }

    pub fn waiting(&self) -> i64 {
        self.to_sign.iter().map(|s| s.count).sum()
    }
}
