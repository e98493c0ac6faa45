//! SMS, push, codes, quiet hours, erasing.

use kernel_base::{Instant, TypedId};
use kernel_contract::{Notices, Recipient};
use kernel_testkit::both_engines;
use kernel_web::{Contact, accounts};

use crate::harness::{Post, notice, post, values};

impl Post {
    fn sms(&self) -> Vec<serde_json::Value> {
        self.peers.seen()["sms"].as_array().unwrap().clone()
    }

    fn subscribe(&self, account: &str, path: &str) {
        let (endpoint, key, secret) =
            (self.peers.url(path), self.peers.ports["p256dh"].clone(), self.peers.ports["auth"].clone());
        let sql = format!(
            "INSERT INTO push_subscriptions (home, id, recipient, endpoint, public_key, secret, device, created_at)
             VALUES ('H47', 'psh_{:032x}', '{account}', '{endpoint}', '{}', '{}', 'Firefox', '2021-07-26T01:00:00.000Z')",
            path.len(), key.as_str().unwrap(), secret.as_str().unwrap()
        );
        self.world.tamper(&sql);
    }
}

both_engines!(an_sms_without_accents_arrives_once_although_answers_are_lost, post, |post| {
    ureq::get(post.peers.url("/lose/2")).call().unwrap();
    let people: Vec<_> = (0..6).map(|n| post.citizen(&format!("090500010{n}"))).collect();
    for citizen in &people {
        post.tell(&citizen.account, "dossier.supplement_requested", "k");
    }
    let notify = post.ends.notify();
    for _ in 0..8 {
        post.runner(&notify).run_due().unwrap();
        post.world.clock.advance_hours(1);
    }
    let sms = post.sms();
    assert_eq!(sms.len(), 6, "one for each person");
    assert!(sms.iter().any(|message| message["repeats"].as_i64().unwrap() > 0), "answers were lost");
    assert_eq!(
        sms[0]["text"],
        "Ho so 000.01.31.H47-210726-0001 can bo sung giay to truoc 16:30 ngay 30/07/2021. Xem va gui: https://dvc.example/dossiers/000.01.31.H47-210726-0001"
    );
    assert_eq!((sms[0]["segments"].as_i64(), sms[0]["from"].as_str()), (Some(1), Some("CHUYENDONG")));
    for citizen in &people {
        assert_eq!(post.states(&citizen.account), ["sms sent"]);
    }
});

both_engines!(a_page_of_another_program_is_no_receipt, post, |post| {
    let citizen = post.citizen("0905000200");
    let mut ends = post.ends.clone();
    ends.sms = post.peers.url("/page");
    post.tell(&citizen.account, "dossier.supplement_requested", "k");
    post.run(&ends);
    assert_eq!(post.states(&citizen.account), ["sms waiting"]);
    ends.sms = post.peers.url("/nothing-here");
    post.world.clock.advance_hours(1);
    post.run(&ends);
    assert_eq!(post.states(&citizen.account), ["sms dead"]);
});

both_engines!(a_push_message_is_decrypted_by_the_browser_and_signed_by_us, post, |post| {
    let citizen = post.citizen("0905000300");
    post.subscribe(citizen.account.as_str(), "/push/one");
    post.tell(&citizen.account, "dossier.accepted", "1");
    post.tell(&citizen.account, "dossier.supplement_requested", "2");
    post.run(&post.ends);
    let seen = post.peers.seen();
    assert_eq!(seen["faults"], serde_json::json!([]));
    let pushes = seen["pushes"].as_array().unwrap();
    assert_eq!(pushes.len(), 2);
    assert_eq!(pushes[0]["message"]["title"], "Hồ sơ 000.01.31.H47-210726-0001 đã được tiếp nhận");
    assert_eq!(pushes[0]["message"]["link"], "/dossiers/000.01.31.H47-210726-0001");
    assert_eq!((pushes[0]["alg"].as_str(), pushes[0]["urgency"].as_str()), (Some("ES256"), Some("normal")));
    assert_eq!(pushes[0]["topic"], pushes[1]["topic"], "the newer state takes the place of the older one");
    let life = pushes[0]["exp"].as_i64().unwrap() - post.world.now().as_millis() / 1_000;
    assert!((1..=86_400).contains(&life), "{life}");
    // Reached by push: the first needs no SMS, the second always goes by SMS too.
    let sms: Vec<String> = post.states(&citizen.account).into_iter().filter(|s| s.starts_with("sms")).collect();
    assert_eq!(sms, ["sms sent"]);
});

both_engines!(a_browser_that_left_is_forgotten_and_a_busy_service_is_obeyed, post, |post| {
    let citizen = post.citizen("ten@example.vn");
    post.subscribe(citizen.account.as_str(), "/push/gone");
    post.tell(&citizen.account, "dossier.accepted", "1");
    let notify = post.ends.notify();
    post.runner(&notify).run_due().unwrap();
    assert_eq!(sorted(post.states(&citizen.account)), ["email sent", "push dead"]);
    post.tell(&citizen.account, "dossier.accepted", "2");
    post.runner(&notify).run_due().unwrap();
    assert_eq!(sorted(post.states(&citizen.account)), ["email sent", "email sent", "push dead"]);
    let other = post.citizen("ai@example.vn");
    post.subscribe(other.account.as_str(), "/push/busy");
    post.tell(&other.account, "dossier.accepted", "1");
    post.runner(&notify).run_due().unwrap();
    post.world.clock.advance_millis(119_000);
    assert_eq!(post.runner(&notify).run_due().unwrap(), 0, "it asked for two minutes");
    post.world.clock.advance_millis(1_000);
    assert_eq!(post.runner(&notify).run_due().unwrap(), 1);
});

