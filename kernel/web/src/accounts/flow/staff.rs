//! Officers: account, password, one-time code of an authenticator.

use kernel_base::{Error, FieldError, Result};
use kernel_db::Tx;
use kernel_org::{AccountId, Actor};
use serde_json::json;

use super::{Browser, Opened, Way, end_sessions, note, open_session, recovery::use_code_or_recovery};
use crate::accounts::{Account, AccountKind, store, totp};

/// What is needed for an officer's account. The officer himself is a dated row of `kernel/org`, tied by `sign_in`.
#[derive(Debug, Clone)]
pub struct NewStaff {
    /// Name typed at sign-in, lower case: `tiepnhan.tamky`.
    pub sign_in: String,
    pub name: String,
    /// From [`super::hash_password`]: slow, so made outside the transaction.
    pub password_hash: String,
    /// From [`super::new_totp_secret`].
    pub totp_secret: String,
}

/// Adds an officer's account; the same account again is left as it is.
///
/// # Errors
/// `Internal` when the row cannot be read back.
pub fn create_staff(tx: &mut Tx<'_>, new: &NewStaff) -> Result<AccountId> {
    let sign_in = new.sign_in.trim().to_lowercase();
    let account = Account {
        id: tx.new_id(),
        kind: AccountKind::Staff,
        sign_in: Some(sign_in.clone()),
        name: new.name.clone(),
        person: None,
        password_hash: Some(new.password_hash.clone()),
        totp_secret: Some(new.totp_secret.clone()),
        phone: None,
        email: None,
        disabled: false,
    };
    if store::insert(tx, &account)? {
        note(tx, &account.id, "account.created", &Actor::System.label(), json!({ "kind": "staff" }))?;
        return Ok(account.id);
    }
    let found = store::by_sign_in(tx, &sign_in)?;
    found.map(|account| account.id).ok_or_else(|| Error::internal("an account that exists cannot be found"))
}

/// Opens a session for an officer whose password was found right; uses up his code.
///
/// # Errors
/// `Invalid` for a wrong or used code.
pub(crate) fn open_staff_session(
    tx: &mut Tx<'_>,
    account: &AccountId,
    code: &str,
    browser: &Browser,
) -> Result<Opened> {
    use_code_or_recovery(tx, account, code)?;
    open_session(tx, account, Way::Password, browser)
}

/// Checks the fresh code with which an officer approves: right, and not used for an approval before.
///
/// # Errors
/// `Invalid` with the field `totp` and the code `wrong_code` or `used_code`.
pub fn verify_fresh_totp(tx: &mut Tx<'_>, sign_in: &str, code: &str) -> Result<()> {
    let account = store::by_sign_in(tx, sign_in)?.ok_or_else(Error::unauthenticated)?;
    use_code(tx, &account.id, code, "approve")
}

pub(super) fn use_code(tx: &mut Tx<'_>, account: &AccountId, code: &str, purpose: &str) -> Result<()> {
    let fault =
        |code: &'static str, words: (&str, &str)| Err(Error::invalid(vec![FieldError::new("totp", code, words)]));
    let account = store::by_id(tx, account)?.filter(|account| !account.disabled).ok_or_else(Error::unauthenticated)?;
    let Some(secret) = account.totp_secret.as_deref() else {
        return Err(Error::internal("accounts: an officer without a TOTP secret"));
    };
    let at = totp::wall_time(tx);
    let Some(step) = totp::step_of(secret, code, at)? else {
        let words = (
            "Mã 6 số chưa đúng hoặc đã hết hạn. Hãy nhập mã đang hiện trong ứng dụng xác thực.",
            "The 6-digit code is wrong or old. Enter the one your authenticator app shows now.",
        );
        return fault("wrong_code", words);
    };
    if store::use_step(tx, &account.id, purpose, step)? {
        return Ok(());
    }
    fault(
        "used_code",
        (
            "Mã này đã dùng. Hãy đợi mã mới (tối đa 30 giây).",
            "This code has been used. Wait for the next one (up to 30 seconds).",
        ),
    )
}

/// Gives an officer a new password and a new secret, for the first sign-in or after they were lost; everything that was
/// signed in with the old ones ends at once. The account is made when there is none.
///
/// # Errors
/// Those of the database.
pub fn reset_staff(tx: &mut Tx<'_>, actor: &Actor, new: &NewStaff) -> Result<AccountId> {
    let account = create_staff(tx, new)?;
    store::replace_secrets(tx, &account, &new.password_hash, &new.totp_secret)?;
    end_sessions(tx, actor, &account)?;
    note(tx, &account, "account.reset", &actor.label(), json!({}))?;
    Ok(account)
}
