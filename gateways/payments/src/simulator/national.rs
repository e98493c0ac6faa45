//! The simulated national payment platform: INIT, QUERY, GET_BILL.

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use kernel_contract::PayChannel;
use serde_json::{Value, json};

use super::{
    Simulator, notify, troubled,
    world::{SimOrder, Status},
};
use crate::{
    national::{ASK, CONFIRM, INIT, NOT_KNOWN, VERSION, WAITING, is_signed, signed},
    vnpay::text_of,
};

fn read(it: &Simulator, body: &[u8], names: &[&str]) -> Option<Value> {
    let message: Value = serde_json::from_slice(body).ok()?;
    let ours = text_of(&message, "MaDoiTac") == it.settings.partner && text_of(&message, "PhienBan") == VERSION;
    (ours && is_signed(&message, names, &it.settings.national_secret)).then_some(message)
}

/// A new order.
pub(super) async fn init(State(it): State<Simulator>, body: Bytes) -> Response {
    if let Some(trouble) = troubled(&it).await {
        return trouble;
    }
    let refused = |code: &str, why: &str| Json(json!({ "error_code": code, "message": why })).into_response();
    let Some(message) = read(&it, &body, &INIT) else { return refused("97", "Sai ma xac thuc") };
    let amount: i64 = text_of(&message, "SoTien").parse().unwrap_or(0);
    let facts = message.get("ThongTinBienLai").cloned().unwrap_or_default();
    let sum = |list: &str| -> i64 {
        let lines = facts.get(list).and_then(Value::as_array).cloned().unwrap_or_default();
        lines.iter().filter_map(|line| text_of(line, "SoTien").parse::<i64>().ok()).sum()
    };
    if amount <= 0 || sum("PhiLePhi") != amount || sum("DSKhoanNop") != amount {
        return refused("04", "Tong tien khong khop");
    }
    let order = it.world.take(SimOrder {
        channel: PayChannel::National,
        reference: text_of(&message, "MaThamChieu"),
        amount,
        info: text_of(&message, "ThongTinGiaoDich"),
        created: text_of(&message, "ThoiGianGD"),
        return_url: String::new(),
        status: Status::Waiting,
        transaction: String::new(),
        refunds: std::collections::BTreeMap::new(),
    });
    let late = it.world.faults().late_answer_seconds;
    if late > 0 {
        tokio::time::sleep(std::time::Duration::from_secs(late)).await;
    }
    if it.world.faults().lose_answer {
        return (StatusCode::BAD_GATEWAY, "<html>").into_response();
    }
    let inner = json!({ "UrlThanhToan": format!("{}/pay/{}", it.base, order.reference) }).to_string();
    Json(json!({ "error_code": "0", "message": inner })).into_response()
}

/// How an order stands.
pub(super) async fn query(State(it): State<Simulator>, body: Bytes) -> Response {
    if let Some(trouble) = troubled(&it).await {
        return trouble;
    }
    let Some(message) = read(&it, &body, &ASK) else { return StatusCode::FORBIDDEN.into_response() };
    let reference = text_of(&message, "MaThamChieu");
    let found = it.world.order(&reference).filter(|o| o.channel == PayChannel::National);
    let (order, word) = match found {
        Some(order) => {
            let word = match order.status {
                Status::Waiting => WAITING,
                Status::Paid => "DA_THANH_TOAN",
                Status::Cancelled => "DA_HUY",
            };
            (order, word)
        }
        None => (nobody(reference, &message), NOT_KNOWN),
    };
    let mut answer = notify::confirm(&it, &order, &notify::Twist::default());
    if let Some(map) = answer.as_object_mut() {
        map.insert("LoaiBanTin".to_owned(), json!("QUERY"));
    }
    let mut answer = signed(answer, &CONFIRM, &it.settings.national_secret);
    if let Some(map) = answer.as_object_mut() {
        map.insert("TrangThaiGD".to_owned(), json!(word));
    }
    Json(answer).into_response()
}

fn nobody(reference: String, message: &Value) -> SimOrder {
    SimOrder {
        channel: PayChannel::National,
        reference,
        amount: 0,
        info: String::new(),
        created: text_of(message, "ThoiGianGD"),
        return_url: String::new(),
        status: Status::Waiting,
        transaction: String::new(),
        refunds: std::collections::BTreeMap::new(),
    }
}

/// The platform's receipt: a PDF of one empty page.
pub(super) async fn bill(State(it): State<Simulator>, body: Bytes) -> Response {
    if let Some(trouble) = troubled(&it).await {
        return trouble;
    }
    let Some(message) = read(&it, &body, &ASK) else { return StatusCode::FORBIDDEN.into_response() };
    match it.world.order(&text_of(&message, "MaThamChieu")) {
        Some(order) if order.status == Status::Paid => {
            ([(header::CONTENT_TYPE, "application/pdf")], EMPTY_PDF).into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

const EMPTY_PDF: &str = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
    3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";
