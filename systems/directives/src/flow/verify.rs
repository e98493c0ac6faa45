//! Rows against events: whoever changes a task, a letter or a decision behind the product's back is found.

use kernel_base::{Result, Words};
use kernel_db::Tx;
use kernel_ledger::{Event, Finding};
use serde_json::{Value, json};

use super::{letters, shared};
use crate::{
    model::{DirectiveDocument, Letter, Progress, Task},
    store,
};

/// Rows in one page of each table.
const PAGE: i64 = 500;

/// Compares every document, task, proposal and letter with the events of its chain.
///
/// # Errors
/// Those of the database. What does not fit is not an error but a [`Finding`].
pub fn verify(tx: &mut Tx<'_>) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for subject in store::tasks_without_rows(tx)? {
        findings.push(finding("directive_tasks", &subject, "thiếu dòng", "the row is missing"));
    }
    let mut after = String::new();
    loop {
        let page = store::documents_after(tx, &after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.id.to_string();
        for document in &page {
            check_document(tx, document, &mut findings)?;
        }
    }
    after.clear();
    loop {
        let page = store::tasks_after(tx, &after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.id.to_string();
        for task in &page {
            check_task(tx, task, &mut findings)?;
        }
    }
    after.clear();
    loop {
        let page = store::letters_after(tx, &after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.id.to_string();
        for letter in &page {
            check_letter(tx, letter, &mut findings)?;
        }
    }
    Ok(findings)
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
    compare_all(findings, "directive_documents", &d.id.to_string(), &stored, &entered.body);
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
        "published_at": t.published_at,
    });
    compare_all(findings, "directive_tasks", &t.code, &moved, &folded(&events));
    check_children(tx, t, &events, findings)
}

/// What may move, as the events moved it.
fn folded(events: &[Event]) -> Value {
    let (mut progress, mut lead, mut head) = (Value::Null, Value::Null, Value::Null);
    let (mut refusals, mut percent, mut published) = (0, 0, Value::Null);
    for event in events {
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
            "task.reported" => percent = 100,
            "task.published" => published = json!(event.at),
            _ => {}
        }
    }
    json!({
        "progress": progress, "lead": lead, "refusals": refusals, "percent": percent, "head": head,
        "published_at": published,
    })
}

/// Reports, extensions, parts, notices and the proposal are as many, and say the same, as their events.
fn check_children(tx: &mut Tx<'_>, t: &Task, events: &[Event], findings: &mut Vec<Finding>) -> Result<()> {
    let of = |kind: &str| events.iter().filter(|e| e.kind == kind).collect::<Vec<_>>();
    let says = |event: &Event, name: &str, value: &Value| event.body.get(name) == Some(value);
    let reports = store::reports_of(tx, &t.id)?;
    for report in &reports {
        let id = json!(report.id);
        let told = of("task.reported")
            .into_iter()
            .any(|e| says(e, "report", &id) && e.at == report.at && says(e, "text", &shared::told(t, &report.text)));
        let verdict = match report.verdict.as_deref() {
            None => true,
            Some("confirmed") => of("task.confirmed").into_iter().any(|e| says(e, "report", &id)),
            Some(_) => of("task.sent_back").into_iter().any(|e| says(e, "report", &id)),
        };
        if !told || !verdict {
            findings.push(finding("task_reports", &t.code, "khác sự kiện báo cáo", "differs from its event"));
        }
    }
    let extensions = store::extensions_of(tx, &t.id)?;
    for asked in &extensions {
        let id = json!(asked.id);
        let told = of("task.extension_asked")
            .into_iter()
            .any(|e| says(e, "extension", &id) && says(e, "new_due", &json!(asked.new_due)) && e.at == asked.asked_at);
        let decided = match asked.granted {
            None => true,
            Some(true) => of("task.extended").into_iter().any(|e| says(e, "extension", &id)),
            Some(false) => of("task.extension_declined").into_iter().any(|e| says(e, "extension", &id)),
        };
        if !told || !decided {
            findings.push(finding("task_extensions", &t.code, "khác sự kiện gia hạn", "differs from its event"));
        }
    }
    let counted = [
        ("task_reports", reports.len(), of("task.reported").len()),
        ("task_extensions", extensions.len(), of("task.extension_asked").len()),
        ("task_notices", store::notices_of(tx, &t.id)?.len(), told_notices(events)),
        (
            "task_parts",
            store::parts_of(tx, &t.id)?.iter().filter(|p| p.done_at.is_some()).count(),
            of("task.part_done").len(),
        ),
    ];
    for (table, rows, told) in counted {
        if rows != told {
            findings.push(finding(
                table,
                &t.code,
                &format!("có {rows} dòng, theo sự kiện là {told}"),
                &format!("{rows} rows, by the events {told}"),
            ));
        }
    }
    check_rating(tx, t, events, findings)
}

