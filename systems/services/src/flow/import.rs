//! Imported procedures enter as drafts; a person looks at them before they are published.

use kernel_base::{Error, Result};
use kernel_contract::ProcedureVersionId;
use kernel_db::Tx;
use kernel_org::{Action, Actor, Resource, allow};

use super::publish;
use crate::{
    import::ImportedProcedure,
    model::Procedure,
    store::{self, VersionRow},
};

/// Enters every procedure of a file, valid from today, as drafts or published at once. Returns code and version.
///
/// # Errors
/// `Forbidden` without the right to edit the catalogue; nothing is half imported.
pub fn import_procedures(
    tx: &mut Tx<'_>,
    actor: &Actor,
    procedures: &[ImportedProcedure],
    source: &str,
    at_once: bool,
) -> Result<Vec<(String, String)>> {
    allow(actor, Action::CatalogueEdit, &Resource::province())?;
    let (now, today) = (tx.now(), tx.now().vietnam().date());
    let mut entered = Vec::new();
    for imported in procedures {
        let file = imported.valid_from(today);
        let version = file.versions.first().ok_or_else(|| Error::internal("an import without a version"))?;
        // A procedure that is known keeps its names, synonyms and offers; a new one brings its own.
        if store::procedure(tx, &file.code)?.is_none() {
            publish::describe(tx, actor, &file.code, &text(&Procedure::from(&file))?)?;
        }
        let number = store::versions_of(tx, &file.code)?.last().map_or(1, |v| v.number + 1);
        let row = VersionRow {
            id: tx.new_id::<ProcedureVersionId>(),
            procedure: file.code.clone(),
            number,
            valid_from: version.valid_from,
            valid_to: version.valid_to,
            status: if at_once { "published" } else { "draft" }.to_owned(),
            body: text(version)?,
            published_text: imported.published_text.clone(),
            source: source.to_owned(),
            made_by: actor.label(),
        };
        store::insert_version(tx, &row, now)?;
        let kind = if at_once { "procedure.published" } else { "procedure.imported" };
        publish::record(tx, actor, kind, &row)?;
        entered.push((file.code.clone(), row.id.to_string()));
    }
    store::next_generation(tx)?;
    Ok(entered)
}

fn text<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|e| Error::internal(format!("catalogue: {e}")))
}
