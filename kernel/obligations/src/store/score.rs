//! Counts and rows of the scoreboard.

use kernel_base::{AgencyId, Instant, Result, TypedId as _};
use kernel_db::{Row, Tx, params, sql};

use super::read_all;
use crate::model::Obligation;
use crate::score::{Page, Settled};

/// What was closed from `from` on, `until` excluded, for each agency that answers for it.
pub(crate) fn settled(tx: &mut Tx<'_>, kind: &str, from: Instant, until: Instant) -> Result<Vec<(AgencyId, Settled)>> {
    let rows = tx.query(
        sql!(
            "SELECT responsible,
                    count(*) FILTER (WHERE result = 'early') AS early,
                    count(*) FILTER (WHERE result = 'on_time') AS on_time,
                    count(*) FILTER (WHERE result = 'late') AS late,
                    count(*) FILTER (WHERE result IS NULL) AS ended,
                    count(*) FILTER (WHERE result IS NOT NULL AND extensions > 0) AS extended,
                    count(*) FILTER (WHERE result IS NOT NULL AND pauses > 0) AS paused,
                    count(*) FILTER (WHERE result IS NOT NULL AND pauses_near_due > 0) AS paused_near_due
             FROM obligations
             WHERE home = $1 AND kind = $2 AND closed_at IS NOT NULL AND closed_at >= $3 AND closed_at < $4
             GROUP BY responsible ORDER BY responsible"
        ),
        &params![kind, from, until],
    )?;
    rows.iter().map(|row| Ok((row.get("responsible")?, counts(row)?))).collect()
}

fn counts(row: &Row) -> Result<Settled> {
    Ok(Settled {
        early: row.get("early")?,
        on_time: row.get("on_time")?,
        late: row.get("late")?,
        ended: row.get("ended")?,
        extended: row.get("extended")?,
        paused: row.get("paused")?,
        paused_near_due: row.get("paused_near_due")?,
    })
}

/// A page of what was closed, the last closed first. `show` is a word of [`crate::score::Show`].
pub(crate) fn settled_rows(
    tx: &mut Tx<'_>,
    kind: &str,
    responsible: Option<&AgencyId>,
    show: &str,
    (from, until): (Instant, Instant),
    page: Page,
) -> Result<Vec<Obligation>> {
    let responsible = responsible.map_or("", AgencyId::as_str);
    let rows = tx.query(
        sql!(
            "SELECT * FROM obligations
             WHERE home = $1 AND kind = $2 AND closed_at IS NOT NULL AND closed_at >= $3 AND closed_at < $4
               AND (CAST($5 AS TEXT) = '' OR responsible = $5) AND result IS NOT NULL
               AND CASE CAST($6 AS TEXT) WHEN 'late' THEN result = 'late'
                                         WHEN 'kept' THEN result <> 'late'
                                         WHEN 'extended' THEN extensions > 0
                                         WHEN 'paused' THEN pauses > 0
                                         WHEN 'paused_near_due' THEN pauses_near_due > 0
                                         ELSE TRUE END
             ORDER BY closed_at DESC, id LIMIT $7 OFFSET $8"
        ),
        &params![kind, from, until, responsible, show, page.most, page.skip],
    )?;
    read_all(tx, &rows)
}

/// A page of what is open now, the nearest due first.
pub(crate) fn open_rows(
    tx: &mut Tx<'_>,
    kind: &str,
    responsible: Option<&AgencyId>,
    only_overdue: bool,
    now: Instant,
    page: Page,
) -> Result<Vec<Obligation>> {
    let responsible = responsible.map_or("", AgencyId::as_str);
    let rows = tx.query(
        sql!(
            "SELECT * FROM obligations
             WHERE home = $1 AND kind = $2 AND closed_at IS NULL AND (CAST($3 AS TEXT) = '' OR responsible = $3)
               AND (NOT CAST($4 AS BOOLEAN) OR legal_due < COALESCE(delivered_at, paused_since, $5))
             ORDER BY legal_due, id LIMIT $6 OFFSET $7"
        ),
        &params![kind, responsible, only_overdue, now, page.most, page.skip],
    )?;
    read_all(tx, &rows)
}

/// How much of a kind is overdue at `now`, with the legal due after `since` where that is given.
pub(crate) fn overdue_since(
    tx: &mut Tx<'_>,
    kind: &str,
    responsible: Option<&AgencyId>,
    since: Option<Instant>,
    now: Instant,
) -> Result<i64> {
    let responsible = responsible.map_or("", AgencyId::as_str);
    let since = since.unwrap_or(Instant::from_millis(0));
    let row = tx.query_one(
        sql!(
            "SELECT count(*) AS n FROM obligations
             WHERE home = $1 AND kind = $2 AND closed_at IS NULL AND (CAST($3 AS TEXT) = '' OR responsible = $3)
               AND legal_due > $4 AND legal_due < COALESCE(delivered_at, paused_since, $5)"
        ),
        &params![kind, responsible, since, now],
    )?;
    row.get("n")
}

/// What became overdue last, the newest first.
pub(crate) fn newest_overdue(
    tx: &mut Tx<'_>,
    kind: &str,
    responsible: Option<&AgencyId>,
    since: Instant,
    now: Instant,
    most: i64,
) -> Result<Vec<Obligation>> {
    let responsible = responsible.map_or("", AgencyId::as_str);
    let rows = tx.query(
        sql!(
            "SELECT * FROM obligations
             WHERE home = $1 AND kind = $2 AND closed_at IS NULL AND (CAST($3 AS TEXT) = '' OR responsible = $3)
               AND legal_due > $4 AND legal_due < COALESCE(delivered_at, paused_since, $5)
             ORDER BY legal_due DESC, id DESC LIMIT $6"
        ),
        &params![kind, responsible, since, now, most],
    )?;
    read_all(tx, &rows)
}

/// Everything that was opened by `at` and not closed then, as the rows are now.
pub(crate) fn open_then(tx: &mut Tx<'_>, kind: &str, at: Instant) -> Result<Vec<Obligation>> {
    let still = tx.query(
        sql!(
            "SELECT * FROM obligations WHERE home = $1 AND kind = $2 AND closed_at IS NULL AND opened_at <= $3
             ORDER BY id"
        ),
        &params![kind, at],
    )?;
    let closed = tx.query(
        sql!(
            "SELECT * FROM obligations
             WHERE home = $1 AND kind = $2 AND closed_at IS NOT NULL AND closed_at > $3 AND opened_at <= $3
             ORDER BY id"
        ),
        &params![kind, at],
    )?;
    let mut then = read_all(tx, &still)?;
    then.extend(read_all(tx, &closed)?);
    Ok(then)
}

/// A page of everything that was open at some time of the span, by identifier: for a file that anyone recomputes.
pub(crate) fn touched(
    tx: &mut Tx<'_>,
    (from, until): (Instant, Instant),
    after: Option<&crate::ObligationId>,
    most: i64,
) -> Result<Vec<Obligation>> {
    let after = after.map_or("", |id| id.as_str());
    let rows = tx.query(
        sql!(
            "SELECT * FROM obligations
             WHERE home = $1 AND id > $2 AND opened_at < $3 AND (closed_at IS NULL OR closed_at >= $4)
             ORDER BY id LIMIT $5"
        ),
        &params![after, until, from, most],
    )?;
    read_all(tx, &rows)
}
