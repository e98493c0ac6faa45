//! What no act gets around: secrecy, measured targets, imports as a whole or not at all, and dates that stay.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use kernel_base::AgencyId;
use kernel_calendar::Calendar;
use kernel_db::Tx;
use kernel_obligations::calendars;
use kernel_testkit::both_engines;
use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};

use crate::{
    directives::{act, assign, cast, look, plan},
    harness::{NOBODY, Person, Reply, Town},
    outcomes::{BUSINESS, TAM_KY},
    verify::findings,
};

const SECRET: &str = "Phương án bảo vệ Quảng Trường";

both_engines!(async a_secret_task_is_on_no_public_route_and_in_nobody_elses_brief, Town::open, |town| {
    let cast = cast(&town, "sxd").await;
    let document = plan(&town, &cast.office).await;
    let secret = json!({ "secret": true, "title": SECRET, "output": "Phương án mật số 7" });
    let code = assign(&town, &cast, &document, "2021-07-01", secret).await;
    town.run_jobs();
    let letters = town.get(&cast.chairman, "/api/v1/letters?state=draft").await;
    assert!(letters.text().contains(&code) && !letters.text().contains(SECRET), "{}", letters.text());
    let file = crate::public_file::published(&town, "2021-07");
    assert!(file.contains("directive.task") && !file.contains(SECRET) && !file.contains(&code), "counted in the public file");
    let counted = town.get(&NOBODY, "/api/v1/scoreboard?system=tasks").await.ok();
    assert_eq!(counted["total"]["now"]["overdue"].as_i64().or(counted["agencies"][0]["figures"]["overdue"].as_i64()), Some(1), "it is counted: {counted}");
    let rows = town.get(&NOBODY, "/api/v1/scoreboard/rows?system=tasks&show=overdue").await.ok();
    assert_eq!((&rows["count"], &rows["hidden"], &rows["rows"]), (&json!(1), &json!(1), &json!([])), "counted, not listed");
    // Every route that needs no parameter, for a citizen, for nobody and for leaders elsewhere.
    let openapi = town.get(&NOBODY, "/openapi.json").await.ok();
    let mut paths: Vec<String> = openapi["paths"].as_object().unwrap().iter()
        .filter(|(path, methods)| methods.get("get").is_some() && !path.contains('{')).map(|(path, _)| path.clone()).collect();
    for path in [
        "/scoreboard?system=tasks", "/scoreboard.csv?system=tasks", "/scoreboard/rows?system=tasks&show=overdue",
        "/scoreboard/rows?system=tasks&show=open", "/api/v1/scoreboard/rows?system=tasks&show=open",
        "/api/v1/scoreboard?system=tasks", "/api/v1/scoreboard/monthly/2021-07", "/pipeline", "/measures",
        "/search?q=Quảng+Trường", "/staff/brief", "/staff/tasks", "/staff/tasks?q=Quang", "/staff/letters",
        "/staff/ratings", "/staff/directives", "/staff/teams", "/api/v1/tasks?q=Quang", "/",
    ] {
        paths.push(path.to_owned());
    }
    let citizen = town.citizen("0908800001").await;
    let strangers = [NOBODY, citizen, town.officer("lanhdao.syt").await, town.officer("quantri").await, town.officer("lanhdao.tamky").await];
    for path in &paths {
        for who in &strangers {
            let reply = town.get(who, path).await;
            let text = reply.text();
            for told in [SECRET, "Phương án mật số 7", code.as_str()] {
                assert!(!text.contains(told), "{told} is on {path} for {}", who.name);
            }
        }
    }
});

async fn value(town: &Town) -> Value {
    town.get(&NOBODY, &format!("/api/v1/measures/level4_share?agency={TAM_KY}")).await.ok()["measured"].clone()
}

