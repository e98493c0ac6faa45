//! What tests of every crate share: a database of their own on either engine, and a clock that they move.
//!
//! ```ignore
//! fn world(engine: Engine) -> World {
//!     World::new(engine, &[kernel_ledger::MIGRATIONS])
//! }
//!
//! both_engines!(an_event_is_chained_to_the_one_before, world, |world| {
//!     let first = world.write(|tx| append(tx, &event)).unwrap();
//! });
//! ```
//!
//! This crate is for tests only: it fails loudly.
#![expect(clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod postgres;
mod world;

pub use postgres::{Database, PgServer, server};
pub use world::{World, WorldOptions, available, block_on};

#[doc(hidden)]
pub use kernel_db as __db;

/// Two tests of one story: `name::sqlite` and `name::postgres`.
///
/// The second argument makes the world: `fn(Engine) -> W`. With `async` before the name the body may await.
#[macro_export]
macro_rules! both_engines {
    (async $name:ident, $make:path, |$world:ident| $body:block) => {
        $crate::both_engines!(@module $name, |engine| {
            $crate::block_on(async move {
                let $world = $make(engine);
                $body
            })
        });
    };
    ($name:ident, $make:path, |$world:ident| $body:block) => {
        $crate::both_engines!(@module $name, |engine| {
            let $world = $make(engine);
            $body
        });
    };
    (@module $name:ident, |$engine:ident| $body:block) => {
        mod $name {
            use super::*;

            fn story($engine: $crate::__db::Engine) {
                $body
            }

            #[test]
            fn sqlite() {
                story($crate::__db::Engine::Sqlite);
            }

            #[test]
            fn postgres() {
                if $crate::available($crate::__db::Engine::Postgres) {
                    story($crate::__db::Engine::Postgres);
                }
            }
        }
    };
}
