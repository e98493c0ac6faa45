//! The peers: pgbench on the same PostgreSQL, and SQLite without the product.

use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant as Ticks},
};

use kernel_db::Engine;
use rusqlite::Connection;

use crate::{
    Plan,
    report::{Sample, processor},
    rows::{PEER_FILES, Script},
    town::Town,
};

/// One run of pgbench.
#[derive(Debug)]
pub(crate) struct PgBench<'a> {
    pub(crate) url: &'a str,
    pub(crate) folder: &'a Path,
    pub(crate) clients: usize,
    pub(crate) seconds: u64,
    /// Distinguishes the keys of this run from those of others.
    pub(crate) run: usize,
}

/// What pgbench measured.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) per_second: f64,
    pub(crate) took: Vec<Duration>,
}

impl PgBench<'_> {
    /// The statements of a submission as one transaction, over `agencies` agencies.
    pub(crate) fn submissions(&self, script: &Script, agencies: usize) -> Measured {
        let head = format!(
            "\\set n :n + 1\n\\set k :client_id * 10000000 + :run * 1000000000 + :n\n\
             \\set a random(1, {agencies})\n\\set f random(1, {PEER_FILES})\nBEGIN;\n"
        );
        self.run(&format!("{head}{};\nCOMMIT;\n", script.0.join(";\n")))
    }

    /// Any script; literals in it hold no `:letter`.
    pub(crate) fn run(&self, script: &str) -> Measured {
        let file = self.folder.join("script.pgbench");
        fs::write(&file, script).unwrap();
        let log = self.folder.join(format!("pgbench-{}", self.run));
        let mut command = Command::new("pgbench");
        command.args(["--no-vacuum", "--protocol=prepared", "--jobs=1", "--define=n=0", "--log"]);
        command.arg(format!("--client={}", self.clients)).arg(format!("--time={}", self.seconds));
        command.arg(format!("--define=run={}", self.run)).arg(format!("--log-prefix={}", log.display()));
        command.arg("--file").arg(&file).arg(self.url).current_dir(self.folder);
        let done = command.output().expect("pgbench (apt-get install postgresql-contrib)");
        let text = String::from_utf8_lossy(&done.stdout).into_owned();
        let complaint = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(done.status.success() && !complaint.contains("ERROR"), "pgbench: {complaint}");
        let tps = text.lines().find_map(|l| l.strip_prefix("tps = ")?.split_whitespace().next()?.parse().ok());
        Measured { per_second: tps.expect("tps"), took: logged(self.folder, &format!("pgbench-{}.", self.run)) }
    }
}

/// Microseconds of each transaction, from pgbench's log.
fn logged(folder: &Path, prefix: &str) -> Vec<Duration> {
    let mut took = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        if !entry.file_name().to_string_lossy().starts_with(prefix) {
            continue;
        }
        let text = fs::read_to_string(entry.path()).unwrap();
        took.extend(text.lines().filter_map(|l| l.split(' ').nth(2)?.parse().ok()).map(Duration::from_micros));
        fs::remove_file(entry.path()).unwrap();
    }
    took
}

/// The statements of submissions on one SQLite connection, `batch` in one durable commit, for some time.
pub(crate) fn group_commit(
    connection: &Connection,
    script: &Script,
    run: usize,
    batch: usize,
    time: Duration,
) -> Sample {
    let mut statements: Vec<_> = script.0.iter().map(|s| connection.prepare(s).expect(s)).collect();
    let (begun, mut done, mut took) = (Ticks::now(), 0_usize, Vec::new());
    while begun.elapsed() < time {
        let started = Ticks::now();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        for _ in 0..batch {
            done += 1;
            let numbers = [(":k", run * 1_000_000_000 + done), (":a", done % 16 + 1), (":f", done % PEER_FILES + 1)];
            for statement in &mut statements {
                for (name, number) in numbers {
                    if let Some(at) = statement.parameter_index(name).unwrap() {
                        statement.raw_bind_parameter(at, i64::try_from(number).unwrap()).unwrap();
                    }
                }
                let mut rows = statement.raw_query();
                while rows.next().unwrap().is_some() {}
            }
        }
        connection.execute_batch("COMMIT").unwrap();
        took.extend(std::iter::repeat_n(started.elapsed(), batch));
    }
    Sample::of(took, begun.elapsed())
}

/// Who runs bare statements on an engine.
pub(crate) fn name(town: &Town) -> &'static str {
    match town.engine() {
        Engine::Sqlite => "SQLite alone",
        Engine::Postgres => "pgbench",
    }
}

/// Statements that only read, all their values taken, by so many callers at once: without the product.
pub(crate) fn reads(town: &Town, plan: &Plan, callers: usize, statements: &[String]) -> Sample {
    match town.engine() {
        Engine::Sqlite => Sample::timed(processor, || sqlite_reads(town, plan, callers, statements)),
        Engine::Postgres => {
            let (url, folder, seconds) = (&town.url, town.folder.path(), plan.round.as_secs().max(1));
            let bench = PgBench { url, folder, clients: callers, seconds, run: 0 };
            let measured = bench.run(&format!("{};\n", statements.join(";\n")));
            Sample { rate: measured.per_second, took: measured.took, work: Duration::ZERO }
        }
    }
}

fn sqlite_reads(town: &Town, plan: &Plan, callers: usize, statements: &[String]) -> Sample {
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
    let begun = Ticks::now();
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..callers).map(|_| scope.spawn(reader)).collect();
        let took = readers.into_iter().flat_map(|r| r.join().unwrap()).collect();
        Sample::of(took, begun.elapsed())
    })
}
