//! What a person sees and decides of own data, as JSON below `/api/v1/me`.

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use kernel_base::{Instant, TypedId};
use kernel_files::{FileId, Files};
use kernel_org::reads::ReadFilter;
use kernel_web::{Answer, Bucket, CitizenUser, Context, Json, Query, Web};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::{export, flow};

/// Routes below `/api/v1/me`.
pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/api/v1/me/data", get(data))
        .route("/api/v1/me/export", get(zip))
        .route("/api/v1/me/store", get(store))
        .route("/api/v1/me/reads", get(reads))
        .route("/api/v1/me/sources", get(sources))
        .route("/api/v1/me/sources/{source}", post(choose))
        .route("/api/v1/me/reuses", get(reuses))
        .route("/api/v1/me/reuses/{id}/withdraw", post(withdraw))
        .route("/api/v1/me/kept", get(kept))
        .route("/api/v1/me/erase", post(erase))
}

/// The part of the OpenAPI document that this system writes.
#[derive(Debug, utoipa::OpenApi)]
#[openapi(
    paths(data, zip, store, reads, sources, choose, reuses, withdraw, kept, erase),
    components(schemas(ChooseSource, ConfirmErase))
)]
pub struct Doc;

/// Everything that is kept of the person, by part.
#[utoipa::path(get, path = "/api/v1/me/data", tag = "me", responses((status = 200), (status = 401)))]
pub(crate) async fn data(State(web): State<Web>, user: CitizenUser) -> Answer {
    let parts = web.read(move |tx| flow::own_data(tx, &user.actor)).await?;
    Ok(axum::Json(export::json_of(&parts)).into_response())
}

/// The same with the files and a page to read, as ZIP.
#[utoipa::path(get, path = "/api/v1/me/export", tag = "me",
    responses((status = 200, content_type = "application/zip"), (status = 401)))]
pub(crate) async fn zip(State(web): State<Web>, context: Context, user: CitizenUser) -> Answer {
    web.limit(Bucket::Upload, &user.actor.label())?;
    let (parts, rows, now) = web
        .read(move |tx| {
            let parts = flow::own_data(tx, &user.actor)?;
            let mut rows = Vec::new();
            for (file, name) in parts.iter().flat_map(|part| &part.own.files) {
                let Some(id) = <FileId as TypedId>::parse(file) else { continue };
                rows.extend(
                    kernel_files::get(tx, &id)?.filter(|row| row.erased_at.is_none()).map(|row| (row, name.clone())),
                );
            }
            Ok((parts, rows, tx.now()))
        })
        .await?;
    let files = web.extension::<Files>()?;
    let mut attached = Vec::new();
    for (row, name) in rows {
        attached.push((name, files.read(&row).await?.to_vec()));
    }
    let bytes = export::archive(&parts, &attached, &kernel_base::vietnam_time(now), context.lang)?;
    Ok(download(bytes))
}

fn download(bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/zip")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"du-lieu-cua-toi.zip\"")),
    ];
    (headers, bytes).into_response()
}

/// Papers and results of earlier dossiers, with their validity.
#[utoipa::path(get, path = "/api/v1/me/store", tag = "me", responses((status = 200), (status = 401)))]
pub(crate) async fn store(State(web): State<Web>, user: CitizenUser) -> Answer {
    let papers = web.read(move |tx| flow::shelf(tx, &user.actor)).await?;
    let line = |paper: &flow::Shelved| {
        json!({ "name": paper.name, "file": paper.file, "sha256": paper.sha256, "source": paper.source, "at": paper.at,
                "valid_until": paper.valid_until.map(|day| day.to_string()), "result": paper.result, "good": paper.good })
    };
    Ok(axum::Json(json!({ "items": papers.iter().map(line).collect::<Vec<_>>() })).into_response())
}

/// Filters of the list of reads.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ReadsQuery {
    pub(crate) dossier: String,
    pub(crate) purpose: String,
    /// Days on Vietnam's calendar, both included: `2021-07-26`.
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) limit: Option<i64>,
    pub(crate) offset: Option<i64>,
}

impl ReadsQuery {
    /// A day that cannot be read is left open.
    pub(crate) fn filter(&self) -> ReadFilter {
        let day = |text: &str, hours: i64| {
            let day: Option<jiff::civil::Date> = text.trim().parse().ok();
            day.map(|day| Instant::from_vietnam(day.at(0, 0, 0, 0)).plus_hours(hours).to_string()).unwrap_or_default()
        };
        ReadFilter {
            subject: self.dossier.trim().to_owned(),
            purpose: self.purpose.clone(),
            from: day(&self.from, 0),
            until: day(&self.to, 24),
            limit: self.limit.unwrap_or(100),
            offset: self.offset.unwrap_or(0),
        }
    }
}

/// Who read the person's data: when, who, why, which fields. Newest first.
#[utoipa::path(get, path = "/api/v1/me/reads", tag = "me",
    params(("dossier" = Option<String>, Query), ("purpose" = Option<String>, Query), ("from" = Option<String>, Query),
           ("to" = Option<String>, Query), ("limit" = Option<i64>, Query), ("offset" = Option<i64>, Query)),
    responses((status = 200, description = "`{total, items: [{at, reader, agency, dossier, purpose, why, fields}]}`"), (status = 401)))]
