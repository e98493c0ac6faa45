//! Who is told of plans and directives, and the digital signatures on letters and decisions.

use kernel_signatures::{Verdict, check};
use kernel_testkit::both_engines;
use serde_json::{Value, json};

use crate::{
    directives::{act, assign, cast, look, plan},
    harness::{Person, Town},
    signatures::{SigningTown, said_by_pdfsig},
};

/// Titles of the messages of an officer, the newest first.
async fn told(town: &Town, who: &Person) -> Vec<String> {
    let messages = town.get(who, "/api/v1/messages").await.ok();
    let titles = messages["messages"].as_array().unwrap().iter().map(|m| m["title"].as_str().unwrap().to_owned());
    titles.collect()
}

#[track_caller]
fn one_of(titles: &[String], words: &str) {
    assert!(titles.iter().any(|title| title.contains(words)), "“{words}” is not among {titles:?}");
}

/// One of the messages of an officer says this.
async fn says(town: &Town, who: &Person, words: &str) {
    one_of(&told(town, who).await, words);
}

/// Whom the briefs of all days went to.
fn briefed(town: &Town) -> Vec<String> {
    town.texts("SELECT recipient FROM messages WHERE kind = 'officer.brief' ORDER BY recipient, event_key")
}

both_engines!(async the_brief_comes_to_each_leader_once_at_seven_also_after_a_restart, Town::open, |town| {
    let cast = cast(&town, "sxd").await;
    let document = plan(&town, &cast.office).await;
    assign(&town, &cast, &document, "2021-07-30", json!({})).await;
    town.run_jobs();
    town.at("2021-08-03T06:59");
    town.run_jobs();
    assert_eq!(briefed(&town), Vec::<String>::new(), "nothing before seven");
    town.at("2021-08-03T07:00");
    town.run_jobs();
    let first = briefed(&town);
    assert!(first.contains(&"staff:lanhdao.sxd".to_owned()), "{first:?}");
    assert!(first.contains(&"staff:lanhdao.ubndtinh".to_owned()), "{first:?}");
    assert!(!first.contains(&"staff:lanhdao.syt".to_owned()), "nothing is red at Sở Y tế: {first:?}");
    let mut once = first.clone();
    once.dedup();
    assert_eq!(first, once, "each leader once");
    let own = told(&town, &cast.unit).await;
    assert!(own.iter().any(|title| title == "Báo cáo sáng: 0 việc mới quá hạn, 0 văn bản chờ ký"), "{own:?}");
    let messages = town.get(&cast.chairman, "/api/v1/messages").await.ok();
    let brief = messages["messages"].as_array().unwrap().iter().find(|m| m["kind"] == "officer.brief").unwrap();
    assert_eq!(brief["link"], "/staff/brief");
    assert!(brief["title"].as_str().unwrap().contains(" văn bản chờ ký"), "{brief}");
    // A second process, and the job of seven enqueued once more: nobody hears twice.
    let second = town.second_process();
    second.db.write_blocking(&second.home, system_directives::brief::jobs::plan).unwrap();
    town.at("2021-08-03T07:20");
    town.run_jobs();
    let again = briefed(&town);
    let mut once = again.clone();
    once.dedup();
    assert_eq!(again, once, "nobody hears twice on a day");
    assert!(first.iter().all(|leader| again.contains(leader)), "{again:?}");
    // A day later again, once; on Saturday not.
    town.at("2021-08-04T07:00");
    town.run_jobs();
    let second_day = briefed(&town).len();
    assert!(second_day > again.len(), "{second_day}");
    town.at("2021-08-07T07:00");
    town.run_jobs();
    assert_eq!(briefed(&town).len(), second_day, "nobody works on a Saturday");
});

