//! The level-4 pipeline: an agency lists and proposes a service, it is consolidated, reviewed by criterion, approved,
//! tried and live. Nobody types a share.

mod api;
pub mod flow;
pub mod model;
mod pages;
mod store;

use axum::Router;
use kernel_web::Web;

/// Pages and JSON of the pipeline.
pub(crate) fn routes() -> Router<Web> {
    api::routes().merge(pages::routes())
}

pub(crate) use api::PipelineDoc;
