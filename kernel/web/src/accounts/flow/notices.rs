//! What happens to an account is told to its person, once for each event.

use kernel_base::{Instant, Result, TypedId, vietnam_time};
use kernel_contract::{Notice, Notices, Recipient};
use kernel_db::Tx;
use kernel_org::{AccountId, MandateKind};
use sha2::{Digest, Sha256};

use super::Browser;
use crate::accounts::{AccountKind, Mandate, store};

/// Where a person sees and ends sessions.
const ACCOUNT: &str = "/account";
/// Where a person sees and ends mandates.
const FOR_OTHERS: &str = "/account/for";

/// Tells the person of an account. Without messages in this installation nobody is told.
fn tell(
    tx: &mut Tx<'_>,
    account: &AccountId,
    kind: &str,
    key: &str,
    values: &[(&str, String)],
    link: &str,
) -> Result<()> {
    let Some(found) = store::by_id(tx, account)? else { return Ok(()) };
    let Ok(notices) = tx.port::<dyn Notices>() else { return Ok(()) };
    let to = match (found.kind, found.sign_in.as_deref()) {
        (AccountKind::Staff, Some(sign_in)) => Recipient::Officer(sign_in),
        _ => Recipient::Account(TypedId::as_str(account)),
    };
    notices.tell(tx, &Notice { to, kind, key, values, link, at: tx.now() }).map(drop)
}

/// A session was opened: the person hears of a device that the account was never opened on.
pub(super) fn session_opened(tx: &mut Tx<'_>, account: &AccountId, browser: &Browser) -> Result<()> {
    let device = hex::encode(Sha256::digest(format!("{account}\n{}", browser.device).as_bytes()));
    if !store::meet_device(tx, account, &device)? {
        return Ok(());
    }
    let name = if browser.device.is_empty() { "?".to_owned() } else { browser.device.clone() };
    let values = [("device", name), ("at", vietnam_time(tx.now()))];
    tell(tx, account, "account.new_device", &format!("device:{device}"), &values, ACCOUNT)
}

/// A recovery code was used, or the authenticator replaced.
pub(super) fn recovered(tx: &mut Tx<'_>, account: &AccountId) -> Result<()> {
    let now = tx.now();
    let key = format!("recovered:{account}:{}", now.as_millis());
    tell(tx, account, "account.recovered", &key, &[("at", vietnam_time(now))], ACCOUNT)
}

/// Somebody was asked to act for a person: told at the contact that was given, or in the account that has it.
pub(super) fn mandate_asked(tx: &mut Tx<'_>, mandate: &Mandate) -> Result<()> {
    let Ok(notices) = tx.port::<dyn Notices>() else { return Ok(()) };
    let Ok(contact) = crate::accounts::Contact::parse(&mandate.agent_contact) else { return Ok(()) };
    let key = format!("mandate:{}:asked", mandate.id);
    let values = [("who", name(&mandate.principal_name)), ("until", until(mandate.until_at))];
    match store::by_contact(tx, &contact)?.filter(|account| !account.disabled) {
        Some(account) => tell(tx, &account.id, "mandate.asked", &key, &values, FOR_OTHERS),
        None => {
            let to = Recipient::Contact(contact.as_str());
            let at = tx.now();
            let notice = Notice { to, kind: "mandate.asked", key: &key, values: &values, link: FOR_OTHERS, at };
            notices.tell(tx, &notice).map(drop)
        }
    }
}

/// The first officer compared the papers of somebody who wants to represent an organisation: told to its account, and
/// to who represents it already.
pub(super) fn representation_seen(tx: &mut Tx<'_>, mandate: &Mandate) -> Result<()> {
    let key = format!("mandate:{}:seen", mandate.id);
    let values = [("who", name(&mandate.agent_name)), ("organisation", name(&mandate.principal_name))];
    let now = tx.now();
    let mut told = vec![mandate.principal.clone()];
    let others = store::mandates_given(tx, &mandate.principal)?;
    told.extend(others.into_iter().filter(|one| one.in_force(now)).filter_map(|one| one.agent));
    for account in told {
        tell(tx, &account, "representation.seen", &key, &values, FOR_OTHERS)?;
    }
    Ok(())
}

/// A step of a mandate, told to both sides except who took it himself.
pub(super) fn mandate_moved(tx: &mut Tx<'_>, mandate: &Mandate, step: Step, by: Option<&AccountId>) -> Result<()> {
    let help = mandate.kind == MandateKind::Help;
    let kind = match (step, help) {
        (Step::Accepted, true) => "help.begun",
        (Step::Ended, true) => "help.ended",
        (Step::Accepted, false) => "mandate.accepted",
        (Step::Declined, _) => "mandate.declined",
        (Step::Ended, false) => "mandate.ended",
    };
    let key = format!("mandate:{}:{}", mandate.id, step.word());
    let mut sides = vec![(mandate.principal.clone(), mandate.agent_name.clone())];
    if let Some(agent) = mandate.agent.clone().filter(|_| !help) {
        sides.push((agent, mandate.principal_name.clone()));
    }
    for (account, other) in sides {
        if by != Some(&account) {
            let values = [("who", name(&other)), ("until", until(mandate.until_at))];
            tell(tx, &account, kind, &key, &values, FOR_OTHERS)?;
        }
    }
    Ok(())
}

/// A step of a mandate that people are told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Accepted,
    Declined,
    Ended,
}

impl Step {
    fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Ended => "ended",
        }
    }
}

fn until(at: Instant) -> String {
    vietnam_time(at)
}

fn name(of: &str) -> String {
    if of.is_empty() { "—".to_owned() } else { of.to_owned() }
}
