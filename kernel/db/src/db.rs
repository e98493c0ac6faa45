//! The database: queues in front of the threads that own the connections.

use std::{
    cell::Cell,
    sync::{Arc, mpsc},
    time::{Duration, Instant as Ticks},
};

use crossbeam_channel::{Receiver, Sender, TrySendError};
use kernel_base::{Clock, Error, Home, Result};
use tokio::sync::oneshot;

use crate::{
    DbOptions, Engine, Migration, Tx,
    call::{Call, Reply, UseCase},
    error::outcome_unknown,
    lint, migrate, postgres, sqlite,
    tx::Shared,
};

/// How many calls may wait; more are refused at once, so that an overloaded server stays responsive.
const QUEUE: usize = 8_192;

/// How often a use case is run again after a conflict. Of four writers at one row one wins each time: with eight attempts
/// a writer sometimes lost them all on a busy machine.
pub(crate) const ATTEMPTS: u32 = 24;

/// How long a task waits for its answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long [`Db::check`] waits for each of its two answers.
const CHECK: Duration = Duration::from_secs(3);

pub(crate) type Queue = Receiver<Box<dyn Call>>;

thread_local! {
    /// True on the threads that own connections: waiting there for another call would wait for ever.
    static OWNS_CONNECTION: Cell<bool> = const { Cell::new(false) };
}

/// Marks this thread as one that owns a connection.
pub(crate) fn own_connection() {
    OWNS_CONNECTION.set(true);
}

/// A database; cheap to clone. Its threads end when the last clone is dropped.
#[derive(Debug, Clone)]
pub struct Db {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    options: DbOptions,
    shared: Arc<Shared>,
    writes: Sender<Box<dyn Call>>,
    reads: Sender<Box<dyn Call>>,
    postgres: Option<Arc<postgres::Server>>,
}

impl Db {
    /// Opens the database. SQLite: the file and its folder are created. PostgreSQL: connects on first use.
    ///
    /// # Errors
    /// `Internal` for an URL that is neither, `Unavailable` when the file cannot be opened.
    pub fn open(options: DbOptions) -> Result<Self> {
        let engine = options.engine()?;
        let shared = Arc::new(Shared::new(engine, &options));
        let (writes, writes_out) = crossbeam_channel::bounded(QUEUE);
        let (reads, reads_out) = crossbeam_channel::bounded(QUEUE);
        let postgres = match engine {
            Engine::Sqlite => {
                sqlite::start(&options, &shared, writes_out, &reads_out)?;
                None
            }
            Engine::Postgres => Some(postgres::start(&options, &shared, &writes_out, &reads_out)?),
        };
        Ok(Self { inner: Arc::new(Inner { options, shared, writes, reads, postgres }) })
    }

