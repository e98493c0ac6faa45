//! The journey of level 4: nobody has to come. She signs on at a provider, is asked only what nobody knows, pays at a
//! gateway, receives a result that anybody can check, and is asked next to nothing the second time. Provider, gateways,
//! signing service and SMS gateway are processes of their own.

use std::{collections::BTreeSet, path::Path, time::Duration};

use kernel_db::Engine;
use kernel_testkit::both_engines;
use serde_json::Value;

use crate::{
    harness::{Browser, NOBODY, Simulator, World, jpeg},
    level4_program::{handed_over_online, independently_valid, qr_of, settle, take_in},
    payments::{JUSTICE, RECORD},
};

const PHONE: u32 = 360;

fn same(engine: Engine) -> Engine {
    engine
}

/// A citizen with a phone in a town with everything around it.
struct Walk {
    browser: Browser,
    world: World,
    example: Value,
    /// What she typed or chose, counted in the pages.
    typed: usize,
}

impl Walk {
    async fn begin(engine: Engine) -> Self {
        let world = World::open(engine).await;
        let offer = world.town.get(&NOBODY, &format!("/api/v1/procedures/{RECORD}")).await.ok();
        let browser = Browser::open(&world.address, PHONE, false).await;
        Self { browser, world, example: offer["form"]["examples"][0].clone(), typed: 0 }
    }

    /// Opens the procedure and comes to its draft; the provider is met on the way when she is not signed in.
    async fn start(&self) {
        let browser = &self.browser;
        browser.go("/").await;
        browser.fill("main input[name=q]", "ly lich tu phap").await;
        browser.follow("main form button[type=submit]").await;
        browser.follow(&format!("main a[href='/procedures/{RECORD}']")).await;
        let page = browser.text("main").await;
        assert!(page.contains("200.000") && page.contains("mức độ 4"), "fee and level stand on the page: {page}");
        browser.follow(&format!("main a.button[href^='/procedures/{RECORD}/start']")).await;
        if browser.path().await.starts_with("/sign-in") {
            browser.assert_fits(PHONE).await;
            browser.follow("main a[href^='/sign-in/with/dvcqg']").await;
            let there = browser.page.current_url().await.unwrap();
            assert!(there.as_str().starts_with(&self.world.provider.issuer), "at the provider: {there}");
            browser.follow("#agree").await;
        }
        assert!(browser.path().await.ends_with("/start"), "{}", browser.path().await);
        browser.assert_fits(PHONE).await;
        browser.choose("select[name=agency]", JUSTICE).await;
        browser.follow("main form button[type=submit]").await;
    }

    /// Takes what is offered; what was offered, as the page shows it.
    async fn take_what_is_known(&self) -> String {
        if !self.browser.path().await.ends_with("/prefill") {
            self.browser.follow("main a[href$='/prefill']").await;
        }
        self.browser.assert_fits(PHONE).await;
        let offered = self.browser.text("main").await;
        self.browser.follow("button[name=take][value=all]").await;
        offered
    }

    /// From the list of tasks to the receipt. Counts the fields of the pages and those that are still empty; answers
    /// these, photographs a paper that is not kept yet. The code of the dossier.
    async fn fill_in(&mut self) -> (String, usize, BTreeSet<String>) {
        let photograph = self.world.town.data().join("giay-to.jpg");
        std::fs::write(&photograph, jpeg()).unwrap();
        let (mut all, mut asked, mut steps) = (BTreeSet::new(), BTreeSet::new(), 0);
        while !self.browser.path().await.ends_with("/check") {
            let path = self.browser.path().await;
            self.browser.assert_fits(PHONE).await;
            if path.contains("/pages/") {
                let (fields, empty) = self.fields().await;
                self.answer(&empty).await;
                all.extend(fields);
                asked.extend(empty);
                self.browser.follow("main form .actions button.button:not(.secondary)").await;
                assert_ne!(self.browser.path().await, path, "{}", self.browser.text("main").await);
            } else if path.contains("/papers/") {
                self.paper(&photograph).await;
            } else if self.browser.has("main a.button:not(.secondary)[href$='/check']").await {
                self.visit_the_other_pages(&mut all, &mut asked).await;
                self.browser.follow("main a.button[href$='/check']").await;
            } else {
                self.browser.follow(".tasks li:has(.tag) a").await;
            }
            steps += 1;
            assert!(steps < 30, "stuck at {path}: {}", self.browser.text("main").await);
        }
        self.browser.assert_fits(PHONE).await;
        self.browser.follow("main form button[type=submit]").await;
        assert!(self.browser.path().await.ends_with("/receipt"), "{}", self.browser.text("main").await);
        self.browser.assert_fits(PHONE).await;
        let code = self.browser.text("main .confirmation .code, main .code").await;
        (code, all.len(), asked)
    }

