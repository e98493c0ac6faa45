//! What each change does to a clock: promise, due, appointment, the next rung, and how it ended.

use kernel_base::{AgencyId, Error, Instant, Result};
use kernel_calendar::{
    Calendar, add_working_minutes, due_at, runs_from, working_days_between, working_minutes_between,
};

use super::{Change, Rules};
use crate::ladder::{When, end_of_work, working_morning};
use crate::model::{
    Delivery, Extension, HolderSpan, Obligation, ObligationId, Outcome, PauseReason, PauseSpan, ResultClass, State,
};

pub(super) fn open(
    subject: &str,
    at: Instant,
    id: &ObligationId,
    change: &Change,
    rules: Rules<'_>,
) -> Result<Obligation> {
    let Change::Opened { kind, holder, limit, cutoff, start, source, due_on, ladder } = change else {
        return Err(Error::internal("not an opening"));
    };
    let (version, calendar) = (rules.version, rules.calendar);
    let promise = match due_on {
        Some(day) => end_of_work(*day, calendar)?,
        None => due_at(*start, *limit, *cutoff, calendar)?,
    };
    let running = runs_from(*start, *cutoff, calendar)?;
    let mut opened = Obligation {
        id: id.clone(),
        kind: kind.clone(),
        subject: subject.to_owned(),
        holder: holder.clone(),
        responsible: holder.clone(),
        opened_at: at,
        start: *start,
        limit: *limit,
        cutoff: *cutoff,
        due_on: *due_on,
        source: source.clone(),
        ladder: ladder.clone(),
        calendar_version: version.clone(),
        running_calendar: version.clone(),
        limit_minutes: working_minutes_between(running, promise, calendar).max(0),
        first_promise: promise,
        legal_due: promise,
        appointment: None,
        state: State::Running,
        paused_since: None,
        delivered_at: None,
        closed_at: None,
        outcome: None,
        result: None,
        late_minutes: 0,
        late_days: 0,
        pauses: Vec::new(),
        extensions: Vec::new(),
        deliveries: Vec::new(),
        holders: vec![HolderSpan { agency: holder.clone(), from: at, until: None }],
        risk_at: None,
        next_action_at: None,
        next_mark: None,
        reminded: 0,
        version: 1,
        trace: Vec::new(),
    };
    aim(&mut opened, running, rules)?;
    Ok(opened)
}

/// The clock stands still: remembers the working minutes left, none when the due has already passed.
pub(super) fn pause(
    after: &mut Obligation,
    at: Instant,
    reason: PauseReason,
    legal_basis: &str,
    calendar: &Calendar,
) -> Result<()> {
    must_run(after)?;
    let left_until = |due: Instant| (at <= due).then(|| working_minutes_between(at, due, calendar).max(0));
    let left = left_until(after.legal_due);
    after.pauses.push(PauseSpan {
        from: at,
        until: None,
        reason,
        legal_basis: legal_basis.to_owned(),
        left,
        appointment_left: after.appointment.and_then(left_until),
        near_due: left.unwrap_or(0).saturating_mul(5) <= after.limit_minutes,
        due_after: None,
    });
    after.state = State::Paused;
    after.paused_since = Some(at);
    (after.next_action_at, after.next_mark) = (None, None);
    Ok(())
}

/// Gives back the working minutes that were left, counted from `at` by the calendar in force then; never an earlier due.
pub(super) fn resume(after: &mut Obligation, at: Instant, rules: Rules<'_>) -> Result<()> {
    let calendar = rules.calendar;
    let Some(span) = after.pauses.last_mut().filter(|_| after.state == State::Paused) else {
        let words = ("Đồng hồ của việc này đang chạy.", "This clock is running.");
        return Err(Error::conflict("obligation_running", words));
    };
    if let Some(left) = span.left {
        after.legal_due = after.legal_due.max(add_working_minutes(at, left, calendar)?);
    }
    if let (Some(left), Some(appointment)) = (span.appointment_left, after.appointment) {
        after.appointment = Some(appointment.max(add_working_minutes(at, left, calendar)?));
    }
    span.until = Some(at);
    span.due_after = Some(after.legal_due);
    after.paused_since = None;
    after.running_calendar = rules.version.clone();
    Ok(())
}

/// A new appointment; the legal due stays, the ladder is climbed anew.
pub(super) fn extend(after: &mut Obligation, at: Instant, appointment: Instant, rules: Rules<'_>) -> Result<()> {
    must_run(after)?;
    if appointment <= at || appointment <= after.target() {
        let words = (
            "Ngày hẹn lại phải sau hiện tại và sau ngày hẹn trước.",
            "The new appointment must be after now and after the one before.",
        );
        return Err(Error::refused("appointment_not_later", words));
    }
    after.appointment = Some(appointment);
    after.extensions.push(Extension { at, appointment });
    after.reminded = 0;
    aim_rung(after, at, rules)
}

pub(super) fn transfer(after: &mut Obligation, at: Instant, holder: &AgencyId) -> Result<()> {
    if after.holder == *holder {
        let words = ("Cơ quan này đang giữ việc đó.", "This agency holds it already.");
        return Err(Error::conflict("same_holder", words));
    }
    if let Some(span) = after.holders.last_mut() {
        span.until = Some(at);
    }
    after.holders.push(HolderSpan { agency: holder.clone(), from: at, until: None });
    after.holder = holder.clone();
    Ok(())
}

