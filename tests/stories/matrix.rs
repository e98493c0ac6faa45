//! Role × route → status class: what the outside of the product lets each kind of person do.

use std::fmt::Write as _;

use http::{Request, header};
use kernel_db::Engine;
use kernel_testkit::block_on;
use serde_json::{Value, json};

use crate::{
    harness::{NOBODY, Person, Town},
    outcomes::handed_in,
};

/// One letter for an answer, so that the matrix is read at a glance.
fn class(status: u16) -> &'static str {
    match status {
        200..=299 => "yes",
        // The request was let in and only its content refused.
        400 | 409 | 413 | 415 | 422 => "in",
        401 => "sign in",
        403 => "no",
        404 => "-",
        405 => "method",
        300..=399 => "to",
        _ => "FAILS",
    }
}

/// A body that can be read, so that the answer tells of the permission and not of the body.
pub(crate) fn body(path: &str) -> Value {
    let reason = "Lý do để kiểm tra quyền.";
    let name = path.rsplit('/').next().unwrap_or_default();
    match name {
        "refuse" | "return" => json!({ "reason": reason }),
        "withdraw" => json!({ "reason": reason }),
        "withdrawal" => json!({ "granted": true, "reason": reason }),
        "stop" => json!({ "reason": reason, "legal_basis": "NĐ 61/2018/NĐ-CP" }),
        "supplement" => json!({ "items": [] }),
        "payments" => json!({ "channel": "vnpay" }),
        "cancel" | "except" => json!({ "reason": reason }),
        "decide" => json!({ "approved": true, "available": 0 }),
        "reconciliations" => json!({ "day": "2021-07-26", "channel": "vnpay", "file": "a,1,1,b" }),
        "consult" => json!({ "agency": "000.00.05.H47", "question": "Có ý kiến gì không?" }),
        "draft" => json!({ "granted": true, "content": "Nội dung kết quả." }),
        "approve" if path.contains("dossiers") => json!({ "sha256": "00", "totp": "000000" }),
        "apologise" => json!({ "reason": reason, "new_appointment": "2021-12-31T08:00" }),
        "approve-apology" => json!({ "totp": "000000" }),
        "handover" => json!({ "recipient": "Trần Thí Dụ", "evidence": "Chữ ký" }),
        "answer" if path.contains("consultations") => json!({ "answer": "Đồng ý với nội dung." }),
        "imports" => json!({ "source": "Hệ thống cũ", "lines": [] }),
        name if path.contains("/bulk/") && !name.is_empty() => json!({ "codes": [] }),
        _ => json!({}),
    }
}

/// A dossier of Tam Kỳ as each kind of person meets it. Bodies can be read: where a use case is entered and only state or
/// content stand against it, the matrix says `in`.
#[test]
fn each_role_gets_what_the_policy_gives_it_on_every_route() {
    let matrix = block_on(async {
        let town = Town::open(Engine::Sqlite);
        let owner = town.citizen("0906000001").await;
        let people: Vec<(&str, Person)> = vec![
            ("nobody", NOBODY),
            ("owner", owner.clone()),
            ("citizen", town.citizen("0906000002").await),
            ("reception", town.officer("tiepnhan.tamky").await),
            ("specialist", town.officer("chuyenvien.tamky").await),
            ("head", town.officer("phutrach.tamky").await),
            ("leader", town.officer("lanhdao.tamky").await),
            ("elsewhere", town.officer("tiepnhan.hoian").await),
            ("administrator", town.officer("quantri").await),
        ];
        let document: Value = town.get(&NOBODY, "/openapi.json").await.ok();
        let mut routes: Vec<(String, String)> = Vec::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            routes.extend(
                methods
                    .as_object()
                    .unwrap()
                    .keys()
                    .filter(|m| *m != "parameters")
                    .map(|m| (path.clone(), m.to_uppercase())),
            );
        }
        routes.sort_by_key(|(path, method)| (method != "GET" && method != "HEAD", path.clone()));
        let names: Vec<String> = people.iter().map(|(name, _)| format!("{name:<13}")).collect();
        let mut matrix = format!("{:<62} {}\n", "", names.join(" ").trim_end());
        for (path, method) in routes {
            let mut line = format!("{:<62}", format!("{method} {path}"));
            for (_, person) in &people {
                // A dossier of its own for each question, so that no answer depends on the one before.
                let code = if path.contains("{code}") && path.contains("dossiers") {
                    handed_in(&town, &owner).await.code
                } else {
                    "1.001193".to_owned()
                };
                let uri: String = path
                    .replace("{code}", &code)
                    .replace("{id}", "none")
                    .replace("{reference}", "none")
                    .replace("{paper}", "none")
                    .replace("{upload}", "none");
                let request = Request::builder().method(method.as_str()).uri(&uri).header("idempotency-key", "matrix");
                let request = person.sign(request).header(header::CONTENT_TYPE, "application/json");
                let reply = town.send(request.body(body(&path).to_string().into()).unwrap()).await;
                write!(line, " {:<13}", class(reply.status.as_u16())).unwrap();
            }
            matrix.push_str(line.trim_end());
            matrix.push('\n');
        }
        matrix
    });
    assert!(!matrix.contains("FAILS"), "{matrix}");
    insta::assert_snapshot!(matrix);
}
