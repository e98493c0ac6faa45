//! `chuyendong verify` finds nothing after honest work, and names what was changed by hand.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::Command,
};

use chuyendong::demo::{self, Size};
use kernel_testkit::both_engines;
use serde_json::{Value, json};

use crate::{
    harness::{PROGRAM, Receipt, Town},
    outcomes::{Desk, approve, handed_in, handover, to_the_leader},
};

/// The command as an administrator would give it.
fn command(town: &Town) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(["verify", "--json", "--data"]).arg(town.data()).args(["--db", town.url()]).env_clear();
    command
}

/// Runs it: exit code and answer.
pub(crate) fn verify(town: &Town) -> (i32, Value) {
    let out = command(town).output().unwrap();
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    let error = String::from_utf8_lossy(&out.stderr).into_owned();
    let answer = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text} {error}"));
    (out.status.code().unwrap(), answer)
}

/// What `verify` finds now.
pub(crate) fn findings(town: &Town) -> Vec<Value> {
    verify(town).1["findings"].as_array().unwrap().clone()
}

#[track_caller]
fn clean(town: &Town) -> Value {
    let (code, answer) = verify(town);
    assert_eq!((code, &answer["findings"]), (0, &json!([])));
    answer
}

/// After `sql`, a finding names this table and this row.
#[track_caller]
pub(crate) fn named(town: &Town, sql: &str, table: &str, row: &str) {
    let findings = |town: &Town| verify(town).1["findings"].as_array().unwrap().clone();
    let before = findings(town);
    town.tamper(sql);
    let (code, answer) = verify(town);
    let new: Vec<&Value> = answer["findings"].as_array().unwrap().iter().filter(|f| !before.contains(f)).collect();
    let hit = |f: &&Value| f["table"] == table && f["row"].as_str().is_some_and(|r| r.contains(row));
    assert!(new.iter().any(hit), "{sql}: expected {table} [{row}], found {new:?}");
    assert_eq!(code, 1, "{sql}");
}

pub(crate) fn files_below(folder: &Path, found: &mut BTreeSet<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files_below(&path, found);
        } else {
            found.insert(path);
        }
    }
}

pub(crate) fn stored(town: &Town) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    files_below(&town.data().join("files"), &mut found);
    found
}

/// Subject of a dossier in the ledger, as SQL.
fn subject(code: &str) -> String {
    format!("(SELECT 'dossier:' || id FROM dossiers WHERE code = '{code}')")
}

/// Removes a dossier and every trace of it that lies in tables of the running server.
fn removal(code: &str) -> String {
    let id = format!("(SELECT id FROM dossiers WHERE code = '{code}')");
    let of = [
        "dossier_papers",
        "supplement_requests",
        "consultations",
        "results",
        "apologies",
        "dossier_fees",
        "slips",
        "steps",
        "handovers",
    ];
    let mut sql: String = ["events", "subjects", "unsealed", "obligations"]
        .iter()
        .map(|table| format!("DELETE FROM {table} WHERE subject = {};", subject(code)))
        .collect();
    sql.extend(of.iter().map(|table| format!("DELETE FROM {table} WHERE dossier = {id};")));
    sql + &format!("DELETE FROM dossiers WHERE code = '{code}';")
}

