//! A paper of a draft: photographs and PDF files, added and removed without JavaScript.

use askama::Template;
use axum::extract::{Multipart, Path, State};
use http::StatusCode;
use kernel_base::{Error, FieldError, Kind, Lang};
use kernel_contract::KnownPaper;
use kernel_files::Files;
use kernel_web::{Answer, Bucket, CitizenUser, Form, Page, T, Web, html, html_with, redirect, redirect_saying};
use serde::Deserialize;

use super::{draft::next_paper, say};
use crate::{
    api::uploads,
    flow::{self, DraftView},
};

#[derive(Debug)]
struct FileLine {
    file: String,
    name: String,
    pages: i64,
    size: String,
    warnings: Vec<String>,
    /// Whether the signatures are valid, and the sentence.
    signature: Option<(bool, String)>,
}

/// A paper of an earlier dossier.
#[derive(Debug)]
struct KnownLine {
    file: String,
    /// "Dùng giấy đã có: …, nộp ngày …, còn hạn đến …"
    words: String,
}

fn known_line(page: &Page, paper: &KnownPaper) -> KnownLine {
    KnownLine { file: paper.file.clone(), words: sentence(&page.t, page.lang, paper) }
}

/// The sentence that a person agrees to by taking an earlier paper.
pub(crate) fn known_words(web: &Web, lang: Lang, paper: &KnownPaper) -> String {
    sentence(&web.messages.translator(lang), lang, paper)
}

fn sentence(t: &T, lang: Lang, paper: &KnownPaper) -> String {
    let (name, at) = (say(&paper.name, lang), t.date(&paper.at));
    match paper.valid_until {
        Some(last) => {
            let last = kernel_base::vietnam_date(last);
            t.f("services.paper.known_until", [("name", name.as_str()), ("at", &at), ("until", &last)])
        }
        None => t.f("services.paper.known", [("name", name.as_str()), ("at", &at)]),
    }
}

#[derive(Debug, Template)]
#[template(path = "paper.html")]
struct PaperPage {
    page: Page,
    id: String,
    paper: String,
    name: String,
    plain: String,
    required: bool,
    files: Vec<FileLine>,
    /// Papers the person has already: the first stands out, the rest below it.
    known: Vec<KnownLine>,
    /// Where to go on to.
    next: String,
    /// Message of the file field.
    files_label: &'static str,
    /// The largest file in megabytes.
    largest: u64,
}

fn paper_page(page: Page, view: &DraftView, paper: &str, known: &[KnownPaper]) -> Result<PaperPage, Error> {
    let found = view.case.papers.iter().find(|p| p.code == paper).ok_or_else(no_such_paper)?;
    let (id, title) = (view.draft.id.to_string(), say(&found.name, page.lang));
    let line = |f: &crate::model::DraftFile| FileLine {
        file: f.file.clone(),
        name: f.name.clone(),
        pages: f.pages,
        size: size_words(f.size),
        warnings: f.warnings.iter().map(|w| say(w, page.lang)).collect(),
        signature: f.signature.as_ref().map(|s| (s.valid, say(&s.words, page.lang))),
    };
    Ok(PaperPage {
        paper: found.code.clone(),
        name: say(&view.procedure.procedure.plain, page.lang),
        plain: say(&found.plain, page.lang),
        required: found.required,
        known: if view.draft.files_of(paper).next().is_some() {
            Vec::new()
        } else {
            known.iter().take(3).map(|one| known_line(&page, one)).collect()
        },
        files: view.draft.files_of(paper).map(line).collect(),
        next: next_paper(view, paper).unwrap_or_else(|| format!("/drafts/{id}")),
        files_label: if view.draft.files_of(paper).next().is_none() {
            "services.paper.choose"
        } else {
            "services.paper.add"
        },
        largest: kernel_files::limits::MAX_FILE / 1_000_000,
        page: page.with_title(title),
        id,
    })
}

pub(crate) fn no_such_paper() -> Error {
    Error::not_found(
        "paper_not_found",
        (
            "Thủ tục này không cần giấy tờ đó. Hãy quay lại danh sách việc.",
            "This procedure does not ask for that paper. Go back to the task list.",
        ),
    )
}

/// `1,2 MB`
fn size_words(bytes: i64) -> String {
    let tenths = (bytes + 50_000) / 100_000;
    if tenths >= 10 { format!("{},{} MB", tenths / 10, tenths % 10) } else { format!("{} kB", (bytes / 1_000).max(1)) }
}

pub(super) async fn page(
    State(web): State<Web>,
    page: Page,
    user: CitizenUser,
    Path((id, paper)): Path<(String, String)>,
) -> Answer {
    let view = look(&web, &user, &id).await?;
    let known = known(&web, &user, &view, &paper).await?;
    html(&paper_page(page, &view, &paper, &known)?)
}

