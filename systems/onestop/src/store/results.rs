//! Results, apologies, hand-overs.

use kernel_base::{Error, Instant, Result, TypedId};
use kernel_contract::DossierId;
use kernel_db::{Row, Tx, params, sql};

use crate::model::{Apology, ApologyId, HandoverRow, ResultId, ResultRow};

pub(crate) fn insert_result(tx: &mut Tx<'_>, dossier: &DossierId, r: &ResultRow) -> Result<()> {
    tx.execute(
        sql!("UPDATE results SET superseded = TRUE WHERE home = $1 AND dossier = $2 AND approved_at IS NULL"),
        &params![dossier.as_str()],
    )?;
    tx.execute(
        sql!(
            "INSERT INTO results (home, id, dossier, granted, number, content, file, sha256, drafted_by, drafted_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        ),
        &params![
            r.id.as_str(),
            dossier.as_str(),
            r.granted,
            r.number.as_str(),
            r.content.to_string(),
            r.file.as_str(),
            r.sha256.as_str(),
            r.drafted_by.as_str(),
            r.drafted_at
        ],
    )?;
    Ok(())
}

/// The draft in force, or the approved result.
pub(crate) fn result_of(tx: &mut Tx<'_>, dossier: &DossierId) -> Result<Option<ResultRow>> {
    tx.query_opt(
        sql!("SELECT * FROM results WHERE home = $1 AND dossier = $2 AND superseded = FALSE ORDER BY drafted_at DESC, id DESC LIMIT 1"),
        &params![dossier.as_str()],
    )?
    .map(|row| result_from(&row))
    .transpose()
}

pub(crate) fn approve_result(tx: &mut Tx<'_>, r: &ResultRow, by: &str, at: Instant) -> Result<()> {
    tx.execute_one(
        sql!(
            "UPDATE results SET approved_by = $4, approved_at = $5, version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3 AND approved_at IS NULL"
        ),
        &params![r.id.as_str(), r.version, by, at],
    )
}

/// A leader sent the draft back: it no longer counts, but stays in the file.
pub(crate) fn supersede_result(tx: &mut Tx<'_>, r: &ResultRow) -> Result<()> {
    tx.execute_one(
        sql!(
            "UPDATE results SET superseded = TRUE, version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3 AND approved_at IS NULL"
        ),
        &params![r.id.as_str(), r.version],
    )
}

pub(crate) fn note_opening(tx: &mut Tx<'_>, result: &ResultId, officer: &str) -> Result<()> {
    let now = tx.now();
    tx.execute(
        sql!(
            "INSERT INTO result_openings (home, result, officer, opened_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (home, result, officer) DO NOTHING"
        ),
        &params![result.as_str(), officer, now],
    )?;
    Ok(())
}

pub(crate) fn has_opened(tx: &mut Tx<'_>, result: &ResultId, officer: &str) -> Result<bool> {
    let found = tx.query_opt(
        sql!("SELECT opened_at FROM result_openings WHERE home = $1 AND result = $2 AND officer = $3"),
        &params![result.as_str(), officer],
    )?;
    Ok(found.is_some())
}

fn result_from(row: &Row) -> Result<ResultRow> {
    let content: String = row.get("content")?;
    Ok(ResultRow {
        id: row.id::<ResultId>("id")?,
        granted: row.get("granted")?,
        number: row.get("number")?,
        content: serde_json::from_str(&content).map_err(|e| Error::internal(format!("results.content: {e}")))?,
        file: row.get("file")?,
        sha256: row.get("sha256")?,
        drafted_by: row.get("drafted_by")?,
        drafted_at: row.get("drafted_at")?,
        approved_by: row.get("approved_by")?,
        approved_at: row.get::<Option<Instant>>("approved_at")?,
        version: row.get("version")?,
    })
}

pub(crate) fn insert_apology(tx: &mut Tx<'_>, dossier: &DossierId, a: &Apology) -> Result<()> {
    tx.execute(
        sql!(
            "INSERT INTO apologies (home, id, dossier, reason, due_before, new_appointment, drafted_by, drafted_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        &params![
            a.id.as_str(),
            dossier.as_str(),
            a.reason.as_str(),
            a.due_before,
            a.new_appointment,
            a.drafted_by.as_str(),
            a.drafted_at
        ],
    )?;
    Ok(())
}

/// Changes a draft that nobody approved yet.
pub(crate) fn edit_apology(tx: &mut Tx<'_>, a: &Apology) -> Result<()> {
    tx.execute_one(
        sql!(
            "UPDATE apologies SET reason = $4, new_appointment = $5, drafted_by = $6, drafted_at = $7, version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3 AND approved_at IS NULL"
        ),
        &params![
            a.id.as_str(),
            a.version,
            a.reason.as_str(),
            a.new_appointment,
            a.drafted_by.as_str(),
            a.drafted_at
        ],
    )
}

pub(crate) fn approve_apology(tx: &mut Tx<'_>, a: &Apology, by: &str, at: Instant) -> Result<()> {
    tx.execute_one(
        sql!(
            "UPDATE apologies SET approved_by = $4, approved_at = $5, version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3 AND approved_at IS NULL"
        ),
        &params![a.id.as_str(), a.version, by, at],
    )
}

pub(crate) fn apologies_of(tx: &mut Tx<'_>, dossier: &DossierId) -> Result<Vec<Apology>> {
    tx.query(
        sql!("SELECT * FROM apologies WHERE home = $1 AND dossier = $2 ORDER BY drafted_at, id"),
        &params![dossier.as_str()],
    )?
    .iter()
    .map(|row| {
        Ok(Apology {
            id: row.id::<ApologyId>("id")?,
            reason: row.get("reason")?,
            due_before: row.get("due_before")?,
            new_appointment: row.get("new_appointment")?,
            drafted_by: row.get("drafted_by")?,
            drafted_at: row.get("drafted_at")?,
            approved_by: row.get("approved_by")?,
            approved_at: row.get::<Option<Instant>>("approved_at")?,
            version: row.get("version")?,
        })
    })
    .collect()
}

pub(crate) fn insert_handover(tx: &mut Tx<'_>, dossier: &DossierId, h: &HandoverRow) -> Result<()> {
    tx.execute(
        sql!(
            "INSERT INTO handovers (home, dossier, recipient, channel, evidence, given_by, given_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        ),
        &params![
            dossier.as_str(),
            h.recipient.as_str(),
            h.channel.as_str(),
            h.evidence.as_str(),
            h.given_by.as_str(),
            h.given_at
        ],
    )?;
    Ok(())
}

pub(crate) fn handover_of(tx: &mut Tx<'_>, dossier: &DossierId) -> Result<Option<HandoverRow>> {
    tx.query_opt(sql!("SELECT * FROM handovers WHERE home = $1 AND dossier = $2"), &params![dossier.as_str()])?
        .map(|row| {
            Ok(HandoverRow {
                recipient: row.get("recipient")?,
                channel: row.get("channel")?,
                evidence: row.get("evidence")?,
                given_by: row.get("given_by")?,
                given_at: row.get("given_at")?,
            })
        })
        .transpose()
}
