//! The work list of an agency in a home with 100,000 dossiers, beside the same statements without the product.
//!
//! The dossiers are copies of one real row, inserted by this program and not through the use cases: they have no
//! events, papers and promises. All are open; a fifth is held by the agency that is measured.

use std::time::{Duration, Instant as Ticks};

use futures_util::future::join_all;
use kernel_base::{AgencyId, Result};
use kernel_db::{Engine, Tx};
use kernel_org::Actor;
use system_onestop::{WorkFilter, flow};

use crate::{
    Plan,
    peer::PgBench,
    report::{Report, millis, percentiles},
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
        let (rate, mut ours) = product(town, plan, &officer, &filter);
        let statements = statements(town.parts.home.as_str(), agency.as_str(), &from_due, &from_id);
        let (peer, its_rate, mut its) = match town.engine() {
            Engine::Sqlite => ("SQLite alone, the same two statements", None, bare(town, plan, &statements)),
            Engine::Postgres => {
                let (url, folder, seconds) = (&town.url, town.folder.path(), plan.round.as_secs());
                let bench = PgBench { url, folder, clients: CALLERS, seconds, run: 0 };
                let script = format!("{};\n{};\n", statements[0], statements[1]);
                let measured = bench.run(&script);
                ("pgbench, the same two statements", Some(measured.per_second), measured.took)
            }
        };
        let its_rate = its_rate.unwrap_or_else(|| its.len() as f64 / plan.round.as_secs_f64());
        let ((p50, p99), (its50, its99)) = (percentiles(&mut ours), percentiles(&mut its));
        let what = format!("work list of {} dossiers, {page}", plan.dossiers);
        let ours = format!("p50 {}, p99 {}, {rate:.0}/s", millis(p50), millis(p99));
        let its = format!("p50 {}, p99 {}, {its_rate:.0}/s", millis(its50), millis(its99));
        let times = |ours: Duration, its: Duration| ours.as_secs_f64() / its.as_secs_f64().max(1e-9);
        let ratio = format!(
            "p50 {:.1}, p99 {:.1}, rate {:.2}",
            times(p50, its50),
            times(p99, its99),
            rate / its_rate.max(1e-9)
        );
        report.line([&what, town.engine_name(), &ours, peer, &its, &ratio]);
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
fn statements(home: &str, holder: &str, due: &str, id: &str) -> [String; 2] {
    [
        format!(
            "SELECT id, code, procedure_code, procedure_name, owner_name, status, step, holder, holder_officer, \
             submitted_at, due_at, settlement_obligation, imported, version FROM dossiers \
             WHERE home = '{home}' AND holder = '{holder}' AND open AND (due_at, id) > ('{due}', '{id}') \
             ORDER BY due_at, id LIMIT {PAGE}"
        ),
        format!(
            "SELECT status, n FROM dossier_counts WHERE home = '{home}' AND holder = '{holder}' AND n <> 0 ORDER BY status"
        ),
    ]
}

fn product(town: &Town, plan: &Plan, officer: &Actor, filter: &WorkFilter) -> (f64, Vec<Duration>) {
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
        (took.len() as f64 / begun.elapsed().as_secs_f64(), took)
    })
}

/// The statements on connections of their own, all values read.
fn bare(town: &Town, plan: &Plan, statements: &[String; 2]) -> Vec<Duration> {
    let reader = || {
        let connection = town.sqlite();
        let mut prepared: Vec<_> = statements.iter().map(|s| connection.prepare(s).unwrap()).collect();
        let (begun, mut took) = (Ticks::now(), Vec::new());
        while begun.elapsed() < plan.round {
            let started = Ticks::now();
            connection.execute_batch("BEGIN").unwrap();
            for statement in &mut prepared {
                let columns = statement.column_count();
                let mut rows = statement.query([]).unwrap();
                while let Some(row) = rows.next().unwrap() {
                    for column in 0..columns {
                        let value: rusqlite::types::Value = row.get(column).unwrap();
                        std::hint::black_box(value);
                    }
                }
            }
            connection.execute_batch("ROLLBACK").unwrap();
            took.push(started.elapsed());
        }
        took
    };
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..CALLERS).map(|_| scope.spawn(reader)).collect();
        readers.into_iter().flat_map(|r| r.join().unwrap()).collect()
    })
}
