//! Catalogue administration: every form with its "asked twice" counter, the questions behind it, and what waits to be
//! published.

use std::collections::BTreeSet;

use jiff::civil::Date;
use kernel_base::{Error, Result, TypedId, Words};
use kernel_contract::{AskedTwice, ProcedureVersionId};
use kernel_db::Tx;
use kernel_forms::Form;
use kernel_org::{Action, Actor, Resource, allow};

use super::asked_twice::{asked_twice, is_full_online};
use crate::{
    model::Procedure,
    seed::VersionFile,
    store::{self, VersionRow},
};

/// A version of a procedure with its forms.
#[derive(Debug, Clone)]
pub(crate) struct FormLine {
    pub(crate) version: ProcedureVersionId,
    /// National code.
    pub(crate) procedure: String,
    pub(crate) name: Words,
    pub(crate) number: i64,
    pub(crate) valid_from: Date,
    /// It waits to be published.
    pub(crate) draft: bool,
    /// It is offered, or will be, as full online (mức độ 4, toàn trình).
    pub(crate) full: bool,
    pub(crate) source: String,
    pub(crate) questions: Vec<Question>,
    /// The counter is their number.
    pub(crate) again: Vec<AskedTwice>,
}

/// One question of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) field: String,
    pub(crate) title: Words,
    /// Recorded legal ground of asking; empty when there is none.
    pub(crate) ground: String,
}

/// Every version that has a form or waits to be published, in the order of the procedures.
///
/// # Errors
/// `Forbidden` without the right to edit the catalogue.
pub(crate) fn forms(tx: &mut Tx<'_>, actor: &Actor) -> Result<Vec<FormLine>> {
    allow(actor, Action::CatalogueEdit, &Resource::province())?;
    let mut lines = Vec::new();
    for row in store::procedures(tx)? {
        let procedure: Procedure = read(&row.body)?;
        for version in store::versions_of(tx, &row.code)? {
            let line = line(tx, &row.code, &procedure, &version)?;
            if line.draft || !line.questions.is_empty() {
                lines.push(line);
            }
        }
    }
    Ok(lines)
}

/// One version with its questions.
///
/// # Errors
/// `NotFound` for an unknown version; `Forbidden` as [`forms`].
pub(crate) fn form_of(tx: &mut Tx<'_>, actor: &Actor, version: &str) -> Result<FormLine> {
    allow(actor, Action::CatalogueEdit, &Resource::province())?;
    let unknown = || Error::not_found("version_not_found", ("Không có phiên bản này.", "There is no such version."));
    let id = <ProcedureVersionId as TypedId>::parse(version).ok_or_else(unknown)?;
    let row = store::version_by_id(tx, &id)?.ok_or_else(unknown)?;
    let procedure = store::procedure(tx, &row.procedure)?.ok_or_else(unknown)?;
    let procedure: Procedure = read(&procedure.body)?;
    let code = row.procedure.clone();
    line(tx, &code, &procedure, &row)
}

fn line(tx: &mut Tx<'_>, code: &str, procedure: &Procedure, row: &VersionRow) -> Result<FormLine> {
    let file: VersionFile = read(&row.body)?;
    Ok(FormLine {
        version: row.id.clone(),
        procedure: code.to_owned(),
        name: procedure.plain.clone(),
        number: row.number,
        valid_from: row.valid_from,
        draft: row.status == "draft",
        full: is_full_online(&procedure.levels, &file),
        source: row.source.clone(),
        questions: questions(code, &file)?,
        again: asked_twice(tx, code, &file)?,
    })
}

/// Questions of all cases, each once.
fn questions(code: &str, file: &VersionFile) -> Result<Vec<Question>> {
    let mut seen = BTreeSet::new();
    let mut questions = Vec::new();
    for schema in file.cases.iter().filter_map(|case| case.form.as_ref()) {
        let form =
            Form::parse(schema).map_err(|faults| Error::internal(format!("form of {code}: {}", faults.join("; "))))?;
        for field in form.fields() {
            if seen.insert(field.name.clone()) {
                let ground = schema.pointer(&format!("/properties/{}/x-ground", field.name));
                let ground = ground.and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
                questions.push(Question { field: field.name.clone(), title: field.title.clone(), ground });
            }
        }
    }
    Ok(questions)
}

fn read<T: serde::de::DeserializeOwned>(body: &str) -> Result<T> {
    serde_json::from_str(body).map_err(|e| Error::internal(format!("catalogue: {e}")))
}
