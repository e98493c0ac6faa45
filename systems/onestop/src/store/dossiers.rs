//! Dossiers, their numbers and their counters.

use kernel_base::{AgencyId, Error, Instant, Result, TypedId};
use kernel_contract::{Channel, DossierCode, DossierId, Owner, ProcedureVersionId};
use kernel_db::{Row, Tx, params, sql};

use crate::model::{Dossier, State};

/// The next number of an agency on a day: gap-free, since the row is locked until the commit.
pub(crate) fn next_number(tx: &mut Tx<'_>, agency: &AgencyId, day: jiff::civil::Date) -> Result<i64> {
    let row = tx.query_one(
        sql!(
            "INSERT INTO dossier_numbers (home, agency, day, last) VALUES ($1, $2, $3, 1)
             ON CONFLICT (home, agency, day) DO UPDATE SET last = dossier_numbers.last + 1
             RETURNING last"
        ),
        &params![agency, day],
    )?;
    row.get("last")
}

pub(crate) fn insert_dossier(tx: &mut Tx<'_>, d: &Dossier) -> Result<()> {
    tx.execute(
        sql!(
            "INSERT INTO dossiers (home, id, code, procedure_code, procedure_name, procedure_version, case_code, channel,
                agency, reception, workflow, workflow_version, status, resume_to, step, holder, holder_officer, holder_since,
                owner_account, owner_name, owner_identity, owner_phone, owner_email, owner_address, representative, form,
                personal, copies, lookup_key, submitted_at, accepted_at, settled_at, ended_at,
                reception_obligation, settlement_obligation, step_obligation, due_at, imported, search, open)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
                $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40)"
        ),
        &params![
            d.id.as_str(),
            d.code.as_str(),
            d.procedure.as_str(),
            d.procedure_name.as_str(),
            d.version_of_procedure.as_str(),
            d.case.as_str(),
            channel_word(d.channel),
            &d.agency,
            &d.reception,
            d.workflow.as_str(),
            d.workflow_version,
            d.state.word(),
            d.state.resume_word(),
            d.step.as_str(),
            &d.holder,
            d.holder_officer.as_str(),
            d.holder_since,
            d.owner_account.as_str(),
            d.owner.name.as_str(),
            d.owner.identity_number.clone().unwrap_or_default(),
            d.owner.phone.clone().unwrap_or_default(),
            d.owner.email.clone().unwrap_or_default(),
            d.owner.address.clone().unwrap_or_default(),
            representative_text(d)?,
            d.form.to_string(),
            d.personal.as_str(),
            d.copies,
            d.lookup_key.as_str(),
            d.submitted_at,
            d.accepted_at,
            d.settled_at,
            d.ended_at,
            d.reception_obligation.clone(),
            d.settlement_obligation.clone(),
            d.step_obligation.clone(),
            due_text(d.due_at),
            d.imported,
            search_text(d),
            is_open(d),
        ],
    )?;
    count(tx, &d.holder, d.state, 1)
}

/// Writes everything that can change; one row at the version that was read, else the use case runs again.
/// `before` is the dossier as it was read, so that the counters follow.
pub(crate) fn save_dossier(tx: &mut Tx<'_>, before: &Dossier, d: &Dossier) -> Result<()> {
    tx.execute_one(
        sql!(
            "UPDATE dossiers SET status = $4, resume_to = $5, step = $6, holder = $7, holder_officer = $8,
                holder_since = $9, form = $10, personal = $11, accepted_at = $12, settled_at = $13, ended_at = $14,
                reception_obligation = $15, settlement_obligation = $16, step_obligation = $17, due_at = $18,
                owner_name = $19, owner_identity = $20, owner_phone = $21, owner_email = $22, owner_address = $23,
                search = $24, open = $25, version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3"
        ),
        &params![
            d.id.as_str(),
            before.version,
            d.state.word(),
            d.state.resume_word(),
            d.step.as_str(),
            &d.holder,
            d.holder_officer.as_str(),
            d.holder_since,
            d.form.to_string(),
            d.personal.as_str(),
            d.accepted_at,
            d.settled_at,
            d.ended_at,
            d.reception_obligation.clone(),
            d.settlement_obligation.clone(),
            d.step_obligation.clone(),
            due_text(d.due_at),
            d.owner.name.as_str(),
            d.owner.identity_number.clone().unwrap_or_default(),
            d.owner.phone.clone().unwrap_or_default(),
            d.owner.email.clone().unwrap_or_default(),
            d.owner.address.clone().unwrap_or_default(),
            search_text(d),
            is_open(d),
        ],
    )?;
    if before.holder != d.holder || before.state.word() != d.state.word() {
        count(tx, &before.holder, before.state, -1)?;
        count(tx, &d.holder, d.state, 1)?;
    }
    Ok(())
}

