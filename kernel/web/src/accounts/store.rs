//! SQL of accounts, sessions, tokens and codes.

mod devices;
mod mandates;
mod own;
mod recovery;
mod sessions;
mod sign_on;

pub(super) use devices::meet_device;
pub use mandates::Helper;
pub(crate) use mandates::*;
pub(super) use own::{erase, forget_answers};
pub(crate) use recovery::*;
pub(crate) use sessions::{
    NewSession, Session, delete_session, delete_session_named, delete_sessions_but, delete_sessions_of, insert_session,
    session, sessions_at, sessions_of, touch_session,
};
pub(crate) use sign_on::{
    Link, Pending, accounts_with_number, insert_link, link_of, links_of, move_links, numbers, put_pending,
    refresh_link, take_pending, waiting,
};

use kernel_base::{Error, Instant, Result};
use kernel_db::{Row, Tx, id, opt_id, params, sql};
use kernel_org::AccountId;

use super::{Account, AccountKind, Contact};

fn account(row: &Row) -> Result<Account> {
    let kind = row.get::<String>("kind")?;
    let kind = AccountKind::parse(&kind).ok_or_else(|| Error::internal(format!("accounts: unknown kind {kind}")))?;
    Ok(Account {
        id: row.id("id")?,
        kind,
        sign_in: row.get("sign_in")?,
        name: row.get("name")?,
        person: row.opt_id("person")?,
        password_hash: row.get("password_hash")?,
        totp_secret: row.get("totp_secret")?,
        phone: row.get("phone")?,
        email: row.get("email")?,
        disabled: row.get::<Option<Instant>>("disabled_at")?.is_some(),
    })
}

pub(crate) fn by_sign_in(tx: &mut Tx<'_>, sign_in: &str) -> Result<Option<Account>> {
    let row = tx.query_opt(
        sql!(
            "SELECT id, kind, sign_in, name, person, password_hash, totp_secret, phone, email, disabled_at
               FROM accounts
              WHERE home = $1 AND sign_in = $2"
        ),
        &params![sign_in],
    )?;
    row.as_ref().map(account).transpose()
}

pub(super) fn by_id(tx: &mut Tx<'_>, account_id: &AccountId) -> Result<Option<Account>> {
    let row = tx.query_opt(
        sql!(
            "SELECT id, kind, sign_in, name, person, password_hash, totp_secret, phone, email, disabled_at
               FROM accounts
              WHERE home = $1 AND id = $2"
        ),
        &params![id(account_id)],
    )?;
    row.as_ref().map(account).transpose()
}

pub(super) fn by_contact(tx: &mut Tx<'_>, contact: &Contact) -> Result<Option<Account>> {
    let row = tx.query_opt(
        sql!(
            "SELECT id, kind, sign_in, name, person, password_hash, totp_secret, phone, email, disabled_at
               FROM accounts
              WHERE home = $1 AND (phone = $2 OR email = $2)"
        ),
        &params![contact.as_str()],
    )?;
    row.as_ref().map(account).transpose()
}

/// False when the sign-in name, phone or e-mail is taken.
pub(super) fn insert(tx: &mut Tx<'_>, new: &Account) -> Result<bool> {
    let now = tx.now();
    let inserted = tx.execute(
        sql!(
            "INSERT INTO accounts (home, id, kind, sign_in, name, person, password_hash, totp_secret, phone, email,
                                   disabled_at, created_at, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, NULL, $11, 1)
             ON CONFLICT DO NOTHING"
        ),
        &params![
            id(&new.id),
            new.kind.as_str(),
            new.sign_in.clone(),
            &new.name,
            opt_id(new.person.as_ref()),
            new.password_hash.clone(),
            new.totp_secret.clone(),
            new.phone.clone(),
            new.email.clone(),
            now
        ],
    )?;
    Ok(inserted == 1)
}

pub(super) fn disable(tx: &mut Tx<'_>, account_id: &AccountId) -> Result<()> {
    let now = tx.now();
    tx.execute(
        sql!(
            "UPDATE accounts SET disabled_at = $3, version = version + 1
              WHERE home = $1 AND id = $2 AND disabled_at IS NULL"
        ),
        &params![id(account_id), now],
    )?;
    Ok(())
}