    /// Pages of questions that were complete at once are counted as well.
    async fn visit_the_other_pages(&self, all: &mut BTreeSet<String>, asked: &mut BTreeSet<String>) {
        let list = self.browser.path().await;
        let mut pages = Vec::new();
        for link in self.browser.page.find_all(Browser::css(".tasks a[href*='/pages/']")).await.unwrap() {
            pages.extend(link.attr("href").await.unwrap());
        }
        for page in pages {
            self.browser.go(&page).await;
            let (fields, empty) = self.fields().await;
            asked.extend(empty.into_iter().filter(|name| !all.contains(name)));
            all.extend(fields);
        }
        self.browser.go(&list).await;
    }

    /// Names of the questions on the open page, and of those without an answer.
    async fn fields(&self) -> (BTreeSet<String>, BTreeSet<String>) {
        let (mut all, mut answered) = (BTreeSet::new(), BTreeSet::new());
        let inputs = "main form input[name]:not([type=hidden]), main form select[name], main form textarea[name]";
        for input in self.browser.page.find_all(Browser::css(inputs)).await.unwrap() {
            let full = input.attr("name").await.unwrap().unwrap();
            let name = full.split('.').next().unwrap().to_owned();
            let kind = input.attr("type").await.unwrap().unwrap_or_default();
            let has = if matches!(kind.as_str(), "radio" | "checkbox") {
                input.is_selected().await.unwrap()
            } else {
                input.prop("value").await.unwrap().is_some_and(|value| !value.is_empty())
            };
            if has {
                answered.insert(name.clone());
            }
            all.insert(name);
        }
        let empty = all.difference(&answered).cloned().collect();
        (all, empty)
    }

    /// Answers the questions that nobody could answer for her.
    async fn answer(&mut self, empty: &BTreeSet<String>) {
        for (name, value) in self.example.clone().as_object().unwrap() {
            if !empty.contains(name) {
                continue;
            }
            match value.as_array() {
                Some(lines) => {
                    for (at, line) in lines.iter().enumerate() {
                        for (inner, value) in line.as_object().unwrap() {
                            self.browser.put(&format!("{name}.{at}.{inner}"), value).await;
                        }
                    }
                }
                None => self.browser.put(name, value).await,
            }
            self.typed += 1;
        }
    }

    /// A paper that is kept from an earlier dossier is taken with one press, another one is photographed.
    async fn paper(&mut self, photograph: &Path) {
        if self.browser.has(".actions a.button").await {
            self.browser.follow(".actions a.button").await;
        } else if self.browser.has("form[action$='/reuse'] button").await {
            self.browser.follow("form[action$='/reuse'] button").await;
        } else {
            self.browser.attach(photograph).await;
            self.browser.follow("form[enctype] button[type=submit]").await;
            self.typed += 1;
        }
    }

    /// Her phone counts for messages after the code that reached it.
    async fn be_reached_by_phone(&self) {
        self.browser.go("/messages/settings").await;
        self.browser.assert_fits(PHONE).await;
        self.browser.fill("input[name=contact]", "0905 700 100").await;
        self.browser.follow("form[action='/messages/contacts'] button[type=submit]").await;
        let said = said_to(&self.world.sms, "ma ").await;
        let code: String = digits_of(&said, 6);
        self.browser.fill("input[name=number]", &code).await;
        self.browser.follow("form[action^='/messages/contacts/ctp_'] button[type=submit]").await;
        let page = self.browser.text("main").await;
        assert!(page.contains("Đã xác nhận"), "{page}");
    }

