//! When drafts were begun and handed in, without the person.

use kernel_base::{AgencyId, Instant, Result};
use kernel_db::{Row, Tx, id, params, sql};

use crate::model::{Draft, DraftId};

/// A form that was begun.
#[derive(Debug, Clone)]
pub(crate) struct Mark {
    pub(crate) procedure: String,
    pub(crate) agency: AgencyId,
    pub(crate) begun_at: Instant,
    pub(crate) submitted_at: Option<Instant>,
}

pub(crate) fn mark_begun(tx: &mut Tx<'_>, draft: &Draft) -> Result<()> {
    tx.execute(
        sql!(
            "INSERT INTO draft_marks (home, id, procedure, agency, begun_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (home, id) DO NOTHING"
        ),
        &params![id(&draft.id), draft.procedure.as_str(), &draft.agency, draft.created_at],
    )?;
    Ok(())
}

pub(crate) fn mark_submitted(tx: &mut Tx<'_>, draft: &DraftId) -> Result<()> {
    let now = tx.now();
    tx.execute(
        sql!("UPDATE draft_marks SET submitted_at = $3 WHERE home = $1 AND id = $2 AND submitted_at IS NULL"),
        &params![id(draft), now],
    )?;
    Ok(())
}

/// Forms begun in a span.
pub(crate) fn begun(tx: &mut Tx<'_>, from: Instant, until: Instant) -> Result<Vec<Mark>> {
    let rows = tx.query(
        sql!("SELECT * FROM draft_marks WHERE home = $1 AND begun_at >= $2 AND begun_at < $3 ORDER BY id"),
        &params![from, until],
    )?;
    rows.iter().map(read).collect()
}

/// Forms handed in in a span.
pub(crate) fn handed_in(tx: &mut Tx<'_>, from: Instant, until: Instant) -> Result<Vec<Mark>> {
    let rows = tx.query(
        sql!(
            "SELECT * FROM draft_marks
             WHERE home = $1 AND submitted_at IS NOT NULL AND submitted_at >= $2 AND submitted_at < $3 ORDER BY id"
        ),
        &params![from, until],
    )?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Mark> {
    Ok(Mark {
        procedure: row.get("procedure")?,
        agency: row.get("agency")?,
        begun_at: row.get("begun_at")?,
        submitted_at: row.get("submitted_at")?,
    })
}