async fn bring_live(town: &Town) {
    let own = town.officer("lanhdao.tamky").await;
    let listed = town.post(&own, "/api/v1/pipeline", &json!({ "procedure": BUSINESS, "agency": TAM_KY })).await.ok();
    let id = listed["id"].as_str().unwrap().to_owned();
    let path = |act: &str| format!("/api/v1/pipeline/{id}/{act}");
    town.post(&own, &path("propose"), &json!({ "no_presence": true })).await.ok();
    town.post(&town.officer("lanhdao.stttt").await, &path("consolidate"), &json!({})).await.ok();
    let seen = town.get(&NOBODY, &format!("/api/v1/pipeline/{id}")).await.ok();
    let verdict = |f: &Value| json!({ "criterion": f["criterion"], "passed": true, "obstacle": "" });
    let verdicts: Vec<Value> = seen["offering"]["criteria"].as_array().unwrap().iter().map(verdict).collect();
    town.post(&town.officer("lanhdao.vpubnd").await, &path("review"), &json!({ "verdicts": verdicts })).await.ok();
    let list = json!({ "offerings": [id], "decision": "1962/QĐ-UBND" });
    town.post(&town.officer("lanhdao.ubndtinh").await, "/api/v1/pipeline/approve", &list).await.ok();
    town.post(&own, &path("go-live"), &json!({})).await.ok();
}

both_engines!(async a_measured_task_is_never_typed_and_not_done_below_its_target, Town::open, |town| {
    let office = town.officer("chuyenvien.vpubnd").await;
    let chief = town.officer("lanhdao.vpubnd").await;
    let unit = town.officer("lanhdao.tamky").await;
    let specialist = town.officer("chuyenvien.tamky").await;
    let document = plan(&town, &office).await;
    let path = format!("/api/v1/directives/{document}/tasks");
    // What the seed has live at Tam Kỳ rests meanwhile, so that there is something to reach.
    let seen = town.get(&NOBODY, "/api/v1/pipeline").await.ok();
    let chairman = town.officer("lanhdao.ubndtinh").await;
    for one in seen["offerings"].as_array().unwrap().iter().filter(|o| o["agency"] == TAM_KY && o["stage"] == "live") {
        let path = format!("/api/v1/pipeline/{}/suspend", one["id"].as_str().unwrap());
        town.post(&chairman, &path, &json!({ "reason": "Sửa biểu mẫu" })).await.ok();
    }
    let before = value(&town).await;
    let live = before["numerator"].as_f64().unwrap() + 1.0;
    let goal = live / (before["denominator"].as_f64().unwrap() + 1.0);
    let body = |metric: &str, goal: Value| json!({ "title": "Cung cấp dịch vụ công mức độ 4", "lead": TAM_KY,
        "due_on": "2021-07-30", "metric": metric, "goal": goal });
    assert_eq!(town.post(&office, &path, &body("no_such", json!(0.5))).await.faults()[0].0, "metric");
    assert_eq!(town.post(&office, &path, &body("level4_share", Value::Null)).await.faults()[0].0, "goal");
    let task = town.post(&office, &path, &body("level4_share", json!(goal))).await.ok();
    let code = task["code"].as_str().unwrap().to_owned();
    act(&town, &unit, &code, "accept", json!({ "officer": "chuyenvien.tamky" })).await.ok();
    // Typed by nobody, neither by the interface nor by a form.
    act(&town, &specialist, &code, "progress", json!({ "percent": 90 })).await.refused(409, "measured");
    let form = |act: &str| format!("/staff/tasks/{code}/{act}");
    let pressed = town.press_as(&specialist, &form("progress"), "percent=90&note=").await;
    assert_eq!(pressed.status, 409, "{}", pressed.text());
    // Not done below the target, with whatever evidence.
    let evidence = json!([{ "kind": "document", "title": "Báo cáo số 5/BC-UBND" }]);
    let report = json!({ "text": "Đã hoàn thành chỉ tiêu được giao.", "evidence": evidence });
    act(&town, &specialist, &code, "report", report.clone()).await.refused(409, "below_target");
    let typed = json!({ "text": "Đã hoàn thành chỉ tiêu được giao.",
        "evidence": [{ "kind": "measured", "title": "level4_share = 1", "reference": "x" }] });
    assert_eq!(act(&town, &specialist, &code, "report", typed).await.faults()[0].1, "measured");
    let pressed = town.press_as(&specialist, &form("report"), "text=Da+hoan+thanh+chi+tieu&evidence=Bao+cao+so+5").await;
    assert_eq!(pressed.status, 409, "{}", pressed.text());
    act(&town, &chief, &code, "confirm", json!({})).await.refused(409, "wrong_state");
    assert_eq!(look(&town, &unit, &code).await["progress"], "accepted");
    // The service goes live: the figure moves, and the report is taken with the measured value in it.
    bring_live(&town).await;
    act(&town, &specialist, &code, "report", report).await.ok();
    let seen = look(&town, &unit, &code).await;
    let measured = seen["reports"][0]["evidence"].as_array().unwrap().iter().find(|e| e["kind"] == "measured").unwrap().clone();
    let now = value(&town).await;
    assert!(measured["title"].as_str().unwrap().contains(&format!("{}/{}", now["numerator"], now["denominator"])));
    assert_eq!(measured["reference"], now["rows"], "the hash of the rows it was counted from");
    act(&town, &chief, &code, "confirm", json!({})).await.ok();
    assert_eq!(findings(&town), Vec::<Value>::new());
});

