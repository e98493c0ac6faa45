//! One way to the database, the same on SQLite and on PostgreSQL.
//!
//! A use case is a plain function of a [`Tx`]: `db.write(&home, move |tx| submit(tx, &actor, &command)).await`. It may
//! run several times (after a conflict), so it has no effect outside `tx`. Nothing is answered before it is durable.
//!
//! - A failed statement (a violated constraint included) ends the transaction on both engines: every later statement
//!   fails too, and the use case cannot succeed. Where a collision is expected, say
//!   `INSERT .. ON CONFLICT .. DO NOTHING RETURNING ..` and look at the answer.
//! - [`is_unique_violation`] and [`constraint`] read the error of a violated constraint.
//! - `$1` is always the home; see [`sql!`].

mod call;
mod db;
mod error;
mod lint;
mod migrate;
mod options;
mod postgres;
mod row;
mod sql;
mod sqlite;
mod tx;
mod value;

pub use db::Db;
pub use error::{constraint, is_unique_violation};
pub use migrate::Migration;
pub use options::{DbOptions, Engine, Ports};
pub use row::Row;
pub use sql::{Registered, Sql};
pub use tx::Tx;
pub use value::{FromValue, Value, id, json, opt_id};

#[doc(hidden)]
pub use inventory as __inventory;
