//! JSON face of the catalogue and of uploads.

mod administration;
mod draft_fields;
mod drafts;
mod known;
mod procedures;
mod signature;
pub(crate) mod uploads;
mod uploads_pieces;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, patch, post},
};
use kernel_web::Web;

/// Routes below `/api/v1`.
pub(crate) fn routes() -> Router<Web> {
    let largest = usize::try_from(kernel_files::limits::MAX_PAPER).unwrap_or(usize::MAX);
    Router::new()
        .route("/api/v1/procedures", get(procedures::list))
        .route("/api/v1/procedures/{code}", get(procedures::look))
        .route("/api/v1/catalogue/forms", get(administration::forms))
        .route("/api/v1/catalogue/forms/{id}", get(administration::form))
        .route("/api/v1/catalogue/forms/{id}/publish", post(administration::publish))
        .route("/api/v1/life-events", get(procedures::life_events))
        .route("/api/v1/files", post(uploads::receive).layer(DefaultBodyLimit::max(largest)))
        .route("/api/v1/drafts", post(drafts::begin))
        .route("/api/v1/drafts/{id}", get(drafts::look))
        .route("/api/v1/drafts/{id}/prefill", get(drafts::preview).post(drafts::answer))
        .route("/api/v1/drafts/{id}/fields", post(draft_fields::save))
        .route("/api/v1/drafts/{id}/submit", post(known::submit))
        .route("/api/v1/drafts/{id}/papers/{paper}/known", get(known::list).post(known::take))
        .route("/api/v1/drafts/{id}/papers/{paper}/uploads", post(uploads_pieces::begin))
        .route("/api/v1/drafts/{id}/uploads/{upload}", patch(uploads_pieces::piece).head(uploads_pieces::offset))
}

/// The part of the OpenAPI document that this system writes.
#[derive(Debug, utoipa::OpenApi)]
#[openapi(
    paths(
        procedures::list,
        procedures::look,
        procedures::life_events,
        administration::forms,
        administration::form,
        administration::publish,
        uploads::receive,
        drafts::begin,
        drafts::look,
        drafts::preview,
        drafts::answer,
        draft_fields::save,
        known::list,
        known::take,
        known::submit,
        uploads_pieces::begin,
        uploads_pieces::piece,
        uploads_pieces::offset,
    ),
    components(schemas(
        procedures::ProcedureJson,
        procedures::PaperJson,
        uploads::FileJson,
        drafts::BeginDraft,
        drafts::AnswerOffer,
        known::TakeKnown
    ))
)]
pub struct Doc;
