//! A page of questions: shown, saved, shown again with every fault at once.

use askama::Template;
use axum::extract::{Path, State};
use http::StatusCode;
use kernel_base::{Error, FieldError, Lang};
use kernel_forms::{Form, PageView, field_id, render_page};
use kernel_web::{Answer, CitizenUser, Context, Fields, Page, Query, Web, html, html_with, redirect};
use serde::Deserialize;

use super::{device, draft::next_after, instant_of, say};
use crate::{
    flow::{self, DraftView, SaveFields},
    model::Clash,
};

#[derive(Debug, Template)]
#[template(path = "question.html")]
struct QuestionPage {
    page: Page,
    id: String,
    form_page: String,
    name: String,
    /// Position among the pages that are asked now.
    number: usize,
    count: usize,
    fields: kernel_web::Markup,
    /// Milliseconds: when the values on this page were read.
    seen: i64,
    /// `check` when the page was opened from the check-answers page.
    from: String,
    back: String,
    /// What another device changed.
    clashes: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct FromQuery {
    from: String,
}

pub(super) async fn page(
    State(web): State<Web>,
    page: Page,
    context: Context,
    user: CitizenUser,
    Path((id, form_page)): Path<(String, String)>,
    Query(query): Query<FromQuery>,
) -> Answer {
    let view = web
        .read(move |tx| {
            flow::open_draft(tx, &user.actor, &id)?;
            flow::look_draft(tx, &user.actor, &id)
        })
        .await?;
    let known = view.form.page(&form_page).ok_or_else(no_such_page)?.id.clone();
    let clashes = elsewhere(&page, &view, &known, &device(&context));
    html(&question_page(page, &view, &known, &query.from, &[], clashes))
}

fn no_such_page() -> Error {
    Error::not_found(
        "form_page_not_found",
        (
            "Không có trang câu hỏi này. Hãy quay lại danh sách việc.",
            "There is no such question page. Go back to the task list.",
        ),
    )
}

/// Fields that another device saved after this one did.
fn elsewhere(page: &Page, view: &DraftView, form_page: &str, device: &str) -> Vec<String> {
    let recent = view.now.plus_hours(-24);
    let fields = view.form.page(form_page).map(|p| p.fields.clone()).unwrap_or_default();
    let told = fields.iter().filter_map(|name| {
        let saved = view.draft.saved.get(name).filter(|saved| saved.device != device && saved.at > recent)?;
        // Filled in on one device and read on another is no clash; a changed value is.
        saved.before.as_ref()?;
        let title = say(&view.form.field(name)?.title, page.lang);
        let time = page.t.time(&saved.at);
        Some(page.t.f("services.question.elsewhere", [("field", title), ("time", time)]))
    });
    told.collect()
}

fn question_page(
    page: Page,
    view: &DraftView,
    form_page: &str,
    from: &str,
    faults: &[FieldError],
    clashes: Vec<String>,
) -> QuestionPage {
    let answers = view.draft.answers_value();
    let pages = view.form.visible_pages(&answers);
    let title = view.form.page(form_page).map(|p| say(&p.title, page.lang)).unwrap_or_default();
    let sources = flow::badges(view, page.lang);
    let mut shown = PageView::new(&answers, faults, page.lang).with_sources(&sources);
    if !view.places.is_empty() {
        shown = shown.with_places(&view.places);
    }
    let id = view.draft.id.to_string();
    QuestionPage {
        fields: kernel_web::Markup(render_page(&view.form, form_page, &shown)),
        form_page: form_page.to_owned(),
        name: say(&view.procedure.procedure.plain, page.lang),
        number: pages.iter().position(|p| p.id == form_page).map_or(0, |at| at + 1),
        count: pages.len(),
        seen: view.now.as_millis(),
        back: if from == "check" { format!("/drafts/{id}/check") } else { format!("/drafts/{id}") },
        from: from.to_owned(),
        clashes,
        page: page.with_title(title).with_errors(faults),
        id,
    }
}

pub(super) async fn save(
    State(web): State<Web>,
    page: Page,
    context: Context,
    user: CitizenUser,
    Path((id, form_page)): Path<(String, String)>,
    fields: Fields,
) -> Answer {
    let command = SaveFields {
        posted: fields.0.clone(),
        page: Some(form_page.clone()),
        device: device(&context),
        seen: instant_of(fields.get("seen")),
    };
    let wanted = id.clone();
    let saved = web.write(move |tx| flow::save_fields(tx, &user.actor, &wanted, &command)).await?;
    let view = saved.view;
    let known = view.form.page(&form_page).ok_or_else(no_such_page)?.id.clone();
    let from = fields.get("from").unwrap_or_default().to_owned();
    if Form::stays_on_page(&fields.0) {
        return Ok(redirect(&same_page(&id, &known, &from, &fields)));
    }
    if fields.get("later").is_some() {
        return Ok(redirect(&format!("/drafts/{id}")));
    }
    let faults = view.form.validate_page(&known, &view.draft.answers_value(), &view.facts());
    let clashes: Vec<String> = saved.clashes.iter().map(|clash| clash_words(&page, clash)).collect();
    if !faults.is_empty() {
        let shown = question_page(page, &view, &known, &from, &faults, clashes);
        return html_with(StatusCode::UNPROCESSABLE_ENTITY, &shown);
    }
    if !clashes.is_empty() {
        // The person reads what happened before going on.
        return html(&question_page(page, &view, &known, &from, &[], clashes));
    }
    Ok(redirect(&if from == "check" { format!("/drafts/{id}/check") } else { next_after(&view, &known) }))
}

/// Back to the page after a line was added or removed, at the list.
fn same_page(id: &str, form_page: &str, from: &str, fields: &Fields) -> String {
    let group = fields.get("add").or_else(|| fields.get("remove")).unwrap_or_default();
    let group = group.split('.').next().unwrap_or_default();
    let query = if from == "check" { "?from=check" } else { "" };
    format!("/drafts/{id}/pages/{form_page}{query}#{}", field_id(group))
}

fn clash_words(page: &Page, clash: &Clash) -> String {
    let key = if clash.overwritten { "services.question.overwritten" } else { "services.question.kept" };
    let title = match page.lang {
        Lang::Vi => clash.title.vi.clone(),
        Lang::En => say(&clash.title, Lang::En),
    };
    page.t.f(key, [("field", title), ("time", page.t.time(&clash.at))])
}
