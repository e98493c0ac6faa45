//! What people are told of their dossiers, and how they choose.

use kernel_testkit::both_engines;
use serde_json::{Value, json};

use crate::{
    harness::{NOBODY, Person, Simulator, Town, csrf_of, keep_cookies},
    outcomes::{Desk, approve, handed_in, handover, to_the_leader},
};

async fn messages(town: &Town, who: &Person) -> Vec<Value> {
    town.get(who, "/api/v1/messages").await.ok()["messages"].as_array().unwrap().clone()
}

async fn mailbox(town: &Town) -> String {
    town.get(&NOBODY, "/demo/mailbox").await.text()
}

/// Posts a form of a page, with the token of the page.
async fn press(town: &Town, who: &mut Person, page: &str, path: &str, fields: &str) -> crate::harness::Reply {
    let shown = town.get(who, page).await;
    keep_cookies(who, &shown);
    let csrf = csrf_of(&shown.text());
    town.post_form(who, path, format!("csrf={csrf}&{fields}")).await
}

both_engines!(async the_owner_is_told_once_of_each_step_and_the_page_opens_the_dossier, Town::open, |town| {
    let mut citizen = town.citizen("0905700001").await;
    town.at("2021-07-26T09:00");
    let code = handed_in(&town, &citizen).await.code;
    let desk = Desk::of(&town, "tamky").await;
    let sha256 = to_the_leader(&town, &desk, &code, true).await;
    town.run_jobs();
    town.at("2021-07-26T09:10");
    approve(&town, &desk.leader, &code, &sha256).await.ok();
    town.run_jobs();
    town.at("2021-07-26T09:20");
    town.act(&desk.reception, &code, "handover", handover("Võ Thị Thử")).await.ok();
    town.run_jobs();
    town.run_jobs();
    let told = messages(&town, &citizen).await;
    let kinds: Vec<&str> = told.iter().map(|m| m["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["dossier.handed_over", "dossier.approved", "dossier.accepted"]);
    assert_eq!(told[2]["title"], format!("Hồ sơ {code} đã được tiếp nhận"));
    assert!(told[2]["text"].as_str().unwrap().contains("Hẹn trả kết quả: "), "{}", told[2]["text"]);
    assert!(told[1]["text"].as_str().unwrap().contains("hoặc nhận tại "));
    // By SMS: accepted (nothing else reaches her) and the result, without names and without the procedure.
    let box_text = mailbox(&town).await;
    assert_eq!(box_text.matches(&format!("Ho so {code} da ")).count(), 2, "{box_text}");
    assert!(!box_text.contains("Võ Thị Thử"));
    let page = town.get(&citizen, "/messages").await.text();
    assert!(page.contains("3 tin chưa đọc trong 3 tin"));
    let open = format!("/messages/{}/open", told[0]["id"].as_str().unwrap());
    let opened = press(&town, &mut citizen, "/messages", &open, "").await;
    assert_eq!(opened.headers["location"], format!("/dossiers/{code}"));
    assert!(town.get(&citizen, "/messages").await.text().contains("2 tin chưa đọc trong 3 tin"));
    // Nobody else's message opens.
    let mut other = town.citizen("0905700002").await;
    assert_eq!(press(&town, &mut other, "/messages", &open, "").await.status, 404);
    assert!(messages(&town, &other).await.is_empty());
    town.get(&NOBODY, "/api/v1/messages").await.refused(401, "sign_in_needed");
});

both_engines!(async an_address_counts_after_its_code_and_a_link_switches_it_off_again, Town::open, |town| {
    let mut citizen = town.citizen("0905700003").await;
    let settings = "/messages/settings";
    assert_eq!(press(&town, &mut citizen, settings, "/messages/contacts", "contact=khong-dung").await.status, 422);
    assert_eq!(press(&town, &mut citizen, settings, "/messages/contacts", "contact=ten%40example.vn").await.status, 303);
    town.run_jobs();
    let text = mailbox(&town).await;
    let number = &text[text.find("nhận tin của bạn là ").unwrap() + "nhận tin của bạn là ".len()..][..6];
    let page = town.get(&citizen, settings).await.text();
    assert!(page.contains("Chờ xác nhận"));
    let id = &page[page.find("/messages/contacts/ctp_").unwrap()..][.."/messages/contacts/ctp_".len() + 32];
    let wrong = if number == "111111" { "222222" } else { "111111" };
    assert_eq!(press(&town, &mut citizen, settings, id, &format!("number={wrong}")).await.status, 422);
    assert_eq!(press(&town, &mut citizen, settings, id, &format!("number={number}")).await.status, 303);
    assert!(town.get(&citizen, settings).await.text().contains("Đã xác nhận"));

    let code = handed_in(&town, &citizen).await.code;
    let clerk = town.officer("tiepnhan.tamky").await;
    town.act(&clerk, &code, "accept", json!({})).await.ok();
    town.run_jobs();
    let text = mailbox(&town).await;
    assert!(text.contains("ten@example.vn") && !text.contains(&format!("Ho so {code} da duoc tiep nhan")), "e-mail instead of SMS");
    let off = &text[text.find("/messages/unsubscribe/dlv_").unwrap()..][.."/messages/unsubscribe/dlv_".len() + 32];
    let mut visitor = NOBODY.clone();
    let shown = town.get(&visitor, off).await;
    keep_cookies(&mut visitor, &shown);
    assert!(shown.text().contains("loại tin “Hồ sơ của tôi” qua kênh “Thư điện tử”"), "{}", shown.text());
    let done = town.post_form(&visitor, off, format!("csrf={}", csrf_of(&shown.text()))).await;
    assert!(done.text().contains("Đã tắt"));
    let page = town.get(&citizen, settings).await.text();
    assert!(page.contains("name=\"dossier-email\" value=\"true\">") && page.contains("name=\"dossier-sms\" value=\"true\" checked>"));
    // Quiet hours are read as people write them; a wrong one is said.
    let fields = "group=dossier&group=account&dossier-sms=true&quiet_from=21h30&quiet_to=6&lang=en";
    assert_eq!(press(&town, &mut citizen, settings, settings, fields).await.status, 303);
    let page = town.get(&citizen, settings).await.text();
    assert!(page.contains("value=\"21:30\"") && page.contains("value=\"06:00\""));
    assert_eq!(press(&town, &mut citizen, settings, settings, "quiet_from=toi&quiet_to=6").await.status, 422);
});

both_engines!(async the_log_counts_what_it_lists_and_shows_no_words, Town::open, |town| {
    let citizen = town.citizen("0905700004").await;
    let code = handed_in(&town, &citizen).await.code;
    let clerk = town.officer("tiepnhan.tamky").await;
    town.act(&clerk, &code, "accept", json!({})).await.ok();
    town.run_jobs();
    let administrator = town.officer("quantri").await;
    let page = town.get(&administrator, "/staff/deliveries?channel=sms&state=sent").await.text();
    assert!(page.contains("0905 ••• 004") && !page.contains("0905700004") && !page.contains(&code));
    let number = &page[..page.find("SMS · Đã gửi").unwrap()];
    let number: String = number[number.rfind("class=\"number\">").unwrap() + 15..].chars().take_while(char::is_ascii_digit).collect();
    assert_eq!(number.parse::<usize>().unwrap(), page.matches("href=\"/staff/deliveries/dlv_").count());
    let one = &page[page.find("/staff/deliveries/dlv_").unwrap()..][.."/staff/deliveries/dlv_".len() + 32];
    assert!(town.get(&administrator, one).await.text().contains("Đã nhận"));
    assert_eq!(town.get(&clerk, "/staff/deliveries").await.status, 403);
    assert_eq!(town.get(&citizen, one).await.status, 403);
});

both_engines!(async each_working_morning_officers_hear_once_what_is_due, Town::open, |town| {
    let citizen = town.citizen("0905700005").await;
    let code = handed_in(&town, &citizen).await.code;
    let desk = Desk::of(&town, "tamky").await;
    town.act(&desk.reception, &code, "accept", json!({})).await.ok();
    town.act(&desk.reception, &code, "forward", json!({})).await.ok();
    town.run_jobs();
    let summaries = async |town: &Town| {
        let mut found = Vec::new();
        for officer in [&desk.reception, &desk.specialist, &desk.head, &desk.leader] {
            found.extend(messages(town, officer).await.into_iter().filter(|m| m["kind"] == "officer.summary"));
        }
        found
    };
    town.at("2021-07-27T07:00");
    town.run_jobs();
    let first = summaries(&town).await.len();
    town.at("2021-07-28T06:59");
    town.run_jobs();
    assert_eq!(summaries(&town).await.len(), first, "one a day, and not before seven");
    town.at("2021-07-28T07:00");
    town.run_jobs();
    town.run_jobs();
    let found = summaries(&town).await;
    assert_eq!(found.len(), first + 1, "{found:?}");
    assert!(found[0]["title"].as_str().unwrap().starts_with("Việc hôm nay: "));
    for (day, number) in [("2021-07-31", 1), ("2021-08-01", 1), ("2021-08-02", 2)] {
        town.at(&format!("{day}T07:00"));
        town.run_jobs();
        assert_eq!(summaries(&town).await.len(), first + number, "{day}: nothing on Saturday and Sunday");
    }
});

fn gateway_town(engine: kernel_db::Engine) -> (Town, Simulator) {
    let gateway = Simulator::start("sms", &["--token", "bi-mat", "--refuse", "3"]);
    let town = Town::open_with(engine, |config| {
        let token = config.data.join("sms.token");
        std::fs::write(&token, "bi-mat\n").unwrap();
        config.sms_url = format!("{}/sms", gateway.address);
        config.sms_token_file = token.display().to_string();
    });
    (town, gateway)
}

both_engines!(async a_gateway_in_another_process_gets_each_sms_once_although_it_refuses_some, gateway_town, |pair| {
    let (town, gateway) = pair;
    let clerk = town.officer("tiepnhan.tamky").await;
    let mut codes = Vec::new();
    for n in 0..4 {
        let citizen = town.citizen(&format!("090571000{n}")).await;
        let code = handed_in(&town, &citizen).await.code;
        town.act(&clerk, &code, "accept", json!({})).await.ok();
        codes.push(code);
    }
    for minute in 10..20 {
        town.run_jobs();
        town.at(&format!("2021-07-26T08:{minute}"));
    }
    let sent = gateway.messages();
    assert_eq!(sent.len(), 4, "{sent:?}");
    for code in &codes {
        assert_eq!(sent.iter().filter(|m| m["text"].as_str().unwrap().starts_with(&format!("Ho so {code} da"))).count(), 1);
    }
});

/// A town whose SMS provider reports what did not arrive.
fn reporting(engine: kernel_db::Engine) -> Town {
    Town::open_with(engine, |config| {
        let file = std::path::Path::new(&config.data).join("reports.token");
        std::fs::write(&file, "bi mat cua nha cung cap\n").unwrap();
        config.reports_token_file = file.display().to_string();
    })
}

async fn reported(town: &Town, token: &str, body: &Value) -> crate::harness::Reply {
    let request = http::Request::post("/api/v1/notify/reports").header("content-type", "application/json");
    let request = if token.is_empty() { request } else { request.header("x-report-token", token) };
    town.send(request.body(body.to_string().into()).unwrap()).await
}

both_engines!(async a_provider_reports_what_did_not_arrive_once_and_only_with_its_secret, reporting, |town| {
    let citizen = town.citizen("0905700031").await;
    let code = handed_in(&town, &citizen).await.code;
    let clerk = town.officer("tiepnhan.tamky").await;
    town.act(&clerk, &code, "accept", json!({})).await.ok();
    let report = |id: &str| json!({ "id": id, "reason": "Thuê bao không liên lạc được", "no_such_address": true });
    let state = "SELECT state FROM deliveries WHERE kind = 'dossier.accepted'";
    let reason = "SELECT reason FROM deliveries WHERE kind = 'dossier.accepted'";
    let tries = "SELECT CAST(count(*) AS TEXT) FROM delivery_attempts WHERE outcome = 'never'";
    // Before anything was sent there is nothing to report about.
    assert_eq!(reported(&town, "bi mat cua nha cung cap", &report("tin-1")).await.ok()["known"], false);
    town.run_jobs();
    town.tamper("UPDATE deliveries SET provider = 'tin-1', state = 'sent' WHERE kind = 'dossier.accepted'");
    // Forged: no secret, a wrong one, one with something behind it.
    for forged in ["", "bi mat", "bi mat cua nha cung cap x"] {
        reported(&town, forged, &report("tin-1")).await.refused(401, "sign_in_needed");
    }
    assert_eq!(town.texts(state), ["sent"]);
    let unreadable = reported(&town, "bi mat cua nha cung cap", &json!({ "reason": "x" })).await;
    assert_eq!(unreadable.status, 422, "{}", unreadable.text());
    assert_eq!(reported(&town, "bi mat cua nha cung cap", &report("tin-khac")).await.ok()["known"], false, "not one of ours");
    assert_eq!(town.texts(state), ["sent"]);
    // Right; and the same again changes nothing more.
    for _ in 0..2 {
        assert_eq!(reported(&town, "bi mat cua nha cung cap", &report("tin-1")).await.ok()["known"], true);
        assert_eq!((town.texts(state), town.texts(reason)), (vec!["dead".to_owned()], vec!["no_address".to_owned()]));
        assert_eq!(town.texts(tries), ["1"]);
    }
    // One that comes too late, after its message was given up for another reason, does not rewrite history.
    town.tamper("UPDATE deliveries SET reason = 'attempts' WHERE kind = 'dossier.accepted'");
    assert_eq!(reported(&town, "bi mat cua nha cung cap", &report("tin-1")).await.ok()["known"], true);
    assert_eq!(town.texts(reason), ["attempts"]);
});
