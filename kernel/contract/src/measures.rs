//! Figures over the product's own data: what is measured, what systems give to it, and what a public row may say.
//!
//! A figure is never typed: it is counted from rows that a [`MeasureSource`] gives for an instant, and any past instant
//! gives the same rows again.

use std::{collections::BTreeMap, sync::Arc};

use kernel_base::{AgencyId, Instant, Result, Words};
use kernel_db::Tx;
use serde::{Deserialize, Serialize};

/// Which way a figure should go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// More is better: a share of services.
    Up,
    /// Less is better: rounds of supplements.
    Down,
}

/// A measured value with what is needed to count it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Code of the metric, `level4_share`.
    pub metric: String,
    /// Number of the definition that was used.
    pub definition: i64,
    /// A share is between 0 and 1; a mean is in its own unit. `None`: there is no row to count, which is not 0.
    pub value: Option<f64>,
    pub numerator: i64,
    pub denominator: i64,
    pub direction: Direction,
    /// SHA-256 of the rows in their order, hex.
    pub rows: String,
    pub at: Instant,
}

impl Measured {
    /// Whether a goal is reached; nothing measured reaches none.
    #[must_use]
    pub fn reaches(&self, goal: f64) -> bool {
        // Shares are kept as fractions; a goal written with two digits must not fail on the last bit.
        const LEAST: f64 = 1e-9;
        self.value.is_some_and(|value| match self.direction {
            Direction::Up => value + LEAST >= goal,
            Direction::Down => value <= goal + LEAST,
        })
    }
}

/// The measuring instrument. Implemented by `systems/directives`.
pub trait Measures: Send + Sync {
    /// The figure of one agency, or of the whole home. `None`: no such metric.
    ///
    /// # Errors
    /// Those of the database.
    fn value(&self, tx: &mut Tx<'_>, metric: &str, agency: Option<&AgencyId>, at: Instant) -> Result<Option<Measured>>;

    /// Code and name of every metric that a target may be bound to.
    fn metrics(&self) -> Vec<(String, Words)>;
}

/// From which instant to which one counts; `until` is excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    pub from: Instant,
    pub until: Instant,
}

/// One row that a figure is counted from. Holds no personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasureRow {
    pub agency: AgencyId,
    /// What the row is: the code of a dossier, `procedure@agency`. Empty for what belongs to one person only.
    pub key: String,
    pub title: String,
    /// Counts in the numerator: 1 or 0 in a share, the number of rounds or minutes in a mean.
    pub counts: i64,
}

/// Rows of a system for some metrics. Implemented by `services`, `onestop` and whoever has something to count.
pub trait MeasureSource: Send + Sync {
    /// Codes of the metrics it has rows for.
    fn metrics(&self) -> &'static [&'static str];

    /// The rows as they stood at the end of the span, in a fixed order.
    ///
    /// # Errors
    /// Those of the database.
    fn rows(&self, tx: &mut Tx<'_>, metric: &str, span: Span) -> Result<Vec<MeasureRow>>;
}

/// All sources of the program, put together by the app.
#[derive(Clone, Default)]
pub struct MeasureSources(pub Vec<Arc<dyn MeasureSource>>);

impl std::fmt::Debug for MeasureSources {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MeasureSources({})", self.0.len())
    }
}

/// What anyone may read of the subject of an obligation. Holds no personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct PublicSubject {
    /// The dossier's code, the task's number; shown as it is. Empty for what is secret.
    pub code: String,
    /// Name of the procedure, text of the task.
    pub title: Words,
    /// Whether an apology was issued; `None` where none is due.
    pub apology: Option<bool>,
    /// Only counted, never listed.
    pub secret: bool,
}

/// Says what may be read of subjects of the ledger.
pub trait PublicSubjects: Send + Sync {
    /// Beginning of the subjects it knows: `dossier:`.
    fn prefix(&self) -> &'static str;

    /// Those of `subjects` that exist.
    ///
    /// # Errors
    /// Those of the database.
    fn describe(&self, tx: &mut Tx<'_>, subjects: &[String]) -> Result<BTreeMap<String, PublicSubject>>;
}

/// All who know public subjects, put together by the app.
#[derive(Clone, Default)]
pub struct PublicBook(pub Vec<Arc<dyn PublicSubjects>>);

impl std::fmt::Debug for PublicBook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PublicBook({})", self.0.len())
    }
}

impl PublicBook {
    /// What may be read of each subject; those that nobody knows are left out.
    ///
    /// # Errors
    /// Those of the database.
    pub fn describe(&self, tx: &mut Tx<'_>, subjects: &[String]) -> Result<BTreeMap<String, PublicSubject>> {
        let mut all = BTreeMap::new();
        for known in &self.0 {
            let own: Vec<String> = subjects.iter().filter(|s| s.starts_with(known.prefix())).cloned().collect();
            if !own.is_empty() {
                all.extend(known.describe(tx, &own)?);
            }
        }
        Ok(all)
    }
}