both_engines!(async what_was_changed_by_hand_is_named, Town::open, |town| {
    let citizen = town.citizen("0905500001").await;
    let desk = Desk::of(&town, "tamky").await;
    let mut all: Vec<Receipt> = Vec::new();
    for _ in 0..9 {
        all.push(handed_in(&town, &citizen).await);
    }
    let before = stored(&town);
    let last = handed_in(&town, &citizen).await;
    let its_files: Vec<PathBuf> = stored(&town).difference(&before).cloned().collect();
    let settled = &all[8].code;
    let sha256 = to_the_leader(&town, &desk, settled, true).await;
    approve(&town, &desk.leader, settled, &sha256).await.ok();
    town.act(&desk.reception, settled, "handover", handover("Võ Thị Thử")).await.ok();
    for receipt in &all[5..8] {
        town.act(&desk.reception, &receipt.code, "accept", json!({})).await.ok();
    }
    town.at("2021-07-27T06:00");
    town.run_jobs();
    let answer = clean(&town);
    assert_eq!(answer["dossiers"], 10);
    assert!(answer["events"].as_u64().unwrap() > 40);

    let set = |code: &str, change: &str| format!("UPDATE dossiers SET {change} WHERE code = '{code}'");
    named(&town, &set(&all[0].code, "status = 'accepted'"), "dossiers", &all[0].code);
    named(&town, &set(&all[1].code, "owner_name = 'Người Khác'"), "dossiers", &all[1].code);
    named(&town, &set(&all[2].code, "submitted_at = '2021-07-20T01:00:00.000Z'"), "dossiers", &all[2].code);
    named(&town, &set(&all[5].code, "due_at = '2021-12-31T01:00:00.000Z'"), "dossiers", &all[5].code);
    named(&town, &set(&all[5].code, "settlement_obligation = NULL"), "dossiers", &all[5].code);
    named(&town, &set(&all[0].code, "case_code = 'khac'"), "dossiers", &all[0].code);
    named(&town, &set(&all[0].code, "workflow_version = workflow_version + 1"), "dossiers", &all[0].code);
    let receipt = format!("UPDATE slips SET content = replace(content, '2021-07-29T', '2021-09-29T') WHERE dossier = (SELECT id FROM dossiers WHERE code = '{}')", all[6].code);
    named(&town, &receipt, "slips", &all[6].code);
    let lent = "DELETE FROM officer_roles WHERE role = 'leader' AND officer IN (SELECT id FROM officers WHERE account = 'lanhdao.tamky')";
    named(&town, lent, "officer_roles", settled);
    // What later promises are computed from.
    named(&town, "UPDATE procedure_versions SET body = body || ' ' WHERE procedure = '1.001612'", "procedure_versions", "");
    named(&town, "UPDATE procedures SET body = body || ' ' WHERE code = '1.001612'", "procedures", "1.001612");
    named(&town, "UPDATE workflows SET body = body || ' '", "workflows", "/1");
    let promise = format!("UPDATE obligations SET legal_due = '2021-12-31T01:00:00.000Z' WHERE kind = 'dossier.settlement' AND subject = {}", subject(&all[6].code));
    named(&town, &promise, "obligations", "");
    let result = format!("UPDATE results SET sha256 = 'ff' WHERE dossier = (SELECT id FROM dossiers WHERE code = '{settled}')");
    named(&town, &result, "results", settled);
    let given = format!("DELETE FROM handovers WHERE dossier = (SELECT id FROM dossiers WHERE code = '{settled}')");
    named(&town, &given, "handovers", settled);
    let paper = format!("DELETE FROM dossier_papers WHERE dossier = (SELECT id FROM dossiers WHERE code = '{}')", all[3].code);
    named(&town, &paper, "dossier_papers", &all[3].code);
    let event = format!("DELETE FROM events WHERE kind = 'dossier.accepted' AND subject = {}", subject(&all[7].code));
    let hidden = town.look(&desk.reception, &all[7].code).await["hash"].is_string();
    assert!(hidden);
    named(&town, &event, "events", "dossier:");
    named(&town, &removal(&all[4].code), "events", "dossier:");
    named(&town, "UPDATE dossier_counts SET n = n + 1 WHERE status = 'submitted'", "dossier_counts", "");

    // A stored file is exchanged for another one.
    let other = before.iter().next().unwrap();
    let paper = its_files.iter().max_by_key(|path| std::fs::metadata(path).unwrap().len()).unwrap();
    std::fs::copy(other, paper).unwrap();
    let found = verify(&town).1["findings"].as_array().unwrap().clone();
    assert!(found.iter().any(|f| f["table"] == "files"), "{found:?}, {}", last.code);
});

