//! Accounts and stored answers on SQLite and on PostgreSQL.

use std::time::Duration;

use kernel_base::Kind;
use kernel_db::Engine;
use kernel_org::Actor;
use kernel_testkit::{World, both_engines};
use kernel_web::{
    Contact,
    accounts::{self, NewStaff},
    idempotent, verify_fresh_totp,
};
use serde_json::json;

const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const HOUR: Duration = Duration::from_secs(3_600);

fn world(engine: Engine) -> World {
    World::new(engine, &[kernel_ledger::MIGRATIONS, kernel_org::MIGRATIONS, kernel_web::MIGRATIONS])
}

fn browser() -> accounts::Browser {
    accounts::Browser { device: "test".to_owned(), idle: HOUR, longest: HOUR }
}

fn phone() -> Contact {
    Contact::parse("0905123456").unwrap()
}

fn a_day(most: u32) -> accounts::CodesADay {
    accounts::CodesADay { contact_hash: "counted".to_owned(), most }
}

both_engines!(a_contact_gets_so_many_codes_a_day_until_one_of_them_opened, world, |world| {
    let ask = || world.write(|tx| accounts::request_code(tx, &phone(), ("1", "right"), Some("Mã là 1"), &a_day(2)));
    ask().unwrap();
    ask().unwrap();
    let refused = ask().unwrap_err();
    assert_eq!((refused.kind, refused.code), (Kind::TooMany, "enough_codes"));
    let open = || world.write(|tx| accounts::sign_in_citizen(tx, &phone(), ("right", "counted"), &browser()));
    open().unwrap().opened().expect("the last code that was sent still opens");
    ask().expect("whoever got in begins anew");
    ask().unwrap();
    ask().unwrap_err();
    world.clock.advance_millis(24 * 3_600_000);
    ask().expect("another day, other codes");
});

both_engines!(a_wrong_code_is_counted_and_the_right_one_opens_once, world, |world| {
    let sign_in = |code: &'static str| {
        world.write(move |tx| accounts::sign_in_citizen(tx, &phone(), (code, "counted"), &browser())).unwrap().opened()
    };
    world.write(|tx| accounts::request_code(tx, &phone(), ("1", "first"), Some("Mã là 1"), &a_day(10))).unwrap();
    world.write(|tx| accounts::request_code(tx, &phone(), ("2", "right"), Some("Mã là 2"), &a_day(10))).unwrap();
    for _ in 0..4 {
        assert_eq!(sign_in("first").unwrap_err().fields[0].code, "wrong_code", "an older code is no code");
    }
    let opened = sign_in("right").unwrap();
    assert_eq!(sign_in("right").unwrap_err().fields[0].code, "expired");
    let again = world.write(|tx| accounts::citizen_of(tx, &phone())).unwrap();
    assert_eq!(again.account, opened.account);
    world.write(move |tx| accounts::disable_account(tx, &Actor::System, &opened.account)).unwrap();
    assert_eq!(world.write(|tx| accounts::citizen_of(tx, &phone())).unwrap_err().kind, Kind::Forbidden);
});

both_engines!(a_code_of_an_officer_is_good_once_for_an_approval, world, |world| {
    let new = NewStaff {
        sign_in: " LanhDao.TamKy ".to_owned(),
        name: "Nguyễn Văn Thí Dụ".to_owned(),
        password_hash: "x".to_owned(),
        totp_secret: SECRET.to_owned(),
    };
    let account =
        world.write(move |tx| accounts::create_staff(tx, &new).and_then(|_| accounts::create_staff(tx, &new)));
    account.unwrap();
    let code = accounts::totp_code(SECRET, world.now()).unwrap();
    let approve = |code: String| world.write(move |tx| verify_fresh_totp(tx, "lanhdao.tamky", &code));
    approve(code.clone()).unwrap();
    assert_eq!(approve(code).unwrap_err().fields[0].code, "used_code");
    assert_eq!(world.write(|tx| verify_fresh_totp(tx, "nobody", "000000")).unwrap_err().kind, Kind::Unauthenticated);
});

both_engines!(an_answer_is_stored_with_its_effect, world, |world| {
    let once = |hash: &'static str, code: &'static str| {
        world.write(move |tx| idempotent(tx, "POST /x", "key-0001", hash, |_tx| Ok((201, json!({ "code": code })))))
    };
    assert!(!once("h1", "first").unwrap().replayed);
    let again = once("h1", "second").unwrap();
    assert_eq!((again.status, again.body, again.replayed), (201, json!({ "code": "first" }), true));
    assert_eq!(once("h2", "third").unwrap_err().code, "idempotency_key_reused");
});
