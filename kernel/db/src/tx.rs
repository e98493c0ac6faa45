//! The transaction a use case runs in.

use std::{any::Any, sync::Arc};

use kernel_base::{Clock, Error, Home, Instant, Result, TypedId, random_id_part};
use parking_lot::Mutex;
use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::{DbOptions, Engine, Ports, Row, Sql, Value, postgres, sqlite};

/// What every transaction of one database shares.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<dyn Clock>,
    ports: Ports,
    /// Source of the seeds of seeded transactions; absent outside tests.
    seeds: Option<Mutex<StdRng>>,
}

impl Shared {
    pub(crate) fn new(engine: Engine, options: &DbOptions) -> Self {
        Self {
            engine,
            clock: Arc::clone(&options.clock),
            ports: options.ports.clone(),
            seeds: options.seed.map(|seed| Mutex::new(StdRng::seed_from_u64(seed))),
        }
    }
}

/// The connection below a transaction.
pub(crate) enum Session<'a> {
    Sqlite(&'a rusqlite::Connection),
    Postgres(&'a mut postgres::Connection),
}

/// Why a transaction cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The connection is gone.
    Lost,
    /// The engine asks to run the transaction again.
    Again,
    /// A statement failed.
    Failed,
}

/// A transaction of one home, at one instant. A use case gets it and has no effect outside it.
pub struct Tx<'a> {
    session: Session<'a>,
    shared: &'a Shared,
    home: &'a Home,
    now: Instant,
    writable: bool,
    chance: Option<StdRng>,
    trouble: Option<Trouble>,
    told: Vec<Box<dyn Any + Send>>,
}

impl std::fmt::Debug for Tx<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tx").field("home", self.home).field("now", &self.now).finish_non_exhaustive()
    }
}

impl<'a> Tx<'a> {
    pub(crate) fn new(session: Session<'a>, shared: &'a Shared, home: &'a Home, writable: bool) -> Self {
        let chance = shared.seeds.as_ref().map(|seeds| StdRng::from_rng(&mut *seeds.lock()));
        Self { session, shared, home, now: shared.clock.now(), writable, chance, trouble: None, told: Vec::new() }
    }

    pub(crate) fn trouble(&self) -> Option<Trouble> {
        self.trouble
    }

    /// The tenant whose rows this transaction sees.
    #[must_use]
    pub fn home(&self) -> &Home {
        self.home
    }

