//! Online public services (dịch vụ công trực tuyến): the citizen's side and the catalogue of procedures.

mod api;
mod flow;
pub mod import;
mod model;
mod pages;
mod prepare;
pub mod search;
pub mod seed;
mod store;

use std::sync::Arc;

use axum::Router;
use kernel_contract::Catalogue;
use kernel_db::{Migration, Ports};
use kernel_web::Web;

pub use api::Doc;
pub use flow::{
    DraftVersion, FormFigures, ProcedureView, delete_expired_drafts, delete_old_batches, drafts, hand_over_drafts,
    import_procedures, look, procedures_on, publish_draft, publish_seed, search as find, verify,
    warn_of_expiring_drafts,
};

/// Tables of this system, in their order.
pub const MIGRATIONS: &[Migration] = &[
    Migration { system: "services", number: 1, name: "services", sql: include_str!("../migrations/001_services.sql") },
    Migration { system: "services", number: 2, name: "drafts", sql: include_str!("../migrations/002_drafts.sql") },
    Migration { system: "services", number: 20, name: "prefill", sql: include_str!("../migrations/020_prefill.sql") },
    Migration {
        system: "services",
        number: 21,
        name: "draft_mandates",
        sql: include_str!("../migrations/021_draft_mandates.sql"),
    },
    Migration { system: "services", number: 22, name: "bulk", sql: include_str!("../migrations/022_bulk.sql") },
    Migration {
        system: "services",
        number: 50,
        name: "draft_marks",
        sql: include_str!("../migrations/050_draft_marks.sql"),
    },
];

/// Messages of the citizens' pages.
pub const MESSAGES: (&str, &str) = (include_str!("../i18n/vi.toml"), include_str!("../i18n/en.toml"));

/// All routes: JSON and pages.
pub fn routes() -> Router<Web> {
    api::routes().merge(pages::routes())
}

/// What this system keeps of people, for export and erasure.
#[must_use]
pub fn personal_data() -> Vec<Arc<dyn kernel_contract::PersonalData>> {
    vec![Arc::new(flow::Drafts)]
}

/// The ports that this system implements.
#[must_use]
pub fn ports(ports: Ports) -> Ports {
    ports.with::<dyn Catalogue>(Arc::new(flow::CataloguePort::default()))
}
