//! SQL of mandates, organisations and helpers.

use kernel_base::{Error, Instant, Result};
use kernel_db::{Row, Tx, id, params, sql};
use kernel_org::{AccountId, MandateId, MandateKind};

use crate::accounts::{Mandate, MandateState};

/// A new mandate.
#[derive(Debug)]
pub(crate) struct NewMandate<'a> {
    pub(crate) kind: MandateKind,
    pub(crate) principal: &'a AccountId,
    pub(crate) agent: Option<&'a AccountId>,
    pub(crate) agent_contact: &'a str,
    pub(crate) procedures: &'a [String],
    pub(crate) from_at: Instant,
    pub(crate) until_at: Instant,
    pub(crate) state: MandateState,
    pub(crate) proof: &'a str,
    pub(crate) code_hash: &'a str,
}

pub(crate) fn insert_mandate(tx: &mut Tx<'_>, new: &NewMandate<'_>) -> Result<MandateId> {
    let mandate: MandateId = tx.new_id();
    let now = tx.now();
    let procedures = serde_json::to_string(new.procedures).map_err(|e| Error::internal(format!("mandates: {e}")))?;
    let agent = new.agent.map(ToString::to_string).unwrap_or_default();
    tx.execute_one(
        sql!(
            "INSERT INTO mandates (home, id, kind, principal, agent, agent_contact, procedures, from_at, until_at, state,
                                   proof, code_hash, tries, created_at, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, $13, 1)"
        ),
        &params![
            id(&mandate),
            new.kind.as_str(),
            id(new.principal),
            agent,
            new.agent_contact,
            procedures,
            new.from_at,
            new.until_at,
            new.state.as_str(),
            new.proof,
            new.code_hash,
            now
        ],
    )?;
    Ok(mandate)
}

fn mandate_of(row: &Row) -> Result<Mandate> {
    let broken = |what: &str| Error::internal(format!("mandates: broken {what}"));
    let (kind, state): (String, String) = (row.get("kind")?, row.get("state")?);
    let (agent, procedures): (String, String) = (row.get("agent")?, row.get("procedures")?);
    Ok(Mandate {
        id: row.id("id")?,
        kind: MandateKind::parse(&kind).ok_or_else(|| broken("kind"))?,
        principal: row.id("principal")?,
        principal_name: row.get("principal_name")?,
        agent: kernel_base::TypedId::parse(&agent),
        agent_name: row.get::<Option<String>>("agent_name")?.unwrap_or_default(),
        agent_contact: row.get("agent_contact")?,
        procedures: serde_json::from_str(&procedures).map_err(|_| broken("procedures"))?,
        from_at: row.get("from_at")?,
        until_at: row.get("until_at")?,
        state: MandateState::parse(&state).ok_or_else(|| broken("state"))?,
        proof: row.get("proof")?,
        seen_by: row.get("seen_by")?,
        code_hash: row.get("code_hash")?,
        created_at: row.get("created_at")?,
        version: row.get("version")?,
    })
}

pub(crate) fn mandate(tx: &mut Tx<'_>, mandate: &MandateId) -> Result<Option<Mandate>> {
    let row = tx.query_opt(
        sql!(
            "SELECT m.*, p.name AS principal_name, a.name AS agent_name FROM mandates m
               JOIN accounts p ON p.home = m.home AND p.id = m.principal
               LEFT JOIN accounts a ON a.home = m.home AND a.id = m.agent
              WHERE m.home = $1 AND m.id = $2"
        ),
        &params![id(mandate)],
    )?;
    row.as_ref().map(mandate_of).transpose()
}

/// Mandates by which others act for the account, newest first.
pub(crate) fn mandates_given(tx: &mut Tx<'_>, account: &AccountId) -> Result<Vec<Mandate>> {
    let rows = tx.query(
        sql!(
            "SELECT m.*, p.name AS principal_name, a.name AS agent_name FROM mandates m
               JOIN accounts p ON p.home = m.home AND p.id = m.principal
               LEFT JOIN accounts a ON a.home = m.home AND a.id = m.agent
              WHERE m.home = $1 AND m.principal = $2 ORDER BY m.created_at DESC, m.id LIMIT 100"
        ),
        &params![id(account)],
    )?;
    rows.iter().map(mandate_of).collect()
}

/// Mandates by which the account acts for others, or is asked to by its contact; newest first.
pub(crate) fn mandates_held(tx: &mut Tx<'_>, account: &AccountId, phone: &str, email: &str) -> Result<Vec<Mandate>> {
    let rows = tx.query(
        sql!(
            "SELECT m.*, p.name AS principal_name, a.name AS agent_name FROM mandates m
               JOIN accounts p ON p.home = m.home AND p.id = m.principal
               LEFT JOIN accounts a ON a.home = m.home AND a.id = m.agent
              WHERE m.home = $1
                AND (m.agent = $2 OR (m.agent = '' AND m.agent_contact <> '' AND m.agent_contact IN ($3, $4)))
              ORDER BY m.created_at DESC, m.id LIMIT 100"
        ),
        &params![id(account), phone, email],
    )?;
    rows.iter().map(mandate_of).collect()
}

