//! Pages of the pipeline: claim beside proof for everyone, the next step for who is in charge.

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::{get, post},
};
use kernel_base::{AgencyId, Error, Kind, Lang, Result};
use kernel_org::{Action, Actor, Resource, permitted};
use kernel_web::{Answer, Fields, Page, Query, StaffMember, Visitor, Web, html, html_with, redirect_saying};

use super::{
    api::{AskedRows, try_and_go_live},
    flow::{self, Detail, Overview, Rows},
    model::{AgencyLine, Approve, Criterion, Finding, Offering, Propose, Review, Show, Stage, Verdict},
};
use crate::scoreboard::address;

/// Addresses of the pages.
pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/pipeline", get(overview))
        .route("/pipeline/rows", get(rows))
        .route("/pipeline/{id}", get(detail))
        .route("/staff/pipeline", get(waiting).post(list))
        .route("/staff/pipeline/approve", post(approve))
        .route("/staff/pipeline/{id}/{act}", post(act))
}

/// Rows of a list on one page.
const PAGE: i64 = 50;

/// Address of the rows behind a number, which keeps the day that was asked for.
fn rows_url(show: Show, agency: &str, at: &str) -> String {
    address("/pipeline/rows", &[("show", show.word()), ("agency", agency), ("at", at)])
}

#[derive(Debug, Template)]
#[template(path = "pipeline.html")]
struct OverviewPage {
    page: Page,
    seen: Overview,
    /// The day that was asked for, as it stands in addresses.
    at: String,
    lang: Lang,
}

impl OverviewPage {
    fn n(&self, number: impl std::borrow::Borrow<i64>) -> String {
        self.page.t.number(number.borrow())
    }

    fn share(&self, line: &AgencyLine) -> String {
        line.share().text(self.lang)
    }

    fn bar(line: &AgencyLine) -> i64 {
        line.share().tenths().unwrap_or(0) / 10
    }

    fn rows(&self, show: Show, agency: &str) -> String {
        rows_url(show, agency, &self.at)
    }

    fn overdue(&self, agency: &str) -> String {
        let chosen = [("system", "pipeline"), ("show", "overdue"), ("agency", agency), ("at", self.at.as_str())];
        address("/scoreboard/rows", &chosen)
    }
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct Chosen {
    at: String,
}

async fn overview(State(web): State<Web>, page: Page, Query(chosen): Query<Chosen>) -> Answer {
    let at = crate::scoreboard::flow::instant_of(&chosen.at);
    let seen = web
        .read(move |tx| {
            let now = tx.now();
            flow::overview(tx, at.map_or(now, |at| at.min(now)))
        })
        .await?;
    let (lang, at) = (page.lang, at.map(|_| page.encoded(&chosen.at)).unwrap_or_default());
    html(&OverviewPage { page: page.titled("pipeline.title"), seen, at, lang })
}

#[derive(Debug, Template)]
#[template(path = "pipeline_rows.html")]
struct RowsPage {
    page: Page,
    rows: Rows,
    agency: String,
    agency_name: String,
    at: String,
    skip: i64,
    lang: Lang,
}

impl RowsPage {
    fn step(&self, skip: i64) -> String {
        format!("{}&skip={skip}", rows_url(self.rows.show, &self.agency, &self.at))
    }

    fn next(&self) -> String {
        if self.skip + PAGE < self.rows.count { self.step(self.skip + PAGE) } else { String::new() }
    }

