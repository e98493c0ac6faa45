//! What goes wrong between us and a gateway: nothing is lost, nothing is paid twice, every difference is named.

use std::time::Duration;

use chuyendong::{
    commands::verify,
    config::{Config, Overrides},
    payments,
};
use gateway_payments::simulator::Faults;
use kernel_db::Engine;
use kernel_testkit::both_engines;
use serde_json::{Value, json};

use crate::{
    harness::NOBODY,
    payments::{JUSTICE, Market, RECORD, states},
};

fn same(engine: Engine) -> Engine {
    engine
}

/// `verify` finds nothing wrong.
pub(crate) fn clean(market: &Market) {
    let parts = market.town.parts.clone();
    let args = verify::Args { roots: None, key: Vec::new(), no_files: true, json: false, public: None };
    let verdict = std::thread::spawn(move || verify::verify(&parts, &args).unwrap()).join().unwrap();
    assert_eq!(verdict.findings, []);
}

both_engines!(async a_gateway_that_tells_twice_wrongly_or_out_of_order_changes_nothing_more, same, |engine| {
    let market = Market::open(engine).await;
    // Twice, and a failure after the success: one effect.
    market.gateways.set_faults(Faults { double: true, cancel_after_confirm: true, ..Faults::default() });
    for channel in ["vnpay", "national"] {
        let receipt = market.owing().await;
        let reference = market.ordered(&receipt.code, channel).await;
        market.decide(&reference, true).await;
        let paid = market.payments(&receipt.code).await;
        assert_eq!(states(&paid), ["confirmed"]);
        assert_eq!(paid["receipts"].as_array().unwrap().len(), 1);
        assert_eq!(market.status(&receipt.code).await, "accepted");
        // The same once more has the same answer: success, not "already confirmed".
        let answer: Value = serde_json::from_str(&market.notify(&reference).await).unwrap();
        let code = if channel == "vnpay" { &answer["RspCode"] } else { &answer["MaLoi"] };
        assert_eq!(code, "00", "{answer}");
    }
    // Forged, and with another amount: nothing is paid, whatever it says.
    for faults in [Faults { corrupt_hash: true, ..Faults::default() }, Faults { wrong_amount: true, ..Faults::default() }] {
        market.gateways.set_faults(faults);
        for channel in ["vnpay", "national"] {
            let receipt = market.owing().await;
            let reference = market.ordered(&receipt.code, channel).await;
            market.decide(&reference, true).await;
            assert_eq!(states(&market.payments(&receipt.code).await), ["redirected"]);
            assert_eq!(market.status(&receipt.code).await, "payment_requested");
        }
    }
    clean(&market);
});

both_engines!(async a_failure_can_be_tried_again_and_money_that_comes_late_counts, same, |engine| {
    let market = Market::open(engine).await;
    let receipt = market.owing().await;
    let first = market.ordered(&receipt.code, "vnpay").await;
    market.decide(&first, false).await;
    let failed = market.payments(&receipt.code).await;
    assert_eq!((states(&failed), &failed["can_retry"]), (vec!["failed"], &json!(true)));
    assert_eq!(failed["attempts"][0]["reason"], "Bạn đã hủy thanh toán.");
    let second = market.ordered(&receipt.code, "vnpay").await;
    assert_ne!(first, second, "each attempt has its own reference");
    // Nobody pays within the time: asked about, it is expired; then the money comes all the same.
    market.town.at("2021-07-26T08:30");
    market.town.run_jobs();
    assert_eq!(states(&market.payments(&receipt.code).await), ["failed", "expired"]);
    market.decide(&second, true).await;
    assert_eq!(states(&market.payments(&receipt.code).await), ["failed", "confirmed"]);
    assert_eq!(market.status(&receipt.code).await, "accepted");
    clean(&market);
});

