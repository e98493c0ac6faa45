//! Use cases of people: reading, choosing, confirming an address; of administrators: the log.

mod desk;
mod own;
mod people;

pub(crate) use desk::{Counted, LogLine, count, delivery, log, report, retry, switch_off, unsubscribe_facts, uses};
pub(crate) use own::Messages;
pub(crate) use people::{
    add_contact, confirm_contact, mark_read, open, read, remove_contact, save_settings, settings, subscribe,
    unsubscribe,
};
pub use people::{erase, export, hand_over};
