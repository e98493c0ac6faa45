//! E-mail: what arrives, and every kind of trouble.

use kernel_testkit::both_engines;

use crate::harness::{Post, post};

fn mails(post: &Post) -> Vec<serde_json::Value> {
    post.peers.seen()["mails"].as_array().unwrap().clone()
}

both_engines!(an_e_mail_arrives_once_with_all_its_letters, post, |post| {
    let citizen = post.citizen("ten@example.vn");
    assert!(post.tell(&citizen.account, "dossier.accepted", "dossier:1#2"));
    assert!(!post.tell(&citizen.account, "dossier.accepted", "dossier:1#2"), "told before");
    post.run(&post.ends);
    assert!(!post.tell(&citizen.account, "dossier.accepted", "dossier:1#2"));
    post.run(&post.ends);
    let mails = mails(&post);
    assert_eq!(mails.len(), 1);
    let headers = &mails[0]["headers"];
    assert_eq!(headers["subject"], "Hồ sơ 000.01.31.H47-210726-0001 đã được tiếp nhận");
    assert_eq!(headers["from"].as_str().unwrap().replace('"', ""), "Chuyển Động <khong-tra-loi@chuyendong.example>");
    assert_eq!((headers["to"].as_str(), mails[0]["to"].as_str()), (Some("ten@example.vn"), Some("ten@example.vn")));
    assert_eq!(headers["auto-submitted"], "auto-generated");
    assert!(headers["message-id"].as_str().unwrap().starts_with("<dlv_"));
    assert!(headers["date"].as_str().unwrap().contains("26 Jul 2021"));
    let plain = mails[0]["parts"][0]["text"].as_str().unwrap();
    assert!(plain.contains("Hẹn trả kết quả: 16:30 ngày 28/07/2021."), "{plain}");
    assert!(plain.contains("https://dvc.example/dossiers/000.01.31.H47-210726-0001"));
    let off = headers["list-unsubscribe"].as_str().unwrap();
    assert!(
        off.starts_with("<https://dvc.example/messages/unsubscribe/dlv_")
            && plain.contains(off.trim_matches(['<', '>']))
    );
    let html = mails[0]["parts"][1]["text"].as_str().unwrap();
    assert!(html.contains("<a href=\"https://dvc.example/dossiers/"));
    assert_eq!(post.states(&citizen.account), ["email sent"]);
});

both_engines!(a_server_that_is_busy_gets_the_same_e_mail_later, post, |post| {
    let citizen = post.citizen("later2@example.vn");
    post.tell(&citizen.account, "dossier.accepted", "k");
    post.run(&post.ends);
    assert_eq!((post.states(&citizen.account)[0].as_str(), mails(&post).len()), ("email waiting", 0));
    // Not before its time.
    post.world.clock.advance_millis(29_000);
    assert_eq!(post.run(&post.ends), 0);
    post.world.clock.advance_millis(1_000);
    post.run(&post.ends);
    assert_eq!(post.peers.seen()["refused"], 2);
    post.world.clock.advance_millis(59_000);
    assert_eq!(post.run(&post.ends), 0, "the second pause is twice as long");
    post.world.clock.advance_millis(1_000);
    post.run(&post.ends);
    assert_eq!((post.states(&citizen.account)[0].as_str(), mails(&post).len()), ("email sent", 1));
});

both_engines!(a_refusal_for_good_is_not_repeated_and_a_dead_address_is_not_used_again, post, |post| {
    let citizen = post.citizen("nobody@example.vn");
    post.tell(&citizen.account, "dossier.accepted", "1");
    post.run(&post.ends);
    assert_eq!(post.states(&citizen.account), ["email dead"]);
    post.tell(&citizen.account, "dossier.accepted", "2");
    post.world.clock.advance_hours(48);
    post.run(&post.ends);
    assert_eq!((post.states(&citizen.account).len(), post.peers.seen()["refused"].as_i64()), (1, Some(1)));
    // A message that is not wanted there says nothing about the address.
    let other = post.citizen("spam@example.vn");
    post.tell(&other.account, "dossier.accepted", "1");
    post.run(&post.ends);
    post.tell(&other.account, "dossier.accepted", "2");
    post.run(&post.ends);
    assert_eq!(post.states(&other.account), ["email dead", "email dead"]);
});

both_engines!(a_server_that_is_down_silent_or_talks_nonsense_is_tried_again_and_others_go_on, post, |post| {
    let citizen = post.citizen("ten@example.vn");
    let phone = post.citizen("0905000001");
    let mut tried = 0;
    for mail in [
        "127.0.0.1:1".to_owned(),
        format!("127.0.0.1:{}", post.peers.port("garbage")),
        format!("127.0.0.1:{}", post.peers.port("silent")),
    ] {
        let mut ends = post.ends.clone();
        ends.mail = mail;
        post.tell(&citizen.account, "dossier.accepted", &format!("{tried}"));
        post.tell(&phone.account, "dossier.accepted", &format!("{tried}"));
        post.run(&ends);
        tried += 1;
        let states = post.states(&citizen.account);
        assert!(states.iter().all(|state| state == "email waiting"), "{states:?}");
        assert_eq!(post.peers.seen()["sms"].as_array().unwrap().len(), tried, "SMS do not wait for e-mail");
        post.world.clock.advance_hours(1);
    }
    post.world.clock.advance_hours(5);
    post.run(&post.ends);
    assert_eq!((post.states(&citizen.account), mails(&post).len()), (vec!["email sent".to_owned(); 3], 3));
});

both_engines!(after_a_day_and_a_half_without_an_answer_a_message_is_given_up, post, |post| {
    let citizen = post.citizen("ten@example.vn");
    let mut ends = post.ends.clone();
    ends.mail = "127.0.0.1:1".to_owned();
    post.tell(&citizen.account, "dossier.accepted", "k");
    let notify = ends.notify();
    let mut hours = 0;
    while post.states(&citizen.account) == ["email waiting"] {
        post.runner(&notify).run_due().unwrap();
        post.world.clock.advance_hours(1);
        hours += 1;
        assert!(hours < 80, "never given up");
    }
    assert_eq!(post.states(&citizen.account), ["email dead"]);
    assert!((24..=73).contains(&hours), "{hours}");
    post.run(&post.ends);
    assert_eq!(mails(&post).len(), 0);
});

both_engines!(a_wrong_password_of_ours_kills_no_message, post, |post| {
    let citizen = post.citizen("ten@example.vn");
    let mut ends = post.ends.clone();
    ends.login = Some(("may".to_owned(), "sai".to_owned()));
    post.tell(&citizen.account, "dossier.accepted", "k");
    post.run(&ends);
    assert_eq!(post.states(&citizen.account), ["email waiting"]);
    post.world.clock.advance_hours(1);
    ends.login = Some(("may".to_owned(), "bi-mat".to_owned()));
    post.run(&ends);
    assert_eq!(post.states(&citizen.account), ["email sent"]);
});
