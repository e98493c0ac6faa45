//! Adding jobs, and how the queue is doing.

use std::{
    sync::{Condvar, Mutex, PoisonError},
    time::Duration,
};

use kernel_base::{Instant, Result, typed_id};
use kernel_db::Tx;
use serde_json::Value;

use crate::store;

typed_id!(
    /// A job in the queue.
    JobId, "job"
);

/// Work to be done after the commit.
#[derive(Debug, Clone)]
pub struct Job {
    /// Name of the handler; constant, old ones stay readable.
    pub name: &'static str,
    /// While a job of this name and key waits, no second one is added.
    pub key: Option<String>,
    /// What the handler needs: identifiers rather than facts, which may have changed until then.
    pub body: Value,
    /// Not before; `None` = at once.
    pub run_at: Option<Instant>,
}

impl Job {
    /// To be run at once, without a key.
    pub fn new(name: &'static str, body: Value) -> Self {
        Self { name, key: None, body, run_at: None }
    }

    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    #[must_use]
    pub fn at(mut self, run_at: Instant) -> Self {
        self.run_at = Some(run_at);
        self
    }
}

/// Adds a job in this transaction; `false` when one with the same name and key waits already.
///
/// # Errors
/// Those of the database.
#[expect(clippy::needless_pass_by_value, reason = "a job is made to be handed over")]
pub fn enqueue(tx: &mut Tx<'_>, job: Job) -> Result<bool> {
    let id: JobId = tx.new_id();
    let added = store::insert(tx, &id, &job)?;
    if added {
        WAKE.ring();
    }
    Ok(added)
}

/// Who wants to know of an event: pairs of event and job name. A port: `Ports::new().with::<Subscriptions>(..)`.
#[derive(Debug, Clone, Default)]
pub struct Subscriptions(Vec<(&'static str, &'static str)>);

impl Subscriptions {
    pub fn new(pairs: impl IntoIterator<Item = (&'static str, &'static str)>) -> Self {
        Self(pairs.into_iter().collect())
    }
}

/// Tells every subscriber of an event of `kernel/contract`, each by a job of its own. How many there are.
///
/// # Errors
/// `Internal` when the program was put together without [`Subscriptions`].
pub fn publish(tx: &mut Tx<'_>, event: &'static str, body: &Value) -> Result<usize> {
    let subscriptions = tx.port::<Subscriptions>()?;
    let mut told = 0;
    for (_, job) in subscriptions.0.iter().filter(|(name, _)| *name == event) {
        enqueue(tx, Job::new(job, body.clone()))?;
        told += 1;
    }
    Ok(told)
}

/// How the queue is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Health {
    /// Neither done nor dead.
    pub open: i64,
    /// Given up; a person must look.
    pub dead: i64,
    /// How long the oldest due job has waited, in seconds.
    pub oldest_due_seconds: i64,
}

/// How the queue is doing, for the metrics and the doctor.
///
/// # Errors
/// Those of the database.
pub fn health(tx: &mut Tx<'_>) -> Result<Health> {
    let now = tx.now();
    let (open, dead) = store::count(tx)?;
    let oldest = store::oldest_due(tx)?;
    let waited = oldest.map_or(0, |at| (now.as_millis() - at.as_millis()).max(0) / 1_000);
    Ok(Health { open, dead, oldest_due_seconds: waited })
}

/// Empties what finished and dead jobs were given, where it holds a word that stands for one person. How many.
///
/// # Errors
/// Those of the database.
pub fn forget(tx: &mut Tx<'_>, word: &str) -> Result<u64> {
    store::forget(tx, word)
}

/// Gives every dead job of a name new attempts, after the fault was repaired. How many.
///
/// # Errors
/// Those of the database.
pub fn retry_dead(tx: &mut Tx<'_>, name: &str) -> Result<u64> {
    store::revive(tx, name)
}

/// Wakes the workers of this process. The ring comes before the commit, so they look again for a little while.
#[derive(Debug)]
pub(crate) struct Bell {
    rings: Mutex<u64>,
    changed: Condvar,
}

pub(crate) static WAKE: Bell = Bell { rings: Mutex::new(0), changed: Condvar::new() };

impl Bell {
    pub(crate) fn ring(&self) {
        *self.rings.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.changed.notify_all();
    }

    pub(crate) fn rings(&self) -> u64 {
        *self.rings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for another ring than the last one heard, at most `patience`; the number heard now.
    pub(crate) fn wait(&self, heard: u64, patience: Duration) -> u64 {
        let rings = self.rings.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(rings, patience, |rings| *rings == heard);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}
