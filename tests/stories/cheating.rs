//! Nobody turns a late item into an on-time one: every way through the product is refused, every way past it is named.

use kernel_testkit::both_engines;
use serde_json::{Value, json};

use crate::{
    harness::{NOBODY, Person, Town},
    verify::findings,
};

/// A late task of Sở Xây dựng and who might want to bend it.
pub(crate) struct Late {
    pub(crate) code: String,
    pub(crate) leader: Person,
    pub(crate) specialist: Person,
    pub(crate) chief: Person,
    pub(crate) administrator: Person,
}

/// The task is due on 28 July; `at` is when one looks.
pub(crate) async fn late(town: &Town, at: &str) -> Late {
    let accounts = town.get(&NOBODY, "/api/v1/demo/accounts").await.ok();
    let unit = accounts.as_array().unwrap().iter().find(|a| a["account"] == "lanhdao.sxd").unwrap()["agency"].clone();
    let office = town.officer("chuyenvien.vpubnd").await;
    let plan = json!({ "kind": "plan", "number": "2714/KH-UBND", "title": "Kế hoạch (dữ liệu minh họa)", "issued_on": "2021-07-20" });
    let plan = town.post(&office, "/api/v1/directives", &plan).await.ok();
    let path = format!("/api/v1/directives/{}/tasks", plan["id"].as_str().unwrap());
    let task = json!({ "title": "Đề xuất dịch vụ công mức độ 4", "lead": unit, "due_on": "2021-07-28" });
    let code = town.post(&office, &path, &task).await.ok()["code"].as_str().unwrap().to_owned();
    let leader = town.officer("lanhdao.sxd").await;
    town.post(&leader, &format!("/api/v1/tasks/{code}/accept"), &json!({})).await.ok();
    town.at(at);
    town.run_jobs();
    Late {
        code,
        leader,
        specialist: town.officer("chuyenvien.sxd").await,
        chief: town.officer("lanhdao.vpubnd").await,
        administrator: town.officer("quantri").await,
    }
}

pub(crate) async fn act(town: &Town, who: &Person, code: &str, name: &str, body: Value) -> crate::harness::Reply {
    town.post(who, &format!("/api/v1/tasks/{code}/{name}"), &body).await
}

pub(crate) async fn is_late(town: &Town, late: &Late) -> bool {
    let seen = town.get(&late.chief, &format!("/api/v1/tasks/{}", late.code)).await.ok();
    assert_eq!(seen["clock"]["first_promise"], "2021-07-28T10:00:00.000Z");
    matches!(seen["deadline"].as_str(), Some("overdue" | "done_late"))
}

both_engines!(async no_act_of_the_interface_makes_a_late_task_on_time, Town::open, |town| {
    let late = late(&town, "2021-08-02T08:00").await;
    let code = late.code.clone();
    assert!(is_late(&town, &late).await);
    // More time, granted by who may: reminders move, late stays late.
    let more = json!({ "new_due": "2021-09-30", "reason": "Xin thêm thời gian để hoàn thiện." });
    act(&town, &late.specialist, &code, "ask-extension", more).await.ok();
    act(&town, &late.leader, &code, "decide-extension", json!({ "granted": true })).await.refused(403, "not_permitted");
    act(&town, &late.chief, &code, "decide-extension", json!({ "granted": true })).await.ok();
    assert!(is_late(&town, &late).await, "an extension decides nothing");
    // A pause after the due gives nothing back.
    act(&town, &late.chief, &code, "suspend", json!({ "legal_basis": "Công văn 9/UBND (minh họa)" })).await.ok();
    town.at("2021-08-20T08:00");
    act(&town, &late.chief, &code, "resume", json!({})).await.ok();
    assert!(is_late(&town, &late).await, "a pause after the due gives nothing back");
    // Fields that nobody has: unknown ones are refused, dates of the past cannot be typed.
    for body in [
        json!({ "percent": 99, "note": "", "at": "2021-07-27T08:00" }),
        json!({ "percent": 99, "closed_at": "2021-07-27" }),
    ] {
        assert!(act(&town, &late.specialist, &code, "progress", body).await.status.is_client_error());
    }
    let evidence = json!([{ "kind": "measured", "title": "Đã đo được 100 %", "reference": "x" }]);
    let typed = json!({ "text": "Đã hoàn thành từ tháng 7.", "evidence": evidence });
    assert_eq!(act(&town, &late.specialist, &code, "report", typed).await.faults()[0].1, "measured");
    let backdated = json!({ "text": "Đã hoàn thành từ tháng 7.", "evidence": [], "reported_at": "2021-07-27T08:00" });
    assert!(act(&town, &late.specialist, &code, "report", backdated).await.status.is_client_error());
    // Another holder, and back: no instant is set back.
    act(&town, &late.chief, &code, "reassign", json!({ "lead": "000.00.03.H47", "reason": "Đổi đơn vị chủ trì." })).await.refused(409, "wrong_state");
    // The administrator has no hand in it.
    for name in ["confirm", "cancel", "resume", "suspend", "decide-extension"] {
        let body = match name {
            "cancel" => json!({ "reason": "Không cần nữa." }),
            "suspend" => json!({ "legal_basis": "Công văn 1" }),
            "decide-extension" => json!({ "granted": true }),
            _ => json!({}),
        };
        assert_eq!(act(&town, &late.administrator, &code, name, body).await.status, 404, "{name}");
    }
    // Done at last, and late; a second task of the same name is another task.
    let evidence = json!([{ "kind": "document", "title": "Báo cáo số 1/BC-SXD" }]);
    act(&town, &late.specialist, &code, "report", json!({ "text": "Đã hoàn thành toàn bộ.", "evidence": evidence })).await.ok();
    act(&town, &late.chief, &code, "confirm", json!({})).await.ok();
    assert!(is_late(&town, &late).await);
    act(&town, &late.chief, &code, "cancel", json!({ "reason": "Hủy để khỏi tính trễ." })).await.refused(409, "wrong_state");
    assert_eq!(findings(&town), Vec::<Value>::new());
});

