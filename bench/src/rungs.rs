//! From due to climbed: thousands of rungs that are due at the same instant, in a home with 100,000 open obligations.
//!
//! The 100,000 are copies of one real row, inserted by this program, whose next rungs are a year away. The others are
//! opened by the use case at one instant, so that all their first rungs are due at one instant; the clock of the town is
//! set half a minute before it and runs, with the server's own background work.

use std::time::{Duration, Instant as Ticks};

use chuyendong::server;
use kernel_base::{Clock, Instant, Result};
use kernel_db::Tx;
use kernel_obligations::{Limit, Open, open};
use serde_json::json;

use crate::{
    Plan,
    report::{Report, percentiles, processor},
    submit,
    town::Town,
};

/// Obligations whose rung is due at the same instant.
const TOGETHER: usize = 5_000;

/// Goal of issue 4.
const LIMIT: Duration = Duration::from_secs(60);

/// Given up after so long.
const PATIENCE: Duration = Duration::from_secs(300);

pub(crate) fn measure(town: &Town, plan: &Plan, report: &mut Report) {
    submit::one(town);
    report.note("obligations in bulk, past the use cases");
    town.bulk(&waiting(plan.dossiers));
    let planned = opened(town);
    town.bulk("ANALYZE");
    // A quiet half minute, so that the work of the minutes before is over.
    town.clock.run_from(planned.plus_millis(-30_000));
    let jobs = server::start_jobs(&town.parts).expect("the background work");
    std::thread::sleep(Duration::from_secs(29));
    report.note("the rungs come due");
    let (begun, before) = (Ticks::now(), processor());
    while left(town, planned) > 0 || town.clock.now() < planned {
        assert!(begun.elapsed() < PATIENCE, "{} rungs are left after {PATIENCE:?}", left(town, planned));
        std::thread::sleep(Duration::from_millis(200));
    }
    let work = processor() - before;
    jobs.stop();
    let mut took = delays(town, planned);
    assert_eq!(took.len(), TOGETHER, "each once");
    let (p50, p99) = percentiles(&mut took);
    let last = took.last().copied().unwrap_or_default();
    let seconds = |d: Duration| format!("{:.1} s", d.as_secs_f64());
    let each = work.as_secs_f64() * 1_000.0 / TOGETHER as f64;
    let ours =
        format!("p50 {}, p99 {}, the last {}, processor {each:.2} ms", seconds(p50), seconds(p99), seconds(last));
    let what = format!("{TOGETHER} rungs due at once among {} open obligations: due to climbed", plan.dossiers);
    let met = if last <= LIMIT { "reached" } else { "not reached" };
    report.line([&what, town.engine_name(), &ours, "goal, the last", &seconds(LIMIT), met]);
    town.clock.hold(town.clock.now());
}

/// Open obligations whose next rung is far away.
fn waiting(count: usize) -> String {
    let columns = "subject, holder, responsible, kind, state, opened_at, start_at, limit_amount, limit_unit, cutoff, source, calendar,
        running_calendar, limit_minutes, first_promise, legal_due, appointment, paused_since, closed_at, outcome, result,
        late_minutes, late_days, pauses, pauses_near_due, extensions, next_mark, reminded, history, version, ladder";
    format!(
        "INSERT INTO obligations (home, id, risk_at, next_action_at, {columns})
         WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {count}),
              one AS (SELECT * FROM obligations WHERE home <> 'peer' AND closed_at IS NULL
                      ORDER BY opened_at DESC, id DESC LIMIT 1)
         SELECT one.home, 'obl_' || substr('10000000000000000000000000000000', 1, 32 - length(CAST(i AS TEXT)))
                || CAST(i AS TEXT), NULL, '2022-07-26T00:00:00.000Z', {columns} FROM c CROSS JOIN one"
    )
}

/// Opens what will be due together; the instant of the first rungs.
fn opened(town: &Town) -> Instant {
    let holders = town.agencies.clone();
    let mut planned = None;
    for batch in 0..TOGETHER / 100 {
        let holders = holders.clone();
        let opened = town.parts.db.write_blocking(&town.parts.home, move |tx| {
            let mut first = None;
            for number in 0..100 {
                let subject = format!("bench:{batch:03}-{number:03}");
                let holder = holders.get(number % holders.len()).expect("an agency");
                first = one(tx, &subject, holder)?;
            }
            Ok(first)
        });
        planned = opened.expect("obligations");
    }
    planned.expect("a rung")
}

fn one(tx: &mut Tx<'_>, subject: &str, holder: &kernel_base::AgencyId) -> Result<Option<Instant>> {
    let (start, source) = (tx.now(), json!({ "bench": true }));
    let limit = Limit::working_hours(8);
    let new = Open { kind: "dossier.step", subject, holder, limit, cutoff: None, start, actor: "system", source };
    open(tx, &new).map(|o| o.next_action_at)
}

/// Rungs that were due by `planned` and are not climbed.
fn left(town: &Town, planned: Instant) -> usize {
    town.parts
        .db
        .read_blocking(&town.parts.home, move |tx| kernel_obligations::due_actions(tx, planned, 100_000))
        .expect("the rungs")
        .iter()
        .filter(|o| o.subject.starts_with("bench:"))
        .count()
}

/// From due to the instant of each rung's event.
fn delays(town: &Town, planned: Instant) -> Vec<Duration> {
    let sql = "SELECT at FROM events WHERE subject LIKE 'bench:%' AND kind = 'obligation.reminded'";
    let delay = |text: String| {
        let at = Instant::parse(&text).expect("an instant");
        Duration::from_millis(u64::try_from(at.as_millis() - planned.as_millis()).unwrap_or(0))
    };
    town.texts(sql).into_iter().map(delay).collect()
}
