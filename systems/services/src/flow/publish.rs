//! Putting procedures into the catalogue. A published version is never edited: a change is a new version.

use kernel_base::{Error, Result, TypedId, Words};
use kernel_contract::ProcedureVersionId;
use kernel_db::Tx;
use kernel_ledger::NewEvent;
use kernel_org::{Action, Actor, Resource, allow};
use serde_json::json;

use super::asked_twice::must_not_ask_twice;
use crate::{
    model::Procedure,
    seed::{ProcedureFile, VersionFile},
    store::{self, VersionRow},
};

/// Publishes procedure files: those that ship with the product. Versions that exist stay as they are.
///
/// # Errors
/// `Forbidden` without the right to edit the catalogue; `Internal` for a file that cannot be written as JSON.
pub fn publish_seed(tx: &mut Tx<'_>, actor: &Actor, files: &[ProcedureFile]) -> Result<usize> {
    allow(actor, Action::CatalogueEdit, &Resource::province())?;
    let now = tx.now();
    let mut added = 0;
    for file in files {
        describe(tx, actor, &file.code, &text(&Procedure::from(file))?)?;
        for (at, version) in file.versions.iter().enumerate() {
            must_not_ask_twice(tx, &file.code, &file.levels, version)?;
            let row = VersionRow {
                id: tx.new_id::<ProcedureVersionId>(),
                procedure: file.code.clone(),
                number: i64::try_from(at).unwrap_or(0) + 1,
                valid_from: version.valid_from,
                valid_to: version.valid_to,
                status: "published".to_owned(),
                body: text(version)?,
                published_text: String::new(),
                source: version.publishing.text.clone(),
                made_by: actor.label(),
            };
            if store::insert_version(tx, &row, now)? {
                added += 1;
                record(tx, actor, "procedure.published", &row)?;
            }
        }
    }
    if added > 0 {
        store::next_generation(tx)?;
    }
    Ok(added)
}

/// An imported version that waits to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftVersion {
    pub version: ProcedureVersionId,
    /// National code of the procedure.
    pub procedure: String,
    pub number: i64,
    /// Name of the file it came from.
    pub source: String,
}

/// Versions that wait to be published, by procedure.
///
/// # Errors
/// Only those of the database.
pub fn drafts(tx: &mut Tx<'_>) -> Result<Vec<DraftVersion>> {
    store::drafts(tx)
}

/// Publishes a drafted version, as imported, after a person looked at it.
///
/// # Errors
/// `NotFound` for an unknown version; `Conflict` when it is not a draft any more.
pub fn publish_draft(tx: &mut Tx<'_>, actor: &Actor, version: &str) -> Result<()> {
    allow(actor, Action::CatalogueEdit, &Resource::province())?;
    let unknown = || Error::not_found("version_not_found", ("Không có phiên bản này.", "There is no such version."));
    let id = <ProcedureVersionId as TypedId>::parse(version).ok_or_else(unknown)?;
    let row = store::version_by_id(tx, &id)?.ok_or_else(unknown)?;
    if row.status != "draft" {
        let words =
            Words::new("Phiên bản này đã công bố, không sửa được nữa.", "This version is published; it cannot change.");
        return Err(Error::conflict("published_before", words));
    }
    let file: VersionFile = read(&row.body)?;
    let procedure = store::procedure(tx, &row.procedure)?.ok_or_else(unknown)?;
    let procedure: Procedure = read(&procedure.body)?;
    must_not_ask_twice(tx, &row.procedure, &procedure.levels, &file)?;
    store::publish_version(tx, &id)?;
    store::next_generation(tx)?;
    record(tx, actor, "procedure.published", &row)
}

/// Writes what is common to all versions of a procedure, when it is new or differs.
pub(super) fn describe(tx: &mut Tx<'_>, actor: &Actor, code: &str, body: &str) -> Result<()> {
    if store::procedure(tx, code)?.is_some_and(|row| row.body == body) {
        return Ok(());
    }
    store::put_procedure(tx, code, body)?;
    let facts = json!({ "sha256": kernel_ledger::text_hash(body) });
    append(tx, actor, code, "procedure.described", facts)
}

/// The event of a version vouches for its text, from which every limit is read: `verify` compares the two.
pub(super) fn record(tx: &mut Tx<'_>, actor: &Actor, kind: &'static str, row: &VersionRow) -> Result<()> {
    let facts = json!({
        "version": row.id, "number": row.number, "valid_from": row.valid_from, "valid_to": row.valid_to,
        "source": row.source, "sha256": kernel_ledger::text_hash(&row.body),
    });
    append(tx, actor, &row.procedure, kind, facts)
}

fn append(tx: &mut Tx<'_>, actor: &Actor, code: &str, kind: &'static str, body: serde_json::Value) -> Result<()> {
    let subject = format!("procedure:{code}");
    kernel_ledger::append(tx, &NewEvent { subject: &subject, kind, actor: &actor.label(), body }).map(drop)
}

fn text<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|e| Error::internal(format!("catalogue: {e}")))
}

fn read<T: serde::de::DeserializeOwned>(body: &str) -> Result<T> {
    serde_json::from_str(body).map_err(|e| Error::internal(format!("catalogue: {e}")))
}
