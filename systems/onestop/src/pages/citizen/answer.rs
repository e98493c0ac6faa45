//! Answering a supplement request: new papers and corrected answers in one form, without JavaScript.

use std::collections::BTreeMap;

use axum::extract::{Multipart, Path, State, multipart::MultipartError};
use axum::http::StatusCode;
use kernel_base::{Error, FieldError, Kind, Result, Words};
use kernel_contract::SubmittedPaper;
use kernel_files::{Files, Received};
use kernel_forms::{Form, PageView, render_page};
use kernel_web::{Bucket, CitizenUser, Markup, Page, Web, html_with, redirect_saying};
use serde_json::{Map, Value};

use super::status::{Seen, markup, read, status_page};
use crate::{flow, model};

/// Files that arrived with an answer that was refused, and what had been typed: nothing is lost.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept {
    /// Stored file by paper.
    pub(super) files: BTreeMap<String, String>,
    pub(super) fields: Vec<(String, String)>,
    pub(super) note: String,
}

/// One line of the request.
#[derive(Debug)]
pub(super) struct Item {
    /// Code of the paper; empty for a question of the form.
    pub(super) paper: String,
    pub(super) title: String,
    pub(super) problem: String,
    pub(super) needed: String,
    /// A file for it has arrived already.
    pub(super) kept: String,
}

/// What the owner is asked to complete, with the form to do it.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) items: Vec<Item>,
    pub(super) note: String,
    pub(super) reply_by: kernel_base::Instant,
    pub(super) overdue: bool,
    /// The pages of questions that hold the asked fields.
    pub(super) fields: Markup,
    pub(super) typed_note: String,
}

impl Ask {
    pub(super) fn new(page: &Page, seen: &Seen, faults: &[FieldError], kept: Kept) -> Option<Self> {
        let view = &seen.view;
        let open = view.supplements.iter().find(|s| s.answered_at.is_none())?;
        if !view.dossier.state.is_paused() {
            return None;
        }
        let items = open.items.iter().map(|item| {
            let (kind, code) = item.about.split_once(':').unwrap_or(("", ""));
            let paper = if kind == "paper" { code } else { "" };
            Item {
                paper: paper.to_owned(),
                title: title(page, seen, kind, code),
                problem: item.problem.clone(),
                needed: item.needed.clone(),
                kept: kept.files.get(paper).cloned().unwrap_or_default(),
            }
        });
        let items: Vec<Item> = items.collect();
        Some(Self {
            fields: markup(questions(page, seen, &asked_pages(seen), faults, &kept.fields)),
            items,
            note: open.note.clone(),
            reply_by: open.reply_by,
            overdue: view.now > open.reply_by,
            typed_note: kept.note,
        })
    }
}

fn title(page: &Page, seen: &Seen, kind: &str, code: &str) -> String {
    let paper = || seen.offering.as_ref()?.case.papers.iter().find(|p| p.code == code).map(|p| p.name.clone());
    let field = || seen.form.as_ref()?.field(code).map(|f| f.title.clone());
    let words: Option<Words> = if kind == "paper" { paper() } else { field() };
    words.map_or_else(|| code.to_owned(), |words| page.t.w(&words).to_owned())
}

/// Pages of the form that hold a field which was asked for.
fn asked_pages(seen: &Seen) -> Vec<String> {
    let (Some(form), Some(open)) = (&seen.form, seen.view.supplements.iter().find(|s| s.answered_at.is_none())) else {
        return Vec::new();
    };
    let asked: Vec<&str> = open.items.iter().filter_map(|item| item.about.strip_prefix("field:")).collect();
    let holds = |page: &&kernel_forms::Page| page.fields.iter().any(|field| asked.contains(&field.as_str()));
    form.pages().iter().filter(holds).map(|page| page.id.clone()).collect()
}

fn questions(page: &Page, seen: &Seen, pages: &[String], faults: &[FieldError], typed: &[(String, String)]) -> String {
    let Some(form) = &seen.form else { return String::new() };
    let mut answers = seen.view.dossier.form.clone();
    if let (Some(all), false) = (answers.as_object_mut(), typed.is_empty()) {
        for page in pages.iter().filter_map(|id| form.page(id)) {
            all.retain(|name, _| !page.fields.contains(name));
            if let Value::Object(new) = form.from_fields(&page.id, typed) {
                all.extend(new);
            }
        }
    }
    let shown = PageView::new(&answers, faults, page.lang).with_places(&seen.communes);
    pages.iter().map(|id| render_page(form, id, &shown)).collect()
}

/// What came with the form.
#[derive(Debug, Default)]
struct Sent {
    kept: Kept,
    faults: Vec<FieldError>,
}

