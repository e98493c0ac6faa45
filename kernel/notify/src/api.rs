//! JSON: a person's messages, subscriptions of browsers, reports of providers.

use axum::{
    Router,
    extract::{Path, State},
    response::IntoResponse,
    routing::{get, post},
};
use http::{HeaderMap, StatusCode};
use kernel_base::{Error, Instant, TypedId};
use kernel_web::{Answer, Json, Query, SignedIn, Web, json};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use utoipa::{OpenApi, ToSchema};

use crate::{
    flow,
    model::{MessageId, MessageRow},
    notify::Notify,
    push::Subscription,
};

/// Description of these routes for the OpenAPI document.
#[derive(Debug, OpenApi)]
#[openapi(
    paths(list, read, subscribe, unsubscribe, report),
    components(schemas(MessageList, MessageView, NewSubscription, SubscriptionKeys, Endpoint, Report))
)]
pub struct Doc;

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/api/v1/messages", get(list))
        .route("/api/v1/messages/{id}/read", post(read))
        .route("/api/v1/messages/push", post(subscribe))
        .route("/api/v1/messages/push/remove", post(unsubscribe))
        .route("/api/v1/notify/reports", post(report))
}

/// A message.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MessageView {
    id: String,
    /// What it is about, e.g. `dossier.accepted`.
    kind: String,
    title: String,
    text: String,
    /// Path of the page where the person goes on; may be empty.
    link: String,
    #[schema(value_type = String)]
    happened_at: Instant,
    #[schema(value_type = Option<String>)]
    read_at: Option<Instant>,
}

impl From<MessageRow> for MessageView {
    fn from(row: MessageRow) -> Self {
        let MessageRow { id, kind, title, body, link, happened_at, read_at } = row;
        Self { id: id.to_string(), kind, title, text: body, link, happened_at, read_at }
    }
}

/// A page of messages, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MessageList {
    messages: Vec<MessageView>,
    total: i64,
    unread: i64,
    /// For the query `before` of the next page; empty at the end.
    next: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Before {
    before: String,
}

/// Messages of the signed-in person
#[utoipa::path(get, path = "/api/v1/messages", tag = "messages",
    params(("before" = Option<String>, Query, description = "`next` of the page before")),
    responses((status = 200, body = MessageList), (status = 401, description = "not signed in")))]
pub(crate) async fn list(State(web): State<Web>, SignedIn(actor): SignedIn, Query(query): Query<Before>) -> Answer {
    let read = web.read(move |tx| flow::read(tx, &actor, &query.before, 50)).await?;
    let messages = read.messages.into_iter().map(MessageView::from).collect();
    Ok(axum::Json(MessageList { messages, total: read.total, unread: read.unread, next: read.next }).into_response())
}

/// Mark a message read
#[utoipa::path(post, path = "/api/v1/messages/{id}/read", tag = "messages",
    params(("id" = String, Path)),
    responses((status = 204, description = "read"), (status = 404, description = "no such message")))]
pub(crate) async fn read(State(web): State<Web>, SignedIn(actor): SignedIn, Path(id): Path<String>) -> Answer {
    let id = MessageId::parse(&id).ok_or_else(|| {
        Error::not_found("message_not_found", ("Không có tin nhắn này trong hộp của bạn.", "You have no such message."))
    })?;
    web.write(move |tx| flow::mark_read(tx, &actor, Some(&id))).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What a browser gives as its push subscription.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSubscription {
    endpoint: String,
    keys: SubscriptionKeys,
    /// How the person knows the browser, e.g. `Chrome, Android`.
    #[serde(default)]
    device: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubscriptionKeys {
    p256dh: String,
    auth: String,
}

/// Get push messages in a browser
#[utoipa::path(post, path = "/api/v1/messages/push", tag = "messages", request_body = NewSubscription,
    responses((status = 204, description = "kept"), (status = 422, description = "not a known push service")))]
pub(crate) async fn subscribe(
    State(web): State<Web>,
    SignedIn(actor): SignedIn,
    Json(new): Json<NewSubscription>,
) -> Answer {
    let notify = web.extension::<Notify>()?;
    let push = notify.ways.push.as_ref().ok_or_else(|| {
        Error::refused("no_push", ("Hệ thống chưa bật thông báo đẩy.", "Push messages are not switched on here."))
    })?;
    let trim = |key: String| key.trim_end_matches('=').to_owned();
    let subscription =
        Subscription { endpoint: new.endpoint, public_key: trim(new.keys.p256dh), secret: trim(new.keys.auth) };
    push.check(&subscription)?;
    web.write(move |tx| flow::subscribe(tx, &actor, &new.device, &subscription)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Endpoint {
    endpoint: String,
}

/// Stop push messages in a browser
#[utoipa::path(post, path = "/api/v1/messages/push/remove", tag = "messages", request_body = Endpoint,
    responses((status = 204, description = "forgotten")))]
pub(crate) async fn unsubscribe(
    State(web): State<Web>,
    SignedIn(actor): SignedIn,
    Json(old): Json<Endpoint>,
) -> Answer {
    web.write(move |tx| flow::unsubscribe(tx, &actor, &old.endpoint)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A provider says that a message which it took did not arrive.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Report {
    /// The provider's own name of the message; of an e-mail its `Message-ID`.
    id: String,
    reason: String,
    /// There is no such number or mailbox: nothing more is sent there.
    #[serde(default)]
    no_such_address: bool,
}

/// Report what did not arrive (providers of SMS and mail)
#[utoipa::path(post, path = "/api/v1/notify/reports", tag = "messages", request_body = Report,
    responses((status = 200, description = "`known` says whether the message is one of ours"),
              (status = 401, description = "wrong secret")))]
pub(crate) async fn report(State(web): State<Web>, headers: HeaderMap, Json(report): Json<Report>) -> Answer {
    let notify = web.extension::<Notify>()?;
    let given = headers.get("x-report-token").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let expected = notify.ways.reports.as_deref().unwrap_or_default();
    let right: bool = given.as_bytes().ct_eq(expected.as_bytes()).into();
    if expected.is_empty() || !right {
        return Err(Error::unauthenticated().into());
    }
    let known = web.write(move |tx| flow::report(tx, &report.id, &report.reason, report.no_such_address)).await?;
    Ok(json(StatusCode::OK, &serde_json::json!({ "known": known })))
}
