//! Work lists: today, questions of other agencies, what waits for a signature, the register, many at once.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use kernel_base::{Error, Instant, Kind, Result};
use kernel_calendar::Calendar;
use kernel_web::{Answer, Fields, Page, Query, StaffMember, T, Web, html, html_with};
use serde::Deserialize;

use super::time::{Deadline, Running, deadline};
use crate::{
    flow,
    model::{ApproveMany, Chosen},
    store::{WaitingRow, WorkFilter, WorkRow},
};

/// A dossier in a work list.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) code: String,
    pub(crate) owner: String,
    pub(crate) procedure: String,
    pub(crate) deadline: Deadline,
    pub(crate) url: String,
    /// One more fact: the recommendation, who drafted.
    pub(crate) note: String,
}

/// One heading of the page of the day.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) key: &'static str,
    pub(crate) tasks: Vec<Task>,
}

impl Group {
    fn title(&self) -> String {
        format!("onestop.today.{}", self.key)
    }
}

#[derive(Debug, Template)]
#[template(path = "staff_today.html")]
struct TodayPage {
    page: Page,
    groups: Vec<Group>,
}

/// Due today, late, waiting for the citizen, apologies to approve.
pub(crate) async fn today(State(web): State<Web>, page: Page, staff: StaffMember) -> Answer {
    let actor = staff.actor.clone();
    let (rows, apologies, calendar, now) = web
        .read(move |tx| {
            let filter = WorkFilter { limit: 200, ..WorkFilter::default() };
            let (rows, _) = flow::inbox(tx, &actor, &filter)?;
            let calendar = actor.officer().and_then(|o| flow::desk_calendar(tx, &o.agency));
            Ok((rows, flow::waiting_apologies(tx, &actor)?, calendar, tx.now()))
        })
        .await?;
    let t = page.t.clone();
    let task = |row: &WorkRow| of_row(&t, row, now, calendar.as_deref());
    let late = |row: &&WorkRow| Running::of(&row.status) == Running::Yes && row.due_at.is_some_and(|due| due < now);
    let day = now.vietnam().date();
    let due = |row: &&WorkRow| {
        !late(row)
            && Running::of(&row.status) == Running::Yes
            && row.due_at.is_some_and(|at| at.vietnam().date() == day)
    };
    let waiting = |row: &&WorkRow| row.status.ends_with("_requested");
    let settled = |row: &&WorkRow| row.status == "settled";
    let groups = vec![
        Group { key: "late", tasks: rows.iter().filter(late).map(task).collect() },
        Group { key: "today", tasks: rows.iter().filter(due).map(task).collect() },
        Group {
            key: "apologies",
            tasks: apologies.iter().map(|row| of_waiting(&t, row, now, calendar.as_deref(), "apologise")).collect(),
        },
        Group { key: "waiting", tasks: rows.iter().filter(waiting).map(task).collect() },
        Group { key: "settled", tasks: rows.iter().filter(settled).map(task).collect() },
    ];
    html(&TodayPage { page: page.titled("onestop.today.title").wide(), groups })
}

fn of_row(t: &T, row: &WorkRow, now: Instant, calendar: Option<&Calendar>) -> Task {
    Task {
        code: row.code.clone(),
        owner: row.owner_name.clone(),
        procedure: super::inbox::plain(&row.procedure_name),
        deadline: deadline(t, Running::of(&row.status), row.due_at, now, calendar),
        url: format!("/staff/dossiers/{}", row.code),
        note: String::new(),
    }
}

fn of_waiting(t: &T, row: &WaitingRow, now: Instant, calendar: Option<&Calendar>, act: &str) -> Task {
    let promised = row.due_at.vietnam().date().year() < 9999;
    let due = promised.then_some(row.due_at);
    Task {
        code: row.code.clone(),
        owner: row.owner_name.clone(),
        procedure: super::inbox::plain(&row.procedure_name),
        deadline: deadline(t, Running::of(&row.status), due, now, calendar),
        url: format!("/staff/dossiers/{}?from=sign&act={act}", row.code),
        note: t.f("onestop.sign.drafted", [("by", row.drafted_by.as_str()), ("at", &t.time(&row.drafted_at))]),
    }
}

