//! Migrations and rights. Migrations run as the role of the URL, which owns the tables; the running server takes a role
//! that can add to the append-only tables, but not change or remove their rows.

use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering},
};

use ::postgres::{Client, Transaction, error::SqlState};
use kernel_base::{Error, Instant, Result};

use super::{Server, described, error, on_own_thread};
use crate::migrate::{APPLIED, Migration, RECORD, TABLE, failed, pending};

/// The role of the running server, in every database of the cluster.
const ROLE: &str = "chuyendong_server";

/// How often migrating starts again when another process does the same.
const ATTEMPTS: u32 = 10;

/// Applies what is not applied yet and grants the running server its rights.
pub(crate) fn migrate(server: &Arc<Server>, migrations: &[Migration], now: Instant) -> Result<Vec<String>> {
    let (server, migrations) = (Arc::clone(server), migrations.to_vec());
    on_own_thread(move || {
        let mut client = server.connect_owner()?;
        warn_about_collation(&mut client)?;
        let mut attempt = 1;
        let done = loop {
            let has_role = ensure_role(&mut client)?;
            match apply(&mut client, &server, &migrations, now, has_role) {
                Err(Applying::Collided) if attempt < ATTEMPTS => attempt += 1,
                Err(Applying::Collided) => return Err(Error::unavailable("other processes keep migrating")),
                Err(Applying::Failed(error)) => return Err(error),
                Ok(done) => break done,
            }
        };
        server.schema.fetch_add(1, Ordering::SeqCst);
        Ok(done)
    })
}

enum Applying {
    /// Another process did the same at the same time.
    Collided,
    Failed(Error),
}

impl From<::postgres::Error> for Applying {
    fn from(found: ::postgres::Error) -> Self {
        let collided = found.as_db_error().is_some_and(|details| {
            let codes = [SqlState::UNIQUE_VIOLATION, SqlState::DUPLICATE_TABLE, SqlState::T_R_DEADLOCK_DETECTED];
            codes.contains(details.code()) || details.message().contains("concurrently updated")
        });
        if collided { Self::Collided } else { Self::Failed(error(&found)) }
    }
}

fn apply(
    client: &mut Client,
    server: &Server,
    migrations: &[Migration],
    now: Instant,
    has_role: bool,
) -> Result<Vec<String>, Applying> {
    let mut tx = client.transaction()?;
    tx.batch_execute(TABLE)?;
    // Waits for another process that migrates; readers go on.
    tx.batch_execute("LOCK TABLE schema_migrations IN SHARE ROW EXCLUSIVE MODE")?;
    let mut applied = HashMap::new();
    for row in tx.query(APPLIED, &[])? {
        let (system, number, hash): (String, i64, String) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        applied.insert(format!("{system}/{number:03}"), hash);
    }
    let mut done = Vec::new();
    for migration in pending(migrations, &applied).map_err(Applying::Failed)? {
        tx.batch_execute(migration.sql).map_err(|e| Applying::Failed(failed(migration, described(&e))))?;
        let (number, at) = (i64::from(migration.number), now.to_string());
        tx.execute(RECORD, &[&migration.system, &number, &migration.name, &migration.sha256(), &at])?;
        done.push(migration.label());
    }
    if has_role {
        grant(&mut tx, server.append_only)?;
    }
    tx.commit()?;
    Ok(done)
}

/// Creates the server's role when it is missing; `false` when this role may not create roles.
fn ensure_role(client: &mut Client) -> Result<bool> {
    let found = client.query("SELECT 1 FROM pg_roles WHERE rolname = $1", &[&ROLE]).map_err(|e| error(&e))?;
    if !found.is_empty() {
        return Ok(true);
    }
    let Err(refused) = client.batch_execute(&format!("CREATE ROLE {ROLE} NOLOGIN")) else { return Ok(true) };
    match refused.code() {
        Some(code) if *code == SqlState::DUPLICATE_OBJECT || *code == SqlState::UNIQUE_VIOLATION => Ok(true),
        Some(code) if *code == SqlState::INSUFFICIENT_PRIVILEGE => {
            tracing::warn!("the database role may not create {ROLE}: {}", described(&refused));
            Ok(false)
        }
        _ => Err(error(&refused)),
    }
}

fn grant(tx: &mut Transaction<'_>, append_only: &[&str]) -> Result<(), ::postgres::Error> {
    let row = tx.query_one(
        "SELECT quote_ident(current_schema()::text), quote_ident(current_user::text), pg_has_role(current_user, $1, 'MEMBER')",
        &[&ROLE],
    )?;
    let (schema, user, member): (String, String, bool) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    if !member && !join(tx, &user)? {
        return Ok(());
    }
    tx.batch_execute(&format!(
        "GRANT USAGE ON SCHEMA {schema} TO {ROLE};
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {ROLE};
         REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON schema_migrations FROM {ROLE};"
    ))?;
    for table in append_only {
        if exists(tx, table)? {
            tx.batch_execute(&format!("REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {ROLE}"))?;
        }
    }
    Ok(())
}

/// Makes this role a member of the server's role; `false` when it may not.
fn join(tx: &mut Transaction<'_>, user: &str) -> Result<bool, ::postgres::Error> {
    let mut attempt = tx.transaction()?;
    match attempt.batch_execute(&format!("GRANT {ROLE} TO {user}")) {
        Ok(()) => attempt.commit().map(|()| true),
        Err(refused) if refused.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
            tracing::warn!("{user} may not take the role {ROLE}: {}", described(&refused));
            attempt.rollback().map(|()| false)
        }
        Err(failed) => Err(failed),
    }
}

fn exists(tx: &mut impl ::postgres::GenericClient, table: &str) -> Result<bool, ::postgres::Error> {
    tx.query_one("SELECT to_regclass($1::text) IS NOT NULL", &[&table])?.try_get(0)
}

/// Takes the server's role; a role that could change an append-only table is not used.
pub(super) fn become_server(client: &mut Client, append_only: &[&str]) -> Result<()> {
    let refused = client.batch_execute(&format!("SET ROLE {ROLE}")).err();
    let why = refused.as_ref().map_or_else(String::new, |e| format!("cannot take the role {ROLE}: {}", described(e)));
    for table in append_only {
        if may_change(client, table).map_err(|e| error(&e))? {
            let inside = format!("the database role can change {table}, which is append-only; {why}");
            return Err(Error::unavailable(inside));
        }
    }
    if refused.is_some() {
        tracing::warn!("the database session goes on with the role of the URL: {why}");
    }
    Ok(())
}

fn may_change(client: &mut Client, table: &str) -> Result<bool, ::postgres::Error> {
    if !exists(client, table)? {
        return Ok(false);
    }
    client.query_one("SELECT has_table_privilege($1::text, 'UPDATE, DELETE, TRUNCATE')", &[&table])?.try_get(0)
}

/// Sorting and prefix search agree with SQLite only where texts are compared byte by byte.
fn warn_about_collation(client: &mut Client) -> Result<()> {
    let row = client
        .query_one("SELECT datcollate::text FROM pg_database WHERE datname = current_database()", &[])
        .map_err(|e| error(&e))?;
    let collation: String = row.try_get(0).map_err(|e| error(&e))?;
    if !["C", "POSIX", "C.UTF-8", "C.utf8"].contains(&collation.as_str()) {
        tracing::warn!(%collation, "create the database with LC_COLLATE 'C': texts are sorted in Vietnamese by the program");
    }
    Ok(())
}