    /// The instant of this transaction; it does not move while the use case runs.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.now
    }

    /// The engine below; only for the few places where the two differ.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.shared.engine
    }

    /// A new identifier, ordered by the transaction's instant.
    pub fn new_id<I: TypedId>(&mut self) -> I {
        let random = self.random();
        I::from_part(&random_id_part(self.now, random))
    }

    /// Random bytes, good enough for keys and tokens (repeatable when the database was opened with a seed).
    pub fn random<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        match &mut self.chance {
            Some(seeded) => seeded.fill_bytes(&mut bytes),
            None => rand::rng().fill_bytes(&mut bytes),
        }
        bytes
    }

    /// Leaves a remark for whoever opened this transaction, e.g. that a person's data is read in it: a read
    /// transaction cannot write it down itself.
    pub fn tell<T: Any + Send>(&mut self, remark: T) {
        self.told.push(Box::new(remark));
    }

    /// Takes the remarks of a type, in the order in which they were told.
    pub fn told<T: Any + Send>(&mut self) -> Vec<T> {
        let (mut found, mut rest) = (Vec::new(), Vec::new());
        for remark in std::mem::take(&mut self.told) {
            match remark.downcast::<T>() {
                Ok(remark) => found.push(*remark),
                Err(other) => rest.push(other),
            }
        }
        self.told = rest;
        found
    }

    /// The implementation of a port of `kernel/contract`.
    ///
    /// # Errors
    /// `Internal` when the program was put together without it.
    pub fn port<P: ?Sized + Send + Sync + 'static>(&self) -> Result<Arc<P>> {
        self.shared.ports.get()
    }

    /// Runs a statement that changes rows; how many it changed.
    ///
    /// # Errors
    /// `Conflict` with code `constraint` when a rule of the schema is violated (see [`crate::constraint`]),
    /// `Unavailable` when the database is not reachable, `Internal` for a defect or in a read.
    pub fn execute(&mut self, sql: &'static Sql, params: &[Value]) -> Result<u64> {
        if !self.writable {
            return Err(Error::internal(format!("{}: a read cannot change rows", sql.place())));
        }
        self.ready(sql, params)?;
        let done = match &mut self.session {
            Session::Sqlite(connection) => sqlite::execute(connection, sql, self.home, params),
            Session::Postgres(connection) => postgres::execute(connection, sql, self.home, params),
        };
        done.map_err(|failure| self.failed(sql, failure))
    }

    /// Runs an update that must find its row: `.. AND version = $n`.
    ///
    /// # Errors
    /// `Stale` when no row was changed: the whole use case is run again, and only when it keeps losing does the person
    /// see a conflict. `Internal` when more than one row was changed. Else as [`Tx::execute`].
    pub fn execute_one(&mut self, sql: &'static Sql, params: &[Value]) -> Result<()> {
        match self.execute(sql, params)? {
            1 => Ok(()),
            0 => {
                let mut stale = Error::stale("no row was changed");
                stale.inside = Some(format!("{}: no row was changed", sql.place()));
                Err(stale)
            }
            many => {
                // Must not be committed, even if the caller looks away.
                self.trouble = Some(Trouble::Failed);
                Err(Error::internal(format!("{}: changed {many} rows instead of one", sql.place())))
            }
        }
    }

    /// All rows. An `INSERT`, `UPDATE` or `DELETE .. RETURNING` is a query too.
    ///
    /// # Errors
    /// As [`Tx::execute`].
    pub fn query(&mut self, sql: &'static Sql, params: &[Value]) -> Result<Vec<Row>> {
        self.ready(sql, params)?;
        let rows = match &mut self.session {
            Session::Sqlite(connection) => sqlite::query(connection, sql, self.home, params),
            Session::Postgres(connection) => postgres::query(connection, sql, self.home, params),
        };
        rows.map_err(|failure| self.failed(sql, failure))
    }

    /// The row, if there is one.
    ///
    /// # Errors
    /// `Internal` when there are several. Else as [`Tx::execute`].
    pub fn query_opt(&mut self, sql: &'static Sql, params: &[Value]) -> Result<Option<Row>> {
        let mut rows = self.query(sql, params)?;
        if rows.len() > 1 {
            return Err(Error::internal(format!("{}: {} rows instead of one", sql.place(), rows.len())));
        }
        Ok(rows.pop())
    }

    /// The row of a statement that always has one, such as a count.
    ///
    /// # Errors
    /// `Internal` when there is none or there are several. Else as [`Tx::execute`].
    pub fn query_one(&mut self, sql: &'static Sql, params: &[Value]) -> Result<Row> {
        let row = self.query_opt(sql, params)?;
        row.ok_or_else(|| Error::internal(format!("{}: no row instead of one", sql.place())))
    }

    /// Asks the engine for nothing; fails when it is gone.
    pub(crate) fn ping(&mut self) -> Result<()> {
        self.query_one(crate::sql!("SELECT CAST($1 AS TEXT) AS home"), &[]).map(drop)
    }

    fn ready(&self, sql: &'static Sql, params: &[Value]) -> Result<()> {
        if self.trouble.is_some() {
            return Err(Error::internal(format!("{}: an earlier statement failed, nothing more can run", sql.place())));
        }
        for (at, value) in params.iter().enumerate() {
            match value {
                Value::Text(text) if text.contains('\0') => {
                    return Err(Error::refused(
                        "nul_character",
                        (
                            "Có ký tự không hợp lệ (NUL). Hãy nhập lại.",
                            "There is a character that is not allowed (NUL). Enter it again.",
                        ),
                    ));
                }
                Value::Real(number) if !number.is_finite() => {
                    return Err(Error::internal(format!("{}: parameter {} is not a number", sql.place(), at + 2)));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn failed(&mut self, sql: &'static Sql, failure: Failure) -> Error {
        self.trouble = Some(failure.trouble);
        let mut error = failure.error;
        if crate::constraint(&error).is_none() {
            error.inside = Some(format!("{}: {}", sql.place(), error.inside.unwrap_or_default()));
        }
        error
    }
}

/// A failed statement.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) trouble: Trouble,
    pub(crate) error: Error,
}

impl Failure {
    pub(crate) fn new(error: Error) -> Self {
        Self { trouble: Trouble::Failed, error }
    }
}
