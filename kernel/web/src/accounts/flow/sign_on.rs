//! Sign-on at a provider: which account a proved holder gets, and how two accounts of one person become one.
//!
//! The technical id decides. An identity number alone never opens or joins an account: the person must have shown both,
//! the sign-on at the provider and a session of the other account, in the same browser.

use kernel_base::{Error, Result, TypedId};
use kernel_contract::{AccountHoldings, KnownClaims, SignOnFacts, SignOnHolder, SignOnProvider, SignedOn};
use kernel_db::Tx;
use kernel_org::{AccountId, Actor};
use serde_json::json;

use super::{
    Browser, Opened, Way, change_role, citizen,
    citizens::without_contact,
    disabled, end_sessions,
    mandates::{organisation, represent},
    note, open_session,
};
use crate::accounts::{Account, AccountKind, MandateState, store, token_hash};

/// A sign-on that was begun may come back within this time; a proved one waits as long for the person's word.
const MINUTES: i64 = 15;

/// Keeps what is needed when the browser comes back.
pub(crate) fn begin_sign_on(
    tx: &mut Tx<'_>,
    state_hash: &str,
    browser_hash: &str,
    pending: &store::Pending,
) -> Result<()> {
    let until = tx.now().plus_minutes(MINUTES);
    store::put_pending(tx, state_hash, browser_hash, pending, until)
}

/// Takes what was kept; a second answer, or one in another browser, finds nothing.
pub(crate) fn take_sign_on(tx: &mut Tx<'_>, state_hash: &str, browser_hash: &str) -> Result<Option<store::Pending>> {
    store::take_pending(tx, state_hash, browser_hash)
}

/// Where a proved sign-on leads.
#[derive(Debug)]
pub(crate) enum Landed {
    In(Opened),
    /// The person says first which account it is for.
    Ask,
}

/// A proved sign-on that waits for the person's word, as the page shows it.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) on: SignedOn,
    /// The technical id has an account already.
    pub(crate) known: bool,
    /// Somebody was signed in before, with another account than the one the sign-on leads to.
    pub(crate) current: Option<Account>,
}

/// Lets a proved holder in, or keeps the sign-on until the person has chosen.
///
/// # Errors
/// `Forbidden` for a disabled account and for an officer who is not let in.
pub(crate) fn sign_on(
    tx: &mut Tx<'_>,
    provider: &SignOnProvider,
    on: &SignedOn,
    current: Option<&AccountId>,
    kept: (&str, &store::Pending),
    browser: (&str, &Browser),
) -> Result<Landed> {
    if provider.audience == kernel_contract::SignOnAudience::Staff {
        return staff(tx, provider, on, browser.1).map(Landed::In);
    }
    let current = current_citizen(tx, current)?;
    let linked = store::link_of(tx, &on.provider, &on.technical_id)?.map(|link| link.account);
    let other_is_in = current.as_ref().is_some_and(|account| linked.as_ref() != Some(&account.id));
    let ask = other_is_in || (linked.is_none() && others(tx, on)?.is_some());
    if ask {
        let waiting = store::Pending { proved: Some(on.clone()), ..kept.1.clone() };
        let until = tx.now().plus_minutes(MINUTES);
        store::put_pending(tx, kept.0, browser.0, &waiting, until)?;
        return Ok(Landed::Ask);
    }
    match linked {
        Some(account) => enter(tx, on, &account, browser.1).map(Landed::In),
        None => separate(tx, on, browser.1).map(Landed::In),
    }
}

/// A citizen's account that is signed in now.
fn current_citizen(tx: &mut Tx<'_>, current: Option<&AccountId>) -> Result<Option<Account>> {
    let Some(id) = current else { return Ok(None) };
    let account = store::by_id(tx, id)?;
    Ok(account.filter(|account| account.kind == AccountKind::Citizen && !account.disabled))
}

/// Another account that a sign-on proved for the same number.
fn others(tx: &mut Tx<'_>, on: &SignedOn) -> Result<Option<AccountId>> {
    let (identity, business) = store::numbers(on);
    let organisation = on.holder == SignOnHolder::Organisation;
    let number = if organisation { business } else { identity };
    if organisation {
        return Ok(None);
    }
    Ok(store::accounts_with_number(tx, &number, organisation)?.into_iter().next())
}

/// What waits in this browser for the person's word.
pub(crate) fn waiting_sign_on(
    tx: &mut Tx<'_>,
    browser_hash: &str,
    current: Option<&AccountId>,
) -> Result<Option<Waiting>> {
    let Some((_, pending)) = store::waiting(tx, browser_hash)? else { return Ok(None) };
    let Some(on) = pending.proved else { return Ok(None) };
    let linked = store::link_of(tx, &on.provider, &on.technical_id)?.map(|link| link.account);
    let current = current_citizen(tx, current)?.filter(|account| linked.as_ref() != Some(&account.id));
    Ok(Some(Waiting { known: linked.is_some(), on, current }))
}

