//! The commands, as an administrator types them.

use std::process::{Command, Output};

use kernel_db::Engine;
use kernel_testkit::both_engines;
use serde_json::{Value, json};

use crate::{
    harness::{NOBODY, PROGRAM, Town},
    outcomes::handed_in,
};

fn run(args: &[&str]) -> Output {
    Command::new(PROGRAM).args(args).env_clear().output().unwrap()
}

#[test]
fn every_command_explains_itself() {
    for command in ["demo", "serve", "import", "admin", "verify", "doctor", "migrate", "openapi", "config"] {
        let out = run(&[command, "--help"]);
        assert!(out.status.success(), "{command}");
        assert!(String::from_utf8_lossy(&out.stdout).contains("Usage"), "{command}");
    }
    assert!(!run(&[]).status.success());
    assert!(!run(&["fly"]).status.success());
    assert!(!String::from_utf8_lossy(&run(&["--help"]).stdout).contains("inspect-file"), "for the server only");
}

#[test]
fn a_misspelt_setting_is_refused_with_the_right_one() {
    let out = Command::new(PROGRAM).args(["verify"]).env_clear().env("CHUYENDONG_ADRR", "x").output().unwrap();
    assert_eq!(out.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&out.stderr).contains("“addr”"), "{}", String::from_utf8_lossy(&out.stderr));
}

#[test]
fn what_an_administrator_mistypes_is_said_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("nowhere");
    let at = nowhere.to_str().unwrap();
    for (args, said) in [
        (vec!["verify", "--data", at], "Không có cơ sở dữ liệu ở"),
        (
            vec!["serve", "--data", at, "--db", "mysql://nguoi:mat-khau@may/kho"],
            "phải bắt đầu bằng sqlite: hoặc postgres://",
        ),
    ] {
        let out = run(&args);
        let text = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(2), "{args:?}: {text}");
        assert!(text.contains(said) && !text.contains("mat-khau"), "{args:?}: {text}");
    }
    let empty = folder.path().join("empty.db");
    std::fs::write(&empty, "").unwrap();
    let url = format!("sqlite:{}", empty.display());
    let out = run(&["verify", "--data", folder.path().to_str().unwrap(), "--db", &url]);
    assert!(
        String::from_utf8_lossy(&out.stderr).contains("chuyendong migrate"),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    let out = run(&["verify", "--data", at]);
    assert!(!out.status.success());
    let made = std::fs::read_dir(&nowhere).map_or(0, |entries| {
        entries.filter(|e| e.as_ref().unwrap().path().extension().is_some_and(|x| x == "db")).count()
    });
    assert_eq!(made, 0, "a check makes no database");
}

#[test]
fn the_document_of_the_interface_names_every_contract_route() {
    let out = run(&["openapi"]);
    let document: Value = serde_json::from_slice(&out.stdout).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let act = |name: &str| format!("/api/v1/dossiers/{{code}}/{name}");
    let acts = [
        "accept",
        "refuse",
        "supplement",
        "forward",
        "consult",
        "draft",
        "approve",
        "apologise",
        "handover",
        "withdraw",
        "stop",
    ];
    let fixed = [
        "/api/v1/tokens",
        "/api/v1/procedures",
        "/api/v1/procedures/{code}",
        "/api/v1/files",
        "/api/v1/dossiers",
        "/api/v1/dossiers/{code}",
    ];
    for path in acts.iter().map(|a| act(a)).chain(fixed.iter().map(|p| (*p).to_owned())) {
        assert!(paths.contains_key(&path), "{path} is not documented");
    }
}

