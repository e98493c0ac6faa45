//! Reconciliations and their differences.

use jiff::civil::Date;
use kernel_base::{AgencyId, Instant, Result, TypedId};
use kernel_contract::PayChannel;
use kernel_db::{Row, Tx, params, sql};

use super::known;
use crate::model::{Mismatch, MismatchId, MismatchKind, Reconciliation, ReconciliationId};

/// Keeps the newest totals of a day; one that is closed stays as it was closed.
pub(crate) fn insert_reconciliation(tx: &mut Tx<'_>, r: &Reconciliation) -> Result<()> {
    tx.execute(
        sql!(
            "INSERT INTO reconciliations (home, id, agency, channel, day, source, ran_at, ours_count, ours_amount,
               theirs_count, theirs_amount)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        ),
        &params![
            r.id.as_str(),
            &r.agency,
            r.channel.as_str(),
            r.day,
            r.source.as_str(),
            r.ran_at,
            r.ours_count,
            r.ours_amount,
            r.theirs_count,
            r.theirs_amount
        ],
    )?;
    Ok(())
}

/// Saves what may change of a reconciliation; somebody who was first makes the use case run again.
pub(crate) fn save_reconciliation(tx: &mut Tx<'_>, before: &Reconciliation, r: &Reconciliation) -> Result<()> {
    tx.execute_one(
        sql!(
            "UPDATE reconciliations SET source = $4, ran_at = $5, ours_count = $6, ours_amount = $7, theirs_count = $8,
               theirs_amount = $9, closed_at = $10, closed_by = $11, version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3"
        ),
        &params![
            r.id.as_str(),
            before.version,
            r.source.as_str(),
            r.ran_at,
            r.ours_count,
            r.ours_amount,
            r.theirs_count,
            r.theirs_amount,
            r.closed_at,
            r.closed_by.as_deref()
        ],
    )
}

pub(crate) fn reconciliation_of(
    tx: &mut Tx<'_>,
    agency: &AgencyId,
    channel: PayChannel,
    day: Date,
) -> Result<Option<Reconciliation>> {
    let sql = sql!("SELECT * FROM reconciliations WHERE home = $1 AND agency = $2 AND channel = $3 AND day = $4");
    tx.query_opt(sql, &params![agency, channel.as_str(), day])?.map(|row| reconciliation(&row)).transpose()
}

pub(crate) fn reconciliation_by_id(tx: &mut Tx<'_>, id: &ReconciliationId) -> Result<Option<Reconciliation>> {
    let sql = sql!("SELECT * FROM reconciliations WHERE home = $1 AND id = $2");
    tx.query_opt(sql, &params![id.as_str()])?.map(|row| reconciliation(&row)).transpose()
}

/// The newest reconciliations of an agency.
pub(crate) fn reconciliations_of_agency(tx: &mut Tx<'_>, agency: &AgencyId) -> Result<Vec<Reconciliation>> {
    let sql =
        sql!("SELECT * FROM reconciliations WHERE home = $1 AND agency = $2 ORDER BY day DESC, channel, id LIMIT 100");
    tx.query(sql, &params![agency])?.iter().map(reconciliation).collect()
}

/// All of the home, for `verify`.
pub(crate) fn all_reconciliations(tx: &mut Tx<'_>) -> Result<Vec<Reconciliation>> {
    let sql = sql!("SELECT * FROM reconciliations WHERE home = $1 ORDER BY day, agency, channel");
    tx.query(sql, &[])?.iter().map(reconciliation).collect()
}

pub(crate) fn insert_mismatch(tx: &mut Tx<'_>, m: &Mismatch) -> Result<()> {
    tx.execute(
        sql!(
            "INSERT INTO mismatches (home, id, reconciliation, kind, reference, ours_amount, theirs_amount, obligation,
               due_at, found_at, state)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        ),
        &params![
            m.id.as_str(),
            m.reconciliation.as_str(),
            m.kind.as_str(),
            m.reference.as_str(),
            m.ours_amount,
            m.theirs_amount,
            m.obligation.as_str(),
            m.due_at,
            m.found_at,
            m.state.as_str()
        ],
    )?;
    Ok(())
}

pub(crate) fn end_mismatch(tx: &mut Tx<'_>, m: &Mismatch, state: &str, reason: &str, by: &str) -> Result<()> {
    let now = tx.now();
    tx.execute_one(
        sql!(
            "UPDATE mismatches SET state = $4, reason = $5, ended_at = $6, ended_by = $7, version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3 AND state = 'open'"
        ),
        &params![m.id.as_str(), m.version, state, reason, now, by],
    )
}

pub(crate) fn mismatch_by_id(tx: &mut Tx<'_>, id: &MismatchId) -> Result<Option<Mismatch>> {
    let sql = sql!("SELECT * FROM mismatches WHERE home = $1 AND id = $2");
    tx.query_opt(sql, &params![id.as_str()])?.map(|row| mismatch(&row)).transpose()
}

pub(crate) fn mismatches_of(tx: &mut Tx<'_>, reconciliation: &ReconciliationId) -> Result<Vec<Mismatch>> {
    let sql = sql!("SELECT * FROM mismatches WHERE home = $1 AND reconciliation = $2 ORDER BY kind, reference, id");
    tx.query(sql, &params![reconciliation.as_str()])?.iter().map(mismatch).collect()
}

fn reconciliation(row: &Row) -> Result<Reconciliation> {
    let channel: String = row.get("channel")?;
    Ok(Reconciliation {
        id: row.id::<ReconciliationId>("id")?,
        agency: row.get("agency")?,
        channel: known(PayChannel::parse(&channel), "reconciliations.channel", &channel)?,
        day: row.get("day")?,
        source: row.get("source")?,
        ran_at: row.get("ran_at")?,
        ours_count: row.get("ours_count")?,
        ours_amount: row.get("ours_amount")?,
        theirs_count: row.get("theirs_count")?,
        theirs_amount: row.get("theirs_amount")?,
        closed_at: row.get::<Option<Instant>>("closed_at")?,
        closed_by: row.get("closed_by")?,
        version: row.get("version")?,
    })
}

fn mismatch(row: &Row) -> Result<Mismatch> {
    let kind: String = row.get("kind")?;
    Ok(Mismatch {
        id: row.id::<MismatchId>("id")?,
        reconciliation: row.id::<ReconciliationId>("reconciliation")?,
        kind: known(MismatchKind::parse(&kind), "mismatches.kind", &kind)?,
        reference: row.get("reference")?,
        ours_amount: row.get("ours_amount")?,
        theirs_amount: row.get("theirs_amount")?,
        obligation: row.get("obligation")?,
        due_at: row.get("due_at")?,
        found_at: row.get("found_at")?,
        state: row.get("state")?,
        reason: row.get("reason")?,
        ended_at: row.get::<Option<Instant>>("ended_at")?,
        ended_by: row.get("ended_by")?,
        version: row.get("version")?,
    })
}
