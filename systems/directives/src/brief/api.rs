//! The brief as JSON.

use axum::{Router, extract::State, response::IntoResponse, routing::get};
use kernel_web::{Answer, SignedIn, Web};

use super::flow;

/// Routes below `/api/v1`.
pub(crate) fn routes() -> Router<Web> {
    Router::new().route("/api/v1/brief", get(brief))
}

/// The part of the OpenAPI document about the brief.
#[derive(Debug, utoipa::OpenApi)]
#[openapi(paths(brief))]
pub(crate) struct BriefDoc;

/// What turned red since the morning before, and what waits for the officer's signature.
#[utoipa::path(get, path = "/api/v1/brief", tag = "brief",
    responses((status = 200, description = "`{at, since, red, turned, to_sign}`"), (status = 401), (status = 403)))]
pub(crate) async fn brief(State(web): State<Web>, SignedIn(actor): SignedIn) -> Answer {
    let brief = web.read(move |tx| flow::brief(tx, &actor)).await?;
    Ok(axum::Json(brief).into_response())
}
