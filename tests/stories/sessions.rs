//! Sessions of a person: a role that ends takes them all, recovery, the own list.

use kernel_db::Engine;
use kernel_org::{Actor, Role};
use kernel_testkit::block_on;

use crate::{
    harness::{NOBODY, Person, Town, csrf_of, keep_cookies},
    mandates::press,
};

fn both(story: fn(Engine)) {
    story(Engine::Sqlite);
    if std::env::var_os("CHUYENDONG_TEST_NO_POSTGRES").is_none() {
        story(Engine::Postgres);
    }
}

/// Signs an officer in at the page, with a code of the authenticator or a recovery code.
async fn staff(town: &Town, account: &str, code: &str) -> Result<Person, String> {
    let page = town.get(&NOBODY, "/staff/sign-in").await;
    let mut browser = Person { name: account.to_owned(), ..Person::default() };
    keep_cookies(&mut browser, &page);
    let fields =
        format!("csrf={}&account={account}&password={}&totp={code}", csrf_of(&page.text()), chuyendong::demo::PASSWORD);
    let opened = town.post_form(&browser, "/staff/sign-in", fields).await;
    keep_cookies(&mut browser, &opened);
    if opened.status.as_u16() == 303 { Ok(browser) } else { Err(opened.text()) }
}

#[test]
fn a_revoked_role_ends_every_sign_in_of_the_person_at_the_very_next_request() {
    both(|engine| {
        block_on(async {
            let town = Town::open(engine);
            let account = "tiepnhan.tamky";
            let browser = staff(&town, account, &town.code(account)).await.unwrap();
            let other = staff(&town, account, &town.code(account)).await.unwrap();
            let program = town.officer(account).await;
            for who in [&browser, &other, &program] {
                assert_eq!(town.get(who, "/staff").await.status.as_u16(), 200);
            }
            let revoked = town.parts.db.write(&town.parts.home, move |tx| {
                let (now, system) = (tx.now(), Actor::System);
                let officer = kernel_org::officer_by_account(tx, "tiepnhan.tamky", now)?.unwrap().officer;
                kernel_org::revoke_role(tx, &system, &officer, Role::Reception, now.vietnam().date())
            });
            revoked.await.unwrap();
            for who in [&browser, &other] {
                assert_eq!(town.get(who, "/staff").await.status.as_u16(), 303, "sent to the sign-in page");
            }
            town.get(&program, "/api/v1/dossiers/000.03.31.H47-210726-0001").await.refused(401, "sign_in_needed");
        });
    });
}

#[test]
fn a_lost_authenticator_is_replaced_by_recovery_codes_each_good_once() {
    both(|engine| {
        block_on(async {
            let town = Town::open(engine);
            let account = "chuyenvien.tamky";
            let mut browser = staff(&town, account, &town.code(account)).await.unwrap();
            let wrong = press(&town, &mut browser, "/account/recovery-codes", &[("totp", "000000")]).await;
            assert_eq!(wrong.status.as_u16(), 422);
            let made = press(&town, &mut browser, "/account/recovery-codes", &[("totp", &town.code(account))]).await;
            let page = made.text();
            let codes: Vec<String> = page.split("<code>").skip(1).map(|rest| rest[..11].to_owned()).collect();
            assert_eq!(codes.len(), 10, "{page}");
            assert!(!town.get(&browser, "/account").await.text().contains(&codes[0]), "shown once");

            let mut recovered = staff(&town, account, &codes[0]).await.unwrap();
            assert!(staff(&town, account, &codes[0]).await.is_err(), "each is good once");
            let lower = codes[1].to_lowercase();
            let changed = press(&town, &mut recovered, "/account/authenticator", &[("code", &lower)]).await;
            assert_eq!(changed.status.as_u16(), 200, "{}", changed.text());
            assert!(staff(&town, account, &town.code(account)).await.is_err(), "the lost authenticator opens nothing");
            assert_eq!(town.get(&browser, "/staff").await.status.as_u16(), 303, "other sessions ended");
            assert_eq!(town.get(&recovered, "/account").await.status.as_u16(), 200);
        });
    });
}

#[test]
fn a_person_sees_where_she_is_signed_in_and_ends_it_there() {
    block_on(async {
        let town = Town::open(Engine::Sqlite);
        let mut here = town.citizen("0905002001").await;
        let there = town.citizen("0905002001").await;
        let stranger = town.citizen("0905002002").await;
        let page = town.get(&here, "/account").await.text();
        assert_eq!(page.matches("name=\"session\"").count(), 1, "one other session: {page}");
        let at = page.find("name=\"session\" value=\"").unwrap() + "name=\"session\" value=\"".len();
        let id = page[at..at + 16].to_owned();
        let mut thief = stranger.clone();
        press(&town, &mut thief, "/account/sessions", &[("session", &id)]).await;
        assert_eq!(town.get(&there, "/my").await.status.as_u16(), 200, "nobody else ends it");
        press(&town, &mut here, "/account/sessions", &[("session", &id)]).await;
        assert_eq!(town.get(&there, "/my").await.status.as_u16(), 303);
        assert_eq!(town.get(&here, "/my").await.status.as_u16(), 200);

        let third = town.citizen("0905002001").await;
        press(&town, &mut here, "/account/sessions", &[("session", "")]).await;
        assert_eq!(town.get(&third, "/my").await.status.as_u16(), 303, "everywhere else");
        assert_eq!(town.get(&here, "/my").await.status.as_u16(), 200);
    });
}

#[test]
fn signing_in_again_gives_a_new_token_and_the_old_one_is_void() {
    block_on(async {
        let town = Town::open(Engine::Sqlite);
        let account = "lanhdao.tamky";
        let first = staff(&town, account, &town.code(account)).await.unwrap();
        let page = town.get(&first, "/staff/sign-in").await;
        let fields = format!(
            "csrf={}&account={account}&password={}&totp={}",
            csrf_of(&page.text()),
            chuyendong::demo::PASSWORD,
            town.code(account)
        );
        let mut second = first.clone();
        let opened = town.post_form(&second, "/staff/sign-in", fields).await;
        keep_cookies(&mut second, &opened);
        assert_ne!(first.cookies, second.cookies);
        assert_eq!(town.get(&second, "/staff").await.status.as_u16(), 200);
        assert_eq!(town.get(&first, "/staff").await.status.as_u16(), 303, "a token from before the sign-in is void");
    });
}
