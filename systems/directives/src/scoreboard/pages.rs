//! The board and the rows behind each of its numbers, as pages for everyone.

use askama::Template;
use axum::{Router, extract::State, http::header, response::IntoResponse, routing::get};
use jiff::civil::Date;
use kernel_base::{Error, Instant, Lang, Result, vietnam_date};
use kernel_obligations::score::{Page as Slice, Show};
use kernel_web::{Answer, KEPT_PART, Page, Query, Web, html, html_around};
use serde::Deserialize;

use super::{
    chart::{Column, columns},
    flow::{self, Board, PublicRow, Rows, Wanted},
    model::{Figures, LEAST, Line, Period, SYSTEMS, Share, System, system_of},
};
use crate::scoreboard::address;

/// Rows of a list on one page.
const PAGE: i64 = 50;

/// Addresses of the pages.
pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/scoreboard", get(board))
        .route("/scoreboard/rows", get(rows))
        .route("/scoreboard.csv", get(csv))
}

/// What is asked for: all of it may be absent.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    pub(crate) system: String,
    pub(crate) period: String,
    /// A day, `2021-07-20` or `20/07/2021`, or an instant.
    pub(crate) at: String,
    pub(crate) agency: String,
    pub(crate) show: String,
    pub(crate) skip: i64,
}

impl Asked {
    /// The period asked for, else the month of the instant.
    pub(crate) fn wanted(&self, now: Instant) -> Wanted {
        let at = flow::instant_of(&vietnamese_day(&self.at));
        let month = Period::month_of(at.unwrap_or(now).min(now));
        Wanted { system: system_of(&self.system), period: Period::parse(&self.period).unwrap_or(month), at }
    }

    pub(crate) fn show(&self) -> Show {
        Show::parse(&self.show).unwrap_or(Show::Late)
    }
}

/// `20/07/2021` as `2021-07-20`; everything else as it is.
fn vietnamese_day(text: &str) -> String {
    let parts: Vec<&str> = text.trim().split('/').collect();
    match parts.as_slice() {
        [day, month, year] => format!("{year}-{month:0>2}-{day:0>2}"),
        _ => text.to_owned(),
    }
}

/// Links of the board keep what was chosen.
#[derive(Debug, Clone)]
struct Links {
    system: &'static str,
    period: String,
    at: String,
}

impl Links {
    fn new(wanted: &Wanted, asked: &Asked) -> Self {
        let at = if wanted.at.is_some() { vietnamese_day(&asked.at) } else { String::new() };
        Self { system: wanted.system.code, period: wanted.period.code(), at }
    }

    fn query(&self) -> String {
        let at = if self.at.is_empty() { String::new() } else { format!("&at={}", self.at) };
        format!("system={}&period={}{at}", self.system, self.period)
    }

    fn board(&self, system: &str, period: &str) -> String {
        address("/scoreboard", &[("system", system), ("period", period), ("at", self.at.as_str())])
    }

    fn rows(&self, agency: &str, show: &str) -> String {
        let chosen = [
            ("system", self.system),
            ("period", self.period.as_str()),
            ("at", self.at.as_str()),
            ("agency", agency),
            ("show", show),
        ];
        address("/scoreboard/rows", &chosen)
    }
}

#[derive(Debug, Template)]
#[template(path = "scoreboard.html")]
struct BoardPage {
    page: Page,
    /// Where [`BoardMain`] is put, rendered.
    main: &'static str,
}

/// What the page shows of the board; the same for everyone who reads one language.
#[derive(Debug, Template)]
#[template(path = "scoreboard_main.html")]
struct BoardMain {
    /// Of nobody in particular.
    page: Page,
    board: Board,
    columns: Vec<Column>,
    links: Links,
    system: &'static System,
    systems: &'static [System],
    lang: Lang,
    months: Vec<String>,
}

impl BoardMain {
    fn share(&self, share: Share) -> String {
        share.text(self.lang)
    }

    fn n(&self, number: impl std::borrow::Borrow<i64>) -> String {
        self.page.t.number(number.borrow())
    }

    /// Width of a bar of hundred.
    fn bar(share: Share) -> i64 {
        share.tenths().unwrap_or(0) / 10
    }

    fn tone(line: &Line) -> &'static str {
        match line.figures.on_time().tenths() {
            Some(900..) => "ok",
            Some(700..) => "warn",
            Some(_) => "bad",
            None => "neutral",
        }
    }

    /// The same period, a level up or down: a month's quarter, its year.
    fn lengths(&self) -> Vec<(String, String, bool)> {
        let now = self.board.period;
        let (year, month) = match now {
            Period::Month(year, month) => (year, month),
            Period::Quarter(year, quarter) => (year, quarter * 3),
            Period::Year(year) => (year, Period::month_of(self.board.at).month_number().unwrap_or(12)),
        };
        [Period::Month(year, month), Period::Quarter(year, (month + 2) / 3), Period::Year(year)]
            .into_iter()
            .map(|p| (p.words().say(self.lang).to_owned(), self.links.board(self.system.code, &p.code()), p == now))
            .collect()
    }

    fn neighbour(&self, next: bool) -> (String, String) {
        let period = if next { self.board.period.next() } else { self.board.period.previous() };
        (period.words().say(self.lang).to_owned(), self.links.board(self.system.code, &period.code()))
    }

    fn total(&self) -> &Figures {
        &self.board.total
    }

    /// Agencies of the ranking, then those with too few cases.
    fn ranked(&self) -> impl Iterator<Item = &Line> {
        self.board.lines.iter().filter(|l| l.rank.is_some())
    }

    /// Agencies with too few cases for a rank, by whether something of theirs is overdue.
    fn few(&self, overdue: bool) -> Vec<&Line> {
        let few = self.board.lines.iter().filter(|l| l.rank.is_none());
        few.filter(|l| (l.figures.now.overdue > 0) == overdue).collect()
    }

    fn least(&self) -> i64 {
        LEAST
    }
}

