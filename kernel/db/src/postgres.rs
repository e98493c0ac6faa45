//! PostgreSQL, or an engine that speaks its protocol: a few threads, each with its own connection, one READ COMMITTED
//! transaction for each use case.

mod schema;
mod value;
mod worker;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant as Ticks},
};

use ::postgres::{Client, Config, NoTls, Statement, error::SqlState, types::ToSql};
use kernel_base::{Error, Home, Kind, Result};
use parking_lot::Mutex;

pub(crate) use schema::migrate;

use crate::{
    DbOptions, Engine, Row, Sql, Value,
    db::Queue,
    error::{Rule, violated},
    sqlite::spawn,
    tx::{Failure, Shared, Trouble},
};

/// How long one attempt to connect may take.
const CONNECT: Duration = Duration::from_secs(3);

/// After a failed attempt nobody tries again for this long: with the server gone, calls fail at once.
const PAUSE: Duration = Duration::from_millis(500);

/// Bounds on what a session may do, so that a lock or a slow statement cannot hold a thread for ever.
const LIMITS: &str = "SET statement_timeout = '20s'; SET lock_timeout = '10s'; \
    SET idle_in_transaction_session_timeout = '60s'; SET client_min_messages = 'warning'";

/// A server and what the threads that use it share.
#[derive(Debug)]
pub(crate) struct Server {
    config: Config,
    append_only: &'static [&'static str],
    shared: Arc<Shared>,
    /// When connecting last failed.
    failed: Mutex<Option<Ticks>>,
    /// Grows with each migration; older connections are replaced.
    schema: AtomicU64,
}

/// A connection with its prepared statements.
pub(crate) struct Connection {
    client: Client,
    prepared: HashMap<&'static str, Prepared>,
    schema: u64,
}

#[derive(Clone)]
struct Prepared {
    statement: Statement,
    columns: Arc<[String]>,
}

/// Starts the threads; each connects when it gets its first call.
pub(crate) fn start(options: &DbOptions, shared: &Arc<Shared>, writes: &Queue, reads: &Queue) -> Result<Arc<Server>> {
    let mut config: Config = options.url.parse().map_err(|e| Error::internal(format!("the database URL: {e}")))?;
    config.application_name("chuyendong").connect_timeout(CONNECT);
    config.keepalives_idle(Duration::from_secs(15)).keepalives_interval(Duration::from_secs(5)).keepalives_retries(3);
    config.tcp_user_timeout(Duration::from_secs(5));
    let server = Arc::new(Server {
        config,
        append_only: options.append_only,
        shared: Arc::clone(shared),
        failed: Mutex::new(None),
        schema: AtomicU64::new(0),
    });
    for (name, count, queue, writable) in
        [("writer", options.writers, writes, true), ("reader", options.readers, reads, false)]
    {
        for number in 0..count.max(1) {
            let (server, queue) = (Arc::clone(&server), queue.clone());
            spawn(&format!("db-{name}-{number}"), move || worker::serve(&server, &queue, writable))?;
        }
    }
    Ok(server)
}

impl Server {
    /// A connection with the rights of the running server.
    fn connect(&self) -> Result<Connection> {
        if self.failed.lock().is_some_and(|at| at.elapsed() < PAUSE) {
            return Err(Error::unavailable("PostgreSQL was not reachable a moment ago"));
        }
        let schema = self.schema.load(Ordering::SeqCst);
        let opened = self.config.connect(NoTls).map_err(|e| Error::unavailable(format!("PostgreSQL: {e}: {e:?}")));
        let mut client = opened.inspect_err(|_| *self.failed.lock() = Some(Ticks::now()))?;
        client.batch_execute(LIMITS).map_err(|e| error(&e))?;
        schema::become_server(&mut client, self.append_only)?;
        Ok(Connection { client, prepared: HashMap::new(), schema })
    }

    /// A connection with the rights of the role in the URL, for migrations.
    fn connect_owner(&self) -> Result<Client> {
        self.config.connect(NoTls).map_err(|e| Error::unavailable(format!("PostgreSQL: {e}: {e:?}")))
    }

    /// Prepares every registered statement; the problems.
    pub(crate) fn prepare_all(self: &Arc<Self>) -> Result<Vec<String>> {
        let server = Arc::clone(self);
        on_own_thread(move || {
            let mut connection = server.connect()?;
            let mut problems = Vec::new();
            for sql in Sql::all() {
                match connection.client.prepare(sql.text_for(Engine::Postgres)) {
                    Err(failed) => problems.push(format!("{}: PostgreSQL: {}", sql.place(), described(&failed))),
                    Ok(statement) => problems.extend(statement.columns().iter().filter_map(|column| {
                        let known = value::is_known(column.type_());
                        (!known).then(|| format!("{}: column {} is {}", sql.place(), column.name(), column.type_()))
                    })),
                }
            }
            Ok(problems)
        })
    }
}

/// The client runs its own small runtime and may not be used on a thread that runs tasks.
fn on_own_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    thread::spawn(work).join().unwrap_or_else(|_| Err(Error::internal("a database thread panicked")))
}

impl Connection {
    fn prepare(&mut self, sql: &'static Sql) -> Result<Prepared, Failure> {
        let text = sql.text_for(Engine::Postgres);
        if let Some(prepared) = self.prepared.get(text) {
            return Ok(prepared.clone());
        }
        let statement = self.client.prepare(text).map_err(|e| failure(&e))?;
        let columns = statement.columns().iter().map(|column| column.name().to_owned()).collect();
        let prepared = Prepared { statement, columns };
        self.prepared.insert(text, prepared.clone());
        Ok(prepared)
    }
}

