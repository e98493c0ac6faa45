//! Measures as pages: the figure, its formula, its agencies, its rows.

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    routing::get,
};
use kernel_base::{AgencyId, Instant, Lang};
use kernel_contract::{MeasureRow, Measured};
use kernel_web::{Answer, Page, Query, Web, html};

use super::{api::Asked, flow, model::Definition};

/// Addresses of the pages.
pub(crate) fn routes() -> Router<Web> {
    Router::new().route("/measures", get(list)).route("/measures/{code}", get(one))
}

#[derive(Debug, Template)]
#[template(path = "measures.html")]
struct ListPage {
    page: Page,
    at: Instant,
    all: Vec<(&'static Definition, Measured)>,
    lang: Lang,
}

async fn list(State(web): State<Web>, page: Page, Query(asked): Query<Asked>) -> Answer {
    let (at, all) = web
        .read(move |tx| {
            let at = asked.instant(tx.now());
            Ok((at, flow::all(tx, at)?))
        })
        .await?;
    let lang = page.lang;
    html(&ListPage { page: page.titled("measures.title"), at, all, lang })
}

#[derive(Debug, Template)]
#[template(path = "measure.html")]
struct OnePage {
    page: Page,
    at: Instant,
    definition: &'static Definition,
    measured: Measured,
    agencies: Vec<(AgencyId, String, Measured)>,
    /// Rows of the chosen agency, or of all; at most 200 are shown.
    rows: Vec<MeasureRow>,
    agency: String,
    agency_name: String,
    lang: Lang,
}

/// Rows on a page; the rest is in the JSON.
const MOST: usize = 200;

async fn one(State(web): State<Web>, page: Page, Path(code): Path<String>, Query(asked): Query<Asked>) -> Answer {
    let lang = page.lang;
    let typed = asked.clone();
    let (at, definition, measured, agencies, rows, agency) = web
        .read(move |tx| {
            let at = typed.instant(tx.now());
            let definition = flow::definition_at(&code, at)?;
            let agency = crate::scoreboard::flow::agency_of(tx, &typed.agency)?;
            let id = agency.as_ref().map(|(id, _)| id.clone());
            let rows = flow::rows(tx, definition, at)?;
            let measured = definition.count(&rows, id.as_ref(), at);
            let agencies = flow::by_agency(tx, &code, at)?;
            let own: Vec<MeasureRow> =
                rows.into_iter().filter(|r| id.as_ref().is_none_or(|a| r.agency == *a)).take(MOST).collect();
            Ok((at, definition, measured, agencies, own, agency))
        })
        .await?;
    let (agency, agency_name) = agency.map_or_else(Default::default, |(id, name)| (id.to_string(), name));
    let title = definition.name.say(lang).to_owned();
    html(&OnePage { page: page.with_title(title), at, definition, measured, agencies, rows, agency, agency_name, lang })
}
