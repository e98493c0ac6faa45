//! Every column of every table that a figure, a date or a decision stands in: whoever changes one row of it past the
//! product is named by `verify`.

use std::collections::BTreeMap;

use kernel_db::Engine;
use kernel_ledger::Finding;
use kernel_testkit::both_engines;
use serde_json::{Value, json};

use crate::{
    directives::{act, assign, cast, plan},
    harness::{NOBODY, Town},
    outcomes::{BUSINESS, TAM_KY},
};

/// One task through everything that can happen to it; a letter, a decision, a team, a service that is live.
async fn everything(town: &Town) {
    let cast = cast(town, "sxd").await;
    let chief = town.officer("lanhdao.vpubnd").await;
    let helper = self::cast(town, "syt").await;
    live(town).await;
    let document = plan(town, &cast.office).await;
    let part = json!({ "cooperating": [{ "unit": helper.unit_id, "due_on": "2021-07-28" }] });
    let code = assign(town, &cast, &document, "2021-07-30", part).await;
    act(town, &cast.unit, &code, "accept", json!({ "officer": "chuyenvien.sxd" })).await.ok();
    let more = json!({ "new_due": "2021-08-04", "reason": "Chờ số liệu của các huyện gửi về." });
    act(town, &cast.unit_specialist, &code, "ask-extension", more).await.ok();
    act(town, &chief, &code, "decide-extension", json!({ "granted": true, "comment": "Đồng ý." })).await.ok();
    act(town, &cast.unit_specialist, &code, "progress", json!({ "percent": 40 })).await.ok();
    act(town, &chief, &code, "suspend", json!({ "legal_basis": "Công văn 1/UBND (minh họa)" })).await.ok();
    town.at("2021-07-26T11:00");
    act(town, &chief, &code, "resume", json!({})).await.ok();
    act(town, &helper.unit, &code, "hand-in-part", json!({ "note": "Đã gửi số liệu kèm theo." })).await.ok();
    let evidence = json!([{ "kind": "document", "title": "Báo cáo số 12/BC-SXD ngày 28/7/2021" }]);
    let report = json!({ "text": "Đã hoàn thành toàn bộ nội dung.", "evidence": evidence });
    act(town, &cast.unit_specialist, &code, "report", report.clone()).await.ok();
    act(town, &chief, &code, "send-back", json!({ "reason": "Thiếu danh mục kèm theo." })).await.ok();
    team(town, &cast).await;
    for day in ["2021-07-29", "2021-08-06", "2021-08-11", "2021-08-19", "2021-09-21"] {
        town.at(&format!("{day}T07:30"));
        town.run_jobs();
    }
    letter(town, &cast).await;
    let seen = town.get(&cast.unit, &format!("/api/v1/tasks/{code}")).await.ok();
    let notice = seen["notices"].as_array().unwrap().iter().find(|n| n["agency"] == cast.unit_id.as_str()).unwrap();
    let path = format!("/api/v1/task-notices/{}/answer", notice["id"].as_str().unwrap());
    town.post(&cast.unit, &path, &json!({ "answer": "Đã bố trí người làm." })).await.ok();
    rating(town, &cast).await;
    act(town, &cast.unit_specialist, &code, "report", report).await.ok();
    act(town, &chief, &code, "confirm", json!({ "comment": "Đạt yêu cầu." })).await.ok();
    // A second task that stays open, reported.
    let open = assign(town, &cast, &document, "2021-10-29", json!({})).await;
    act(town, &cast.unit, &open, "accept", json!({})).await.ok();
    let evidence = json!([{ "kind": "document", "title": "Báo cáo số 13/BC-SXD" }]);
    act(town, &cast.unit, &open, "report", json!({ "text": "Đã hoàn thành toàn bộ.", "evidence": evidence }))
        .await
        .ok();
}