async fn known(web: &Web, user: &CitizenUser, view: &DraftView, paper: &str) -> Result<Vec<KnownPaper>, Error> {
    let (actor, procedure, paper) = (user.actor.clone(), view.draft.procedure.clone(), paper.to_owned());
    web.read(move |tx| flow::known_papers(tx, &actor, &procedure, &paper)).await
}

#[derive(Debug, Deserialize)]
pub(super) struct Reuse {
    file: String,
}

/// One press takes an earlier paper; nothing is uploaded.
pub(super) async fn reuse(
    State(web): State<Web>,
    page: Page,
    user: CitizenUser,
    Path((id, paper)): Path<(String, String)>,
    Form(chosen): Form<Reuse>,
) -> Answer {
    let view = look(&web, &user, &id).await?;
    let known = known(&web, &user, &view, &paper).await?;
    let one = known.iter().find(|one| one.file == chosen.file).ok_or_else(no_such_paper)?;
    uploads::take_known(&web, &user.actor, &id, &paper, one, &known_line(&page, one).words).await?;
    Ok(redirect_saying(&web, &format!("/drafts/{id}/papers/{paper}"), "services.paper.reused", &[]))
}

async fn look(web: &Web, user: &CitizenUser, id: &str) -> Result<DraftView, Error> {
    let (actor, id) = (user.actor.clone(), id.to_owned());
    web.read(move |tx| {
        flow::open_draft(tx, &actor, &id)?;
        flow::look_draft(tx, &actor, &id)
    })
    .await
}

/// Takes every file that can be used; names each that cannot, with what to do.
pub(super) async fn add(
    State(web): State<Web>,
    page: Page,
    user: CitizenUser,
    Path((id, paper)): Path<(String, String)>,
    parts: Multipart,
) -> Answer {
    web.limit(Bucket::Upload, &user.actor.label())?;
    let view = look(&web, &user, &id).await?;
    paper_page(page.clone(), &view, &paper, &[])?;
    let (taken, faults) = take_all(&web, &user, &id, &paper, parts).await?;
    if faults.is_empty() {
        let path = format!("/drafts/{id}/papers/{paper}");
        return Ok(redirect_saying(&web, &path, "services.paper.added", &[("n", &taken.to_string())]));
    }
    let view = look(&web, &user, &id).await?;
    html_with(StatusCode::UNPROCESSABLE_ENTITY, &paper_page(page.with_errors(&faults), &view, &paper, &[])?)
}

async fn take_all(
    web: &Web,
    user: &CitizenUser,
    id: &str,
    paper: &str,
    mut parts: Multipart,
) -> Result<(usize, Vec<FieldError>), Error> {
    let files = web.extension::<Files>()?;
    let (mut taken, mut faults) = (0, Vec::new());
    loop {
        let part = match parts.next_field().await {
            Ok(Some(part)) => part,
            Ok(None) => break,
            Err(error) => {
                faults.push(fault(&uploads::broken(error), ""));
                break;
            }
        };
        let name = part.file_name().unwrap_or_default().to_owned();
        // A browser sends one empty part when no file was chosen.
        if part.name() != Some("files") || name.is_empty() {
            continue;
        }
        let received = match files.receive(&name, part).await {
            Ok(received) => received,
            Err(error) if is_fault(&error) => {
                faults.push(fault(&error, &name));
                continue;
            }
            Err(error) => return Err(error),
        };
        match uploads::keep_in_draft(web, &files, &user.actor, id, paper, received, None).await {
            Ok(()) => taken += 1,
            Err(error) if is_fault(&error) => faults.push(fault(&error, &name)),
            Err(error) => return Err(error),
        }
    }
    if taken == 0 && faults.is_empty() {
        let words = (
            "Chưa chọn tệp nào. Hãy chụp ảnh hoặc chọn tệp, rồi bấm “Gửi tệp”.",
            "No file was chosen. Take a photograph or choose a file, then press “Send files”.",
        );
        faults.push(FieldError::new("files", "required", words));
    }
    Ok((taken, faults))
}

fn is_fault(error: &Error) -> bool {
    matches!(error.kind, Kind::Invalid | Kind::TooLarge)
}

/// The refusal of one file, naming it.
fn fault(error: &Error, name: &str) -> FieldError {
    let mut words = error.words.clone();
    let named = kernel_files::display_name(name);
    if !name.is_empty() && !words.vi.contains(&named) {
        words =
            kernel_base::Words::new(format!("Tệp “{named}”: {}", words.vi), format!("File “{named}”: {}", words.en));
    }
    FieldError::new("files", error.code, words)
}

#[derive(Debug, Deserialize)]
pub(super) struct Remove {
    file: String,
}

pub(super) async fn remove(
    State(web): State<Web>,
    user: CitizenUser,
    Path((id, paper)): Path<(String, String)>,
    Form(remove): Form<Remove>,
) -> Answer {
    let draft = id.clone();
    web.write(move |tx| flow::remove_file(tx, &user.actor, &draft, &remove.file)).await?;
    Ok(redirect(&format!("/drafts/{id}/papers/{paper}")))
}
