//! The application with organisation and catalogue on one engine, a citizen, and papers to hand in.

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use chuyendong::{
    clock::DemoClock,
    config::{Config, Overrides},
    demo::{self, DemoWall, Size},
    server::{self, Parts},
};
use kernel_base::{AgencyId, Clock, Result};
use kernel_contract::{Catalogue, Channel, Submission, SubmittedPaper};
use kernel_db::{Engine, Tx};
use kernel_files::{Files, Inspector};
use kernel_org::Actor;
use kernel_testkit::Database;
use kernel_web::{Contact, accounts};
use serde_json::Value;

/// Registration of a birth (đăng ký khai sinh).
pub(crate) const PROCEDURE: &str = "1.001193";

/// Agencies that the submissions are spread over.
const AGENCIES: usize = 16;

/// Papers recorded before a measurement.
const FILES: usize = 200_000;

/// One running application.
pub(crate) struct Town {
    pub(crate) parts: Parts,
    pub(crate) clock: Arc<DemoClock>,
    pub(crate) url: String,
    pub(crate) agencies: Vec<AgencyId>,
    pub(crate) papers: Vec<String>,
    pub(crate) form: Value,
    pub(crate) citizen: Actor,
    /// Owners of recorded papers, each with the number of papers used.
    recorded: Mutex<Vec<(String, usize)>>,
    database: Option<Database>,
    pub(crate) folder: tempfile::TempDir,
}

impl Town {
    /// Opens an application with everything that stands before the first dossier; durable, with the default pools.
    pub(crate) fn open(engine: Engine) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let database = (engine == Engine::Postgres).then(|| {
            let server = kernel_testkit::server().expect("PostgreSQL is switched off");
            server.database()
        });
        let file = || format!("sqlite:{}", folder.path().join("chuyendong.db").display());
        let url = database.as_ref().map_or_else(file, |d| d.url().to_owned());
        let clock = Arc::new(DemoClock::starting_at(demo::start()));
        let parts = open(folder.path(), &url, &clock);
        demo::seed(&parts, &clock, demo::start(), Size { dossiers: 0, days: 0 }).expect("the seed");
        clock.hold(demo::start().plus_hours(2));
        let citizen = parts.db.write_blocking(&parts.home, citizen).expect("a citizen");
        let (agencies, papers, form) = parts.db.read_blocking(&parts.home, offering).expect("the procedure");
        let recorded = Mutex::new(Vec::new());
        Self { parts, clock, url, agencies, papers, form, citizen, recorded, database, folder }
    }

    pub(crate) fn engine(&self) -> Engine {
        self.parts.db.engine()
    }

    pub(crate) fn engine_name(&self) -> &'static str {
        match self.engine() {
            Engine::Sqlite => "SQLite",
            Engine::Postgres => "PostgreSQL",
        }
    }

    /// Runs statements past the product: only to make rows in bulk, never to measure.
    pub(crate) fn bulk(&self, sql: &str) {
        match &self.database {
            Some(database) => database.run(sql),
            None => self.sqlite().execute_batch(sql).expect("the statements"),
        }
    }

    /// One text that a statement finds, past the product.
    pub(crate) fn text(&self, sql: &str) -> String {
        self.texts(sql).pop().expect("a row")
    }

    /// The texts that a statement finds, past the product.
    pub(crate) fn texts(&self, sql: &str) -> Vec<String> {
        if self.engine() == Engine::Sqlite {
            let connection = self.sqlite();
            let mut statement = connection.prepare(sql).expect("a statement");
            let rows = statement.query_map([], |row| row.get(0)).expect("rows");
            return rows.collect::<rusqlite::Result<_>>().expect("texts");
        }
        let (url, sql) = (self.url.clone(), sql.to_owned());
        let asked = std::thread::spawn(move || {
            let mut client = postgres::Client::connect(&url, postgres::NoTls).expect("a connection");
            client.query(&sql, &[]).expect("rows").iter().map(|row| row.get(0)).collect()
        });
        asked.join().expect("an answer")
    }

    /// A connection of its own to the SQLite file, durable like the product's.
    pub(crate) fn sqlite(&self) -> rusqlite::Connection {
        sqlite(Path::new(self.url.strip_prefix("sqlite:").expect("an SQLite file")))
    }

    /// Records papers that `owner` (label of an actor) may hand in; rows only, there is no content behind them.
    pub(crate) fn record_files(&self, owner: &str) {
        let mut recorded = self.recorded.lock().expect("the list");
        if recorded.iter().any(|(known, _)| known == owner) {
            return;
        }
        let from = recorded.len() * FILES;
        recorded.push((owner.to_owned(), 0));
        let number = "substr('00000000000000000000000000000000' || CAST(i AS TEXT), length(CAST(i AS TEXT)) + 1, 32)";
        self.bulk(&format!(
            "INSERT INTO files (home, id, kind, owner, name, media_type, sha256, size, pages, object, key, original_of,
                                position, created_at, erased_at, version)
             WITH RECURSIVE c(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM c WHERE i < {last})
             SELECT '{home}', 'fil_' || {number}, 'paper', '{owner}', 'anh.pdf', 'application/pdf',
                    '{sha}', 200000, 1, 'bench/' || {number}, '{sha}', NULL, 0, '2021-07-26T02:00:00.000Z', NULL, 1
             FROM c",
            first = from + 1,
            last = from + FILES,
            home = self.parts.home,
            sha = "5".repeat(64),
        ));
        if self.engine() == Engine::Postgres {
            // As its own housekeeping would after a while.
            self.bulk("ANALYZE files");
        }
    }

    /// A recorded paper of `owner` that nobody used yet; `None` when all are used.
    fn next_file(&self, owner: &str) -> Option<String> {
        let mut recorded = self.recorded.lock().expect("the list");
        let (at, (_, used)) = recorded.iter_mut().enumerate().find(|(_, (known, _))| known == owner)?;
        *used += 1;
        (*used <= FILES).then(|| format!("fil_{:032}", at * FILES + *used))
    }

    /// The next complete submission of `owner`, to agency number `which` of `spread`.
    pub(crate) fn submission(&self, owner: &str, which: usize, spread: usize) -> Option<Submission> {
        let agency = self.agencies.get(which % spread.clamp(1, self.agencies.len()))?.clone();
        let paper = |code: &String| Some(SubmittedPaper { paper: code.clone(), file: self.next_file(owner)? });
        Some(Submission {
            procedure: PROCEDURE.to_owned(),
            case: None,
            agency,
            channel: Channel::Online,
            form: self.form.clone(),
            papers: self.papers.iter().map(paper).collect::<Option<_>>()?,
            owner: None,
            representative: None,
            copies: None,
            provenance: kernel_contract::Provenance::new(),
            reused: Vec::new(),
        })
    }
}