both_engines!(async a_lost_notification_is_found_by_asking, same, |engine| {
    let market = Market::open(engine).await;
    market.gateways.set_faults(Faults { lose: true, ..Faults::default() });
    let mut codes = Vec::new();
    for channel in ["vnpay", "national"] {
        let receipt = market.owing().await;
        let reference = market.ordered(&receipt.code, channel).await;
        // The browser comes back with a signed success: that alone pays nothing.
        let back = market.decide(&reference, true).await;
        let path = back.strip_prefix(market.address.as_str()).unwrap_or_else(|| &back[back.find("/payments").unwrap()..]);
        assert_eq!(market.town.get(&market.citizen, path).await.status, 303);
        assert_eq!(market.status(&receipt.code).await, "payment_requested");
        codes.push(receipt.code);
    }
    market.town.at("2021-07-26T08:06");
    market.town.run_jobs();
    for code in codes {
        assert_eq!(market.status(&code).await, "accepted");
    }
    clean(&market);
});

both_engines!(async a_gateway_that_is_down_slow_or_senseless_leaves_the_order_unknown_until_it_is_asked, same, |engine| {
    let market = Market::with_patience(engine, Duration::from_millis(700)).await;
    let receipt = market.owing().await;
    let path = format!("/api/v1/dossiers/{}/payments", receipt.code);
    let pay = json!({ "channel": "national" });
    for faults in [
        Faults { slow_seconds: 60, ..Faults::default() },
        Faults { down: true, ..Faults::default() },
        Faults { garbage: true, ..Faults::default() },
    ] {
        market.gateways.set_faults(faults);
        let reply = market.town.post(&market.citizen, &path, &pay).await;
        // The first order is unknown; the next ones are not even made while the gateway is silent about it.
        if reply.status == 503 {
            reply.refused(503, "gateway_silent");
        } else {
            assert_eq!(reply.ok()["state"], "created");
        }
        assert_eq!(states(&market.payments(&receipt.code).await), ["created"]);
    }
    // The gateway took an order whose answer was lost: asked first, nothing is paid by it, and a new one is made.
    market.gateways.set_faults(Faults::default());
    let started = market.start(&receipt.code, "national").await;
    assert_eq!(started["state"], "redirected");
    assert_eq!(states(&market.payments(&receipt.code).await), ["failed", "redirected"]);
    market.gateways.set_faults(Faults { lose_answer: true, ..Faults::default() });
    let other = market.owing().await;
    let lost = market.start(&other.code, "national").await;
    assert_eq!(lost["state"], "created");
    // Somebody paid it after all: the question before the next attempt finds the money.
    let reference = lost["reference"].as_str().unwrap().to_owned();
    market.gateways.set_faults(Faults { lose: true, ..Faults::default() });
    market.decide(&reference, true).await;
    let found = market.start(&other.code, "national").await;
    assert_eq!((&found["reference"], &found["state"]), (&json!(reference), &json!("confirmed")));
    assert_eq!(market.status(&other.code).await, "accepted");
    clean(&market);
});

#[test]
fn a_gateway_slow_for_a_minute_is_given_up_with_the_patience_of_the_settings_before_the_page_is() {
    let load = |more: &[(&str, &str)]| {
        let env = more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::load(&Overrides::default(), env).unwrap()
    };
    let real = payments::patience(&load(&[]));
    let page = kernel_web::WebConfig::default().request_timeout;
    assert!(real < page, "{real:?} {page:?}");
    let longest = payments::patience(&load(&[("CHUYENDONG_PAYMENTS_TIMEOUT_SECONDS", "120")]));
    assert!(longest < page, "no setting makes the page wait longer than it may: {longest:?}");
    kernel_testkit::block_on(async {
        // With the patience that an installation really has; the clock of the test stands still meanwhile.
        let market = Market::with_patience(Engine::Sqlite, real).await;
        let receipt = market.owing().await;
        market.gateways.set_faults(Faults { slow_seconds: 60, ..Faults::default() });
        let begun = std::time::Instant::now();
        let mut payer = market.citizen.clone();
        let path = format!("/dossiers/{}/fees", receipt.code);
        let reply = crate::mandates::press(&market.town, &mut payer, &path, &[("channel", "national")]).await;
        let took = begun.elapsed();
        assert!(took >= real && took < page, "{took:?}");
        assert_eq!(reply.status, 303, "the page answers: {}", reply.text());
        let waiting = market.town.get(&payer, reply.headers["location"].to_str().unwrap()).await;
        assert!(waiting.status.is_success(), "{}", waiting.text());
        assert_eq!(states(&market.payments(&receipt.code).await), ["created"], "nothing is lost");
        assert_eq!(market.status(&receipt.code).await, "payment_requested", "and nothing is paid");
        market.gateways.set_faults(Faults::default());
        let reference = market.ordered(&receipt.code, "national").await;
        market.decide(&reference, true).await;
        assert_eq!(market.status(&receipt.code).await, "accepted");
        clean(&market);
    });
}

