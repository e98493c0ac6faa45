//! Ways past the acts of the interface to turn what is late into something on time: imports, replays, clocks. Each is
//! refused, changes no verdict, or is named by `verify`. The acts and changes by hand stand in `cheating.rs` and
//! `columns.rs`; one table of all ways in docs/security/threats.md.

use std::process::{Command, Output};

use kernel_testkit::both_engines;
use serde_json::{Value, json};

use crate::{
    cheating::{Late, act, is_late, late},
    figures::with_late_ones,
    harness::{NOBODY, PROGRAM, Town},
    outcomes::{BUSINESS, TAM_KY},
    verify::findings,
};

/// The board of dossiers, and the two measures that an older system might want to better.
async fn figures(town: &Town) -> Vec<Value> {
    let mut all = vec![town.get(&NOBODY, "/api/v1/scoreboard?period=2021-07").await.ok()["agencies"].clone()];
    for metric in ["on_time_settlement", "return_rounds", "online_dossiers", "online_payment"] {
        all.push(
            town.get(&NOBODY, &format!("/api/v1/measures/{metric}?agency={TAM_KY}")).await.ok()["measured"]["rows"]
                .clone(),
        );
    }
    all
}

fn imported(code: &str, settled_at: &str) -> Value {
    json!({ "code": code, "procedure": BUSINESS, "procedure_name": "Đăng ký thành lập hộ kinh doanh", "agency": TAM_KY,
        "owner": { "name": "Trần Thí Dụ" }, "received_at": "2021-07-05T08:00", "promised_at": "2021-07-30T08:00",
        "settled_at": settled_at, "status": "returned" })
}

both_engines!(async an_imported_dossier_with_false_dates_betters_no_figure_and_takes_nobodys_place, Town::open, |town| {
    with_late_ones(&town).await;
    let before = figures(&town).await;
    let late = town.get(&NOBODY, &format!("/api/v1/scoreboard/rows?agency={TAM_KY}&show=overdue")).await.ok();
    let late = late["rows"][0]["code"].as_str().unwrap().to_owned();
    let people = [town.officer("quantri").await, town.officer("quantri2").await, town.officer("quantri3").await];
    // The late dossier itself, as if the older system had settled it: its code is taken.
    let again = json!({ "source": "Một cửa cũ", "lines": [imported(&late, "2021-07-27T08:00")] });
    assert_eq!(town.post(&people[0], "/api/v1/imports", &again).await.faults()[0].0, "lines.0.code");
    // Another one, with a promise and an end that nobody can check.
    let code = format!("{TAM_KY}-210705-0001");
    let file = json!({ "source": "Một cửa cũ", "lines": [imported(&code, "2021-07-06T08:00")] });
    let batch = town.post(&people[0], "/api/v1/imports", &file).await.ok()["batch"].as_str().unwrap().to_owned();
    for who in &people[1..] {
        town.post(who, &format!("/api/v1/imports/{batch}/approve"), &json!({})).await.ok();
    }
    let clerk = town.officer("tiepnhan.tamky").await;
    let seen = town.look(&clerk, &code).await;
    assert_eq!((&seen["imported"], &seen["legal_due"]), (&json!(true), &Value::Null));
    assert_eq!(figures(&town).await, before, "claims of another system count for nothing");
    // Once more with a better date: it is there already.
    let better = json!({ "source": "Một cửa cũ", "lines": [imported(&code, "2021-07-05T09:00")] });
    assert_eq!(town.post(&people[0], "/api/v1/imports", &better).await.faults()[0].0, "lines.0.code");
    assert_eq!(findings(&town), Vec::<Value>::new());
    // Unlabelled by hand it would count: verify names it.
    crate::verify::named(&town, &format!("UPDATE dossiers SET imported = FALSE WHERE code = '{code}'"), "dossiers", &code);
});

/// The same procedure as the national portal might give it: sixty working days instead of three.
fn with_a_longer_limit() -> Value {
    let time = json!({ "THOIGIANGIAIQUYET": "60", "DONVITINH": "Ngày làm việc", "MOTA": "", "PHILEPHI": [] });
    json!({ "MATTHC": BUSINESS, "TENTTHC": "Đăng ký thành lập hộ kinh doanh", "MACOQUANCONGBO": "Minh họa", "TRANGTHAI": 1,
        "LINHVUCTHUCHIEN": [{ "MALINHVUC": "HKD", "TENLINHVUC": "Hộ kinh doanh" }],
        "TRINHTUTHUCHIEN": [{ "TRUONGHOP": "", "TRINHTU": [{ "TENTRINHTU": "- Bước 1: nộp hồ sơ" }] }],
        "CACHTHUCTHUCHIEN": [{ "KENH": "1", "THOIGIAN": [time] }],
        "COQUANTHUCHIEN": [{ "MADONVI": "", "TENDONVI": "Ủy ban nhân dân cấp huyện" }], "THANHPHANHOSO": [] })
}

