//! What would cost somebody money: an office that pays back twice, a payer whose second payment nobody sees, a server
//! that is kept busy by strangers or by a silent gateway.

use std::sync::Arc;

use kernel_db::Engine;
use kernel_testkit::both_engines;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{
    harness::Town,
    payments::{Market, states},
};

fn same(engine: Engine) -> Engine {
    engine
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