fn sorted(mut list: Vec<String>) -> Vec<String> {
    list.sort();
    list
}

both_engines!(a_sign_in_code_goes_to_the_phone_and_is_kept_nowhere, post, |post| {
    let notify = post.ends.notify();
    let contact = Contact::parse("0905000400").unwrap();
    let (to, told) = (contact.clone(), notify.clone());
    post.world
        .write(move |tx| {
            let at = tx.now();
            told.tell(tx, &notice(Recipient::Contact(to.as_str()), "sign_in.code", "sign-in:1", &values(), at))
        })
        .unwrap();
    post.runner(&notify).run_due().unwrap();
    let sms = post.sms();
    assert_eq!(
        (sms.len(), sms[0]["text"].as_str()),
        (1, Some("Ma dang nhap Chuyen Dong: 123456, trong 10 phut. Khong dua ma cho bat ky ai."))
    );
    let to = contact.clone();
    let kept = post.world.read(move |tx| kernel_notify::export(tx, Recipient::Contact(to.as_str()))).unwrap();
    assert!(!kept.to_string().contains("123456"));
    // In the middle of the night too, but never after it has lost its worth.
    post.world.clock.set(Instant::parse("2021-07-27T02:00").unwrap());
    let mut ends = post.ends.clone();
    ends.sms = "http://127.0.0.1:1/sms".to_owned();
    let (to, told, late) = (contact, notify.clone(), ends.notify());
    post.world
        .write(move |tx| {
            let at = tx.now();
            told.tell(tx, &notice(Recipient::Contact(to.as_str()), "sign_in.code", "sign-in:2", &values(), at))
        })
        .unwrap();
    post.runner(&late).run_due().unwrap();
    post.world.clock.advance_hours(1);
    post.runner(&notify).run_due().unwrap();
    assert_eq!(post.sms().len(), 1);
});

both_engines!(phones_stay_silent_at_night_and_old_news_stays_at_home, post, |post| {
    let citizen = post.citizen("0905000500");
    post.world.clock.set(Instant::parse("2021-07-26T23:00").unwrap());
    post.tell(&citizen.account, "dossier.supplement_requested", "night");
    post.run(&post.ends);
    assert_eq!(post.sms().len(), 0);
    post.world.clock.set(Instant::parse("2021-07-27T06:00").unwrap());
    post.run(&post.ends);
    assert_eq!(post.sms().len(), 1);
    let (notify, account) = (post.ends.notify(), citizen.account.clone());
    post.world
        .write(move |tx| {
            let at = tx.now().plus_hours(-25);
            notify.tell(
                tx,
                &notice(Recipient::Account(account.as_str()), "dossier.supplement_requested", "old", &values(), at),
            )
        })
        .unwrap();
    post.run(&post.ends);
    assert_eq!((post.sms().len(), post.states(&citizen.account).len()), (1, 1));
});

both_engines!(after_erasing_no_address_and_no_word_is_left, post, |post| {
    let citizen = post.citizen("ten@example.vn");
    post.tell(&citizen.account, "dossier.accepted", "1");
    let mut ends = post.ends.clone();
    ends.mail = "127.0.0.1:1".to_owned();
    post.run(&ends);
    let account = citizen.account.clone();
    let removed = post.world.write(move |tx| kernel_notify::erase(tx, Recipient::Account(account.as_str()))).unwrap();
    assert!(removed >= 2);
    let account = citizen.account;
    let left = post.world.read(move |tx| kernel_notify::export(tx, Recipient::Account(account.as_str()))).unwrap();
    assert_eq!((&left["messages"], &left["deliveries"]), (&serde_json::json!([]), &serde_json::json!([])));
    post.world.clock.advance_hours(2);
    post.run(&post.ends);
    assert_eq!(post.peers.seen()["mails"].as_array().unwrap().len(), 0, "what waited is not sent any more");
});

both_engines!(what_was_sent_to_a_persons_addresses_goes_with_the_person, post, |post| {
    let citizen = post.citizen("ten@example.vn");
    // A code to the address, before anybody knows whose it is.
    let notify = post.ends.notify();
    let to = || Recipient::Contact("ten@example.vn");
    post.world.write(move |tx| notify.tell(tx, &notice(to(), "contact.code", "code:1", &values(), tx.now()))).unwrap();
    post.run(&post.ends);
    let sent = || {
        let export = post.world.read(move |tx| kernel_notify::export(tx, to())).unwrap();
        export["deliveries"].as_array().unwrap().len()
    };
    assert_eq!(sent(), 1);
    let actor = kernel_org::Actor::Citizen(citizen);
    post.world.write(move |tx| kernel_notify::personal_data()[0].erase(tx, &actor)).unwrap();
    assert_eq!(sent(), 0);
});

both_engines!(a_citizen_gets_the_sign_in_code_by_e_mail_and_comes_in, post, |post| {
    let contact = Contact::parse("ten@example.vn").unwrap();
    let to = contact;
    let a_day = accounts::CodesADay { contact_hash: "counted".to_owned(), most: 10 };
    post.world.write(move |tx| accounts::request_code(tx, &to, ("654321", "hash of it"), None, &a_day)).unwrap();
    post.run(&post.ends);
    let seen = post.peers.seen();
    let mail = &seen["mails"][0];
    assert_eq!(mail["headers"]["subject"], "Mã đăng nhập Chuyển Động: 654321");
    assert!(mail["parts"][0]["text"].as_str().unwrap().contains("cán bộ không bao giờ hỏi mã"));
    assert!(mail["headers"]["list-unsubscribe"].is_null(), "codes cannot be switched off");
});
