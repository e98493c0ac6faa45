//! Check answers, hand in, receipt.

use askama::Template;
use axum::extract::{Path, State};
use http::StatusCode;
use kernel_base::{FieldError, Instant, Kind, Result};
use kernel_contract::Receipt;
use kernel_files::{FileId, Files, Received};
use kernel_forms::field_id;
use kernel_web::{Answer, Bucket, CitizenUser, Markup, Page, Web, html, html_with, redirect};

use super::{fee_words, say};
use crate::{
    flow::{self, DraftView},
    model::{Draft, DraftFile},
};

#[derive(Debug)]
struct Row {
    label: String,
    value: String,
    /// Where it comes from, when it was filled in.
    source: String,
    href: String,
}

#[derive(Debug)]
struct PaperRow {
    name: String,
    required: bool,
    files: Vec<(String, String)>,
    href: String,
}

/// A fault with the place where it is put right.
#[derive(Debug)]
struct Fault {
    text: String,
    href: String,
}

#[derive(Debug, Template)]
#[template(path = "check.html")]
struct CheckPage {
    page: Page,
    id: String,
    name: String,
    agency: String,
    rows: Vec<Row>,
    papers: Vec<PaperRow>,
    fees: Vec<(String, String, String)>,
    /// In words; empty = not published, nothing is promised.
    limit: String,
    declaration: String,
    /// Shown as one summary with links.
    faults: Vec<Fault>,
    /// Something is still missing; the button does not stand there.
    incomplete: bool,
    next: String,
}

pub(super) async fn page(State(web): State<Web>, page: Page, user: CitizenUser, Path(id): Path<String>) -> Answer {
    let (actor, wanted) = (user.actor.clone(), id.clone());
    let draft = web.read(move |tx| flow::find_draft(tx, &actor, &wanted)).await?;
    if draft.is_submitted() {
        return Ok(redirect(&format!("/drafts/{id}/receipt")));
    }
    let view = web.read(move |tx| flow::look_draft(tx, &user.actor, &id)).await?;
    html(&check_page(page, &view, &[]))
}

fn check_page(page: Page, view: &DraftView, faults: &[FieldError]) -> CheckPage {
    let lang = page.lang;
    let open = view.draft.faults(&view.form, &view.case.papers, &view.facts());
    let declaration = view.form.declaration().map(|d| say(&d, lang));
    CheckPage {
        id: view.draft.id.to_string(),
        name: say(&view.procedure.procedure.plain, lang),
        agency: view.agency_name.clone(),
        rows: rows(view, lang),
        papers: paper_rows(view, lang),
        fees: view
            .case
            .fees
            .iter()
            .map(|f| (say(&f.name, lang), fee_words(&page.t, f), f.source.text.clone()))
            .collect(),
        limit: view.case.limit_online.or(view.case.limit).map(|l| say(&l.words(), lang)).unwrap_or_default(),
        declaration: declaration.unwrap_or_else(|| page.t.s("services.check.declaration").to_owned()),
        faults: faults.iter().map(|fault| located(view, fault, lang)).collect(),
        next: open.first().map(|fault| located(view, fault, lang).href).unwrap_or_default(),
        incomplete: !open.is_empty(),
        page: page.titled("services.check.title").with_errors(faults),
    }
}

fn located(view: &DraftView, fault: &FieldError, lang: kernel_base::Lang) -> Fault {
    let id = &view.draft.id;
    let text = fault.message.say(lang).to_owned();
    if let Some(paper) = fault.field.strip_prefix("papers.") {
        return Fault { text, href: format!("/drafts/{id}/papers/{paper}") };
    }
    match view.form.page_of(&fault.field) {
        Some(page) => {
            let title = view.form.field(fault.field.split('.').next().unwrap_or_default()).map(|f| say(&f.title, lang));
            let text = title.map_or_else(|| text.clone(), |title| format!("{title}: {text}"));
            Fault { text, href: format!("/drafts/{id}/pages/{}?from=check#{}", page.id, field_id(&fault.field)) }
        }
        None => Fault { text, href: format!("/drafts/{id}") },
    }
}

fn rows(view: &DraftView, lang: kernel_base::Lang) -> Vec<Row> {
    let id = &view.draft.id;
    let rows = view.form.summary(&view.draft.answers_value(), Some(&view.places), lang);
    let sources = flow::badges(view, lang);
    let top = |path: &str| path.split('.').next().unwrap_or_default().to_owned();
    let line = |row: kernel_forms::SummaryRow| Row {
        source: sources
            .get(&top(&row.field))
            .filter(|_| !row.value.is_empty())
            .map(|s| say(s, lang))
            .unwrap_or_default(),
        href: format!("/drafts/{id}/pages/{}?from=check#{}", row.page, field_id(&row.field)),
        label: row.label,
        value: row.value,
    };
    rows.into_iter().map(line).collect()
}

fn paper_rows(view: &DraftView, lang: kernel_base::Lang) -> Vec<PaperRow> {
    let row = |p: &kernel_contract::Paper| PaperRow {
        name: say(&p.name, lang),
        required: p.required,
        files: view.draft.files_of(&p.code).map(|f| (f.file.clone(), f.name.clone())).collect(),
        href: format!("/drafts/{}/papers/{}", view.draft.id, p.code),
    };
    view.case.papers.iter().map(row).collect()
}

