//! Climbs the ladders of all obligations and tells the systems.

use kernel_base::{Error, Result};
use kernel_contract::{RUNG_CLIMBED, RungClimbed};
use kernel_db::Tx;
use kernel_jobs::{Job, JobContext};
use serde_json::json;

/// Name of the job.
pub const JOB: &str = "obligations.climb";

/// Rungs in one transaction: well below the time that a writer may be held.
const BATCH: i64 = 50;
/// Transactions in one run: 20,000 rungs. What follows from a rung waits in the queue meanwhile; a rung must not wait for
/// that, or thousands due at once would miss their minute.
const BATCHES: usize = 400;

/// Climbs what is due. Each rung, its event and the jobs of those who want to know are one transaction, so a process
/// that is killed at any instant loses nothing and repeats nothing. The next run is enqueued for the very instant at
/// which the next rung is due, when that is less than a minute away; else the schedule of every minute finds it.
///
/// # Errors
/// Those of the database.
pub fn climb(context: &JobContext) -> Result<()> {
    for _ in 0..BATCHES {
        if context.db.write_blocking(&context.home, batch)? == 0 {
            return context.db.write_blocking(&context.home, wake);
        }
    }
    context
        .db
        .write_blocking(&context.home, |tx| kernel_jobs::enqueue(tx, Job::new(JOB, json!({})).key("more")).map(drop))
}

fn batch(tx: &mut Tx<'_>) -> Result<usize> {
    let fired = kernel_obligations::fire(tx, BATCH)?;
    let now = tx.now();
    for rung in &fired {
        let event = serde_json::to_value(RungClimbed::new(rung, now));
        let event = event.map_err(|e| Error::internal(format!("{RUNG_CLIMBED}: {e}")))?;
        kernel_jobs::publish(tx, RUNG_CLIMBED, &event)?;
    }
    Ok(fired.len())
}

/// Comes back at the instant of the next rung within the minute.
fn wake(tx: &mut Tx<'_>) -> Result<()> {
    let soon = tx.now().plus_minutes(1);
    if let Some(at) = kernel_obligations::next_action(tx)?.filter(|at| *at < soon) {
        kernel_jobs::enqueue(tx, Job::new(JOB, json!({})).key("wake").at(at))?;
    }
    Ok(())
}
