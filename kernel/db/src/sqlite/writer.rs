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
        let size = write_batch(connection, shared, queue, first);
        metrics::histogram!("db_write_batch_size").record(size as f64);
    }
}

/// One batch: run, commit, and only then answer. How many it was.
fn write_batch(connection: &Connection, shared: &Shared, queue: &Queue, first: Box<dyn Call>) -> usize {
    let mut batch: Vec<Finished> = Vec::new();
    let committed = run_batch(connection, shared, queue, first, &mut batch);
    let size = batch.len();
    for (call, outcome) in batch {
        metrics::histogram!("db_write_seconds").record(call.queued().elapsed().as_secs_f64());
        // An error may rest on what others of the batch did: when that is lost, the error is too.
        call.answer(committed.clone().and(outcome));
    }
    size
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

#[cfg(test)]
mod tests {
    use std::sync::{Arc, mpsc};

    use kernel_base::{Home, Instant, MockClock};

    use super::*;
    use crate::{
        DbOptions, Sql,
        call::{Reply, UseCase},
        sql,
        sqlite::{Role, connect},
    };

    static ADD: &Sql = sql!("INSERT INTO notes (home, number) VALUES ($1, $2)");

    struct Bench {
        connection: Connection,
        shared: Shared,
        options: DbOptions,
        _folder: tempfile::TempDir,
    }

    fn bench() -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("a/b/test.sqlite").display());
        let options = DbOptions::new(url, Arc::new(MockClock::at(Instant::from_millis(0))));
        let owner = connect(&options, Role::Owner).unwrap();
        owner
            .execute_batch(
                "CREATE TABLE notes (home TEXT NOT NULL, number BIGINT NOT NULL, parent BIGINT, PRIMARY KEY (home, number),
                     FOREIGN KEY (home, parent) REFERENCES notes (home, number) DEFERRABLE INITIALLY DEFERRED)",
            )
            .unwrap();
        let connection = connect(&options, Role::Writer).unwrap();
        Bench { connection, shared: Shared::new(crate::Engine::Sqlite, &options), options, _folder: folder }
    }

    type Answer = mpsc::Receiver<Result<i64>>;

    fn call(function: impl Fn(&mut Tx<'_>) -> Result<i64> + Send + 'static) -> (Box<dyn Call>, Answer) {
        let (sender, answer) = mpsc::sync_channel(1);
        let home = Home::parse("H47").unwrap();
        let reply = Reply::Thread(sender);
        (Box::new(UseCase { home, queued: Ticks::now(), function, value: None, reply }), answer)
    }

    /// Queues the calls and runs one batch; its size.
    fn one_batch(bench: &Bench, calls: Vec<Box<dyn Call>>) -> usize {
        let (sender, queue) = crossbeam_channel::unbounded();
        calls.into_iter().for_each(|call| sender.send(call).unwrap());
        let first = queue.recv().unwrap();
        write_batch(&bench.connection, &bench.shared, &queue, first)
    }

    fn stored(bench: &Bench) -> i64 {
        let other = connect(&bench.options, Role::Reader).unwrap();
        other.query_row("SELECT count(*) FROM notes", [], |row| row.get(0)).unwrap()
    }

    fn add(number: i64) -> impl Fn(&mut Tx<'_>) -> Result<i64> + Send + 'static {
        move |tx| tx.execute(ADD, &crate::params![number]).map(|_| number)
    }

    #[test]
    fn calls_that_wait_share_one_commit_and_an_error_or_a_panic_takes_back_only_its_own() {
        let bench = bench();
        let (mut calls, mut answers) = (Vec::new(), Vec::new());
        // The panic comes last: printing its trace takes longer than a batch may.
        for number in 0..20 {
            let (call, answer) = call(move |tx| {
                add(number)(tx)?;
                assert!(number != 19, "nineteen panics");
                if number == 5 { Err(Error::internal("five fails")) } else { Ok(number) }
            });
            calls.push(call);
            answers.push(answer);
        }
        assert_eq!((one_batch(&bench, calls), stored(&bench)), (20, 18));
        for (number, answer) in (0..).zip(&answers) {
            assert_eq!(answer.recv().unwrap().ok(), (number != 5 && number != 19).then_some(number));
        }
    }

    #[test]
    fn a_batch_is_bounded() {
        let bench = bench();
        let (calls, _answers): (Vec<_>, Vec<_>) = (0..1_000).map(|_| call(|_| Ok(0))).unzip();
        assert_eq!(one_batch(&bench, calls), BATCH);
    }

    #[test]
    fn a_commit_that_fails_is_an_error_for_the_whole_batch_and_nothing_is_stored() {
        let bench = bench();
        let (good, good_answer) = call(add(1));
        let (orphan, orphan_answer) = call(|tx| {
            let orphan = sql!("INSERT INTO notes (home, number, parent) VALUES ($1, 2, 99)");
            tx.execute(orphan, &[]).map(|_| 2)
        });
        one_batch(&bench, vec![good, orphan]);
        assert!(good_answer.recv().unwrap().is_err() && orphan_answer.recv().unwrap().is_err());
        assert_eq!(stored(&bench), 0);
        let (again, answer) = call(add(1));
        one_batch(&bench, vec![again]);
        assert_eq!((answer.recv().unwrap().ok(), stored(&bench)), (Some(1), 1));
    }

    #[test]
    fn a_file_held_by_another_process_is_unavailable_for_all_that_wait() {
        let bench = bench();
        bench.connection.busy_timeout(Duration::from_millis(30)).unwrap();
        let other = connect(&bench.options, Role::Owner).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let (first, one) = call(add(1));
        let (second, two) = call(add(2));
        assert_eq!(one_batch(&bench, vec![first, second]), 2);
        for answer in [one, two] {
            assert_eq!(answer.recv().unwrap().unwrap_err().kind, Kind::Unavailable);
        }
    }

    #[test]
    fn what_was_answered_is_in_the_files_before_anything_is_closed() {
        let bench = bench();
        let (write, answer) = call(add(1));
        one_batch(&bench, vec![write]);
        answer.recv().unwrap().unwrap();
        let from = std::path::Path::new(bench.options.url.strip_prefix("sqlite:").unwrap());
        let copy = tempfile::tempdir().unwrap();
        for end in ["", "-wal"] {
            let name = format!("test.sqlite{end}");
            std::fs::copy(from.with_file_name(&name), copy.path().join(&name)).unwrap();
        }
        let found = Connection::open(copy.path().join("test.sqlite")).unwrap();
        let count: i64 = found.query_row("SELECT count(*) FROM notes", [], |row| row.get(0)).unwrap();
        assert_eq!(count, 1);
    }

    #[test]
    fn a_commit_waits_for_the_disk() {
        let bench = bench();
        let level: i64 = bench.connection.query_row("PRAGMA synchronous", [], |row| row.get(0)).unwrap();
        let journal: String = bench.connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
        assert_eq!((level, journal.as_str()), (2, "wal"));
    }
}
