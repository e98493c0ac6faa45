//! What follows from a rung of the ladder: notices, the urging letter, the public board, the proposal for the rating.

use kernel_base::{Error, Result, TypedId};
use kernel_contract::RungClimbed;
use kernel_db::Tx;
use kernel_obligations::{self as obligations, Level, RungAct};
use kernel_org::{Action, Actor, Resource, permitted};
use serde_json::{Value, json};

use super::{letters, ratings, shared, tell};
use crate::{
    model::{Notice, NoticeId, Task, TaskId, sentence},
    store,
};

/// Runs as a job, once for each rung: of a task or a part, of a remedy, of anything else that is late.
///
/// # Errors
/// Those of the database; `Internal` for an event that cannot be read.
pub fn on_rung(tx: &mut Tx<'_>, body: &Value) -> Result<()> {
    let rung: RungClimbed =
        serde_json::from_value(body.clone()).map_err(|e| Error::internal(format!("rung climbed: {e}")))?;
    let clock = obligations::get(tx, &rung.obligation)?;
    // Something was done about it between the rung and this job: then nobody is urged.
    if !clock.is_some_and(|o| o.is_open() && o.delivered_at.is_none() && o.paused_since.is_none()) {
        return Ok(());
    }
    match rung.subject.split_once(':') {
        Some(("task", id)) => on_task_rung(tx, id, &rung),
        Some(("team", _)) => on_remedy_rung(tx, &rung),
        _ => tell::of_other_rung(tx, &rung),
    }
}

/// The remedy stands in the unit's letter like everything else that it owes.
fn on_remedy_rung(tx: &mut Tx<'_>, rung: &RungClimbed) -> Result<()> {
    let Some(finding) = store::finding_of_obligation(tx, &rung.obligation)? else { return Ok(()) };
    let Some(team) = store::team(tx, &finding.team)? else { return Ok(()) };
    tell::of_remedy_rung(tx, &team.issuer, &finding, rung)?;
    match rung.act {
        RungAct::Letter => letters::draft(tx, &team.issuer, &team.desk, &rung.holder),
        _ => Ok(()),
    }
}

fn on_task_rung(tx: &mut Tx<'_>, id: &str, rung: &RungClimbed) -> Result<()> {
    let Some(mut task) = TaskId::parse(id).map(|id| store::task(tx, &id)).transpose()?.flatten() else { return Ok(()) };
    note(tx, &task, rung)?;
    tell::of_task_rung(tx, &task, rung)?;
    match rung.act {
        RungAct::Remind | RungAct::List => Ok(()),
        RungAct::Letter => letters::draft(tx, &task.issuer, &task.desk, &rung.holder),
        RungAct::Publish if rung.kind == "directive.task" => publish(tx, &mut task),
        RungAct::Rate if rung.kind == "directive.task" => ratings::propose(tx, &task),
        RungAct::Publish | RungAct::Rate => Ok(()),
    }
}

/// One notice for each level, to the agency where people of that level sit.
fn note(tx: &mut Tx<'_>, task: &Task, rung: &RungClimbed) -> Result<()> {
    let mut told = Vec::new();
    for level in rung.to.iter().copied().filter(|level| *level != Level::Public) {
        let above = matches!(level, Level::ViceChairman | Level::Chairman);
        let notice = Notice {
            id: tx.new_id(),
            task: task.id.clone(),
            obligation: rung.obligation.clone(),
            mark: rung.mark,
            round: rung.round,
            act: rung.act,
            level,
            agency: if above { task.issuer.clone() } else { rung.holder.clone() },
            planned_at: rung.planned,
            sent_at: tx.now(),
            read_at: None,
            read_by: None,
            answer: None,
            answered_at: None,
            answered_by: None,
            version: 1,
        };
        if store::insert_notice(tx, &notice)? {
            told.push(json!({ "notice": notice.id, "level": level, "agency": notice.agency }));
        }
    }
    let body = json!({
        "obligation": rung.obligation, "mark": rung.mark, "round": rung.round, "act": rung.act, "told": told,
        "planned": rung.planned,
    });
    shared::record(tx, task, &Actor::System, "task.urged", body).map(drop)
}

/// To the public board; a secret task is only counted there.
fn publish(tx: &mut Tx<'_>, task: &mut Task) -> Result<()> {
    if task.secret || task.published_at.is_some() {
        return Ok(());
    }
    task.published_at = Some(tx.now());
    store::save_task(tx, task)?;
    shared::record(tx, task, &Actor::System, "task.published", json!({})).map(drop)
}

/// Somebody whom a notice was for answers it; reading is recorded when the task is opened. What a leader above the unit
/// says is an instruction, of which the unit is told.
///
/// # Errors
/// `NotFound` for others; `Invalid` without an answer.
pub fn answer_notice(tx: &mut Tx<'_>, actor: &Actor, id: &str, answer: &str) -> Result<Task> {
    let id: NoticeId = shared::parse_id(id)?;
    let notice = store::notice(tx, &id)?.ok_or_else(shared::not_found)?;
    let task = store::task(tx, &notice.task)?.ok_or_else(shared::not_found)?;
    if !permitted(actor, Action::TaskRead, &Resource::agency(notice.agency.clone())) {
        return Err(shared::not_found());
    }
    let answer = sentence("answer", answer, 5, 2_000)?;
    let now = tx.now();
    store::answer_notice(tx, &notice, &answer, &actor.label(), now)?;
    let body = json!({ "notice": notice.id, "answer": shared::told(&task, &answer) });
    let kind = if notice.agency == task.lead { "task.notice_answered" } else { "task.instructed" };
    shared::record(tx, &task, actor, kind, body)?;
    Ok(task)
}

/// Records that an officer of an agency has seen what it was told about a task.
pub(crate) fn mark_read(tx: &mut Tx<'_>, actor: &Actor, task: &Task) -> Result<usize> {
    let Some(officer) = actor.officer() else { return Ok(0) };
    let (mut read, now) = (Vec::new(), tx.now());
    for notice in store::notices_of(tx, &task.id)? {
        if notice.read_at.is_none() && notice.agency == officer.agency {
            store::read_notice(tx, &notice, &actor.label(), now)?;
            read.push(json!(notice.id));
        }
    }
    if !read.is_empty() {
        shared::record(tx, task, actor, "task.notice_read", json!({ "notices": read }))?;
    }
    Ok(read.len())
}