/// SQLite as the product opens it: write-ahead log, a commit waits for the disk.
pub(crate) fn sqlite(path: &Path) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(path).expect("the file");
    connection.busy_timeout(std::time::Duration::from_secs(20)).expect("patience");
    let settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;";
    connection.execute_batch(settings).expect("the settings");
    connection
}

fn open(folder: &Path, url: &str, clock: &Arc<DemoClock>) -> Parts {
    let overrides = Overrides { data: Some(folder.to_owned()), db: Some(url.to_owned()), ..Overrides::default() };
    let config = Config::load(&overrides, std::iter::empty()).expect("the settings");
    let wall = Arc::new(DemoWall(Arc::clone(clock)));
    let mut parts =
        server::open_with(&config, Arc::clone(clock) as Arc<dyn Clock>, true, true, wall).expect("a database");
    parts.files =
        Files::open(&folder.join("files"), Inspector::new(crate::program(), ["inspect-file"])).expect("files");
    parts
}

fn citizen(tx: &mut Tx<'_>) -> Result<Actor> {
    accounts::citizen_of(tx, &Contact::Phone("0905000001".to_owned())).map(Actor::Citizen)
}

/// Agencies that offer the procedure, codes of its required papers, and a complete valid answer of its form.
fn offering(tx: &mut Tx<'_>) -> Result<(Vec<AgencyId>, Vec<String>, Value)> {
    let view = system_services::look(tx, PROCEDURE)?;
    let agencies: Vec<AgencyId> = view.agencies.iter().take(AGENCIES).map(|(id, _)| id.clone()).collect();
    let now = tx.now();
    let agency = agencies.first().expect("an agency");
    let found = tx.port::<dyn Catalogue>()?.offering(tx, PROCEDURE, None, agency, now)?.expect("an offering");
    let papers = found.case.papers.iter().filter(|p| p.required).map(|p| p.code.clone()).collect();
    let example = found.form.expect("a form").example().cloned().expect("an example");
    Ok((agencies, papers, example))
}
