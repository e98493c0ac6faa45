//! "Dữ liệu của tôi": store, sources, agreements, who read, export, erase. All work without JavaScript.

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    routing::{get, post},
};
use http::StatusCode;
use kernel_base::Kind;
use kernel_contract::{KeptByLaw, OriginKind};
use kernel_org::reads::Purpose;
use kernel_web::{Answer, CitizenUser, Form, Page, Query, Web, html, html_with, redirect_saying};
use serde::Deserialize;

use crate::{
    api::{ReadsQuery, not_confirmed},
    flow::{self, Seen, Shelved},
    store::ReuseRow,
};

/// Addresses of the pages.
pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/my/data", get(overview))
        .route("/my/data/reads", get(reads))
        .route("/my/data/sources/{source}", post(choose))
        .route("/my/data/reuses/{id}/withdraw", post(withdraw))
        .route("/my/data/erase", get(erase_page).post(erase))
}

#[derive(Debug)]
struct SourceLine {
    code: &'static str,
    title: &'static str,
    withdrawn: bool,
}

#[derive(Debug, Template)]
#[template(path = "my_data.html")]
struct OverviewPage {
    page: Page,
    /// Name, how many, where the rows are.
    parts: Vec<(String, usize, &'static str)>,
    store: Vec<Shelved>,
    sources: Vec<SourceLine>,
    reuses: Vec<ReuseRow>,
    reads: i64,
}

fn title_of(kind: OriginKind) -> &'static str {
    match kind {
        OriginKind::Store => "once.source.store",
        OriginKind::EarlierDossier => "once.source.earlier_dossier",
        OriginKind::CardQr => "once.source.card_qr",
        OriginKind::SignOn | OriginKind::Typed => "once.source.sign_on",
    }
}

/// The page that lists what a part of a person's data counts.
fn rows_of(part: &str) -> &'static str {
    match part {
        "messages" => "/messages",
        "account" => "/account",
        "reuses" => "/my/data#reuses",
        _ => "/my",
    }
}

async fn overview(State(web): State<Web>, page: Page, user: CitizenUser) -> Answer {
    let lang = page.lang;
    let shown = web
        .read(move |tx| {
            let actor = &user.actor;
            let parts = flow::own_data(tx, actor)?;
            let parts = parts.iter().map(|part| (part.name.say(lang).to_owned(), part.own.count, rows_of(part.code)));
            let parts = parts.collect();
            let sources = flow::sources(tx, actor)?.into_iter();
            let line = |(kind, withdrawn): (OriginKind, bool)| SourceLine {
                code: kind.as_str(),
                title: title_of(kind),
                withdrawn,
            };
            let (_, reads) =
                flow::who_read(tx, actor, &ReadsQuery { limit: Some(1), ..ReadsQuery::default() }.filter())?;
            let reuses = flow::reuses(tx, actor)?;
            Ok((parts, flow::shelf(tx, actor)?, sources.map(line).collect(), reuses, reads))
        })
        .await?;
    let (parts, store, sources, reuses, reads) = shown;
    html(&OverviewPage { page: page.titled("once.title"), parts, store, sources, reuses, reads })
}

#[derive(Debug, Template)]
#[template(path = "my_reads.html")]
struct ReadsPage {
    page: Page,
    rows: Vec<Seen>,
    total: i64,
    query: ReadsQuery,
    purposes: Vec<(String, String)>,
    previous: String,
    next: String,
}

/// Rows of a page.
const ROWS: i64 = 50;

async fn reads(State(web): State<Web>, page: Page, user: CitizenUser, Query(query): Query<ReadsQuery>) -> Answer {
    let mut filter = query.filter();
    filter.limit = ROWS;
    let offset = filter.offset.max(0);
    let (rows, total) = web.read(move |tx| flow::who_read(tx, &user.actor, &filter)).await?;
    let all = (String::new(), page.t.s("once.reads.any").to_owned());
    let purposes = Purpose::ALL.iter().map(|p| (p.as_str().to_owned(), p.words().say(page.lang).to_owned()));
    let at = |offset: i64| {
        let text = |text: &str| page.encoded(text);
        format!(
            "/my/data/reads?dossier={}&purpose={}&from={}&to={}&offset={offset}",
            text(&query.dossier),
            text(&query.purpose),
            text(&query.from),
            text(&query.to)
        )
    };
    html(&ReadsPage {
        previous: if offset > 0 { at((offset - ROWS).max(0)) } else { String::new() },
        next: if offset + ROWS < total { at(offset + ROWS) } else { String::new() },
        purposes: std::iter::once(all).chain(purposes).collect(),
        page: page.titled("once.reads.title"),
        rows,
        total,
        query,
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Choice {
    withdrawn: String,
}

async fn choose(
    State(web): State<Web>,
    user: CitizenUser,
    Path(source): Path<String>,
    Form(choice): Form<Choice>,
) -> Answer {
    let withdrawn = choice.withdrawn == "true";
    web.write(move |tx| flow::choose_source(tx, &user.actor, &source, withdrawn)).await?;
    let said = if withdrawn { "once.source.stopped" } else { "once.source.allowed" };
    Ok(redirect_saying(&web, "/my/data", said, &[]))
}

async fn withdraw(State(web): State<Web>, user: CitizenUser, Path(id): Path<String>) -> Answer {
    web.write(move |tx| flow::withdraw_reuse(tx, &user.actor, &id)).await?;
    Ok(redirect_saying(&web, "/my/data", "once.reuse.withdrawn_now", &[]))
}

#[derive(Debug, Template)]
#[template(path = "my_erase.html")]
struct ErasePage {
    page: Page,
    parts: Vec<(String, usize, &'static str)>,
    kept: Vec<KeptByLaw>,
    /// A dossier is still worked on: nothing can be erased yet.
    running: bool,
}

async fn erase_view(web: &Web, page: Page, user: CitizenUser) -> Result<ErasePage, kernel_base::Error> {
    let lang = page.lang;
    let (parts, kept) = web
        .read(move |tx| {
            let parts = flow::own_data(tx, &user.actor)?;
            let parts = parts.iter().map(|part| (part.name.say(lang).to_owned(), part.own.count, rows_of(part.code)));
            let parts = parts.collect();
            Ok((parts, flow::kept_by_law(tx, &user.actor)?))
        })
        .await?;
    let running = kept.iter().any(|one| one.until.is_none());
    Ok(ErasePage { page: page.titled("once.erase.title"), parts, kept, running })
}

async fn erase_page(State(web): State<Web>, page: Page, user: CitizenUser) -> Answer {
    html(&erase_view(&web, page, user).await?)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Confirm {
    confirm: String,
}

async fn erase(State(web): State<Web>, page: Page, user: CitizenUser, Form(typed): Form<Confirm>) -> Answer {
    let actor = user.actor.clone();
    let answer =
        if typed.confirm == "true" { web.write(move |tx| flow::erase(tx, &actor)).await } else { Err(not_confirmed()) };
    match answer {
        Ok(erased) => Ok(redirect_saying(&web, "/", "once.erase.done", &[("n", &erased.records.to_string())])),
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            let mut shown = erase_view(&web, page, user).await?;
            shown.page = shown.page.with_error(&error);
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &shown)
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_message_stands_in_both_languages() {
        let (vi, en) = crate::MESSAGES;
        assert_eq!(kernel_web::Messages::faults(vi, en).ok(), Some(Vec::new()));
    }
}
