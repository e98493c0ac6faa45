//! SQLite: one writer that commits many use cases at once, and a few readers.

mod writer;

use std::{path::Path, sync::Arc, thread, time::Duration};

use kernel_base::{Error, Home, Result};
use rusqlite::{
    Connection, ErrorCode, OpenFlags,
    config::DbConfig,
    hooks::{AuthAction, AuthContext, Authorization},
    types::{ToSql, ToSqlOutput, ValueRef},
};

use crate::{
    DbOptions, Engine, Row, Sql, Value,
    db::Queue,
    error::{Rule, violated},
    tx::{Failure, Shared},
};

/// How long a statement waits for another process that holds the file.
const BUSY: Duration = Duration::from_secs(5);

/// Prepared statements kept by each connection.
const STATEMENTS: usize = 1_024;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Applies migrations; may do everything.
    Owner,
    Writer,
    Reader,
}

fn path(options: &DbOptions) -> &Path {
    Path::new(options.url.strip_prefix("sqlite:").unwrap_or(&options.url))
}

pub(crate) fn connect(options: &DbOptions, role: Role) -> Result<Connection> {
    let path = path(options);
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|e| Error::unavailable(format!("{}: {e}", folder.display())))?;
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|e| error(&e))?;
    set_up(connection, options, role).map_err(|e| error(&e))
}

fn set_up(mut connection: Connection, options: &DbOptions, role: Role) -> rusqlite::Result<Connection> {
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    connection.pragma_update(None, "cache_size", -65_536)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "journal_size_limit", 67_108_864)?;
    // A statement keeps the plan it was prepared with. Else SQLite may prepare it again at each call, to look at the
    // values: a tenth of a submission's processor time, with the same plan each time.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // As PostgreSQL compares, and as an index can be used for.
    connection.pragma_update(None, "case_sensitive_like", "ON")?;
    if role == Role::Reader {
        connection.pragma_update(None, "query_only", "ON")?;
    }
    if role != Role::Owner {
        let tables = options.append_only;
        connection.authorizer(Some(move |context: AuthContext<'_>| allow(&context, tables)))?;
    }
    Ok(connection)
}

/// The append-only guard. A table's triggers and foreign key actions pass through here as well.
fn allow(context: &AuthContext<'_>, append_only: &[&str]) -> Authorization {
    let guarded = |table: &str| append_only.iter().any(|name| name.eq_ignore_ascii_case(table));
    let denied = match context.action {
        AuthAction::Update { table_name, .. }
        | AuthAction::Delete { table_name }
        | AuthAction::DropTable { table_name }
        | AuthAction::AlterTable { table_name, .. }
        | AuthAction::CreateTrigger { table_name, .. }
        | AuthAction::CreateTempTrigger { table_name, .. } => guarded(table_name),
        AuthAction::Attach { .. } | AuthAction::Detach { .. } => true,
        AuthAction::Pragma { pragma_name, pragma_value } => {
            pragma_value.is_some() && pragma_name.eq_ignore_ascii_case("writable_schema")
        }
        _ => false,
    };
    if denied { Authorization::Deny } else { Authorization::Allow }
}

/// Starts the writer and the readers.
pub(crate) fn start(options: &DbOptions, shared: &Arc<Shared>, writes: Queue, reads: &Queue) -> Result<()> {
    let writer = connect(options, Role::Writer)?;
    let context = Arc::clone(shared);
    spawn("db-writer", move || writer::write(&writer, &context, &writes))?;
    for number in 0..options.readers.max(1) {
        let reader = connect(options, Role::Reader)?;
        let (context, queue) = (Arc::clone(shared), reads.clone());
        spawn(&format!("db-reader-{number}"), move || writer::read(&reader, &context, &queue))?;
    }
    Ok(())
}

pub(crate) fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<()> {
    let work = move || {
        crate::db::own_connection();
        work();
    };
    let started = thread::Builder::new().name(name.to_owned()).spawn(work);
    started.map(drop).map_err(|e| Error::unavailable(format!("cannot start a database thread: {e}")))
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Bool(truth) => ValueRef::Integer((*truth).into()),
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

/// Prepares (from the cache) and binds by the number in the name: to SQLite `$2` is a name, not a position.
fn bound<'c>(
    connection: &'c Connection,
    sql: &'static Sql,
    home: &Home,
    params: &[Value],
) -> Result<rusqlite::CachedStatement<'c>, Failure> {
    let mut statement = connection.prepare_cached(sql.text_for(Engine::Sqlite)).map_err(|e| failure(&e))?;
    let own = usize::from(!sql.reference);
    let mut highest = own;
    for index in 1..=statement.parameter_count() {
        let number = statement.parameter_name(index).and_then(|name| name.strip_prefix('$')?.parse::<usize>().ok());
        let Some(number) = number.filter(|number| *number >= 1) else {
            return Err(Failure::new(Error::internal("parameters are written $1, $2, ...")));
        };
        highest = highest.max(number);
        let bound = if number <= own {
            statement.raw_bind_parameter(index, home.as_str())
        } else {
            let value = params.get(number - own - 1);
            let value = value.ok_or_else(|| Failure::new(Error::internal(format!("no value for ${number}"))))?;
            statement.raw_bind_parameter(index, value)
        };
        bound.map_err(|e| failure(&e))?;
    }
    if highest != own + params.len() {
        let inside = format!("{} values for {} parameters", params.len(), highest - own);
        return Err(Failure::new(Error::internal(inside)));
    }
    Ok(statement)
}

