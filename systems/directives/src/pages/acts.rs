//! Acts on a task from a form: the form becomes a command; a fault shows the same page with what was typed.

use axum::extract::{Path, State};
use kernel_base::{AgencyId, Error, FieldError, Result};
use kernel_db::Tx;
use kernel_org::Actor;
use kernel_web::{Answer, Fields, Page, StaffMember, Web, redirect_saying};

use super::{day, report, shown_again, tasks};
use crate::{
    flow,
    model::{self, Task},
};

pub(crate) async fn act(
    State(web): State<Web>,
    page: Page,
    staff: StaffMember,
    Path((code, act)): Path<(String, String)>,
    fields: Fields,
) -> Answer {
    done(&web, page, staff, code, act, fields).await
}

/// Does an act with what was typed, and shows where that led.
pub(super) async fn done(
    web: &Web,
    page: Page,
    staff: StaffMember,
    code: String,
    act: String,
    fields: Fields,
) -> Answer {
    let (actor, wanted, name, typed) = (staff.actor.clone(), code.clone(), act.clone(), fields.clone());
    match web.write(move |tx| run(tx, &actor, &wanted, &name, &typed)).await {
        Ok(task) => {
            let path = format!("/staff/tasks/{}", task.code);
            Ok(redirect_saying(web, &path, "directives.flash.done", &[("code", task.code.as_str())]))
        }
        Err(error) if shown_again(&error) => {
            // Its form stands beside the notice, not above the task.
            let act = if act == "answer-notice" { String::new() } else { act };
            tasks::show(web, page, &staff.actor, code, act, fields, Some(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}

fn text(fields: &Fields, name: &str) -> String {
    fields.get(name).unwrap_or_default().to_owned()
}

/// A unit from a list or typed as its identifier.
pub(crate) fn unit(field: &str, fields: &Fields) -> Result<AgencyId> {
    AgencyId::parse(fields.get(field).unwrap_or_default().trim()).ok_or_else(|| {
        let words = ("Hãy chọn cơ quan.", "Choose an agency.");
        Error::invalid(vec![FieldError::new(field, "required", words)])
    })
}

/// A task typed into a form.
pub(crate) fn assignment(fields: &Fields) -> Result<model::AssignTask> {
    let due_on = day("due_on", fields.get("due_on").unwrap_or_default())?;
    let mut cooperating = Vec::new();
    if let Some(helper) = AgencyId::parse(fields.get("helper").unwrap_or_default().trim()) {
        let typed = fields.get("helper_due").unwrap_or_default();
        let due_on = if typed.trim().is_empty() { due_on } else { day("helper_due", typed)? };
        cooperating.push(model::Cooperating { unit: helper, due_on });
    }
    let metric = text(fields, "metric").trim().to_owned();
    Ok(model::AssignTask {
        clause: text(fields, "clause"),
        title: text(fields, "title"),
        output: text(fields, "output"),
        lead: unit("lead", fields)?,
        cooperating,
        due_on,
        weight: fields.get("weight").and_then(|w| w.trim().parse().ok()),
        secret: fields.get("secret").is_some(),
        goal: fields.get("goal").and_then(|g| g.trim().replace(',', ".").parse().ok()),
        metric: (!metric.is_empty()).then_some(metric),
        officer: text(fields, "officer"),
    })
}

fn run(tx: &mut Tx<'_>, actor: &Actor, code: &str, act: &str, f: &Fields) -> Result<Task> {
    let reason = || model::WithReason { reason: text(f, "reason") };
    match act {
        "accept" => flow::accept(tx, actor, code, &model::AcceptTask { officer: text(f, "officer") }),
        "refuse" => flow::refuse(tx, actor, code, &reason()),
        "progress" => {
            let percent = text(f, "percent").trim().parse().unwrap_or(-1);
            flow::progress(tx, actor, code, &model::ReportProgress { percent, note: text(f, "note") })
        }
        "report" => flow::report(tx, actor, code, &report::command(f)),
        "hand-in-part" => flow::hand_in_part(tx, actor, code, &model::HandInPart { note: text(f, "note") }),
        "ask-extension" => {
            let new_due = day("new_due", &text(f, "new_due"))?;
            flow::ask_extension(tx, actor, code, &model::AskExtension { new_due, reason: text(f, "reason") })
        }
        "sub-assign" => flow::sub_assign(tx, actor, code, &assignment(f)?),
        "confirm" => flow::confirm(tx, actor, code, &model::ConfirmTask { comment: text(f, "comment") }),
        "send-back" => flow::send_back(tx, actor, code, &reason()),
        "decide-extension" => {
            let granted = match f.get("granted") {
                Some("yes") => true,
                Some("no") => false,
                _ => {
                    let words = ("Hãy chọn: cho gia hạn hay không.", "Choose: grant it or not.");
                    return Err(Error::invalid(vec![FieldError::new("granted", "required", words)]));
                }
            };
            flow::decide_extension(tx, actor, code, &model::DecideExtension { granted, comment: text(f, "comment") })
        }
        "reassign" => {
            let lead = unit("lead", f)?;
            flow::reassign(tx, actor, code, &model::Reassign { lead, reason: text(f, "reason") })
        }
        "suspend" => flow::suspend(tx, actor, code, &model::SuspendTask { legal_basis: text(f, "legal_basis") }),
        "resume" => flow::resume(tx, actor, code),
        "cancel" => flow::cancel(tx, actor, code, &reason()),
        "answer-notice" => flow::answer_notice(tx, actor, &text(f, "notice"), &text(f, "answer")),
        _ => {
            let words =
                ("Không có việc này. Hãy quay lại trang nhiệm vụ.", "There is no such act. Go back to the task.");
            Err(Error::not_found("no_such_act", words))
        }
    }
}
