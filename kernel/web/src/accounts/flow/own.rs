//! What a person's account holds, for the person; and its erasure.

use kernel_base::Result;
use kernel_db::Tx;
use kernel_org::{AccountId, Actor};
use serde_json::{Value, json};

use super::note;
use crate::accounts::{Account, Mandate, store};

/// An account by its identifier.
///
/// # Errors
/// Those of the database.
pub fn account_of(tx: &mut Tx<'_>, account: &AccountId) -> Result<Option<Account>> {
    store::by_id(tx, account)
}

/// Everything that an account holds of its person: name and contacts, what providers said, sessions, mandates.
///
/// # Errors
/// Those of the database.
pub fn account_record(tx: &mut Tx<'_>, account: &AccountId) -> Result<Value> {
    let Some(own) = store::by_id(tx, account)? else { return Ok(Value::Null) };
    let link = |link: store::Link| json!({ "provider": link.provider, "linked_at": link.linked_at, "seen_at": link.seen_at, "claims": link.claims });
    let session = |session: store::Session| json!({ "way": session.way, "device": session.device, "created_at": session.created_at, "seen_at": session.seen_at });
    let mandate = |mandate: &Mandate| {
        json!({
            "kind": mandate.kind, "state": mandate.state.as_str(), "from_at": mandate.from_at, "until_at": mandate.until_at,
            "principal": mandate.principal_name, "agent": mandate.agent_name, "agent_contact": mandate.agent_contact,
            "procedures": mandate.procedures, "proof": mandate.proof,
        })
    };
    let links: Vec<Value> = store::links_of(tx, account)?.into_iter().map(link).collect();
    let sessions: Vec<Value> = store::sessions_of(tx, account)?.into_iter().map(session).collect();
    let roles = super::roles_of(tx, account)?;
    let helper = store::helper(tx, account)?.map(|helper| json!({ "team": helper.team, "agency": helper.agency }));
    Ok(json!({
        "id": own.id, "name": own.name, "phone": own.phone, "email": own.email, "sign_ons": links, "sessions": sessions,
        "mandates_given": roles.given.iter().map(mandate).collect::<Vec<_>>(),
        "mandates_held": roles.held.iter().map(mandate).collect::<Vec<_>>(), "helper": helper,
    }))
}

/// Erases what an account holds of a person and closes it; the account stays as an empty row that events name.
/// `words` stand for the person in stored answers: codes of dossiers, numbers.
///
/// # Errors
/// Those of the database.
pub fn erase_account(tx: &mut Tx<'_>, actor: &Actor, account: &AccountId, words: &[String]) -> Result<bool> {
    let Some(found) = store::by_id(tx, account)? else { return Ok(false) };
    for word in words.iter().filter(|word| word.len() >= 4) {
        store::forget_answers(tx, word)?;
    }
    store::erase(tx, &found, &actor.label())?;
    note(tx, account, "account.erased", &actor.label(), json!({}))?;
    Ok(true)
}
