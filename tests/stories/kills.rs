//! Every rung of a ladder is climbed exactly once, however often the server is killed while it climbs.

use std::{
    collections::BTreeMap,
    process::{Child, Command, Stdio},
    time::Duration,
};

use kernel_base::{Instant, Result};
use kernel_db::Tx;
use kernel_obligations::OpenUntil;
use kernel_testkit::both_engines;
use serde_json::{Value, json};

use crate::harness::{PROGRAM, Town};

/// 20 kills, or 1,000 with `CHUYENDONG_TORTURE=1`.
fn kills() -> u64 {
    if std::env::var("CHUYENDONG_TORTURE").is_ok_and(|v| v == "1") { 1_000 } else { 20 }
}

/// Obligations opened before each kill.
const BATCH: u64 = 40;

fn server(town: &Town) -> Child {
    let mut command = Command::new(PROGRAM);
    command.args(["serve", "--addr", "127.0.0.1:0", "--data"]).arg(town.data()).args(["--db", town.url()]);
    command.env_clear().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Opens tasks of July 2021, whose rungs are all due by the real clock of a server.
fn open(tx: &mut Tx<'_>, round: u64) -> Result<()> {
    for number in 0..BATCH {
        let subject = format!("kill:{round:04}-{number:04}");
        let holder = &kernel_base::AgencyId::parse("000.00.03.H47").unwrap();
        let due_on = jiff::civil::date(2021, 7, 30);
        let (kind, actor, source) = ("directive.task", "system", json!({ "test": true }));
        kernel_obligations::open_until(tx, &OpenUntil { kind, subject: &subject, holder, due_on, actor, source })?;
    }
    Ok(())
}

/// How often each rung of each obligation was climbed.
fn climbed(tx: &mut Tx<'_>, rounds: u64) -> Result<BTreeMap<(String, i64), u32>> {
    let mut all = BTreeMap::new();
    for round in 0..rounds {
        for number in 0..BATCH {
            let subject = format!("kill:{round:04}-{number:04}");
            for event in kernel_ledger::history(tx, &subject)? {
                if event.kind == "obligation.reminded" {
                    let mark = event.body.pointer("/change/mark").and_then(Value::as_i64).unwrap_or_default();
                    *all.entry((subject.clone(), mark)).or_default() += 1;
                }
            }
        }
    }
    Ok(all)
}

both_engines!(async rungs_are_climbed_exactly_once_across_kills, Town::open, |town| {
    let parts = town.second_process();
    // One task of the product itself, so that what follows from a rung is seen too.
    let office = town.officer("chuyenvien.vpubnd").await;
    let plan = json!({ "kind": "plan", "number": "1/KH-UBND", "title": "Kế hoạch thử", "issued_on": "2021-07-01" });
    let plan = town.post(&office, "/api/v1/directives", &plan).await.ok();
    let task = json!({ "title": "Nhiệm vụ để thử", "lead": "000.00.03.H47", "due_on": "2021-07-30" });
    let path = format!("/api/v1/directives/{}/tasks", plan["id"].as_str().unwrap());
    let code = town.post(&office, &path, &task).await.ok()["code"].as_str().unwrap().to_owned();

    let late = Instant::parse("2030-01-01T00:00").unwrap();
    let due = |parts: &chuyendong::server::Parts| {
        let read = move |tx: &mut Tx<'_>| kernel_obligations::due_actions(tx, late, 10_000).map(|due| due.len());
        parts.db.read_blocking(&parts.home, read).unwrap()
    };
    let rounds = kills();
    let mut interrupted = 0;
    for round in 0..rounds {
        parts.db.write_blocking(&parts.home, move |tx| open(tx, round)).unwrap();
        let mut running = server(&town);
        // A different instant each time, from before the first transaction to after the last.
        let millis = 150 + (round.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) % 1_800;
        std::thread::sleep(Duration::from_millis(millis));
        running.kill().unwrap();
        running.wait().unwrap();
        interrupted += u64::from(due(&parts) > 0);
    }
    let mut last = server(&town);
    for _ in 0..600 {
        let dead = parts.db.read_blocking(&parts.home, kernel_jobs::health).unwrap().dead;
        assert_eq!(dead, 0, "no job was given up");
        let seen = town.get(&office, &format!("/api/v1/tasks/{code}")).await.ok();
        if due(&parts) == 0 && seen["notices"].as_array().unwrap().len() == 7 {
            break;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    last.kill().unwrap();
    last.wait().unwrap();
    assert_eq!(due(&parts), 0, "everything that was due was climbed in the end");

    let climbed = parts.db.read_blocking(&parts.home, move |tx| climbed(tx, rounds)).unwrap();
    let twice: Vec<_> = climbed.iter().filter(|(_, times)| **times != 1).collect();
    assert_eq!(twice, Vec::<(&(String, i64), &u32)>::new());
    // On 26 July the reminders ten and five days ahead are over; the others come one by one.
    let each = usize::try_from(rounds * BATCH).unwrap();
    for mark in [3, 4, 5, 6, 7] {
        assert_eq!(climbed.keys().filter(|(_, m)| *m == mark).count(), each, "mark {mark}");
    }
    assert_eq!(climbed.len(), each * 5);
    assert!(interrupted > 0, "no kill hit the work");
    // What follows: each notice once, one letter, one proposal; rows are what the events say.
    let seen = town.get(&office, &format!("/api/v1/tasks/{code}")).await.ok();
    let notices: Vec<(i64, &str)> = seen["notices"].as_array().unwrap().iter()
        .map(|n| (n["mark"].as_i64().unwrap(), n["level"].as_str().unwrap())).collect();
    let expected = [
        (3, "head"),
        (3, "leader"),
        (3, "officer"),
        (4, "leader"),
        (5, "vice_chairman"),
        (6, "chairman"),
        (7, "chairman"),
    ];
    assert_eq!(notices, expected);
    assert!(crate::verify::findings(&town).iter().all(|f| f["table"] != "directive_tasks" && f["table"] != "obligations"));
});
