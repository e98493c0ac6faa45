//! What a unit does with a task, and what the issuer says to it.

use kernel_base::{Error, FieldError, Result};
use kernel_db::Tx;
use kernel_obligations::{self as obligations, Limit, Open, Outcome, Pause, PauseReason};
use kernel_org::{Action, Actor, Resource, permitted};
use serde_json::json;

use super::{assign, evidence, letters, shared, shared::Side};
use crate::{
    model::{
        AcceptTask, Act, ConfirmTask, HandInPart, Progress, Report, ReportDone, ReportProgress, SuspendTask, Task,
        WithReason, sentence,
    },
    store,
};

/// Working days in which the issuer answers a report (dữ liệu minh họa).
const CONFIRMATION_DAYS: i64 = 5;

/// The unit takes the task and may name the officer who does it.
///
/// # Errors
/// `Conflict` when it is not waiting for acceptance.
pub fn accept(tx: &mut Tx<'_>, actor: &Actor, code: &str, command: &AcceptTask) -> Result<Task> {
    let mut task = shared::find(tx, actor, Action::TaskAnswer, Side::Lead, code)?;
    task.progress = task.progress.then(Act::Accept)?;
    let officer = assign::officer_of(tx, &task.lead, &command.officer)?;
    if !officer.is_empty() {
        task.officer = officer;
    }
    save(tx, actor, &mut task, "task.accepted", json!({}))
}

/// The unit gives it back with a reason. The clock runs on: a refusal is no extension.
///
/// # Errors
/// `Conflict` after acceptance; `Invalid` without a reason.
pub fn refuse(tx: &mut Tx<'_>, actor: &Actor, code: &str, command: &WithReason) -> Result<Task> {
    let mut task = shared::find(tx, actor, Action::TaskAnswer, Side::Lead, code)?;
    let reason = sentence("reason", &command.reason, 5, 2_000)?;
    task.progress = task.progress.then(Act::Refuse)?;
    task.refusals += 1;
    let body = json!({ "reason": shared::told(&task, &reason) });
    save(tx, actor, &mut task, "task.refused", body)
}

/// How far it is, typed by the unit; never for a task that is measured.
///
/// # Errors
/// `Conflict` with code `measured` for a task bound to a metric.
pub fn progress(tx: &mut Tx<'_>, actor: &Actor, code: &str, command: &ReportProgress) -> Result<Task> {
    let mut task = shared::find(tx, actor, Action::TaskWork, Side::Lead, code)?;
    if task.metric.is_some() {
        let words = (
            "Tiến độ của nhiệm vụ này do hệ thống đo, không nhập tay.",
            "The progress of this task is measured; nobody types it.",
        );
        return Err(Error::conflict("measured", words));
    }
    if !(0..=99).contains(&command.percent) {
        let words =
            ("Hãy nhập số từ 0 đến 99. Xong thì báo cáo hoàn thành.", "Enter 0 to 99; report it done at the end.");
        return Err(Error::invalid(vec![FieldError::new("percent", "out_of_range", words)]));
    }
    let note = sentence("note", &command.note, 0, 2_000)?;
    task.progress = task.progress.then(Act::Work)?;
    task.percent = command.percent;
    let body = json!({ "percent": task.percent, "note": shared::told(&task, &note) });
    save(tx, actor, &mut task, "task.progressed", body)
}

/// The unit reports it done with evidence. The clock keeps this instant and asks for nothing more while the issuer looks.
///
/// # Errors
/// `Invalid` without evidence, or with a file of somebody else; `Conflict` with code `below_target` while a measured value is below its goal.
pub fn report(tx: &mut Tx<'_>, actor: &Actor, code: &str, command: &ReportDone) -> Result<Task> {
    let mut task = shared::find(tx, actor, Action::TaskWork, Side::Lead, code)?;
    task.progress = task.progress.then(Act::Report)?;
    let text = sentence("text", &command.text, 10, 5_000)?;
    let evidence = evidence::checked(tx, actor, &task, &command.evidence)?;
    obligations::deliver(tx, &task.obligation, &actor.label()).map_err(shared::overtaken)?;
    let now = tx.now();
    let confirmation = obligations::open(
        tx,
        &Open {
            kind: "directive.confirmation",
            subject: &task.subject(),
            holder: &task.issuer,
            limit: Limit::working_days(CONFIRMATION_DAYS),
            cutoff: None,
            start: now,
            actor: &actor.label(),
            source: json!({ "source": "dữ liệu minh họa" }),
        },
    )?;
    task.confirmation = Some(confirmation.id);
    task.percent = 100;
    let report = Report {
        id: tx.new_id(),
        text,
        evidence,
        by: actor.label(),
        at: now,
        verdict: None,
        comment: String::new(),
        judged_at: None,
        version: 1,
    };
    store::insert_report(tx, &task.id, &report)?;
    let body = json!({
        "report": report.id, "confirmation": task.confirmation, "text": shared::told(&task, &report.text), "evidence": shared::told(&task, &json!(report.evidence).to_string()),
    });
    let task = save(tx, actor, &mut task, "task.reported", body)?;
    letters::refresh(tx, &task, &task.lead)?;
    Ok(task)
}

