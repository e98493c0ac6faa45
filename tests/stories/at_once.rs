//! Several people, and several processes, at the same moment.

use std::{collections::BTreeSet, sync::Arc};

use kernel_testkit::both_engines;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{
    harness::{Receipt, Town},
    outcomes::{BUSINESS, TAM_KY, handed_in},
};

fn expected(many: usize) -> BTreeSet<String> {
    (1..=many).map(|n| format!("{TAM_KY}-210726-{n:04}")).collect()
}

both_engines!(async sixteen_submissions_at_once_have_codes_without_a_gap, Town::open, |town| {
    let citizen = town.citizen("0905200001").await;
    let mut bodies = Vec::new();
    for _ in 0..16 {
        bodies.push(town.application(&citizen, BUSINESS, TAM_KY).await);
    }
    // One that fails in between takes no number.
    let mut faulty = bodies[0].clone();
    faulty["form"]["applicant_name"] = json!("");
    let town = Arc::new(town);
    let mut all = JoinSet::new();
    for body in bodies {
        let (town, citizen, faulty) = (Arc::clone(&town), citizen.clone(), faulty.clone());
        all.spawn(async move {
            assert_eq!(town.post(&citizen, "/api/v1/dossiers", &faulty).await.status, 422);
            Receipt::of(&town.post(&citizen, "/api/v1/dossiers", &body).await).code
        });
    }
    let codes: BTreeSet<String> = all.join_all().await.into_iter().collect();
    assert_eq!(codes, expected(16));
    // The next day begins at 1 again, and so does another agency.
    town.at("2021-07-27T08:00");
    assert_eq!(handed_in(&town, &citizen).await.code, format!("{TAM_KY}-210727-0001"));
    assert_eq!(town.hand_in(&citizen, BUSINESS, "000.00.32.H47").await.code, "000.00.32.H47-210727-0001");
});

both_engines!(async two_processes_number_dossiers_without_a_gap, Town::open, |town| {
    let citizen = town.citizen("0905200002").await;
    let mut bodies: Vec<Value> = Vec::new();
    for _ in 0..12 {
        bodies.push(town.application(&citizen, BUSINESS, TAM_KY).await);
    }
    let second = town.second_process();
    let routers = [town.router_of(&town.parts), town.router_of(&second)];
    let mut all = JoinSet::new();
    for (n, body) in bodies.into_iter().enumerate() {
        let (router, citizen) = (routers[n % 2].clone(), citizen.clone());
        all.spawn(async move {
            let request = citizen.request("/api/v1/dossiers", &format!("process-{n}"), &body);
            Receipt::of(&Town::send_to(&router, request).await).code
        });
    }
    let codes: BTreeSet<String> = all.join_all().await.into_iter().collect();
    assert_eq!(codes, expected(12));
});

both_engines!(async sending_twice_makes_one_dossier, Town::open, |town| {
    let citizen = town.citizen("0905200003").await;
    let body = town.application(&citizen, BUSINESS, TAM_KY).await;
    let first = town.post_once(&citizen, "/api/v1/dossiers", "once", &body).await;
    let second = town.post_once(&citizen, "/api/v1/dossiers", "once", &body).await;
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (201, 201));
    assert_eq!(first.json(), second.json());
    assert_eq!(second.headers["idempotency-replayed"], "true");
    // Another body under the same key is a mistake of the client, not a second dossier.
    let mut other = body.clone();
    other["form"]["business_name"] = json!("Hộ kinh doanh khác");
    let refused = town.post_once(&citizen, "/api/v1/dossiers", "once", &other).await;
    assert!(matches!(refused.status.as_u16(), 409 | 422), "{}", refused.text());
    // A neighbour's key is his own.
    let neighbour = town.citizen("0905200004").await;
    let own = town.application(&neighbour, BUSINESS, TAM_KY).await;
    let theirs = Receipt::of(&town.post_once(&neighbour, "/api/v1/dossiers", "once", &own).await);
    assert_ne!(json!(theirs.code), first.json()["code"]);
    let mine = town.get(&citizen, "/api/v1/dossiers").await.ok();
    assert_eq!(mine["items"].as_array().unwrap().len(), 1);
    // Without a key nothing is taken.
    let keyless = town.post_once(&citizen, "/api/v1/dossiers", "", &own).await;
    assert!(keyless.status.is_client_error(), "{}", keyless.text());
});

