//! The ways a dossier can end.

use kernel_testkit::both_engines;
use serde_json::{Value, json};

use crate::harness::{NOBODY, Person, Receipt, Town};

/// Household business, three working days, at the city committee of Tam Kỳ.
pub(crate) const BUSINESS: &str = "1.001612";
pub(crate) const TAM_KY: &str = "000.00.31.H47";

/// Officers of one agency, signed in.
pub(crate) struct Desk {
    pub(crate) reception: Person,
    pub(crate) specialist: Person,
    pub(crate) head: Person,
    pub(crate) leader: Person,
}

impl Desk {
    pub(crate) async fn of(town: &Town, slug: &str) -> Self {
        Self {
            reception: town.officer(&format!("tiepnhan.{slug}")).await,
            specialist: town.officer(&format!("chuyenvien.{slug}")).await,
            head: town.officer(&format!("phutrach.{slug}")).await,
            leader: town.officer(&format!("lanhdao.{slug}")).await,
        }
    }
}

pub(crate) fn draft(granted: bool) -> Value {
    json!({
        "granted": granted,
        "content": "Xét hồ sơ và giấy tờ kèm theo, cơ quan kết luận như sau.\n\nNội dung kê khai phù hợp.",
        "reason": if granted { "" } else { "Giấy tờ không chứng minh được nội dung kê khai." },
    })
}

/// A citizen's dossier that was just handed in at Tam Kỳ.
pub(crate) async fn handed_in(town: &Town, citizen: &Person) -> Receipt {
    town.hand_in(citizen, BUSINESS, TAM_KY).await
}

/// Accepts it and brings it to the leader with a drafted result; the SHA-256 of the draft.
pub(crate) async fn to_the_leader(town: &Town, desk: &Desk, code: &str, granted: bool) -> String {
    town.act(&desk.reception, code, "accept", json!({})).await.ok();
    drafted(town, desk, code, granted).await
}

/// From the counter to the leader.
pub(crate) async fn drafted(town: &Town, desk: &Desk, code: &str, granted: bool) -> String {
    town.act(&desk.reception, code, "forward", json!({})).await.ok();
    town.act(&desk.specialist, code, "forward", json!({})).await.ok();
    let result = town.act(&desk.specialist, code, "draft", draft(granted)).await.ok();
    town.act(&desk.specialist, code, "forward", json!({})).await.ok();
    town.act(&desk.head, code, "forward", json!({})).await.ok();
    result["sha256"].as_str().unwrap().to_owned()
}

/// The leader approves with a fresh code.
pub(crate) async fn approve(town: &Town, leader: &Person, code: &str, sha256: &str) -> crate::harness::Reply {
    town.act(leader, code, "approve", json!({ "sha256": sha256, "totp": town.code(&leader.name) })).await
}

pub(crate) fn handover(name: &str) -> Value {
    json!({ "recipient": name, "channel": "counter", "evidence": "Chữ ký trên phiếu trả kết quả" })
}