both_engines!(async a_longer_limit_in_the_catalogue_moves_no_promise_that_was_made, Town::open, |town| {
    with_late_ones(&town).await;
    let before = figures(&town).await;
    let read = system_services::import::read("tep.json", with_a_longer_limit().to_string().as_bytes()).unwrap();
    let publish = move |tx: &mut kernel_db::Tx<'_>| {
        system_services::import_procedures(tx, &kernel_org::Actor::System, &read, "tep.json", true)
    };
    town.parts.db.write_blocking(&town.parts.home, publish).unwrap();
    let now = town.get(&NOBODY, &format!("/api/v1/procedures/{BUSINESS}")).await.ok();
    assert!(now["limit"].to_string().contains("60"), "it is in force: {now}");
    assert_eq!(figures(&town).await, before, "and changes nothing that was promised");
    assert_eq!(findings(&town), Vec::<Value>::new());
});

both_engines!(async a_day_off_published_afterwards_moves_no_promise_of_a_dossier, Town::open, |town| {
    with_late_ones(&town).await;
    let before = figures(&town).await;
    let agency = kernel_base::AgencyId::parse(TAM_KY).unwrap();
    let rest = move |tx: &mut kernel_db::Tx<'_>| {
        let now = tx.now();
        let (_, calendar) = kernel_obligations::calendars::in_force(tx, &agency, now)?;
        let mut data = serde_json::to_value(&*calendar).unwrap();
        for day in ["2021-07-27", "2021-07-28", "2021-07-29"] {
            let words = json!({ "vi": "Nghỉ (thử)", "en": "Rest (test)" });
            let entry = json!({ "date": day, "kind": "OFF", "name": words, "source": "thử" });
            data["entries"].as_array_mut().unwrap().push(entry);
        }
        let calendar: kernel_calendar::Calendar = serde_json::from_value(data).unwrap();
        kernel_obligations::calendars::publish(tx, Some(&agency), jiff::civil::date(2021, 7, 1), &calendar, "system")
    };
    town.parts.db.write_blocking(&town.parts.home, rest).unwrap();
    assert_eq!(figures(&town).await, before);
    assert_eq!(findings(&town), Vec::<Value>::new());
});

/// A report in time that was sent back; the key under which it was sent.
async fn sent_back(town: &Town) -> (Late, Value) {
    let task = late(town, "2021-07-27T08:00").await;
    let evidence = json!([{ "kind": "document", "title": "Báo cáo số 1/BC-SXD" }]);
    let report = json!({ "text": "Đã hoàn thành toàn bộ nội dung.", "evidence": evidence });
    let path = format!("/api/v1/tasks/{}/report", task.code);
    town.post_once(&task.specialist, &path, "in-time", &report).await.ok();
    act(town, &task.chief, &task.code, "send-back", json!({ "reason": "Chưa đạt yêu cầu." })).await.ok();
    (task, report)
}

both_engines!(async what_was_sent_in_time_and_is_sent_again_afterwards_counts_by_the_second_instant, Town::open, |town| {
    let (task, report) = sent_back(&town).await;
    town.at("2021-08-02T08:00");
    town.run_jobs();
    assert!(is_late(&town, &task).await);
    // The same bytes under the same key: the report of July does not come back.
    let path = format!("/api/v1/tasks/{}/report", task.code);
    let again = town.post_once(&task.specialist, &path, "in-time", &report).await;
    assert!(again.status.is_success() || again.status == 409, "{}", again.text());
    assert!(is_late(&town, &task).await);
    // Acts that are over are not done again by sending them again.
    let reassign = json!({ "lead": "000.00.03.H47", "reason": "Đổi đơn vị chủ trì." });
    for (who, name, body) in [(&task.leader, "accept", json!({})), (&task.chief, "reassign", reassign), (&task.chief, "resume", json!({}))] {
        town.post_once(who, &format!("/api/v1/tasks/{}/{name}", task.code), "once", &body).await.refused(409, "wrong_state");
    }
    town.run_jobs();
    // Every job of the past put back into the queue by hand: each does its work once.
    let told = || town.texts("SELECT CAST(count(*) AS TEXT) FROM task_notices") ;
    let before = (told(), town.texts("SELECT number || state FROM letters"), town.texts("SELECT CAST(count(*) AS TEXT) FROM messages"));
    town.tamper("UPDATE jobs SET attempts = 1, done_at = NULL, locked_until = NULL WHERE done_at IS NOT NULL");
    town.run_jobs();
    let after = (told(), town.texts("SELECT number || state FROM letters"), town.texts("SELECT CAST(count(*) AS TEXT) FROM messages"));
    assert_eq!(after, before);
    assert!(is_late(&town, &task).await);
    assert_eq!(findings(&town), Vec::<Value>::new());
});

/// The program as an administrator types it, on the data of the town.
fn program(town: &Town, args: &[&str]) -> Output {
    let mut command = Command::new(PROGRAM);
    command.args(args).arg("--data").arg(town.data()).args(["--db", town.url()]);
    command.env_clear().output().unwrap()
}