    /// From the message about the fee, through the gateway, back to the page that says that it is paid.
    async fn pay(&self, code: &str) {
        let browser = &self.browser;
        self.message(code, "phí").await;
        assert!(browser.path().await.starts_with(&format!("/dossiers/{code}")), "{}", browser.path().await);
        if !browser.path().await.ends_with("/fees") {
            browser.follow("main a.button[href$='/fees']").await;
        }
        browser.assert_fits(PHONE).await;
        browser.click("input[name=channel][value=national]").await;
        browser.follow("main form button[type=submit]").await;
        // The page leads to the gateway by itself; who does not wait presses.
        let away = format!("main a.button[href^='{}']", self.world.payments.address);
        for _ in 0..50 {
            let at = browser.page.current_url().await.unwrap();
            if at.as_str().starts_with(&self.world.payments.address) {
                break;
            }
            if browser.has(&away).await {
                browser.assert_fits(PHONE).await;
                if let Ok(button) = browser.page.find(Browser::css(&away)).await {
                    drop(button.click().await);
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        browser.follow("button[value=pay]").await;
        for _ in 0..400 {
            if browser.has("a[href^='/api/v1/fee-receipts/']").await {
                break;
            }
            // Without a script the page does not look again by itself; its link does.
            if browser.has("main p > a[href^='/payments/']").await {
                browser.follow("main p > a[href^='/payments/']").await;
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        assert!(browser.path().await.starts_with("/payments/"), "{}", browser.path().await);
        browser.assert_fits(PHONE).await;
        let receipt = browser.href("a[href^='/api/v1/fee-receipts/']").await;
        assert!(self.world.town.get(&self.browser.who().await, &receipt).await.bytes.starts_with(b"%PDF"));
    }

    /// Waits for a message that names the dossier and these words, and opens it.
    async fn message(&self, code: &str, words: &str) {
        for _ in 0..400 {
            self.browser.go("/messages").await;
            let list = self.browser.page.find_all(Browser::css("main form[action$='/open']")).await.unwrap();
            for form in list {
                let told = form.text().await.unwrap();
                if told.contains(code) && told.contains(words) {
                    let before = self.browser.page.find(Browser::css("html")).await.unwrap();
                    form.find(Browser::css("button")).await.unwrap().click().await.unwrap();
                    while before.attr("lang").await.is_ok() {
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                    return;
                }
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("no message about {code} with “{words}”: {}", self.browser.text("main").await);
    }

    /// Downloads the result from her page as soon as it is signed.
    async fn result(&self, code: &str) -> Vec<u8> {
        for _ in 0..400 {
            self.browser.go(&format!("/dossiers/{code}")).await;
            if self.browser.has("section[aria-labelledby=result] a[href^='/api/v1/files/']").await {
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        self.browser.assert_fits(PHONE).await;
        let path = self.browser.href("section[aria-labelledby=result] a[href^='/api/v1/files/']").await;
        self.world.town.get(&self.browser.who().await, &path).await.bytes
    }

    /// Somebody else, with the paper in hand: the code on it leads to a page that says that it is genuine, and the page
    /// of checks says so of the file.
    async fn check_as_a_stranger(&self, code: &str, pdf: &Path) {
        self.browser.page.delete_all_cookies().await.unwrap();
        let printed = qr_of(pdf);
        assert!(printed.starts_with(&format!("{}/tra-cuu?", self.world.address)), "{printed}");
        self.browser.page.goto(&printed).await.unwrap();
        self.browser.assert_fits(PHONE).await;
        let page = self.browser.text("main").await;
        assert!(page.contains("Dấu trên giấy là thật") && page.contains(code), "{page}");
        self.browser.go("/kiem-tra").await;
        self.browser.attach(pdf).await;
        self.browser.follow("form[action='/kiem-tra'] button[type=submit]").await;
        self.browser.assert_fits(PHONE).await;
        let page = self.browser.text("main").await;
        assert!(page.contains(code) && self.browser.has(".notice.ok").await, "{page}");
    }
}

/// Waits for an SMS that holds these words.
async fn said_to(sms: &Simulator, words: &str) -> String {
    for _ in 0..400 {
        let found = sms.messages().into_iter().rev().find_map(|m| {
            let text = m["text"].as_str().unwrap().to_owned();
            text.contains(words).then_some(text)
        });
        if let Some(text) = found {
            return text;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("no SMS with “{words}”: {:?}", sms.messages());
}

/// The first run of exactly so many digits.
fn digits_of(text: &str, count: usize) -> String {
    let found = text.split(|c: char| !c.is_ascii_digit()).find(|run| run.len() == count);
    found.unwrap_or_else(|| panic!("no {count} digits in {text}")).to_owned()
}

both_engines!(async a_citizen_walks_the_whole_of_level_4_on_a_phone_and_is_asked_next_to_nothing_the_second_time, same, |engine| {
    let mut walk = Walk::begin(engine).await;
    walk.start().await;
    let offered = walk.take_what_is_known().await;
    assert!(offered.contains("Trần Thí Dụ") && offered.contains("049090000001"), "filled in from the sign-on: {offered}");
    let (code, all, first) = walk.fill_in().await;
    let of_the_sign_on = ["applicant_name", "applicant_identity", "applicant_birth", "applicant_address", "sex"];
    assert!(of_the_sign_on.iter().all(|name| !first.contains(*name)), "asked of {all} although she had signed on: {first:?}");
    walk.be_reached_by_phone().await;
    take_in(&walk.world, &code).await;
    walk.pay(&code).await;
    settle(&walk.world, &code).await;
    let bytes = walk.result(&code).await;
    let pdf = walk.world.town.data().join("ket-qua.pdf");
    std::fs::write(&pdf, &bytes).unwrap();
    independently_valid(&walk.world.signing, &pdf);
    said_to(&walk.world.sms, &format!("Ho so {code} da")).await;
    walk.message(&code, "kết quả").await;
    handed_over_online(&walk.world, &code).await;

    // The second time: counted in the pages, field by field (measured: 15 of 20 asked at first, then 3).
    walk.start().await;
    let offered = walk.take_what_is_known().await;
    assert!(offered.contains(&code), "the source stands beside what is offered: {offered}");
    walk.typed = 0;
    let (second, all, asked) = walk.fill_in().await;
    assert!(asked.len() * 5 <= all, "the second dossier asks {asked:?} of {all} fields");
    assert!(walk.typed <= asked.len(), "no paper is photographed again: {} things typed", walk.typed);
    assert_ne!(second, code);
    walk.check_as_a_stranger(&code, &pdf).await;
});
