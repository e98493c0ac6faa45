//! Payments (thanh toán phí, lệ phí): what dossiers owe, tries to pay, receipts, refunds, reconciliation.
//!
//! Law, actors, states, tables and events stand in the README beside this crate.

mod api;
pub mod flow;
pub mod jobs;
pub mod model;
mod pages;
mod prepare;
mod store;

use std::sync::Arc;

use axum::Router;
use kernel_contract::{Fees, OnlinePayment, PersonalData};
use kernel_db::{Migration, Ports};
use kernel_web::Web;

pub use api::Doc;

/// Tables of this system, in their order.
pub const MIGRATIONS: &[Migration] = &[
    Migration { system: "payments", number: 1, name: "payments", sql: include_str!("../migrations/001_payments.sql") },
    Migration {
        system: "payments",
        number: 2,
        name: "distrusted",
        sql: include_str!("../migrations/002_distrusted.sql"),
    },
];

/// Message files of this system, for `kernel_web::Messages::load`.
pub const MESSAGES: (&str, &str) = (include_str!("../i18n/vi.toml"), include_str!("../i18n/en.toml"));

/// All routes: JSON and pages.
pub fn routes() -> Router<Web> {
    api::routes().merge(pages::routes())
}

/// What this system keeps of people.
#[must_use]
pub fn personal_data() -> Vec<Arc<dyn PersonalData>> {
    vec![Arc::new(flow::Payments)]
}

/// The port that this system implements.
#[must_use]
pub fn ports(ports: Ports) -> Ports {
    ports.with::<dyn Fees>(Arc::new(flow::Collector)).with::<OnlinePayment>(Arc::new(OnlinePayment))
}
