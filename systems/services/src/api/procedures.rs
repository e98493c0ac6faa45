//! Procedures for integrators and for the pages' scripts.

use axum::{
    extract::{Path, State},
    response::IntoResponse,
};
use kernel_base::Words;
use kernel_contract::{Case, Fee, Limit, Paper};
use kernel_web::{Answer, Query, Web};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::{flow, flow::ProcedureView, seed};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SearchQuery {
    q: String,
    life_event: String,
    case: String,
}

/// A required or optional paper.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PaperJson {
    code: String,
    name: String,
    #[schema(value_type = Object)]
    plain: Words,
    required: bool,
    replaceable_by: Option<String>,
}

/// A procedure in force today; the first case, or the one asked with `case`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProcedureJson {
    code: String,
    name: String,
    #[schema(value_type = Object)]
    names: Words,
    #[schema(value_type = Object)]
    plain: Words,
    sector: String,
    version: String,
    level: Option<String>,
    case: String,
    #[schema(value_type = Vec<Object>)]
    cases: Value,
    /// Settlement limit; absent = not published ("chưa công bố"), nothing is promised.
    #[schema(value_type = Option<Object>)]
    limit: Option<Value>,
    #[schema(value_type = Vec<Object>)]
    fees: Value,
    papers: Vec<PaperJson>,
    /// JSON Schema of the form; `examples[0]` is a complete valid answer.
    #[schema(value_type = Option<Object>)]
    form: Option<Value>,
    /// Identifiers of the agencies that offer it today.
    agencies: Vec<String>,
    #[schema(value_type = Vec<Object>)]
    steps: Vec<Words>,
    #[schema(value_type = Object)]
    result: Words,
    #[schema(value_type = Vec<Object>)]
    bases: Value,
    published_text: Option<String>,
}

/// Search procedures by name, code, synonym or life event, with or without accents.
#[utoipa::path(get, path = "/api/v1/procedures", tag = "procedures",
    params(("q" = Option<String>, Query), ("life_event" = Option<String>, Query)),
    responses((status = 200, description = "`{items: [{code, name, ...}]}`, best first")))]
pub(crate) async fn list(State(web): State<Web>, Query(query): Query<SearchQuery>) -> Answer {
    let views = web.read(move |tx| flow::search(tx, &query.q, &query.life_event)).await?;
    let items: Vec<Value> = views.iter().map(line).collect();
    Ok(axum::Json(json!({ "items": items })).into_response())
}

fn line(view: &ProcedureView) -> Value {
    let first = view.text.cases.first();
    json!({
        "code": view.procedure.code,
        "name": view.procedure.name.vi,
        "names": view.procedure.name,
        "plain": view.procedure.plain,
        "sector": view.procedure.sector.name.vi,
        "level": view.level,
        "limit": first.and_then(|c| c.limit).map(limit_json),
        "fees": first.map(|c| fees_json(&c.fees)),
        "online": first.is_some_and(|c| c.form.is_some()),
    })
}

/// One procedure with form, papers, limits, fees and agencies.
#[utoipa::path(get, path = "/api/v1/procedures/{code}", tag = "procedures",
    params(("code" = String, Path), ("case" = Option<String>, Query)),
    responses((status = 200, body = ProcedureJson), (status = 404)))]
pub(crate) async fn look(State(web): State<Web>, Path(code): Path<String>, Query(query): Query<SearchQuery>) -> Answer {
    let view = web.read(move |tx| flow::look(tx, &code)).await?;
    let case = view.text.cases.iter().find(|c| c.code == query.case).or_else(|| view.text.cases.first());
    let Some(case) = case else { return Err(kernel_base::Error::internal("a version without cases").into()) };
    Ok(axum::Json(procedure_json(&view, case)).into_response())
}

fn procedure_json(view: &ProcedureView, case: &Case) -> ProcedureJson {
    let cases =
        view.text.cases.iter().map(|c| json!({ "code": c.code, "name": c.name, "limit": c.limit.map(limit_json) }));
    ProcedureJson {
        code: view.procedure.code.clone(),
        name: view.procedure.name.vi.clone(),
        names: view.procedure.name.clone(),
        plain: view.procedure.plain.clone(),
        sector: view.procedure.sector.name.vi.clone(),
        version: view.version.to_string(),
        level: view.level.and_then(|l| serde_json::to_value(l).ok()).and_then(|v| v.as_str().map(str::to_owned)),
        case: case.code.clone(),
        cases: cases.collect(),
        limit: case.limit.map(|l| {
            let mut body = limit_json(l);
            body["source"] = json!(case.limit_source);
            body["online"] = json!(case.limit_online.map(limit_json));
            body["cutoff"] = json!(case.cutoff);
            body
        }),
        fees: fees_json(&case.fees),
        papers: case.papers.iter().map(paper_json).collect(),
        form: case.form.as_ref().map(kernel_forms::json_schema_for_outside),
        agencies: view.agencies.iter().map(|(id, _)| id.to_string()).collect(),
        steps: view.text.steps.clone(),
        result: view.text.result.clone(),
        bases: json!(view.text.bases),
        published_text: (!view.published_text.is_empty()).then(|| view.published_text.clone()),
    }
}

fn limit_json(limit: Limit) -> Value {
    json!({ "amount": limit.amount, "unit": limit.unit, "words": limit.words() })
}

fn fees_json(fees: &[Fee]) -> Value {
    let row = |f: &Fee| json!({ "code": f.code, "name": f.name, "amount": f.amount, "currency": "VND", "per_copy": f.per_copy, "source": f.source });
    fees.iter().map(row).collect()
}

fn paper_json(paper: &Paper) -> PaperJson {
    PaperJson {
        code: paper.code.clone(),
        name: paper.name.vi.clone(),
        plain: paper.plain.clone(),
        required: paper.required,
        replaceable_by: paper.replaceable_by.clone(),
    }
}

/// The twelve life events.
#[utoipa::path(get, path = "/api/v1/life-events", tag = "procedures", responses((status = 200)))]
pub(crate) async fn life_events() -> Answer {
    Ok(axum::Json(json!({ "items": seed::life_events()? })).into_response())
}
