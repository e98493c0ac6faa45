//! Procedures, their dated versions, and the generation counter of the catalogue.

use jiff::civil::Date;
use kernel_base::{Instant, Result, TypedId};
use kernel_contract::ProcedureVersionId;
use kernel_db::{Row, Tx, params, sql};

use crate::flow::DraftVersion;

/// What is common to all versions of a procedure.
#[derive(Debug, Clone)]
pub(crate) struct ProcedureRow {
    pub(crate) code: String,
    pub(crate) body: String,
    pub(crate) version: i64,
}

/// One version of a procedure.
#[derive(Debug, Clone)]
pub(crate) struct VersionRow {
    pub(crate) id: ProcedureVersionId,
    pub(crate) procedure: String,
    pub(crate) number: i64,
    pub(crate) valid_from: Date,
    pub(crate) valid_to: Option<Date>,
    pub(crate) status: String,
    pub(crate) body: String,
    pub(crate) published_text: String,
    pub(crate) source: String,
    pub(crate) made_by: String,
}

/// Number of the last change, to know whether what is kept in memory is still true. 0 before the first.
pub(crate) fn generation(tx: &mut Tx<'_>) -> Result<i64> {
    let row = tx.query_opt(sql!("SELECT generation FROM catalogue_generation WHERE home = $1"), &params![])?;
    row.map_or(Ok(0), |row| row.get("generation"))
}

/// Identifier of the first version ever published here.
pub(crate) fn first_version(tx: &mut Tx<'_>) -> Result<Option<String>> {
    tx.query_one(sql!("SELECT min(id) AS id FROM procedure_versions WHERE home = $1"), &params![])?.get("id")
}

pub(crate) fn next_generation(tx: &mut Tx<'_>) -> Result<()> {
    tx.execute(
        sql!(
            "INSERT INTO catalogue_generation (home, generation) VALUES ($1, 1)
             ON CONFLICT (home) DO UPDATE SET generation = catalogue_generation.generation + 1"
        ),
        &params![],
    )?;
    Ok(())
}

pub(crate) fn put_procedure(tx: &mut Tx<'_>, code: &str, body: &str) -> Result<()> {
    tx.execute(
        sql!(
            "INSERT INTO procedures (home, code, body) VALUES ($1, $2, $3)
             ON CONFLICT (home, code) DO UPDATE SET body = excluded.body, version = procedures.version + 1"
        ),
        &params![code, body],
    )?;
    Ok(())
}

pub(crate) fn procedure(tx: &mut Tx<'_>, code: &str) -> Result<Option<ProcedureRow>> {
    tx.query_opt(sql!("SELECT code, body, version FROM procedures WHERE home = $1 AND code = $2"), &params![code])?
        .map(|row| Ok(ProcedureRow { code: row.get("code")?, body: row.get("body")?, version: row.get("version")? }))
        .transpose()
}

/// Every procedure, in the order of the codes.
pub(crate) fn procedures(tx: &mut Tx<'_>) -> Result<Vec<ProcedureRow>> {
    tx.query(sql!("SELECT code, body, version FROM procedures WHERE home = $1 ORDER BY code"), &params![])?
        .iter()
        .map(|row| Ok(ProcedureRow { code: row.get("code")?, body: row.get("body")?, version: row.get("version")? }))
        .collect()
}

