//! Ladders: dated, never changed.

use jiff::civil::Date;
use kernel_base::{Instant, Result};
use kernel_db::{Row, Tx, id, params, sql};

use crate::model::LadderId;

/// A row of `ladders`.
#[derive(Debug, Clone)]
pub(crate) struct LadderRow {
    pub id: LadderId,
    pub kind: String,
    pub valid_from: Date,
    pub body: String,
    pub hash: String,
    pub published_at: Instant,
}

/// Adds a ladder; false when it is there already.
pub(crate) fn insert(tx: &mut Tx<'_>, row: &LadderRow) -> Result<bool> {
    let added = tx.execute(
        sql!(
            "INSERT INTO ladders (home, id, kind, valid_from, body, hash, published_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (home, id) DO NOTHING"
        ),
        &params![id(&row.id), &row.kind, row.valid_from, &row.body, &row.hash, row.published_at],
    )?;
    Ok(added == 1)
}

pub(crate) fn in_force(tx: &mut Tx<'_>, kind: &str, day: Date) -> Result<Option<LadderId>> {
    let row = tx.query_opt(
        sql!(
            "SELECT id FROM ladders WHERE home = $1 AND kind = $2 AND valid_from <= $3
             ORDER BY valid_from DESC, published_at DESC, id DESC LIMIT 1"
        ),
        &params![kind, day],
    )?;
    row.map(|row| row.id("id")).transpose()
}

pub(crate) fn find(tx: &mut Tx<'_>, version: &LadderId) -> Result<Option<LadderRow>> {
    let row = tx.query_opt(sql!("SELECT * FROM ladders WHERE home = $1 AND id = $2"), &params![id(version)])?;
    row.as_ref().map(read).transpose()
}

pub(crate) fn all(tx: &mut Tx<'_>) -> Result<Vec<LadderRow>> {
    let rows =
        tx.query(sql!("SELECT * FROM ladders WHERE home = $1 ORDER BY kind, valid_from, published_at"), &params![])?;
    rows.iter().map(read).collect()
}

/// Identifiers that events say were published.
pub(crate) fn published(tx: &mut Tx<'_>) -> Result<Vec<String>> {
    let rows = tx.query(
        sql!("SELECT body FROM events WHERE home = $1 AND kind = 'ladder.published' ORDER BY subject, seq"),
        &params![],
    )?;
    let id = |row: &Row| {
        let body: serde_json::Value = row.get("body")?;
        Ok(body.get("ladder").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned())
    };
    rows.iter().map(id).collect()
}

fn read(row: &Row) -> Result<LadderRow> {
    Ok(LadderRow {
        id: row.id("id")?,
        kind: row.get("kind")?,
        valid_from: row.get("valid_from")?,
        body: row.get("body")?,
        hash: row.get("hash")?,
        published_at: row.get("published_at")?,
    })
}
