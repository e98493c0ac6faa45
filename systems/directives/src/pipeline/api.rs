//! The pipeline as JSON: open to read; each step by who is in charge.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    response::IntoResponse,
    routing::{get, post},
};
use kernel_base::{AgencyId, Error, Result};
use kernel_org::Actor;
use kernel_web::{Answer, Json, Query, SignedIn, Web};
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{
    flow::{self, Rehearsed},
    model::{Approve, Offering, Propose, Review, Show, Verdict},
};

/// Routes below `/api/v1`.
pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/api/v1/pipeline", get(overview).post(list))
        .route("/api/v1/pipeline/rows", get(rows))
        .route("/api/v1/pipeline/approve", post(approve))
        .route("/api/v1/pipeline/{id}", get(detail))
        .route("/api/v1/pipeline/{id}/propose", post(propose))
        .route("/api/v1/pipeline/{id}/consolidate", post(consolidate))
        .route("/api/v1/pipeline/{id}/review", post(review))
        .route("/api/v1/pipeline/{id}/go-live", post(live))
        .route("/api/v1/pipeline/{id}/integrate", post(integrate))
        .route("/api/v1/pipeline/{id}/suspend", post(suspend))
        .route("/api/v1/pipeline/{id}/withdraw", post(withdraw))
}

/// The part of the OpenAPI document about the pipeline.
#[derive(Debug, utoipa::OpenApi)]
#[openapi(
    paths(overview, rows, list, approve, detail, propose, consolidate, review, live, integrate, suspend, withdraw),
    components(schemas(NewOffering, Propose, Review, Verdict, Approve, Reason))
)]
pub(crate) struct PipelineDoc;

/// Most rows of one answer.
const MOST: i64 = 200;

/// As of which day.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct AsOf {
    pub(crate) at: String,
}

/// Which number, of whom, as of which day.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct AskedRows {
    pub(crate) show: String,
    pub(crate) agency: String,
    pub(crate) at: String,
    pub(crate) skip: i64,
}

impl AskedRows {
    /// The rows asked for, at most so many, and the short name of the agency.
    pub(crate) fn read(&self, tx: &mut kernel_db::Tx<'_>, most: i64) -> Result<(flow::Rows, String)> {
        let at = crate::scoreboard::flow::instant_of(&self.at).map_or(tx.now(), |at| at.min(tx.now()));
        let agency = crate::scoreboard::flow::agency_of(tx, &self.agency)?;
        let show = Show::parse(&self.show).unwrap_or(Show::Live);
        let slice = (self.skip.clamp(0, 1_000_000), most);
        let rows = flow::rows(tx, show, agency.as_ref().map(|(id, _)| id), at, slice)?;
        Ok((rows, agency.map(|(_, name)| name).unwrap_or_default()))
    }
}

/// A service to put on the list.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOffering {
    procedure: String,
    #[schema(value_type = String)]
    agency: AgencyId,
}

/// Why it is taken off.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reason {
    #[serde(default)]
    reason: String,
}

fn said(offering: &Offering) -> axum::response::Response {
    axum::Json(json!({ "id": offering.id, "stage": offering.stage, "charge": offering.charge,
        "criteria": offering.criteria, "trial": offering.trial }))
    .into_response()
}

/// Claim and proof by agency, and every service with its stage, as of a day.
#[utoipa::path(get, path = "/api/v1/pipeline", tag = "pipeline",
    params(("at" = Option<String>, Query, description = "as it stood at the end of that day")),
    responses((status = 200, description = "`{at, total, lines, offerings}`")))]
pub(crate) async fn overview(State(web): State<Web>, Query(asked): Query<AsOf>) -> Answer {
    let at = crate::scoreboard::flow::instant_of(&asked.at);
    let seen = web.read(move |tx| {
        let now = tx.now();
        flow::overview(tx, at.map_or(now, |at| at.min(now)))
    });
    Ok(axum::Json(seen.await?).into_response())
}

/// The rows behind a number of the pipeline.
#[utoipa::path(get, path = "/api/v1/pipeline/rows", tag = "pipeline",
    params(("show" = Option<String>, Query, description = "declared, listed, under_way, eligible, live, proven"),
        ("agency" = Option<String>, Query), ("at" = Option<String>, Query),
        ("skip" = Option<i64>, Query, description = "rows to pass over; 200 in an answer")),
    responses((status = 200, description = "`{show, count, at, rows: [...], next}`"), (status = 404)))]
pub(crate) async fn rows(State(web): State<Web>, Query(asked): Query<AskedRows>) -> Answer {
    let skip = asked.skip.clamp(0, 1_000_000);
    let (rows, _) = web.read(move |tx| asked.read(tx, MOST)).await?;
    let next = (skip + MOST < rows.count).then_some(skip + MOST);
    let answer = json!({ "show": rows.show, "count": rows.count, "at": rows.at, "rows": rows.rows, "next": next });
    Ok(axum::Json(answer).into_response())
}

/// Puts a procedure of the officer's agency on the list.
#[utoipa::path(post, path = "/api/v1/pipeline", tag = "pipeline", request_body = NewOffering,
    responses((status = 200), (status = 403), (status = 409), (status = 422)))]
pub(crate) async fn list(State(web): State<Web>, SignedIn(actor): SignedIn, Json(new): Json<NewOffering>) -> Answer {
    let done = web.write(move |tx| flow::list(tx, &actor, &new.procedure, &new.agency)).await?;
    Ok(said(&done))
}

/// One service with criteria, evidence and history.
#[utoipa::path(get, path = "/api/v1/pipeline/{id}", tag = "pipeline", params(("id" = String, Path)),
    responses((status = 200), (status = 404)))]