pub(super) async fn answer(
    State(web): State<Web>,
    page: Page,
    user: CitizenUser,
    Path(code): Path<String>,
    parts: Multipart,
) -> kernel_web::Answer {
    web.limit(Bucket::Upload, &user.actor.label())?;
    // Only who may see the dossier may send files for it.
    let seen = read(&web, &user.actor, &code).await?;
    let sent = receive(&web, &user, parts).await?;
    let mut faults = sent.faults;
    if faults.is_empty() {
        let command = command(&seen, &sent.kept);
        let (actor, wanted) = (user.actor.clone(), code.clone());
        match web.write(move |tx| flow::answer_supplement(tx, &actor, &wanted, &command)).await {
            Ok(_) => return Ok(redirect_saying(&web, &format!("/dossiers/{code}"), "status.ask.done", &[])),
            Err(error) if error.kind == Kind::Invalid && !error.fields.is_empty() => faults = error.fields,
            Err(error) => return Err(error.into()),
        }
    }
    let shown = status_page(page, &seen, &faults, sent.kept, "");
    html_with(StatusCode::UNPROCESSABLE_ENTITY, &shown)
}

fn command(seen: &Seen, kept: &Kept) -> model::Answer {
    let mut form = Map::new();
    if let Some(definition) = &seen.form {
        for page in asked_pages(seen) {
            form.extend(changed(definition, &page, &seen.view.dossier.form, &kept.fields));
        }
    }
    let paper = |(paper, file): (&String, &String)| SubmittedPaper { paper: paper.clone(), file: file.clone() };
    model::Answer { form, papers: kept.files.iter().map(paper).collect(), note: kept.note.clone() }
}

/// The answers of a page that differ from those of the dossier.
fn changed(form: &Form, page: &str, before: &Value, typed: &[(String, String)]) -> Map<String, Value> {
    let Value::Object(answers) = form.from_fields(page, typed) else { return Map::new() };
    answers.into_iter().filter(|(name, value)| before.get(name) != Some(value)).collect()
}

async fn receive(web: &Web, user: &CitizenUser, mut parts: Multipart) -> Result<Sent> {
    let files = web.extension::<Files>()?;
    let mut sent = Sent::default();
    let mut arrived: BTreeMap<String, Vec<Received>> = BTreeMap::new();
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        let name = part.name().unwrap_or_default().to_owned();
        let file_name = part.file_name().unwrap_or_default().to_owned();
        if let Some(paper) = name.strip_prefix("papers.") {
            if !file_name.is_empty() {
                match files.receive(&file_name, part).await {
                    Ok(received) => arrived.entry(paper.to_owned()).or_default().push(received),
                    Err(error) => sent.faults.push(refused(error, paper)?),
                }
            }
            continue;
        }
        let text = part.text().await.map_err(broken)?;
        match name.strip_prefix("kept.") {
            Some(paper) if !text.is_empty() => drop(sent.kept.files.insert(paper.to_owned(), text)),
            Some(_) => {}
            None if name == "note" => sent.kept.note = text,
            None if name == "csrf" => {}
            None => sent.kept.fields.push((name, text)),
        }
    }
    for (paper, received) in arrived {
        match keep(web, &files, user, received).await {
            Ok(file) => drop(sent.kept.files.insert(paper, file)),
            Err(error) => sent.faults.push(refused(error, &paper)?),
        }
    }
    Ok(sent)
}

/// Several photographs of one paper become one PDF.
async fn keep(web: &Web, files: &Files, user: &CitizenUser, received: Vec<Received>) -> Result<String> {
    let name = received.first().map_or("tep", Received::name).to_owned();
    let inspected = files.inspect(received).await?;
    let stored = files.store_paper(&web.home, &inspected, &name).await?;
    let owner = user.actor.holder();
    web.write(move |tx| kernel_files::record_paper(tx, &stored, &owner).map(|file| file.to_string())).await
}

/// A refused file as a fault of its paper; other trouble stays what it is.
fn refused(error: Error, paper: &str) -> Result<FieldError> {
    match error.kind {
        Kind::Invalid | Kind::TooLarge => Ok(FieldError::new(format!("papers.{paper}"), error.code, error.words)),
        _ => Err(error),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "used as a function for map_err")]
fn broken(error: MultipartError) -> Error {
    let kind = if error.status() == StatusCode::PAYLOAD_TOO_LARGE { Kind::TooLarge } else { Kind::Invalid };
    Error::new(
        kind,
        "upload_broken",
        (
            "Tệp gửi lên bị đứt hoặc quá lớn. Hãy gửi lại; mỗi tệp tối đa 25 MB.",
            "The upload broke off or is too large. Send it again; 25 MB a file at most.",
        ),
    )
    .with_inside(error.to_string())
}
