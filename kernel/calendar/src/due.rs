//! From a start and a limit to the instant that is promised.

use jiff::ToSpan;
use kernel_base::{Instant, Result};
use serde::{Deserialize, Serialize};

use crate::data::{DAY, date_of, day_number, instant_of};
use crate::trace::{Steps, write};
use crate::working::{in_range, negative, next_working_minute, too_far, walk, working_day_from, working_minutes};
use crate::{Calendar, Cutoff, Limit, TraceLine, Unit};

/// A computed deadline and how it was counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    pub at: Instant,
    pub trace: Vec<TraceLine>,
}

/// The instant until which something received at `start` must be done.
///
/// **When the time starts.** Inside the working hours: at `start`, on the next whole minute. Outside them: when they
/// begin again. With a `cutoff` (15:00 rule), what is received after it, on any day, counts from the next working
/// morning; received exactly at 15:00 is not after it.
///
/// **Working hours and days.** A working day of a limit is the working time of a full day of the calendar (8 hours), an
/// hour is 60 working minutes; the due instant is the earliest at which that much working time has passed. Received on
/// Monday at 09:30 with 3 working days: Thursday 09:30; received at 07:00: Wednesday 17:00. So a half day counts half, a
/// make-up day counts whole, and a pause can give back exactly the minutes that were left. The law (Bộ luật Dân sự 2015,
/// art. 147) would leave the first day out and allow the whole last day; the promise made here is never later than
/// that. Published systems of the field count the same way (same time of day, N working days later).
///
/// **Days and months.** The first day, the date of receipt, is not counted (art. 147); N days, or N months to the same
/// day of the month or its last (art. 148), later is the last day; when that is a rest day, the next working day; due
/// at the end of its working hours. With a `cutoff`, receipt after it or on a rest day dates as the next working day.
///
/// **Amount 0** in any unit: within the working day on which the time starts, until the end of its hours. So a same-day
/// procedure received after 15:00 is answered the next working day.
///
/// Refuses negative amounts, limits longer than ten years, instants outside 1900 to 2200.
pub fn due(start: Instant, amount: i64, unit: Unit, cutoff: Option<Cutoff>, calendar: &Calendar) -> Result<Due> {
    let count = count(start, Limit { amount, unit }, cutoff, calendar)?;
    Ok(Due { at: instant_of(count.end), trace: write(&count, calendar) })
}

/// [`due`] without the trace, for recomputing many.
pub fn due_at(start: Instant, limit: Limit, cutoff: Option<Cutoff>, calendar: &Calendar) -> Result<Instant> {
    count(start, limit, cutoff, calendar).map(|count| instant_of(count.end))
}

/// Where the time of something received at `start` begins to run: [`due`] says the rule. For reminders at half the limit.
pub fn runs_from(start: Instant, cutoff: Option<Cutoff>, calendar: &Calendar) -> Result<Instant> {
    receive(start, cutoff, calendar).map(|count| instant_of(count.running))
}

/// A deadline while it is being counted; minutes and day numbers of Vietnam's wall clock since 1970.
#[derive(Debug)]
pub(crate) struct Count {
    /// Date of receipt.
    pub day: i64,
    /// Time of receipt, on the next whole minute.
    pub received: i64,
    /// The cutoff, when the receipt was after it.
    pub after: Option<Cutoff>,
    /// Where the time starts to run.
    pub running: i64,
    pub steps: Steps,
    pub end: i64,
}

fn count(start: Instant, limit: Limit, cutoff: Option<Cutoff>, calendar: &Calendar) -> Result<Count> {
    if limit.amount < 0 {
        return Err(negative());
    }
    let mut count = receive(start, cutoff, calendar)?;
    if limit.amount == 0 || matches!(limit.unit, Unit::WorkingHour | Unit::WorkingDay) {
        for day in count.day + 1..count.running.div_euclid(DAY) {
            count.steps.rest(day);
        }
    }
    match limit.unit {
        _ if limit.amount == 0 => {
            let day = count.running.div_euclid(DAY);
            count.end = working_day_from(day, calendar)?.2;
            count.steps.counted(day, working_minutes(count.running, count.end, calendar));
        }
        Unit::WorkingHour => spend(&mut count, limit.amount, 60, calendar)?,
        Unit::WorkingDay => spend(&mut count, limit.amount, calendar.full_day_minutes(), calendar)?,
        Unit::CalendarDay | Unit::Month => elapse(&mut count, limit, cutoff, calendar)?,
    }
    Ok(count)
}

fn receive(start: Instant, cutoff: Option<Cutoff>, calendar: &Calendar) -> Result<Count> {
    let local = start.as_millis().saturating_add(7 * 3_600_000);
    let day = local.div_euclid(DAY * 60_000);
    // The date is that of the receipt even when its last minute is rounded up to midnight.
    let in_day = (local.rem_euclid(DAY * 60_000) + 59_999) / 60_000;
    let received = in_range(day.saturating_mul(DAY).saturating_add(in_day))?;
    let after = cutoff.filter(|cutoff| in_day > cutoff.minute());
    let running = match after {
        Some(_) => working_day_from(day + 1, calendar)?.1,
        None => next_working_minute(received, calendar)?,
    };
    Ok(Count { day, received, after, running, steps: Steps::default(), end: running })
}

/// Limits in working time.
fn spend(count: &mut Count, amount: i64, minutes_each: i64, calendar: &Calendar) -> Result<()> {
    let minutes = amount.checked_mul(minutes_each).ok_or_else(too_far)?;
    let steps = &mut count.steps;
    count.end = walk(count.running, minutes, calendar, &mut |day, counted| match counted {
        0 => steps.rest(day),
        _ => steps.counted(day, counted),
    })?;
    Ok(())
}

/// Limits in days and months.
fn elapse(count: &mut Count, limit: Limit, cutoff: Option<Cutoff>, calendar: &Calendar) -> Result<()> {
    let rest_day = calendar.hours_on(count.day).0.is_empty();
    let moved = cutoff.is_some() && (count.after.is_some() || rest_day);
    let first = if moved { count.running.div_euclid(DAY) } else { count.day };
    let last = match limit.unit {
        Unit::Month => {
            let months = i32::try_from(limit.amount).ok().filter(|months| *months <= 120).ok_or_else(too_far)?;
            let date = date_of(first).checked_add(months.months()).map_err(|_| too_far())?;
            day_number(date)
        }
        _ if limit.amount > 3_660 => return Err(too_far()),
        _ => first + limit.amount,
    };
    count.steps.first(first);
    for day in first + 1..=last {
        count.steps.counted(day, 1);
    }
    let (day, _, end) = working_day_from(last, calendar)?;
    for rest in last + 1..day {
        count.steps.rest(rest);
    }
    if day > last {
        count.steps.moved(day);
    }
    count.end = end;
    // A limit in days runs from the receipt: nothing waits for the working hours.
    count.running = if moved { count.running } else { count.received };
    Ok(())
}
