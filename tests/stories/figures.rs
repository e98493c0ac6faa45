//! The public scoreboard, its signed file, measures of past days, the level-4 pipeline and the leader's brief.

use std::{io::BufReader, process::ExitCode};

use jiff::civil::date;
use kernel_testkit::both_engines;
use serde_json::{Value, json};
use system_directives::{
    metrics,
    scoreboard::{
        file::{self, Report},
        model::Period,
    },
};

use crate::{
    harness::{NOBODY, Town},
    outcomes::{BUSINESS, Desk, TAM_KY, approve, handed_in, to_the_leader},
};

/// Six dossiers of Tam Kỳ: one settled in time, five accepted and then left lying.
async fn with_late_ones(town: &Town) {
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

/// The public file of a month as it would be published now.
pub(crate) fn published(town: &Town, month: &str) -> String {
    kernel_ledger::seal_waiting(&town.parts.db, &town.parts.home).unwrap();
    let key = std::sync::Arc::clone(&town.parts.signing);
    town.parts.db.write_blocking(&town.parts.home, move |tx| kernel_ledger::publish_daily_root(tx, &key)).unwrap();
    let mut out = Vec::new();
    let period = Period::parse(month).unwrap();
    file::write_month(&town.parts.db, &town.parts.home, &town.parts.signing, period, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn checked(text: &str) -> Report {
    file::check(BufReader::new(text.as_bytes())).unwrap()
}

/// Changes one value of one line and, like a careful forger, nothing else.
fn altered(text: &str, line: usize, change: impl Fn(&mut Value)) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let old = &lines[line];
    let mut inner: Value = serde_json::from_str::<Value>(old).unwrap()["is"].clone();
    change(&mut inner);
    lines[line] = format!("{}{}}}", &old[..old.find("\"is\":").unwrap() + 5], inner);
    lines.join("\n")
}

/// Every leaf of a JSON value by its pointer.
fn leaves(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(k, v)| leaves(v, &format!("{at}/{k}"), found)),
        Value::Array(all) => all.iter().enumerate().for_each(|(i, v)| leaves(v, &format!("{at}/{i}"), found)),
        _ => found.push(at.to_owned()),
    }
}

fn other(value: &Value) -> Value {
    match value {
        Value::Null => json!("x"),
        Value::Bool(b) => json!(!b),
        Value::Number(n) => json!(n.as_i64().unwrap_or(0) + 1),
        _ => json!("2021-07-01T00:00:00.000Z"),
    }
}

both_engines!(async anyone_recomputes_the_signed_file_and_one_altered_value_is_named, Town::open, |town| {
    with_late_ones(&town).await;
    let text = published(&town, "2021-07");
    let report = checked(&text);
    assert_eq!(report.findings, [], "{report:?}");
    assert!(report.rows >= 12 && report.figures >= 3, "{} {}", report.rows, report.figures);
    for personal in ["0907700001", "acc_", "off_", "officer:"] {
        assert!(!text.contains(personal), "{personal} is in the file");
    }
    let (mut tried, mut seen) = (0, std::collections::HashMap::<String, usize>::new());
    for (at, line) in text.lines().enumerate() {
        let inner = serde_json::from_str::<Value>(line).unwrap()["is"].clone();
        // Two lines of each kind; the others are like them.
        let kind = seen.entry(inner["line"].as_str().unwrap().to_owned()).or_default();
        *kind += 1;
        if *kind > 2 {
            continue;
        }
        let mut fields = Vec::new();
        leaves(&inner, "", &mut fields);
        // Calendars are long; every 40th value of theirs.
        let step = if inner["line"] == "calendar" { 40 } else { 1 };
        for field in fields.iter().step_by(step) {
            let forged = altered(&text, at, |v| {
                let slot = v.pointer_mut(field).unwrap();
                *slot = other(slot);
            });
            let found = checked(&forged).findings;
            assert!(found.iter().any(|f| f.line == at + 1), "line {} {field}: {found:?}", at + 1);
            tried += 1;
        }
    }
    assert!(tried > 100, "{tried}");
    // A line left out, and the signature left out.
    let lines: Vec<&str> = text.lines().collect();
    for gone in (0..lines.len()).step_by(3).chain([lines.len() - 1]) {
        let rest: Vec<&str> = lines.iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, l)| *l).collect();
        assert!(!checked(&rest.join("\n")).findings.is_empty(), "line {} left out", gone + 1);
    }
});

