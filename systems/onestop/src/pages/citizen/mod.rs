//! The citizen's side of a dossier: where it is, who holds it, until when and why, what comes next.

mod act;
mod answer;
mod lookup;
mod mine;
mod status;
mod verify;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use kernel_web::Web;

pub(crate) use mine::Mine;

/// Addresses of the pages.
pub(crate) fn routes() -> Router<Web> {
    let largest = usize::try_from(kernel_files::limits::MAX_PAPER).unwrap_or(usize::MAX);
    Router::new()
        .route("/dossiers/{code}", get(status::page))
        .route("/dossiers/{code}/answer", post(answer::answer).layer(DefaultBodyLimit::max(largest)))
        .route("/dossiers/{code}/withdraw", post(act::withdraw))
        .route("/tra-cuu", get(lookup::page))
        .route(
            "/kiem-tra",
            get(verify::page).post(verify::check).layer(DefaultBodyLimit::max(crate::api::verify::LARGEST + 65_536)),
        )
}
