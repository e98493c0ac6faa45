//! Lists and counts of obligations.

use kernel_base::{Instant, Result};
use kernel_db::{Tx, params, sql};

use super::{read_all, read_or_recompute};
use crate::model::{Obligation, ObligationId};
use crate::queries::OpenCount;

/// Columns `next_action_at` and `id` as they stand: where a list goes on, also after a row that cannot be read.
pub(crate) type Place = (String, String);

/// Obligations whose rung is due by `until`, after a place in their order; `None` for a row of which nothing is known.
pub(crate) fn due_actions(
    tx: &mut Tx<'_>,
    until: Instant,
    after: &Place,
    most: i64,
) -> Result<Vec<(Place, Option<Obligation>)>> {
    let rows = tx.query(
        sql!(
            "SELECT * FROM obligations WHERE home = $1 AND next_action_at IS NOT NULL AND next_action_at <= $2
               AND (next_action_at, id) > ($3, $4)
             ORDER BY next_action_at, id LIMIT $5"
        ),
        &params![until, after.0.as_str(), after.1.as_str(), most],
    )?;
    let mut due = Vec::with_capacity(rows.len());
    for row in &rows {
        due.push(((row.get("next_action_at")?, row.get("id")?), read_or_recompute(tx, row)?));
    }
    Ok(due)
}

/// When the earliest rung after `now` is due.
pub(crate) fn next_action(tx: &mut Tx<'_>, now: Instant) -> Result<Option<Instant>> {
    let row = tx.query_opt(
        sql!(
            "SELECT next_action_at FROM obligations WHERE home = $1 AND next_action_at IS NOT NULL
               AND next_action_at > $2
             ORDER BY next_action_at LIMIT 1"
        ),
        &params![now],
    )?;
    row.map(|row| row.get("next_action_at")).transpose()
}

pub(crate) fn at_risk(tx: &mut Tx<'_>, kind: &str, now: Instant, most: i64) -> Result<Vec<Obligation>> {
    let rows = tx.query(
        sql!(
            "SELECT * FROM obligations
             WHERE home = $1 AND kind = $2 AND state = 'running' AND delivered_at IS NULL AND appointment IS NULL AND risk_at <= $3
             ORDER BY risk_at DESC, id LIMIT $4"
        ),
        &params![kind, now, most],
    )?;
    read_all(tx, &rows)
}

pub(crate) fn open_counts(tx: &mut Tx<'_>, kind: &str, now: Instant) -> Result<Vec<OpenCount>> {
    let rows = tx.query(
        sql!(
            "SELECT responsible, count(*) AS running, count(paused_since) AS paused,
                    count(*) FILTER (WHERE legal_due < COALESCE(delivered_at, paused_since, $3)) AS overdue
             FROM obligations WHERE home = $1 AND kind = $2 AND closed_at IS NULL
             GROUP BY responsible ORDER BY responsible"
        ),
        &params![kind, now],
    )?;
    let count = |row: &kernel_db::Row| {
        Ok(OpenCount {
            responsible: row.get("responsible")?,
            open: row.get("running")?,
            paused: row.get("paused")?,
            overdue: row.get("overdue")?,
        })
    };
    rows.iter().map(count).collect()
}

/// Subjects after `after` whose events open an obligation, a page of them.
pub(crate) fn subjects_with_events(tx: &mut Tx<'_>, after: &str, most: i64) -> Result<Vec<String>> {
    let rows = tx.query(
        sql!(
            "SELECT subject FROM events
             WHERE home = $1 AND subject > $2 AND kind = 'obligation.opened'
             GROUP BY subject ORDER BY subject LIMIT $3"
        ),
        &params![after, most],
    )?;
    rows.iter().map(|row| row.get("subject")).collect()
}

/// Rows whose subject has no event that opens an obligation.
pub(crate) fn without_events(tx: &mut Tx<'_>) -> Result<Vec<ObligationId>> {
    let rows = tx.query(
        sql!(
            "SELECT o.id FROM obligations o
             WHERE o.home = $1 AND NOT EXISTS (
                 SELECT 1 FROM events e
                 WHERE e.home = o.home AND e.subject = o.subject AND e.kind = 'obligation.opened')
             ORDER BY o.id LIMIT 1000"
        ),
        &params![],
    )?;
    rows.iter().map(|row| row.id("id")).collect()
}
