//! The way a deadline was counted, line by line, for the citizen and for the officer.

use jiff::civil::Date;
use kernel_base::{Words, vietnam_date, vietnam_time};
use serde::{Deserialize, Serialize};

use crate::data::{DAY, Why, date_of, instant_of, weekday};
use crate::due::Count;
use crate::unit::minute_text;
use crate::{Calendar, EntryKind};

/// What a line of the trace says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// From when the time runs, and why not from the moment of receipt.
    Start,
    /// A day that counted.
    Counted,
    /// A day that did not count: weekend, holiday, first day of a day limit.
    Skipped,
    /// Days left out of a long trace; the amount is what they counted together.
    More,
    /// The last day was a rest day: the end moves to this working day.
    Moved,
    /// A doubt about the data, e.g. the calendar of that year is not yet published.
    Warning,
    /// A pause or a resumption of the clock (written by `kernel/obligations`).
    Pause,
    /// A new appointment of an extension (written by `kernel/obligations`).
    Appointment,
    /// The result.
    End,
}

/// One line of the trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceLine {
    pub date: Date,
    pub mark: Mark,
    /// What this day counted: working minutes for limits in working hours and days and for the same day, days for
    /// limits in days and months.
    pub amount: i64,
    pub words: Words,
}

/// A trace shows so many days from the beginning and from the end; those between are summed up in one line.
const HEAD: usize = 40;
const TAIL: usize = 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Counted(i64),
    Rest,
    First,
    Moved,
}

/// The days passed while counting, in order.
#[derive(Debug, Default)]
pub(crate) struct Steps(Vec<(i64, Step)>);

impl Steps {
    pub(crate) fn counted(&mut self, day: i64, amount: i64) {
        self.0.push((day, Step::Counted(amount)));
    }

    pub(crate) fn rest(&mut self, day: i64) {
        self.0.push((day, Step::Rest));
    }

    pub(crate) fn first(&mut self, day: i64) {
        self.0.push((day, Step::First));
    }

    pub(crate) fn moved(&mut self, day: i64) {
        self.0.push((day, Step::Moved));
    }
}

/// Puts a count into words.
pub(crate) fn write(count: &Count, calendar: &Calendar) -> Vec<TraceLine> {
    let steps = &count.steps.0;
    let in_days = steps.iter().any(|(_, step)| *step == Step::First);
    let mut lines = vec![start_line(count)];
    if steps.len() <= HEAD + TAIL {
        lines.extend(steps.iter().map(|step| day_line(*step, in_days, calendar)));
    } else {
        let (head, rest) = steps.split_at(HEAD);
        let (middle, tail) = rest.split_at(rest.len() - TAIL);
        lines.extend(head.iter().map(|step| day_line(*step, in_days, calendar)));
        lines.push(more_line(middle, in_days));
        lines.extend(tail.iter().map(|step| day_line(*step, in_days, calendar)));
    }
    lines.extend(warning_line(count, calendar));
    let date = date_of(count.end.div_euclid(DAY));
    let end = instant_of(count.end);
    let english = format!("Due: {} on {}", minute_text(count.end.rem_euclid(DAY)), vietnam_date(date));
    lines.push(TraceLine {
        date,
        mark: Mark::End,
        amount: 0,
        words: Words::new(format!("Hạn: {}", vietnam_time(end)), english),
    });
    lines
}

fn start_line(count: &Count) -> TraceLine {
    let (day, minute) = (date_of(count.day), minute_text(count.received - count.day * DAY));
    let (run_day, run_minute) = (date_of(count.running.div_euclid(DAY)), minute_text(count.running.rem_euclid(DAY)));
    let (day_text, run_text) = (vietnam_date(day), vietnam_date(run_day));
    let words = match count.after {
        _ if count.running == count.received => Words::new(
            format!("Nhận lúc {minute} ngày {day_text}: tính từ lúc này"),
            format!("Received at {minute} on {day_text}: the time runs from then"),
        ),
        Some(cutoff) => Words::new(
            format!("Nhận lúc {minute} ngày {day_text}, sau {cutoff}: tính từ {run_minute} ngày {run_text}"),
            format!(
                "Received at {minute} on {day_text}, after {cutoff}: the time runs from {run_minute} on {run_text}"
            ),
        ),
        None => Words::new(
            format!("Nhận lúc {minute} ngày {day_text}, ngoài giờ làm việc: tính từ {run_minute} ngày {run_text}"),
            format!(
                "Received at {minute} on {day_text}, outside working hours: the time runs from {run_minute} on {run_text}"
            ),
        ),
    };
    TraceLine { date: day, mark: Mark::Start, amount: 0, words }
}

