//! Organisation, catalogue, calendars and sign-ins are made once for each engine and copied for each test.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    thread,
};

use chuyendong::{
    clock::DemoClock,
    config::{Config, Overrides},
    demo::{self, Size},
    server::{self, Parts},
};
use kernel_base::{Clock, Instant};
use kernel_db::Engine;
use kernel_files::{Files, Inspector};
use kernel_testkit::Database;
use kernel_web::accounts::WallClock;

/// The program that cargo built for these tests; it also inspects files.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_chuyendong-tested");

/// A database with everything that stands before the first dossier.
struct Seed {
    /// SQLite: the file. PostgreSQL: the database that others are copied from.
    file: PathBuf,
    database: Option<Database>,
    _folder: tempfile::TempDir,
}

/// Day of the seed in the evening before the demonstration begins.
fn seeded_at() -> Instant {
    Instant::parse("2021-07-25T20:00").unwrap()
}

/// A new database with the seed in it: its URL, and its owner on PostgreSQL.
pub(super) fn copy(engine: Engine, folder: &Path) -> (String, Option<Database>) {
    static SQLITE: OnceLock<Seed> = OnceLock::new();
    static POSTGRES: OnceLock<Seed> = OnceLock::new();
    match engine {
        Engine::Sqlite => {
            let seed = SQLITE.get_or_init(|| Seed::make(engine));
            let file = folder.join("chuyendong.db");
            std::fs::copy(&seed.file, &file).unwrap();
            (format!("sqlite:{}", file.display()), None)
        }
        Engine::Postgres => {
            let seed = POSTGRES.get_or_init(|| Seed::make(engine));
            let server = kernel_testkit::server().unwrap();
            let database = server.copy_of(seed.database.as_ref().unwrap());
            (database.url().to_owned(), Some(database))
        }
    }
}

/// An empty database.
pub(super) fn nothing(engine: Engine, folder: &Path) -> (String, Option<Database>) {
    match engine {
        Engine::Sqlite => (format!("sqlite:{}", folder.join("chuyendong.db").display()), None),
        Engine::Postgres => {
            let database = kernel_testkit::server().unwrap().database();
            (database.url().to_owned(), Some(database))
        }
    }
}

impl Seed {
    fn make(engine: Engine) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("chuyendong.db");
        let database = (engine == Engine::Postgres).then(|| kernel_testkit::server().unwrap().database());
        let url = database.as_ref().map_or_else(|| format!("sqlite:{}", file.display()), |d| d.url().to_owned());
        let config = config(folder.path(), &url);
        // Seeding inspects a photograph on a runtime of its own, which may not be started inside another one.
        let seeded = thread::spawn(move || {
            let clock = Arc::new(DemoClock::starting_at(seeded_at()));
            clock.hold(seeded_at());
            let parts = open(&config, &clock, Arc::new(demo::DemoWall(Arc::clone(&clock))));
            demo::seed(&parts, &clock, seeded_at(), Size { dossiers: 0, days: 0 }).unwrap();
        });
        seeded.join().unwrap();
        if engine == Engine::Sqlite {
            // Everything into the one file that is copied.
            let connection = rusqlite::Connection::open(&file).unwrap();
            connection.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
            connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        }
        Self { file, database, _folder: folder }
    }
}

/// Authenticators and the server agree on this clock; each code that a test asks for is a later one.
#[derive(Debug, Default)]
pub(crate) struct Wall(std::sync::atomic::AtomicI64);

impl Wall {
    /// The next half minute.
    pub(crate) fn next(&self) -> Instant {
        self.0.fetch_add(30_000, std::sync::atomic::Ordering::SeqCst);
        WallClock::now(self)
    }
}

impl WallClock for Wall {
    fn now(&self) -> Instant {
        Instant::from_millis(1_800_000_000_000 + self.0.load(std::sync::atomic::Ordering::SeqCst))
    }
}

/// Settings of a test: small pools, no address that anybody listens on.
pub(super) fn config(data: &Path, url: &str) -> Config {
    let overrides = Overrides { data: Some(data.to_owned()), db: Some(url.to_owned()), ..Overrides::default() };
    let mut config = Config::load(&overrides, std::iter::empty()).unwrap();
    (config.readers, config.writers) = (2, 4);
    // Each look at the scoreboard counts anew; what keeping does is tested in kernel/web.
    config.board_millis = 0;
    config
}

/// Opens the application's parts; strangers' files are inspected by [`PROGRAM`].
pub(super) fn open(config: &Config, clock: &Arc<DemoClock>, wall: Arc<dyn WallClock>) -> Parts {
    let clock: Arc<dyn Clock> = Arc::clone(clock) as _;
    let mut parts = server::open_with(config, clock, true, true, wall).unwrap();
    parts.files = Files::open(&config.data.join("files"), Inspector::new(PROGRAM, ["inspect-file"])).unwrap();
    parts.checker = kernel_signatures::child::Checker::new(PROGRAM, &["check-signatures"], Arc::clone(&parts.trust));
    parts
}
