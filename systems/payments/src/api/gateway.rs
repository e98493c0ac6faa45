//! What the gateways call. Only here, and in the answers to our questions, does anybody learn that something is paid.

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use kernel_base::Error;
use kernel_contract::{Distrust, Outcome, OwedByCode, PayChannel, PayNotice, RawNotice};
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
    let raw = RawNotice { query, sender: context.address.clone(), ..RawNotice::default() };
    take(&web, &context, PayChannel::Vnpay, raw).await
}

/// Message CONFIRM of the national payment platform.
#[utoipa::path(post, path = "/api/v1/payments/national/confirm", tag = "payments",
    request_body(content = String, content_type = "application/json"),
    responses((status = 200, description = "`{MaLoi, MoTaLoi, …, MaXacThuc}`")))]
pub(crate) async fn confirm(State(web): State<Web>, context: Context, body: Bytes) -> Answer {
    let raw = RawNotice { body: body.to_vec(), sender: context.address.clone(), ..RawNotice::default() };
    take(&web, &context, PayChannel::National, raw).await
}

/// The national portal asks what is owed under a payment code; the person pays there, and CONFIRM follows under the
/// reference of the answer.
#[utoipa::path(post, path = "/api/v1/payments/national/lookup", tag = "payments",
    request_body(content = String, content_type = "application/json", description = "`{MaTraCuuTT}`"),
    params(("x-partner-token" = String, Header)),
    responses((status = 200, description = "`{error_code, message, MaThamChieu, SoTien, …}`; `error_code` 0 owed, 1 paid, -1 nothing"),
        (status = 403, description = "not the portal"), (status = 404, description = "not offered here")))]
pub(crate) async fn lookup(State(web): State<Web>, context: Context, headers: HeaderMap, body: Bytes) -> Answer {
    let gateway = prepare::gateway(&web, PayChannel::National)?;
    // Not `Authorization`, which belongs to accounts of this product.
    let authorization = headers.get("x-partner-token").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let raw = RawNotice {
        body: body.to_vec(),
        sender: context.address.clone(),
        authorization: authorization.to_owned(),
        ..RawNotice::default()
    };
    let owed = match gateway.looked_up(&raw) {
        None => return Err(not_offered().into()),
        Some(Ok(code)) => web.write(move |tx| flow::owed_by_code(tx, &code)).await?,
        Some(Err(why)) => {
            web.limit(Bucket::LookUp, &format!("lookup {}", context.address))?;
            tracing::warn!(?why, "a question for a payment code was not answered");
            OwedByCode::Refused
        }
    };
    let reply = gateway.tell_owed(&owed);
    Ok(json(reply.status, reply.body))
}

fn not_offered() -> Error {
    Error::not_found(
        "lookup_not_offered",
        ("Nơi này không trả lời tra cứu khoản phải nộp.", "What is owed is not told by this address."),
    )
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
        Distrust::Prohibited => Outcome::Prohibited,
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
