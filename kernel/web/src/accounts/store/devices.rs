//! Devices that an account was opened on before.

use kernel_base::Result;
use kernel_db::{Tx, id, params, sql};
use kernel_org::AccountId;

/// Notes a device; `true` when it is new and the account was opened on others before.
pub(in crate::accounts) fn meet_device(tx: &mut Tx<'_>, account: &AccountId, device: &str) -> Result<bool> {
    let known = tx.query(
        sql!("SELECT device FROM known_devices WHERE home = $1 AND account = $2 LIMIT 1"),
        &params![id(account)],
    )?;
    let now = tx.now();
    let new = tx.execute(
        sql!(
            "INSERT INTO known_devices (home, account, device, met_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (home, account, device) DO NOTHING"
        ),
        &params![id(account), device, now],
    )?;
    Ok(new > 0 && !known.is_empty())
}
