//! Measures as JSON, open to everyone: counts, formulas, rows.

use axum::{
    Router,
    extract::{Path, State},
    response::IntoResponse,
    routing::get,
};
use kernel_web::{Answer, Query, Web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{flow, model::Snapshot};

/// Routes below `/api/v1`.
pub(crate) fn routes() -> Router<Web> {
    Router::new().route("/api/v1/measures", get(list)).route("/api/v1/measures/{code}", get(one))
}

/// The part of the OpenAPI document about measures.
#[derive(Debug, utoipa::OpenApi)]
#[openapi(paths(list, one))]
pub(crate) struct MeasuresDoc;

/// As of when, and of whom.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    pub(crate) at: String,
    pub(crate) agency: String,
}

impl Asked {
    pub(crate) fn instant(&self, now: kernel_base::Instant) -> kernel_base::Instant {
        crate::scoreboard::flow::instant_of(&self.at).map_or(now, |at| at.min(now))
    }
}

/// Every measure of the province as of a day; `value` is null when there is nothing to count.
#[utoipa::path(get, path = "/api/v1/measures", tag = "measures", params(("at" = Option<String>, Query)),
    responses((status = 200, description = "`{items: [{metric, value, numerator, denominator, rows, formula}]}`")))]
pub(crate) async fn list(State(web): State<Web>, Query(asked): Query<Asked>) -> Answer {
    let all = web
        .read(move |tx| {
            let at = asked.instant(tx.now());
            flow::all(tx, at)
        })
        .await?;
    let items: Vec<Value> = all
        .iter()
        .map(|(d, m)| json!({ "metric": d.code, "name": d.name, "formula": d.formula, "kind": d.kind, "measured": m }))
        .collect();
    Ok(axum::Json(json!({ "items": items })).into_response())
}

/// One measure: by agency, its rows, and its course over the days that were kept.
#[utoipa::path(get, path = "/api/v1/measures/{code}", tag = "measures",
    params(("code" = String, Path), ("at" = Option<String>, Query), ("agency" = Option<String>, Query)),
    responses((status = 200), (status = 404)))]
pub(crate) async fn one(State(web): State<Web>, Path(code): Path<String>, Query(asked): Query<Asked>) -> Answer {
    let answer = web
        .read(move |tx| {
            let at = asked.instant(tx.now());
            let definition = flow::definition_at(&code, at)?;
            let agency = crate::scoreboard::flow::agency_of(tx, &asked.agency)?.map(|(id, _)| id);
            let rows = flow::rows(tx, definition, at)?;
            let measured = definition.count(&rows, agency.as_ref(), at);
            let own = rows.iter().filter(|r| agency.as_ref().is_none_or(|a| r.agency == *a));
            let rows: Vec<Value> = own
                .map(|r| json!({ "agency": r.agency, "key": r.key, "title": r.title, "counts": r.counts }))
                .collect();
            let by_agency: Vec<Value> = flow::by_agency(tx, &code, at)?
                .into_iter()
                .map(|(id, name, m)| json!({ "agency": id, "name": name, "measured": m }))
                .collect();
            let own = agency.map(|a| a.to_string()).unwrap_or_default();
            let course: Vec<Value> = flow::course(tx, &code, &own, 400)?.iter().map(day).collect();
            Ok(json!({ "metric": code, "name": definition.name, "formula": definition.formula, "measured": measured,
                "agencies": by_agency, "rows": rows, "course": course }))
        })
        .await?;
    Ok(axum::Json(answer).into_response())
}

fn day(s: &Snapshot) -> Value {
    json!({ "day": s.day, "value": s.value(), "numerator": s.numerator, "denominator": s.denominator, "rows": s.rows })
}
