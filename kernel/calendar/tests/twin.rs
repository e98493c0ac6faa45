//! The fast calendar against a slow, obvious one that steps minute by minute: no difference is allowed.
//!
//! `CHUYENDONG_TORTURE_CASES` sets the number of random cases (2,000 without it).
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use std::collections::HashMap;

use jiff::civil::Date;
use kernel_base::{Instant, Words};
use kernel_calendar::{
    Calendar, CalendarData, Cutoff, Entry, EntryKind, Limit, Mark, Span, Unit, add_working_minutes, due, is_working,
    next_working_instant, working_days_between, working_minutes_between,
};

const MINUTE: i64 = 60_000;

/// The slow twin: knows only whether one minute is worked. Minutes are those of Vietnam's wall clock since 1970.
struct Slow<'a> {
    data: &'a CalendarData,
    days: HashMap<i64, Vec<bool>>,
    /// The day asked last.
    today: (i64, Vec<bool>),
}

impl<'a> Slow<'a> {
    fn new(calendar: &'a Calendar) -> Self {
        Self { data: calendar.data(), days: HashMap::new(), today: (i64::MIN, Vec::new()) }
    }

    fn turn_to(&mut self, number: i64) {
        if self.today.0 == number {
            return;
        }
        let data = self.data;
        let day = self.days.entry(number).or_insert_with(|| {
            let hours = Self::hours(data, instant(number * 1440).vietnam().date());
            (0..1440).map(|m| hours.iter().any(|s| s.from <= m && m < s.to)).collect()
        });
        self.today = (number, day.clone());
    }

    fn hours(data: &CalendarData, date: Date) -> Vec<Span> {
        let week = data.week[usize::try_from(date.weekday().to_monday_zero_offset()).unwrap()].clone();
        let mut fullest = Vec::new();
        for hours in &data.week {
            if total(hours) > total(&fullest) {
                fullest.clone_from(hours);
            }
        }
        for entry in &data.entries {
            if entry.date == date {
                return match entry.kind {
                    EntryKind::Off => Vec::new(),
                    _ if !entry.hours.is_empty() => entry.hours.clone(),
                    EntryKind::MakeUpWork => fullest,
                    EntryKind::HalfDay => {
                        let of = if week.is_empty() { fullest } else { week };
                        of.into_iter().filter(|s| s.to <= 13 * 60).collect()
                    }
                };
            }
        }
        let known = data.known_from <= date && date <= data.known_to;
        if !known {
            for fixed in &data.fixed {
                if fixed.month == date.month() && fixed.day == date.day() && date.year() >= fixed.since {
                    return Vec::new();
                }
            }
        }
        week
    }

    /// Is this minute worked?
    fn works(&mut self, minute: i64) -> bool {
        self.turn_to(minute.div_euclid(1440));
        self.today.1[usize::try_from(minute.rem_euclid(1440)).unwrap()]
    }

    fn day_works(&mut self, date: Date) -> bool {
        self.turn_to(midnight(date) / 1440);
        self.today.1.contains(&true)
    }

    fn next(&mut self, mut minute: i64) -> i64 {
        while !self.works(minute) {
            minute += 1;
        }
        minute
    }

    fn add(&mut self, mut minute: i64, minutes: i64) -> i64 {
        let mut left = minutes;
        while left > 0 {
            left -= i64::from(self.works(minute));
            minute += 1;
        }
        minute
    }

    fn between(&mut self, from: i64, to: i64) -> i64 {
        (from..to).map(|minute| i64::from(self.works(minute))).sum()
    }

    fn end_of(&mut self, date: Date) -> i64 {
        self.turn_to(midnight(date) / 1440);
        let last = self.today.1.iter().rposition(|w| *w).unwrap();
        midnight(date) + i64::try_from(last).unwrap() + 1
    }

