//! Our signatures beside those of an independent program, over 1,000 random orders: npm `vnpay` for VNPAY, node's own
//! SHA-256 for the national platform.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail loudly")]

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use gateway_payments::{Line, Vnpay, VnpaySettings, national_signature, query_signature, values_signature};
use kernel_base::Instant;
use kernel_contract::{FeeKind, Order, OrderLine, PaymentGateway, RawNotice, Started};
use serde_json::{Value, json};

const SECRET: &str = "Khóa bí mật & thử +1";
const TERMINAL: &str = "THU00001";
const HOST: &str = "http://127.0.0.1:1";
const ORDERS: usize = 1_000;

/// Drawn numbers that are the same on every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }

    /// Letters that signatures stumble over: accents, signs of addresses, spaces, emoji.
    fn text(&mut self, most: u64) -> String {
        const LETTERS: [&str; 24] = [
            "a", "Z", "9", " ", "ơ", "Ữ", "đ", "&", "=", "+", "%", "/", "?", "#", "*", "-", ".", "_", "~", "'", "(",
            ")", "😀", "ế",
        ];
        let length = 1 + self.below(most);
        let drawn: String = (0..length).map(|_| LETTERS[usize::try_from(self.below(24)).unwrap()]).collect();
        format!("x{drawn}")
    }
}

fn stamp(at: Instant) -> String {
    let t = at.vietnam();
    format!("{:04}{:02}{:02}{:02}{:02}{:02}", t.year(), t.month(), t.day(), t.hour(), t.minute(), t.second())
}

fn order(chance: &mut Chance, number: usize) -> Order {
    let amount = 1_000 + i64::try_from(chance.below(9_000_000)).unwrap();
    let created_at = Instant::from_millis(1_627_200_000_000 + i64::try_from(chance.below(86_400)).unwrap() * 1_000);
    Order {
        reference: format!("0000004H472107260001{number:05}"),
        amount,
        lines: vec![OrderLine { kind: FeeKind::Phi, code: "phi".to_owned(), name: "Phí".to_owned(), amount }],
        info: chance.text(60),
        created_at,
        expires_at: created_at.plus_minutes(15),
        return_url: format!("http://127.0.0.1:8080/payments/return/vnpay?x={number}"),
        ip: format!("10.0.{}.{}", chance.below(256), chance.below(256)),
        locale: if chance.below(2) == 0 { "vn" } else { "en" },
        procedure: "2.000488".to_owned(),
        procedure_name: "Cấp phiếu lý lịch tư pháp".to_owned(),
        agency: "000.00.04.H47".to_owned(),
        agency_name: "Sở Tư pháp".to_owned(),
        dossier_code: "000.00.04.H47-210726-0001".to_owned(),
        payer: chance.text(20),
    }
}

/// A notification with drawn texts, signed by us; as parameters and as a query.
fn notice(chance: &mut Chance, order: &Order) -> (Vec<(String, String)>, String) {
    let drawn = [
        ("vnp_TmnCode", TERMINAL.to_owned()),
        ("vnp_Amount", (order.amount * 100).to_string()),
        ("vnp_BankCode", "NCB".to_owned()),
        ("vnp_BankTranNo", format!("VNP{}", chance.below(1 << 40))),
        ("vnp_CardType", "ATM".to_owned()),
        ("vnp_PayDate", stamp(order.created_at)),
        ("vnp_OrderInfo", chance.text(60)),
        ("vnp_TransactionNo", chance.below(1 << 40).to_string()),
        ("vnp_ResponseCode", "00".to_owned()),
        ("vnp_TransactionStatus", "00".to_owned()),
        ("vnp_TxnRef", order.reference.clone()),
    ];
    let mut query: Vec<(String, String)> = drawn.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    query.push(("vnp_SecureHash".to_owned(), query_signature(SECRET.as_bytes(), &query)));
    let escaped =
        |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let pairs: Vec<String> = query.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    (query, pairs.join("&"))
}

/// The answer of the independent program.
fn independent(question: &Value) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/test/payments.mjs");
    let mut node = Command::new("node")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node (apt-get install nodejs), and npm ci in web/");
    let mut input = node.stdin.take().unwrap();
    let text = question.to_string();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()).unwrap());
    let out = node.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(out.status.success(), "web/test/payments.mjs failed");
    serde_json::from_slice(&out.stdout).unwrap()
}

