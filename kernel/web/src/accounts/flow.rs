//! Use cases of accounts: one function, one transaction.

use std::time::Duration;

use kernel_base::{Error, FieldError, Instant, Kind, Result};
use kernel_db::Tx;
use kernel_ledger::NewEvent;
use kernel_org::{AccountId, Actor, CitizenActor, PersonId};
use serde_json::{Value, json};

use super::{Account, AccountKind, Contact, store, token_hash, totp};
use crate::Who;

/// A one-time code for citizens lives ten minutes and bears five tries.
const CODE_MINUTES: i64 = 10;
const CODE_TRIES: i64 = 5;

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

/// Adds a citizen who signs in to the API as officers do, with name, password and code; the same again is left as it is.
///
/// # Errors
/// `Internal` when the row cannot be read back.
pub fn create_api_citizen(tx: &mut Tx<'_>, new: &NewStaff) -> Result<AccountId> {
    let sign_in = new.sign_in.trim().to_lowercase();
    if let Some(found) = store::by_sign_in(tx, &sign_in)? {
        return Ok(found.id);
    }
    let account = Account {
        id: tx.new_id(),
        kind: AccountKind::Citizen,
        sign_in: Some(sign_in),
        name: new.name.clone(),
        person: Some(tx.new_id::<PersonId>()),
        password_hash: Some(new.password_hash.clone()),
        totp_secret: Some(new.totp_secret.clone()),
        phone: None,
        email: None,
        disabled: false,
    };
    store::insert(tx, &account)?;
    Ok(account.id)
}

/// The citizen behind a contact; made when there is none yet.
///
/// # Errors
/// `Forbidden` when the account is disabled.
pub fn citizen_of(tx: &mut Tx<'_>, contact: &Contact) -> Result<CitizenActor> {
    let account = match store::by_contact(tx, contact)? {
        Some(account) => account,
        None => new_citizen(tx, contact)?,
    };
    if account.disabled {
        return Err(disabled());
    }
    citizen(&account)
}

fn new_citizen(tx: &mut Tx<'_>, contact: &Contact) -> Result<Account> {
    let (phone, email) = match contact {
        Contact::Phone(phone) => (Some(phone.clone()), None),
        Contact::Email(email) => (None, Some(email.clone())),
    };
    let account = Account {
        id: tx.new_id(),
        kind: AccountKind::Citizen,
        sign_in: None,
        name: String::new(),
        person: Some(tx.new_id::<PersonId>()),
        password_hash: None,
        totp_secret: None,
        phone,
        email,
        disabled: false,
    };
    if !store::insert(tx, &account)? {
        return Err(Error::stale("the contact got an account meanwhile"));
    }
    note(tx, &account.id, "account.created", &Actor::System.label(), json!({ "kind": "citizen" }))?;
    Ok(account)
}

/// Writes the account's chain: who came in when, and what ended. Holds no personal data.
fn note(tx: &mut Tx<'_>, account: &AccountId, kind: &'static str, actor: &str, body: Value) -> Result<()> {
    let subject = format!("account:{account}");
    kernel_ledger::append(tx, &NewEvent { subject: &subject, kind, actor, body }).map(drop)
}

fn citizen(account: &Account) -> Result<CitizenActor> {
    let person = account.person.clone().ok_or_else(|| Error::internal("accounts: a citizen without a person"))?;
    Ok(CitizenActor { account: account.id.clone(), person, name: account.name.clone() })
}

fn disabled() -> Error {
    Error::forbidden(
        "account_disabled",
        (
            "Tài khoản này đã bị khóa. Hãy liên hệ bộ phận một cửa.",
            "This account is disabled. Contact the one-stop desk.",
        ),
    )
}

/// Sets the name of a citizen's account, after a form gave it.
///
/// # Errors
/// Those of the database.
pub fn name_citizen(tx: &mut Tx<'_>, account: &AccountId, name: &str) -> Result<()> {
    store::set_name(tx, account, &kernel_base::text::clean_line(name))
}

