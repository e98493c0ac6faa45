//! Rows against events: whoever changes a task, a letter or a decision behind the product's back is found.

use kernel_base::{Result, Words};
use kernel_db::Tx;
use kernel_ledger::{Event, Finding};
use serde_json::{Value, json};

use super::{letters, shared, sign, verify_teams};
use crate::{
    model::{DirectiveDocument, ExtensionAsked, Letter, Notice, Part, Progress, Report, Task},
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
    for subject in store::letters_without_rows(tx)? {
        findings.push(finding("letters", &subject, "thiếu dòng", "the row is missing"));
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
    verify_teams::check(tx, &mut findings)?;
    findings.extend(crate::pipeline::flow::verify(tx)?);
    Ok(findings)
}

pub(super) fn finding(table: &'static str, row: &str, vi: &str, en: &str) -> Finding {
    Finding { table, row: row.to_owned(), what: Words::new(vi, en) }
}

/// Names a column when the row and the events differ.
pub(super) fn compare(
    findings: &mut Vec<Finding>,
    table: &'static str,
    row: &str,
    column: &str,
    stored: &Value,
    told: &Value,
) {
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
pub(super) fn compare_all(findings: &mut Vec<Finding>, table: &'static str, row: &str, stored: &Value, told: &Value) {
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
    check_children(tx, t, &events, findings)
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

/// Reports, extensions, parts, notices and the proposal are as many, and say the same, as their events.
fn check_children(tx: &mut Tx<'_>, t: &Task, events: &[Event], findings: &mut Vec<Finding>) -> Result<()> {
    let of = |kind: &str| events.iter().filter(|e| e.kind == kind).count();
    let (reports, extensions) = (store::reports_of(tx, &t.id)?, store::extensions_of(tx, &t.id)?);
    let (parts, notices) = (store::parts_of(tx, &t.id)?, store::notices_of(tx, &t.id)?);
    for report in &reports {
        check_report(t, report, events, findings);
    }
    for asked in &extensions {
        check_extension(t, asked, events, findings);
    }
    for part in &parts {
        check_part(t, part, events, findings);
    }
    for notice in &notices {
        check_notice(t, notice, events, findings);
    }
    let told_parts = events.iter().find(|e| e.kind == "task.assigned").map_or(0, |e| list(e, "parts").len());
    let counted = [
        ("task_reports", reports.len(), of("task.reported")),
        ("task_extensions", extensions.len(), of("task.extension_asked")),
        ("task_notices", notices.len(), told_notices(events)),
        ("task_parts", parts.len(), told_parts),
    ];
    for (table, rows, told) in counted {
        if rows != told {
            let vi = format!("có {rows} dòng, theo sự kiện là {told}");
            findings.push(finding(table, &t.code, &vi, &format!("{rows} rows, by the events {told}")));
        }
    }
    check_rating(tx, t, events, findings)
}

fn list<'a>(event: &'a Event, name: &str) -> &'a [Value] {
    event.body.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The event of a kind that names this identifier.
fn naming<'a>(events: &'a [Event], kind: &str, name: &str, id: &Value) -> Option<&'a Event> {
    events.iter().find(|e| e.kind == kind && e.body.get(name) == Some(id))
}

fn said(event: Option<&Event>, name: &str) -> Value {
    event.and_then(|e| e.body.get(name)).cloned().unwrap_or_default()
}

fn check_report(t: &Task, r: &Report, events: &[Event], findings: &mut Vec<Finding>) {
    let id = json!(r.id);
    let told = naming(events, "task.reported", "report", &id);
    let (confirmed, back) =
        (naming(events, "task.confirmed", "report", &id), naming(events, "task.sent_back", "report", &id));
    let verdict = if confirmed.is_some() { Some("confirmed") } else { back.map(|_| "redo") };
    let comment = if confirmed.is_some() { said(confirmed, "comment") } else { said(back, "reason") };
    let judged = confirmed.or(back);
    let none = judged.is_none() && r.comment.is_empty();
    let pairs = [
        ("at", json!(r.at), json!(told.map(|e| e.at))),
        ("by_officer", json!(r.by), json!(told.map(|e| &e.actor))),
        ("text", shared::told(t, &r.text), said(told, "text")),
        ("evidence", shared::told(t, &json!(r.evidence).to_string()), said(told, "evidence")),
        ("verdict", json!(r.verdict), json!(verdict)),
        ("judged_at", json!(r.judged_at), json!(judged.map(|e| e.at))),
        ("comment", if none { Value::Null } else { shared::told(t, &r.comment) }, comment),
    ];
    for (column, stored, told) in pairs {
        compare(findings, "task_reports", &t.code, column, &stored, &told);
    }
}

