//! Use cases: one function = one transaction.

mod choices;
mod holders;
mod looks;
mod own_data;
mod prefill;
mod shelf;

pub use choices::hand_over;
pub(crate) use choices::{Seen, choose_source, reuses, sources, who_read, withdraw_reuse};
pub(crate) use holders::{Choices, LooseFiles};
pub use looks::{TELL_LOOKS, tell_looks};
pub use own_data::finish_erasures;
pub(crate) use own_data::{Part, erase, kept_by_law, own_data};
pub(crate) use prefill::{Port, citizen};
pub(crate) use shelf::{Shelved, shelf};
