//! The OpenAPI document against the real answers: every documented operation is there, and what it answers has the
//! documented form.

use http::{Method, Request, header};
use kernel_db::Engine;
use kernel_testkit::block_on;
use serde_json::{Map, Value, json};

use crate::harness::{Person, Town};

const COPY: &str = "2.000815";
const AN_MY: &str = "000.03.31.H47";

fn operations(document: &Value) -> Vec<(Method, String, Value)> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if let Ok(method @ (Method::GET | Method::POST | Method::PUT | Method::PATCH | Method::DELETE)) =
                method.to_uppercase().parse()
            {
                all.push((method, path.clone(), operation.clone()));
            }
        }
    }
    all
}

/// The address with something in each of its places.
fn filled(path: &str, code: &str) -> String {
    let place = |name: &str| match name {
        "code" if path.contains("/procedures/") => COPY.to_owned(),
        "code" => code.to_owned(),
        _ => "x".to_owned(),
    };
    let mut parts = path.split(['{', '}']);
    let mut out = parts.next().unwrap_or_default().to_owned();
    while let (Some(name), Some(rest)) = (parts.next(), parts.next()) {
        out.push_str(&place(name));
        out.push_str(rest);
    }
    out
}

async fn ask(town: &Town, who: &Person, method: &Method, path: &str) -> crate::harness::Reply {
    let request = who.sign(Request::builder().method(method.clone()).uri(path));
    let body = if method == Method::GET { String::new() } else { "{}".to_owned() };
    town.send(request.header(header::CONTENT_TYPE, "application/json").body(body.into()).unwrap()).await
}

#[test]
fn every_documented_operation_is_there_and_answers_as_documented() {
    block_on(async {
        let town = Town::open(Engine::Sqlite);
        let citizen = town.citizen("0905810001").await;
        let code = town.hand_in(&citizen, COPY, AN_MY).await.code;
        let people = [
            citizen,
            town.officer("tiepnhan.tamky").await,
            town.officer("lanhdao.ubndtinh").await,
            town.officer("lanhdao.sxd").await,
            town.officer("quantri").await,
        ];
        let document = town.get(&people[0], "/openapi.json").await.json();
        let (mut compared, mut wrong) = (0, Vec::new());
        for (method, path, operation) in operations(&document) {
            let address = filled(&path, &code);
            let all = if method == Method::GET { &people[..] } else { &people[..1] };
            for who in all {
                let reply = ask(&town, who, &method, &address).await;
                let (status, body) = (reply.status.as_u16(), reply.text());
                if status == 405 || status >= 500 || body.contains("\"no_such_page\"") {
                    wrong.push(format!("{method} {path}: {status} {body}"));
                }
                let schema = &operation["responses"][status.to_string()]["content"]["application/json"]["schema"];
                if method != Method::GET || schema.is_null() || status >= 300 {
                    continue;
                }
                let mut whole: Map<String, Value> = schema.as_object().unwrap().clone();
                whole.insert("components".to_owned(), document["components"].clone());
                let validator = jsonschema::validator_for(&Value::Object(whole)).unwrap();
                let faults = validator.iter_errors(&reply.json()).map(|e| e.to_string()).collect::<Vec<_>>();
                compared += 1;
                if !faults.is_empty() {
                    wrong.push(format!("{method} {path}: {}", json!(faults)));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(compared >= 12, "only {compared} answers were compared");
    });
}
