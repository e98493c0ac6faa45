//! Remaining working time in words: what a clerk sorts his day by.

use kernel_base::{Instant, Lang};
use kernel_calendar::{Calendar, working_minutes_between};
use kernel_web::T;

/// Minutes of a working day of 8 hours.
const DAY: i64 = 480;

/// Remaining or exceeded time: a word, a tone that only repeats it, and the instant itself. No word when no clock runs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Deadline {
    pub(crate) text: String,
    /// `ok`, `warn`, `bad` or `neutral`.
    pub(crate) tone: &'static str,
    pub(crate) exact: String,
}

/// What the clock of a dossier does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Running {
    Yes,
    /// The owner must do something first.
    Paused,
    /// Nothing is promised any more.
    Ended,
}

impl Running {
    /// From the stored word of a state.
    pub(crate) fn of(status: &str) -> Self {
        match status {
            "supplement_requested" | "payment_requested" => Self::Paused,
            "rejected" | "withdrawn" | "stopped" | "settled" | "returned" => Self::Ended,
            _ => Self::Yes,
        }
    }
}

/// The tag of a dossier in a list and on its page.
pub(crate) fn deadline(
    t: &T,
    running: Running,
    due: Option<Instant>,
    now: Instant,
    calendar: Option<&Calendar>,
) -> Deadline {
    let exact = due.map(|due| short(t, due, now)).unwrap_or_default();
    let said = |key: &str, tone: &'static str| Deadline { text: t.s(key).to_owned(), tone, exact: exact.clone() };
    let due = match (running, due) {
        (Running::Paused, _) => return said("onestop.time.paused", "neutral"),
        (Running::Ended, _) => return Deadline::default(),
        (Running::Yes, None) => return said("onestop.time.none", "neutral"),
        (Running::Yes, Some(due)) => due,
    };
    let minutes = match calendar {
        Some(calendar) => working_minutes_between(now, due, calendar),
        None => (due.as_millis() - now.as_millis()) / 60_000,
    };
    let late = now > due;
    let key = if late { "onestop.time.late" } else { "onestop.time.left" };
    let tone = if late {
        "bad"
    } else if minutes <= DAY {
        "warn"
    } else {
        "ok"
    };
    Deadline { text: t.f(key, [("time", lasting(t.lang, minutes.abs()))]), tone, exact }
}

/// `2 ngày 3 giờ`, `3 giờ 20 phút`, `45 phút` of working time; the smaller unit is left out when there are days.
pub(crate) fn lasting(lang: Lang, minutes: i64) -> String {
    let (days, hours, rest) = (minutes / DAY, minutes % DAY / 60, minutes % 60);
    let (day, hour, minute) = match lang {
        Lang::Vi => ("ngày", "giờ", "phút"),
        Lang::En => ("d", "h", "min"),
    };
    let part = |n: i64, word: &str| (n > 0).then(|| format!("{n} {word}"));
    let parts = match days {
        0 => [part(hours, hour), part(rest, minute)],
        _ => [part(days, day), part(hours, hour)],
    };
    let said: Vec<String> = parts.into_iter().flatten().collect();
    if said.is_empty() { format!("0 {minute}") } else { said.join(" ") }
}

/// `17:00` today, else `17:00 28/07`, with the year only when it is another.
pub(crate) fn short(t: &T, at: Instant, now: Instant) -> String {
    let (day, today) = (at.vietnam().date(), now.vietnam().date());
    let clock = t.clock(&at);
    if day == today {
        clock
    } else if day.year() == today.year() {
        format!("{clock} {:02}/{:02}", day.day(), day.month())
    } else {
        format!("{clock} {:02}/{:02}/{}", day.day(), day.month(), day.year())
    }
}

/// A day typed by an officer, `30/07/2021` or `2021-07-30`, as the end of that working day (17:00).
pub(crate) fn typed_day(text: &str) -> Option<Instant> {
    let text = text.trim();
    let date = match text.parse::<jiff::civil::Date>() {
        Ok(date) => date,
        Err(_) => {
            let mut parts = text.split(['/', '-', '.']).map(str::trim);
            let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
            if parts.next().is_some() {
                return None;
            }
            jiff::civil::Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?
        }
    };
    Some(Instant::from_vietnam(date.at(17, 0, 0, 0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remaining_time_is_told_in_days_then_hours_then_minutes() {
        assert_eq!(lasting(Lang::Vi, 2 * 480 + 185), "2 ngày 3 giờ");
        assert_eq!(lasting(Lang::Vi, 200), "3 giờ 20 phút");
        assert_eq!(lasting(Lang::Vi, 480), "1 ngày");
        assert_eq!(lasting(Lang::En, 45), "45 min");
        assert_eq!(lasting(Lang::Vi, 0), "0 phút");
    }

    #[test]
    fn a_day_is_understood_as_people_write_it() {
        let at = Instant::parse("2021-07-30T17:00").unwrap();
        assert_eq!(typed_day("30/07/2021"), Some(at));
        assert_eq!(typed_day(" 30/7/2021 "), Some(at));
        assert_eq!(typed_day("2021-07-30"), Some(at));
        assert_eq!(typed_day("31/02/2021"), None);
        assert_eq!(typed_day("mai"), None);
    }
}
