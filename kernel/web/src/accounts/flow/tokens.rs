//! Bearer tokens of programs.

use std::time::Duration;

use kernel_base::Result;
use kernel_db::Tx;
use kernel_org::AccountId;
use serde_json::json;

use super::{Opened, after, note, staff::use_code};
use crate::accounts::{store, token_hash};

/// Issues a bearer token to an officer whose password was found right; uses up his code.
///
/// # Errors
/// `Invalid` for a wrong or used code.
pub(crate) fn issue_token(tx: &mut Tx<'_>, account: &AccountId, code: &str, life: Duration) -> Result<Opened> {
    use_code(tx, account, code, "token")?;
    give_token(tx, account, life)
}

/// The demonstration gives programs that start again within half a minute another token for the same code.
///
/// # Errors
/// `Invalid` for a wrong code.
pub(crate) fn issue_demo_token(tx: &mut Tx<'_>, account: &AccountId, code: &str, life: Duration) -> Result<Opened> {
    match use_code(tx, account, code, "token") {
        Err(error) if error.fields.iter().all(|fault| fault.code != "used_code") => Err(error),
        _ => give_token(tx, account, life),
    }
}

fn give_token(tx: &mut Tx<'_>, account: &AccountId, life: Duration) -> Result<Opened> {
    let token = hex::encode(tx.random::<32>());
    let ends_at = after(tx.now(), life);
    store::insert_token(tx, &token_hash(&token), account, ends_at)?;
    note(tx, account, "account.token_issued", &format!("account:{account}"), json!({ "until": ends_at }))?;
    Ok(Opened { token, ends_at, account: account.clone() })
}
