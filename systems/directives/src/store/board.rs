//! Lists and counts: tasks beside the obligations that decide about them.

use kernel_base::{AgencyId, Instant, Result};
use kernel_db::{Row, Tx, params, sql};
use kernel_obligations::ResultClass;
use serde::Serialize;

use super::{opt_word, tasks::task_from};
use crate::model::{Due, Task, TaskId};

/// What a list shows. Empty means all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskFilter {
    /// The agency whose side is asked for.
    pub viewer: String,
    /// Leading unit.
    pub unit: String,
    pub document: String,
    /// Word of a progress, or `open`.
    pub progress: String,
    /// Word of a deadline, or `due`.
    pub deadline: String,
    /// Folded words of the search.
    pub search: String,
    pub officer: String,
    pub skip: i64,
    pub most: i64,
}

/// A task and what decides about it.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskLine {
    pub task: Task,
    pub due: Due,
}

/// Figures of one unit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct UnitCounts {
    pub unit: String,
    pub assigned: i64,
    pub done_on_time: i64,
    pub done_late: i64,
    pub in_time: i64,
    pub due_soon: i64,
    pub overdue: i64,
    pub refused: i64,
    pub waiting: i64,
    pub extended: i64,
    /// Working days late of those done late, together.
    pub late_days: i64,
}

impl UnitCounts {
    /// Everything that is done or should be.
    pub fn due(&self) -> i64 {
        self.done_on_time + self.done_late + self.overdue
    }
}

/// Tasks of a filter, the nearest due first, those that are done last.
pub(crate) fn list_tasks(tx: &mut Tx<'_>, f: &TaskFilter, now: Instant) -> Result<Vec<TaskLine>> {
    let soon = now.plus_hours(crate::model::SOON_HOURS);
    let like = if f.search.is_empty() { String::new() } else { format!("%{}%", f.search.replace(['%', '_'], " ")) };
    let rows = tx.query(
        sql!(
            "SELECT t.*, o.first_promise, o.legal_due, o.appointment, o.paused_since, o.delivered_at, o.closed_at, o.result,
                    o.late_days, o.extensions
             FROM directive_tasks t JOIN obligations o ON o.home = t.home AND o.id = t.obligation
             WHERE t.home = $1
               AND (CAST($2 AS TEXT) = '' OR t.lead = $2 OR t.issuer = $2 OR t.desk = $2 OR EXISTS (
                    SELECT 1 FROM task_parts p WHERE p.home = t.home AND p.task = t.id AND p.unit = $2))
               AND (CAST($3 AS TEXT) = '' OR t.lead = $3) AND (CAST($4 AS TEXT) = '' OR t.document = $4)
               AND CASE CAST($5 AS TEXT) WHEN '' THEN TRUE WHEN 'open' THEN o.closed_at IS NULL ELSE t.progress = $5 END
               AND CASE CAST($6 AS TEXT)
                   WHEN '' THEN TRUE
                   WHEN 'overdue' THEN o.closed_at IS NULL AND o.legal_due < COALESCE(o.delivered_at, o.paused_since, $7)
                   WHEN 'due_soon' THEN o.closed_at IS NULL
                        AND o.legal_due >= COALESCE(o.delivered_at, o.paused_since, $7)
                        AND COALESCE(o.appointment, o.legal_due) <= $8 AND o.delivered_at IS NULL AND o.paused_since IS NULL
                   WHEN 'in_time' THEN o.closed_at IS NULL
                        AND o.legal_due >= COALESCE(o.delivered_at, o.paused_since, $7)
                        AND (COALESCE(o.appointment, o.legal_due) > $8 OR o.delivered_at IS NOT NULL
                             OR o.paused_since IS NOT NULL)
                   WHEN 'done_on_time' THEN o.result IN ('early', 'on_time')
                   WHEN 'done_late' THEN o.result = 'late'
                   WHEN 'due' THEN o.result IS NOT NULL
                        OR (o.closed_at IS NULL AND o.legal_due < COALESCE(o.delivered_at, o.paused_since, $7))
                   WHEN 'extended' THEN o.extensions > 0
                   ELSE o.closed_at IS NOT NULL AND o.result IS NULL END
               AND (CAST($9 AS TEXT) = '' OR t.search LIKE $9)
               AND (CAST($10 AS TEXT) = '' OR t.officer = $10)
             ORDER BY CASE WHEN o.closed_at IS NULL THEN 0 ELSE 1 END, o.legal_due, t.code LIMIT $11 OFFSET $12"
        ),
        &params![
            &f.viewer,
            &f.unit,
            &f.document,
            &f.progress,
            &f.deadline,
            now,
            soon,
            like,
            &f.officer,
            f.most.clamp(1, 500),
            f.skip.max(0)
        ],
    )?;
    rows.iter().map(line_from).collect()
}

