//! What happens to a person's money, mandates and account is told to the person: once for each event, and a code of consent
//! reaches the person herself outside the demonstration too.

use kernel_base::Result;
use kernel_db::{Engine, Tx};
use kernel_testkit::{block_on, both_engines};
use kernel_web::{
    Contact,
    accounts::{self, Browser, Consent, ConsentCode, NewHelp},
};
use serde_json::{Value, json};

use crate::{
    harness::{NOBODY, Person, Town},
    mandates::{mandate_on, press},
    payments::Market,
};

const COPY: &str = "2.000815";
const AN_MY: &str = "000.03.31.H47";

fn same(engine: Engine) -> Engine {
    engine
}

async fn messages(town: &Town, who: &Person) -> Vec<Value> {
    while town.run_jobs() > 0 {}
    town.get(who, "/api/v1/messages").await.ok()["messages"].as_array().unwrap().clone()
}

/// How many messages of a kind a person has.
async fn told(town: &Town, who: &Person, kind: &str) -> usize {
    messages(town, who).await.iter().filter(|message| message["kind"] == kind).count()
}

async fn write<T: Send + 'static>(town: &Town, act: impl Fn(&mut Tx<'_>) -> Result<T> + Send + 'static) -> Result<T> {
    town.parts.db.write(&town.parts.home, act).await
}

both_engines!(async money_that_goes_back_and_a_replaced_receipt_are_told_once, same, |engine| {
    let market = Market::open(engine).await;
    let town = &market.town;
    let leader = town.officer("lanhdao.stp").await;
    let receipt = market.owing().await;
    let (first, second) = (market.ordered(&receipt.code, "vnpay").await, market.ordered(&receipt.code, "national").await);
    market.decide(&first, true).await;
    market.decide(&second, true).await;
    market.notify(&second).await;
    let opened = messages(town, &market.citizen).await;
    let opened: Vec<&Value> = opened.iter().filter(|m| m["kind"] == "payment.refund_opened").collect();
    assert_eq!(opened.len(), 1, "{opened:?}");
    assert!(opened[0]["title"].as_str().unwrap().contains("200.000"), "{opened:?}");
    let refund = town.get(&leader, "/api/v1/refunds").await.ok()["items"][0].clone();
    let path = format!("/api/v1/refunds/{}", refund["id"].as_str().unwrap());
    let body = json!({ "approved": true, "available": refund["available"] });
    town.post(&leader, &format!("{path}/decide"), &body).await.ok();
    assert_eq!(told(town, &market.citizen, "payment.refunded").await, 0, "approved is not paid");
    let out = json!({ "evidence": "UNC 2" });
    let paid = town.post(&leader, &format!("{path}/pay-out"), &out).await;
    assert!(paid.status.is_success() || paid.status == 409, "{}", paid.text());
    assert_eq!(told(town, &market.citizen, "payment.refunded").await, 1);
    let receipts = market.payments(&receipt.code).await["receipts"].clone();
    let path = format!("/api/v1/fee-receipts/{}/cancel", receipts[0]["id"].as_str().unwrap());
    town.post(&market.centre, &path, &json!({ "reason": "Ghi sai tên người nộp." })).await.ok();
    assert_eq!(told(town, &market.citizen, "payment.receipt_replaced").await, 1);
    // A refund that is declined says why.
    let other = market.owing().await;
    let (first, second) = (market.ordered(&other.code, "vnpay").await, market.ordered(&other.code, "national").await);
    market.decide(&first, true).await;
    market.decide(&second, true).await;
    let refund = town.get(&leader, "/api/v1/refunds").await.ok()["items"][0].clone();
    let path = format!("/api/v1/refunds/{}/decide", refund["id"].as_str().unwrap());
    let no = json!({ "approved": false, "available": refund["available"], "note": "Đã trả tiền mặt tại quầy" });
    town.post(&leader, &path, &no).await.ok();
    let all = messages(town, &market.citizen).await;
    let declined = all.iter().find(|m| m["kind"] == "payment.refund_declined").expect("told of it");
    assert!(declined["text"].as_str().unwrap().contains("Đã trả tiền mặt tại quầy."), "{declined}");
});

both_engines!(async who_has_no_account_hears_of_a_refund_too, same, |engine| {
    // Paid at the counter in advance, then refused: the money goes back to somebody without an account.
    let market = Market::open(engine).await;
    let town = &market.town;
    let receipt = town.hand_in(&market.centre, "1.012783", "000.00.11.H47").await;
    town.act(&market.centre, &receipt.code, "pay", json!({})).await.ok();
    let refuse = json!({ "reason": "Không thuộc thẩm quyền giải quyết." });
    town.act(&market.centre, &receipt.code, "refuse", refuse).await.ok();
    let standing = town.get(&NOBODY, &format!("/tra-cuu?code={}&key={}", receipt.code, receipt.key)).await.text();
    assert!(standing.contains("25.000 đ sẽ được hoàn"), "{standing}");
    let sent = "SELECT recipient FROM deliveries WHERE kind = 'payment.refund_opened'";
    assert_eq!(town.texts(sent).len(), 1, "told at the phone on the form");
    let leader = town.officer("lanhdao.stnmt").await;
    let list = async || town.get(&leader, "/staff/payments").await.text();
    assert!(!list().await.contains("Chưa báo được"));
    // A telephone at home takes no messages: who decides the refund sees whom to call; without any, that is said.
    town.tamper("UPDATE dossiers SET owner_phone = '02353852345', owner_email = ''");
    let page = list().await;
    assert!(page.contains("Chưa báo được") && page.contains("Hãy gọi 02353852345"), "{page}");
    town.tamper("UPDATE dossiers SET owner_phone = ''");
    assert!(list().await.contains("Tờ khai không ghi điện thoại"));
});

