//! Telling the product what happened to an order, truly or with a fault.

use std::time::Duration;

use kernel_contract::PayChannel;
use serde_json::{Value, json};

use super::{
    Simulator,
    world::{SimOrder, Status},
};
use crate::{
    national::{self, CONFIRM},
    vnpay::{hmac, signed_query},
};

/// How a notification differs from the truth.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Twist {
    pub(super) corrupt: bool,
    pub(super) less: i64,
    pub(super) failed: bool,
}

/// The person decides. An order that was decided before stays as it was.
pub(super) fn decide(it: &Simulator, reference: &str, paid: bool) -> Option<String> {
    let number = it.world.next_number();
    it.world.change(reference, |order| {
        if order.status == Status::Waiting {
            order.status = if paid { Status::Paid } else { Status::Cancelled };
            order.transaction = number;
        }
    });
    let order = it.world.order(reference)?;
    let faults = it.world.faults();
    let twist =
        Twist { corrupt: faults.corrupt_hash, less: if faults.wrong_amount { 1_000 } else { 0 }, failed: false };
    if !faults.lose {
        let (it, order) = (it.clone(), order.clone());
        let work = move || {
            for _ in 0..if faults.double { 2 } else { 1 } {
                send(&it, &order, &twist);
            }
            if faults.cancel_after_confirm {
                send(&it, &order, &Twist { failed: true, ..twist });
            }
        };
        if faults.delay_seconds > 0 {
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_secs(faults.delay_seconds));
                work();
            });
        } else {
            work();
        }
    }
    Some(back(it, &order))
}

/// Sends one notification; the product's answer.
pub(super) fn send(it: &Simulator, order: &SimOrder, twist: &Twist) -> Option<String> {
    let product = &it.settings.product;
    let answer = match order.channel {
        PayChannel::Vnpay => {
            let query = vnpay_query(it, order, twist);
            it.line.get(&format!("{product}/api/v1/payments/vnpay/ipn?{query}"))
        }
        _ => it.line.post(&format!("{product}/api/v1/payments/national/confirm"), &confirm(it, order, twist), ""),
    };
    match answer {
        Ok((_, bytes)) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) => {
            tracing::warn!(reference = order.reference, error, "the product did not take a notification");
            None
        }
    }
}

/// Where the browser goes: with VNPAY's parameters, or with the platform's reference.
fn back(it: &Simulator, order: &SimOrder) -> String {
    match order.channel {
        PayChannel::Vnpay => format!("{}?{}", order.return_url, vnpay_query(it, order, &Twist::default())),
        _ => format!("{}/payments/return/national?MaThamChieu={}", it.settings.product, order.reference),
    }
}

fn vnpay_query(it: &Simulator, order: &SimOrder, twist: &Twist) -> String {
    let paid = order.status == Status::Paid && !twist.failed;
    let code = if paid { "00" } else { "24" };
    let amount = ((order.amount - twist.less) * 100).to_string();
    let status = if paid { "00" } else { "02" };
    let bank_number = format!("VNP{}", order.transaction);
    let parameters = [
        ("vnp_TmnCode", it.settings.terminal.as_str()),
        ("vnp_Amount", amount.as_str()),
        ("vnp_BankCode", "NCB"),
        ("vnp_BankTranNo", bank_number.as_str()),
        ("vnp_CardType", "ATM"),
        ("vnp_PayDate", order.created.as_str()),
        ("vnp_OrderInfo", order.info.as_str()),
        ("vnp_TransactionNo", order.transaction.as_str()),
        ("vnp_ResponseCode", code),
        ("vnp_TransactionStatus", status),
        ("vnp_TxnRef", order.reference.as_str()),
    ];
    let query = signed_query(parameters);
    let mut signature = hmac(&it.settings.vnpay_secret, &query);
    if twist.corrupt {
        signature = hmac(b"another secret", &query);
    }
    format!("{query}&vnp_SecureHash={signature}")
}

pub(super) fn confirm(it: &Simulator, order: &SimOrder, twist: &Twist) -> Value {
    let paid = order.status == Status::Paid && !twist.failed;
    let message = json!({
        "LoaiBanTin": "CONFIRM", "MaLoi": if paid { "00" } else { "24" }, "MaDoiTac": it.settings.partner,
        "MaThamChieu": order.reference, "SoTien": (order.amount - twist.less).to_string(), "MaTienTe": "VND",
        "MaGiaoDich": order.transaction, "MaNganHang": "NCB", "ThoiGianGD": order.created,
        "ThongTinGiaoDich": order.info,
    });
    let secret = if twist.corrupt { "another secret" } else { it.settings.national_secret.as_str() };
    national::signed(message, &CONFIRM, secret)
}
