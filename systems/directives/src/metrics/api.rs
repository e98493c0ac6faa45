//! Measures as JSON, open to everyone: counts, formulas, rows.

use axum::{
    Router,
    extract::{Path, State},
    http::header,
    response::IntoResponse,
    routing::get,
};
use kernel_base::AgencyId;
use kernel_contract::{MeasureRow, Measured};
use kernel_web::{Answer, Query, Web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{flow, model::Snapshot};

/// Most rows of one answer.
const MOST: usize = 200;

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
    pub(crate) skip: i64,
}

impl Asked {
    pub(crate) fn instant(&self, now: kernel_base::Instant) -> kernel_base::Instant {
        crate::scoreboard::flow::instant_of(&self.at).map_or(now, |at| at.min(now))
    }

    /// Rows to pass over.
    pub(crate) fn skip(&self) -> usize {
        usize::try_from(self.skip.clamp(0, 1_000_000)).unwrap_or(0)
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

/// One measure: by agency, its rows, and its course over the days that were kept. Counted at most twice a second, however
/// many look.
#[utoipa::path(get, path = "/api/v1/measures/{code}", tag = "measures",
    params(("code" = String, Path), ("at" = Option<String>, Query), ("agency" = Option<String>, Query),
        ("skip" = Option<i64>, Query, description = "rows to pass over; 200 in an answer")),
    responses((status = 200, description = "`{metric, measured, agencies, rows, next, course}`; `measured.denominator` rows in all"),
        (status = 404)))]
pub(crate) async fn one(State(web): State<Web>, Path(code): Path<String>, Query(asked): Query<Asked>) -> Answer {
    let skip = asked.skip();
    let question = format!("measure {code} {} {} {skip}", asked.at, asked.agency);
    let body = crate::scoreboard::kept(&web, &question, async {
        let answer = web.read(move |tx| {
            let at = asked.instant(tx.now());
            let agency = crate::scoreboard::flow::agency_of(tx, &asked.agency)?.map(|(id, _)| id);
            let counted = flow::counted(tx, &code, agency.as_ref(), at, (skip, MOST))?;
            let own = agency.map(|a| a.to_string()).unwrap_or_default();
            let course: Vec<Value> = flow::course(tx, &code, &own, 400)?.iter().map(day).collect();
            Ok(json_of(&counted, skip, &course))
        });
        Ok(answer.await?.to_string())
    });
    Ok(([(header::CONTENT_TYPE, "application/json")], body.await?).into_response())
}

fn json_of(counted: &flow::Counted, skip: usize, course: &[Value]) -> Value {
    let row = |r: &MeasureRow| json!({ "agency": r.agency, "key": r.key, "title": r.title, "counts": r.counts });
    let agency = |(id, name, m): &(AgencyId, String, Measured)| json!({ "agency": id, "name": name, "measured": m });
    let all = usize::try_from(counted.measured.denominator).unwrap_or(0);
    json!({
        "metric": counted.definition.code, "name": counted.definition.name, "formula": counted.definition.formula,
        "measured": counted.measured, "agencies": counted.agencies.iter().map(agency).collect::<Vec<_>>(),
        "rows": counted.rows.iter().map(row).collect::<Vec<_>>(), "next": (skip + MOST < all).then_some(skip + MOST),
        "course": course,
    })
}

fn day(s: &Snapshot) -> Value {
    json!({ "day": s.day, "value": s.value(), "numerator": s.numerator, "denominator": s.denominator, "rows": s.rows })
}
