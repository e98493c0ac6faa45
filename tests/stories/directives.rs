//! Plans and directives: from a document to a letter that nobody had to think of.

use kernel_testkit::both_engines;
use serde_json::{Value, json};

use crate::harness::{Person, Town};

/// Sở Xây dựng, Sở Y tế, Sở Thông tin và Truyền thông are found by their sign-in names.
pub(crate) struct Cast {
    pub(crate) office: Person,
    pub(crate) chairman: Person,
    pub(crate) unit: Person,
    pub(crate) unit_specialist: Person,
    pub(crate) unit_id: String,
    unit_leader: String,
}

pub(crate) async fn cast(town: &Town, slug: &str) -> Cast {
    let leader = format!("lanhdao.{slug}");
    let accounts = town.get(&crate::harness::NOBODY, "/api/v1/demo/accounts").await.ok();
    let of = |name: &str| accounts.as_array().unwrap().iter().find(|a| a["account"] == name).unwrap().clone();
    Cast {
        office: town.officer("chuyenvien.vpubnd").await,
        chairman: town.officer("lanhdao.ubndtinh").await,
        unit: town.officer(&leader).await,
        unit_specialist: town.officer(&format!("chuyenvien.{slug}")).await,
        unit_id: of(&leader)["agency"].as_str().unwrap().to_owned(),
        unit_leader: leader,
    }
}

pub(crate) async fn plan(town: &Town, who: &Person) -> String {
    let body = json!({ "kind": "plan", "number": "2714/KH-UBND", "title": "Kế hoạch (dữ liệu minh họa)", "issued_on": "2021-05-18" });
    let entered = town.post(who, "/api/v1/directives", &body).await.ok();
    assert_eq!(entered["name"], "Kế hoạch số 2714/KH-UBND");
    entered["id"].as_str().unwrap().to_owned()
}