/// Adds a version; one with the same number stays as it is. Returns whether it was added.
pub(crate) fn insert_version(tx: &mut Tx<'_>, v: &VersionRow, at: Instant) -> Result<bool> {
    let rows = tx.execute(
        sql!(
            "INSERT INTO procedure_versions
               (home, id, procedure, number, valid_from, valid_to, status, body, published_text, source, made_by, made_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
             ON CONFLICT (home, procedure, number) DO NOTHING"
        ),
        &params![
            v.id.as_str(),
            v.procedure.as_str(),
            v.number,
            v.valid_from,
            v.valid_to.map(|d| d.to_string()).unwrap_or_default(),
            v.status.as_str(),
            v.body.as_str(),
            v.published_text.as_str(),
            v.source.as_str(),
            v.made_by.as_str(),
            at
        ],
    )?;
    Ok(rows == 1)
}

/// Version of the row of a procedure, to know whether what is kept in memory is still true.
pub(crate) fn procedure_number(tx: &mut Tx<'_>, code: &str) -> Result<Option<i64>> {
    tx.query_opt(sql!("SELECT version FROM procedures WHERE home = $1 AND code = $2"), &params![code])?
        .map(|row| row.get("version"))
        .transpose()
}

/// Identifier of the published version in force on `day`; without its text, which is long.
pub(crate) fn version_id_on(tx: &mut Tx<'_>, code: &str, day: Date) -> Result<Option<ProcedureVersionId>> {
    tx.query_opt(
        sql!(
            "SELECT id FROM procedure_versions
             WHERE home = $1 AND procedure = $2 AND status = 'published' AND valid_from <= $3
               AND (valid_to = '' OR valid_to >= $3)
             ORDER BY valid_from DESC, number DESC LIMIT 1"
        ),
        &params![code, day],
    )?
    .map(|row| row.id("id"))
    .transpose()
}

/// The published version in force on `day`, the newest of several.
pub(crate) fn version_on(tx: &mut Tx<'_>, code: &str, day: Date) -> Result<Option<VersionRow>> {
    tx.query_opt(
        sql!(
            "SELECT * FROM procedure_versions
             WHERE home = $1 AND procedure = $2 AND status = 'published' AND valid_from <= $3
               AND (valid_to = '' OR valid_to >= $3)
             ORDER BY valid_from DESC, number DESC LIMIT 1"
        ),
        &params![code, day],
    )?
    .map(|row| version_from(&row))
    .transpose()
}

pub(crate) fn version_by_id(tx: &mut Tx<'_>, id: &ProcedureVersionId) -> Result<Option<VersionRow>> {
    tx.query_opt(sql!("SELECT * FROM procedure_versions WHERE home = $1 AND id = $2"), &params![id.as_str()])?
        .map(|row| version_from(&row))
        .transpose()
}

pub(crate) fn versions_of(tx: &mut Tx<'_>, code: &str) -> Result<Vec<VersionRow>> {
    tx.query(
        sql!("SELECT * FROM procedure_versions WHERE home = $1 AND procedure = $2 ORDER BY valid_from, number"),
        &params![code],
    )?
    .iter()
    .map(version_from)
    .collect()
}

/// Versions that are not published yet, by procedure.
pub(crate) fn drafts(tx: &mut Tx<'_>) -> Result<Vec<DraftVersion>> {
    let rows = tx.query(
        sql!(
            "SELECT id, procedure, number, source FROM procedure_versions
             WHERE home = $1 AND status = 'draft' ORDER BY procedure, number"
        ),
        &params![],
    )?;
    let draft = |row: &Row| {
        Ok(DraftVersion {
            version: row.id("id")?,
            procedure: row.get("procedure")?,
            number: row.get("number")?,
            source: row.get("source")?,
        })
    };
    rows.iter().map(draft).collect()
}

/// Publishes a draft; a published version is never changed.
pub(crate) fn publish_version(tx: &mut Tx<'_>, id: &ProcedureVersionId) -> Result<()> {
    tx.execute_one(
        sql!("UPDATE procedure_versions SET status = 'published' WHERE home = $1 AND id = $2 AND status = 'draft'"),
        &params![id.as_str()],
    )
}

fn version_from(row: &Row) -> Result<VersionRow> {
    let valid_to: String = row.get("valid_to")?;
    Ok(VersionRow {
        id: row.id("id")?,
        procedure: row.get("procedure")?,
        number: row.get("number")?,
        valid_from: row.get("valid_from")?,
        valid_to: if valid_to.is_empty() { None } else { Some(row.get("valid_to")?) },
        status: row.get("status")?,
        body: row.get("body")?,
        published_text: row.get("published_text")?,
        source: row.get("source")?,
        made_by: row.get("made_by")?,
    })
}
