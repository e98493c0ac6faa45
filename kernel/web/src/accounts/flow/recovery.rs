//! An officer who lost his authenticator: codes that were printed before, each good once, and a new secret.

use kernel_base::{Error, FieldError, Result};
use kernel_db::Tx;
use kernel_org::AccountId;
use serde_json::json;

use super::{note, notices, staff::use_code};
use crate::accounts::{store, token_hash};

/// How many codes are given at once.
const CODES: usize = 10;

/// Letters and digits that are not mistaken for each other.
const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// Gives an officer new recovery codes; those from before are void. A fresh code of the authenticator is asked.
///
/// # Errors
/// `Invalid` for a wrong or used code.
pub fn new_recovery_codes(tx: &mut Tx<'_>, account: &AccountId, totp: &str) -> Result<Vec<String>> {
    use_code(tx, account, totp, "recovery")?;
    store::delete_recovery_codes(tx, account)?;
    let mut codes = Vec::new();
    for _ in 0..CODES {
        let letters = tx.random::<10>().map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
        let code: String = letters.iter().collect();
        store::insert_recovery_code(tx, account, &token_hash(&code))?;
        codes.push(format!("{}-{}", code.get(..5).unwrap_or_default(), code.get(5..).unwrap_or_default()));
    }
    note(tx, account, "account.recovery_codes", &format!("account:{account}"), json!({ "codes": CODES }))?;
    Ok(codes)
}

/// What was typed as the stored form of a recovery code; `None` for anything else.
fn recovery_code(typed: &str) -> Option<String> {
    let code: String = typed.chars().filter(|c| !matches!(c, ' ' | '-')).collect::<String>().to_uppercase();
    (code.len() == 10 && code.bytes().all(|b| LETTERS.contains(&b))).then_some(code)
}

/// Uses up a code of the authenticator, or in its place a recovery code.
///
/// # Errors
/// `Invalid` with the field `totp`.
pub(super) fn use_code_or_recovery(tx: &mut Tx<'_>, account: &AccountId, typed: &str) -> Result<()> {
    let Some(code) = recovery_code(typed) else { return use_code(tx, account, typed, "sign-in") };
    if store::use_recovery_code(tx, account, &token_hash(&code))? {
        note(tx, account, "account.recovered", &format!("account:{account}"), json!({}))?;
        return notices::recovered(tx, account);
    }
    let words = ("Mã khôi phục chưa đúng hoặc đã dùng.", "The recovery code is not right, or was used.");
    Err(Error::invalid(vec![FieldError::new("totp", "wrong_code", words)]))
}

/// Puts a new secret in place of the lost one, with a recovery code; every other session ends.
///
/// # Errors
/// `Invalid` for a code that is no recovery code.
pub fn replace_authenticator(
    tx: &mut Tx<'_>,
    account: &AccountId,
    typed: &str,
    secret: &str,
    session: &str,
) -> Result<()> {
    let right = match recovery_code(typed) {
        Some(code) => store::use_recovery_code(tx, account, &token_hash(&code))?,
        None => false,
    };
    if !right {
        let words = ("Hãy nhập một mã khôi phục chưa dùng.", "Enter a recovery code that was not used.");
        return Err(Error::invalid(vec![FieldError::new("code", "wrong_code", words)]));
    }
    store::set_totp_secret(tx, account, secret)?;
    store::delete_sessions_but(tx, account, session)?;
    note(tx, account, "account.authenticator_changed", &format!("account:{account}"), json!({}))?;
    notices::recovered(tx, account)
}
