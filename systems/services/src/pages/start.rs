//! Choosing case and agency: at the start of a draft, and later to change it.

use askama::Template;
use axum::extract::{Path, State};
use http::StatusCode;
use kernel_base::{Error, FieldError, Kind, Result, TypedId};
use kernel_db::Tx;
use kernel_web::{Answer, CitizenUser, Form, Page, Query, Web, html, html_with, redirect, redirect_saying};
use serde::Deserialize;

use super::{
    procedure::{AgencyGroup, grouped},
    say,
};
use crate::flow::{self, ProcedureView};

/// So many known fields lead to the preview; fewer stand as a link on the task list.
const WORTH_A_PAGE: usize = 3;

/// More agencies than this are chosen in two steps: district, then commune.
const ONE_LIST: usize = 30;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Choice {
    case: String,
    /// Given but empty: the form was sent without a choice.
    district: Option<String>,
    agency: String,
}

#[derive(Debug, Template)]
#[template(path = "start.html")]
struct StartPage {
    page: Page,
    /// Where the form goes, and the page to go back to.
    action: String,
    back: String,
    name: String,
    cases: Vec<(String, String)>,
    case: String,
    /// First step of two: choose a district; empty when there is one step.
    districts: Vec<(String, String)>,
    district: String,
    /// Name of the chosen district.
    district_name: String,
    agencies: Vec<(String, String)>,
    agency: String,
    /// A draft is begun here, not changed.
    new: bool,
}

/// What the page needs, read in one transaction.
struct Known {
    view: ProcedureView,
    groups: Vec<AgencyGroup>,
}

fn known(tx: &mut Tx<'_>, code: &str) -> Result<Known> {
    let view = flow::look(tx, code)?;
    flow::online_case(&view, "")?;
    let groups = grouped(tx, &view)?;
    Ok(Known { view, groups })
}

fn start_page(page: Page, known: &Known, choice: &Choice) -> StartPage {
    let Known { view, groups } = known;
    let lang = page.lang;
    let all: usize = groups.iter().map(|group| group.agencies.len()).sum();
    let two_steps = all > ONE_LIST && groups.len() > 1;
    let district = choice.district.clone().unwrap_or_default();
    let chosen = groups.iter().find(|group| two_steps && !district.is_empty() && group.key == district);
    let agencies = match chosen {
        Some(group) => group.agencies.clone(),
        None if two_steps => Vec::new(),
        None => groups.iter().flat_map(|group| group.agencies.clone()).collect(),
    };
    let districts: Vec<(String, String)> = groups.iter().map(|g| (g.key.clone(), g.label.clone())).collect();
    let first_step = two_steps && chosen.is_none();
    let page = if first_step && choice.district.is_some() { page.with_errors(&[no_district()]) } else { page };
    let cases: Vec<(String, String)> = view.text.cases.iter().map(|c| (c.code.clone(), say(&c.name, lang))).collect();
    let only = if agencies.len() == 1 { agencies.first().map(|(id, _)| id.clone()) } else { None };
    StartPage {
        action: format!("/procedures/{}/start", view.code()),
        back: format!("/procedures/{}", view.code()),
        name: say(&view.procedure.plain, lang),
        case: if choice.case.is_empty() {
            cases.first().map(|c| c.0.clone()).unwrap_or_default()
        } else {
            choice.case.clone()
        },
        cases: if cases.len() > 1 { cases } else { Vec::new() },
        districts: if first_step { with_blank(&page, districts) } else { Vec::new() },
        district,
        district_name: chosen.map(|group| group.label.clone()).unwrap_or_default(),
        agencies: with_blank(&page, agencies),
        agency: only.unwrap_or_else(|| choice.agency.clone()),
        new: true,
        page,
    }
}

/// Nothing is chosen for the person: the first option says what to do.
fn with_blank(page: &Page, options: Vec<(String, String)>) -> Vec<(String, String)> {
    if options.len() < 2 {
        return options;
    }
    let blank = (String::new(), page.t.s("services.start.choose").to_owned());
    std::iter::once(blank).chain(options).collect()
}