pub(crate) async fn detail(State(web): State<Web>, Path(id): Path<String>) -> Answer {
    let seen = web.read(move |tx| flow::detail(tx, &id)).await?;
    Ok(axum::Json(seen).into_response())
}

/// The agency proposes.
#[utoipa::path(post, path = "/api/v1/pipeline/{id}/propose", tag = "pipeline", params(("id" = String, Path)),
    request_body = Propose, responses((status = 200), (status = 403), (status = 404), (status = 409)))]
pub(crate) async fn propose(
    State(web): State<Web>,
    SignedIn(actor): SignedIn,
    Path(id): Path<String>,
    Json(command): Json<Propose>,
) -> Answer {
    let done = web.write(move |tx| flow::propose(tx, &actor, &id, &command)).await?;
    Ok(said(&done))
}

/// The department of information and communications consolidates.
#[utoipa::path(post, path = "/api/v1/pipeline/{id}/consolidate", tag = "pipeline", params(("id" = String, Path)),
    responses((status = 200), (status = 403), (status = 404), (status = 409)))]
pub(crate) async fn consolidate(State(web): State<Web>, SignedIn(actor): SignedIn, Path(id): Path<String>) -> Answer {
    let done = web.write(move |tx| flow::consolidate(tx, &actor, &id)).await?;
    Ok(said(&done))
}

/// The office of the committee reviews by criterion.
#[utoipa::path(post, path = "/api/v1/pipeline/{id}/review", tag = "pipeline", params(("id" = String, Path)),
    request_body = Review, responses((status = 200), (status = 403), (status = 404), (status = 409), (status = 422)))]
pub(crate) async fn review(
    State(web): State<Web>,
    SignedIn(actor): SignedIn,
    Path(id): Path<String>,
    Json(command): Json<Review>,
) -> Answer {
    let done = web.write(move |tx| flow::review(tx, &actor, &id, &command)).await?;
    Ok(said(&done))
}

/// The committee approves several with one decision: a version of the eligible list.
#[utoipa::path(post, path = "/api/v1/pipeline/approve", tag = "pipeline", request_body = Approve,
    responses((status = 200, description = "`{list}`"), (status = 403), (status = 409), (status = 422)))]
pub(crate) async fn approve(State(web): State<Web>, SignedIn(actor): SignedIn, Json(command): Json<Approve>) -> Answer {
    let number = web.write(move |tx| flow::approve(tx, &actor, &command)).await?;
    Ok(axum::Json(json!({ "list": number })).into_response())
}

/// Rehearses with an invented dossier, then goes live when that passed.
#[utoipa::path(post, path = "/api/v1/pipeline/{id}/go-live", tag = "pipeline", params(("id" = String, Path)),
    responses((status = 200, description = "`stage` is `live` only when `trial.passed`"), (status = 403), (status = 409)))]
pub(crate) async fn live(State(web): State<Web>, SignedIn(actor): SignedIn, Path(id): Path<String>) -> Answer {
    Ok(said(&try_and_go_live(&web, actor, id).await?))
}

/// The rehearsal in a transaction that is taken back, then the step in one that stays.
pub(crate) async fn try_and_go_live(web: &Web, actor: Actor, id: String) -> Result<Offering> {
    let seen: Arc<Mutex<Rehearsed>> = Arc::default();
    let (kept, by, which) = (Arc::clone(&seen), actor.clone(), id.clone());
    let ended: Result<()> = web
        .write(move |tx| {
            *kept.lock() = flow::rehearse(tx, &by, &which)?;
            Err(flow::taken_back())
        })
        .await;
    match ended {
        Err(error) if error.code == flow::taken_back().code => {}
        Err(error) => return Err(error),
        Ok(()) => return Err(Error::internal("a rehearsal was not taken back")),
    }
    let rehearsed = seen.lock().clone();
    web.write(move |tx| flow::go_live(tx, &actor, &id, &rehearsed)).await
}

/// Marks it as taken over by the national portal.
#[utoipa::path(post, path = "/api/v1/pipeline/{id}/integrate", tag = "pipeline", params(("id" = String, Path)),
    responses((status = 200), (status = 403), (status = 404)))]
pub(crate) async fn integrate(State(web): State<Web>, SignedIn(actor): SignedIn, Path(id): Path<String>) -> Answer {
    let done = web.write(move |tx| flow::integrate(tx, &actor, &id)).await?;
    Ok(said(&done))
}

/// Takes it off for a time.
#[utoipa::path(post, path = "/api/v1/pipeline/{id}/suspend", tag = "pipeline", params(("id" = String, Path)),
    request_body = Reason, responses((status = 200), (status = 403), (status = 404), (status = 409), (status = 422)))]
pub(crate) async fn suspend(
    State(web): State<Web>,
    SignedIn(actor): SignedIn,
    Path(id): Path<String>,
    Json(why): Json<Reason>,
) -> Answer {
    let done = web.write(move |tx| flow::stop(tx, &actor, &id, false, &why.reason)).await?;
    Ok(said(&done))
}

/// Takes it off for good.
#[utoipa::path(post, path = "/api/v1/pipeline/{id}/withdraw", tag = "pipeline", params(("id" = String, Path)),
    request_body = Reason, responses((status = 200), (status = 403), (status = 404), (status = 409), (status = 422)))]
pub(crate) async fn withdraw(
    State(web): State<Web>,
    SignedIn(actor): SignedIn,
    Path(id): Path<String>,
    Json(why): Json<Reason>,
) -> Answer {
    let done = web.write(move |tx| flow::stop(tx, &actor, &id, true, &why.reason)).await?;
    Ok(said(&done))
}
