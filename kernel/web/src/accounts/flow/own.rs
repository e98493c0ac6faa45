//! What a person's account holds, for the person; and its erasure.

use kernel_base::Result;
use kernel_db::Tx;
use kernel_org::{AccountId, Actor};
use serde_json::json;

use super::note;
use crate::accounts::{Account, store};

/// An account by its identifier.
///
/// # Errors
/// Those of the database.
pub fn account_of(tx: &mut Tx<'_>, account: &AccountId) -> Result<Option<Account>> {
    store::by_id(tx, account)
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
