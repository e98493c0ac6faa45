//! PAdES signatures and RFC 3161 time stamps on PDF files: make and check.
//!
//! Making: [`Placeholder::prepare`] appends an empty signature to a PDF, [`ToSign::new`] says which bytes the key signs,
//! [`ToSign::assemble`] makes the CMS object, [`Placeholder::fill`] puts it in its place. The private key is never here:
//! it is behind the port [`Signer`]. Checking: [`check`] reads any PDF and says of each signature whether it is valid,
//! and if not why and what to do. [`queue`] keeps what waits for a signature.

mod algorithm;
mod asn1;
mod chain;
mod check;
pub mod child;
mod cms_make;
mod cms_read;
mod outcome;
mod pdf_make;
mod pdf_read;
mod ports;
pub mod queue;
mod revisions;
mod stamp;
mod store;
mod trust;

pub use check::check;
pub use cms_make::ToSign;
pub use outcome::{DocumentCheck, Fault, SignatureCheck, Verdict};
pub use pdf_make::{Field, Placeholder};
pub use ports::{Credential, SignAnswer, SignRequest, Signer, TimeStamp};
pub use stamp::{request as stamp_request, token_of};
pub use trust::Trust;

/// Tables of the queue of signatures.
pub const MIGRATIONS: &[kernel_db::Migration] = &[kernel_db::Migration {
    system: "signatures",
    number: 1,
    name: "signatures",
    sql: include_str!("../migrations/001_signatures.sql"),
}];

/// Largest PDF that is checked or signed, in bytes.
pub const MAX_FILE: usize = 25_000_000;
