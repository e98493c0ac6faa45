//! Calendars: dated, never changed.

use jiff::civil::Date;
use kernel_base::{AgencyId, Instant, Result};
use kernel_db::{Row, Tx, id, params, sql};

use crate::model::CalendarVersionId;

/// A row of `calendars`.
#[derive(Debug, Clone)]
pub(crate) struct CalendarRow {
    pub id: CalendarVersionId,
    /// Empty for all agencies of the home.
    pub agency: String,
    pub valid_from: Date,
    pub body: String,
    pub hash: String,
    pub published_at: Instant,
}

/// Adds a calendar; false when it is there already.
pub(crate) fn insert(tx: &mut Tx<'_>, row: &CalendarRow) -> Result<bool> {
    let added = tx.execute(
        sql!(
            "INSERT INTO calendars (home, id, agency, valid_from, body, hash, published_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (home, id) DO NOTHING"
        ),
        &params![id(&row.id), &row.agency, row.valid_from, &row.body, &row.hash, row.published_at],
    )?;
    Ok(added == 1)
}

/// The version in force for an agency on a day: its own before the home's, the latest before earlier ones.
pub(crate) fn in_force(tx: &mut Tx<'_>, agency: &AgencyId, day: Date) -> Result<Option<CalendarVersionId>> {
    let row = tx.query_opt(
        sql!(
            "SELECT id FROM calendars WHERE home = $1 AND agency IN ('', $2) AND valid_from <= $3
             ORDER BY agency DESC, valid_from DESC, published_at DESC, id DESC LIMIT 1"
        ),
        &params![agency, day],
    )?;
    row.map(|row| row.id("id")).transpose()
}

pub(crate) fn find(tx: &mut Tx<'_>, version: &CalendarVersionId) -> Result<Option<CalendarRow>> {
    let row = tx.query_opt(sql!("SELECT * FROM calendars WHERE home = $1 AND id = $2"), &params![id(version)])?;
    row.as_ref().map(read).transpose()
}

pub(crate) fn all(tx: &mut Tx<'_>) -> Result<Vec<CalendarRow>> {
    let rows = tx
        .query(sql!("SELECT * FROM calendars WHERE home = $1 ORDER BY agency, valid_from, published_at"), &params![])?;
    rows.iter().map(read).collect()
}

/// Identifiers that events say were published.
pub(crate) fn published(tx: &mut Tx<'_>) -> Result<Vec<String>> {
    let rows = tx.query(
        sql!("SELECT body FROM events WHERE home = $1 AND kind = 'calendar.published' ORDER BY subject, seq"),
        &params![],
    )?;
    let id = |row: &Row| {
        let body: serde_json::Value = row.get("body")?;
        Ok(body.get("calendar").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned())
    };
    rows.iter().map(id).collect()
}

fn read(row: &Row) -> Result<CalendarRow> {
    Ok(CalendarRow {
        id: row.id("id")?,
        agency: row.get("agency")?,
        valid_from: row.get("valid_from")?,
        body: row.get("body")?,
        hash: row.get("hash")?,
        published_at: row.get("published_at")?,
    })
}
