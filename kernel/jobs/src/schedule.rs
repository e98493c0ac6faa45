//! Recurring jobs.

use kernel_base::{Instant, Result};
use kernel_db::Tx;
use serde_json::json;

use crate::{Job, enqueue, store};

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    /// Every n minutes, counted from the last run.
    Minutes(i64),
    /// Once a day at this time in Vietnam.
    DailyAt { hour: i8, minute: i8 },
}

impl Every {
    /// The first run after `now`.
    fn next(self, now: Instant) -> Instant {
        match self {
            Self::Minutes(minutes) => now.plus_minutes(minutes.max(1)),
            Self::DailyAt { hour, minute } => {
                let today = Instant::from_vietnam(now.vietnam().date().at(hour, minute, 0, 0));
                if today > now { today } else { today.plus_hours(24) }
            }
        }
    }

    /// The longest time between two runs.
    fn period_minutes(self) -> i64 {
        match self {
            Self::Minutes(minutes) => minutes.max(1),
            Self::DailyAt { .. } => 24 * 60,
        }
    }
}

/// A job that comes again and again. Its body is `{"scheduled": instant}`; its key keeps a slow one from piling up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// Name of the job.
    pub name: &'static str,
    pub every: Every,
}

impl Schedule {
    pub fn every_minutes(name: &'static str, minutes: i64) -> Self {
        Self { name, every: Every::Minutes(minutes) }
    }

    /// Once a day at this time in Vietnam.
    pub fn daily_at(name: &'static str, hour: i8, minute: i8) -> Self {
        Self { name, every: Every::DailyAt { hour, minute } }
    }
}

/// Whether any schedule has something to do; cheap, for a read.
pub(crate) fn any_due(tx: &mut Tx<'_>, schedules: &[Schedule]) -> Result<bool> {
    for schedule in schedules {
        let row = store::schedule(tx, schedule.name)?;
        if row.is_none_or(|(next, _)| is_due(schedule, next, tx.now())) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Due, or so far away that the clock must have gone back since (the demonstration's clock does).
fn is_due(schedule: &Schedule, next: Instant, now: Instant) -> bool {
    next <= now || next > now.plus_minutes(schedule.every.period_minutes())
}

/// Enqueues what is due. Runs missed meanwhile collapse into one; a new schedule by minutes starts at once, a daily
/// one at its next time.
pub(crate) fn tick(tx: &mut Tx<'_>, schedules: &[Schedule]) -> Result<()> {
    let now = tx.now();
    for schedule in schedules {
        let row = store::schedule(tx, schedule.name)?;
        let run = match row {
            None => matches!(schedule.every, Every::Minutes(_)),
            Some((next, _)) if is_due(schedule, next, now) => next <= now,
            Some(_) => continue,
        };
        store::save_schedule(tx, schedule.name, schedule.every.next(now), row.map(|(_, version)| version))?;
        if run {
            enqueue(tx, Job::new(schedule.name, json!({ "scheduled": now })).key("schedule"))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_daily_schedule_comes_at_its_time_in_vietnam() {
        let every = Every::DailyAt { hour: 23, minute: 55 };
        let before = Instant::parse("2021-07-26T23:54").unwrap();
        assert_eq!(Some(every.next(before)), Instant::parse("2021-07-26T23:55"));
        let at = Instant::parse("2021-07-26T23:55").unwrap();
        assert_eq!(Some(every.next(at)), Instant::parse("2021-07-27T23:55"));
    }
}
