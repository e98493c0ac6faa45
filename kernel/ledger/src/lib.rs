//! What happened, kept so that nobody can change it unseen.
//!
//! Events are append-only and chained per subject: each carries the hash of the one before, so that writers of different
//! subjects never wait for one head. Every minute the events that wait are sealed into the home's Merkle tree; signed
//! daily roots are handed to a second party. [`verify`] recomputes everything and says what it cannot prove.
//!
//! Personal data stands beside the chain: an event carries a salted hash of it, so that erasing leaves the chain whole.

mod append;
mod hash;
pub mod merkle;
pub mod partial;
mod personal;
mod publish;
mod seal;
mod store;
mod verify;

use kernel_db::Migration;

pub use append::{Event, NewEvent, Recorded, append, append_keeping, head, history, is_ahead, last_instant, subjects};
pub use hash::{Hashed, Told, canonical, event_hash, personal_hash, text_hash, told_hash};
pub use personal::{Personal, PersonalId, erase_personal, keep_personal, personal};
pub use publish::{PublicKey, SignedRoot, SigningKey, hand_out_daily_root, publish_daily_root};
pub use seal::{Root, inclusion_proof, last_root, seal, seal_waiting};
pub use verify::{Finding, Published, Report, read_published, verify};

/// Tables whose rows can be added, but never changed or removed by the running server.
pub const APPEND_ONLY: &[&str] = &["events", "leaves", "tree_nodes", "roots", "daily_roots"];

pub const MIGRATIONS: &[Migration] = &[
    Migration { system: "ledger", number: 1, name: "ledger", sql: include_str!("../migrations/001_ledger.sql") },
    Migration { system: "ledger", number: 2, name: "kept", sql: include_str!("../migrations/002_kept.sql") },
];
