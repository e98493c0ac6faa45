//! Who sees what; a guessed code opens nothing.

use kernel_testkit::both_engines;
use serde_json::{Value, json};

use crate::{
    harness::{NOBODY, Town},
    outcomes::{Desk, draft, handed_in},
};

both_engines!(async another_agency_and_another_citizen_see_nothing, Town::open, |town| {
    let citizen = town.citizen("0905300001").await;
    let receipt = handed_in(&town, &citizen).await;
    let path = format!("/api/v1/dossiers/{}", receipt.code);
    let stranger = town.citizen("0905300002").await;
    let elsewhere = Desk::of(&town, "hoian").await;
    let administrator = town.officer("quantri").await;
    let paper = town.look(&citizen, &receipt.code).await["papers"][0]["file"].as_str().unwrap().to_owned();
    let strangers = [&stranger, &elsewhere.reception, &elsewhere.specialist, &elsewhere.head, &elsewhere.leader, &administrator];
    for who in strangers {
        town.get(who, &path).await.refused(404, "dossier_not_found");
        let file = town.get(who, &format!("/api/v1/files/{paper}")).await;
        assert_eq!(file.status, 404, "{}", who.name);
    }
    town.get(&NOBODY, &path).await.refused(404, "dossier_not_found");
    assert_eq!(town.get(&NOBODY, &format!("/api/v1/files/{paper}")).await.status, 404);
    // Each act of the other desk is as unknown as the dossier.
    for (act, body) in [
        ("accept", json!({})),
        ("refuse", json!({ "reason": "Không thuộc thẩm quyền." })),
        ("supplement", json!({ "items": [] })),
        ("fee", json!({})),
        ("pay", json!({})),
        ("forward", json!({})),
        ("draft", draft(true)),
        ("handover", json!({ "recipient": "A", "evidence": "B" })),
        ("withdraw", json!({ "reason": "Không cần nữa." })),
    ] {
        let reply = town.act(&elsewhere.reception, &receipt.code, act, body).await;
        assert_eq!(reply.status, 404, "{act}: {}", reply.text());
    }
    let listed = town.get(&elsewhere.reception, "/api/v1/dossiers").await.ok();
    assert!(!listed.to_string().contains(&receipt.code));
    // The stranger cannot act on it either, and is told no more than that.
    town.act(&stranger, &receipt.code, "withdraw", json!({ "reason": "Không cần nữa." })).await.refused(404, "dossier_not_found");
    town.act(&stranger, &receipt.code, "accept", json!({})).await.refused(403, "officers_only");
    assert_eq!(town.look(&citizen, &receipt.code).await["status"], "submitted");
});

both_engines!(async the_public_look_up_needs_both_factors_and_shows_no_personal_data, Town::open, |town| {
    let citizen = town.citizen("0905300003").await;
    let receipt = handed_in(&town, &citizen).await;
    let path = |key: &str| format!("/api/v1/dossiers/{}?key={key}", receipt.code);
    for wrong in ["", "AAAAAAAA", &receipt.key[..7], "%00", "' OR 1=1 --".replace(' ', "%20").as_str()] {
        town.get(&NOBODY, &path(wrong)).await.refused(404, "dossier_not_found");
    }
    let seen = town.get(&NOBODY, &path(&receipt.key.to_lowercase())).await;
    let text = seen.text();
    let seen = seen.ok();
    assert_eq!(seen["status"], "submitted");
    assert!(seen["reception_due"].is_string());
    for own in ["Võ Thị Thử", "049000000010", "0900000010", "Phở Mẫu"] {
        assert!(!text.contains(own), "{own} shows");
    }
    assert_eq!((&seen["form"], &seen["owner"], &seen["papers"]), (&Value::Null, &Value::Null, &json!([])));
    // The key of one dossier does not open the next.
    let next = handed_in(&town, &citizen).await;
    town.get(&NOBODY, &format!("/api/v1/dossiers/{}?key={}", next.code, receipt.key)).await.refused(404, "dossier_not_found");
});