both_engines!(async a_dossier_is_granted_and_its_result_handed_over, Town::open, |town| {
    let citizen = town.citizen("0905000001").await;
    town.at("2021-07-26T09:00");
    let receipt = handed_in(&town, &citizen).await;
    assert_eq!(receipt.code, format!("{TAM_KY}-210726-0001"));
    assert_eq!(receipt.body["status"], "submitted");
    // Eight working hours from 09:00: the same day has 3 and 4 of them left at most; the answer names the instant.
    assert!(receipt.body["reception_due"].as_str().unwrap() > "2021-07-26T09:30:00");

    let desk = Desk::of(&town, "tamky").await;
    town.at("2021-07-26T10:00");
    let accepted = town.act(&desk.reception, &receipt.code, "accept", json!({})).await.ok();
    assert_eq!(accepted["status"], "accepted");
    let seen = town.look(&citizen, &receipt.code).await;
    // Three working days from Monday morning: Thursday morning at the same working minute.
    assert_eq!(seen["first_promise"], seen["legal_due"]);
    assert!(seen["legal_due"].as_str().unwrap().starts_with("2021-07-29T"), "{}", seen["legal_due"]);
    assert!(!seen["trace"].as_array().unwrap().is_empty());

    town.at("2021-07-27T08:00");
    let sha256 = drafted(&town, &desk, &receipt.code, true).await;
    let before = town.look(&citizen, &receipt.code).await;
    assert_eq!(before["result_document"], Value::Null, "a draft is not shown to its owner");
    assert_eq!(approve(&town, &desk.leader, &receipt.code, &sha256).await.ok()["status"], "settled");
    let settled = town.look(&citizen, &receipt.code).await;
    assert_eq!((&settled["result"], &settled["late"]), (&json!("early"), &json!(false)));
    assert_eq!(settled["result_document"]["sha256"], json!(sha256));

    let file = settled["result_document"]["file"].as_str().unwrap();
    let pdf = town.get(&citizen, &format!("/api/v1/files/{file}")).await;
    assert!(pdf.status.is_success() && pdf.bytes.starts_with(b"%PDF-"));
    let returned = town.act(&desk.reception, &receipt.code, "handover", handover("Võ Thị Thử")).await.ok();
    assert_eq!(returned["status"], "returned");
    let events = town.look(&citizen, &receipt.code).await["events"].as_array().unwrap().clone();
    let kinds: Vec<&str> = events.iter().filter_map(|e| e["kind"].as_str()).filter(|k| k.starts_with("dossier.")).collect();
    assert_eq!(kinds.first(), Some(&"dossier.submitted"));
    assert_eq!(kinds.last(), Some(&"dossier.handed_over"));
    assert!(town.get(&NOBODY, &format!("/api/v1/files/{file}")).await.status == 404);
});

both_engines!(async a_dossier_is_refused_at_the_counter_with_a_reason_in_writing, Town::open, |town| {
    let citizen = town.citizen("0905000002").await;
    let receipt = handed_in(&town, &citizen).await;
    let clerk = town.officer("tiepnhan.tamky").await;
    let silent = town.act(&clerk, &receipt.code, "refuse", json!({ "reason": "" })).await.faults();
    assert_eq!(silent, [("reason".to_owned(), "required".to_owned())]);
    let body = json!({ "reason": "Địa điểm kinh doanh không thuộc thành phố Tam Kỳ.", "legal_basis": "NĐ 61/2018/NĐ-CP" });
    assert_eq!(town.act(&clerk, &receipt.code, "refuse", body).await.ok()["status"], "rejected");
    let seen = town.look(&citizen, &receipt.code).await;
    let slips: Vec<&str> = seen["slips"].as_array().unwrap().iter().filter_map(|s| s["kind"].as_str()).collect();
    assert_eq!(slips, ["refusal"]);
    let slip = town.get(&citizen, &format!("/api/v1/slips/{}", seen["slips"][0]["id"].as_str().unwrap())).await;
    assert!(slip.status.is_success() && slip.bytes.starts_with(b"%PDF-"));
    // What has ended cannot be received any more.
    town.act(&clerk, &receipt.code, "accept", json!({})).await.refused(409, "wrong_state");
});

both_engines!(async a_negative_result_needs_its_reason_and_is_a_result_all_the_same, Town::open, |town| {
    let citizen = town.citizen("0905000003").await;
    let desk = Desk::of(&town, "tamky").await;
    let receipt = handed_in(&town, &citizen).await;
    town.act(&desk.reception, &receipt.code, "accept", json!({})).await.ok();
    town.act(&desk.reception, &receipt.code, "forward", json!({})).await.ok();
    town.act(&desk.specialist, &receipt.code, "forward", json!({})).await.ok();
    let no_reason = json!({ "granted": false, "content": "Xét hồ sơ và giấy tờ kèm theo." });
    let faults = town.act(&desk.specialist, &receipt.code, "draft", no_reason).await.faults();
    assert_eq!(faults, [("reason".to_owned(), "required".to_owned())]);
    let result = town.act(&desk.specialist, &receipt.code, "draft", draft(false)).await.ok();
    town.act(&desk.specialist, &receipt.code, "forward", json!({})).await.ok();
    town.act(&desk.head, &receipt.code, "forward", json!({})).await.ok();
    approve(&town, &desk.leader, &receipt.code, result["sha256"].as_str().unwrap()).await.ok();
    assert_eq!(town.look(&citizen, &receipt.code).await["result_document"]["granted"], false);
});

