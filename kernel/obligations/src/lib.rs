//! The clock nobody can touch: what an agency owes, until when, and whether it was kept.
//!
//! Three instants are kept apart. The **first promise** never changes. The **legal due** is the first promise plus
//! lawful pauses and alone decides late or on time. The **appointment** of an extension only moves reminders.
//!
//! A **ladder** says who is reminded, urged and told, and when ([`Ladder`]): dated data for each kind, pinned at the
//! opening. [`fire`] climbs the rungs that are due, each exactly once.
//!
//! All of them are a fold over the ledger events `obligation.*` of the subject ([`fold()`]). The table `obligations` is a
//! projection; no function here writes an instant that is not computed from events, and [`verify()`] finds a row, an event
//! or a calendar that says something else.

pub mod calendars;
mod flow;
mod fold;
mod ladder;
pub mod ladders;
mod model;
mod queries;
pub mod score;
mod store;
mod trace;
mod verify;

use kernel_db::Migration;

pub use flow::{
    Extend, Fired, Open, OpenUntil, Pause, close, deliver, end_of_day, extend, fire, open, open_until, pause, remind,
    resume, send_back, transfer,
};
pub use fold::{Folded, PinnedRules, fold};
pub use kernel_calendar::{Cutoff, Limit, TraceLine, Unit};
pub use ladder::{Ladder, Level, Rung, RungAct, When};
pub use model::{
    CalendarVersionId, Delivery, Extension, HolderSpan, LadderId, Obligation, ObligationId, Outcome, PauseReason,
    PauseSpan, ResultClass, State,
};
pub use queries::{OpenCount, at_risk, due_actions, get, next_action, of_subject, open_counts};
pub use trace::explain;
pub use verify::{recompute, verify};

pub const MIGRATIONS: &[Migration] = &[
    Migration {
        system: "obligations",
        number: 1,
        name: "obligations",
        sql: include_str!("../migrations/001_obligations.sql"),
    },
    Migration { system: "obligations", number: 2, name: "ladders", sql: include_str!("../migrations/002_ladders.sql") },
    Migration {
        system: "obligations",
        number: 50,
        name: "scoreboard",
        sql: include_str!("../migrations/050_scoreboard.sql"),
    },
    Migration {
        system: "obligations",
        number: 51,
        name: "responsible",
        sql: include_str!("../migrations/051_responsible.sql"),
    },
];
