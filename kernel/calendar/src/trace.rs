//! The way a deadline was counted, line by line, for the citizen and for the officer.

use jiff::civil::Date;
use kernel_base::Words;
use serde::{Deserialize, Serialize};

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
    /// The result.
    End,
}

/// One line of the trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceLine {
    pub date: Date,
    pub mark: Mark,
    /// What this day counted: working minutes for limits in working hours and days, days for limits in days and months.
    pub amount: i64,
    pub words: Words,
}