both_engines!(async an_owner_withdraws_a_dossier_that_is_not_settled, Town::open, |town| {
    let citizen = town.citizen("0905000004").await;
    let desk = Desk::of(&town, "tamky").await;
    let receipt = handed_in(&town, &citizen).await;
    town.act(&desk.reception, &receipt.code, "accept", json!({})).await.ok();
    let asked = json!({ "reason": "Tôi không mở hộ kinh doanh nữa." });
    let asked = town.act(&citizen, &receipt.code, "withdraw", asked).await.ok();
    assert_eq!(asked["status"], "withdrawal_requested", "a citizen cannot grant the own wish");
    town.act(&desk.specialist, &receipt.code, "draft", draft(true)).await.refused(409, "wrong_state");
    let declined = json!({ "granted": false, "reason": "" });
    assert_eq!(town.act(&desk.reception, &receipt.code, "withdrawal", declined).await.faults().len(), 1);
    let granted = json!({ "granted": true, "reason": "Đã trả lại giấy tờ." });
    assert_eq!(town.act(&desk.reception, &receipt.code, "withdrawal", granted).await.ok()["status"], "withdrawn");
    let seen = town.look(&citizen, &receipt.code).await;
    assert_eq!((&seen["status"], &seen["result"]), (&json!("withdrawn"), &Value::Null), "neither late nor on time");
});

both_engines!(async what_a_clerk_recorded_as_withdrawn_another_officer_grants, Town::open, |town| {
    let citizen = town.citizen("0905000024").await;
    let desk = Desk::of(&town, "tamky").await;
    let receipt = handed_in(&town, &citizen).await;
    town.act(&desk.reception, &receipt.code, "accept", json!({})).await.ok();
    let asked = json!({ "reason": "Chủ hồ sơ đến quầy xin rút." });
    town.act(&desk.reception, &receipt.code, "withdraw", asked).await.ok();
    let granted = json!({ "granted": true, "reason": "Đã trả lại giấy tờ." });
    town.act(&desk.reception, &receipt.code, "withdrawal", granted.clone()).await.refused(403, "recorded_by_you");
    assert_eq!(town.look(&citizen, &receipt.code).await["status"], "withdrawal_requested", "the promise still runs");
    let told = town.get(&citizen, "/messages").await.text();
    assert!(told.contains("một cửa ghi yêu cầu rút"), "the owner hears of it: {told}");
    // One officer may take back what he recorded: that ends no promise.
    let declined = json!({ "granted": false, "reason": "Ghi nhầm hồ sơ." });
    town.act(&desk.reception, &receipt.code, "withdrawal", declined).await.ok();
    town.act(&desk.reception, &receipt.code, "withdraw", json!({ "reason": "Chủ hồ sơ xin rút." })).await.ok();
    assert_eq!(town.act(&desk.head, &receipt.code, "withdrawal", granted).await.ok()["status"], "withdrawn");
    assert_eq!(crate::verify::verify(&town).0, 0);
});

