//! What the account says of a person, and its erasure: the one place of this system that knows where accounts are kept.

use kernel_base::{Result, TypedId, Words};
use kernel_contract::{KeptByLaw, OwnData, PersonalData, SignOnClaims, SignOnFacts};
use kernel_db::Tx;
use kernel_org::{AccountId, Actor};

use crate::model::Said;

/// What the sign-ons and the account say of the person, newest first: what a provider proved, then the contact that was
/// proved with a code.
pub(crate) fn claims(tx: &mut Tx<'_>, account: &AccountId) -> Result<Vec<Said>> {
    let mut said = Vec::new();
    if let Ok(facts) = tx.port::<dyn SignOnFacts>() {
        let known = facts.claims_of(tx, account)?;
        said.extend(known.into_iter().map(|one| Said { issuer: one.provider, at: Some(one.at), claims: one.claims }));
    }
    if let Some(account) = kernel_web::accounts::account_of(tx, account)? {
        let mut claims = SignOnClaims::default();
        let parts = [("name", Some(account.name)), ("phone", account.phone), ("email", account.email)];
        claims.0.extend(parts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        said.push(Said { issuer: "account".to_owned(), at: None, claims });
    }
    Ok(said)
}

/// The account: erased by the use case itself, last of all, because the person is signed in with it.
#[derive(Debug)]
pub(crate) struct OwnAccount;

impl PersonalData for OwnAccount {
    fn name(&self) -> Words {
        Words::new("Tài khoản", "Account")
    }

    fn code(&self) -> &'static str {
        "account"
    }

    fn own_data(&self, tx: &mut Tx<'_>, person: &Actor) -> Result<OwnData> {
        let data = kernel_web::accounts::account_record(tx, &crate::flow::citizen(person)?.account)?;
        Ok(OwnData { count: 1, data, files: Vec::new() })
    }

    fn kept_by_law(&self, _tx: &mut Tx<'_>, _person: &Actor) -> Result<Vec<KeptByLaw>> {
        Ok(Vec::new())
    }

    fn erase(&self, _tx: &mut Tx<'_>, _person: &Actor) -> Result<usize> {
        Ok(0)
    }
}

/// Name of who acted for the person; empty when that account was erased.
pub(crate) fn name_of(tx: &mut Tx<'_>, id: &str) -> Result<String> {
    let Some(id) = <AccountId as TypedId>::parse(id) else { return Ok(String::new()) };
    Ok(kernel_web::accounts::account_of(tx, &id)?.map(|account| account.shown_name()).unwrap_or_default())
}

/// Phone and e-mail of an account.
pub(crate) fn contacts(tx: &mut Tx<'_>, account: &AccountId) -> Result<Vec<String>> {
    let account = kernel_web::accounts::account_of(tx, account)?;
    Ok(account.map(|account| account.phone.into_iter().chain(account.email).collect()).unwrap_or_default())
}

/// Empties and closes an account; `words` stand for the person in stored answers.
pub(crate) fn erase(tx: &mut Tx<'_>, actor: &Actor, account: &AccountId, words: &[String]) -> Result<bool> {
    kernel_web::accounts::erase_account(tx, actor, account, words)
}