both_engines!(async everyone_concerned_by_a_task_is_told_once, Town::open, |town| {
    let cast = cast(&town, "sxd").await;
    let chief = town.officer("lanhdao.vpubnd").await;
    let document = plan(&town, &cast.office).await;
    let code = assign(&town, &cast, &document, "2021-07-30", json!({})).await;
    town.run_jobs();
    town.run_jobs();
    let assigned = told(&town, &cast.unit).await;
    assert_eq!(assigned.len(), 1, "{assigned:?}");
    assert!(assigned[0].contains(&code) && assigned[0].contains("được giao cho đơn vị"), "{assigned:?}");
    act(&town, &cast.unit, &code, "accept", json!({ "officer": "chuyenvien.sxd" })).await.ok();
    let more = json!({ "new_due": "2021-08-20", "reason": "Chờ số liệu của các huyện gửi về." });
    act(&town, &cast.unit_specialist, &code, "ask-extension", more).await.ok();
    town.run_jobs();
    says(&town, &chief, "có đề nghị gia hạn").await;
    act(&town, &chief, &code, "decide-extension", json!({ "granted": false, "comment": "Không có lý do khách quan." })).await.ok();
    town.run_jobs();
    for who in [&cast.unit, &cast.unit_specialist] {
        says(&town, who, "không được gia hạn").await;
    }
    // The rungs: officer and leader the day before, the leader the day after, then those above; each once.
    for time in ["2021-07-29T16:30", "2021-08-02T17:30", "2021-08-06T17:30", "2021-08-13T17:30"] {
        town.at(time);
        town.run_jobs();
        town.run_jobs();
    }
    let keys = town.texts("SELECT recipient || ' ' || event_key FROM messages WHERE kind = 'officer.escalation' ORDER BY 1");
    let mut once = keys.clone();
    once.dedup();
    assert_eq!(keys, once);
    let of = |who: &str| keys.iter().filter(|k| k.starts_with(&format!("staff:{who} "))).count();
    assert_eq!((of("chuyenvien.sxd"), of("lanhdao.sxd")), (1, 2), "{keys:?}");
    assert!(of("lanhdao.ubndtinh") >= 1, "{keys:?}");
    assert_eq!(of("lanhdao.syt"), 0);
});

both_engines!(async a_secret_task_is_named_by_its_number_only, Town::open, |town| {
    let cast = cast(&town, "sxd").await;
    let document = plan(&town, &cast.office).await;
    let secret = json!({ "secret": true, "title": "Phương án bảo vệ Quảng Trường" });
    let code = assign(&town, &cast, &document, "2021-07-28", secret).await;
    for time in ["2021-07-27T16:30", "2021-07-29T17:30", "2021-08-05T17:30"] {
        town.at(time);
        town.run_jobs();
    }
    let titles = told(&town, &cast.unit).await;
    assert!(titles.iter().any(|t| t.contains(&code)), "{titles:?}");
    let leaked = town.rows_with(&["Phương án bảo vệ Quảng Trường"]);
    let tables: Vec<&str> = leaked.iter().filter_map(|row| row.split(':').next()).collect();
    assert!(tables.iter().all(|table| *table == "directive_tasks"), "{leaked:?}");
});

both_engines!(async a_remedy_that_is_late_climbs_and_stands_in_the_units_letter, Town::open, |town| {
    let cast = cast(&town, "sxd").await;
    let chief = town.officer("lanhdao.vpubnd").await;
    let team = json!({ "name": "Tổ kiểm tra cải cách hành chính", "decision": "100/QĐ-UBND", "members": ["chuyenvien.stttt"] });
    let made = town.post(&chief, "/api/v1/teams", &team).await.ok();
    let inspector = town.officer("chuyenvien.stttt").await;
    let visit = json!({ "unit": cast.unit_id, "visited_on": "2021-07-26", "summary": "Kiểm tra việc niêm yết thủ tục.",
        "findings": [{ "text": "Chưa niêm yết đủ thủ tục.", "remedy": "Niêm yết đủ thủ tục", "due_on": "2021-07-30" }] });
    let path = format!("/api/v1/teams/{}/visits", made["id"].as_str().unwrap());
    let seen = town.post(&inspector, &path, &visit).await.ok();
    town.run_jobs();
    says(&town, &inspector, "Bạn được cử vào").await;
    says(&town, &cast.unit, "nêu 1 việc đơn vị phải khắc phục").await;
    town.at("2021-08-02T17:30");
    town.run_jobs();
    says(&town, &cast.unit, "“Niêm yết đủ thủ tục” của Sở Xây dựng đã quá hạn").await;
    let letters = town.get(&cast.chairman, "/api/v1/letters?state=draft").await.ok();
    let items = letters["items"][0]["items"].as_array().unwrap();
    assert_eq!((items.len(), &items[0]["part"], &items[0]["code"]), (1, &json!("khắc phục"), &json!("")));
    assert_eq!(items[0]["document"], "Kiểm tra theo quyết định số 100/QĐ-UBND");
    // Put right: nothing is left to urge, and the letter is not issued.
    let remedy = format!("/api/v1/remedies/{}", seen["findings"][0]["id"].as_str().unwrap());
    town.post(&cast.unit, &format!("{remedy}/report"), &json!({ "text": "Đã niêm yết đủ tại trụ sở." })).await.ok();
    let letters = town.get(&cast.chairman, "/api/v1/letters?state=draft").await.ok();
    assert_eq!(letters["items"], json!([]));
    town.run_jobs();
    says(&town, &inspector, "báo cáo đã khắc phục").await;
    assert_eq!(crate::verify::findings(&town), Vec::<Value>::new());
});

