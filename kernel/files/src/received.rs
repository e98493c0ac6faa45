//! Bytes as they arrive: streamed to a temporary file, counted as they come, never held in memory as a whole.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use kernel_base::{Error, Kind, Result};
use tempfile::TempPath;
use tokio::io::AsyncWriteExt;

use crate::{limits::MAX_FILE, name::display_name, refusal::Refusal};

/// A stream that gives nothing for so long is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// A file as it arrived, unchecked, on the server's disk. A temporary one is removed when this is dropped.
#[derive(Debug)]
pub struct Received {
    name: String,
    size: u64,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Temporary(TempPath),
    /// Owned by someone else, e.g. a finished upload.
    Kept(PathBuf),
}

impl Received {
    /// The name to show; see [`display_name`].
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Where the bytes are.
    pub(crate) fn path(&self) -> &Path {
        match &self.place {
            Place::Temporary(path) => path,
            Place::Kept(path) => path,
        }
    }

    /// All bytes; at most [`MAX_FILE`].
    pub async fn bytes(&self) -> Result<Bytes> {
        let read = tokio::fs::read(self.path()).await;
        read.map(Bytes::from).map_err(|error| Error::unavailable(format!("reading a received file: {error}")))
    }

    pub(crate) fn kept(name: String, size: u64, path: PathBuf) -> Self {
        Self { name, size, place: Place::Kept(path) }
    }
}

/// Refuses by the declared length alone, before a byte is read; 413 at the edge.
pub fn check_declared(length: Option<u64>) -> Result<()> {
    if length.is_some_and(|length| length > MAX_FILE) { Err(Refusal::TooLarge.error(None)) } else { Ok(()) }
}

/// Writes a stream to a temporary file in `dir`, at most [`MAX_FILE`] bytes: reading stops at the first byte too many.
/// Fails with [`Kind::TooLarge`], or `upload_interrupted` when the sender breaks off or stalls for 30 seconds.
pub(crate) async fn receive<S, E>(dir: &Path, raw_name: &str, stream: S) -> Result<Received>
where
    S: Stream<Item = Result<Bytes, E>>,
    E: std::fmt::Display,
{
    let disk = |error: std::io::Error| Error::unavailable(format!("writing a received file: {error}"));
    let temporary = tempfile::Builder::new().prefix("in-").tempfile_in(dir).map_err(disk)?;
    let (file, path) = temporary.into_parts();
    let mut file = tokio::fs::File::from_std(file);
    let mut stream = std::pin::pin!(stream);
    let mut size = 0_u64;
    while let Some(chunk) = next(&mut stream).await? {
        size += chunk.len() as u64;
        if size > MAX_FILE {
            return Err(Refusal::TooLarge.error(None));
        }
        file.write_all(&chunk).await.map_err(disk)?;
    }
    file.flush().await.map_err(disk)?;
    Ok(Received { name: display_name(raw_name), size, place: Place::Temporary(path) })
}

/// The next chunk, or why there is none: the sender broke off or stalled.
pub(crate) async fn next<S, E>(stream: &mut S) -> Result<Option<Bytes>>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
    E: std::fmt::Display,
{
    match tokio::time::timeout(PATIENCE, stream.next()).await {
        Ok(Some(Ok(chunk))) => Ok(Some(chunk)),
        Ok(None) => Ok(None),
        Ok(Some(Err(error))) => Err(interrupted(&error.to_string())),
        Err(_) => Err(interrupted("the sender stalled")),
    }
}

fn interrupted(inside: &str) -> Error {
    Error::new(
        Kind::Invalid,
        "upload_interrupted",
        (
            "Đường truyền bị ngắt khi đang tải tệp lên. Hãy kiểm tra mạng rồi tải lại; những gì đã nhập vẫn còn.",
            "The connection broke during the upload. Check your network and upload again; what you entered is kept.",
        ),
    )
    .with_inside(inside)
}
