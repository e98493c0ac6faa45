//! Reading everything again, page by page.

use kernel_base::Result;
use kernel_db::{Row, Tx, params, sql};

/// Rows per page.
pub(crate) const PAGE: i64 = 1_000;

/// Most rows reported of one kind of fault.
const FAULTS: i64 = 200;

/// Events after (`subject`, `seq`) in the order of their subjects, each with its subject's head.
pub(crate) fn events_after(tx: &mut Tx<'_>, subject: &str, seq: i64) -> Result<Vec<Row>> {
    tx.query(
        sql!(
            "SELECT e.subject, e.seq, e.kind, e.at, e.actor, e.body, e.kept, e.prev, e.hash,
                    s.seq AS head_seq, s.hash AS head_hash, s.at AS head_at
             FROM events e
             LEFT JOIN subjects s ON s.home = e.home AND s.subject = e.subject
             WHERE e.home = $1 AND (e.subject, e.seq) > ($2, $3)
             ORDER BY e.subject, e.seq LIMIT $4"
        ),
        &params![subject, seq, PAGE],
    )
}

/// Heads whose event is not there.
pub(crate) fn heads_without_event(tx: &mut Tx<'_>) -> Result<Vec<(String, i64)>> {
    let rows = tx.query(
        sql!(
            "SELECT s.subject, s.seq FROM subjects s
             LEFT JOIN events e ON e.home = s.home AND e.subject = s.subject AND e.seq = s.seq
             WHERE s.home = $1 AND e.subject IS NULL ORDER BY s.subject LIMIT $2"
        ),
        &params![FAULTS],
    )?;
    places(&rows)
}

/// Events that are neither in the tree nor waiting for it.
pub(crate) fn events_without_leaf(tx: &mut Tx<'_>) -> Result<Vec<(String, i64)>> {
    let rows = tx.query(
        sql!(
            "SELECT e.subject, e.seq FROM events e
             LEFT JOIN leaves l ON l.home = e.home AND l.subject = e.subject AND l.seq = e.seq
             LEFT JOIN unsealed u ON u.home = e.home AND u.subject = e.subject AND u.seq = e.seq
             WHERE e.home = $1 AND l.subject IS NULL AND u.subject IS NULL
             ORDER BY e.subject, e.seq LIMIT $2"
        ),
        &params![FAULTS],
    )?;
    places(&rows)
}

/// Rows of events that wait for the seal, but are not there.
pub(crate) fn waiting_without_event(tx: &mut Tx<'_>) -> Result<Vec<(String, i64)>> {
    let rows = tx.query(
        sql!(
            "SELECT u.subject, u.seq FROM unsealed u
             LEFT JOIN events e ON e.home = u.home AND e.subject = u.subject AND e.seq = u.seq
             WHERE u.home = $1 AND e.subject IS NULL ORDER BY u.subject, u.seq LIMIT $2"
        ),
        &params![FAULTS],
    )?;
    places(&rows)
}

fn places(rows: &[Row]) -> Result<Vec<(String, i64)>> {
    rows.iter().map(|row| Ok((row.get("subject")?, row.get("seq")?))).collect()
}

pub(crate) fn count_waiting(tx: &mut Tx<'_>) -> Result<i64> {
    tx.query_one(sql!("SELECT count(*) AS n FROM unsealed WHERE home = $1"), &params![])?.get("n")
}

/// Leaves after `index`, each with the hash of its event.
pub(crate) fn leaves_after(tx: &mut Tx<'_>, index: i64) -> Result<Vec<Row>> {
    tx.query(
        sql!(
            "SELECT l.leaf_index, l.subject, l.seq, l.hash, e.hash AS event_hash, e.at AS event_at FROM leaves l
             LEFT JOIN events e ON e.home = l.home AND e.subject = l.subject AND e.seq = l.seq
             WHERE l.home = $1 AND l.leaf_index > $2
             ORDER BY l.leaf_index LIMIT $3"
        ),
        &params![index, PAGE],
    )
}

/// Roots of trees with more than `size` leaves.
pub(crate) fn roots_after(tx: &mut Tx<'_>, size: i64) -> Result<Vec<(i64, String)>> {
    let rows = tx.query(
        sql!("SELECT size, root FROM roots WHERE home = $1 AND size > $2 ORDER BY size LIMIT $3"),
        &params![size, PAGE],
    )?;
    rows.iter().map(|row| Ok((row.get("size")?, row.get("root")?))).collect()
}

/// A row of personal data; salt and data are absent when it was erased.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) id: String,
    pub(crate) salt: Option<String>,
    pub(crate) data: Option<String>,
}

/// Personal data after `id`.
pub(crate) fn personal_after(tx: &mut Tx<'_>, id: &str) -> Result<Vec<Kept>> {
    let rows = tx.query(
        sql!("SELECT id, salt, data FROM personal_data WHERE home = $1 AND id > $2 ORDER BY id LIMIT $3"),
        &params![id, PAGE],
    )?;
    rows.iter().map(|row| Ok(Kept { id: row.get("id")?, salt: row.get("salt")?, data: row.get("data")? })).collect()
}
