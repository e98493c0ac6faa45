//! The simulated VNPAY: pay page, querydr, refund.

use axum::{
    Json,
    body::Bytes,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use kernel_contract::PayChannel;
use serde_json::{Value, json};

use super::{
    Simulator, troubled,
    world::{SimOrder, Status},
};
use crate::vnpay::{ANSWER, QUERY, QUERY_APPENDED, REFUND, query_signature, text_of, values_signature};

/// A browser comes with a signed order; it goes on to the page where a person pays.
pub(super) async fn pay_page(State(it): State<Simulator>, Query(query): Query<Vec<(String, String)>>) -> Response {
    let value = |name: &str| query.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()).unwrap_or_default();
    let right = query_signature(&it.settings.vnpay_secret, &query) == value("vnp_SecureHash").to_lowercase()
        && value("vnp_TmnCode") == it.settings.terminal
        && value("vnp_Version") == "2.1.0";
    let amount: i64 = value("vnp_Amount").parse().unwrap_or(0);
    if !right || amount <= 0 {
        return (StatusCode::BAD_REQUEST, "Sai chữ ký (mã 97)").into_response();
    }
    let order = it.world.take(SimOrder {
        channel: PayChannel::Vnpay,
        reference: value("vnp_TxnRef"),
        amount: amount / 100,
        info: value("vnp_OrderInfo"),
        created: value("vnp_CreateDate"),
        return_url: value("vnp_ReturnUrl"),
        status: Status::Waiting,
        transaction: String::new(),
        refunds: std::collections::BTreeMap::new(),
    });
    Redirect::to(&format!("/pay/{}", order.reference)).into_response()
}

/// querydr and refund.
pub(super) async fn transaction(State(it): State<Simulator>, body: Bytes) -> Response {
    if let Some(trouble) = troubled(&it).await {
        return trouble;
    }
    let Ok(asked) = serde_json::from_slice::<Value>(&body) else { return StatusCode::BAD_REQUEST.into_response() };
    let refund = text_of(&asked, "vnp_Command") == "refund";
    let names: &[&str] = if refund { &REFUND } else { &QUERY };
    let values: Vec<String> = names.iter().map(|name| text_of(&asked, name)).collect();
    let right = values_signature(&it.settings.vnpay_secret, &values) == text_of(&asked, "vnp_SecureHash");
    let found = it.world.order(&text_of(&asked, "vnp_TxnRef")).filter(|o| o.channel == PayChannel::Vnpay);
    let answer = match (right, found) {
        (false, _) => answer(&it, &asked, "97", "Invalid Checksum", &Told::default()),
        (true, None) => answer(&it, &asked, "91", "Transaction not found", &Told::default()),
        (true, Some(order)) if refund => take_back(&it, &asked, &order),
        (true, Some(order)) => {
            let told = newest_refund(&it, &order).unwrap_or_else(|| payment(&order));
            answer(&it, &asked, "00", "Success", &told)
        }
    };
    Json(answer).into_response()
}

/// What an answer says of a transaction.
#[derive(Debug, Default)]
struct Told {
    /// Đồng.
    amount: i64,
    created: String,
    number: String,
    /// 01 a payment, 02 a whole refund, 03 one of a part.
    kind: &'static str,
    status: &'static str,
}

fn payment(order: &SimOrder) -> Told {
    let status = match order.status {
        Status::Paid => "00",
        Status::Waiting => "01",
        Status::Cancelled => "02",
    };
    let (created, number) = (order.created.clone(), order.transaction.clone());
    Told { amount: order.amount, created, number, kind: "01", status }
}

/// Once money goes back, a question about the payment is answered with that.
fn newest_refund(it: &Simulator, order: &SimOrder) -> Option<Told> {
    let (amount, number) = order.refunds.values().max_by_key(|(_, number)| number.clone())?;
    let kind = if *amount == order.amount { "02" } else { "03" };
    let status = if it.world.faults().refunds_wait { "05" } else { "00" };
    Some(Told { amount: *amount, created: order.created.clone(), number: number.clone(), kind, status })
}

fn take_back(it: &Simulator, asked: &Value, order: &SimOrder) -> Value {
    let (request, amount) = (text_of(asked, "vnp_RequestId"), text_of(asked, "vnp_Amount"));
    let amount: i64 = amount.parse::<i64>().unwrap_or(0) / 100;
    let back: i64 = order.refunds.values().map(|(amount, _)| amount).sum();
    let busy = it.world.faults().refunds_wait && !order.refunds.is_empty();
    if busy || order.refunds.contains_key(&request) {
        return answer(it, asked, "94", "A refund of this transaction was sent before", &payment(order));
    }
    if order.status != Status::Paid || amount <= 0 || back + amount > order.amount {
        return answer(it, asked, "95", "Transaction not successful", &payment(order));
    }
    let number = it.world.next_number();
    it.world.change(&order.reference, |o| drop(o.refunds.insert(request, (amount, number))));
    let told = it.world.order(&order.reference).and_then(|order| newest_refund(it, &order));
    answer(it, asked, "00", "Refund success", &told.unwrap_or_default())
}

fn answer(it: &Simulator, asked: &Value, code: &str, message: &str, told: &Told) -> Value {
    let mut body = json!({
        "vnp_ResponseId": it.world.next_number(), "vnp_Command": text_of(asked, "vnp_Command"),
        "vnp_ResponseCode": code, "vnp_Message": message, "vnp_TmnCode": it.settings.terminal,
        "vnp_TxnRef": text_of(asked, "vnp_TxnRef"), "vnp_Amount": (told.amount * 100).to_string(),
        "vnp_BankCode": "NCB", "vnp_PayDate": told.created, "vnp_TransactionNo": told.number,
        "vnp_TransactionType": told.kind, "vnp_TransactionStatus": told.status,
        "vnp_OrderInfo": text_of(asked, "vnp_OrderInfo"), "vnp_PromotionCode": "", "vnp_PromotionAmount": "",
    });
    let query = text_of(asked, "vnp_Command") == "querydr";
    let appended: &[&str] = if query { &QUERY_APPENDED } else { &[] };
    let values: Vec<String> = ANSWER.iter().chain(appended).map(|name| text_of(&body, name)).collect();
    let signature = values_signature(&it.settings.vnpay_secret, &values);
    if let Some(map) = body.as_object_mut() {
        map.insert("vnp_SecureHash".to_owned(), json!(signature));
    }
    body
}
