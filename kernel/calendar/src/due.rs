//! From a start and a limit to the instant that is promised.

use kernel_base::{Error, Instant, Result};
use serde::{Deserialize, Serialize};

use crate::{Calendar, Cutoff, TraceLine, Unit};

/// A computed deadline and how it was counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    pub at: Instant,
    pub trace: Vec<TraceLine>,
}

/// The instant until which something received at `start` must be done.
pub fn due(start: Instant, amount: i64, unit: Unit, cutoff: Option<Cutoff>, calendar: &Calendar) -> Result<Due> {
    let _ = (start, amount, unit, cutoff, calendar);
    Err(Error::internal("due: not written yet"))
}