fn count(tx: &mut Tx<'_>, holder: &AgencyId, state: State, by: i64) -> Result<()> {
    tx.execute(
        sql!(
            "INSERT INTO dossier_counts (home, holder, status, n) VALUES ($1, $2, $3, $4)
             ON CONFLICT (home, holder, status) DO UPDATE SET n = dossier_counts.n + excluded.n"
        ),
        &params![holder, state.word(), by],
    )?;
    Ok(())
}

/// Open work of an agency by status.
pub(crate) fn counts_of(tx: &mut Tx<'_>, holder: &AgencyId) -> Result<Vec<(String, i64)>> {
    tx.query(
        sql!("SELECT status, n FROM dossier_counts WHERE home = $1 AND holder = $2 AND n <> 0 ORDER BY status"),
        &params![holder],
    )?
    .iter()
    .map(|row| Ok((row.get("status")?, row.get("n")?)))
    .collect()
}

pub(crate) fn dossier_by_code(tx: &mut Tx<'_>, code: &DossierCode) -> Result<Option<Dossier>> {
    tx.query_opt(sql!("SELECT * FROM dossiers WHERE home = $1 AND code = $2"), &params![code.as_str()])?
        .map(|row| dossier_from(&row))
        .transpose()
}

pub(crate) fn dossier_by_id(tx: &mut Tx<'_>, id: &DossierId) -> Result<Option<Dossier>> {
    tx.query_opt(sql!("SELECT * FROM dossiers WHERE home = $1 AND id = $2"), &params![id.as_str()])?
        .map(|row| dossier_from(&row))
        .transpose()
}

/// All dossiers in the order of their ids, a page at a time: for `verify` and exports.
pub(crate) fn dossiers_after(tx: &mut Tx<'_>, after: &str, limit: i64) -> Result<Vec<Dossier>> {
    tx.query(sql!("SELECT * FROM dossiers WHERE home = $1 AND id > $2 ORDER BY id LIMIT $3"), &params![after, limit])?
        .iter()
        .map(dossier_from)
        .collect()
}

pub(crate) fn count_dossiers(tx: &mut Tx<'_>) -> Result<i64> {
    tx.query_one(sql!("SELECT count(*) AS n FROM dossiers WHERE home = $1"), &params![])?.get("n")
}

/// Sorts behind every promise.
const NO_DUE: &str = "9999-12-31T00:00:00.000Z";

fn due_text(due: Option<Instant>) -> String {
    due.map_or_else(|| NO_DUE.to_owned(), |at| at.to_string())
}

pub(crate) fn due_from(row: &Row) -> Result<Option<Instant>> {
    let text: String = row.get("due_at")?;
    if text == NO_DUE { Ok(None) } else { row.get("due_at").map(Some) }
}

fn is_open(d: &Dossier) -> bool {
    !d.state.is_ended() || d.state == State::Settled
}

/// Words a clerk may search by, folded: code, owner, identity number, phone, procedure.
fn search_text(d: &Dossier) -> String {
    let parts = [
        d.code.as_str(),
        &d.owner.name,
        d.owner.identity_number.as_deref().unwrap_or_default(),
        d.owner.phone.as_deref().unwrap_or_default(),
        &d.procedure_name,
        &d.procedure,
    ];
    kernel_base::text::fold(&parts.join(" "))
}

