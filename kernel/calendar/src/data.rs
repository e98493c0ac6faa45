//! The calendar as dated data: weekly hours, days off, make-up days, half days, each with its source.

use jiff::civil::Date;
use kernel_base::{Error, FieldError, Instant, Result, Words};
use serde::{Deserialize, Serialize};

use crate::unit::{minute_text, parse_minute};

pub(crate) const DAY: i64 = 24 * 60;

/// A stretch of working time inside one day. Text form `07:00-11:30`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span {
    /// Minutes since midnight.
    pub from: i64,
    /// Minutes since midnight, after `from`; this minute no longer belongs to the span.
    pub to: i64,
}

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.split_once('-')
            .and_then(|(from, to)| Some(Self { from: parse_minute(from)?, to: parse_minute(to)? }))
            .filter(|span| span.from < span.to)
            .ok_or_else(|| format!("not hours of a day like 07:00-11:30: {text}"))
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        format!("{}-{}", minute_text(span.from), minute_text(span.to))
    }
}

/// What an entry does to its day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EntryKind {
    /// nghỉ: holiday, compensation, swap, storm
    Off,
    /// làm bù
    MakeUpWork,
    /// làm nửa ngày
    HalfDay,
}

/// A day that differs from its weekday.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub date: Date,
    pub kind: EntryKind,
    pub name: Words,
    /// Act or notice the entry rests on.
    pub source: String,
    /// True while nobody has compared the entry with the act itself.
    #[serde(default)]
    pub unverified: bool,
    /// Own hours of a make-up or half day. Absent: a make-up day has the hours of the fullest weekday, a half day the
    /// morning of its weekday.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hours: Vec<Span>,
}

/// A holiday on the same date every year; used only outside the years whose calendar is published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FixedHoliday {
    pub month: i8,
    pub day: i8,
    /// First year of the holiday.
    #[serde(default)]
    pub since: i16,
    pub name: Words,
    pub source: String,
}

/// A calendar as it is written in JSON, before it is checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarData {
    pub name: Words,
    /// Working hours, Monday first; an empty list is a day of rest.
    pub week: [Vec<Span>; 7],
    /// Source of the weekly hours.
    pub week_source: String,
    /// Published years: from this day ...
    pub known_from: Date,
    /// ... to this day. Outside, only weekends and `fixed` are known, and every computation says so.
    pub known_to: Date,
    #[serde(default)]
    pub fixed: Vec<FixedHoliday>,
    #[serde(default)]
    pub entries: Vec<Entry>,
}

/// A checked calendar: hours in order and disjoint, at least one working day a week, one entry a date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "CalendarData", into = "CalendarData")]
pub struct Calendar {
    data: CalendarData,
    /// Day numbers of `data.entries`, ascending, same order.
    numbers: Vec<i64>,
    /// Working spans of the days of `data.entries`, same order.
    hours: Vec<Vec<Span>>,
    known: (i64, i64),
    full_day: i64,
}

/// Why a day has the hours it has.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Why<'a> {
    /// An ordinary day of the week; without hours it is the weekly rest.
    Week,
    Entry(&'a Entry),
    Fixed(&'a FixedHoliday),
}

/// One day of a calendar, for showing it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    pub date: Date,
    pub hours: Vec<Span>,
    /// The entry that rules this day, if any.
    pub entry: Option<Entry>,
    /// False outside the years whose calendar is published.
    pub known: bool,
}

const VIETNAM_JSON: &str = include_str!("../fixtures/vietnam.json");

impl Calendar {
    /// The state's calendar 2021 to 2026: 07:00-11:30 and 13:30-17:00, holidays, compensations and swaps, each with source.
    pub fn vietnam() -> Result<Self> {
        let data =
            serde_json::from_str(VIETNAM_JSON).map_err(|e| Error::internal(format!("fixtures/vietnam.json: {e}")))?;
        Self::check(data)
    }

    /// Checks a calendar from outside; answers with all faults at once.
    pub fn check(mut data: CalendarData) -> Result<Self> {
        data.entries.sort_by_key(|entry| entry.date);
        let mut faults = Vec::new();
        check_week(&data, &mut faults);
        check_dates(&data, &mut faults);
        let hours = data.entries.iter().map(|entry| entry_hours(&data, entry, &mut faults)).collect();
        if !faults.is_empty() {
            return Err(Error::invalid(faults));
        }
        Ok(Self {
            numbers: data.entries.iter().map(|entry| day_number(entry.date)).collect(),
            hours,
            known: (day_number(data.known_from), day_number(data.known_to)),
            full_day: minutes(fullest(&data.week)),
            data,
        })
    }

    /// The calendar as it was written, entries by date.
    pub fn data(&self) -> &CalendarData {
        &self.data
    }

    /// Working minutes of one working day of a limit (480 for 8 hours): those of the fullest weekday.
    pub fn full_day_minutes(&self) -> i64 {
        self.full_day
    }

    /// What the calendar says about one date.
    pub fn day(&self, date: Date) -> Day {
        let number = day_number(date);
        let (hours, why) = self.hours_on(number);
        let entry = if let Why::Entry(entry) = why { Some(entry.clone()) } else { None };
        Day { date, hours: hours.to_vec(), entry, known: self.is_known(number) }
    }

    pub(crate) fn is_known(&self, number: i64) -> bool {
        (self.known.0..=self.known.1).contains(&number)
    }