fn check_extension(t: &Task, asked: &ExtensionAsked, events: &[Event], findings: &mut Vec<Finding>) {
    let id = json!(asked.id);
    let told = naming(events, "task.extension_asked", "extension", &id);
    let granted = naming(events, "task.extended", "extension", &id);
    let decided = granted.or_else(|| naming(events, "task.extension_declined", "extension", &id));
    let none = decided.is_none() && asked.comment.is_empty();
    let pairs = [
        ("asked_at", json!(asked.asked_at), json!(told.map(|e| e.at))),
        ("asked_by", json!(asked.asked_by), json!(told.map(|e| &e.actor))),
        ("new_due", json!(asked.new_due), said(told, "new_due")),
        ("reason", shared::told(t, &asked.reason), said(told, "reason")),
        ("granted", json!(asked.granted), json!(decided.map(|_| granted.is_some()))),
        ("decided_at", json!(asked.decided_at), json!(decided.map(|e| e.at))),
        ("comment", if none { Value::Null } else { shared::told(t, &asked.comment) }, said(decided, "comment")),
    ];
    for (column, stored, told) in pairs {
        compare(findings, "task_extensions", &t.code, column, &stored, &told);
    }
}

fn check_part(t: &Task, part: &Part, events: &[Event], findings: &mut Vec<Finding>) {
    let unit = json!(part.unit);
    let assigned = events.iter().find(|e| e.kind == "task.assigned");
    let told = assigned.and_then(|e| list(e, "parts").iter().find(|p| p.get("unit") == Some(&unit)));
    let of = |name: &str| told.and_then(|p| p.get(name)).cloned().unwrap_or_default();
    let done = naming(events, "task.part_done", "unit", &unit);
    let none = done.is_none() && part.note.is_empty();
    let pairs = [
        ("due_on", json!(part.due_on), of("due_on")),
        ("obligation", json!(part.obligation), of("obligation")),
        ("done_at", json!(part.done_at), json!(done.map(|e| e.at))),
        ("note", if none { Value::Null } else { shared::told(t, &part.note) }, said(done, "note")),
    ];
    for (column, stored, told) in pairs {
        compare(findings, "task_parts", &t.code, column, &stored, &told);
    }
}

