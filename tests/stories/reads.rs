//! Who read what: no officer sees a person's data without the person seeing that.

use kernel_db::Engine;
use kernel_testkit::{block_on, both_engines};
use serde_json::{Value, json};

use crate::{
    harness::{Person, Reply, Town},
    matrix::body,
    outcomes::{Desk, handed_in, to_the_leader},
};

const PHONE: &str = "0905777001";

async fn total(town: &Town, owner: &Person) -> u64 {
    town.get(owner, "/api/v1/me/reads").await.ok()["total"].as_u64().unwrap()
}

/// What of the person's stands in the form of the example; documents cannot be searched, they count as personal.
fn is_personal(town_name: &str, reply: &Reply) -> bool {
    let kind = reply.headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    reply.status.is_success() && (kind.starts_with("application/pdf") || reply.text().contains(town_name))
}

/// Every route of the API and every page of officers, as reception, specialist and leader: an answer with the person's
/// name or a document of the dossier leaves a record, or the test names the route.
#[test]
fn no_answer_to_an_officer_shows_a_person_without_a_record() {
    block_on(async {
        let town = Town::open(Engine::Sqlite);
        let owner = town.citizen(PHONE).await;
        let desk = Desk::of(&town, "tamky").await;
        let code = handed_in(&town, &owner).await.code;
        to_the_leader(&town, &desk, &code, true).await;
        let mine = town.look(&owner, &code).await;
        let name = mine["owner"]["name"].as_str().expect("the owner's name").to_owned();
        let paper = mine["papers"][0]["file"].as_str().unwrap().to_owned();
        let seen = town.look(&desk.reception, &code).await;
        let slip = seen["slips"][0]["id"].as_str().unwrap().to_owned();
        let document: Value = town.get(&desk.reception, "/openapi.json").await.ok();
        let mut paths: Vec<String> = Vec::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            if methods.get("get").is_some() {
                let id = if path.contains("slips") { &slip } else { &paper };
                paths.push(path.replace("{code}", &code).replace("{id}", id));
            }
        }
        paths.extend(
            ["/staff", "/staff/today", "/staff/sign", "/staff/consultations", "/staff/register"].map(str::to_owned),
        );
        paths.push(format!("/staff/dossiers/{code}"));
        let mut shown = 0;
        for who in [&desk.reception, &desk.specialist, &desk.leader] {
            for path in &paths {
                let before = total(&town, &owner).await;
                let reply = town.get(who, path).await;
                let personal = is_personal(&name, &reply) && !path.starts_with("/api/v1/procedures");
                let after = total(&town, &owner).await;
                assert!(!personal || after > before, "{} of {}: shown without a record", path, who.name);
                shown += usize::from(personal);
            }
        }
        assert!(shown >= 12, "only {shown} answers showed the person: the walk lost its way");
    });
}

/// What answers an act shows the dossier as well.
#[test]
fn no_act_answers_with_a_person_without_a_record() {
    block_on(async {
        let town = Town::open(Engine::Sqlite);
        let owner = town.citizen(PHONE).await;
        let desk = Desk::of(&town, "tamky").await;
        let document: Value = town.get(&desk.reception, "/openapi.json").await.ok();
        for (path, methods) in document["paths"].as_object().unwrap() {
            if methods.get("post").is_none() || !path.contains("{code}") || !path.contains("dossiers") {
                continue;
            }
            let code = handed_in(&town, &owner).await.code;
            let name = town.look(&owner, &code).await["owner"]["name"].as_str().unwrap().to_owned();
            let before = total(&town, &owner).await;
            let reply = town.post(&desk.reception, &path.replace("{code}", &code), &body(path)).await;
            let after = total(&town, &owner).await;
            assert!(!is_personal(&name, &reply) || after > before, "{path}: shown without a record");
        }
    });
}