/// Runs `run` with the prepared statement and all its parameters, the home first.
fn with_bound<T>(
    connection: &mut Connection,
    sql: &'static Sql,
    home: &Home,
    params: &[Value],
    run: impl FnOnce(&mut Client, &Prepared, &[&(dyn ToSql + Sync)]) -> Result<T, ::postgres::Error>,
) -> Result<T, Failure> {
    let prepared = connection.prepare(sql)?;
    let home = home.as_str();
    let mut bound: Vec<&(dyn ToSql + Sync)> = Vec::with_capacity(params.len() + 1);
    if !sql.reference {
        bound.push(&home);
    }
    bound.extend(params.iter().map(|value| value as &(dyn ToSql + Sync)));
    let wanted = prepared.statement.params().len();
    if wanted != bound.len() {
        let own = bound.len() - params.len();
        let inside = format!("{} values for {} parameters", params.len(), wanted.saturating_sub(own));
        return Err(Failure::new(Error::internal(inside)));
    }
    run(&mut connection.client, &prepared, &bound).map_err(|e| failure(&e))
}

pub(crate) fn execute(
    connection: &mut Connection,
    sql: &'static Sql,
    home: &Home,
    params: &[Value],
) -> Result<u64, Failure> {
    with_bound(connection, sql, home, params, |client, prepared, bound| client.execute(&prepared.statement, bound))
}

pub(crate) fn query(
    connection: &mut Connection,
    sql: &'static Sql,
    home: &Home,
    params: &[Value],
) -> Result<Vec<Row>, Failure> {
    with_bound(connection, sql, home, params, |client, prepared, bound| {
        let found = client.query(&prepared.statement, bound)?;
        let row = |row: ::postgres::Row| {
            let values = (0..prepared.columns.len()).map(|at| row.try_get(at)).collect::<Result<_, _>>()?;
            Ok(Row { sql, columns: Arc::clone(&prepared.columns), values })
        };
        found.into_iter().map(row).collect()
    })
}

fn failure(found: &::postgres::Error) -> Failure {
    Failure { trouble: trouble(found), error: error(found) }
}

fn trouble(found: &::postgres::Error) -> Trouble {
    let Some(details) = found.as_db_error() else {
        // Without a word of the server it is the connection, unless a value could not be converted.
        let converted =
            found.to_string().starts_with("error serializing") || found.to_string().starts_with("error deserializing");
        return if converted { Trouble::Failed } else { Trouble::Lost };
    };
    let code = details.code();
    if [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED].contains(code) {
        Trouble::Again
    } else if is_going_away(code) || details.message().contains("cached plan must not change result type") {
        Trouble::Lost
    } else {
        Trouble::Failed
    }
}

fn is_going_away(code: &SqlState) -> bool {
    let gone = [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    ];
    gone.contains(code) || code.code().starts_with("08")
}

/// The server's message without its detail, which may quote personal data.
fn described(found: &::postgres::Error) -> String {
    found
        .as_db_error()
        .map_or_else(|| format!("{found}"), |details| format!("{} ({})", details.message(), details.code().code()))
}

/// A PostgreSQL error in the words of the product.
fn error(found: &::postgres::Error) -> Error {
    let inside = format!("PostgreSQL: {}", described(found));
    let Some(details) = found.as_db_error() else {
        return if trouble(found) == Trouble::Lost { Error::unavailable(inside) } else { Error::internal(inside) };
    };
    let code = details.code();
    if let Some(rule) = rule(code) {
        return violated(rule, &named(details));
    }
    if trouble(found) == Trouble::Again {
        let mut stale = Error::stale("another transaction came first");
        stale.inside = Some(inside);
        return stale;
    }
    let busy = [SqlState::LOCK_NOT_AVAILABLE, SqlState::QUERY_CANCELED];
    let refused = code.code().starts_with("53") || code.code().starts_with("57") || is_going_away(code);
    if refused || busy.contains(code) { Error::unavailable(inside) } else { Error::internal(inside) }
}

fn rule(code: &SqlState) -> Option<Rule> {
    match code.code() {
        "23505" => Some(Rule::Unique),
        "23503" => Some(Rule::Foreign),
        "23502" => Some(Rule::NotNull),
        "23514" => Some(Rule::Check),
        _ => None,
    }
}

/// `table.column, table.column` as SQLite says it, taken from `Key (home, code)=(..)`; else the constraint's name.
fn named(details: &::postgres::error::DbError) -> String {
    let table = details.table().unwrap_or_default();
    let unique = *details.code() == SqlState::UNIQUE_VIOLATION;
    let key = details
        .detail()
        .filter(|_| unique)
        .and_then(|text| text.split_once('(')?.1.split_once(")=(").map(|parts| parts.0));
    match (key, details.column(), details.constraint()) {
        (Some(key), _, _) => {
            let columns: Vec<String> = key.split(", ").map(|column| format!("{table}.{column}")).collect();
            columns.join(", ")
        }
        (None, Some(column), _) => format!("{table}.{column}"),
        (None, None, constraint) => constraint.unwrap_or(table).to_owned(),
    }
}

/// Whether an error says that the database is not reachable now.
fn is_unavailable(error: &Error) -> bool {
    error.kind == Kind::Unavailable
}