pub(crate) async fn assign(town: &Town, cast: &Cast, document: &str, due: &str, more: Value) -> String {
    let mut body = json!({ "title": "Đề xuất dịch vụ công đủ điều kiện lên mức độ 4", "lead": cast.unit_id, "due_on": due, "clause": "II.3" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let made = town.post(&cast.office, &format!("/api/v1/directives/{document}/tasks"), &body).await.ok();
    made["code"].as_str().unwrap().to_owned()
}

pub(crate) async fn act(town: &Town, who: &Person, code: &str, name: &str, body: Value) -> crate::harness::Reply {
    town.post(who, &format!("/api/v1/tasks/{code}/{name}"), &body).await
}

pub(crate) async fn look(town: &Town, who: &Person, code: &str) -> Value {
    town.get(who, &format!("/api/v1/tasks/{code}")).await.ok()
}

#[track_caller]
fn nothing_is_wrong(town: &Town) {
    let found = crate::verify::findings(town);
    assert_eq!(found, Vec::<Value>::new());
}

both_engines!(async an_overdue_task_writes_its_own_urging_letter_and_the_chairman_signs_it, Town::open, |town| {
    let cast = cast(&town, "sxd").await;
    let document = plan(&town, &cast.office).await;
    let first = assign(&town, &cast, &document, "2021-07-30", json!({})).await;
    let second = assign(&town, &cast, &document, "2021-08-02", json!({ "title": "Báo cáo kết quả rà soát hạ tầng" })).await;
    assert_eq!(first, "NV-2021-0001");
    act(&town, &cast.unit, &first, "accept", json!({ "officer": "chuyenvien.sxd" })).await.ok();
    assert_eq!(look(&town, &cast.unit, &first).await["deadline"], "in_time");

    // Nobody does anything. The day after the second task was due, one letter names both.
    town.at("2021-08-03T07:30");
    town.run_jobs();
    let letters = town.get(&cast.chairman, "/api/v1/letters?state=draft").await.ok();
    let letters = letters["items"].as_array().unwrap();
    assert_eq!(letters.len(), 1, "one letter for the unit");
    let letter = &letters[0];
    let named: Vec<&str> = letter["items"].as_array().unwrap().iter().map(|i| i["code"].as_str().unwrap()).collect();
    assert_eq!(named, [first.as_str(), second.as_str()]);
    assert_eq!(letter["number"], "01/UBND-ĐĐ");
    let path = format!("/api/v1/letters/{}", letter["id"].as_str().unwrap());
    let pdf = town.get(&cast.chairman, &format!("{path}/pdf")).await;
    assert!(pdf.status.is_success() && pdf.bytes.starts_with(b"%PDF"));

    // The unit does not see a draft; the office may read it and cannot sign it.
    assert_eq!(town.get(&cast.unit, &path).await.status, 404);
    let code = |account: &str| json!({ "sha256": letter["sha256"], "totp": town.code(account) });
    town.post(&cast.office, &format!("{path}/sign"), &code("chuyenvien.vpubnd")).await.refused(403, "not_permitted");
    let other = json!({ "sha256": "00", "totp": town.code("lanhdao.ubndtinh") });
    town.post(&cast.chairman, &format!("{path}/sign"), &other).await.refused(409, "other_document");
    let signed = town.post(&cast.chairman, &format!("{path}/sign"), &code("lanhdao.ubndtinh")).await.ok();
    assert_eq!(signed["state"], "signed");
    town.post(&cast.chairman, &format!("{path}/sign"), &code("lanhdao.ubndtinh")).await.refused(409, "not_draft");

    // Sent at once: the unit reads and answers it.
    assert_eq!(signed["read_at"], Value::Null);
    assert!(town.get(&cast.unit, &path).await.ok()["read_at"].is_string());
    let answer = json!({ "answer": "Do thiếu số liệu của đơn vị phối hợp; xin hoàn thành trước ngày 10/8." });
    town.post(&cast.unit, &format!("{path}/answer"), &answer).await.ok();
    town.post(&cast.unit, &format!("{path}/answer"), &answer).await.refused(409, "answered");

    // The task tells what happened to it, and that it is late.
    let seen = look(&town, &cast.office, &first).await;
    assert_eq!((&seen["deadline"], &seen["label"]), (&json!("overdue"), &json!("Đang thực hiện, quá hạn")));
    let marks: Vec<i64> = seen["notices"].as_array().unwrap().iter().map(|n| n["mark"].as_i64().unwrap()).collect();
    assert!(marks.contains(&4), "{marks:?}");
    nothing_is_wrong(&town);
});

both_engines!(async what_is_not_done_climbs_to_the_vice_chairman_the_board_and_a_decision_that_is_seen, Town::open, |town| {
    let cast = cast(&town, "syt").await;
    let document = plan(&town, &cast.office).await;
    let code = assign(&town, &cast, &document, "2021-07-28", json!({})).await;
    for (day, expected) in [("2021-07-29", 4), ("2021-08-04", 5), ("2021-08-11", 6), ("2021-09-10", 7)] {
        town.at(&format!("{day}T07:30"));
        town.run_jobs();
        let seen = look(&town, &cast.office, &code).await;
        let last = seen["notices"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(last["mark"], expected, "{day}: {last}");
        assert_eq!(seen["on_public_board"], expected >= 6, "{day}");
    }
    let ratings = town.get(&cast.chairman, "/api/v1/ratings").await.ok();
    let rating = ratings["items"][0].clone();
    assert_eq!((&rating["task"]["code"], &rating["decision"]), (&json!(code), &Value::Null));
    let path = format!("/api/v1/ratings/{}", rating["id"].as_str().unwrap());
    let deduct = json!({ "decision": "deduct", "points": 2.0, "reason": "Chậm 30 ngày làm việc, không có lý do khách quan.",
        "totp": town.code("lanhdao.ubndtinh") });
    town.post(&cast.unit, &format!("{path}/decide"), &deduct).await.refused(403, "not_permitted");
    town.post(&cast.unit, &format!("{path}/seen"), &json!({})).await.refused(409, "not_decided");
    let without = json!({ "decision": "deduct", "reason": "Chậm 30 ngày làm việc." });
    assert_eq!(town.post(&cast.chairman, &format!("{path}/decide"), &without).await.faults()[0].0, "points");
    let no_code = json!({ "decision": "deduct", "points": 2.0, "reason": "Chậm 30 ngày làm việc.", "totp": "000000" });
    assert_eq!(town.post(&cast.chairman, &format!("{path}/decide"), &no_code).await.faults()[0].0, "totp");
    let decided = town.post(&cast.chairman, &format!("{path}/decide"), &deduct).await.ok();
    assert_eq!(decided["number"], "01/UBND-XL");
    let printed = town.get(&cast.unit, &format!("{path}/pdf")).await;
    assert!(printed.status.is_success() && printed.bytes.starts_with(b"%PDF"));
    town.post(&cast.chairman, &format!("{path}/decide"), &deduct).await.refused(409, "decided");
    let seen = town.post(&cast.unit, &format!("{path}/seen"), &json!({})).await.ok();
    assert!(seen["seen_at"].is_string() && seen["points"] == 2.0);
    nothing_is_wrong(&town);
});

both_engines!(async every_way_a_task_can_go_is_recorded_and_keeps_its_first_day, Town::open, |town| {
    let cast = cast(&town, "sxd").await;
    let document = plan(&town, &cast.office).await;
    let code = assign(&town, &cast, &document, "2021-07-30", json!({})).await;
    // Refused with a reason, given again, accepted.
    act(&town, &cast.unit_specialist, &code, "accept", json!({})).await.refused(403, "not_permitted");
    act(&town, &cast.unit, &code, "refuse", json!({ "reason": "" })).await.faults();
    act(&town, &cast.unit, &code, "refuse", json!({ "reason": "Không thuộc chức năng của sở." })).await.ok();
    assert_eq!(look(&town, &cast.office, &code).await["refusals"], 1);
    act(&town, &cast.office, &code, "reassign", json!({ "lead": cast.unit_id, "reason": "Đúng chức năng." })).await.refused(403, "not_permitted");
    let chief = town.officer("lanhdao.vpubnd").await;
    act(&town, &chief, &code, "reassign", json!({ "lead": cast.unit_id, "reason": "Đúng chức năng." })).await.ok();
    act(&town, &cast.unit, &code, "report", json!({})).await.refused(409, "wrong_state");
    act(&town, &cast.unit, &code, "accept", json!({})).await.ok();
    act(&town, &cast.unit_specialist, &code, "progress", json!({ "percent": 40 })).await.ok();

    // More time is asked and granted: the first day decides nevertheless.
    let more = json!({ "new_due": "2021-08-20", "reason": "Chờ số liệu của các huyện gửi về." });
    act(&town, &cast.unit_specialist, &code, "ask-extension", more.clone()).await.ok();
    act(&town, &cast.unit_specialist, &code, "ask-extension", more).await.refused(409, "extension_open");
    act(&town, &chief, &code, "decide-extension", json!({ "granted": true })).await.ok();
    let seen = look(&town, &cast.unit, &code).await;
    assert_eq!((&seen["due_on"], &seen["legal_due"]), (&json!("2021-07-30"), &json!("2021-07-30T10:00:00.000Z")));
    assert_eq!(seen["appointment"], "2021-08-20T10:00:00.000Z");

    // Suspended by a decision, resumed, reported without and with evidence, sent back, reported late, confirmed.
    act(&town, &chief, &code, "suspend", json!({ "legal_basis": "Công văn 1/UBND (minh họa)" })).await.ok();
    town.at("2021-07-28T08:00");
    act(&town, &chief, &code, "resume", json!({})).await.ok();
    let due = look(&town, &cast.unit, &code).await["legal_due"].clone();
    assert_eq!(due, "2021-08-03T10:00:00.000Z", "exactly the working time that was left is given back");
    let empty = json!({ "text": "Đã hoàn thành toàn bộ nội dung.", "evidence": [] });
    assert_eq!(act(&town, &cast.unit_specialist, &code, "report", empty).await.faults()[0].0, "evidence");
    let evidence = json!([{ "kind": "document", "title": "Báo cáo số 12/BC-SXD ngày 28/7/2021" }]);
    let report = json!({ "text": "Đã hoàn thành toàn bộ nội dung.", "evidence": evidence });
    act(&town, &cast.unit_specialist, &code, "report", report.clone()).await.ok();
    act(&town, &cast.unit, &code, "confirm", json!({})).await.refused(403, "not_permitted");
    act(&town, &chief, &code, "send-back", json!({ "reason": "Thiếu danh mục kèm theo." })).await.ok();
    town.at("2021-08-05T08:00");
    act(&town, &cast.unit_specialist, &code, "report", report).await.ok();
    act(&town, &chief, &code, "confirm", json!({ "comment": "Đạt yêu cầu." })).await.ok();
    let seen = look(&town, &cast.unit, &code).await;
    assert_eq!((&seen["progress"], &seen["deadline"]), (&json!("confirmed"), &json!("done_late")));
    assert_eq!(seen["clock"]["late_days"], 2);
    act(&town, &chief, &code, "cancel", json!({ "reason": "Không cần nữa." })).await.refused(409, "wrong_state");
    nothing_is_wrong(&town);
});

both_engines!(async another_unit_is_told_that_a_task_does_not_exist, Town::open, |town| {
    let cast = cast(&town, "sxd").await;
    let document = plan(&town, &cast.office).await;
    let secret = assign(&town, &cast, &document, "2021-07-30", json!({ "secret": true })).await;
    let stranger = town.officer("lanhdao.syt").await;
    assert_eq!(town.get(&stranger, &format!("/api/v1/tasks/{secret}")).await.status, 404);
    assert_eq!(town.get(&stranger, "/api/v1/tasks").await.ok()["items"], json!([]));
    for name in ["accept", "refuse", "report", "confirm", "cancel", "suspend", "hand-in-part"] {
        let body = match name {
            "accept" | "confirm" => json!({}),
            "report" => json!({ "text": "Đã hoàn thành toàn bộ." }),
            "suspend" => json!({ "legal_basis": "Công văn 1" }),
            "hand-in-part" => json!({ "note": "Đã gửi" }),
            _ => json!({ "reason": "Không cần nữa." }),
        };
        act(&town, &stranger, &secret, name, body).await.refused(404, "task_not_found");
    }
    let administrator = town.officer("quantri").await;
    assert_eq!(town.get(&administrator, &format!("/api/v1/tasks/{secret}")).await.status, 404);
    assert_eq!(town.get(&stranger, &format!("/api/v1/directives/{document}")).await.status, 404);
    // A unit gives no tasks in the name of the committee, and none to those beside it.
    let body = json!({ "title": "Việc của người khác", "lead": cast.unit_id, "due_on": "2021-08-30" });
    assert_eq!(town.post(&stranger, &format!("/api/v1/directives/{document}/tasks"), &body).await.status, 404);
    let own = json!({ "kind": "letter", "number": "5/SYT", "title": "Công văn của sở", "issued_on": "2021-07-26" });
    let own = town.post(&stranger, "/api/v1/directives", &own).await.ok();
    let path = format!("/api/v1/directives/{}/tasks", own["id"].as_str().unwrap());
    assert_eq!(town.post(&stranger, &path, &body).await.faults()[0], ("lead".to_owned(), "not_below".to_owned()));
    // A clerk of a department gives none at all.
    let clerk = town.officer("chuyenvien.syt").await;
    town.post(&clerk, "/api/v1/directives", &json!({ "kind": "oral", "title": "Chỉ đạo miệng", "issued_on": "2021-07-26" })).await.refused(403, "not_permitted");
});

both_engines!(async a_cooperating_unit_has_its_own_day_and_the_lead_is_shown_as_held_up_by_it, Town::open, |town| {
    let cast = cast(&town, "sxd").await;
    let helper = town.officer("lanhdao.syt").await;
    let helper_id = self::cast(&town, "syt").await.unit_id;
    let document = plan(&town, &cast.office).await;
    let parts = json!({ "cooperating": [{ "unit": helper_id, "due_on": "2021-07-28" }] });
    let code = assign(&town, &cast, &document, "2021-07-30", parts).await;
    town.at("2021-08-02T08:00");
    town.run_jobs();
    let seen = look(&town, &cast.unit, &code).await;
    assert_eq!(seen["held_up_by"], json!([helper_id]));
    act(&town, &helper, &code, "hand-in-part", json!({ "note": "Đã gửi số liệu kèm theo." })).await.ok();
    act(&town, &helper, &code, "hand-in-part", json!({ "note": "Đã gửi số liệu kèm theo." })).await.refused(409, "part_ended");
    assert_eq!(look(&town, &cast.unit, &code).await["held_up_by"], json!([helper_id]), "handed in too late helps nobody");
    assert_eq!(town.get(&cast.chairman, "/api/v1/letters?state=draft").await.ok()["items"].as_array().unwrap().len(), 1);
    nothing_is_wrong(&town);
});

both_engines!(async a_team_visits_and_what_it_found_is_put_right_or_urged, Town::open, |town| {
    let cast = cast(&town, "sxd").await;
    let chief = town.officer("lanhdao.vpubnd").await;
    let team = json!({ "name": "Tổ kiểm tra cải cách hành chính", "decision": "100/QĐ-UBND", "members": ["chuyenvien.stttt"] });
    let made = town.post(&chief, "/api/v1/teams", &team).await.ok();
    let path = format!("/api/v1/teams/{}", made["id"].as_str().unwrap());
    let visit = json!({ "unit": cast.unit_id, "visited_on": "2021-07-26", "summary": "Kiểm tra việc niêm yết thủ tục.",
        "findings": [{ "text": "Chưa niêm yết đủ thủ tục.", "remedy": "Niêm yết đủ", "due_on": "2021-07-30" }] });
    town.post(&chief, &format!("{path}/visits"), &visit).await.refused(403, "not_permitted");
    let inspector = town.officer("chuyenvien.stttt").await;
    let seen = town.post(&inspector, &format!("{path}/visits"), &visit).await.ok();
    // People stand there by their names.
    let accounts = town.get(&crate::harness::NOBODY, "/api/v1/demo/accounts").await.ok();
    let name = accounts.as_array().unwrap().iter().find(|a| a["account"] == "chuyenvien.stttt").unwrap()["name"].clone();
    let page = town.get(&inspector, &format!("/staff/teams/{}", made["id"].as_str().unwrap())).await.text();
    let main = &page[page.find("<main").unwrap()..];
    assert!(main.contains(name.as_str().unwrap()) && !main.contains("chuyenvien.stttt"), "{main}");
    let remedy = format!("/api/v1/remedies/{}", seen["findings"][0]["id"].as_str().unwrap());
    assert_eq!(town.get(&cast.unit, "/api/v1/remedies").await.ok()["items"].as_array().unwrap().len(), 1);
    assert_eq!(town.get(&cast.unit, &path).await.status, 404, "the unit sees its remedies, not the team");
    town.post(&inspector, &format!("{remedy}/confirm"), &json!({})).await.refused(409, "wrong_state");
    town.post(&cast.unit, &format!("{remedy}/report"), &json!({ "text": "Đã niêm yết đủ tại trụ sở." })).await.ok();
    town.post(&inspector, &format!("{remedy}/send-back"), &json!({ "text": "Còn thiếu lĩnh vực đất đai." })).await.ok();
    town.post(&cast.unit, &format!("{remedy}/report"), &json!({ "text": "Đã bổ sung lĩnh vực đất đai." })).await.ok();
    town.post(&inspector, &format!("{remedy}/confirm"), &json!({})).await.ok();
    nothing_is_wrong(&town);
    drop(cast.unit_leader);
});