both_engines!(async a_withdrawal_that_is_declined_leaves_the_supplement_open, Town::open, |town| {
    let citizen = town.citizen("0905000014").await;
    let desk = Desk::of(&town, "tamky").await;
    let receipt = handed_in(&town, &citizen).await;
    town.act(&desk.reception, &receipt.code, "accept", json!({})).await.ok();
    town.act(&desk.reception, &receipt.code, "forward", json!({})).await.ok();
    let item = json!({ "about": "paper:giay-to-tuy-than", "problem": "Ảnh mờ, không đọc được số.", "needed": "Chụp lại cả trang." });
    let request = json!({ "items": [item], "reply_working_days": 10 });
    town.act(&desk.specialist, &receipt.code, "supplement", request).await.ok();
    town.act(&citizen, &receipt.code, "withdraw", json!({ "reason": "Tôi muốn rút." })).await.ok();
    let declined = json!({ "granted": false, "reason": "Hồ sơ sắp xong." });
    let again = town.act(&desk.reception, &receipt.code, "withdrawal", declined).await.ok();
    assert_eq!(again["status"], "supplement_requested", "the owner still owes the paper");
    assert!(town.look(&citizen, &receipt.code).await["promise"]["paused_since"].is_string());
    let file = town.paper(&citizen).await;
    let papers = json!({ "papers": [{ "paper": "giay-to-tuy-than", "file": file }] });
    assert_eq!(town.act(&citizen, &receipt.code, "answer", papers).await.ok()["status"], "processing");
    assert_eq!(crate::verify::verify(&town).0, 0);
});

both_engines!(async an_accepted_dossier_is_stopped_on_a_legal_ground_only, Town::open, |town| {
    let citizen = town.citizen("0905000005").await;
    let desk = Desk::of(&town, "tamky").await;
    let receipt = handed_in(&town, &citizen).await;
    let body = json!({ "reason": "Chủ hồ sơ đã mất năng lực hành vi.", "legal_basis": "Điều 17 NĐ 61/2018/NĐ-CP" });
    town.act(&desk.leader, &receipt.code, "stop", body.clone()).await.refused(409, "wrong_state");
    town.act(&desk.reception, &receipt.code, "accept", json!({})).await.ok();
    let without = json!({ "reason": "Chủ hồ sơ đã mất năng lực hành vi.", "legal_basis": "" });
    assert_eq!(town.act(&desk.leader, &receipt.code, "stop", without).await.faults()[0].0, "legal_basis");
    assert_eq!(town.act(&desk.leader, &receipt.code, "stop", body).await.ok()["status"], "stopped");
    // The form of the notice exists from 1 July 2025 only.
    let notice = |seen: &Value| seen["slips"].as_array().unwrap().iter().any(|s| s["kind"] == "stop_notice");
    assert!(!notice(&town.look(&citizen, &receipt.code).await));
    town.at("2025-07-01T08:00");
    let desk = Desk::of(&town, "20341").await;
    let receipt = town.hand_in(&citizen, BUSINESS, "000.03.31.H47").await;
    town.act(&desk.reception, &receipt.code, "accept", json!({})).await.ok();
    let body = json!({ "reason": "Chủ hồ sơ đã mất năng lực hành vi.", "legal_basis": "NĐ 118/2025/NĐ-CP" });
    town.act(&desk.leader, &receipt.code, "stop", body).await.ok();
    assert!(notice(&town.look(&citizen, &receipt.code).await));
});

