//! The web layer over HTTP, with a database of its own.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod engines;
mod slow;
mod staff;
mod visitor;
mod world;
