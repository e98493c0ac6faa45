//! The level-4 pipeline and the measures that are counted from it.

use jiff::civil::date;
use kernel_testkit::both_engines;
use serde_json::{Value, json};
use system_directives::metrics;

use crate::{
    figures::with_late_ones,
    harness::{NOBODY, Town},
    outcomes::{BUSINESS, TAM_KY, handed_in},
};

async fn proposed(town: &Town) -> String {
    let own = town.officer("lanhdao.tamky").await;
    let new = json!({ "procedure": BUSINESS, "agency": TAM_KY });
    let listed = town.post(&own, "/api/v1/pipeline", &new).await.ok();
    let id = listed["id"].as_str().unwrap().to_owned();
    let path = |act: &str| format!("/api/v1/pipeline/{id}/{act}");
    town.post(&own, &path("consolidate"), &json!({})).await.refused(403, "not_permitted");
    town.post(&own, &path("propose"), &json!({ "no_presence": true })).await.ok();
    town.post(&town.officer("lanhdao.stttt").await, &path("consolidate"), &json!({})).await.ok();
    id
}

fn verdicts(seen: &Value, failing: Option<&str>) -> Value {
    let all = seen["offering"]["criteria"].as_array().unwrap();
    let one = |f: &Value| {
        let fails = failing == f["criterion"].as_str();
        json!({ "criterion": f["criterion"], "passed": !fails, "obstacle": if fails { "Phải sửa quy trình" } else { "" } })
    };
    json!({ "verdicts": all.iter().map(one).collect::<Vec<_>>() })
}

/// Live services and approved ones, with the whole answer.
async fn live_share(town: &Town, agency: Option<&str>) -> ((usize, usize), Value) {
    let of = agency.map(|id| format!("?agency={id}")).unwrap_or_default();
    let share = town.get(&NOBODY, &format!("/api/v1/measures/level4_share{of}")).await.ok();
    let count = |name: &str| usize::try_from(share["measured"][name].as_u64().unwrap()).unwrap();
    ((count("numerator"), count("denominator")), share.clone())
}

/// Services that wait for the committee's approval, as its brief tells.
fn to_approve(brief: &Value) -> i64 {
    let all = brief["to_sign"].as_array().unwrap();
    all.iter().find(|line| line["kind"] == "pipeline").map_or(0, |line| line["count"].as_i64().unwrap())
}

both_engines!(async a_service_goes_live_after_its_trial_and_the_share_moves, Town::open, |town| {
    let id = proposed(&town).await;
    let office = town.officer("lanhdao.vpubnd").await;
    let path = |act: &str| format!("/api/v1/pipeline/{id}/{act}");
    let seen = town.get(&NOBODY, &format!("/api/v1/pipeline/{id}")).await.ok();
    let none = town.post(&office, &path("review"), &json!({ "verdicts": [] })).await.faults();
    assert_eq!(none.len(), 9, "every criterion wants a verdict: {none:?}");
    let back = town.post(&office, &path("review"), &verdicts(&seen, Some("workflow"))).await.ok();
    assert_eq!(back["stage"], "listed", "it goes back with what is in the way");

    let own = town.officer("lanhdao.tamky").await;
    town.post(&own, &path("propose"), &json!({ "no_presence": true })).await.ok();
    town.post(&town.officer("lanhdao.stttt").await, &path("consolidate"), &json!({})).await.ok();
    let seen = town.get(&NOBODY, &format!("/api/v1/pipeline/{id}")).await.ok();
    let chairman = town.officer("lanhdao.ubndtinh").await;
    let before = town.get(&chairman, "/api/v1/brief").await.ok();
    assert_eq!(town.post(&office, &path("review"), &verdicts(&seen, None)).await.ok()["stage"], "reviewed");
    let list = json!({ "offerings": [id], "decision": "1962/QĐ-UBND" });
    town.post(&own, "/api/v1/pipeline/approve", &list).await.refused(403, "not_permitted");
    let brief = town.get(&chairman, "/api/v1/brief").await.ok();
    assert_eq!(to_approve(&brief), to_approve(&before) + 1, "{brief}");
    let (own_before, all_before) = (live_share(&town, Some(TAM_KY)).await.0, live_share(&town, None).await.0);
    town.post(&chairman, "/api/v1/pipeline/approve", &list).await.ok();
    assert_eq!(live_share(&town, Some(TAM_KY)).await.0, (own_before.0, own_before.1 + 1));

    let dossiers = town.parts.db.read_blocking(&town.parts.home, system_onestop::flow::count).unwrap();
    let done = town.post(&own, &path("go-live"), &json!({})).await.ok();
    assert_eq!((&done["stage"], &done["trial"]["passed"]), (&json!("live"), &json!(true)), "{done}");
    let after = town.parts.db.read_blocking(&town.parts.home, system_onestop::flow::count).unwrap();
    assert_eq!(dossiers, after, "nothing of the trial stays");
    let (own_after, share) = live_share(&town, Some(TAM_KY)).await;
    assert_eq!(own_after, (own_before.0 + 1, own_before.1 + 1));
    let rows = share["rows"].as_array().unwrap();
    let counted = rows.iter().filter(|row| row["counts"] == 1).count();
    assert_eq!((rows.len(), counted), (own_after.1, own_after.0), "the number opens its rows");
    assert!(town.get(&NOBODY, "/pipeline").await.status.is_success());
    assert!(town.get(&NOBODY, &format!("/pipeline/{id}")).await.status.is_success());
    assert!(town.get(&NOBODY, "/measures/level4_share").await.status.is_success());

    town.post(&chairman, &path("suspend"), &json!({ "reason": "Biểu mẫu sai" })).await.ok();
    assert_eq!(live_share(&town, None).await.0, (all_before.0, all_before.1 + 1));
});

