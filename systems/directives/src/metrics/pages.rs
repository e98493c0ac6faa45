//! Measures as pages: the figure, its formula, its agencies, its rows.

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    routing::get,
};
use kernel_base::{Instant, Lang};
use kernel_contract::Measured;
use kernel_web::{Answer, Page, Query, Web, html};

use super::{
    api::Asked,
    flow::{self, Counted},
    model::Definition,
};
use crate::scoreboard::address;

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
    counted: Counted,
    /// As they stand in addresses; empty when all were asked for, as of now.
    agency: String,
    day: String,
    agency_name: String,
    skip: usize,
    lang: Lang,
}

/// Rows on a page.
const PAGE: usize = 50;

impl OnePage {
    /// The address of this measure, of one agency, from a row on.
    fn url(&self, agency: &str, skip: usize) -> String {
        let skip = if skip == 0 { String::new() } else { skip.to_string() };
        let path = format!("/measures/{}", self.counted.definition.code);
        address(&path, &[("agency", agency), ("at", self.day.as_str()), ("skip", skip.as_str())])
    }

    fn next(&self) -> String {
        let all = usize::try_from(self.counted.measured.denominator).unwrap_or(0);
        if self.skip + PAGE < all { self.url(&self.agency, self.skip + PAGE) } else { String::new() }
    }

    fn previous(&self) -> String {
        if self.skip > 0 { self.url(&self.agency, self.skip.saturating_sub(PAGE)) } else { String::new() }
    }
}

async fn one(State(web): State<Web>, page: Page, Path(code): Path<String>, Query(asked): Query<Asked>) -> Answer {
    let (lang, skip, typed) = (page.lang, asked.skip(), asked.clone());
    let (counted, agency_name) = web
        .read(move |tx| {
            let at = typed.instant(tx.now());
            let agency = crate::scoreboard::flow::agency_of(tx, &typed.agency)?;
            let id = agency.as_ref().map(|(id, _)| id);
            let counted = flow::counted(tx, &code, id, at, (skip, PAGE))?;
            Ok((counted, agency.map(|(_, name)| name).unwrap_or_default()))
        })
        .await?;
    let (agency, day) = (page.encoded(&asked.agency), page.encoded(&asked.at));
    let title = counted.definition.name.say(lang).to_owned();
    html(&OnePage { page: page.with_title(title), counted, agency, day, agency_name, skip, lang })
}
