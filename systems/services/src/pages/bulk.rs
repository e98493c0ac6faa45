//! Many dossiers from one workbook: template, upload, preview with faults, receipts.

use askama::Template;
use axum::{
    extract::{Multipart, Path, State},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use kernel_base::{Error, FieldError, Kind, Result, TypedId};
use kernel_files::display_name;
use kernel_web::{
    Answer, Bucket, CitizenUser, Page, Query, Web, html, html_with, redirect, redirect_saying, request_hash,
};
use serde::Deserialize;

use super::{procedure::grouped, say};
use crate::{
    flow::{self, BulkForm, Uploaded},
    model::{Batch, BulkRow},
    prepare::{self, Mark},
};

/// Largest workbook in bytes.
pub(super) const LARGEST: usize = 8 << 20;

/// Rows handed in by one transaction, so that others are never kept waiting.
const ROWS_AT_ONCE: usize = 5;

/// Faults, and rows of the preview, that stand on the page.
const SHOWN: usize = 50;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct CaseQuery {
    case: String,
}

#[derive(Debug, Template)]
#[template(path = "bulk.html")]
struct BulkPage {
    page: Page,
    code: String,
    case: String,
    name: String,
    agencies: Vec<(String, String)>,
    agency: String,
}

fn mark(bulk: &BulkForm) -> Mark {
    Mark {
        procedure: bulk.view.code().to_owned(),
        case: bulk.case.code.clone(),
        version: bulk.view.version.to_string(),
    }
}

async fn bulk_page(web: &Web, page: Page, code: &str, case: &str, agency: String) -> Result<BulkPage> {
    let (wanted, of) = (code.to_owned(), case.to_owned());
    let (bulk, groups) = web
        .read(move |tx| {
            let bulk = flow::bulk_form(tx, &wanted, &of)?;
            let groups = grouped(tx, &bulk.view)?;
            Ok((bulk, groups))
        })
        .await?;
    let line = |group: &super::procedure::AgencyGroup| {
        let label = group.label.clone();
        group
            .agencies
            .iter()
            .map(move |(id, name)| {
                let text = if label.is_empty() { name.clone() } else { format!("{name} ({label})") };
                (id.clone(), text)
            })
            .collect::<Vec<_>>()
    };
    let blank = (String::new(), page.t.s("services.start.choose").to_owned());
    let agencies = std::iter::once(blank).chain(groups.iter().flat_map(line)).collect();
    Ok(BulkPage {
        code: bulk.view.code().to_owned(),
        case: bulk.case.code.clone(),
        name: say(&bulk.view.procedure.plain, page.lang),
        agencies,
        agency,
        page: page.titled("services.bulk.title"),
    })
}

pub(super) async fn page(
    State(web): State<Web>,
    page: Page,
    _user: CitizenUser,
    Path(code): Path<String>,
    Query(query): Query<CaseQuery>,
) -> Answer {
    html(&bulk_page(&web, page, &code, &query.case, String::new()).await?)
}

fn workbook(bytes: Vec<u8>, name: &str) -> Response {
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, bytes).into_response()
}

pub(super) async fn template(
    State(web): State<Web>,
    _user: CitizenUser,
    Path(code): Path<String>,
    Query(query): Query<CaseQuery>,
) -> Answer {
    let bulk = web.read(move |tx| flow::bulk_form(tx, &code, &query.case)).await?;
    let name = format!("mau-{}.xlsx", bulk.view.code());
    let bytes = blocking(move || prepare::template(&bulk.form, &mark(&bulk))).await?;
    Ok(workbook(bytes, &name))
}

/// Workbooks are written and read on a thread of their own.
async fn blocking<T: Send + 'static>(f: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(f).await;
    done.map_err(|e| Error::internal(format!("workbook: {e}")))?
}

/// The form as it came: agency, case, and the workbook.
#[derive(Debug, Default)]
struct Sent {
    agency: String,
    case: String,
    name: String,
    bytes: Vec<u8>,
}

async fn sent(mut parts: Multipart) -> Result<Sent> {
    let broken = |e: axum::extract::multipart::MultipartError| {
        Error::invalid(vec![FieldError::new(
            "file",
            "broken",
            (
                "Tệp chưa đến đủ hoặc quá lớn (tối đa 8 MB). Hãy gửi lại.",
                "The file did not arrive whole, or is over 8 MB.",
            ),
        )])
        .with_inside(e.to_string())
    };
    let mut sent = Sent::default();
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        match part.name().unwrap_or_default() {
            "agency" => sent.agency = part.text().await.map_err(broken)?,
            "case" => sent.case = part.text().await.map_err(broken)?,
            "file" => {
                sent.name = display_name(part.file_name().unwrap_or_default());
                sent.bytes = part.bytes().await.map_err(broken)?.to_vec();
            }
            _ => {}
        }
    }
    Ok(sent)
}

pub(super) async fn upload(
    State(web): State<Web>,
    page: Page,
    user: CitizenUser,
    Path(code): Path<String>,
    parts: Multipart,
) -> Answer {
    web.limit(Bucket::Upload, &user.actor.label())?;
    let sent = sent(parts).await?;
    let (case, agency) = (sent.case.clone(), sent.agency.clone());
    match take(&web, &user, &code, sent).await {
        Ok(id) => Ok(redirect(&format!("/bulk/{id}"))),
        Err(error) if error.kind == Kind::Invalid && !error.fields.is_empty() => {
            let mut shown = bulk_page(&web, page, &code, &case, agency).await?;
            shown.page = shown.page.with_error(&error);
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &shown)
        }
        Err(error) => Err(error.into()),
    }
}

