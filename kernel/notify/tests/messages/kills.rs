//! A worker killed twenty times in the middle of sending: every event arrives, and under one name only.
//!
//! The worker is this test program started again; it is ended with SIGKILL, as a power cut would.

use std::{
    collections::{HashMap, HashSet},
    process::{Command, Stdio},
    sync::Arc,
    thread,
    time::Duration,
};

use kernel_base::{Clock, Instant, MockClock};
use kernel_db::{Db, DbOptions};
use kernel_jobs::Runner;
use kernel_testkit::both_engines;

use crate::harness::{Ends, post};

const KILLS: usize = 20;
const EVENTS: usize = 120;
const WORKER: &str = "CHUYENDONG_TEST_MESSAGE_WORKER";

/// The worker: sends what is due until it is killed. Does nothing in an ordinary run of the tests.
#[test]
fn worker() {
    let Ok(text) = std::env::var(WORKER) else { return };
    let parts: Vec<&str> = text.split('|').collect();
    let [url, now, mail, sms, services] = parts.as_slice() else { panic!("{text}") };
    let clock: Arc<dyn Clock> = Arc::new(MockClock::at(Instant::parse(now).unwrap()));
    let db = Db::open(DbOptions::new(*url, clock)).unwrap();
    let ends = Ends {
        mail: (*mail).to_owned(),
        login: None,
        sms: (*sms).to_owned(),
        services: (*services).to_owned(),
        patience: Duration::from_secs(2),
        tls: kernel_notify::MailTls::None,
        authority: None,
    };
    let home = kernel_base::Home::parse("H47").unwrap();
    let runner = Runner::new(db, home, kernel_notify::handlers(&ends.notify()), []);
    loop {
        runner.run_due().unwrap();
        thread::sleep(Duration::from_millis(2));
    }
}

both_engines!(twenty_kills_lose_nothing_and_send_nothing_under_two_names, post, |post| {
    let people: Vec<_> = (0..EVENTS / 2)
        .flat_map(|n| [post.citizen(&format!("nguoi{n}@example.vn")), post.citizen(&format!("09051{n:05}"))])
        .collect();
    for citizen in &people {
        assert!(post.tell(&citizen.account, "dossier.supplement_requested", "k"));
    }
    let count = || {
        let seen = post.peers.seen();
        seen["mails"].as_array().unwrap().len() + seen["sms"].as_array().unwrap().len()
    };
    let mut cut_off = 0;
    for kill in 0..KILLS {
        let state = format!(
            "{}|{}|{}|{}|{}",
            post.world.url(),
            post.world.now(),
            post.ends.mail,
            post.ends.sms,
            post.ends.services
        );
        let before = count();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "kills::worker"])
            .env(WORKER, state)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Killed soon after it sent something, each time a little later.
        for _ in 0..1_000 {
            if count() > before {
                break;
            }
            thread::sleep(Duration::from_millis(2));
        }
        thread::sleep(Duration::from_millis(kill as u64 % 7));
        child.kill().unwrap();
        child.wait().unwrap();
        let after = count();
        cut_off += usize::from(after > before && after < EVENTS);
        // Claims of the dead worker run out.
        post.world.clock.advance_millis(4 * 60_000);
    }
    assert!(cut_off >= KILLS / 2, "only {cut_off} kills hit the middle");
    let notify = post.ends.notify();
    for _ in 0..5 {
        post.runner(&notify).run_due().unwrap();
        post.world.clock.advance_millis(4 * 60_000);
    }
    let seen = post.peers.seen();
    let sms = seen["sms"].as_array().unwrap();
    assert_eq!(sms.len(), EVENTS / 2, "the gateway knows a repeated request by its name");
    let mut names: HashMap<&str, HashSet<&str>> = HashMap::new();
    let mails = seen["mails"].as_array().unwrap();
    for mail in mails {
        names.entry(mail["to"].as_str().unwrap()).or_default().insert(mail["headers"]["message-id"].as_str().unwrap());
    }
    assert_eq!(names.len(), EVENTS / 2, "everyone got his e-mail");
    assert!(names.values().all(|ids| ids.len() == 1), "a second copy has the name of the first");
    assert!(mails.len() <= EVENTS / 2 + KILLS, "at most one second copy for each kill: {}", mails.len());
    for citizen in &people {
        let states = post.states(&citizen.account);
        assert!(states.len() == 1 && states[0].ends_with("sent"), "{states:?}");
    }
});
