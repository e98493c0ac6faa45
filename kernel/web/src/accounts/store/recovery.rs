//! SQL of recovery codes.

use kernel_base::Result;
use kernel_db::{Tx, id, params, sql};
use kernel_org::AccountId;

pub(crate) fn delete_recovery_codes(tx: &mut Tx<'_>, account: &AccountId) -> Result<()> {
    tx.execute(sql!("DELETE FROM recovery_codes WHERE home = $1 AND account = $2"), &params![id(account)]).map(drop)
}

pub(crate) fn insert_recovery_code(tx: &mut Tx<'_>, account: &AccountId, hash: &str) -> Result<()> {
    let now = tx.now();
    tx.execute_one(
        sql!("INSERT INTO recovery_codes (home, account, code_hash, created_at) VALUES ($1, $2, $3, $4)"),
        &params![id(account), hash, now],
    )
}

/// False when there is no such code, or it was used.
pub(crate) fn use_recovery_code(tx: &mut Tx<'_>, account: &AccountId, hash: &str) -> Result<bool> {
    let used = tx.execute(
        sql!("DELETE FROM recovery_codes WHERE home = $1 AND account = $2 AND code_hash = $3"),
        &params![id(account), hash],
    )?;
    Ok(used == 1)
}

pub(crate) fn recovery_codes_left(tx: &mut Tx<'_>, account: &AccountId) -> Result<i64> {
    let row = tx.query_one(
        sql!("SELECT count(*) AS n FROM recovery_codes WHERE home = $1 AND account = $2"),
        &params![id(account)],
    )?;
    row.get("n")
}

pub(crate) fn set_totp_secret(tx: &mut Tx<'_>, account: &AccountId, secret: &str) -> Result<()> {
    tx.execute_one(
        sql!("UPDATE accounts SET totp_secret = $3, version = version + 1 WHERE home = $1 AND id = $2"),
        &params![id(account), secret],
    )
}
