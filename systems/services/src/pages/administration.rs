//! Catalogue administration: the "asked twice" counter of every form, with its questions, and the button to publish.

use askama::Template;
use axum::extract::{Path, State};
use kernel_base::Kind;
use kernel_web::{Answer, Page, StaffMember, Web, html, html_with, redirect_saying};

use super::say;
use crate::flow::{self, FormLine};

/// A form in the list.
#[derive(Debug)]
struct Line {
    version: String,
    procedure: String,
    name: String,
    number: i64,
    draft: bool,
    full: bool,
    questions: usize,
    again: usize,
}

#[derive(Debug, Template)]
#[template(path = "staff_catalogue.html")]
struct ListPage {
    page: Page,
    lines: Vec<Line>,
    /// Forms that ask something twice; drafts that wait.
    faulty: usize,
    waiting: usize,
}

fn line(page: &Page, form: &FormLine) -> Line {
    Line {
        version: form.version.to_string(),
        procedure: form.procedure.clone(),
        name: say(&form.name, page.lang),
        number: form.number,
        draft: form.draft,
        full: form.full,
        questions: form.questions.len(),
        again: form.again.len(),
    }
}

pub(super) async fn list(State(web): State<Web>, page: Page, staff: StaffMember) -> Answer {
    let forms = web.read(move |tx| flow::forms(tx, &staff.actor)).await?;
    html(&ListPage {
        faulty: forms.iter().filter(|form| !form.again.is_empty()).count(),
        waiting: forms.iter().filter(|form| form.draft).count(),
        lines: forms.iter().map(|form| line(&page, form)).collect(),
        page: page.titled("services.catalogue.title").wide(),
    })
}

/// A question of the form.
#[derive(Debug)]
struct Row {
    field: String,
    title: String,
    ground: String,
    /// What the state holds already; empty = it is not asked twice.
    held: String,
}

#[derive(Debug, Template)]
#[template(path = "staff_catalogue_form.html")]
struct FormPage {
    page: Page,
    it: Line,
    source: String,
    from: jiff::civil::Date,
    rows: Vec<Row>,
}

fn form_page(page: Page, form: &FormLine) -> FormPage {
    let row = |question: &flow::Question| {
        let again = form.again.iter().find(|again| again.field == question.field);
        Row {
            field: question.field.clone(),
            title: say(&question.title, page.lang),
            ground: question.ground.clone(),
            held: again.map(|again| say(&again.concept, page.lang)).unwrap_or_default(),
        }
    };
    let mut rows: Vec<Row> = form.questions.iter().map(row).collect();
    // What asks twice stands first.
    rows.sort_by_key(|row| row.held.is_empty());
    FormPage {
        it: line(&page, form),
        source: form.source.clone(),
        from: form.valid_from,
        rows,
        page: page.titled("services.catalogue.form").wide(),
    }
}

pub(super) async fn form(State(web): State<Web>, page: Page, staff: StaffMember, Path(id): Path<String>) -> Answer {
    let form = web.read(move |tx| flow::form_of(tx, &staff.actor, &id)).await?;
    html(&form_page(page, &form))
}

/// Publishes a draft. A form that asks twice is not published as full online: the page says which questions.
pub(super) async fn publish(State(web): State<Web>, page: Page, staff: StaffMember, Path(id): Path<String>) -> Answer {
    let (actor, version) = (staff.actor.clone(), id.clone());
    match web.write(move |tx| flow::publish_draft(tx, &actor, &version)).await {
        Ok(()) => Ok(redirect_saying(&web, &format!("/staff/catalogue/{id}"), "services.catalogue.published", &[])),
        Err(error) if error.kind == Kind::Conflict => {
            let form = web.read(move |tx| flow::form_of(tx, &staff.actor, &id)).await?;
            html_with(kernel_web::status(error.kind), &form_page(page.with_error(&error), &form))
        }
        Err(error) => Err(error.into()),
    }
}
