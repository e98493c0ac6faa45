//! Files of people: received in a stream, inspected in a limited child process, made into one PDF, stored under their
//! own key, recorded with their SHA-256.
//!
//! The order is the safety: [`Files::receive`] → [`Files::inspect`] → [`Files::store_paper`] (durable object) →
//! [`record_paper`] (row, inside the caller's transaction). A row never points to a file that is not whole on disk.
//!
//! Uploads that can be resumed: [`uploads::create`] (row) → [`Files::append`] as often as needed, from
//! [`Files::upload_offset`] → [`Files::finish_upload`] → inspect and store as above → [`uploads::close`] in the same
//! transaction as [`record_paper`], then [`Files::discard_upload`].

pub mod child;
mod detect;
mod files;
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
mod row;
mod store;
mod tiff;
mod upload;
mod vault;
mod verify;

pub use detect::SourceType;
pub use files::{Content, Files};
pub use inspector::{Inspected, Inspector};
pub use name::display_name;
pub use received::{Received, check_declared};
pub use refusal::Refusal;
pub use row::{FileId, FileKind, FileRow, Finding, Stored, StoredPaper, Upload, UploadId};
pub use store::files::{
    change_owner, erase, erase_of, erase_originals, files_of, get, originals_of, owned, record, record_paper,
    record_rehearsal,
};

/// Rows of uploads that can be resumed.
pub mod uploads {
    pub use crate::store::uploads::{close, create, find, give_up};
}

/// The tables of this crate.
pub const MIGRATIONS: &[kernel_db::Migration] = &[kernel_db::Migration {
    system: "files",
    number: 1,
    name: "files",
    sql: include_str!("../migrations/001_files.sql"),
}];
