//! SQL of stored answers.

use kernel_base::Result;
use kernel_db::{Tx, params, sql};
use serde_json::Value;

use super::Stored;

/// The hash of the request and its answer.
pub(super) fn answer(tx: &mut Tx<'_>, scope: &str, key: &str) -> Result<Option<(String, Stored)>> {
    let row = tx.query_opt(
        sql!("SELECT request_hash, status, body FROM idempotency WHERE home = $1 AND scope = $2 AND key = $3"),
        &params![scope, key],
    )?;
    let Some(row) = row else { return Ok(None) };
    let status = u16::try_from(row.get::<i64>("status")?).unwrap_or(200);
    Ok(Some((row.get("request_hash")?, Stored { status, body: row.get("body")?, replayed: true })))
}

/// False when another transaction has stored an answer for the key first.
pub(super) fn insert(
    tx: &mut Tx<'_>,
    scope: &str,
    key: &str,
    request_hash: &str,
    status: u16,
    body: &Value,
) -> Result<bool> {
    let now = tx.now();
    let inserted = tx.execute(
        sql!(
            "INSERT INTO idempotency (home, scope, key, request_hash, status, body, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (home, scope, key) DO NOTHING"
        ),
        &params![scope, key, request_hash, i64::from(status), body, now],
    )?;
    Ok(inserted == 1)
}
