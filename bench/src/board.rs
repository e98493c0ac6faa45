//! The public scoreboard and the rows behind one of its numbers in a home with 100,000 obligations, beside the same
//! statements without the product.
//!
//! The obligations are copies of one real row, inserted by this program and not through the use cases: nine of ten are
//! closed within the last twenty months, a tenth is open, spread over the first 200 agencies.

use std::time::Instant as Ticks;

use futures_util::future::join_all;
use kernel_db::Engine;
use kernel_obligations::score::{Page, Show};
use system_directives::scoreboard::{
    flow::{self, Wanted},
    model::{Period, SYSTEMS},
};

use crate::{
    Plan,
    nginx::Nginx,
    peer,
    report::{Report, Sample, beside, processor, processor_of},
    start, submit,
    town::Town,
    wire::Asked,
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
             AND (NOT TRUE OR legal_due < COALESCE(delivered_at, paused_since, '{NOW}')) ORDER BY legal_due, id LIMIT 50 OFFSET 0"
        ),
        open_counts(&home),
    ];
    for (what, drill, statements) in
        [("scoreboard of a month with its trend", false, &board), ("rows behind the red number", true, &rows)]
    {
        let (ours, its) = beside(
            plan.rounds,
            |_| Sample::timed(processor, || product(town, plan, drill)),
            |_| peer::reads(town, plan, CALLERS, statements),
        );
        let what = format!("{what}, {} obligations, counted", plan.dossiers);
        report.pair(&what, town.engine_name(), ours, &format!("{}, the same statements", peer::name(town)), its);
    }
    through_http(town, plan, report);
}

/// Connections of those who look at the board.
const VIEWERS: usize = 16;

/// The same by HTTP from the program itself, beside nginx that serves the same bytes from files.
fn through_http(town: &Town, plan: &Plan, report: &mut Report) {
    let query = "system=dossiers&period=2021-07";
    let pages = [
        ("scoreboard, JSON", format!("/api/v1/scoreboard?{query}"), "board.json"),
        ("scoreboard, page", format!("/scoreboard?{query}"), "board.html"),
        ("rows behind the red number, JSON", format!("/api/v1/scoreboard/rows?{query}&show=overdue"), "rows.json"),
    ];
    let (mut child, address) = start::started(town);
    start::first_answer(&mut child, &address);
    let address = address.parse().expect("an address");
    let ours = pages.clone().map(|(_, path, _)| Asked { address, path });
    let bodies = ours.clone().map(|asked| asked.body());
    let files: Vec<(&str, &[u8])> = pages.iter().zip(&bodies).map(|((_, _, name), b)| (*name, b.as_slice())).collect();
    let nginx = Nginx::serving(town.folder.path(), &files);
    for (((what, _, name), asked), body) in pages.iter().zip(&ours).zip(&bodies) {
        assert!(body.len() > 1_000, "{what}: {}", String::from_utf8_lossy(body));
        let file = nginx.asked(name);
        let (us, its) = beside(
            plan.rounds,
            |_| Sample::timed(|| processor_of(child.id()), || asked.load(VIEWERS, plan.round)),
            |_| Sample::timed(|| processor_of(nginx.process()), || file.load(VIEWERS, plan.round)),
        );
        let what = format!("{what}, HTTP, {} KB", body.len() / 1_000);
        report.pair(&what, town.engine_name(), us, "nginx, the same bytes from a file", its);
    }
    drop(child.kill());
    drop(child.wait());
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
              one AS (SELECT * FROM obligations WHERE home <> 'peer' AND closed_at IS NULL
                      ORDER BY opened_at DESC, id DESC LIMIT 1),
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
         count(*) FILTER (WHERE legal_due < COALESCE(delivered_at, paused_since, '{NOW}')) AS overdue FROM obligations \
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

fn product(town: &Town, plan: &Plan, drill: bool) -> Sample {
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
        Sample::of(took, begun.elapsed())
    })
}
