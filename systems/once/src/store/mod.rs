//! All SQL of the system.

mod reuses;

pub(crate) use reuses::{ReuseRow, choose, insert_reuse, reuses_of, withdraw_reuse, withdrawn};
