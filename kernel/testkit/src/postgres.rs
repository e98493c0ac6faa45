//! A private PostgreSQL server of the test process, or the one that `CHUYENDONG_TEST_POSTGRES` names.

use std::{
    fs,
    io::Write,
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use ::postgres::{Client, NoTls};

/// Starts and stops the server on command, and ends and removes it when the test process is gone, however it died.
const KEEPER: &str = r#"
trap '' INT TERM HUP
start() { "$@" & server=$!; }
start "$@"
while read -r command; do
    case $command in
        crash)
            sessions=$(ps -o pid= --ppid "$server")
            kill -KILL "$server" $sessions
            wait "$server"
            # A new server refuses the folder while anyone of the old one lives.
            for session in $sessions; do
                tries=0
                while kill -0 "$session" && [ $tries -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
            done ;;
        stop)  kill -INT "$server"; wait "$server" ;;
        start) start "$@" ;;
    esac
done
kill -QUIT "$server"
wait "$server"
rm -rf "$FOLDER"
"#;

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A PostgreSQL server for tests.
#[derive(Debug)]
pub struct PgServer {
    /// URL without a database name.
    base: String,
    keeper: Option<Mutex<Child>>,
    /// One `CREATE DATABASE` at a time.
    creating: Mutex<()>,
}

/// A database of one test.
#[derive(Debug)]
pub struct Database {
    url: String,
    /// On a server that outlives the test: drop it at the end, by this URL and name.
    drop: Option<(String, String)>,
}

/// The server of this test process, started once. `None` when `CHUYENDONG_TEST_NO_POSTGRES=1`.
///
/// # Panics
/// When PostgreSQL is not installed or does not start.
pub fn server() -> Option<&'static PgServer> {
    static SERVER: OnceLock<Option<PgServer>> = OnceLock::new();
    let start = || {
        if std::env::var("CHUYENDONG_TEST_NO_POSTGRES").is_ok_and(|value| value == "1") {
            return None;
        }
        Some(match std::env::var("CHUYENDONG_TEST_POSTGRES") {
            Ok(url) if !url.is_empty() => PgServer::existing(&url),
            _ => PgServer::start(),
        })
    };
    SERVER.get_or_init(start).as_ref()
}

impl PgServer {
    fn existing(url: &str) -> Self {
        Self { base: url.trim_end_matches('/').to_owned(), keeper: None, creating: Mutex::new(()) }
    }

