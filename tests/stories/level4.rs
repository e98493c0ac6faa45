//! The journey of level 4: nobody has to come. She signs on at a provider, is asked only what nobody knows, pays at a
//! gateway, receives a result that anybody can check, and is asked next to nothing the second time. Provider, gateways,
//! signing service and SMS gateway are processes of their own.

use std::{collections::BTreeSet, path::Path, process::Command, time::Duration};

use kernel_db::Engine;
use kernel_testkit::both_engines;
use serde_json::{Value, json};

use crate::{
    harness::{Browser, NOBODY, Person, Simulator, World, csrf_of, jpeg, keep_cookies},
    outcomes::{Desk, approve, draft},
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

fn run(program: &str, args: &[&str]) -> String {
    let out = Command::new(program).args(args).output().unwrap_or_else(|e| panic!("{program}: {e}"));
    assert!(out.status.success(), "{program}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).into_owned()
}

/// What the QR code on the first page says, as a phone reads it.
fn qr_of(pdf: &Path) -> String {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("page");
    let picture = picture.to_str().unwrap();
    run("pdftoppm", &["-r", "150", "-png", "-singlefile", pdf.to_str().unwrap(), picture]);
    run("zbarimg", &["-q", "--raw", &format!("{picture}.png")]).trim().to_owned()
}

/// `pdfsig` believes the simulator's root and finds both signatures valid; `openssl` finds a time stamp in each.
fn independently_valid(signing: &Simulator, pdf: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("root.pem"), signing.get("/root.pem")).unwrap();
    run("certutil", &["-N", "-d", &path("."), "--empty-password"]);
    run("certutil", &["-A", "-d", &path("."), "-n", "root", "-t", "CT,CT,CT", "-i", &path("root.pem")]);
    let said = run("pdfsig", &["-nssdir", &path("."), pdf.to_str().unwrap()]);
    assert_eq!(said.matches("Signature is Valid.").count(), 2, "{said}");
    assert_eq!(said.matches("Certificate is Trusted.").count(), 2, "{said}");
    let copy = path("result.pdf");
    std::fs::copy(pdf, &copy).unwrap();
    let dumped = Command::new("pdfsig").args(["-nocert", "-dump", &copy]).current_dir(folder.path()).output().unwrap();
    assert!(dumped.status.success());
    for number in 0..2 {
        let cms = path(&format!("result.pdf.sig{number}"));
        let shown = run("openssl", &["cms", "-cmsout", "-print", "-noout", "-inform", "DER", "-in", &cms]);
        assert!(shown.contains("id-smime-aa-timeStampToken"), "signature {number} has no time stamp: {shown}");
    }
}

/// The officers' part, by API: the receiving centre takes it in and asks for the fee.
async fn take_in(world: &World, code: &str) {
    let centre = world.town.officer("tiepnhan.pvhcc").await;
    world.town.act(&centre, code, "accept", json!({})).await.ok();
    let asked = world.town.act(&centre, code, "fee", json!({})).await.ok();
    assert_eq!(asked["status"], "payment_requested");
}

/// From the paid fee to the approval.
async fn settle(world: &World, code: &str) {
    let town = &world.town;
    let centre = town.officer("tiepnhan.pvhcc").await;
    let desk = Desk::of(town, "stp").await;
    town.act(&centre, code, "forward", json!({})).await.ok();
    town.act(&desk.specialist, code, "forward", json!({})).await.ok();
    let result = town.act(&desk.specialist, code, "draft", draft(true)).await.ok();
    town.act(&desk.specialist, code, "forward", json!({})).await.ok();
    town.act(&desk.head, code, "forward", json!({})).await.ok();
    let sha256 = result["sha256"].as_str().unwrap();
    assert_eq!(approve(town, &desk.leader, code, sha256).await.ok()["status"], "settled");
}

/// The result left through the network: nobody came.
async fn handed_over_online(world: &World, code: &str) {
    let centre = world.town.officer("tiepnhan.pvhcc").await;
    let body = json!({ "recipient": "Trần Thí Dụ", "channel": "online", "evidence": "Đã tải về từ tài khoản" });
    let done = world.town.act(&centre, code, "handover", body).await.ok();
    assert_eq!(done["status"], "returned");
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

/// Signs on through HTTP as a browser would: her cookies.
async fn signed_on(world: &World) -> Person {
    let mut her = Person::default();
    let begun = world.town.get(&her, "/sign-in/with/dvcqg?next=/my").await;
    keep_cookies(&mut her, &begun);
    let back = world.provider.walk(begun.headers["location"].to_str().unwrap());
    let landed = world.town.get(&her, &back).await;
    keep_cookies(&mut her, &landed);
    assert_eq!(landed.headers["location"], "/my");
    her.csrf = csrf_of(&world.town.get(&her, "/accessibility").await.text());
    her
}

/// A draft by API, filled in with what is known; the offer.
async fn drafted(world: &World, her: &Person) -> (String, Value) {
    let begun = world.town.post(her, "/api/v1/drafts", &json!({ "procedure": RECORD, "agency": JUSTICE })).await.ok();
    let id = begun["id"].as_str().unwrap().to_owned();
    world.town.post(her, &format!("/api/v1/drafts/{id}/prefill"), &json!({ "accept": true })).await.ok();
    (id, begun["prefill"].clone())
}

/// Waits until the dossier, as she sees it, satisfies a condition.
async fn until(world: &World, her: &Person, code: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..400 {
        let seen = world.town.look(her, code).await;
        if wanted(&seen) {
            return seen;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("it does not come to that: {}", world.town.look(her, code).await);
}

both_engines!(async the_same_journey_goes_by_the_interface_for_programs, same, |engine| {
    let world = World::open(engine).await;
    let town = &world.town;
    let her = signed_on(&world).await;
    let (_, offer) = drafted(&world, &her).await;
    assert!(offer["values"].as_array().unwrap().iter().any(|one| one["origin"]["kind"] == "sign_on"), "{offer}");
    let receipt = town.hand_in(&her, RECORD, JUSTICE).await;
    let code = receipt.code;
    take_in(&world, &code).await;

    let path = format!("/api/v1/dossiers/{code}/payments");
    let started = town.post(&her, &path, &json!({ "channel": "vnpay" })).await.ok();
    let reference = started["reference"].as_str().unwrap();
    let pay_url = started["pay_url"].as_str().unwrap().to_owned();
    assert!(pay_url.starts_with(&world.payments.address), "{started}");
    let press = format!("{}/pay/{reference}", world.payments.address);
    let at_the_gateway = move || {
        let agent: ureq::Agent = ureq::Agent::config_builder().max_redirects(0).http_status_as_error(false).build().into();
        agent.get(&pay_url).call().unwrap();
        agent.post(&press).send_form([("act", "pay")]).unwrap().status().as_u16()
    };
    assert_eq!(tokio::task::spawn_blocking(at_the_gateway).await.unwrap(), 303);
    until(&world, &her, &code, |seen| seen["status"] == "accepted").await;
    assert_eq!(town.get(&her, &path).await.ok()["receipts"].as_array().unwrap().len(), 1);

    settle(&world, &code).await;
    let seen = until(&world, &her, &code, |seen| seen["result_document"]["signing"]["state"] == "signed").await;
    let file = seen["result_document"]["signing"]["file"].as_str().unwrap();
    let bytes = town.get(&her, &format!("/api/v1/files/{file}")).await.bytes;
    let pdf = town.data().join("ket-qua.pdf");
    std::fs::write(&pdf, &bytes).unwrap();
    independently_valid(&world.signing, &pdf);
    let verdict = town.upload_to(&NOBODY, "/api/v1/verify", "ket-qua.pdf", &bytes).await.ok();
    assert_eq!((&verdict["ours"], &verdict["valid"]), (&json!(true), &json!(true)), "{verdict}");
    assert!(verdict["signatures"].as_array().unwrap().iter().all(|one| one["stamped_at"].is_string()), "{verdict}");
    let printed = qr_of(&pdf);
    let genuine = town.get(&NOBODY, printed.strip_prefix(&world.address).unwrap()).await.text();
    assert!(genuine.contains("Dấu trên giấy là thật"), "{genuine}");
    let told = town.get(&her, "/api/v1/messages").await.ok();
    let kinds: Vec<&str> = told["messages"].as_array().unwrap().iter().map(|m| m["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"dossier.approved") || kinds.contains(&"dossier.signed"), "{kinds:?}");
    handed_over_online(&world, &code).await;

    let (_, again) = drafted(&world, &her).await;
    let (asked, all) = (again["asked"].as_u64().unwrap(), again["fields"].as_u64().unwrap());
    assert!(asked * 5 <= all, "{asked} of {all}");
});
