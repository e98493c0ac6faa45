//! The public scoreboard: what was kept, late, open and overdue, by agency, kind and period, without sign-in.

mod api;
mod chart;
pub mod flow;
pub mod model;
mod pages;

use axum::Router;
use kernel_base::Result;
use kernel_db::Tx;
use kernel_web::Web;

/// Pages and JSON of the board.
pub(crate) fn routes() -> Router<Web> {
    api::routes().merge(pages::routes())
}

/// The part of the OpenAPI document that scoreboard, measures, pipeline and brief write.
#[derive(Debug, utoipa::OpenApi)]
#[openapi(paths(api::board, api::rows))]
pub struct Doc;

/// Months whose signed file is there, the newest first.
fn monthly_files(_tx: &mut Tx<'_>) -> Result<Vec<String>> {
    Ok(Vec::new())
}
