//! Measures (chỉ số): versioned definitions over the product's own data. A figure of any past day counts the same again,
//! and each opens its rows.

mod api;
pub mod flow;
pub mod model;
mod pages;
mod store;

use axum::Router;
use kernel_web::Web;

pub(crate) use api::MeasuresDoc;
pub use flow::Instrument;

/// Pages and JSON of measures.
pub(crate) fn routes() -> Router<Web> {
    api::routes().merge(pages::routes())
}
