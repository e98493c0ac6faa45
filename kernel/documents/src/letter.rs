//! An official letter (công văn), NĐ 30/2020, Appendix III, form 1.5.

use serde::{Deserialize, Serialize};

use crate::{Head, Signer};

/// A letter to other bodies, with a table of what it is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OfficialLetter {
    pub head: Head,
    /// After `V/v`, under the number.
    pub subject: String,
    /// `Kính gửi`
    pub to: Vec<String>,
    /// Before the table.
    pub opening: Vec<String>,
    pub table: LetterTable,
    /// After the table.
    pub closing: Vec<String>,
    /// Nơi nhận, without the last line `Lưu: VT`, which is added.
    #[serde(default)]
    pub recipients: Vec<String>,
    pub signer: Signer,
}

/// A table whose first column is narrow and whose second takes the room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterTable {
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
}