both_engines!(async the_person_sees_who_looked_when_why_and_at_what, Town::open, |town| {
    let owner = town.citizen(PHONE).await;
    let code = handed_in(&town, &owner).await.code;
    let reception = town.officer("tiepnhan.tamky").await;
    assert_eq!(total(&town, &owner).await, 0, "what a person reads of himself is not counted");
    town.look(&reception, &code).await;
    town.get(&reception, "/api/v1/dossiers").await.ok();
    let reads = town.get(&owner, "/api/v1/me/reads").await.ok();
    let items = reads["items"].as_array().unwrap();
    assert_eq!(items.len(), 2, "{reads}");
    let opened = items.iter().find(|item| item["purpose"] == "dossier_opened").unwrap();
    assert_eq!(opened["dossier"], code.as_str());
    assert!(!opened["reader"].as_str().unwrap().is_empty());
    assert!(opened["agency"].as_str().unwrap().contains("Tam Kỳ"), "{opened}");
    assert!(opened["fields"].as_array().unwrap().contains(&json!("form")));
    assert_eq!(opened["why"], "Mở hồ sơ để giải quyết");
    let only = town.get(&owner, "/api/v1/me/reads?purpose=work_list").await.ok();
    assert_eq!(only["total"], 1);
    assert_eq!(town.get(&owner, "/api/v1/me/reads?to=2020-01-01").await.ok()["total"], 0);
    // Another person and the officer see none of it.
    let stranger = town.citizen("0905777002").await;
    assert_eq!(total(&town, &stranger).await, 0);
    assert_eq!(town.get(&reception, "/api/v1/me/reads").await.status, 403);
    let page = town.get(&owner, "/my/data/reads").await.text();
    assert!(page.contains("Mở hồ sơ để giải quyết") && page.contains(&code), "{page}");
});

both_engines!(async a_person_is_told_once_a_day_who_looked, Town::open, |town| {
    let owner = town.citizen(PHONE).await;
    let code = handed_in(&town, &owner).await.code;
    let reception = town.officer("tiepnhan.tamky").await;
    town.look(&reception, &code).await;
    town.look(&reception, &code).await;
    town.get(&reception, "/api/v1/dossiers").await.ok();
    let told = async |town: &Town| {
        let all = town.get(&owner, "/api/v1/messages").await.ok()["messages"].as_array().unwrap().clone();
        all.into_iter().filter(|m| m["kind"] == "data.read").collect::<Vec<Value>>()
    };
    town.at("2021-07-26T20:00");
    town.run_jobs();
    assert_eq!(told(&town).await.len(), 0, "the day is not over");
    town.at("2021-07-27T07:31");
    town.run_jobs();
    let first = told(&town).await;
    assert_eq!(first.len(), 1, "{first:?}");
    let (title, text) = (first[0]["title"].as_str().unwrap(), first[0]["text"].as_str().unwrap());
    assert!(title.contains("26/07/2021") && title.contains("có 2 lượt"), "lists are not looks: {title}");
    assert!(text.contains("Tam Kỳ"), "{text}");
    let link = first[0]["link"].as_str().unwrap();
    let page = town.get(&owner, link).await.text();
    assert!(page.contains("Mở hồ sơ để giải quyết"), "the number opens its rows: {page}");
    town.at("2021-07-28T07:31");
    town.run_jobs();
    assert_eq!(told(&town).await.len(), 1, "nobody looked on the next day");
});

both_engines!(async what_cannot_be_recorded_is_not_shown, Town::open, |town| {
    let owner = town.citizen(PHONE).await;
    let code = handed_in(&town, &owner).await.code;
    let reception = town.officer("tiepnhan.tamky").await;
    town.tamper("ALTER TABLE reads RENAME TO reads_gone");
    let reply = town.get(&reception, &format!("/api/v1/dossiers/{code}")).await;
    assert!(reply.status.is_server_error(), "{}", reply.status);
    assert!(!reply.text().contains("applicant_name"), "{}", reply.text());
    town.tamper("ALTER TABLE reads_gone RENAME TO reads");
    town.look(&reception, &code).await;
    assert_eq!(total(&town, &owner).await, 1);
});