fn told_notices(events: &[Event]) -> usize {
    let told = |e: &Event| e.body.get("told").and_then(Value::as_array).map_or(0, Vec::len);
    events.iter().filter(|e| e.kind == "task.urged").map(told).sum()
}

fn check_rating(tx: &mut Tx<'_>, t: &Task, events: &[Event], findings: &mut Vec<Finding>) -> Result<()> {
    let proposed = events.iter().find(|e| e.kind == "task.rating_proposed");
    let decided = events.iter().find(|e| e.kind == "task.rating_decided");
    match (store::rating_of_task(tx, &t.id)?, proposed) {
        (None, None) => {}
        (Some(r), Some(proposed)) => {
            let first = json!({ "rating": r.id, "unit": r.unit, "head": r.head, "late_days": r.late_days });
            compare_all(findings, "ratings", &t.code, &first, &proposed.body);
            let nothing = json!({ "decision": null, "points": null });
            let told = decided.map_or(&nothing, |e| &e.body);
            let stored = json!({ "decision": r.decision, "points": r.points });
            compare_all(findings, "ratings", &t.code, &stored, told);
            if let Some(decided) = decided {
                let reason = shared::told(t, &r.reason);
                compare(
                    findings,
                    "ratings",
                    &t.code,
                    "reason",
                    &reason,
                    decided.body.get("reason").unwrap_or(&Value::Null),
                );
            }
        }
        (Some(_), None) => findings.push(finding("ratings", &t.code, "không có sự kiện", "no event proposes it")),
        (None, Some(_)) => findings.push(finding("ratings", &t.code, "thiếu dòng", "the row is missing")),
    }
    Ok(())
}

fn check_letter(tx: &mut Tx<'_>, l: &Letter, findings: &mut Vec<Finding>) -> Result<()> {
    let events = kernel_ledger::history(tx, &l.subject())?;
    let Some(drafted) = events.iter().find(|e| e.kind == "letter.drafted") else {
        findings.push(finding("letters", &l.number, "không có sự kiện dự thảo", "no event drafts it"));
        return Ok(());
    };
    let first = json!({ "number": l.number, "issuer": l.issuer, "unit": l.unit });
    compare_all(findings, "letters", &l.number, &first, &drafted.body);
    let last = events.last().map(|e| e.body.clone()).unwrap_or_default();
    let stored = json!({ "state": l.state.word(), "sha256": l.sha256 });
    compare_all(findings, "letters", &l.number, &stored, &last);
    if letters::hash_of(&l.items) != l.sha256 {
        findings.push(finding("letters", &l.number, "nội dung đã bị đổi", "the content was changed"));
    }
    let at = |kind: &str| events.iter().find(|e| e.kind == kind).map(|e| e.at);
    let dates = [
        ("signed_at", l.signed_at, "letter.signed"),
        ("read_at", l.read_at, "letter.read"),
        ("answered_at", l.answered_at, "letter.answered"),
    ];
    for (column, stored, kind) in dates {
        compare(findings, "letters", &l.number, column, &json!(stored), &json!(at(kind)));
    }
    Ok(())
}
