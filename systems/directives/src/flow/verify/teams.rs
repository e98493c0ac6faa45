//! Teams, visits and findings against the events of their chain.

use std::collections::BTreeSet;

use kernel_base::Result;
use kernel_db::Tx;
use kernel_ledger::{Event, Finding};
use serde_json::{Value, json};

use super::{compare, compare_all, finding, missing};
use crate::{
    flow::shared,
    model::{Team, TeamFinding, Visit},
    store,
};

/// Compares every team, visit and finding with its events.
///
/// # Errors
/// Those of the database.
pub(super) fn check(tx: &mut Tx<'_>, findings: &mut Vec<Finding>) -> Result<()> {
    let mut known = BTreeSet::new();
    for team in store::teams(tx)? {
        known.insert(team.subject());
        let events = kernel_ledger::history(tx, &team.subject())?;
        check_team(&team, &events, findings);
        let (visits, found) = (store::visits_of(tx, &team.id)?, store::findings_of_team(tx, &team.id)?);
        for visit in &visits {
            check_visit(visit, &events, findings);
        }
        for row in &found {
            check_finding(row, &events, findings);
        }
        let told: Vec<&Event> = events.iter().filter(|e| e.kind == "team.visited").collect();
        let told_findings: usize = told.iter().map(|e| list(e).len()).sum();
        let counted = [("team_visits", visits.len(), told.len()), ("team_findings", found.len(), told_findings)];
        for (table, rows, told) in counted {
            if rows != told {
                let vi = format!("có {rows} dòng, theo sự kiện là {told}");
                findings.push(finding(table, &team.decision, &vi, &format!("{rows} rows, by the events {told}")));
            }
        }
    }
    missing(tx, "teams", "team:", &known, findings)
}

fn list(event: &Event) -> &[Value] {
    event.body.get("findings").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn check_team(t: &Team, events: &[Event], findings: &mut Vec<Finding>) {
    let Some(made) = events.iter().find(|e| e.kind == "team.made") else {
        findings.push(finding("teams", &t.decision, "không có sự kiện lập tổ", "no event makes it"));
        return;
    };
    let stored = json!({
        "name": t.name, "decision": t.decision, "issuer": t.issuer, "desk": t.desk,
        "members_sha256": shared::sha256(&json!(t.members).to_string()),
    });
    compare_all(findings, "teams", &t.decision, &stored, &made.body);
    compare(findings, "teams", &t.decision, "made_at", &json!(t.made_at), &json!(made.at));
}

fn check_visit(v: &Visit, events: &[Event], findings: &mut Vec<Finding>) {
    let row = v.id.to_string();
    let told = events.iter().find(|e| e.kind == "team.visited" && e.body.get("visit") == Some(&json!(v.id)));
    let Some(told) = told else {
        findings.push(finding("team_visits", &row, "không có sự kiện", "no event records it"));
        return;
    };
    let stored = json!({
        "unit": v.unit, "visited_on": v.visited_on, "summary_sha256": shared::sha256(&v.summary),
    });
    compare_all(findings, "team_visits", &row, &stored, &told.body);
    compare(findings, "team_visits", &row, "at", &json!(v.at), &json!(told.at));
    compare(findings, "team_visits", &row, "by_officer", &json!(v.by), &json!(told.actor));
}

fn check_finding(f: &TeamFinding, events: &[Event], findings: &mut Vec<Finding>) {
    let (row, id) = (f.id.to_string(), json!(f.id));
    let visited = events.iter().filter(|e| e.kind == "team.visited");
    let mut told = visited.filter_map(|e| Some((e, list(e).iter().find(|f| f.get("finding") == Some(&id))?)));
    let Some((event, told)) = told.next() else {
        findings.push(finding("team_findings", &row, "không có sự kiện", "no event records it"));
        return;
    };
    let stored = json!({
        "due_on": f.due_on, "obligation": f.obligation, "text_sha256": shared::sha256(&f.text),
        "remedy_sha256": shared::sha256(&f.remedy),
    });
    compare_all(findings, "team_findings", &row, &stored, told);
    let unit = event.body.get("unit").cloned().unwrap_or_default();
    compare(findings, "team_findings", &row, "unit", &json!(f.unit), &unit);
    let (mut reported, mut report, mut confirmed) = (Value::Null, Value::Null, Value::Null);
    for event in events.iter().filter(|e| e.body.get("finding") == Some(&id)) {
        match event.kind.as_str() {
            "team.remedy_reported" => {
                reported = json!(event.at);
                report = event.body.get("report_sha256").cloned().unwrap_or_default();
            }
            "team.remedy_sent_back" => reported = Value::Null,
            "team.remedy_confirmed" => confirmed = json!(event.at),
            _ => {}
        }
    }
    let moved = [
        ("report", json!(f.report.as_ref().map(|text| shared::sha256(text))), report),
        ("reported_at", json!(f.reported_at), reported),
        ("confirmed_at", json!(f.confirmed_at), confirmed),
    ];
    for (column, stored, told) in moved {
        compare(findings, "team_findings", &row, column, &stored, &told);
    }
}
