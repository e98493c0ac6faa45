//! Reading dossiers and work lists.

use axum::{
    extract::{Path, State},
    response::IntoResponse,
};
use kernel_web::{Answer, Bucket, Query, SignedIn, StaffMember, Visitor, Web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::view::{DossierJson, Reader, WorkJson};
use crate::{flow, store::WorkFilter};

/// Second factor of the public look-up.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct LookQuery {
    key: String,
}

/// A dossier: for its owner and entitled officers all of it; with the look-up key the state and the trace.
#[utoipa::path(get, path = "/api/v1/dossiers/{code}", tag = "dossiers",
    params(("code" = String, Path), ("key" = Option<String>, Query, description = "look-up key printed on the receipt")),
    responses((status = 200, body = DossierJson), (status = 404, description = "does not exist, or may not be seen")))]
pub(crate) async fn look(
    State(web): State<Web>,
    Visitor(actor): Visitor,
    context: kernel_web::Context,
    Path(code): Path<String>,
    Query(query): Query<LookQuery>,
) -> Answer {
    if let Some(actor) = actor {
        let reader = if actor.officer().is_some() { Reader::Officer } else { Reader::Owner };
        let wanted = code.clone();
        match web.read(move |tx| flow::look(tx, &actor, &wanted)).await {
            Ok(view) => return Ok(axum::Json(DossierJson::new(&view, reader)).into_response()),
            Err(error) if query.key.is_empty() => return Err(error.into()),
            Err(_) => {}
        }
    }
    web.limit(Bucket::LookUp, &context.address)?;
    let view = web.read(move |tx| flow::look_public(tx, &code, &query.key)).await?;
    Ok(axum::Json(DossierJson::new(&view, Reader::Public)).into_response())
}

/// Filters of a work list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ListQuery {
    pub(crate) status: String,
    pub(crate) q: String,
    pub(crate) procedure: String,
    pub(crate) officer: String,
    pub(crate) after: String,
    pub(crate) limit: Option<i64>,
}

impl ListQuery {
    pub(crate) fn filter(&self) -> WorkFilter {
        WorkFilter {
            status: self.status.clone(),
            search: self.q.clone(),
            procedure: self.procedure.clone(),
            officer: self.officer.clone(),
            after: self.after.split_once('~').map(|(due, id)| (due.to_owned(), id.to_owned())),
            limit: self.limit.unwrap_or(50),
        }
    }
}

/// The officer's work list by time left, or the citizen's own dossiers.
#[utoipa::path(get, path = "/api/v1/dossiers", tag = "dossiers",
    params(("status" = Option<String>, Query), ("q" = Option<String>, Query), ("procedure" = Option<String>, Query),
           ("officer" = Option<String>, Query), ("after" = Option<String>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, description = "`{items, counts, next}`")))]
pub(crate) async fn mine_or_inbox(
    State(web): State<Web>,
    SignedIn(actor): SignedIn,
    Query(query): Query<ListQuery>,
) -> Answer {
    let filter = query.filter();
    let now = web.db.clock().now();
    if actor.officer().is_none() {
        let rows = web.read(move |tx| flow::mine(tx, &actor)).await?;
        let items: Vec<WorkJson> = rows.iter().map(|r| WorkJson::new(r, now)).collect();
        return Ok(axum::Json(json!({ "items": items })).into_response());
    }
    let limit = filter.limit.clamp(1, 200);
    let (rows, counts) = web.read(move |tx| flow::inbox(tx, &actor, &filter)).await?;
    let full = i64::try_from(rows.len()).unwrap_or(0) >= limit;
    let next = rows.last().filter(|_| full).map(|r| {
        let (due, id) = r.key();
        format!("{due}~{id}")
    });
    let items: Vec<WorkJson> = rows.iter().map(|r| WorkJson::new(r, now)).collect();
    let counts: serde_json::Map<String, Value> = counts.into_iter().map(|(s, n)| (s, json!(n))).collect();
    Ok(axum::Json(json!({ "items": items, "counts": counts, "next": next })).into_response())
}

/// Questions of other agencies that wait for an answer.
#[utoipa::path(get, path = "/api/v1/consultations", tag = "dossiers", responses((status = 200)))]
pub(crate) async fn questions(State(web): State<Web>, staff: StaffMember) -> Answer {
    let rows = web.read(move |tx| flow::questions(tx, &staff.actor)).await?;
    let items: Vec<Value> = rows
        .iter()
        .map(|c| json!({ "id": c.id, "from": c.from_agency, "question": c.question, "due": c.due_at, "asked_at": c.asked_at }))
        .collect();
    Ok(axum::Json(json!({ "items": items })).into_response())
}
