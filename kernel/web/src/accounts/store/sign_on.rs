//! SQL of sign-ons at providers and of the links to accounts.

use kernel_base::{Error, Instant, Result};
use kernel_contract::{SignOnClaims, SignedOn};
use kernel_db::{Row, Tx, id, params, sql};
use kernel_org::{AccountId, Assurance};

/// A sign-on that was begun.
#[derive(Clone)]
pub(crate) struct Pending {
    pub(crate) provider: String,
    pub(crate) nonce: String,
    pub(crate) verifier: String,
    pub(crate) next: String,
    /// Waits for the person's word on linking.
    pub(crate) proved: Option<SignedOn>,
}

impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pending({})", self.provider)
    }
}

/// A link of a holder at a provider to an account here.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub(crate) provider: String,
    pub(crate) account: AccountId,
    pub(crate) assurance: Assurance,
    pub(crate) claims: SignOnClaims,
    pub(crate) linked_at: Instant,
    pub(crate) seen_at: Instant,
}

fn json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|e| Error::internal(format!("sign_ons: {e}")))
}

pub(crate) fn put_pending(
    tx: &mut Tx<'_>,
    state_hash: &str,
    browser: &str,
    pending: &Pending,
    expires_at: Instant,
) -> Result<()> {
    let now = tx.now();
    let proved = pending.proved.as_ref().map(json).transpose()?.unwrap_or_default();
    tx.execute_one(
        sql!(
            "INSERT INTO sign_ons (home, state_hash, browser, provider, nonce, verifier, next, proved, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        ),
        &params![
            state_hash,
            browser,
            pending.provider.as_str(),
            pending.nonce.as_str(),
            pending.verifier.as_str(),
            pending.next.as_str(),
            proved,
            now,
            expires_at
        ],
    )
}

fn pending(row: &Row) -> Result<Pending> {
    let proved: String = row.get("proved")?;
    let proved = if proved.is_empty() {
        None
    } else {
        Some(serde_json::from_str(&proved).map_err(|e| Error::internal(format!("sign_ons.proved: {e}")))?)
    };
    Ok(Pending {
        provider: row.get("provider")?,
        nonce: row.get("nonce")?,
        verifier: row.get("verifier")?,
        next: row.get("next")?,
        proved,
    })
}

/// Takes a sign-on of this browser out of the table: a second answer with the same `state` finds nothing.
pub(crate) fn take_pending(tx: &mut Tx<'_>, state_hash: &str, browser: &str) -> Result<Option<Pending>> {
    let now = tx.now();
    let row = tx.query_opt(
        sql!(
            "DELETE FROM sign_ons WHERE home = $1 AND state_hash = $2 AND browser = $3 AND expires_at > $4
             RETURNING provider, nonce, verifier, next, proved"
        ),
        &params![state_hash, browser, now],
    )?;
    row.as_ref().map(pending).transpose()
}

/// The proved sign-on of this browser that waits for the person's word, and the hash of its state.
pub(crate) fn waiting(tx: &mut Tx<'_>, browser: &str) -> Result<Option<(String, Pending)>> {
    let now = tx.now();
    let row = tx.query_opt(
        sql!(
            "SELECT state_hash, provider, nonce, verifier, next, proved FROM sign_ons
              WHERE home = $1 AND browser = $2 AND proved <> '' AND expires_at > $3
              ORDER BY created_at DESC, state_hash LIMIT 1"
        ),
        &params![browser, now],
    )?;
    row.as_ref().map(|row| Ok((row.get("state_hash")?, pending(row)?))).transpose()
}

fn link(row: &Row) -> Result<Link> {
    let claims: String = row.get("claims")?;
    let level: i64 = row.get("assurance")?;
    Ok(Link {
        provider: row.get("provider")?,
        account: row.id("account")?,
        assurance: u8::try_from(level).ok().and_then(Assurance::level).unwrap_or_default(),
        claims: serde_json::from_str(&claims).map_err(|e| Error::internal(format!("sign_on_links.claims: {e}")))?,
        linked_at: row.get("linked_at")?,
        seen_at: row.get("seen_at")?,
    })
}

pub(crate) fn link_of(tx: &mut Tx<'_>, provider: &str, technical_id: &str) -> Result<Option<Link>> {
    let row = tx.query_opt(
        sql!(
            "SELECT provider, account, assurance, claims, linked_at, seen_at FROM sign_on_links
              WHERE home = $1 AND provider = $2 AND technical_id = $3"
        ),
        &params![provider, technical_id],
    )?;
    row.as_ref().map(link).transpose()
}

/// Links of an account, last used first.
pub(crate) fn links_of(tx: &mut Tx<'_>, account: &AccountId) -> Result<Vec<Link>> {
    tx.query(
        sql!(
            "SELECT provider, account, assurance, claims, linked_at, seen_at FROM sign_on_links
              WHERE home = $1 AND account = $2 ORDER BY seen_at DESC, provider, technical_id"
        ),
        &params![id(account)],
    )?
    .iter()
    .map(link)
    .collect()
}

/// Accounts that another sign-on proved for the same identity number, or for the same business number.
pub(crate) fn accounts_with_number(tx: &mut Tx<'_>, number: &str, organisation: bool) -> Result<Vec<AccountId>> {
    let rows = if organisation {
        tx.query(
            sql!(
                "SELECT DISTINCT account FROM sign_on_links
                  WHERE home = $1 AND business_number = $2 AND business_number <> '' ORDER BY account"
            ),
            &params![number],
        )?
    } else {
        tx.query(
            sql!(
                "SELECT DISTINCT account FROM sign_on_links
                  WHERE home = $1 AND identity_number = $2 AND identity_number <> '' ORDER BY account"
            ),
            &params![number],
        )?
    };
    rows.iter().map(|row| row.id("account")).collect()
}

/// The numbers of a holder: identity number of a person, tax code or business number of an organisation.
pub(crate) fn numbers(on: &SignedOn) -> (String, String) {
    let first =
        |names: [&str; 2]| names.into_iter().find_map(|name| on.claims.get(name)).unwrap_or_default().to_owned();
    match on.holder {
        kernel_contract::SignOnHolder::Person => (first(["identity_number", "old_identity_number"]), String::new()),
        kernel_contract::SignOnHolder::Organisation => (String::new(), first(["tax_code", "business_number"])),
    }
}

/// False when the technical id has an account already.
pub(crate) fn insert_link(tx: &mut Tx<'_>, on: &SignedOn, account: &AccountId) -> Result<bool> {
    let now = tx.now();
    let (identity, business) = numbers(on);
    let inserted = tx.execute(
        sql!(
            "INSERT INTO sign_on_links (home, provider, technical_id, account, holder, identity_number, business_number,
                                        assurance, claims, linked_at, seen_at, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, 1)
             ON CONFLICT (home, provider, technical_id) DO NOTHING"
        ),
        &params![
            on.provider.as_str(),
            on.technical_id.as_str(),
            id(account),
            on.holder.as_str(),
            identity,
            business,
            i64::from(on.assurance.number()),
            json(&on.claims)?,
            now
        ],
    )?;
    Ok(inserted == 1)
}

