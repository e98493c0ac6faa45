//! A queued use case and the way its answer goes back.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc,
    time::Instant as Ticks,
};

use kernel_base::{Error, Home, Result};
use tokio::sync::oneshot;

use crate::Tx;

/// Where the answer goes: to a waiting task or to a waiting thread.
#[derive(Debug)]
pub(crate) enum Reply<T> {
    Task(oneshot::Sender<Result<T>>),
    Thread(mpsc::SyncSender<Result<T>>),
}

impl<T> Reply<T> {
    fn send(self, answer: Result<T>) {
        // Nobody waits any more when the visitor has gone; what was stored stays stored.
        match self {
            Self::Task(sender) => drop(sender.send(answer)),
            Self::Thread(sender) => drop(sender.send(answer)),
        }
    }

    fn abandoned(&self) -> bool {
        matches!(self, Self::Task(sender) if sender.is_closed())
    }
}

/// A use case in the queue, whatever it answers with.
pub(crate) trait Call: Send {
    fn home(&self) -> &Home;
    fn queued(&self) -> Ticks;
    /// True when nobody waits for the answer.
    fn abandoned(&self) -> bool;
    /// Runs the use case; may be called again after a conflict. A panic is an error.
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<()>;
    /// Sends the value of the last run, or the error.
    fn answer(self: Box<Self>, outcome: Result<()>);
}

pub(crate) struct UseCase<T, F> {
    pub(crate) home: Home,
    pub(crate) queued: Ticks,
    pub(crate) function: F,
    pub(crate) value: Option<T>,
    pub(crate) reply: Reply<T>,
}

impl<T, F> Call for UseCase<T, F>
where
    T: Send,
    F: Fn(&mut Tx<'_>) -> Result<T> + Send,
{
    fn home(&self) -> &Home {
        &self.home
    }

    fn queued(&self) -> Ticks {
        self.queued
    }

    fn abandoned(&self) -> bool {
        self.reply.abandoned()
    }

    fn run(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        self.value = None;
        let value = catch_unwind(AssertUnwindSafe(|| (self.function)(tx))).unwrap_or_else(|panic| {
            let words = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let words = words.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
            Err(Error::internal(format!("the use case panicked: {words}")))
        })?;
        self.value = Some(value);
        Ok(())
    }

    fn answer(self: Box<Self>, outcome: Result<()>) {
        let this = *self;
        let answer = outcome.and_then(|()| this.value.ok_or_else(|| Error::internal("a use case without a value")));
        this.reply.send(answer);
    }
}