fn representative_text(d: &Dossier) -> Result<String> {
    match &d.representative {
        None => Ok(String::new()),
        Some(person) => serde_json::to_string(person).map_err(|e| Error::internal(format!("representative: {e}"))),
    }
}

pub(crate) fn channel_word(channel: Channel) -> &'static str {
    match channel {
        Channel::Counter => "counter",
        Channel::Online => "online",
        Channel::Postal => "postal",
    }
}

fn channel_from(word: &str) -> Result<Channel> {
    match word {
        "counter" => Ok(Channel::Counter),
        "online" => Ok(Channel::Online),
        "postal" => Ok(Channel::Postal),
        other => Err(Error::internal(format!("dossiers.channel: unknown word {other}"))),
    }
}

fn filled(row: &Row, column: &'static str) -> Result<Option<String>> {
    let text: String = row.get(column)?;
    Ok((!text.is_empty()).then_some(text))
}

pub(crate) fn dossier_from(row: &Row) -> Result<Dossier> {
    let code: String = row.get("code")?;
    let status: String = row.get("status")?;
    let resume: String = row.get("resume_to")?;
    let broken = |what: &str| Error::internal(format!("dossiers.{what} of {code} cannot be read"));
    let form: String = row.get("form")?;
    Ok(Dossier {
        id: row.id::<DossierId>("id")?,
        state: State::parse(&status, &resume).ok_or_else(|| broken("status"))?,
        form: serde_json::from_str(&form).map_err(|_| broken("form"))?,
        representative: filled(row, "representative")?
            .map(|text| serde_json::from_str::<Owner>(&text).map_err(|_| broken("representative")))
            .transpose()?,
        code: DossierCode::parse(&code).ok_or_else(|| broken("code"))?,
        procedure: row.get("procedure_code")?,
        procedure_name: row.get("procedure_name")?,
        version_of_procedure: row.id::<ProcedureVersionId>("procedure_version")?,
        case: row.get("case_code")?,
        channel: channel_from(&row.get::<String>("channel")?)?,
        agency: row.get("agency")?,
        reception: row.get("reception")?,
        workflow: row.get("workflow")?,
        workflow_version: row.get("workflow_version")?,
        step: row.get("step")?,
        holder: row.get("holder")?,
        holder_officer: row.get("holder_officer")?,
        holder_since: row.get("holder_since")?,
        owner_account: row.get("owner_account")?,
        owner: Owner {
            name: row.get("owner_name")?,
            identity_number: filled(row, "owner_identity")?,
            phone: filled(row, "owner_phone")?,
            email: filled(row, "owner_email")?,
            address: filled(row, "owner_address")?,
        },
        personal: row.get("personal")?,
        copies: row.get("copies")?,
        lookup_key: row.get("lookup_key")?,
        submitted_at: row.get("submitted_at")?,
        accepted_at: row.get::<Option<Instant>>("accepted_at")?,
        settled_at: row.get::<Option<Instant>>("settled_at")?,
        ended_at: row.get::<Option<Instant>>("ended_at")?,
        reception_obligation: row.get("reception_obligation")?,
        settlement_obligation: row.get("settlement_obligation")?,
        step_obligation: row.get("step_obligation")?,
        due_at: due_from(row)?,
        imported: row.get("imported")?,
        version: row.get("version")?,
    })
}

/// Counters whose number differs from counting: holder, status, kept, counted.
pub(crate) fn wrong_counts(tx: &mut Tx<'_>) -> Result<Vec<(String, String, i64, i64)>> {
    tx.query(
        sql!(
            "SELECT k.holder, k.status, k.n AS kept, COALESCE(c.n, 0) AS counted
             FROM dossier_counts k
             LEFT JOIN (SELECT holder, status, count(*) AS n FROM dossiers WHERE home = $1 GROUP BY holder, status) c
               ON c.holder = k.holder AND c.status = k.status
             WHERE k.home = $1 AND k.n <> COALESCE(c.n, 0)
             ORDER BY k.holder, k.status"
        ),
        &params![],
    )?
    .iter()
    .map(|row| Ok((row.get("holder")?, row.get("status")?, row.get("kept")?, row.get("counted")?)))
    .collect()
}
