//! What only PostgreSQL can do: go away, come back, and let transactions race.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::{
    sync::{
        Arc, Barrier,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant as Ticks},
};

use kernel_base::{Home, Instant, Kind, MockClock, Result};
use kernel_db::{Db, DbOptions, Engine, Migration, Sql, Tx, params, sql};
use kernel_testkit::{Database, PgServer, World, available, server};

const MIGRATIONS: &[Migration] = &[Migration {
    system: "test",
    number: 1,
    name: "counters",
    sql:
        "CREATE TABLE counters (home TEXT NOT NULL, name TEXT NOT NULL, value BIGINT NOT NULL, version BIGINT NOT NULL,
              PRIMARY KEY (home, name));
          CREATE TABLE diary (home TEXT NOT NULL, number BIGINT NOT NULL, PRIMARY KEY (home, number));",
}];

static NEW: &Sql = sql!("INSERT INTO counters (home, name, value, version) VALUES ($1, $2, 0, 1)");
static GET: &Sql = sql!("SELECT value, version FROM counters WHERE home = $1 AND name = $2");
static SET: &Sql =
    sql!("UPDATE counters SET value = $3, version = version + 1 WHERE home = $1 AND name = $2 AND version = $4");

fn home() -> Home {
    Home::parse("H47").unwrap()
}

fn options(database: &Database) -> DbOptions {
    DbOptions::new(database.url(), Arc::new(MockClock::at(Instant::from_millis(0))))
}

fn open(database: &Database) -> Db {
    let db = Db::open(options(database)).unwrap();
    db.migrate(MIGRATIONS).unwrap();
    db
}

fn bump(tx: &mut Tx<'_>) -> Result<i64> {
    let row = tx.query_one(GET, &params!["a"])?;
    let (value, version): (i64, i64) = (row.get("value")?, row.get("version")?);
    tx.execute_one(SET, &params!["a", value + 1, version])?;
    Ok(value + 1)
}

fn value(db: &Db) -> Result<i64> {
    db.read_blocking(&home(), |tx| tx.query_one(GET, &params!["a"])?.get("value"))
}

/// Ends the other sessions of a database, as an administrator or a restart would.
fn end_sessions(url: &str) {
    let url = url.to_owned();
    let end = move || {
        let mut client = ::postgres::Client::connect(&url, ::postgres::NoTls).unwrap();
        let others = "datname = current_database() AND pid <> pg_backend_pid()";
        let end = format!("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE {others}");
        client.batch_execute(&end).unwrap();
        while client
            .query_one(&format!("SELECT count(*) FROM pg_stat_activity WHERE {others}"), &[])
            .unwrap()
            .get::<_, i64>(0)
            > 0
        {
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    std::thread::spawn(end).join().unwrap();
}

#[test]
fn racing_updates_are_run_again_until_all_have_counted() {
    if !available(Engine::Postgres) {
        return;
    }
    let world = World::new(Engine::Postgres, &[MIGRATIONS]);
    world.write(|tx| tx.execute(NEW, &params!["a"])).unwrap();
    let racing: Vec<_> = (0..4)
        .map(|_| {
            let (db, home) = (world.db.clone(), world.home.clone());
            std::thread::spawn(move || (0..25).filter(|_| db.write_blocking(&home, bump).is_ok()).count())
        })
        .collect();
    let counted: usize = racing.into_iter().map(|one| one.join().unwrap()).sum();
    assert!(counted > 90, "{counted} of 100 got through");
    assert_eq!(value(&world.db).unwrap(), i64::try_from(counted).unwrap());
}

#[test]
fn two_that_lock_each_other_out_both_get_through() {
    if !available(Engine::Postgres) {
        return;
    }
    static TOUCH: &Sql = sql!("UPDATE counters SET value = value + 1 WHERE home = $1 AND name = $2");
    let world = World::new(Engine::Postgres, &[MIGRATIONS]);
    world.write(|tx| Ok(tx.execute(NEW, &params!["a"])? + tx.execute(NEW, &params!["b"])?)).unwrap();
    let meet = Arc::new(Barrier::new(2));
    let runs = Arc::new(AtomicU32::new(0));
    let locking: Vec<_> = [("a", "b"), ("b", "a")]
        .into_iter()
        .map(|(first, second)| {
            let (db, home, meet, runs) = (world.db.clone(), world.home.clone(), Arc::clone(&meet), Arc::clone(&runs));
            let lock_both = move |tx: &mut Tx<'_>| {
                tx.execute(TOUCH, &params![first])?;
                if runs.fetch_add(1, Ordering::SeqCst) < 2 {
                    meet.wait();
                }
                tx.execute(TOUCH, &params![second])
            };
            std::thread::spawn(move || db.write_blocking(&home, lock_both))
        })
        .collect();
    for one in locking {
        one.join().unwrap().unwrap();
    }
    assert_eq!((value(&world.db).unwrap(), runs.load(Ordering::SeqCst)), (2, 3));
}

#[test]
fn a_session_that_ends_between_or_inside_use_cases_is_replaced_and_nothing_counts_twice() {
    let Some(server) = server() else { return };
    let database = server.database();
    let db = open(&database);
    db.write_blocking(&home(), |tx| tx.execute(NEW, &params!["a"])).unwrap();
    end_sessions(database.url());
    assert_eq!(db.write_blocking(&home(), bump).unwrap(), 1);

    let url = database.url().to_owned();
    let runs = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&runs);
    let bumped = db.write_blocking(&home(), move |tx| {
        let row = tx.query_one(GET, &params!["a"])?;
        if counted.fetch_add(1, Ordering::SeqCst) == 0 {
            end_sessions(&url);
        }
        tx.execute_one(SET, &params!["a", row.get::<i64>("value")? + 1, row.get::<i64>("version")?])
    });
    bumped.unwrap();
    assert_eq!((runs.load(Ordering::SeqCst), value(&db).unwrap()), (2, 2));
}

