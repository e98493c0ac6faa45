//! Inspection teams and remedies.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
};
use kernel_base::Error;
use kernel_web::{Answer, Empty, Json, StaffMember, Web, idempotency_key, idempotent, request_hash, stored_json};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::{
    flow::{self, TeamView},
    model::{MakeTeam, RecordVisit},
};

fn shown(view: &TeamView) -> Value {
    json!({ "team": view.team, "members": view.members, "visits": view.visits, "findings": view.findings })
}

/// Set a team up by a decision.
#[utoipa::path(post, path = "/api/v1/teams", tag = "directives", request_body = MakeTeam,
    params(("Idempotency-Key" = String, Header)), responses((status = 201), (status = 403), (status = 422)))]
pub(crate) async fn make(
    State(web): State<Web>,
    staff: StaffMember,
    headers: HeaderMap,
    Json(body): Json<MakeTeam>,
) -> Answer {
    let key = idempotency_key(&headers)?;
    let hash = request_hash(&serde_json::to_vec(&body).map_err(|e| Error::internal(e.to_string()))?);
    let stored = web
        .write(move |tx| {
            let scope = format!("POST /api/v1/teams {}", staff.actor.label());
            idempotent(tx, &scope, &key, &hash, |tx| {
                Ok((StatusCode::CREATED.as_u16(), json!(flow::make_team(tx, &staff.actor, &body)?)))
            })
        })
        .await?;
    Ok(stored_json(&stored))
}

/// Teams that the reader belongs to or whose issuer is the reader's agency.
#[utoipa::path(get, path = "/api/v1/teams", tag = "directives", responses((status = 200, description = "`{items}`")))]
pub(crate) async fn list(State(web): State<Web>, staff: StaffMember) -> Answer {
    let teams = web.read(move |tx| flow::look_teams(tx, &staff.actor)).await?;
    Ok(axum::Json(json!({ "items": teams })).into_response())
}

/// A team with its visits and findings.
#[utoipa::path(get, path = "/api/v1/teams/{id}", tag = "directives", params(("id" = String, Path)),
    responses((status = 200), (status = 404)))]
pub(crate) async fn look(State(web): State<Web>, staff: StaffMember, Path(id): Path<String>) -> Answer {
    let view = web.read(move |tx| flow::look_team(tx, &staff.actor, &id)).await?;
    Ok(axum::Json(shown(&view)).into_response())
}

/// Record a visit; each finding opens a clock for its remedy.
#[utoipa::path(post, path = "/api/v1/teams/{id}/visits", tag = "directives", request_body = RecordVisit,
    params(("id" = String, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 201), (status = 403), (status = 404), (status = 422)))]
pub(crate) async fn visit(
    State(web): State<Web>,
    staff: StaffMember,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(body): Json<RecordVisit>,
) -> Answer {
    let key = idempotency_key(&headers)?;
    let hash = request_hash(&serde_json::to_vec(&body).map_err(|e| Error::internal(e.to_string()))?);
    let stored = web
        .write(move |tx| {
            let scope = format!("POST /api/v1/teams/{id}/visits {}", staff.actor.label());
            idempotent(tx, &scope, &key, &hash, |tx| {
                let view = flow::record_visit(tx, &staff.actor, &id, &body)?;
                Ok((StatusCode::CREATED.as_u16(), shown(&view)))
            })
        })
        .await?;
    Ok(stored_json(&stored))
}

/// What the own agency has to put right.
#[utoipa::path(get, path = "/api/v1/remedies", tag = "directives", responses((status = 200, description = "`{items}`")))]
pub(crate) async fn remedies(State(web): State<Web>, staff: StaffMember) -> Answer {
    let items = web.read(move |tx| flow::remedies_of(tx, &staff.actor)).await?;
    Ok(axum::Json(json!({ "items": items })).into_response())
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RemedyReport {
    /// What was put right; or why it is sent back.
    pub text: String,
}

/// The unit has put it right.
#[utoipa::path(post, path = "/api/v1/remedies/{id}/report", tag = "directives", request_body = RemedyReport,
    params(("id" = String, Path)), responses((status = 200), (status = 404), (status = 409), (status = 422)))]
pub(crate) async fn report(
    State(web): State<Web>,
    staff: StaffMember,
    Path(id): Path<String>,
    Json(body): Json<RemedyReport>,
) -> Answer {
    let finding = web.write(move |tx| flow::report_remedy(tx, &staff.actor, &id, &body.text)).await?;
    Ok(axum::Json(finding).into_response())
}

/// The team confirms it.
#[utoipa::path(post, path = "/api/v1/remedies/{id}/confirm", tag = "directives", request_body = Object, params(("id" = String, Path)),
    responses((status = 200), (status = 403), (status = 404), (status = 409)))]
pub(crate) async fn confirm(
    State(web): State<Web>,
    staff: StaffMember,
    Path(id): Path<String>,
    Json(Empty {}): Json<Empty>,
) -> Answer {
    let finding = web.write(move |tx| flow::confirm_remedy(tx, &staff.actor, &id, None)).await?;
    Ok(axum::Json(finding).into_response())
}

/// The team sends it back.
#[utoipa::path(post, path = "/api/v1/remedies/{id}/send-back", tag = "directives", request_body = RemedyReport,
    params(("id" = String, Path)), responses((status = 200), (status = 403), (status = 404), (status = 409)))]
pub(crate) async fn send_back(
    State(web): State<Web>,
    staff: StaffMember,
    Path(id): Path<String>,
    Json(body): Json<RemedyReport>,
) -> Answer {
    let finding = web.write(move |tx| flow::confirm_remedy(tx, &staff.actor, &id, Some(&body.text))).await?;
    Ok(axum::Json(finding).into_response())
}