both_engines!(async money_that_comes_twice_or_too_late_goes_back_without_being_asked_for, same, |engine| {
    let market = Market::open(engine).await;
    let leader = market.town.officer("lanhdao.stp").await;
    // Two orders at two gateways, both paid.
    let receipt = market.owing().await;
    let first = market.ordered(&receipt.code, "vnpay").await;
    let second = market.ordered(&receipt.code, "national").await;
    market.decide(&first, true).await;
    market.decide(&second, true).await;
    let paid = market.payments(&receipt.code).await;
    assert_eq!(states(&paid), ["confirmed", "confirmed"]);
    assert_eq!(paid["receipts"].as_array().unwrap().len(), 1, "one receipt for one fee");
    assert_eq!((&paid["refunds"][0]["reason"], &paid["refunds"][0]["amount"]), (&json!("double"), &json!(200_000)));
    // The dossier is stopped while an order waits; the money comes afterwards.
    let other = market.owing().await;
    let late = market.ordered(&other.code, "vnpay").await;
    let stop = json!({ "reason": "Chủ hồ sơ đề nghị dừng.", "legal_basis": "NĐ 61/2018/NĐ-CP" });
    market.town.act(&leader, &other.code, "stop", stop).await.ok();
    assert_eq!(market.payments(&other.code).await["obligations"][0]["state"], "cancelled");
    market.decide(&late, true).await;
    let after = market.payments(&other.code).await;
    assert_eq!((&after["refunds"][0]["reason"], &after["refunds"][0]["state"]), (&json!("after_end"), &json!("asked")));
    assert_eq!(market.status(&other.code).await, "stopped");
    assert_eq!(after["receipts"], json!([]));
    // A leader of the collecting agency approves; a stale page is refused; the gateway pays back once.
    let waiting = market.town.get(&leader, "/api/v1/refunds").await.ok()["items"].as_array().unwrap().clone();
    assert_eq!(waiting.len(), 2);
    market.town.get(&market.centre, "/api/v1/refunds").await.refused(403, "not_permitted");
    for refund in &waiting {
        let path = format!("/api/v1/refunds/{}/decide", refund["id"].as_str().unwrap());
        market.town.post(&leader, &path, &json!({ "approved": true, "available": 1 })).await.refused(409, "stale_amount");
        let body = json!({ "approved": true, "available": refund["available"] });
        market.town.post(&market.centre, &path, &body).await.refused(403, "not_permitted");
        market.town.post(&leader, &path, &body).await.ok();
        market.town.post(&leader, &path, &body).await.refused(409, "decided_before");
    }
    market.gateways.set_faults(Faults { down: true, ..Faults::default() });
    market.town.run_jobs();
    assert_eq!(market.payments(&other.code).await["refunds"][0]["state"], "approved", "the gateway is down");
    market.gateways.set_faults(Faults::default());
    market.town.at("2021-07-26T09:00");
    market.town.run_jobs();
    let back = market.payments(&other.code).await;
    assert_eq!((states(&back), &back["refunds"][0]["state"]), (vec!["refunded"], &json!("done")));
    assert_eq!(market.gateways.order(&late).unwrap().refunds.len(), 1);
    // The national platform has no refund: it is paid by hand, with evidence.
    let by_hand = market.payments(&receipt.code).await["refunds"][0].clone();
    assert_eq!(by_hand["state"], "approved");
    let path = format!("/api/v1/refunds/{}/pay-out", by_hand["id"].as_str().unwrap());
    assert_eq!(market.town.post(&leader, &path, &json!({})).await.faults()[0].0, "evidence");
    market.town.post(&leader, &path, &json!({ "evidence": "FT21207-001" })).await.ok();
    let done = market.payments(&receipt.code).await;
    assert_eq!((states(&done), &done["refunds"][0]["state"]), (vec!["confirmed", "refunded"], &json!("done")));
    // A notification after the refund brings nothing back.
    market.notify(&late).await;
    assert_eq!(states(&market.payments(&other.code).await), ["refunded"]);
    clean(&market);
});

