//! The leader approves exactly the document that was read, with a fresh one-time code.

use kernel_base::{Error, Result, text};
use kernel_db::Tx;
use kernel_obligations::Outcome;
use kernel_org::{Action, Actor};
use serde_json::json;

use super::{consult, shared, sign};
use crate::{
    model::{Approve, Dossier, Reason, ResultRow, ReturnDraft},
    store,
    workflow::StepKind,
};

/// Approves the drafted result; the dossier is settled and goes back to the one-stop for the hand-over.
///
/// The event binds the document's SHA-256 and a fresh code. With a signing service the leader's signature and the seal
/// of the agency are asked for in the same transaction; the promise is kept when they are there ([`super::sign`]).
///
/// # Errors
/// `Conflict` when there is no draft, another document was read, a consulted agency is silent, or the dossier is late
/// and no apology was approved; `Forbidden` for a wrong or used code.
pub fn approve(tx: &mut Tx<'_>, actor: &Actor, code: &str, command: &Approve) -> Result<Dossier> {
    settle(tx, actor, code, &command.sha256, &command.note, "totp", |tx| fresh_code(tx, actor, &command.totp))
}

/// The approval itself; `confirm` asks for the leader's code, `way` is how it was confirmed.
pub(super) fn settle(
    tx: &mut Tx<'_>,
    actor: &Actor,
    code: &str,
    sha256: &str,
    note: &str,
    way: &str,
    confirm: impl FnOnce(&mut Tx<'_>) -> Result<()>,
) -> Result<Dossier> {
    let before = shared::find(tx, actor, Action::DossierApprove, code)?;
    shared::must_hold(actor, &before)?;
    let state = before.state.settle()?;
    let result = draft_in_force(tx, &before)?;
    must_be_the_document_read(&result, sha256)?;
    must_have_heard_everyone(tx, &before)?;
    must_have_apologised(tx, &before)?;
    confirm(tx)?;

    let mut dossier = before.clone();
    dossier.state = state;
    dossier.settled_at = Some(tx.now());
    shared::leave_step(tx, &mut dossier, actor, "approve", &text::clean(note))?;
    let to_sign = sign::is_on(tx);
    if let Some(settlement) = dossier.settlement_obligation.clone().filter(|_| !to_sign) {
        shared::close(tx, &settlement, Outcome::Done, actor)?;
    }
    let workflow = shared::workflow_of(tx, &dossier)?;
    let counter = dossier.reception.clone();
    if let Some(step) = workflow.steps.iter().find(|s| s.kind == StepKind::Handover) {
        shared::enter_step(tx, &mut dossier, actor, step, &counter, "")?;
    }
    shared::refresh_due(tx, &mut dossier)?;
    let now = tx.now();
    store::approve_result(tx, &result, actor.name(), now)?;
    store::save_dossier(tx, &before, &dossier)?;
    let body = json!({ "result": result.id, "granted": result.granted, "file": result.file, "sha256": result.sha256, "code": way });
    shared::record(tx, &dossier, actor, "dossier.approved", body)?;
    if to_sign {
        sign::request_result(tx, &dossier, actor, &result)?;
    }
    dossier.version += 1;
    Ok(dossier)
}

/// The leader sends the draft back with a reason; the dossier returns to the step that drafts.
///
/// # Errors
/// `Invalid` without a reason; `Conflict` when there is no draft.
pub fn return_draft(tx: &mut Tx<'_>, actor: &Actor, code: &str, command: &ReturnDraft) -> Result<Dossier> {
    let before = shared::find(tx, actor, Action::DossierApprove, code)?;
    shared::must_hold(actor, &before)?;
    let reason = Reason::parse("reason", &command.reason)?;
    before.state.work("trả lại dự thảo", "send the draft back")?;
    let result = draft_in_force(tx, &before)?;

    let mut dossier = before.clone();
    let workflow = shared::workflow_of(tx, &dossier)?;
    shared::leave_step(tx, &mut dossier, actor, "return", reason.as_str())?;
    let holder = dossier.holder.clone();
    let step = workflow.drafting_step_before(&before.step)?.clone();
    shared::enter_step(tx, &mut dossier, actor, &step, &holder, "")?;
    store::supersede_result(tx, &result)?;
    store::save_dossier(tx, &before, &dossier)?;
    let body = json!({ "result": result.id, "reason": reason, "to": step.code });
    shared::record(tx, &dossier, actor, "dossier.draft_returned", body)?;
    dossier.version += 1;
    Ok(dossier)
}

fn draft_in_force(tx: &mut Tx<'_>, dossier: &Dossier) -> Result<ResultRow> {
    store::result_of(tx, &dossier.id)?.filter(|r| r.approved_at.is_none()).ok_or_else(|| {
        Error::conflict(
            "no_draft",
            (
                "Hồ sơ chưa có dự thảo kết quả. Hãy chuyển lại chuyên viên để dự thảo.",
                "There is no drafted result yet. Have the specialist draft it.",
            ),
        )
    })
}

fn must_be_the_document_read(result: &ResultRow, sha256: &str) -> Result<()> {
    if result.sha256.eq_ignore_ascii_case(sha256.trim()) {
        return Ok(());
    }
    Err(Error::conflict(
        "other_document",
        (
            "Văn bản vừa được sửa sau khi bạn mở. Hãy mở lại bản mới nhất, đọc rồi phê duyệt.",
            "The document changed after you opened it. Open the newest one, read it, then approve.",
        ),
    )
    .with_current(json!({ "sha256": result.sha256 })))
}

/// Silence is not consent: an unanswered question blocks the approval.
fn must_have_heard_everyone(tx: &mut Tx<'_>, dossier: &Dossier) -> Result<()> {
    let silent = consult::silent(tx, dossier)?;
    let Some(first) = silent.first() else { return Ok(()) };
    Err(Error::conflict(
        "consultation_open",
        kernel_base::Words::new(
            format!(
                "Cơ quan {} chưa trả lời ý kiến (hạn {}). Im lặng không phải là đồng ý; hãy đôn đốc.",
                first.agency,
                kernel_base::vietnam_time(first.due_at)
            ),
            format!("Agency {} has not answered. Silence is not consent; urge it.", first.agency),
        ),
    ))
}

/// A late dossier is settled only with an approved apology (NĐ 61/2018).
fn must_have_apologised(tx: &mut Tx<'_>, dossier: &Dossier) -> Result<()> {
    let Some(promise) = shared::settlement(tx, dossier)? else { return Ok(()) };
    if tx.now() <= promise.legal_due {
        return Ok(());
    }
    if store::apologies_of(tx, &dossier.id)?.iter().any(|a| a.approved_at.is_some()) {
        return Ok(());
    }
    Err(Error::conflict(
        "apology_needed",
        (
            "Hồ sơ đã quá hạn trả kết quả. Hãy phê duyệt thư xin lỗi và hẹn lại trước, rồi mới phê duyệt kết quả.",
            "The dossier is past its promised date. Approve the apology with a new appointment first, then the result.",
        ),
    )
    .with_current(json!({ "legal_due": promise.legal_due })))
}

/// A code of the officer's own device, not used before.
pub(crate) fn fresh_code(tx: &mut Tx<'_>, actor: &Actor, code: &str) -> Result<()> {
    match actor.officer() {
        Some(officer) => kernel_web::accounts::verify_fresh_totp(tx, &officer.account, code),
        None => Err(Error::forbidden(
            "officer_only",
            ("Chỉ lãnh đạo cơ quan được phê duyệt.", "Only a leader can approve."),
        )),
    }
}
