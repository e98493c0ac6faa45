//! How many durable use cases of five statements a second: `cargo run --release -p kernel-db --example throughput`.
//!
//! Arguments: URL (default: a new SQLite file in the working directory's `target`; `postgres`: a new server), callers,
//! seconds, connections.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a program to measure with")]

use std::{
    sync::Arc,
    time::{Duration, Instant as Ticks},
};

use kernel_base::{Home, Instant, MockClock, Result, TypedId, typed_id};
use kernel_db::{Db, DbOptions, Migration, Sql, Tx, id, params, sql};
use kernel_testkit::PgServer;

typed_id!(DossierId, "dos");

const MIGRATIONS: &[Migration] = &[Migration {
    system: "throughput",
    number: 1,
    name: "tables",
    sql: "
        CREATE TABLE dossiers (home TEXT NOT NULL, id TEXT NOT NULL, state TEXT NOT NULL, version BIGINT NOT NULL,
            PRIMARY KEY (home, id));
        CREATE TABLE papers (home TEXT NOT NULL, dossier TEXT NOT NULL, number BIGINT NOT NULL, name TEXT NOT NULL,
            PRIMARY KEY (home, dossier, number));
        CREATE TABLE entries (home TEXT NOT NULL, dossier TEXT NOT NULL, seq BIGINT NOT NULL, body TEXT NOT NULL,
            PRIMARY KEY (home, dossier, seq));
    ",
}];

static NEW: &Sql = sql!("INSERT INTO dossiers (home, id, state, version) VALUES ($1, $2, 'new', 1)");
static PAPER: &Sql = sql!("INSERT INTO papers (home, dossier, number, name) VALUES ($1, $2, $3, $4)");
static ENTRY: &Sql = sql!("INSERT INTO entries (home, dossier, seq, body) VALUES ($1, $2, $3, $4)");
static GET: &Sql = sql!("SELECT state, version FROM dossiers WHERE home = $1 AND id = $2");
static MOVE: &Sql =
    sql!("UPDATE dossiers SET state = 'submitted', version = version + 1 WHERE home = $1 AND id = $2 AND version = $3");

fn submit(tx: &mut Tx<'_>) -> Result<DossierId> {
    let dossier: DossierId = tx.new_id();
    tx.execute(NEW, &params![id(&dossier)])?;
    tx.execute(PAPER, &params![id(&dossier), 1, "Giấy chứng sinh"])?;
    tx.execute(ENTRY, &params![id(&dossier), 1, r#"{"kind":"dossier.submitted","channel":"online"}"#])?;
    let row = tx.query_one(GET, &params![id(&dossier)])?;
    tx.execute_one(MOVE, &params![id(&dossier), row.get::<i64>("version")?])?;
    Ok(dossier)
}

async fn keep_submitting(db: Db, home: Home, until: Ticks) -> Vec<Duration> {
    let mut took = Vec::new();
    while Ticks::now() < until {
        let started = Ticks::now();
        let dossier = db.write(&home, submit).await.unwrap();
        assert!(dossier.as_str().starts_with("dos_"));
        took.push(started.elapsed());
    }
    took
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let file = format!("sqlite:target/throughput-{}.sqlite", std::process::id());
    let url = arguments.next().unwrap_or(file);
    let callers: usize = arguments.next().map_or(256, |text| text.parse().unwrap());
    let seconds: u64 = arguments.next().map_or(5, |text| text.parse().unwrap());
    let own = (url == "postgres").then(PgServer::start);
    let database = own.as_ref().map(PgServer::database);
    let url = database.as_ref().map_or(url, |database| database.url().to_owned());
    let mut options = DbOptions::new(url, Arc::new(MockClock::at(Instant::from_millis(1_627_264_800_000))));
    options.writers = arguments.next().map_or(16, |text| text.parse().unwrap());
    let db = Db::open(options).unwrap();
    db.migrate(MIGRATIONS).unwrap();
    let home = Home::parse("H47").unwrap();

    let until = Ticks::now() + Duration::from_secs(seconds);
    let tasks: Vec<_> = (0..callers).map(|_| tokio::spawn(keep_submitting(db.clone(), home.clone(), until))).collect();
    let mut took = Vec::new();
    for task in tasks {
        took.extend(task.await.unwrap());
    }
    took.sort();
    let per_second = took.len() as u64 / seconds;
    let at = |share: usize| took[(took.len() * share / 100).min(took.len() - 1)];
    println!(
        "{:?}: {callers} callers, {per_second} use cases a second, p50 {:?}, p99 {:?}",
        db.engine(),
        at(50),
        at(99)
    );
}