async fn live(town: &Town) {
    let own = town.officer("lanhdao.tamky").await;
    let listed = town.post(&own, "/api/v1/pipeline", &json!({ "procedure": BUSINESS, "agency": TAM_KY })).await.ok();
    let id = listed["id"].as_str().unwrap().to_owned();
    let path = |act: &str| format!("/api/v1/pipeline/{id}/{act}");
    town.post(&own, &path("propose"), &json!({ "no_presence": true })).await.ok();
    let consolidator = town.officer("lanhdao.stttt").await;
    town.post(&consolidator, &path("consolidate"), &json!({})).await.ok();
    let seen = town.get(&NOBODY, &format!("/api/v1/pipeline/{id}")).await.ok();
    let verdict = |f: &Value| json!({ "criterion": f["criterion"], "passed": true, "obstacle": "" });
    let verdicts: Vec<Value> = seen["offering"]["criteria"].as_array().unwrap().iter().map(verdict).collect();
    let office = town.officer("lanhdao.vpubnd").await;
    town.post(&office, &path("review"), &json!({ "verdicts": verdicts })).await.ok();
    let chairman = town.officer("lanhdao.ubndtinh").await;
    let list = json!({ "offerings": [id], "decision": "1962/QĐ-UBND" });
    town.post(&chairman, "/api/v1/pipeline/approve", &list).await.ok();
    assert_eq!(town.post(&own, &path("go-live"), &json!({})).await.ok()["stage"], "live");
    town.post(&consolidator, &path("integrate"), &json!({})).await.ok();
}

async fn team(town: &Town, cast: &crate::directives::Cast) {
    let chief = town.officer("lanhdao.vpubnd").await;
    let team = json!({ "name": "Tổ kiểm tra cải cách hành chính", "decision": "100/QĐ-UBND", "members": ["chuyenvien.stttt"] });
    let made = town.post(&chief, "/api/v1/teams", &team).await.ok();
    let inspector = town.officer("chuyenvien.stttt").await;
    let visit = json!({ "unit": cast.unit_id, "visited_on": "2021-07-26", "summary": "Kiểm tra việc niêm yết thủ tục.",
        "findings": [{ "text": "Chưa niêm yết đủ thủ tục.", "remedy": "Niêm yết đủ thủ tục", "due_on": "2021-07-30" }] });
    let path = format!("/api/v1/teams/{}/visits", made["id"].as_str().unwrap());
    let seen = town.post(&inspector, &path, &visit).await.ok();
    let remedy = format!("/api/v1/remedies/{}", seen["findings"][0]["id"].as_str().unwrap());
    town.post(&cast.unit, &format!("{remedy}/report"), &json!({ "text": "Đã niêm yết đủ tại trụ sở." })).await.ok();
    town.post(&inspector, &format!("{remedy}/confirm"), &json!({})).await.ok();
}

async fn letter(town: &Town, cast: &crate::directives::Cast) {
    let letters = town.get(&cast.chairman, "/api/v1/letters?state=draft").await.ok();
    let letter = &letters["items"][0];
    let path = format!("/api/v1/letters/{}", letter["id"].as_str().unwrap());
    let sign = json!({ "sha256": letter["sha256"], "totp": town.code("lanhdao.ubndtinh") });
    town.post(&cast.chairman, &format!("{path}/sign"), &sign).await.ok();
    let answer = json!({ "answer": "Do thiếu số liệu; xin hoàn thành trước ngày 20/9." });
    town.post(&cast.unit, &format!("{path}/answer"), &answer).await.ok();
}

async fn rating(town: &Town, cast: &crate::directives::Cast) {
    let ratings = town.get(&cast.chairman, "/api/v1/ratings").await.ok();
    let path = format!("/api/v1/ratings/{}", ratings["items"][0]["id"].as_str().unwrap());
    let deduct = json!({ "decision": "deduct", "points": 2.0, "reason": "Chậm 30 ngày làm việc, không có lý do.",
        "totp": town.code("lanhdao.ubndtinh") });
    town.post(&cast.chairman, &format!("{path}/decide"), &deduct).await.ok();
    town.post(&cast.unit, &format!("{path}/seen"), &json!({})).await.ok();
}

