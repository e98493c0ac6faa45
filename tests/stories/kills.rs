//! Every rung of a ladder is climbed exactly once, however often the server is killed while it climbs.

use std::{
    collections::BTreeMap,
    process::{Child, Command, Stdio},
    time::Duration,
};

use kernel_base::{AgencyId, Instant, Result};
use kernel_db::Tx;
use kernel_obligations::{Limit, Open, OpenUntil};
use kernel_testkit::both_engines;
use serde_json::{Value, json};

use crate::{
    harness::{PROGRAM, Town},
    outcomes::handed_in,
};

/// 20 kills, or 1,000 with `CHUYENDONG_TORTURE=1`.
fn kills() -> u64 {
    if std::env::var("CHUYENDONG_TORTURE").is_ok_and(|v| v == "1") { 1_000 } else { 20 }
}

/// Obligations opened before each kill, of each kind as many.
const BATCH: u64 = 40;

/// Kinds that have a ladder, and its rungs that are climbed when everything is looked at too late. Of a task the
/// reminders ten and five days ahead are over on 26 July; the others come one by one.
const KINDS: [(&str, &[i64]); 5] = [
    ("directive.task", &[3, 4, 5, 6, 7]),
    ("dossier.reception", &[50, 80, 100, 101, 105]),
    ("dossier.settlement", &[50, 80, 100, 101, 105, 110]),
    ("dossier.step", &[50, 80, 100, 101, 105]),
    ("dossier.consultation", &[50, 80, 100, 101, 105]),
];

fn kind_of(number: u64) -> (&'static str, &'static [i64]) {
    KINDS[usize::try_from(number).unwrap() % KINDS.len()]
}

fn server(town: &Town) -> Child {
    let mut command = Command::new(PROGRAM);
    command.args(["serve", "--addr", "127.0.0.1:0", "--data"]).arg(town.data()).args(["--db", town.url()]);
    command.env_clear().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Opens tasks and clocks of dossiers in July 2021, whose rungs are all due by the real clock of a server.
fn open(tx: &mut Tx<'_>, round: u64) -> Result<()> {
    let holder = &AgencyId::parse("000.00.03.H47").unwrap();
    for number in 0..BATCH {
        let subject = &format!("kill:{round:04}-{number:04}");
        let (actor, source, start) = ("system", json!({ "test": true }), tx.now());
        let kind = kind_of(number).0;
        if kind == "directive.task" {
            let due_on = jiff::civil::date(2021, 7, 30);
            kernel_obligations::open_until(tx, &OpenUntil { kind, subject, holder, due_on, actor, source })?;
        } else {
            let limit = Limit::working_days(3);
            let clock = Open { kind, subject, holder, limit, cutoff: None, start, actor, source };
            kernel_obligations::open(tx, &clock)?;
        }
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
    // And two dossiers: one that nobody receives, one that was received and left lying.
    let citizen = town.citizen("0905400002").await;
    let waiting = handed_in(&town, &citizen).await.code;
    let lying = handed_in(&town, &citizen).await.code;
    town.act(&town.officer("tiepnhan.tamky").await, &lying, "accept", json!({})).await.ok();

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
    for _ in 0..900 {
        let health = parts.db.read_blocking(&parts.home, kernel_jobs::health).unwrap();
        assert_eq!(health.dead, 0, "no job was given up");
        let seen = town.get(&office, &format!("/api/v1/tasks/{code}")).await.ok();
        // A job that a killed server held is done again when its lease is over.
        let above = ABOVE.iter().all(|(kind, mark)| !told_above(&town, kind, *mark).is_empty());
        let told = health.oldest_due_seconds < 1 && apologies(&town, &lying) > 0 && above;
        if due(&parts) == 0 && told && seen["notices"].as_array().unwrap().len() == 7 {
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
    let each = usize::try_from(rounds * BATCH).unwrap() / KINDS.len();
    let expected: usize = KINDS.iter().map(|(_, marks)| marks.len() * each).sum();
    assert_eq!(climbed.len(), expected);
    for round in 0..rounds {
        for number in 0..BATCH {
            let (kind, marks) = kind_of(number);
            let subject = format!("kill:{round:04}-{number:04}");
            let own: Vec<i64> = climbed.keys().filter(|(s, _)| *s == subject).map(|(_, mark)| *mark).collect();
            assert_eq!(own, marks, "{kind} {subject}");
        }
    }
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
    dossiers_were_urged_once(&town, &waiting, &lying).await;
});

/// Kinds and marks of which those above are told.
const ABOVE: [(&str, i64); 4] =
    [("dossier.reception", 101), ("dossier.reception", 105), ("dossier.settlement", 101), ("dossier.settlement", 110)];

/// Who was told of a mark, and by which key.
fn told_above(town: &Town, kind: &str, mark: i64) -> Vec<String> {
    let key = format!("late:{kind}:%:{mark}:%");
    town.texts(&format!("SELECT recipient || event_key FROM messages WHERE event_key LIKE '{key}'"))
}

fn apologies(town: &Town, code: &str) -> usize {
    let one = format!("SELECT id FROM apologies WHERE dossier = (SELECT id FROM dossiers WHERE code = '{code}')");
    town.texts(&one).len()
}

/// Every clock of both dossiers: each rung once, one apology, and those above told of every mark, nobody twice.
async fn dossiers_were_urged_once(town: &Town, waiting: &str, lying: &str) {
    for (code, kinds) in [(waiting, &["dossier.reception"][..]), (lying, &["dossier.settlement", "dossier.step"])] {
        let promises = town.promises(code).await;
        for kind in kinds {
            let marks = KINDS.iter().find(|(one, _)| one == kind).unwrap().1;
            let of_kind: Vec<&Value> = promises
                .as_array()
                .unwrap()
                .iter()
                .filter(|one| one["kind"] == *kind && one["closed_at"].is_null())
                .collect();
            assert_eq!(of_kind.len(), 1, "{code} {kind}");
            let rows = town.texts(&format!(
                "SELECT body FROM events WHERE kind = 'obligation.reminded' AND subject = '{}'",
                of_kind[0]["subject"].as_str().unwrap()
            ));
            let bodies = rows.iter().map(|body| serde_json::from_str::<Value>(body).unwrap());
            let mut own: Vec<i64> = bodies
                .filter(|body| body["obligation"] == of_kind[0]["id"])
                .map(|body| body["change"]["mark"].as_i64().unwrap())
                .collect();
            own.sort_unstable();
            assert_eq!(own, marks, "{code} {kind}");
        }
    }
    assert_eq!(apologies(town, lying), 1, "one apology waits for the leader");
    for (kind, mark) in ABOVE {
        let told = told_above(town, kind, mark);
        let once: std::collections::BTreeSet<&String> = told.iter().collect();
        assert!(!told.is_empty() && once.len() == told.len(), "{kind} {mark}: {told:?}");
    }
    assert_eq!(crate::verify::findings(town).iter().filter(|f| f["table"] == "dossiers").count(), 0);
}
