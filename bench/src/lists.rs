//! The work list of an agency in a home with 100,000 dossiers, beside the same statements without the product.
//!
//! The dossiers are copies of one real row, inserted by this program and not through the use cases: they have no
//! events, papers and promises. All are open; a fifth is held by the agency that is measured.

use std::time::Instant as Ticks;

use futures_util::future::join_all;
use kernel_base::{AgencyId, Result};
use kernel_db::Tx;
use kernel_org::Actor;
use system_onestop::{WorkFilter, flow};

use crate::{
    Plan, peer,
    report::{Report, Sample, beside, processor},
    submit,
    town::Town,
};

/// Callers at once: as many as this machine class has cores.
const CALLERS: usize = 2;

/// Rows of a page.
const PAGE: i64 = 50;

pub(crate) fn measure(town: &Town, plan: &Plan, report: &mut Report) {
    let agency = town.agencies.first().expect("an agency").clone();
    submit::one(town);
    report.note("dossiers in bulk, past the use cases");
    town.bulk(&dossiers(&agency, plan.dossiers));
    town.bulk("ANALYZE");
    let holder = agency.clone();
    let officer = town.parts.db.read_blocking(&town.parts.home, move |tx| officer(tx, &holder)).expect("an officer");
    let middle = town.text(&format!(
        "SELECT due_at || ' ' || id FROM dossiers WHERE home = '{}' AND holder = '{agency}' AND open \
         ORDER BY due_at, id LIMIT 1 OFFSET {}",
        town.parts.home,
        plan.dossiers / 10
    ));
    let middle = middle.split_once(' ').map(|(due, id)| (due.to_owned(), id.to_owned()));
    for (page, after) in [("first page", None), ("page in the middle", middle)] {
        let (from_due, from_id) = after.clone().unwrap_or_default();
        let filter = WorkFilter { after, limit: PAGE, ..WorkFilter::default() };
        let statements = statements(town.parts.home.as_str(), agency.as_str(), &from_due, &from_id);
        let (ours, its) = beside(
            plan.rounds,
            |_| Sample::timed(processor, || product(town, plan, &officer, &filter)),
            |_| peer::reads(town, plan, CALLERS, &statements),
        );
        let what = format!("work list of {} dossiers, {page}", plan.dossiers);
        let beside = format!("{}, the same two statements", peer::name(town));
        report.pair(&what, town.engine_name(), ours, &beside, its);
    }
}

fn officer(tx: &mut Tx<'_>, agency: &AgencyId) -> Result<Actor> {
    let now = tx.now();
    let officers = kernel_org::officers_of(tx, agency, now)?;
    let account = officers.first().expect("an officer").account.clone();
    Ok(Actor::Officer(kernel_org::officer_by_account(tx, &account, now)?.expect("in office")))
}

/// Copies of the newest dossier with other keys, holders and dates; the counters follow.
fn dossiers(agency: &AgencyId, count: usize) -> String {
    let columns = "procedure_code, procedure_name, procedure_version, case_code, channel, reception, workflow,
        workflow_version, resume_to, step, holder_officer, holder_since, owner_account, owner_name, owner_identity,
        owner_phone, owner_email, owner_address, representative, form, personal, copies, lookup_key, submitted_at,
        accepted_at, settled_at, ended_at, reception_obligation, settlement_obligation, step_obligation, imported,
        search, version";
    let number = "substr('00000000000000000000000000000000' || CAST(i AS TEXT), length(CAST(i AS TEXT)) + 1, 32)";
    let holder = format!("CASE WHEN i % 5 = 0 THEN '{agency}' ELSE 'agency' || CAST(i % 200 AS TEXT) END");
    let two = |low: usize, value: &str, span: usize| format!("CAST({low} + ({value}) % {span} AS TEXT)");
    let due = format!(
        "'2021-' || {} || '-' || {} || 'T' || {} || ':' || {} || ':00.000Z'",
        two(10, "i", 3),
        two(10, "i / 3", 20),
        two(10, "i / 60", 14),
        two(10, "i / 840", 50)
    );
    format!(
        "INSERT INTO dossiers (home, id, code, agency, holder, status, due_at, open, {columns})
         WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {count}),
              one AS (SELECT * FROM dossiers WHERE home <> 'peer' ORDER BY submitted_at DESC, id DESC LIMIT 1)
         SELECT home, 'dos_' || {number}, 'bulk-' || CAST(i AS TEXT), {holder}, {holder},
                CASE WHEN i % 3 = 0 THEN 'submitted' ELSE 'processing' END, {due}, TRUE, {columns}
         FROM c, one;
         DELETE FROM dossier_counts;
         INSERT INTO dossier_counts (home, holder, status, n)
         SELECT home, holder, status, count(*) FROM dossiers GROUP BY home, holder, status"
    )
}

/// What the work list asks: a page, and the counters by state.
fn statements(home: &str, holder: &str, due: &str, id: &str) -> Vec<String> {
    vec![
        format!(
            "SELECT id, code, procedure_code, procedure_name, owner_name, owner_account, status, step, holder, holder_officer, \
             submitted_at, due_at, settlement_obligation, imported, version FROM dossiers \
             WHERE home = '{home}' AND holder = '{holder}' AND open AND (due_at, id) > ('{due}', '{id}') \
             ORDER BY due_at, id LIMIT {PAGE}"
        ),
        format!(
            "SELECT status, n FROM dossier_counts WHERE home = '{home}' AND holder = '{holder}' AND n <> 0 ORDER BY status"
        ),
    ]
}

fn product(town: &Town, plan: &Plan, officer: &Actor, filter: &WorkFilter) -> Sample {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let begun = Ticks::now();
        let caller = |_| async move {
            let mut took = Vec::new();
            while begun.elapsed() < plan.round {
                let (actor, filter, started) = (officer.clone(), filter.clone(), Ticks::now());
                let found = town.parts.db.read(&town.parts.home, move |tx| flow::inbox(tx, &actor, &filter)).await;
                let rows = found.expect("a list").0.len();
                took.push(started.elapsed());
                assert!(rows > 0, "the page is empty");
            }
            took
        };
        let took = join_all((0..CALLERS).map(caller)).await.concat();
        Sample::of(took, begun.elapsed())
    })
}
