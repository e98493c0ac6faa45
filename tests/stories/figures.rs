//! The public scoreboard: its numbers and their rows, who answers for what, what it never tells.

use kernel_testkit::both_engines;
use serde_json::{Value, json};

use crate::{
    harness::{NOBODY, Town},
    outcomes::{Desk, TAM_KY, approve, handed_in, to_the_leader},
    public_file::{checked, published},
};

/// Six dossiers of Tam Kỳ: one settled in time, five accepted and then left lying.
pub(crate) async fn with_late_ones(town: &Town) {
    let citizen = town.citizen("0907700001").await;
    let desk = Desk::of(town, "tamky").await;
    town.at("2021-07-26T08:30");
    let kept = handed_in(town, &citizen).await;
    let sha = to_the_leader(town, &desk, &kept.code, true).await;
    approve(town, &desk.leader, &kept.code, &sha).await.ok();
    for _ in 0..5 {
        let left = handed_in(town, &citizen).await;
        town.act(&desk.reception, &left.code, "accept", json!({})).await.ok();
    }
    town.at("2021-07-30T08:00");
}

fn of<'a>(board: &'a Value, agency: &str) -> &'a Value {
    let found = board["agencies"].as_array().unwrap().iter().find(|a| a["agency"] == agency);
    &found.unwrap_or_else(|| panic!("{agency} is not on the board: {board}"))["figures"]
}

both_engines!(async every_number_of_the_board_opens_as_many_rows, Town::open, |town| {
    with_late_ones(&town).await;
    let board = town.get(&NOBODY, "/api/v1/scoreboard").await.ok();
    let own = of(&board, TAM_KY);
    assert_eq!((own["early"].as_i64().unwrap() + own["on_time"].as_i64().unwrap(), &own["overdue"]), (1, &json!(5)));
    assert_eq!(own["on_time_share"], json!({ "value": 1.0 / 6.0, "hits": 1, "of": 6 }), "left lying is not kept");
    assert_eq!(own["extended_share"]["value"], Value::Null, "one case gives no percentage");
    for (show, count) in [("overdue", 5), ("open", 5), ("kept", 1), ("late", 0), ("settled", 1), ("paused", 0)] {
        let path = format!("/api/v1/scoreboard/rows?agency={TAM_KY}&show={show}");
        let rows = town.get(&NOBODY, &path).await.ok();
        assert_eq!(rows["count"], count, "{show}");
        assert_eq!(rows["rows"].as_array().unwrap().len(), count as usize, "{show}");
    }
    let rows = town.get(&NOBODY, &format!("/api/v1/scoreboard/rows?agency={TAM_KY}&show=overdue")).await;
    let text = rows.text();
    assert_eq!(rows.json()["rows"][0]["late_days"], 1, "due on Thursday, looked at on Friday");
    for personal in ["0907700001", "acc_", "Nguyễn"] {
        assert!(!text.contains(personal), "{personal} is in {text}");
    }
    let page = town.get(&NOBODY, "/scoreboard").await;
    assert!(page.status.is_success() && page.text().contains("5 quá hạn") || page.text().contains(">5</strong>"));
    assert!(town.get(&NOBODY, "/scoreboard.csv").await.bytes.starts_with("\u{feff}Hạng;".as_bytes()));

    // As of the day on which nothing was late yet, and of a day before everything.
    let then = town.get(&NOBODY, "/api/v1/scoreboard?at=2021-07-27").await.ok();
    assert_eq!((&of(&then, TAM_KY)["open"], &of(&then, TAM_KY)["overdue"]), (&json!(5), &json!(0)));
    let before = town.get(&NOBODY, "/api/v1/scoreboard?at=2021-07-20").await.ok();
    assert_eq!(before["agencies"], json!([]));
});

fn with_a_kept_board(engine: kernel_db::Engine) -> Town {
    Town::open_with(engine, |config| config.board_millis = 3_600_000)
}

