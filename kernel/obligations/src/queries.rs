//! Reading obligations.

use kernel_base::{AgencyId, Instant, Result};
use kernel_db::Tx;

use crate::model::{Obligation, ObligationId};
use crate::{store, trace};

/// How much an agency owes of one kind.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct OpenCount {
    /// Who answers for them: [`Obligation::responsible`].
    pub responsible: AgencyId,
    /// Open, paused ones included.
    pub open: i64,
    pub paused: i64,
    /// Open with the legal due behind; a clock paused in time is not among them.
    pub overdue: i64,
}

/// One obligation, without its trace; [`crate::explain`] adds that.
///
/// # Errors
/// Those of the database.
pub fn get(tx: &mut Tx<'_>, id: &ObligationId) -> Result<Option<Obligation>> {
    store::find(tx, id)
}

/// All obligations of a subject in the order they were opened, with their traces.
///
/// # Errors
/// Those of the database.
pub fn of_subject(tx: &mut Tx<'_>, subject: &str) -> Result<Vec<Obligation>> {
    let found = store::of_subject(tx, subject)?;
    found.into_iter().map(|o| trace::explain(tx, o)).collect()
}

/// Obligations whose next rung is due by `until`, the earliest first. [`crate::fire`] climbs them.
///
/// # Errors
/// Those of the database.
pub fn due_actions(tx: &mut Tx<'_>, until: Instant, most: i64) -> Result<Vec<Obligation>> {
    let due = store::lists::due_actions(tx, until, &Default::default(), most)?;
    Ok(due.into_iter().filter_map(|(_, o)| o).collect())
}

/// When the next rung of any obligation is due, later than now.
///
/// # Errors
/// Those of the database.
pub fn next_action(tx: &mut Tx<'_>) -> Result<Option<Instant>> {
    let now = tx.now();
    store::lists::next_action(tx, now)
}

/// Running obligations of a kind without a new appointment of which at most a fifth of the limit is left (late ones
/// included), the latest to come into danger first, so that a bounded job always sees the new ones.
///
/// # Errors
/// Those of the database.
pub fn at_risk(tx: &mut Tx<'_>, kind: &str, now: Instant, most: i64) -> Result<Vec<Obligation>> {
    store::lists::at_risk(tx, kind, now, most)
}

/// Open and overdue obligations of a kind for each agency that answers for any.
///
/// # Errors
/// Those of the database.
pub fn open_counts(tx: &mut Tx<'_>, kind: &str, now: Instant) -> Result<Vec<OpenCount>> {
    store::lists::open_counts(tx, kind, now)
}
