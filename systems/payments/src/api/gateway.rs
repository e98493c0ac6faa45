//! What the gateways call. Only here, and in the answers to our questions, does anybody learn that something is paid.

use axum::{
    body::Bytes,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use kernel_contract::{Outcome, PayChannel, PayNotice, RawNotice};
use kernel_web::{Answer, Query, Web};

use crate::{flow, prepare};

/// Notification of VNPAY (IPN), answered with `RspCode`.
#[utoipa::path(get, path = "/api/v1/payments/vnpay/ipn", tag = "payments",
    responses((status = 200, description = "`{RspCode, Message}`")))]
pub(crate) async fn ipn(State(web): State<Web>, Query(query): Query<Vec<(String, String)>>) -> Answer {
    take(&web, PayChannel::Vnpay, RawNotice { query, body: Vec::new() }).await
}

/// Message CONFIRM of the national payment platform.
#[utoipa::path(post, path = "/api/v1/payments/national/confirm", tag = "payments",
    request_body(content = String, content_type = "application/json"),
    responses((status = 200, description = "`{MaLoi, MoTaLoi, …, MaXacThuc}`")))]
pub(crate) async fn confirm(State(web): State<Web>, body: Bytes) -> Answer {
    take(&web, PayChannel::National, RawNotice { query: Vec::new(), body: body.to_vec() }).await
}

async fn take(web: &Web, channel: PayChannel, raw: RawNotice) -> Answer {
    let gateway = prepare::gateway(web, channel)?;
    let outcome = match gateway.read(&raw) {
        Ok(notice) => record(web, channel, notice).await,
        Err(why) => {
            let claimed = raw.query.iter().find(|(name, _)| name == "vnp_TxnRef").map(|(_, value)| value.clone());
            let claimed = claimed.unwrap_or_default();
            tracing::warn!(channel = channel.as_str(), reference = claimed, why = ?why, "a notification was not believed");
            web.write(move |tx| flow::distrusted(tx, channel, &claimed, &why)).await.unwrap_or(Outcome::Failed)
        }
    };
    let reply = gateway.reply(&raw, outcome, web.db.clock().now());
    Ok(json(reply.status, reply.body))
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
