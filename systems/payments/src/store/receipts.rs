//! Receipts and their numbers.

use kernel_base::{AgencyId, Instant, Result, TypedId};
use kernel_contract::{DossierId, FeeKind};
use kernel_db::{Row, Tx, json, opt_id, params, sql};

use super::known;
use crate::model::{AttemptId, FeeReceipt, FeeReceiptId};

/// The next number of a series: without gaps, because a number that is taken back is given again.
pub(crate) fn next_receipt_number(tx: &mut Tx<'_>, agency: &AgencyId, series: &str) -> Result<i64> {
    let row = tx.query_one(
        sql!(
            "INSERT INTO fee_receipt_numbers (home, agency, series, last) VALUES ($1, $2, $3, 1)
             ON CONFLICT (home, agency, series) DO UPDATE SET last = fee_receipt_numbers.last + 1 RETURNING last"
        ),
        &params![agency, series],
    )?;
    row.get("last")
}

pub(crate) fn insert_receipt(tx: &mut Tx<'_>, r: &FeeReceipt) -> Result<()> {
    let mut values = params![
        r.id.as_str(),
        &r.agency,
        r.series.as_str(),
        r.number,
        r.kind.as_str(),
        r.dossier.as_str(),
        r.attempt.as_str(),
        r.amount
    ]
    .to_vec();
    values.push(json(&r.content)?);
    values.extend(params![r.issued_at, r.issued_by.as_str()]);
    values.push(opt_id(r.replaces.as_ref()));
    tx.execute(
        sql!(
            "INSERT INTO fee_receipts (home, id, agency, series, number, kind, dossier, attempt, amount, content,
               issued_at, issued_by, replaces)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
        ),
        &values,
    )?;
    Ok(())
}

pub(crate) fn cancel_receipt(tx: &mut Tx<'_>, r: &FeeReceipt, by: &str, reason: &str) -> Result<()> {
    let now = tx.now();
    tx.execute_one(
        sql!(
            "UPDATE fee_receipts SET cancelled_at = $4, cancelled_by = $5, cancel_reason = $6, version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3 AND cancelled_at IS NULL"
        ),
        &params![r.id.as_str(), r.version, now, by, reason],
    )
}

pub(crate) fn receipt_by_id(tx: &mut Tx<'_>, id: &FeeReceiptId) -> Result<Option<FeeReceipt>> {
    let sql = sql!("SELECT * FROM fee_receipts WHERE home = $1 AND id = $2");
    tx.query_opt(sql, &params![id.as_str()])?.map(|row| receipt(&row)).transpose()
}

pub(crate) fn receipt_by_number(
    tx: &mut Tx<'_>,
    agency: &AgencyId,
    series: &str,
    number: i64,
) -> Result<Option<FeeReceipt>> {
    let sql = sql!("SELECT * FROM fee_receipts WHERE home = $1 AND agency = $2 AND series = $3 AND number = $4");
    tx.query_opt(sql, &params![agency, series, number])?.map(|row| receipt(&row)).transpose()
}

pub(crate) fn receipts_of(tx: &mut Tx<'_>, dossier: &DossierId) -> Result<Vec<FeeReceipt>> {
    let sql =
        sql!("SELECT * FROM fee_receipts WHERE home = $1 AND dossier = $2 ORDER BY issued_at, agency, series, number");
    tx.query(sql, &params![dossier.as_str()])?.iter().map(receipt).collect()
}

/// Agency, series, last number given, receipts found and their highest number; for `verify`.
pub(crate) fn numbered(tx: &mut Tx<'_>) -> Result<Vec<(String, i64, i64, i64)>> {
    let sql = sql!(
        "SELECT n.agency, n.series, n.last, CAST(count(r.number) AS BIGINT) AS found,
                CAST(coalesce(max(r.number), 0) AS BIGINT) AS highest
         FROM fee_receipt_numbers n
         LEFT JOIN fee_receipts r ON r.home = n.home AND r.agency = n.agency AND r.series = n.series
         WHERE n.home = $1 GROUP BY n.agency, n.series, n.last ORDER BY n.agency, n.series"
    );
    let line = |row: &Row| {
        let name = format!("{}/{}", row.get::<String>("agency")?, row.get::<String>("series")?);
        Ok((name, row.get("last")?, row.get("found")?, row.get("highest")?))
    };
    tx.query(sql, &[])?.iter().map(line).collect()
}

fn receipt(row: &Row) -> Result<FeeReceipt> {
    let kind: String = row.get("kind")?;
    Ok(FeeReceipt {
        id: row.id::<FeeReceiptId>("id")?,
        agency: row.get("agency")?,
        series: row.get("series")?,
        number: row.get("number")?,
        kind: known(FeeKind::parse(&kind), "fee_receipts.kind", &kind)?,
        dossier: row.id::<DossierId>("dossier")?,
        attempt: row.id::<AttemptId>("attempt")?,
        amount: row.get("amount")?,
        content: row.json("content")?,
        issued_at: row.get("issued_at")?,
        issued_by: row.get("issued_by")?,
        cancelled_at: row.get::<Option<Instant>>("cancelled_at")?,
        cancelled_by: row.get("cancelled_by")?,
        cancel_reason: row.get("cancel_reason")?,
        replaces: row.opt_id::<FeeReceiptId>("replaces")?,
        version: row.get("version")?,
    })
}