/// A card of the leader's stack.
#[derive(Debug)]
pub(crate) struct Card {
    pub(crate) task: Task,
    pub(crate) granted: bool,
    pub(crate) file: String,
    pub(crate) sha256: String,
    pub(crate) opened: bool,
}

#[derive(Debug, Template)]
#[template(path = "staff_sign.html")]
struct SignPage {
    page: Page,
    cards: Vec<Card>,
    apologies: Vec<Task>,
}

/// "Chờ tôi ký": what waits for the leader's approval.
pub(crate) async fn sign(State(web): State<Web>, page: Page, staff: StaffMember) -> Answer {
    html(&sign_page(&web, page, staff).await?)
}

async fn sign_page(web: &Web, page: Page, staff: StaffMember) -> Result<SignPage> {
    let (waiting, now) = web.read(move |tx| Ok((flow::to_sign(tx, &staff.actor)?, tx.now()))).await?;
    let t = page.t.clone();
    let calendar = waiting.calendar.as_deref();
    let card = |row: &WaitingRow| Card {
        task: of_waiting(&t, row, now, calendar, "approve"),
        granted: row.granted,
        file: row.file.clone(),
        sha256: row.sha256.clone(),
        opened: row.opened,
    };
    let apology = |row: &WaitingRow| of_waiting(&t, row, now, calendar, "approve-apology");
    let cards = waiting.drafts.iter().map(card).collect();
    let apologies = waiting.apologies.iter().map(apology).collect();
    Ok(SignPage { page: page.titled("onestop.sign.title").wide(), cards, apologies })
}

/// Signs all ticked results with one confirmation; each has its own outcome.
pub(crate) async fn sign_batch(State(web): State<Web>, page: Page, staff: StaffMember, fields: Fields) -> Answer {
    let chosen = |text: &str| {
        text.split_once(' ').map(|(code, sha256)| Chosen { code: code.to_owned(), sha256: sha256.to_owned() })
    };
    let items = fields.all("sign").filter_map(chosen).collect();
    let command = ApproveMany { items, totp: fields.get("totp").unwrap_or_default().to_owned() };
    let actor = staff.actor.clone();
    match web.write(move |tx| flow::approve_many(tx, &actor, &command)).await {
        Ok(outcomes) => {
            let done = outcomes.iter().filter(|o| o.error.is_none()).count();
            let page = page.titled("onestop.bulk.title").wide();
            html(&BulkPage { page, outcomes, done, back: "/staff/sign".to_owned() })
        }
        // A wrong code, or nothing ticked: the list stands there again, with what to do.
        Err(error) if error.kind == Kind::Invalid => {
            let status = kernel_web::status(error.kind);
            html_with(status, &sign_page(&web, page.with_error(&error), staff).await?)
        }
        Err(error) => Err(error.into()),
    }
}

/// A question of another agency.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) code: String,
    pub(crate) from: String,
    pub(crate) question: String,
    pub(crate) deadline: Deadline,
}

#[derive(Debug, Template)]
#[template(path = "staff_consultations.html")]
struct ConsultationsPage {
    page: Page,
    questions: Vec<Question>,
}