#[test]
fn signatures_equal_an_independent_implementation_over_a_thousand_random_orders() {
    let mut chance = Chance(0x2545_F491_4F6C_DD1D);
    let settings = VnpaySettings {
        pay_url: format!("{HOST}/paymentv2/vpcpay.html"),
        api_url: HOST.to_owned(),
        terminal: TERMINAL.to_owned(),
        secret: SECRET.as_bytes().to_vec(),
        senders: gateway_payments::Senders::default(),
    };
    let gateway = Vnpay::new(settings, Line::new(Duration::from_secs(1)));
    let (mut orders, mut messages, mut hashes, mut expected) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for number in 0..ORDERS {
        let order = order(&mut chance, number);
        let Started::Redirect { url } = gateway.start(&order) else { panic!("no address") };
        let (query, text) = notice(&mut chance, &order);
        let read = gateway.read(&RawNotice { query, ..RawNotice::default() }).unwrap();
        assert_eq!((read.reference.as_str(), read.amount, read.paid), (order.reference.as_str(), order.amount, true));
        let created = stamp(order.created_at);
        let number_of = |text: &str| text.parse::<i64>().unwrap();
        // What we send as information is unaccented; the address holds it.
        let address = url::Url::parse(&url).unwrap();
        let info = address.query_pairs().find(|(name, _)| name == "vnp_OrderInfo").unwrap().1.into_owned();
        let (request, free) = (format!("{number:032x}"), chance.text(40));
        let q = [&request, "2.1.0", "querydr", TERMINAL, &order.reference, &created, &created, &order.ip, &free];
        let dong = (order.amount * 100).to_string();
        let r = [
            &request,
            "2.1.0",
            "refund",
            TERMINAL,
            "02",
            &order.reference,
            &dong,
            "123",
            &created,
            "nguoi duyet",
            &created,
            &order.ip,
            &free,
        ];
        let signed = |values: &[&str]| {
            let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
            values_signature(SECRET.as_bytes(), &values)
        };
        expected.push((signed(&q), signed(&r)));
        orders.push(json!({
            "payUrl": url, "notice": text,
            "pay": {
                "vnp_Amount": order.amount, "vnp_IpAddr": order.ip, "vnp_TxnRef": order.reference, "vnp_OrderInfo": info,
                "vnp_OrderType": "other", "vnp_ReturnUrl": order.return_url, "vnp_Locale": order.locale,
                "vnp_CreateDate": number_of(&created), "vnp_ExpireDate": number_of(&stamp(order.expires_at)),
            },
            "query": {
                "vnp_RequestId": request, "vnp_TxnRef": order.reference, "vnp_TransactionDate": number_of(&created),
                "vnp_CreateDate": number_of(&created), "vnp_IpAddr": order.ip, "vnp_OrderInfo": free,
            },
            "refund": {
                "vnp_RequestId": request, "vnp_TransactionType": "02", "vnp_TxnRef": order.reference,
                "vnp_Amount": order.amount, "vnp_TransactionNo": 123, "vnp_TransactionDate": number_of(&created),
                "vnp_CreateBy": "nguoi duyet", "vnp_CreateDate": number_of(&created), "vnp_IpAddr": order.ip,
                "vnp_OrderInfo": free,
            },
        }));
        let amount = order.amount.to_string();
        let values = [
            "INIT",
            "1.0.6",
            "DT_THU",
            &order.reference,
            &amount,
            "PAY",
            "1",
            "1",
            "vi-VN",
            "VND",
            "PAYMENT",
            &order.info,
            &created,
            &order.ip,
        ];
        hashes.push(national_signature(&values, SECRET));
        messages.push(format!("{}|{SECRET}", values.join("|")));
    }
    let question =
        json!({ "secret": SECRET, "terminal": TERMINAL, "host": HOST, "orders": orders, "messages": messages });
    let answer = independent(&question);
    let answers = answer["answers"].as_array().unwrap();
    assert_eq!(answers.len(), ORDERS);
    for (number, (given, (query, refund))) in answers.iter().zip(&expected).enumerate() {
        assert_eq!(given["samePayUrl"], true, "order {number}: {}", orders[number]["payUrl"]);
        assert_eq!((&given["ipn"], &given["back"], &given["changed"]), (&json!(true), &json!(true), &json!(false)));
        assert_eq!(given["query"]["vnp_SecureHash"], query.as_str(), "querydr {number}");
        assert_eq!(given["refund"]["vnp_SecureHash"], refund.as_str(), "refund {number}");
    }
    assert_eq!(answer["hashes"], json!(hashes));
}