both_engines!(async a_program_whose_clock_stands_before_what_happened_writes_nothing, Town::open, |town| {
    // The last event lies ahead of the machine's clock, as if that had been set back by years.
    town.at("2099-08-03T08:00");
    town.officer("lanhdao.sxd").await;
    let before = town.texts("SELECT CAST(count(*) AS TEXT) FROM events");
    let commands: [&[&str]; 3] =
        [&["serve", "--addr", "127.0.0.1:0"], &["admin", "password", "lanhdao.sxd"], &["import", "publish", "pver_0"]];
    for command in commands {
        let out = program(&town, command);
        assert!(!out.status.success(), "{command:?}");
        let said = String::from_utf8_lossy(&out.stderr).into_owned() + &String::from_utf8_lossy(&out.stdout);
        assert!(said.contains("Đồng hồ máy chủ"), "{command:?}: {said}");
    }
    assert_eq!(town.texts("SELECT CAST(count(*) AS TEXT) FROM events"), before);
});

both_engines!(async the_demonstration_started_with_an_earlier_clock_goes_on_where_it_was, Town::open, |town| {
    let task = late(&town, "2021-08-02T08:00").await;
    let before = town.texts("SELECT subject || seq || hash FROM events ORDER BY subject, seq");
    let out = program(&town, &["demo", "--dossiers", "0", "--seed-only", "--clock", "2021-07-20T08:00"]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    assert_eq!(town.texts("SELECT subject || seq || hash FROM events ORDER BY subject, seq"), before);
    assert!(is_late(&town, &task).await);
    assert_eq!(findings(&town), Vec::<Value>::new());
});

both_engines!(async the_clock_moved_ahead_and_back_changes_no_verdict, Town::open, |town| {
    let task = late(&town, "2021-07-27T08:00").await;
    town.at("2021-09-27T08:00");
    for forward in [json!({ "hours": 24 * 60 }), json!({ "to": "2021-12-31T08:00" })] {
        let moved = town.post(&task.administrator, "/api/v1/demo/clock", &forward).await;
        assert!(moved.status.is_success(), "{}", moved.text());
    }
    town.run_jobs();
    assert!(is_late(&town, &task).await);
    for back in [json!({ "to": "2021-07-27T08:00" }), json!({ "hours": -2000 }), json!({ "hours": 0 })] {
        assert_eq!(town.post(&task.administrator, "/api/v1/demo/clock", &back).await.status, 422, "{back}");
    }
    let evidence = json!([{ "kind": "document", "title": "Báo cáo số 1/BC-SXD" }]);
    let report = json!({ "text": "Đã hoàn thành toàn bộ.", "evidence": evidence });
    act(&town, &task.specialist, &task.code, "report", report).await.ok();
    act(&town, &task.chief, &task.code, "confirm", json!({})).await.ok();
    assert!(is_late(&town, &task).await);
    assert_eq!(findings(&town), Vec::<Value>::new());
});

both_engines!(async a_process_whose_clock_stood_still_is_refused_or_named, Town::open, |town| {
    let task = late(&town, "2021-07-27T08:00").await;
    let evidence = json!([{ "kind": "document", "title": "Báo cáo số 1/BC-SXD" }]);
    let report = json!({ "text": "Đã hoàn thành toàn bộ.", "evidence": evidence });
    // Others go on: the day is over, its root is signed, the ladder has been climbed.
    let stale = town.now();
    town.at("2021-08-02T08:00");
    town.run_jobs();
    let now = town.now();
    town.clock.hold(stale);
    // The task was urged meanwhile: nothing older may follow.
    assert_eq!(act(&town, &task.specialist, &task.code, "report", report.clone()).await.status, 503);
    town.clock.hold(now);
    assert!(is_late(&town, &task).await);
    assert_eq!(findings(&town), Vec::<Value>::new());
});

both_engines!(async a_backdated_event_after_a_signed_root_is_named, Town::open, |town| {
    let task = late(&town, "2021-07-27T08:00").await;
    let evidence = json!([{ "kind": "document", "title": "Báo cáo số 1/BC-SXD" }]);
    let report = json!({ "text": "Đã hoàn thành toàn bộ.", "evidence": evidence });
    // Nobody was urged, because the timers stood still; the root of a later day is signed.
    let stale = town.now();
    town.at("2021-08-02T08:00");
    kernel_ledger::seal_waiting(&town.parts.db, &town.parts.home).unwrap();
    let key = std::sync::Arc::clone(&town.parts.signing);
    town.parts.db.write_blocking(&town.parts.home, move |tx| kernel_ledger::publish_daily_root(tx, &key)).unwrap();
    town.clock.hold(stale);
    act(&town, &task.specialist, &task.code, "report", report).await.ok();
    town.clock.hold(kernel_base::Instant::parse("2021-08-02T09:00").unwrap());
    kernel_ledger::seal_waiting(&town.parts.db, &town.parts.home).unwrap();
    let found = findings(&town);
    let named = |f: &&Value| f["table"] == "events" && f["what"].to_string().contains("đã bị lùi");
    assert!(found.iter().any(|f| named(&f)), "{found:?}");
});
