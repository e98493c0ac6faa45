//! A database with a clock, for one test.

use std::sync::Arc;

use kernel_base::{Clock, Home, Instant, MockClock, Result};
use kernel_db::{Db, DbOptions, Engine, Migration, Ports, Tx};

use crate::postgres::{Database, server};

/// What a world is made of.
#[derive(Debug, Clone)]
pub struct WorldOptions<'m> {
    pub engine: Engine,
    /// The migrations of the crates under test, in order.
    pub migrations: &'m [&'m [Migration]],
    pub ports: Ports,
    pub append_only: &'static [&'static str],
}

/// A database of its own, a clock that stands at 08:00 on Monday 26 July 2021 in Vietnam, home `H47`, repeatable ids.
#[derive(Debug)]
pub struct World {
    pub db: Db,
    pub clock: Arc<MockClock>,
    pub home: Home,
    /// A folder of this test, removed with the world.
    pub folder: tempfile::TempDir,
    url: String,
    database: Option<Database>,
}

impl World {
    /// A world with the migrations of some crates.
    #[must_use]
    pub fn new(engine: Engine, migrations: &[&[Migration]]) -> Self {
        Self::with(WorldOptions { engine, migrations, ports: Ports::new(), append_only: &[] })
    }

    /// A world with ports and append-only tables.
    #[must_use]
    pub fn with(options: WorldOptions<'_>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let database = (options.engine == Engine::Postgres).then(|| {
            let server = server().expect("PostgreSQL is switched off; ask kernel_testkit::available first");
            server.database()
        });
        let file = || format!("sqlite:{}", folder.path().join("test.sqlite").display());
        let url = database.as_ref().map_or_else(file, |database| database.url().to_owned());
        let clock = Arc::new(MockClock::at(Instant::from_vietnam(jiff::civil::date(2021, 7, 26).at(8, 0, 0, 0))));
        let mut open = DbOptions::new(url.as_str(), Arc::clone(&clock) as Arc<dyn Clock>);
        open.ports = options.ports;
        open.append_only = options.append_only;
        open.seed = Some(47);
        (open.readers, open.writers) = (2, 4);
        let db = Db::open(open).expect("a database");
        db.migrate(&options.migrations.concat()).expect("migrations");
        let home = Home::parse("H47").expect("a home");
        Self { db, clock, home, folder, url, database }
    }

    #[must_use]
    pub fn engine(&self) -> Engine {
        self.db.engine()
    }

    /// The URL of this world's database, for a second [`Db`] on it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Runs SQL past the product and its guards, as someone with all rights over the database would.
    ///
    /// # Panics
    /// When the database refuses.
    pub fn tamper(&self, sql: &str) {
        match &self.database {
            Some(database) => database.run(sql),
            None => {
                let path = self.url.strip_prefix("sqlite:").expect("an SQLite file");
                let connection = rusqlite::Connection::open(path).expect("the file");
                connection.busy_timeout(std::time::Duration::from_secs(5)).expect("patience");
                connection.execute_batch(sql).expect("the statement");
            }
        }
    }

    #[must_use]
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Runs a use case in this world's home.
    ///
    /// # Errors
    /// Those of the use case.
    pub fn write<T: Send + 'static>(&self, f: impl Fn(&mut Tx<'_>) -> Result<T> + Send + 'static) -> Result<T> {
        self.db.write_blocking(&self.home, f)
    }

    /// Reads in this world's home.
    ///
    /// # Errors
    /// Those of the use case.
    pub fn read<T: Send + 'static>(&self, f: impl Fn(&mut Tx<'_>) -> Result<T> + Send + 'static) -> Result<T> {
        self.db.read_blocking(&self.home, f)
    }

    /// Every statement linked into the test is accepted by this engine and keeps the house rules.
    ///
    /// # Panics
    /// Naming each statement that does not.
    pub fn assert_statements(&self) {
        let problems = self.db.prepare_all().expect("the database");
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    }
}

/// Whether tests run on this engine; PostgreSQL is switched off by `CHUYENDONG_TEST_NO_POSTGRES=1` only.
#[must_use]
pub fn available(engine: Engine) -> bool {
    engine == Engine::Sqlite || server().is_some()
}

/// Runs a test that awaits, on two threads.
pub fn block_on<F: std::future::Future>(story: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(story)
}
