//! Rows of the pipeline against its events: shares are counted from these rows, so whoever changes one is named.

use std::collections::{BTreeMap, BTreeSet};

use kernel_base::{Instant, Result, Words};
use kernel_db::Tx;
use kernel_ledger::{Event, Finding};
use serde_json::{Value, json};

use super::row_sha256;
use crate::pipeline::{
    model::{Offering, Stage},
    store,
};

/// A list as the events of its services tell it.
#[derive(Debug, Clone, Default)]
struct Approved {
    decision: String,
    at: Option<Instant>,
    by: String,
    items: i64,
}

/// Compares offerings, moves, lists and claims with their events.
///
/// # Errors
/// Those of the database. What does not fit is not an error but a [`Finding`].
pub fn verify(tx: &mut Tx<'_>) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let mut approved: BTreeMap<i64, Approved> = BTreeMap::new();
    let mut known = BTreeSet::new();
    for offering in store::all(tx)? {
        known.insert(offering.subject());
        let events = kernel_ledger::history(tx, &offering.subject())?;
        check_offering(&offering, &events, &mut findings);
        check_moves(tx, &offering, &events, &mut findings)?;
        let told = events.iter().filter(|e| e.kind == "pipeline.moved" && says(e, "stage") == json!(Stage::Approved));
        for event in told {
            let number = says(event, "list").as_i64().unwrap_or_default();
            let list = approved.entry(number).or_default();
            list.decision = says(event, "reason").as_str().unwrap_or_default().to_owned();
            (list.at, list.by) = (Some(event.at), event.actor.clone());
            list.items += 1;
        }
    }
    crate::flow::missing(tx, "pipeline_offerings", "offering:", &known, &mut findings)?;
    check_lists(tx, &approved, &mut findings)?;
    check_claims(tx, &mut findings)?;
    Ok(findings)
}

fn says(event: &Event, name: &str) -> Value {
    event.body.get(name).cloned().unwrap_or_default()
}

fn finding(table: &'static str, row: &str, vi: String, en: String) -> Finding {
    Finding { table, row: row.to_owned(), what: Words::new(vi, en) }
}

fn differs(findings: &mut Vec<Finding>, table: &'static str, row: &str, column: &str, stored: &Value, told: &Value) {
    if stored != told {
        let vi = format!("cột {column}: đang lưu {stored}, theo sự kiện là {told}");
        findings.push(finding(table, row, vi, format!("column {column}: stored {stored}, by the events {told}")));
    }
}

fn check_offering(o: &Offering, events: &[Event], findings: &mut Vec<Finding>) {
    let row = o.id.to_string();
    let Some(last) = events.iter().rev().find(|e| e.kind.starts_with("pipeline.")) else {
        findings.push(finding(
            "pipeline_offerings",
            &row,
            "không có sự kiện".to_owned(),
            "no event puts it here".to_owned(),
        ));
        return;
    };
    let moved = events.iter().rev().find(|e| e.kind == "pipeline.moved").unwrap_or(last);
    let integrated = events.iter().find(|e| e.kind == "pipeline.integrated").map(|e| e.at);
    let columns = [
        ("procedure", json!(o.procedure), says(moved, "procedure")),
        ("agency", json!(o.agency), says(moved, "agency")),
        ("stage", json!(o.stage), says(moved, "stage")),
        ("list_number", json!(o.list_number), says(moved, "list")),
        ("charge", json!(o.charge), says(moved, "charge")),
        ("obligation", json!(o.obligation), says(moved, "obligation")),
        ("integrated_at", json!(o.integrated_at), json!(integrated)),
        ("row_sha256", json!(row_sha256(o)), says(last, "row_sha256")),
    ];
    for (column, stored, told) in columns {
        differs(findings, "pipeline_offerings", &row, column, &stored, &told);
    }
}

fn check_moves(tx: &mut Tx<'_>, o: &Offering, events: &[Event], findings: &mut Vec<Finding>) -> Result<()> {
    let moves = store::moves(tx, &o.id)?;
    let told: Vec<&Event> = events.iter().filter(|e| e.kind == "pipeline.moved").collect();
    if moves.len() != told.len() {
        let (rows, events) = (moves.len(), told.len());
        let vi = format!("có {rows} bước, theo sự kiện là {events}");
        findings.push(finding("pipeline_moves", o.id_str(), vi, format!("{rows} steps, by the events {events}")));
    }
    for (row, event) in moves.iter().zip(told) {
        let name = format!("{}/{}", o.id_str(), row.number);
        let stored = json!({ "stage": row.stage, "at": row.at, "actor": row.actor, "reason": row.reason });
        let by_events = json!({
            "stage": says(event, "stage"), "at": event.at, "actor": event.actor, "reason": says(event, "reason"),
        });
        for column in ["stage", "at", "actor", "reason"] {
            let of = |all: &Value| all.get(column).cloned().unwrap_or_default();
            differs(findings, "pipeline_moves", &name, column, &of(&stored), &of(&by_events));
        }
    }
    Ok(())
}

fn check_lists(tx: &mut Tx<'_>, approved: &BTreeMap<i64, Approved>, findings: &mut Vec<Finding>) -> Result<()> {
    let lists = store::lists(tx)?;
    let known: BTreeSet<i64> = lists.iter().map(|(number, ..)| *number).collect();
    let by = store::list_signers(tx)?;
    for (number, decision, at, items) in lists {
        let told = approved.get(&number).cloned().unwrap_or_default();
        let row = number.to_string();
        let columns = [
            ("decision", json!(decision), json!(told.decision)),
            ("items", json!(items), json!(told.items)),
            ("decided_at", json!(at), json!(told.at)),
            ("decided_by", json!(by.get(&number)), json!(told.by)),
        ];
        for (column, stored, told) in columns {
            differs(findings, "pipeline_lists", &row, column, &stored, &told);
        }
    }
    for number in approved.keys().filter(|number| !known.contains(number)) {
        let row = number.to_string();
        findings.push(finding("pipeline_lists", &row, "thiếu dòng".to_owned(), "the row is missing".to_owned()));
    }
    Ok(())
}

/// As many claims as the events loaded.
fn check_claims(tx: &mut Tx<'_>, findings: &mut Vec<Finding>) -> Result<()> {
    let rows: i64 = store::declared(tx, jiff::civil::date(9999, 12, 31))?.iter().map(|(_, n)| n).sum();
    let events = kernel_ledger::history(tx, super::CLAIMS)?;
    let told: i64 = events.iter().filter_map(|e| says(e, "new").as_i64()).sum();
    differs(findings, "declared_offerings", "*", "count(*)", &json!(rows), &json!(told));
    Ok(())
}
