//! Sign-on at a real provider in another process: the code flow, and everything that may be wrong with it.

use std::collections::BTreeMap;

use kernel_db::Engine;
use kernel_testkit::block_on;

use serde_json::json;

use crate::harness::{BASE, NOBODY, Person, Provider, Reply, Town, csrf_of, keep_cookies, no_inside};

const AN_MY: &str = "000.03.31.H47";

fn town(engine: Engine, provider: &Provider) -> Town {
    Town::open_with(engine, |config| {
        let file = config.data.join("signon.toml");
        std::fs::write(&file, provider.settings(&config.data)).unwrap();
        config.signon = file.display().to_string();
        config.public_address = BASE.to_owned();
    })
}

fn location(reply: &Reply) -> String {
    assert_eq!(reply.status.as_u16(), 303, "{}", reply.text());
    reply.headers["location"].to_str().unwrap().to_owned()
}

async fn visit(town: &Town, browser: &mut Person, path: &str) -> Reply {
    let reply = town.get(browser, path).await;
    keep_cookies(browser, &reply);
    reply
}

/// From the button on the sign-in page to the way back from the provider.
async fn away(town: &Town, provider: &Provider, browser: &mut Person, id: &str, next: &str) -> String {
    let begun = visit(town, browser, &format!("/sign-in/with/{id}?next={next}")).await;
    provider.walk(&location(&begun))
}

/// The whole way: the answer of the callback.
pub(crate) async fn sign_on(town: &Town, provider: &Provider, browser: &mut Person, id: &str) -> Reply {
    let back = away(town, provider, browser, id, "/my").await;
    visit(town, browser, &back).await
}

async fn choose(town: &Town, browser: &mut Person, choice: &str) -> Reply {
    let page = visit(town, browser, "/sign-in/link").await.text();
    let fields = format!("csrf={}&choice={choice}", csrf_of(&page));
    let reply = town.post_form(browser, "/sign-in/link", fields).await;
    keep_cookies(browser, &reply);
    reply
}

fn both(story: fn(Engine)) {
    story(Engine::Sqlite);
    if std::env::var_os("CHUYENDONG_TEST_NO_POSTGRES").is_none() {
        story(Engine::Postgres);
    }
}

#[test]
fn a_citizen_signs_on_at_a_provider_and_lands_on_her_matters() {
    both(|engine| {
        block_on(async {
            let provider = Provider::start();
            let town = town(engine, &provider);
            let mut browser = Person::default();
            let page = visit(&town, &mut browser, "/sign-in?next=/my").await.text();
            assert!(page.contains("/sign-in/with/dvcqg?next=%2Fmy"), "{page}");
            let landed = sign_on(&town, &provider, &mut browser, "dvcqg").await;
            assert_eq!(location(&landed), "/my");
            let mine = visit(&town, &mut browser, "/my").await;
            assert_eq!(mine.status.as_u16(), 200);
            assert!(mine.text().contains("Trần Thí Dụ"), "the name comes from the provider");
        });
    });
}

#[test]
fn nothing_that_is_wrong_with_the_token_opens_a_session() {
    block_on(async {
        let provider = Provider::start();
        let town = town(Engine::Sqlite, &provider);
        let wrong = [
            "signature",
            "claims",
            "nonce",
            "no-nonce",
            "audience",
            "audiences",
            "issuer",
            "expired",
            "future",
            "at-hash",
            "none",
            "hmac",
        ];
        for tamper in wrong {
            provider.control(json!({ "tamper": tamper }));
            let mut browser = Person::default();
            let refused = sign_on(&town, &provider, &mut browser, "dvcqg").await;
            assert_eq!(refused.status.as_u16(), 403, "{tamper}");
            no_inside(&refused.text());
            assert!(!browser.cookies.contains("session="), "{tamper}");
            let mine = visit(&town, &mut browser, "/my").await;
            assert!(location(&mine).starts_with("/sign-in"), "{tamper}");
        }
        provider.control(json!({ "tamper": "" }));
        let mut browser = Person::default();
        assert_eq!(location(&sign_on(&town, &provider, &mut browser, "dvcqg").await), "/my");
    });
}

