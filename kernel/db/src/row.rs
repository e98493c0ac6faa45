//! One row of an answer.

use std::sync::Arc;

use kernel_base::{Error, Result, TypedId};

use crate::{FromValue, Sql, Value, value::text};

/// One row; columns are read by name.
#[derive(Debug, Clone)]
pub struct Row {
    pub(crate) sql: &'static Sql,
    pub(crate) columns: Arc<[String]>,
    pub(crate) values: Vec<Value>,
}

impl Row {
    /// The column as `T`: String, i64, u32, bool, f64, Instant, Date, AgencyId, Home, Vnd, JSON, or an `Option` of them.
    ///
    /// # Errors
    /// `Internal`, naming statement and column, when there is no such column or it holds something else.
    pub fn get<T: FromValue>(&self, column: &str) -> Result<T> {
        let value = self.value(column)?;
        T::from_value(value).ok_or_else(|| self.broken(column, value, T::EXPECTED))
    }

    /// The column as a typed identifier.
    ///
    /// # Errors
    /// As [`Row::get`].
    pub fn id<I: TypedId>(&self, column: &str) -> Result<I> {
        let value = self.value(column)?;
        text(value).and_then(I::parse).ok_or_else(|| self.broken(column, value, I::PREFIX))
    }

    /// The column as a typed identifier that may be absent.
    ///
    /// # Errors
    /// As [`Row::get`].
    pub fn opt_id<I: TypedId>(&self, column: &str) -> Result<Option<I>> {
        if *self.value(column)? == Value::Null { Ok(None) } else { self.id(column).map(Some) }
    }

    /// The column's JSON as `T`.
    ///
    /// # Errors
    /// As [`Row::get`]; also when the JSON is not that of a `T`.
    pub fn json<T: serde::de::DeserializeOwned>(&self, column: &str) -> Result<T> {
        let value = self.value(column)?;
        let text = text(value).ok_or_else(|| self.broken(column, value, "JSON as TEXT"))?;
        serde_json::from_str(text).map_err(|error| {
            // The position says enough; serde's own words may quote the content.
            Error::internal(format!(
                "{}: column {column}: unexpected JSON ({:?} at column {})",
                self.sql.place(),
                error.classify(),
                error.column()
            ))
        })
    }

    fn value(&self, column: &str) -> Result<&Value> {
        let position = self.columns.iter().position(|name| name == column);
        position.and_then(|at| self.values.get(at)).ok_or_else(|| {
            Error::internal(format!("{}: no column {column}; there are {}", self.sql.place(), self.columns.join(", ")))
        })
    }

    fn broken(&self, column: &str, value: &Value, expected: &str) -> Error {
        Error::internal(format!("{}: column {column} holds {}, expected {expected}", self.sql.place(), value.kind()))
    }
}
