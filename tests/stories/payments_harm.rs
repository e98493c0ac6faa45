//! What would cost somebody money: an office that pays back twice, a payer whose second payment nobody sees, a server
//! that is kept busy by strangers or by a silent gateway.

use std::sync::Arc;

use gateway_payments::simulator::{Faults, Simulator};
use kernel_contract::Refunded;
use kernel_db::Engine;
use kernel_testkit::both_engines;
use kernel_web::LimitSettings;
use serde_json::{Value, json};
use system_payments::flow;
use tokio::task::JoinSet;

use crate::{
    harness::{NOBODY, Person, Town},
    payments::{Market, states},
};

fn same(engine: Engine) -> Engine {
    engine
}

impl Market {
    /// A dossier whose money came after its end, and the refund of it that waits for a decision.
    async fn in_vain(&self, leader: &Person) -> (String, String, Value) {
        let receipt = self.owing().await;
        let reference = self.ordered(&receipt.code, "vnpay").await;
        let stop = json!({ "reason": "Chủ hồ sơ đề nghị dừng.", "legal_basis": "NĐ 61/2018/NĐ-CP" });
        self.town.act(leader, &receipt.code, "stop", stop).await.ok();
        self.decide(&reference, true).await;
        let refund = self.payments(&receipt.code).await["refunds"][0].clone();
        assert_eq!(refund["state"], "asked");
        (receipt.code, reference, refund)
    }

    /// Asks the gateway about each payment of the first day.
    async fn sweep(&self, leader: &Person) -> Value {
        let day = json!({ "day": "2021-07-26", "channel": "vnpay" });
        self.town.post(leader, "/api/v1/reconciliations", &day).await.ok()
    }

    async fn approve(&self, leader: &Person, refund: &Value) {
        let path = format!("/api/v1/refunds/{}/decide", refund["id"].as_str().unwrap());
        let body = json!({ "approved": true, "available": refund["amount"] });
        self.town.post(leader, &path, &body).await.ok();
    }
}

/// Kind, reference and state of each difference of a day.
fn differences(day: &Value) -> Vec<(String, String, String)> {
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    let rows = day["mismatches"].as_array().cloned().unwrap_or_default();
    rows.iter().map(|m| (text(&m["kind"]), text(&m["reference"]), text(&m["state"]))).collect()
}

/// Reference of the only payment of a dossier.
async fn payment_of(market: &Market, code: &str) -> String {
    market.payments(code).await["attempts"][0]["reference"].as_str().unwrap().to_owned()
}

both_engines!(async a_fee_per_copy_is_multiplied_by_what_the_form_says_whatever_stands_beside_it, Town::open, |town| {
    let citizen = town.citizen("0905700101").await;
    let clerk = town.officer("tiepnhan.20341").await;
    for beside in [Value::Null, json!(1)] {
        let mut body = town.application(&citizen, "2.000815", "000.03.31.H47").await;
        body["form"]["copies"] = json!(20);
        body["copies"] = beside;
        let sent = town.post(&citizen, "/api/v1/dossiers", &body).await;
        assert_eq!(sent.status, 201, "{}", sent.text());
        let code = sent.json()["code"].as_str().unwrap().to_owned();
        town.act(&clerk, &code, "accept", json!({})).await.ok();
        town.act(&clerk, &code, "fee", json!({})).await.ok();
        let owed = town.get(&citizen, &format!("/api/v1/dossiers/{code}/payments")).await.ok();
        assert_eq!((&owed["obligations"][0]["copies"], &owed["open_amount"]), (&json!(20), &json!(40_000)));
    }
});

both_engines!(async many_who_press_pay_at_the_same_moment_make_one_order, same, |engine| {
    let market = Arc::new(Market::open(engine).await);
    for _ in 0..5 {
        let receipt = market.owing().await;
        let mut all = JoinSet::new();
        for _ in 0..8 {
            let (market, code) = (Arc::clone(&market), receipt.code.clone());
            all.spawn(async move {
                let path = format!("/api/v1/dossiers/{code}/payments");
                market.town.post(&market.citizen, &path, &json!({ "channel": "vnpay" })).await.status.as_u16()
            });
        }
        let statuses = all.join_all().await;
        assert!(statuses.iter().all(|status| matches!(status, 200 | 409)), "{statuses:?}");
        assert_eq!(states(&market.payments(&receipt.code).await), ["redirected"], "{statuses:?}");
    }
});