both_engines!(async a_day_names_every_difference_and_closes_only_when_all_are_explained, same, |engine| {
    let market = Market::open(engine).await;
    let leader = market.town.officer("lanhdao.stp").await;
    let mut references = Vec::new();
    for _ in 0..4 {
        let receipt = market.owing().await;
        references.push((market.ordered(&receipt.code, "vnpay").await, receipt.code));
    }
    let [(good, _), (vanished, _), (unheard, unheard_code), (wrong, wrong_code)] = references.try_into().unwrap();
    market.decide(&good, true).await;
    market.decide(&vanished, true).await;
    market.gateways.undo(&vanished);
    market.gateways.set_faults(Faults { lose: true, ..Faults::default() });
    market.decide(&unheard, true).await;
    market.gateways.set_faults(Faults { wrong_amount: true, ..Faults::default() });
    market.decide(&wrong, true).await;
    market.gateways.set_faults(Faults::default());
    // The gateway's own file: it has a stranger's payment, another amount, and not the one that it took back.
    let file = format!("reference,amount,paid,transaction\n{good},200000,1,1\n{unheard},200000,1,2\n{wrong},199000,1,3\nSTRANGER,50000,1,4\n");
    let body = json!({ "day": "2021-07-26", "channel": "vnpay", "file": file });
    let ran = market.town.post(&leader, "/api/v1/reconciliations", &body).await.ok();
    let kinds = |day: &Value| -> Vec<(String, String, String)> {
        let text = |v: &Value| v.as_str().unwrap().to_owned();
        let rows = day["mismatches"].as_array().cloned().unwrap_or_default();
        rows.iter().map(|m| (text(&m["kind"]), text(&m["reference"]), text(&m["state"]))).collect()
    };
    let open = |kind: &str, reference: &str| (kind.to_owned(), reference.to_owned(), "open".to_owned());
    let mut expected = vec![
        open("amount", &wrong), open("ours_only", &vanished), open("theirs_only", &unheard), open("theirs_only", "STRANGER"),
    ];
    expected.sort();
    let mut found = kinds(&ran);
    found.sort();
    assert_eq!(found, expected);
    assert_eq!((&ran["ours_amount"], &ran["theirs_amount"]), (&json!(400_000), &json!(649_000)));
    let id = ran["id"].as_str().unwrap().to_owned();
    market.town.post(&leader, &format!("/api/v1/reconciliations/{id}/close"), &json!({})).await.refused(409, "day_open");
    // Another agency's leader sees nothing of it.
    let elsewhere = market.town.officer("lanhdao.tamky").await;
    market.town.get(&elsewhere, &format!("/api/v1/reconciliations/{id}")).await.refused(404, "not_found");
    market.town.get(&NOBODY, &format!("/api/v1/reconciliations/{id}")).await.refused(401, "sign_in_needed");
    // Asking the gateway finds the money that was never told of, and that difference is resolved.
    let sweep = json!({ "day": "2021-07-26", "channel": "vnpay" });
    let swept = market.town.post(&leader, "/api/v1/reconciliations", &sweep).await.ok();
    assert_eq!(market.status(&unheard_code).await, "accepted");
    assert!(kinds(&swept).contains(&("theirs_only".to_owned(), unheard.clone(), "resolved".to_owned())), "{swept}");
    assert_eq!(market.status(&wrong_code).await, "accepted", "asked, the gateway names the right amount");
    for mismatch in swept["mismatches"].as_array().unwrap().iter().filter(|m| m["state"] == "open") {
        let path = format!("/api/v1/mismatches/{}/except", mismatch["id"].as_str().unwrap());
        assert_eq!(market.town.post(&leader, &path, &json!({ "reason": "ok" })).await.faults()[0].0, "reason");
        let reason = json!({ "reason": "Cổng thanh toán đã xác nhận bằng văn bản (minh họa)." });
        market.town.post(&leader, &path, &reason).await.ok();
        market.town.post(&leader, &path, &reason).await.refused(409, "mismatch_ended");
    }
    let closed = market.town.post(&leader, &format!("/api/v1/reconciliations/{id}/close"), &json!({})).await.ok();
    assert!(closed["closed_at"].is_string());
    market.town.post(&leader, "/api/v1/reconciliations", &sweep).await.refused(409, "day_closed");
    clean(&market);
});

