//! Acting for others: delegation, representation of a business, help with filling in. Both identities stand everywhere.

use kernel_db::Engine;
use kernel_testkit::block_on;

use crate::harness::{Person, Reply, Town, csrf_of, keep_cookies};

const COPY: &str = "2.000815";
const AN_MY: &str = "000.03.31.H47";

fn both(story: fn(Engine)) {
    story(Engine::Sqlite);
    if std::env::var_os("CHUYENDONG_TEST_NO_POSTGRES").is_none() {
        story(Engine::Postgres);
    }
}

fn encoded(fields: &[(&str, &str)]) -> String {
    let encode = |t: &str| percent_encoding::utf8_percent_encode(t, percent_encoding::NON_ALPHANUMERIC).to_string();
    fields.iter().map(|(name, value)| format!("&{name}={}", encode(value))).collect()
}

/// Posts a form with the token of the person's pages, and keeps the cookies that come back.
pub(crate) async fn press(town: &Town, who: &mut Person, path: &str, fields: &[(&str, &str)]) -> Reply {
    let page = town.get(who, "/accessibility").await;
    who.csrf = csrf_of(&page.text());
    let reply = town.post_form(who, path, format!("csrf={}{}", who.csrf, encoded(fields))).await;
    keep_cookies(who, &reply);
    who.csrf = csrf_of(&town.get(who, "/accessibility").await.text());
    reply
}

#[track_caller]
fn went(reply: &Reply) -> String {
    assert_eq!(reply.status.as_u16(), 303, "{}", reply.text());
    reply.headers["location"].to_str().unwrap().to_owned()
}

/// The id of the first mandate on a page, from the address of its form.
pub(crate) async fn mandate_on(town: &Town, who: &Person, path: &str) -> String {
    let page = town.get(who, path).await.text();
    let at = page.find("man_").unwrap_or_else(|| panic!("no mandate on {page}"));
    page[at..at + 36].to_owned()
}

#[test]
fn a_delegate_hands_in_and_follows_for_the_principal_until_she_withdraws() {
    both(|engine| {
        block_on(async {
            let town = Town::open(engine);
            let mut principal = town.citizen("0905001001").await;
            let mut delegate = town.citizen("0905001002").await;
            let offer =
                [("contact", "0905 001 002"), ("procedures", COPY), ("from", "2021-07-26"), ("until", "2021-08-31")];
            assert_eq!(went(&press(&town, &mut principal, "/account/for/delegations", &offer).await), "/account/for");
            let mandate = mandate_on(&town, &delegate, "/account/for").await;

            let early = press(&town, &mut delegate, "/account/for/switch", &[("mandate", &mandate)]).await;
            assert_eq!(early.status.as_u16(), 404, "nothing before it is accepted");
            let mut stranger = town.citizen("0905001003").await;
            let foreign =
                press(&town, &mut stranger, &format!("/account/for/{mandate}"), &[("answer", "accept")]).await;
            assert_eq!(foreign.status.as_u16(), 404, "nobody else accepts it");

            went(&press(&town, &mut delegate, &format!("/account/for/{mandate}"), &[("answer", "accept")]).await);
            assert_eq!(
                went(&press(&town, &mut delegate, "/account/for/switch", &[("mandate", &mandate)]).await),
                "/my"
            );
            let receipt = town.hand_in(&delegate, COPY, AN_MY).await;
            let seen = town.look(&principal, &receipt.code).await;
            assert_eq!(seen["code"], receipt.code.as_str(), "it is the principal's dossier");
            assert_eq!(town.look(&delegate, &receipt.code).await["code"], receipt.code.as_str());

            // Both identities in the chain, and outside the scope nothing goes.
            let code = receipt.code.clone();
            let actors = town.events(&code).await;
            assert!(actors.iter().any(|actor| actor.contains(" by acc_")), "{actors:?}");
            let other = press(&town, &mut delegate, "/procedures/1.001193/start", &[("agency", AN_MY)]).await;
            assert_eq!(other.status.as_u16(), 403, "a procedure that was not delegated");

            // Withdrawn: the very next request is the delegate's own again.
            went(&press(&town, &mut principal, &format!("/account/for/{mandate}"), &[("answer", "end")]).await);
            town.get(&delegate, &format!("/api/v1/dossiers/{}", receipt.code)).await.refused(404, "dossier_not_found");
        });
    });
}