both_engines!(async a_gateway_that_is_silent_is_left_alone_after_three_refunds, same, |engine| {
    let market = Market::open(engine).await;
    let leader = market.town.officer("lanhdao.stp").await;
    let mut refunds = Vec::new();
    for _ in 0..5 {
        refunds.push(market.in_vain(&leader).await);
    }
    market.gateways.set_faults(Faults { down: true, ..Faults::default() });
    for (.., refund) in &refunds {
        market.approve(&leader, refund).await;
    }
    market.town.run_jobs();
    let before = market.gateways.calls();
    market.town.at("2021-07-26T08:20");
    market.town.run_jobs();
    assert_eq!(market.gateways.calls() - before, 3);
    // It answers again: all of them are paid back.
    market.gateways.set_faults(Faults::default());
    market.town.at("2021-07-26T08:40");
    market.town.run_jobs();
    for (code, ..) in &refunds {
        assert_eq!(market.payments(code).await["refunds"][0]["state"], "done");
    }
    crate::payments_faults::clean(&market);
});

both_engines!(async strangers_who_forge_and_guess_write_next_to_nothing, same, |engine| {
    let market = Market::open(engine).await;
    let receipt = market.owing().await;
    let reference = market.ordered(&receipt.code, "national").await;
    let jobs = "SELECT id FROM jobs WHERE name = 'payments.ask'";
    let before = market.town.texts(jobs).len();
    for n in 0..50 {
        let back = format!("/payments/return/national?MaThamChieu=GUESS{n}");
        assert_eq!(market.town.get(&NOBODY, &back).await.status, 303);
        let forged = format!("/api/v1/payments/vnpay/ipn?vnp_TxnRef=GUESS{n}&vnp_TmnCode=THU&vnp_SecureHash=00");
        assert_eq!(market.town.get(&NOBODY, &forged).await.ok()["RspCode"], "97");
        let noise = market.town.post(&NOBODY, "/api/v1/payments/national/confirm", &json!({ "n": n })).await.ok();
        assert_eq!(noise["MaLoi"], "99");
    }
    assert_eq!(market.town.texts(jobs).len(), before, "no reference, no question");
    assert_eq!(market.town.texts("SELECT id FROM payment_notices"), [""; 0]);
    let counted = market.town.texts("SELECT channel || ' ' || outcome || ' ' || times FROM payment_distrusted ORDER BY 1");
    assert_eq!(counted, ["national unreadable 50", "vnpay forged 50"]);
    // Who comes back from a payment that waits has the gateway asked, once.
    for _ in 0..3 {
        market.town.get(&NOBODY, &format!("/payments/return/national?MaThamChieu={reference}")).await;
    }
    assert_eq!(market.town.texts(jobs).len(), before + 1);
});

both_engines!(async one_address_that_forges_without_end_is_not_even_counted, same, |engine| {
    let mut market = Market::open(engine).await;
    market.town = market.town.with_limits(LimitSettings::default());
    for _ in 0..60 {
        let forged = "/api/v1/payments/vnpay/ipn?vnp_TxnRef=A&vnp_TmnCode=THU&vnp_SecureHash=00";
        assert_eq!(market.town.get(&NOBODY, forged).await.ok()["RspCode"], "97", "the answer stays the same");
    }
    let counted: i64 = market.town.texts("SELECT CAST(times AS TEXT) FROM payment_distrusted")[0].parse().unwrap();
    assert!((1..40).contains(&counted), "{counted}");
});

