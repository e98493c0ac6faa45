//! Officers: password with a one-time code, tokens, approvals, and the end of a post.

use std::cell::Cell;

use crate::world::{Browser, Reply, World};
use axum::body::Body;
use http::{Request, StatusCode, header};
use kernel_base::{Kind, Result};
use kernel_db::{Tx, params, sql};
use kernel_web::{
    PasswordCost, WebConfig,
    accounts::{self, NewStaff},
    idempotent, verify_fresh_totp,
};
use serde_json::json;

const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const NAME: &str = "tiepnhan.tamky";

fn officer(tx: &mut Tx<'_>) -> Result<()> {
    tx.execute(
        sql!(
            "INSERT INTO officers (home, id, account, name, title, agency, rank, valid_from, valid_to, version)
             VALUES ($1, $2, $3, 'Trần Thị Ví Dụ', 'Công chức', '000.20.01.H47', 2, '2021-01-01', NULL, 1)"
        ),
        &params!["off_0190a6f2a1b07c3e8f4a5b6c7d8e9f00", NAME],
    )?;
    tx.execute(
        sql!("INSERT INTO officer_roles (home, officer, role, valid_from) VALUES ($1, $2, 'reception', '2021-01-01')"),
        &params!["off_0190a6f2a1b07c3e8f4a5b6c7d8e9f00"],
    )?;
    Ok(())
}

async fn with_officer() -> World {
    officer_in(World::new()).await
}

async fn officer_in(world: World) -> World {
    let password_hash = accounts::hash_password("Mật khẩu", PasswordCost { memory_kib: 64, passes: 1 }).unwrap();
    world
        .web
        .write(move |tx| {
            officer(tx)?;
            let new = NewStaff {
                sign_in: NAME.to_owned(),
                name: "Trần Thị Ví Dụ".to_owned(),
                password_hash: password_hash.clone(),
                totp_secret: SECRET.to_owned(),
            };
            let first = accounts::create_staff(tx, &new)?;
            assert_eq!(accounts::create_staff(tx, &new)?, first, "the same account again changes nothing");
            Ok(())
        })
        .await
        .unwrap();
    world
}

fn code(world: &World) -> String {
    accounts::totp_code(SECRET, world.web.db.clock().now()).unwrap()
}

async fn sign_in(browser: &mut Browser<'_>, password: &str, code: &str) -> Reply {
    browser.get("/staff/sign-in").await;
    browser
        .post("/staff/sign-in", &[("account", NAME), ("password", password), ("totp", code), ("next", "/staff/inbox")])
        .await
}

async fn token(world: &World, password: &str, code: &str) -> Reply {
    let body = json!({ "account": NAME, "password": password, "totp": code }).to_string();
    let request = Request::post("/api/v1/tokens").header(header::CONTENT_TYPE, "application/json");
    world.send(request.body(Body::from(body)).unwrap()).await
}