pub(super) fn set_name(tx: &mut Tx<'_>, account_id: &AccountId, name: &str) -> Result<()> {
    tx.execute(
        sql!("UPDATE accounts SET name = $3, version = version + 1 WHERE home = $1 AND id = $2"),
        &params![id(account_id), name],
    )?;
    Ok(())
}

/// Takes phone and e-mail from an account that is closed, so that another may have them.
pub(super) fn take_contacts(tx: &mut Tx<'_>, account: &Account) -> Result<()> {
    set_contacts(tx, &account.id, None, None)
}

pub(super) fn set_contacts(
    tx: &mut Tx<'_>,
    account_id: &AccountId,
    phone: Option<String>,
    email: Option<String>,
) -> Result<()> {
    tx.execute_one(
        sql!("UPDATE accounts SET phone = $3, email = $4, version = version + 1 WHERE home = $1 AND id = $2"),
        &params![id(account_id), phone, email],
    )
}

/// Notes the step of a used code; false when this or a later one was used before for the purpose.
pub(super) fn use_step(tx: &mut Tx<'_>, account_id: &AccountId, purpose: &str, step: i64) -> Result<bool> {
    let rows = tx.query(
        sql!(
            "INSERT INTO totp_uses (home, account, purpose, step) VALUES ($1, $2, $3, $4)
             ON CONFLICT (home, account, purpose) DO UPDATE SET step = excluded.step
              WHERE totp_uses.step < excluded.step
             RETURNING step"
        ),
        &params![id(account_id), purpose, step],
    )?;
    Ok(rows.len() == 1)
}

/// Gives an account another password and another secret.
pub(super) fn replace_secrets(tx: &mut Tx<'_>, account: &AccountId, hash: &str, totp_secret: &str) -> Result<()> {
    tx.execute_one(
        sql!(
            "UPDATE accounts SET password_hash = $3, totp_secret = $4, disabled_at = NULL, version = version + 1
             WHERE home = $1 AND id = $2"
        ),
        &params![id(account), hash, totp_secret],
    )
}

pub(super) fn insert_token(tx: &mut Tx<'_>, hash: &str, account_id: &AccountId, expires_at: Instant) -> Result<()> {
    let now = tx.now();
    tx.execute(
        sql!("INSERT INTO api_tokens (home, token_hash, account, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)"),
        &params![hash, id(account_id), now, expires_at],
    )?;
    Ok(())
}

pub(super) fn token(tx: &mut Tx<'_>, hash: &str) -> Result<Option<AccountId>> {
    let now = tx.now();
    let row = tx.query_opt(
        sql!("SELECT account FROM api_tokens WHERE home = $1 AND token_hash = $2 AND expires_at > $3"),
        &params![hash, now],
    )?;
    row.map(|row| row.id("account")).transpose()
}

/// The newest code of a contact takes the place of the one before.
pub(super) fn put_code(tx: &mut Tx<'_>, contact: &Contact, code_hash: &str, expires_at: Instant) -> Result<()> {
    let now = tx.now();
    tx.execute(
        sql!(
            "INSERT INTO sign_in_codes (home, contact, code_hash, created_at, expires_at, tries)
             VALUES ($1, $2, $3, $4, $5, 0)
             ON CONFLICT (home, contact) DO UPDATE
                SET code_hash = excluded.code_hash, created_at = excluded.created_at,
                    expires_at = excluded.expires_at, tries = 0"
        ),
        &params![contact.as_str(), code_hash, now, expires_at],
    )?;
    Ok(())
}

/// Counts a code sent to a contact on this day (`YYYY-MM-DD`): the number of this one.
pub(super) fn count_code(tx: &mut Tx<'_>, contact_hash: &str, day: &str) -> Result<i64> {
    let row = tx.query_one(
        sql!(
            "INSERT INTO sign_in_code_days (home, contact_hash, day, sent) VALUES ($1, $2, $3, 1)
             ON CONFLICT (home, contact_hash) DO UPDATE
                SET sent = CASE WHEN sign_in_code_days.day = excluded.day THEN sign_in_code_days.sent + 1 ELSE 1 END,
                    day = excluded.day
             RETURNING sent"
        ),
        &params![contact_hash, day],
    )?;
    row.get("sent")
}

