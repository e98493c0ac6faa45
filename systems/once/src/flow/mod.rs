//! Use cases: one function = one transaction.

mod prefill;

pub(crate) use prefill::{AccountClaims, Port};
