//! Compares reconciliations and their differences with their events.

use std::collections::BTreeMap;

use kernel_base::Result;
use kernel_db::Tx;
use kernel_ledger::Finding;
use serde_json::Value;

use crate::{model::Reconciliation, store};

/// Rows that say something else than the events.
///
/// # Errors
/// Only those of the database.
pub(crate) fn verify(tx: &mut Tx<'_>) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    for day in store::all_reconciliations(tx)? {
        let chain = Reconciliation::subject(&day.agency, day.channel, day.day);
        let history = kernel_ledger::history(tx, &chain)?;
        let closed = history.iter().find(|e| e.kind == "reconciliation.closed").map(|e| e.at);
        let ran = history.iter().rev().find(|e| e.kind == "reconciliation.ran");
        let number = |name: &str| ran.and_then(|e| e.body.get(name)).and_then(Value::as_i64);
        let same = closed == day.closed_at
            && number("ours_amount") == Some(day.ours_amount)
            && number("theirs_amount") == Some(day.theirs_amount);
        if !same {
            found.push(Finding::changed("reconciliations", chain.clone()));
        }
        let mut told: BTreeMap<String, String> = BTreeMap::new();
        for event in &history {
            let id = event.body.get("mismatch").and_then(Value::as_str).unwrap_or_default().to_owned();
            match event.kind.as_str() {
                "reconciliation.mismatch" => drop(told.insert(id, "open".to_owned())),
                "reconciliation.mismatch_ended" => {
                    let state = event.body.get("state").and_then(Value::as_str).unwrap_or_default();
                    told.insert(id, state.to_owned());
                }
                _ => {}
            }
        }
        let rows = store::mismatches_of(tx, &day.id)?;
        let stored: BTreeMap<String, String> = rows.into_iter().map(|m| (m.id.to_string(), m.state)).collect();
        if told != stored {
            found.push(Finding::changed("mismatches", chain));
        }
    }
    Ok(found)
}
