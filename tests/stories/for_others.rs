//! Journeys J2 and J3 (experience, part C) in a real browser, 360 px, without JavaScript: filed with the help of a neighbour,
//! and fifty dossiers of a business from one workbook.

use kernel_db::Engine;
use kernel_testkit::block_on;

use crate::{
    bulk::{AN_MY, EXTRACT, dossiers, filled, sheet},
    harness::{Browser, NOBODY, Town, jpeg},
    mandates::press,
};

const PHONE: u32 = 360;
const COPY: &str = "2.000815";

async fn window(town: &Town) -> Browser {
    let base = town.serve().await;
    Browser::open(&base, PHONE, false).await
}

/// The member of the team is appointed at the commune's desk.
async fn appointed(town: &Town, contact: &str) {
    let clerk = town.officer("tiepnhan.20341").await;
    let fields =
        format!("contact={contact}&name=Nguy%E1%BB%85n+T%E1%BB%95+Vi%C3%AAn&team=T%E1%BB%95+1&until=2021-12-31");
    assert_eq!(town.press_as(&clerk, "/staff/helpers", &fields).await.status.as_u16(), 303);
}

/// The code that the person reads from her phone.
async fn read_out(town: &Town) -> String {
    let mailbox = town.get(&NOBODY, "/demo/mailbox").await.text();
    let at = mailbox.find("hãy đọc mã ").unwrap() + "hãy đọc mã ".len();
    mailbox[at..at + 6].to_owned()
}

#[test]
fn a_team_member_helps_a_neighbour_to_the_paper_slip_and_both_stand_in_the_log() {
    block_on(async {
        let town = Town::open(Engine::Sqlite);
        appointed(&town, "0905002001").await;
        let elder = town.citizen("0905002002").await;
        let browser = window(&town).await;
        browser.sign_in(&town, "0905002001").await;
        // The way there stands in the account; nobody has to know an address.
        browser.follow("header a[href='/account']").await;
        browser.follow("main a[href='/help']").await;
        browser.assert_fits(PHONE).await;
        browser.fill("input[name=name]", "Bà Thí Dụ").await;
        browser.fill("input[name=contact]", "0905 002 002").await;
        browser.follow("form[action='/help'] button[type=submit]").await;
        browser.assert_fits(PHONE).await;
        browser.fill("input[name=code]", &read_out(&town).await).await;
        browser.follow("form[action='/help/consent'] button[type=submit]").await;

        // From here on the letters are large, on every page, without a setting.
        let mut steps = 0;
        browser.go(&format!("/procedures/{COPY}/start?district=000.00.31.H47")).await;
        if !browser.has("select[name=agency]").await {
            browser.choose("select[name=district]", "000.00.31.H47").await;
            browser.follow("main form button[type=submit]").await;
        }
        browser.choose("select[name=agency]", AN_MY).await;
        browser.follow("main form button[type=submit]").await;
        let offer = town.get(&NOBODY, &format!("/api/v1/procedures/{COPY}")).await.ok();
        let example = offer["form"]["examples"][0].clone();
        let photograph = town.data().join("ban-chinh.jpg");
        std::fs::write(&photograph, jpeg()).unwrap();
        while !browser.path().await.ends_with("/check") {
            let path = browser.path().await;
            assert!(browser.has("html.text-largest").await, "{path} is not in large letters");
            browser.assert_fits(PHONE).await;
            if path.contains("/pages/") {
                for (name, value) in example.as_object().unwrap() {
                    browser.put(name, value).await;
                }
                browser.follow("main form .actions button.button:not(.secondary)").await;
                assert_ne!(browser.path().await, path, "{}", browser.text("main").await);
            } else if path.contains("/papers/") && !browser.has(".actions a.button").await {
                browser.attach(&photograph).await;
                browser.follow("form[enctype] button[type=submit]").await;
            } else if browser.has(".actions a.button").await && path.contains("/papers/") {
                browser.follow(".actions a.button").await;
            } else if browser.has("main a.button:not(.secondary)[href$='/check']").await {
                browser.follow("main a.button[href$='/check']").await;
            } else {
                browser.follow(".tasks li:has(.tag) a").await;
            }
            steps += 1;
            assert!(steps < 20, "stuck at {path}: {}", browser.text("main").await);
        }
        // One plain page, to be read aloud; the person says yes, the helper sends it.
        browser.assert_fits(PHONE).await;
        let page = browser.text("main").await;
        assert!(page.contains("Hãy đọc to trang này") && page.contains("Phạm Văn Thử"), "{page}");
        browser.follow("main form button[type=submit]").await;
        assert!(browser.path().await.ends_with("/receipt"), "{}", browser.text("main").await);
        browser.assert_fits(PHONE).await;
        // A slip of paper with a code that a grandchild can follow.
        assert!(browser.has("main .card svg").await, "the receipt has no QR code");
        let code = browser.text("main .code").await;

        // Two identities and the consent in the log; the person sees it; the helper keeps the case in his list, not the dossier.
        let actors = town.events(&code).await;
        assert!(actors.iter().any(|actor| actor.contains(" by acc_")), "{actors:?}");
        assert_eq!(town.look(&elder, &code).await["code"], code.as_str());
        browser.go("/help").await;
        browser.follow("form[action='/help/end'] button[type=submit]").await;
        browser.go("/help").await;
        let log = browser.text("main").await;
        assert!(log.contains("Bà Thí Dụ"), "{log}");
        browser.go(&format!("/dossiers/{code}")).await;
        assert!(!browser.text("main").await.contains("Phạm Văn Thử"), "the help is over");
        browser.sign_in(&town, "0905002002").await;
        browser.go("/account").await;
        assert!(browser.text("main").await.contains("Bắt đầu được hỗ trợ điền hồ sơ"));
        browser.go("/my").await;
        browser.assert_fits(PHONE).await;
        assert!(browser.has(&format!("main a[href='/dossiers/{code}']")).await, "{}", browser.text("main").await);
    });
}

