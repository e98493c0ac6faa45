//! Work after the commit: a queue in the database, written in the transaction of the fact it follows from.
//!
//! - [`enqueue`] adds a job inside a use case; it exists if and only if the fact was committed.
//! - A [`Handler`] runs it: [`Handler::in_tx`] in the very transaction that marks it done (its effect happens exactly
//!   once), [`Handler::blocking`] for work outside the database (at least once, so it must be idempotent).
//! - A failed attempt (an error or a panic) is tried again later and later; after the last one the job is *dead* and
//!   shows in [`health`].
//! - A [`Schedule`] enqueues a recurring job; runs missed while the server was off collapse into one.
//!
//! Several processes may work on one database: a claim is an update with the row's version.

mod handler;
mod job;
mod runner;
mod schedule;
mod store;

use kernel_db::Migration;

pub use handler::{Handler, JobContext};
pub use job::{Health, Job, JobId, Subscriptions, enqueue, forget, health, publish, retry_dead};
pub use runner::{Runner, RunnerHandle};
pub use schedule::{Every, Schedule};

pub const MIGRATIONS: &[Migration] =
    &[Migration { system: "jobs", number: 1, name: "jobs", sql: include_str!("../migrations/001_jobs.sql") }];
