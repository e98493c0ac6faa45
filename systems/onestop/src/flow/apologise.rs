//! Apology and new appointment (form 04): drafted by itself before the deadline passes, approved by a leader.
//!
//! The new appointment moves reminders only. The legal due alone decides late or on time.

use kernel_base::{Error, FieldError, Instant, Result};
use kernel_db::Tx;
use kernel_obligations::{self as obligations, Extend};
use kernel_org::{Action, Actor, Role};
use serde_json::json;

use super::{approve, shared, slips};
use crate::{
    model::{Apologise, Apology, ApproveApology, Dossier, Reason, SlipKind, State},
    store,
};

/// Drafts an apology, or changes the draft; with a fresh code a leader approves it in the same act.
///
/// # Errors
/// `Invalid` without a reason or when the new appointment is not after now and after the promised date;
/// `Conflict` when nothing was promised or the dossier has ended.
pub fn apologise(tx: &mut Tx<'_>, actor: &Actor, code: &str, command: &Apologise) -> Result<Apology> {
    let before = shared::find(tx, actor, Action::DossierApologise, code)?;
    let reason = Reason::parse("reason", &command.reason)?;
    let promise = open_promise(tx, &before)?;
    must_be_later(tx, &promise, command.new_appointment)?;

    let apology = match store::apologies_of(tx, &before.id)?.into_iter().find(|a| a.approved_at.is_none()) {
        Some(mut draft) => {
            reason.as_str().clone_into(&mut draft.reason);
            draft.new_appointment = command.new_appointment;
            actor.name().clone_into(&mut draft.drafted_by);
            draft.drafted_at = tx.now();
            store::edit_apology(tx, &draft)?;
            draft.version += 1;
            draft
        }
        None => new_draft(tx, &before, reason.as_str(), promise.legal_due, command.new_appointment, actor.name())?,
    };
    let body = json!({ "apology": apology.id, "reason": apology.reason, "due": apology.due_before, "new_appointment": apology.new_appointment });
    shared::record(tx, &before, actor, "dossier.apology_drafted", body)?;
    match &command.totp {
        Some(totp) => approve_apology(tx, actor, code, &ApproveApology { totp: totp.clone() }),
        None => Ok(apology),
    }
}

/// The leader approves the drafted apology; the owner gets form 04 and the new appointment.
///
/// # Errors
/// `Conflict` without a draft; `Forbidden` for a wrong code, or when a second new appointment is not made by the head.
pub fn approve_apology(tx: &mut Tx<'_>, actor: &Actor, code: &str, command: &ApproveApology) -> Result<Apology> {
    let before = shared::find(tx, actor, Action::DossierApproveApology, code)?;
    let promise = open_promise(tx, &before)?;
    let apologies = store::apologies_of(tx, &before.id)?;
    let mut apology = apologies.iter().find(|a| a.approved_at.is_none()).cloned().ok_or_else(|| {
        Error::conflict(
            "no_apology_draft",
            ("Chưa có dự thảo thư xin lỗi. Hãy dự thảo trước.", "There is no drafted apology. Draft it first."),
        )
    })?;
    let earlier = apologies.iter().filter(|a| a.approved_at.is_some()).count();
    must_be_the_head_for_a_second(actor, earlier)?;
    must_be_later(tx, &promise, apology.new_appointment)?;
    approve::fresh_code(tx, actor, &command.totp)?;

    let extend = Extend { new_appointment: apology.new_appointment, reason: &apology.reason, actor: &actor.label() };
    obligations::extend(tx, &promise.id, &extend)?;
    let now = tx.now();
    store::approve_apology(tx, &apology, actor.name(), now)?;
    apology.approved_by = Some(actor.name().to_owned());
    apology.approved_at = Some(now);
    apology.version += 1;
    store::save_dossier(tx, &before, &before.clone())?;
    let body = json!({
        "apology": apology.id, "due": promise.legal_due, "new_appointment": apology.new_appointment,
        "ahead": now <= promise.legal_due, "times": earlier + 1, "reason": apology.reason,
    });
    let recorded = shared::record(tx, &before, actor, "dossier.apologised", body)?;
    slips::issue(tx, &before, actor, SlipKind::Apology, &recorded)?;
    Ok(apology)
}

