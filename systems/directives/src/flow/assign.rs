//! Giving tasks: from a document to a unit, from a unit down to those below it, and again after a refusal.

use kernel_base::{AgencyId, Error, FieldError, Result, TypedId};
use kernel_contract::Measures;
use kernel_db::Tx;
use kernel_obligations::{self as obligations, OpenUntil};
use kernel_org::{Action, Actor};
use serde_json::json;

use super::{documents, letters, shared, shared::Side};
use crate::{
    model::{Act, AssignTask, DirectiveDocument, Part, Progress, Reassign, Task, TaskId, sentence},
    store,
};

/// Kind of the clock of a task that a unit gives itself or its own officers. Its own head confirms it, so it is on no
/// board, writes no letter and rates nobody.
const INTERNAL: &str = "directive.internal";

/// Gives a task of a document to a unit: its clock runs until the end of work of the day, whoever holds it.
///
/// # Errors
/// `NotFound` for who has nothing to do with the document; `Invalid` for a unit that is not below the issuer, a day
/// before the document, an unknown metric.
pub fn assign(tx: &mut Tx<'_>, actor: &Actor, document: &str, command: &AssignTask) -> Result<Task> {
    let document = documents::find(tx, actor, Action::DirectiveIssue, document)?;
    give(tx, actor, &document, None, command)
}

/// A unit hands a task on to those below it, or to its own officers. The parent keeps running.
///
/// # Errors
/// As [`assign`]; `Conflict` when the parent has ended.
pub fn sub_assign(tx: &mut Tx<'_>, actor: &Actor, parent: &str, command: &AssignTask) -> Result<Task> {
    let parent = shared::find(tx, actor, Action::TaskAnswer, Side::Lead, parent)?;
    if !matches!(parent.progress, Progress::Accepted | Progress::Doing | Progress::Redo) {
        let words = ("Hãy tiếp nhận nhiệm vụ trước khi giao tiếp.", "Accept the task before you hand it on.");
        return Err(Error::conflict("wrong_state", words));
    }
    let document = store::document(tx, &parent.document)?.ok_or_else(shared::not_found)?;
    let child = give(tx, actor, &document, Some(&parent), command)?;
    shared::record(tx, &parent, actor, "task.sub_assigned", json!({ "child": child.id, "to": child.lead }))?;
    Ok(child)
}

fn give(
    tx: &mut Tx<'_>,
    actor: &Actor,
    document: &DirectiveDocument,
    parent: Option<&Task>,
    command: &AssignTask,
) -> Result<Task> {
    let (issuer, desk) = match parent {
        Some(parent) => (parent.lead.clone(), parent.lead.clone()),
        None => (document.issuer.clone(), document.desk.clone()),
    };
    check(tx, document, parent, &issuer, command)?;
    let now = tx.now();
    let year = i64::from(now.vietnam().date().year());
    let number = store::next_number(tx, "task", year)?;
    let id: TaskId = tx.new_id();
    let source = json!({ "document": document.id, "number": document.number, "clause": command.clause });
    let clock = OpenUntil {
        kind: if command.lead == issuer { INTERNAL } else { "directive.task" },
        subject: &format!("task:{id}"),
        holder: &command.lead,
        due_on: command.due_on,
        actor: &actor.label(),
        source: source.clone(),
    };
    let obligation = obligations::open_until(tx, &clock)?;
    let head = kernel_org::head_of(tx, &command.lead, now)?.map(|head| head.id.as_str().to_owned());
    let task = Task {
        id,
        code: format!("NV-{year}-{number:04}"),
        document: document.id.clone(),
        clause: sentence("clause", &command.clause, 0, 100)?,
        title: sentence("title", &command.title, 5, 1_000)?,
        output: sentence("output", &command.output, 0, 500)?,
        weight: command.weight.unwrap_or(1),
        secret: command.secret,
        parent: parent.map(|parent| parent.id.clone()),
        issuer,
        desk,
        lead: command.lead.clone(),
        head,
        officer: officer_of(tx, &command.lead, &command.officer)?,
        due_on: command.due_on,
        obligation: obligation.id,
        confirmation: None,
        progress: Progress::Assigned,
        refusals: 0,
        percent: 0,
        metric: command.metric.clone(),
        goal: command.goal,
        published_at: None,
        created_at: now,
        version: 1,
    };
    store::insert_task(tx, &task)?;
    let parts = open_parts(tx, actor, &task, command, &source)?;
    let body = json!({
        "code": task.code, "document": task.document, "clause": task.clause, "title": shared::told(&task, &task.title),
        "output": shared::told(&task, &task.output), "weight": task.weight, "secret": task.secret, "parent": task.parent,
        "issuer": task.issuer, "desk": task.desk, "head": task.head, "due_on": task.due_on,
        "obligation": task.obligation, "metric": task.metric, "goal": task.goal, "parts": parts,
    });
    shared::record(tx, &task, actor, "task.assigned", body)?;
    Ok(task)
}

/// Opens the clock of each cooperating unit.
fn open_parts(
    tx: &mut Tx<'_>,
    actor: &Actor,
    task: &Task,
    command: &AssignTask,
    source: &serde_json::Value,
) -> Result<Vec<serde_json::Value>> {
    let mut told = Vec::new();
    for cooperating in &command.cooperating {
        let clock = OpenUntil {
            kind: "directive.part",
            subject: &task.subject(),
            holder: &cooperating.unit,
            due_on: cooperating.due_on,
            actor: &actor.label(),
            source: source.clone(),
        };
        let opened = obligations::open_until(tx, &clock)?;
        let part = Part {
            unit: cooperating.unit.clone(),
            due_on: cooperating.due_on,
            obligation: opened.id,
            done_at: None,
            note: String::new(),
            version: 1,
        };
        store::insert_part(tx, &task.id, &part)?;
        told.push(json!({ "unit": part.unit, "due_on": part.due_on, "obligation": part.obligation }));
    }
    Ok(told)
}