both_engines!(async a_wrong_receipt_is_cancelled_and_issued_again_without_a_gap, same, |engine| {
    let market = Market::open(engine).await;
    let receipt = market.owing().await;
    market.town.act(&market.centre, &receipt.code, "pay", json!({ "means": "transfer", "note": "FT1" })).await.ok();
    let first = market.payments(&receipt.code).await["receipts"][0].clone();
    let path = format!("/api/v1/fee-receipts/{}/cancel", first["id"].as_str().unwrap());
    assert_eq!(market.town.post(&market.centre, &path, &json!({ "reason": "" })).await.faults()[0].0, "reason");
    let again = market.town.post(&market.centre, &path, &json!({ "reason": "Ghi sai tên người nộp." })).await.ok();
    assert_eq!((&again["number"], &again["replaces"]), (&json!("BLP-21/0000002"), &first["id"]));
    market.town.post(&market.centre, &path, &json!({ "reason": "Ghi sai tên người nộp." })).await.refused(409, "cancelled_before");
    // What is printed on each can be checked by anyone who holds it.
    for (id, number, words) in [
        (&first["id"], "BLP-21/0000001", "đã bị hủy"),
        (&again["id"], "BLP-21/0000002", "còn giá trị"),
    ] {
        let id = id.as_str().unwrap();
        let page = format!("/bien-lai?code={JUSTICE}/{number}&key={}", &id[id.len() - 8..]);
        assert!(market.town.get(&NOBODY, &page).await.text().contains(words), "{number}");
        let wrong = format!("/bien-lai?code={JUSTICE}/{number}&key=00000000");
        assert!(market.town.get(&NOBODY, &wrong).await.text().contains("Không tìm thấy"));
    }
    clean(&market);
    // A row that was changed by hand is named.
    market.town.tamper("UPDATE fee_receipts SET amount = 1");
    let parts = market.town.parts.clone();
    let args = verify::Args { roots: None, key: Vec::new(), no_files: true, json: false, public: None };
    let verdict = std::thread::spawn(move || verify::verify(&parts, &args).unwrap()).join().unwrap();
    assert_eq!(verdict.findings.iter().filter(|f| f.table == "fee_receipts").count(), 2);
});

both_engines!(async who_is_exempt_sees_no_payment_step, same, |engine| {
    let market = Market::open(engine).await;
    let receipt = market.town.hand_in(&market.citizen, RECORD, JUSTICE).await;
    market.town.act(&market.centre, &receipt.code, "accept", json!({})).await.ok();
    let fee = "phi-cung-cap-thong-tin";
    let without = json!({ "exempt": [{ "fee": fee, "reason": "" }] });
    assert_eq!(market.town.act(&market.centre, &receipt.code, "fee", without).await.faults()[0].0, "exempt.0.reason");
    let exempt = json!({ "exempt": [{ "fee": fee, "reason": "Người có công với cách mạng (minh họa)" }] });
    let after = market.town.act(&market.centre, &receipt.code, "fee", exempt).await.ok();
    assert_eq!(after["status"], "accepted", "the clock was never stopped");
    let owed = market.payments(&receipt.code).await;
    assert_eq!((&owed["open_amount"], &owed["can_pay"]), (&json!(0), &json!(false)));
    assert_eq!((&owed["obligations"][0]["state"], &owed["obligations"][0]["amount"]), (&json!("exempt"), &json!(0)));
    let path = format!("/api/v1/dossiers/{}/payments", receipt.code);
    market.town.post(&market.citizen, &path, &json!({ "channel": "vnpay" })).await.refused(409, "nothing_to_pay");
    clean(&market);
});