both_engines!(async the_same_request_ten_times_at_once_makes_one_dossier, Town::open, |town| {
    let citizen = town.citizen("0905200005").await;
    let body = town.application(&citizen, BUSINESS, TAM_KY).await;
    let town = Arc::new(town);
    let mut all = JoinSet::new();
    for _ in 0..10 {
        let (town, citizen, body) = (Arc::clone(&town), citizen.clone(), body.clone());
        all.spawn(async move { town.post_once(&citizen, "/api/v1/dossiers", "storm", &body).await });
    }
    let mut codes = BTreeSet::new();
    for reply in all.join_all().await {
        // Whoever comes too early may be told to try again, but never gets a second dossier.
        match reply.status.as_u16() {
            201 => drop(codes.insert(reply.json()["code"].to_string())),
            409 => {}
            other => panic!("{other}: {}", reply.text()),
        }
    }
    assert_eq!(codes.len(), 1);
    assert_eq!(town.get(&citizen, "/api/v1/dossiers").await.ok()["items"].as_array().unwrap().len(), 1);
});

both_engines!(async of_two_clerks_at_once_one_wins_and_the_other_sees_where_it_is, Town::open, |town| {
    let citizen = town.citizen("0905200006").await;
    let town = Arc::new(town);
    let (one, two) = (town.officer("tiepnhan.tamky").await, town.officer("tiepnhan2.tamky").await);
    for _ in 0..4 {
        let code = handed_in(&town, &citizen).await.code;
        let mut both = JoinSet::new();
        for (clerk, act) in [(one.clone(), "accept"), (two.clone(), "refuse")] {
            let (town, code) = (Arc::clone(&town), code.clone());
            let body = if act == "accept" { json!({}) } else { json!({ "reason": "Không thuộc thẩm quyền." }) };
            both.spawn(async move { town.act(&clerk, &code, act, body).await });
        }
        let (won, lost): (Vec<_>, Vec<_>) = both.join_all().await.into_iter().partition(|r| r.status.is_success());
        assert_eq!((won.len(), lost.len()), (1, 1));
        let now = town.look(&one, &code).await["status"].clone();
        assert_eq!(won[0].json()["status"], now);
        for reply in lost {
            assert_eq!(reply.status, 409, "{}", reply.text());
            assert_eq!(reply.json()["current"]["status"], now, "{}", reply.text());
        }
        let kinds = town.look(&one, &code).await["events"].as_array().unwrap().clone();
        let decided = |e: &&Value| matches!(e["kind"].as_str(), Some("dossier.accepted" | "dossier.refused"));
        assert_eq!(kinds.iter().filter(decided).count(), 1);
    }
});

both_engines!(async one_file_serves_one_dossier_and_only_its_uploader, Town::open, |town| {
    let citizen = town.citizen("0905200007").await;
    let body = town.application(&citizen, BUSINESS, TAM_KY).await;
    let other = town.citizen("0905200008").await;
    let stolen = town.post(&other, "/api/v1/dossiers", &body).await.faults();
    assert_eq!(stolen, [("papers.giay-to-tuy-than".to_owned(), "unusable_file".to_owned())]);
    Receipt::of(&town.post(&citizen, "/api/v1/dossiers", &body).await);
    let again = town.post(&citizen, "/api/v1/dossiers", &body).await.faults();
    assert_eq!(again, [("papers.giay-to-tuy-than".to_owned(), "unusable_file".to_owned())]);
    // A dossier without its files cannot exist.
    let mut none = body.clone();
    none["papers"] = json!([]);
    let missing = town.post(&citizen, "/api/v1/dossiers", &none).await.faults();
    assert_eq!(missing, [("papers.giay-to-tuy-than".to_owned(), "required".to_owned())]);
    none["papers"] = json!([{ "paper": "giay-to-tuy-than", "file": "file_0190d0c0000070008000000000000000" }]);
    assert_eq!(town.post(&citizen, "/api/v1/dossiers", &none).await.faults()[0].1, "unusable_file");
    assert_eq!(town.get(&other, "/api/v1/dossiers").await.ok()["items"].as_array().unwrap().len(), 0);
});