    fn previous(&self) -> String {
        if self.skip > 0 { self.step((self.skip - PAGE).max(0)) } else { String::new() }
    }
}

async fn rows(State(web): State<Web>, page: Page, Query(asked): Query<AskedRows>) -> Answer {
    let typed = asked.clone();
    let (rows, agency_name) = web.read(move |tx| typed.read(tx, PAGE)).await?;
    let (lang, skip) = (page.lang, asked.skip.clamp(0, 1_000_000));
    let (agency, at) = (page.encoded(&asked.agency), page.encoded(&asked.at));
    let title = rows.show.words().say(lang).to_owned();
    html(&RowsPage { page: page.with_title(title), rows, agency, agency_name, at, skip, lang })
}

/// What the visitor may do with a service now.
#[derive(Debug, Default)]
struct May {
    propose: bool,
    consolidate: bool,
    review: bool,
    live: bool,
    stop: bool,
}

impl May {
    fn of(tx: &mut kernel_db::Tx<'_>, actor: Option<&Actor>, offering: &Offering) -> Result<Self> {
        let Some(actor) = actor else { return Ok(Self::default()) };
        let can = |action, agency: AgencyId| permitted(actor, action, &Resource::agency(agency));
        let own = can(Action::PipelinePropose, offering.agency.clone());
        Ok(Self {
            propose: offering.stage == Stage::Listed && own,
            consolidate: offering.stage == Stage::Proposed && can(Action::PipelineConsolidate, flow::consolidator(tx)?),
            review: offering.stage == Stage::Consolidated && can(Action::PipelineReview, flow::office(tx)?),
            live: matches!(offering.stage, Stage::Approved | Stage::Suspended) && own,
            stop: offering.stage == Stage::Live && can(Action::PipelineApprove, flow::committee(tx)?),
        })
    }
}

#[derive(Debug, Template)]
#[template(path = "pipeline_offering.html")]
struct DetailPage {
    page: Page,
    seen: Detail,
    may: May,
    lang: Lang,
}

impl DetailPage {
    fn tone(finding: &Finding) -> &'static str {
        match (finding.passed, finding.proven) {
            (true, true) => "ok",
            (true, false) => "warn",
            (false, _) => "bad",
        }
    }

    fn word(finding: &Finding) -> &'static str {
        match (finding.passed, finding.proven) {
            (true, true) => "pipeline.proven",
            (true, false) => "pipeline.declared_only",
            (false, _) => "pipeline.not_yet",
        }
    }
}

async fn detail(State(web): State<Web>, page: Page, Visitor(actor): Visitor, Path(id): Path<String>) -> Answer {
    shown(&web, page, actor, id, http::StatusCode::OK).await
}

use axum::http;

async fn shown(web: &Web, page: Page, actor: Option<Actor>, id: String, status: http::StatusCode) -> Answer {
    let (seen, may) = web
        .read(move |tx| {
            let seen = flow::detail(tx, &id)?;
            let may = May::of(tx, actor.as_ref(), &seen.offering)?;
            Ok((seen, may))
        })
        .await?;
    let (lang, title) = (page.lang, seen.offering.title.clone());
    html_with(status, &DetailPage { page: page.with_title(title), seen, may, lang })
}

#[derive(Debug, Template)]
#[template(path = "pipeline_waiting.html")]
struct WaitingPage {
    page: Page,
    /// With the name of the agency.
    waiting: Vec<(Offering, String)>,
    /// Services that the committee's leader may approve now.
    approves: bool,
    lists: Vec<(i64, String, kernel_base::Instant, i64)>,
    lang: Lang,
}

async fn waiting(State(web): State<Web>, page: Page, staff: StaffMember) -> Answer {
    waiting_page(&web, page, staff, http::StatusCode::OK).await
}

async fn waiting_page(web: &Web, page: Page, staff: StaffMember, status: http::StatusCode) -> Answer {
    let (waiting, approves, lists) = web
        .read(move |tx| {
            let committee = flow::committee(tx)?;
            let approves = permitted(&staff.actor, Action::PipelineApprove, &Resource::agency(committee));
            let now = tx.now();
            let mut waiting = Vec::new();
            for offering in flow::waiting(tx, &staff.officer.agency)? {
                let agency = kernel_org::agency(tx, &offering.agency, now)?;
                let name = agency.map_or_else(|| offering.agency.to_string(), |found| found.short_name);
                waiting.push((offering, name));
            }
            Ok((waiting, approves, flow::lists(tx)?))
        })
        .await?;
    let lang = page.lang;
    html_with(status, &WaitingPage { page: page.titled("pipeline.waiting.title"), waiting, approves, lists, lang })
}

