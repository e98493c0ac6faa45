//! The leader's brief at 07:00: what turned red since yesterday, what waits for a signature.

mod api;
pub mod flow;
pub mod jobs;
pub mod model;
mod pages;

use axum::Router;
use kernel_web::Web;

pub(crate) use api::BriefDoc;

/// Page and JSON of the brief.
pub(crate) fn routes() -> Router<Web> {
    api::routes().merge(pages::routes())
}