both_engines!(async a_board_that_is_kept_says_nothing_of_who_looked_first, with_a_kept_board, |town| {
    let officer = town.officer("chuyenvien.vpubnd").await;
    let first = town.get(&officer, "/scoreboard").await.text();
    let name = first.split("<strong>").nth(1).and_then(|rest| rest.split('<').next()).unwrap().to_owned();
    assert!(first.contains("/sign-out") && !name.is_empty(), "the officer is in the head of the page");
    let stranger = town.get(&NOBODY, "/scoreboard").await.text();
    assert!(!stranger.contains("/sign-out") && !stranger.contains(&name), "{stranger}");
    let csrf = first.split(r#"name="csrf" content=""#).nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    assert!(csrf.len() > 20 && !stranger.contains(csrf), "each has a token of his own");
    // It was kept indeed: what came in since is not counted yet, in either language the words are its own.
    let board = town.get(&NOBODY, "/api/v1/scoreboard").await.ok();
    with_late_ones(&town).await;
    assert_eq!(town.get(&NOBODY, "/api/v1/scoreboard").await.ok(), board);
    assert_ne!(town.get(&NOBODY, "/scoreboard?lang=en").await.text(), stranger);
});

both_engines!(async who_let_a_task_pass_its_due_keeps_it_on_the_board_when_another_unit_has_to_do_it, Town::open, |town| {
    let accounts = town.get(&NOBODY, "/api/v1/demo/accounts").await.ok();
    let agency = |account: &str| {
        let found = accounts.as_array().unwrap().iter().find(|a| a["account"] == account);
        found.unwrap_or_else(|| panic!("no {account}"))["agency"].as_str().unwrap().to_owned()
    };
    let (first, second) = (agency("lanhdao.sxd"), agency("lanhdao.syt"));
    let office = town.officer("chuyenvien.vpubnd").await;
    let plan = json!({ "kind": "plan", "number": "2714/KH-UBND", "title": "Kế hoạch (dữ liệu minh họa)", "issued_on": "2021-07-20" });
    let plan = town.post(&office, "/api/v1/directives", &plan).await.ok();
    let task = json!({ "title": "Đề xuất dịch vụ công mức độ 4", "lead": first, "due_on": "2021-07-28" });
    let path = format!("/api/v1/directives/{}/tasks", plan["id"].as_str().unwrap());
    let code = town.post(&office, &path, &task).await.ok()["code"].as_str().unwrap().to_owned();
    // Left lying past its due, then refused and given to another unit, which does it at once.
    town.at("2021-08-02T08:00");
    let act = |name: &str| format!("/api/v1/tasks/{code}/{name}");
    let why = json!({ "reason": "Không thuộc chức năng của sở." });
    town.post(&town.officer("lanhdao.sxd").await, &act("refuse"), &why).await.ok();
    let chief = town.officer("lanhdao.vpubnd").await;
    let given = json!({ "lead": second, "reason": "Đổi đơn vị chủ trì." });
    town.post(&chief, &act("reassign"), &given).await.ok();
    let rows = town.get(&NOBODY, "/api/v1/scoreboard/rows?system=tasks&show=overdue").await.ok();
    assert_eq!((&rows["rows"][0]["agency"], rows["count"].as_i64()), (&json!(first), Some(1)));
    assert!(rows["rows"][0]["handed_to"].is_string(), "{rows}");
    let leader = town.officer("lanhdao.syt").await;
    town.post(&leader, &act("accept"), &json!({})).await.ok();
    let evidence = json!([{ "kind": "document", "title": "Báo cáo số 1/BC-SYT" }]);
    let report = json!({ "text": "Đã hoàn thành toàn bộ.", "evidence": evidence });
    town.post(&town.officer("chuyenvien.syt").await, &act("report"), &report).await.ok();
    town.post(&chief, &act("confirm"), &json!({})).await.ok();
    let board = town.get(&NOBODY, "/api/v1/scoreboard?system=tasks&period=2021-08").await.ok();
    assert_eq!((board["agencies"].as_array().unwrap().len(), &of(&board, &first)["late"]), (1, &json!(1)), "{board}");
    let page = town.get(&NOBODY, "/scoreboard/rows?system=tasks&period=2021-08&show=late").await;
    assert!(page.text().contains("nay do"), "{}", page.text());
    let file = published(&town, "2021-08");
    assert_eq!(checked(&file).findings, []);
    let row = file.lines().find(|l| l.contains("\"line\":\"row\"") && l.contains("directive.task")).unwrap();
    assert!(row.contains(&format!("\"responsible\":\"{first}\"")), "{row}");
});

both_engines!(async of_a_few_dossiers_neither_the_procedure_nor_the_minute_is_told, Town::open, |town| {
    with_late_ones(&town).await;
    let rows = |show: &'static str| format!("/api/v1/scoreboard/rows?agency={TAM_KY}&show={show}");
    let kept = town.get(&NOBODY, &rows("kept")).await.ok();
    let row = &kept["rows"][0];
    assert_eq!((&row["title"]["vi"], &row["closed_on"], &kept["count"]), (&json!(""), &json!("2021-07-26"), &json!(1)));
    assert!(!row.to_string().contains("T0"), "an instant stands in {row}");
    let late = town.get(&NOBODY, &rows("overdue")).await.ok();
    assert_ne!(late["rows"][0]["title"]["vi"], "", "late ones are listed with their procedure");
});
