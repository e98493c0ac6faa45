//! The use cases: each appends one event to the subject's chain and saves the folded row, in the caller's transaction.
//!
//! Nothing here takes an instant at which something was done: that is the transaction's own.

use jiff::civil::Date;
use kernel_base::{AgencyId, Error, Instant, Kind, Result};
use kernel_calendar::{Calendar, Cutoff, Limit, working_days_between};
use kernel_db::Tx;
use kernel_ledger::NewEvent;
use serde_json::Value;

use crate::fold::{Body, Change, Claims, Rules, apply};
use crate::ladder::{Rung, end_of_work};
use crate::model::{CalendarVersionId, LadderId, Obligation, ObligationId, Outcome, PauseReason};
use crate::{calendars, ladders, store};

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

/// What is owed, by whom, and by which day: as a plan or a letter says it.
#[derive(Debug, Clone)]
pub struct OpenUntil<'a> {
    /// `directive.task`, `directive.part`, `directive.remedy`, ...
    pub kind: &'a str,
    pub subject: &'a str,
    pub holder: &'a AgencyId,
    /// The last day; due at the end of its working hours, of the next working day's when it is none.
    pub due_on: Date,
    /// `Actor::label()`.
    pub actor: &'a str,
    /// The document that sets the day.
    pub source: Value,
}

/// A rung that was climbed.
#[derive(Debug, Clone, PartialEq)]
pub struct Fired {
    /// As it is now.
    pub obligation: Obligation,
    pub rung: Rung,
    /// When it was to be climbed.
    pub planned: Instant,
    /// How many extensions came before it: after each the ladder is climbed anew.
    pub round: i64,
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
    let pin = ladders::in_force(tx, open.kind)?;
    let change = Change::Opened {
        kind: open.kind.to_owned(),
        holder: open.holder.clone(),
        limit: open.limit,
        cutoff: open.cutoff,
        start: open.start,
        source: open.source.clone(),
        due_on: None,
        ladder: pin.clone(),
    };
    begin(tx, open.subject, open.actor, (&calendar.0, &calendar.1), pin.as_ref(), change)
}

/// As [`open`], with the due given as a day. A day that is over makes it late from the beginning.
///
/// # Errors
/// Those of the database and of the calendar.
pub fn open_until(tx: &mut Tx<'_>, open: &OpenUntil<'_>) -> Result<Obligation> {
    let start = tx.now();
    let (version, calendar) = calendars::in_force_or_default(tx, open.holder, start)?;
    let pin = ladders::in_force(tx, open.kind)?;
    let days = working_days_between(start, end_of_work(open.due_on, &calendar)?, &calendar);
    let change = Change::Opened {
        kind: open.kind.to_owned(),
        holder: open.holder.clone(),
        limit: Limit::working_days(days),
        cutoff: None,
        start,
        source: open.source.clone(),
        due_on: Some(open.due_on),
        ladder: pin.clone(),
    };
    begin(tx, open.subject, open.actor, (&version, &calendar), pin.as_ref(), change)
}

