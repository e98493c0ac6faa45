//! More time: asked by the unit, decided by the issuer. The first promise is kept and decides; only reminders move.

use kernel_base::{Error, FieldError, Result};
use kernel_db::Tx;
use kernel_obligations::{self as obligations, Extend};
use kernel_org::{Action, Actor};
use serde_json::json;

use super::{letters, shared, shared::Side};
use crate::{
    model::{Act, AskExtension, DecideExtension, ExtensionAsked, Task, sentence},
    store,
};

/// Asks for a later day with a reason.
///
/// # Errors
/// `Conflict` while another question is open; `Invalid` for a day that is not later, or without a reason.
pub fn ask_extension(tx: &mut Tx<'_>, actor: &Actor, code: &str, command: &AskExtension) -> Result<Task> {
    let mut task = shared::find(tx, actor, Action::TaskWork, Side::Lead, code)?;
    task.progress.then(Act::AskExtension)?;
    let reason = sentence("reason", &command.reason, 10, 2_000)?;
    if store::extensions_of(tx, &task.id)?.iter().any(|e| e.granted.is_none()) {
        let words = ("Đề nghị gia hạn trước đang chờ quyết định.", "An earlier question waits for a decision.");
        return Err(Error::conflict("extension_open", words));
    }
    must_be_later(tx, &task, command.new_due)?;
    let asked = ExtensionAsked {
        id: tx.new_id(),
        reason,
        new_due: command.new_due,
        asked_by: actor.label(),
        asked_at: tx.now(),
        granted: None,
        comment: String::new(),
        decided_at: None,
        version: 1,
    };
    store::insert_extension(tx, &task.id, &asked)?;
    store::save_task(tx, &task)?;
    let body = json!({
        "extension": asked.id, "new_due": asked.new_due, "reason": shared::told(&task, &asked.reason),
    });
    shared::record(tx, &task, actor, "task.extension_asked", body)?;
    task.version += 1;
    Ok(task)
}

fn must_be_later(tx: &mut Tx<'_>, task: &Task, new_due: jiff::civil::Date) -> Result<()> {
    let clock = obligations::get(tx, &task.obligation)?.ok_or_else(shared::not_found)?;
    let day = clock.target().max(tx.now()).vietnam().date();
    if new_due > day && new_due <= day.saturating_add(jiff::Span::new().years(2)) {
        return Ok(());
    }
    let words = (
        "Hạn mới phải sau hạn hiện tại và sau hôm nay, trong hai năm.",
        "Later than now and the present due, within two years.",
    );
    Err(Error::invalid(vec![FieldError::new("new_due", "out_of_range", words)]))
}

/// Grants it, which moves reminders and is counted, or declines it.
///
/// # Errors
/// `Conflict` without an open question; `Invalid` when it is declined without a comment.
pub fn decide_extension(tx: &mut Tx<'_>, actor: &Actor, code: &str, command: &DecideExtension) -> Result<Task> {
    let mut task = shared::find(tx, actor, Action::DirectiveJudge, Side::Issuer, code)?;
    let comment = sentence("comment", &command.comment, if command.granted { 0 } else { 5 }, 2_000)?;
    let open = store::extensions_of(tx, &task.id)?.into_iter().find(|e| e.granted.is_none());
    let open = open.ok_or_else(|| {
        let words = ("Không có đề nghị gia hạn nào đang chờ.", "No question for more time is open.");
        Error::conflict("no_extension", words)
    })?;
    task.progress.then(Act::AskExtension)?;
    if command.granted {
        must_be_later(tx, &task, open.new_due)?;
        let lead = task.lead.clone();
        let new_appointment = obligations::end_of_day(tx, &lead, open.new_due)?;
        let reason = if task.secret { "(nhiệm vụ mật)" } else { open.reason.as_str() };
        let extend = Extend { new_appointment, reason, actor: &actor.label() };
        obligations::extend(tx, &task.obligation, &extend).map_err(shared::overtaken)?;
    }
    let now = tx.now();
    store::decide_extension(tx, &open, command.granted, &comment, now)?;
    store::save_task(tx, &task)?;
    let kind = if command.granted { "task.extended" } else { "task.extension_declined" };
    let body = json!({ "extension": open.id, "new_due": open.new_due, "comment": shared::told(&task, &comment) });
    shared::record(tx, &task, actor, kind, body)?;
    letters::refresh(tx, &task, &task.lead.clone())?;
    task.version += 1;
    Ok(task)
}