/// Sheet by name → rows → texts.
fn sheet(bytes: &[u8]) -> Vec<Vec<String>> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes.to_vec())).unwrap();
    let range = book.worksheet_range("Nhiệm vụ").unwrap();
    range.rows().map(|row| row.iter().map(|cell: &Data| cell.to_string()).collect()).collect()
}

/// The template with these lines in place of the example.
fn filled(template: &[u8], lines: &[[&str; 11]]) -> Vec<u8> {
    let head = sheet(template).remove(0);
    let mut book = Workbook::new();
    let page = book.add_worksheet();
    page.set_name("Nhiệm vụ").unwrap();
    for (column, text) in (0..).zip(&head) {
        page.write_string(0, column, text).unwrap();
    }
    for (row, line) in (1..).zip(lines) {
        for (column, text) in (0..).zip(line) {
            page.write_string(row, column, *text).unwrap();
        }
    }
    book.save_to_buffer().unwrap()
}

async fn staged(town: &Town, who: &Person, book: Vec<u8>) -> Reply {
    let query = "kind=plan&number=15%2FKH-UBND&title=Ke+hoach+thu&issued_on=2021-07-26";
    town.post_text(who, &format!("/api/v1/directive-imports?{query}"), book).await
}

both_engines!(async a_plan_comes_from_the_products_own_workbook_whole_or_not_at_all, Town::open, |town| {
    let office = town.officer("chuyenvien.vpubnd").await;
    let template = town.get(&office, "/api/v1/directive-template.xlsx").await.bytes;
    let good = ["II.3", "Rà soát dịch vụ công", "Danh mục", "Sở Xây dựng; Sở Y tế", "Sở Thông tin và Truyền thông", "30/08/2021", "23/08/2021", "2", "", "", ""];
    let bad = ["II.4", "Việc của cơ quan không có", "", "Sở Không Có", "", "31/02/2021", "", "99", "", "", ""];
    let preview = staged(&town, &office, filled(&template, &[good, bad])).await.ok();
    assert_eq!(preview["id"], "", "one bad line: nothing is kept to be confirmed");
    let faults = preview["rows"][1]["faults"].as_array().unwrap();
    assert!(faults.len() >= 2, "{faults:?}");
    assert_eq!(preview["rows"][0]["faults"], json!([]));
    assert_eq!(town.get(&office, "/api/v1/directives").await.ok()["items"], json!([]));
    assert_eq!(town.get(&office, "/api/v1/tasks").await.ok()["items"], json!([]));
    // Put right: a preview, still nothing; confirmed: three tasks, once.
    let preview = staged(&town, &office, filled(&template, &[good])).await.ok();
    let id = preview["id"].as_str().unwrap();
    assert_eq!(town.get(&office, "/api/v1/tasks").await.ok()["items"], json!([]), "a preview makes nothing");
    let confirm = format!("/api/v1/directive-imports/{id}/confirm");
    let stranger = town.officer("lanhdao.sxd").await;
    assert!(!town.post(&stranger, &confirm, &json!({})).await.status.is_success());
    let made = town.post(&office, &confirm, &json!({})).await.ok();
    assert_eq!(made["tasks"].as_array().unwrap().len(), 2, "a task for each leading unit");
    assert!(!town.post(&office, &confirm, &json!({})).await.status.is_success(), "confirmed once");
    let tasks = town.get(&office, "/api/v1/tasks").await.ok()["items"].as_array().unwrap().clone();
    assert_eq!(tasks.len(), 2);
    // The same plan once more with later days: the first tasks keep theirs, and no second plan of that number comes.
    let later = ["II.3", "Rà soát dịch vụ công", "Danh mục", "Sở Xây dựng", "", "30/12/2021", "", "2", "", "", ""];
    let again = staged(&town, &office, filled(&template, &[later])).await;
    if again.status.is_success() {
        let id = again.json()["id"].as_str().unwrap().to_owned();
        town.post(&office, &format!("/api/v1/directive-imports/{id}/confirm"), &json!({})).await.refused(409, "document_exists");
    } else {
        again.refused(409, "document_exists");
    }
    let now = town.get(&office, "/api/v1/tasks").await.ok()["items"].as_array().unwrap().clone();
    let dues = |all: &[Value]| all.iter().map(|t| t["due_on"].clone()).collect::<Vec<_>>();
    assert_eq!(dues(&now), dues(&tasks));
    assert_eq!(findings(&town), Vec::<Value>::new());
});

