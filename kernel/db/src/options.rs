//! How a database is opened.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    sync::Arc,
};

use kernel_base::{Clock, Error, Result};

/// The database engine behind a [`crate::Db`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// Implementations of the ports of `kernel/contract`, by trait: `Ports::new().with::<dyn Catalogue>(Arc::new(x))`.
#[derive(Clone, Default)]
pub struct Ports(HashMap<TypeId, Arc<dyn Any + Send + Sync>>);

impl Ports {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the implementation of one port; a second one of the same port takes its place.
    #[must_use]
    pub fn with<P: ?Sized + Send + Sync + 'static>(mut self, port: Arc<P>) -> Self {
        self.0.insert(TypeId::of::<P>(), Arc::new(port));
        self
    }

    pub(crate) fn get<P: ?Sized + Send + Sync + 'static>(&self) -> Result<Arc<P>> {
        let port = self.0.get(&TypeId::of::<P>()).and_then(|any| any.downcast_ref::<Arc<P>>());
        port.cloned().ok_or_else(|| Error::internal(format!("no implementation of {}", std::any::type_name::<P>())))
    }
}

impl std::fmt::Debug for Ports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ports({})", self.0.len())
    }
}

/// How a database is opened; start from [`DbOptions::new`].
#[derive(Debug, Clone)]
pub struct DbOptions {
    /// `sqlite:PATH` or `postgres://user:password@host:port/database`.
    pub url: String,
    pub clock: Arc<dyn Clock>,
    pub ports: Ports,
    /// Connections for reading.
    pub readers: usize,
    /// Connections for writing; PostgreSQL only, SQLite has one writer.
    pub writers: usize,
    /// Makes identifiers and random bytes repeatable; for tests only.
    pub seed: Option<u64>,
    /// Tables whose rows the running server can add, but never change or remove.
    pub append_only: &'static [&'static str],
}

impl DbOptions {
    /// Four readers, eight writers, no ports, no append-only tables, real randomness.
    #[must_use]
    pub fn new(url: impl Into<String>, clock: Arc<dyn Clock>) -> Self {
        Self { url: url.into(), clock, ports: Ports::new(), readers: 4, writers: 8, seed: None, append_only: &[] }
    }

    pub(crate) fn engine(&self) -> Result<Engine> {
        if let Some(path) = self.url.strip_prefix("sqlite:") {
            // Each connection would have a memory of its own.
            let file = !path.is_empty() && path != ":memory:";
            file.then_some(Engine::Sqlite).ok_or_else(|| Error::internal("sqlite: needs the path of a file"))
        } else if self.url.starts_with("postgres:") || self.url.starts_with("postgresql:") {
            Ok(Engine::Postgres)
        } else {
            Err(Error::refused(
                "database_url",
                (
                    "Địa chỉ cơ sở dữ liệu phải bắt đầu bằng sqlite: hoặc postgres://, ví dụ sqlite:data/chuyendong.db. Hãy sửa --db hoặc thiết lập “db”.",
                    "The address of the database begins with sqlite: or postgres://, e.g. sqlite:data/chuyendong.db. Correct --db or the setting db.",
                ),
            ))
        }
    }
}
