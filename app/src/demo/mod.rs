//! The demonstration: invented people and some hundreds of dossiers in all states, made through the public use cases.

mod accounts;
mod acts;
mod base;
mod letter;
mod level4;
mod people;
mod plans;
mod routes;
mod signatures;
mod simulate;

pub use accounts::{DemoAccount, PASSWORD, accounts, totp_secret};
pub use base::base_data;
pub(crate) use letter::{JOB as LETTER_JOB, arrive as letter_arrives};
pub use routes::{DemoTime, routes};
pub use signatures::signatures;
pub use simulate::{Size, seed};

use std::sync::Arc;

use kernel_base::{Clock, Instant};
use kernel_web::accounts::WallClock;

use crate::clock::{DemoClock, SystemClock};

/// Where the demonstration begins: 26 July 2021, 08:00 in Vietnam.
#[must_use]
pub fn start() -> Instant {
    Instant::from_vietnam(jiff::civil::date(2021, 7, 26).at(8, 0, 0, 0))
}

/// One-time codes follow phones; while dossiers are seeded they follow the seeding clock.
#[derive(Debug)]
pub struct DemoWall(pub Arc<DemoClock>);

impl WallClock for DemoWall {
    fn now(&self) -> Instant {
        if self.0.is_held() { self.0.now() } else { Clock::now(&SystemClock) }
    }
}
