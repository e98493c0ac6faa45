//! The inbox: list left, dossier right.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use kernel_base::{Error, Instant, Lang};
use kernel_org::{Actor, Role};
use kernel_web::{Answer, Fields, Page, Query, StaffMember, T, Web, html_with, redirect};
use serde::Deserialize;

use super::{
    Asked,
    panel::Panel,
    place::Place,
    time::{Deadline, Running, deadline, short},
};
use crate::{
    flow::{self, Act},
    model::{SlipKind, State as DossierState},
    store::{WorkFilter, WorkRow},
};

/// Lines of one page of the list.
const PAGE: i64 = 50;

/// Filters, the open dossier and what was just done.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct InboxQuery {
    pub(crate) status: String,
    pub(crate) q: String,
    pub(crate) procedure: String,
    /// `me` = only what lies with the officer himself.
    pub(crate) officer: String,
    pub(crate) after: String,
    pub(crate) code: String,
    pub(crate) act: String,
    pub(crate) done: String,
    pub(crate) did: String,
}

impl InboxQuery {
    /// The filters as a query, without the dossier.
    pub(crate) fn filters(&self, page: &Page) -> String {
        let pairs = [
            ("status", &self.status),
            ("q", &self.q),
            ("procedure", &self.procedure),
            ("officer", &self.officer),
            ("after", &self.after),
        ];
        let set = pairs.into_iter().filter(|(_, value)| !value.is_empty());
        set.map(|(name, value)| format!("{name}={}", page.encoded(value))).collect::<Vec<_>>().join("&")
    }

    fn chose(&self, procedure: &str) -> bool {
        self.procedure == procedure
    }

    fn filter(&self, actor: &Actor) -> WorkFilter {
        let me = actor.officer().map_or("", |o| &o.account);
        WorkFilter {
            status: self.status.clone(),
            search: self.q.clone(),
            procedure: self.procedure.clone(),
            officer: if self.officer == "me" { me.to_owned() } else { String::new() },
            after: self.after.split_once('~').map(|(due, id)| (due.to_owned(), id.to_owned())),
            limit: PAGE,
        }
    }
}

/// A line of the list.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) code: String,
    pub(crate) owner: String,
    pub(crate) procedure: String,
    pub(crate) state: String,
    pub(crate) deadline: Deadline,
    pub(crate) url: String,
    pub(crate) current: bool,
    pub(crate) imported: bool,
}

/// A counter that filters.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) text: String,
    pub(crate) count: String,
    pub(crate) url: String,
    pub(crate) current: bool,
}

/// What was just done, with what can be printed of it.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) text: String,
    pub(crate) code: String,
    pub(crate) slip: Option<String>,
    pub(crate) receipt: bool,
}

#[derive(Debug, Template)]
#[template(path = "staff_inbox.html")]
struct InboxPage {
    page: Page,
    query: InboxQuery,
    views: Vec<View>,
    lines: Vec<Line>,
    procedures: Vec<(String, String)>,
    next: String,
    done: Option<Done>,
    panel: Option<Panel>,
    may_receive: bool,
}

pub(crate) async fn page(
    State(web): State<Web>,
    page: Page,
    staff: StaffMember,
    Query(query): Query<InboxQuery>,
) -> Answer {
    // An administrator has no dossiers; his work begins where it can fail without being seen.
    if staff.officer.powers().all(|(_, role)| role == Role::Administrator) {
        return Ok(redirect("/staff/deliveries"));
    }
    show(&web, page, &staff.actor, query, Fields::default(), None).await
}

/// The inbox, with the form of an act shown again when there is an error.
pub(crate) async fn show(
    web: &Web,
    page: Page,
    actor: &Actor,
    query: InboxQuery,
    typed: Fields,
    error: Option<&Error>,
) -> Answer {
    let mut page = page.titled("onestop.inbox.title").wide();
    let (who, filter, done) = (actor.clone(), query.filter(actor), query.done.clone());
    let read = web
        .read(move |tx| {
            let (rows, counts) = flow::inbox(tx, &who, &filter)?;
            let agency = who.officer().map(|o| o.agency.clone());
            let calendar = agency.and_then(|agency| flow::desk_calendar(tx, &agency));
            let done = if done.is_empty() { None } else { flow::look(tx, &who, &done).ok() };
            Ok((rows, counts, calendar, done, tx.now()))
        })
        .await?;
    let (rows, counts, calendar, done, now) = read;
    let filters = query.filters(&page);
    let open = open_code(&query, &rows);
    let place = Place {
        query: filters.clone(),
        next: next_code(&rows, &open),
        chosen: !query.code.is_empty(),
        ..Place::default()
    };
    let panel = open_panel(web, &page, actor, &query, &open, typed, &place).await?;
    if let Some(error) = error {
        page = page.with_error(error);
    }
    let t = page.t.clone();
    let line = |row: &WorkRow| Line {
        code: row.code.clone(),
        owner: row.owner_name.clone(),
        procedure: plain(&row.procedure_name),
        state: state_name(&t, &row.status),
        deadline: deadline(&t, Running::of(&row.status), row.due_at, now, calendar.as_deref()),
        url: address(&filters, &row.code),
        current: row.code == open,
        imported: row.imported,
    };
    let template = InboxPage {
        lines: rows.iter().map(line).collect(),
        views: views(&page, &query, &counts),
        procedures: procedures(&page, &query, &rows),
        next: next_page(&page, &query, &rows),
        done: done.map(|view| said(&t, &query.did, &view, now)),
        may_receive: actor.officer().is_some_and(|o| o.has_role(kernel_org::Role::Reception)),
        panel,
        query,
        page,
    };
    html_with(error.map_or(axum::http::StatusCode::OK, |e| kernel_web::status(e.kind)), &template)
}