#[test]
fn an_answer_is_good_once_in_the_browser_that_asked_and_at_the_provider_that_gave_it() {
    block_on(async {
        let provider = Provider::start();
        let town = town(Engine::Sqlite, &provider);
        let mut browser = Person::default();
        let back = away(&town, &provider, &mut browser, "dvcqg", "/my").await;

        let mut thief = Person::default();
        assert_eq!(visit(&town, &mut thief, &back).await.status.as_u16(), 403, "another browser has no part in it");
        let other = back.replace("/dvcqg/", "/vneid/");
        assert_eq!(visit(&town, &mut browser, &other).await.status.as_u16(), 403, "another provider's address");

        let back = away(&town, &provider, &mut browser, "dvcqg", "/my").await;
        let forged = format!("{}&iss=http%3A%2F%2F127.0.0.1%3A9", back.split("&iss=").next().unwrap());
        let mut copy = browser.clone();
        assert_eq!(visit(&town, &mut copy, &forged).await.status.as_u16(), 403, "the answer of another issuer");

        let back = away(&town, &provider, &mut browser, "dvcqg", "/my").await;
        assert_eq!(location(&visit(&town, &mut browser, &back).await), "/my");
        assert_eq!(visit(&town, &mut browser, &back).await.status.as_u16(), 403, "the same answer again");

        // The same code under a new state: the provider has seen it, and PKCE binds it to the first request.
        let code = back.split("code=").nth(1).unwrap().split('&').next().unwrap().to_owned();
        let fresh = away(&town, &provider, &mut browser, "dvcqg", "/my").await;
        let state = fresh.split("state=").nth(1).unwrap().split('&').next().unwrap();
        let iss = fresh.split("iss=").nth(1).unwrap().split('&').next().unwrap();
        let replayed = format!("/sign-in/with/dvcqg/callback?code={code}&state={state}&iss={iss}");
        assert_eq!(visit(&town, &mut Person { ..browser.clone() }, &replayed).await.status.as_u16(), 403);

        let cancelled = away(&town, &provider, &mut browser, "dvcqg", "/my").await;
        let state = cancelled.split("state=").nth(1).unwrap().split('&').next().unwrap();
        let denied = format!("/sign-in/with/dvcqg/callback?error=access_denied&state={state}");
        let page = visit(&town, &mut browser, &denied).await;
        assert!(page.text().contains("đã dừng đăng nhập"), "{}", page.text());
    });
}

#[test]
fn a_new_key_of_the_provider_is_fetched_and_an_answer_after_a_quarter_of_an_hour_is_too_late() {
    block_on(async {
        let provider = Provider::start();
        let town = town(Engine::Sqlite, &provider);
        let mut browser = Person::default();
        assert_eq!(location(&sign_on(&town, &provider, &mut browser, "dvcqg").await), "/my");
        provider.control(json!({ "rotate": true }));
        tokio::time::sleep(std::time::Duration::from_millis(2_100)).await;
        let mut browser = Person::default();
        assert_eq!(location(&sign_on(&town, &provider, &mut browser, "dvcqg").await), "/my", "after the rotation");

        let mut late = Person::default();
        let back = away(&town, &provider, &mut late, "dvcqg", "/my").await;
        town.at("2021-07-26T08:16");
        assert_eq!(visit(&town, &mut late, &back).await.status.as_u16(), 403);
    });
}