/// The issuer confirms. Late or on time was decided by the instant of the report.
///
/// # Errors
/// `Conflict` when nothing waits; `Forbidden` for who reported it.
pub fn confirm(tx: &mut Tx<'_>, actor: &Actor, code: &str, command: &ConfirmTask) -> Result<Task> {
    let mut task = shared::find(tx, actor, Action::DirectiveJudge, Side::Issuer, code)?;
    let comment = sentence("comment", &command.comment, 0, 2_000)?;
    task.progress = task.progress.then(Act::Confirm)?;
    let report = waiting_report(tx, &task)?;
    if report.by == actor.label() {
        let words = ("Người báo cáo không tự xác nhận.", "Who reported it does not confirm it.");
        return Err(Error::forbidden("own_report", words));
    }
    obligations::close(tx, &task.obligation, Outcome::Done, &actor.label()).map_err(shared::overtaken)?;
    end_children(tx, actor, &mut task)?;
    let now = tx.now();
    store::judge_report(tx, &report, "confirmed", &comment, now)?;
    let body = json!({ "report": report.id, "comment": shared::told(&task, &comment) });
    save(tx, actor, &mut task, "task.confirmed", body)
}

/// Not done: the report never counted, and the clock has run all the while.
///
/// # Errors
/// `Conflict` when nothing waits; `Invalid` without a reason.
pub fn send_back(tx: &mut Tx<'_>, actor: &Actor, code: &str, command: &WithReason) -> Result<Task> {
    let mut task = shared::find(tx, actor, Action::DirectiveJudge, Side::Issuer, code)?;
    let reason = sentence("reason", &command.reason, 5, 2_000)?;
    task.progress = task.progress.then(Act::SendBack)?;
    let report = waiting_report(tx, &task)?;
    let public = if task.secret { "(nhiệm vụ mật)" } else { reason.as_str() };
    obligations::send_back(tx, &task.obligation, public, &actor.label()).map_err(shared::overtaken)?;
    end_confirmation(tx, actor, &mut task)?;
    let now = tx.now();
    store::judge_report(tx, &report, "redo", &reason, now)?;
    let body = json!({ "report": report.id, "reason": shared::told(&task, &reason) });
    save(tx, actor, &mut task, "task.sent_back", body)
}

fn waiting_report(tx: &mut Tx<'_>, task: &Task) -> Result<Report> {
    let reports = store::reports_of(tx, &task.id)?;
    reports.into_iter().rev().find(|r| r.verdict.is_none()).ok_or_else(|| Error::stale("task_reports"))
}

/// The issuer lets it rest, on a legal basis that anyone may read; the clock stands still.
///
/// # Errors
/// `Invalid` without a legal basis; `Conflict` when it is not in progress.
pub fn suspend(tx: &mut Tx<'_>, actor: &Actor, code: &str, command: &SuspendTask) -> Result<Task> {
    let mut task = shared::find(tx, actor, Action::DirectiveJudge, Side::Issuer, code)?;
    let legal_basis = sentence("legal_basis", &command.legal_basis, 5, 300)?;
    task.progress = task.progress.then(Act::Suspend)?;
    let pause = Pause { reason: PauseReason::Suspension, legal_basis: &legal_basis, actor: &actor.label() };
    obligations::pause(tx, &task.obligation, &pause).map_err(shared::overtaken)?;
    let task = save(tx, actor, &mut task, "task.suspended", json!({ "legal_basis": legal_basis }))?;
    letters::refresh(tx, &task, &task.lead)?;
    Ok(task)
}

