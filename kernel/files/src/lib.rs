//! Files of people: received in a stream, inspected in a limited child process, made into one PDF, stored under their
//! own key, recorded with their SHA-256.
//!
//! The order is the safety: [`Files::receive`] → [`Files::inspect`] → [`Files::store_paper`] (durable object) →
//! [`record_paper`] (row, inside the caller's transaction). A row never points to a file that is not whole on disk.

pub mod child;
mod detect;
mod inspect;
mod inspector;
mod jpeg;
pub mod limits;
mod name;
mod paper;
mod pdf;
mod photo;
mod quality;
mod received;
mod refusal;
mod tiff;

pub use detect::SourceType;
pub use inspector::{Inspected, Inspector};
pub use name::display_name;
pub use received::{Received, check_declared};
pub use refusal::Refusal;