/// Tables, and what names a row of theirs.
const TABLES: &[(&str, &str)] = &[
    ("obligations", "id"),
    ("calendars", "id"),
    ("ladders", "id"),
    ("directive_documents", "id"),
    ("directive_tasks", "id"),
    ("task_parts", "task || unit"),
    ("task_reports", "id"),
    ("task_extensions", "id"),
    ("task_notices", "id"),
    ("letters", "id"),
    ("ratings", "id"),
    ("teams", "id"),
    ("team_visits", "id"),
    ("team_findings", "id"),
    ("pipeline_offerings", "id"),
    ("pipeline_moves", "offering || CAST(number AS TEXT)"),
    ("pipeline_lists", "CAST(number AS TEXT)"),
];

/// Columns that decide nothing: the tenant, the guard against lost updates, the folded words for the search, who typed a
/// document in and where its file lies, and names that stand in the events by their hash only.
const NOTHING: &[&str] = &["home", "version", "search", "directive_documents.file", "directive_documents.sha256"];

/// Another value for a column, good enough to be read again.
fn other(engine: Engine, table: &str, column: &str, kind: &str, old: Option<&str>) -> String {
    let text = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let word = |first: &str, second: &str| text(if old == Some(first) { second } else { first });
    let kind = kind.to_uppercase();
    if kind.starts_with("BOOL") {
        let yes = matches!(old, Some("1" | "true"));
        return match (engine, yes) {
            (Engine::Sqlite, yes) => i64::from(!yes).to_string(),
            (Engine::Postgres, yes) => (!yes).to_string(),
        };
    }
    if kind.starts_with("BIGINT") || kind.starts_with("DOUBLE") || kind.starts_with("INT") {
        let number: f64 = old.and_then(|old| old.parse().ok()).unwrap_or_default();
        return format!("{}", number + 1.0);
    }
    match (table, column) {
        ("obligations", "state") => word("running", "paused"),
        ("obligations", "result") => word("on_time", "early"),
        ("obligations", "outcome") => word("done", "cancelled"),
        ("obligations", "limit_unit") => word("working_day", "calendar_day"),
        ("obligations", "cutoff") => text("15:00"),
        ("directive_documents", "kind") => word("plan", "letter"),
        ("directive_tasks", "progress") => word("confirmed", "cancelled"),
        ("task_notices", "act") => word("remind", "list"),
        ("task_notices", "level") => word("head", "chairman"),
        ("letters", "state") => word("signed", "withdrawn"),
        ("letters", "items") => text("[]"),
        ("letters" | "ratings", "document") | ("obligations", "source") => text("{}"),
        ("ratings", "decision") => word("excuse", "commend"),
        ("task_reports", "evidence") | ("teams", "members") | ("pipeline_offerings", "criteria") => text("[]"),
        ("pipeline_offerings" | "pipeline_moves", "stage") => word("live", "approved"),
        ("pipeline_offerings", "trial") => text(r#"{"at":"2021-07-01T00:00:00.000Z","passed":true,"said":[]}"#),
        ("obligations", "history") => text(r#"{"pauses":[],"extensions":[],"holders":[]}"#),
        (_, "holder" | "unit" | "lead" | "agency" | "issuer" | "desk" | "charge") => {
            word("000.00.03.H47", "000.00.04.H47")
        }
        (_, "verdict") => word("confirmed", "redo"),
        (_, column) if column.ends_with("_on") || column == "new_due" || column == "valid_from" => text("2021-12-31"),
        (_, column)
            if column.ends_with("_at")
                || ["at", "first_promise", "legal_due", "appointment", "paused_since"].contains(&column) =>
        {
            text("2021-07-01T00:00:00.000Z")
        }
        (_, column) if old.is_some_and(|old| old.len() > 30 && old.contains('_')) && column != "reason" => {
            // An identifier: the same kind, another one.
            let old = old.unwrap_or_default();
            let last = if old.ends_with('0') { "1" } else { "0" };
            text(&format!("{}{last}", &old[..old.len() - 1]))
        }
        _ => text("khac"),
    }
}

/// Changes a row; `false` when the database itself refuses, because another row points to it.
fn taken(town: &Town, sql: &str) -> bool {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| town.tamper(sql))).is_ok()
}