/// Stores a code for a contact; in the demonstration also puts the message into the mailbox.
///
/// # Errors
/// Those of the database.
pub fn request_code(tx: &mut Tx<'_>, contact: &Contact, code_hash: &str, mailbox: Option<&str>) -> Result<()> {
    let expires_at = tx.now().plus_minutes(CODE_MINUTES);
    store::put_code(tx, contact, code_hash, expires_at)?;
    if let Some(body) = mailbox {
        store::put_mail(tx, contact, body)?;
    }
    Ok(())
}

/// An opened session or issued token; the secret goes to the visitor and is not stored.
#[derive(Debug, Clone)]
pub struct Opened {
    pub token: String,
    pub ends_at: Instant,
    pub account: AccountId,
}

/// How a sign-in ended. A refusal is a value, not an error, so that the counted try is kept.
#[derive(Debug, Clone)]
pub enum SignIn {
    Opened(Opened),
    Refused(Error),
}

impl SignIn {
    /// # Errors
    /// The refusal.
    pub fn opened(self) -> Result<Opened> {
        match self {
            Self::Opened(opened) => Ok(opened),
            Self::Refused(error) => Err(error),
        }
    }
}

/// Opens a session for a citizen who typed the code; makes the account at the first time.
///
/// # Errors
/// Those of the database; a wrong code is [`SignIn::Refused`].
pub fn sign_in_citizen(
    tx: &mut Tx<'_>,
    contact: &Contact,
    code_hash: &str,
    idle: Duration,
    longest: Duration,
) -> Result<SignIn> {
    let refused = |code: &'static str, words: (&str, &str)| {
        let error = Error::invalid(vec![FieldError::new("code", code, words)]);
        Ok(SignIn::Refused(error))
    };
    let Some((expected, tries)) = store::try_code(tx, contact)? else {
        return refused("expired", ("Mã đã hết hạn. Hãy lấy mã mới.", "The code has expired. Ask for a new one."));
    };
    if tries > CODE_TRIES {
        return refused(
            "too_many_tries",
            ("Bạn đã nhập sai 5 lần. Hãy lấy mã mới.", "Five wrong tries. Ask for a new code."),
        );
    }
    let same: bool = subtle::ConstantTimeEq::ct_eq(expected.as_bytes(), code_hash.as_bytes()).into();
    if !same {
        let words = (
            "Mã chưa đúng. Hãy xem lại tin nhắn mới nhất rồi nhập lại.",
            "The code is not right. Check the newest message.",
        );
        return refused("wrong_code", words);
    }
    store::delete_code(tx, contact)?;
    let citizen = citizen_of(tx, contact)?;
    open_session(tx, &citizen.account, "code", idle, longest).map(SignIn::Opened)
}

/// Opens a session for an officer whose password was found right; uses up his code.
///
/// # Errors
/// `Invalid` for a wrong or used code.
pub(crate) fn open_staff_session(
    tx: &mut Tx<'_>,
    account: &AccountId,
    code: &str,
    idle: Duration,
    longest: Duration,
) -> Result<Opened> {
    use_code(tx, account, code, "sign-in")?;
    open_session(tx, account, "password and code", idle, longest)
}

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

/// Checks the fresh code with which an officer approves: right, and not used for an approval before.
///
/// # Errors
/// `Invalid` with the field `totp` and the code `wrong_code` or `used_code`.
pub fn verify_fresh_totp(tx: &mut Tx<'_>, sign_in: &str, code: &str) -> Result<()> {
    let account = store::by_sign_in(tx, sign_in)?.ok_or_else(Error::unauthenticated)?;
    use_code(tx, &account.id, code, "approve")
}

