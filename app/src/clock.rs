//! The only place where time is real.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use kernel_base::{Clock, Instant};
use kernel_web::accounts::WallClock;

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one real clock")]
    fn now(&self) -> Instant {
        Instant::from_timestamp(jiff::Timestamp::now())
    }
}

impl WallClock for SystemClock {
    fn now(&self) -> Instant {
        Clock::now(self)
    }
}

/// The clock of a running server: the machine's, but never back, whatever is done to that one meanwhile.
#[derive(Debug, Default)]
pub struct ForwardClock {
    /// The latest instant that was shown, in milliseconds since 1970.
    latest: AtomicI64,
}

impl Clock for ForwardClock {
    fn now(&self) -> Instant {
        let now = Clock::now(&SystemClock).as_millis();
        Instant::from_millis(self.latest.fetch_max(now, Ordering::SeqCst).max(now))
    }
}

/// The demonstration's clock: runs as the machine's does, from another instant, and can be moved forward.
#[derive(Debug)]
pub struct DemoClock {
    base: Arc<dyn Clock>,
    /// Milliseconds added to the base.
    shift: AtomicI64,
    /// While seeding it stands still and is set by hand: milliseconds since 1970, or 0 when it runs.
    held: AtomicI64,
}

impl DemoClock {
    /// A clock that shows `start` now and runs on.
    pub fn starting_at(start: Instant) -> Self {
        let base: Arc<dyn Clock> = Arc::new(SystemClock);
        let shift = start.as_millis() - base.now().as_millis();
        Self { base, shift: AtomicI64::new(shift), held: AtomicI64::new(0) }
    }

    /// Stands still at `instant`, for seeding.
    pub fn hold(&self, instant: Instant) {
        self.held.store(instant.as_millis(), Ordering::SeqCst);
    }

    /// Whether it stands still.
    pub fn is_held(&self) -> bool {
        self.held.load(Ordering::SeqCst) != 0
    }

    /// Runs on from `instant`.
    pub fn run_from(&self, instant: Instant) {
        self.shift.store(instant.as_millis() - self.base.now().as_millis(), Ordering::SeqCst);
        self.held.store(0, Ordering::SeqCst);
    }

    /// Moves forward; never back, so that no event is older than the one before.
    pub fn advance_millis(&self, millis: i64) {
        self.shift.fetch_add(millis.max(0), Ordering::SeqCst);
    }
}

impl Clock for DemoClock {
    fn now(&self) -> Instant {
        match self.held.load(Ordering::SeqCst) {
            0 => self.base.now().plus_millis(self.shift.load(Ordering::SeqCst)),
            held => Instant::from_millis(held),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_of_a_server_never_goes_back() {
        let clock = ForwardClock::default();
        let now = clock.now();
        let ahead = now.plus_hours(1);
        clock.latest.store(ahead.as_millis(), Ordering::SeqCst);
        assert_eq!(clock.now(), ahead, "the machine's clock was set back by an hour");
    }

    #[test]
    fn the_clock_of_the_demonstration_starts_where_it_is_told_and_never_goes_back() {
        let start = Instant::parse("2021-07-26T08:00").unwrap();
        let clock = DemoClock::starting_at(start);
        assert!((clock.now().as_millis() - start.as_millis()).abs() < 5_000);
        clock.advance_millis(-1_000_000);
        assert!(clock.now() >= start);
        clock.advance_millis(3_600_000);
        assert!(clock.now() >= start.plus_hours(1));
    }
}