fn found(town: &Town) -> Vec<Finding> {
    let all = town.parts.db.read_blocking(&town.parts.home, |tx| {
        let mut all = kernel_obligations::verify(tx)?;
        all.extend(system_directives::flow::verify(tx)?);
        Ok(all)
    });
    match all {
        Ok(all) => all,
        // A row that cannot even be read stops the check, and the error says which.
        Err(broken) => vec![Finding {
            table: "unreadable",
            row: broken.inside.unwrap_or_default(),
            what: kernel_base::Words::new("", ""),
        }],
    }
}

both_engines!(async each_column_that_was_changed_by_hand_is_named, Town::open, |town| {
    everything(&town).await;
    assert_eq!(found(&town), Vec::new());
    let engine = town.parts.db.engine();
    let mut unseen = Vec::new();
    let mut tried = BTreeMap::new();
    for (table, key) in TABLES {
        let columns = match engine {
            Engine::Sqlite => format!("SELECT name || ':' || type FROM pragma_table_info('{table}')"),
            Engine::Postgres => format!(
                "SELECT column_name || ':' || data_type FROM information_schema.columns
                 WHERE table_schema = 'public' AND table_name = '{table}'"
            ),
        };
        for line in town.texts(&columns) {
            let (column, kind) = line.split_once(':').unwrap();
            // What names a row is tried by taking the row away.
            let names_it = key.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == column);
            if names_it || NOTHING.contains(&column) || NOTHING.contains(&format!("{table}.{column}").as_str()) {
                continue;
            }
            // A row that has something there, else any row.
            let rows = format!("SELECT {key} FROM {table} ORDER BY CASE WHEN {column} IS NULL THEN 1 ELSE 0 END, 1 LIMIT 1");
            let Some(row) = town.texts(&rows).pop() else { panic!("{table} is empty") };
            let old = town.texts(&format!("SELECT CAST({column} AS TEXT) FROM {table} WHERE {key} = '{row}'")).pop();
            let new = other(engine, table, column, kind, old.as_deref());
            let set = |value: &str| format!("UPDATE {table} SET {column} = {value} WHERE {key} = '{row}'");
            if !taken(&town, &set(&new)) {
                continue;
            }
            if found(&town).is_empty() {
                unseen.push(format!("{table}.{column}: {old:?} -> {new}"));
            }
            let back = match &old {
                Some(old) => format!("CAST('{}' AS {kind})", old.replace('\'', "''")),
                None => "NULL".to_owned(),
            };
            town.tamper(&set(&back));
            assert_eq!(found(&town), Vec::new(), "{table}.{column} was put back");
            *tried.entry(*table).or_insert(0) += 1;
        }
        town.tamper(&format!("CREATE TABLE aside AS SELECT * FROM {table}"));
        // Rows that others point to are kept by the database itself.
        let pointed = ["directive_documents", "directive_tasks", "teams", "team_visits", "pipeline_offerings"];
        if !pointed.contains(table) {
            town.tamper(&format!("DELETE FROM {table} WHERE {key} = (SELECT min({key}) FROM {table})"));
            if found(&town).is_empty() {
                unseen.push(format!("{table}: a row was deleted"));
            }
            town.tamper(&format!("INSERT INTO {table} SELECT * FROM aside WHERE {} NOT IN (SELECT {key} FROM {table})", key));
        }
        town.tamper("DROP TABLE aside");
        assert_eq!(found(&town), Vec::new(), "{table} was put back");
    }
    assert_eq!(unseen, Vec::<String>::new());
    assert!(tried.values().sum::<i32>() > 150, "{tried:?}");
});
