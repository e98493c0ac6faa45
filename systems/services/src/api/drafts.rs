//! Drafts by API: begin one, look at it, see what can be filled in, take or decline it.

use axum::{
    extract::{Path, State},
    response::IntoResponse,
};
use http::StatusCode;
use kernel_base::TypedId;
use kernel_contract::PrefillOffer;
use kernel_web::{Answer, CitizenUser, Context, Json, Web};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::{
    flow::{self, DraftView, TakeOffer},
    pages::device,
};

/// What a draft is begun with.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct BeginDraft {
    /// National code of the procedure.
    procedure: String,
    /// Case of the procedure; the first when absent.
    #[serde(default)]
    case: String,
    /// Agency that settles it.
    agency: String,
}

/// Begin a draft. Beginning the same empty draft again gives the same one.
#[utoipa::path(post, path = "/api/v1/drafts", tag = "drafts", request_body = BeginDraft,
    responses((status = 201, description = "`{id, prefill}`; `prefill` as in the preview"), (status = 401), (status = 422)))]
pub(crate) async fn begin(State(web): State<Web>, user: CitizenUser, Json(body): Json<BeginDraft>) -> Answer {
    let (id, prefill) = web
        .write(move |tx| {
            let id = flow::start_draft(tx, &user.actor, &body.procedure, &body.case, &body.agency)?;
            let (view, offer) = flow::prefill_offer(tx, &user.actor, id.as_str())?;
            Ok((id, offer_json(&view, &offer)))
        })
        .await?;
    Ok((StatusCode::CREATED, axum::Json(json!({ "id": id, "prefill": prefill }))).into_response())
}

/// A draft: its answers, the source of each field that was filled in, and what is still asked.
#[utoipa::path(get, path = "/api/v1/drafts/{id}", tag = "drafts", params(("id" = String, Path)),
    responses((status = 200, description = "`{id, procedure, case, agency, answers, origins, papers, asked, fields}`"), (status = 404)))]
pub(crate) async fn look(State(web): State<Web>, user: CitizenUser, Path(id): Path<String>) -> Answer {
    let view = web.read(move |tx| flow::look_draft(tx, &user.actor, &id)).await?;
    let (asked, fields) = flow::left_to_ask(&view, &PrefillOffer::default());
    let draft = &view.draft;
    let papers: Vec<Value> = draft
        .papers
        .iter()
        .map(|file| json!({ "paper": file.paper, "file": file.file, "name": file.name, "reused_from": file.reused.as_ref().map(|r| &r.source) }))
        .collect();
    let body = json!({
        "id": draft.id, "procedure": draft.procedure, "case": draft.case, "agency": draft.agency,
        "answers": draft.answers, "origins": draft.origins, "papers": papers, "asked": asked, "fields": fields,
    });
    Ok(axum::Json(body).into_response())
}

/// What can be filled in, from where, before anything is.
#[utoipa::path(get, path = "/api/v1/drafts/{id}/prefill", tag = "drafts", params(("id" = String, Path)),
    responses((status = 200, description = "`{sentence, values: [{field, about, value, origin}], asked, fields}`"), (status = 404)))]
pub(crate) async fn preview(State(web): State<Web>, user: CitizenUser, Path(id): Path<String>) -> Answer {
    let (view, offer) = web.read(move |tx| flow::prefill_offer(tx, &user.actor, &id)).await?;
    Ok(axum::Json(offer_json(&view, &offer)).into_response())
}

/// The person's answer to the offer.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct AnswerOffer {
    /// False: nothing is filled in.
    accept: bool,
    /// Fields that are not to be filled in.
    #[serde(default)]
    without: Vec<String>,
    /// Only what is about the person, not what is about the matter of the last dossier.
    #[serde(default)]
    person_only: bool,
}

/// Take or decline what is offered; taking it is recorded with the sentence that was shown.
#[utoipa::path(post, path = "/api/v1/drafts/{id}/prefill", tag = "drafts", params(("id" = String, Path)), request_body = AnswerOffer,
    responses((status = 200, description = "`{filled, asked, fields}`"), (status = 404), (status = 409)))]
pub(crate) async fn answer(
    State(web): State<Web>,
    context: Context,
    user: CitizenUser,
    Path(id): Path<String>,
    Json(body): Json<AnswerOffer>,
) -> Answer {
    let take = TakeOffer {
        without: body.without,
        person_only: body.person_only,
        device: device(&context),
        lang: context.lang,
    };
    let (filled, (asked, fields)) = web
        .write(move |tx| {
            let filled = if body.accept {
                flow::take_offer(tx, &user.actor, &id, &take)?
            } else {
                flow::decline_offer(tx, &user.actor, &id)?;
                0
            };
            let view = flow::look_draft(tx, &user.actor, &id)?;
            Ok((filled, flow::left_to_ask(&view, &PrefillOffer::default())))
        })
        .await?;
    Ok(axum::Json(json!({ "filled": filled, "asked": asked, "fields": fields })).into_response())
}

fn offer_json(view: &DraftView, offer: &PrefillOffer) -> Value {
    let (asked, fields) = flow::left_to_ask(view, offer);
    json!({
        "sentence": flow::offer_words(offer), "values": offer.values, "asked": asked, "fields": fields,
        "about_person": offer.about_person(),
    })
}
