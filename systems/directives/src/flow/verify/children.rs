//! What belongs to a task, against the events of its chain: reports with their files, extensions, parts, notices.

use kernel_base::Result;
use kernel_db::Tx;
use kernel_ledger::{Event, Finding};
use serde_json::{Value, json};

use super::{compare, finding, letters, naming, said};
use crate::{
    flow::{evidence, shared},
    model::{ExtensionAsked, Notice, Part, Report, Task},
    store,
};

/// Reports, extensions, parts, notices and the proposal are as many, and say the same, as their events.
pub(super) fn check(tx: &mut Tx<'_>, t: &Task, events: &[Event], findings: &mut Vec<Finding>) -> Result<()> {
    let of = |kind: &str| events.iter().filter(|e| e.kind == kind).count();
    let (reports, extensions) = (store::reports_of(tx, &t.id)?, store::extensions_of(tx, &t.id)?);
    let (parts, notices) = (store::parts_of(tx, &t.id)?, store::notices_of(tx, &t.id)?);
    for report in &reports {
        check_report(t, report, events, findings);
        let faults = evidence::faults(tx, t, report)?;
        findings.extend(faults.into_iter().map(|(row, what)| Finding { table: "files", row, what }));
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
    letters::check_rating(tx, t, events, findings)
}

fn list<'a>(event: &'a Event, name: &str) -> &'a [Value] {
    event.body.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
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