/// Representations that wait for a confirmation, oldest first.
pub(crate) fn waiting_representations(tx: &mut Tx<'_>) -> Result<Vec<Mandate>> {
    let rows = tx.query(
        sql!(
            "SELECT m.*, p.name AS principal_name, a.name AS agent_name FROM mandates m
               JOIN accounts p ON p.home = m.home AND p.id = m.principal
               LEFT JOIN accounts a ON a.home = m.home AND a.id = m.agent
              WHERE m.home = $1 AND m.kind = 'representation' AND m.state = 'proposed'
              ORDER BY m.created_at, m.id LIMIT 200"
        ),
        &[],
    )?;
    rows.iter().map(mandate_of).collect()
}

/// Writes the state of a mandate; `Stale` when another request was first.
pub(crate) fn save_mandate(tx: &mut Tx<'_>, mandate: &Mandate, state: MandateState) -> Result<()> {
    let now = tx.now();
    let decided = (state != MandateState::Proposed).then_some(now);
    let ended = matches!(state, MandateState::Declined | MandateState::Ended).then_some(now);
    let agent = mandate.agent.as_ref().map(ToString::to_string).unwrap_or_default();
    tx.execute_one(
        sql!(
            "UPDATE mandates SET agent = $4, state = $5, proof = $6, code_hash = '', until_at = $7,
                    decided_at = COALESCE(decided_at, $8), ended_at = $9, seen_by = $10, version = version + 1
              WHERE home = $1 AND id = $2 AND version = $3"
        ),
        &params![
            id(&mandate.id),
            mandate.version,
            agent,
            state.as_str(),
            mandate.proof.as_str(),
            mandate.until_at,
            decided,
            ended,
            mandate.seen_by.as_str()
        ],
    )
}

/// Counts a try of a code of consent: the number of this try.
pub(crate) fn try_consent(tx: &mut Tx<'_>, mandate: &MandateId) -> Result<i64> {
    let row = tx.query_one(
        sql!(
            "UPDATE mandates SET tries = tries + 1, version = version + 1 WHERE home = $1 AND id = $2 RETURNING tries"
        ),
        &params![id(mandate)],
    )?;
    row.get("tries")
}

/// The account of an organisation.
pub(crate) fn organisation(tx: &mut Tx<'_>, number: &str) -> Result<Option<AccountId>> {
    let row =
        tx.query_opt(sql!("SELECT account FROM organisations WHERE home = $1 AND number = $2"), &params![number])?;
    row.map(|row| row.id("account")).transpose()
}

/// Number of an organisation; `None` for the account of a person.
pub(crate) fn organisation_number(tx: &mut Tx<'_>, account: &AccountId) -> Result<Option<String>> {
    let row =
        tx.query_opt(sql!("SELECT number FROM organisations WHERE home = $1 AND account = $2"), &params![id(account)])?;
    row.map(|row| row.get("number")).transpose()
}

pub(crate) fn insert_organisation(tx: &mut Tx<'_>, account: &AccountId, number: &str, name: &str) -> Result<()> {
    let now = tx.now();
    tx.execute_one(
        sql!(
            "INSERT INTO organisations (home, account, number, name, created_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (home, number) DO NOTHING"
        ),
        &params![id(account), number, name, now],
    )
}

/// A member of a community digital team.
#[derive(Debug, Clone)]
pub struct Helper {
    pub account: AccountId,
    /// Personal data.
    pub name: String,
    pub team: String,
    pub agency: String,
    pub until_at: Instant,
}

fn helper_of(row: &Row) -> Result<Helper> {
    Ok(Helper {
        account: row.id("account")?,
        name: row.get("name")?,
        team: row.get("team")?,
        agency: row.get("agency")?,
        until_at: row.get("until_at")?,
    })
}

pub(crate) fn helper(tx: &mut Tx<'_>, account: &AccountId) -> Result<Option<Helper>> {
    let now = tx.now();
    let row = tx.query_opt(
        sql!(
            "SELECT h.account, a.name, h.team, h.agency, h.until_at FROM helpers h
               JOIN accounts a ON a.home = h.home AND a.id = h.account
              WHERE h.home = $1 AND h.account = $2 AND h.until_at > $3"
        ),
        &params![id(account), now],
    )?;
    row.as_ref().map(helper_of).transpose()
}

pub(crate) fn helpers_of_agency(tx: &mut Tx<'_>, agency: &str) -> Result<Vec<Helper>> {
    let now = tx.now();
    let rows = tx.query(
        sql!(
            "SELECT h.account, a.name, h.team, h.agency, h.until_at FROM helpers h
               JOIN accounts a ON a.home = h.home AND a.id = h.account
              WHERE h.home = $1 AND h.agency = $2 AND h.until_at > $3 ORDER BY a.name, h.account LIMIT 500"
        ),
        &params![agency, now],
    )?;
    rows.iter().map(helper_of).collect()
}

pub(crate) fn put_helper(
    tx: &mut Tx<'_>,
    account: &AccountId,
    team: &str,
    agency: &str,
    until_at: Instant,
) -> Result<()> {
    let now = tx.now();
    tx.execute(
        sql!(
            "INSERT INTO helpers (home, account, team, agency, until_at, created_at) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (home, account) DO UPDATE
                SET team = excluded.team, agency = excluded.agency, until_at = excluded.until_at"
        ),
        &params![id(account), team, agency, until_at, now],
    )
    .map(drop)
}
