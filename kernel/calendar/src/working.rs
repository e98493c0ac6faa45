//! Arithmetic in working time.

use kernel_base::{Error, Instant, Result};

use crate::Calendar;

pub fn add_working_minutes(start: Instant, minutes: i64, calendar: &Calendar) -> Result<Instant> {
    let _ = (start, minutes, calendar);
    Err(Error::internal("add_working_minutes: not written yet"))
}

pub fn working_minutes_between(from: Instant, to: Instant, calendar: &Calendar) -> i64 {
    let _ = (from, to, calendar);
    0
}

pub fn is_working(at: Instant, calendar: &Calendar) -> bool {
    let _ = (at, calendar);
    false
}

pub fn next_working_instant(at: Instant, calendar: &Calendar) -> Result<Instant> {
    let _ = calendar;
    Ok(at)
}

pub fn working_days_between(from: Instant, to: Instant, calendar: &Calendar) -> i64 {
    let _ = (from, to, calendar);
    0
}
