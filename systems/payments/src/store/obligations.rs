//! What dossiers owe.

use kernel_base::{Error, Instant, Result, TypedId};
use kernel_contract::{Collect, DossierCode, DossierId, FeeKind};
use kernel_db::{Row, Tx, params, sql};

use super::known;
use crate::model::{FeeObligationId, Obligation, ObligationState};

/// `false` when the dossier owes this fee already.
pub(crate) fn insert_obligation(tx: &mut Tx<'_>, o: &Obligation) -> Result<bool> {
    let rows = tx.query(
        sql!(
            "INSERT INTO fee_obligations (home, id, dossier, code, procedure_code, procedure_name, agency, reception,
               owner_account, payer, fee, kind, name, basis, illustrative, unit_amount, copies, amount, collect,
               exempt_reason, state, asked_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
             ON CONFLICT (home, dossier, fee) DO NOTHING RETURNING id"
        ),
        &params![
            o.id.as_str(),
            o.dossier.as_str(),
            o.code.as_str(),
            o.procedure.as_str(),
            o.procedure_name.as_str(),
            &o.agency,
            &o.reception,
            o.owner_account.as_str(),
            o.payer.as_str(),
            o.fee.as_str(),
            o.kind.as_str(),
            o.name.as_str(),
            o.basis.as_str(),
            o.illustrative,
            o.unit_amount,
            o.copies,
            o.amount,
            o.collect.as_str(),
            o.exempt_reason.as_str(),
            o.state.as_str(),
            o.asked_at
        ],
    )?;
    Ok(!rows.is_empty())
}

pub(crate) fn obligations_of(tx: &mut Tx<'_>, dossier: &DossierId) -> Result<Vec<Obligation>> {
    let sql = sql!("SELECT * FROM fee_obligations WHERE home = $1 AND dossier = $2 ORDER BY kind, asked_at, id");
    tx.query(sql, &params![dossier.as_str()])?.iter().map(obligation).collect()
}

pub(crate) fn obligations_of_code(tx: &mut Tx<'_>, code: &str) -> Result<Vec<Obligation>> {
    let sql = sql!("SELECT * FROM fee_obligations WHERE home = $1 AND code = $2 ORDER BY kind, asked_at, id");
    tx.query(sql, &params![code])?.iter().map(obligation).collect()
}

/// Moves an obligation on; somebody who was first makes the use case run again.
pub(crate) fn save_obligation_state(
    tx: &mut Tx<'_>,
    o: &Obligation,
    state: ObligationState,
    settled_at: Option<Instant>,
) -> Result<()> {
    tx.execute_one(
        sql!(
            "UPDATE fee_obligations SET state = $4, settled_at = $5, version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3"
        ),
        &params![o.id.as_str(), o.version, state.as_str(), settled_at],
    )
}

/// Gives what an account owes to another account of the same person.
pub(crate) fn change_account(tx: &mut Tx<'_>, from: &str, to: &str) -> Result<()> {
    let sql = sql!("UPDATE fee_obligations SET owner_account = $3 WHERE home = $1 AND owner_account = $2");
    tx.execute(sql, &params![from, to])?;
    Ok(())
}

/// Dossiers with obligations after `after`, for `verify`.
pub(crate) fn paying_dossiers_after(tx: &mut Tx<'_>, after: &str, most: i64) -> Result<Vec<DossierId>> {
    let sql =
        sql!("SELECT DISTINCT dossier FROM fee_obligations WHERE home = $1 AND dossier > $2 ORDER BY dossier LIMIT $3");
    tx.query(sql, &params![after, most])?.iter().map(|row| row.id::<DossierId>("dossier")).collect()
}

fn obligation(row: &Row) -> Result<Obligation> {
    let word = |column: &str| row.get::<String>(column);
    let (kind, collect, state, code) = (word("kind")?, word("collect")?, word("state")?, word("code")?);
    Ok(Obligation {
        id: row.id::<FeeObligationId>("id")?,
        dossier: row.id::<DossierId>("dossier")?,
        code: DossierCode::parse(&code).ok_or_else(|| Error::internal("fee_obligations.code"))?,
        procedure: row.get("procedure_code")?,
        procedure_name: row.get("procedure_name")?,
        agency: row.get("agency")?,
        reception: row.get("reception")?,
        owner_account: row.get("owner_account")?,
        payer: row.get("payer")?,
        fee: row.get("fee")?,
        kind: known(FeeKind::parse(&kind), "fee_obligations.kind", &kind)?,
        name: row.get("name")?,
        basis: row.get("basis")?,
        illustrative: row.get("illustrative")?,
        unit_amount: row.get("unit_amount")?,
        copies: row.get("copies")?,
        amount: row.get("amount")?,
        collect: known(Collect::parse(&collect), "fee_obligations.collect", &collect)?,
        exempt_reason: row.get("exempt_reason")?,
        state: known(ObligationState::parse(&state), "fee_obligations.state", &state)?,
        asked_at: row.get("asked_at")?,
        settled_at: row.get::<Option<Instant>>("settled_at")?,
        version: row.get("version")?,
    })
}
