//! Requests that no client of ours sends (quality.md B3): 4xx, and nothing of the inside shows.

use http::{Method, Request, header};
use kernel_testkit::both_engines;
use kernel_web::LimitSettings;
use serde_json::{Value, json};

use crate::{
    harness::{NOBODY, Town, no_inside},
    outcomes::{BUSINESS, TAM_KY, handed_in},
};

both_engines!(async json_that_cannot_be_meant_is_refused, Town::open, |town| {
    let citizen = town.citizen("0905800001").await;
    let good = town.application(&citizen, BUSINESS, TAM_KY).await.to_string();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let in_form = |value: &str| good.replacen("\"form\":{", &format!("\"form\":{{\"extra\":{value},"), 1);
    let nested = in_form(&deep);
    let (huge, nan) = (in_form("1e400"), in_form("NaN"));
    let twice = good.replacen("\"procedure\":", "\"procedure\":\"1.000894\",\"procedure\":", 1);
    let cut = &good[..good.len() / 2];
    for (what, text) in [
        ("depth", deep.as_str()), ("depth below the form", &nested), ("1e400", &huge), ("NaN", &nan), ("a key twice", &twice),
        ("cut", cut), ("empty", ""), ("null", "null"), ("a list", "[]"), ("two", "{}{}"), ("text", "\"x\""), ("a NUL", "\0"),
        ("comments", "{/* x */}"), ("UTF-16", "\u{FEFF}{}"),
    ] {
        let reply = town.post_text(&citizen, "/api/v1/dossiers", text.to_owned()).await;
        assert!(matches!(reply.status.as_u16(), 400 | 413 | 422), "{what}: {} {}", reply.status, reply.text());
        no_inside(&reply.text());
    }
    let latin = town.post_text(&citizen, "/api/v1/dossiers", vec![b'"', 0xE9, 0xFF, b'"']).await;
    assert_eq!(latin.status, 400, "{}", latin.text());
    // The same submission, untouched, is fine.
    assert_eq!(town.post_text(&citizen, "/api/v1/dossiers", good).await.status, 201);
});

both_engines!(async a_body_of_another_kind_and_a_method_of_another_kind_are_refused, Town::open, |town| {
    let citizen = town.citizen("0905800002").await;
    let receipt = handed_in(&town, &citizen).await;
    for kind in ["text/plain", "application/xml", "application/x-www-form-urlencoded", ""] {
        let request = citizen.sign(Request::post("/api/v1/dossiers")).header("idempotency-key", "k").header(header::CONTENT_TYPE, kind);
        let reply = town.send(request.body("{}".into()).unwrap()).await;
        assert!(matches!(reply.status.as_u16(), 400 | 415 | 422), "{kind}: {} {}", reply.status, reply.text());
    }
    let path = format!("/api/v1/dossiers/{}", receipt.code);
    for method in [Method::DELETE, Method::PUT, Method::PATCH, Method::TRACE] {
        let request = citizen.sign(Request::builder().method(method.clone()).uri(&path));
        let reply = town.send(request.body("".into()).unwrap()).await;
        assert_eq!(reply.status, 405, "{method}: {}", reply.text());
    }
    let reply = town.get(&citizen, "/api/v1/nothing").await;
    assert_eq!(reply.status, 404);
    no_inside(&reply.text());
});

both_engines!(async an_unknown_procedure_a_wrong_case_and_broken_json_are_named, Town::open, |town| {
    let citizen = town.citizen("0905800013").await;
    let body = town.application(&citizen, BUSINESS, TAM_KY).await;
    let with = |name: &str, value: &str| {
        let mut other = body.clone();
        other[name] = json!(value);
        other
    };
    let reply = town.post(&citizen, "/api/v1/dossiers", &with("procedure", "9.999999")).await;
    assert!(reply.text().contains("kiểm tra mã thủ tục"), "{}", reply.text());
    assert_eq!(reply.faults(), [("agency".to_owned(), "not_offered".to_owned())]);
    let reply = town.post(&citizen, "/api/v1/dossiers", &with("case", "khong-co")).await;
    assert_eq!(reply.faults(), [("case".to_owned(), "unknown".to_owned())]);
    let broken = town.post_text(&citizen, "/api/v1/dossiers", "{\n\"procedure\": }".to_owned()).await;
    assert!(broken.text().contains("dòng 2, cột"), "{}", broken.text());
    // Names of media types have no case.
    let request = citizen.sign(Request::post("/api/v1/dossiers")).header("idempotency-key", "capitals");
    let request = request.header(header::CONTENT_TYPE, "Application/JSON; charset=UTF-8");
    assert_eq!(town.send(request.body(body.to_string().into()).unwrap()).await.status, 201);
});