both_engines!(async a_past_day_counts_the_same_again_and_a_changed_figure_is_named, Town::open, |town| {
    with_late_ones(&town).await;
    proposed(&town).await;
    town.at("2021-08-02T08:00");
    let (db, home) = (&town.parts.db, &town.parts.home);
    let day = date(2021, 7, 30);
    let kept = db.write_blocking(home, move |tx| metrics::flow::keep_day(tx, day)).unwrap();
    assert!(kept > 9, "{kept}");
    // What happens later does not change the day.
    let citizen = town.citizen("0907700009").await;
    handed_in(&town, &citizen).await;
    town.at("2021-08-05T08:00");
    assert_eq!(db.read_blocking(home, move |tx| metrics::flow::differences(tx, day)).unwrap(), []);
    town.tamper("UPDATE metric_days SET numerator = denominator WHERE metric = 'online_dossiers' AND agency = ''");
    let same = db.read_blocking(home, move |tx| metrics::flow::differences(tx, day)).unwrap();
    assert!(same.is_empty(), "all were online, so nothing was changed: {same:?}");
    town.tamper("UPDATE metric_days SET numerator = 7 WHERE metric = 'level34_share' AND agency = ''");
    let found = db.read_blocking(home, move |tx| metrics::flow::differences(tx, day)).unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].0.starts_with("2021-07-30/level34_share/"), "{found:?}");
});

/// How many services stand at each stage, as everyone sees it.
fn at_stage(seen: &Value, stage: &str) -> usize {
    seen["offerings"].as_array().unwrap().iter().filter(|one| one["stage"] == stage).count()
}

both_engines!(async the_demonstration_has_services_at_every_stage_and_a_department_brings_its_own_live, Town::open, |town| {
    let seen = town.get(&NOBODY, "/api/v1/pipeline").await.ok();
    for stage in ["listed", "proposed", "consolidated", "reviewed", "approved", "live"] {
        assert!(at_stage(&seen, stage) >= 3, "{} at {stage}", at_stage(&seen, stage));
    }
    let total = &seen["total"];
    assert_eq!(total["declared"], 148);
    assert_eq!(total["live"].as_u64(), Some(at_stage(&seen, "live") as u64));
    for one in seen["offerings"].as_array().unwrap().iter().filter(|one| one["stage"] == "live") {
        assert_eq!(one["trial"]["passed"], true, "{one}");
    }
    let (before, _) = live_share(&town, None).await;
    assert!(before.0 > 0 && before.0 < before.1, "{before:?}");
    // Two papers, a fee before reception: the department of natural resources presses once.
    let ready = |one: &&Value| one["stage"] == "approved" && one["procedure"] == "1.012783";
    let id = seen["offerings"].as_array().unwrap().iter().find(ready).unwrap()["id"].as_str().unwrap().to_owned();
    let own = town.officer("lanhdao.stnmt").await;
    let done = town.post(&own, &format!("/api/v1/pipeline/{id}/go-live"), &json!({})).await.ok();
    assert_eq!((&done["stage"], &done["trial"]["passed"]), (&json!("live"), &json!(true)), "{done}");
    assert!(done["trial"]["said"].to_string().contains("biên lai"), "{done}");
    assert_eq!(live_share(&town, None).await.0, (before.0 + 1, before.1));
    assert_eq!(crate::verify::findings(&town), Vec::<Value>::new());
});

both_engines!(async a_trial_plays_a_person_who_is_known_as_well_as_the_procedure_asks, Town::open, |town| {
    // 2.000488 asks for an identity at level 2: it went live in the seed. Off and on again.
    let seen = town.get(&NOBODY, "/api/v1/pipeline").await.ok();
    let found = seen["offerings"].as_array().unwrap().iter().find(|one| one["procedure"] == "2.000488").unwrap().clone();
    assert_eq!(found["stage"], "live", "{found}");
    let path = |act: &str| format!("/api/v1/pipeline/{}/{act}", found["id"].as_str().unwrap());
    let chairman = town.officer("lanhdao.ubndtinh").await;
    town.post(&chairman, &path("suspend"), &json!({ "reason": "Kiểm tra lại biểu mẫu" })).await.ok();
    let own = town.officer("lanhdao.stp").await;
    assert_eq!(town.post(&own, &path("go-live"), &json!({})).await.ok()["stage"], "live");
});

