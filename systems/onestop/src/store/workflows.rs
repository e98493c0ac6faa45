//! Published workflow graphs.

use kernel_base::{Instant, Result};
use kernel_db::{Tx, params, sql};

pub(crate) fn insert_workflow(tx: &mut Tx<'_>, code: &str, number: i64, body: &str, at: Instant) -> Result<bool> {
    let rows = tx.execute(
        sql!(
            "INSERT INTO workflows (home, code, number, body, published_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (home, code, number) DO NOTHING"
        ),
        &params![code, number, body, at],
    )?;
    Ok(rows > 0)
}

/// Code, number and text of every published graph.
pub(crate) fn workflow_rows(tx: &mut Tx<'_>) -> Result<Vec<(String, i64, String)>> {
    let rows =
        tx.query(sql!("SELECT code, number, body FROM workflows WHERE home = $1 ORDER BY code, number"), &params![])?;
    rows.iter().map(|row| Ok((row.get("code")?, row.get("number")?, row.get("body")?))).collect()
}

/// The graph of one version, as published.
pub(crate) fn workflow_body(tx: &mut Tx<'_>, code: &str, number: i64) -> Result<Option<String>> {
    tx.query_opt(
        sql!("SELECT body FROM workflows WHERE home = $1 AND code = $2 AND number = $3"),
        &params![code, number],
    )?
    .map(|row| row.get("body"))
    .transpose()
}

/// Number of the newest published version of a graph.
pub(crate) fn newest_workflow(tx: &mut Tx<'_>, code: &str) -> Result<Option<i64>> {
    tx.query_opt(
        sql!("SELECT number FROM workflows WHERE home = $1 AND code = $2 ORDER BY number DESC LIMIT 1"),
        &params![code],
    )?
    .map(|row| row.get("number"))
    .transpose()
}
