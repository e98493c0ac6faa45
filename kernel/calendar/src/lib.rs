//! The working calendar (lịch làm việc) and the deadlines computed from it. Pure: no clock, no I/O.
//!
//! Everything is counted on Vietnam's wall clock in whole minutes. A start inside a minute counts from the next whole
//! minute, so that the promise shown ("16:30 ngày 27/07/2021") is exactly the promise kept.

mod data;
mod due;
mod trace;
mod unit;
mod working;

pub use data::{Calendar, CalendarData, Day, Entry, EntryKind, FixedHoliday, Span};
pub use due::{Due, due, due_at, runs_from};
pub use trace::{Mark, TraceLine};
pub use unit::{Cutoff, Limit, Unit};
pub use working::{
    add_working_minutes, is_working, next_working_instant, working_days_between, working_minutes_between,
};