fn day_line((number, step): (i64, Step), in_days: bool, calendar: &Calendar) -> TraceLine {
    let date = date_of(number);
    let day = day_name(number, date);
    let note = note(number, calendar);
    let said = |vi: String, en: String| match &note {
        Some(note) => Words::new(format!("{} ({}): {vi}", day.vi, note.vi), format!("{} ({}): {en}", day.en, note.en)),
        None => Words::new(format!("{}: {vi}", day.vi), format!("{}: {en}", day.en)),
    };
    let (mark, amount, words) = match step {
        Step::Counted(amount) if in_days => (Mark::Counted, amount, said("tính 1 ngày".into(), "1 day counted".into())),
        Step::Counted(amount) => {
            let span = working_time(amount);
            (Mark::Counted, amount, said(format!("tính {}", span.vi), format!("{} counted", span.en)))
        }
        Step::Rest => (Mark::Skipped, 0, said("không tính".into(), "not counted".into())),
        Step::First => (Mark::Skipped, 0, said("ngày đầu, không tính".into(), "first day, not counted".into())),
        Step::Moved => (
            Mark::Moved,
            0,
            said(
                "ngày làm việc đầu tiên sau ngày cuối là ngày nghỉ".into(),
                "first working day after a last day of rest".into(),
            ),
        ),
    };
    TraceLine { date, mark, amount, words }
}

fn more_line(middle: &[(i64, Step)], in_days: bool) -> TraceLine {
    let amount = middle.iter().map(|(_, step)| if let Step::Counted(amount) = step { *amount } else { 0 }).sum();
    let date = middle.first().map_or(Date::MIN, |(number, _)| date_of(*number));
    let until = vietnam_date(middle.last().map_or(Date::MIN, |(number, _)| date_of(*number)));
    let from = vietnam_date(date);
    let span =
        if in_days { Words::new(format!("{amount} ngày"), format!("{amount} days")) } else { working_time(amount) };
    let words = Words::new(
        format!("Từ {from} đến {until}: tính {}", span.vi),
        format!("From {from} to {until}: {} counted", span.en),
    );
    TraceLine { date, mark: Mark::More, amount, words }
}

/// Says that a year's calendar is not (or no longer) known.
fn warning_line(count: &Count, calendar: &Calendar) -> Option<TraceLine> {
    let end = count.end.div_euclid(DAY);
    let unknown = if calendar.is_known(end) { count.day } else { end };
    if calendar.is_known(unknown) {
        return None;
    }
    let date = date_of(unknown);
    let year = date.year();
    let words = Words::new(
        format!("Lịch làm việc năm {year} chưa công bố: mới tính theo ngày nghỉ hằng tuần và ngày lễ cố định"),
        format!("The working calendar of {year} is not published yet: only weekly rest and fixed holidays are counted"),
    );
    Some(TraceLine { date, mark: Mark::Warning, amount: 0, words })
}

fn day_name(number: i64, date: Date) -> Words {
    const VI: [&str; 7] = ["Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật"];
    const EN: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let name = |names: [&'static str; 7]| names.get(weekday(number)).copied().unwrap_or_default();
    let date = vietnam_date(date);
    Words::new(format!("{} {date}", name(VI)), format!("{} {date}", name(EN)))
}

/// Why the day is not like any weekday.
fn note(number: i64, calendar: &Calendar) -> Option<Words> {
    let (hours, why) = calendar.hours_on(number);
    match why {
        Why::Entry(entry) if entry.kind == EntryKind::HalfDay => {
            Some(Words::new(format!("làm nửa ngày, {}", entry.name.vi), format!("half day, {}", entry.name.en)))
        }
        Why::Entry(entry) => Some(entry.name.clone()),
        Why::Fixed(holiday) => Some(holiday.name.clone()),
        Why::Week if hours.is_empty() && weekday(number) >= 5 => Some(Words::new("nghỉ cuối tuần", "weekend")),
        Why::Week if hours.is_empty() => Some(Words::new("nghỉ theo lịch tuần", "weekly rest")),
        Why::Week => None,
    }
}

/// `7 giờ 30 phút` / `7 h 30 min`
fn working_time(minutes: i64) -> Words {
    match (minutes / 60, minutes % 60) {
        (0, m) => Words::new(format!("{m} phút"), format!("{m} min")),
        (h, 0) => Words::new(format!("{h} giờ"), format!("{h} h")),
        (h, m) => Words::new(format!("{h} giờ {m} phút"), format!("{h} h {m} min")),
    }
}
