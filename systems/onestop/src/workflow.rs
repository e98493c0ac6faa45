//! Workflow graphs (quy trình nội bộ) as data: what the steps are, who does them, where they lead.
//!
//! Pure. A graph is checked before it is published ([`check`]); a running dossier keeps the version it began on.
//! Of several ways out of a step the first is the main one.

use kernel_base::{Error, Result, Words};
use kernel_org::Role;
use serde::{Deserialize, Serialize};

mod check;
#[cfg(test)]
mod tests;

pub use check::{Problem, check, working_minutes};

/// One version of a graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workflow {
    pub code: String,
    pub version: i64,
    pub name: Words,
    /// Where the split of the time comes from; shown to administrators.
    pub source: String,
    pub steps: Vec<Step>,
    pub edges: Vec<Edge>,
}

/// A step (bước xử lý) at which a dossier stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub code: String,
    pub name: Words,
    pub kind: StepKind,
    /// Who works on it; a graph with a step without a role cannot be published.
    pub role: Option<Role>,
    pub agency: Place,
    /// Share of the settlement limit in working minutes; `None` = the step has no clock of its own.
    pub minutes: Option<i64>,
    /// The time of this step is no part of the settlement limit: the law gives the asked agency its own
    /// (e.g. verification by another commune, 3 working days in 1.001193).
    #[serde(default)]
    pub apart: bool,
}

/// What is done at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// Reception (tiếp nhận); exactly one.
    Start,
    /// Checking, appraising, inspecting.
    Work,
    /// Another agency is asked (lấy ý kiến, xác minh).
    Consult,
    /// The result is drafted (dự thảo).
    Draft,
    /// The result is approved (ký duyệt).
    Approve,
    /// The result is handed over (trả kết quả).
    Handover,
    /// Nothing is left to do.
    End,
}

/// At which agency a step is done, seen from the dossier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The agency that settles the dossier.
    Same,
    /// The one-stop where it was handed in.
    Reception,
    /// The agency that holds it already: the step before was there too.
    Holder,
    /// Another commune, chosen when forwarding.
    Commune,
    /// A district committee, chosen when forwarding.
    District,
    /// A department of the province, chosen when forwarding.
    Department,
    /// Any other agency, chosen when forwarding.
    Other,
}

/// A way from one step to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edge {
    pub from: String,
    pub to: String,
    /// Word of the action; the ways out of one step differ in it.
    pub action: String,
    pub name: Words,
    /// When this way is taken, for the person who chooses.
    #[serde(default)]
    pub condition: Option<Words>,
}

impl Place {
    /// Whether an agency of that kind (`commune`, `district`, `department`, ...) may take the step.
    pub fn fits(self, kind: &str) -> bool {
        match self {
            Self::Same | Self::Reception | Self::Holder => false,
            Self::Commune => kind == "commune",
            Self::District => kind == "district",
            Self::Department => kind == "department",
            Self::Other => true,
        }
    }
}

impl Step {
    /// Working minutes the step may take.
    pub fn limit_minutes(&self) -> Option<i64> {
        self.minutes
    }
}

impl Workflow {
    pub fn step(&self, code: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.code == code)
    }

    /// The step a dossier begins at.
    ///
    /// # Errors
    /// `Internal` for a graph without one; a checked graph has one.
    pub fn start(&self) -> Result<&Step> {
        let start = self.steps.iter().find(|step| step.kind == StepKind::Start);
        start.ok_or_else(|| Error::internal(format!("workflow {} has no start", self.code)))
    }

    /// The ways out of a step, the main one first.
    pub fn edges_from<'w>(&'w self, code: &str) -> impl Iterator<Item = &'w Edge> + use<'w> {
        let code = code.to_owned();
        self.edges.iter().filter(move |edge| edge.from == code)
    }

    /// Where an action leads.
    pub fn next(&self, step: &str, action: &str) -> Option<&Step> {
        let edge = self.edges_from(step).find(|edge| edge.action == action)?;
        self.step(&edge.to)
    }

    /// The steps an ordinary dossier has still to go through: the main ways from `code`, itself included.
    pub fn main_path(&self, code: &str) -> Vec<&Step> {
        let mut path: Vec<&Step> = Vec::new();
        let mut here = self.step(code);
        while let Some(step) = here.filter(|step| path.iter().all(|before| before.code != step.code)) {
            path.push(step);
            here = self.edges_from(&step.code).next().and_then(|edge| self.step(&edge.to));
        }
        path
    }

    /// The nearest drafting step that leads to `code`; a draft that was sent back goes there.
    ///
    /// # Errors
    /// `Internal` for a graph that drafts nothing before that step.
    pub fn drafting_step_before(&self, code: &str) -> Result<&Step> {
        let mut seen = vec![code];
        let mut next = 0;
        while let Some(here) = seen.get(next).copied() {
            next += 1;
            if let Some(step) = self.step(here).filter(|step| step.kind == StepKind::Draft) {
                return Ok(step);
            }
            for edge in self.edges.iter().filter(|edge| edge.to == here) {
                if !seen.contains(&edge.from.as_str()) {
                    seen.push(&edge.from);
                }
            }
        }
        Err(Error::internal(format!("workflow {} drafts nothing before {code}", self.code)))
    }
}

/// Name and content of each graph file.
macro_rules! files {
    ($($code:literal),* $(,)?) => {
        &[$(($code, include_str!(concat!("../fixtures/workflows/", $code, ".json")))),*]
    };
}

const FILES: &[(&str, &str)] = files![
    "commune-and-department",
    "commune-council",
    "commune-five-days",
    "commune-same-day",
    "commune-ten-days",
    "commune-thirty-days",
    "commune-three-days",
    "construction-district",
    "counter-certified-copy",
    "counter-two-hours",
    "department-five-days",
    "department-ten-days",
    "department-three-days",
    "land-consult",
    "no-published-limit",
];

/// The graphs that ship with the product.
///
/// # Errors
/// `Internal` naming the file that cannot be read.
pub fn all() -> Result<Vec<Workflow>> {
    let read = |(name, text): &(&str, &str)| {
        serde_json::from_str(text).map_err(|error| Error::internal(format!("workflow {name}: {error}")))
    };
    FILES.iter().map(read).collect()
}
