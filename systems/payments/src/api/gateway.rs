//! What the gateways call. Only here, and in the answers to our questions, does anybody learn that something is paid.

use axum::{
    body::Bytes,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use kernel_contract::{Distrust, Outcome, PayChannel, PayNotice, RawNotice};
use kernel_web::{Answer, Bucket, Context, Query, Web};

use crate::{flow, prepare};

/// Notification of VNPAY (IPN), answered with `RspCode`.
#[utoipa::path(get, path = "/api/v1/payments/vnpay/ipn", tag = "payments",
    responses((status = 200, description = "`{RspCode, Message}`")))]
pub(crate) async fn ipn(
    State(web): State<Web>,
    context: Context,
    Query(query): Query<Vec<(String, String)>>,
) -> Answer {
    take(&web, &context, PayChannel::Vnpay, RawNotice { query, body: Vec::new() }).await
}

/// Message CONFIRM of the national payment platform.
#[utoipa::path(post, path = "/api/v1/payments/national/confirm", tag = "payments",
    request_body(content = String, content_type = "application/json"),
    responses((status = 200, description = "`{MaLoi, MoTaLoi, …, MaXacThuc}`")))]
pub(crate) async fn confirm(State(web): State<Web>, context: Context, body: Bytes) -> Answer {
    take(&web, &context, PayChannel::National, RawNotice { query: Vec::new(), body: body.to_vec() }).await
}

async fn take(web: &Web, context: &Context, channel: PayChannel, raw: RawNotice) -> Answer {
    let gateway = prepare::gateway(web, channel)?;
    let outcome = match gateway.read(&raw) {
        Ok(notice) => record(web, channel, notice).await,
        Err(why) => distrust(web, context, channel, why).await,
    };
    let reply = gateway.reply(&raw, outcome, web.db.clock().now());
    Ok(json(reply.status, reply.body))
}

/// Anybody can send something that is not believed: it is counted, and from one address only so often a minute.
async fn distrust(web: &Web, context: &Context, channel: PayChannel, why: Distrust) -> Outcome {
    let outcome = match why {
        Distrust::Forged => Outcome::Forged,
        Distrust::Unreadable => Outcome::Unreadable,
    };
    if web.limit(Bucket::LookUp, &format!("notice {}", context.address)).is_ok() {
        tracing::warn!(channel = channel.as_str(), ?why, "a notification was not believed");
        if let Err(error) = web.write(move |tx| flow::distrusted(tx, channel, outcome)).await {
            tracing::error!(%error, channel = channel.as_str(), "a forged notification was not counted");
        }
    }
    outcome
}

/// What could not be stored was not taken: the gateway is told to come again.
async fn record(web: &Web, channel: PayChannel, notice: PayNotice) -> Outcome {
    match web.write(move |tx| flow::noticed(tx, channel, &notice)).await {
        Ok(outcome) => outcome,
        Err(error) => {
            tracing::error!(%error, channel = channel.as_str(), "a notification was not recorded");
            Outcome::Failed
        }
    }
}

fn json(status: u16, body: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    (status, [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], body).into_response()
}
