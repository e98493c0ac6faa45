//! Erasing what payments hold of a person.

use kernel_base::{Result, TypedId};
use kernel_contract::DossierId;
use kernel_db::{Tx, json, params, sql};
use serde_json::Value;

use crate::model::FeeReceiptId;

/// Dossiers of an account that owe or paid something, in the order of their codes.
pub(crate) fn dossiers_of_account(tx: &mut Tx<'_>, account: &str) -> Result<Vec<DossierId>> {
    let sql = sql!(
        "SELECT code, dossier FROM fee_obligations WHERE home = $1 AND owner_account = $2
         GROUP BY code, dossier ORDER BY code"
    );
    tx.query(sql, &params![account])?.iter().map(|row| row.id::<DossierId>("dossier")).collect()
}

/// Empties every personal column of a dossier's payments; amounts, numbers and states stay.
pub(crate) fn erase_dossier(tx: &mut Tx<'_>, dossier: &DossierId) -> Result<()> {
    let id = dossier.as_str();
    tx.execute(
        sql!(
            "UPDATE fee_obligations SET payer = '', exempt_reason = '', version = version + 1
             WHERE home = $1 AND dossier = $2"
        ),
        &params![id],
    )?;
    // The address of an order may carry the payer's network address.
    tx.execute(
        sql!(
            "UPDATE payment_attempts SET note = '', pay_url = '', version = version + 1 WHERE home = $1 AND dossier = $2"
        ),
        &params![id],
    )?;
    tx.execute(
        sql!(
            "UPDATE fee_refunds SET account = '', bank = '', holder = '', note = '', version = version + 1
             WHERE home = $1 AND dossier = $2"
        ),
        &params![id],
    )?;
    Ok(())
}

/// Puts a receipt without the payer's name in place of the printed one.
pub(crate) fn erase_receipt(tx: &mut Tx<'_>, receipt: &FeeReceiptId, version: i64, content: &Value) -> Result<()> {
    let content = json(content)?;
    let mut values = params![receipt.as_str(), version].to_vec();
    values.push(content);
    tx.execute_one(
        sql!(
            "UPDATE fee_receipts SET content = $4, cancel_reason = '', version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3"
        ),
        &values,
    )
}