/// Gathers every fault before anything is refused.
pub(crate) fn check(
    tx: &mut Tx<'_>,
    document: &DirectiveDocument,
    parent: Option<&Task>,
    issuer: &AgencyId,
    command: &AssignTask,
) -> Result<()> {
    let mut faults = Vec::new();
    let mut fault = |field: &str, code: &str, vi: &str, en: &str| {
        faults.push(FieldError::new(field, code, (vi, en)));
    };
    let units = std::iter::once(&command.lead).chain(command.cooperating.iter().map(|c| &c.unit));
    for (number, unit) in units.enumerate() {
        let field = if number == 0 { "lead".to_owned() } else { format!("cooperating.{}.unit", number - 1) };
        if !shared::is_below(tx, unit, issuer)? {
            fault(&field, "not_below", "Cơ quan này không trực thuộc cơ quan giao việc.", "Not below the issuer.");
        }
    }
    for (number, part) in command.cooperating.iter().enumerate() {
        let twice = command.cooperating.iter().filter(|other| other.unit == part.unit).count() > 1;
        if twice || part.unit == command.lead {
            let field = format!("cooperating.{number}.unit");
            fault(&field, "twice", "Mỗi cơ quan chỉ ghi một lần.", "Name each agency once.");
        }
        if part.due_on > command.due_on {
            let field = format!("cooperating.{number}.due_on");
            fault(&field, "after_lead", "Hạn phối hợp không thể sau hạn chủ trì.", "Later than the lead's day.");
        }
    }
    let latest = tx.now().vietnam().date().saturating_add(jiff::Span::new().years(10));
    if command.due_on < document.issued_on || command.due_on > latest {
        let (vi, en) =
            ("Hạn phải từ ngày ban hành văn bản, trong mười năm.", "From the day of the document, within ten years.");
        fault("due_on", "out_of_range", vi, en);
    }
    if parent.is_some_and(|parent| command.due_on > parent.due_on) {
        fault("due_on", "after_parent", "Hạn không thể sau hạn của nhiệm vụ cấp trên.", "Later than the task above.");
    }
    if !(1..=10).contains(&command.weight.unwrap_or(1)) {
        fault("weight", "out_of_range", "Trọng số từ 1 đến 10.", "A weight is 1 to 10.");
    }
    check_metric(tx, command, &mut fault)?;
    if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
}

fn check_metric(tx: &mut Tx<'_>, command: &AssignTask, fault: &mut impl FnMut(&str, &str, &str, &str)) -> Result<()> {
    let Some(metric) = &command.metric else { return Ok(()) };
    if !tx.port::<dyn Measures>()?.metrics().iter().any(|(code, _)| code == metric) {
        fault("metric", "unknown", "Không có chỉ số này.", "There is no such metric.");
    }
    if !command.goal.is_some_and(|goal| goal.is_finite() && goal >= 0.0) {
        fault("goal", "required", "Hãy ghi chỉ tiêu phải đạt.", "Give the value to reach.");
    }
    Ok(())
}

/// The sign-in name when it is one of the unit's officers.
pub(crate) fn officer_of(tx: &mut Tx<'_>, unit: &AgencyId, account: &str) -> Result<String> {
    let (account, now) = (account.trim(), tx.now());
    if account.is_empty() || kernel_org::officers_of(tx, unit, now)?.iter().any(|o| o.account == account) {
        return Ok(account.to_owned());
    }
    let words = ("Người này không thuộc cơ quan chủ trì.", "This officer is not of the leading agency.");
    Err(Error::invalid(vec![FieldError::new("officer", "unknown", words)]))
}

/// After a refusal, or before acceptance, the issuer gives the task to another unit. The clock is not set back: the
/// span of the first holder ends and that of the next begins.
///
/// # Errors
/// `Conflict` when it was accepted; `Invalid` for a unit that is not below the issuer or without a reason.
pub fn reassign(tx: &mut Tx<'_>, actor: &Actor, code: &str, command: &Reassign) -> Result<Task> {
    let mut task = shared::find(tx, actor, Action::DirectiveJudge, Side::Issuer, code)?;
    let reason = sentence("reason", &command.reason, 5, 2_000)?;
    task.progress = task.progress.then(Act::Assign)?;
    if !shared::is_below(tx, &command.lead, &task.issuer)? {
        let words = ("Cơ quan này không trực thuộc cơ quan giao việc.", "Not below the issuer.");
        return Err(Error::invalid(vec![FieldError::new("lead", "not_below", words)]));
    }
    let (before, now) = (task.lead.clone(), tx.now());
    if (command.lead == task.issuer) != (before == task.issuer) {
        let words = (
            "Việc của chính cơ quan giao việc không tính trên bảng điểm. Hãy giao thành một nhiệm vụ mới.",
            "What the issuer does itself is not on the scoreboard. Give it as a new task.",
        );
        return Err(Error::invalid(vec![FieldError::new("lead", "own_unit", words)]));
    }
    if before != command.lead {
        obligations::transfer(tx, &task.obligation, &command.lead, &actor.label()).map_err(shared::overtaken)?;
    }
    task.lead = command.lead.clone();
    task.head = kernel_org::head_of(tx, &command.lead, now)?.map(|head| head.id.as_str().to_owned());
    task.officer = String::new();
    store::save_task(tx, &task)?;
    shared::record(
        tx,
        &task,
        actor,
        "task.reassigned",
        json!({ "from": before, "reason": shared::told(&task, &reason), "head": task.head }),
    )?;
    letters::refresh(tx, &task, &before)?;
    task.version += 1;
    Ok(task)
}
