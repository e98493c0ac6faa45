//! The public scoreboard and the rows behind one of its numbers in a home with 100,000 obligations, beside the same
//! statements without the product.
//!
//! The obligations are copies of one real row, inserted by this program and not through the use cases: nine of ten are
//! closed within the last twenty months, a tenth is open, spread over the first 200 agencies.

use std::time::{Duration, Instant as Ticks};

use futures_util::future::join_all;
use kernel_db::Engine;
use kernel_obligations::score::{Page, Show};
use system_directives::scoreboard::{
    flow::{self, Wanted},
    model::{Period, SYSTEMS},
};

use crate::{
    Plan,
    peer::PgBench,
    report::{Report, millis, percentiles},
    submit,
    town::Town,
};

/// Callers at once: as many as this machine class has cores.
const CALLERS: usize = 2;

pub(crate) fn measure(town: &Town, plan: &Plan, report: &mut Report) {
    submit::one(town);
    report.note("obligations in bulk, past the use cases");
    town.bulk(&obligations(plan.dossiers));
    town.bulk("ANALYZE");
    if town.engine() == Engine::Postgres {
        town.bulk("VACUUM obligations");
    }
    let home = town.parts.home.to_string();
    let board = statements(&home);
    let rows = vec![
        format!(
            "SELECT * FROM obligations WHERE home = '{home}' AND kind = 'dossier.settlement' AND closed_at IS NULL \
             AND (NOT TRUE OR legal_due < COALESCE(paused_since, '{NOW}')) ORDER BY legal_due, id LIMIT 50 OFFSET 0"
        ),
        open_counts(&home),
    ];
    for (what, drill, statements) in
        [("scoreboard of a month with its trend", false, &board), ("rows behind the red number", true, &rows)]
    {
        let (rate, mut ours) = product(town, plan, drill);
        let (peer, its_rate, mut its) = match town.engine() {
            Engine::Sqlite => ("SQLite alone, the same statements", None, bare(town, plan, statements)),
            Engine::Postgres => {
                let (url, folder, seconds) = (&town.url, town.folder.path(), plan.round.as_secs());
                let bench = PgBench { url, folder, clients: CALLERS, seconds, run: 0 };
                let measured = bench.run(&format!("{};\n", statements.join(";\n")));
                ("pgbench, the same statements", Some(measured.per_second), measured.took)
            }
        };
        let its_rate = its_rate.unwrap_or_else(|| its.len() as f64 / plan.round.as_secs_f64());
        let ((p50, p99), (its50, its99)) = (percentiles(&mut ours), percentiles(&mut its));
        let times = |a: Duration, b: Duration| a.as_secs_f64() / b.as_secs_f64().max(1e-9);
        report.line([
            &format!("{what}, {} obligations", plan.dossiers),
            town.engine_name(),
            &format!("p50 {}, p99 {}, {rate:.0}/s", millis(p50), millis(p99)),
            peer,
            &format!("p50 {}, p99 {}, {its_rate:.0}/s", millis(its50), millis(its99)),
            &format!(
                "p50 {:.1}, p99 {:.1}, rate {:.2}",
                times(p50, its50),
                times(p99, its99),
                rate / its_rate.max(1e-9)
            ),
        ]);
    }
}

/// The instant that bare statements compare with; later than every bulk row was closed.
const NOW: &str = "2021-07-26T02:00:00.000Z";

