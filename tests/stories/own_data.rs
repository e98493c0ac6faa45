//! A person's own data: given out whole, erased without a copy left, and what the law keeps said before.

use std::collections::BTreeSet;

use kernel_testkit::both_engines;
use serde_json::{Value, json};

use crate::{
    harness::{Person, Receipt, Town},
    outcomes::{BUSINESS, Desk, TAM_KY, approve, handover, to_the_leader},
    verify::{files_below, verify},
};

const NAME: &str = "Nguyễn Thị Xóa Hết";
const NUMBER: &str = "049185009977";

/// A dossier in the name of the person that is to be forgotten.
async fn hand_in(town: &Town, person: &Person) -> Receipt {
    let mut body = town.application(person, BUSINESS, TAM_KY).await;
    body["form"]["applicant_name"] = NAME.into();
    body["form"]["applicant_identity"] = NUMBER.into();
    body["form"]["applicant_phone"] = person.name.clone().into();
    Receipt::of(&town.post(person, "/api/v1/dossiers", &body).await)
}

/// A draft with answers and a photograph.
async fn draft(town: &Town, person: &Person) {
    let begun = town.post(person, "/api/v1/drafts", &json!({ "procedure": BUSINESS, "agency": TAM_KY })).await.ok();
    let id = begun["id"].as_str().unwrap();
    town.post(person, &format!("/api/v1/drafts/{id}/prefill"), &json!({ "accept": true })).await.ok();
    town.post(person, &format!("/api/v1/drafts/{id}/fields"), &json!({ "applicant_name": NAME })).await.ok();
}

fn copies(town: &Town, phone: &str) -> Vec<String> {
    let folded = kernel_base::text::fold(NAME);
    town.rows_with(&[NAME, &folded, NUMBER, phone])
}

both_engines!(async after_erasure_no_copy_is_left_in_any_table_or_file_and_verify_passes, Town::open, |town| {
    let phone = "0905998877";
    town.run_jobs();
    let person = town.citizen(phone).await;
    let reception = town.officer("tiepnhan.tamky").await;
    let refused = hand_in(&town, &person).await;
    town.get(&reception, &format!("/api/v1/dossiers/{}", refused.code)).await.ok();
    // A dossier that is worked on stands in the way.
    town.post(&person, "/api/v1/me/erase", &json!({ "confirm": true })).await.refused(409, "dossier_running");
    town.act(&reception, &refused.code, "refuse", json!({ "reason": "Không thuộc thẩm quyền giải quyết." })).await.ok();
    draft(&town, &person).await;
    town.paper(&person).await;
    assert!(copies(&town, phone).len() >= 5, "{:?}", copies(&town, phone));

    let own = town.get(&person, "/api/v1/me/data").await.ok();
    assert_eq!(own["dossiers"][0]["code"], refused.code.as_str());
    assert_eq!(own["account"]["phone"], phone);
    let zip = town.get(&person, "/api/v1/me/export").await;
    assert_eq!((zip.status.as_u16(), &zip.bytes[..2]), (200, &b"PK"[..]));

    town.post(&person, "/api/v1/me/erase", &json!({ "confirm": false })).await.refused(422, "invalid_input");
    let erased = town.post(&person, "/api/v1/me/erase", &json!({ "confirm": true })).await.ok();
    assert_eq!(erased["kept"], json!([]));
    town.at("2021-07-28T08:00");
    town.run_jobs();

    let left = copies(&town, phone);
    assert!(left.is_empty(), "{left:#?}");
    let mut files = BTreeSet::new();
    files_below(&town.data().join("files"), &mut files);
    assert!(files.is_empty(), "{files:?}");
    let (code, answer) = verify(&town);
    assert_eq!((code, &answer["findings"]), (0, &json!([])));
    // The erasure is an event, the session is over, the dossier still exists for those who count.
    assert!(town.texts("SELECT kind FROM events").contains(&"own_data.erased".to_owned()));
    assert_eq!(town.get(&person, "/api/v1/me/data").await.status, 401);
    let seen = town.look(&reception, &refused.code).await;
    assert_eq!(seen["status"], "rejected");
});

both_engines!(async what_the_law_keeps_is_said_before_and_erased_when_its_time_is_over, Town::open, |town| {
    let phone = "0905998866";
    town.run_jobs();
    let person = town.citizen(phone).await;
    let desk = Desk::of(&town, "tamky").await;
    let receipt = hand_in(&town, &person).await;
    let sha256 = to_the_leader(&town, &desk, &receipt.code, true).await;
    approve(&town, &desk.leader, &receipt.code, &sha256).await.ok();
    town.act(&desk.reception, &receipt.code, "handover", handover(NAME)).await.ok();

    let kept = town.get(&person, "/api/v1/me/kept").await.ok();
    assert_eq!(kept["items"][0]["until"], "2031-07-26", "{kept}");
    assert!(kept["items"][0]["why"]["vi"].as_str().unwrap().contains("thời hạn bảo quản"));
    let erased = town.post(&person, "/api/v1/me/erase", &json!({ "confirm": true })).await.ok();
    assert_eq!(erased["kept"].as_array().map(Vec::len), Some(1));
    let archive = copies(&town, phone);
    assert!(archive.iter().all(|row| !row.starts_with("accounts") && !row.starts_with("idempotency")), "{archive:#?}");
    assert!(archive.iter().any(|row| row.starts_with("dossiers")), "the archive keeps the dossier");

    town.at("2031-07-28T08:00");
    while town.run_jobs() > 0 {}
    let left = copies(&town, phone);
    assert!(left.is_empty(), "{left:#?}");
    let (code, answer) = verify(&town);
    assert_eq!((code, &answer["findings"]), (0, &json!([])));
});

both_engines!(async a_withdrawn_source_fills_in_nothing_any_more, Town::open, |town| {
    let person = town.citizen("0905998855").await;
    hand_in(&town, &person).await;
    let offer = |town: &Town, person: &Person| {
        let body = json!({ "procedure": BUSINESS, "agency": TAM_KY });
        let (path, person) = ("/api/v1/drafts", person.clone());
        let request = person.request(path, "offer", &body);
        let _ = town;
        request
    };
    let known = town.send(offer(&town, &person)).await.ok()["prefill"]["values"].as_array().unwrap().len();
    assert!(known >= 10, "{known}");
    town.post(&person, "/api/v1/me/sources/earlier_dossier", &json!({ "withdrawn": true })).await;
    let values: Value = town.send(offer(&town, &person)).await.ok()["prefill"]["values"].clone();
    assert_eq!(values.as_array().unwrap().len(), 1, "only the account is left: {values}");
    town.post(&person, "/api/v1/me/sources/sign_on", &json!({ "withdrawn": true })).await;
    assert_eq!(town.send(offer(&town, &person)).await.ok()["prefill"]["values"], json!([]));
    town.post(&person, "/api/v1/me/sources/earlier_dossier", &json!({ "withdrawn": false })).await;
    assert!(town.send(offer(&town, &person)).await.ok()["prefill"]["values"].as_array().unwrap().len() >= 10);
});