/// What the person chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    /// The account that is signed in and the sign-on are the same person.
    Same,
    /// They are not: the account of the sign-on, a new one if there is none.
    Separate,
}

/// Does what the person chose, and gives a new session and the page he came from.
///
/// # Errors
/// `NotFound` when nothing waits any more; `Conflict` when the account belongs to another identity number.
pub(crate) fn choose_account(
    tx: &mut Tx<'_>,
    browser_hash: &str,
    current: Option<&AccountId>,
    choice: Choice,
    browser: &Browser,
) -> Result<(Opened, String)> {
    let Some((state, _)) = store::waiting(tx, browser_hash)? else { return Err(nothing_waits()) };
    let pending = store::take_pending(tx, &state, browser_hash)?.ok_or_else(nothing_waits)?;
    let on = pending.proved.ok_or_else(nothing_waits)?;
    let linked = store::link_of(tx, &on.provider, &on.technical_id)?.map(|link| link.account);
    let current = current_citizen(tx, current)?;
    if let (Choice::Same, SignOnHolder::Organisation, Some(person)) = (choice, on.holder, &current) {
        return Ok((represents(tx, &on, person, linked, browser)?, pending.next));
    }
    let opened = match (choice, current, linked) {
        (Choice::Same, Some(account), None) => link_to(tx, &on, &account, browser)?,
        (Choice::Same, Some(account), Some(linked)) if account.id == linked => enter(tx, &on, &linked, browser)?,
        (Choice::Same, Some(account), Some(linked)) => {
            merge(tx, &on, &account, &linked)?;
            enter(tx, &on, &linked, browser)?
        }
        (Choice::Same, None, _) => return Err(nothing_waits()),
        (Choice::Separate, _, Some(linked)) => enter(tx, &on, &linked, browser)?,
        (Choice::Separate, _, None) => separate(tx, &on, browser)?,
    };
    Ok((opened, pending.next))
}

/// A person who is signed in showed the organisation's sign-on too: he represents it, and acts for it now.
fn represents(
    tx: &mut Tx<'_>,
    on: &SignedOn,
    person: &Account,
    linked: Option<AccountId>,
    browser: &Browser,
) -> Result<Opened> {
    if store::organisation_number(tx, &person.id)?.is_some() {
        return separate(tx, on, browser);
    }
    let principal = match linked {
        Some(account) => account,
        None => {
            let account = organisation_account(tx, on)?.id;
            store::insert_link(tx, on, &account)?;
            account
        }
    };
    store::refresh_link(tx, on)?;
    let actor = citizen(person)?;
    let proof = format!("đăng nhập của tổ chức tại {}", on.provider);
    let mandate = represent(tx, &actor, &principal, MandateState::Active, &proof)?;
    let opened = open_session(tx, &person.id, Way::Provider(on), browser)?;
    change_role(tx, &token_hash(&opened.token), Some(mandate.as_str()), browser)
}

fn nothing_waits() -> Error {
    Error::not_found(
        "no_sign_on_waits",
        (
            "Lần đăng nhập này đã quá 15 phút hoặc đã xong. Hãy đăng nhập lại.",
            "This sign-in is older than 15 minutes, or done. Please sign in again.",
        ),
    )
}

/// Opens a session of the linked account and keeps what the provider says now.
fn enter(tx: &mut Tx<'_>, on: &SignedOn, account: &AccountId, browser: &Browser) -> Result<Opened> {
    let found = store::by_id(tx, account)?.filter(|account| !account.disabled).ok_or_else(disabled)?;
    store::refresh_link(tx, on)?;
    let name = shown_name(on);
    if !name.is_empty() && found.name != name && found.kind == AccountKind::Citizen {
        store::set_name(tx, account, name)?;
    }
    open_session(tx, account, Way::Provider(on), browser)
}

fn shown_name(on: &SignedOn) -> &str {
    let name = if on.holder == SignOnHolder::Organisation { "business_name" } else { "name" };
    on.claims.get(name).unwrap_or_default()
}

/// The organisation's account: its number is its identity, and the provider proved it.
fn organisation_account(tx: &mut Tx<'_>, on: &SignedOn) -> Result<Account> {
    let (_, number) = store::numbers(on);
    let account = organisation(tx, &number, shown_name(on))?;
    store::by_id(tx, &account)?.ok_or_else(disabled)
}

/// A new account for the holder; an organisation has one by its number.
fn separate(tx: &mut Tx<'_>, on: &SignedOn, browser: &Browser) -> Result<Opened> {
    if on.holder == SignOnHolder::Organisation {
        let account = organisation_account(tx, on)?;
        return link_to(tx, on, &account, browser);
    }
    let account = without_contact(tx, shown_name(on));
    store::insert(tx, &account)?;
    note(tx, &account.id, "account.created", &Actor::System.label(), json!({ "kind": "citizen" }))?;
    link_to(tx, on, &account, browser)
}

