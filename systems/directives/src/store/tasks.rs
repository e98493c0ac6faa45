//! Tasks and the parts of cooperating units.

use kernel_base::{AgencyId, Instant, Result, text};
use kernel_db::{Row, Tx, id, opt_id, params, sql};
use kernel_obligations::ObligationId;

use super::from_word;
use crate::model::{DocumentId, Part, Task, TaskId};

pub(crate) fn insert_task(tx: &mut Tx<'_>, t: &Task) -> Result<()> {
    let search = text::fold(&format!("{} {} {}", t.code, t.title, t.clause));
    tx.execute_one(
        sql!(
            "INSERT INTO directive_tasks
                 (home, id, code, document, clause, title, output, weight, secret, parent, issuer, desk, lead, head,
                  officer, due_on, obligation, progress, metric, goal, created_at, search)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)"
        ),
        &params![
            id(&t.id),
            &t.code,
            id(&t.document),
            &t.clause,
            &t.title,
            &t.output,
            t.weight,
            t.secret,
            opt_id(t.parent.as_ref()),
            &t.issuer,
            &t.desk,
            &t.lead,
            t.head.as_deref(),
            &t.officer,
            t.due_on,
            id(&t.obligation),
            t.progress.word(),
            t.metric.as_deref(),
            t.goal,
            t.created_at,
            search
        ],
    )
}

/// Saves what acts may move; stale when somebody else was faster.
pub(crate) fn save_task(tx: &mut Tx<'_>, t: &Task) -> Result<()> {
    tx.execute_one(
        sql!(
            "UPDATE directive_tasks
             SET lead = $4, head = $5, officer = $6, progress = $7, refusals = $8, percent = $9, published_at = $10,
                 confirmation = $11, version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3"
        ),
        &params![
            id(&t.id),
            t.version,
            &t.lead,
            t.head.as_deref(),
            &t.officer,
            t.progress.word(),
            t.refusals,
            t.percent,
            t.published_at,
            opt_id(t.confirmation.as_ref())
        ],
    )
}

pub(crate) fn task(tx: &mut Tx<'_>, key: &TaskId) -> Result<Option<Task>> {
    tx.query_opt(sql!("SELECT * FROM directive_tasks WHERE home = $1 AND id = $2"), &params![id(key)])?
        .map(|row| task_from(&row))
        .transpose()
}

pub(crate) fn task_by_code(tx: &mut Tx<'_>, code: &str) -> Result<Option<Task>> {
    tx.query_opt(sql!("SELECT * FROM directive_tasks WHERE home = $1 AND code = $2"), &params![code])?
        .map(|row| task_from(&row))
        .transpose()
}

pub(crate) fn tasks_below(tx: &mut Tx<'_>, parent: &TaskId) -> Result<Vec<Task>> {
    let rows = tx.query(
        sql!("SELECT * FROM directive_tasks WHERE home = $1 AND parent = $2 ORDER BY code"),
        &params![id(parent)],
    )?;
    rows.iter().map(task_from).collect()
}

pub(crate) fn tasks_after(tx: &mut Tx<'_>, after: &str, most: i64) -> Result<Vec<Task>> {
    let rows = tx.query(
        sql!("SELECT * FROM directive_tasks WHERE home = $1 AND id > $2 ORDER BY id LIMIT $3"),
        &params![after, most],
    )?;
    rows.iter().map(task_from).collect()
}

pub(crate) fn task_from(row: &Row) -> Result<Task> {
    Ok(Task {
        id: row.id("id")?,
        code: row.get("code")?,
        document: row.id::<DocumentId>("document")?,
        clause: row.get("clause")?,
        title: row.get("title")?,
        output: row.get("output")?,
        weight: row.get("weight")?,
        secret: row.get("secret")?,
        parent: row.opt_id("parent")?,
        issuer: row.get("issuer")?,
        desk: row.get("desk")?,
        lead: row.get("lead")?,
        head: row.get("head")?,
        officer: row.get("officer")?,
        due_on: row.get("due_on")?,
        obligation: row.id::<ObligationId>("obligation")?,
        confirmation: row.opt_id("confirmation")?,
        progress: from_word(row, "progress")?,
        refusals: row.get("refusals")?,
        percent: row.get("percent")?,
        metric: row.get("metric")?,
        goal: row.get("goal")?,
        published_at: row.get("published_at")?,
        created_at: row.get("created_at")?,
        version: row.get("version")?,
    })
}

pub(crate) fn insert_part(tx: &mut Tx<'_>, task: &TaskId, part: &Part) -> Result<()> {
    tx.execute_one(
        sql!("INSERT INTO task_parts (home, task, unit, due_on, obligation) VALUES ($1, $2, $3, $4, $5)"),
        &params![id(task), &part.unit, part.due_on, id(&part.obligation)],
    )
}

pub(crate) fn parts_of(tx: &mut Tx<'_>, task: &TaskId) -> Result<Vec<Part>> {
    let rows = tx.query(
        sql!("SELECT * FROM task_parts WHERE home = $1 AND task = $2 ORDER BY due_on, unit"),
        &params![id(task)],
    )?;
    rows.iter().map(part_from).collect()
}

pub(crate) fn part_done(tx: &mut Tx<'_>, task: &TaskId, part: &Part, at: Instant, note: &str) -> Result<()> {
    tx.execute_one(
        sql!(
            "UPDATE task_parts SET done_at = $5, note = $6, version = version + 1
             WHERE home = $1 AND task = $2 AND unit = $3 AND version = $4 AND done_at IS NULL"
        ),
        &params![id(task), &part.unit, part.version, at, note],
    )
}

fn part_from(row: &Row) -> Result<Part> {
    Ok(Part {
        unit: row.get::<AgencyId>("unit")?,
        due_on: row.get("due_on")?,
        obligation: row.id("obligation")?,
        done_at: row.get("done_at")?,
        note: row.get("note")?,
        version: row.get("version")?,
    })
}
