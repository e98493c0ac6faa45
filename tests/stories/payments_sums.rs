//! Nothing is lost, nothing is paid twice, whatever goes wrong in between: the ledger's sum equals the gateways', every
//! difference is named, and every total opens the rows it was counted from.

use std::time::Duration;

use gateway_payments::{Senders, national_signature, simulator::Faults};
use kernel_db::Engine;
use kernel_testkit::both_engines;
use serde_json::{Value, json};

use crate::{
    harness::{NOBODY, Person},
    payments::{Market, states},
    payments_faults::clean,
};

fn same(engine: Engine) -> Engine {
    engine
}

fn sum(items: &Value, of: impl Fn(&Value) -> bool) -> i64 {
    items.as_array().unwrap().iter().filter(|item| of(item)).map(|item| item["amount"].as_i64().unwrap()).sum()
}

both_engines!(async after_any_mixture_of_faults_the_ledgers_sum_is_the_gateways, same, |engine| {
    let market = Market::with_patience(engine, Duration::from_millis(900)).await;
    let town = &market.town;
    let faults = [
        Faults::default(),
        Faults { lose: true, ..Faults::default() },
        Faults { double: true, cancel_after_confirm: true, ..Faults::default() },
        Faults { corrupt_hash: true, ..Faults::default() },
        Faults { wrong_amount: true, ..Faults::default() },
        Faults { lose_answer: true, lose: true, ..Faults::default() },
    ];
    let mut codes = Vec::new();
    for (at, fault) in faults.iter().enumerate() {
        for (nth, channel) in ["vnpay", "national"].into_iter().enumerate() {
            let receipt = market.owing().await;
            market.gateways.set_faults(fault.clone());
            let started = market.start(&receipt.code, channel).await;
            let reference = started["reference"].as_str().unwrap().to_owned();
            if let Some(url) = started["pay_url"].as_str() {
                market.visit(url).await;
            }
            // Every fourth person cancels.
            market.decide(&reference, (at + nth) % 4 != 3).await;
            // The impatient one pays again at the other gateway, while nobody knows how the first ended.
            if at % 2 == 1 {
                market.gateways.set_faults(Faults::default());
                let other = if channel == "vnpay" { "national" } else { "vnpay" };
                let again = market.town.post(&market.citizen, &format!("/api/v1/dossiers/{}/payments", receipt.code), &json!({ "channel": other })).await;
                if again.status.is_success() {
                    let again = again.ok();
                    if let Some(url) = again["pay_url"].as_str() {
                        market.visit(url).await;
                        market.decide(again["reference"].as_str().unwrap(), true).await;
                    }
                }
            }
            codes.push(receipt.code);
        }
    }
    market.gateways.set_faults(Faults::default());
    for time in ["2021-07-26T08:10", "2021-07-26T08:30", "2021-07-26T09:00"] {
        town.at(time);
        while town.run_jobs() > 0 {}
    }
    let gateway: i64 = market.gateways.orders().iter().filter(|o| o.is_paid()).map(|o| o.amount).sum();
    let (mut ours, mut fees, mut back) = (0, 0, 0);
    for code in &codes {
        let paid = market.payments(code).await;
        ours += sum(&paid["attempts"], |a| matches!(a["state"].as_str(), Some("confirmed" | "refunded")));
        fees += sum(&paid["receipts"], |r| r["cancelled_at"].is_null());
        back += sum(&paid["refunds"], |_| true);
        assert!(paid["receipts"].as_array().unwrap().len() <= 1, "one fee, one receipt: {paid}");
        assert!(!states(&paid).iter().any(|state| matches!(*state, "created" | "redirected")), "nothing waits for ever: {paid}");
    }
    assert_eq!(ours, gateway, "the ledger's sum is the gateways'");
    assert_eq!(fees + back, ours, "each đồng paid a fee or goes back");
    let leader = town.officer("lanhdao.stp").await;
    for channel in ["vnpay", "national"] {
        let day = town.post(&leader, "/api/v1/reconciliations", &json!({ "day": "2021-07-26", "channel": channel })).await.ok();
        assert_eq!(day["ours_amount"], day["theirs_amount"], "{day}");
        assert_eq!(day["open_mismatches"], 0, "{day}");
    }
    clean(&market);
});

