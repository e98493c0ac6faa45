//! All SQL of the online public services. `$1` is the home and is bound by `Tx`.

mod bulk;
mod catalogue;
mod drafts;

pub(crate) use bulk::*;
pub(crate) use catalogue::*;
pub(crate) use drafts::*;
