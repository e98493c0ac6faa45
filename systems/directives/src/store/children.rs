//! Reports, extensions and notices of a task.

use kernel_base::{AgencyId, Instant, Result};
use kernel_db::{Row, Tx, id, json, params, sql};

use super::{from_word, word};
use crate::model::{ExtensionAsked, Notice, NoticeId, Report, Task, TaskId};

pub(crate) fn insert_report(tx: &mut Tx<'_>, task: &TaskId, r: &Report) -> Result<()> {
    tx.execute_one(
        sql!(
            "INSERT INTO task_reports (home, id, task, text, evidence, by_officer, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        ),
        &params![id(&r.id), id(task), &r.text, json(&r.evidence)?, &r.by, r.at],
    )
}

pub(crate) fn judge_report(tx: &mut Tx<'_>, r: &Report, verdict: &str, comment: &str, at: Instant) -> Result<()> {
    tx.execute_one(
        sql!(
            "UPDATE task_reports SET verdict = $4, comment = $5, judged_at = $6, version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3 AND verdict IS NULL"
        ),
        &params![id(&r.id), r.version, verdict, comment, at],
    )
}

pub(crate) fn reports_of(tx: &mut Tx<'_>, task: &TaskId) -> Result<Vec<Report>> {
    let rows =
        tx.query(sql!("SELECT * FROM task_reports WHERE home = $1 AND task = $2 ORDER BY at, id"), &params![id(task)])?;
    let read = |row: &Row| {
        Ok(Report {
            id: row.id("id")?,
            text: row.get("text")?,
            evidence: row.json("evidence")?,
            by: row.get("by_officer")?,
            at: row.get("at")?,
            verdict: row.get("verdict")?,
            comment: row.get("comment")?,
            judged_at: row.get("judged_at")?,
            version: row.get("version")?,
        })
    };
    rows.iter().map(read).collect()
}

pub(crate) fn insert_extension(tx: &mut Tx<'_>, task: &TaskId, e: &ExtensionAsked) -> Result<()> {
    tx.execute_one(
        sql!(
            "INSERT INTO task_extensions (home, id, task, reason, new_due, asked_by, asked_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        ),
        &params![id(&e.id), id(task), &e.reason, e.new_due, &e.asked_by, e.asked_at],
    )
}

pub(crate) fn decide_extension(
    tx: &mut Tx<'_>,
    e: &ExtensionAsked,
    granted: bool,
    comment: &str,
    at: Instant,
) -> Result<()> {
    tx.execute_one(
        sql!(
            "UPDATE task_extensions SET granted = $4, comment = $5, decided_at = $6, version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3 AND granted IS NULL"
        ),
        &params![id(&e.id), e.version, granted, comment, at],
    )
}

pub(crate) fn extensions_of(tx: &mut Tx<'_>, task: &TaskId) -> Result<Vec<ExtensionAsked>> {
    let rows = tx.query(
        sql!("SELECT * FROM task_extensions WHERE home = $1 AND task = $2 ORDER BY asked_at, id"),
        &params![id(task)],
    )?;
    let read = |row: &Row| {
        Ok(ExtensionAsked {
            id: row.id("id")?,
            reason: row.get("reason")?,
            new_due: row.get("new_due")?,
            asked_by: row.get("asked_by")?,
            asked_at: row.get("asked_at")?,
            granted: row.get("granted")?,
            comment: row.get("comment")?,
            decided_at: row.get("decided_at")?,
            version: row.get("version")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Adds a notice; `false` when this rung was told to this level before.
pub(crate) fn insert_notice(tx: &mut Tx<'_>, n: &Notice) -> Result<bool> {
    let added = tx.execute(
        sql!(
            "INSERT INTO task_notices
                 (home, id, task, obligation, mark, round, act, level, agency, planned_at, sent_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             ON CONFLICT (home, obligation, round, mark, level) DO NOTHING"
        ),
        &params![
            id(&n.id),
            id(&n.task),
            id(&n.obligation),
            n.mark,
            n.round,
            word(&n.act)?,
            word(&n.level)?,
            &n.agency,
            n.planned_at,
            n.sent_at
        ],
    )?;
    Ok(added == 1)
}

pub(crate) fn notices_of(tx: &mut Tx<'_>, task: &TaskId) -> Result<Vec<Notice>> {
    let rows = tx.query(
        sql!("SELECT * FROM task_notices WHERE home = $1 AND task = $2 ORDER BY sent_at, mark, level"),
        &params![id(task)],
    )?;
    rows.iter().map(notice_from).collect()
}

pub(crate) fn notice(tx: &mut Tx<'_>, key: &NoticeId) -> Result<Option<Notice>> {
    tx.query_opt(sql!("SELECT * FROM task_notices WHERE home = $1 AND id = $2"), &params![id(key)])?
        .map(|row| notice_from(&row))
        .transpose()
}

/// Running tasks whose rung reached the leaders of `agency`, above the unit, and on which none of them has said anything
/// since; the longest due first, at most `most`.
pub(crate) fn tasks_to_instruct(tx: &mut Tx<'_>, agency: &AgencyId, most: i64) -> Result<Vec<Task>> {
    let rows = tx.query(
        sql!(
            "SELECT t.* FROM directive_tasks t
             WHERE t.home = $1 AND t.lead <> $2 AND t.progress NOT IN ('confirmed', 'cancelled') AND EXISTS (
                 SELECT 1 FROM task_notices n
                 WHERE n.home = t.home AND n.task = t.id AND n.agency = $2 AND n.answered_at IS NULL
                   AND NOT EXISTS (
                     SELECT 1 FROM task_notices m
                     WHERE m.home = n.home AND m.task = n.task AND m.agency = n.agency AND m.answered_at >= n.sent_at))
             ORDER BY t.due_on, t.code LIMIT $3"
        ),
        &params![agency, most],
    )?;
    rows.iter().map(super::tasks::task_from).collect()
}

pub(crate) fn read_notice(tx: &mut Tx<'_>, n: &Notice, by: &str, at: Instant) -> Result<()> {
    tx.execute_one(
        sql!(
            "UPDATE task_notices SET read_at = $4, read_by = $5, version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3 AND read_at IS NULL"
        ),
        &params![id(&n.id), n.version, at, by],
    )
}

pub(crate) fn answer_notice(tx: &mut Tx<'_>, n: &Notice, answer: &str, by: &str, at: Instant) -> Result<()> {
    tx.execute_one(
        sql!(
            "UPDATE task_notices
             SET answer = $4, answered_at = $5, answered_by = $6, read_at = COALESCE(read_at, $5),
                 read_by = COALESCE(read_by, $6), version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3"
        ),
        &params![id(&n.id), n.version, answer, at, by],
    )
}

fn notice_from(row: &Row) -> Result<Notice> {
    Ok(Notice {
        id: row.id("id")?,
        task: row.id("task")?,
        obligation: row.id("obligation")?,
        mark: row.get("mark")?,
        round: row.get("round")?,
        act: from_word(row, "act")?,
        level: from_word(row, "level")?,
        agency: row.get("agency")?,
        planned_at: row.get("planned_at")?,
        sent_at: row.get("sent_at")?,
        read_at: row.get("read_at")?,
        read_by: row.get("read_by")?,
        answer: row.get("answer")?,
        answered_at: row.get("answered_at")?,
        answered_by: row.get("answered_by")?,
        version: row.get("version")?,
    })
}
