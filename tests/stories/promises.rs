//! What was promised, and what may and may not move it.

use kernel_testkit::both_engines;
use serde_json::{Value, json};

use crate::{
    harness::{NOBODY, Town},
    outcomes::{BUSINESS, Desk, TAM_KY, approve, drafted, handed_in, to_the_leader},
};

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}"))
}

both_engines!(async the_owner_is_asked_once_and_the_clock_stands_still_meanwhile, Town::open, |town| {
    let citizen = town.citizen("0905100001").await;
    let desk = Desk::of(&town, "tamky").await;
    let receipt = handed_in(&town, &citizen).await;
    town.at("2021-07-26T08:30");
    town.act(&desk.reception, &receipt.code, "accept", json!({})).await.ok();
    let due = text(&town.look(&citizen, &receipt.code).await, "legal_due").to_owned();
    assert_eq!(due, "2021-07-29T01:30:00.000Z", "three working days from Monday 08:30 end on Thursday 08:30");
    town.act(&desk.reception, &receipt.code, "forward", json!({})).await.ok();

    let item = json!({ "about": "paper:giay-to-tuy-than", "problem": "Ảnh mờ, không đọc được số.", "needed": "Chụp lại cả trang." });
    let nothing = town.act(&desk.specialist, &receipt.code, "supplement", json!({ "items": [] })).await.faults();
    assert_eq!(nothing[0].0, "items");
    let unknown = json!({ "items": [{ "about": "paper:bang-lai", "problem": "Không có.", "needed": "Nộp bằng lái." }] });
    assert_eq!(town.act(&desk.specialist, &receipt.code, "supplement", unknown).await.faults()[0].0, "items.0.about");
    let body = json!({ "items": [item], "reply_working_days": 10 });
    town.at("2021-07-27T09:00");
    let asked = town.act(&desk.specialist, &receipt.code, "supplement", body.clone()).await.ok();
    assert_eq!(asked["status"], "supplement_requested");
    // While it is paused nothing else happens.
    town.act(&desk.specialist, &receipt.code, "forward", json!({})).await.refused(409, "wrong_state");
    let seen = town.look(&citizen, &receipt.code).await;
    assert!(seen["promise"]["paused_since"].is_string() && seen["late"] == false);
    let form = seen["slips"].as_array().unwrap().iter().find(|s| s["kind"] == "supplement_request").unwrap();
    assert_eq!(form["form"], "02");

    // Two full working days pass; the asked paper must be in the answer.
    town.at("2021-07-29T09:00");
    let empty = town.act(&citizen, &receipt.code, "answer", json!({ "note": "Đã nộp" })).await.faults();
    assert_eq!(empty, [("papers.giay-to-tuy-than".to_owned(), "required".to_owned())]);
    let file = town.paper(&citizen).await;
    let answer = json!({ "papers": [{ "paper": "giay-to-tuy-than", "file": file }] });
    assert_eq!(town.act(&citizen, &receipt.code, "answer", answer).await.ok()["status"], "processing");
    let seen = town.look(&citizen, &receipt.code).await;
    assert_eq!(text(&seen, "first_promise"), due, "the first promise never moves");
    assert_eq!(text(&seen, "legal_due"), "2021-08-02T01:30:00.000Z", "two working days later, the weekend between");
    assert_eq!(seen["promise"]["paused_since"], Value::Null);
    let replaced = seen["papers"].as_array().unwrap().iter().filter(|p| p["replaced"] == true).count();
    assert_eq!((replaced, seen["papers"].as_array().unwrap().len()), (1, 2), "the blurred paper is kept beside the new one");

    // A second request in the same stage, however well it is meant.
    town.act(&desk.specialist, &receipt.code, "supplement", body).await.refused(409, "one_request_per_stage");
});

