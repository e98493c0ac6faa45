//! The simulator over HTTP.

use std::time::Duration;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State as Shares},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use kernel_signatures::Credential;
use serde::Deserialize;

use super::{Fault, Shared, token};
use crate::remote::{Order, State};

pub(crate) fn router(shared: Shared) -> Router {
    Router::new()
        .route("/credentials", post(credentials))
        .route("/signatures/{key}", put(sign))
        .route("/stamp", post(stamp))
        .route("/root.pem", get(root))
        .route("/crl/{name}", get(list))
        .route("/faults", post(faults))
        .with_state(shared)
}

/// What a fault does before anything else.
async fn suffer(fault: Fault) -> Option<Response> {
    match fault {
        Fault::Down => Some(StatusCode::SERVICE_UNAVAILABLE.into_response()),
        Fault::Slow => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            None
        }
        _ => None,
    }
}

fn failed(error: &kernel_base::Error) -> Response {
    let status = if error.code == "other_message" { StatusCode::CONFLICT } else { StatusCode::INTERNAL_SERVER_ERROR };
    (status, error.to_string()).into_response()
}

async fn credentials(Shares(shared): Shares<Shared>, Json(credential): Json<Credential>) -> Response {
    if let Some(response) = suffer(shared.faults.signer()).await {
        return response;
    }
    let chain = shared.authority.lock().chain(&credential);
    match chain.and_then(|chain| shared.keep().map(|()| chain)) {
        Ok(chain) => {
            let texts: Vec<String> = chain.iter().map(|der| BASE64_STANDARD.encode(der)).collect();
            Json(texts).into_response()
        }
        Err(error) => failed(&error),
    }
}

async fn sign(Shares(shared): Shares<Shared>, Path(key): Path<String>, Json(order): Json<Order>) -> Response {
    let fault = shared.faults.signer();
    if let Some(response) = suffer(fault).await {
        return response;
    }
    match fault {
        Fault::Unconfirmed => return (StatusCode::ACCEPTED, Json(State::Fetched)).into_response(),
        Fault::Refused => return Json(State::Failed { reason: "người ký từ chối".to_owned() }).into_response(),
        _ => {}
    }
    let Ok(message) = BASE64_STANDARD.decode(&order.message) else { return StatusCode::BAD_REQUEST.into_response() };
    let times = if fault == Fault::Twice { 2 } else { 1 };
    let mut made = Ok(Vec::new());
    for _ in 0..times {
        made = shared.authority.lock().sign(&key, &order.credential, &message);
    }
    match made.and_then(|signature| shared.keep().map(|()| signature)) {
        Ok(_) if fault == Fault::LostAnswer => StatusCode::GATEWAY_TIMEOUT.into_response(),
        Ok(_) if fault == Fault::Garbage => {
            Json(State::Signed { signature: BASE64_STANDARD.encode([7; 70]) }).into_response()
        }
        Ok(signature) => Json(State::Signed { signature: BASE64_STANDARD.encode(signature) }).into_response(),
        Err(error) => failed(&error),
    }
}

async fn stamp(Shares(shared): Shares<Shared>, body: Bytes) -> Response {
    let fault = shared.faults.stamp();
    if let Some(response) = suffer(fault).await {
        return response;
    }
    let answer = token::answer(&mut shared.authority.lock(), &body, shared.clock.now());
    match answer {
        Ok(_) if fault == Fault::LostAnswer => StatusCode::GATEWAY_TIMEOUT.into_response(),
        Ok(_) if fault == Fault::Garbage => vec![7_u8; 70].into_response(),
        Ok(answer) => ([(header::CONTENT_TYPE, "application/timestamp-reply")], answer).into_response(),
        Err(error) => failed(&error),
    }
}

async fn root(Shares(shared): Shares<Shared>) -> Response {
    shared.authority.lock().root_pem().into_response()
}

/// `issuing.crl`, `root.crl`.
async fn list(Shares(shared): Shares<Shared>, Path(name): Path<String>) -> Response {
    let lists = shared.authority.lock().lists(shared.clock.now());
    match (lists, name.as_str()) {
        (Ok([issuing, _]), "issuing.crl") => issuing.into_response(),
        (Ok([_, root]), "root.crl") => root.into_response(),
        (Err(error), _) => failed(&error),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct FaultsBody {
    signer: Option<Fault>,
    stamp: Option<Fault>,
}

async fn faults(Shares(shared): Shares<Shared>, Json(body): Json<FaultsBody>) -> StatusCode {
    if let Some(fault) = body.signer {
        shared.faults.set_signer(fault);
    }
    if let Some(fault) = body.stamp {
        shared.faults.set_stamp(fault);
    }
    StatusCode::NO_CONTENT
}
