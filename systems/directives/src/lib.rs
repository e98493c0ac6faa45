//! Plans and directives (theo dõi nhiệm vụ, chỉ đạo, điều hành): what was promised to the committee, by whom, until when,
//! and what happens when it is late.
//!
//! Law, actors, states, tables and events stand in the README beside this crate.

pub mod scoreboard;

use axum::Router;
use kernel_db::{Migration, Ports};
use kernel_web::Web;
use utoipa::OpenApi;

/// Tables of this system, in their order. Numbers 1 to 49: documents, tasks, letters, teams; 50 to 99: metrics and the
/// pipeline of services.
pub const MIGRATIONS: &[Migration] = &[];

/// Message files of this system, for `kernel_web::Messages::load`.
pub const MESSAGES: (&str, &str) = (include_str!("../i18n/vi.toml"), include_str!("../i18n/en.toml"));

/// Message files of scoreboard, measures, pipeline and brief.
pub const BOARD_MESSAGES: (&str, &str) = (include_str!("../i18n/board.vi.toml"), include_str!("../i18n/board.en.toml"));

/// All routes: JSON and pages.
pub fn routes() -> Router<Web> {
    Router::new().merge(scoreboard::routes())
}

/// The ports that this system implements.
#[must_use]
pub fn ports(ports: Ports) -> Ports {
    ports
}

/// The part of the OpenAPI document that this system writes.
#[derive(Debug, OpenApi)]
#[openapi()]
pub struct Doc;