both_engines!(async a_figure_that_is_forged_with_its_chain_is_still_named, Town::open, |town| {
    with_late_ones(&town).await;
    let text = published(&town, "2021-07");
    let at = text.lines().position(|l| l.contains("\"line\":\"figures\"") && l.contains("dossier.settlement")).unwrap();
    let forged = altered(&text, at, |v| v["figures"]["now"]["overdue"] = json!(0));
    // The forger computes every chain again; the key he does not have.
    let mut chain = String::new();
    let again: Vec<String> = forged
        .lines()
        .map(|line| {
            let inner = &line[line.find("\"is\":").unwrap() + 5..line.len() - 1];
            use sha2::Digest as _;
            chain = hex::encode(sha2::Sha256::digest(format!("{chain}\n{inner}").as_bytes()));
            format!("{{\"chain\":\"{chain}\",\"is\":{inner}}}")
        })
        .collect();
    let found = checked(&again.join("\n")).findings;
    let said: Vec<String> = found.iter().map(|f| format!("{}: {}", f.about, f.what.en)).collect();
    assert!(said.iter().any(|s| s.contains("now.overdue: published 0, recomputed 5")), "{said:?}");
    assert!(said.iter().any(|s| s.starts_with("signature:")), "{said:?}");
});

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

both_engines!(async a_secret_task_is_counted_in_the_signed_file_and_nothing_else_of_it_is_told, Town::open, |town| {
    let accounts = town.get(&NOBODY, "/api/v1/demo/accounts").await.ok();
    let agency = |account: &str| {
        let found = accounts.as_array().unwrap().iter().find(|a| a["account"] == account);
        found.unwrap_or_else(|| panic!("no {account}"))["agency"].clone()
    };
    let office = town.officer("chuyenvien.vpubnd").await;
    let plan = json!({ "kind": "plan", "number": "9/KH-UBND", "title": "Kế hoạch (dữ liệu minh họa)", "issued_on": "2021-07-20" });
    let plan = town.post(&office, "/api/v1/directives", &plan).await.ok();
    let path = format!("/api/v1/directives/{}/tasks", plan["id"].as_str().unwrap());
    let task = |secret: bool| json!({ "title": "Rà soát thủ tục", "lead": agency("lanhdao.sxd"), "due_on": "2021-07-28", "secret": secret });
    let open = town.post(&office, &path, &task(false)).await.ok()["code"].as_str().unwrap().to_owned();
    let secret = town.post(&office, &path, &task(true)).await.ok()["code"].as_str().unwrap().to_owned();
    let again = json!({ "lead": agency("lanhdao.sxd"), "reason": "Chuyển cho ông Trần Văn Kín." });
    town.post(&town.officer("lanhdao.vpubnd").await, &format!("/api/v1/tasks/{secret}/reassign"), &again).await.ok();
    let text = town.parts.db.read_blocking(&town.parts.home, |tx| {
        let subjects = kernel_ledger::subjects(tx, "task:")?;
        let all: Result<Vec<_>, _> = subjects.iter().map(|s| kernel_ledger::history(tx, s)).collect();
        Ok(format!("{:?}", all?))
    });
    assert!(!text.unwrap().contains("Trần Văn Kín"), "the reason stands in the chain in clear");

    town.at("2021-07-30T08:00");
    let file = published(&town, "2021-07");
    let report = checked(&file);
    assert_eq!(report.findings, []);
    assert!(report.cannot_prove.iter().any(|w| w.en.starts_with("1 secret ones")), "{:?}", report.cannot_prove);
    let rows: Vec<&str> = file.lines().filter(|l| l.contains("\"line\":\"row\"") && l.contains("directive.task")).collect();
    assert_eq!(rows.len(), 1, "the secret one has no row");
    assert!(rows[0].contains(&open) && !file.contains(&secret));
    let figures = file.lines().find(|l| l.contains("\"line\":\"figures\"") && l.contains("directive.task")).unwrap();
    assert!(figures.contains("\"overdue\":2"), "both are counted: {figures}");
    // Without its count the figures no longer add up.
    let forged: Vec<&str> = file.lines().filter(|l| !l.contains("\"line\":\"secret\"")).collect();
    let found = checked(&forged.join("\n")).findings;
    assert!(found.iter().any(|f| f.what.en.contains("now.overdue: published 2, recomputed 1")), "{found:?}");
});

