//! The loops of SQLite's threads. Group commit: many use cases, each in its own savepoint, one durable commit.

use std::time::{Duration, Instant as Ticks};

use kernel_base::{Error, Kind, Result};
use rusqlite::Connection;

use crate::{
    Tx,
    call::Call,
    db::{ATTEMPTS, Queue},
    error::kept_losing,
    sqlite::error,
    tx::{Session, Shared},
};

/// Use cases in one commit, at most.
const BATCH: usize = 256;

/// A batch takes no more use cases after this time, so that the first of it does not wait long.
const BATCH_TIME: Duration = Duration::from_millis(20);

type Finished = (Box<dyn Call>, Result<()>);

/// The writer's loop; ends when the last [`crate::Db`] is dropped.
pub(crate) fn write(connection: &Connection, shared: &Shared, queue: &Queue) {
    while let Ok(first) = queue.recv() {
        metrics::gauge!("db_write_queue").set(queue.len() as f64);
        let mut batch: Vec<Finished> = Vec::new();
        let committed = run_batch(connection, shared, queue, first, &mut batch);
        metrics::histogram!("db_write_batch_size").record(batch.len() as f64);
        for (call, outcome) in batch {
            metrics::histogram!("db_write_seconds").record(call.queued().elapsed().as_secs_f64());
            // An error may rest on what others of the batch did: when that is lost, the error is too.
            call.answer(committed.clone().and(outcome));
        }
    }
}

/// Runs use cases until the queue is empty or the batch is full, and commits them.
fn run_batch(
    connection: &Connection,
    shared: &Shared,
    queue: &Queue,
    first: Box<dyn Call>,
    batch: &mut Vec<Finished>,
) -> Result<()> {
    if let Err(busy) = simple(connection, "BEGIN IMMEDIATE") {
        batch.push((first, Ok(())));
        // Whoever waited behind it would wait as long again: refuse them with it.
        batch.extend(queue.try_iter().take(BATCH).map(|call| (call, Ok(()))));
        return Err(busy);
    }
    let started = Ticks::now();
    let mut next = Some(first);
    while let Some(mut call) = next {
        let outcome = if call.abandoned() { Ok(()) } else { run(connection, shared, call.as_mut()) };
        batch.push((call, outcome));
        if connection.is_autocommit() {
            return Err(Error::unavailable("SQLite rolled the whole transaction back"));
        }
        let more = batch.len() < BATCH && started.elapsed() < BATCH_TIME;
        next = if more { queue.try_recv().ok() } else { None };
    }
    simple(connection, "COMMIT").inspect_err(|failed| {
        tracing::error!(error = %failed, "a commit failed; the batch is rolled back");
        if !connection.is_autocommit() {
            let rolled_back = simple(connection, "ROLLBACK");
            tracing::warn!(?rolled_back, "rolled back");
        }
    })
}

/// One use case in its savepoint, again after a conflict.
fn run(connection: &Connection, shared: &Shared, call: &mut dyn Call) -> Result<()> {
    let mut attempt = 1;
    loop {
        match run_once(connection, shared, call) {
            Err(stale) if stale.kind == Kind::Stale && attempt < ATTEMPTS => attempt += 1,
            Err(stale) if stale.kind == Kind::Stale => return Err(kept_losing(stale)),
            outcome => return outcome,
        }
    }
}

fn run_once(connection: &Connection, shared: &Shared, call: &mut dyn Call) -> Result<()> {
    simple(connection, "SAVEPOINT use_case")?;
    let home = call.home().clone();
    let mut tx = Tx::new(Session::Sqlite(connection), shared, &home, true);
    let mut outcome = call.run(&mut tx);
    if outcome.is_ok() && tx.trouble().is_some() {
        outcome = Err(Error::internal("the use case went on after a failed statement"));
    }
    if connection.is_autocommit() {
        return outcome;
    }
    match outcome {
        Ok(()) => simple(connection, "RELEASE use_case"),
        Err(failed) => {
            simple(connection, "ROLLBACK TO use_case")?;
            simple(connection, "RELEASE use_case")?;
            Err(failed)
        }
    }
}

/// A reader's loop: every use case on one consistent state.
pub(crate) fn read(connection: &Connection, shared: &Shared, queue: &Queue) {
    while let Ok(mut call) = queue.recv() {
        if call.abandoned() {
            continue;
        }
        let outcome = simple(connection, "BEGIN").and_then(|()| {
            let home = call.home().clone();
            let mut tx = Tx::new(Session::Sqlite(connection), shared, &home, false);
            let outcome = call.run(&mut tx);
            let ended = if connection.is_autocommit() { Ok(()) } else { simple(connection, "ROLLBACK") };
            outcome.and(ended)
        });
        metrics::histogram!("db_read_seconds").record(call.queued().elapsed().as_secs_f64());
        call.answer(outcome);
    }
}

fn simple(connection: &Connection, text: &str) -> Result<()> {
    let mut statement = connection.prepare_cached(text).map_err(|e| error(&e))?;
    statement.raw_execute().map(drop).map_err(|e| error(&e))
}