both_engines!(async neither_transfers_nor_chains_of_extensions_nor_late_pauses_make_it_on_time, Town::open, |town| {
    let cast = cast(&town, "sxd").await;
    let other = self::cast(&town, "syt").await;
    let chief = town.officer("lanhdao.vpubnd").await;
    let document = plan(&town, &cast.office).await;
    let code = assign(&town, &cast, &document, "2021-07-28", json!({})).await;
    act(&town, &cast.unit, &code, "accept", json!({})).await.ok();
    // A chain of extensions: each is counted, the first day decides.
    for (day, due) in [("2021-07-26T09:00", "2021-08-04"), ("2021-07-27T09:00", "2021-08-11"), ("2021-07-28T09:00", "2021-08-18")] {
        town.at(day);
        act(&town, &cast.unit, &code, "ask-extension", json!({ "new_due": due, "reason": "Xin thêm thời gian hoàn thiện." })).await.ok();
        act(&town, &chief, &code, "decide-extension", json!({ "granted": true })).await.ok();
    }
    // A pause in the last minutes gives back exactly the minutes that were left.
    town.at("2021-07-28T16:50");
    act(&town, &chief, &code, "suspend", json!({ "legal_basis": "Công văn 9/UBND (minh họa)" })).await.ok();
    town.at("2021-08-09T08:00");
    act(&town, &chief, &code, "resume", json!({})).await.ok();
    let seen = look(&town, &cast.unit, &code).await;
    assert_eq!(seen["clock"]["first_promise"], "2021-07-28T10:00:00.000Z");
    assert_eq!(seen["legal_due"], "2021-08-09T01:10:00.000Z", "ten minutes were left");
    assert_eq!((&seen["clock"]["extensions"].as_array().unwrap().len(), &seen["clock"]["pauses"][0]["near_due"]), (&3, &json!(true)), "{seen}");
    town.at("2021-08-10T08:00");
    assert_eq!(look(&town, &cast.unit, &code).await["deadline"], "overdue");
    // Refused after acceptance, given to another unit: not a fresh clock.
    act(&town, &chief, &code, "reassign", json!({ "lead": other.unit_id, "reason": "Chuyển đơn vị." })).await.refused(409, "wrong_state");
    // Split into a task below: the parent's clock runs on, the child cannot be due later than it.
    let child = json!({ "title": "Phần việc được tách ra", "lead": cast.unit_id, "due_on": "2021-12-30" });
    assert_eq!(act(&town, &cast.unit, &code, "sub-assign", child).await.faults()[0].1, "after_parent");
    // Closed and opened again: what was sent back never counted.
    let evidence = json!([{ "kind": "document", "title": "Báo cáo số 1/BC-SXD" }]);
    act(&town, &cast.unit, &code, "report", json!({ "text": "Đã hoàn thành toàn bộ.", "evidence": evidence })).await.ok();
    act(&town, &chief, &code, "send-back", json!({ "reason": "Chưa đạt yêu cầu." })).await.ok();
    assert_eq!(look(&town, &cast.unit, &code).await["deadline"], "overdue");
    act(&town, &chief, &code, "cancel", json!({ "reason": "Hủy để khỏi tính trễ." })).await.ok();
    assert_eq!(look(&town, &cast.unit, &code).await["deadline"], "done_late");
    for name in ["resume", "accept", "suspend", "reassign", "report"] {
        let body = match name {
            "suspend" => json!({ "legal_basis": "Công văn 1" }),
            "reassign" => json!({ "lead": other.unit_id, "reason": "Chuyển đơn vị." }),
            "report" => json!({ "text": "Đã hoàn thành toàn bộ." }),
            _ => json!({}),
        };
        assert!(act(&town, if name == "accept" || name == "report" { &cast.unit } else { &chief }, &code, name, body).await.status.is_client_error(), "{name}");
    }
    assert_eq!(findings(&town), Vec::<Value>::new());
});

