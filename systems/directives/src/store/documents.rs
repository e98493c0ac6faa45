//! Documents and staged imports.

use jiff::civil::Date;
use kernel_base::{AgencyId, Instant, Result};
use kernel_db::{Row, Tx, id, json, params, sql};

use super::{from_word, word};
use crate::model::{DirectiveDocument, DocumentId, DocumentKind};

pub(crate) fn insert_document(tx: &mut Tx<'_>, d: &DirectiveDocument) -> Result<()> {
    tx.execute_one(
        sql!(
            "INSERT INTO directive_documents
                 (home, id, kind, number, title, issued_on, issuer, desk, illustrative, entered_by, entered_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        ),
        &params![
            id(&d.id),
            word(&d.kind)?,
            &d.number,
            &d.title,
            d.issued_on,
            &d.issuer,
            &d.desk,
            d.illustrative,
            &d.entered_by,
            d.entered_at
        ],
    )
}

pub(crate) fn document(tx: &mut Tx<'_>, key: &DocumentId) -> Result<Option<DirectiveDocument>> {
    tx.query_opt(sql!("SELECT * FROM directive_documents WHERE home = $1 AND id = $2"), &params![id(key)])?
        .map(|row| document_from(&row))
        .transpose()
}

/// Whether an issuer's document of this kind, number and day is there.
pub(crate) fn is_entered(
    tx: &mut Tx<'_>,
    issuer: &AgencyId,
    kind: DocumentKind,
    number: &str,
    issued_on: Date,
) -> Result<bool> {
    let found = tx.query_opt(
        sql!(
            "SELECT id FROM directive_documents
             WHERE home = $1 AND issuer = $2 AND kind = $3 AND number = $4 AND issued_on = $5 LIMIT 1"
        ),
        &params![issuer, word(&kind)?, number, issued_on],
    )?;
    Ok(found.is_some())
}

/// Documents of a desk, the newest first.
pub(crate) fn documents_of(tx: &mut Tx<'_>, desk: &AgencyId) -> Result<Vec<DirectiveDocument>> {
    let rows = tx.query(
        sql!(
            "SELECT * FROM directive_documents WHERE home = $1 AND (desk = $2 OR issuer = $2)
             ORDER BY issued_on DESC, id LIMIT 500"
        ),
        &params![desk],
    )?;
    rows.iter().map(document_from).collect()
}

pub(crate) fn documents_after(tx: &mut Tx<'_>, after: &str, most: i64) -> Result<Vec<DirectiveDocument>> {
    let rows = tx.query(
        sql!("SELECT * FROM directive_documents WHERE home = $1 AND id > $2 ORDER BY id LIMIT $3"),
        &params![after, most],
    )?;
    rows.iter().map(document_from).collect()
}

fn document_from(row: &Row) -> Result<DirectiveDocument> {
    Ok(DirectiveDocument {
        id: row.id("id")?,
        kind: from_word(row, "kind")?,
        number: row.get("number")?,
        title: row.get("title")?,
        issued_on: row.get("issued_on")?,
        issuer: row.get("issuer")?,
        desk: row.get("desk")?,
        illustrative: row.get("illustrative")?,
        entered_by: row.get("entered_by")?,
        entered_at: row.get("entered_at")?,
    })
}

/// A plan read from a workbook that waits for a yes.
#[derive(Debug, Clone)]
pub(crate) struct Staged {
    pub(crate) id: String,
    pub(crate) document: serde_json::Value,
    pub(crate) rows: serde_json::Value,
    pub(crate) sha256: String,
    pub(crate) desk: AgencyId,
    pub(crate) made: Option<String>,
    pub(crate) version: i64,
}

pub(crate) fn insert_import(tx: &mut Tx<'_>, s: &Staged, by: &str, at: Instant) -> Result<()> {
    tx.execute_one(
        sql!(
            "INSERT INTO directive_imports (home, id, document, rows, sha256, desk, staged_by, staged_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        &params![&s.id, json(&s.document)?, json(&s.rows)?, &s.sha256, &s.desk, by, at],
    )
}

pub(crate) fn import(tx: &mut Tx<'_>, key: &str) -> Result<Option<Staged>> {
    let row = tx.query_opt(sql!("SELECT * FROM directive_imports WHERE home = $1 AND id = $2"), &params![key])?;
    row.map(|row| {
        Ok(Staged {
            id: row.get("id")?,
            document: row.json("document")?,
            rows: row.json("rows")?,
            sha256: row.get("sha256")?,
            desk: row.get("desk")?,
            made: row.get("made")?,
            version: row.get("version")?,
        })
    })
    .transpose()
}

pub(crate) fn import_made(tx: &mut Tx<'_>, s: &Staged, made: &DocumentId) -> Result<()> {
    tx.execute_one(
        sql!(
            "UPDATE directive_imports SET made = $4, version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3 AND made IS NULL"
        ),
        &params![&s.id, s.version, id(made)],
    )
}
