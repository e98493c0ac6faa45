//! All SQL of plans and directives. `$1` is the home and is bound by `Tx`.

mod board;
mod children;
mod documents;
mod letters;
mod tasks;
mod teams;

use kernel_base::{Error, Result};
use kernel_db::{Row, Tx, params, sql};
use serde::{Serialize, de::DeserializeOwned};

pub(crate) use board::*;
pub use board::{TaskFilter, TaskLine, UnitCounts};
pub(crate) use children::*;
pub(crate) use documents::*;
pub(crate) use letters::*;
pub(crate) use tasks::*;
pub(crate) use teams::*;

/// The next number of a series in a year, without gaps.
pub(crate) fn next_number(tx: &mut Tx<'_>, series: &str, year: i64) -> Result<i64> {
    let row = tx.query_one(
        sql!(
            "INSERT INTO directive_numbers (home, series, year, last) VALUES ($1, $2, $3, 1)
             ON CONFLICT (home, series, year) DO UPDATE SET last = directive_numbers.last + 1 RETURNING last"
        ),
        &params![series, year],
    )?;
    row.get("last")
}

/// The stable word of an enum.
fn word<T: Serialize>(value: &T) -> Result<String> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        other => Err(Error::internal(format!("not a word: {other:?}"))),
    }
}

fn from_word<T: DeserializeOwned>(row: &Row, column: &'static str) -> Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_value(serde_json::Value::String(text))
        .map_err(|e| Error::internal(format!("column {column} cannot be read: {e}")))
}

fn opt_word<T: DeserializeOwned>(row: &Row, column: &'static str) -> Result<Option<T>> {
    match row.get::<Option<String>>(column)? {
        None => Ok(None),
        Some(_) => from_word(row, column).map(Some),
    }
}