both_engines!(async odd_keys_of_forms_are_refused_and_odd_queries_are_harmless, Town::open, |town| {
    let citizen = town.citizen("0905800003").await;
    let body = town.application(&citizen, BUSINESS, TAM_KY).await;
    for key in ["x".repeat(129), "a b\u{7f}".replace('\u{7f}', "\t"), String::new()] {
        let reply = town.post_once(&citizen, "/api/v1/dossiers", &key, &body).await;
        assert!(reply.status.is_client_error(), "{key:?}: {}", reply.text());
    }
    for query in ["limit=-1", "limit=99999999999", "limit=x", "after=~~~", "after=%00~%00", "status=%27", "q=%00", "q=%ff%fe", "procedure=[]"] {
        for (who, path) in [(&citizen, "/api/v1/dossiers"), (&NOBODY, "/api/v1/procedures"), (&NOBODY, "/search")] {
            let reply = town.get(who, &format!("{path}?{query}")).await;
            assert!(!reply.status.is_server_error(), "{path}?{query}: {} {}", reply.status, reply.text());
            no_inside(&reply.text());
        }
    }
    let clerk = town.officer("tiepnhan.tamky").await;
    for query in ["limit=-1", "limit=99999999999", "after=~~~", "after=%00~%00", "status=%27", "q=%00", "officer=%00"] {
        let reply = town.get(&clerk, &format!("/api/v1/dossiers?{query}")).await;
        assert!(!reply.status.is_server_error(), "{query}: {} {}", reply.status, reply.text());
    }
    for period in ["from=2021-13-01", "from=2021-08-01&to=2021-07-01", "from=x", "from=0001-01-01&to=9999-12-31"] {
        let reply = town.get(&clerk, &format!("/api/v1/register?{period}")).await;
        assert!(!reply.status.is_server_error(), "{period}: {} {}", reply.status, reply.text());
    }
});

both_engines!(async a_browser_needs_the_token_of_its_own_page, Town::open, |town| {
    let mut citizen = town.citizen("0905800004").await;
    let receipt = handed_in(&town, &citizen).await;
    let other = town.citizen("0905800005").await;
    let path = format!("/api/v1/dossiers/{}/withdraw", receipt.code);
    let wish = json!({ "reason": "Tôi không cần nữa." });
    for token in [String::new(), "0".repeat(64), other.csrf.clone()] {
        citizen.csrf = token;
        town.post(&citizen, &path, &wish).await.refused(403, "csrf");
    }
});

both_engines!(async every_documented_request_answers_without_failing, Town::open, |town| {
    // Each operation of the OpenAPI document, with identifiers and bodies that make no sense.
    let citizen = town.citizen("0905800006").await;
    let clerk = town.officer("tiepnhan.tamky").await;
    let leader = town.officer("lanhdao.tamky").await;
    let receipt = handed_in(&town, &citizen).await;
    let document: Value = town.get(&NOBODY, "/openapi.json").await.ok();
    let bodies = ["{}", "null", "[]", "{\"a\":1}", "{\"reason\":5,\"totp\":null,\"codes\":{}}", "\u{0}"];
    let mut asked = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys().filter(|m| *m != "parameters") {
            for name in [receipt.code.as_str(), "0", "%00", "dos_0190d0c0000070008000000000000000"] {
                let uri: String = path.split('/').map(|part| if part.starts_with('{') { name } else { part }).collect::<Vec<_>>().join("/");
                for (n, who) in [&NOBODY, &citizen, &clerk, &leader].into_iter().enumerate() {
                    let body = bodies[(asked + n) % bodies.len()];
                    let request = Request::builder().method(method.to_uppercase().as_str()).uri(&uri).header("idempotency-key", "odd");
                    let request = who.sign(request).header(header::CONTENT_TYPE, "application/json");
                    let reply = town.send(request.body(body.into()).unwrap()).await;
                    assert!(!reply.status.is_server_error(), "{method} {uri} {body}: {}", reply.text());
                    if reply.status.is_client_error() && !reply.bytes.is_empty() {
                        no_inside(&reply.text());
                    }
                    asked += 1;
                }
            }
        }
    }
    assert!(asked > 400, "{asked}");
    assert!(town.look(&citizen, &receipt.code).await["status"].is_string());
});

both_engines!(async one_account_hands_in_so_many_dossiers_a_minute_and_no_more, Town::open, |town| {
    let town = town.with_limits(LimitSettings { submit: 3, ..LimitSettings::none() });
    let (hasty, other) = (town.citizen("0905800011").await, town.citizen("0905800012").await);
    let receipts: Vec<_> = [handed_in(&town, &hasty).await, handed_in(&town, &hasty).await].into();
    assert_ne!(receipts[0].code, receipts[1].code);
    let body = town.application(&hasty, BUSINESS, TAM_KY).await;
    town.post_once(&hasty, "/api/v1/dossiers", "third", &body).await.ok();
    let fourth = town.post_once(&hasty, "/api/v1/dossiers", "fourth", &body).await;
    assert_eq!(fourth.status, 429, "{}", fourth.text());
    let wait: u64 = fourth.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    handed_in(&town, &other).await;
});