/// A code opened a session: the contact's owner is there.
pub(super) fn forget_count(tx: &mut Tx<'_>, contact_hash: &str) -> Result<()> {
    tx.execute(sql!("DELETE FROM sign_in_code_days WHERE home = $1 AND contact_hash = $2"), &params![contact_hash])?;
    Ok(())
}

/// Counts a try and gives the code's hash and the number of this try; nothing when there is no open code.
pub(super) fn try_code(tx: &mut Tx<'_>, contact: &Contact) -> Result<Option<(String, i64)>> {
    let now = tx.now();
    let row = tx.query_opt(
        sql!(
            "UPDATE sign_in_codes SET tries = tries + 1
              WHERE home = $1 AND contact = $2 AND expires_at > $3
             RETURNING code_hash, tries"
        ),
        &params![contact.as_str(), now],
    )?;
    row.map(|row| Ok((row.get("code_hash")?, row.get("tries")?))).transpose()
}

pub(super) fn delete_code(tx: &mut Tx<'_>, contact: &Contact) -> Result<()> {
    tx.execute(sql!("DELETE FROM sign_in_codes WHERE home = $1 AND contact = $2"), &params![contact.as_str()])?;
    Ok(())
}

/// One message of the demonstration's mailbox.
#[derive(Debug, Clone)]
pub(crate) struct MailboxItem {
    pub(crate) contact: String,
    pub(crate) body: String,
    pub(crate) at: Instant,
}

/// Puts a message into the mailbox of the demonstration.
///
/// # Errors
/// Those of the database.
pub fn put_mail(tx: &mut Tx<'_>, contact: &Contact, body: &str) -> Result<()> {
    let now = tx.now();
    tx.execute_one(
        sql!(
            "INSERT INTO dev_mailbox (home, number, contact, body, created_at)
             SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3, $4 FROM dev_mailbox WHERE home = $1
             ON CONFLICT (home, number) DO NOTHING"
        ),
        &params![contact.as_str(), body, now],
    )
}

/// Removes what the demonstration's mailbox holds for a contact.
///
/// # Errors
/// Those of the database.
pub fn forget_mail(tx: &mut Tx<'_>, contact: &Contact) -> Result<()> {
    tx.execute(sql!("DELETE FROM dev_mailbox WHERE home = $1 AND contact = $2"), &params![contact.as_str()])?;
    Ok(())
}

/// The newest fifty messages.
pub(crate) fn mailbox(tx: &mut Tx<'_>) -> Result<Vec<MailboxItem>> {
    let rows = tx.query(
        sql!("SELECT contact, body, created_at FROM dev_mailbox WHERE home = $1 ORDER BY number DESC LIMIT 50"),
        &[],
    )?;
    let item = |row: &Row| {
        Ok(MailboxItem { contact: row.get("contact")?, body: row.get("body")?, at: row.get("created_at")? })
    };
    rows.iter().map(item).collect()
}

/// Fails when the database or its tables are away.
pub(crate) fn ping(tx: &mut Tx<'_>) -> Result<()> {
    tx.query(sql!("SELECT 1 AS one FROM accounts WHERE home = $1 LIMIT 1"), &[]).map(drop)
}

/// Removes what has ended and stored answers from before an instant; for a nightly job. Gives the number of rows.
///
/// # Errors
/// Those of the database.
pub fn delete_expired(tx: &mut Tx<'_>, answers_before: Instant) -> Result<u64> {
    let now = tx.now();
    let mut removed = 0;
    removed += tx.execute(
        sql!("DELETE FROM web_sessions WHERE home = $1 AND (idle_until <= $2 OR ends_at <= $2)"),
        &params![now],
    )?;
    removed += tx.execute(sql!("DELETE FROM api_tokens WHERE home = $1 AND expires_at <= $2"), &params![now])?;
    removed += tx.execute(sql!("DELETE FROM sign_in_codes WHERE home = $1 AND expires_at <= $2"), &params![now])?;
    let today = now.vietnam().date().to_string();
    removed += tx.execute(sql!("DELETE FROM sign_in_code_days WHERE home = $1 AND day < $2"), &params![today])?;
    removed += sign_on::delete_expired_sign_ons(tx)?;
    removed +=
        tx.execute(sql!("DELETE FROM idempotency WHERE home = $1 AND created_at <= $2"), &params![answers_before])?;
    Ok(removed)
}
