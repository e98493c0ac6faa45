//! Arithmetic in working time. Every function walks day by day, never minute by minute, and no further than ten years.

use kernel_base::{Error, Instant, Kind, Result};

use crate::Calendar;
use crate::data::{DAY, instant_of, minute_of, minutes};

/// How far a computation may reach: ten years. Also stops the search for a working day in a calendar that has none left.
const HORIZON_DAYS: i64 = 3_660;
/// 1900-01-01 and 2200-01-01 in minutes; instants outside are a mistake, not a date of a dossier.
const EARLIEST: i64 = -25_567 * DAY;
const LATEST: i64 = 84_006 * DAY;

/// The instant at which `minutes` of working time have passed since `start`: the earliest one, so that a full day
/// begun at 07:00 ends at 17:00 of the same day and not at 07:00 of the next. 0 minutes give `start` itself, on the
/// next whole minute.
///
/// Refuses negative minutes, instants outside 1900 to 2200 and results more than ten years away.
pub fn add_working_minutes(start: Instant, minutes: i64, calendar: &Calendar) -> Result<Instant> {
    let start = in_range(minute_of(start))?;
    walk(start, minutes, calendar, &mut |_, _| ()).map(instant_of)
}

/// Whole working minutes from `from` to `to`; negative when `to` lies before `from`. Instants outside 1900 to 2200 are
/// taken as the border.
pub fn working_minutes_between(from: Instant, to: Instant, calendar: &Calendar) -> i64 {
    if to < from {
        return -working_minutes_between(to, from, calendar);
    }
    let from = minute_of(from).clamp(EARLIEST, LATEST);
    let to = to.as_millis().saturating_add(7 * 3_600_000).div_euclid(60_000).clamp(EARLIEST, LATEST);
    working_minutes(from, to, calendar)
}

/// Does the agency work at this instant? The first instant of a span belongs to it, the last does not.
pub fn is_working(at: Instant, calendar: &Calendar) -> bool {
    let local = at.as_millis().saturating_add(7 * 3_600_000).div_euclid(60_000);
    let (hours, _) = calendar.hours_on(local.div_euclid(DAY));
    hours.iter().any(|span| (span.from..span.to).contains(&local.rem_euclid(DAY)))
}

/// `at` itself when it is working time (on the next whole minute), else the beginning of the next span.
/// Refuses when there is none within ten years.
pub fn next_working_instant(at: Instant, calendar: &Calendar) -> Result<Instant> {
    next_working_minute(in_range(minute_of(at))?, calendar).map(instant_of)
}

/// Working days after the date of `from` up to and including the date of `to` (dates of Vietnam's wall clock): what
/// "3 working days late" counts. A half day is a day. 0 when `to` is not after `from`.
pub fn working_days_between(from: Instant, to: Instant, calendar: &Calendar) -> i64 {
    let day = |at: Instant| {
        let local = at.as_millis().saturating_add(7 * 3_600_000).div_euclid(60_000);
        local.clamp(EARLIEST, LATEST).div_euclid(DAY)
    };
    let days = day(from).saturating_add(1)..=day(to);
    days.filter(|number| !calendar.hours_on(*number).0.is_empty()).count() as i64
}

/// Working minutes from one minute to a later one.
pub(crate) fn working_minutes(from: i64, to: i64, calendar: &Calendar) -> i64 {
    let (first, last) = (from.div_euclid(DAY), to.div_euclid(DAY));
    let mut sum = 0;
    for number in first..=last {
        let (hours, _) = calendar.hours_on(number);
        if number > first && number < last {
            sum += minutes(hours);
            continue;
        }
        let midnight = number * DAY;
        sum += hours.iter().map(|s| (to.min(midnight + s.to) - from.max(midnight + s.from)).max(0)).sum::<i64>();
    }
    sum
}

/// Adds working minutes and shows each day passed, with what it counted, to `visit`.
pub(crate) fn walk(start: i64, minutes: i64, calendar: &Calendar, visit: &mut dyn FnMut(i64, i64)) -> Result<i64> {
    if minutes < 0 {
        return Err(negative());
    }
    if minutes == 0 {
        return Ok(start);
    }
    let mut left = minutes;
    let first = start.div_euclid(DAY);
    for number in first..=first + HORIZON_DAYS {
        let mut counted = 0;
        for span in calendar.hours_on(number).0 {
            let from = start.max(number * DAY + span.from);
            let take = (number * DAY + span.to - from).clamp(0, left);
            counted += take;
            left -= take;
            if left == 0 {
                visit(number, counted);
                return Ok(from + take);
            }
        }
        visit(number, counted);
    }
    Err(too_far())
}

pub(crate) fn next_working_minute(minute: i64, calendar: &Calendar) -> Result<i64> {
    let first = minute.div_euclid(DAY);
    (first..=first + HORIZON_DAYS)
        .flat_map(|number| {
            calendar.hours_on(number).0.iter().map(move |s| (number * DAY + s.from, number * DAY + s.to))
        })
        .find(|(_, to)| minute < *to)
        .map(|(from, _)| from.max(minute))
        .ok_or_else(too_far)
}

/// First working day on or after `number`, and the minutes at which its hours begin and end.
pub(crate) fn working_day_from(number: i64, calendar: &Calendar) -> Result<(i64, i64, i64)> {
    (number..=number + HORIZON_DAYS)
        .find_map(|day| match calendar.hours_on(day).0 {
            [] => None,
            [first, .., last] => Some((day, day * DAY + first.from, day * DAY + last.to)),
            [only] => Some((day, day * DAY + only.from, day * DAY + only.to)),
        })
        .ok_or_else(too_far)
}

pub(crate) fn in_range(minute: i64) -> Result<i64> {
    if (EARLIEST..LATEST).contains(&minute) {
        return Ok(minute);
    }
    let words = ("Thời điểm nằm ngoài khoảng năm 1900 đến 2200.", "The instant lies outside the years 1900 to 2200.");
    Err(Error::refused("instant_out_of_range", words))
}

pub(crate) fn negative() -> Error {
    Error::refused("limit_negative", ("Thời hạn không thể là số âm.", "A limit cannot be negative."))
}

pub(crate) fn too_far() -> Error {
    let words = (
        "Thời hạn vượt quá 10 năm hoặc lịch không còn ngày làm việc: hãy kiểm tra thời hạn và lịch làm việc.",
        "The limit reaches further than ten years, or the calendar has no working day left: check both.",
    );
    Error::new(Kind::Invalid, "limit_too_long", words)
}