async fn list(State(web): State<Web>, page: Page, staff: StaffMember, fields: Fields) -> Answer {
    let code = fields.get("procedure").unwrap_or_default().trim().to_owned();
    let (actor, agency) = (staff.actor.clone(), staff.officer.agency.clone());
    match web.write(move |tx| flow::list(tx, &actor, &code, &agency)).await {
        Ok(done) => Ok(redirect_saying(&web, &format!("/pipeline/{}", done.id), "pipeline.done.list", &[])),
        Err(error) => again(&web, page, staff, error).await,
    }
}

async fn approve(State(web): State<Web>, page: Page, staff: StaffMember, fields: Fields) -> Answer {
    let command = Approve {
        offerings: fields.all("offering").map(str::to_owned).collect(),
        decision: fields.get("decision").unwrap_or_default().to_owned(),
    };
    let actor = staff.actor.clone();
    match web.write(move |tx| flow::approve(tx, &actor, &command)).await {
        Ok(number) => {
            Ok(redirect_saying(&web, "/staff/pipeline", "pipeline.done.approve", &[("n", &number.to_string())]))
        }
        Err(error) => again(&web, page, staff, error).await,
    }
}

async fn again(web: &Web, page: Page, staff: StaffMember, error: Error) -> Answer {
    if !matches!(error.kind, Kind::Invalid | Kind::Conflict) {
        return Err(error.into());
    }
    waiting_page(web, page.with_error(&error), staff, http::StatusCode::UNPROCESSABLE_ENTITY).await
}

/// One step of one service.
async fn act(
    State(web): State<Web>,
    page: Page,
    staff: StaffMember,
    Path((id, act)): Path<(String, String)>,
    fields: Fields,
) -> Answer {
    let done = run(&web, staff.actor.clone(), id.clone(), &act, fields).await;
    match done {
        Ok(done) => Ok(after(&web, &act, &done)),
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            let page = page.with_error(&error);
            shown(&web, page, Some(staff.actor), id, http::StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(error) => Err(error.into()),
    }
}

fn after(web: &Web, act: &str, done: &Offering) -> Response {
    let key = match (act, done.stage) {
        ("go-live", Stage::Live) => "pipeline.done.live",
        ("go-live", _) => "pipeline.done.trial_failed",
        _ => "pipeline.done.step",
    };
    redirect_saying(web, &format!("/pipeline/{}", done.id), key, &[("stage", &done.stage.words().vi)])
}

async fn run(web: &Web, actor: Actor, id: String, act: &str, fields: Fields) -> Result<Offering> {
    let text = |name: &str| fields.get(name).unwrap_or_default().to_owned();
    match act {
        "propose" => {
            let command = Propose { no_presence: text("no_presence") == "true", note: text("note") };
            web.write(move |tx| flow::propose(tx, &actor, &id, &command)).await
        }
        "consolidate" => web.write(move |tx| flow::consolidate(tx, &actor, &id)).await,
        "review" => {
            let command = Review { verdicts: Criterion::ALL.iter().filter_map(|c| verdict(*c, &fields)).collect() };
            web.write(move |tx| flow::review(tx, &actor, &id, &command)).await
        }
        "go-live" => try_and_go_live(web, actor, id).await,
        "suspend" | "withdraw" => {
            let (for_good, reason) = (act == "withdraw", text("reason"));
            web.write(move |tx| flow::stop(tx, &actor, &id, for_good, &reason)).await
        }
        _ => Err(Error::not_found("no_such_step", ("Không có bước này.", "There is no such step."))),
    }
}

fn verdict(criterion: Criterion, fields: &Fields) -> Option<Verdict> {
    let own = |what: &str| fields.get(&format!("{}.{what}", criterion.word())).unwrap_or_default().to_owned();
    let passed = match own("verdict").as_str() {
        "pass" => true,
        "fail" => false,
        _ => return None,
    };
    Some(Verdict { criterion, passed, evidence: own("evidence"), obstacle: own("obstacle") })
}