#[test]
fn a_session_that_ends_at_the_commit_leaves_the_outcome_open_and_says_so() {
    let Some(server) = server() else { return };
    let database = server.database();
    let db = open(&database);
    let url = database.url().to_owned();
    let runs = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&runs);
    let unknown = db.write_blocking(&home(), move |tx| {
        counted.fetch_add(1, Ordering::SeqCst);
        tx.execute(NEW, &params!["a"])?;
        end_sessions(&url);
        Ok(())
    });
    let unknown = unknown.unwrap_err();
    assert_eq!((unknown.kind, unknown.code), (Kind::Unavailable, "outcome_unknown"));
    assert!(unknown.words.vi.contains("kiểm tra trước khi làm lại"));
    assert_eq!(runs.load(Ordering::SeqCst), 1, "it must not be repeated by itself");
}

#[test]
fn a_server_that_is_gone_is_reported_soon_and_used_again_when_it_is_back() {
    if !available(Engine::Postgres) || std::env::var_os("CHUYENDONG_TEST_POSTGRES").is_some() {
        return;
    }
    let server = PgServer::start();
    let database = server.database();
    let db = open(&database);
    db.write_blocking(&home(), |tx| tx.execute(NEW, &params!["a"])).unwrap();
    server.stop("crash");
    let started = Ticks::now();
    let mut unknown = 0;
    for _ in 0..20 {
        let gone = db.write_blocking(&home(), bump).unwrap_err();
        assert_eq!(gone.kind, Kind::Unavailable);
        unknown += i64::from(gone.code == "outcome_unknown");
    }
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    server.start_again();
    let started = Ticks::now();
    let mut back = db.write_blocking(&home(), bump);
    while back.is_err() && started.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(100));
        back = db.write_blocking(&home(), bump);
    }
    // What was answered before the crash is there, and nothing was counted meanwhile but what was said to be open.
    let value = back.unwrap();
    assert!((1..=1 + unknown).contains(&value), "{value}, {unknown} unknown");
}

#[test]
fn a_role_that_could_change_append_only_tables_is_not_used() {
    let Some(server) = server() else { return };
    let database = server.database();
    let name = format!("weak_{}", std::process::id());
    database.run(&format!("CREATE ROLE {name} LOGIN; GRANT ALL ON SCHEMA public TO {name};"));
    let (start, rest) = database.url().split_once('@').expect("a URL with a user");
    let scheme = start.split_once("//").unwrap().0;
    let weak = DbOptions { url: format!("{scheme}//{name}@{rest}"), append_only: &["diary"], ..options(&database) };
    let db = Db::open(weak).unwrap();
    db.migrate(MIGRATIONS).unwrap();
    let refused = db.write_blocking(&home(), |tx| tx.execute(NEW, &params!["a"])).unwrap_err();
    assert_eq!(refused.kind, Kind::Unavailable);
    assert!(refused.inside.unwrap().contains("diary, which is append-only"));
    // Once the administrator has let it take the server's role, it works, without the right to change the diary.
    let owner = DbOptions { append_only: &["diary"], ..options(&database) };
    Db::open(owner).unwrap().migrate(MIGRATIONS).unwrap();
    database.run(&format!("GRANT chuyendong_server TO {name}"));
    std::thread::sleep(Duration::from_millis(600));
    db.write_blocking(&home(), |tx| tx.execute(NEW, &params!["a"])).unwrap();
    let change =
        db.write_blocking(&home(), |tx| tx.execute(sql!("DELETE FROM diary WHERE home = $1"), &[])).unwrap_err();
    assert!(change.inside.unwrap().contains("42501"));
}
