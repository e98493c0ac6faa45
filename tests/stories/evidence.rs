//! Files that show that a task is done: inspected like papers, bound to the report by their SHA-256, opened by who has a
//! part in the task and by nobody else, and named by `verify` when they are swapped.

use http::{Request, header};
use kernel_testkit::both_engines;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    directives::{Cast, act, assign, cast, look, plan},
    harness::{NOBODY, Person, Reply, Town, jpeg, paper_pdf},
    verify::findings,
};

/// A task of Sở Xây dựng that was accepted.
async fn accepted(town: &Town, more: Value) -> (Cast, String) {
    let cast = cast(town, "sxd").await;
    let document = plan(town, &cast.office).await;
    let code = assign(town, &cast, &document, "2021-07-30", more).await;
    act(town, &cast.unit, &code, "accept", json!({ "officer": "chuyenvien.sxd" })).await.ok();
    (cast, code)
}

fn reported(evidence: &Value) -> Value {
    json!({ "text": "Đã hoàn thành toàn bộ nội dung.", "evidence": evidence })
}

/// Evidence of the last report.
async fn evidence(town: &Town, who: &Person, code: &str) -> Vec<Value> {
    let seen = look(town, who, code).await;
    seen["reports"].as_array().unwrap().last().unwrap()["evidence"].as_array().unwrap().clone()
}

