//! The ways a dossier ends, walked on the pages by everybody who has a part in it: no act of a person goes by the API.

use kernel_db::Engine;
use kernel_testkit::block_on;

use crate::{
    harness::{Browser, Receipt, Town, jpeg},
    outcomes::handed_in,
};

const PHONE: u32 = 360;
const CLERK: &str = "tiepnhan.tamky";
const SPECIALIST: &str = "chuyenvien.tamky";
const HEAD: &str = "phutrach.tamky";
const LEADER: &str = "lanhdao.tamky";

/// One window that people take turns at, and the dossier they speak of.
struct Walk {
    town: Town,
    browser: Browser,
    contact: &'static str,
    code: String,
}

impl Walk {
    /// A dossier was just handed in by the person with this telephone; everybody's window is as narrow as a phone.
    async fn begin(contact: &'static str) -> Self {
        let town = Town::open(Engine::Sqlite);
        let citizen = town.citizen(contact).await;
        let Receipt { code, .. } = handed_in(&town, &citizen).await;
        let base = town.serve().await;
        let browser = Browser::open(&base, PHONE, false).await;
        Self { town, browser, contact, code }
    }

    /// The next person sits down.
    async fn officer(&self, account: &str) {
        self.browser.sign_in_officer(&self.town, account).await;
    }

    /// The dossier as its owner sees it, in words.
    async fn told(&self) -> String {
        self.browser.sign_in(&self.town, self.contact).await;
        self.browser.go(&format!("/dossiers/{}", self.code)).await;
        self.browser.assert_fits(PHONE).await;
        self.browser.text("main").await
    }

    /// Opens the form of an act on the dossier's page; the one for it must be offered there.
    async fn open(&self, act: &str) {
        self.browser.go(&format!("/staff/dossiers/{}", self.code)).await;
        self.browser.assert_fits(PHONE).await;
        self.browser.follow(&format!(".action-bar a[href$='act={act}']")).await;
        self.browser.assert_fits(PHONE).await;
    }

    /// Sends the open form; it must be taken.
    async fn send(&self) {
        self.browser.follow(".act-form button[type=submit]").await;
        assert!(!self.browser.has(".error-summary").await, "{}", self.browser.text("main").await);
    }

    async fn offers(&self, act: &str) -> bool {
        self.browser.go(&format!("/staff/dossiers/{}", self.code)).await;
        self.browser.has(&format!(".action-bar a[href$='act={act}']")).await
    }

    async fn accept(&self) {
        self.officer(CLERK).await;
        self.browser.go(&format!("/staff/dossiers/{}", self.code)).await;
        self.browser.follow("#act-accept button[type=submit]").await;
    }

    async fn forward(&self) {
        self.open("forward").await;
        self.send().await;
    }

    /// From the counter to the leader's desk, with a result drafted from what was declared.
    async fn to_the_leader(&self) {
        self.officer(CLERK).await;
        self.forward().await;
        self.officer(SPECIALIST).await;
        self.forward().await;
        self.open("draft").await;
        self.send().await;
        self.forward().await;
        self.officer(HEAD).await;
        self.forward().await;
    }

    /// The leader signs on the phone what waits there.
    async fn approve(&self) {
        self.open("approve").await;
        self.browser.fill("input[name=totp]", &self.town.code(LEADER)).await;
        self.send().await;
    }

    /// The clerk hands the result over, with the recipient and the evidence that the page proposes.
    async fn hand_over(&self) {
        self.officer(CLERK).await;
        self.open("handover").await;
        self.send().await;
    }
}

#[track_caller]
fn says(text: &str, wanted: &[&str]) {
    for words in wanted {
        assert!(text.contains(words), "“{words}” is not in: {text}");
    }
}

#[test]
fn a_dossier_is_granted_and_its_owner_has_the_result() {
    block_on(async {
        let walk = Walk::begin("0907100001").await;
        says(&walk.told().await, &["Đã nộp"]);
        walk.town.at("2021-07-26T10:00");
        walk.accept().await;
        walk.town.at("2021-07-27T08:00");
        walk.to_the_leader().await;
        walk.officer(LEADER).await;
        walk.approve().await;
        walk.town.run_jobs();
        assert!(walk.told().await.contains("Kết quả"));
        assert!(walk.browser.has("#result ~ p a[href^='/api/v1/files/']").await, "the result can be opened");
        walk.hand_over().await;
        says(&walk.told().await, &["Đã trả kết quả"]);
    });
}