fn begin(
    tx: &mut Tx<'_>,
    subject: &str,
    actor: &str,
    (version, calendar): (&CalendarVersionId, &Calendar),
    pin: Option<&LadderId>,
    change: Change,
) -> Result<Obligation> {
    let id = tx.new_id();
    let ladder = ladders::of(tx, pin)?;
    let opened = apply(None, subject, tx.now(), &id, &change, Rules { version, calendar, ladder: &ladder })?;
    record(tx, &opened, actor, version, change)?;
    store::insert(tx, &opened)?;
    Ok(opened)
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

/// The end of work of a day by the calendar in force for an agency now: the instant of a new appointment given as a day.
///
/// # Errors
/// Those of the database.
pub fn end_of_day(tx: &mut Tx<'_>, holder: &AgencyId, day: Date) -> Result<Instant> {
    let now = tx.now();
    let (_, calendar) = calendars::in_force_or_default(tx, holder, now)?;
    end_of_work(day, &calendar)
}

/// Climbs the rungs that are due at the transaction's instant, the earliest first, at most `most` of them: each is an
/// event and is answered to the caller, who tells others in the same transaction. Each obligation climbs one rung a
/// call. Driven by the index on `next_action_at`; two workers that meet run again and find nothing left. What cannot be
/// climbed because somebody changed its row is passed over, and verify names it: it holds up no other.
///
/// # Errors
/// Those of the database.
pub fn fire(tx: &mut Tx<'_>, most: i64) -> Result<Vec<Fired>> {
    let (now, mut after, mut fired) = (tx.now(), store::lists::Place::default(), Vec::new());
    loop {
        let room = most - fired.len() as i64;
        let due = store::lists::due_actions(tx, now, &after, room)?;
        for before in due.iter().filter_map(|(_, before)| before.as_ref()) {
            match climbed(tx, before) {
                Ok(rung) => fired.push(climb(tx, before, rung)?),
                Err(broken) if matches!(broken.kind, Kind::Internal | Kind::Conflict) => store::passed_over(&broken),
                Err(gone) => return Err(gone),
            }
        }
        match due.last() {
            // Some of a full page were passed over: others wait behind them.
            Some((last, _)) if due.len() as i64 == room && (fired.len() as i64) < most => after = last.clone(),
            _ => return Ok(fired),
        }
    }
}

/// The rung that is due, and the obligation after it. Writes nothing.
fn climbed(tx: &mut Tx<'_>, before: &Obligation) -> Result<Fired> {
    let broken = || Error::internal(format!("obligations: row {}: no rung is due", before.id));
    let planned = before.next_action_at.filter(|at| *at <= tx.now());
    let (Some(mark), Some(planned)) = (before.next_mark, planned) else { return Err(broken()) };
    if kernel_ledger::is_ahead(tx, &before.subject)? {
        return Err(Error::internal(format!("subjects: row {}: its last event is yet to come", before.subject)));
    }
    let ladder = ladders::of(tx, before.ladder.as_ref())?;
    let calendar = calendars::load(tx, &before.running_calendar)?;
    let rung = ladder.rung(mark).cloned().ok_or_else(broken)?;
    let rules = Rules { version: &before.running_calendar, calendar: &calendar, ladder: &ladder };
    let change = Change::Reminded { mark };
    let after = apply(Some(before), &before.subject, tx.now(), &before.id, &change, rules)?;
    Ok(Fired { round: after.extensions.len() as i64, obligation: after, rung, planned })
}

fn climb(tx: &mut Tx<'_>, before: &Obligation, fired: Fired) -> Result<Fired> {
    let change = Change::Reminded { mark: fired.rung.mark };
    record(tx, &fired.obligation, "system", &before.running_calendar, change)?;
    store::update(tx, &fired.obligation)?;
    Ok(fired)
}

/// Records that it was reported done: from now on it waits for confirmation, and nobody is urged. Confirmed with
/// [`close`], this instant decides late or on time; sent back, it never was.
///
/// # Errors
/// `Conflict` when it is paused, delivered or closed.
pub fn deliver(tx: &mut Tx<'_>, id: &ObligationId, actor: &str) -> Result<Obligation> {
    run(tx, id, actor, Change::Delivered)
}

/// What was delivered is not done. The clock has run on all the while.
///
/// # Errors
/// `Conflict` when it was not delivered; `Invalid` without a reason.
pub fn send_back(tx: &mut Tx<'_>, id: &ObligationId, reason: &str, actor: &str) -> Result<Obligation> {
    let reason = reason.trim();
    if reason.is_empty() {
        let words = ("Hãy ghi lý do chưa xác nhận.", "Say why it is not confirmed.");
        return Err(Error::refused("reason_needed", words));
    }
    run(tx, id, actor, Change::SentBack { reason: reason.to_owned() })
}

/// Climbs one rung by its number and aims at the next one; [`fire`] does it for all that are due.
///
/// # Errors
/// `Conflict` when it is paused, delivered or closed, or the rung is unknown or was climbed.
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
    let ladder = ladders::of(tx, before.ladder.as_ref())?;
    let rules = Rules { version: &calendar.0, calendar: &calendar.1, ladder: &ladder };
    let after = apply(Some(&before), &before.subject, tx.now(), id, &change, rules)?;
    record(tx, &after, actor, &calendar.0, change)?;
    store::update(tx, &after)?;
    Ok(after)
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
    let (body, kept) = body.written().map_err(|e| Error::internal(format!("{kind}: {e}")))?;
    kernel_ledger::append_keeping(tx, &NewEvent { subject: &after.subject, kind, actor, body }, kept)?;
    Ok(())
}