both_engines!(async the_contract_of_the_demonstration_holds, Town::open, |town| {
    for (path, kind) in [("/livez", ""), ("/readyz", ""), ("/metrics", ""), ("/openapi.json", "json"), ("/docs/api/", "html")] {
        let reply = town.get(&NOBODY, path).await;
        assert!(reply.status.is_success(), "{path}: {}", reply.status);
        let found = reply.headers.get(http::header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        assert!(found.contains(kind), "{path}: {found}");
        assert!(!reply.text().contains("https://unpkg") && !reply.text().contains("cdn."), "{path} loads from elsewhere");
    }
    let accounts = town.get(&NOBODY, "/api/v1/demo/accounts").await.ok();
    let account = &accounts.as_array().unwrap()[0];
    for field in ["account", "password", "totp_secret", "roles", "agency"] {
        assert!(!account[field].is_null(), "{field}");
    }
    let found = town.get(&NOBODY, "/api/v1/procedures?q=khai+sinh").await.ok();
    assert_eq!(found["items"][0]["code"], "1.001193");
    let one = town.get(&NOBODY, "/api/v1/procedures/1.001193").await.ok();
    assert!(one["form"]["examples"][0].is_object() && one["agencies"].as_array().unwrap().len() == 241);
    assert_eq!(one["papers"][0]["required"], json!(true));
    assert_eq!(town.get(&NOBODY, "/api/v1/procedures/9.999999").await.status, 404);
    // Measurements name kinds of requests, never people or dossiers.
    let citizen = town.citizen("0905987654").await;
    let code = handed_in(&town, &citizen).await.code;
    town.look(&citizen, &code).await;
    let metrics = town.get(&NOBODY, "/metrics").await.text();
    assert!(!metrics.contains("0905987654") && !metrics.contains(&code), "{metrics}");
});

both_engines!(async doctor_tells_what_is_wrong_and_never_shows_a_password, Town::open, |town| {
    let citizen = town.citizen("0905900001").await;
    handed_in(&town, &citizen).await;
    let data = town.data().display().to_string();
    let healthy = run(&["doctor", "--json", "--data", &data, "--db", town.url()]);
    let findings: Value = serde_json::from_slice(&healthy.stdout).unwrap();
    let of = |id: &str| findings.as_array().unwrap().iter().find(|f| f["id"] == id).unwrap()["grade"].clone();
    assert_eq!((of("config"), of("database"), of("ledger")), (json!("fine"), json!("fine"), json!("fine")));
    // What happened in 2021 and still waits today is named: a document without its signature, a message on its way.
    assert_eq!(of("signing"), json!("fine"));
    assert!(of("messages").is_string());
    town.tamper(
        "INSERT INTO signing_documents (home, id, subject, kind, reference, title, location, file, sha256, state, requested_at, version)
         VALUES ('H47', 'sig_1', 'dossier:x', 'result', 'x', 'Kết quả', '', 'x', 'x', 'waiting', '2021-07-26T01:00:00.000Z', 1)",
    );
    let late = run(&["doctor", "--json", "--data", &data, "--db", town.url()]);
    let found: Value = serde_json::from_slice(&late.stdout).unwrap();
    let signing = found.as_array().unwrap().iter().find(|f| f["id"] == "signing").unwrap();
    assert!(signing["grade"] == "warning" && signing["what"].as_str().unwrap().contains("1 văn bản"), "{signing}");
    town.tamper("DELETE FROM signing_documents WHERE id = 'sig_1'");
    town.tamper("UPDATE dossiers SET status = 'returned'");
    let broken = run(&["doctor", "--json", "--data", &data, "--db", town.url()]);
    assert_eq!(broken.status.code(), Some(2), "{}", String::from_utf8_lossy(&broken.stdout));
    let gone = run(&["doctor", "--data", &data, "--db", "postgres://me:secret@127.0.0.1:1/x"]);
    let said = format!("{}{}", String::from_utf8_lossy(&gone.stdout), String::from_utf8_lossy(&gone.stderr));
    assert_eq!(gone.status.code(), Some(2));
    assert!(!said.contains("secret"), "{said}");
});

#[test]
fn nothing_of_a_faulty_file_of_procedures_is_imported() {
    let town = Town::open(Engine::Sqlite);
    let data = town.data().display().to_string();
    let file = town.data().join("thu-tuc.json");
    std::fs::write(&file, r#"[{"MATTHC":"x"},{"TENTTHC":5}]"#).unwrap();
    let out = run(&["import", "procedures", file.to_str().unwrap(), "--data", &data, "--db", town.url()]);
    assert_eq!(out.status.code(), Some(1), "{}", String::from_utf8_lossy(&out.stderr));
    assert!(String::from_utf8_lossy(&out.stdout).contains("chưa nhập gì"), "{}", String::from_utf8_lossy(&out.stdout));
    // The template that the command writes is itself read without a complaint about its form.
    let template = town.data().join("mau.xlsx");
    let wrote = run(&["import", "procedures", "--template", template.to_str().unwrap()]);
    assert!(wrote.status.success() && std::fs::metadata(&template).unwrap().len() > 1_000);
}

fn said(out: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
}

/// The word of a line that begins so, e.g. `del_…`.
fn word<'a>(text: &'a str, start: &str) -> &'a str {
    let found = text.split(|c: char| c.is_whitespace() || c == ':').find(|word| word.starts_with(start));
    found.unwrap_or_else(|| panic!("no {start} in {text}"))
}

