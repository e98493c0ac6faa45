//! Figures kept at the end of each day.

use jiff::civil::Date;
use kernel_base::Result;
use kernel_db::{Tx, params, sql};

use super::model::Snapshot;

/// Keeps a figure; one that was kept before stays as it is.
pub(crate) fn keep(tx: &mut Tx<'_>, s: &Snapshot) -> Result<()> {
    let now = tx.now();
    tx.execute(
        sql!(
            "INSERT INTO metric_days (home, day, metric, agency, definition, numerator, denominator, row_hash, kept_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (home, day, metric, agency) DO NOTHING"
        ),
        &params![s.day, &s.metric, &s.agency, s.definition, s.numerator, s.denominator, &s.rows, now],
    )?;
    Ok(())
}

fn read(row: &kernel_db::Row) -> Result<Snapshot> {
    Ok(Snapshot {
        day: row.get("day")?,
        metric: row.get("metric")?,
        agency: row.get("agency")?,
        definition: row.get("definition")?,
        numerator: row.get("numerator")?,
        denominator: row.get("denominator")?,
        rows: row.get("row_hash")?,
    })
}

/// All figures of a day.
pub(crate) fn of_day(tx: &mut Tx<'_>, day: Date) -> Result<Vec<Snapshot>> {
    let rows = tx
        .query(sql!("SELECT * FROM metric_days WHERE home = $1 AND day = $2 ORDER BY metric, agency"), &params![day])?;
    rows.iter().map(read).collect()
}

/// Days that have figures, the newest first.
pub(crate) fn days(tx: &mut Tx<'_>) -> Result<Vec<Date>> {
    let rows = tx
        .query(sql!("SELECT DISTINCT day FROM metric_days WHERE home = $1 ORDER BY day DESC LIMIT 4000"), &params![])?;
    rows.iter().map(|row| row.get("day")).collect()
}

/// A figure over the days, the oldest first; at most the last `most` ones.
pub(crate) fn course(tx: &mut Tx<'_>, metric: &str, agency: &str, most: i64) -> Result<Vec<Snapshot>> {
    let rows = tx.query(
        sql!(
            "SELECT * FROM metric_days WHERE home = $1 AND metric = $2 AND agency = $3
             ORDER BY day DESC LIMIT $4"
        ),
        &params![metric, agency, most],
    )?;
    let mut course: Vec<Snapshot> = rows.iter().map(read).collect::<Result<_>>()?;
    course.reverse();
    Ok(course)
}
