//! SQL of sessions.

use kernel_base::{Instant, Result};
use kernel_contract::EndedSignOn;
use kernel_db::{Row, Tx, id, opt_id, params, sql};
use kernel_org::{AccountId, Assurance, MandateId};

/// A session to be opened.
#[derive(Debug)]
pub(crate) struct NewSession {
    pub(crate) hash: String,
    pub(crate) id: String,
    pub(crate) account: AccountId,
    pub(crate) way: String,
    pub(crate) assurance: Assurance,
    pub(crate) provider: String,
    pub(crate) id_token: String,
    /// The holder and the session as the provider names them.
    pub(crate) named: (String, String),
    pub(crate) device: String,
    pub(crate) mandate: Option<MandateId>,
    pub(crate) idle_until: Instant,
    pub(crate) ends_at: Instant,
}

/// A session that has not ended.
#[derive(Clone)]
pub(crate) struct Session {
    /// Shown to the person; opens nothing.
    pub(crate) id: String,
    pub(crate) hash: String,
    pub(crate) account: AccountId,
    pub(crate) way: String,
    pub(crate) assurance: Assurance,
    pub(crate) provider: String,
    pub(crate) id_token: String,
    /// The holder and the session as the provider names them.
    pub(crate) named: (String, String),
    pub(crate) device: String,
    pub(crate) mandate: Option<MandateId>,
    pub(crate) created_at: Instant,
    pub(crate) seen_at: Instant,
    pub(crate) ends_at: Instant,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session({})", self.id)
    }
}

fn session_of(row: &Row) -> Result<Session> {
    let level: i64 = row.get("assurance")?;
    let mandate: String = row.get("mandate")?;
    Ok(Session {
        id: row.get("id")?,
        hash: row.get("token_hash")?,
        account: row.id("account")?,
        way: row.get("way")?,
        assurance: u8::try_from(level).ok().and_then(Assurance::level).unwrap_or_default(),
        provider: row.get("provider")?,
        id_token: row.get("id_token")?,
        named: (row.get("provider_subject")?, row.get("provider_session")?),
        device: row.get("device")?,
        mandate: kernel_base::TypedId::parse(&mandate),
        created_at: row.get("created_at")?,
        seen_at: row.get("seen_at")?,
        ends_at: row.get("ends_at")?,
    })
}

pub(crate) fn insert_session(tx: &mut Tx<'_>, new: &NewSession) -> Result<()> {
    let now = tx.now();
    let mandate = opt_id(new.mandate.as_ref());
    tx.execute_one(
        sql!(
            "INSERT INTO web_sessions (home, token_hash, account, created_at, seen_at, idle_until, ends_at, id, way,
                                       assurance, provider, id_token, device, mandate, provider_subject,
                                       provider_session)
             VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8, $9, $10, $11, $12, COALESCE($13, ''), $14, $15)"
        ),
        &params![
            new.hash.as_str(),
            id(&new.account),
            now,
            new.idle_until,
            new.ends_at,
            new.id.as_str(),
            new.way.as_str(),
            i64::from(new.assurance.number()),
            new.provider.as_str(),
            new.id_token.as_str(),
            new.device.as_str(),
            mandate,
            new.named.0.as_str(),
            new.named.1.as_str()
        ],
    )
}

pub(crate) fn session(tx: &mut Tx<'_>, hash: &str) -> Result<Option<Session>> {
    let now = tx.now();
    let row = tx.query_opt(
        sql!("SELECT * FROM web_sessions WHERE home = $1 AND token_hash = $2 AND idle_until > $3 AND ends_at > $3"),
        &params![hash, now],
    )?;
    row.as_ref().map(session_of).transpose()
}

/// Open sessions of an account, last used first.
pub(crate) fn sessions_of(tx: &mut Tx<'_>, account: &AccountId) -> Result<Vec<Session>> {
    let now = tx.now();
    let rows = tx.query(
        sql!(
            "SELECT * FROM web_sessions WHERE home = $1 AND account = $2 AND idle_until > $3 AND ends_at > $3
              ORDER BY seen_at DESC, token_hash LIMIT 100"
        ),
        &params![id(account), now],
    )?;
    rows.iter().map(session_of).collect()
}

pub(crate) fn touch_session(tx: &mut Tx<'_>, hash: &str, idle_until: Instant) -> Result<()> {
    let now = tx.now();
    tx.execute(
        sql!("UPDATE web_sessions SET seen_at = $3, idle_until = $4 WHERE home = $1 AND token_hash = $2"),
        &params![hash, now, idle_until],
    )?;
    Ok(())
}

/// Hashes and accounts of the sessions that were opened at a provider by this holder, or by this one session there.
pub(crate) fn sessions_at(tx: &mut Tx<'_>, ended: &EndedSignOn) -> Result<Vec<(String, AccountId)>> {
    let rows = tx.query(
        sql!(
            "SELECT token_hash, account FROM web_sessions
              WHERE home = $1 AND provider = $2 AND ($3 = '' OR provider_subject = $3)
                AND ($4 = '' OR provider_session = $4) LIMIT 1000"
        ),
        &params![ended.provider.as_str(), ended.subject.as_str(), ended.session.as_str()],
    )?;
    rows.iter().map(|row| Ok((row.get("token_hash")?, row.id("account")?))).collect()
}

/// Whether there was one.
pub(crate) fn delete_session(tx: &mut Tx<'_>, hash: &str) -> Result<bool> {
    let ended = tx.execute(sql!("DELETE FROM web_sessions WHERE home = $1 AND token_hash = $2"), &params![hash])?;
    Ok(ended > 0)
}

/// Ends one of the account's own sessions by the name it was shown under.
pub(crate) fn delete_session_named(tx: &mut Tx<'_>, account: &AccountId, name: &str) -> Result<u64> {
    tx.execute(
        sql!("DELETE FROM web_sessions WHERE home = $1 AND account = $2 AND id = $3 AND id <> ''"),
        &params![id(account), name],
    )
}

/// Ends every session and token of an account except one session; an empty hash keeps none.
pub(crate) fn delete_sessions_but(tx: &mut Tx<'_>, account: &AccountId, kept: &str) -> Result<()> {
    tx.execute(
        sql!("DELETE FROM web_sessions WHERE home = $1 AND account = $2 AND token_hash <> $3"),
        &params![id(account), kept],
    )?;
    tx.execute(sql!("DELETE FROM api_tokens WHERE home = $1 AND account = $2"), &params![id(account)])?;
    Ok(())
}

pub(crate) fn delete_sessions_of(tx: &mut Tx<'_>, account: &AccountId) -> Result<()> {
    delete_sessions_but(tx, account, "")
}