async fn board(State(web): State<Web>, page: Page, Query(asked): Query<Asked>) -> Answer {
    let page = page.titled("board.title");
    let wanted = asked.wanted(web.db.clock().now());
    let links = Links::new(&wanted, &asked);
    let question = format!("page {} {} {}", page.lang.code(), wanted.question(), links.at);
    let main = super::kept(&web, &question, board_main(&web, page.for_everyone(), wanted, links)).await?;
    html_around(&BoardPage { page, main: KEPT_PART }, main)
}

async fn board_main(web: &Web, page: Page, wanted: Wanted, links: Links) -> Result<String> {
    let system = wanted.system;
    let board = web.read(move |tx| flow::board(tx, &wanted)).await?;
    let months = super::monthly_files(web).await;
    let lang = page.lang;
    let columns = columns(&board.trend, lang);
    let main = BoardMain { page, board, columns, links, system, systems: &SYSTEMS, lang, months };
    main.render().map_err(|e| Error::internal(format!("the board: {e}")))
}

#[derive(Debug, Template)]
#[template(path = "scoreboard_rows.html")]
struct RowsPage {
    page: Page,
    rows: Rows,
    links: Links,
    system: &'static System,
    period: String,
    agency: String,
    agency_name: String,
    show: Show,
    skip: i64,
}

impl RowsPage {
    fn n(&self, number: impl std::borrow::Borrow<i64>) -> String {
        self.page.t.number(number.borrow())
    }

    fn next(&self) -> String {
        if self.skip + PAGE < self.rows.count {
            format!("{}&skip={}", self.links.rows(&self.agency, self.show.word()), self.skip + PAGE)
        } else {
            String::new()
        }
    }

    fn previous(&self) -> String {
        if self.skip > 0 {
            format!("{}&skip={}", self.links.rows(&self.agency, self.show.word()), (self.skip - PAGE).max(0))
        } else {
            String::new()
        }
    }

    fn day(date: &Date) -> String {
        vietnam_date(*date)
    }

    fn apology(row: &PublicRow) -> &'static str {
        match row.apology {
            Some(true) => "board.rows.apology_yes",
            Some(false) => "board.rows.apology_no",
            None => "board.rows.apology_none",
        }
    }
}

async fn rows(State(web): State<Web>, page: Page, Query(asked): Query<Asked>) -> Answer {
    let wanted = asked.wanted(web.db.clock().now());
    let (links, show, skip) = (Links::new(&wanted, &asked), asked.show(), asked.skip.clamp(0, 1_000_000));
    let (system, period) = (wanted.system, wanted.period.words().say(page.lang).to_owned());
    let typed = asked.agency.clone();
    let (rows, agency, agency_name) = web
        .read(move |tx| {
            let agency = flow::agency_of(tx, &typed)?;
            let id = agency.as_ref().map(|(id, _)| id);
            let rows = flow::rows(tx, &wanted, id, show, Slice { skip, most: PAGE })?;
            let (id, name) = agency.map_or_else(Default::default, |(id, name)| (id.to_string(), name));
            Ok((rows, id, name))
        })
        .await?;
    let title = page.t.s(show_key(show)).to_owned();
    html(&RowsPage { page: page.with_title(title), rows, links, system, period, agency, agency_name, show, skip })
}

/// Key of a figure's name.
fn show_key(show: Show) -> &'static str {
    match show {
        Show::Kept => "board.show.kept",
        Show::Late => "board.show.late",
        Show::Settled => "board.show.settled",
        Show::Extended => "board.show.extended",
        Show::Paused => "board.show.paused",
        Show::PausedNearDue => "board.show.paused_near_due",
        Show::Open => "board.show.open",
        Show::Overdue => "board.show.overdue",
    }
}

/// The board as a file for spreadsheets: UTF-8 with a mark, `;` between the cells, decimal comma.
async fn csv(State(web): State<Web>, Query(asked): Query<Asked>) -> Answer {
    let wanted = asked.wanted(web.db.clock().now());
    let name = format!("bang-diem-{}-{}.csv", wanted.system.code, wanted.period.code());
    let question = format!("csv {}", wanted.question());
    let body = super::kept(&web, &question, async {
        let board = web.read(move |tx| flow::board(tx, &wanted)).await?;
        Ok(super::api::csv_text(&board))
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, body.await?).into_response())
}