both_engines!(async the_province_that_signs_the_file_itself_cannot_move_an_instant_in_it, Town::open, |town| {
    with_late_ones(&town).await;
    let file = published(&town, "2021-07");
    assert_eq!(checked(&file).findings, []);
    // Any instant, limit or holder of any event, with every hash of the file computed again and the true key.
    let at = file.lines().position(|l| l.contains("\"line\":\"row\"") && l.contains("dossier.settlement")).unwrap();
    for (field, value) in [
        ("/events/0/at", json!("2021-07-26T01:00:00.001Z")),
        ("/events/0/kind", json!("obligation.closed")),
        ("/events/0/body/change/holder", json!("000.00.03.H47")),
        ("/events/0/body/change/start", json!("2021-07-27T01:00:00.000Z")),
        ("/events/0/rest", json!("00")),
        ("/events/0/leaf", json!(null)),
        ("/events/0/leaf", json!(1_000_000)),
    ] {
        let forged = altered(&file, at, |v| *v.pointer_mut(field).unwrap() = value.clone());
        let found = checked(&signed_again(&town, &forged)).findings;
        let said: Vec<&str> = found.iter().map(|f| f.what.en.as_str()).collect();
        let bound = ["do not lead to the signed root", "not in the tree", "beyond the signed tree"];
        assert!(said.iter().any(|s| bound.iter().any(|b| s.contains(b))), "{field}: {said:?}");
        assert!(!said.iter().any(|s| s.contains("signature") || s.contains("altered")), "the forger has the key: {said:?}");
    }
    // The whole file is right, and its root is the one that the second party has, or it is not.
    let (folder, roots) = (town.data().join("public-file"), town.data().join("second-party"));
    std::fs::create_dir_all(&roots).unwrap();
    std::fs::write(&folder, &file).unwrap();
    let root = checked(&file).root.unwrap();
    let run = || format!("{:?}", chuyendong::commands::verify_public::run(&folder, &[], Some(&roots), true).unwrap());
    let (right, wrong) = (format!("{:?}", ExitCode::SUCCESS), format!("{:?}", ExitCode::from(1)));
    assert_eq!(run(), wrong, "the second party has no root of that day");
    std::fs::write(roots.join(root.file_name()), root.to_json()).unwrap();
    assert_eq!(run(), right);
    std::fs::write(roots.join(root.file_name()), root.to_json().replace(&root.root, &"0".repeat(64))).unwrap();
    assert_eq!(run(), wrong, "the second party has another root");
    // A calendar with a day off more, under the identifier that the events pin.
    let at = file.lines().position(|l| l.contains("\"line\":\"calendar\"")).unwrap();
    let forged = altered(&file, at, |v| v["valid_from"] = json!("1999-01-01"));
    let found = checked(&signed_again(&town, &forged)).findings;
    assert!(found.iter().any(|f| f.what.en.contains("not the one of its identifier")), "{found:?}");
});

/// Every chain computed again and signed with the key of the province.
fn signed_again(town: &Town, text: &str) -> String {
    use sha2::Digest as _;
    let lines: Vec<&str> = text.lines().collect();
    let (mut chain, mut again) = (String::new(), Vec::new());
    for (at, line) in lines.iter().enumerate() {
        let mut inner = line[line.find("\"is\":").unwrap() + 5..line.len() - 1].to_owned();
        if at + 1 == lines.len() {
            let signed = format!("chuyendong public file v2\n{}\n2021-07\n{chain}\n", town.parts.home);
            let mut signature: Value = serde_json::from_str(&inner).unwrap();
            signature["signature"] = json!(town.parts.signing.sign(&signed));
            inner = signature.to_string();
        }
        chain = hex::encode(sha2::Sha256::digest(format!("{chain}\n{inner}").as_bytes()));
        again.push(format!("{{\"chain\":\"{chain}\",\"is\":{inner}}}"));
    }
    again.join("\n")
}

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