#[test]
fn a_provider_that_is_away_slow_or_talks_nonsense_costs_nothing_but_the_sign_on() {
    block_on(async {
        let mut provider = Provider::start();
        let town = town(Engine::Sqlite, &provider);
        for tamper in ["garbage", "broken", "slow"] {
            let mut browser = Person::default();
            let back = away(&town, &provider, &mut browser, "dvcqg", "/my").await;
            provider.control(json!({ "tamper": tamper }));
            let begun = std::time::Instant::now();
            let refused = visit(&town, &mut browser, &back).await;
            provider.control(json!({ "tamper": "" }));
            assert_eq!(refused.status.as_u16(), 503, "{tamper}");
            assert!(refused.text().contains("đang không trả lời"), "{tamper}: {}", refused.text());
            assert!(begun.elapsed().as_secs() < 12, "{tamper}: a page is not held longer");
            no_inside(&refused.text());
        }
        provider.stop();
        let mut browser = Person::default();
        let away = visit(&town, &mut browser, "/sign-in/with/vneid?next=/my").await;
        assert!(away.status.as_u16() == 503 || away.status.as_u16() == 303, "known endpoints are used on");
        // The other way to sign in works all the time.
        let citizen = town.citizen("0905000777").await;
        assert_eq!(town.get(&citizen, "/my").await.status.as_u16(), 200);
    });
}

#[test]
fn a_draft_survives_signing_on_and_two_accounts_of_one_person_become_one_only_on_her_word() {
    both(|engine| {
        block_on(async {
            let provider = Provider::start();
            let town = town(engine, &provider);
            // Begins with a code to the phone, and fills in.
            let mut browser = town.citizen("0905000111").await;
            let draft = begin_draft(&town, &mut browser).await;
            // Signs on: asked first, linked on her word, and she is back where she was.
            let back = away(&town, &provider, &mut browser, "dvcqg", &draft).await;
            assert_eq!(location(&visit(&town, &mut browser, &back).await), "/sign-in/link");
            let linked = choose(&town, &mut browser, "same").await;
            assert_eq!(location(&linked), draft);
            assert_eq!(visit(&town, &mut browser, &draft).await.status.as_u16(), 200, "the draft is there");

            // The same person in another browser: the technical id opens the same account.
            let mut phone = Person::default();
            assert_eq!(location(&sign_on(&town, &provider, &mut phone, "dvcqg").await), "/my");
            assert_eq!(visit(&town, &mut phone, &draft).await.status.as_u16(), 200);

            // Another technical id with the same identity number: proposed, never joined by itself.
            provider.person("T-1b");
            let mut other = Person::default();
            assert_eq!(location(&sign_on(&town, &provider, &mut other, "vneid").await), "/sign-in/link");
            let page = visit(&town, &mut other, "/sign-in/link").await.text();
            assert!(page.contains("đã có một tài khoản ở đây") && !page.contains("value=\"same\""), "{page}");
            assert_eq!(visit(&town, &mut other, &draft).await.status.as_u16(), 303, "not in yet");
            let refused = choose(&town, &mut other, "same").await;
            assert_eq!(refused.status.as_u16(), 404, "her word without a session of the account joins nothing");

            // A different person on the same machine cannot take the account over.
            provider.person("T-2");
            let back = away(&town, &provider, &mut phone, "vneid", "/my").await;
            assert_eq!(location(&visit(&town, &mut phone, &back).await), "/sign-in/link");
            let refused = choose(&town, &mut phone, "same").await;
            assert_eq!(refused.status.as_u16(), 409, "another identity number");
        });
    });
}

#[test]
fn an_account_that_is_joined_hands_over_its_drafts_and_is_closed() {
    both(|engine| {
        block_on(async {
            let provider = Provider::start();
            let town = town(engine, &provider);
            let mut first = Person::default();
            assert_eq!(location(&sign_on(&town, &provider, &mut first, "dvcqg").await), "/my");
            let mut phone = town.citizen("0905000222").await;
            let draft = begin_draft(&town, &mut phone).await;
            assert_eq!(visit(&town, &mut first, &draft).await.status.as_u16(), 404, "another account's draft");

            let back = away(&town, &provider, &mut phone, "dvcqg", &draft).await;
            let old = phone.clone();
            assert_eq!(location(&visit(&town, &mut phone, &back).await), "/sign-in/link");
            assert_eq!(location(&choose(&town, &mut phone, "same").await), draft);
            assert_eq!(visit(&town, &mut first, &draft).await.status.as_u16(), 200, "in the one account that is left");
            assert_eq!(town.get(&old, "/my").await.status.as_u16(), 303, "the old session is over");
            // The phone opens the joined account from now on.
            let again = town.citizen("0905000222").await;
            assert_eq!(town.get(&again, &draft).await.status.as_u16(), 200);
        });
    });
}

