//! The signed monthly file of the scoreboard: anyone recomputes it, and whoever alters it is named.

use std::{io::BufReader, process::ExitCode};

use kernel_testkit::both_engines;
use serde_json::{Value, json};
use system_directives::scoreboard::{
    file::{self, Report},
    model::Period,
};

use crate::{
    figures::with_late_ones,
    harness::{NOBODY, Town},
};

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

pub(crate) fn checked(text: &str) -> Report {
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
