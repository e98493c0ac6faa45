//! All SQL of the one-stop-shop. `$1` is the home and is bound by `Tx`.

mod children;
mod desk;
mod dossiers;
pub(crate) mod figures;
mod imports;
mod lists;
mod origins;
mod personal;
mod results;
mod slips;
mod workflows;

pub(crate) use children::*;
pub(crate) use desk::*;
pub(crate) use dossiers::*;
pub(crate) use imports::*;
pub(crate) use lists::*;
pub use lists::{WorkFilter, WorkRow};
pub(crate) use origins::*;
pub(crate) use personal::*;
pub(crate) use results::*;
pub(crate) use slips::*;
pub(crate) use workflows::*;