#[test]
fn a_mandate_counts_within_its_period_only_and_nobody_decides_while_acting() {
    block_on(async {
        let town = Town::open(Engine::Sqlite);
        let mut principal = town.citizen("0905001011").await;
        let mut delegate = town.citizen("0905001012").await;
        for (until, from) in [("2021-07-25", "2021-07-01"), ("2022-09-01", "2021-08-01"), ("", "2021-08-01")] {
            let offer = [("contact", "0905001012"), ("from", from), ("until", until)];
            let refused = press(&town, &mut principal, "/account/for/delegations", &offer).await;
            assert_eq!(refused.status.as_u16(), 422, "{from} {until}");
        }
        let offer = [("contact", "0905001012"), ("from", "2021-08-02"), ("until", "2021-08-03")];
        went(&press(&town, &mut principal, "/account/for/delegations", &offer).await);
        let mandate = mandate_on(&town, &delegate, "/account/for").await;
        went(&press(&town, &mut delegate, &format!("/account/for/{mandate}"), &[("answer", "accept")]).await);
        let switch = [("mandate", mandate.as_str())];
        assert_eq!(press(&town, &mut delegate, "/account/for/switch", &switch).await.status.as_u16(), 404, "too early");
        town.at("2021-08-02T08:00");
        let old = delegate.clone();
        went(&press(&town, &mut delegate, "/account/for/switch", &switch).await);
        assert_eq!(town.get(&old, "/my").await.status.as_u16(), 303, "the token changes with the role");
        let offer = [("contact", "0905001013"), ("from", "2021-08-02"), ("until", "2021-08-03")];
        let passed_on = press(&town, &mut delegate, "/account/for/delegations", &offer).await;
        assert_eq!(passed_on.status.as_u16(), 403, "a delegate passes nothing on");
        assert!(town.get(&delegate, "/my").await.text().contains("làm thay"));
        town.at("2021-08-04T00:01");
        assert!(!town.get(&delegate, "/my").await.text().contains("làm thay"), "over by itself");
    });
}

