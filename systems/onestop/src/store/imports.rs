//! Batches of dossiers from an older system.

use kernel_base::{Instant, Result, TypedId};
use kernel_db::{Tx, params, sql};

use crate::model::BatchId;

/// A staged batch: nothing of it is a dossier until two persons approved it.
#[derive(Debug, Clone)]
pub(crate) struct BatchRow {
    pub(crate) id: BatchId,
    pub(crate) source: String,
    pub(crate) file_sha256: String,
    pub(crate) content: String,
    pub(crate) staged_by: String,
    pub(crate) approver_1: Option<String>,
    pub(crate) entered_at: Option<Instant>,
    pub(crate) version: i64,
}

pub(crate) fn insert_batch(tx: &mut Tx<'_>, b: &BatchRow, count: i64) -> Result<()> {
    let now = tx.now();
    tx.execute(
        sql!(
            "INSERT INTO import_batches (home, id, source, file_sha256, content, count, staged_by, staged_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        &params![
            b.id.as_str(),
            b.source.as_str(),
            b.file_sha256.as_str(),
            b.content.as_str(),
            count,
            b.staged_by.as_str(),
            now
        ],
    )?;
    Ok(())
}

pub(crate) fn batch_by_id(tx: &mut Tx<'_>, id: &BatchId) -> Result<Option<BatchRow>> {
    tx.query_opt(sql!("SELECT * FROM import_batches WHERE home = $1 AND id = $2"), &params![id.as_str()])?
        .map(|row| {
            Ok(BatchRow {
                id: row.id::<BatchId>("id")?,
                source: row.get("source")?,
                file_sha256: row.get("file_sha256")?,
                content: row.get("content")?,
                staged_by: row.get("staged_by")?,
                approver_1: row.get("approver_1")?,
                entered_at: row.get::<Option<Instant>>("entered_at")?,
                version: row.get("version")?,
            })
        })
        .transpose()
}

pub(crate) fn batch_by_hash(tx: &mut Tx<'_>, sha256: &str) -> Result<Option<String>> {
    tx.query_opt(sql!("SELECT id FROM import_batches WHERE home = $1 AND file_sha256 = $2"), &params![sha256])?
        .map(|row| row.get("id"))
        .transpose()
}

/// Notes an approval; with the second one the dossiers are entered and the staged copy is not kept.
pub(crate) fn approve_batch(
    tx: &mut Tx<'_>,
    b: &BatchRow,
    approver_1: &str,
    second: Option<(&str, Instant)>,
) -> Result<()> {
    tx.execute_one(
        sql!(
            "UPDATE import_batches SET approver_1 = $4, approver_2 = $5, entered_at = $6,
                    content = CASE WHEN CAST($6 AS TEXT) IS NULL THEN content ELSE '[]' END, version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3"
        ),
        &params![b.id.as_str(), b.version, approver_1, second.map(|(by, _)| by), second.map(|(_, at)| at)],
    )
}
