//! What is known of a stored file.

use kernel_base::{Instant, typed_id};

typed_id!(
    /// A stored file.
    FileId, "fil"
);
typed_id!(
    /// An upload under way.
    UploadId, "upl"
);

/// What a stored file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A paper of a person, made by inspection: always a PDF.
    Paper,
    /// A file as it was received, kept until the dossier is accepted.
    Original,
    /// A document that the product made: a receipt, a slip, a result.
    Document,
}

impl FileKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::Original => "original",
            Self::Document => "document",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Paper, Self::Original, Self::Document].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// The key of one file. Never shown, not even in a log.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct FileKey(pub(crate) [u8; 32]);

impl std::fmt::Debug for FileKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FileKey(…)")
    }
}

impl FileKey {
    pub(crate) fn hex(&self) -> String {
        hex::encode(self.0)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        hex::decode(text).ok()?.try_into().ok().map(Self)
    }
}

/// A file whose object is whole and durable, but which no row names yet; hand it to [`crate::record`].
#[derive(Debug, Clone)]
pub struct Stored {
    pub kind: FileKind,
    pub name: String,
    pub media_type: String,
    /// Lower-case hex SHA-256 of the bytes before sealing.
    pub sha256: String,
    /// Bytes before sealing.
    pub size: i64,
    pub pages: i64,
    pub(crate) object: String,
    pub(crate) key: FileKey,
}

/// A paper and the files it was made from; hand it to [`crate::record_paper`].
#[derive(Debug, Clone)]
pub struct StoredPaper {
    pub paper: Stored,
    /// Empty when the paper is the received PDF itself.
    pub originals: Vec<Stored>,
}

/// A row of `files`.
#[derive(Debug, Clone)]
pub struct FileRow {
    pub id: FileId,
    pub kind: FileKind,
    pub owner: String,
    /// For display only.
    pub name: String,
    pub media_type: String,
    pub sha256: String,
    pub size: i64,
    pub pages: i64,
    pub original_of: Option<FileId>,
    pub created_at: Instant,
    pub erased_at: Option<Instant>,
    pub version: i64,
    pub(crate) object: Option<String>,
    pub(crate) key: Option<FileKey>,
}

/// An upload under way.
#[derive(Debug, Clone)]
pub struct Upload {
    pub id: UploadId,
    pub owner: String,
    pub name: String,
    /// Bytes announced.
    pub size: u64,
    pub created_at: Instant,
    pub expires_at: Instant,
}

/// Something that does not hold; for `verify` and `doctor`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub table: &'static str,
    /// Identifier of the row.
    pub row: String,
    pub what: kernel_base::Words,
}
