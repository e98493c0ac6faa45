//! Workbooks of bulk submission.

use kernel_base::{Error, Instant, Result};
use kernel_db::{Row, Tx, id, params, sql};

use crate::model::{Batch, BatchId};

fn rows_json(batch: &Batch) -> Result<String> {
    serde_json::to_string(&batch.rows).map_err(|e| Error::internal(format!("bulk_batches: {e}")))
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(crate) fn insert_batch(tx: &mut Tx<'_>, batch: &Batch, expires_at: Instant) -> Result<()> {
    tx.execute_one(
        sql!(
            "INSERT INTO bulk_batches (home, id, account, mandate, procedure, case_code, agency, file_name, file_hash,
                                       rows_json, faulty, created_at, expires_at, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1)"
        ),
        &params![
            id(&batch.id),
            batch.account.as_str(),
            batch.mandate.as_str(),
            batch.procedure.as_str(),
            batch.case.as_str(),
            &batch.agency,
            batch.file_name.as_str(),
            batch.file_hash.as_str(),
            rows_json(batch)?,
            count(batch.faulty()),
            batch.created_at,
            expires_at
        ],
    )
}

fn batch_of(row: &Row) -> Result<Batch> {
    let rows: String = row.get("rows_json")?;
    Ok(Batch {
        id: row.id("id")?,
        account: row.get("account")?,
        mandate: row.get("mandate")?,
        procedure: row.get("procedure")?,
        case: row.get("case_code")?,
        agency: row.get("agency")?,
        file_name: row.get("file_name")?,
        file_hash: row.get("file_hash")?,
        rows: serde_json::from_str(&rows).map_err(|e| Error::internal(format!("bulk_batches.rows_json: {e}")))?,
        created_at: row.get("created_at")?,
        version: row.get("version")?,
    })
}

/// The workbook, only when the account uploaded it.
pub(crate) fn batch(tx: &mut Tx<'_>, batch: &BatchId, account: &str) -> Result<Option<Batch>> {
    let now = tx.now();
    let row = tx.query_opt(
        sql!("SELECT * FROM bulk_batches WHERE home = $1 AND id = $2 AND account = $3 AND expires_at > $4"),
        &params![id(batch), account, now],
    )?;
    row.as_ref().map(batch_of).transpose()
}

/// Workbooks of an account, the newest first.
pub(crate) fn batches_of(tx: &mut Tx<'_>, account: &str) -> Result<Vec<Batch>> {
    let sql = sql!(
        "SELECT * FROM bulk_batches WHERE home = $1 AND account = $2 ORDER BY created_at DESC, id DESC LIMIT 1000"
    );
    tx.query(sql, &params![account])?.iter().map(batch_of).collect()
}

/// The same workbook for the same place, uploaded before by the account and without a fault.
pub(crate) fn same_batch(tx: &mut Tx<'_>, account: &str, agency: &str, file_hash: &str) -> Result<Option<Batch>> {
    let now = tx.now();
    let row = tx.query_opt(
        sql!(
            "SELECT * FROM bulk_batches
              WHERE home = $1 AND account = $2 AND agency = $3 AND file_hash = $4 AND faulty = 0 AND expires_at > $5
              ORDER BY created_at, id LIMIT 1"
        ),
        &params![account, agency, file_hash, now],
    )?;
    row.as_ref().map(batch_of).transpose()
}

/// Keeps the receipts of rows; `Stale` when another request was first.
pub(crate) fn save_batch(tx: &mut Tx<'_>, batch: &Batch) -> Result<()> {
    tx.execute_one(
        sql!(
            "UPDATE bulk_batches SET rows_json = $4, faulty = $5, version = version + 1
              WHERE home = $1 AND id = $2 AND version = $3"
        ),
        &params![id(&batch.id), batch.version, rows_json(batch)?, count(batch.faulty())],
    )
}

pub(crate) fn delete_old_batches(tx: &mut Tx<'_>) -> Result<u64> {
    let now = tx.now();
    tx.execute(sql!("DELETE FROM bulk_batches WHERE home = $1 AND expires_at <= $2"), &params![now])
}

/// Removes every workbook of an account.
pub(crate) fn delete_batches_of(tx: &mut Tx<'_>, account: &str) -> Result<u64> {
    tx.execute(sql!("DELETE FROM bulk_batches WHERE home = $1 AND account = $2"), &params![account])
}

/// Gives the workbooks of one account to another.
pub(crate) fn move_batches(tx: &mut Tx<'_>, from: &str, to: &str) -> Result<()> {
    tx.execute(
        sql!("UPDATE bulk_batches SET account = $3, version = version + 1 WHERE home = $1 AND account = $2"),
        &params![from, to],
    )
    .map(drop)
}