    fn due(&mut self, start: Instant, limit: Limit, cutoff: Option<Cutoff>) -> i64 {
        let date = start.vietnam().date();
        let late = cutoff.is_some_and(|c| start > instant(midnight(date) + c.minute()));
        let run = if late { self.next(midnight(date.tomorrow().unwrap())) } else { self.next(ceil(start)) };
        let run_date = instant(run).vietnam().date();
        if limit.amount == 0 {
            return self.end_of(run_date);
        }
        let full_day = self.data.week.iter().map(|h| total(h)).max().unwrap();
        match limit.unit {
            Unit::WorkingHour => self.add(run, limit.amount * 60),
            Unit::WorkingDay => self.add(run, limit.amount * full_day),
            Unit::CalendarDay | Unit::Month => {
                let shift = cutoff.is_some() && (late || !self.day_works(date));
                let mut last = if shift { run_date } else { date };
                if limit.unit == Unit::CalendarDay {
                    for _ in 0..limit.amount {
                        last = last.tomorrow().unwrap();
                    }
                } else {
                    last = months_later(last, limit.amount);
                }
                while !self.day_works(last) {
                    last = last.tomorrow().unwrap();
                }
                self.end_of(last)
            }
        }
    }
}

fn months_later(date: Date, months: i64) -> Date {
    let (mut year, mut month) = (date.year(), date.month());
    for _ in 0..months {
        month += 1;
        if month == 13 {
            (year, month) = (year + 1, 1);
        }
    }
    (1..=date.day()).rev().find_map(|day| Date::new(year, month, day).ok()).unwrap()
}

fn total(hours: &[Span]) -> i64 {
    hours.iter().map(|s| s.to - s.from).sum()
}

fn midnight(date: Date) -> i64 {
    floor(Instant::from_vietnam(date.at(0, 0, 0, 0)))
}

fn floor(at: Instant) -> i64 {
    (at.as_millis() + 7 * 60 * MINUTE).div_euclid(MINUTE)
}

fn ceil(at: Instant) -> i64 {
    floor(at) + i64::from(at.as_millis() % MINUTE != 0)
}

fn instant(minute: i64) -> Instant {
    Instant::from_millis((minute - 7 * 60) * MINUTE)
}

/// SplitMix64: a case is reproduced from its printed number.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: i64) -> i64 {
        i64::try_from(self.next() % u64::try_from(n).unwrap()).unwrap()
    }

    fn one_in(&mut self, n: i64) -> bool {
        self.below(n) == 0
    }

    fn hours(&mut self) -> Vec<Span> {
        let from = 5 * 60 + self.below(240);
        let morning = Span { from, to: from + 1 + self.below(240) };
        let from = morning.to + self.below(120);
        let afternoon = Span { from, to: from + 1 + self.below(300) };
        match self.below(4) {
            0 => vec![morning],
            1 => vec![Span { from: 0, to: 1 }, morning, Span { from: 1439, to: 1440 }],
            _ => vec![morning, afternoon],
        }
    }

    fn calendar(&mut self, around: Date) -> Calendar {
        let mut data = Calendar::vietnam().unwrap().data().clone();
        loop {
            for hours in &mut data.week {
                *hours = if self.one_in(3) { Vec::new() } else { self.hours() };
            }
            data.entries.clear();
            let mut date = around;
            for _ in 0..self.below(25) {
                for _ in 0..=self.below(3) {
                    date = date.tomorrow().unwrap();
                }
                let kind = [EntryKind::Off, EntryKind::MakeUpWork, EntryKind::HalfDay][self.below(3) as usize];
                let own = kind != EntryKind::Off && self.one_in(2);
                let hours = if own { self.hours() } else { Vec::new() };
                let name = Words::new("Ngày thử", "Test day");
                data.entries.push(Entry { date, kind, name, source: "test".into(), unverified: true, hours });
            }
            data.known_from = around;
            data.known_to = data.known_to.max(around);
            // A half day without a morning is refused: draw again.
            if let Ok(calendar) = Calendar::check(data.clone()) {
                return calendar;
            }
        }
    }
}

fn limit(chance: &mut Chance) -> Limit {
    let most = if chance.one_in(20) { 60 } else { 12 };
    match chance.below(5) {
        0 => Limit::working_hours(chance.below(50)),
        1 | 2 => Limit::working_days(chance.below(most)),
        3 => Limit::calendar_days(chance.below(40)),
        _ => Limit::months(chance.below(14)),
    }
}

fn cases() -> u64 {
    std::env::var("CHUYENDONG_TORTURE_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(2_000)
}

#[test]
fn the_fast_calendar_never_differs_from_stepping_minute_by_minute() {
    let vietnam = Calendar::vietnam().unwrap();
    let (cases, threads) = (cases(), std::thread::available_parallelism().map_or(1, |n| n.get() as u64));
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let vietnam = &vietnam;
            scope.spawn(move || (thread..cases).step_by(threads as usize).for_each(|case| check(case, vietnam)));
        }
    });
}