fn check_notice(t: &Task, n: &Notice, events: &[Event], findings: &mut Vec<Finding>) {
    let id = json!(n.id);
    let urged = events.iter().filter(|e| e.kind == "task.urged");
    let mut told = urged.filter_map(|e| Some((e, list(e, "told").iter().find(|n| n.get("notice") == Some(&id))?)));
    let (event, entry) = told.next().unzip();
    let of = |name: &str| entry.and_then(|n| n.get(name)).cloned().unwrap_or_default();
    let mut read = events.iter().filter(|e| e.kind == "task.notice_read" && list(e, "notices").contains(&id));
    let is_answer = |e: &&Event| matches!(e.kind.as_str(), "task.notice_answered" | "task.instructed");
    let answered: Vec<&Event> = events.iter().filter(is_answer).filter(|e| e.body.get("notice") == Some(&id)).collect();
    let first_seen = read.next().or_else(|| answered.first().copied());
    let answer = answered.last().copied();
    let pairs = [
        ("level", json!(n.level), of("level")),
        ("agency", json!(n.agency), of("agency")),
        ("obligation", json!(n.obligation), said(event, "obligation")),
        ("mark", json!(n.mark), said(event, "mark")),
        ("round", json!(n.round), said(event, "round")),
        ("act", json!(n.act), said(event, "act")),
        ("planned_at", json!(n.planned_at), said(event, "planned")),
        ("sent_at", json!(n.sent_at), json!(event.map(|e| e.at))),
        ("read_at", json!(n.read_at), json!(first_seen.map(|e| e.at))),
        ("read_by", json!(n.read_by), json!(first_seen.map(|e| &e.actor))),
        ("answered_at", json!(n.answered_at), json!(answer.map(|e| e.at))),
        ("answered_by", json!(n.answered_by), json!(answer.map(|e| &e.actor))),
        ("answer", n.answer.as_ref().map_or(Value::Null, |text| shared::told(t, text)), said(answer, "answer")),
    ];
    for (column, stored, told) in pairs {
        compare(findings, "task_notices", &t.code, column, &stored, &told);
    }
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
            let nothing = json!({ "decision": null, "points": null, "number": "" });
            let told = decided.map_or(&nothing, |e| &e.body);
            let stored = json!({ "decision": r.decision, "points": r.points, "number": r.number });
            compare_all(findings, "ratings", &t.code, &stored, told);
            let seen = events.iter().find(|e| e.kind == "task.rating_seen");
            let printed = events.iter().find(|e| e.kind == "task.rating_printed");
            let document = r.document.as_ref().map(|d| shared::sha256(&d.to_string()));
            let file = sign::signed_file(tx, sign::RATING, &r.id.to_string())?.map(|row| row.sha256);
            let issued = events.iter().find(|e| e.kind == "task.rating_signed");
            let dates = [
                ("document", json!(document), said(printed, "document_sha256")),
                ("signed file", json!(file), said(issued, "file_sha256")),
                ("issuer", json!(r.issuer), json!(t.issuer)),
                ("proposed_at", json!(r.proposed_at), json!(proposed.at)),
                ("decided_at", json!(r.decided_at), json!(decided.map(|e| e.at))),
                ("decided_by", json!(r.decided_by), json!(decided.map(|e| &e.actor))),
                ("seen_at", json!(r.seen_at), json!(seen.map(|e| e.at))),
                ("seen_by", json!(r.seen_by), json!(seen.map(|e| &e.actor))),
            ];
            for (column, stored, told) in dates {
                compare(findings, "ratings", &t.code, column, &stored, &told);
            }
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
    let first = json!({ "number": l.number, "issuer": l.issuer, "unit": l.unit, "desk": l.desk });
    compare_all(findings, "letters", &l.number, &first, &drafted.body);
    compare(findings, "letters", &l.number, "drafted_at", &json!(l.drafted_at), &json!(drafted.at));
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
    let by = |kind: &str| json!(events.iter().find(|e| e.kind == kind).map(|e| &e.actor));
    let actors = [
        ("signed_by", &l.signed_by, "letter.signed"),
        ("read_by", &l.read_by, "letter.read"),
        ("answered_by", &l.answered_by, "letter.answered"),
    ];
    for (column, stored, kind) in actors {
        compare(findings, "letters", &l.number, column, &json!(stored), &by(kind));
    }
    let answered = events.iter().find(|e| e.kind == "letter.answered");
    let answer = l.answer.as_ref().map(|text| shared::sha256(text));
    compare(findings, "letters", &l.number, "answer", &json!(answer), &said(answered, "answer_sha256"));
    let document = l.document.as_ref().map(|d| shared::sha256(&d.to_string()));
    let printed = events.iter().find(|e| e.kind == "letter.printed");
    compare(findings, "letters", &l.number, "document", &json!(document), &said(printed, "document_sha256"));
    // The signed file that is given out is the one that was recorded.
    let file = sign::signed_file(tx, sign::LETTER, &l.id.to_string())?.map(|row| row.sha256);
    let issued = events.iter().find(|e| e.kind == "letter.issued");
    compare(findings, "letters", &l.number, "signed file", &json!(file), &said(issued, "file_sha256"));
    Ok(())
}
