//! Journeys of people in a real browser (experience, part C): a phone without JavaScript, a clerk without a mouse.

use kernel_db::Engine;
use kernel_testkit::block_on;
use serde_json::{Value, json};

use crate::{
    harness::{Browser, NOBODY, Town, jpeg},
    outcomes::{TAM_KY, handed_in},
};

const COPY: &str = "2.000815";
const AN_MY: &str = "000.03.31.H47";
const PHONE_WIDTH: u32 = 360;

/// Answers every question of the page with the form's example.
async fn answer(browser: &Browser, example: &Value) {
    for (name, value) in example.as_object().unwrap() {
        browser.put(name, value).await;
    }
}

#[test]
fn a_citizen_hands_in_on_a_phone_without_javascript() {
    block_on(async {
        let town = Town::open(Engine::Sqlite);
        let base = town.serve().await;
        let browser = Browser::open(&base, PHONE_WIDTH, false).await;
        let example =
            town.get(&NOBODY, &format!("/api/v1/procedures/{COPY}")).await.ok()["form"]["examples"][0].clone();

        browser.go("/").await;
        browser.assert_fits(PHONE_WIDTH).await;
        browser.fill("main input[name=q]", "chung thuc ban sao").await;
        browser.follow("main form button[type=submit]").await;
        browser.follow(&format!("main a[href='/procedures/{COPY}']")).await;
        browser.assert_fits(PHONE_WIDTH).await;
        browser.go(&format!("/procedures/{COPY}/start")).await;
        if browser.path().await.contains("sign-in") {
            browser.prove(&town, "0907000001").await;
        }
        if browser.has("select[name=district]").await {
            browser.choose("select[name=district]", TAM_KY).await;
            browser.follow("main form button[type=submit]").await;
        }
        browser.assert_fits(PHONE_WIDTH).await;
        browser.choose("select[name=agency]", AN_MY).await;
        browser.follow("main form button[type=submit]").await;

        // From question to question, then the papers, until everything is there.
        let photograph = town.data().join("ban-chinh.jpg");
        std::fs::write(&photograph, jpeg()).unwrap();
        let mut steps = 0;
        while !browser.path().await.ends_with("/check") {
            let path = browser.path().await;
            browser.assert_fits(PHONE_WIDTH).await;
            if path.contains("/pages/") {
                answer(&browser, &example).await;
                browser.follow("main form button[type=submit]").await;
                assert_ne!(browser.path().await, path, "{}", browser.text("main").await);
            } else if path.contains("/papers/") {
                if browser.has(".actions a.button").await {
                    browser.follow(".actions a.button").await;
                } else {
                    browser.attach(&photograph).await;
                    browser.follow("form[enctype] button[type=submit]").await;
                }
            } else if browser.has("main a.button:not(.secondary)[href$='/check']").await {
                browser.follow("main a.button[href$='/check']").await;
            } else {
                // The list of tasks: on to the first that is not done.
                browser.follow(".tasks li:has(.tag) a").await;
            }
            steps += 1;
            assert!(steps < 30, "stuck at {}: {}", browser.path().await, browser.text("main").await);
        }
        browser.assert_fits(PHONE_WIDTH).await;
        let shown = browser.text("main").await;
        assert!(shown.contains("Phạm Văn Thử") && shown.contains("ban-chinh"), "{shown}");
        browser.follow("main form button[type=submit]").await;
        assert!(browser.path().await.ends_with("/receipt"), "{}: {}", browser.path().await, browser.text("main").await);
        let receipt = browser.text("main").await;
        assert!(receipt.contains(&format!("{AN_MY}-210726-0001")), "{receipt}");
        browser.assert_fits(PHONE_WIDTH).await;
        // Where it stands now.
        browser.follow("main a[href^='/dossiers/']").await;
        assert!(browser.text("main").await.contains(&format!("{AN_MY}-210726-0001")));
        browser.assert_fits(PHONE_WIDTH).await;
    });
}

#[test]
fn a_clerk_accepts_from_the_inbox_with_the_keyboard_alone() {
    block_on(async {
        let town = Town::open(Engine::Sqlite);
        let citizen = town.citizen("0907000002").await;
        let receipt = handed_in(&town, &citizen).await;
        let base = town.serve().await;
        let browser = Browser::open(&base, 1_280, true).await;
        browser.sign_in_officer(&town, "tiepnhan.tamky").await;
        browser.go("/staff").await;
        assert!(browser.text("main").await.contains(&receipt.code));
        // j chooses the first dossier, Enter opens it, a accepts; at most 15 presses to the printed receipt.
        let mut presses = 0;
        for key in ["j", "\u{E007}", "a"] {
            let focused = browser.page.active_element().await.unwrap();
            focused.send_keys(key).await.unwrap();
            presses += 1;
            tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        }
        let clerk = town.officer("tiepnhan.tamky").await;
        assert_eq!(
            town.look(&clerk, &receipt.code).await["status"],
            json!("accepted"),
            "{}",
            browser.text("main").await
        );
        assert!(browser.has("a[data-key=p]").await, "the receipt can be printed: {}", browser.text("main").await);
        assert!(presses < 15);
    });
}
