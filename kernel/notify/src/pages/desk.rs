//! The administrator's log of deliveries. Each number opens the rows it counts.

use askama::Template;
use axum::extract::{Path, State};
use kernel_base::{Lang, TypedId};
use kernel_web::{Answer, Page, Query, StaffMember, Web, html, redirect_saying};
use serde::Deserialize;

use super::mine::not_found;
use crate::{
    flow::{self, Counted, LogLine},
    model::{Attempt, Channel, DeliveryId, State as DeliveryState},
    notify::Notify,
    store::deliveries::Wanted,
};

const PAGE: i64 = 50;

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct LogQuery {
    state: String,
    channel: String,
    kind: String,
    before: String,
}

#[derive(Template)]
#[template(path = "deliveries.html")]
struct Log {
    page: Page,
    counts: Vec<Figure>,
    lines: Vec<LogLine>,
    query: LogQuery,
    states: Vec<(String, String)>,
    channels: Vec<(String, String)>,
    kinds: Vec<(String, String)>,
    next: String,
}

impl Log {
    fn say(&self, prefix: &str, word: impl AsRef<str>) -> String {
        say(&self.page, prefix, word)
    }
}

/// The message under a prefix and a word.
pub(super) fn say(page: &Page, prefix: &str, word: impl AsRef<str>) -> String {
    page.t.s(&format!("{prefix}{}", word.as_ref())).to_owned()
}

/// A number that opens the rows it counts.
struct Figure {
    number: String,
    label: String,
    href: String,
}

/// With the kinds in words.
fn named_lines(notify: &Notify, lang: Lang, lines: Vec<LogLine>) -> Vec<LogLine> {
    let named = |line: LogLine| LogLine { kind: notify.book.name(&line.kind, lang), ..line };
    lines.into_iter().map(named).collect()
}

fn figure(page: &Page, count: &Counted) -> Figure {
    let (channel, state) = (say(page, "notify.channel.", &count.channel), say(page, "notify.state.", &count.state));
    Figure {
        number: page.t.number(&count.number),
        label: format!("{channel} · {state}"),
        href: format!("/staff/deliveries?channel={}&state={}", count.channel, count.state),
    }
}

pub(super) async fn page(
    State(web): State<Web>,
    page: Page,
    staff: StaffMember,
    Query(query): Query<LogQuery>,
) -> Answer {
    let notify = web.extension::<Notify>()?;
    let LogQuery { state, channel, kind, before } = query.clone();
    let wanted = Wanted { state, channel, kind, before };
    let (counts, (lines, next)) =
        web.read(move |tx| Ok((flow::count(tx, &staff.actor)?, flow::log(tx, &staff.actor, &wanted, PAGE)?))).await?;
    let page = page.titled("notify.log.title").wide();
    let any = || (String::new(), page.t.s("notify.log.any").to_owned());
    let named = |words: Vec<&str>, prefix: &str| {
        let options = words.into_iter().map(|word| (word.to_owned(), page.t.s(&format!("{prefix}{word}")).to_owned()));
        std::iter::once(any()).chain(options).collect::<Vec<_>>()
    };
    let states = named(DeliveryState::ALL.map(DeliveryState::word).to_vec(), "notify.state.");
    let channels = named(Channel::ALL.map(Channel::word).to_vec(), "notify.channel.");
    let lang = page.lang;
    let kinds = notify.book.names().map(|name| (name.to_owned(), notify.book.name(name, lang)));
    let kinds = std::iter::once(any()).chain(kinds).collect();
    let next = match next.as_str() {
        "" => String::new(),
        key => format!(
            "/staff/deliveries?state={}&channel={}&kind={}&before={}",
            page.encoded(&query.state),
            page.encoded(&query.channel),
            page.encoded(&query.kind),
            page.encoded(key)
        ),
    };
    let counts = counts.iter().map(|count| figure(&page, count)).collect();
    let lines = named_lines(&notify, lang, lines);
    html(&Log { page, counts, lines, query, states, channels, kinds, next })
}

#[derive(Template)]
#[template(path = "delivery.html")]
struct One {
    page: Page,
    line: LogLine,
    attempts: Vec<Attempt>,
}

impl One {
    fn say(&self, prefix: &str, word: impl AsRef<str>) -> String {
        say(&self.page, prefix, word)
    }
}

pub(super) async fn one(State(web): State<Web>, page: Page, staff: StaffMember, Path(id): Path<String>) -> Answer {
    let id = DeliveryId::parse(&id).ok_or_else(not_found)?;
    let notify = web.extension::<Notify>()?;
    let (mut line, attempts) = web.read(move |tx| flow::delivery(tx, &staff.actor, &id)).await?;
    line.kind = notify.book.name(&line.kind, page.lang);
    html(&One { page: page.titled("notify.log.one").wide(), line, attempts })
}

pub(super) async fn retry(State(web): State<Web>, staff: StaffMember, Path(text): Path<String>) -> Answer {
    let id = DeliveryId::parse(&text).ok_or_else(not_found)?;
    web.write(move |tx| flow::retry(tx, &staff.actor, &id)).await?;
    Ok(redirect_saying(&web, &format!("/staff/deliveries/{text}"), "notify.log.again", &[]))
}
