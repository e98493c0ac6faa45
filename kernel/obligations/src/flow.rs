//! The use cases: each appends one event to the subject's chain and saves the folded row, in the caller's transaction.
//!
//! Nothing here takes an instant at which something was done: that is the transaction's own.

use kernel_base::{AgencyId, Error, Instant, Result};
use kernel_calendar::{Cutoff, Limit};
use kernel_db::Tx;
use kernel_ledger::NewEvent;
use serde_json::Value;

use crate::calendars;
use crate::fold::{Body, Change, Claims, apply};
use crate::model::{CalendarVersionId, Obligation, ObligationId, Outcome, PauseReason};
use crate::{store, trace};

/// What is owed, by whom, and how long it may take.
#[derive(Debug, Clone)]
pub struct Open<'a> {
    /// `dossier.reception`, `dossier.settlement`, `dossier.step`, `dossier.consultation`, ...
    pub kind: &'a str,
    /// Subject of the ledger the events go to, e.g. `dossier:dos_…`.
    pub subject: &'a str,
    pub holder: &'a AgencyId,
    pub limit: Limit,
    /// 15:00 rule, where the procedure has it.
    pub cutoff: Option<Cutoff>,
    /// Receipt, from which the limit is counted; normally the transaction's instant.
    pub start: Instant,
    /// `Actor::label()`.
    pub actor: &'a str,
    /// Where the limit comes from: act, procedure version, ...
    pub source: Value,
}

#[derive(Debug, Clone)]
pub struct Pause<'a> {
    pub reason: PauseReason,
    /// Act and article that allow this pause; may not be empty.
    pub legal_basis: &'a str,
    pub actor: &'a str,
}

#[derive(Debug, Clone)]
pub struct Extend<'a> {
    pub new_appointment: Instant,
    /// Public; may not be empty, and names no person.
    pub reason: &'a str,
    pub actor: &'a str,
}

/// Promises: computes the first promise with the calendar in force for the holder at `start` and pins that version.
/// Where the home has no calendar yet, the state's is published first.
///
/// # Errors
/// `Invalid` for a limit that is negative or longer than ten years.
pub fn open(tx: &mut Tx<'_>, open: &Open<'_>) -> Result<Obligation> {
    let calendar = calendars::in_force_or_default(tx, open.holder, open.start)?;
    let change = Change::Opened {
        kind: open.kind.to_owned(),
        holder: open.holder.clone(),
        limit: open.limit,
        cutoff: open.cutoff,
        start: open.start,
        source: open.source.clone(),
    };
    let id = tx.new_id();
    let opened = apply(None, open.subject, tx.now(), &id, &change, (&calendar.0, &calendar.1))?;
    record(tx, &opened, open.actor, &calendar.0, change)?;
    store::insert(tx, &opened)?;
    trace::with_trace(tx, opened)
}

/// Lets the clock stand still for a reason the law knows. The working minutes left until the legal due (by the calendar
/// of the clock) are kept and given back by [`resume`]. A pause after the legal due gives nothing back: late stays late.
///
/// # Errors
/// `Conflict` when it is paused or closed; `Invalid` without a legal basis.
pub fn pause(tx: &mut Tx<'_>, id: &ObligationId, pause: &Pause<'_>) -> Result<Obligation> {
    let legal_basis = pause.legal_basis.trim();
    if legal_basis.is_empty() {
        let words = ("Hãy ghi căn cứ pháp lý của việc tạm dừng.", "Give the legal basis of the pause.");
        return Err(Error::refused("legal_basis_needed", words));
    }
    let change = Change::Paused { reason: pause.reason, legal_basis: legal_basis.to_owned() };
    run(tx, id, pause.actor, change)
}

/// Lets the clock run on: the legal due becomes the instant at which the working minutes kept by [`pause`] have passed
/// from now, by the calendar in force now for the holder, and never an earlier one. An appointment moves alike.
///
/// # Errors
/// `Conflict` when it is not paused.
pub fn resume(tx: &mut Tx<'_>, id: &ObligationId, actor: &str) -> Result<Obligation> {
    run(tx, id, actor, Change::Resumed)
}

/// Makes a new appointment with a public reason. The legal due stays and decides late; only reminders move.
///
/// # Errors
/// `Conflict` when it is paused or closed; `Invalid` without a reason, or when the appointment is not later than the
/// legal due, the appointment before and now.
pub fn extend(tx: &mut Tx<'_>, id: &ObligationId, extend: &Extend<'_>) -> Result<Obligation> {
    let reason = extend.reason.trim();
    if reason.is_empty() {
        let words = ("Hãy ghi lý do hẹn lại.", "Give the reason of the new appointment.");
        return Err(Error::refused("reason_needed", words));
    }
    let change = Change::Extended { new_appointment: extend.new_appointment, reason: reason.to_owned() };
    run(tx, id, extend.actor, change)
}

/// Another agency holds it from now on. No instant changes.
///
/// # Errors
/// `Conflict` when it is closed or the agency holds it already.
pub fn transfer(tx: &mut Tx<'_>, id: &ObligationId, holder: &AgencyId, actor: &str) -> Result<Obligation> {
    run(tx, id, actor, Change::Transferred { holder: holder.clone() })
}

/// Records that a mark (50, 80 or 100 percent) was reminded and aims at the next one.
///
/// # Errors
/// `Conflict` when it is paused or closed, or the mark is unknown or was reminded.
pub fn remind(tx: &mut Tx<'_>, id: &ObligationId, mark: i64, actor: &str) -> Result<Obligation> {
    run(tx, id, actor, Change::Reminded { mark })
}

/// Ends it and says, once and for all, whether the promise was kept. A paused clock is resumed first.
///
/// # Errors
/// `Conflict` when it is closed already.
pub fn close(tx: &mut Tx<'_>, id: &ObligationId, outcome: Outcome, actor: &str) -> Result<Obligation> {
    run(tx, id, actor, Change::Closed { outcome })
}

fn run(tx: &mut Tx<'_>, id: &ObligationId, actor: &str, change: Change) -> Result<Obligation> {
    let before = store::find(tx, id)?.ok_or_else(|| {
        Error::not_found("obligation_unknown", ("Không tìm thấy việc này.", "There is no such obligation."))
    })?;
    let runs_on = match change {
        Change::Resumed => true,
        Change::Closed { .. } => before.paused_since.is_some(),
        _ => false,
    };
    // The clock keeps its calendar; only where it starts to run again does the one in force then count.
    let calendar = if runs_on {
        calendars::in_force_or_default(tx, &before.holder, tx.now())?
    } else {
        (before.running_calendar.clone(), calendars::load(tx, &before.running_calendar)?)
    };
    let after = apply(Some(&before), &before.subject, tx.now(), id, &change, (&calendar.0, &calendar.1))?;
    record(tx, &after, actor, &calendar.0, change)?;
    store::update(tx, &after)?;
    trace::with_trace(tx, after)
}

fn record(
    tx: &mut Tx<'_>,
    after: &Obligation,
    actor: &str,
    calendar: &CalendarVersionId,
    change: Change,
) -> Result<()> {
    let kind = change.kind();
    let body = Body { obligation: after.id.clone(), calendar: calendar.clone(), change, claims: Claims::of(after) };
    let body = serde_json::to_value(&body).map_err(|e| Error::internal(format!("{kind}: {e}")))?;
    kernel_ledger::append(tx, &NewEvent { subject: &after.subject, kind, actor, body })?;
    Ok(())
}