    #[must_use]
    pub fn engine(&self) -> Engine {
        self.inner.shared.engine
    }

    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.inner.shared.clock
    }

    /// Applies the migrations that are not applied yet, in the caller's order; the names of those applied now.
    /// Several processes may do it at once.
    ///
    /// # Errors
    /// `Internal` when the text of an applied migration was changed, or a migration fails (nothing is applied then).
    pub fn migrate(&self, migrations: &[Migration]) -> Result<Vec<String>> {
        let now = self.clock().now();
        match &self.inner.postgres {
            None => migrate::sqlite(&self.inner.options, migrations, now),
            Some(server) => postgres::migrate(server, migrations, now),
        }
    }

    /// Runs a use case in a transaction that may change rows; answers when it is durable.
    ///
    /// # Errors
    /// Those of the use case; `Conflict` when it kept losing against others; `Unavailable` when the database is not
    /// reachable or overloaded (nothing stored), with code `outcome_unknown` when nobody can tell.
    pub async fn write<T: Send + 'static>(
        &self,
        home: &Home,
        function: impl Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let unanswered = || outcome_unknown("no answer from the database in time");
        wait(&self.inner.writes, home, function).await.unwrap_or_else(|| Err(unanswered()))
    }

    /// Runs a use case that only reads, on one consistent state.
    ///
    /// # Errors
    /// Those of the use case; `Unavailable` when the database is not reachable or overloaded.
    pub async fn read<T: Send + 'static>(
        &self,
        home: &Home,
        function: impl Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let unanswered = || Error::unavailable("no answer from the database in time");
        wait(&self.inner.reads, home, function).await.unwrap_or_else(|| Err(unanswered()))
    }

    /// [`Db::write`] for a thread that may wait: commands, job threads, tests.
    ///
    /// # Errors
    /// As [`Db::write`]; `Internal` when called inside a use case.
    pub fn write_blocking<T: Send + 'static>(
        &self,
        home: &Home,
        function: impl Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        block(&self.inner.writes, home, function)
    }

    /// [`Db::read`] for a thread that may wait.
    ///
    /// # Errors
    /// As [`Db::read`]; `Internal` when called inside a use case.
    pub fn read_blocking<T: Send + 'static>(
        &self,
        home: &Home,
        function: impl Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        block(&self.inner.reads, home, function)
    }

    /// Whether the database can be written and read now; for the readiness probe.
    ///
    /// # Errors
    /// `Unavailable` when it does not answer in time.
    pub async fn check(&self) -> Result<()> {
        let home = Home::parse("check").ok_or_else(|| Error::internal("no home for the check"))?;
        for queue in [&self.inner.writes, &self.inner.reads] {
            let answer = tokio::time::timeout(CHECK, wait(queue, &home, |tx| tx.ping())).await.ok().flatten();
            let unanswered = || Error::unavailable("the database did not answer the check in time");
            answer.unwrap_or_else(|| Err(unanswered()))?;
        }
        Ok(())
    }

    /// How many calls wait: to write, to read.
    #[must_use]
    pub fn waiting(&self) -> (usize, usize) {
        (self.inner.writes.len(), self.inner.reads.len())
    }

    /// Prepares every statement linked into this program on this engine and looks for what the house rules forbid;
    /// one line for each problem. The migrations must have been applied.
    ///
    /// # Errors
    /// `Unavailable` when the database is not reachable.
    pub fn prepare_all(&self) -> Result<Vec<String>> {
        let mut problems = lint::all();
        problems.extend(match &self.inner.postgres {
            None => sqlite::prepare_all(&self.inner.options)?,
            Some(server) => server.prepare_all()?,
        });
        Ok(problems)
    }
}

fn call<T, F>(home: &Home, function: F, reply: Reply<T>) -> Box<dyn Call>
where
    T: Send + 'static,
    F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
{
    Box::new(UseCase { home: home.clone(), queued: Ticks::now(), function, value: None, reply })
}

fn full(error: &TrySendError<Box<dyn Call>>) -> Error {
    match error {
        TrySendError::Full(_) => Error::unavailable(format!("{QUEUE} calls are waiting already")),
        TrySendError::Disconnected(_) => Error::unavailable("the database threads have ended"),
    }
}

/// `None` when there is no answer in time.
async fn wait<T, F>(queue: &Sender<Box<dyn Call>>, home: &Home, function: F) -> Option<Result<T>>
where
    T: Send + 'static,
    F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
{
    let (sender, receiver) = oneshot::channel();
    if let Err(refused) = queue.try_send(call(home, function, Reply::Task(sender))) {
        return Some(Err(full(&refused)));
    }
    let answer = tokio::time::timeout(PATIENCE, receiver).await.ok()?;
    Some(answer.unwrap_or_else(|_| Err(Error::unavailable("the call was dropped without an answer"))))
}

fn block<T, F>(queue: &Sender<Box<dyn Call>>, home: &Home, function: F) -> Result<T>
where
    T: Send + 'static,
    F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
{
    if OWNS_CONNECTION.get() {
        return Err(Error::internal("a use case called the database inside its transaction; pass its Tx on instead"));
    }
    let (sender, receiver) = mpsc::sync_channel(1);
    let sent = queue.send(call(home, function, Reply::Thread(sender)));
    sent.map_err(|_| Error::unavailable("the database threads have ended"))?;
    receiver.recv().unwrap_or_else(|_| Err(Error::unavailable("the call was dropped without an answer")))
}