pub(super) fn remind(after: &mut Obligation, at: Instant, mark: i64, rules: Rules<'_>) -> Result<()> {
    must_run(after)?;
    if rules.ladder.rung(mark).is_none() || mark <= after.reminded {
        return Err(Error::conflict("already_reminded", ("Mốc này đã được nhắc.", "This mark was reminded already.")));
    }
    after.reminded = mark;
    aim_rung(after, at, rules)
}

/// Reported done: nobody is urged while the confirmation is awaited.
pub(super) fn deliver(after: &mut Obligation, at: Instant) -> Result<()> {
    must_run(after)?;
    after.delivered_at = Some(at);
    after.deliveries.push(Delivery { at, sent_back: None });
    (after.next_action_at, after.next_mark) = (None, None);
    Ok(())
}

/// What was reported is not done: the clock never stood still, and the report no longer counts.
pub(super) fn send_back(after: &mut Obligation, at: Instant, rules: Rules<'_>) -> Result<()> {
    if after.delivered_at.take().is_none() {
        let words = ("Việc này chưa được báo cáo hoàn thành.", "This was not reported done.");
        return Err(Error::conflict("obligation_not_delivered", words));
    }
    if let Some(delivery) = after.deliveries.last_mut() {
        delivery.sent_back = Some(at);
    }
    aim_rung(after, at, rules)
}

pub(super) fn close(after: &mut Obligation, at: Instant, outcome: Outcome, rules: Rules<'_>) -> Result<()> {
    if after.state == State::Paused {
        resume(after, at, rules)?;
    }
    // Who confirms late makes nobody late, and who reports what is sent back gains nothing.
    let done = after.delivered_at.unwrap_or(at);
    let day = |at: Instant| at.vietnam().date();
    let class = match () {
        () if done > after.legal_due => ResultClass::Late,
        () if day(done) < day(after.legal_due) => ResultClass::Early,
        () => ResultClass::OnTime,
    };
    let answered = matches!(outcome, Outcome::Done | Outcome::Refused);
    after.result = (answered || class == ResultClass::Late).then_some(class);
    if class == ResultClass::Late {
        after.late_minutes = working_minutes_between(after.legal_due, done, rules.calendar).max(0);
        after.late_days = working_days_between(after.legal_due, done, rules.calendar);
    }
    after.state = State::Closed;
    after.closed_at = Some(at);
    after.outcome = Some(outcome);
    if let Some(span) = after.holders.last_mut() {
        span.until = Some(at);
    }
    (after.next_action_at, after.next_mark, after.risk_at) = (None, None, None);
    Ok(())
}

/// Sets the instant at which a fifth of the limit is left, and the next rung, as seen from `from`.
pub(super) fn aim(after: &mut Obligation, from: Instant, rules: Rules<'_>) -> Result<()> {
    after.risk_at = Some(when_left(from, after.legal_due, after.limit_minutes / 5, rules.calendar)?);
    aim_rung(after, from, rules)
}

/// The lowest rung not yet climbed; reminders ahead of the due that are overtaken are left out.
fn aim_rung(after: &mut Obligation, from: Instant, rules: Rules<'_>) -> Result<()> {
    (after.next_action_at, after.next_mark) = (None, None);
    for rung in rules.ladder.rungs.iter().filter(|rung| rung.mark > after.reminded) {
        let at = rung_at(after, rung.when, from, rules.calendar)?;
        if matches!(rung.when, When::Before { .. }) && at < from {
            continue;
        }
        (after.next_action_at, after.next_mark) = (Some(at), Some(rung.mark));
        break;
    }
    Ok(())
}

fn rung_at(after: &Obligation, when: When, from: Instant, calendar: &Calendar) -> Result<Instant> {
    let target = after.target();
    match when {
        When::Percent { percent } => {
            let total = match after.extensions.last() {
                Some(last) => working_minutes_between(last.at, target, calendar).max(0),
                None => after.limit_minutes,
            };
            when_left(from, target, total.saturating_mul(100 - percent) / 100, calendar)
        }
        When::Before { days } => working_morning(target.vietnam().date(), -days, calendar),
        When::Due => Ok(target.max(from)),
        When::After { days } => working_morning(target.vietnam().date(), days, calendar),
    }
}

/// When no more than `left` working minutes remain until `due`; `from` when that is already so.
fn when_left(from: Instant, due: Instant, left: i64, calendar: &Calendar) -> Result<Instant> {
    let ahead = working_minutes_between(from, due, calendar) - left;
    if ahead > 0 { add_working_minutes(from, ahead, calendar) } else { Ok(from) }
}

fn must_run(obligation: &Obligation) -> Result<()> {
    if obligation.delivered_at.is_some() {
        let words = (
            "Việc này đã báo cáo hoàn thành, đang chờ xác nhận.",
            "This was reported done and waits for confirmation.",
        );
        return Err(Error::conflict("obligation_delivered", words));
    }
    if obligation.state == State::Running {
        return Ok(());
    }
    let words =
        ("Đồng hồ của việc này đang tạm dừng: hãy cho chạy lại trước.", "This clock is paused: resume it first.");
    Err(Error::conflict("obligation_paused", words))
}

pub(super) fn closed() -> Error {
    Error::conflict("obligation_closed", ("Việc này đã kết thúc.", "This is closed."))
}
