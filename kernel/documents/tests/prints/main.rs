//! Prints every document and reads the PDF back with the tools of poppler and zbar, as a court or a scanner would.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod layout;
mod samples;
mod speed;
mod text;
mod tools;
