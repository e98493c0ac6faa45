//! Money that goes back.

use kernel_base::{AgencyId, Instant, Result, TypedId};
use kernel_contract::DossierId;
use kernel_db::{Row, Tx, params, sql};

use super::known;
use crate::model::{AttemptId, Refund, RefundId, RefundReason, RefundState, Trouble};

pub(crate) fn insert_refund(tx: &mut Tx<'_>, r: &Refund) -> Result<()> {
    tx.execute(
        sql!(
            "INSERT INTO fee_refunds (home, id, attempt, dossier, agency, amount, reason, state, asked_at, asked_by,
               obligation, due_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
        ),
        &params![
            r.id.as_str(),
            r.attempt.as_str(),
            r.dossier.as_str(),
            &r.agency,
            r.amount,
            r.reason.as_str(),
            r.state.as_str(),
            r.asked_at,
            r.asked_by.as_str(),
            r.obligation.as_str(),
            r.due_at
        ],
    )?;
    Ok(())
}

/// Saves what may change of a refund; somebody who was first makes the use case run again.
pub(crate) fn save_refund(tx: &mut Tx<'_>, before: &Refund, r: &Refund) -> Result<()> {
    tx.execute_one(
        sql!(
            "UPDATE fee_refunds SET state = $4, account = $5, bank = $6, holder = $7, note = $8, approved_at = $9,
               approved_by = $10, done_at = $11, gateway_no = $12, trouble = $13, version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3"
        ),
        &params![
            r.id.as_str(),
            before.version,
            r.state.as_str(),
            r.account.as_str(),
            r.bank.as_str(),
            r.holder.as_str(),
            r.note.as_str(),
            r.approved_at,
            r.approved_by.as_deref(),
            r.done_at,
            r.gateway_no.as_str(),
            r.trouble.to_text()
        ],
    )
}

pub(crate) fn refund_by_id(tx: &mut Tx<'_>, id: &RefundId) -> Result<Option<Refund>> {
    let sql = sql!("SELECT * FROM fee_refunds WHERE home = $1 AND id = $2");
    tx.query_opt(sql, &params![id.as_str()])?.map(|row| refund(&row)).transpose()
}

pub(crate) fn refunds_of(tx: &mut Tx<'_>, dossier: &DossierId) -> Result<Vec<Refund>> {
    let sql = sql!("SELECT * FROM fee_refunds WHERE home = $1 AND dossier = $2 ORDER BY asked_at, id");
    tx.query(sql, &params![dossier.as_str()])?.iter().map(refund).collect()
}

pub(crate) fn refunds_of_attempt(tx: &mut Tx<'_>, attempt: &AttemptId) -> Result<Vec<Refund>> {
    let sql = sql!("SELECT * FROM fee_refunds WHERE home = $1 AND attempt = $2 ORDER BY asked_at, id");
    tx.query(sql, &params![attempt.as_str()])?.iter().map(refund).collect()
}

/// Refunds of an agency in one state, the oldest first.
pub(crate) fn refunds_of_agency(tx: &mut Tx<'_>, agency: &AgencyId, state: &str) -> Result<Vec<Refund>> {
    let sql = sql!(
        "SELECT * FROM fee_refunds WHERE home = $1 AND agency = $2 AND state = $3 ORDER BY asked_at, id LIMIT 200"
    );
    tx.query(sql, &params![agency, state])?.iter().map(refund).collect()
}

/// Approved refunds of online payments that a gateway has not carried out and not refused: those that were never sent, then the oldest.
pub(crate) fn refunds_to_send(tx: &mut Tx<'_>, most: i64) -> Result<Vec<Refund>> {
    let sql = sql!(
        "SELECT r.* FROM fee_refunds r
         JOIN payment_attempts a ON a.home = r.home AND a.id = r.attempt AND a.channel IN ('national', 'vnpay')
         WHERE r.home = $1 AND r.state = 'approved'
           AND (r.trouble = '' OR r.trouble LIKE 'unknown: %' OR r.trouble LIKE 'taken: %')
         ORDER BY CASE WHEN r.trouble = '' THEN 0 ELSE 1 END, r.approved_at, r.id LIMIT $2"
    );
    tx.query(sql, &params![most])?.iter().map(refund).collect()
}

fn refund(row: &Row) -> Result<Refund> {
    let (reason, state) = (row.get::<String>("reason")?, row.get::<String>("state")?);
    Ok(Refund {
        id: row.id::<RefundId>("id")?,
        attempt: row.id::<AttemptId>("attempt")?,
        dossier: row.id::<DossierId>("dossier")?,
        agency: row.get("agency")?,
        amount: row.get("amount")?,
        reason: known(RefundReason::parse(&reason), "fee_refunds.reason", &reason)?,
        state: known(RefundState::parse(&state), "fee_refunds.state", &state)?,
        account: row.get("account")?,
        bank: row.get("bank")?,
        holder: row.get("holder")?,
        note: row.get("note")?,
        asked_at: row.get("asked_at")?,
        asked_by: row.get("asked_by")?,
        approved_at: row.get::<Option<Instant>>("approved_at")?,
        approved_by: row.get("approved_by")?,
        done_at: row.get::<Option<Instant>>("done_at")?,
        gateway_no: row.get("gateway_no")?,
        trouble: Trouble::parse(&row.get::<String>("trouble")?),
        obligation: row.get("obligation")?,
        due_at: row.get("due_at")?,
        version: row.get("version")?,
    })
}
