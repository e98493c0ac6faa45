//! Letter 4516 of 30 July 2021 comes to the demonstration by itself when its clock passes that day.

use kernel_testkit::both_engines;
use serde_json::{Value, json};

use crate::harness::{Person, Town};

/// Plan 2714 as the demonstration enters it.
async fn with_the_plan(town: &Town, illustrative: bool) -> Person {
    let office = town.officer("chuyenvien.vpubnd").await;
    let plan = json!({ "kind": "plan", "number": "2714/KH-UBND", "title": "Kế hoạch (dữ liệu minh họa)",
        "issued_on": "2021-05-18", "illustrative": illustrative });
    town.post(&office, "/api/v1/directives", &plan).await.ok();
    office
}

/// Letters of that number among the documents.
async fn letters(town: &Town, office: &Person) -> Vec<Value> {
    let all = town.get(office, "/api/v1/directives").await.ok();
    let found = all["items"].as_array().unwrap().iter().filter(|one| one["number"] == "4516/UBND");
    found.cloned().collect()
}

both_engines!(async the_letter_comes_once_and_not_a_minute_too_early, Town::open, |town| {
    let office = with_the_plan(&town, true).await;
    town.run_jobs();
    town.at("2021-07-30T14:59");
    town.run_jobs();
    assert_eq!(letters(&town, &office).await, Vec::<Value>::new(), "it is signed at 15:00");
    town.at("2021-07-30T15:01");
    town.run_jobs();
    let found = letters(&town, &office).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((&found[0]["issued_on"], &found[0]["illustrative"]), (&json!("2021-07-30"), &json!(true)));
    let tasks = town.get(&office, &format!("/api/v1/tasks?document={}", found[0]["id"].as_str().unwrap())).await.ok();
    let tasks = tasks["items"].as_array().unwrap();
    assert_eq!(tasks.len(), 12, "each stage of the pipeline to its units: {tasks:?}");
    assert_eq!(tasks.iter().filter(|task| task["due_on"] == "2021-08-31").count(), 5);
    // What is to be live is measured: nobody types it, and below the goal nobody reports it.
    let measured = tasks.iter().find(|task| task["due_on"] == "2021-08-31").unwrap()["code"].as_str().unwrap().to_owned();
    assert_eq!(town.get(&office, &format!("/api/v1/tasks/{measured}")).await.ok()["metric"], "level4_share");
    // Minutes, a restart and weeks later there is one still.
    for later in ["2021-07-30T15:02", "2021-08-02T08:00", "2021-09-15T08:00"] {
        town.at(later);
        town.run_jobs();
    }
    assert_eq!(letters(&town, &office).await.len(), 1);
    assert_eq!(crate::verify::findings(&town), Vec::<Value>::new());
});

both_engines!(async the_letter_comes_also_when_the_clock_jumps_past_all_its_days, Town::open, |town| {
    let office = with_the_plan(&town, true).await;
    town.at("2021-10-04T08:00");
    town.run_jobs();
    let found = letters(&town, &office).await;
    assert_eq!(found.len(), 1);
    let tasks = town.get(&office, &format!("/api/v1/tasks?document={}", found[0]["id"].as_str().unwrap())).await.ok();
    assert!(tasks["items"].as_array().unwrap().iter().all(|task| task["deadline"] == "overdue"), "{tasks}");
});

both_engines!(async a_province_that_entered_its_own_plan_gets_no_letter_of_the_demonstration, Town::open, |town| {
    let office = with_the_plan(&town, false).await;
    town.at("2021-07-31T08:00");
    town.run_jobs();
    assert_eq!(letters(&town, &office).await, Vec::<Value>::new());
});