both_engines!(async a_late_dossier_is_settled_only_after_an_apology_and_stays_late, Town::open, |town| {
    let citizen = town.citizen("0905100002").await;
    let desk = Desk::of(&town, "tamky").await;
    let receipt = handed_in(&town, &citizen).await;
    let sha256 = to_the_leader(&town, &desk, &receipt.code, true).await;
    let due = text(&town.look(&citizen, &receipt.code).await, "legal_due").to_owned();

    // The draft of the apology is there before the deadline passes.
    town.at("2021-07-28T16:45");
    town.run_jobs();
    let before = town.look(&desk.specialist, &receipt.code).await;
    assert_eq!(before["apologies"].as_array().unwrap().len(), 1, "drafted by itself when little time is left");
    assert_eq!(before["late"], false);
    assert!(town.look(&citizen, &receipt.code).await["apologies"].as_array().unwrap().is_empty(), "a draft is not shown");

    town.at("2021-07-30T09:00");
    assert_eq!(town.look(&citizen, &receipt.code).await["late"], true);
    let refused = approve(&town, &desk.leader, &receipt.code, &sha256).await.refused(409, "apology_needed");
    assert_eq!(refused["current"]["legal_due"], json!(due));
    let past = json!({ "reason": "Cán bộ phụ trách nghỉ ốm.", "new_appointment": "2021-07-29T16:00" });
    assert!(!town.act(&desk.specialist, &receipt.code, "apologise", past).await.faults().is_empty());
    let apology = json!({ "reason": "Cán bộ phụ trách nghỉ ốm.", "new_appointment": "2021-08-03T16:00" });
    town.act(&desk.specialist, &receipt.code, "apologise", apology).await.ok();
    approve(&town, &desk.leader, &receipt.code, &sha256).await.refused(409, "apology_needed");
    // Who drafts does not approve.
    let totp = json!({ "totp": town.code("chuyenvien.tamky") });
    town.act(&desk.specialist, &receipt.code, "approve-apology", totp).await.refused(403, "not_permitted");
    let totp = json!({ "totp": town.code("lanhdao.tamky") });
    town.act(&desk.leader, &receipt.code, "approve-apology", totp).await.ok();
    let seen = town.look(&citizen, &receipt.code).await;
    assert_eq!(text(&seen, "appointment"), "2021-08-03T09:00:00.000Z");
    assert_eq!((text(&seen, "legal_due"), text(&seen, "first_promise")), (&*due, &*due), "an appointment moves no promise");
    assert!(seen["slips"].as_array().unwrap().iter().any(|s| s["kind"] == "apology"));

    // Within the new appointment, and late nevertheless.
    town.at("2021-08-02T09:00");
    approve(&town, &desk.leader, &receipt.code, &sha256).await.ok();
    let settled = town.look(&citizen, &receipt.code).await;
    assert_eq!((&settled["status"], &settled["result"], &settled["late"]), (&json!("settled"), &json!("late"), &json!(true)));
});

both_engines!(async a_one_time_code_approves_one_thing_once, Town::open, |town| {
    let citizen = town.citizen("0905100003").await;
    let desk = Desk::of(&town, "tamky").await;
    let (one, two) = (handed_in(&town, &citizen).await, handed_in(&town, &citizen).await);
    let first = to_the_leader(&town, &desk, &one.code, true).await;
    let second = to_the_leader(&town, &desk, &two.code, true).await;
    let totp = town.code("lanhdao.tamky");
    let approval = |sha256: &str, totp: &str| json!({ "sha256": sha256, "totp": totp });
    let other = town.code("lanhdao.hoian");
    for wrong in ["", "000000", "12345", other.as_str()] {
        let refused = town.act(&desk.leader, &one.code, "approve", approval(&first, wrong)).await;
        assert!(refused.status.is_client_error(), "{wrong}: {}", refused.text());
    }
    town.act(&desk.leader, &one.code, "approve", approval(&first, &totp)).await.ok();
    let again = town.act(&desk.leader, &two.code, "approve", approval(&second, &totp)).await;
    assert!(again.status.is_client_error(), "{}", again.text());
    assert_eq!(town.look(&citizen, &two.code).await["status"], "processing");
    // Nor does a specialist approve with a good code of his own.
    let own = approval(&second, &town.code("chuyenvien.tamky"));
    town.act(&desk.specialist, &two.code, "approve", own).await.refused(403, "not_permitted");
});

both_engines!(async a_procedure_is_settled_under_the_facts_of_2025, Town::open, |town| {
    // From 1 July 2025 the commune registers household businesses (two tiers), on a form of another circular.
    town.at("2025-07-02T08:30");
    let citizen = town.citizen("0905100004").await;
    let gone = town.application(&citizen, BUSINESS, TAM_KY).await;
    let refused = town.post(&citizen, "/api/v1/dossiers", &gone).await.faults();
    assert_eq!(refused, [("agency".to_owned(), "not_offered".to_owned())], "the district no longer offers it");
    let desk = Desk::of(&town, "20341").await;
    let receipt = town.hand_in(&citizen, BUSINESS, "000.03.31.H47").await;
    assert_eq!(receipt.code, "000.03.31.H47-250702-0001");
    town.act(&desk.reception, &receipt.code, "accept", json!({})).await.ok();
    let seen = town.look(&citizen, &receipt.code).await;
    let slip = seen["slips"].as_array().unwrap().iter().find(|s| s["kind"] == "receipt").unwrap();
    assert!(text(slip, "act").contains("03/2025/TT-VPCP"), "{slip}");
    town.act(&desk.reception, &receipt.code, "forward", json!({})).await.ok();
    town.act(&desk.specialist, &receipt.code, "forward", json!({})).await.ok();
    let result = town.act(&desk.specialist, &receipt.code, "draft", crate::outcomes::draft(true)).await.ok();
    town.act(&desk.specialist, &receipt.code, "forward", json!({})).await.ok();
    approve(&town, &desk.leader, &receipt.code, text(&result, "sha256")).await.ok();
});