/// The task goes on; the working time that was left is given back, and no more.
///
/// # Errors
/// `Conflict` when it was not suspended.
pub fn resume(tx: &mut Tx<'_>, actor: &Actor, code: &str) -> Result<Task> {
    let mut task = shared::find(tx, actor, Action::DirectiveJudge, Side::Issuer, code)?;
    task.progress = task.progress.then(Act::Resume)?;
    obligations::resume(tx, &task.obligation, &actor.label()).map_err(shared::overtaken)?;
    save(tx, actor, &mut task, "task.resumed", json!({}))
}

/// The issuer takes it back. What was late by then stays late.
///
/// # Errors
/// `Conflict` when it has ended; `Invalid` without a reason.
pub fn cancel(tx: &mut Tx<'_>, actor: &Actor, code: &str, command: &WithReason) -> Result<Task> {
    let mut task = shared::find(tx, actor, Action::DirectiveJudge, Side::Issuer, code)?;
    let reason = sentence("reason", &command.reason, 5, 2_000)?;
    task.progress = task.progress.then(Act::Cancel)?;
    obligations::close(tx, &task.obligation, Outcome::Cancelled, &actor.label()).map_err(shared::overtaken)?;
    end_children(tx, actor, &mut task)?;
    let body = json!({ "reason": shared::told(&task, &reason) });
    let task = save(tx, actor, &mut task, "task.cancelled", body)?;
    letters::refresh(tx, &task, &task.lead)?;
    Ok(task)
}

/// A cooperating unit hands in its part.
///
/// # Errors
/// `NotFound` for who has no part in it; `Conflict` when it was handed in before.
pub fn hand_in_part(tx: &mut Tx<'_>, actor: &Actor, code: &str, command: &HandInPart) -> Result<Task> {
    let mut task = shared::find_to_read(tx, actor, code)?;
    let note = sentence("note", &command.note, 5, 2_000)?;
    let parts = store::parts_of(tx, &task.id)?;
    let mine = |unit: &kernel_base::AgencyId| permitted(actor, Action::TaskWork, &Resource::agency(unit.clone()));
    let part =
        parts.into_iter().find(|part| mine(&part.unit)).ok_or_else(|| shared::forbidden(actor, Action::TaskWork))?;
    if part.done_at.is_some() || task.progress.is_ended() {
        let words = ("Phần phối hợp này đã kết thúc.", "This part has ended.");
        return Err(Error::conflict("part_ended", words));
    }
    obligations::close(tx, &part.obligation, Outcome::Done, &actor.label()).map_err(shared::overtaken)?;
    let now = tx.now();
    store::part_done(tx, &task.id, &part, now, &note)?;
    let body = json!({ "unit": part.unit, "note": shared::told(&task, &note) });
    let task = save(tx, actor, &mut task, "task.part_done", body)?;
    letters::refresh(tx, &task, &part.unit)?;
    Ok(task)
}

/// Ends the issuer's clock and those of parts that nobody needs any more; a part that was late stays late.
fn end_children(tx: &mut Tx<'_>, actor: &Actor, task: &mut Task) -> Result<()> {
    end_confirmation(tx, actor, task)?;
    for part in store::parts_of(tx, &task.id)?.into_iter().filter(|part| part.done_at.is_none()) {
        obligations::close(tx, &part.obligation, Outcome::Cancelled, &actor.label()).map_err(shared::overtaken)?;
    }
    Ok(())
}

fn end_confirmation(tx: &mut Tx<'_>, actor: &Actor, task: &mut Task) -> Result<()> {
    if let Some(id) = task.confirmation.take() {
        obligations::close(tx, &id, Outcome::Done, &actor.label()).map_err(shared::overtaken)?;
    }
    Ok(())
}

fn save(tx: &mut Tx<'_>, actor: &Actor, task: &mut Task, kind: &'static str, body: serde_json::Value) -> Result<Task> {
    debug_assert!(Progress::after_event(kind).is_none_or(|after| after == task.progress));
    store::save_task(tx, task)?;
    shared::record(tx, task, actor, kind, body)?;
    task.version += 1;
    Ok(task.clone())
}