async fn open_panel(
    web: &Web,
    page: &Page,
    actor: &Actor,
    query: &InboxQuery,
    open: &str,
    typed: Fields,
    place: &Place,
) -> kernel_base::Result<Option<Panel>> {
    if open.is_empty() {
        return Ok(None);
    }
    let asked = Asked { code: open.to_owned(), act: Act::parse(&query.act), typed };
    let bench = super::read_bench(web, actor, &asked).await?;
    Ok(Some(Panel::new(&page.t, bench, asked.act, asked.typed, place)))
}

/// The chosen dossier, else the first of the list that was not just done.
fn open_code(query: &InboxQuery, rows: &[WorkRow]) -> String {
    if !query.code.is_empty() {
        return query.code.clone();
    }
    rows.iter().find(|row| row.code != query.done).map(|row| row.code.clone()).unwrap_or_default()
}

fn next_code(rows: &[WorkRow], open: &str) -> String {
    let at = rows.iter().position(|row| row.code == open);
    at.and_then(|at| rows.get(at + 1)).map(|row| row.code.clone()).unwrap_or_default()
}

fn address(filters: &str, code: &str) -> String {
    let joint = if filters.is_empty() { "" } else { "&" };
    format!("/staff?{filters}{joint}code={code}")
}

fn next_page(page: &Page, query: &InboxQuery, rows: &[WorkRow]) -> String {
    let full = i64::try_from(rows.len()).unwrap_or(0) >= PAGE;
    let Some(last) = rows.last().filter(|_| full) else { return String::new() };
    let (due, id) = last.key();
    let query = InboxQuery { after: format!("{due}~{id}"), ..query.clone() };
    format!("/staff?{}", query.filters(page))
}

fn state_name(t: &T, word: &str) -> String {
    let name = DossierState::parse(word, "submitted").map(DossierState::name);
    name.map_or(word, |(vi, en)| if t.lang == Lang::En { en } else { vi }).to_owned()
}

/// A list leaves out the words that every name begins with: `Đăng ký khai sinh` for `Thủ tục đăng ký khai sinh`.
pub(crate) fn plain(name: &str) -> String {
    let rest = name.strip_prefix("Thủ tục ").unwrap_or(name);
    let mut letters = rest.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// States in the order in which work passes through them.
const STATES: [&str; 7] = [
    "submitted",
    "accepted",
    "processing",
    "supplement_requested",
    "payment_requested",
    "withdrawal_requested",
    "settled",
];

fn views(page: &Page, query: &InboxQuery, counts: &[(String, i64)]) -> Vec<View> {
    let counts: BTreeMap<&str, i64> = counts.iter().map(|(word, n)| (word.as_str(), *n)).collect();
    let of = |word: &str| counts.get(word).copied().unwrap_or(0);
    let t = &page.t;
    let view = |status: &str, text: String, n: i64| View {
        text,
        count: t.number(&n),
        url: if status.is_empty() { "/staff".to_owned() } else { format!("/staff?status={status}") },
        current: query.status == status && query.officer.is_empty(),
    };
    let mut views = vec![view("", t.s("onestop.inbox.all").to_owned(), STATES.iter().map(|s| of(s)).sum())];
    views.push(View {
        text: t.s("onestop.inbox.mine").to_owned(),
        count: String::new(),
        url: "/staff?officer=me".to_owned(),
        current: query.officer == "me",
    });
    let present = STATES.iter().filter(|word| of(word) > 0 || query.status == **word);
    views.extend(present.map(|word| view(word, state_name(t, word), of(word))));
    views
}

/// Procedures of the dossiers in sight.
fn procedures(page: &Page, query: &InboxQuery, rows: &[WorkRow]) -> Vec<(String, String)> {
    let mut found: BTreeMap<String, String> =
        rows.iter().map(|row| (row.procedure.clone(), row.procedure_name.clone())).collect();
    if !query.procedure.is_empty() {
        found.entry(query.procedure.clone()).or_insert_with(|| query.procedure.clone());
    }
    let all = (String::new(), page.t.s("onestop.inbox.every_procedure").to_owned());
    std::iter::once(all).chain(found).collect()
}

fn said(t: &T, did: &str, view: &flow::DossierView, now: Instant) -> Done {
    let key = match Act::parse(did) {
        Some(act) => format!("onestop.done.{}", act.word()),
        None => "onestop.done.act".to_owned(),
    };
    let due = view.dossier.due_at.map_or_else(|| t.s("onestop.time.none").to_owned(), |due| short(t, due, now));
    let made = match Act::parse(did) {
        Some(Act::Accept) => Some(SlipKind::Receipt),
        Some(Act::Supplement) => Some(SlipKind::SupplementRequest),
        Some(Act::Refuse) => Some(SlipKind::Refusal),
        Some(Act::ApproveApology) => Some(SlipKind::Apology),
        Some(Act::Stop) => Some(SlipKind::StopNotice),
        _ => None,
    };
    let slip = view.slips.iter().rev().find(|s| Some(s.kind) == made);
    Done {
        text: t.f(&key, [("code", view.dossier.code.as_str()), ("due", due.as_str())]),
        code: view.dossier.code.to_string(),
        receipt: slip.is_some_and(|s| s.kind == SlipKind::Receipt),
        slip: slip.map(|s| s.id.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_begins_with_what_tells_procedures_apart() {
        assert_eq!(plain("Thủ tục đăng ký khai sinh"), "Đăng ký khai sinh");
        assert_eq!(plain("Hòa giải tranh chấp đất đai"), "Hòa giải tranh chấp đất đai");
        assert_eq!(plain(""), "");
    }
}