both_engines!(async a_dossier_received_before_the_change_keeps_the_facts_of_its_day, Town::open, |town| {
    town.at("2025-06-30T08:30");
    let citizen = town.citizen("0905100005").await;
    let desk = Desk::of(&town, "tamky").await;
    let receipt = handed_in(&town, &citizen).await;
    town.act(&desk.reception, &receipt.code, "accept", json!({})).await.ok();
    let before = town.look(&citizen, &receipt.code).await;
    // The district settles it on its graph and its limit, although it offers the procedure no more.
    town.at("2025-07-01T08:30");
    let sha256 = drafted(&town, &desk, &receipt.code, true).await;
    town.at("2025-07-02T08:30");
    approve(&town, &desk.leader, &receipt.code, &sha256).await.ok();
    let after = town.look(&citizen, &receipt.code).await;
    for fact in ["legal_due", "first_promise", "case", "agency", "procedure_name"] {
        assert_eq!(before[fact], after[fact], "{fact}");
    }
    assert_eq!(after["result"], "early");
    // Slips follow the day they are made on: that of the receipt was 30 June.
    let slip = after["slips"].as_array().unwrap().iter().find(|s| s["kind"] == "receipt").unwrap();
    assert!(text(slip, "act").contains("01/2018/TT-VPCP"), "{slip}");
});

both_engines!(async a_step_of_a_same_day_dossier_never_runs_past_the_dossier, Town::open, |town| {
    let citizen = town.citizen("0905100021").await;
    let clerk = town.officer("tiepnhan.20335").await;
    let due = |seen: &Value, kind: &str| -> Vec<String> {
        let of_kind = |o: &&Value| o["kind"] == kind;
        seen.as_array().unwrap().iter().filter(of_kind).map(|o| text(o, "legal_due").to_owned()).collect()
    };
    // Received at 14:30 on Monday: due at 17:00; the three hours of checking would end on Tuesday.
    town.at("2021-07-26T14:00");
    let receipt = town.hand_in(&citizen, "1.001193", "000.01.31.H47").await;
    town.at("2021-07-26T14:30");
    town.act(&clerk, &receipt.code, "accept", json!({})).await.ok();
    let whole = town.look(&citizen, &receipt.code).await["legal_due"].as_str().unwrap().to_owned();
    assert_eq!(whole, "2021-07-26T10:00:00.000Z", "the same day at 17:00");
    town.act(&clerk, &receipt.code, "forward", json!({})).await.ok();
    let steps = due(&town.promises(&receipt.code).await, "dossier.step");
    assert_eq!(steps.len(), 2, "{steps:?}");
    assert!(steps.iter().all(|step| *step <= whole), "{steps:?}");
    assert_eq!(steps[1], "2021-07-26T09:30:00.000Z", "two whole hours are left at 14:30");

    // Less than an hour is left: the dossier's own clock is the nearer one.
    let late = town.hand_in(&citizen, "1.001193", "000.01.31.H47").await;
    town.at("2021-07-26T14:50");
    town.act(&clerk, &late.code, "accept", json!({})).await.ok();
    town.at("2021-07-26T16:30");
    town.act(&clerk, &late.code, "forward", json!({})).await.ok();
    assert_eq!(due(&town.promises(&late.code).await, "dossier.step").len(), 1, "no clock of its own for half an hour");
});

both_engines!(async the_page_of_a_dossier_tells_the_working_time_that_is_left, Town::open, |town| {
    let citizen = town.citizen("0905100031").await;
    let clerk = town.officer("tiepnhan.tamky").await;
    town.at("2021-07-26T08:00");
    let receipt = handed_in(&town, &citizen).await;
    let path = format!("/tra-cuu?code={}&key={}", receipt.code, receipt.key);
    let page = async || town.get(&NOBODY, &path).await.text();
    assert!(page().await.contains("Còn 1 ngày làm việc"), "eight working hours to answer");
    town.at("2021-07-26T08:30");
    town.act(&clerk, &receipt.code, "accept", json!({})).await.ok();
    assert!(page().await.contains("Còn 3 ngày làm việc"), "{}", page().await);
    // Thursday 08:30 seen from Tuesday 10:00: five hours, a day, and an hour and a half.
    town.at("2021-07-27T10:00");
    assert!(page().await.contains("Còn 1 ngày 6 giờ làm việc"), "{}", page().await);
    town.at("2021-07-29T09:30");
    assert!(page().await.contains("Đã quá 1 giờ làm việc"), "{}", page().await);
});