both_engines!(async a_notification_that_is_faster_than_the_answer_counts, same, |engine| {
    let market = Market::with_patience(engine, Duration::from_secs(20)).await;
    let receipt = market.owing().await;
    market.gateways.set_faults(Faults { late_answer_seconds: 2, ..Faults::default() });
    let pays = async {
        let reference = loop {
            let found = market.town.texts("SELECT reference FROM payment_attempts").pop();
            if let Some(reference) = found.filter(|reference| market.gateways.order(reference).is_some()) {
                break reference;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        market.decide(&reference, true).await;
    };
    let (started, ()) = tokio::join!(market.start(&receipt.code, "national"), pays);
    assert_eq!(started["state"], "confirmed", "the late answer changes nothing: {started}");
    assert_eq!(states(&market.payments(&receipt.code).await), ["confirmed"]);
    assert_eq!(market.status(&receipt.code).await, "accepted");
    clean(&market);
});

#[test]
fn the_patience_of_the_settings_ends_a_call_to_a_gateway_that_takes_a_minute() {
    kernel_testkit::block_on(async {
        let market = Market::with_patience(Engine::Sqlite, Duration::from_secs(2)).await;
        market.gateways.set_faults(Faults { slow_seconds: 60, ..Faults::default() });
        let mut config = market.town.parts.config.clone();
        let secret = market.town.data().join("quoc-gia");
        std::fs::write(&secret, "quoc gia\n").unwrap();
        config.payments_national_init_url = market.gateways.address("/national/init");
        config.payments_national_query_url = market.gateways.address("/national/query");
        config.payments_national_partner = "DT_THU".to_owned();
        config.payments_national_secret_file = secret.display().to_string();
        config.payments_timeout_seconds = 1;
        let gateways = chuyendong::payments::gateways(&config).unwrap();
        let gateway = gateways.get(kernel_contract::PayChannel::National).unwrap();
        let now = market.town.now();
        let question =
            kernel_contract::Question { reference: "A1".to_owned(), created_at: now, now, request_id: "1".to_owned() };
        let began = std::time::Instant::now();
        let asked = tokio::task::spawn_blocking(move || gateway.ask(&question)).await.unwrap();
        assert!(matches!(asked, kernel_contract::Asked::Silent { .. }), "{asked:?}");
        let took = began.elapsed();
        assert!(took >= Duration::from_millis(900) && took < Duration::from_secs(10), "{took:?}");
    });
}

both_engines!(async a_notification_from_elsewhere_is_prohibited_and_pays_nothing, same, |engine| {
    let senders = Senders::parse("203.0.113.0/24").unwrap();
    let market = Market::with(engine, Duration::from_secs(2), senders).await;
    for (channel, code) in [("vnpay", "RspCode"), ("national", "MaLoi")] {
        let receipt = market.owing().await;
        let reference = market.ordered(&receipt.code, channel).await;
        market.decide(&reference, true).await;
        let answer: Value = serde_json::from_str(&market.notify(&reference).await).unwrap();
        assert_eq!(answer[code], "03", "{answer}");
        assert_eq!(states(&market.payments(&receipt.code).await), ["redirected"]);
        assert_eq!(market.status(&receipt.code).await, "payment_requested");
    }
    let kept = market.town.texts("SELECT outcome FROM payment_distrusted");
    assert_eq!(kept, ["prohibited", "prohibited"], "counted by channel and hour");
    // Asked, the gateways say that it is paid: nothing is lost by the list.
    market.town.at("2021-07-26T08:10");
    while market.town.run_jobs() > 0 {}
    let states = market.town.texts("SELECT state FROM payment_attempts");
    assert_eq!(states, ["confirmed", "confirmed"]);
    clean(&market);
});

async fn ask_portal(market: &Market, code: &str, token: &str) -> crate::harness::Reply {
    let body = json!({ "MaTraCuuTT": code }).to_string();
    let request = http::Request::post("/api/v1/payments/national/lookup")
        .header("content-type", "application/json")
        .header("x-partner-token", token);
    market.town.send(request.body(body.into()).unwrap()).await
}

both_engines!(async the_national_portal_asks_what_is_owed_and_a_payment_there_settles_it, same, |engine| {
    let market = Market::open(engine).await;
    let town = &market.town;
    let receipt = market.owing().await;
    let page = town.get(&market.citizen, &format!("/dossiers/{}/fees", receipt.code)).await.text();
    let code = system_payments::model::bank_reference(&receipt.code);
    assert!(page.contains(&code), "the person is told the code");
    assert_eq!(ask_portal(&market, &code, "wrong").await.status, 403);
    let nothing = ask_portal(&market, "0000000H472107269999X", "cong quoc gia").await.ok();
    assert_eq!(nothing["error_code"], "-1");
    let owed = ask_portal(&market, &code, "cong quoc gia").await.ok();
    assert_eq!((&owed["error_code"], &owed["SoTien"], &owed["MaHoSo"]), (&json!("0"), &json!("200000"), &json!(receipt.code)));
    assert_eq!(owed["PhiLePhi"][0]["SoTien"], "200000");
    let again = ask_portal(&market, &receipt.code, "cong quoc gia").await.ok();
    assert_eq!(again["MaThamChieu"], owed["MaThamChieu"], "asked again, the same order");
    // The payer's name went to another system: she sees it.
    let reads = town.get(&market.citizen, "/api/v1/me/reads?purpose=exchange").await.ok();
    assert!(reads["items"][0]["reader"].as_str().unwrap().contains("Cổng Dịch vụ công quốc gia"), "{reads}");
    // The platform does not know the order yet: that does not end it.
    town.at("2021-07-26T08:06");
    while town.run_jobs() > 0 {}
    assert_eq!(states(&market.payments(&receipt.code).await), ["redirected"]);
    let values = ["CONFIRM", "00", "DT_THU", owed["MaThamChieu"].as_str().unwrap(), "200000", "VND", "GD1", "NCB", "20210726080700", "x"];
    let names = ["LoaiBanTin", "MaLoi", "MaDoiTac", "MaThamChieu", "SoTien", "MaTienTe", "MaGiaoDich", "MaNganHang", "ThoiGianGD", "ThongTinGiaoDich"];
    let mut confirm: serde_json::Map<String, Value> =
        names.iter().zip(values).map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    confirm.insert("MaXacThuc".to_owned(), json!(national_signature(&values, "quoc gia")));
    confirm.insert("client_id".to_owned(), json!("cong"));
    confirm.insert("transaction_id".to_owned(), json!("T1"));
    let taken = town.post(&NOBODY, "/api/v1/payments/national/confirm", &Value::Object(confirm)).await.ok();
    assert_eq!(taken["MaLoi"], "00", "{taken}");
    assert_eq!(market.status(&receipt.code).await, "accepted");
    assert_eq!(ask_portal(&market, &code, "cong quoc gia").await.ok()["error_code"], "1", "paid");
    clean(&market);
});

async fn lines(market: &Market, who: &Person, query: &str) -> Value {
    market.town.get(who, &format!("/api/v1/payments/lines?from=2021-07-26&to=2021-07-26{query}")).await.ok()["items"]
        .clone()
}

both_engines!(async totals_keep_fees_and_charges_apart_and_each_opens_its_rows, same, |engine| {
    let market = Market::open(engine).await;
    let town = &market.town;
    let leader = town.officer("lanhdao.stp").await;
    let first = market.owing().await;
    let (one, two) = (market.ordered(&first.code, "vnpay").await, market.ordered(&first.code, "national").await);
    market.decide(&one, true).await;
    market.decide(&two, true).await;
    let second = market.owing().await;
    town.act(&market.centre, &second.code, "pay", json!({})).await.ok();
    // A charge (lệ phí) of another agency is no part of it.
    let land = town.hand_in(&market.citizen, "1.012783", "000.00.11.H47").await;
    town.act(&market.centre, &land.code, "pay", json!({})).await.ok();
    let totals = town.get(&leader, "/api/v1/payments/totals?from=2021-07-26&to=2021-07-26").await.ok()["items"].clone();
    assert_eq!(sum(&totals, |t| t["settled"] == true), 400_000, "{totals}");
    assert_eq!(sum(&totals, |t| t["settled"] == false), 200_000, "paid twice: {totals}");
    assert!(totals.as_array().unwrap().iter().all(|t| t["kind"] == "phi"), "{totals}");
    for total in totals.as_array().unwrap() {
        let text = |name: &str| total[name].as_str().unwrap().to_owned();
        let settled = if total["settled"] == true { "yes" } else { "no" };
        let query = format!("&procedure={}&kind={}&channel={}&settled={settled}", text("procedure"), text("kind"), text("channel"));
        let rows = lines(&market, &leader, &query).await;
        assert_eq!(rows.as_array().unwrap().len() as i64, total["number"].as_i64().unwrap());
        assert_eq!(sum(&rows, |_| true), total["amount"].as_i64().unwrap(), "{rows}");
    }
    let lands = town.officer("lanhdao.stnmt").await;
    let charges = town.get(&lands, "/api/v1/payments/totals?from=2021-07-01&to=2021-07-31").await.ok()["items"].clone();
    assert_eq!((charges[0]["kind"].as_str(), charges[0]["amount"].as_i64()), (Some("le_phi"), Some(25_000)), "{charges}");
    town.get(&market.centre, "/api/v1/payments/totals").await.refused(403, "not_permitted");
    assert_eq!(town.get(&leader, "/api/v1/payments/totals?from=2021-07-27&to=2021-07-26").await.faults()[0].0, "to");
    // The page: each number is a link, and the link has as many rows.
    let page = town.get(&leader, "/staff/payments/totals?from=26/07/2021&to=26/07/2021").await.text();
    assert!(page.contains("400.000"), "{page}");
    let link = page.split("href=\"").find(|part| part.starts_with("/staff/payments/lines?") && part.contains("kind=phi")).unwrap();
    let link = link.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
    let rows = town.get(&leader, &link).await.text();
    assert!(rows.contains(&first.code) && rows.contains(&second.code), "{rows}");
});
