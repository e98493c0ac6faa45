//! What runs a job.

use std::sync::Arc;

use kernel_base::{Home, Result};
use kernel_db::{Db, Tx};
use serde_json::Value;

/// What a handler outside a transaction has at hand.
#[derive(Debug, Clone)]
pub struct JobContext {
    pub db: Db,
    pub home: Home,
    /// Counts from 1.
    pub attempt: i64,
}

type InTx = Arc<dyn Fn(&mut Tx<'_>, &Value) -> Result<()> + Send + Sync>;
type Blocking = Arc<dyn Fn(&JobContext, &Value) -> Result<()> + Send + Sync>;

#[derive(Clone)]
pub(crate) enum Run {
    InTx(InTx),
    Blocking(Blocking),
}

/// Runs the jobs of one name.
#[derive(Clone)]
pub struct Handler {
    pub(crate) name: &'static str,
    pub(crate) run: Run,
    pub(crate) attempts: i64,
    pub(crate) lock_minutes: i64,
}

impl std::fmt::Debug for Handler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Handler({}, {} attempts)", self.name, self.attempts)
    }
}

impl Handler {
    /// Runs in the transaction that marks the job done: its effect happens exactly once. Only the database, at most
    /// some 20 ms; may run again after a conflict.
    pub fn in_tx(name: &'static str, run: impl Fn(&mut Tx<'_>, &Value) -> Result<()> + Send + Sync + 'static) -> Self {
        Self { name, run: Run::InTx(Arc::new(run)), attempts: 10, lock_minutes: 5 }
    }

    /// Runs outside a transaction, for files, PDF and the net; may open its own. It can run twice (after a crash, or
    /// when it outlasts its claim of five minutes), so it must be idempotent.
    pub fn blocking(
        name: &'static str,
        run: impl Fn(&JobContext, &Value) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self { name, run: Run::Blocking(Arc::new(run)), attempts: 10, lock_minutes: 5 }
    }

    /// How many attempts before the job is given up; 10 when not said.
    #[must_use]
    pub fn attempts(mut self, attempts: i64) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// How long a claim of a blocking handler lasts; 5 minutes when not said.
    #[must_use]
    pub fn lock_minutes(mut self, minutes: i64) -> Self {
        self.lock_minutes = minutes.max(1);
        self
    }

    pub fn name(&self) -> &'static str {
        self.name
    }
}