#[test]
fn an_officer_signs_on_with_two_factors_only_and_a_business_as_itself() {
    block_on(async {
        let provider = Provider::start();
        let town = town(Engine::Sqlite, &provider);
        provider.control(json!({ "person": "O-1", "acr": "LoA1" }));
        let mut officer = Person::default();
        assert_eq!(
            sign_on(&town, &provider, &mut officer, "tinh").await.status.as_u16(),
            403,
            "one factor is not enough"
        );
        provider.control(json!({ "acr": "LoA2" }));
        let back = away(&town, &provider, &mut officer, "tinh", "/staff").await;
        assert_eq!(location(&visit(&town, &mut officer, &back).await), "/staff");
        assert_eq!(visit(&town, &mut officer, "/staff").await.status.as_u16(), 200);
        provider.person("T-2");
        let mut citizen = Person::default();
        assert_eq!(sign_on(&town, &provider, &mut citizen, "tinh").await.status.as_u16(), 403, "no officer");

        provider.person("B-1");
        let mut business = Person::default();
        assert_eq!(location(&sign_on(&town, &provider, &mut business, "dvcqg").await), "/my");
        assert!(visit(&town, &mut business, "/my").await.text().contains("Công ty Minh Họa"));
        // Signed in as a person, she shows the business's sign-on too: she represents it from then on.
        let mut person = town.citizen("0905000444").await;
        let back = away(&town, &provider, &mut person, "dvcqg", "/my").await;
        assert_eq!(location(&visit(&town, &mut person, &back).await), "/sign-in/link");
        let asked = visit(&town, &mut person, "/sign-in/link").await.text();
        assert!(
            asked.contains("người đại diện của Công ty Minh Họa") && asked.contains("tôi đại diện tổ chức này"),
            "{asked}"
        );
        assert!(!asked.contains("khi cả hai là của chính bạn"), "that hint is for one person's two accounts: {asked}");
        assert_eq!(location(&choose(&town, &mut person, "same").await), "/my");
        let page = visit(&town, &mut person, "/my").await.text();
        assert!(page.contains("Công ty Minh Họa") && page.contains("làm thay"), "{page}");
        provider.person("N-1");
        let mut nobody = Person::default();
        let refused = sign_on(&town, &provider, &mut nobody, "dvcqg").await;
        assert_eq!(refused.status.as_u16(), 403);
        assert!(refused.text().contains("chưa có mã định danh"), "{}", refused.text());
    });
}