both_engines!(async each_side_of_a_mandate_hears_what_the_other_did, Town::open, |town| {
    let mut principal = town.citizen("0905001201").await;
    let mut delegate = town.citizen("0905001202").await;
    let offer = [("contact", "0905 001 202"), ("procedures", COPY), ("from", "2021-07-26"), ("until", "2021-08-31")];
    press(&town, &mut principal, "/account/for/delegations", &offer).await;
    assert_eq!(told(&town, &delegate, "mandate.asked").await, 1);
    let mandate = mandate_on(&town, &delegate, "/account/for").await;
    press(&town, &mut delegate, &format!("/account/for/{mandate}"), &[("answer", "accept")]).await;
    assert_eq!(told(&town, &principal, "mandate.accepted").await, 1);
    assert_eq!(told(&town, &delegate, "mandate.accepted").await, 0, "she knows what she did");
    press(&town, &mut delegate, "/account/for/switch", &[("mandate", &mandate)]).await;
    let receipt = town.hand_in(&delegate, COPY, AN_MY).await;
    let all = messages(&town, &principal).await;
    let done = all.iter().filter(|m| m["kind"] == "dossier.submitted_for_you");
    let done: Vec<&Value> = done.collect();
    assert_eq!(done.len(), 1);
    assert!(done[0]["title"].as_str().unwrap().contains(&receipt.code));
    // What the delegate reads of the principal's is seen by the principal.
    town.look(&delegate, &receipt.code).await;
    let reads = town.get(&principal, "/api/v1/me/reads?purpose=acting").await.ok();
    assert!(reads["total"].as_u64().unwrap() >= 1, "{reads}");
    press(&town, &mut principal, &format!("/account/for/{mandate}"), &[("answer", "end")]).await;
    assert_eq!(told(&town, &delegate, "mandate.ended").await, 1);
    assert_eq!(told(&town, &principal, "mandate.ended").await, 0);
});

both_engines!(async a_code_of_consent_reaches_the_person_and_the_help_is_told_to_her, Town::open, |town| {
    let clerk = town.officer("tiepnhan.20341").await;
    let until = "contact=0905001231&name=X&team=T1&until=2021-12-31";
    assert_eq!(town.press_as(&clerk, "/staff/helpers", until).await.status, 303);
    let helper = town.citizen("0905001231").await;
    let elder = town.citizen("0905001232").await;
    let code = ConsentCode { number: "246810".to_owned(), sealed: "sealed".to_owned(), mailbox: None };
    let new = NewHelp {
        name: "Bà Thí Dụ".to_owned(),
        contact: "0905 001 232".to_owned(),
        consent: Consent::Code,
        paper: String::new(),
    };
    let begun = write(&town, move |tx| {
        let who = accounts::citizen_of(tx, &Contact::parse("0905001231").expect("a phone"))?;
        let actor = kernel_org::Actor::Citizen(who);
        let mandate = accounts::begin_help(tx, &actor, &new, &code)?;
        Ok((actor, mandate))
    });
    let (actor, mandate) = begun.await.unwrap();
    while town.run_jobs() > 0 {}
    let mailbox = town.get(&NOBODY, "/demo/mailbox").await.text();
    assert!(mailbox.contains("doc ma 246810"), "by SMS, in the words of the message: {mailbox}");
    assert!(!mailbox.contains("X (T1)"), "an SMS names nobody");
    // Its words are forgotten once sent, and it is not kept among anybody's messages.
    assert!(town.texts("SELECT body FROM deliveries WHERE kind = 'help.code'").iter().all(String::is_empty));
    assert_eq!(told(&town, &elder, "help.code").await, 0);
    write(&town, move |tx| accounts::consent_to_help(tx, &actor, &mandate, "sealed")).await.unwrap().unwrap();
    assert_eq!(told(&town, &elder, "help.begun").await, 1);
    assert_eq!(told(&town, &helper, "help.begun").await, 0);
});

/// Opens a session on a device.
async fn sign_in(town: &Town, contact: &'static str, device: &'static str) {
    write(town, move |tx| {
        let contact = Contact::parse(contact).expect("a phone");
        let a_day = accounts::CodesADay { contact_hash: String::new(), most: 10 };
        accounts::request_code(tx, &contact, ("123456", "hash"), Some("x"), &a_day)?;
        let browser = Browser {
            device: device.to_owned(),
            idle: std::time::Duration::from_secs(600),
            longest: std::time::Duration::from_secs(6_000),
        };
        accounts::sign_in_citizen(tx, &contact, ("hash", ""), &browser)?.opened()
    })
    .await
    .unwrap();
}

#[test]
fn a_device_that_the_account_does_not_know_is_told_once() {
    block_on(async {
        let town = Town::open(Engine::Sqlite);
        let who = town.citizen("0905001241").await;
        assert_eq!(told(&town, &who, "account.new_device").await, 0, "the first device is no news");
        sign_in(&town, "0905001241", "Firefox, Android").await;
        assert_eq!(told(&town, &who, "account.new_device").await, 1);
        sign_in(&town, "0905001241", "Firefox, Android").await;
        assert_eq!(told(&town, &who, "account.new_device").await, 1, "known from now on");
        sign_in(&town, "0905001241", "Safari, iPhone").await;
        assert_eq!(told(&town, &who, "account.new_device").await, 2);
    });
}
