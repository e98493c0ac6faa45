//! Measures the product beside a peer or a limit that does the same work in the same run; prints the tables of
//! `docs/benchmarks.md`. Everything is bounded in number and time and stays on this machine.
//!
//! `bench [--seconds N] [--rounds N] [--dossiers N] [--only submit,http,status,verify,serve,lists,board,rungs]
//! [--engine sqlite|postgres]`
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a program to measure with may fail loudly")]

mod board;
mod http;
mod lists;
mod nginx;
mod peer;
mod report;
mod rows;
mod rungs;
mod start;
mod status;
mod submit;
mod town;
mod wire;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::Parser;
use kernel_db::Engine;
use report::Report;
use town::Town;

/// How much is measured.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Length of one round.
    pub(crate) round: Duration,
    /// Rounds of product and peer in turn; the middle one counts.
    pub(crate) rounds: usize,
    /// Callers at once.
    pub(crate) callers: usize,
    /// Dossiers that the work lists are read from.
    pub(crate) dossiers: usize,
    only: Vec<String>,
    engines: Vec<Engine>,
}

impl Plan {
    fn from_arguments() -> Self {
        let mut plan = Self {
            round: Duration::from_secs(2),
            rounds: 7,
            callers: 64,
            dossiers: 100_000,
            only: Vec::new(),
            engines: vec![Engine::Sqlite, Engine::Postgres],
        };
        let mut arguments = std::env::args().skip(1);
        while let (Some(name), Some(value)) = (arguments.next(), arguments.next()) {
            match name.as_str() {
                "--seconds" => plan.round = Duration::from_secs(value.parse().expect("seconds")),
                "--rounds" => plan.rounds = value.parse().expect("a number of rounds"),
                "--dossiers" => plan.dossiers = value.parse().expect("a number of dossiers"),
                "--only" => plan.only = value.split(',').map(str::to_owned).collect(),
                "--engine" if value == "sqlite" => plan.engines = vec![Engine::Sqlite],
                "--engine" if value == "postgres" => plan.engines = vec![Engine::Postgres],
                _ => report::fail(&format!("unknown argument {name} {value}")),
            }
        }
        plan
    }

    fn has(&self, part: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == part)
    }
}

/// The program of the product: this one, with a command of the product as its first argument.
pub(crate) fn program() -> PathBuf {
    std::env::current_exe().expect("this program")
}

/// `bench serve ..` is `chuyendong serve ..`: one program is linked instead of two, half of the time of `make bench`.
fn main() -> ExitCode {
    if std::env::args().nth(1).is_some_and(|first| !first.starts_with("--")) {
        return chuyendong::cli::run(chuyendong::cli::Cli::parse());
    }
    measure(&Plan::from_arguments());
    ExitCode::SUCCESS
}

fn measure(plan: &Plan) {
    let mut report = Report::default();
    for engine in plan.engines.clone() {
        report.note(&format!("{engine:?}: organisation, catalogue and calendars are being made"));
        let town = Town::open(engine);
        if plan.has("submit") {
            submit::measure(&town, plan, &mut report);
        }
        if plan.has("http") {
            http::measure(&town, plan, &mut report);
        }
        if plan.has("status") {
            status::measure(&town, plan, &mut report);
        }
        if plan.has("verify") {
            start::verify(&town, &mut report);
        }
        if plan.has("serve") {
            start::serve(&town, &mut report);
        }
        if plan.has("lists") {
            lists::measure(&town, plan, &mut report);
        }
        if plan.has("board") {
            board::measure(&town, plan, &mut report);
        }
        if plan.has("rungs") {
            rungs::measure(&Town::open(engine), plan, &mut report);
        }
    }
    report.print();
}