pub(crate) fn line_of(tx: &mut Tx<'_>, task: &TaskId) -> Result<Option<TaskLine>> {
    let row = tx.query_opt(
        sql!(
            "SELECT t.*, o.first_promise, o.legal_due, o.appointment, o.paused_since, o.delivered_at, o.closed_at, o.result,
                    o.late_days, o.extensions
             FROM directive_tasks t JOIN obligations o ON o.home = t.home AND o.id = t.obligation
             WHERE t.home = $1 AND t.id = $2"
        ),
        &params![kernel_db::id(task)],
    )?;
    row.as_ref().map(line_from).transpose()
}

fn line_from(row: &Row) -> Result<TaskLine> {
    Ok(TaskLine {
        task: task_from(row)?,
        due: Due {
            first_promise: row.get("first_promise")?,
            legal_due: row.get("legal_due")?,
            appointment: row.get("appointment")?,
            paused_since: row.get("paused_since")?,
            delivered_at: row.get("delivered_at")?,
            closed_at: row.get("closed_at")?,
            result: opt_word::<ResultClass>(row, "result")?,
            late_days: row.get("late_days")?,
            extensions: row.get("extensions")?,
        },
    })
}

/// Figures of every leading unit, for the side of `viewer` and one document (empty: all).
pub(crate) fn count_tasks(tx: &mut Tx<'_>, viewer: &str, document: &str, now: Instant) -> Result<Vec<UnitCounts>> {
    let soon = now.plus_hours(crate::model::SOON_HOURS);
    let rows = tx.query(
        sql!(
            "SELECT t.lead, count(*) AS assigned,
                    count(*) FILTER (WHERE o.result IN ('early', 'on_time')) AS done_on_time,
                    count(*) FILTER (WHERE o.result = 'late') AS done_late,
                    count(*) FILTER (WHERE o.closed_at IS NULL
                        AND o.legal_due < COALESCE(o.delivered_at, o.paused_since, $2)) AS overdue,
                    count(*) FILTER (WHERE o.closed_at IS NULL
                        AND o.legal_due >= COALESCE(o.delivered_at, o.paused_since, $2)
                        AND COALESCE(o.appointment, o.legal_due) <= $3 AND o.delivered_at IS NULL
                        AND o.paused_since IS NULL) AS due_soon,
                    count(*) FILTER (WHERE o.closed_at IS NULL
                        AND o.legal_due >= COALESCE(o.delivered_at, o.paused_since, $2)) AS in_time,
                    count(*) FILTER (WHERE t.progress = 'refused') AS refused,
                    count(*) FILTER (WHERE t.progress = 'reported') AS waiting,
                    count(*) FILTER (WHERE o.extensions > 0) AS extended,
                    CAST(COALESCE(sum(o.late_days), 0) AS BIGINT) AS late_days
             FROM directive_tasks t JOIN obligations o ON o.home = t.home AND o.id = t.obligation
             WHERE t.home = $1 AND (CAST($4 AS TEXT) = '' OR t.lead = $4 OR t.issuer = $4 OR t.desk = $4)
               AND (CAST($5 AS TEXT) = '' OR t.document = $5)
             GROUP BY t.lead ORDER BY t.lead"
        ),
        &params![now, soon, viewer, document],
    )?;
    let count = |row: &Row| {
        let (in_time, due_soon): (i64, i64) = (row.get("in_time")?, row.get("due_soon")?);
        Ok(UnitCounts {
            unit: row.get::<AgencyId>("lead")?.to_string(),
            assigned: row.get("assigned")?,
            done_on_time: row.get("done_on_time")?,
            done_late: row.get("done_late")?,
            in_time: in_time - due_soon,
            due_soon,
            overdue: row.get("overdue")?,
            refused: row.get("refused")?,
            waiting: row.get("waiting")?,
            extended: row.get("extended")?,
            late_days: row.get("late_days")?,
        })
    };
    rows.iter().map(count).collect()
}