fn no_district() -> FieldError {
    let words = ("Hãy chọn huyện, thị xã hoặc thành phố.", "Choose a district, town or city.");
    FieldError::new("district", "required", words)
}

pub(super) async fn page(
    State(web): State<Web>,
    page: Page,
    _user: CitizenUser,
    Path(code): Path<String>,
    Query(choice): Query<Choice>,
) -> Answer {
    let known = web.read(move |tx| known(tx, &code)).await?;
    let shown = start_page(page.titled("services.start.title"), &known, &choice);
    let status = if shown.page.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    html_with(status, &shown)
}

pub(super) async fn begin(
    State(web): State<Web>,
    page: Page,
    user: CitizenUser,
    Path(code): Path<String>,
    Form(choice): Form<Choice>,
) -> Answer {
    let (chosen, procedure) = (choice.clone(), code.clone());
    let begun = web
        .write(move |tx| {
            let id = flow::start_draft(tx, &user.actor, &procedure, &chosen.case, &chosen.agency)?;
            let view = flow::look_draft(tx, &user.actor, id.as_str())?;
            let known = flow::has_offer(tx, &user.actor, &view)?;
            Ok((id, known))
        })
        .await;
    match begun {
        // Enough is known to be worth a page: the person sees it before anything is filled in.
        Ok((id, known)) if known >= WORTH_A_PAGE => Ok(redirect(&format!("/drafts/{id}/prefill"))),
        Ok((id, _)) => Ok(redirect(&format!("/drafts/{id}"))),
        Err(error) if error.kind == Kind::Invalid && !error.fields.is_empty() => {
            let known = web.read(move |tx| known(tx, &code)).await?;
            again(start_page(page.titled("services.start.title"), &known, &choice), &error)
        }
        Err(error) => Err(error.into()),
    }
}

fn again(mut shown: StartPage, error: &Error) -> Answer {
    shown.page = shown.page.with_error(error);
    html_with(StatusCode::UNPROCESSABLE_ENTITY, &shown)
}

fn changed(mut shown: StartPage, id: &str) -> StartPage {
    shown.action = format!("/drafts/{id}/agency");
    shown.back = format!("/drafts/{id}");
    shown.new = false;
    shown
}

pub(super) async fn change_page(
    State(web): State<Web>,
    page: Page,
    user: CitizenUser,
    Path(id): Path<String>,
    Query(choice): Query<Choice>,
) -> Answer {
    let wanted = id.clone();
    let (draft, known) = web
        .read(move |tx| {
            let draft = flow::open_draft(tx, &user.actor, &wanted)?;
            let known = known(tx, &draft.procedure)?;
            Ok((draft, known))
        })
        .await?;
    let choice = Choice {
        case: if choice.case.is_empty() { draft.case.clone() } else { choice.case },
        agency: draft.agency.to_string(),
        ..choice
    };
    html(&changed(start_page(page.titled("services.start.change_title"), &known, &choice), &id))
}

pub(super) async fn change(
    State(web): State<Web>,
    page: Page,
    user: CitizenUser,
    Path(id): Path<String>,
    Form(choice): Form<Choice>,
) -> Answer {
    let (chosen, actor, wanted) = (choice.clone(), user.actor.clone(), id.clone());
    match web.write(move |tx| flow::change_agency(tx, &actor, &wanted, &chosen.case, &chosen.agency)).await {
        Ok(()) => Ok(redirect_saying(&web, &format!("/drafts/{id}"), "services.start.changed", &[])),
        Err(error) if error.kind == Kind::Invalid && !error.fields.is_empty() => {
            let wanted = id.clone();
            let known = web
                .read(move |tx| {
                    let draft = flow::open_draft(tx, &user.actor, &wanted)?;
                    known(tx, &draft.procedure)
                })
                .await?;
            again(changed(start_page(page.titled("services.start.change_title"), &known, &choice), &id), &error)
        }
        Err(error) => Err(error.into()),
    }
}