/// Copies of one obligation with other keys, holders and dates.
fn obligations(count: usize) -> String {
    let columns = "subject, opened_at, start_at, limit_amount, limit_unit, cutoff, source, calendar, running_calendar,
        limit_minutes, first_promise, appointment, paused_since, late_minutes, late_days, pauses, pauses_near_due,
        extensions, history, version";
    let number = "substr('00000000000000000000000000000000' || CAST(i AS TEXT), length(CAST(i AS TEXT)) + 1, 32)";
    let two =
        |low: usize, value: &str, span: usize| format!("substr(CAST(100 + {low} + ({value}) % {span} AS TEXT), 2, 2)");
    let closed = format!(
        "CASE WHEN i % 20 < 8 THEN '2020' ELSE '2021' END || '-' ||
         CASE WHEN i % 20 < 8 THEN {} ELSE {} END || '-' || {} || 'T03:00:00.000Z'",
        two(5, "i", 8),
        two(1, "i", 7),
        two(1, "i / 20", 25)
    );
    let due = format!("'2021-07-' || {} || 'T03:00:00.000Z'", two(10, "i", 21));
    format!(
        "INSERT INTO obligations (home, id, kind, holder, responsible, legal_due, state, closed_at, outcome, result, risk_at,
             next_action_at, next_mark, reminded, {columns})
         WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {count}),
              one AS (SELECT * FROM obligations WHERE closed_at IS NULL ORDER BY opened_at DESC, id DESC LIMIT 1),
              place AS (SELECT id AS agency, row_number() OVER (ORDER BY id) AS n FROM
                        (SELECT DISTINCT id FROM agencies ORDER BY id LIMIT 200) a)
         SELECT one.home, 'obl_' || {number}, 'dossier.settlement', place.agency, place.agency, {due},
                CASE WHEN i % 10 = 0 THEN 'running' ELSE 'closed' END,
                CASE WHEN i % 10 = 0 THEN NULL ELSE {closed} END,
                CASE WHEN i % 10 = 0 THEN NULL ELSE 'done' END,
                CASE WHEN i % 10 = 0 THEN NULL WHEN i % 7 = 0 THEN 'late' ELSE 'on_time' END,
                NULL, NULL, NULL, 100, {columns}
         FROM c CROSS JOIN one JOIN place ON place.n = c.i % 200 + 1"
    )
}

fn settled(home: &str, from: &str, until: &str) -> String {
    format!(
        "SELECT responsible, count(*) FILTER (WHERE result = 'early') AS early, \
         count(*) FILTER (WHERE result = 'on_time') AS on_time, count(*) FILTER (WHERE result = 'late') AS late, \
         count(*) FILTER (WHERE result IS NULL) AS ended, \
         count(*) FILTER (WHERE result IS NOT NULL AND extensions > 0) AS extended, \
         count(*) FILTER (WHERE result IS NOT NULL AND pauses > 0) AS paused, \
         count(*) FILTER (WHERE result IS NOT NULL AND pauses_near_due > 0) AS near \
         FROM obligations WHERE home = '{home}' AND kind = 'dossier.settlement' AND closed_at IS NOT NULL \
         AND closed_at >= '{from}' AND closed_at < '{until}' GROUP BY responsible ORDER BY responsible"
    )
}

fn open_counts(home: &str) -> String {
    format!(
        "SELECT responsible, count(*) AS running, count(paused_since) AS paused, \
         count(*) FILTER (WHERE legal_due < COALESCE(paused_since, '{NOW}')) AS overdue FROM obligations \
         WHERE home = '{home}' AND kind = 'dossier.settlement' AND closed_at IS NULL GROUP BY responsible ORDER BY responsible"
    )
}

/// What the board asks: the month, what is open, and each month of the trend.
fn statements(home: &str) -> Vec<String> {
    let period = Period::Month(2021, 7);
    let month = |p: Period| settled(home, &p.span().from.to_string(), &p.span().until.to_string());
    let mut all = vec![month(period), open_counts(home)];
    all.extend(period.trend().into_iter().map(month));
    all
}

fn product(town: &Town, plan: &Plan, drill: bool) -> (f64, Vec<Duration>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let begun = Ticks::now();
        let caller = |_| async move {
            let mut took = Vec::new();
            while begun.elapsed() < plan.round {
                let started = Ticks::now();
                let wanted = Wanted { system: &SYSTEMS[0], period: Period::Month(2021, 7), at: None };
                let answer = town.parts.db.read(&town.parts.home, move |tx| {
                    if drill {
                        let page = Page { skip: 0, most: 50 };
                        return flow::rows(tx, &wanted, None, Show::Overdue, page).map(|r| r.rows.len());
                    }
                    flow::board(tx, &wanted).map(|b| b.lines.len())
                });
                assert!(answer.await.expect("a board") > 0, "nothing is on the board");
                took.push(started.elapsed());
            }
            took
        };
        let took = join_all((0..CALLERS).map(caller)).await.concat();
        (took.len() as f64 / begun.elapsed().as_secs_f64(), took)
    })
}

/// The statements on connections of their own, all values read.
fn bare(town: &Town, plan: &Plan, statements: &[String]) -> Vec<Duration> {
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
