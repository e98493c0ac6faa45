//! Rows for figures of forms: begun, given up, and how long they took. No row tells whose it was.

use kernel_base::{Instant, Result};
use kernel_contract::{MeasureRow, MeasureSource, Span};
use kernel_db::Tx;

use crate::store::{self, Mark};

/// A form that is not handed in within so many days of its beginning counts as given up.
const GIVEN_UP_DAYS: i64 = 7;

/// The source of these figures.
#[derive(Debug)]
pub struct FormFigures;

impl MeasureSource for FormFigures {
    fn metrics(&self) -> &'static [&'static str] {
        &["abandoned_drafts", "time_to_complete"]
    }

    fn rows(&self, tx: &mut Tx<'_>, metric: &str, span: Span) -> Result<Vec<MeasureRow>> {
        if metric == "time_to_complete" {
            let marks = store::handed_in(tx, span.from, span.until)?;
            return Ok(marks.into_iter().map(|mark| row(minutes(&mark), mark)).collect());
        }
        // Whoever began in the last days may still go on.
        let marks = store::begun(tx, span.from, span.until.plus_hours(-24 * GIVEN_UP_DAYS))?;
        Ok(marks.into_iter().map(|mark| row(i64::from(is_given_up(&mark)), mark)).collect())
    }
}

fn row(counts: i64, mark: Mark) -> MeasureRow {
    MeasureRow { agency: mark.agency, key: String::new(), title: mark.procedure, counts }
}

fn minutes(mark: &Mark) -> i64 {
    let since = |at: Instant| (at.as_millis() - mark.begun_at.as_millis()) / 60_000;
    mark.submitted_at.map_or(0, since)
}

fn is_given_up(mark: &Mark) -> bool {
    let last = mark.begun_at.plus_hours(24 * GIVEN_UP_DAYS);
    mark.submitted_at.is_none_or(|at| at > last)
}
