//! Urging letters and proposals for the annual rating.

use axum::{
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use kernel_base::{Error, Result};
use kernel_documents::Document;
use kernel_files::{FileRow, Files};
use kernel_web::{Answer, Empty, Json, Query, StaffMember, Web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::view::{LetterJson, RatingJson};
use crate::{
    flow,
    model::{AnswerLetter, DecideRating, SignLetter},
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct StateQuery {
    state: String,
}

/// Letters that the own agency issues or received; `state=draft` are those to be signed.
#[utoipa::path(get, path = "/api/v1/letters", tag = "directives", params(("state" = Option<String>, Query)),
    responses((status = 200, description = "`{items: [LetterJson]}`")))]
pub(crate) async fn list(State(web): State<Web>, staff: StaffMember, Query(query): Query<StateQuery>) -> Answer {
    let letters = web.read(move |tx| flow::look_letters(tx, &staff.actor, query.state.trim())).await?;
    let items: Vec<LetterJson> = letters.iter().map(LetterJson::from).collect();
    Ok(axum::Json(json!({ "items": items })).into_response())
}

/// One letter; the first officer of the unit who opens it has read it.
#[utoipa::path(get, path = "/api/v1/letters/{id}", tag = "directives", params(("id" = String, Path)),
    responses((status = 200, body = LetterJson), (status = 404)))]
pub(crate) async fn look(State(web): State<Web>, staff: StaffMember, Path(id): Path<String>) -> Answer {
    let letter = web.write(move |tx| flow::look_letter(tx, &staff.actor, &id, true)).await?;
    Ok(axum::Json(LetterJson::from(&letter)).into_response())
}

/// The letter as PDF: the draft as it stands, the signed one as it was signed.
#[utoipa::path(get, path = "/api/v1/letters/{id}/pdf", tag = "directives", params(("id" = String, Path)),
    responses((status = 200, content_type = "application/pdf"), (status = 404)))]
pub(crate) async fn document(State(web): State<Web>, staff: StaffMember, Path(id): Path<String>) -> Answer {
    let name = format!("{id}.pdf");
    let found = web
        .read(move |tx| {
            let document = flow::letter_document(tx, &staff.actor, &id)?;
            Ok((document, flow::signed_file(tx, flow::LETTER, &id)?))
        })
        .await?;
    Ok(printed(&web, found, &name).await?)
}

/// The signed file where there is one, else the document as it stands.
async fn printed(web: &Web, (document, signed): (Document, Option<FileRow>), name: &str) -> Result<Response> {
    match signed {
        Some(row) => Ok(as_pdf(web.extension::<Files>()?.read(&row).await?.to_vec(), name)),
        None => pdf(document, name).await,
    }
}

/// Ask again for a digital signature that the signer's device refused.
#[utoipa::path(post, path = "/api/v1/letters/{id}/sign-again", tag = "directives", request_body = Object,
    params(("id" = String, Path)),
    responses((status = 200, body = LetterJson), (status = 403), (status = 404), (status = 409)))]
pub(crate) async fn sign_again(
    State(web): State<Web>,
    staff: StaffMember,
    Path(id): Path<String>,
    Json(Empty {}): Json<Empty>,
) -> Answer {
    let letter = web.write(move |tx| flow::sign_letter_again(tx, &staff.actor, &id)).await?;
    Ok(axum::Json(LetterJson::from(&letter)).into_response())
}

/// The decision on a proposal as PDF, signed where it is signed.
#[utoipa::path(get, path = "/api/v1/ratings/{id}/pdf", tag = "directives", params(("id" = String, Path)),
    responses((status = 200, content_type = "application/pdf"), (status = 404)))]
pub(crate) async fn rating_document(State(web): State<Web>, staff: StaffMember, Path(id): Path<String>) -> Answer {
    let name = format!("{id}.pdf");
    let found = web
        .read(move |tx| {
            let document = flow::rating_document(tx, &staff.actor, &id)?;
            Ok((document, flow::signed_file(tx, flow::RATING, &id)?))
        })
        .await?;
    Ok(printed(&web, found, &name).await?)
}