/// Ties the holder to an account. Two technical ids of one account speak of one person.
fn link_to(tx: &mut Tx<'_>, on: &SignedOn, account: &Account, browser: &Browser) -> Result<Opened> {
    same_person(tx, on, &account.id)?;
    if !store::insert_link(tx, on, &account.id)? {
        return Err(Error::stale("the technical id got an account meanwhile"));
    }
    let actor = format!("account:{}", account.id);
    let body = json!({ "provider": on.provider, "assurance": on.assurance });
    note(tx, &account.id, "account.linked", &actor, body)?;
    enter(tx, on, &account.id, browser)
}

/// # Errors
/// `Conflict` when the account is another person's by an earlier sign-on.
fn same_person(tx: &mut Tx<'_>, on: &SignedOn, account: &AccountId) -> Result<()> {
    let organisation = on.holder == SignOnHolder::Organisation;
    let numbers =
        if organisation { ["tax_code", "business_number"] } else { ["identity_number", "old_identity_number"] };
    for link in store::links_of(tx, account)? {
        let differs = numbers.iter().any(|name| match (link.claims.get(name), on.claims.get(name)) {
            (Some(known), Some(said)) => known != said,
            _ => false,
        });
        let shares = numbers.iter().any(|name| link.claims.get(name).is_some() && on.claims.get(name).is_some());
        if differs || !shares {
            return Err(Error::conflict(
                "other_person",
                (
                    "Tài khoản đang dùng đã gắn với một số định danh khác. Hãy chọn tạo tài khoản riêng.",
                    "The account in use belongs to another identity number. Choose a separate account.",
                ),
            ));
        }
    }
    Ok(())
}

/// Two accounts of one person become one: `from` hands everything over and is closed.
fn merge(tx: &mut Tx<'_>, on: &SignedOn, from: &Account, to: &AccountId) -> Result<()> {
    same_person(tx, on, &from.id)?;
    let target = store::by_id(tx, to)?.filter(|account| !account.disabled).ok_or_else(disabled)?;
    tx.port::<dyn AccountHoldings>()?.hand_over(tx, &from.id, to)?;
    store::move_links(tx, &from.id, to)?;
    store::take_contacts(tx, from)?;
    let phone = target.phone.clone().or_else(|| from.phone.clone());
    let email = target.email.or_else(|| from.email.clone());
    store::set_contacts(tx, to, phone, email)?;
    store::disable(tx, &from.id)?;
    let actor = Actor::System;
    let label = format!("account:{to}");
    note(tx, &from.id, "account.merged", &label, json!({ "into": to }))?;
    note(tx, to, "account.received", &label, json!({ "from": from.id }))?;
    end_sessions(tx, &actor, &from.id)
}

/// An officer: tied by the technical id, the first time by his sign-in name, which the provider vouches for.
fn staff(tx: &mut Tx<'_>, provider: &SignOnProvider, on: &SignedOn, browser: &Browser) -> Result<Opened> {
    let refused = |inside: &str| {
        Error::forbidden(
            "officer_not_let_in",
            (
                "Tài khoản này chưa được dùng cho cán bộ ở đây, hoặc đăng nhập chưa đủ mức bảo đảm. Hãy báo quản trị, hoặc dùng mật khẩu và mã 6 số.",
                "This account is not an officer's here, or the sign-in is not sure enough. Tell the administrator, or use password and code.",
            ),
        )
        .with_inside(inside.to_owned())
    };
    if on.assurance < provider.least {
        return Err(refused("assurance below what the provider must show"));
    }
    let account = match store::link_of(tx, &on.provider, &on.technical_id)? {
        Some(link) => store::by_id(tx, &link.account)?,
        None => {
            let name = on.claims.get("sign_in").unwrap_or_default().to_lowercase();
            let found = store::by_sign_in(tx, &name)?;
            if let Some(account) = &found {
                if store::links_of(tx, &account.id)?.iter().any(|link| link.provider == on.provider) {
                    return Err(refused("the sign-in name belongs to another technical id"));
                }
                store::insert_link(tx, on, &account.id)?;
                let body = json!({ "provider": on.provider, "assurance": on.assurance });
                note(tx, &account.id, "account.linked", &format!("account:{}", account.id), body)?;
            }
            found
        }
    };
    let account = account.filter(|account| account.kind == AccountKind::Staff && !account.disabled);
    let account = account.ok_or_else(|| refused("no officer's account"))?;
    enter(tx, on, &account.id, browser)
}

/// The port by which other systems read what providers said.
#[derive(Debug, Clone, Copy, Default)]
pub struct ClaimsOfSignOns;

impl SignOnFacts for ClaimsOfSignOns {
    fn claims_of(&self, tx: &mut Tx<'_>, account: &AccountId) -> Result<Vec<KnownClaims>> {
        let known = |link: store::Link| KnownClaims {
            provider: link.provider,
            at: link.seen_at,
            assurance: link.assurance,
            claims: link.claims,
        };
        Ok(store::links_of(tx, account)?.into_iter().map(known).collect())
    }
}
