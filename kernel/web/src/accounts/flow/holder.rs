//! A person's own account: ways to sign in, sessions, history.

use kernel_base::{Instant, Result};
use kernel_db::Tx;
use kernel_org::{AccountId, Assurance};
use serde_json::json;

use super::note;
use crate::accounts::{Account, store};

/// How many events of the history are shown.
const EVENTS: usize = 40;

/// An account as its holder sees it.
#[derive(Debug)]
pub(crate) struct OwnAccount {
    pub(crate) account: Account,
    /// Provider, level of the last sign-on, linked, last used.
    pub(crate) links: Vec<(String, Assurance, Instant, Instant)>,
    pub(crate) sessions: Vec<store::Session>,
    /// Kind and instant, newest first.
    pub(crate) events: Vec<(String, Instant)>,
    pub(crate) recovery_codes: i64,
    /// A member of a community digital team.
    pub(crate) helper: bool,
}

pub(crate) fn own_account(tx: &mut Tx<'_>, id: &AccountId) -> Result<Option<OwnAccount>> {
    let Some(account) = store::by_id(tx, id)? else { return Ok(None) };
    let links = store::links_of(tx, id)?;
    let history = kernel_ledger::history(tx, &format!("account:{id}"))?;
    Ok(Some(OwnAccount {
        account,
        links: links.into_iter().map(|l| (l.provider, l.assurance, l.linked_at, l.seen_at)).collect(),
        sessions: store::sessions_of(tx, id)?,
        events: history.into_iter().rev().take(EVENTS).map(|event| (event.kind.to_string(), event.at)).collect(),
        recovery_codes: store::recovery_codes_left(tx, id)?,
        helper: store::helper(tx, id)?.is_some(),
    }))
}

/// Ends one of the account's own sessions, by the name it was shown under.
pub(crate) fn end_session_named(tx: &mut Tx<'_>, account: &AccountId, name: &str) -> Result<()> {
    if store::delete_session_named(tx, account, name)? > 0 {
        note(tx, account, "account.session_ended", &format!("account:{account}"), json!({}))?;
    }
    Ok(())
}

/// Ends every other session and every token of the account.
pub(crate) fn end_other_sessions(tx: &mut Tx<'_>, account: &AccountId, session: &str) -> Result<()> {
    store::delete_sessions_but(tx, account, session)?;
    note(tx, account, "account.sessions_ended", &format!("account:{account}"), json!({}))
}
