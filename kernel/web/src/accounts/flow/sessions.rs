//! Sessions: opened, in use, ended; and who holds one.

use std::time::Duration;

use kernel_base::{Error, Instant, Kind, Result};
use kernel_contract::{EndedSignOn, SignedOn};
use kernel_db::Tx;
use kernel_org::{AccountId, Actor, Assurance, CitizenActor, MandateKind};
use serde_json::json;

use super::{after, citizen, mandates::mandate_in_force, note, notices};
use crate::{
    Who,
    accounts::{Account, AccountKind, officer, store, token_hash},
};

/// An opened session or issued token; the secret goes to the visitor and is not stored.
#[derive(Debug, Clone)]
pub struct Opened {
    pub token: String,
    pub ends_at: Instant,
    pub account: AccountId,
}

/// The browser that gets a session, and how long it lasts.
#[derive(Debug, Clone, Default)]
pub struct Browser {
    /// What the browser says of itself, for the person's list of sessions. Personal data.
    pub device: String,
    /// Ends after this time without a request.
    pub idle: Duration,
    /// Ends after this time in any case.
    pub longest: Duration,
}

/// How somebody showed who he is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Way<'a> {
    /// A one-time code to a contact.
    Code,
    /// Password and authenticator.
    Password,
    /// At a provider.
    Provider(&'a SignedOn),
}

impl Way<'_> {
    fn word(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Password => "password",
            Self::Provider(_) => "provider",
        }
    }

    /// An officer showed two factors to us; else the provider says.
    fn assurance(self) -> Assurance {
        match self {
            Self::Code => Assurance::CONTACT,
            Self::Password => Assurance::level(2).unwrap_or_default(),
            Self::Provider(on) => on.assurance,
        }
    }
}

/// Opens a session under a new token; an old one of the browser is ended by the caller.
pub(crate) fn open_session(tx: &mut Tx<'_>, account: &AccountId, way: Way<'_>, browser: &Browser) -> Result<Opened> {
    let token = hex::encode(tx.random::<32>());
    let (provider, id_token, named) = match way {
        Way::Provider(on) => (on.provider.clone(), on.id_token.clone(), (on.subject.clone(), on.session.clone())),
        Way::Code | Way::Password => Default::default(),
    };
    let now = tx.now();
    let ends_at = after(now, browser.longest);
    let session = store::NewSession {
        hash: token_hash(&token),
        id: hex::encode(tx.random::<8>()),
        account: account.clone(),
        way: way.word().to_owned(),
        assurance: way.assurance(),
        provider: provider.clone(),
        id_token,
        named,
        device: browser.device.clone(),
        mandate: None,
        idle_until: after(now, browser.idle).min(ends_at),
        ends_at,
    };
    store::insert_session(tx, &session)?;
    let body = json!({ "by": way.word(), "provider": provider, "assurance": way.assurance() });
    note(tx, account, "account.session_opened", &format!("account:{account}"), body)?;
    notices::session_opened(tx, account, browser)?;
    Ok(Opened { token, ends_at, account: account.clone() })
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
    store::delete_session(tx, hash).map(drop)
}

/// Ends one session and gives the provider and the identity token it was opened with, when it was.
pub(crate) fn sign_out_of(tx: &mut Tx<'_>, hash: &str) -> Result<Option<(String, String)>> {
    let session = store::session(tx, hash)?;
    store::delete_session(tx, hash)?;
    Ok(session.filter(|s| !s.provider.is_empty()).map(|s| (s.provider, s.id_token)))
}

/// Ends what was opened at a provider, because the holder signed out there; how many sessions.
///
/// # Errors
/// Those of the database.
pub(crate) fn end_at_provider(tx: &mut Tx<'_>, ended: &EndedSignOn) -> Result<usize> {
    // A word that names nobody ends nothing.
    if ended.subject.is_empty() && ended.session.is_empty() {
        return Ok(0);
    }
    let open = store::sessions_at(tx, ended)?;
    for (hash, account) in &open {
        store::delete_session(tx, hash)?;
        note(tx, account, "account.session_ended", &format!("provider:{}", ended.provider), json!({}))?;
    }
    Ok(open.len())
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

/// The port by which the organisation ends sign-ins when a role or post ends.
#[derive(Debug, Clone, Copy, Default)]
pub struct SessionsOfAccounts;

impl kernel_org::SignIns for SessionsOfAccounts {
    fn end_all(&self, tx: &mut Tx<'_>, actor: &Actor, account: &str) -> Result<()> {
        end_staff_sessions(tx, actor, account)
    }
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
    let Some(session) = store::session(tx, hash)? else { return Ok(None) };
    let stale = session.seen_at.plus_minutes(1) < tx.now();
    let who = who(tx, &session.account, Some((hash, &session)))?;
    Ok(who.map(|who| (who, stale)))
}

/// Who holds a bearer token.
pub(crate) fn who_has_token(tx: &mut Tx<'_>, hash: &str) -> Result<Option<Who>> {
    let Some(account) = store::token(tx, hash)? else { return Ok(None) };
    who(tx, &account, None)
}

/// The actor as the organisation stands now: a revoked role or post counts at once, and so does an ended mandate.
fn who(tx: &mut Tx<'_>, id: &AccountId, session: Option<(&str, &store::Session)>) -> Result<Option<Who>> {
    let Some(account) = store::by_id(tx, id)?.filter(|account| !account.disabled) else { return Ok(None) };
    let mut name = account.shown_name();
    let actor = match (account.kind, &account.sign_in) {
        (AccountKind::Citizen, _) => {
            let citizen = acting_citizen(tx, &account, session.map(|(_, session)| session))?;
            if citizen.acting.is_some() {
                name = citizen.name.clone();
            }
            Some(Actor::Citizen(citizen))
        }
        (AccountKind::Staff, Some(sign_in)) => officer::of_account(tx, sign_in)?.map(Actor::Officer),
        (AccountKind::Staff, None) => None,
    };
    let session = session.map(|(hash, _)| hash.to_owned());
    Ok(actor.map(|actor| Who { actor, name, session, account: account.id }))
}

fn acting_citizen(tx: &mut Tx<'_>, account: &Account, session: Option<&store::Session>) -> Result<CitizenActor> {
    let own = citizen(account)?;
    // A token was opened with password and authenticator.
    let Some(session) = session else { return Ok(CitizenActor { assurance: Way::Password.assurance(), ..own }) };
    let own = CitizenActor { assurance: session.assurance, ..own };
    let Some(wanted) = &session.mandate else { return Ok(own) };
    // A mandate that has ended gives nothing: the person acts for himself again.
    let Some(mandate) = mandate_in_force(tx, wanted, &account.id)? else { return Ok(own) };
    let Some(principal) = store::by_id(tx, &mandate.principal)?.filter(|p| !p.disabled) else { return Ok(own) };
    // How sure a provider is of the helper says nothing of the person who sits beside him.
    let helped = mandate.kind == MandateKind::Help;
    let assurance = if helped { Assurance::CONTACT } else { session.assurance };
    let acting = Some(mandate.acting(account.id.clone()));
    Ok(CitizenActor { assurance, acting, ..citizen(&principal)? })
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
