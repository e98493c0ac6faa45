//! VNPAY 2.1.0: pay address, return, IPN, querydr, refund; signed with HMAC-SHA512.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use kernel_base::{Instant, Words};
use kernel_contract::{
    Asked, Distrust, Order, Outcome, PayChannel, PayNotice, PaymentGateway, Question, RawNotice, RefundOrder, Refunded,
    Reply, Started,
};
use serde_json::{Value, json};
use sha2::Sha512;
use subtle::ConstantTimeEq;

use crate::{
    Line, Senders,
    text::{form_encoded, plain, stamp},
    vnpay_refund::{about, is_refund, refund_stands, refunded},
};

/// How VNPAY is reached, and who we are there.
#[derive(Clone)]
pub struct VnpaySettings {
    /// Address of the pay page (`…/paymentv2/vpcpay.html`).
    pub pay_url: String,
    /// Address of querydr and refund (`…/merchant_webapi/api/transaction`).
    pub api_url: String,
    pub terminal: String,
    pub secret: Vec<u8>,
    /// Where notifications come from.
    pub senders: Senders,
}

impl std::fmt::Debug for VnpaySettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("VnpaySettings");
        shown.field("pay_url", &self.pay_url).field("terminal", &self.terminal).finish_non_exhaustive()
    }
}

/// VNPAY as a gateway.
#[derive(Debug)]
pub struct Vnpay {
    settings: VnpaySettings,
    line: Line,
}

impl Vnpay {
    #[must_use]
    pub fn new(settings: VnpaySettings, line: Line) -> Self {
        Self { settings, line }
    }

    fn signed_url(&self, order: &Order) -> String {
        let amount = (order.amount * 100).to_string();
        let (created, expires) = (stamp(order.created_at), stamp(order.expires_at));
        let info = plain(&order.info, 255);
        let parameters = [
            ("vnp_Version", "2.1.0"),
            ("vnp_Command", "pay"),
            ("vnp_TmnCode", self.settings.terminal.as_str()),
            ("vnp_Amount", amount.as_str()),
            ("vnp_CurrCode", "VND"),
            ("vnp_TxnRef", order.reference.as_str()),
            ("vnp_OrderInfo", info.as_str()),
            ("vnp_OrderType", "other"),
            ("vnp_Locale", order.locale),
            ("vnp_ReturnUrl", order.return_url.as_str()),
            ("vnp_IpAddr", order.ip.as_str()),
            ("vnp_CreateDate", created.as_str()),
            ("vnp_ExpireDate", expires.as_str()),
        ];
        let query = signed_query(parameters);
        let signature = hmac(&self.settings.secret, &query);
        format!("{}?{query}&vnp_SecureHash={signature}", self.settings.pay_url)
    }

    /// The parameters when their signature is right and they are meant for us.
    fn checked(&self, query: &[(String, String)]) -> Result<BTreeMap<String, String>, Distrust> {
        let given = value(query, "vnp_SecureHash").ok_or(Distrust::Unreadable)?;
        let expected = query_signature(&self.settings.secret, query);
        let right: bool = expected.as_bytes().ct_eq(given.to_lowercase().as_bytes()).into();
        let ours = value(query, "vnp_TmnCode") == Some(self.settings.terminal.as_str());
        if right && ours { Ok(query.iter().cloned().collect()) } else { Err(Distrust::Forged) }
    }

    /// Posts a signed request; the answer when its signature is right.
    fn call(&self, body: &Value, appended: &[&str]) -> Result<Value, String> {
        let (status, bytes) = self.line.post(&self.settings.api_url, body, "")?;
        if status != 200 {
            return Err(format!("status {status}"));
        }
        let answer: Value = serde_json::from_slice(&bytes).map_err(|_| "not JSON".to_owned())?;
        let names = ANSWER.iter().chain(appended);
        let values: Vec<String> = names.map(|name| text_of(&answer, name)).collect();
        let given = text_of(&answer, "vnp_SecureHash").to_lowercase();
        let right: bool = values_signature(&self.settings.secret, &values).as_bytes().ct_eq(given.as_bytes()).into();
        if right { Ok(answer) } else { Err("wrong signature".to_owned()) }
    }
}

/// Order of the values in the signature of an answer; querydr appends two more.
pub(crate) const ANSWER: [&str; 13] = [
    "vnp_ResponseId",
    "vnp_Command",
    "vnp_ResponseCode",
    "vnp_Message",
    "vnp_TmnCode",
    "vnp_TxnRef",
    "vnp_Amount",
    "vnp_BankCode",
    "vnp_PayDate",
    "vnp_TransactionNo",
    "vnp_TransactionType",
    "vnp_TransactionStatus",
    "vnp_OrderInfo",
];
pub(crate) const QUERY_APPENDED: [&str; 2] = ["vnp_PromotionCode", "vnp_PromotionAmount"];