both_engines!(async cancelling_a_late_task_does_not_wash_it, Town::open, |town| {
    let late = late(&town, "2021-08-02T08:00").await;
    act(&town, &late.chief, &late.code, "cancel", json!({ "reason": "Hủy để khỏi tính trễ." })).await.ok();
    let seen = town.get(&late.chief, &format!("/api/v1/tasks/{}", late.code)).await.ok();
    assert_eq!((&seen["progress"], &seen["deadline"]), (&json!("cancelled"), &json!("done_late")));
});

both_engines!(async a_clock_that_is_set_back_changes_no_verdict, Town::open, |town| {
    let late = late(&town, "2021-08-02T08:00").await;
    let move_clock = json!({ "to": "2021-07-27T08:00" });
    // Only forward, and only in the demonstration.
    let moved = town.post(&late.administrator, "/api/v1/demo/clock", &move_clock).await;
    assert!(!moved.status.is_success(), "{}", moved.text());
    assert!(is_late(&town, &late).await);
});

both_engines!(async whatever_is_changed_by_hand_is_named, Town::open, |town| {
    let late = late(&town, "2021-08-02T08:00").await;
    let evidence = json!([{ "kind": "document", "title": "Báo cáo số 1/BC-SXD" }]);
    act(&town, &late.specialist, &late.code, "report", json!({ "text": "Đã hoàn thành toàn bộ.", "evidence": evidence })).await.ok();
    act(&town, &late.chief, &late.code, "confirm", json!({})).await.ok();
    assert_eq!(findings(&town), Vec::<Value>::new());
    let one = "subject = (SELECT 'task:' || id FROM directive_tasks)";
    let tricks = [
        (format!("UPDATE obligations SET result = 'on_time', late_days = 0, late_minutes = 0 WHERE kind = 'directive.task' AND {one}"), "obligations"),
        (format!("UPDATE obligations SET legal_due = '2021-09-30T10:00:00.000Z' WHERE kind = 'directive.task' AND {one}"), "obligations"),
        (format!("UPDATE obligations SET delivered_at = '2021-07-27T01:00:00.000Z' WHERE kind = 'directive.task' AND {one}"), "obligations"),
        ("UPDATE directive_tasks SET due_on = '2021-09-30'".to_owned(), "directive_tasks"),
        ("UPDATE directive_tasks SET progress = 'cancelled'".to_owned(), "directive_tasks"),
        ("UPDATE directive_tasks SET lead = '000.00.03.H47'".to_owned(), "directive_tasks"),
        ("UPDATE directive_tasks SET published_at = '2021-08-01T00:00:00.000Z'".to_owned(), "directive_tasks"),
        ("UPDATE directive_tasks SET obligation = confirmation WHERE confirmation IS NOT NULL".to_owned(), ""),
        ("UPDATE task_reports SET at = '2021-07-27T01:00:00.000Z'".to_owned(), "task_reports"),
        ("DELETE FROM task_notices".to_owned(), "task_notices"),
        ("UPDATE letters SET state = 'withdrawn', items = '[]' WHERE state <> 'withdrawn'".to_owned(), ""),
        ("UPDATE ladders SET body = '{}'".to_owned(), "ladders"),
        ("UPDATE events SET at = '2021-07-27T01:00:00.000Z' WHERE kind = 'obligation.delivered'".to_owned(), "events"),
    ];
    for (sql, table) in tricks {
        let before = findings(&town);
        town.tamper(&sql);
        let after = findings(&town);
        let new: Vec<&Value> = after.iter().filter(|f| !before.contains(f)).collect();
        assert!(table.is_empty() || new.iter().any(|f| f["table"] == table), "{sql}: {new:?}");
    }
});

