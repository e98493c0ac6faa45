//! Runs what is due: by hand in tests, on its own threads in the server.

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use kernel_base::{Error, Home, Result};
use kernel_db::Db;

use crate::{
    Handler, JobContext, Schedule,
    handler::Run,
    job::WAKE,
    schedule,
    store::{self, Due, Failure},
};

/// Jobs looked up at once.
const PAGE: i64 = 50;

/// A run by hand ends after so many jobs, should they breed.
const MOST: usize = 100_000;

/// How often an idle worker looks.
const IDLE: Duration = Duration::from_secs(1);

/// How often a worker looks in the moments after a job was enqueued, whose commit is yet to come.
const EAGER: [Duration; 5] = [
    Duration::from_millis(5),
    Duration::from_millis(15),
    Duration::from_millis(40),
    Duration::from_millis(100),
    Duration::from_millis(250),
];

/// Done jobs are kept so long.
const KEPT_HOURS: i64 = 7 * 24;

/// First pause after a failed attempt; doubled each time up to an hour.
const PAUSE_SECONDS: i64 = 15;
const LONGEST_PAUSE_SECONDS: i64 = 3_600;

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attempt {
    Done,
    Failed,
    /// Another worker has it.
    Taken,
}

/// Runs the jobs of one home.
#[derive(Debug)]
pub struct Runner {
    db: Db,
    home: Home,
    handlers: HashMap<&'static str, Handler>,
    schedules: Arc<[Schedule]>,
}

impl Runner {
    pub fn new(
        db: Db,
        home: Home,
        handlers: impl IntoIterator<Item = Handler>,
        schedules: impl IntoIterator<Item = Schedule>,
    ) -> Self {
        let handlers = handlers.into_iter().map(|handler| (handler.name, handler)).collect();
        Self { db, home, handlers, schedules: schedules.into_iter().collect() }
    }

    /// Enqueues due schedules and runs every due job, also those enqueued meanwhile, until none is left.
    /// How many were done; a failed one waits for its next attempt.
    ///
    /// # Errors
    /// Those of the database.
    pub fn run_due(&self) -> Result<usize> {
        self.tick()?;
        let mut done = 0;
        let mut tried = 0;
        loop {
            let due = self.db.read_blocking(&self.home, |tx| store::due(tx, PAGE))?;
            if due.is_empty() || tried >= MOST {
                return Ok(done);
            }
            for job in due {
                tried += 1;
                if self.attempt(&job)? == Attempt::Done {
                    done += 1;
                }
            }
        }
    }

    fn tick(&self) -> Result<()> {
        let schedules = Arc::clone(&self.schedules);
        if !self.db.read_blocking(&self.home, move |tx| schedule::any_due(tx, &schedules))? {
            return Ok(());
        }
        let schedules = Arc::clone(&self.schedules);
        self.db.write_blocking(&self.home, move |tx| {
            let before = tx.now().plus_hours(-KEPT_HOURS);
            store::purge(tx, before)?;
            schedule::tick(tx, &schedules)
        })
    }

    fn attempt(&self, due: &Due) -> Result<Attempt> {
        let Some(handler) = self.handlers.get(due.name.as_str()) else {
            let error = Error::internal(format!("no handler for the job {}", due.name));
            return self.failed(due, due.version, 10, &error);
        };
        match &handler.run {
            Run::InTx(run) => {
                let (run, job) = (Arc::clone(run), due.clone());
                let outcome = self.db.write_blocking(&self.home, move |tx| {
                    // Marked first, so that another worker of the same job waits here and finds it done.
                    if !store::done(tx, &job.id, job.version)? {
                        return Ok(Attempt::Taken);
                    }
                    run(tx, &job.body)?;
                    Ok(Attempt::Done)
                });
                match outcome {
                    Ok(attempt) => Ok(self.counted(due, attempt)),
                    Err(error) => self.failed(due, due.version, handler.attempts, &error),
                }
            }
            Run::Blocking(run) => {
                let (job, minutes) = (due.clone(), handler.lock_minutes);
                let claimed = self.db.write_blocking(&self.home, move |tx| {
                    let until = tx.now().plus_minutes(minutes);
                    store::claim(tx, &job, until)
                })?;
                if !claimed {
                    return Ok(Attempt::Taken);
                }
                let context = JobContext { db: self.db.clone(), home: self.home.clone(), attempt: due.attempts + 1 };
                let outcome = catch_unwind(AssertUnwindSafe(|| run(&context, &due.body)))
                    .unwrap_or_else(|panic| Err(Error::internal(format!("the job panicked: {}", words(&*panic)))));
                match outcome {
                    Ok(()) => self.finished(due),
                    Err(error) => self.failed(due, due.version + 1, handler.attempts, &error),
                }
            }
        }
    }

