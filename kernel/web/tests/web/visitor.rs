//! The web layer as a visitor meets it: over HTTP, with a database, with a clock that moves.

use crate::world::{World, strict};
use axum::body::Body;
use http::{Request, StatusCode, header};
use kernel_base::Lang;
use kernel_web::{Contact, Messages, Secrets, WebConfig, accounts};
use serde_json::json;

#[tokio::test]
async fn a_citizen_signs_in_with_a_code_and_out_again() {
    let world = World::new();
    let mut browser = world.browser();
    let sent_away = browser.get("/mine").await;
    assert_eq!((sent_away.status, sent_away.location()), (StatusCode::SEE_OTHER, "/sign-in?next=%2Fmine"));
    let reply = browser.sign_in("0905 123 456").await;
    assert_eq!((reply.status, reply.location()), (StatusCode::SEE_OTHER, "/"), "{}", reply.text);
    let first = browser.get("/mine").await.text;
    assert!(first.starts_with("citizen:acc_"), "{first}");
    let page = browser.get("/accessibility").await.text;
    assert!(page.contains("0905 ••• 456") && page.contains("Đăng xuất"), "{page}");
    assert_eq!(browser.post("/sign-out", &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(browser.get("/mine").await.status, StatusCode::SEE_OTHER);
    // The same phone opens the same account.
    world.browser().sign_in("+84905123456").await;
    let mut again = world.browser();
    again.sign_in("0905.123.456").await;
    assert_eq!(again.get("/mine").await.text, first);
}

#[tokio::test]
async fn the_contact_stands_in_no_address_and_its_codes_of_a_day_run_out() {
    let limits = kernel_web::LimitSettings { codes_a_day: 2, ..kernel_web::LimitSettings::demo() };
    let world = World::with(WebConfig { limits, ..WebConfig::demo("http://127.0.0.1:8080") });
    let mut browser = world.browser();
    assert_eq!(browser.get("/sign-in/code").await.location(), "/sign-in", "nobody asked for a code here");
    let fields = [("contact", "0905123456"), ("next", "/my")];
    browser.get("/sign-in").await;
    let sent = browser.post("/sign-in", &fields).await;
    assert_eq!(sent.location(), "/sign-in/code?next=%2Fmy");
    let page = browser.get("/sign-in/code?next=%2Fmy").await;
    assert!(page.text.contains("0905 ••• 456"), "{}", page.text);
    browser.post("/sign-in", &fields).await;
    let enough = browser.post("/sign-in", &fields).await;
    assert_eq!(enough.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(enough.text.contains("đã gửi 2 mã") && enough.text.contains("ngày mai"), "{}", enough.text);
    let other = browser.post("/sign-in", &[("contact", "0905123457")]).await;
    assert_eq!(other.status, StatusCode::SEE_OTHER, "another contact has its own");
}

#[tokio::test]
async fn a_code_bears_five_tries_ten_minutes_and_one_use() {
    let world = World::new();
    let mut browser = world.browser();
    browser.get("/sign-in").await;
    browser.post("/sign-in", &[("contact", "0905123456")]).await;
    let code = world.code().await;
    let typed =
        |code: &str| vec![("contact".to_owned(), "0905123456".to_owned()), ("code".to_owned(), code.to_owned())];
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        let form = typed(wrong);
        let fields: Vec<(&str, &str)> = form.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let reply = browser.post("/sign-in/code", &fields).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(reply.text.contains("<title>Lỗi: ") && reply.text.contains("Mã chưa đúng"));
    }
    let reply = browser.post("/sign-in/code", &[("contact", "0905123456"), ("code", &code)]).await;
    assert!(reply.text.contains("5 lần"), "the sixth try is refused even with the right code");

    browser.post("/sign-in", &[("contact", "0905123456")]).await;
    let code = world.code().await;
    world.clock.advance_millis(10 * 60_000 + 1);
    let reply = browser.post("/sign-in/code", &[("contact", "0905123456"), ("code", &code)]).await;
    assert!(reply.text.contains("hết hạn"), "{}", reply.text);
    world.clock.advance_millis(-60_000);
    assert_eq!(browser.post("/sign-in/code", &[("contact", "0905123456"), ("code", &code)]).await.status, 303);
    let mut other = world.browser();
    other.get("/sign-in").await;
    let reply = other.post("/sign-in/code", &[("contact", "0905123456"), ("code", &code)]).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "a code opens once");
}

#[tokio::test]
async fn a_session_slides_while_used_and_ends_when_left() {
    let world = World::with(WebConfig {
        citizen_idle: std::time::Duration::from_secs(3_600),
        session_longest: std::time::Duration::from_secs(4 * 3_600),
        ..WebConfig::demo("http://127.0.0.1:8080")
    });
    let mut browser = world.browser();
    browser.sign_in("0905123456").await;
    for _ in 0..4 {
        world.clock.advance_millis(50 * 60_000);
        assert_eq!(browser.get("/mine").await.status, StatusCode::OK);
    }
    world.clock.advance_millis(50 * 60_000);
    assert_eq!(browser.get("/mine").await.status, StatusCode::SEE_OTHER, "four hours are the longest");
    browser.sign_in("0905123456").await;
    world.clock.advance_millis(61 * 60_000);
    assert_eq!(browser.get("/mine").await.status, StatusCode::SEE_OTHER, "an hour without a request");
}

#[tokio::test]
async fn a_disabled_account_is_out_at_once() {
    let world = World::new();
    let mut browser = world.browser();
    browser.sign_in("ten@example.vn").await;
    assert_eq!(browser.get("/mine").await.status, StatusCode::OK);
    let contact = Contact::parse("ten@example.vn").unwrap();
    world
        .web
        .write(move |tx| {
            let citizen = accounts::citizen_of(tx, &contact)?;
            accounts::disable_account(tx, &kernel_org::Actor::System, &citizen.account)?;
            let events = kernel_ledger::history(tx, &format!("account:{}", citizen.account))?;
            let kinds: Vec<String> = events.iter().map(|event| event.kind.to_string()).collect();
            assert_eq!(
                kinds,
                ["account.created", "account.session_opened", "account.disabled", "account.sessions_ended"]
            );
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(browser.get("/mine").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_form_from_elsewhere_does_nothing() {
    let world = World::new();
    let mut browser = world.browser();
    browser.sign_in("0905123456").await;
    browser.get("/accessibility").await;
    let csrf = std::mem::replace(&mut browser.csrf, "0".repeat(64));
    assert_eq!(browser.post("/echo", &[("a", "1")]).await.status, StatusCode::FORBIDDEN);
    browser.csrf = world.web_token_of_nobody();
    assert_eq!(browser.post("/echo", &[("a", "1")]).await.status, StatusCode::FORBIDDEN, "a token of another visitor");
    browser.csrf = csrf.clone();
    let reply = browser.post("/echo", &[("a", "1"), ("a", "2"), ("tên", "Đỗ")]).await;
    assert_eq!(
        reply.json(),
        json!([["a", "1"], ["a", "2"], ["tên", "Đỗ"]]),
        "the token itself is not among the fields"
    );
    let cross = Request::post("/echo")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "cross-site");
    assert_eq!(browser.send(cross, Body::from(format!("csrf={csrf}"))).await.status, StatusCode::FORBIDDEN);
    let plain = Request::post("/echo").header(header::CONTENT_TYPE, "text/plain");
    assert_eq!(browser.send(plain, Body::from(format!("csrf={csrf}"))).await.status, StatusCode::FORBIDDEN);
    // The API with a cookie needs the header.
    assert_eq!(browser.send(Request::post("/api/v1/whoami"), Body::empty()).await.status, StatusCode::FORBIDDEN);
    let with_token = Request::post("/api/v1/whoami").header("x-csrf-token", &csrf);
    assert_eq!(browser.send(with_token, Body::empty()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_upload_passes_whole_when_its_first_field_is_the_token() {
    let world = World::new();
    let mut browser = world.browser();
    browser.get("/accessibility").await;
    let body = |csrf: &str| {
        let part = |name: &str, value: &str| {
            format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let file = "z".repeat(300_000);
        format!(
            "{}--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n{file}\r\n--x--\r\n",
            part("csrf", csrf)
        )
    };
    let request = || Request::post("/upload").header(header::CONTENT_TYPE, "multipart/form-data; boundary=x");
    let csrf = browser.csrf.clone();
    let reply = browser.send(request(), Body::from(body(&csrf))).await;
    assert_eq!(reply.json(), json!({ "bytes": 300_000 }));
    assert_eq!(browser.send(request(), Body::from(body("no"))).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_error_is_json_a_page_or_a_fragment_and_says_nothing_of_the_inside() {
    let world = World::new();
    let mut browser = world.browser();
    for path in ["/fail", "/panic", "/api/v1/fail"] {
        let reply = browser.get(path).await;
        assert_eq!(reply.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!reply.text.contains("hunter2") && !reply.text.contains("secret"), "{}", reply.text);
    }
    let reply = browser.get("/api/v1/fail").await;
    assert_eq!(reply.headers[header::CONTENT_TYPE], "application/problem+json");
    assert!(reply.json()["detail"].as_str().unwrap().contains("Máy chủ gặp sự cố"));
    let english = Request::get("/api/v1/fail").header(header::ACCEPT_LANGUAGE, "en");
    assert!(browser.send(english, Body::empty()).await.json()["detail"].as_str().unwrap().starts_with("The server"));
    let page = browser.get("/fail").await;
    assert!(page.text.contains("<h1>Máy chủ gặp sự cố</h1>"));
    assert!(page.text.contains(page.headers["x-request-id"].to_str().unwrap()), "people can tell the reference");
    let fragment = browser.send(Request::get("/fail").header("x-fragment", "1"), Body::empty()).await;
    assert!(fragment.text.starts_with("<div class=\"notice bad\" role=\"alert\">"), "{}", fragment.text);
    let moved = browser.get("/api/v1/moved").await;
    assert_eq!((moved.status, moved.json()["current"]["status"].clone()), (StatusCode::CONFLICT, json!("accepted")));
}

#[tokio::test]
async fn what_the_router_refuses_is_said_in_our_words_too() {
    let world = World::new();
    let mut browser = world.browser();
    let page = browser.get("/no-such-page").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.text.contains("Không có trang này"));
    assert_eq!(browser.get("/api/v1/no-such").await.json()["code"], "no_such_page");
    assert_eq!(browser.get("/api/v1/echo").await.status, StatusCode::METHOD_NOT_ALLOWED);
    let big = Request::post("/api/v1/echo").header(header::CONTENT_TYPE, "application/json");
    let reply = world.send(big.body(Body::from(vec![b' '; 3 << 20])).unwrap()).await;
    assert_eq!((reply.status, reply.json()["code"].clone()), (StatusCode::PAYLOAD_TOO_LARGE, json!("too_large")));
    let other = Request::post("/api/v1/echo").body(Body::from("{}")).unwrap();
    assert_eq!(world.send(other).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let deep = Request::post("/api/v1/echo").header(header::CONTENT_TYPE, "application/json");
    let reply = world.send(deep.body(Body::from("[".repeat(100_000))).unwrap()).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    let reply = world
        .send(Request::get("/api/v1/whoami").header("authorization", "Bearer x").body(Body::empty()).unwrap())
        .await;
    assert_eq!((reply.status, reply.json()["code"].clone()), (StatusCode::UNAUTHORIZED, json!("sign_in_needed")));
}

#[tokio::test]
async fn every_answer_carries_the_security_headers_and_cookies_are_closed() {
    let world = World::with(WebConfig { demo: true, ..WebConfig::default() });
    let reply = world.send(Request::get("/sign-in").body(Body::empty()).unwrap()).await;
    let policy = reply.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(
        policy.contains("default-src 'self'")
            && !policy.contains("unsafe")
            && policy.contains("frame-ancestors 'none'")
    );
    assert_eq!(reply.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    assert_eq!(reply.headers[header::REFERRER_POLICY], "same-origin");
    assert!(reply.headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
    let cookie = reply.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("__Host-visit="), "{cookie}");
    for mark in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
        assert!(cookie.contains(mark), "{mark} in {cookie}");
    }
    assert!(!reply.text.contains("style=\"") && !reply.text.contains("<script>") && !reply.text.contains(" onclick="));
}

#[tokio::test]
async fn guessing_runs_into_a_limit_that_says_when_to_come_back() {
    let world = World::with(strict());
    let mut browser = world.browser();
    let attempt = json!({ "account": "ai", "password": "x", "totp": "000000" }).to_string();
    let mut last = None;
    for _ in 0..11 {
        let request = Request::post("/api/v1/tokens").header(header::CONTENT_TYPE, "application/json");
        last = Some(browser.send(request, Body::from(attempt.clone())).await);
    }
    let reply = last.unwrap();
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(reply.headers.contains_key(header::RETRY_AFTER));
}

#[tokio::test]
async fn the_language_and_the_display_are_kept_in_cookies() {
    let world = World::new();
    let mut browser = world.browser();
    assert!(browser.get("/sign-in").await.text.contains("<html lang=\"vi\""));
    assert!(browser.get("/sign-in?lang=en").await.text.contains("Sign in or create an account"));
    let page = browser.get("/accessibility").await;
    assert!(page.text.contains("<html lang=\"en\""), "the choice is remembered");
    assert!(page.text.contains("href=\"/accessibility?lang=vi\""), "the switch keeps the page");
    let reply = browser.post("/display", &[("text", "2"), ("contrast", "more"), ("next", "/accessibility")]).await;
    assert_eq!(reply.location(), "/accessibility");
    assert!(browser.get("/accessibility").await.text.contains("class=\"text-largest high-contrast\""));
}

#[tokio::test]
async fn every_form_that_makes_something_has_a_key_of_its_own() {
    let world = World::new();
    let key = |page: &str| {
        let at = page.find("name=\"key\" value=\"form-").unwrap() + 18;
        page[at..at + 29].to_owned()
    };
    let first = key(&world.browser().get("/demo/components").await.text);
    let second = key(&world.browser().get("/demo/components").await.text);
    assert_ne!(first, second);
    let mut headers = http::HeaderMap::new();
    headers.insert("idempotency-key", first.parse().unwrap());
    assert_eq!(kernel_web::idempotency_key(&headers).unwrap(), first, "the same form as a header's key");
}

#[tokio::test]
async fn static_files_are_kept_for_ever_and_probes_answer() {
    let world = World::new();
    let reply = world.send(Request::get("/assets/manifest.json").body(Body::empty()).unwrap()).await;
    if reply.status == StatusCode::OK {
        let name = reply.json()["app.css"].as_str().unwrap().to_owned();
        let css = world.send(Request::get(format!("/assets/{name}")).body(Body::empty()).unwrap()).await;
        assert_eq!(css.headers[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
        let again = Request::get(format!("/assets/{name}")).header(header::IF_NONE_MATCH, &css.headers[header::ETAG]);
        assert_eq!(world.send(again.body(Body::empty()).unwrap()).await.status, StatusCode::NOT_MODIFIED);
        let icon = world.browser().get("/favicon.ico").await;
        assert_eq!(
            (icon.status, &icon.headers[header::CONTENT_TYPE]),
            (StatusCode::OK, &"image/svg+xml".parse().unwrap())
        );
    }
    for path in ["/livez", "/readyz"] {
        assert_eq!(world.send(Request::get(path).body(Body::empty()).unwrap()).await.status, StatusCode::OK);
    }
    assert_eq!(world.browser().get("/api/v1/greet").await.json()["greeting"], "Xin chào");
    assert_eq!(world.browser().get("/assets/..%2f..%2fCargo.toml").await.status, StatusCode::NOT_FOUND);
}

#[test]
fn messages_are_complete_in_both_languages() {
    let (vi, en) = kernel_web::MESSAGES;
    assert_eq!(Messages::faults(vi, en).unwrap(), Vec::<String>::new());
    let messages = std::sync::Arc::new(Messages::load(&[(vi, en)]).unwrap());
    assert_eq!(messages.translator(Lang::En).s("web.layout.sign_in"), "Sign in");
}

impl World {
    /// A well-made token of another server key.
    fn web_token_of_nobody(&self) -> String {
        Secrets::random().unwrap().seal("csrf", "somebody")
    }
}