pub(crate) async fn reads(
    State(web): State<Web>,
    context: Context,
    user: CitizenUser,
    Query(query): Query<ReadsQuery>,
) -> Answer {
    let filter = query.filter();
    let (rows, total) = web.read(move |tx| flow::who_read(tx, &user.actor, &filter)).await?;
    let lang = context.lang;
    let line = |seen: &flow::Seen| {
        let fields: Vec<&str> = seen.row.fields.iter().map(|field| field.as_str()).collect();
        json!({ "at": seen.row.at, "reader": seen.reader, "agency": seen.agency, "dossier": seen.row.subject,
                "purpose": seen.row.purpose.map(|purpose| purpose.as_str()),
                "why": seen.row.purpose.map(|purpose| purpose.words().say(lang).to_owned()), "fields": fields })
    };
    Ok(axum::Json(json!({ "total": total, "items": rows.iter().map(line).collect::<Vec<_>>() })).into_response())
}

/// Sources that values may be filled in from, and whether the person withdrew them.
#[utoipa::path(get, path = "/api/v1/me/sources", tag = "me", responses((status = 200), (status = 401)))]
pub(crate) async fn sources(State(web): State<Web>, user: CitizenUser) -> Answer {
    let sources = web.read(move |tx| flow::sources(tx, &user.actor)).await?;
    let items: Vec<Value> =
        sources.iter().map(|(kind, withdrawn)| json!({ "source": kind.as_str(), "withdrawn": withdrawn })).collect();
    Ok(axum::Json(json!({ "items": items })).into_response())
}

/// The person's choice about a source.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ChooseSource {
    /// True: from now on nothing is filled in from it.
    withdrawn: bool,
}

/// Withdraw a source, or give it back; it counts from the next request on.
#[utoipa::path(post, path = "/api/v1/me/sources/{source}", tag = "me", params(("source" = String, Path)),
    request_body = ChooseSource, responses((status = 204), (status = 401), (status = 404)))]
pub(crate) async fn choose(
    State(web): State<Web>,
    user: CitizenUser,
    Path(source): Path<String>,
    Json(body): Json<ChooseSource>,
) -> Answer {
    web.write(move |tx| flow::choose_source(tx, &user.actor, &source, body.withdrawn)).await?;
    Ok(http::StatusCode::NO_CONTENT.into_response())
}

/// Each re-use the person agreed to, with the sentence that was shown.
#[utoipa::path(get, path = "/api/v1/me/reuses", tag = "me", responses((status = 200), (status = 401)))]
pub(crate) async fn reuses(State(web): State<Web>, user: CitizenUser) -> Answer {
    let reuses = web.read(move |tx| flow::reuses(tx, &user.actor)).await?;
    let items: Vec<Value> = reuses
        .iter()
        .map(|one| {
            json!({ "id": one.id, "procedure": one.procedure, "draft": one.draft, "sources": one.sources, "fields": one.fields,
                    "ground": one.ground, "text": one.text, "text_sha256": one.text_sha256,
                    "given_at": one.given_at, "withdrawn_at": one.withdrawn_at })
        })
        .collect();
    Ok(axum::Json(json!({ "items": items })).into_response())
}

/// Withdraw one agreement; past uses stay in the log.
#[utoipa::path(post, path = "/api/v1/me/reuses/{id}/withdraw", tag = "me", params(("id" = String, Path)),
    responses((status = 204), (status = 401), (status = 404)))]
pub(crate) async fn withdraw(State(web): State<Web>, user: CitizenUser, Path(id): Path<String>) -> Answer {
    web.write(move |tx| flow::withdraw_reuse(tx, &user.actor, &id)).await?;
    Ok(http::StatusCode::NO_CONTENT.into_response())
}

/// What the law keeps, before anything is erased.
#[utoipa::path(get, path = "/api/v1/me/kept", tag = "me", responses((status = 200), (status = 401)))]
pub(crate) async fn kept(State(web): State<Web>, user: CitizenUser) -> Answer {
    let kept = web.read(move |tx| flow::kept_by_law(tx, &user.actor)).await?;
    Ok(axum::Json(json!({ "items": kept.iter().map(kept_json).collect::<Vec<_>>() })).into_response())
}

fn kept_json(kept: &kernel_contract::KeptByLaw) -> Value {
    json!({ "what": kept.what, "why": kept.why, "until": kept.until.map(|day| day.to_string()) })
}

/// The person's confirmation.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ConfirmErase {
    /// Must be true: erasing cannot be undone and closes the account.
    confirm: bool,
}

/// Erase everything the law lets go and close the account. What is archived is erased when its time is over.
#[utoipa::path(post, path = "/api/v1/me/erase", tag = "me", request_body = ConfirmErase,
    responses((status = 200, description = "`{records, kept}`"), (status = 401), (status = 409, description = "a dossier is still worked on"), (status = 422)))]
pub(crate) async fn erase(State(web): State<Web>, user: CitizenUser, Json(body): Json<ConfirmErase>) -> Answer {
    if !body.confirm {
        return Err(not_confirmed().into());
    }
    let erased = web.write(move |tx| flow::erase(tx, &user.actor)).await?;
    let kept: Vec<Value> = erased.kept.iter().map(kept_json).collect();
    Ok(axum::Json(json!({ "records": erased.records, "kept": kept })).into_response())
}

pub(crate) fn not_confirmed() -> kernel_base::Error {
    kernel_base::Error::invalid(vec![kernel_base::FieldError::new(
        "confirm",
        "required",
        (
            "Hãy đánh dấu ô xác nhận trước khi xóa. Xóa rồi không lấy lại được.",
            "Tick the box before erasing. It cannot be undone.",
        ),
    )])
}
