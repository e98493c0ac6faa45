//! Probes.

use axum::{extract::State, response::IntoResponse};
use http::header;

use crate::{Answer, Web, accounts};

/// The process answers.
pub(super) async fn live() -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-store")], "ok\n")
}

/// The process can serve: the database answers.
pub(super) async fn ready(State(web): State<Web>) -> Answer {
    web.read(accounts::ping).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], "ok\n").into_response())
}
