//! Slips, papers and results as PDF.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use kernel_base::{Error, Instant, Result};
use kernel_documents::Document;
use kernel_files::Files;
use kernel_web::{Answer, Bucket, Query, StaffMember, Visitor, Web};
use serde::Deserialize;

use crate::{flow, prepare};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct KeyQuery {
    code: String,
    key: String,
    /// `roll` = receipt for a printer of 80 mm.
    form: String,
}

/// A slip as PDF, for whoever may see the dossier or holds its look-up key.
#[utoipa::path(get, path = "/api/v1/slips/{id}", tag = "slips",
    params(("id" = String, Path), ("key" = Option<String>, Query), ("form" = Option<String>, Query, description = "`roll` for 80 mm")),
    responses((status = 200, content_type = "application/pdf"), (status = 404)))]
pub(crate) async fn slip(
    State(web): State<Web>,
    Visitor(actor): Visitor,
    context: kernel_web::Context,
    Path(id): Path<String>,
    Query(query): Query<KeyQuery>,
) -> Answer {
    if actor.is_none() {
        web.limit(Bucket::LookUp, &context.address)?;
    }
    let name = format!("{id}.pdf");
    let key = (!query.key.is_empty()).then(|| query.key.clone());
    let (document, signed) = web
        .read(move |tx| Ok((flow::slip_document(tx, actor.as_ref(), key.as_deref(), &id)?, flow::slip_file(tx, &id)?)))
        .await?;
    if let Some(row) = signed.filter(|_| query.form != "roll") {
        return Ok(pdf(web.extension::<Files>()?.read(&row).await?.to_vec(), &name));
    }
    let document = match document {
        Document::Receipt(receipt) if query.form == "roll" => Document::ReceiptRoll(receipt),
        other => other,
    };
    Ok(pdf(prepare::render(document).await?.pdf, &name))
}

/// The control slip as it stands now.
#[utoipa::path(get, path = "/api/v1/dossiers/{code}/control-slip", tag = "slips", params(("code" = String, Path)),
    responses((status = 200, content_type = "application/pdf"), (status = 404)))]
pub(crate) async fn control_slip(State(web): State<Web>, staff: StaffMember, Path(code): Path<String>) -> Answer {
    let name = format!("phieu-kiem-soat-{code}.pdf");
    let document = web.read(move |tx| flow::control_slip(tx, &staff.actor, &code)).await?;
    Ok(pdf(prepare::render(document).await?.pdf, &name))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PeriodQuery {
    pub(crate) from: String,
    pub(crate) to: String,
}

impl PeriodQuery {
    /// Days on Vietnam's calendar, both included; the last seven when absent.
    pub(crate) fn span(&self, now: Instant) -> Result<(jiff::civil::Date, jiff::civil::Date)> {
        let today = now.vietnam().date();
        let day = |text: &str, otherwise: jiff::civil::Date| {
            if text.is_empty() { Ok(otherwise) } else { text.parse().map_err(|_| wrong_period()) }
        };
        let to = day(&self.to, today)?;
        let from = day(&self.from, to.saturating_sub(jiff::Span::new().days(6)))?;
        if from > to { Err(wrong_period()) } else { Ok((from, to)) }
    }
}

fn wrong_period() -> Error {
    Error::refused(
        "wrong_period",
        (
            "Hãy ghi hai ngày dạng 2021-07-26, ngày đầu không sau ngày cuối.",
            "Give two days such as 2021-07-26, in order.",
        ),
    )
}

/// The register of the officer's agency over some days.
#[utoipa::path(get, path = "/api/v1/register", tag = "slips",
    params(("from" = Option<String>, Query), ("to" = Option<String>, Query)),
    responses((status = 200, content_type = "application/pdf"), (status = 422)))]
pub(crate) async fn register(State(web): State<Web>, staff: StaffMember, Query(query): Query<PeriodQuery>) -> Answer {
    let (from, to) = query.span(web.db.clock().now())?;
    let document = web.read(move |tx| flow::register_document(tx, &staff.actor, from, to)).await?;
    Ok(pdf(prepare::render(document).await?.pdf, "so-theo-doi-ho-so.pdf"))
}

/// A paper or result, for whoever may see its dossier; the look-up key opens an approved result.
#[utoipa::path(get, path = "/api/v1/files/{id}", tag = "files",
    params(("id" = String, Path), ("code" = Option<String>, Query), ("key" = Option<String>, Query)),
    responses((status = 200, content_type = "application/pdf"), (status = 404)))]
pub(crate) async fn file(
    State(web): State<Web>,
    Visitor(actor): Visitor,
    context: kernel_web::Context,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(query): Query<KeyQuery>,
) -> Answer {
    if actor.is_none() {
        web.limit(Bucket::LookUp, &context.address)?;
    }
    let reader = actor.clone();
    let (row, unopened) = web
        .read(move |tx| {
            let lookup = (!query.key.is_empty()).then_some((query.code.as_str(), query.key.as_str()));
            let row = flow::open_file(tx, actor.as_ref(), lookup, &id)?;
            let unopened = flow::is_unopened_draft(tx, actor.as_ref(), &row.id)?;
            Ok((row, unopened))
        })
        .await?;
    let files = web.extension::<Files>()?;
    let bytes = files.read(&row).await?;
    if let Some(reader) = reader.filter(|_| unopened && !is_embedded(&headers)) {
        let file = row.id.clone();
        web.write(move |tx| flow::note_opening(tx, &reader, &file)).await?;
    }
    Ok(pdf(bytes.to_vec(), "giay-to.pdf"))
}

/// The split view loads the first dossier's document by itself, on a phone even unseen: that is nobody's opening.
fn is_embedded(headers: &HeaderMap) -> bool {
    headers
        .get("sec-fetch-dest")
        .is_some_and(|value| matches!(value.as_bytes(), b"iframe" | b"frame" | b"embed" | b"object"))
}

/// A PDF shown in the browser, never cached by others, never sniffed.
pub(crate) fn pdf(bytes: Vec<u8>, name: &str) -> Response {
    let disposition = format!("inline; filename=\"{name}\"");
    let mut response =
        ([(header::CONTENT_TYPE, "application/pdf"), (header::CACHE_CONTROL, "private, no-store")], bytes)
            .into_response();
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    // Shown in the officers' viewer, inside our own pages only.
    kernel_web::embeddable(response.headers_mut());
    response
}
