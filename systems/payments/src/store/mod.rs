//! All SQL of payments. `$1` is the home and is bound by `Tx`.

mod attempts;
mod obligations;
mod personal;
mod receipts;
mod reconcile;
mod refunds;
mod totals;

pub(crate) use attempts::*;
pub(crate) use obligations::*;
pub(crate) use personal::*;
pub(crate) use receipts::*;
pub(crate) use reconcile::*;
pub(crate) use refunds::*;
pub(crate) use totals::*;

use kernel_base::{Error, Result};

/// A word of a row that the program does not know.
fn known<T>(value: Option<T>, column: &'static str, word: &str) -> Result<T> {
    value.ok_or_else(|| Error::internal(format!("{column}: unknown word {word}")))
}