both_engines!(async a_published_fee_is_asked_paid_in_cash_and_stops_the_clock_meanwhile, Town::open, |town| {
    // Criminal record: 200,000 đồng, at the Department of Justice through the provincial centre.
    let citizen = town.proven_citizen("0905000006").await;
    let receipt = town.hand_in(&citizen, "2.000488", "000.00.04.H47").await;
    let centre = town.officer("tiepnhan.pvhcc").await;
    town.act(&centre, &receipt.code, "accept", json!({})).await.ok();
    let due = town.look(&citizen, &receipt.code).await["legal_due"].clone();
    // The amount is the published one; a client cannot name another.
    let cheap = json!({ "fee": "phi-cung-cap-thong-tin", "amount": 1 });
    assert_eq!(town.act(&centre, &receipt.code, "fee", cheap).await.faults(), [("amount".to_owned(), "unknown".to_owned())]);
    town.act(&centre, &receipt.code, "fee", json!({ "fee": "no-such-fee" })).await.refused(422, "invalid_input");
    let asked = town.act(&centre, &receipt.code, "fee", json!({})).await.ok();
    assert_eq!(asked["status"], "payment_requested");
    let seen = town.look(&citizen, &receipt.code).await;
    assert_eq!((&seen["fees"][0]["amount"], &seen["fees"][0]["currency"]), (&json!(200_000), &json!("VND")));
    assert!(seen["promise"]["paused_since"].is_string());
    town.at("2021-07-28T08:00");
    assert_eq!(town.act(&centre, &receipt.code, "pay", json!({ "means": "transfer", "note": " " })).await.faults()[0].0, "note");
    assert_eq!(town.act(&centre, &receipt.code, "pay", json!({ "means": "card" })).await.faults()[0].0, "means");
    let paid = town.act(&centre, &receipt.code, "pay", json!({})).await.ok();
    assert_eq!(paid["status"], "accepted");
    let after = town.look(&citizen, &receipt.code).await;
    assert!(after["legal_due"].as_str() > due.as_str(), "two working days of waiting are not the agency's");
    assert_eq!(after["first_promise"], due);
    assert_eq!(after["fees"][0]["receipt"], "BLP-21/0000001");
    town.act(&centre, &receipt.code, "pay", json!({})).await.refused(409, "wrong_state");
});

both_engines!(async silence_of_an_agency_that_was_asked_is_no_consent, Town::open, |town| {
    let citizen = town.citizen("0905000007").await;
    let desk = Desk::of(&town, "tamky").await;
    let receipt = handed_in(&town, &citizen).await;
    let other = town.officer("chuyenvien.skhdt").await;
    town.get(&other, &format!("/api/v1/dossiers/{}", receipt.code)).await.refused(404, "dossier_not_found");
    town.act(&desk.reception, &receipt.code, "accept", json!({})).await.ok();
    town.act(&desk.reception, &receipt.code, "forward", json!({})).await.ok();
    let question = json!({ "agency": "000.00.05.H47", "question": "Ngành nghề này có điều kiện gì không?", "working_days": 1 });
    let asked = town.act(&desk.specialist, &receipt.code, "consult", question).await.ok();
    town.act(&desk.specialist, &receipt.code, "forward", json!({})).await.ok();
    let result = town.act(&desk.specialist, &receipt.code, "draft", draft(true)).await.ok();
    town.act(&desk.specialist, &receipt.code, "forward", json!({})).await.ok();
    town.act(&desk.head, &receipt.code, "forward", json!({})).await.ok();
    let sha256 = result["sha256"].as_str().unwrap();
    // Also after the time for the answer has passed.
    town.at("2021-07-28T10:00");
    approve(&town, &desk.leader, &receipt.code, sha256).await.refused(409, "consultation_open");
    // The asked agency sees the question and may read the dossier; it alone answers, once.
    let waiting = town.get(&other, "/api/v1/consultations").await.ok();
    assert_eq!(waiting["items"][0]["id"], asked["consultation"]);
    town.look(&other, &receipt.code).await;
    let path = format!("/api/v1/consultations/{}/answer", asked["consultation"].as_str().unwrap());
    let answer = json!({ "answer": "Không có điều kiện." });
    town.post(&desk.specialist, &path, &answer).await.refused(404, "not_found");
    town.post(&other, &path, &answer).await.ok();
    town.post(&other, &path, &answer).await.refused(409, "answered_before");
    approve(&town, &desk.leader, &receipt.code, sha256).await.ok();
    town.get(&other, &format!("/api/v1/dossiers/{}", receipt.code)).await.refused(404, "dossier_not_found");
    let register = "/api/v1/register?from=2021-07-26&to=2021-07-28";
    assert_eq!(town.get(&desk.specialist, register).await.status, 403, "names of a whole period are the counter's");
    assert!(town.get(&desk.reception, register).await.status.is_success());
});