async fn whoami(world: &World, token: &str) -> Reply {
    let request = Request::get("/api/v1/whoami").header(header::AUTHORIZATION, format!("Bearer {token}"));
    world.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn an_officer_signs_in_with_password_and_code_and_a_code_works_once() {
    let world = with_officer().await;
    let mut browser = world.browser();
    assert_eq!(browser.get("/staff/inbox").await.location(), "/staff/sign-in?next=%2Fstaff%2Finbox");
    let code = code(&world);
    for (password, code) in [("Sai", code.as_str()), ("Mật khẩu", "000000")] {
        let reply = sign_in(&mut browser, password, code).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(reply.text.contains("<title>Lỗi: "));
    }
    let reply = sign_in(&mut browser, "Mật khẩu", &code).await;
    assert_eq!((reply.status, reply.location()), (StatusCode::SEE_OTHER, "/staff/inbox"), "{}", reply.text);
    assert_eq!(browser.get("/staff/inbox").await.text, NAME);
    assert!(browser.get("/accessibility").await.text.contains("Cán bộ một cửa"), "the header shows the role");
    assert_eq!(browser.get("/mine").await.status, StatusCode::FORBIDDEN, "an officer is no citizen");

    let reply = sign_in(&mut world.browser(), "Mật khẩu", &code).await;
    assert!(reply.text.contains("Mã này đã dùng"), "{}", reply.text);
    world.clock.advance_millis(30_000);
    let next = accounts::totp_code(SECRET, world.web.db.clock().now()).unwrap();
    assert_eq!(sign_in(&mut world.browser(), "Mật khẩu", &next).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_citizen_may_not_see_the_pages_of_officers() {
    let world = with_officer().await;
    let mut browser = world.browser();
    browser.sign_in("0905123456").await;
    let reply = browser.get("/staff/inbox").await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    assert!(reply.text.contains("dành cho cán bộ"));
}

#[tokio::test]
async fn a_token_opens_the_api_until_it_expires_or_the_post_ends() {
    let world = with_officer().await;
    let refused = token(&world, "Sai", &code(&world)).await;
    assert_eq!((refused.status, refused.json()["code"].clone()), (StatusCode::UNAUTHORIZED, json!("wrong_sign_in")));
    assert_eq!(token(&world, "Mật khẩu", "12345").await.status, StatusCode::UNAUTHORIZED);
    let issued = token(&world, "Mật khẩu", &code(&world)).await;
    assert_eq!(issued.status, StatusCode::CREATED);
    assert!(issued.json()["expires"].as_str().unwrap().ends_with('Z'));
    let bearer = issued.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(whoami(&world, &bearer).await.json()["actor"], "officer:off_0190a6f2a1b07c3e8f4a5b6c7d8e9f00");
    let again = token(&world, "Mật khẩu", &code(&world)).await;
    assert_eq!(again.status, StatusCode::CREATED, "programs that try the demonstration start again and again");

    let end_post =
        |tx: &mut Tx<'_>| tx.execute(sql!("UPDATE officers SET valid_to = '2021-07-26' WHERE home = $1"), &[]);
    world.web.write(end_post).await.unwrap();
    assert_eq!(whoami(&world, &bearer).await.status, StatusCode::UNAUTHORIZED, "no post, no right, at once");
}

#[tokio::test]
async fn outside_the_demonstration_a_code_is_good_for_one_token() {
    let world = officer_in(World::with(WebConfig { demo: false, ..WebConfig::demo("http://127.0.0.1:8080") })).await;
    assert_eq!(token(&world, "Mật khẩu", &code(&world)).await.status, StatusCode::CREATED);
    let again = token(&world, "Mật khẩu", &code(&world)).await;
    assert_eq!(again.status, StatusCode::UNAUTHORIZED);
    assert_eq!(again.json()["errors"][0]["code"], "used_code");
}

#[tokio::test]
async fn an_approval_needs_a_code_of_its_own() {
    let world = with_officer().await;
    let code = code(&world);
    assert_eq!(token(&world, "Mật khẩu", &code).await.status, StatusCode::CREATED);
    let approve = |code: String| world.web.write(move |tx| verify_fresh_totp(tx, NAME, &code));
    assert_eq!(approve("000000".into()).await.unwrap_err().fields[0].code, "wrong_code");
    approve(code.clone()).await.unwrap();
    let error = approve(code).await.unwrap_err();
    assert_eq!((error.kind, error.fields[0].code.as_str()), (Kind::Invalid, "used_code"));
}

#[tokio::test]
async fn one_key_has_one_effect_and_one_answer() {
    let world = World::new();
    let once = |hash: &'static str, answer: &'static str| {
        world.web.write(move |tx| {
            let runs = Cell::new(0);
            let stored = idempotent(tx, "POST /x citizen:1", "key-00001", hash, |_tx| {
                runs.set(runs.get() + 1);
                Ok((201, json!({ "code": answer })))
            })?;
            Ok((stored.status, stored.body, stored.replayed, runs.get()))
        })
    };
    let expected = |replayed: bool, runs: i32| (201_u16, json!({ "code": "first" }), replayed, runs);
    assert_eq!(once("h1", "first").await.unwrap(), expected(false, 1));
    assert_eq!(once("h1", "second").await.unwrap(), expected(true, 0));
    let error = once("h2", "third").await.unwrap_err();
    assert_eq!((error.kind, error.code), (Kind::Conflict, "idempotency_key_reused"));
}

#[tokio::test]
async fn what_has_ended_is_removed() {
    let world = with_officer().await;
    world.browser().sign_in("0905123456").await;
    let removed = world.web.write(|tx| accounts::delete_expired(tx, tx.now())).await.unwrap();
    assert_eq!(removed, 0, "an open session stays");
    world.clock.advance_hours(30 * 365 * 24);
    assert_eq!(world.web.write(|tx| accounts::delete_expired(tx, tx.now())).await.unwrap(), 1);
}