pub(crate) fn execute(
    connection: &Connection,
    sql: &'static Sql,
    home: &Home,
    params: &[Value],
) -> Result<u64, Failure> {
    let changed = bound(connection, sql, home, params)?.raw_execute().map_err(|e| failure(&e))?;
    Ok(changed as u64)
}

pub(crate) fn query(
    connection: &Connection,
    sql: &'static Sql,
    home: &Home,
    params: &[Value],
) -> Result<Vec<Row>, Failure> {
    let mut statement = bound(connection, sql, home, params)?;
    let columns: Arc<[String]> = statement.column_names().map(str::to_owned).collect();
    let mut answer = Vec::new();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(|e| failure(&e))? {
        let mut values = Vec::with_capacity(columns.len());
        for column in 0..columns.len() {
            values.push(value(row.get_ref(column).map_err(|e| failure(&e))?)?);
        }
        answer.push(Row { sql, columns: Arc::clone(&columns), values });
    }
    Ok(answer)
}

fn value(found: ValueRef<'_>) -> Result<Value, Failure> {
    match found {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(number) => Ok(Value::Int(number)),
        ValueRef::Real(number) => Ok(Value::Real(number)),
        ValueRef::Text(bytes) => String::from_utf8(bytes.to_vec())
            .map(Value::Text)
            .map_err(|_| Failure::new(Error::internal("a text that is not UTF-8"))),
        ValueRef::Blob(_) => Err(Failure::new(Error::internal("a BLOB; columns are TEXT, BIGINT, BOOLEAN, DOUBLE"))),
    }
}

fn failure(found: &rusqlite::Error) -> Failure {
    Failure::new(error(found))
}

/// An SQLite error in the words of the product.
pub(crate) fn error(found: &rusqlite::Error) -> Error {
    let Some(details) = found.sqlite_error() else { return Error::internal(found.to_string()) };
    match details.code {
        ErrorCode::ConstraintViolation => {
            let text = found.to_string();
            let named = text.split_once("constraint failed: ").map_or(text.as_str(), |(_, named)| named);
            violated(rule(details.extended_code), named)
        }
        ErrorCode::DatabaseBusy
        | ErrorCode::DatabaseLocked
        | ErrorCode::DiskFull
        | ErrorCode::SystemIoFailure
        | ErrorCode::CannotOpen
        | ErrorCode::ReadOnly
        | ErrorCode::OutOfMemory => Error::unavailable(found.to_string()),
        ErrorCode::AuthorizationForStatementDenied => {
            Error::internal(format!("refused, the table is append-only: {found}"))
        }
        _ => Error::internal(found.to_string()),
    }
}

fn rule(extended_code: i32) -> Rule {
    use rusqlite::ffi;
    match extended_code {
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => Rule::Foreign,
        ffi::SQLITE_CONSTRAINT_NOTNULL => Rule::NotNull,
        ffi::SQLITE_CONSTRAINT_CHECK => Rule::Check,
        _ => Rule::Unique,
    }
}

pub(crate) fn prepare_all(options: &DbOptions) -> Result<Vec<String>> {
    let connection = connect(options, Role::Writer)?;
    let check = |sql: &'static Sql| {
        let prepared = connection.prepare(sql.text_for(Engine::Sqlite));
        prepared.err().map(|e| format!("{}: SQLite: {e}", sql.place()))
    };
    Ok(Sql::all().filter_map(check).collect())
}
