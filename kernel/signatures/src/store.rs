//! Rows of `signing_documents` and `signing_steps`.

use kernel_base::{Error, Instant, Result, TypedId};
use kernel_db::{Row, Tx, params, sql};

use crate::queue::{Document, Request, Role, SigningId, State, Step, StepRow};

pub(crate) fn insert(tx: &mut Tx<'_>, id: &SigningId, request: &Request) -> Result<()> {
    let now = tx.now();
    tx.execute(
        sql!(
            "INSERT INTO signing_documents (home, id, subject, kind, reference, title, location, file, sha256, state,
                                            requested_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'waiting', $10)"
        ),
        &params![
            id.as_str(),
            request.subject.as_str(),
            request.kind,
            request.reference.as_str(),
            request.title.as_str(),
            request.location.as_str(),
            request.file.as_str(),
            request.sha256.as_str(),
            now
        ],
    )?;
    for (step, number) in request.steps.iter().zip(1_i64..) {
        let credential = serde_json::to_string(&step.credential).map_err(|e| Error::internal(e.to_string()))?;
        tx.execute(
            sql!(
                "INSERT INTO signing_steps (home, document, number, role, credential, reason, state)
                 VALUES ($1, $2, $3, $4, $5, $6, 'requested')"
            ),
            &params![id.as_str(), number, step.role.word(), credential, step.reason.as_str()],
        )?;
    }
    Ok(())
}

pub(crate) fn get(tx: &mut Tx<'_>, id: &SigningId) -> Result<Option<Document>> {
    let found =
        tx.query_opt(sql!("SELECT * FROM signing_documents WHERE home = $1 AND id = $2"), &params![id.as_str()])?;
    found.as_ref().map(document).transpose()
}

pub(crate) fn of_reference(tx: &mut Tx<'_>, kind: &str, reference: &str) -> Result<Option<Document>> {
    let found = tx.query_opt(
        sql!("SELECT * FROM signing_documents WHERE home = $1 AND kind = $2 AND reference = $3"),
        &params![kind, reference],
    )?;
    found.as_ref().map(document).transpose()
}

pub(crate) fn of_subject(tx: &mut Tx<'_>, subject: &str) -> Result<Vec<Document>> {
    let rows = tx.query(
        sql!("SELECT * FROM signing_documents WHERE home = $1 AND subject = $2 ORDER BY requested_at, id"),
        &params![subject],
    )?;
    rows.iter().map(document).collect()
}

pub(crate) fn by_sha256(tx: &mut Tx<'_>, sha256: &str) -> Result<Option<Document>> {
    let rows = tx.query(
        sql!("SELECT * FROM signing_documents WHERE home = $1 AND signed_sha256 = $2 ORDER BY id LIMIT 1"),
        &params![sha256],
    )?;
    rows.first().map(document).transpose()
}

pub(crate) fn has_source(tx: &mut Tx<'_>, sha256: &str) -> Result<bool> {
    let rows =
        tx.query(sql!("SELECT id FROM signing_documents WHERE home = $1 AND sha256 = $2 LIMIT 1"), &params![sha256])?;
    Ok(!rows.is_empty())
}

pub(crate) fn waiting(tx: &mut Tx<'_>, most: i64) -> Result<Vec<Document>> {
    let rows = tx.query(
        sql!(
            "SELECT * FROM signing_documents WHERE home = $1 AND state = 'waiting' ORDER BY requested_at, id LIMIT $2"
        ),
        &params![most],
    )?;
    rows.iter().map(document).collect()
}

pub(crate) fn open(tx: &mut Tx<'_>) -> Result<(i64, Option<Instant>)> {
    let row = tx.query_one(
        sql!("SELECT count(*) AS n, min(requested_at) AS oldest FROM signing_documents WHERE home = $1 AND state <> 'signed'"),
        &params![],
    )?;
    Ok((row.get("n")?, row.get("oldest")?))
}

pub(crate) fn set_state(tx: &mut Tx<'_>, document: &Document, state: State, trouble: &str) -> Result<()> {
    let now = tx.now();
    tx.execute_one(
        sql!(
            "UPDATE signing_documents SET state = $4, trouble = $5, tried_at = $6, version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3"
        ),
        &params![document.id.as_str(), document.version, state.word(), trouble, now],
    )
}