#[test]
fn a_representative_is_confirmed_by_two_officers_and_only_representatives_see_the_business() {
    both(|engine| {
        block_on(async {
            let town = Town::open(engine);
            let mut person = town.citizen("0905001021").await;
            let ask = [("number", "4000000999"), ("name", "Công ty Thí Dụ"), ("paper", "Giám đốc, giấy số 1")];
            went(&press(&town, &mut person, "/account/for/representations", &ask).await);
            let mandate = mandate_on(&town, &person, "/account/for").await;
            let switch = [("mandate", mandate.as_str())];
            assert_eq!(press(&town, &mut person, "/account/for/switch", &switch).await.status.as_u16(), 404, "not yet");

            let clerk = town.officer("tiepnhan.tamky").await;
            let path = format!("/staff/representations/{mandate}");
            let specialist = town.officer("chuyenvien.tamky").await;
            assert_eq!(town.press_as(&specialist, &path, "answer=accept&paper=x").await.status.as_u16(), 403);
            assert_eq!(town.press_as(&clerk, &path, "answer=accept&paper=").await.status.as_u16(), 422, "which paper?");
            assert_eq!(town.press_as(&clerk, &path, "answer=accept&paper=GCN+1").await.status.as_u16(), 303);
            assert_eq!(
                press(&town, &mut person, "/account/for/switch", &switch).await.status.as_u16(),
                404,
                "one officer alone makes nobody a representative"
            );
            let again = town.press_as(&clerk, &path, "answer=accept&paper=GCN+1").await;
            assert_eq!(again.status.as_u16(), 403, "nor does the same officer twice");
            assert!(again.text().contains("nhờ một cán bộ tiếp nhận khác"), "{}", again.text());
            let other_clerk = town.officer("tiepnhan.20341").await;
            let waiting = town.get(&other_clerk, "/staff/representations").await.text();
            assert!(waiting.contains("Một cán bộ đã đối chiếu"), "{waiting}");
            assert_eq!(town.press_as(&other_clerk, &path, "answer=accept&paper=GCN+1").await.status.as_u16(), 303);

            went(&press(&town, &mut person, "/account/for/switch", &switch).await);
            let receipt = town.hand_in(&person, COPY, AN_MY).await;
            let mut other = town.citizen("0905001022").await;
            town.get(&other, &format!("/api/v1/dossiers/{}", receipt.code)).await.refused(404, "dossier_not_found");
            went(&press(&town, &mut person, "/account/for/switch", &[("mandate", "")]).await);
            town.get(&person, &format!("/api/v1/dossiers/{}", receipt.code)).await.refused(404, "dossier_not_found");

            // A second representative sees what the first handed in.
            went(&press(&town, &mut other, "/account/for/representations", &ask).await);
            let second = mandate_on(&town, &other, "/account/for").await;
            let path = format!("/staff/representations/{second}");
            assert_eq!(town.press_as(&clerk, &path, "answer=accept&paper=2").await.status, 303);
            let told = town.get(&person, "/messages").await.text();
            assert!(told.contains("đề nghị đại diện Công ty Thí Dụ"), "who represents it already can object: {told}");
            assert_eq!(town.press_as(&other_clerk, &path, "answer=accept&paper=2").await.status, 303);
            went(&press(&town, &mut other, "/account/for/switch", &[("mandate", &second)]).await);
            assert_eq!(town.look(&other, &receipt.code).await["code"], receipt.code.as_str());
        });
    });
}

#[test]
fn a_helper_fills_in_with_consent_both_are_named_and_afterwards_he_sees_nothing() {
    both(|engine| {
        block_on(async {
            let town = Town::open(engine);
            let clerk = town.officer("tiepnhan.20341").await;
            let until =
                "contact=0905001031&name=Nguy%E1%BB%85n+T%E1%BB%95+Vi%C3%AAn&team=T%E1%BB%95+1&until=2021-12-31";
            assert_eq!(town.press_as(&clerk, "/staff/helpers", until).await.status.as_u16(), 303);
            let mut helper = town.citizen("0905001031").await;
            let stranger = town.citizen("0905001039").await;
            assert_eq!(town.get(&stranger, "/help").await.status.as_u16(), 403, "only appointed members");

            // The person has a dossier of her own, which is no business of the helper's.
            let elder = town.citizen("0905001032").await;
            let own = town.hand_in(&elder, COPY, AN_MY).await;

            let whom = [("name", "Bà Thí Dụ"), ("contact", "0905001032"), ("consent", "code"), ("paper", "")];
            let waiting = press(&town, &mut helper, "/help", &whom).await;
            assert_eq!(waiting.status.as_u16(), 200, "{}", waiting.text());
            let page = waiting.text();
            let mandate = page[page.find("man_").unwrap()..][..36].to_owned();
            let wrong = [("mandate", mandate.as_str()), ("code", "000000")];
            assert_eq!(press(&town, &mut helper, "/help/consent", &wrong).await.status.as_u16(), 422, "no consent");
            let mailbox = town.get(&crate::harness::NOBODY, "/demo/mailbox").await.text();
            let at = mailbox.find("hãy đọc mã ").unwrap() + "hãy đọc mã ".len();
            let code = mailbox[at..at + 6].to_owned();
            went(&press(&town, &mut helper, "/help/consent", &[("mandate", &mandate), ("code", &code)]).await);

            town.get(&helper, &format!("/api/v1/dossiers/{}", own.code)).await.refused(404, "dossier_not_found");
            assert!(!town.get(&helper, "/my").await.text().contains(&own.code), "her other matters are hers");
            for path in ["/api/v1/messages", "/messages", "/messages/settings"] {
                assert_eq!(town.get(&helper, path).await.status.as_u16(), 403, "{path}: her messages are hers");
            }
            let mine = [("contact", "0905001031")];
            let turned = press(&town, &mut helper, "/messages/contacts", &mine).await;
            assert_eq!(turned.status.as_u16(), 403, "and stay on her phone");
            let receipt = town.hand_in(&helper, COPY, AN_MY).await;
            let seen = town.look(&elder, &receipt.code).await;
            assert_eq!(seen["code"], receipt.code.as_str(), "her dossier, in her account");
            let told = town.get(&clerk, &format!("/staff/dossiers/{}", receipt.code)).await.text();
            assert!(told.contains("Nguyễn Tổ Viên"), "the clerk sees who helped: {told}");
            assert!(town.events(&receipt.code).await.iter().any(|actor| actor.contains(" by acc_")));
            town.get(&helper, &format!("/api/v1/dossiers/{}", receipt.code)).await.refused(404, "dossier_not_found");

            went(&press(&town, &mut helper, "/help/end", &[]).await);
            assert!(!town.get(&helper, "/my").await.text().contains(&receipt.code));
            let again = press(&town, &mut helper, "/account/for/switch", &[("mandate", &mandate)]).await;
            assert_eq!(again.status.as_u16(), 404, "the help is over");
            assert!(town.get(&helper, "/help").await.text().contains("Bà Thí Dụ") || engine == Engine::Postgres);
            assert!(town.get(&elder, "/account").await.text().contains("Bắt đầu được hỗ trợ điền hồ sơ"));
        });
    });
}