/// A representative as the one-stop confirmed her, in her own browser.
async fn representative(town: &Town, browser: &Browser, contact: &str) {
    let mut person = town.citizen(contact).await;
    let ask = [("number", "4000000998"), ("name", "Công ty Thí Dụ"), ("paper", "Giám đốc, giấy số 1")];
    assert_eq!(press(town, &mut person, "/account/for/representations", &ask).await.status.as_u16(), 303);
    let page = town.get(&person, "/account/for").await.text();
    let mandate = page[page.find("man_").unwrap()..][..36].to_owned();
    for clerk in ["tiepnhan.tamky", "tiepnhan.20341"] {
        let clerk = town.officer(clerk).await;
        let answer = town.press_as(&clerk, &format!("/staff/representations/{mandate}"), "answer=accept&paper=1").await;
        assert_eq!(answer.status.as_u16(), 303, "{}", answer.text());
    }
    browser.sign_in(town, contact).await;
}

/// Uploads a workbook on the open page; the page that answers.
async fn hand_in(town: &Town, browser: &Browser, name: &str, bytes: &[u8]) -> String {
    let file = town.data().join(name);
    std::fs::write(&file, bytes).unwrap();
    if browser.has("select[name=agency]").await {
        browser.choose("select[name=agency]", AN_MY).await;
    }
    browser.attach(&file).await;
    browser.follow("form[enctype] button[type=submit]").await;
    browser.assert_fits(PHONE).await;
    browser.text("main").await
}

#[test]
fn a_business_hands_in_fifty_rows_after_three_came_back_marked_in_the_same_file() {
    block_on(async {
        let town = Town::open(Engine::Sqlite);
        let browser = window(&town).await;
        representative(&town, &browser, "0905002011").await;
        browser.follow("header a[href='/account']").await;
        browser.follow("main a[href='/account/for']").await;
        browser.assert_fits(PHONE).await;
        browser.follow("form[action='/account/for/switch'] button.button").await;
        assert!(browser.text("body").await.contains("Công ty Thí Dụ"), "the role stands on the page");

        browser.go(&format!("/procedures/{EXTRACT}")).await;
        browser.follow(&format!("main a[href^='/procedures/{EXTRACT}/bulk']")).await;
        browser.assert_fits(PHONE).await;
        let at = browser.href("main a[href*='template.xlsx']").await;
        let template = town.get(&browser.who().await, &at).await.bytes;
        let (head, example) = (sheet(&template, "Hồ sơ")[0].clone(), sheet(&template, "Hồ sơ")[1].clone());
        let numbered = |n: usize| {
            let cell = |(at, text): (usize, &String)| if at == 0 { n.to_string() } else { text.clone() };
            example.iter().enumerate().map(cell).collect::<Vec<String>>()
        };
        let good: Vec<Vec<String>> = (1..=50).map(numbered).collect();
        let must = (1..head.len()).find(|at| head[*at].ends_with(" *") && !example[*at].is_empty()).unwrap();
        let mut wrong = good.clone();
        for row in [4, 20, 49] {
            wrong[row][must] = String::new();
        }

        let before = dossiers(&town).await;
        let page = hand_in(&town, &browser, "ho-so.xlsx", &filled(&template, &wrong)).await;
        assert!(page.contains("3 dòng cần sửa"), "{page}");
        assert!(!browser.has("form[action$='/submit']").await, "nothing can be handed in while a row is wrong");
        assert_eq!(dossiers(&town).await, before, "none at the first upload");

        // The same file comes back with three rows marked; corrected, it is handed in.
        let at = browser.href("main a[href$='/faults.xlsx']").await;
        let marked = town.get(&browser.who().await, &at).await.bytes;
        let summary = sheet(&marked, "Lỗi cần sửa");
        assert!(summary[0][0].starts_with("3 trên 50 dòng"), "{summary:?}");
        let mut corrected = sheet(&marked, "Hồ sơ")[2..].to_vec();
        for row in [4, 20, 49] {
            corrected[row][must].clone_from(&good[row][must]);
        }
        browser.follow("main .back a").await;
        let page = hand_in(&town, &browser, "ho-so-da-sua.xlsx", &filled(&marked, &corrected)).await;
        assert!(browser.has("form[action$='/submit']").await, "{page}");
        browser.follow("form[action$='/submit'] button").await;
        browser.assert_fits(PHONE).await;
        assert_eq!(dossiers(&town).await, before + 50);

        // To the receipts: fifty lines, the sheet of receipts, and the first one's own page.
        let lines = browser.page.find_all(Browser::css("main a[href^='/dossiers/']")).await.unwrap();
        assert_eq!(lines.len(), 50, "{}", browser.text("main").await);
        let at = browser.href("main a[href$='/receipts.xlsx']").await;
        let receipts = sheet(&town.get(&browser.who().await, &at).await.bytes, "Biên nhận");
        assert_eq!(receipts.len(), 51);
        let first = browser.text("main a[href^='/dossiers/']").await;
        assert_eq!(first, receipts[1][1]);
        browser.follow("main a[href^='/dossiers/']").await;
        browser.assert_fits(PHONE).await;
        assert!(browser.text("main").await.contains(&first));
        let code = first.clone();
        let actors = town.events(&code).await;
        assert!(actors.iter().any(|actor| actor.contains(" by acc_")), "both stand in the log: {actors:?}");
    });
}
