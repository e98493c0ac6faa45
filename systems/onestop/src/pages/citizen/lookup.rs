//! The public look-up: code and key of the receipt show the state, the dates and the trace; the hash printed on the
//! paper is compared with the chain.

use askama::Template;
use axum::extract::State as AxumState;
use axum::http::StatusCode;
use kernel_base::{FieldError, Kind};
use kernel_web::{Answer, Bucket, Context, Page, Query, Web, html, html_with};
use serde::Deserialize;

use super::status::{Standing, name, seen};
use crate::{flow, model::EventView};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LookQuery {
    code: String,
    key: String,
    hash: String,
}

/// What the mark printed on a paper says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Mark {
    /// None was given.
    NotAsked,
    /// It is that of an event: what happened, and when.
    Belongs {
        words: String,
        time: String,
    },
    Foreign,
}

#[derive(Debug, Template)]
#[template(path = "citizen_lookup.html")]
struct LookPage {
    page: Page,
    code: String,
    key: String,
    hash: String,
    it: Option<Standing>,
    mark: Mark,
    /// File of the approved result, when there is one.
    result: String,
    slips: Vec<(String, String, kernel_base::Instant)>,
}

pub(super) async fn page(
    AxumState(web): AxumState<Web>,
    page: Page,
    context: Context,
    Query(query): Query<LookQuery>,
) -> Answer {
    let empty = LookPage {
        page: page.clone().titled("status.lookup.title"),
        code: query.code.trim().to_owned(),
        key: query.key.trim().to_uppercase(),
        hash: query.hash.trim().to_owned(),
        it: None,
        mark: Mark::NotAsked,
        result: String::new(),
        slips: Vec::new(),
    };
    if query.code.is_empty() && query.key.is_empty() {
        return html(&empty);
    }
    web.limit(Bucket::LookUp, &context.address)?;
    let (code, key) = (empty.code.clone(), empty.key.clone());
    let found = web
        .read(move |tx| {
            let view = flow::look_public(tx, &code, &key)?;
            seen(tx, view)
        })
        .await;
    let seen = match found {
        Ok(seen) => seen,
        Err(error) if error.kind == Kind::NotFound => {
            let faults = [FieldError::new("code", error.code, error.words)];
            let again = LookPage { page: page.titled("status.lookup.title").with_errors(&faults), ..empty };
            return html_with(StatusCode::NOT_FOUND, &again);
        }
        Err(error) => return Err(error.into()),
    };
    let view = &seen.view;
    let approved = view.result_is_out().then(|| view.result_file().to_owned());
    html(&LookPage {
        mark: mark(&page, &view.events, &empty.hash),
        it: Some(Standing::new(&page, &seen)),
        result: approved.unwrap_or_default(),
        slips: view.slips.iter().map(|s| (s.id.to_string(), s.kind.title().to_owned(), s.made_at)).collect(),
        page: {
            let title = name(&page, &seen);
            page.with_title(title)
        },
        ..empty
    })
}

/// A QR code holds the whole hash, the paper its first sixteen digits.
fn mark(page: &Page, events: &[EventView], hash: &str) -> Mark {
    let asked: String = hash.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
    if asked.is_empty() {
        return Mark::NotAsked;
    }
    let long_enough = (16..=64).contains(&asked.len());
    match events.iter().find(|event| long_enough && event.hash.starts_with(&asked)) {
        Some(event) => Mark::Belongs { words: page.t.w(&event.words).to_owned(), time: page.t.time(&event.at) },
        None => Mark::Foreign,
    }
}
