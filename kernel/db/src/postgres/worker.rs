//! The loop of a PostgreSQL thread: one transaction for each use case, again after a conflict, once more after a lost
//! connection.

use std::{sync::Arc, sync::atomic::Ordering, thread, time::Duration};

use kernel_base::{Error, Kind, Result};
use rand::RngExt;

use super::{Connection, Server, Trouble, described, is_unavailable, trouble};
use crate::{
    Tx,
    call::Call,
    db::{ATTEMPTS, Queue},
    error::{kept_losing, outcome_unknown},
    tx::Session,
};

const WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

/// One state for all statements of a read, as SQLite gives it.
const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// How an attempt ended that did not succeed.
enum Ended {
    /// The use case said no, or a statement failed.
    Failed(Error),
    /// Others came first; another attempt may succeed.
    Again(Error),
    /// The connection went away before the commit: nothing was stored.
    Lost(Error),
    /// The connection went away during the commit.
    Unknown(Error),
}

/// Answers calls until the last [`crate::Db`] is dropped.
pub(super) fn serve(server: &Arc<Server>, queue: &Queue, writable: bool) {
    let mut connection = None;
    while let Ok(mut call) = queue.recv() {
        metrics::gauge!(if writable { "db_write_queue" } else { "db_read_queue" }).set(queue.len() as f64);
        if call.abandoned() {
            continue;
        }
        let outcome = run(server, &mut connection, call.as_mut(), writable);
        let seconds = call.queued().elapsed().as_secs_f64();
        metrics::histogram!(if writable { "db_write_seconds" } else { "db_read_seconds" }).record(seconds);
        call.answer(outcome);
    }
}

fn run(server: &Server, connection: &mut Option<Connection>, call: &mut dyn Call, writable: bool) -> Result<()> {
    let mut attempt = 1;
    let mut reconnected = false;
    loop {
        let ended = match run_once(server, connection, call, writable) {
            Ok(()) => return Ok(()),
            Err(ended) => ended,
        };
        match ended {
            Ended::Failed(error) => return Err(error),
            Ended::Again(_) if attempt < ATTEMPTS => {
                attempt += 1;
                metrics::counter!("db_write_retries").increment(1);
                let most = u64::from(attempt.min(10)) * 4;
                thread::sleep(Duration::from_millis(rand::rng().random_range(1..=most)));
            }
            Ended::Again(error) => return Err(kept_losing(error)),
            Ended::Lost(error) => {
                *connection = None;
                if reconnected {
                    return Err(error);
                }
                reconnected = true;
                tracing::warn!(%error, "the database connection was lost; connecting again");
            }
            Ended::Unknown(error) => {
                *connection = None;
                return Err(error);
            }
        }
    }
}

fn run_once(server: &Server, slot: &mut Option<Connection>, call: &mut dyn Call, writable: bool) -> Result<(), Ended> {
    if slot.as_ref().is_some_and(|open| open.schema != server.schema.load(Ordering::SeqCst)) {
        *slot = None;
    }
    let connection = match slot {
        Some(connection) => connection,
        None => slot.insert(server.connect().map_err(Ended::Failed)?),
    };
    simple(connection, if writable { WRITE } else { READ })?;
    let home = call.home().clone();
    let mut tx = Tx::new(Session::Postgres(connection), &server.shared, &home, writable);
    let outcome = call.run(&mut tx);
    let in_trouble = tx.trouble();
    let (Ok(()), None) = (&outcome, in_trouble) else {
        let error = outcome.err().unwrap_or_else(|| Error::internal("the use case went on after a failed statement"));
        if in_trouble == Some(Trouble::Lost) {
            return Err(Ended::Lost(if is_unavailable(&error) {
                error
            } else {
                Error::unavailable(error.to_string())
            }));
        }
        simple(connection, "ROLLBACK")?;
        let again = in_trouble == Some(Trouble::Again) || error.kind == Kind::Stale;
        return Err(if again { Ended::Again(error) } else { Ended::Failed(error) });
    };
    commit(connection, writable)
}

fn commit(connection: &mut Connection, writable: bool) -> Result<(), Ended> {
    connection.client.batch_execute("COMMIT").map_err(|failed| match trouble(&failed) {
        Trouble::Lost if writable => Ended::Unknown(outcome_unknown(described(&failed))),
        Trouble::Lost => Ended::Lost(super::error(&failed)),
        Trouble::Again => Ended::Again(super::error(&failed)),
        Trouble::Failed => Ended::Failed(super::error(&failed)),
    })
}

/// A statement that only fails when the connection does.
fn simple(connection: &mut Connection, text: &str) -> Result<(), Ended> {
    connection.client.batch_execute(text).map_err(|failed| {
        let error = super::error(&failed);
        Ended::Lost(if is_unavailable(&error) { error } else { Error::unavailable(error.to_string()) })
    })
}