/// Hex HMAC-SHA512 of parameters sorted by name, form-encoded, without the signature itself.
#[must_use]
pub fn query_signature(secret: &[u8], query: &[(String, String)]) -> String {
    hmac(secret, &signed_query(query.iter().map(|(name, value)| (name.as_str(), value.as_str()))))
}

/// The parameters as they are signed and sent.
pub(crate) fn signed_query<'a>(parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let sorted: BTreeMap<&str, &str> = parameters
        .into_iter()
        .filter(|(name, value)| !matches!(*name, "vnp_SecureHash" | "vnp_SecureHashType") && !value.is_empty())
        .collect();
    let pairs = sorted.iter().map(|(name, value)| format!("{}={}", form_encoded(name), form_encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// Hex HMAC-SHA512 of values joined by `|`: querydr, refund and their answers.
#[must_use]
pub fn values_signature(secret: &[u8], values: &[String]) -> String {
    hmac(secret, &values.join("|"))
}

pub(crate) fn hmac(secret: &[u8], text: &str) -> String {
    // Any length of key is right for HMAC.
    let Ok(mut mac) = Hmac::<Sha512>::new_from_slice(secret) else { return String::new() };
    mac.update(text.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

fn value<'a>(query: &'a [(String, String)], name: &str) -> Option<&'a str> {
    query.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
}

/// A value of an answer as text; VNPAY writes some numbers as numbers.
pub(crate) fn text_of(answer: &Value, name: &str) -> String {
    match answer.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// What a response code means to the payer (VNPAY 2.1.0).
pub(crate) fn reason(code: &str) -> Words {
    let (vi, en) = match code {
        "00" => ("Đã thanh toán.", "Paid."),
        "07" => (
            "Tiền đã bị trừ nhưng giao dịch bị nghi ngờ; cổng thanh toán đang kiểm tra.",
            "Debited, but under suspicion; the gateway is checking.",
        ),
        "09" => (
            "Thẻ hoặc tài khoản chưa đăng ký thanh toán trực tuyến.",
            "The card or account is not registered for online payment.",
        ),
        "10" => (
            "Nhập sai thông tin thẻ hoặc tài khoản quá 3 lần.",
            "Card or account data were wrong more than three times.",
        ),
        "11" => ("Đã hết thời gian chờ thanh toán.", "The time to pay ran out."),
        "24" => ("Bạn đã hủy thanh toán.", "You cancelled the payment."),
        "51" => ("Tài khoản không đủ số dư.", "The balance is not sufficient."),
        "65" => ("Tài khoản đã vượt hạn mức giao dịch trong ngày.", "The daily limit of the account is exceeded."),
        "75" | "08" => ("Ngân hàng đang bảo trì.", "The bank is under maintenance."),
        "02" | "03" | "04" => (
            "Cổng thanh toán không nhận giao dịch này. Hãy chọn cách khác hoặc nộp tại quầy.",
            "The gateway does not take this order. Choose another way, or pay at the counter.",
        ),
        "05" | "06" | "13" | "79" => ("Nhập sai mật khẩu hoặc mã xác nhận.", "The password or the code was wrong."),
        _ => ("Cổng thanh toán báo giao dịch không thành công.", "The gateway says that the payment failed."),
    };
    Words::new(vi, en)
}

/// Đồng from the hundredths that VNPAY counts in; `None` when it is no whole number of đồng.
pub(crate) fn dong(text: &str) -> Option<i64> {
    let hundredths: i64 = text.parse().ok()?;
    (hundredths >= 0 && hundredths % 100 == 0).then_some(hundredths / 100)
}

impl PaymentGateway for Vnpay {
    fn channel(&self) -> PayChannel {
        PayChannel::Vnpay
    }

    /// Only makes an address: VNPAY hears of the order when the browser gets there.
    fn start(&self, order: &Order) -> Started {
        Started::Redirect { url: self.signed_url(order) }
    }

    fn read(&self, raw: &RawNotice) -> Result<PayNotice, Distrust> {
        if !self.settings.senders.allow(&raw.sender) {
            return Err(Distrust::Prohibited);
        }
        let values = self.checked(&raw.query)?;
        let text = |name: &str| values.get(name).cloned().unwrap_or_default();
        let (code, status) = (text("vnp_ResponseCode"), text("vnp_TransactionStatus"));
        let paid = code == "00" && (status == "00" || status.is_empty());
        let amount = dong(&text("vnp_Amount")).ok_or(Distrust::Unreadable)?;
        let code = if code == "00" && !paid { status } else { code };
        let reason = reason(&code);
        Ok(PayNotice {
            reference: text("vnp_TxnRef"),
            amount,
            paid,
            reason,
            code,
            transaction: text("vnp_TransactionNo"),
            bank: text("vnp_BankCode"),
        })
    }

    fn reply(&self, _raw: &RawNotice, outcome: Outcome, _now: Instant) -> Reply {
        let (code, message) = match outcome {
            Outcome::Recorded | Outcome::Repeated => ("00", "Confirm Success"),
            Outcome::AlreadySettled => ("02", "Order already confirmed"),
            Outcome::UnknownReference => ("01", "Order not found"),
            Outcome::Prohibited => ("03", "IP prohibited"),
            Outcome::WrongAmount => ("04", "Invalid amount"),
            Outcome::Forged => ("97", "Fail checksum"),
            Outcome::Unreadable | Outcome::Failed => ("99", "Unknown"),
        };
        Reply { status: 200, body: json!({ "RspCode": code, "Message": message }).to_string() }
    }

    fn returned(&self, query: &[(String, String)]) -> Option<String> {
        self.checked(query).ok()?.remove("vnp_TxnRef")
    }

    fn ask(&self, question: &Question) -> Asked {
        match self.query(question) {
            Ok(answer) => asked(&answer, &question.reference),
            Err(reason) => Asked::Silent { reason },
        }
    }

    fn refund(&self, order: &RefundOrder) -> Refunded {
        let answered = match &order.taken {
            Some(_) => self.query(&about(order)).map(|answer| refund_stands(&answer, order)),
            None => self.take_back(order).map(|answer| refunded(&answer, order.alone)),
        };
        answered.unwrap_or_else(|reason| Refunded::Unknown { reason })
    }

    fn bill(&self, _question: &Question) -> Option<Vec<u8>> {
        None
    }
}

impl Vnpay {
    /// The signed answer of querydr.
    fn query(&self, question: &Question) -> Result<Value, String> {
        let values = [
            question.request_id.clone(),
            "2.1.0".to_owned(),
            "querydr".to_owned(),
            self.settings.terminal.clone(),
            question.reference.clone(),
            stamp(question.created_at),
            stamp(question.now),
            "127.0.0.1".to_owned(),
            format!("Tra cuu {}", question.reference),
        ];
        let body = signed_body(&QUERY, &values, &self.settings.secret);
        self.call(&body, &QUERY_APPENDED)
    }

    /// The signed answer to a refund.
    fn take_back(&self, order: &RefundOrder) -> Result<Value, String> {
        let kind = if order.whole { "02" } else { "03" };
        let values = [
            order.request_id.clone(),
            "2.1.0".to_owned(),
            "refund".to_owned(),
            self.settings.terminal.clone(),
            kind.to_owned(),
            order.reference.clone(),
            (order.amount * 100).to_string(),
            order.transaction.clone(),
            stamp(order.paid_created_at),
            plain(&order.by, 60),
            stamp(order.now),
            "127.0.0.1".to_owned(),
            format!("Hoan phi {}", order.reference),
        ];
        let body = signed_body(&REFUND, &values, &self.settings.secret);
        self.call(&body, &[])
    }
}

/// What a signed answer of querydr says of a reference. Statuses 05 and 06: a refund is under way; 09: it was refused.
fn asked(answer: &Value, reference: &str) -> Asked {
    let silent = |reason: &str| Asked::Silent { reason: reason.to_owned() };
    match text_of(answer, "vnp_ResponseCode").as_str() {
        "00" => {}
        "91" => return Asked::NotKnown,
        code => return silent(code),
    }
    let status = text_of(answer, "vnp_TransactionStatus");
    if text_of(answer, "vnp_TxnRef") != reference {
        return silent("another reference");
    }
    if is_refund(answer) || matches!(status.as_str(), "05" | "06" | "09") {
        return Asked::Returning;
    }
    let Some(amount) = dong(&text_of(answer, "vnp_Amount")) else { return silent("amount") };
    if status == "01" {
        return Asked::Waiting;
    }
    Asked::Known(PayNotice {
        reference: reference.to_owned(),
        amount,
        paid: status == "00",
        reason: reason(&status),
        code: status,
        transaction: text_of(answer, "vnp_TransactionNo"),
        bank: text_of(answer, "vnp_BankCode"),
    })
}

pub(crate) const QUERY: [&str; 9] = [
    "vnp_RequestId",
    "vnp_Version",
    "vnp_Command",
    "vnp_TmnCode",
    "vnp_TxnRef",
    "vnp_TransactionDate",
    "vnp_CreateDate",
    "vnp_IpAddr",
    "vnp_OrderInfo",
];
pub(crate) const REFUND: [&str; 13] = [
    "vnp_RequestId",
    "vnp_Version",
    "vnp_Command",
    "vnp_TmnCode",
    "vnp_TransactionType",
    "vnp_TxnRef",
    "vnp_Amount",
    "vnp_TransactionNo",
    "vnp_TransactionDate",
    "vnp_CreateBy",
    "vnp_CreateDate",
    "vnp_IpAddr",
    "vnp_OrderInfo",
];

fn signed_body(names: &[&str], values: &[String], secret: &[u8]) -> Value {
    let mut body: serde_json::Map<String, Value> =
        names.iter().zip(values).map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    body.insert("vnp_SecureHash".to_owned(), json!(values_signature(secret, values)));
    Value::Object(body)
}
