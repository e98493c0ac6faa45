//! Submissions a second: the use case, beside the same rows written by a peer.

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant as Ticks},
};

use futures_util::future::join_all;
use kernel_contract::DossierIntake;
use kernel_db::Engine;

use crate::{
    Plan,
    peer::{self, PgBench},
    report::{Report, Rounds, millis, percentiles, processor},
    rows::Script,
    town::{Town, sqlite},
};

/// The rows of one submission, learnt on SQLite and used on both engines.
static SCRIPT: OnceLock<Script> = OnceLock::new();

/// Hands in one dossier; its code.
pub(crate) fn one(town: &Town) -> String {
    town.record_files(&town.citizen.label());
    let (actor, submission) = (town.citizen.clone(), town.submission(&town.citizen.label(), 0, 1).expect("a paper"));
    let receipt = town
        .parts
        .db
        .write_blocking(&town.parts.home, move |tx| tx.port::<dyn DossierIntake>()?.submit(tx, &actor, &submission));
    receipt.expect("a dossier").code.to_string()
}

/// The script for the peers; on PostgreSQL alone it is learnt from an SQLite town made for it.
pub(crate) fn script(town: &Town) -> &'static Script {
    SCRIPT.get_or_init(|| match town.engine() {
        Engine::Sqlite => Script::learn(town),
        Engine::Postgres => Script::learn(&Town::open(Engine::Sqlite)),
    })
}

pub(crate) fn measure(town: &Town, plan: &Plan, report: &mut Report) {
    let script = script(town);
    town.record_files(&town.citizen.label());
    match town.engine() {
        Engine::Sqlite => on_sqlite(town, plan, report, script),
        Engine::Postgres => {
            town.bulk(&Script::files_for_peer());
            // Without it the planner knows nothing of the peer's home and walks through all its papers.
            town.bulk("ANALYZE files");
            on_postgres(town, plan, report, script, 16);
            on_postgres(town, plan, report, script, 1);
        }
    }
}

fn on_sqlite(town: &Town, plan: &Plan, report: &mut Report, script: &Script) {
    let copy = town.folder.path().join("peer.db");
    town.bulk(&format!("VACUUM INTO '{}'", copy.display()));
    let bare = sqlite(&copy);
    bare.execute_batch(&Script::files_for_peer()).unwrap();
    let (mut ours, mut its, mut took) = (Rounds::default(), Rounds::default(), Vec::new());
    let (mut work, mut its_work, mut its_done) = (Duration::ZERO, Duration::ZERO, 0.0);
    round(town, plan, 16, Duration::from_secs(1));
    for run in 0..plan.rounds {
        let before = processor();
        let (rate, times) = round(town, plan, 16, plan.round);
        work += processor() - before;
        ours.0.push(rate);
        took.extend(times);
        let before = processor();
        let rate = peer::group_commit(&bare, script, run + 1, plan.callers, plan.round);
        its_work += processor() - before;
        its_done += rate * plan.round.as_secs_f64();
        its.0.push(rate);
    }
    let (p50, p99) = percentiles(&mut took);
    report.use_case = Some(ours.clone());
    let ours_text = text(&ours, (p50, p99), work, took.len());
    let beside = format!("SQLite alone, the same {} statements, {} in a commit", script.0.len(), plan.callers);
    let its_text = format!("{}/s, processor {}", its.text(), millis(its_work.div_f64(f64::max(its_done, 1.0))));
    report.line(["submissions, use case", "SQLite", &ours_text, &beside, &its_text, &ours.ratio(&its)]);
}

/// A rate, its latencies and the processor time of each.
fn text(rate: &Rounds, (p50, p99): (Duration, Duration), work: Duration, count: usize) -> String {
    let each = work / u32::try_from(count.max(1)).unwrap_or(u32::MAX);
    format!("{}/s, p50 {}, p99 {}, processor {}", rate.text(), millis(p50), millis(p99), millis(each))
}

fn on_postgres(town: &Town, plan: &Plan, report: &mut Report, script: &Script, spread: usize) {
    let (mut ours, mut its, mut took) = (Rounds::default(), Rounds::default(), Vec::new());
    let mut work = Duration::ZERO;
    let clients = town.parts.config.writers;
    round(town, plan, spread, Duration::from_secs(1));
    for run in 0..plan.rounds {
        let before = processor();
        let (rate, times) = round(town, plan, spread, plan.round);
        work += processor() - before;
        ours.0.push(rate);
        took.extend(times);
        let number = run + 1 + spread * 10;
        let seconds = plan.round.as_secs();
        let bench = PgBench { url: &town.url, folder: town.folder.path(), clients, seconds, run: number };
        its.0.push(bench.submissions(script, spread).per_second);
    }
    let (p50, p99) = percentiles(&mut took);
    let ours_text = text(&ours, (p50, p99), work, took.len());
    if spread > 1 {
        report.use_case = Some(ours.clone());
    }
    let what = format!("submissions, use case, {spread} agencies");
    let beside = format!("pgbench, the same {} statements, {clients} clients", script.0.len());
    report.line([&what, "PostgreSQL", &ours_text, &beside, &format!("{}/s", its.text()), &ours.ratio(&its)]);
}

/// Submissions of `plan.callers` callers at once for some time: how many a second, and how long each took.
pub(crate) fn round(town: &Town, plan: &Plan, spread: usize, time: Duration) -> (f64, Vec<Duration>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let begun = Ticks::now();
        let which = AtomicUsize::new(0);
        let callers = (0..plan.callers).map(|_| caller(town, &which, spread, begun + time));
        let took = join_all(callers).await.concat();
        (took.len() as f64 / begun.elapsed().as_secs_f64(), took)
    })
}

async fn caller(town: &Town, which: &AtomicUsize, spread: usize, until: Ticks) -> Vec<Duration> {
    let (mut took, owner) = (Vec::new(), town.citizen.label());
    while Ticks::now() < until {
        let Some(submission) = town.submission(&owner, which.fetch_add(1, Ordering::Relaxed), spread) else { break };
        let (actor, begun) = (town.citizen.clone(), Ticks::now());
        let done = town
            .parts
            .db
            .write(&town.parts.home, move |tx| tx.port::<dyn DossierIntake>()?.submit(tx, &actor, &submission));
        done.await.expect("a dossier");
        took.push(begun.elapsed());
    }
    took
}