    /// Marks a claimed job done; another worker may have taken it over when the claim ran out.
    fn finished(&self, due: &Due) -> Result<Attempt> {
        let job = due.clone();
        let marked = self.db.write_blocking(&self.home, move |tx| store::done(tx, &job.id, job.version + 1))?;
        Ok(self.counted(due, if marked { Attempt::Done } else { Attempt::Taken }))
    }

    fn counted(&self, due: &Due, attempt: Attempt) -> Attempt {
        if attempt == Attempt::Done {
            metrics::counter!("jobs_done_total", "name" => due.name.clone()).increment(1);
        }
        attempt
    }

    fn failed(&self, due: &Due, version: i64, most: i64, error: &Error) -> Result<Attempt> {
        let attempts = due.attempts + 1;
        let dead = attempts >= most;
        metrics::counter!("jobs_failed_total", "name" => due.name.clone()).increment(1);
        tracing::warn!(job = %due.id, name = due.name, attempts, dead, %error, "a job failed");
        let pause = (PAUSE_SECONDS << (attempts - 1).clamp(0, 16)).min(LONGEST_PAUSE_SECONDS);
        let (id, text) = (due.id.clone(), error.to_string().replace('\0', ""));
        self.db.write_blocking(&self.home, move |tx| {
            let run_at = tx.now().plus_millis(pause * 1_000);
            let failure = Failure { attempts, run_at, error: text.clone(), dead };
            store::failed(tx, &id, version, &failure)
        })?;
        Ok(Attempt::Failed)
    }

    /// Works on `workers` threads of its own until the handle is stopped.
    ///
    /// # Errors
    /// `Unavailable` when no thread can be started.
    pub fn spawn(self, workers: usize) -> Result<RunnerHandle> {
        let stop = Arc::new(AtomicBool::new(false));
        let runner = Arc::new(self);
        let mut handle = RunnerHandle { stop: Arc::clone(&stop), threads: Vec::new() };
        for number in 0..workers.max(1) {
            let (runner, stop) = (Arc::clone(&runner), Arc::clone(&stop));
            let thread = thread::Builder::new().name(format!("jobs-{number}")).spawn(move || runner.work(&stop));
            handle.threads.push(thread.map_err(|e| Error::unavailable(format!("cannot start a job thread: {e}")))?);
        }
        Ok(handle)
    }

    fn work(&self, stop: &AtomicBool) {
        let mut heard = WAKE.rings();
        let mut looks = 0;
        while !stop.load(Ordering::SeqCst) {
            match self.run_some(stop) {
                Ok(0) => {}
                Ok(_) => looks = 0,
                Err(error) => tracing::error!(%error, "the job queue cannot be read"),
            }
            let patience = EAGER.get(looks).copied().unwrap_or(IDLE);
            let rings = WAKE.wait(heard, patience);
            looks = if rings == heard { (looks + 1).min(EAGER.len()) } else { 0 };
            heard = rings;
        }
    }

    /// As [`Runner::run_due`], but stops between two jobs when asked to.
    fn run_some(&self, stop: &AtomicBool) -> Result<usize> {
        self.tick()?;
        let due = self.db.read_blocking(&self.home, |tx| store::due(tx, PAGE))?;
        let mut done = 0;
        for job in due {
            if stop.load(Ordering::SeqCst) {
                break;
            }
            if self.attempt(&job)? == Attempt::Done {
                done += 1;
            }
        }
        Ok(done)
    }
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

/// The running workers; dropping it stops them after the jobs in hand.
#[derive(Debug)]
pub struct RunnerHandle {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl RunnerHandle {
    /// Lets the workers finish the jobs in hand and waits for them.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        WAKE.ring();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a job thread panicked");
            }
        }
    }
}

impl Drop for RunnerHandle {
    fn drop(&mut self) {
        self.end();
    }
}
