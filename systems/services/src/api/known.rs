//! Papers that need not be brought again, and handing in a draft, by API.

use axum::{
    extract::{Path, State},
    response::IntoResponse,
};
use http::StatusCode;
use kernel_contract::KnownPaper;
use kernel_web::{Answer, Bucket, CitizenUser, Context, Json, Web};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::uploads;
use crate::{flow, pages};

/// Which earlier paper is taken.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TakeKnown {
    /// `file` of the list.
    file: String,
}

async fn papers(web: &Web, user: &CitizenUser, draft: &str, paper: &str) -> kernel_base::Result<Vec<KnownPaper>> {
    let (actor, id, paper) = (user.actor.clone(), draft.to_owned(), paper.to_owned());
    web.read(move |tx| {
        flow::open_draft(tx, &actor, &id)?;
        let view = flow::look_draft(tx, &actor, &id)?;
        if view.case.papers.iter().all(|one| one.code != paper) {
            return Err(pages::no_such_paper());
        }
        flow::known_papers(tx, &actor, &view.draft.procedure, &paper)
    })
    .await
}

/// Papers and results of earlier dossiers that fit a paper of the draft, the best first.
#[utoipa::path(get, path = "/api/v1/drafts/{id}/papers/{paper}/known", tag = "drafts",
    params(("id" = String, Path), ("paper" = String, Path)),
    responses((status = 200, description = "`{items: [{file, name, source, at, valid_until, result}]}`"), (status = 404)))]
pub(crate) async fn list(
    State(web): State<Web>,
    user: CitizenUser,
    Path((id, paper)): Path<(String, String)>,
) -> Answer {
    let found = papers(&web, &user, &id, &paper).await?;
    let line = |one: &KnownPaper| {
        json!({
            "file": one.file, "sha256": one.sha256, "name": one.name, "source": one.source, "at": one.at,
            "valid_until": one.valid_until.map(|day| day.to_string()), "result": one.result,
        })
    };
    let items: Vec<Value> = found.iter().map(line).collect();
    Ok(kernel_web::json(StatusCode::OK, &json!({ "items": items })))
}

/// Take an earlier paper into the draft; nothing is uploaded, and the agreement is recorded.
#[utoipa::path(post, path = "/api/v1/drafts/{id}/papers/{paper}/known", tag = "drafts", request_body = TakeKnown,
    params(("id" = String, Path), ("paper" = String, Path)),
    responses((status = 204, description = "taken"), (status = 404)))]
pub(crate) async fn take(
    State(web): State<Web>,
    context: Context,
    user: CitizenUser,
    Path((id, paper)): Path<(String, String)>,
    Json(chosen): Json<TakeKnown>,
) -> Answer {
    let found = papers(&web, &user, &id, &paper).await?;
    let one = found.iter().find(|one| one.file == chosen.file).ok_or_else(pages::no_such_paper)?;
    let sentence = pages::known_words(&web, context.lang, one);
    uploads::take_known(&web, &user.actor, &id, &paper, one, &sentence).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Hand in a draft: its answers and papers. The same again gives the same receipt.
#[utoipa::path(post, path = "/api/v1/drafts/{id}/submit", tag = "drafts", params(("id" = String, Path)),
    responses((status = 201, description = "the receipt"), (status = 404), (status = 422)))]
pub(crate) async fn submit(State(web): State<Web>, user: CitizenUser, Path(id): Path<String>) -> Answer {
    web.limit(Bucket::Submit, &user.actor.label())?;
    let receipt = pages::hand_in(&web, &user, &id).await?;
    Ok(kernel_web::json(StatusCode::CREATED, &receipt))
}
