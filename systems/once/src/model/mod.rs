//! What is the same thing in two forms, and what of it can be offered. Pure.

mod concepts;
mod offer;
mod papers;

pub(crate) use concepts::{Vocabulary, vocabulary};
pub(crate) use offer::{Known, Said, offer, with_forms};
pub(crate) use papers::{fitting, valid_until};