fn use_code(tx: &mut Tx<'_>, account: &AccountId, code: &str, purpose: &str) -> Result<()> {
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

fn open_session(tx: &mut Tx<'_>, account: &AccountId, by: &str, idle: Duration, longest: Duration) -> Result<Opened> {
    let token = hex::encode(tx.random::<32>());
    let now = tx.now();
    let ends_at = after(now, longest);
    store::insert_session(tx, &token_hash(&token), account, after(now, idle).min(ends_at), ends_at)?;
    note(tx, account, "account.session_opened", &format!("account:{account}"), json!({ "by": by }))?;
    Ok(Opened { token, ends_at, account: account.clone() })
}

fn after(at: Instant, span: Duration) -> Instant {
    at.plus_millis(i64::try_from(span.as_millis()).unwrap_or(i64::MAX / 2))
}

/// Prolongs a session that is in use.
pub(crate) fn touch_session(tx: &mut Tx<'_>, hash: &str, idle: Duration) -> Result<()> {
    let idle_until = after(tx.now(), idle);
    store::touch_session(tx, hash, idle_until)
}

/// Ends one session; the token's hash is in [`Who::session`].
///
/// # Errors
/// Those of the database.
pub fn sign_out(tx: &mut Tx<'_>, hash: &str) -> Result<()> {
    store::delete_session(tx, hash)
}

/// Ends every session and token of an account; call it when roles or the post change.
///
/// # Errors
/// Those of the database.
pub fn end_sessions(tx: &mut Tx<'_>, actor: &Actor, account: &AccountId) -> Result<()> {
    store::delete_sessions_of(tx, account)?;
    note(tx, account, "account.sessions_ended", &actor.label(), json!({}))
}

/// Ends every session and token of an officer's account by its sign-in name.
///
/// # Errors
/// Those of the database.
pub fn end_staff_sessions(tx: &mut Tx<'_>, actor: &Actor, sign_in: &str) -> Result<()> {
    match store::by_sign_in(tx, sign_in)? {
        Some(account) => end_sessions(tx, actor, &account.id),
        None => Ok(()),
    }
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

/// Disables an account and ends its sessions at once.
///
/// # Errors
/// Those of the database.
pub fn disable_account(tx: &mut Tx<'_>, actor: &Actor, account: &AccountId) -> Result<()> {
    store::disable(tx, account)?;
    note(tx, account, "account.disabled", &actor.label(), json!({}))?;
    end_sessions(tx, actor, account)
}

/// Who holds a session, and whether it was last seen more than a minute ago.
pub(crate) fn who_has_session(tx: &mut Tx<'_>, hash: &str) -> Result<Option<(Who, bool)>> {
    let Some((account, seen_at)) = store::session(tx, hash)? else { return Ok(None) };
    let stale = seen_at.plus_minutes(1) < tx.now();
    let who = who(tx, &account, Some(hash.to_owned()))?;
    Ok(who.map(|who| (who, stale)))
}

/// Who holds a bearer token.
pub(crate) fn who_has_token(tx: &mut Tx<'_>, hash: &str) -> Result<Option<Who>> {
    let Some(account) = store::token(tx, hash)? else { return Ok(None) };
    who(tx, &account, None)
}

/// The actor as the organisation stands now: a revoked role or post counts at once.
fn who(tx: &mut Tx<'_>, account: &AccountId, session: Option<String>) -> Result<Option<Who>> {
    let Some(account) = store::by_id(tx, account)?.filter(|account| !account.disabled) else { return Ok(None) };
    let name = account.shown_name();
    let actor = match (account.kind, &account.sign_in) {
        (AccountKind::Citizen, _) => Some(Actor::Citizen(citizen(&account)?)),
        (AccountKind::Staff, Some(sign_in)) => super::officer::of_account(tx, sign_in)?.map(Actor::Officer),
        (AccountKind::Staff, None) => None,
    };
    Ok(actor.map(|actor| Who { actor, name, session }))
}

/// The refusal of a wrong name, password or code: says the same whichever was wrong.
pub(crate) fn wrong_sign_in() -> Error {
    Error::new(
        Kind::Unauthenticated,
        "wrong_sign_in",
        (
            "Tên đăng nhập, mật khẩu hoặc mã 6 số chưa đúng. Hãy kiểm tra rồi nhập lại.",
            "The account, password or 6-digit code is not right. Check them and try again.",
        ),
    )
}
