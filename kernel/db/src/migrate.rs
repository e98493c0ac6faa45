//! Migrations: one set of plain SQL files for both engines, applied once, never changed afterwards.

use std::collections::HashMap;

use kernel_base::{Error, Instant, Result};
use rusqlite::TransactionBehavior;
use sha2::{Digest, Sha256};

use crate::{DbOptions, sqlite};

/// One migration file of one crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migration {
    /// The crate's short name, e.g. `ledger`.
    pub system: &'static str,
    /// Counts from 1 within the system.
    pub number: u32,
    pub name: &'static str,
    pub sql: &'static str,
}

impl Migration {
    /// `ledger 001 events`
    #[must_use]
    pub fn label(&self) -> String {
        format!("{} {:03} {}", self.system, self.number, self.name)
    }

    fn key(&self) -> String {
        format!("{}/{:03}", self.system, self.number)
    }

    pub(crate) fn sha256(&self) -> String {
        hex::encode(Sha256::digest(self.sql.as_bytes()))
    }
}

pub(crate) const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (
    system     TEXT   NOT NULL,
    number     BIGINT NOT NULL,
    name       TEXT   NOT NULL,
    sha256     TEXT   NOT NULL,
    applied_at TEXT   NOT NULL,
    PRIMARY KEY (system, number)
)";

pub(crate) const APPLIED: &str = "SELECT system, number, sha256 FROM schema_migrations";

pub(crate) const RECORD: &str =
    "INSERT INTO schema_migrations (system, number, name, sha256, applied_at) VALUES ($1, $2, $3, $4, $5)";

/// The migrations still to apply.
pub(crate) fn pending<'m>(
    migrations: &'m [Migration],
    applied: &HashMap<String, String>,
) -> Result<Vec<&'m Migration>> {
    let mut pending = Vec::new();
    for migration in migrations {
        match applied.get(&migration.key()) {
            None => pending.push(migration),
            Some(hash) if *hash == migration.sha256() => {}
            Some(_) => {
                let inside = format!("migration {} was changed after it had been applied", migration.label());
                return Err(Error::internal(inside));
            }
        }
        // A deferred rule fails at the commit, where it would take the others of the batch with it.
        if crate::sql::contains(migration.sql, "DEFERRABLE") {
            return Err(Error::internal(format!("migration {} defers a constraint", migration.label())));
        }
    }
    Ok(pending)
}

pub(crate) fn failed(migration: &Migration, error: impl std::fmt::Display) -> Error {
    Error::internal(format!("migration {}: {error}", migration.label()))
}

pub(crate) fn sqlite(options: &DbOptions, migrations: &[Migration], now: Instant) -> Result<Vec<String>> {
    let mut connection = sqlite::connect(options, sqlite::Role::Owner)?;
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(|e| sqlite::error(&e))?;
    tx.execute_batch(TABLE).map_err(|e| sqlite::error(&e))?;
    let applied: HashMap<String, String> = {
        let mut statement = tx.prepare(APPLIED).map_err(|e| sqlite::error(&e))?;
        let rows = statement.query_map([], |row| {
            let (system, number): (String, u32) = (row.get(0)?, row.get(1)?);
            Ok((format!("{system}/{number:03}"), row.get(2)?))
        });
        rows.and_then(Iterator::collect).map_err(|e| sqlite::error(&e))?
    };
    let mut done = Vec::new();
    for migration in pending(migrations, &applied)? {
        tx.execute_batch(migration.sql).map_err(|error| failed(migration, error))?;
        let row = (migration.system, migration.number, migration.name, migration.sha256(), now.to_string());
        tx.execute(RECORD, row).map_err(|error| failed(migration, error))?;
        done.push(migration.label());
    }
    tx.commit().map_err(|e| sqlite::error(&e))?;
    Ok(done)
}
