//! A fee is asked, paid online at a gateway of its own, and the clock runs on.

use std::{sync::Arc, time::Duration};

use gateway_payments::{
    Line, National, NationalSettings, Senders, Vnpay, VnpaySettings,
    simulator::{Settings, Simulator, serve},
};
use kernel_contract::{Beneficiary, Gateways, PaymentGateway};
use kernel_db::Engine;
use kernel_testkit::both_engines;
use serde_json::{Value, json};

use crate::harness::{Person, Receipt, Town};

/// Criminal record: 200,000 đồng at the Department of Justice, received by the provincial centre.
pub(crate) const RECORD: &str = "2.000488";
pub(crate) const JUSTICE: &str = "000.00.04.H47";

/// A town with both gateways beside it.
pub(crate) struct Market {
    pub(crate) town: Town,
    pub(crate) gateways: Simulator,
    /// Where the product listens.
    pub(crate) address: String,
    pub(crate) citizen: Person,
    pub(crate) centre: Person,
}

impl Market {
    pub(crate) async fn open(engine: Engine) -> Self {
        Self::with_patience(engine, Duration::from_secs(2)).await
    }

    /// `patience`: after how long a silent gateway is given up.
    pub(crate) async fn with_patience(engine: Engine, patience: Duration) -> Self {
        Self::with(engine, patience, Senders::default()).await
    }

    /// `senders`: networks that notifications are taken from.
    pub(crate) async fn with(engine: Engine, patience: Duration, senders: Senders) -> Self {
        let mut town = Town::open(engine);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let gateway_address = format!("http://{at}");
        let vnpay = VnpaySettings {
            pay_url: format!("{gateway_address}/paymentv2/vpcpay.html"),
            api_url: format!("{gateway_address}/merchant_webapi/api/transaction"),
            terminal: "THU".to_owned(),
            secret: b"vnpay".to_vec(),
            senders: senders.clone(),
        };
        let national = NationalSettings {
            init_url: format!("{gateway_address}/national/init"),
            query_url: format!("{gateway_address}/national/query"),
            bill_url: format!("{gateway_address}/national/bill"),
            partner: "DT_THU".to_owned(),
            secret: "quoc gia".to_owned(),
            bearer: String::new(),
            beneficiary: Beneficiary::default(),
            senders,
            lookup_token: "cong quoc gia".to_owned(),
        };
        let line = Line::new(patience);
        let all: Vec<Arc<dyn PaymentGateway>> =
            vec![Arc::new(National::new(national, line.clone())), Arc::new(Vnpay::new(vnpay, line))];
        town.offer(Gateways::new(all));
        let address = town.serve().await;
        let settings = Settings {
            product: address.clone(),
            terminal: "THU".to_owned(),
            vnpay_secret: b"vnpay".to_vec(),
            partner: "DT_THU".to_owned(),
            national_secret: "quoc gia".to_owned(),
        };
        let gateways = Simulator::new(settings, at);
        tokio::spawn(serve(listener, gateways.clone()));
        let citizen = town.proven_citizen("0905700001").await;
        let centre = town.officer("tiepnhan.pvhcc").await;
        Self { town, gateways, address, citizen, centre }
    }

    /// A dossier whose fee was asked after it was accepted.
    pub(crate) async fn owing(&self) -> Receipt {
        let receipt = self.town.hand_in(&self.citizen, RECORD, JUSTICE).await;
        self.town.act(&self.centre, &receipt.code, "accept", json!({})).await.ok();
        let asked = self.town.act(&self.centre, &receipt.code, "fee", json!({})).await.ok();
        assert_eq!(asked["status"], "payment_requested");
        receipt
    }

    pub(crate) async fn start(&self, code: &str, channel: &str) -> Value {
        let body = json!({ "channel": channel });
        self.town.post(&self.citizen, &format!("/api/v1/dossiers/{code}/payments"), &body).await.ok()
    }

    /// An order that the gateway has: the browser of the payer has been there. Its reference.
    pub(crate) async fn ordered(&self, code: &str, channel: &str) -> String {
        let started = self.start(code, channel).await;
        assert_eq!(started["state"], "redirected", "{started}");
        self.visit(started["pay_url"].as_str().unwrap()).await;
        started["reference"].as_str().unwrap().to_owned()
    }

    /// A browser opens an address of the gateway.
    pub(crate) async fn visit(&self, url: &str) -> u16 {
        let url = url.to_owned();
        let open = move || {
            let config = ureq::Agent::config_builder().http_status_as_error(false).build();
            config.new_agent().get(&url).call().unwrap().status().as_u16()
        };
        tokio::task::spawn_blocking(open).await.unwrap()
    }

    /// The person pays or cancels at the gateway.
    pub(crate) async fn decide(&self, reference: &str, paid: bool) -> String {
        let (gateways, reference) = (self.gateways.clone(), reference.to_owned());
        tokio::task::spawn_blocking(move || gateways.decide(&reference, paid)).await.unwrap().unwrap()
    }

    /// The gateway notifies once more: the answer of the product.
    pub(crate) async fn notify(&self, reference: &str) -> String {
        let (gateways, reference) = (self.gateways.clone(), reference.to_owned());
        tokio::task::spawn_blocking(move || gateways.notify_again(&reference)).await.unwrap().unwrap()
    }

    pub(crate) async fn payments(&self, code: &str) -> Value {
        self.town.get(&self.citizen, &format!("/api/v1/dossiers/{code}/payments")).await.ok()
    }