both_engines!(async rows_beside_a_dossier_that_were_changed_are_named, Town::open, |town| {
    let citizen = town.citizen("0905500003").await;
    let desk = Desk::of(&town, "tamky").await;
    let (asked, late) = (handed_in(&town, &citizen).await.code, handed_in(&town, &citizen).await.code);
    town.act(&desk.reception, &asked, "accept", json!({})).await.ok();
    town.act(&desk.reception, &asked, "forward", json!({})).await.ok();
    let item = json!({ "about": "paper:giay-to-tuy-than", "problem": "Ảnh mờ, không đọc được số.", "needed": "Chụp lại cả trang." });
    let request = json!({ "items": [item], "reply_working_days": 10 });
    town.act(&desk.specialist, &asked, "supplement", request).await.ok();
    to_the_leader(&town, &desk, &late, true).await;
    town.at("2021-07-30T09:00");
    let apology = json!({ "reason": "Cán bộ phụ trách nghỉ ốm.", "new_appointment": "2021-08-03T16:00", "totp": town.code("lanhdao.tamky") });
    town.act(&desk.leader, &late, "apologise", apology).await.ok();
    town.run_jobs();
    clean(&town);

    let of = |table: &str, code: &str, change: &str| {
        format!("UPDATE {table} SET {change} WHERE dossier = (SELECT id FROM dossiers WHERE code = '{code}')")
    };
    let gone = |table: &str, code: &str| {
        format!("DELETE FROM {table} WHERE dossier = (SELECT id FROM dossiers WHERE code = '{code}')")
    };
    // A row names its table once, whatever was changed in it: each change is put right before the next.
    let one = |change: &str, back: &str, table: &str, code: &str| {
        named(&town, &of(table, code, change), table, code);
        town.tamper(&of(table, code, back));
        clean(&town);
    };
    let date = |column: &str, time: &str| format!("{column} = '{time}'");
    let (request, apology) = (
        town.look(&desk.specialist, &asked).await["supplements"][0].clone(),
        town.look(&desk.specialist, &late).await["apologies"][0].clone(),
    );
    for (table, row, column, code) in [
        ("supplement_requests", &request, "reply_by", &asked),
        ("supplement_requests", &request, "asked_at", &asked),
        ("apologies", &apology, "new_appointment", &late),
        ("apologies", &apology, "approved_at", &late),
    ] {
        let was = row[column].as_str().unwrap();
        one(&date(column, "2021-12-31T01:00:00.000Z"), &date(column, was), table, code);
    }
    one("reason = 'Không có lý do.'", "reason = 'Cán bộ phụ trách nghỉ ốm.'", "apologies", &late);
    one("answered_at = asked_at", "answered_at = NULL", "supplement_requests", &asked);
    named(&town, &gone("supplement_requests", &asked), "supplement_requests", &asked);
    named(&town, &gone("apologies", &late), "apologies", &late);
});

both_engines!(async a_busy_server_is_not_taken_for_a_tampered_one, Town::open, |town| {
    let citizen = town.citizen("0905500002").await;
    let desk = Desk::of(&town, "tamky").await;
    handed_in(&town, &citizen).await;
    let mut running = command(&town).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut moved = 0;
    while running.try_wait().unwrap().is_none() {
        let receipt = handed_in(&town, &citizen).await;
        town.act(&desk.reception, &receipt.code, "accept", json!({})).await.ok();
        moved += 1;
    }
    let out = running.wait_with_output().unwrap();
    let answer: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(answer["findings"], json!([]), "{moved} dossiers were moved meanwhile");
    assert!(moved > 0, "nothing happened while it was verified");
});

/// How many dossiers are generated: 300, or 30,000 with `CHUYENDONG_TORTURE=1`.
fn many() -> usize {
    if std::env::var("CHUYENDONG_TORTURE").is_ok_and(|v| v == "1") { 30_000 } else { 300 }
}

both_engines!(generated_dossiers_in_all_states_are_found_to_be_whole, Town::empty, |town| {
    let made = demo::seed(&town.parts, &town.clock, demo::start(), Size { dossiers: many(), days: 24 }).unwrap();
    assert_eq!(made, many());
    town.at("2021-07-27T06:00");
    town.run_jobs();
    assert_eq!(clean(&town)["dossiers"], many());
    // Seeding again changes nothing.
    assert_eq!(demo::seed(&town.parts, &town.clock, town.now(), Size { dossiers: 5, days: 1 }).unwrap(), 0);
});