/// Prints a document outside the request's thread.
pub(crate) async fn pdf(document: Document, name: &str) -> Result<Response> {
    let rendered = tokio::task::spawn_blocking(move || kernel_documents::render(&document))
        .await
        .map_err(|e| Error::internal(format!("render: {e}")))??;
    Ok(as_pdf(rendered.pdf, name))
}

/// A document in the browser, kept by no cache between.
pub(super) fn as_pdf(bytes: Vec<u8>, name: &str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/pdf".to_owned()),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
        (header::CONTENT_DISPOSITION, format!("inline; filename=\"{name}\"")),
    ];
    (headers, bytes).into_response()
}

/// Sign exactly the letter that was read; it is sent at once.
#[utoipa::path(post, path = "/api/v1/letters/{id}/sign", tag = "directives", request_body = SignLetter,
    params(("id" = String, Path)),
    responses((status = 200, body = LetterJson), (status = 403), (status = 404), (status = 409), (status = 422)))]
pub(crate) async fn sign(
    State(web): State<Web>,
    staff: StaffMember,
    Path(id): Path<String>,
    Json(body): Json<SignLetter>,
) -> Answer {
    let letter = web.write(move |tx| flow::sign_letter(tx, &staff.actor, &id, &body)).await?;
    Ok(axum::Json(LetterJson::from(&letter)).into_response())
}

/// The unit answers.
#[utoipa::path(post, path = "/api/v1/letters/{id}/answer", tag = "directives", request_body = AnswerLetter,
    params(("id" = String, Path)),
    responses((status = 200, body = LetterJson), (status = 403), (status = 404), (status = 409), (status = 422)))]
pub(crate) async fn answer(
    State(web): State<Web>,
    staff: StaffMember,
    Path(id): Path<String>,
    Json(body): Json<AnswerLetter>,
) -> Answer {
    let letter = web.write(move |tx| flow::answer_letter(tx, &staff.actor, &id, &body)).await?;
    Ok(axum::Json(LetterJson::from(&letter)).into_response())
}

/// Proposals that the own agency decides on or is the subject of.
#[utoipa::path(get, path = "/api/v1/ratings", tag = "directives", responses((status = 200, description = "`{items}`")))]
pub(crate) async fn ratings(State(web): State<Web>, staff: StaffMember) -> Answer {
    let ratings = web.read(move |tx| flow::look_ratings(tx, &staff.actor)).await?;
    let shown = |(rating, task): &(crate::model::Rating, crate::model::Task)| {
        let mut shown = json!(RatingJson::from(rating));
        if let Some(map) = shown.as_object_mut() {
            map.insert("task".to_owned(), json!({ "code": task.code, "title": task.title }));
        }
        shown
    };
    let items: Vec<Value> = ratings.iter().map(shown).collect();
    Ok(axum::Json(json!({ "items": items })).into_response())
}

/// Deduct points, excuse with a reason, or commend.
#[utoipa::path(post, path = "/api/v1/ratings/{id}/decide", tag = "directives", request_body = DecideRating,
    params(("id" = String, Path)),
    responses((status = 200, body = RatingJson), (status = 403), (status = 404), (status = 409), (status = 422)))]
pub(crate) async fn decide(
    State(web): State<Web>,
    staff: StaffMember,
    Path(id): Path<String>,
    Json(body): Json<DecideRating>,
) -> Answer {
    let rating = web.write(move |tx| flow::decide_rating(tx, &staff.actor, &id, &body)).await?;
    Ok(axum::Json(RatingJson::from(&rating)).into_response())
}

/// The unit has seen the decision.
#[utoipa::path(post, path = "/api/v1/ratings/{id}/seen", tag = "directives", request_body = Object, params(("id" = String, Path)),
    responses((status = 200, body = RatingJson), (status = 403), (status = 404), (status = 409)))]
pub(crate) async fn seen(
    State(web): State<Web>,
    staff: StaffMember,
    Path(id): Path<String>,
    Json(Empty {}): Json<Empty>,
) -> Answer {
    let rating = web.write(move |tx| flow::see_rating(tx, &staff.actor, &id)).await?;
    Ok(axum::Json(RatingJson::from(&rating)).into_response())
}