/// Drafts an apology for every dossier whose promise is at risk, before the deadline passes. Runs as a job.
///
/// At risk: less than a fifth of the limit is left and the result is not approved. Returns how many were drafted.
///
/// # Errors
/// Only those of the database.
pub fn draft_due_apologies(tx: &mut Tx<'_>, most: i64) -> Result<usize> {
    let now = tx.now();
    let mut drafted = 0;
    for promise in obligations::at_risk(tx, "dossier.settlement", now, most)? {
        let Some(dossier) = dossier_of(tx, &promise.subject)? else { continue };
        if dossier.state.is_paused() || !store::apologies_of(tx, &dossier.id)?.is_empty() {
            continue;
        }
        let base = if now > promise.legal_due { now } else { promise.legal_due };
        let appointment = three_days_after(tx, &dossier, base)?;
        let reason =
            "Hồ sơ còn bước chưa hoàn thành nên có khả năng trễ hẹn (hệ thống tự lập dự thảo; hãy ghi rõ nguyên nhân).";
        let apology = new_draft(tx, &dossier, reason, promise.legal_due, appointment, Actor::System.name())?;
        let body = json!({ "apology": apology.id, "due": apology.due_before, "new_appointment": appointment, "automatic": true });
        shared::record(tx, &dossier, &Actor::System, "dossier.apology_drafted", body)?;
        drafted += 1;
    }
    Ok(drafted)
}

fn dossier_of(tx: &mut Tx<'_>, subject: &str) -> Result<Option<Dossier>> {
    let id = subject.strip_prefix("dossier:").and_then(<kernel_contract::DossierId as kernel_base::TypedId>::parse);
    match id {
        Some(id) => store::dossier_by_id(tx, &id),
        None => Ok(None),
    }
}

fn three_days_after(tx: &mut Tx<'_>, dossier: &Dossier, base: Instant) -> Result<Instant> {
    let (_, calendar) = obligations::calendars::in_force(tx, &dossier.agency, base)?;
    Ok(kernel_calendar::due(base, 3, kernel_calendar::Unit::WorkingDay, None, &calendar)?.at)
}

fn new_draft(
    tx: &mut Tx<'_>,
    dossier: &Dossier,
    reason: &str,
    due_before: Instant,
    new_appointment: Instant,
    by: &str,
) -> Result<Apology> {
    let apology = Apology {
        id: tx.new_id(),
        reason: reason.to_owned(),
        due_before,
        new_appointment,
        drafted_by: by.to_owned(),
        drafted_at: tx.now(),
        approved_by: None,
        approved_at: None,
        version: 1,
    };
    store::insert_apology(tx, &dossier.id, &apology)?;
    Ok(apology)
}

fn open_promise(tx: &mut Tx<'_>, dossier: &Dossier) -> Result<obligations::Obligation> {
    let running = matches!(dossier.state, State::Accepted | State::Processing);
    let promise = if running { shared::settlement(tx, dossier)? } else { None };
    promise.filter(|p| p.is_open()).ok_or_else(|| {
        Error::conflict(
            "nothing_promised",
            (
                "Hồ sơ này không có hẹn trả đang chạy nên không cần thư xin lỗi.",
                "No promised date is running for this dossier, so there is nothing to apologise for.",
            ),
        )
    })
}

fn must_be_later(tx: &Tx<'_>, promise: &obligations::Obligation, at: Instant) -> Result<()> {
    if at > tx.now() && at > promise.legal_due && at < tx.now().plus_hours(24 * 366) {
        return Ok(());
    }
    let words = (
        "Ngày hẹn lại phải sau hôm nay và sau ngày hẹn cũ, không quá một năm.",
        "The new appointment must be after now and after the old one, within a year.",
    );
    Err(Error::invalid(vec![FieldError::new("new_appointment", "out_of_range", words)]))
}

/// A second re-appointment needs the head of the agency and is public.
fn must_be_the_head_for_a_second(actor: &Actor, earlier: usize) -> Result<()> {
    let head = actor.officer().is_some_and(|o| o.powers().any(|(_, role)| role == Role::Leader));
    if earlier == 0 || head {
        return Ok(());
    }
    Err(Error::forbidden(
        "second_appointment",
        (
            "Hẹn lại lần thứ hai phải do người đứng đầu cơ quan phê duyệt.",
            "A second new appointment must be approved by the head of the agency.",
        ),
    ))
}
