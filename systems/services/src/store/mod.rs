//! All SQL of the online public services. `$1` is the home and is bound by `Tx`.

mod bulk;
mod catalogue;
mod drafts;
mod marks;

pub(crate) use bulk::*;
pub(crate) use catalogue::*;
pub(crate) use drafts::*;
pub(crate) use marks::*;
