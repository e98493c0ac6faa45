//! From facts to bytes.

use kernel_base::{Error, Result};

use crate::Document;

/// A finished PDF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    pub pdf: Vec<u8>,
    /// Hexadecimal SHA-256 of `pdf`.
    pub sha256: String,
    pub pages: usize,
}

/// Prints a document.
///
/// # Errors
/// `internal` when a template has a defect; no input should cause one.
pub fn render(_document: &Document) -> Result<Rendered> {
    Err(Error::internal("not laid out yet"))
}