async fn entered(town: &Town, who: &Person, number: &str) -> String {
    let plan =
        json!({ "kind": "plan", "number": number, "title": "Kế hoạch (dữ liệu minh họa)", "issued_on": "2021-07-20" });
    let plan = town.post(who, "/api/v1/directives", &plan).await.ok();
    format!("/api/v1/directives/{}/tasks", plan["id"].as_str().unwrap())
}

async fn given(town: &Town, who: &Person, path: &str, lead: &Value) -> String {
    let task = json!({ "title": "Rà soát thủ tục của đơn vị", "lead": lead, "due_on": "2021-12-31" });
    town.post(who, path, &task).await.ok()["code"].as_str().unwrap().to_owned()
}

async fn reported(town: &Town, leader: &Person, specialist: &Person, code: &str) {
    let evidence = json!([{ "kind": "document", "title": "Báo cáo nội bộ" }]);
    act(town, leader, code, "accept", json!({})).await.ok();
    act(town, specialist, code, "report", json!({ "text": "Đã hoàn thành toàn bộ.", "evidence": evidence })).await.ok();
}

both_engines!(async a_unit_that_gives_tasks_to_itself_and_confirms_them_gains_no_place_on_the_board, Town::open, |town| {
    let accounts = town.get(&NOBODY, "/api/v1/demo/accounts").await.ok();
    let agency = |account: &str| {
        let found = accounts.as_array().unwrap().iter().find(|a| a["account"] == account);
        found.unwrap_or_else(|| panic!("no {account}"))["agency"].clone()
    };
    let (leader, specialist) = (town.officer("lanhdao.sxd").await, town.officer("chuyenvien.sxd").await);
    let own = entered(&town, &leader, "1/KH-SXD").await;
    for _ in 0..5 {
        let code = given(&town, &leader, &own, &agency("lanhdao.sxd")).await;
        reported(&town, &leader, &specialist, &code).await;
        act(&town, &leader, &code, "confirm", json!({})).await.ok();
    }
    let board = town.get(&NOBODY, "/api/v1/scoreboard?system=tasks").await.ok();
    assert_eq!(board["agencies"], json!([]), "done by itself, for itself");
    // Nor does a task become such a one, or cease to be one, by being given again.
    let kept = given(&town, &leader, &own, &agency("lanhdao.sxd")).await;
    let (office, chief) = (town.officer("chuyenvien.vpubnd").await, town.officer("lanhdao.vpubnd").await);
    let plan = entered(&town, &office, "2714/KH-UBND").await;
    let theirs = given(&town, &office, &plan, &agency("lanhdao.sxd")).await;
    let to = |lead: Value| json!({ "lead": lead, "reason": "Đổi đơn vị chủ trì." });
    for (who, code, lead) in [(&leader, &kept, "lanhdao.stttt"), (&chief, &theirs, "lanhdao.ubndtinh")] {
        let faults = act(&town, who, code, "reassign", to(agency(lead))).await.faults();
        assert!(["own_unit", "not_below"].contains(&faults[0].1.as_str()), "{faults:?}");
    }
    // The office tracks the committee's tasks; what it leads itself the committee's leaders judge.
    let code = given(&town, &office, &plan, &agency("lanhdao.vpubnd")).await;
    reported(&town, &chief, &office, &code).await;
    act(&town, &chief, &code, "confirm", json!({})).await.refused(403, "not_permitted");
    act(&town, &chief, &code, "suspend", json!({ "legal_basis": "Công văn 1/UBND" })).await.refused(403, "not_permitted");
    act(&town, &town.officer("lanhdao.ubndtinh").await, &code, "confirm", json!({})).await.ok();
    let board = town.get(&NOBODY, "/api/v1/scoreboard?system=tasks").await.ok();
    assert_eq!(board["agencies"].as_array().unwrap().len(), 2, "Sở Xây dựng has one open, the office one done: {board}");
    assert_eq!(findings(&town), Vec::<Value>::new());
});