#[test]
fn signing_out_ends_the_session_here_and_leads_to_the_provider() {
    block_on(async {
        let mut provider = Provider::start();
        let town = town(Engine::Sqlite, &provider);
        let mut browser = Person::default();
        sign_on(&town, &provider, &mut browser, "dvcqg").await;
        let page = visit(&town, &mut browser, "/my").await;
        let policy = page.headers["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.contains(&format!("form-action 'self' {}", provider.issuer)), "{policy}");
        let out = town.post_form(&browser, "/sign-out", format!("csrf={}", csrf_of(&page.text()))).await;
        let to = location(&out);
        assert!(to.starts_with(&format!("{}/session/end?", provider.issuer)) && to.contains("id_token_hint="), "{to}");
        assert!(location(&town.get(&browser, "/my").await).starts_with("/sign-in"), "ended here at once");

        let mut browser = Person::default();
        sign_on(&town, &provider, &mut browser, "dvcqg").await;
        provider.stop();
        let page = visit(&town, &mut browser, "/my").await.text();
        let out = town.post_form(&browser, "/sign-out", format!("csrf={}", csrf_of(&page))).await;
        assert_eq!(out.status.as_u16(), 303);
        assert!(location(&town.get(&browser, "/my").await).starts_with("/sign-in"), "also when the provider is down");
    });
}

#[test]
fn who_signs_out_at_the_provider_is_out_here_at_once_and_nobody_else_is_believed() {
    both(|engine| {
        block_on(async {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let address = format!("http://{}", listener.local_addr().unwrap());
            let provider = Provider::start_for(&address);
            let town = Town::open_with(engine, |config| {
                let file = config.data.join("signon.toml");
                std::fs::write(&file, provider.settings(&config.data)).unwrap();
                config.signon = file.display().to_string();
                config.public_address.clone_from(&address);
            });
            town.serve_on(listener).await;
            // One person in two browsers, and another person.
            let mut jars = [BTreeMap::new(), BTreeMap::new(), BTreeMap::new()];
            let mut people = [Person::default(), Person::default(), Person::default()];
            for (at, (jar, browser)) in jars.iter_mut().zip(&mut people).enumerate() {
                provider.person(if at == 2 { "T-2" } else { "T-1" });
                let begun = visit(&town, browser, "/sign-in/with/dvcqg?next=/my").await;
                let back = provider.walk_with(&location(&begun), jar);
                assert_eq!(location(&visit(&town, browser, &back).await), "/my");
            }
            let token =
                town.texts("SELECT id_token FROM web_sessions WHERE id_token <> '' ORDER BY created_at")[0].clone();
            let said = |token: &str| format!("logout_token={token}");
            let path = "/api/v1/sign-on/dvcqg/logout";
            for wrong in [String::new(), "a.b.c".to_owned(), token.clone(), format!("{token}x")] {
                let refused = town.post_form(&Person::default(), path, said(&wrong)).await;
                assert_eq!(refused.status.as_u16(), 400, "an identity token, or a forged one, signs nobody out");
            }
            let mut inside = Vec::new();
            for browser in &people {
                inside.push(town.get(browser, "/my").await.status.as_u16());
            }
            assert_eq!(inside, [200, 200, 200]);

            let jar = jars[0].clone();
            tokio::task::spawn_blocking(move || (provider.sign_out(&jar), provider)).await.unwrap();
            let mut inside = Vec::new();
            for browser in &people {
                inside.push(town.get(browser, "/my").await.status.as_u16());
            }
            assert_eq!(inside, [303, 200, 200], "the session that ended there, and no other");
        });
    });
}

#[test]
fn a_procedure_that_asks_for_a_level_is_handed_in_at_that_level_only() {
    block_on(async {
        let provider = Provider::start();
        let town = town(Engine::Sqlite, &provider);
        let agency = town.get(&NOBODY, "/api/v1/procedures/2.000488").await.ok()["agencies"][0].clone();
        let agency = agency.as_str().unwrap().to_owned();
        let mut phone = town.citizen("0905000333").await;
        let body = town.application(&phone, "2.000488", &agency).await;
        town.post(&phone, "/api/v1/dossiers", &body).await.refused(422, "assurance_too_low");
        for (acr, status) in [("LoA1", 422), ("LoA2", 201)] {
            provider.control(json!({ "acr": acr }));
            let back = away(&town, &provider, &mut phone, "dvcqg", "/my").await;
            if location(&visit(&town, &mut phone, &back).await) == "/sign-in/link" {
                choose(&town, &mut phone, "same").await;
            }
            phone.csrf = csrf_of(&town.get(&phone, "/accessibility").await.text());
            let reply = town.post(&phone, "/api/v1/dossiers", &body).await;
            assert_eq!(reply.status.as_u16(), status, "{acr}: {}", reply.text());
        }
    });
}

/// A draft of a certified copy: its address.
async fn begin_draft(town: &Town, browser: &mut Person) -> String {
    let page = visit(town, browser, "/accessibility").await.text();
    browser.csrf = csrf_of(&page);
    let fields = format!("csrf={}&agency={AN_MY}", browser.csrf);
    let begun = town.post_form(browser, "/procedures/2.000815/start", fields).await;
    location(&begun)
}
