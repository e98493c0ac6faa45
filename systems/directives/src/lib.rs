//! Plans and directives (theo dõi nhiệm vụ, chỉ đạo, điều hành): what was promised to the committee, by whom, until when,
//! and what happens when it is late.
//!
//! Law, actors, states, tables and events stand in the README beside this crate.

mod api;
pub mod brief;
pub mod flow;
pub mod import;
pub mod jobs;
pub mod metrics;
pub mod model;
mod pages;
pub mod pipeline;
pub mod scoreboard;
mod store;

use axum::Router;
use kernel_db::{Migration, Ports};
use kernel_web::Web;

pub use api::Doc;
pub use store::{TaskFilter, TaskLine, UnitCounts};

/// Tables of this system, in their order. Numbers 1 to 49: documents, tasks, letters, teams; 50 to 99: metrics and the
/// pipeline of services.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        system: "directives",
        number: 1,
        name: "directives",
        sql: include_str!("../migrations/001_directives.sql"),
    },
    Migration {
        system: "directives",
        number: 2,
        name: "decisions",
        sql: include_str!("../migrations/002_decisions.sql"),
    },
    Migration { system: "directives", number: 50, name: "metrics", sql: include_str!("../migrations/050_metrics.sql") },
    Migration {
        system: "directives",
        number: 51,
        name: "pipeline",
        sql: include_str!("../migrations/051_pipeline.sql"),
    },
];

/// Message files of this system, for `kernel_web::Messages::load`.
pub const MESSAGES: (&str, &str) = (include_str!("../i18n/vi.toml"), include_str!("../i18n/en.toml"));

/// Message files of scoreboard, measures, pipeline and brief.
pub const BOARD_MESSAGES: (&str, &str) = (include_str!("../i18n/board.vi.toml"), include_str!("../i18n/board.en.toml"));

/// Job that hears of every rung of a ladder.
pub const RUNG_JOB: &str = "directives.rung";

pub use flow::{PRINT_JOB, TELL_JOB};

/// All routes: JSON and pages.
pub fn routes() -> Router<Web> {
    api::routes()
        .merge(pages::routes())
        .merge(scoreboard::routes())
        .merge(metrics::routes())
        .merge(pipeline::routes())
        .merge(brief::routes())
}

/// The ports that this system implements.
#[must_use]
pub fn ports(ports: Ports) -> Ports {
    ports.with::<dyn kernel_contract::Measures>(std::sync::Arc::new(metrics::Instrument))
}
