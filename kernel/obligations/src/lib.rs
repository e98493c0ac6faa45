//! The clock nobody can touch: what an agency owes, until when, and whether it was kept.
//!
//! Three instants are kept apart. The **first promise** never changes. The **legal due** is the first promise plus
//! lawful pauses and alone decides late or on time. The **appointment** of an extension only moves reminders.
//!
//! All of them are a fold over the ledger events `obligation.*` of the subject ([`fold()`]). The table `obligations` is a
//! projection; no function here writes an instant that is not computed from events, and [`verify()`] finds a row, an event
//! or a calendar that says something else.

pub mod calendars;
mod flow;
mod fold;
mod model;
mod queries;
pub mod score;
mod store;
mod trace;
mod verify;

use kernel_db::Migration;

pub use flow::{Extend, Open, Pause, close, extend, open, pause, remind, resume, transfer};
pub use fold::{Folded, fold};
pub use kernel_calendar::{Cutoff, Limit, TraceLine, Unit};
pub use model::{
    CalendarVersionId, Extension, HolderSpan, Obligation, ObligationId, Outcome, PauseReason, PauseSpan, ResultClass,
    State,
};
pub use queries::{OpenCount, at_risk, due_actions, get, of_subject, open_counts, open_of};
pub use verify::{recompute, verify};

pub const MIGRATIONS: &[Migration] = &[
    Migration {
        system: "obligations",
        number: 1,
        name: "obligations",
        sql: include_str!("../migrations/001_obligations.sql"),
    },
    Migration {
        system: "obligations",
        number: 50,
        name: "scoreboard",
        sql: include_str!("../migrations/050_scoreboard.sql"),
    },
];