    /// Starts a server of its own in a temporary folder, reachable through a socket in that folder only.
    ///
    /// # Panics
    /// When PostgreSQL is not installed or does not start.
    #[must_use]
    pub fn start() -> Self {
        let programs = programs();
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("chuyendong-pg-{}-{number}", std::process::id()));
        fs::create_dir(&folder).expect("a folder for PostgreSQL");
        let user = server_user();
        if let Some((_, uid, gid)) = &user {
            chown(&folder, Some(*uid), Some(*gid)).expect("the folder's owner");
        }
        let data = folder.join("data");
        let mut init = as_user(user.as_ref(), &programs.join("initdb"));
        init.args(["--username=chuyendong", "--auth=trust", "--locale=C", "--encoding=UTF8", "--no-sync", "--pgdata"]);
        let made = init.arg(&data).current_dir(&folder).output().expect("initdb");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));

        let log = fs::File::create(folder.join("log")).expect("a log");
        let serve = as_user(user.as_ref(), &programs.join("postgres"));
        let mut keeper = Command::new("sh");
        keeper.arg("-c").arg(KEEPER).arg("keeper").arg(serve.get_program()).args(serve.get_args());
        keeper.arg("-D").arg(&data).arg("-k").arg(&folder);
        for setting in [
            "listen_addresses=",
            "max_connections=300",
            "shared_buffers=64MB",
            "jit=off",
            "recovery_init_sync_method=syncfs",
        ] {
            keeper.arg("-c").arg(setting);
        }
        keeper.env("FOLDER", &folder).current_dir("/").process_group(0);
        keeper.stdin(Stdio::piped()).stdout(log.try_clone().expect("a log")).stderr(log);
        let keeper = keeper.spawn().expect("the server's keeper");
        let socket = folder.display().to_string().replace('/', "%2F");
        let server = Self {
            base: format!("postgres://chuyendong@{socket}"),
            keeper: Some(Mutex::new(keeper)),
            creating: Mutex::new(()),
        };
        server.wait_until_ready();
        server
    }

    /// Ends all sessions and the server, in order (`stop`) or as a power cut would (`crash`).
    pub fn stop(&self, how: &str) {
        self.command(how);
        let url = self.url("postgres");
        let started = Instant::now();
        while connect(&url).is_ok() {
            assert!(started.elapsed() < PATIENCE, "PostgreSQL does not stop");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Starts the server again after [`PgServer::stop`].
    pub fn start_again(&self) {
        self.command("start");
        self.wait_until_ready();
    }

    fn command(&self, command: &str) {
        let keeper = self.keeper.as_ref().expect("this server is not ours");
        let mut keeper = keeper.lock().expect("the keeper");
        let stdin = keeper.stdin.as_mut().expect("the keeper listens");
        stdin.write_all(format!("{command}\n").as_bytes()).expect("the keeper lives");
    }

    fn wait_until_ready(&self) {
        let url = self.url("postgres");
        let started = Instant::now();
        while let Err(refused) = connect(&url) {
            assert!(started.elapsed() < PATIENCE, "PostgreSQL does not start: {refused}");
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// The URL of a database of this server.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("{}/{database}", self.base)
    }

    /// Creates an empty database.
    ///
    /// # Panics
    /// When the server refuses.
    #[must_use]
    pub fn database(&self) -> Database {
        self.create("template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")
    }

    /// Creates a database with everything that stands in another one, which nobody may be connected to; waits until
    /// those who were have gone.
    ///
    /// # Panics
    /// When the server refuses.
    #[must_use]
    pub fn copy_of(&self, other: &Database) -> Database {
        let name = other.url.rsplit('/').next().unwrap_or_default();
        let busy = "SELECT 1 / (CASE WHEN count(*) = 0 THEN 1 ELSE 0 END) FROM pg_stat_activity WHERE datname = ";
        let started = Instant::now();
        while let Err(refused) = run(&self.url("postgres"), &format!("{busy}'{name}'")) {
            assert!(started.elapsed() < PATIENCE, "the sessions of {name} do not end: {refused}");
            thread::sleep(Duration::from_millis(20));
        }
        self.create(name)
    }

    fn create(&self, template: &str) -> Database {
        let name = format!("t_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let admin = self.url("postgres");
        {
            let _one_at_a_time = self.creating.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            run(&admin, &format!("CREATE DATABASE {name} TEMPLATE {template}")).expect("a new database");
        }
        let drop = self.keeper.is_none().then(|| (admin, name.clone()));
        Database { url: self.url(&name), drop }
    }
}

impl Drop for PgServer {
    fn drop(&mut self) {
        let Some(keeper) = &self.keeper else { return };
        let mut keeper = keeper.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        drop(keeper.stdin.take());
        drop(keeper.wait());
    }
}

impl Database {
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Runs SQL as the owner, past the product; for tests that look or break in from outside.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn run(&self, sql: &str) {
        run(&self.url, sql).expect("the statement");
    }

    /// The first column of what a query finds, as text; for tests that look from outside.
    ///
    /// # Panics
    /// When the server refuses.
    #[must_use]
    pub fn texts(&self, sql: &str) -> Vec<String> {
        let (url, sql) = (self.url.clone(), sql.to_owned());
        let found = thread::spawn(move || Client::connect(&url, NoTls)?.simple_query(&sql)).join();
        let text = |message| match message {
            ::postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        };
        found.expect("the client").expect("the query").into_iter().filter_map(text).collect()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some((admin, name)) = &self.drop
            && let Err(kept) = run(admin, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        {
            eprintln!("the database {name} stays: {kept}");
        }
    }
}

/// The client may not be used on a thread that runs tasks, so it gets its own.
fn run(url: &str, sql: &str) -> Result<(), ::postgres::Error> {
    let (url, sql) = (url.to_owned(), sql.to_owned());
    let done = thread::spawn(move || Client::connect(&url, NoTls)?.batch_execute(&sql)).join();
    done.expect("the client")
}

fn connect(url: &str) -> Result<(), ::postgres::Error> {
    run(url, "SELECT 1")
}

/// Folder of the newest installed server.
fn programs() -> PathBuf {
    if let Some(folder) = std::env::var_os("CHUYENDONG_POSTGRES_BIN") {
        return PathBuf::from(folder);
    }
    let version = |path: &Path| path.parent()?.file_name()?.to_str()?.parse::<u32>().ok();
    let found = fs::read_dir("/usr/lib/postgresql").ok().and_then(|folders| {
        let bins = folders.flatten().map(|folder| folder.path().join("bin"));
        bins.filter(|bin| bin.join("initdb").exists()).max_by_key(|bin| version(bin))
    });
    found.unwrap_or_else(|| {
        panic!(
            "PostgreSQL is not installed (apt-get install postgresql). \
             Set CHUYENDONG_TEST_NO_POSTGRES=1 to leave out the tests on PostgreSQL."
        )
    })
}

/// PostgreSQL refuses to run as root: then it runs as `postgres`, whose numbers are looked up.
fn server_user() -> Option<(&'static str, u32, u32)> {
    let number = |flag: &str, user: &[&str]| {
        let asked = Command::new("id").arg(flag).args(user).output().expect("id");
        String::from_utf8_lossy(&asked.stdout).trim().parse::<u32>().ok()
    };
    if number("-u", &[]) != Some(0) {
        return None;
    }
    let ids = number("-u", &["postgres"]).zip(number("-g", &["postgres"]));
    let (uid, gid) = ids.expect("a user postgres, as which the server runs");
    Some(("postgres", uid, gid))
}

fn as_user(user: Option<&(&str, u32, u32)>, program: &Path) -> Command {
    let Some((_, uid, gid)) = user else { return Command::new(program) };
    let mut command = Command::new("setpriv");
    command.arg(format!("--reuid={uid}")).arg(format!("--regid={gid}")).args(["--clear-groups", "--pdeathsig", "QUIT"]);
    command.arg(program);
    command
}