/// Links whose text holds a whole number, with that number.
fn numbers(page: &str) -> Vec<(String, usize)> {
    let main = &page[page.find("<main").unwrap()..];
    let links = main.split("<a href=\"").skip(1).filter_map(|link| {
        let (href, rest) = link.split_once('"')?;
        let text = rest.split_once("</a>")?.0.split_once("number\">")?.1.split_once('<')?.0;
        Some((href.replace("&#38;", "&").replace("&amp;", "&"), text.trim().replace('.', "").parse().ok()?))
    });
    links.collect()
}

/// Rows behind an address over all its pages.
async fn rows_behind(town: &Town, first: &str) -> usize {
    let (mut found, mut address) = (0, first.to_owned());
    loop {
        let reply = town.get(&NOBODY, &address).await;
        assert!(reply.status.is_success(), "{address}: {}", reply.status);
        let text = reply.text();
        let list =
            text.split_once("<ul class=\"public-rows\">").map_or("", |(_, rest)| rest.split("</ul>").next().unwrap());
        found += list.matches("<li>").count();
        let next = text.split("<a href=\"").find_map(|link| link.split_once("\" rel=\"next\"").map(|(href, _)| href));
        match next {
            Some(next) => address = next.replace("&#38;", "&").replace("&amp;", "&"),
            None => return found,
        }
    }
}

/// All rows of an answer, page by page.
async fn all_rows(town: &Town, path: &str) -> Vec<Value> {
    let (mut rows, mut skip) = (Vec::new(), 0);
    loop {
        let answer = town.get(&NOBODY, &format!("{path}skip={skip}")).await.ok();
        let part = answer["rows"].as_array().unwrap();
        assert!(part.len() <= 200, "{}", part.len());
        rows.extend(part.iter().cloned());
        match answer["next"].as_i64() {
            Some(next) => skip = next,
            None => return rows,
        }
    }
}

both_engines!(async every_number_of_the_pipeline_opens_as_many_rows, Town::open, |town| {
    town.at("2021-07-26T09:00");
    for day in ["", "?at=2021-06-18"] {
        let page = town.get(&NOBODY, &format!("/pipeline{day}")).await.text();
        let shown = numbers(&page);
        assert!(shown.len() > 40, "{day}: {}", shown.len());
        let mut seen = std::collections::BTreeSet::new();
        for (href, number) in shown {
            assert_eq!(rows_behind(&town, &href).await, number, "{href}");
            seen.insert(href.split("show=").nth(1).unwrap_or_default().split('&').next().unwrap().to_owned());
        }
        assert!(seen.len() >= 6, "each kind of number: {seen:?}");
    }
    // The same for programs, with pages: 148 claims, the whole list.
    let seen = town.get(&NOBODY, "/api/v1/pipeline").await.ok();
    for show in ["declared", "listed", "under_way", "eligible", "live", "proven"] {
        let rows = all_rows(&town, &format!("/api/v1/pipeline/rows?show={show}&")).await;
        assert_eq!(Some(rows.len() as u64), seen["total"][show].as_u64(), "{show}");
    }
    let second = town.get(&NOBODY, "/api/v1/pipeline/rows?show=declared&skip=147").await.ok();
    assert_eq!((second["rows"].as_array().unwrap().len(), &second["next"]), (1, &Value::Null));
    assert_eq!(town.get(&NOBODY, "/api/v1/pipeline/rows?agency=000.99.99.H47").await.status, 404);
});

both_engines!(async every_measure_opens_the_rows_it_was_counted_from_page_by_page, Town::open, |town| {
    with_late_ones(&town).await;
    let all = town.get(&NOBODY, "/api/v1/measures").await.ok();
    for one in all["items"].as_array().unwrap() {
        let (code, measured) = (one["metric"].as_str().unwrap(), &one["measured"]);
        let rows = all_rows(&town, &format!("/api/v1/measures/{code}?")).await;
        assert_eq!(Some(rows.len() as u64), measured["denominator"].as_u64(), "{code}");
        let counts = |row: &Value| row["counts"].as_i64().unwrap();
        let hits: i64 = match one["kind"].as_str().unwrap() {
            "share" => rows.iter().filter(|row| counts(row) > 0).count() as i64,
            _ => rows.iter().map(counts).sum(),
        };
        assert_eq!(Some(hits), measured["numerator"].as_i64(), "{code}");
        assert_eq!(rows_behind(&town, &format!("/measures/{code}")).await, rows.len(), "{code}");
        let whole = town.get(&NOBODY, &format!("/api/v1/measures/{code}")).await.ok();
        for agency in whole["agencies"].as_array().unwrap() {
            let path = format!("/measures/{code}?agency={}", agency["agency"].as_str().unwrap());
            let own = rows_behind(&town, &path).await as u64;
            assert_eq!(Some(own), agency["measured"]["denominator"].as_u64(), "{path}");
        }
    }
    let listed = town.get(&NOBODY, "/measures/level34_share").await.text();
    assert!(listed.contains("rel=\"next\""), "72 rows do not stand on one page");
});