pub(crate) fn finish(tx: &mut Tx<'_>, document: &Document, file: &str, sha256: &str) -> Result<()> {
    let now = tx.now();
    tx.execute_one(
        sql!(
            "UPDATE signing_documents SET state = 'signed', trouble = '', signed_file = $4, signed_sha256 = $5,
                                          signed_at = $6, tried_at = $6, version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3"
        ),
        &params![document.id.as_str(), document.version, file, sha256, now],
    )
}

pub(crate) fn steps(tx: &mut Tx<'_>, id: &SigningId) -> Result<Vec<StepRow>> {
    let rows = tx.query(
        sql!("SELECT * FROM signing_steps WHERE home = $1 AND document = $2 ORDER BY number"),
        &params![id.as_str()],
    )?;
    rows.iter().map(step).collect()
}

/// Keeps the certificates of the first request; answers those that are kept.
pub(crate) fn keep_chain(tx: &mut Tx<'_>, id: &SigningId, number: i64, chain: &[Vec<u8>]) -> Result<Vec<Vec<u8>>> {
    let all = steps(tx, id)?;
    let row = all.into_iter().find(|row| row.number == number).ok_or_else(|| Error::internal("no such step"))?;
    if !row.chain.is_empty() {
        return Ok(row.chain);
    }
    let texts: Vec<String> = chain.iter().map(hex::encode).collect();
    let text = serde_json::to_string(&texts).map_err(|e| Error::internal(e.to_string()))?;
    tx.execute_one(
        sql!(
            "UPDATE signing_steps SET chain = $5, version = version + 1
             WHERE home = $1 AND document = $2 AND number = $3 AND version = $4"
        ),
        &params![id.as_str(), number, row.version, text],
    )?;
    Ok(chain.to_vec())
}

/// Keeps how far a step is, and answers the signature that is kept: one that is there is never replaced, also when two
/// threads had the same document in hand.
pub(crate) fn keep_step(tx: &mut Tx<'_>, id: &SigningId, number: i64, state: &str, cms: &[u8]) -> Result<Vec<u8>> {
    let now = tx.now();
    let signed_at = (!cms.is_empty()).then_some(now);
    tx.execute(
        sql!(
            "UPDATE signing_steps SET state = $4, cms = $5, signed_at = $6, version = version + 1
             WHERE home = $1 AND document = $2 AND number = $3 AND cms = ''"
        ),
        &params![id.as_str(), number, state, hex::encode(cms), signed_at],
    )?;
    let kept = steps(tx, id)?.into_iter().find(|row| row.number == number);
    Ok(kept.map(|row| row.cms).unwrap_or_default())
}

fn document(row: &Row) -> Result<Document> {
    let state: String = row.get("state")?;
    Ok(Document {
        id: row.id::<SigningId>("id")?,
        subject: row.get("subject")?,
        kind: row.get("kind")?,
        reference: row.get("reference")?,
        title: row.get("title")?,
        location: row.get("location")?,
        file: row.get("file")?,
        sha256: row.get("sha256")?,
        state: State::parse(&state).ok_or_else(|| Error::internal(format!("signing_documents.state: {state}")))?,
        trouble: row.get("trouble")?,
        signed_file: row.get("signed_file")?,
        signed_sha256: row.get("signed_sha256")?,
        requested_at: row.get("requested_at")?,
        signed_at: row.get::<Option<Instant>>("signed_at")?,
        version: row.get("version")?,
    })
}

fn step(row: &Row) -> Result<StepRow> {
    let broken = |what: &str| Error::internal(format!("signing_steps.{what}"));
    let (role, credential): (String, String) = (row.get("role")?, row.get("credential")?);
    let (chain, cms): (String, String) = (row.get("chain")?, row.get("cms")?);
    let texts: Vec<String> =
        if chain.is_empty() { Vec::new() } else { serde_json::from_str(&chain).map_err(|_| broken("chain"))? };
    Ok(StepRow {
        number: row.get("number")?,
        step: Step {
            role: Role::parse(&role).ok_or_else(|| broken("role"))?,
            credential: serde_json::from_str(&credential).map_err(|_| broken("credential"))?,
            reason: row.get("reason")?,
        },
        chain: texts.iter().map(hex::decode).collect::<Result<_, _>>().map_err(|_| broken("chain"))?,
        cms: hex::decode(cms).map_err(|_| broken("cms"))?,
        version: row.get("version")?,
    })
}