/// Questions that wait for an answer of the officer's agency.
pub(crate) async fn consultations(State(web): State<Web>, page: Page, staff: StaffMember) -> Answer {
    let (rows, names, calendar, now) = web
        .read(move |tx| {
            let rows = flow::questions_with_codes(tx, &staff.actor)?;
            let mut names: BTreeMap<String, String> = BTreeMap::new();
            for (_, row) in &rows {
                let now = tx.now();
                let name = kernel_org::agency(tx, &row.from_agency, now)?.map(|a| a.short_name);
                names.insert(row.from_agency.to_string(), name.unwrap_or_else(|| row.from_agency.to_string()));
            }
            Ok((rows, names, flow::desk_calendar(tx, &staff.officer.agency), tx.now()))
        })
        .await?;
    let t = page.t.clone();
    let question = |(code, row): &(String, crate::model::Consultation)| Question {
        code: code.clone(),
        from: names.get(row.from_agency.as_str()).cloned().unwrap_or_default(),
        question: row.question.clone(),
        deadline: deadline(&t, Running::Yes, Some(row.due_at), now, calendar.as_deref()),
    };
    let questions = rows.iter().map(question).collect();
    html(&ConsultationsPage { page: page.titled("onestop.consultations.title").wide(), questions })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RegisterQuery {
    from: String,
    to: String,
}

#[derive(Debug, Template)]
#[template(path = "staff_register.html")]
struct RegisterPage {
    page: Page,
    from: String,
    to: String,
    /// Address of the PDF; empty until both days can be read.
    pdf: String,
}

/// The register of some days as PDF (sổ theo dõi hồ sơ).
pub(crate) async fn register(
    State(web): State<Web>,
    page: Page,
    _staff: StaffMember,
    Query(query): Query<RegisterQuery>,
) -> Answer {
    let mut page = page.titled("onestop.register.title").wide();
    let today = web.db.clock().now().vietnam().date();
    let week_ago = today.saturating_sub(jiff::Span::new().days(6));
    let day = |text: &str, otherwise: jiff::civil::Date| match text.trim() {
        "" => Some(otherwise),
        text => super::time::typed_day(text).map(|at| at.vietnam().date()),
    };
    let (from, to) = (day(&query.from, week_ago), day(&query.to, today));
    let mut faults = Vec::new();
    for (name, read) in [("from", from), ("to", to)] {
        if read.is_none() {
            let words = ("Hãy ghi ngày, ví dụ 26/07/2021.", "Give a day, such as 26/07/2021.");
            faults.push(kernel_base::FieldError::new(name, "format", words));
        }
    }
    let pdf = match (from, to) {
        (Some(from), Some(to)) => format!("/api/v1/register?from={from}&to={to}"),
        _ => String::new(),
    };
    page = page.with_errors(&faults);
    let shown =
        |text: &str, read: Option<jiff::civil::Date>| read.map_or_else(|| text.to_owned(), kernel_base::vietnam_date);
    let (from, to) = (shown(&query.from, from), shown(&query.to, to));
    html(&RegisterPage { page, from, to, pdf })
}

#[derive(Debug, Template)]
#[template(path = "staff_bulk.html")]
struct BulkPage {
    page: Page,
    outcomes: Vec<flow::BulkOutcome>,
    done: usize,
    back: String,
}

/// Accepts or forwards all ticked dossiers; each has its own outcome.
pub(crate) async fn bulk(
    State(web): State<Web>,
    page: Page,
    staff: StaffMember,
    Path(act): Path<String>,
    fields: Fields,
) -> Answer {
    let codes: Vec<String> = fields.all("code").map(str::to_owned).collect();
    if codes.is_empty() {
        return Err(none_chosen().into());
    }
    let outcomes: Vec<flow::BulkOutcome> = web
        .write(move |tx| -> Result<_> {
            match act.as_str() {
                "accept" => flow::accept_many(tx, &staff.actor, &codes),
                "forward" => flow::forward_many(tx, &staff.actor, &codes),
                _ => Err(Error::not_found("no_such_act", ("Không có việc này.", "There is no such act."))),
            }
        })
        .await?;
    let done = outcomes.iter().filter(|o| o.error.is_none()).count();
    let filters = fields.get("from").unwrap_or_default().strip_prefix("inbox?").unwrap_or_default().to_owned();
    let back = if filters.is_empty() { "/staff".to_owned() } else { format!("/staff?{filters}") };
    html(&BulkPage { page: page.titled("onestop.bulk.title").wide(), outcomes, done, back })
}

fn none_chosen() -> Error {
    Error::refused(
        "none_chosen",
        (
            "Chưa chọn hồ sơ nào. Hãy đánh dấu hồ sơ trong danh sách (phím x).",
            "No dossier is chosen. Tick some in the list (key x).",
        ),
    )
}
