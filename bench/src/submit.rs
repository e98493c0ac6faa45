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
    report::{Report, Sample, beside, processor},
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
    let (ours, its) = beside(
        plan.rounds,
        |_| Sample::timed(processor, || round(town, plan, 16)),
        |run| Sample::timed(processor, || peer::group_commit(&bare, script, run + 1, plan.callers, plan.round)),
    );
    report.use_case = Some(ours.rates.clone());
    let beside = format!("SQLite alone, the same {} statements, {} in a commit", script.0.len(), plan.callers);
    report.pair("submissions, use case", "SQLite", ours, &beside, its);
}

fn on_postgres(town: &Town, plan: &Plan, report: &mut Report, script: &Script, spread: usize) {
    let clients = town.parts.config.writers;
    let (ours, its) = beside(
        plan.rounds,
        |_| Sample::timed(processor, || round(town, plan, spread)),
        |run| {
            let (number, seconds) = (run + 1 + spread * 100, plan.round.as_secs().max(1));
            let bench = PgBench { url: &town.url, folder: town.folder.path(), clients, seconds, run: number };
            let measured = bench.submissions(script, spread);
            Sample { rate: measured.per_second, took: measured.took, work: Duration::ZERO }
        },
    );
    if spread > 1 {
        report.use_case = Some(ours.rates.clone());
    }
    let what = format!("submissions, use case, {spread} {}", if spread == 1 { "agency" } else { "agencies" });
    let beside = format!("pgbench, the same {} statements, {clients} clients", script.0.len());
    report.pair(&what, "PostgreSQL", ours, &beside, its);
}

/// Submissions of `plan.callers` callers at once for some time: how many a second, and how long each took.
fn round(town: &Town, plan: &Plan, spread: usize) -> Sample {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let begun = Ticks::now();
        let which = AtomicUsize::new(0);
        let callers = (0..plan.callers).map(|_| caller(town, &which, spread, begun + plan.round));
        let took = join_all(callers).await.concat();
        Sample::of(took, begun.elapsed())
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
