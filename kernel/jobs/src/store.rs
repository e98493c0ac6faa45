//! All SQL of the queue.

use kernel_base::{Instant, Result};
use kernel_db::{Tx, id, params, sql};

use crate::{Job, JobId};

/// A due job.
#[derive(Debug, Clone)]
pub(crate) struct Due {
    pub(crate) id: JobId,
    pub(crate) name: String,
    pub(crate) body: serde_json::Value,
    pub(crate) attempts: i64,
    pub(crate) version: i64,
}

/// Adds a job; `false` when one with its key waits.
pub(crate) fn insert(tx: &mut Tx<'_>, key: &JobId, job: &Job) -> Result<bool> {
    let now = tx.now();
    let added = tx.execute(
        sql!(
            "INSERT INTO jobs (home, id, name, key, body, created_at, run_at, attempts, dead, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, 0, FALSE, 1)
             ON CONFLICT (home, name, key) WHERE done_at IS NULL AND attempts = 0 DO NOTHING"
        ),
        &params![id(key), job.name, job.key.as_deref(), &job.body, now, job.run_at.unwrap_or(now)],
    )?;
    Ok(added == 1)
}

/// Jobs to be run now, the longest waiting first.
pub(crate) fn due(tx: &mut Tx<'_>, most: i64) -> Result<Vec<Due>> {
    let now = tx.now();
    let rows = tx.query(
        sql!(
            "SELECT id, name, body, attempts, version FROM jobs
             WHERE home = $1 AND done_at IS NULL AND NOT dead AND run_at <= $2
             ORDER BY run_at, id LIMIT $3"
        ),
        &params![now, most],
    )?;
    rows.iter()
        .map(|row| {
            Ok(Due {
                id: row.id("id")?,
                name: row.get("name")?,
                body: row.get("body")?,
                attempts: row.get("attempts")?,
                version: row.get("version")?,
            })
        })
        .collect()
}

/// Takes a job until `until`; `false` when another worker has it.
pub(crate) fn claim(tx: &mut Tx<'_>, due: &Due, until: Instant) -> Result<bool> {
    let taken = tx.execute(
        sql!(
            "UPDATE jobs SET attempts = attempts + 1, locked_until = $4, run_at = $4, version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3 AND done_at IS NULL"
        ),
        &params![id(&due.id), due.version, until],
    )?;
    Ok(taken == 1)
}

/// Marks a job done that stands at `version`; `false` when another worker has it.
pub(crate) fn done(tx: &mut Tx<'_>, job: &JobId, version: i64) -> Result<bool> {
    let now = tx.now();
    let marked = tx.execute(
        sql!(
            "UPDATE jobs SET done_at = $4, locked_until = NULL, last_error = NULL, attempts = attempts + 1,
                    version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3 AND done_at IS NULL"
        ),
        &params![id(job), version, now],
    )?;
    Ok(marked == 1)
}

/// What comes of a failed attempt.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) attempts: i64,
    pub(crate) run_at: Instant,
    pub(crate) error: String,
    pub(crate) dead: bool,
}

/// Puts a job back that stands at `version`; `false` when another worker has it.
pub(crate) fn failed(tx: &mut Tx<'_>, job: &JobId, version: i64, failure: &Failure) -> Result<bool> {
    let marked = tx.execute(
        sql!(
            "UPDATE jobs SET attempts = $4, run_at = $5, last_error = $6, dead = $7, locked_until = NULL,
                    version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3 AND done_at IS NULL"
        ),
        &params![id(job), version, failure.attempts, failure.run_at, &failure.error, failure.dead],
    )?;
    Ok(marked == 1)
}

/// Jobs that are neither done nor dead, and dead ones.
pub(crate) fn count(tx: &mut Tx<'_>) -> Result<(i64, i64)> {
    let row = tx.query_one(
        sql!(
            "SELECT count(*) FILTER (WHERE NOT dead) AS open, count(*) FILTER (WHERE dead) AS dead
             FROM jobs WHERE home = $1 AND done_at IS NULL"
        ),
        &params![],
    )?;
    Ok((row.get("open")?, row.get("dead")?))
}

pub(crate) fn oldest_due(tx: &mut Tx<'_>) -> Result<Option<Instant>> {
    let now = tx.now();
    let row = tx.query_opt(
        sql!(
            "SELECT run_at FROM jobs
             WHERE home = $1 AND done_at IS NULL AND NOT dead AND run_at <= $2
             ORDER BY run_at LIMIT 1"
        ),
        &params![now],
    )?;
    row.map(|row| row.get("run_at")).transpose()
}

pub(crate) fn revive(tx: &mut Tx<'_>, name: &str) -> Result<u64> {
    let now = tx.now();
    // attempts stay above 0, so that the key is free for others.
    tx.execute(
        sql!(
            "UPDATE jobs SET dead = FALSE, attempts = 1, run_at = $3, version = version + 1
             WHERE home = $1 AND name = $2 AND dead AND done_at IS NULL"
        ),
        &params![name, now],
    )
}

/// Empties what finished and dead jobs were given, where it holds `word`.
pub(crate) fn forget(tx: &mut Tx<'_>, word: &str) -> Result<u64> {
    tx.execute(
        sql!(
            "UPDATE jobs SET body = '{}', last_error = NULL, version = version + 1
             WHERE home = $1 AND (done_at IS NOT NULL OR dead)
               AND (body LIKE '%' || CAST($2 AS TEXT) || '%' OR last_error LIKE '%' || CAST($2 AS TEXT) || '%')"
        ),
        &params![word],
    )
}

/// Forgets jobs that were done before `before`.
pub(crate) fn purge(tx: &mut Tx<'_>, before: Instant) -> Result<u64> {
    tx.execute(sql!("DELETE FROM jobs WHERE home = $1 AND done_at IS NOT NULL AND done_at < $2"), &params![before])
}

/// When a recurring job comes next, and the row's version.
pub(crate) fn schedule(tx: &mut Tx<'_>, name: &str) -> Result<Option<(Instant, i64)>> {
    let row =
        tx.query_opt(sql!("SELECT next_at, version FROM schedules WHERE home = $1 AND name = $2"), &params![name])?;
    row.map(|row| Ok((row.get("next_at")?, row.get("version")?))).transpose()
}

/// Stale when another process was faster.
pub(crate) fn save_schedule(tx: &mut Tx<'_>, name: &str, next: Instant, version: Option<i64>) -> Result<()> {
    match version {
        None => tx.execute_one(
            sql!(
                "INSERT INTO schedules (home, name, next_at, version) VALUES ($1, $2, $3, 1)
                 ON CONFLICT (home, name) DO NOTHING"
            ),
            &params![name, next],
        ),
        Some(version) => tx.execute_one(
            sql!(
                "UPDATE schedules SET next_at = $3, version = version + 1
                 WHERE home = $1 AND name = $2 AND version = $4"
            ),
            &params![name, next, version],
        ),
    }
}
