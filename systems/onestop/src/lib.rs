//! The electronic one-stop-shop (một cửa điện tử): reception, settlement along a workflow, approval, hand-over.
//!
//! Law, actors, states, tables and events stand in the README beside this crate.

mod api;
pub mod flow;
pub mod jobs;
pub mod model;
mod pages;
mod prepare;
mod slip_text;
mod store;
pub mod workflow;

use std::sync::Arc;

use axum::Router;
use kernel_contract::{DossierIntake, EarlierDossiers, FeeSettled, MyDossiers, OwnerContacts};
use kernel_db::{Migration, Ports};
use kernel_web::Web;

pub use api::Doc;
pub use store::{WorkFilter, WorkRow};

/// Tables of this system, in their order.
pub const MIGRATIONS: &[Migration] = &[
    Migration { system: "onestop", number: 1, name: "onestop", sql: include_str!("../migrations/001_onestop.sql") },
    Migration { system: "onestop", number: 18, name: "openings", sql: include_str!("../migrations/018_openings.sql") },
    Migration {
        system: "onestop",
        number: 20,
        name: "once_only",
        sql: include_str!("../migrations/020_once_only.sql"),
    },
];

/// Message files of this system, for `kernel_web::Messages::load`.
pub const MESSAGES: (&str, &str) = (include_str!("../i18n/vi.toml"), include_str!("../i18n/en.toml"));

/// All routes: JSON and pages.
pub fn routes() -> Router<Web> {
    api::routes().merge(pages::routes())
}

/// What this system keeps of people, for export and erasure.
#[must_use]
pub fn personal_data() -> Vec<Arc<dyn kernel_contract::PersonalData>> {
    vec![Arc::new(flow::Dossiers)]
}

/// The ports that this system implements.
#[must_use]
pub fn ports(ports: Ports) -> Ports {
    ports
        .with::<dyn DossierIntake>(Arc::new(flow::Intake))
        .with::<dyn MyDossiers>(Arc::new(pages::citizen::Mine))
        .with::<flow::Graphs>(Arc::new(flow::Graphs::default()))
        .with::<dyn EarlierDossiers>(Arc::new(flow::Own))
        .with::<dyn FeeSettled>(Arc::new(flow::Settling))
        .with::<dyn OwnerContacts>(Arc::new(flow::Settling))
}
