//! The task list of a draft, and deleting it.

use askama::Template;
use axum::extract::{Path, State};
use kernel_base::{Instant, Kind};
use kernel_forms::PageState;
use kernel_web::{Answer, CitizenUser, Page, Web, html, redirect, redirect_saying};

use super::say;
use crate::flow::{self, DraftView};

/// How far a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TaskState {
    Done,
    Started,
    NotStarted,
    /// Can be left out.
    Optional,
}

#[derive(Debug)]
struct Task {
    href: String,
    title: String,
    hint: String,
    state: TaskState,
}

#[derive(Debug, Template)]
#[template(path = "draft.html")]
struct TasksPage {
    page: Page,
    id: String,
    agency: String,
    case: String,
    questions: Vec<Task>,
    papers: Vec<Task>,
    left: usize,
    /// How many fields could be filled in; 0 = nothing, or the person was asked.
    known: usize,
    updated_at: Instant,
    expires_at: Instant,
}

pub(super) async fn tasks(State(web): State<Web>, page: Page, user: CitizenUser, Path(id): Path<String>) -> Answer {
    let (actor, wanted) = (user.actor.clone(), id.clone());
    let draft = web.read(move |tx| flow::find_draft(tx, &actor, &wanted)).await?;
    if draft.is_submitted() {
        return Ok(redirect(&format!("/drafts/{id}/receipt")));
    }
    let (view, known) = web
        .read(move |tx| {
            let view = flow::look_draft(tx, &user.actor, &id)?;
            let known = flow::has_offer(tx, &user.actor, &view)?;
            Ok((view, known))
        })
        .await?;
    html(&tasks_page(page, &view, known))
}

fn tasks_page(page: Page, view: &DraftView, known: usize) -> TasksPage {
    let (questions, papers) = (question_tasks(&page, view), paper_tasks(&page, view));
    let open = |task: &&Task| matches!(task.state, TaskState::Started | TaskState::NotStarted);
    let name = say(&view.procedure.procedure.plain, page.lang);
    TasksPage {
        id: view.draft.id.to_string(),
        agency: view.agency_name.clone(),
        case: if view.procedure.text.cases.len() > 1 { say(&view.case.name, page.lang) } else { String::new() },
        known,
        left: questions.iter().chain(&papers).filter(open).count(),
        updated_at: view.draft.updated_at,
        expires_at: view.draft.expires_at,
        questions,
        papers,
        page: page.with_title(name),
    }
}

fn question_tasks(page: &Page, view: &DraftView) -> Vec<Task> {
    let facts = view.facts();
    let answers = view.draft.answers_value();
    let task = |form_page: &&kernel_forms::Page| Task {
        href: format!("/drafts/{}/pages/{}", view.draft.id, form_page.id),
        title: say(&form_page.title, page.lang),
        hint: String::new(),
        state: match view.draft.page_state(&view.form, &form_page.id, &facts) {
            PageState::Complete => TaskState::Done,
            PageState::Started => TaskState::Started,
            PageState::NotStarted => TaskState::NotStarted,
        },
    };
    view.form.visible_pages(&answers).iter().map(task).collect()
}

fn paper_tasks(page: &Page, view: &DraftView) -> Vec<Task> {
    let task = |paper: &kernel_contract::Paper| Task {
        href: format!("/drafts/{}/papers/{}", view.draft.id, paper.code),
        title: say(&paper.name, page.lang),
        hint: say(&paper.plain, page.lang),
        state: match view.draft.files_of(&paper.code).next() {
            Some(_) => TaskState::Done,
            None if paper.required => TaskState::NotStarted,
            None => TaskState::Optional,
        },
    };
    view.case.papers.iter().map(task).collect()
}

/// The next thing to do after a page of questions: the page after it, then the first missing paper, then the check.
pub(super) fn next_after(view: &DraftView, form_page: &str) -> String {
    let answers = view.draft.answers_value();
    let pages = view.form.visible_pages(&answers);
    let at = pages.iter().position(|p| p.id == form_page);
    let id = &view.draft.id;
    if let Some(next) = at.and_then(|at| pages.get(at + 1)) {
        return format!("/drafts/{id}/pages/{}", next.id);
    }
    next_paper(view, "").unwrap_or_else(|| format!("/drafts/{id}/check"))
}

/// The first required paper without a file, other than `here`.
pub(super) fn next_paper(view: &DraftView, here: &str) -> Option<String> {
    let missing =
        |p: &&kernel_contract::Paper| p.required && p.code != here && view.draft.files_of(&p.code).next().is_none();
    view.case.papers.iter().find(missing).map(|p| format!("/drafts/{}/papers/{}", view.draft.id, p.code))
}

#[derive(Debug, Template)]
#[template(path = "draft_delete.html")]
struct DeletePage {
    page: Page,
    id: String,
    name: String,
}

pub(super) async fn delete_page(
    State(web): State<Web>,
    page: Page,
    user: CitizenUser,
    Path(id): Path<String>,
) -> Answer {
    let wanted = id.clone();
    let name = web
        .read(move |tx| {
            let draft = flow::open_draft(tx, &user.actor, &wanted)?;
            crate::store::procedure_name(tx, &draft.procedure)
        })
        .await?;
    let name = say(&name, page.lang);
    html(&DeletePage { page: page.titled("services.delete.title"), id, name })
}

pub(super) async fn delete(State(web): State<Web>, user: CitizenUser, Path(id): Path<String>) -> Answer {
    match web.write(move |tx| flow::delete_draft(tx, &user.actor, &id)).await {
        // Pressed twice: it is gone, which is what was wanted.
        Err(error) if error.kind != Kind::NotFound => Err(error.into()),
        _ => Ok(redirect_saying(&web, "/my", "services.delete.done", &[])),
    }
}