async fn take(web: &Web, user: &CitizenUser, code: &str, sent: Sent) -> Result<String> {
    let (wanted, case) = (code.to_owned(), sent.case.clone());
    let bulk = web.read(move |tx| flow::bulk_form(tx, &wanted, &case)).await?;
    let file_hash = request_hash(&sent.bytes);
    let (mark, columns) = (mark(&bulk), bulk.form.fields().len());
    let rows = blocking(move || prepare::read(&sent.bytes, &mark, columns)).await?;
    let uploaded = Uploaded {
        procedure: bulk.view.code().to_owned(),
        case: bulk.case.code.clone(),
        agency: sent.agency,
        file_name: sent.name,
        file_hash,
        rows,
    };
    let actor = user.actor.clone();
    let id = web.write(move |tx| flow::check_workbook(tx, &actor, &uploaded)).await?;
    Ok(id.as_str().to_owned())
}

#[derive(Debug)]
struct FaultLine {
    row: u32,
    column: String,
    text: String,
}

#[derive(Debug, Template)]
#[template(path = "bulk_batch.html")]
struct BatchPage {
    page: Page,
    id: String,
    code: String,
    name: String,
    file: String,
    rows: usize,
    faulty: usize,
    done: usize,
    faults: Vec<FaultLine>,
    more: usize,
    /// The first cells of the first rows.
    preview: Vec<(u32, String)>,
    receipts: Vec<(u32, String)>,
}

fn batch_page(page: Page, bulk: &BulkForm, batch: &Batch) -> BatchPage {
    let english = page.lang == kernel_base::Lang::En;
    let line = |row: &BulkRow| -> Vec<FaultLine> {
        let fault = |fault: &crate::model::RowFault| FaultLine {
            row: row.number,
            column: fault
                .column
                .and_then(|at| bulk.form.fields().get(at))
                .map(|f| say(&f.title, page.lang))
                .unwrap_or_default(),
            text: if english && !fault.en.is_empty() { fault.en.clone() } else { fault.vi.clone() },
        };
        row.faults.iter().map(fault).collect()
    };
    let faults: Vec<FaultLine> = batch.rows.iter().flat_map(line).collect();
    let start = |row: &BulkRow| {
        let cells: Vec<&str> = row.typed.iter().map(String::as_str).filter(|text| !text.is_empty()).take(4).collect();
        (row.number, cells.join(" · "))
    };
    let receipt = |row: &BulkRow| row.receipt.as_ref().map(|receipt| (row.number, receipt.code.to_string()));
    BatchPage {
        id: batch.id.to_string(),
        code: batch.procedure.clone(),
        name: say(&bulk.view.procedure.plain, page.lang),
        file: batch.file_name.clone(),
        rows: batch.rows.len(),
        faulty: batch.faulty(),
        done: batch.handed_in(),
        more: faults.len().saturating_sub(SHOWN),
        faults: faults.into_iter().take(SHOWN).collect(),
        preview: batch.rows.iter().take(SHOWN).map(start).collect(),
        receipts: batch.rows.iter().filter_map(receipt).collect(),
        page: page.titled("services.bulk.batch_title"),
    }
}

async fn load(web: &Web, user: &CitizenUser, id: &str) -> Result<(BulkForm, Batch)> {
    let (actor, id) = (user.actor.clone(), id.to_owned());
    web.read(move |tx| {
        let batch = flow::find_batch(tx, &actor, &id)?;
        let bulk = flow::bulk_form(tx, &batch.procedure, &batch.case)?;
        Ok((bulk, batch))
    })
    .await
}

pub(super) async fn batch(State(web): State<Web>, page: Page, user: CitizenUser, Path(id): Path<String>) -> Answer {
    let (bulk, batch) = load(&web, &user, &id).await?;
    html(&batch_page(page, &bulk, &batch))
}

/// The same file with red cells, remarks and a summary.
pub(super) async fn faults(State(web): State<Web>, user: CitizenUser, Path(id): Path<String>) -> Answer {
    let (bulk, batch) = load(&web, &user, &id).await?;
    let name = format!("can-sua-{}.xlsx", batch.procedure);
    let bytes = blocking(move || prepare::with_faults(&bulk.form, &mark(&bulk), &batch)).await?;
    Ok(workbook(bytes, &name))
}

/// Hands in every row; pressed again, or after a cut, it goes on with those that have no receipt.
pub(super) async fn submit(State(web): State<Web>, user: CitizenUser, Path(id): Path<String>) -> Answer {
    web.limit(Bucket::Submit, &user.actor.label())?;
    loop {
        let (actor, wanted) = (user.actor.clone(), id.clone());
        if web.write(move |tx| flow::hand_in_rows(tx, &actor, &wanted, ROWS_AT_ONCE)).await? == 0 {
            return Ok(redirect_saying(&web, &format!("/bulk/{id}"), "services.bulk.handed_in", &[]));
        }
    }
}

pub(super) async fn receipts(State(web): State<Web>, user: CitizenUser, Path(id): Path<String>) -> Answer {
    let (_, batch) = load(&web, &user, &id).await?;
    let bytes = blocking(move || prepare::receipts(&batch)).await?;
    Ok(workbook(bytes, "bien-nhan.xlsx"))
}
