//! Rows against events: whoever changes a task, a letter or a decision behind the product's back is found.

mod children;
mod letters;
mod teams;

use std::collections::BTreeSet;

use kernel_base::{Result, Words};
use kernel_db::Tx;
use kernel_ledger::{Event, Finding};
use serde_json::{Value, json};

use super::shared;
use crate::{
    model::{DirectiveDocument, Progress, Task},
    store,
};

/// Rows in one page of each table.
const PAGE: i64 = 500;

/// Compares every document, task, proposal, letter and team with the events of its chain.
///
/// # Errors
/// Those of the database. What does not fit is not an error but a [`Finding`].
pub fn verify(tx: &mut Tx<'_>) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let (mut after, mut known) = (String::new(), BTreeSet::new());
    loop {
        let page = store::documents_after(tx, &after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.id.to_string();
        for document in &page {
            known.insert(document.subject());
            check_document(tx, document, &mut findings)?;
        }
    }
    missing(tx, "directive_documents", "document:", &known, &mut findings)?;
    (after, known) = (String::new(), BTreeSet::new());
    loop {
        let page = store::tasks_after(tx, &after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.id.to_string();
        for task in &page {
            known.insert(task.subject());
            check_task(tx, task, &mut findings)?;
        }
    }
    missing(tx, "directive_tasks", "task:", &known, &mut findings)?;
    letters::check(tx, &mut findings)?;
    teams::check(tx, &mut findings)?;
    findings.extend(crate::pipeline::flow::verify(tx)?);
    Ok(findings)
}

/// Names each chain of a kind that has no row any more.
pub(crate) fn missing(
    tx: &mut Tx<'_>,
    table: &'static str,
    prefix: &str,
    known: &BTreeSet<String>,
    findings: &mut Vec<Finding>,
) -> Result<()> {
    let gone = kernel_ledger::subjects(tx, prefix)?.into_iter().filter(|subject| !known.contains(subject));
    findings.extend(gone.map(|subject| finding(table, &subject, "thiếu dòng", "the row is missing")));
    Ok(())
}

fn finding(table: &'static str, row: &str, vi: &str, en: &str) -> Finding {
    Finding { table, row: row.to_owned(), what: Words::new(vi, en) }
}

/// Names a column when the row and the events differ.
fn compare(findings: &mut Vec<Finding>, table: &'static str, row: &str, column: &str, stored: &Value, told: &Value) {
    if stored != told {
        findings.push(finding(
            table,
            row,
            &format!("cột {column}: đang lưu {stored}, theo sự kiện là {told}"),
            &format!("column {column}: stored {stored}, by the events {told}"),
        ));
    }
}

fn check_document(tx: &mut Tx<'_>, d: &DirectiveDocument, findings: &mut Vec<Finding>) -> Result<()> {
    let events = kernel_ledger::history(tx, &d.subject())?;
    let Some(entered) = events.iter().find(|e| e.kind == "document.entered") else {
        findings.push(finding(
            "directive_documents",
            d.id.to_string().as_str(),
            "không có sự kiện",
            "no event enters it",
        ));
        return Ok(());
    };
    let stored = json!({
        "kind": d.kind, "number": d.number, "title": d.title, "issued_on": d.issued_on, "issuer": d.issuer,
        "desk": d.desk, "illustrative": d.illustrative,
    });
    let row = d.id.to_string();
    compare_all(findings, "directive_documents", &row, &stored, &entered.body);
    compare(findings, "directive_documents", &row, "entered_at", &json!(d.entered_at), &json!(entered.at));
    compare(findings, "directive_documents", &row, "entered_by", &json!(d.entered_by), &json!(entered.actor));
    Ok(())
}

/// Every column of `stored` that `told` says otherwise.
fn compare_all(findings: &mut Vec<Finding>, table: &'static str, row: &str, stored: &Value, told: &Value) {
    for (column, value) in stored.as_object().into_iter().flatten() {
        compare(findings, table, row, column, value, told.get(column).unwrap_or(&Value::Null));
    }
}

fn check_task(tx: &mut Tx<'_>, t: &Task, findings: &mut Vec<Finding>) -> Result<()> {
    let events = kernel_ledger::history(tx, &t.subject())?;
    let Some(assigned) = events.iter().find(|e| e.kind == "task.assigned") else {
        findings.push(finding("directive_tasks", &t.code, "không có sự kiện giao việc", "no event assigns it"));
        return Ok(());
    };
    let first = json!({
        "code": t.code, "document": t.document, "clause": t.clause, "title": shared::told(t, &t.title),
        "output": shared::told(t, &t.output), "weight": t.weight, "secret": t.secret, "parent": t.parent,
        "issuer": t.issuer, "desk": t.desk, "due_on": t.due_on, "obligation": t.obligation, "metric": t.metric,
        "goal": t.goal,
    });
    compare_all(findings, "directive_tasks", &t.code, &first, &assigned.body);
    let moved = json!({
        "progress": t.progress.word(), "lead": t.lead, "refusals": t.refusals, "percent": t.percent, "head": t.head,
        "published_at": t.published_at, "confirmation": t.confirmation, "officer_sha256": shared::sha256(&t.officer),
    });
    compare_all(findings, "directive_tasks", &t.code, &moved, &folded(&events));
    compare(findings, "directive_tasks", &t.code, "created_at", &json!(t.created_at), &json!(assigned.at));
    children::check(tx, t, &events, findings)
}

/// What may move, as the events moved it.
fn folded(events: &[Event]) -> Value {
    let (mut progress, mut lead, mut head) = (Value::Null, Value::Null, Value::Null);
    let (mut refusals, mut percent, mut published) = (0, 0, Value::Null);
    let (mut confirmation, mut officer) = (Value::Null, Value::Null);
    for event in events.iter().filter(|event| event.kind.starts_with("task.")) {
        officer = event.body.get("officer_sha256").cloned().unwrap_or_default();
        if let Some(after) = Progress::after_event(&event.kind) {
            progress = json!(after.word());
        }
        if matches!(event.kind.as_str(), "task.assigned" | "task.reassigned") {
            lead = event.body.get("lead").cloned().unwrap_or_default();
            head = event.body.get("head").cloned().unwrap_or_default();
        }
        refusals += i64::from(event.kind == "task.refused");
        match event.kind.as_str() {
            "task.progressed" => percent = event.body.get("percent").and_then(Value::as_i64).unwrap_or_default(),
            "task.reported" => {
                percent = 100;
                confirmation = event.body.get("confirmation").cloned().unwrap_or_default();
            }
            "task.confirmed" | "task.sent_back" | "task.cancelled" => confirmation = Value::Null,
            "task.published" => published = json!(event.at),
            _ => {}
        }
    }
    json!({
        "progress": progress, "lead": lead, "refusals": refusals, "percent": percent, "head": head,
        "published_at": published, "confirmation": confirmation, "officer_sha256": officer,
    })
}

/// The event of a kind that names this identifier.
fn naming<'a>(events: &'a [Event], kind: &str, name: &str, id: &Value) -> Option<&'a Event> {
    events.iter().find(|e| e.kind == kind && e.body.get(name) == Some(id))
}

fn said(event: Option<&Event>, name: &str) -> Value {
    event.and_then(|e| e.body.get(name)).cloned().unwrap_or_default()
}
