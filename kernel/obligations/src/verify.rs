//! Recomputes every instant from events and names what says something else.

use std::collections::BTreeSet;

use kernel_base::{Result, TypedId, Words};
use kernel_db::Tx;
use kernel_ledger::{Event, Finding};
use serde_json::Value;

use crate::calendars::{self, CalendarVersionId};
use crate::fold::{Folded, PinnedRules, fold};
use crate::model::{LadderId, Obligation};
use crate::{ladders, store};

/// Subjects in one page of the check.
const PAGE: i64 = 500;

/// What the events of a subject say, computed afresh.
///
/// # Errors
/// Those of the database.
pub fn recompute(tx: &mut Tx<'_>, subject: &str) -> Result<Folded> {
    let events = kernel_ledger::history(tx, subject)?;
    let rules = pinned(tx, &events)?;
    Ok(fold(&events, &rules))
}

/// Recomputes all obligations and calendars of the home and names each table and row that does not fit.
///
/// # Errors
/// Those of the database. What does not fit is not an error but a [`Finding`].
pub fn verify(tx: &mut Tx<'_>) -> Result<Vec<Finding>> {
    let mut findings = check_calendars(tx)?;
    check_ladders(tx, &mut findings)?;
    for id in store::lists::without_events(tx)? {
        findings.push(finding("obligations", id.as_str(), "không có sự kiện mở", "no event opens it"));
    }
    let mut after = String::new();
    loop {
        let subjects = store::lists::subjects_with_events(tx, &after, PAGE)?;
        let Some(last) = subjects.last() else { return Ok(findings) };
        after.clone_from(last);
        for subject in &subjects {
            check_subject(tx, subject, &mut findings)?;
        }
    }
}

fn check_subject(tx: &mut Tx<'_>, subject: &str, findings: &mut Vec<Finding>) -> Result<()> {
    let folded = recompute(tx, subject)?;
    for (seq, fault) in folded.faults {
        findings.push(finding("events", &format!("{subject}/{seq}"), &fault, &fault));
    }
    for recomputed in &folded.obligations {
        match store::find(tx, &recomputed.id) {
            Ok(Some(stored)) => compare(&stored, recomputed, findings),
            Ok(None) => {
                findings.push(finding("obligations", recomputed.id.as_str(), "thiếu dòng", "the row is missing"))
            }
            // A row that cannot even be read is a finding; the database being gone is not.
            Err(broken) if broken.kind == kernel_base::Kind::Internal => {
                let what = broken.inside.unwrap_or_default();
                findings.push(finding("obligations", recomputed.id.as_str(), &what, &what));
            }
            Err(gone) => return Err(gone),
        }
    }
    let known: BTreeSet<_> = folded.obligations.iter().map(|o| o.id.clone()).collect();
    for id in store::ids_of_subject(tx, subject)? {
        if !known.contains(&id) {
            findings.push(finding("obligations", id.as_str(), "không có sự kiện mở", "no event opens it"));
        }
    }
    Ok(())
}

/// Names each column in which the row differs.
fn compare(stored: &Obligation, recomputed: &Obligation, findings: &mut Vec<Finding>) {
    let (Ok(Value::Object(left)), Ok(Value::Object(right))) =
        (serde_json::to_value(stored), serde_json::to_value(recomputed))
    else {
        findings.push(finding("obligations", stored.id.as_str(), "không đọc được", "cannot be read"));
        return;
    };
    let differing = right.iter().filter(|(column, value)| left.get(*column) != Some(*value));
    for (column, value) in differing {
        let was = left.get(column).cloned().unwrap_or_default();
        findings.push(finding(
            "obligations",
            stored.id.as_str(),
            &format!("cột {column}: đang lưu {was}, tính lại từ sự kiện là {value}"),
            &format!("column {column}: stored {was}, recomputed from events {value}"),
        ));
    }
}