both_engines!(async an_imported_draft_is_listed_and_published_by_a_command, Town::open, |town| {
    let data = town.data().display().to_string();
    let at = |args: &[&str]| run(&[args, &["--data", &data, "--db", town.url()]].concat());
    let file = town.data().join("thu-tuc.json");
    let text = json!({
        "MATTHC": "1.999001", "TENTTHC": "Thủ tục thử nghiệm", "LINHVUCTHUCHIEN": [{"MALINHVUC": "X", "TENLINHVUC": "Thử"}],
        "CACHTHUCTHUCHIEN": [{"KENH": "1", "THOIGIAN": [{"THOIGIANGIAIQUYET": "5", "DONVITINH": "Ngày làm việc"}]}],
        "KETQUATHUCHIEN": [{"MAKETQUA": "K", "TENKETQUA": "Giấy xác nhận"}], "COQUANTHUCHIEN": []
    });
    std::fs::write(&file, text.to_string()).unwrap();
    let imported = at(&["import", "procedures", file.to_str().unwrap()]);
    assert!(imported.status.success() && said(&imported).contains("LƯU Ý"), "nobody offers it: {}", said(&imported));
    let version = word(&said(&imported), "pver_").to_owned();
    assert_eq!(town.get(&NOBODY, "/api/v1/procedures/1.999001").await.status, 404);
    assert!(said(&at(&["import", "drafts"])).contains(&version));
    // One unknown version: none is published.
    let wrong = at(&["import", "publish", &version, "pver_00000000000000000000000000000000"]);
    assert_eq!(wrong.status.code(), Some(2), "{}", said(&wrong));
    assert!(said(&at(&["import", "drafts"])).contains(&version));
    let published = at(&["import", "publish", &version]);
    assert!(published.status.success(), "{}", said(&published));
    assert!(said(&at(&["import", "drafts"])).contains("Có 0 bản nháp"));
    let again = at(&["import", "publish", &version]);
    assert_eq!(again.status.code(), Some(2), "{}", said(&again));
});

both_engines!(async a_delegation_on_paper_and_the_successor_of_an_agency_are_entered_by_commands, Town::open, |town| {
    let data = town.data().display().to_string();
    let at = |args: &[&str]| run(&[&["admin"], args, &["--data", &data, "--db", town.url()]].concat());
    let until = kernel_base::Clock::now(&chuyendong::clock::SystemClock).plus_hours(48).to_string();
    let lend = |from, to| at(&["delegate", from, to, "--role", "leader", "--until", &until, "--reason", "GUQ 12/2021"]);
    assert_eq!(lend("lanhdao.tamky", "khong.co").status.code(), Some(2));
    let refused = lend("chuyenvien.tamky", "phutrach.tamky");
    assert!(said(&refused).contains("roles"), "a specialist has no leader's role to lend: {}", said(&refused));
    let lent = lend("lanhdao.tamky", "phutrach.tamky");
    assert!(lent.status.success(), "{}", said(&lent));
    let id = word(&said(&lent), "del_").to_owned();
    let revoke = || at(&["revoke", &id, "--reason", "Đã về cơ quan"]);
    assert!(revoke().status.success());
    assert_eq!(revoke().status.code(), Some(2), "it is over already");

    let replace = |day| at(&["replace-agency", "000.01.31.H47", "000.02.31.H47", "--day", day, "--decision", "NQ 1/2025"]);
    assert_eq!(replace("1/7/2025").status.code(), Some(2), "not a day");
    let replaced = replace("2025-07-01");
    assert!(replaced.status.success(), "{}", said(&replaced));
    assert_eq!(replace("2025-08-01").status.code(), Some(2), "it has ended already");
});
