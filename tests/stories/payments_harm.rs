//! What would cost somebody money: an office that pays back twice, a payer whose second payment nobody sees, a server
//! that is kept busy by strangers or by a silent gateway.

use kernel_testkit::both_engines;
use serde_json::{Value, json};

use crate::harness::Town;

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
