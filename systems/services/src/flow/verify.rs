//! Compares the catalogue with its events: a limit that was changed by hand would lengthen every later promise.

use std::collections::BTreeMap;

use kernel_base::{Result, TypedId};
use kernel_db::Tx;
use kernel_ledger::{Event, Finding, text_hash};
use serde_json::Value;

use crate::store::{self, VersionRow};

/// Names each procedure and each published version that says something else than its events.
///
/// # Errors
/// Only those of the database.
pub fn verify(tx: &mut Tx<'_>) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let mut rows: BTreeMap<String, String> =
        store::procedures(tx)?.into_iter().map(|row| (row.code, row.body)).collect();
    for subject in kernel_ledger::subjects(tx, "procedure:")? {
        let code = subject.trim_start_matches("procedure:").to_owned();
        let history = kernel_ledger::history(tx, &subject)?;
        let described = history.iter().rev().find(|event| event.kind == "procedure.described");
        let body = rows.remove(&code);
        if described.map(|event| fact(event, "sha256")) != body.as_deref().map(text_hash) {
            findings.push(Finding::changed("procedures", &code));
        }
        findings.extend(versions(&history, &store::versions_of(tx, &code)?));
    }
    findings.extend(rows.into_keys().map(|code| Finding::changed("procedures", code)));
    Ok(findings)
}

fn versions(history: &[Event], rows: &[VersionRow]) -> Vec<Finding> {
    let published = |id: &str| {
        let of_it = |event: &&Event| event.kind == "procedure.published" && fact(event, "version") == id;
        history.iter().rev().find(of_it)
    };
    let mut findings = Vec::new();
    for row in rows.iter().filter(|row| row.status != "draft") {
        let same = published(row.id.as_str()).is_some_and(|event| {
            fact(event, "sha256") == text_hash(&row.body)
                && event.body["number"] == row.number
                && fact(event, "valid_from") == row.valid_from.to_string()
                && event.body["valid_to"].as_str().map(str::to_owned) == row.valid_to.map(|day| day.to_string())
        });
        if !same {
            findings.push(Finding::changed("procedure_versions", row.id.to_string()));
        }
    }
    let gone = history.iter().filter(|event| event.kind == "procedure.published");
    let gone = gone.map(|event| fact(event, "version"));
    let stands = |id: &String| rows.iter().any(|row| row.id.as_str() == id && row.status != "draft");
    findings.extend(gone.filter(|id| !stands(id)).map(|id| Finding::changed("procedure_versions", id)));
    findings
}

fn fact(event: &Event, name: &str) -> String {
    event.body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}
