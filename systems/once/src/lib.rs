//! Nobody is asked twice: the personal store, prefill with provenance, consent, and who read what.
//!
//! Law, measured table, tables and events stand in the README beside this crate.

mod account;
mod api;
mod export;
mod flow;
mod model;
mod pages;
mod store;

use std::sync::Arc;

use axum::Router;
use kernel_contract::{PersonalData, PersonalDataHolders, Prefill};
use kernel_db::{Migration, Ports};
use kernel_web::Web;

pub use api::Doc;
pub use flow::{TELL_LOOKS, finish_erasures, hand_over, tell_looks};

/// Tables of this system, in their order.
pub const MIGRATIONS: &[Migration] =
    &[Migration { system: "once", number: 1, name: "once", sql: include_str!("../migrations/001_once.sql") }];

/// Messages of the pages.
pub const MESSAGES: (&str, &str) = (include_str!("../i18n/vi.toml"), include_str!("../i18n/en.toml"));

/// All routes: JSON and pages.
pub fn routes() -> Router<Web> {
    api::routes().merge(pages::routes())
}

/// The ports that this system implements. `others` are the systems that keep data of people.
#[must_use]
pub fn ports(ports: Ports, others: Vec<Arc<dyn PersonalData>>) -> Ports {
    let mut holders = others;
    holders.push(Arc::new(flow::LooseFiles));
    holders.push(Arc::new(flow::Choices));
    holders.push(Arc::new(account::OwnAccount));
    ports.with::<dyn Prefill>(Arc::new(flow::Port)).with::<PersonalDataHolders>(Arc::new(PersonalDataHolders(holders)))
}