both_engines!(async a_refund_is_done_when_the_gateway_says_that_the_money_is_back_and_not_when_it_takes_the_request, same, |engine| {
    let market = Market::open(engine).await;
    let leader = market.town.officer("lanhdao.stp").await;
    let (code, reference, refund) = market.in_vain(&leader).await;
    market.gateways.set_faults(Faults { refunds_wait: true, ..Faults::default() });
    market.approve(&leader, &refund).await;
    for time in ["2021-07-26T08:01", "2021-07-26T08:20", "2021-07-26T08:40"] {
        market.town.at(time);
        market.town.run_jobs();
        assert_eq!(market.payments(&code).await["refunds"][0]["state"], "approved", "{time}");
    }
    let waiting = market.town.get(&leader, "/api/v1/refunds?state=approved").await.ok()["items"][0].clone();
    assert!(waiting["trouble"].as_str().unwrap().starts_with("taken: 14"), "{waiting}");
    let page = market.town.get(&leader, "/staff/payments?state=approved").await.text();
    assert!(page.contains("chưa báo tiền đã về") && !page.contains("name=\"evidence\""), "{page}");
    // Silence about it does not send it again.
    market.gateways.set_faults(Faults { down: true, ..Faults::default() });
    market.town.at("2021-07-26T09:00");
    market.town.run_jobs();
    market.gateways.set_faults(Faults::default());
    market.town.at("2021-07-26T09:20");
    market.town.run_jobs();
    let back = market.payments(&code).await;
    assert_eq!((states(&back), &back["refunds"][0]["state"]), (vec!["refunded"], &json!("done")));
    assert_eq!(market.gateways.order(&reference).unwrap().refunds.len(), 1);
    crate::payments_faults::clean(&market);
});

both_engines!(async a_payment_whose_refund_is_under_way_stays_paid_and_a_dispute_ends_when_it_is_confirmed_again, same, |engine| {
    let market = Market::open(engine).await;
    let leader = market.town.officer("lanhdao.stp").await;
    let receipt = market.owing().await;
    let reference = market.ordered(&receipt.code, "vnpay").await;
    market.decide(&reference, true).await;
    let (in_vain, _, refund) = market.in_vain(&leader).await;
    market.gateways.set_faults(Faults { refunds_wait: true, ..Faults::default() });
    market.approve(&leader, &refund).await;
    market.town.run_jobs();
    // Denied, it is in dispute; that ends with the next answer that confirms it.
    market.gateways.undo(&reference);
    let denied = market.sweep(&leader).await;
    assert_eq!(states(&market.payments(&receipt.code).await), ["disputed"]);
    assert_eq!(differences(&denied), [("ours_only".to_owned(), reference.clone(), "open".to_owned())]);
    market.gateways.redo(&reference);
    let confirmed = market.sweep(&leader).await;
    assert_eq!(states(&market.payments(&receipt.code).await), ["confirmed"]);
    assert_eq!(differences(&confirmed), [("ours_only".to_owned(), reference, "resolved".to_owned())]);
    // Asked about each day, too: money that is on its way back was paid.
    assert_eq!(states(&market.payments(&in_vain).await), ["confirmed"]);
    crate::payments_faults::clean(&market);
});