both_engines!(async a_day_off_that_is_published_later_moves_no_verdict, Town::open, |town| {
    let cast = cast(&town, "sxd").await;
    let document = plan(&town, &cast.office).await;
    let code = assign(&town, &cast, &document, "2021-07-28", json!({})).await;
    town.at("2021-07-30T08:00");
    assert_eq!(look(&town, &cast.office, &code).await["deadline"], "overdue");
    // The days around the due are declared days of rest afterwards.
    let unit = AgencyId::parse(&cast.unit_id).unwrap();
    let rest = move |tx: &mut Tx<'_>| {
        let now = tx.now();
        let (_, calendar) = calendars::in_force(tx, &unit, now)?;
        let mut data = serde_json::to_value(&*calendar).unwrap();
        for day in ["2021-07-27", "2021-07-28", "2021-07-29"] {
            let words = json!({ "vi": "Nghỉ (thử)", "en": "Rest (test)" });
            let entry = json!({ "date": day, "kind": "OFF", "name": words, "source": "thử" });
            data["entries"].as_array_mut().unwrap().push(entry);
        }
        let calendar: Calendar = serde_json::from_value(data).unwrap();
        calendars::publish(tx, Some(&unit), jiff::civil::date(2021, 7, 1), &calendar, "system")
    };
    town.parts.db.write_blocking(&town.parts.home, rest).unwrap();
    let seen = look(&town, &cast.office, &code).await;
    assert_eq!((&seen["deadline"], &seen["legal_due"]), (&json!("overdue"), &json!("2021-07-28T10:00:00.000Z")));
    assert_eq!(findings(&town), Vec::<Value>::new());
    // The chairs that were moved are seen: a calendar changed in its row is named.
    town.tamper("UPDATE calendars SET valid_from = '2021-01-01'");
    assert!(findings(&town).iter().any(|f| f["table"] == "calendars"));
});
