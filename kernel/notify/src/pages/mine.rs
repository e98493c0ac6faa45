//! "Tin nhắn của tôi".

use askama::Template;
use axum::{
    extract::{Path, State},
    response::IntoResponse,
};
use kernel_base::{Error, TypedId};
use kernel_web::{Answer, Page, Query, SignedIn, Web, html, redirect, redirect_saying};
use serde::Deserialize;

use crate::{
    flow,
    model::{MessageId, MessageRow},
};

const PAGE: i64 = 20;

#[derive(Template)]
#[template(path = "messages.html")]
struct Mine {
    page: Page,
    messages: Vec<MessageRow>,
    total: i64,
    unread: i64,
    next: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Before {
    before: String,
}

pub(super) async fn page(
    State(web): State<Web>,
    page: Page,
    SignedIn(actor): SignedIn,
    Query(query): Query<Before>,
) -> Answer {
    let read = web.read(move |tx| flow::read(tx, &actor, &query.before, PAGE)).await?;
    let page = if page.is_staff() { page.wide() } else { page };
    let next =
        if read.next.is_empty() { String::new() } else { format!("/messages?before={}", page.encoded(&read.next)) };
    let page = page.titled("notify.messages.title");
    html(&Mine { page, messages: read.messages, total: read.total, unread: read.unread, next })
}

pub(super) async fn read_all(State(web): State<Web>, SignedIn(actor): SignedIn) -> Answer {
    web.write(move |tx| flow::mark_read(tx, &actor, None)).await?;
    Ok(redirect_saying(&web, "/messages", "notify.messages.all_read", &[]))
}

/// Marks the message read and goes on to where it leads.
pub(super) async fn open(State(web): State<Web>, SignedIn(actor): SignedIn, Path(id): Path<String>) -> Answer {
    let id = MessageId::parse(&id).ok_or_else(not_found)?;
    let link = web.write(move |tx| flow::open(tx, &actor, &id)).await?;
    let inside = link.starts_with('/') && !link.starts_with("//");
    Ok(redirect(if inside { &link } else { "/messages" }).into_response())
}

pub(super) fn not_found() -> Error {
    Error::not_found(
        "not_found",
        ("Không tìm thấy trang này. Hãy kiểm tra lại đường dẫn.", "Not found. Check the address."),
    )
}