    /// Working spans of a day and the reason for them.
    pub(crate) fn hours_on(&self, number: i64) -> (&[Span], Why<'_>) {
        if let Ok(index) = self.numbers.binary_search(&number)
            && let (Some(entry), Some(hours)) = (self.data.entries.get(index), self.hours.get(index))
        {
            return (hours, Why::Entry(entry));
        }
        if !self.is_known(number) {
            let date = date_of(number);
            let holiday = self
                .data
                .fixed
                .iter()
                .find(|fixed| (fixed.month, fixed.day) == (date.month(), date.day()) && fixed.since <= date.year());
            if let Some(fixed) = holiday {
                return (&[], Why::Fixed(fixed));
            }
        }
        (week_hours(&self.data.week, number), Why::Week)
    }
}

impl TryFrom<CalendarData> for Calendar {
    type Error = Error;

    fn try_from(data: CalendarData) -> Result<Self> {
        Self::check(data)
    }
}

impl From<Calendar> for CalendarData {
    fn from(calendar: Calendar) -> Self {
        calendar.data
    }
}

/// Days since 1970-01-01.
pub(crate) fn day_number(date: Date) -> i64 {
    date.duration_since(jiff::civil::date(1970, 1, 1)).as_hours() / 24
}

pub(crate) fn date_of(number: i64) -> Date {
    instant_of(number.saturating_mul(DAY)).vietnam().date()
}

/// Minutes since 1970-01-01 00:00 on Vietnam's wall clock; a started minute counts as the next one.
pub(crate) fn minute_of(at: Instant) -> i64 {
    let local = at.as_millis() + VIETNAM_OFFSET * 60_000;
    -(-local).div_euclid(60_000)
}

pub(crate) fn instant_of(minute: i64) -> Instant {
    Instant::from_millis(minute.saturating_sub(VIETNAM_OFFSET).saturating_mul(60_000))
}

/// UTC+7 in minutes, the same all year.
const VIETNAM_OFFSET: i64 = 7 * 60;

/// Monday is 0; 1970-01-01 was a Thursday.
pub(crate) fn weekday(number: i64) -> usize {
    (number + 3).rem_euclid(7) as usize
}

fn week_hours(week: &[Vec<Span>; 7], number: i64) -> &[Span] {
    week.get(weekday(number)).map_or(&[], Vec::as_slice)
}

pub(crate) fn minutes(hours: &[Span]) -> i64 {
    hours.iter().map(|span| span.to - span.from).sum()
}

/// The first of the weekdays with the most working time.
fn fullest(week: &[Vec<Span>; 7]) -> &[Span] {
    week.iter().rev().max_by_key(|hours| minutes(hours)).map_or(&[], Vec::as_slice)
}

/// Hours of the day an entry rules.
fn entry_hours(data: &CalendarData, entry: &Entry, faults: &mut Vec<FieldError>) -> Vec<Span> {
    let field = || format!("entries.{}.hours", entry.date);
    let hours = match entry.kind {
        EntryKind::Off if entry.hours.is_empty() => return Vec::new(),
        EntryKind::Off => {
            let words = (
                "Ngày nghỉ không có giờ làm việc: hãy bỏ giờ hoặc đổi loại ngày.",
                "A day off has no hours: remove them or change the kind.",
            );
            faults.push(FieldError::new(field(), "not_allowed", words));
            return Vec::new();
        }
        _ if !entry.hours.is_empty() => entry.hours.clone(),
        EntryKind::MakeUpWork => fullest(&data.week).to_vec(),
        EntryKind::HalfDay => {
            let week = week_hours(&data.week, day_number(entry.date));
            let week = if week.is_empty() { fullest(&data.week) } else { week };
            week.iter().filter(|span| span.to <= 13 * 60).copied().collect()
        }
    };
    if hours.is_empty() {
        let words = (
            "Ngày này chưa có giờ làm việc: hãy ghi giờ, ví dụ 07:00-11:30.",
            "This day has no hours: give them, e.g. 07:00-11:30.",
        );
        faults.push(FieldError::new(field(), "required", words));
    }
    check_order(&hours, &field(), faults);
    hours
}

fn check_order(hours: &[Span], field: &str, faults: &mut Vec<FieldError>) {
    let ordered = hours.windows(2).all(|pair| matches!(pair, [a, b] if a.to <= b.from));
    if !ordered {
        let words =
            ("Các khoảng giờ phải theo thứ tự và không chồng nhau.", "Hours must be in order and must not overlap.");
        faults.push(FieldError::new(field, "order", words));
    }
}

fn check_week(data: &CalendarData, faults: &mut Vec<FieldError>) {
    for (index, hours) in data.week.iter().enumerate() {
        check_order(hours, &format!("week.{index}"), faults);
    }
    if data.week.iter().all(Vec::is_empty) {
        let words = ("Lịch phải có ít nhất một ngày làm việc trong tuần.", "The week needs at least one working day.");
        faults.push(FieldError::new("week", "required", words));
    }
    if data.week_source.trim().is_empty() {
        faults.push(no_source("week_source".to_owned()));
    }
}

fn check_dates(data: &CalendarData, faults: &mut Vec<FieldError>) {
    if data.known_from > data.known_to {
        let words = ("Ngày đầu của lịch phải đứng trước ngày cuối.", "The first known day must not be after the last.");
        faults.push(FieldError::new("known_to", "order", words));
    }
    for pair in data.entries.windows(2) {
        if let [a, b] = pair
            && a.date == b.date
        {
            let words = ("Ngày này được ghi hai lần: hãy giữ một dòng.", "This date is written twice: keep one line.");
            faults.push(FieldError::new(format!("entries.{}", b.date), "duplicate", words));
        }
    }
    for entry in data.entries.iter().filter(|entry| entry.source.trim().is_empty()) {
        faults.push(no_source(format!("entries.{}.source", entry.date)));
    }
}

fn no_source(field: String) -> FieldError {
    let words = ("Hãy ghi căn cứ (văn bản, thông báo) của dòng này.", "Give the act or notice this line rests on.");
    FieldError::new(field, "required", words)
}