both_engines!(async a_dossier_goes_from_the_commune_to_the_department_that_decides, Town::open, |town| {
    // Worship allowance for martyrs: commune 5 days, department 5 days; no form yet, so it is handed in at the counter.
    let commune = Desk::of(&town, "20341").await;
    let department = Desk::of(&town, "sldtbxh").await;
    let mut body = town.application(&commune.reception, "1.010803", "000.03.31.H47").await;
    body["owner"] = json!({ "name": "Trần Thị Thí Dụ", "phone": "0905000008" });
    body["representative"] = json!({ "name": "Trần Văn Đại Diện" });
    let receipt = Receipt::of(&town.post(&commune.reception, "/api/v1/dossiers", &body).await);
    town.act(&commune.reception, &receipt.code, "accept", json!({})).await.ok();
    town.act(&commune.reception, &receipt.code, "forward", json!({})).await.ok();
    town.act(&commune.specialist, &receipt.code, "forward", json!({})).await.ok();
    let missing = town.act(&commune.leader, &receipt.code, "forward", json!({})).await.faults();
    assert_eq!(missing, [("agency".to_owned(), "required".to_owned())]);
    let wrong = town.act(&commune.leader, &receipt.code, "forward", json!({ "agency": "000.02.31.H47" })).await.faults();
    assert_eq!(wrong, [("agency".to_owned(), "wrong_agency".to_owned())], "another commune is no department");
    town.get(&department.specialist, &format!("/api/v1/dossiers/{}", receipt.code)).await.refused(404, "dossier_not_found");
    let forwarded = json!({ "agency": "000.00.13.H47" });
    assert_eq!(town.act(&commune.leader, &receipt.code, "forward", forwarded).await.ok()["holder"], "000.00.13.H47");
    // The commune still sees it, but cannot act on what another agency holds.
    town.act(&commune.specialist, &receipt.code, "draft", draft(true)).await.refused(409, "dossier_moved");
    let result = town.act(&department.specialist, &receipt.code, "draft", draft(true)).await.ok();
    town.act(&department.specialist, &receipt.code, "forward", json!({})).await.ok();
    let sha256 = result["sha256"].as_str().unwrap();
    approve(&town, &commune.leader, &receipt.code, sha256).await.refused(409, "dossier_moved");
    assert_eq!(approve(&town, &department.leader, &receipt.code, sha256).await.ok()["status"], "settled");
    let seen = town.look(&commune.reception, &receipt.code).await;
    assert_eq!(seen["holder"], "000.03.31.H47", "the result is handed over where the dossier was handed in");
    town.act(&commune.reception, &receipt.code, "handover", handover("Trần Văn Đại Diện")).await.ok();
});

both_engines!(async a_draft_that_is_sent_back_is_drafted_again_and_then_approved, Town::open, |town| {
    let citizen = town.citizen("0905000009").await;
    let desk = Desk::of(&town, "tamky").await;
    let receipt = handed_in(&town, &citizen).await;
    let first = to_the_leader(&town, &desk, &receipt.code, true).await;
    assert_eq!(town.act(&desk.leader, &receipt.code, "return", json!({ "reason": "" })).await.faults()[0].0, "reason");
    let back = json!({ "reason": "Cần ghi rõ ngành nghề chính." });
    assert_eq!(town.act(&desk.leader, &receipt.code, "return", back).await.ok()["step"], "du-thao");
    approve(&town, &desk.leader, &receipt.code, &first).await;
    let mut again = draft(true);
    again["content"] = json!("Ngành nghề chính: nhà hàng và các dịch vụ ăn uống phục vụ lưu động.");
    let second = town.act(&desk.specialist, &receipt.code, "draft", again).await.ok();
    town.act(&desk.specialist, &receipt.code, "forward", json!({})).await.ok();
    town.act(&desk.head, &receipt.code, "forward", json!({})).await.ok();
    // The approval is bound to the document that was read.
    approve(&town, &desk.leader, &receipt.code, &first).await.refused(409, "other_document");
    approve(&town, &desk.leader, &receipt.code, second["sha256"].as_str().unwrap()).await.ok();
});
