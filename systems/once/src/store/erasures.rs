//! Requests to erase.

use kernel_base::{Error, Instant, Result};
use kernel_db::{Row, Tx, params, sql};
use serde_json::Value;

/// A request to erase.
#[derive(Debug, Clone)]
pub(crate) struct Erasure {
    pub(crate) id: String,
    pub(crate) account: String,
    pub(crate) asked_at: Instant,
    pub(crate) erased: i64,
    pub(crate) kept: Value,
    pub(crate) next_on: String,
    pub(crate) done_at: Option<Instant>,
    pub(crate) version: i64,
}

pub(crate) fn insert(tx: &mut Tx<'_>, erasure: &Erasure) -> Result<()> {
    tx.execute(
        sql!(
            "INSERT INTO erasures (home, id, account, asked_at, erased, kept, next_on, done_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        &params![
            erasure.id.as_str(),
            erasure.account.as_str(),
            erasure.asked_at,
            erasure.erased,
            erasure.kept.to_string(),
            erasure.next_on.as_str(),
            erasure.done_at
        ],
    )?;
    Ok(())
}

/// Writes how far it is; `Stale` when another process was faster.
pub(crate) fn save(tx: &mut Tx<'_>, erasure: &Erasure) -> Result<()> {
    tx.execute_one(
        sql!(
            "UPDATE erasures SET erased = $4, kept = $5, next_on = $6, done_at = $7, version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3"
        ),
        &params![
            erasure.id.as_str(),
            erasure.version,
            erasure.erased,
            erasure.kept.to_string(),
            erasure.next_on.as_str(),
            erasure.done_at
        ],
    )
}

/// Requests that can go on on this day, the oldest first.
pub(crate) fn due(tx: &mut Tx<'_>, day: &str, limit: i64) -> Result<Vec<Erasure>> {
    tx.query(
        sql!(
            "SELECT * FROM erasures WHERE home = $1 AND done_at IS NULL AND next_on <= $2
             ORDER BY next_on, id LIMIT $3"
        ),
        &params![day, limit],
    )?
    .iter()
    .map(read)
    .collect()
}

fn read(row: &Row) -> Result<Erasure> {
    let id: String = row.get("id")?;
    let kept: String = row.get("kept")?;
    Ok(Erasure {
        kept: serde_json::from_str(&kept)
            .map_err(|error| Error::internal(format!("erasures.kept of {id}: {error}")))?,
        account: row.get("account")?,
        asked_at: row.get("asked_at")?,
        erased: row.get("erased")?,
        next_on: row.get("next_on")?,
        done_at: row.get("done_at")?,
        version: row.get("version")?,
        id,
    })
}