/// Every calendar row says what its identifier and its event say.
fn check_calendars(tx: &mut Tx<'_>) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let rows = store::calendars::all(tx)?;
    let known: BTreeSet<_> = rows.iter().map(|row| row.id.as_str().to_owned()).collect();
    for id in store::calendars::published(tx)?.iter().filter(|id| !known.contains(*id)) {
        findings.push(finding("calendars", id, "thiếu dòng", "the row is missing"));
    }
    for row in rows {
        let whole = calendars::version_id(tx.home().as_str(), &row.agency, row.valid_from, &row.body) == row.id
            && calendars::sha256(&row.body) == row.hash;
        if !whole {
            findings.push(finding("calendars", row.id.as_str(), "nội dung đã bị đổi", "the content was changed"));
        }
        let events = kernel_ledger::history(tx, &calendars::subject(&row.agency))?;
        let published = events.iter().any(|event| {
            event.kind == calendars::PUBLISHED
                && event.at == row.published_at
                && event.body.get("sha256").and_then(Value::as_str) == Some(row.hash.as_str())
                && event.body.get("calendar").and_then(Value::as_str) == Some(row.id.as_str())
        });
        if !published {
            findings.push(finding("calendars", row.id.as_str(), "không có sự kiện công bố", "no event publishes it"));
        }
    }
    Ok(findings)
}

/// Every ladder row says what its identifier and its event say.
fn check_ladders(tx: &mut Tx<'_>, findings: &mut Vec<Finding>) -> Result<()> {
    let rows = store::ladders::all(tx)?;
    let known: BTreeSet<_> = rows.iter().map(|row| row.id.as_str().to_owned()).collect();
    for id in store::ladders::published(tx)?.iter().filter(|id| !known.contains(*id)) {
        findings.push(finding("ladders", id, "thiếu dòng", "the row is missing"));
    }
    for row in rows {
        let whole = ladders::version_id(tx, row.valid_from, &row.body) == row.id
            && calendars::sha256(&row.body) == row.hash
            && serde_json::from_str::<crate::Ladder>(&row.body).is_ok_and(|ladder| ladder.kind == row.kind);
        if !whole {
            findings.push(finding("ladders", row.id.as_str(), "nội dung đã bị đổi", "the content was changed"));
        }
        let events = kernel_ledger::history(tx, &ladders::subject(&row.kind))?;
        let published = events.iter().any(|event| {
            event.kind == ladders::PUBLISHED
                && event.at == row.published_at
                && event.body.get("sha256").and_then(Value::as_str) == Some(row.hash.as_str())
                && event.body.get("ladder").and_then(Value::as_str) == Some(row.id.as_str())
        });
        if !published {
            findings.push(finding("ladders", row.id.as_str(), "không có sự kiện công bố", "no event publishes it"));
        }
    }
    Ok(())
}

/// The calendars and ladders that events pin; one that cannot be loaded is left out and shows as a fault of its event.
fn pinned(tx: &mut Tx<'_>, events: &[Event]) -> Result<PinnedRules> {
    let mut rules = PinnedRules::default();
    let bodies = || events.iter().filter(|event| event.kind.starts_with("obligation.")).map(|event| &event.body);
    let calendars: BTreeSet<_> = bodies().filter_map(|body| body.get("calendar").and_then(Value::as_str)).collect();
    for id in calendars.into_iter().filter_map(CalendarVersionId::parse) {
        match calendars::load(tx, &id) {
            Ok(calendar) => drop(rules.calendars.insert(id, calendar)),
            Err(broken) if broken.kind == kernel_base::Kind::Internal => {}
            Err(gone) => return Err(gone),
        }
    }
    let climbed: BTreeSet<_> =
        bodies().filter_map(|body| body.pointer("/change/ladder").and_then(Value::as_str)).collect();
    for id in climbed.into_iter().filter_map(LadderId::parse) {
        match ladders::load(tx, &id) {
            Ok(ladder) => drop(rules.ladders.insert(id, ladder)),
            Err(broken) if broken.kind == kernel_base::Kind::Internal => {}
            Err(gone) => return Err(gone),
        }
    }
    Ok(rules)
}

fn finding(table: &'static str, row: &str, vi: &str, en: &str) -> Finding {
    Finding { table, row: row.to_owned(), what: Words::new(vi, en) }
}
