//! What the use cases have in common: finding a task with permission, recording, names.

use kernel_base::{AgencyId, Error, Result, TypedId};
use kernel_db::Tx;
use kernel_ledger::{NewEvent, Recorded};
use kernel_org::{Action, Actor, AgencyKind, Resource, permitted};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{model::Task, store};

/// Which side of a task an act belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// Who gave it and who tracks it.
    Issuer,
    /// Who leads it.
    Lead,
}

/// A task that does not exist and one that the actor may not know of look alike.
pub(crate) fn not_found() -> Error {
    let words = (
        "Không tìm thấy, hoặc bạn không được xem. Hãy kiểm tra lại mã hoặc đường dẫn.",
        "Not found, or you may not see it. Check the code or the address.",
    );
    Error::not_found("task_not_found", words)
}

pub(crate) fn forbidden(actor: &Actor, action: Action) -> Error {
    let words = (
        "Việc này thuộc cơ quan hoặc vai trò khác. Nếu đây là việc của bạn, hãy nhờ quản trị giao đúng vai trò.",
        "This belongs to another agency or role. If it is your task, ask the administrator for the right role.",
    );
    Error::forbidden("not_permitted", words).with_inside(format!("{} may not {action}", actor.label()))
}

/// Everyone who has a part in the task.
pub(crate) fn parties(tx: &mut Tx<'_>, task: &Task) -> Result<Resource> {
    let parts = store::parts_of(tx, &task.id)?.into_iter().map(|part| part.unit);
    let own = [task.issuer.clone(), task.desk.clone(), task.lead.clone()];
    Ok(Resource::parties(own.into_iter().chain(parts)))
}

/// Loads a task for an act of one side; others do not find it, or are forbidden when they may read it.
pub(crate) fn find(tx: &mut Tx<'_>, actor: &Actor, action: Action, side: Side, code: &str) -> Result<Task> {
    let task = find_to_read(tx, actor, code)?;
    let resource = match side {
        Side::Issuer => judges(&task),
        Side::Lead => Resource::agency(task.lead.clone()),
    };
    if permitted(actor, action, &resource) { Ok(task) } else { Err(forbidden(actor, action)) }
}

/// Who judges a task: the issuer, and the office that tracks it for the issuer, but never the unit that leads it for
/// another.
pub(crate) fn judges(task: &Task) -> Resource {
    let sides = [&task.issuer, &task.desk].into_iter().filter(|side| **side == task.issuer || **side != task.lead);
    Resource::parties(sides.cloned())
}

pub(crate) fn find_to_read(tx: &mut Tx<'_>, actor: &Actor, code: &str) -> Result<Task> {
    let task = store::task_by_code(tx, code.trim())?.ok_or_else(not_found)?;
    if permitted(actor, Action::TaskRead, &parties(tx, &task)?) { Ok(task) } else { Err(not_found()) }
}

/// In whose name an officer gives tasks: an officer of a committee's office does so for the committee and tracks them;
/// elsewhere heads and leaders give tasks in the name of their own agency.
///
/// # Errors
/// `Forbidden` for everybody else.
pub(crate) fn issuer_of(tx: &mut Tx<'_>, actor: &Actor) -> Result<(AgencyId, AgencyId)> {
    let now = tx.now();
    let desk = actor.officer().map(|o| o.agency.clone()).ok_or_else(|| forbidden(actor, Action::DirectiveIssue))?;
    let own = Resource::agency(desk.clone());
    let agency = kernel_org::agency(tx, &desk, now)?.ok_or_else(not_found)?;
    match agency.parent {
        Some(committee) if agency.kind == AgencyKind::Office && permitted(actor, Action::DirectiveIssue, &own) => {
            Ok((committee, desk))
        }
        _ if permitted(actor, Action::DirectiveJudge, &own) => Ok((desk.clone(), desk)),
        _ => Err(forbidden(actor, Action::DirectiveIssue)),
    }
}

/// Whether `unit` is `above` itself or lies below it.
pub(crate) fn is_below(tx: &mut Tx<'_>, unit: &AgencyId, above: &AgencyId) -> Result<bool> {
    let now = tx.now();
    let mut at = unit.clone();
    // Province, district, commune: three levels; more would be a circle.
    for _ in 0..6 {
        if at == *above {
            return Ok(true);
        }
        match kernel_org::agency(tx, &at, now)?.and_then(|agency| agency.parent) {
            Some(parent) => at = parent,
            None => return Ok(false),
        }
    }
    Ok(false)
}

/// Appends an event to the task's chain, with where the task stands after it. Holds no personal data.
pub(crate) fn record(tx: &mut Tx<'_>, task: &Task, actor: &Actor, kind: &'static str, body: Value) -> Result<Recorded> {
    let mut body = body;
    if let Some(map) = body.as_object_mut() {
        map.insert("progress".to_owned(), json!(task.progress.word()));
        map.insert("lead".to_owned(), json!(task.lead));
        map.insert("officer_sha256".to_owned(), json!(sha256(&task.officer)));
    }
    let event = NewEvent { subject: &task.subject(), kind, actor: &actor.label(), body };
    let recorded = kernel_ledger::append(tx, &event)?;
    super::tell::later(tx, task, kind, recorded.seq)?;
    Ok(recorded)
}

pub(crate) fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// The text of a task in an event: a secret one leaves only its hash, salted with the task's identifier.
pub(crate) fn told(task: &Task, text: &str) -> Value {
    if task.secret { json!({ "sha256": sha256(&format!("{}\n{text}", task.id)) }) } else { json!(text) }
}

/// Somebody else acted on the clock a statement ago: the use case runs again and says where the task is.
pub(crate) fn overtaken(error: Error) -> Error {
    let codes = ["obligation_closed", "obligation_paused", "obligation_running", "obligation_delivered"];
    if codes.contains(&error.code) { Error::stale("obligation") } else { error }
}

/// Name of an agency today; its identifier when it is no more.
pub(crate) fn agency_name(tx: &mut Tx<'_>, id: &AgencyId) -> Result<String> {
    let now = tx.now();
    Ok(kernel_org::agency(tx, id, now)?.map_or_else(|| id.to_string(), |agency| agency.name))
}

/// Name behind `officer:off_…`.
pub(crate) fn officer_name(tx: &mut Tx<'_>, label: &str) -> Result<String> {
    let Some(id) = label.strip_prefix("officer:") else { return Ok("Hệ thống".to_owned()) };
    Ok(kernel_org::officer_name(tx, id)?.unwrap_or_else(|| label.to_owned()))
}

/// Identifier in an address; what cannot be one does not exist.
pub(crate) fn parse_id<I: TypedId>(text: &str) -> Result<I> {
    I::parse(text).ok_or_else(not_found)
}