/// A form with files, as a browser without a script posts it.
async fn press(town: &Town, who: &Person, code: &str, fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Reply {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    for (name, bytes) in files {
        let head = format!(
            "--edge\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--edge--\r\n");
    let request = Request::post(format!("/staff/tasks/{code}/report"))
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge")
        .header(header::CONTENT_LENGTH, body.len());
    town.send(who.sign(request).body(body.into()).unwrap()).await
}

both_engines!(async a_file_is_bound_to_the_report_and_opens_for_who_has_a_part_in_the_task, Town::open, |town| {
    let helper = self::cast(&town, "syt").await;
    let part = json!({ "cooperating": [{ "unit": helper.unit_id, "due_on": "2021-07-29" }] });
    let (cast, code) = accepted(&town, part).await;
    let pdf = town.upload(&cast.unit_specialist, "bao-cao.pdf", &paper_pdf()).await.ok();
    let photo = town.upload(&cast.unit_specialist, "anh.jpg", &jpeg()).await.ok();
    let file = |sent: &Value| sent["file"].as_str().unwrap().to_owned();
    let named = json!([
        { "kind": "document", "title": "Báo cáo số 12/BC-SXD", "file": file(&pdf), "sha256": pdf["sha256"] },
        { "kind": "photo", "title": "", "file": file(&photo) },
        { "kind": "document", "title": "Công văn số 3/SXD" },
    ]);
    act(&town, &cast.unit_specialist, &code, "report", reported(&named)).await.ok();
    let found = evidence(&town, &cast.office, &code).await;
    assert_eq!((&found[0]["sha256"], &found[1]["sha256"]), (&pdf["sha256"], &photo["sha256"]));
    assert_eq!(found[1]["title"], "anh.jpg", "a file without words keeps its name");
    assert_eq!(found[2].get("file"), None);
    // The event holds the hash.
    let told = town.texts("SELECT body FROM events WHERE kind = 'task.reported'").pop().unwrap();
    assert!(told.contains(pdf["sha256"].as_str().unwrap()), "{told}");
    // Who has a part in it reads exactly the bytes of that hash; nobody else finds it, by no other way either.
    let path = format!("/api/v1/tasks/{code}/files/{}", file(&pdf));
    for who in [&cast.unit, &cast.unit_specialist, &cast.office, &cast.chairman, &helper.unit] {
        let bytes = town.get(who, &path).await;
        assert!(bytes.status.is_success(), "{}: {}", who.name, bytes.status);
        assert_eq!(json!(hex::encode(Sha256::digest(&bytes.bytes))), pdf["sha256"]);
    }
    let citizen = town.citizen("0905700001").await;
    for who in [town.officer("lanhdao.sct").await, town.officer("quantri").await, citizen, NOBODY] {
        assert!(town.get(&who, &path).await.status.is_client_error(), "{}", who.name);
        let plain = town.get(&who, &format!("/api/v1/files/{}", file(&pdf))).await;
        assert_eq!(plain.status, 404, "{}", who.name);
    }
    // Not a file of another task.
    let other = town.upload(&cast.unit_specialist, "khac.pdf", &paper_pdf()).await.ok();
    assert_eq!(town.get(&cast.unit, &format!("/api/v1/tasks/{code}/files/{}", file(&other))).await.status, 404);
    let page = town.get(&cast.office, &format!("/staff/tasks/{code}")).await.text();
    assert!(page.contains(&path) && page.contains("Báo cáo số 12/BC-SXD"), "{page}");
    assert_eq!(findings(&town), Vec::<Value>::new());
});

both_engines!(async a_file_that_is_not_ones_own_or_not_whole_is_refused_in_words, Town::open, |town| {
    let (cast, code) = accepted(&town, json!({})).await;
    let theirs = town.upload(&cast.unit, "cua-nguoi-khac.pdf", &paper_pdf()).await.ok();
    let own = town.upload(&cast.unit_specialist, "bao-cao.pdf", &paper_pdf()).await.ok();
    let with = |file: &Value, sha256: &str| {
        reported(&json!([{ "kind": "document", "title": "Báo cáo", "file": file, "sha256": sha256 }]))
    };
    for (body, fault) in [
        (with(&theirs["file"], ""), ("evidence.0.file", "unusable_file")),
        (with(&json!("fil_0"), ""), ("evidence.0.file", "unusable_file")),
        (with(&own["file"], &"0".repeat(64)), ("evidence.0.sha256", "other_file")),
    ] {
        let faults = act(&town, &cast.unit_specialist, &code, "report", body).await.faults();
        assert_eq!((faults[0].0.as_str(), faults[0].1.as_str()), fault);
    }
    act(&town, &cast.unit_specialist, &code, "report", with(&own["file"], "")).await.ok();
    // Sent back: the file stays with the report that named it, and serves no second one.
    let chief = town.officer("lanhdao.vpubnd").await;
    act(&town, &chief, &code, "send-back", json!({ "reason": "Thiếu danh mục kèm theo." })).await.ok();
    let again = act(&town, &cast.unit_specialist, &code, "report", with(&own["file"], "")).await.faults();
    assert_eq!(again[0].1, "unusable_file");
    // What cannot be inspected says so, before anything is written.
    for (name, bytes) in [("rong.pdf", Vec::new()), ("dut.pdf", paper_pdf()[..120].to_vec()), ("la.pdf", b"MZ\x90\0".repeat(900))] {
        let refused = town.upload(&cast.unit_specialist, name, &bytes).await;
        assert_eq!(refused.status, 422, "{name}");
        assert!(refused.text().contains("Hãy"), "{name}: {}", refused.text());
    }
    assert_eq!(findings(&town), Vec::<Value>::new());
});

both_engines!(async the_form_takes_files_without_a_script_and_keeps_the_good_ones_when_one_is_broken, Town::open, |town| {
    let (cast, code) = accepted(&town, json!({})).await;
    let text = ("text", "Đã hoàn thành toàn bộ nội dung.");
    let mixed = press(&town, &cast.unit_specialist, &code, &[text], &[("bao-cao.pdf", &paper_pdf()), ("dut.pdf", &paper_pdf()[..120])]).await;
    assert_eq!(mixed.status, 422);
    let page = mixed.text();
    assert!(page.contains("Đã nhận tệp bao-cao.pdf") && page.contains("Hãy"), "{page}");
    assert_eq!(look(&town, &cast.unit, &code).await["progress"], "accepted");
    let kept = page.split("name=\"kept\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    // The browser sends an empty file field and what was kept.
    let sent = press(&town, &cast.unit_specialist, &code, &[text, ("kept", &kept), ("evidence", "Báo cáo số 12/BC-SXD")], &[("", b""), ("anh.jpg", &jpeg())]).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    let found = evidence(&town, &cast.office, &code).await;
    let kinds: Vec<(&str, bool)> =
        found.iter().map(|one| (one["kind"].as_str().unwrap(), one["file"].is_string())).collect();
    assert_eq!(kinds, [("document", false), ("document", true), ("photo", true)]);
    assert_eq!(findings(&town), Vec::<Value>::new());
});

both_engines!(async of_the_evidence_of_a_secret_task_nothing_is_told, Town::open, |town| {
    let (cast, code) = accepted(&town, json!({ "secret": true })).await;
    let sent = town.upload(&cast.unit_specialist, "ke-hoach-mat.pdf", &paper_pdf()).await.ok();
    let file = sent["file"].as_str().unwrap().to_owned();
    let named = json!([{ "kind": "document", "title": "Phương án mật số 7", "file": file }]);
    act(&town, &cast.unit_specialist, &code, "report", reported(&named)).await.ok();
    let path = format!("/api/v1/tasks/{code}/files/{file}");
    assert!(town.get(&cast.office, &path).await.status.is_success());
    for who in [NOBODY, town.officer("lanhdao.syt").await, town.citizen("0905700002").await] {
        assert!(town.get(&who, &path).await.status.is_client_error(), "{}", who.name);
    }
    for body in town.texts("SELECT body FROM events") {
        for told in ["ke-hoach-mat", "Phương án mật", sent["sha256"].as_str().unwrap(), file.as_str()] {
            assert!(!body.contains(told), "{told} stands in an event: {body}");
        }
    }
    assert_eq!(findings(&town), Vec::<Value>::new());
});

both_engines!(async a_swapped_file_is_named_whoever_swapped_it, Town::open, |town| {
    let (cast, code) = accepted(&town, json!({})).await;
    let sent = town.upload(&cast.unit_specialist, "bao-cao.pdf", &paper_pdf()).await.ok();
    let file = sent["file"].as_str().unwrap().to_owned();
    let named = json!([{ "kind": "document", "title": "Báo cáo số 12/BC-SXD", "file": file }]);
    act(&town, &cast.unit_specialist, &code, "report", reported(&named)).await.ok();
    let better = town.upload(&cast.unit_specialist, "dep-hon.jpg", &jpeg()).await.ok()["file"].as_str().unwrap().to_owned();
    assert_eq!(findings(&town), Vec::<Value>::new());
    // With all rights over the database: the row now opens another whole file, hash, key and object included.
    let columns = ["sha256", "size", "pages", "object", "key"].map(|c| format!("{c} = (SELECT {c} FROM spare)")).join(", ");
    town.tamper(&format!("CREATE TABLE spare AS SELECT * FROM files WHERE id = '{better}'; DELETE FROM files WHERE original_of = '{better}'; DELETE FROM files WHERE id = '{better}'; UPDATE files SET {columns} WHERE id = '{file}'; DROP TABLE spare"));
    let found = findings(&town);
    assert!(found.iter().any(|f| f["table"] == "files" && f["row"] == file.as_str() && f["what"].to_string().contains("tráo")), "{found:?}");
    // Nobody is shown the other file in its place.
    assert_eq!(town.get(&cast.office, &format!("/api/v1/tasks/{code}/files/{file}")).await.status, 404);
    // Nor does it help to take the file away, or to name no file in the report.
    crate::verify::named(&town, &format!("DELETE FROM files WHERE id = '{file}'"), "files", &file);
    crate::verify::named(&town, "UPDATE task_reports SET evidence = '[]'", "task_reports", &code);
});
