//! Nobody is asked twice: the personal store, prefill with provenance, consent, and who read what.

mod flow;
mod model;
mod store;

use std::sync::Arc;

use kernel_contract::{Claims, Prefill};
use kernel_db::{Migration, Ports};

/// Tables of this system, in their order.
pub const MIGRATIONS: &[Migration] =
    &[Migration { system: "once", number: 1, name: "once", sql: include_str!("../migrations/001_once.sql") }];

/// The ports that this system implements.
#[must_use]
pub fn ports(ports: Ports) -> Ports {
    ports.with::<dyn Prefill>(Arc::new(flow::Port)).with::<dyn Claims>(Arc::new(flow::AccountClaims))
}