/// One random case, reproduced from its number.
fn check(case: u64, vietnam: &Calendar) {
    let mut chance = Chance(case);
    let from = Instant::parse("2020-12-20T00:00").unwrap();
    // Six years and a bit, half of them on a whole minute, so that both borders of spans are met.
    let mut start = from.plus_minutes(chance.below(6 * 366 * 1440 + 100_000));
    if chance.one_in(2) {
        start = start.plus_millis(chance.below(MINUTE));
    }
    let drawn = chance.one_in(2).then(|| chance.calendar(start.vietnam().date()));
    let calendar = drawn.as_ref().unwrap_or(vietnam);
    let mut slow = Slow::new(calendar);
    let limit = limit(&mut chance);
    let cutoff = match chance.below(3) {
        0 => None,
        1 => Some(Cutoff::AT_15),
        _ => Cutoff::parse(&format!("{:02}:{:02}", chance.below(24), chance.below(60))),
    };
    let expected = slow.due(start, limit, cutoff);
    match due(start, limit.amount, limit.unit, cutoff, calendar) {
        Ok(fast) => {
            assert_eq!(fast.at, instant(expected), "case {case}: {limit:?} from {start} after {cutoff:?}");
            check_trace(case, limit, calendar, &fast.trace);
        }
        Err(refused) => assert_too_far(case, &refused, ceil(start), expected),
    }

    let minutes = chance.below(1_500);
    let expected = slow.add(ceil(start), minutes);
    match add_working_minutes(start, minutes, calendar) {
        Ok(added) => {
            assert_eq!(added, instant(expected), "case {case}: {minutes} min from {start}");
            assert_eq!(working_minutes_between(start, added, calendar), minutes, "case {case}: there and back");
        }
        Err(refused) => assert_too_far(case, &refused, ceil(start), expected),
    }
    let other = start.plus_millis(chance.below(8 * 1440 * MINUTE));
    let between = working_minutes_between(start, other, calendar);
    assert_eq!(between, slow.between(ceil(start), floor(other)), "case {case}: {start} to {other}");
    assert_eq!(working_minutes_between(other, start, calendar), -between, "case {case}: backwards");
    assert_eq!(is_working(start, calendar), slow.works(floor(start)), "case {case}: {start}");
    assert_eq!(next_working_instant(start, calendar).unwrap(), instant(slow.next(ceil(start))), "case {case}: {start}");
    let (mut date, mut days) = (start.vietnam().date(), 0);
    while date < other.vietnam().date() {
        date = date.tomorrow().unwrap();
        days += i64::from(slow.day_works(date));
    }
    assert_eq!(working_days_between(start, other, calendar), days, "case {case}: {start} to {other}");
}

/// A drawn week may have a few minutes only; more than ten years away is rightly refused.
fn assert_too_far(case: u64, refused: &kernel_base::Error, start: i64, expected: i64) {
    assert_eq!(refused.code, "limit_too_long", "case {case}");
    assert!(expected - start > 3_650 * 1440, "case {case}: refused, though only at {}", instant(expected));
}

/// The trace adds up to the limit, in the order of the days, each day once.
fn check_trace(case: u64, limit: Limit, calendar: &Calendar, trace: &[kernel_calendar::TraceLine]) {
    let days: Vec<_> = trace.iter().filter(|l| !matches!(l.mark, Mark::Start | Mark::End | Mark::Warning)).collect();
    assert!(days.windows(2).all(|p| p[0].date < p[1].date), "case {case}: days out of order {days:?}");
    let counted: i64 = trace.iter().map(|l| l.amount).sum();
    let expected = match limit.unit {
        _ if limit.amount == 0 => counted,
        Unit::WorkingHour => limit.amount * 60,
        Unit::WorkingDay => limit.amount * calendar.full_day_minutes(),
        Unit::CalendarDay => limit.amount,
        Unit::Month => counted,
    };
    assert_eq!(counted, expected, "case {case}: {trace:?}");
    assert!(trace.len() <= 54, "case {case}: a trace of {} lines", trace.len());
    assert!(trace.iter().all(|l| !l.words.vi.is_empty() && !l.words.en.is_empty()));
    match (trace.first(), trace.last()) {
        (Some(first), Some(last)) => assert_eq!((first.mark, last.mark), (Mark::Start, Mark::End), "case {case}"),
        _ => panic!("case {case}: no trace"),
    }
}
