//! All SQL of messages.

pub(crate) mod deliveries;
pub(crate) mod messages;
pub(crate) mod people;