#[test]
fn a_dossier_is_refused_and_its_owner_reads_why() {
    block_on(async {
        let walk = Walk::begin("0907100002").await;
        walk.officer(CLERK).await;
        walk.open("refuse").await;
        // Without a reason nothing is refused, and the page says what is missing.
        walk.browser.follow(".act-form button[type=submit]").await;
        assert!(walk.browser.has(".error-summary").await, "{}", walk.browser.text("main").await);
        walk.browser.fill("textarea[name=reason]", "Địa điểm kinh doanh không thuộc thành phố Tam Kỳ.").await;
        walk.browser.fill("input[name=legal_basis]", "NĐ 61/2018/NĐ-CP").await;
        walk.send().await;
        says(&walk.told().await, &["Không được tiếp nhận", "Địa điểm kinh doanh không thuộc thành phố Tam Kỳ."]);
        assert!(walk.browser.has("a[href^='/api/v1/slips/']").await, "the refusal in writing can be opened");
    });
}

#[test]
fn a_dossier_is_supplemented_once_and_goes_on() {
    block_on(async {
        let walk = Walk::begin("0907100003").await;
        walk.officer(CLERK).await;
        walk.open("supplement").await;
        walk.browser.click("input[name='row.0.about']").await;
        walk.send().await;
        says(&walk.told().await, &["bổ sung"]);
        let photograph = walk.town.data().join("bo-sung.jpg");
        std::fs::write(&photograph, jpeg()).unwrap();
        walk.browser.attach(&photograph).await;
        walk.browser.follow("form[action$='/answer'] button[type=submit]").await;
        assert!(!walk.browser.has("form[action$='/answer']").await, "{}", walk.browser.text("main").await);
        // One itemised request per stage: the counter cannot ask again.
        walk.officer(CLERK).await;
        assert!(!walk.offers("supplement").await, "a second request of the same stage is offered");
        walk.accept().await;
        walk.to_the_leader().await;
        walk.officer(LEADER).await;
        walk.approve().await;
        walk.town.run_jobs();
        walk.hand_over().await;
        says(&walk.told().await, &["Đã trả kết quả"]);
    });
}

#[test]
fn a_late_dossier_is_settled_only_after_an_apology() {
    block_on(async {
        let walk = Walk::begin("0907100004").await;
        walk.accept().await;
        walk.to_the_leader().await;
        // Three working days were promised; nine have passed.
        walk.town.at("2021-08-06T09:00");
        walk.officer(LEADER).await;
        walk.open("approve").await;
        says(&walk.browser.text("main").await, &["phải phê duyệt thư xin lỗi"]);
        assert!(!walk.browser.has(".act-form button[type=submit]").await, "nothing to press before the apology");
        walk.officer(SPECIALIST).await;
        walk.open("apologise").await;
        walk.browser.fill("textarea[name=reason]", "Cơ quan phối hợp trả lời chậm.").await;
        walk.browser.fill("input[name=new_appointment]", "11/08/2021").await;
        walk.send().await;
        walk.officer(LEADER).await;
        walk.open("approve-apology").await;
        walk.browser.fill("input[name=totp]", &walk.town.code(LEADER)).await;
        walk.send().await;
        walk.approve().await;
        walk.town.run_jobs();
        walk.hand_over().await;
        says(&walk.told().await, &["Đã trả kết quả", "trễ", "xin lỗi"]);
    });
}

#[test]
fn an_owner_withdraws_and_the_counter_grants_it() {
    block_on(async {
        let walk = Walk::begin("0907100005").await;
        walk.accept().await;
        says(&walk.told().await, &["Đã tiếp nhận"]);
        walk.browser.fill("form[action$='/withdraw'] textarea[name=reason]", "Tôi không mở hộ kinh doanh nữa.").await;
        walk.browser.follow("form[action$='/withdraw'] button[type=submit]").await;
        walk.officer(CLERK).await;
        walk.open("withdrawal").await;
        walk.browser.fill("textarea[name=reason]", "Đã trả lại giấy tờ.").await;
        walk.send().await;
        says(&walk.told().await, &["Đã rút"]);
        walk.officer(CLERK).await;
        assert!(!walk.offers("forward").await, "what has ended goes nowhere");
    });
}
