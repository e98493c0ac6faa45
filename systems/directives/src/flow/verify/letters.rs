//! Urging letters, and proposals and decisions for the annual rating, against the events of their chains.

use std::collections::BTreeSet;

use kernel_base::Result;
use kernel_db::Tx;
use kernel_ledger::{Event, Finding};
use serde_json::{Value, json};

use super::{PAGE, compare, compare_all, finding, missing, said};
use crate::{
    flow::{letters, shared, sign},
    model::{Letter, Task},
    store,
};

/// Compares every letter with its events.
pub(super) fn check(tx: &mut Tx<'_>, findings: &mut Vec<Finding>) -> Result<()> {
    let (mut after, mut known) = (String::new(), BTreeSet::new());
    loop {
        let page = store::letters_after(tx, &after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.id.to_string();
        for letter in &page {
            known.insert(letter.subject());
            check_letter(tx, letter, findings)?;
        }
    }
    missing(tx, "letters", "letter:", &known, findings)
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

/// The proposal on a task, and the decision on it.
pub(super) fn check_rating(tx: &mut Tx<'_>, t: &Task, events: &[Event], findings: &mut Vec<Finding>) -> Result<()> {
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