    pub(crate) async fn status(&self, code: &str) -> Value {
        self.town.look(&self.citizen, code).await["status"].clone()
    }
}

/// State of each attempt.
pub(crate) fn states(payments: &Value) -> Vec<&str> {
    payments["attempts"].as_array().unwrap().iter().map(|a| a["state"].as_str().unwrap()).collect()
}

fn same(engine: Engine) -> Engine {
    engine
}

both_engines!(async a_fee_is_paid_at_each_gateway_and_the_clock_runs_on_with_the_notification, same, |engine| {
    let market = Market::open(engine).await;
    for (channel, number) in [("vnpay", "BLP-21/0000001"), ("national", "BLP-21/0000002")] {
        let receipt = market.owing().await;
        let promised = market.town.look(&market.citizen, &receipt.code).await["legal_due"].clone();
        let owed = market.payments(&receipt.code).await;
        assert_eq!((&owed["open_amount"], &owed["can_pay"]), (&json!(200_000), &json!(true)));
        let reference = market.ordered(&receipt.code, channel).await;
        // Coming back proves nothing: without a notification nothing is paid.
        assert_eq!(market.status(&receipt.code).await, "payment_requested");
        let again = market.start(&receipt.code, channel).await;
        assert_eq!(again["reference"], reference.as_str(), "pressed again, the same order");
        let day = if channel == "vnpay" { "2021-07-26T08:05" } else { "2021-07-26T08:10" };
        market.town.at(day);
        let back = market.decide(&reference, true).await;
        assert!(back.contains("/payments/return/"), "{back}");
        assert_eq!(market.status(&receipt.code).await, "accepted");
        let paid = market.payments(&receipt.code).await;
        assert_eq!((&paid["open_amount"], &paid["receipts"][0]["number"]), (&json!(0), &json!(number)));
        assert_eq!((states(&paid), &paid["obligations"][0]["state"]), (vec!["confirmed"], &json!("paid")));
        let seen = market.town.look(&market.citizen, &receipt.code).await;
        assert!(seen["legal_due"].as_str() >= promised.as_str());
        assert_eq!((&seen["promise"]["paused_since"], &seen["fees"][0]["receipt"]), (&Value::Null, &json!(number)));
        // The receipt is a PDF for its owner and nobody else.
        let path = format!("/api/v1/fee-receipts/{}", paid["receipts"][0]["id"].as_str().unwrap());
        assert!(market.town.get(&market.citizen, &path).await.bytes.starts_with(b"%PDF"));
        let stranger = market.town.citizen("0905700002").await;
        market.town.get(&stranger, &path).await.refused(404, "payment_not_found");
        market.town.get(&stranger, &format!("/api/v1/dossiers/{}/payments", receipt.code)).await.refused(404, "payment_not_found");
    }
});

both_engines!(async a_fee_before_reception_lets_the_eight_hours_run_from_the_payment, same, |engine| {
    // Exchange of a land certificate: its charge is collected before reception.
    let market = Market::open(engine).await;
    let receipt = market.town.hand_in(&market.citizen, "1.012783", "000.00.11.H47").await;
    assert_eq!(market.status(&receipt.code).await, "payment_requested");
    let seen = market.town.look(&market.citizen, &receipt.code).await;
    assert_eq!(seen["reception_due"], "2021-07-27T01:00:00.000Z", "eight working hours from 08:00");
    market.town.act(&market.centre, &receipt.code, "accept", json!({})).await.refused(409, "wrong_state");
    market.town.at("2021-07-27T09:00");
    let reference = market.ordered(&receipt.code, "vnpay").await;
    market.decide(&reference, true).await;
    let paid = market.town.look(&market.citizen, &receipt.code).await;
    assert_eq!((&paid["status"], &paid["reception_due"]), (&json!("submitted"), &json!("2021-07-28T02:00:00.000Z")));
    assert_eq!(market.payments(&receipt.code).await["receipts"][0]["number"], "BLLP-21/0000001", "a receipt for lệ phí");
    // It is refused at reception: what was paid in advance goes back.
    let refuse = json!({ "reason": "Không thuộc thẩm quyền giải quyết." });
    market.town.act(&market.centre, &receipt.code, "refuse", refuse).await.ok();
    let after = market.payments(&receipt.code).await;
    assert_eq!((&after["refunds"][0]["reason"], &after["refunds"][0]["amount"]), (&json!("never_accepted"), &json!(25_000)));
    crate::payments_faults::clean(&market);
});

both_engines!(async two_payments_at_the_same_moment_settle_once, same, |engine| {
    let market = Market::open(engine).await;
    let receipt = market.owing().await;
    let (one, two) = (market.ordered(&receipt.code, "vnpay").await, market.ordered(&receipt.code, "national").await);
    let counter = json!({});
    let taken = market.town.act(&market.centre, &receipt.code, "pay", counter);
    let (taken, ..) = tokio::join!(taken, market.decide(&one, true), market.decide(&two, true));
    assert!(matches!(taken.status.as_u16(), 200 | 409), "{}", taken.text());
    let after = market.payments(&receipt.code).await;
    let count = |list: &str| after[list].as_array().unwrap().len();
    assert_eq!(count("receipts"), 1);
    let money = states(&after).iter().filter(|state| **state == "confirmed").count();
    assert_eq!(count("refunds"), money - 1, "{after}");
    assert_eq!(market.status(&receipt.code).await, "accepted");
    crate::payments_faults::clean(&market);
});