#[test]
fn a_person_without_a_phone_signs_a_sheet_and_a_dismissed_helper_is_out_at_once() {
    block_on(async {
        let town = Town::open(Engine::Sqlite);
        let clerk = town.officer("tiepnhan.tamky").await;
        let appointed = "contact=0905001041&name=B&team=T&until=2021-12-31";
        assert_eq!(town.press_as(&clerk, "/staff/helpers", appointed).await.status.as_u16(), 303);
        let mut helper = town.citizen("0905001041").await;
        let unsigned = [("name", "Cụ Thí Dụ"), ("contact", ""), ("consent", "paper"), ("paper", "")];
        assert_eq!(press(&town, &mut helper, "/help", &unsigned).await.status.as_u16(), 422, "where is the sheet?");
        town.citizen("0905001042").await;
        let known = [("name", "Cụ Thí Dụ"), ("contact", "0905001042"), ("consent", "paper"), ("paper", "tập 1")];
        let refused = press(&town, &mut helper, "/help", &known).await;
        assert_eq!(refused.status.as_u16(), 422, "a sheet opens no account that exists");
        assert!(refused.text().contains("đồng ý bằng mã"));
        let signed = [("name", "Cụ Thí Dụ"), ("contact", ""), ("consent", "paper"), ("paper", "tập 1")];
        went(&press(&town, &mut helper, "/help", &signed).await);
        let begun = press(&town, &mut helper, &format!("/procedures/{COPY}/start"), &[("agency", AN_MY)]).await;
        let draft = went(&begun);
        assert_eq!(town.get(&helper, &draft).await.status.as_u16(), 200);
        let page = town.get(&clerk, "/staff/helpers").await.text();
        let account = page[page.find("/staff/helpers/acc_").unwrap()..].split('/').nth(3).unwrap().to_owned();
        assert_eq!(town.press_as(&clerk, &format!("/staff/helpers/{account}/dismiss"), "").await.status.as_u16(), 303);
        assert_eq!(town.get(&helper, &draft).await.status.as_u16(), 404, "the very next request");
        assert_eq!(town.get(&helper, "/help").await.status.as_u16(), 403);
    });
}