/// Keeps what the provider said this time.
pub(crate) fn refresh_link(tx: &mut Tx<'_>, on: &SignedOn) -> Result<()> {
    let now = tx.now();
    let (identity, business) = numbers(on);
    tx.execute_one(
        sql!(
            "UPDATE sign_on_links SET identity_number = $4, business_number = $5, assurance = $6, claims = $7, seen_at = $8,
                    version = version + 1
              WHERE home = $1 AND provider = $2 AND technical_id = $3"
        ),
        &params![
            on.provider.as_str(),
            on.technical_id.as_str(),
            identity,
            business,
            i64::from(on.assurance.number()),
            json(&on.claims)?,
            now
        ],
    )
}

/// Moves every link of an account to another, when two accounts of one person become one.
pub(crate) fn move_links(tx: &mut Tx<'_>, from: &AccountId, to: &AccountId) -> Result<()> {
    tx.execute(
        sql!("UPDATE sign_on_links SET account = $3, version = version + 1 WHERE home = $1 AND account = $2"),
        &params![id(from), id(to)],
    )
    .map(drop)
}

pub(crate) fn delete_expired_sign_ons(tx: &mut Tx<'_>) -> Result<u64> {
    let now = tx.now();
    tx.execute(sql!("DELETE FROM sign_ons WHERE home = $1 AND expires_at <= $2"), &params![now])
}
