//! Recomputes every dossier from its events and names each row that says something else.

use kernel_base::{Result, TypedId, Words};
use kernel_contract::DossierId;
use kernel_db::Tx;
use kernel_ledger::{Event, Finding, PersonalId};
use kernel_org::{OfficerId, Role};
use serde_json::Value;

use crate::{
    model::{Dossier, State, subject_of},
    store,
};

/// Dossiers kept in memory at a time.
const PAGE: i64 = 500;

/// Compares every dossier of the home with its events: what is wrong, and how many were read.
///
/// # Errors
/// Only those of the database.
pub fn verify(tx: &mut Tx<'_>) -> Result<(Vec<Finding>, u64)> {
    let (mut findings, mut count, mut after) = (Vec::new(), 0, String::new());
    loop {
        let page = store::dossiers_after(tx, &after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.id.to_string();
        count += page.len() as u64;
        for dossier in &page {
            let faults = compare(tx, dossier)?;
            findings.extend(faults.into_iter().map(|(table, what)| finding(table, dossier, what)));
        }
    }
    findings.extend(removed(tx)?);
    findings.extend(super::workflows::verify(tx)?);
    findings.extend(miscounted(tx)?);
    Ok((findings, count))
}

fn compare(tx: &mut Tx<'_>, dossier: &Dossier) -> Result<Faults> {
    let history = super::shared::history(tx, &dossier.subject())?;
    let mut faults = Vec::new();
    compare_dossier(dossier, &history, &mut faults);
    compare_due(tx, dossier, &mut faults)?;
    compare_promises(tx, dossier, &mut faults)?;
    compare_personal(tx, dossier, &history, &mut faults)?;
    compare_papers(tx, dossier, &history, &mut faults)?;
    compare_result(tx, dossier, &history, &mut faults)?;
    compare_approver(tx, &history, &mut faults)?;
    faults.extend(super::verify_rows::compare(tx, dossier, &history)?);
    Ok(faults)
}

type Faults = Vec<(&'static str, Words)>;

fn finding(table: &'static str, dossier: &Dossier, what: Words) -> Finding {
    Finding { table, row: dossier.code.to_string(), what }
}

fn differs(column: &str) -> Words {
    Words::new(
        format!("cột {column} khác với chuỗi sự kiện: dòng này đã bị sửa ngoài hệ thống"),
        format!("column {column} differs from the chain of events: the row was changed outside the product"),
    )
}

fn compare_dossier(d: &Dossier, history: &[Event], faults: &mut Faults) {
    let Some(folded) = fold(history) else {
        let words = Words::new("không có chuỗi sự kiện hợp lệ", "has no valid chain of events");
        faults.push(("dossiers", words));
        return;
    };
    let text = |name: &str| folded.first.get(name).and_then(Value::as_str).unwrap_or_default();
    let checks = [
        ("status", folded.state == Some(d.state)),
        ("code", text("code") == d.code.as_str()),
        ("procedure_code", text("procedure") == d.procedure),
        ("agency", text("agency") == d.agency.as_str()),
        ("step", d.imported || folded.last_text("step") == d.step),
        ("holder", folded.last_text("holder") == d.holder.as_str()),
        ("accepted_at", folded.accepted_at == d.accepted_at),
        ("settled_at", folded.settled_at == d.settled_at),
        ("submitted_at", folded.submitted_at == Some(d.submitted_at)),
        ("imported", folded.imported == d.imported),
        ("procedure_version", d.imported || text("version") == d.version_of_procedure.as_str()),
        ("case_code", d.imported || text("case") == d.case),
        ("channel", d.imported || folded.first.get("channel") == serde_json::to_value(d.channel).ok().as_ref()),
        ("reception", d.imported || text("reception") == d.reception.as_str()),
        ("workflow", d.imported || text("workflow") == d.workflow),
        ("workflow_version", d.imported || folded.first.get("workflow_version") == Some(&d.workflow_version.into())),
    ];
    faults.extend(checks.iter().filter(|(_, ok)| !ok).map(|(column, _)| ("dossiers", differs(column))));
}

/// What work lists sort by is the promise that runs; the promises themselves are recomputed by their own check.
fn compare_due(tx: &mut Tx<'_>, d: &Dossier, faults: &mut Faults) -> Result<()> {
    let mut as_promised = d.clone();
    super::shared::refresh_due(tx, &mut as_promised)?;
    if as_promised.due_at != d.due_at {
        faults.push(("dossiers", differs("due_at")));
    }
    Ok(())
}

/// The dossier points at its own promises, and the limit of the settlement is the one that was published.
fn compare_promises(tx: &mut Tx<'_>, d: &Dossier, faults: &mut Faults) -> Result<()> {
    let promises = kernel_obligations::of_subject(tx, &d.subject())?;
    let last = |kind: &str| promises.iter().rev().find(|o| o.kind == kind);
    for (column, kind, pointer) in [
        ("reception_obligation", "dossier.reception", &d.reception_obligation),
        ("settlement_obligation", "dossier.settlement", &d.settlement_obligation),
    ] {
        if last(kind).map(|o| o.id.as_str()) != pointer.as_deref() {
            faults.push(("dossiers", differs(column)));
        }
    }
    if let Some(settlement) = last("dossier.settlement") {
        let offering = super::shared::offering_of(tx, d)?;
        if Some(settlement.limit) != super::accept::limit_of(&offering, d.channel) {
            let words = Words::new(
                "thời hạn giải quyết khác với thời hạn đã công bố của phiên bản thủ tục",
                "the limit of the settlement differs from the one published in the procedure's version",
            );
            faults.push(("obligations", words));
        }
    }
    Ok(())
}

/// What the events alone say of a dossier.
#[derive(Default)]
struct Folded {
    state: Option<State>,
    first: Value,
    last: Value,
    submitted_at: Option<kernel_base::Instant>,
    accepted_at: Option<kernel_base::Instant>,
    settled_at: Option<kernel_base::Instant>,
    imported: bool,
}

impl Folded {
    fn last_text(&self, name: &str) -> &str {
        self.last.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

/// Runs the state machine over the events; `None` when an event does not follow from the one before.
fn fold(history: &[Event]) -> Option<Folded> {
    let mut folded = Folded::default();
    for event in history.iter().filter(|e| e.kind.starts_with("dossier.")) {
        folded.state = Some(match (folded.state, event.kind.as_str()) {
            (None, "dossier.submitted") => {
                folded.submitted_at = Some(event.at);
                folded.first = event.body.clone();
                State::Submitted
            }
            (None, "dossier.imported") => {
                folded.imported = true;
                folded.first = event.body.clone();
                // What the older system said of its dates; no promise of this one.
                let claim = |name| event.body.get("claims")?.get(name)?.as_str().and_then(kernel_base::Instant::parse);
                folded.submitted_at = claim("received_at");
                folded.accepted_at = folded.submitted_at;
                folded.settled_at = claim("settled_at");
                State::parse(event.body.get("status")?.as_str()?, "")?
            }
            (Some(state), kind) => next(state, kind, &event.body).ok()?,
            (None, _) => return None,
        });
        match event.kind.as_str() {
            "dossier.accepted" => folded.accepted_at = Some(event.at),
            "dossier.approved" => folded.settled_at = Some(event.at),
            _ => {}
        }
        folded.last = event.body.clone();
    }
    folded.state.map(|_| folded)
}

fn next(state: State, kind: &str, body: &Value) -> Result<State> {
    match kind {
        "dossier.accepted" => state.accept(),
        "dossier.refused" => state.refuse(),
        "dossier.supplement_requested" => state.ask_supplement(),
        "dossier.supplemented" => state.supplemented(),
        "dossier.fee_requested" => state.ask_payment(),
        // Another fee is still open.
        "dossier.fee_paid" if body.get("left") == Some(&Value::Bool(true)) => Ok(state),
        "dossier.fee_paid" => Ok(state.fee_paid()),
        "dossier.forwarded" => state.forward(),
        "dossier.approved" => state.settle(),
        "dossier.handed_over" => state.hand_over(),
        "dossier.withdrawal_requested" => state.ask_withdrawal(),
        "dossier.withdrawn" => state.grant_withdrawal(),
        "dossier.withdrawal_declined" if body.get("waits_again") == Some(&Value::Bool(true)) => {
            state.decline_withdrawal()?.ask_supplement()
        }
        "dossier.withdrawal_declined" => state.decline_withdrawal(),
        "dossier.stopped" => state.stop(),
        _ => Ok(state),
    }
}

/// Owner and answers stand in the row and, committed by a salted hash, behind the chain.
fn compare_personal(tx: &mut Tx<'_>, d: &Dossier, history: &[Event], faults: &mut Faults) -> Result<()> {
    let committed = history
        .iter()
        .rev()
        .find(|e| matches!(e.kind.as_str(), "dossier.submitted" | "dossier.supplemented" | "dossier.imported"))
        .and_then(|e| e.body.get("personal_id").and_then(Value::as_str).map(str::to_owned));
    if committed.as_deref() != Some(d.personal.as_str()) {
        faults.push(("dossiers", differs("personal")));
        return Ok(());
    }
    let id = <PersonalId as TypedId>::parse(&d.personal);
    let data = match id {
        Some(id) => kernel_ledger::personal(tx, &id)?,
        None => None,
    };
    // Erased by the person's right: nothing to compare, and the erasure itself is an event.
    let Some(data) = data else { return Ok(()) };
    let owner = serde_json::to_value(&d.owner).unwrap_or(Value::Null);
    let representative = serde_json::to_value(&d.representative).unwrap_or(Value::Null);
    for (name, value) in [("owner", &owner), ("representative", &representative), ("form", &d.form)] {
        if data.get(name) != Some(value) {
            faults.push(("dossiers", differs(name)));
        }
    }
    Ok(())
}

fn compare_papers(tx: &mut Tx<'_>, d: &Dossier, history: &[Event], faults: &mut Faults) -> Result<()> {
    let claimed: Vec<(String, String)> = history
        .iter()
        .filter_map(|e| e.body.get("papers").and_then(Value::as_array))
        .flatten()
        .map(|p| (text_of(p, "file"), text_of(p, "sha256")))
        .collect();
    let stored: Vec<(String, String)> = store::papers_of(tx, &d.id)?.into_iter().map(|p| (p.file, p.sha256)).collect();
    if claimed != stored {
        let words = Words::new(
            "giấy tờ đã nộp khác với chuỗi sự kiện: có tệp bị thay, thêm hoặc xóa",
            "the papers differ from the chain of events: a file was swapped, added or removed",
        );
        faults.push(("dossier_papers", words));
    }
    for (file, sha256) in stored {
        if let Some(id) = <kernel_files::FileId as TypedId>::parse(&file)
            && kernel_files::get(tx, &id)?.is_none_or(|row| row.sha256 != sha256)
        {
            faults.push((
                "files",
                Words::new(
                    format!("tệp {file} không còn hoặc đã bị thay"),
                    format!("file {file} is gone or was swapped"),
                ),
            ));
        }
    }
    Ok(())
}

fn text_of(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn compare_result(tx: &mut Tx<'_>, d: &Dossier, history: &[Event], faults: &mut Faults) -> Result<()> {
    let approved = history.iter().rev().find(|e| e.kind == "dossier.approved");
    let stored = store::result_of(tx, &d.id)?.filter(|r| r.approved_at.is_some());
    let same = match (approved, &stored) {
        (None, None) => true,
        (Some(event), Some(row)) => {
            text_of(&event.body, "file") == row.file
                && text_of(&event.body, "sha256") == row.sha256
                && row.approved_at == Some(event.at)
                && event.body.get("granted").and_then(Value::as_bool) == Some(row.granted)
        }
        _ => false,
    };
    if !same {
        faults.push(("results", differs("file, sha256, approved_at")));
    }
    Ok(())
}

/// Who approved was a leader then, by office or by delegation: a role lent by hand for a moment leaves this trace.
fn compare_approver(tx: &mut Tx<'_>, history: &[Event], faults: &mut Faults) -> Result<()> {
    for event in history.iter().filter(|e| matches!(e.kind.as_str(), "dossier.approved" | "dossier.apologised")) {
        // Roles are dated by the day: one that was taken away in the afternoon was good in the morning.
        if !led(tx, &event.actor, event.at)? && !led(tx, &event.actor, event.at.plus_hours(-24))? {
            let words = Words::new(
                format!("người duyệt ({}) không giữ vai trò lãnh đạo vào lúc duyệt", event.actor),
                format!("who approved ({}) was no leader at that instant", event.actor),
            );
            faults.push(("officer_roles", words));
        }
    }
    Ok(())
}

fn led(tx: &mut Tx<'_>, actor: &str, at: kernel_base::Instant) -> Result<bool> {
    let Some(id) = actor.strip_prefix("officer:").and_then(<OfficerId as TypedId>::parse) else { return Ok(false) };
    let Some(officer) = kernel_org::officer(tx, &id, at)? else { return Ok(false) };
    let Some(held) = kernel_org::officer_by_account(tx, &officer.account, at)? else { return Ok(false) };
    let lent = |lent: &kernel_org::ActingFor| lent.roles.contains(&Role::Leader);
    Ok(held.roles.contains(&Role::Leader) || held.acting_for.iter().any(lent))
}

/// Chains of dossiers whose row is gone.
fn removed(tx: &mut Tx<'_>) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for subject in kernel_ledger::subjects(tx, "dossier:")? {
        let id = subject.strip_prefix("dossier:").and_then(<DossierId as TypedId>::parse);
        let exists = match &id {
            Some(id) => store::dossier_by_id(tx, id)?.is_some_and(|d| subject_of(&d.id) == subject),
            None => false,
        };
        if !exists {
            let code =
                kernel_ledger::history(tx, &subject)?.first().map(|e| text_of(&e.body, "code")).unwrap_or_default();
            let what = Words::new(
                format!("hồ sơ {code} có chuỗi sự kiện nhưng dòng dữ liệu đã bị xóa"),
                format!("dossier {code} has its chain of events, but the row was removed"),
            );
            findings.push(Finding { table: "dossiers", row: subject, what });
        }
    }
    Ok(findings)
}

/// Counters that differ from counting.
fn miscounted(tx: &mut Tx<'_>) -> Result<Vec<Finding>> {
    let rows = store::wrong_counts(tx)?;
    let say = |(holder, status, kept, counted): (String, String, i64, i64)| Finding {
        table: "dossier_counts",
        row: format!("{holder}/{status}"),
        what: Words::new(format!("ghi {kept}, đếm được {counted}"), format!("says {kept}, counting gives {counted}")),
    };
    Ok(rows.into_iter().map(say).collect())
}
