//! Pages and API that exist in the demonstration only.

use std::sync::Arc;

use axum::{Router, extract::State, response::IntoResponse, routing::get};
use kernel_base::{Clock, Error, FieldError, Instant, vietnam_time};
use kernel_org::Action;
use kernel_web::{Answer, Form, Page, Query, Web, html, redirect_saying};
use serde::Deserialize;

use super::accounts;
use crate::clock::DemoClock;

/// Routes of the demonstration.
pub fn routes() -> Router<Web> {
    Router::new()
        .merge(kernel_web::demo_routes())
        .route("/api/v1/demo/accounts", get(list))
        .route("/api/v1/demo/clock", get(show).post(advance_json))
        .route("/demo/clock", get(page).post(advance))
        .route("/demo/accounts", get(accounts_page))
}

async fn list(State(web): State<Web>) -> Answer {
    Ok(axum::Json(web.read(accounts).await?).into_response())
}

async fn show(State(web): State<Web>) -> Answer {
    let now = web.extension::<DemoTime>()?.0.now();
    Ok(axum::Json(serde_json::json!({ "now": now })).into_response())
}

/// The demonstration's clock as a service of the pages.
#[derive(Debug, Clone)]
pub struct DemoTime(pub Arc<DemoClock>);

#[derive(askama::Template)]
#[template(path = "demo_clock.html")]
struct ClockPage {
    page: Page,
    now: String,
    /// Hours and the key of their words.
    steps: [(i64, &'static str); 4],
}

const STEPS: [(i64, &str); 4] =
    [(1, "demo.clock.hour"), (24, "demo.clock.day"), (168, "demo.clock.week"), (720, "demo.clock.month")];

async fn page(State(web): State<Web>, page: Page) -> Answer {
    let now = vietnam_time(web.extension::<DemoTime>()?.0.now());
    let page = page.titled("demo.clock.title");
    html(&ClockPage { page, now, steps: STEPS })
}

/// A line of the list of accounts, with the code of this half minute.
struct AccountLine {
    account: String,
    name: String,
    title: String,
    agency_name: String,
    code: String,
}

#[derive(askama::Template)]
#[template(path = "demo_accounts.html")]
struct AccountsPage {
    page: Page,
    q: String,
    password: &'static str,
    accounts: Vec<AccountLine>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AccountQuery {
    q: String,
}

/// Without search words: one account of each role of a few agencies.
async fn accounts_page(State(web): State<Web>, page: Page, Query(query): Query<AccountQuery>) -> Answer {
    let all = web.read(accounts).await?;
    let wanted = kernel_base::text::fold(&query.q);
    let fits = |a: &super::DemoAccount| {
        let text =
            kernel_base::text::fold(&format!("{} {} {} {}", a.account, a.name, a.agency_name, a.roles.join(" ")));
        wanted.split(' ').all(|word| text.contains(word))
    };
    let now = Clock::now(&crate::clock::SystemClock);
    let line = |a: &super::DemoAccount| {
        Ok(AccountLine {
            account: a.account.clone(),
            name: a.name.clone(),
            title: a.title.clone(),
            agency_name: a.agency_name.clone(),
            code: kernel_web::accounts::totp_code(&a.totp_secret, now)?,
        })
    };
    let shown: kernel_base::Result<Vec<AccountLine>> = all.iter().filter(|a| fits(a)).take(30).map(line).collect();
    let page = page.titled("demo.accounts.title");
    html(&AccountsPage { page, q: query.q, password: super::PASSWORD, accounts: shown? })
}

/// How far to move: some hours, or to an instant.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Advance {
    hours: String,
    to: String,
}

impl Advance {
    fn millis(&self, now: Instant) -> Result<i64, Error> {
        let fault = |field: &str| {
            let words = (
                "Đồng hồ chỉ chạy tới: ghi số giờ từ 1 đến 8.760, hoặc một thời điểm sau hiện tại.",
                "The clock only moves forward: give 1 to 8,760 hours, or an instant after now.",
            );
            Error::invalid(vec![FieldError::new(field, "out_of_range", words)])
        };
        if !self.to.is_empty() {
            let to = Instant::parse(&self.to).ok_or_else(|| fault("to"))?;
            let ahead = to.as_millis() - now.as_millis();
            return if (1..=31_622_400_000).contains(&ahead) { Ok(ahead) } else { Err(fault("to")) };
        }
        let hours: i64 = self.hours.trim().parse().map_err(|_| fault("hours"))?;
        if (1..=8_760).contains(&hours) { Ok(hours * 3_600_000) } else { Err(fault("hours")) }
    }
}

async fn advance(State(web): State<Web>, Form(form): Form<Advance>) -> Answer {
    let clock = web.extension::<DemoTime>()?;
    clock.0.advance_millis(form.millis(clock.0.now())?);
    tracing::info!(action = %Action::DemoClock, now = %clock.0.now(), "the clock of the demonstration was moved");
    Ok(redirect_saying(&web, "/demo/clock", "demo.clock.moved", &[]))
}

async fn advance_json(State(web): State<Web>, axum::Json(form): axum::Json<AdvanceBody>) -> Answer {
    let clock = web.extension::<DemoTime>()?;
    let form =
        Advance { hours: form.hours.map(|h| h.to_string()).unwrap_or_default(), to: form.to.unwrap_or_default() };
    clock.0.advance_millis(form.millis(clock.0.now())?);
    Ok(axum::Json(serde_json::json!({ "now": clock.0.now() })).into_response())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AdvanceBody {
    #[serde(default)]
    hours: Option<i64>,
    #[serde(default)]
    to: Option<String>,
}