both_engines!(async what_a_gateway_may_be_paying_back_is_not_paid_by_hand_and_if_both_do_it_is_named, same, |engine| {
    let market = Market::open(engine).await;
    let leader = market.town.officer("lanhdao.stp").await;
    let (code, _, refund) = market.in_vain(&leader).await;
    market.gateways.set_faults(Faults { down: true, ..Faults::default() });
    market.approve(&leader, &refund).await;
    let path = format!("/api/v1/refunds/{}/pay-out", refund["id"].as_str().unwrap());
    let by_hand = json!({ "evidence": "FT21207-001" });
    market.town.post(&leader, &path, &by_hand).await.refused(409, "at_the_gateway");
    market.town.run_jobs();
    market.town.post(&leader, &path, &by_hand).await.refused(409, "at_the_gateway");
    let page = market.town.get(&leader, "/staff/payments?state=approved").await.text();
    assert!(page.contains("gửi lại cùng lệnh này") && !page.contains("name=\"evidence\""));
    // Five working days later nobody has paid: then an officer may.
    market.town.at("2021-08-03T08:00");
    market.town.run_jobs();
    market.town.post(&leader, &path, &by_hand).await.ok();
    market.gateways.set_faults(Faults::default());
    market.town.at("2021-08-03T08:20");
    market.town.run_jobs();
    assert_eq!(market.payments(&code).await["refunds"][0]["gateway_no"], "FT21207-001", "it is not sent any more");
    // The gateway had done it after all, and its answer comes now; once, whatever it repeats.
    for _ in 0..2 {
        let id = refund["id"].as_str().unwrap().to_owned();
        let answer = Refunded::Done { transaction: "14000777".to_owned() };
        let (db, home) = (&market.town.parts.db, &market.town.parts.home);
        db.write(home, move |tx| flow::refund_answered(tx, &id, &answer)).await.unwrap();
    }
    let days = market.town.get(&leader, "/api/v1/reconciliations").await.ok();
    let day = days["items"].as_array().unwrap().iter().find(|d| d["day"] == "2021-08-03").unwrap();
    let path = format!("/api/v1/reconciliations/{}", day["id"].as_str().unwrap());
    let twice = [("refunded_twice".to_owned(), payment_of(&market, &code).await, "open".to_owned())];
    assert_eq!(differences(&market.town.get(&leader, &path).await.ok()), twice);
    // Comparing the day does not explain it away.
    let sweep = json!({ "day": "2021-08-03", "channel": "vnpay", "file": "reference,amount,paid,transaction" });
    let compared = market.town.post(&leader, "/api/v1/reconciliations", &sweep).await.ok();
    assert_eq!(differences(&compared), twice);
    let done = market.town.get(&leader, "/staff/payments?state=done").await.text();
    assert!(done.contains("nhận tiền hai lần"), "{done}");
    crate::payments_faults::clean(&market);
});

both_engines!(async a_second_payment_under_the_same_reference_is_seen_and_goes_back, same, |engine| {
    let market = Market::open(engine).await;
    let leader = market.town.officer("lanhdao.stp").await;
    let receipt = market.owing().await;
    let reference = market.ordered(&receipt.code, "national").await;
    market.decide(&reference, true).await;
    let first = market.gateways.order(&reference).unwrap().transaction;
    // The same code is scanned and paid by somebody else of the family; the gateway tells it twice.
    let again = |gateways: Simulator, reference: String, pay: bool| {
        tokio::task::spawn_blocking(move || {
            let answer = if pay { gateways.pay_again(&reference) } else { gateways.notify_again(&reference) };
            serde_json::from_str::<Value>(&answer.unwrap()).unwrap()["MaLoi"].clone()
        })
    };
    for pay in [true, false] {
        assert_eq!(again(market.gateways.clone(), reference.clone(), pay).await.unwrap(), "00");
        let paid = market.payments(&receipt.code).await;
        assert_eq!(states(&paid), ["confirmed", "confirmed"]);
        assert_eq!(paid["attempts"][1]["reference"], format!("{reference}-2"));
        assert_eq!(paid["receipts"].as_array().unwrap().len(), 1);
        let refunds = paid["refunds"].as_array().unwrap();
        assert_eq!(refunds.len(), 1);
        assert_eq!((&refunds[0]["reason"], &refunds[0]["amount"]), (&json!("double"), &json!(200_000)));
    }
    let second = market.gateways.order(&reference).unwrap().transaction;
    assert_ne!(first, second);
    // Asked, or by the gateway's file, both have their money; a third line would be named.
    let run = |file: Option<String>| {
        let body = json!({ "day": "2021-07-26", "channel": "national", "file": file });
        let (town, leader) = (&market.town, &leader);
        async move { town.post(leader, "/api/v1/reconciliations", &body).await.ok() }
    };
    let file = format!("{reference},200000,1,{second}\n{reference},200000,1,{first}\n{reference},200000,1,{first}\n");
    for ran in [run(None).await, run(Some(file.clone())).await] {
        assert_eq!(differences(&ran), []);
        assert_eq!((&ran["ours_amount"], &ran["theirs_amount"]), (&json!(400_000), &json!(400_000)));
    }
    let ran = run(Some(format!("{file}{reference},200000,1,999\n"))).await;
    assert_eq!(differences(&ran), [("theirs_only".to_owned(), reference, "open".to_owned())]);
    crate::payments_faults::clean(&market);
});