/// Joins the files of each paper to one PDF, then hands everything in; pressed again it gives the same receipt.
pub(super) async fn submit(State(web): State<Web>, page: Page, user: CitizenUser, Path(id): Path<String>) -> Answer {
    web.limit(Bucket::Submit, &user.actor.label())?;
    match hand_in(&web, &user, &id).await {
        Ok(_) => Ok(redirect(&format!("/drafts/{id}/receipt"))),
        Err(error) if error.kind == Kind::Invalid => {
            let view = web.read(move |tx| flow::look_draft(tx, &user.actor, &id)).await?;
            let faults = if error.fields.is_empty() {
                vec![FieldError::new("", error.code, error.words.clone())]
            } else {
                error.fields
            };
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &check_page(page, &view, &faults))
        }
        Err(error) => Err(error.into()),
    }
}

/// Joins the files of each paper, then hands in; the same draft again has the same receipt.
///
/// # Errors
/// `Invalid` with every fault of answers and papers.
pub(crate) async fn hand_in(web: &Web, user: &CitizenUser, id: &str) -> Result<Receipt> {
    let (actor, wanted) = (user.actor.clone(), id.to_owned());
    let draft = web.read(move |tx| flow::find_draft(tx, &actor, &wanted)).await?;
    if !draft.is_submitted() {
        join_papers(web, user, &draft).await?;
    }
    let (actor, wanted) = (user.actor.clone(), id.to_owned());
    web.write(move |tx| flow::submit_draft(tx, &actor, &wanted)).await
}

/// Several files of one paper become one PDF. A file that cannot be joined (signed, too many pages) stays as it is.
async fn join_papers(web: &Web, user: &CitizenUser, draft: &Draft) -> Result<()> {
    let mut codes: Vec<&str> = draft.papers.iter().map(|f| f.paper.as_str()).collect();
    codes.dedup();
    for code in codes {
        let parts: Vec<&DraftFile> = draft.files_of(code).collect();
        if parts.len() < 2 {
            continue;
        }
        match join(web, user, draft, &parts).await {
            Err(error) if matches!(error.kind, Kind::Invalid | Kind::TooLarge | Kind::Conflict) => {
                tracing::info!(paper = code, code = error.code, "files of a paper were not joined");
            }
            other => other?,
        }
    }
    Ok(())
}

async fn join(web: &Web, user: &CitizenUser, draft: &Draft, parts: &[&DraftFile]) -> Result<()> {
    let Some(first) = parts.first() else { return Ok(()) };
    let files = web.extension::<Files>()?;
    let mut received = Vec::new();
    for part in parts {
        received.extend(sources(web, &files, user, &part.file).await?);
    }
    let inspected = files.inspect(received).await?;
    let stored = files.store_paper(&web.home, &inspected, &first.name).await?;
    let old: Vec<String> = parts.iter().map(|f| f.file.clone()).collect();
    let (actor, id, paper) = (user.actor.clone(), draft.id.to_string(), first.paper.clone());
    let warnings: Vec<_> = parts.iter().flat_map(|f| f.warnings.clone()).collect();
    web.write(move |tx| {
        let file = kernel_files::record_paper(tx, &stored, &actor.holder())?;
        let joined = DraftFile {
            paper: paper.clone(),
            file: file.to_string(),
            name: stored.paper.name.clone(),
            pages: stored.paper.pages,
            size: stored.paper.size,
            warnings: warnings.clone(),
            reused: None,
            signature: None,
        };
        flow::replace_files(tx, &actor, &id, &old, joined)
    })
    .await
}

/// The files that one stored file was made from, as if they had just arrived.
async fn sources(web: &Web, files: &Files, user: &CitizenUser, file: &str) -> Result<Vec<Received>> {
    let (owner, file) = (user.actor.holder(), file.to_owned());
    let rows = web
        .read(move |tx| {
            let Some(id) = <FileId as kernel_base::TypedId>::parse(&file) else { return Ok(Vec::new()) };
            let Some(row) = kernel_files::owned(tx, &id, &owner)? else { return Ok(Vec::new()) };
            let originals = kernel_files::originals_of(tx, &id)?;
            Ok(if originals.is_empty() { vec![row] } else { originals })
        })
        .await?;
    let mut received = Vec::new();
    for row in rows {
        received.push(files.receive_bytes(&row.name, files.read(&row).await?).await?);
    }
    Ok(received)
}

#[derive(Debug, Template)]
#[template(path = "receipt.html")]
struct ReceiptPage {
    page: Page,
    name: String,
    agency: String,
    code: String,
    key: String,
    submitted_at: Instant,
    reception_due: Instant,
    /// Groups of four digits, for the eye.
    hash: String,
    address: String,
    qr: Markup,
}

pub(super) async fn receipt(State(web): State<Web>, page: Page, user: CitizenUser, Path(id): Path<String>) -> Answer {
    let (receipt, name, agency) = web.read(move |tx| flow::receipt_of(tx, &user.actor, &id)).await?;
    let check = kernel_documents::Check {
        address: format!("{}/tra-cuu", web.config.base_url),
        code: receipt.code.to_string(),
        key: receipt.lookup_key.clone(),
        hash: receipt.hash.clone(),
    };
    html(&ReceiptPage {
        name: say(&name, page.lang),
        agency,
        code: receipt.code.to_string(),
        key: receipt.lookup_key,
        submitted_at: receipt.submitted_at,
        reception_due: receipt.reception_due,
        hash: check.short_hash(),
        qr: Markup(kernel_documents::qr_svg(&check.url())?.replacen(
            "<svg ",
            "<svg class=\"qr\" aria-hidden=\"true\" ",
            1,
        )),
        address: check.address,
        page: page.titled("services.receipt.title"),
    })
}