both_engines!(async guessed_codes_open_nothing_and_state_cannot_be_assigned, Town::open, |town| {
    let citizen = town.citizen("0905300004").await;
    let receipt = handed_in(&town, &citizen).await;
    let thief = town.citizen("0905300005").await;
    for n in 0..20 {
        let code = format!("{}{n:04}", &receipt.code[..receipt.code.len() - 4]);
        assert_eq!(town.get(&thief, &format!("/api/v1/dossiers/{code}")).await.status, 404, "{code}");
    }
    let long = "x".repeat(5_000);
    for odd in ["0", "..%2f..%2fetc%2fpasswd", "%00", "000.00.31.H47-210726-0001'--", long.as_str(), "%F0%9F%98%80"] {
        let reply = town.get(&thief, &format!("/api/v1/dossiers/{odd}")).await;
        assert!(matches!(reply.status.as_u16(), 400 | 404 | 414), "{odd}: {}", reply.status);
    }
    // Fields that only the product may set are unknown, whoever sends them.
    let mut body = town.application(&citizen, crate::outcomes::BUSINESS, crate::outcomes::TAM_KY).await;
    for (field, value) in [("status", json!("settled")), ("channel", json!("counter")), ("accepted_at", json!("2021-01-01T00:00")), ("id", json!("dos_1"))] {
        let mut more = body.clone();
        more[field] = value;
        assert_eq!(town.post(&citizen, "/api/v1/dossiers", &more).await.faults(), [(field.to_owned(), "unknown".to_owned())]);
    }
    let clerk = town.officer("tiepnhan.tamky").await;
    for (act, field) in [("accept", "status"), ("accept", "legal_due"), ("forward", "holder"), ("refuse", "agency")] {
        let mut more = json!({ field: "settled" });
        if act == "refuse" {
            more["reason"] = json!("Không thuộc thẩm quyền.");
        }
        assert_eq!(town.act(&clerk, &receipt.code, act, more).await.faults(), [(field.to_owned(), "unknown".to_owned())]);
    }
    // A citizen who names another owner is the owner all the same.
    body["owner"] = json!({ "name": "Người Khác" });
    let code = crate::harness::Receipt::of(&town.post(&citizen, "/api/v1/dossiers", &body).await).code;
    assert_eq!(town.look(&citizen, &code).await["owner"]["name"], "Võ Thị Thử");
    assert_eq!(town.look(&clerk, &receipt.code).await["status"], "submitted");
});

both_engines!(async a_wrong_token_password_or_code_opens_nothing, Town::open, |town| {
    let clerk = town.officer("tiepnhan.tamky").await;
    assert!(town.get(&clerk, "/api/v1/dossiers").await.status.is_success());
    for token in ["", "x", &clerk.token[1..], "null"] {
        let mut other = clerk.clone();
        token.clone_into(&mut other.token);
        if !token.is_empty() {
            town.get(&other, "/api/v1/dossiers").await.refused(401, "sign_in_needed");
        }
    }
    town.get(&NOBODY, "/api/v1/dossiers").await.refused(401, "sign_in_needed");
    let totp = town.code("tiepnhan.tamky");
    let body = |password: &str, totp: &str| json!({ "account": "tiepnhan.tamky", "password": password, "totp": totp });
    assert_eq!(town.post(&NOBODY, "/api/v1/tokens", &body("wrong", &totp)).await.status, 401);
    let other = town.code("tiepnhan.hoian");
    for wrong in [other.as_str(), "000000", "", "12345"] {
        let reply = town.post(&NOBODY, "/api/v1/tokens", &body(chuyendong::demo::PASSWORD, wrong)).await;
        assert!(matches!(reply.status.as_u16(), 401 | 422), "{wrong}: {}", reply.text());
    }
    assert_eq!(town.post(&NOBODY, "/api/v1/tokens", &body(chuyendong::demo::PASSWORD, &totp)).await.status, 201);
});

both_engines!(async a_slip_opens_with_the_key_of_its_dossier_however_it_is_typed, Town::open, |town| {
    let citizen = town.citizen("0905300009").await;
    let receipt = handed_in(&town, &citizen).await;
    let clerk = town.officer("tiepnhan.tamky").await;
    town.act(&clerk, &receipt.code, "accept", json!({})).await.ok();
    let seen = town.look(&citizen, &receipt.code).await;
    let slip = seen["slips"][0]["id"].as_str().unwrap();
    let with = |key: &str| format!("/api/v1/slips/{slip}?key={key}");
    for wrong in ["", "AAAAAAAA", &receipt.key[..7], &format!("{}A", receipt.key)] {
        assert_eq!(town.get(&NOBODY, &with(wrong)).await.status, 404, "{wrong}");
    }
    for right in [receipt.key.clone(), receipt.key.to_lowercase(), format!("%20{}%20", receipt.key)] {
        let opened = town.get(&NOBODY, &with(&right)).await;
        assert!(opened.status.is_success() && opened.bytes.starts_with(b"%PDF-"), "{right}: {}", opened.status);
    }
});