both_engines!(async a_letter_and_a_decision_are_signed_and_sealed_before_the_unit_has_them, SigningTown::open, |signing| {
    let town = &signing.town;
    let cast = cast(town, "sxd").await;
    let document = plan(town, &cast.office).await;
    let code = assign(town, &cast, &document, "2021-07-30", json!({})).await;
    signing.at("2021-08-03T07:30");
    town.run_jobs();
    let letters = town.get(&cast.chairman, "/api/v1/letters?state=draft").await.ok();
    let letter = letters["items"][0].clone();
    let path = format!("/api/v1/letters/{}", letter["id"].as_str().unwrap());
    let approve = json!({ "sha256": letter["sha256"], "totp": town.code("lanhdao.ubndtinh") });
    let approved = town.post(&cast.chairman, &format!("{path}/sign"), &approve).await.ok();
    assert_eq!((&approved["state"], &approved["number"]), (&json!("approved"), &letter["number"]));
    assert_eq!(town.get(&cast.unit, &path).await.status, 404, "not out before it is signed");
    let again = json!({ "sha256": letter["sha256"], "totp": town.code("lanhdao.ubndtinh") });
    town.post(&cast.chairman, &format!("{path}/sign"), &again).await.refused(409, "not_draft");
    town.post(&cast.chairman, &format!("{path}/sign-again"), &json!({})).await.refused(409, "nothing_failed");
    town.run_jobs();
    town.run_jobs();
    let sent = town.get(&cast.unit, &path).await.ok();
    assert_eq!(sent["state"], "signed");
    let pdf = town.get(&cast.unit, &format!("{path}/pdf")).await.bytes;
    let found = check(&pdf, &signing.simulator.trust().unwrap(), town.now());
    assert_eq!((found.verdict, found.signatures.len()), (Verdict::Valid, 2), "{found:?}");
    assert!(found.signatures[1].signer.contains("Ủy ban nhân dân"), "the seal comes second: {found:?}");
    assert_eq!(said_by_pdfsig(&pdf).matches("Signature is Valid.").count(), 2);
    let letters = told(town, &cast.unit).await;
    assert_eq!(letters.iter().filter(|t| t.contains("Công văn đôn đốc số")).count(), 1, "{letters:?}");
    // Thirty working days late: the decision is a document of its own, signed in the same way.
    signing.at("2021-09-14T07:30");
    town.run_jobs();
    let ratings = town.get(&cast.chairman, "/api/v1/ratings").await.ok();
    let rating = format!("/api/v1/ratings/{}", ratings["items"][0]["id"].as_str().unwrap());
    let excuse = json!({ "decision": "excuse", "reason": "Phải tập trung phòng, chống dịch theo chỉ đạo.",
        "totp": town.code("lanhdao.ubndtinh") });
    let decided = town.post(&cast.chairman, &format!("{rating}/decide"), &excuse).await.ok();
    assert_eq!(decided["number"], "01/UBND-XL");
    town.run_jobs();
    town.run_jobs();
    let pdf = town.get(&cast.unit, &format!("{rating}/pdf")).await.bytes;
    let found = check(&pdf, &signing.simulator.trust().unwrap(), town.now());
    assert_eq!((found.verdict, found.signatures.len()), (Verdict::Valid, 2), "{found:?}");
    says(town, &cast.unit, "có quyết định về xếp loại").await;
    assert!(look(town, &cast.unit, &code).await["rating"]["number"].is_string());
    let found = crate::verify::findings(town);
    assert!(found.iter().all(|f| f["table"] == "files"), "{found:?}");
});
