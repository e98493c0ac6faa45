//! Uploads that survive a dropped connection: partial bytes on disk, their length is the offset.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use futures_util::Stream;
use kernel_base::{Error, Home, Result, TypedId};
use rustix::fs::{FlockOperation, flock};
use serde_json::json;
use tokio::io::AsyncWriteExt;

use crate::{
    files::Files,
    received::{self, Received},
    refusal::Refusal,
    row::Upload,
};

impl Files {
    /// How many bytes of the upload are on disk: where the sender goes on.
    pub async fn upload_offset(&self, home: &Home, upload: &Upload) -> Result<u64> {
        match tokio::fs::metadata(self.part(home, upload)).await {
            Ok(meta) => Ok(meta.len()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(disk(&error)),
        }
    }

    /// Appends a stream at `offset` and answers with the new offset. What has arrived when the connection breaks stays,
    /// durable, and the sender goes on from there.
    ///
    /// `Conflict` with `current: {"offset": n}` when `offset` is not where the upload stands, or another request is
    /// writing to it; `TooLarge` when more comes than was announced; `upload_interrupted` when the sender breaks off.
    pub async fn append<S, E>(&self, home: &Home, upload: &Upload, offset: u64, stream: S) -> Result<u64>
    where
        S: Stream<Item = Result<Bytes, E>>,
        E: std::fmt::Display,
    {
        let path = self.part(home, upload);
        let (file, length) = tokio::task::spawn_blocking(move || open_locked(&path))
            .await
            .map_err(|error| Error::internal(error.to_string()))?
            .map_err(|error| if error.kind() == io::ErrorKind::WouldBlock { busy(offset) } else { disk(&error) })?;
        if length != offset {
            return Err(moved(length));
        }
        let mut file = tokio::fs::File::from_std(file);
        let outcome = fill(&mut file, upload.size, offset, stream).await;
        // Also after a broken connection: what is there must still be there after a crash.
        file.flush().await.map_err(|error| disk(&error))?;
        file.sync_all().await.map_err(|error| disk(&error))?;
        outcome
    }

    /// The whole upload as a received file, to be inspected. The bytes stay until [`Files::discard_upload`].
    /// `Conflict` with the offset when bytes are missing.
    pub async fn finish_upload(&self, home: &Home, upload: &Upload) -> Result<Received> {
        let length = self.upload_offset(home, upload).await?;
        if length != upload.size {
            return Err(moved(length));
        }
        Ok(Received::kept(upload.name.clone(), length, self.part(home, upload)))
    }

    /// Removes the bytes of an upload; nothing to do when they are gone.
    pub async fn discard_upload(&self, home: &Home, upload: &Upload) -> Result<()> {
        match tokio::fs::remove_file(self.part(home, upload)).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(disk(&error)),
            _ => Ok(()),
        }
    }

    fn part(&self, home: &Home, upload: &Upload) -> PathBuf {
        self.uploads.join(home.as_str()).join(upload.id.as_str())
    }
}

/// Opens the partial file for appending, with the lock that keeps a second request out.
fn open_locked(path: &Path) -> io::Result<(fs::File, u64)> {
    let folder = path.parent().ok_or(io::ErrorKind::NotFound)?;
    fs::create_dir_all(folder)?;
    let new = !path.exists();
    let file = fs::OpenOptions::new().create(true).append(true).open(path)?;
    flock(&file, FlockOperation::NonBlockingLockExclusive)?;
    if new {
        fs::File::open(folder)?.sync_all()?;
    }
    let length = file.metadata()?.len();
    Ok((file, length))
}

async fn fill<S, E>(file: &mut tokio::fs::File, size: u64, offset: u64, stream: S) -> Result<u64>
where
    S: Stream<Item = Result<Bytes, E>>,
    E: std::fmt::Display,
{
    let mut stream = std::pin::pin!(stream);
    let mut written = offset;
    while let Some(chunk) = received::next(&mut stream).await? {
        if written + chunk.len() as u64 > size {
            return Err(Refusal::TooLarge.error(None).with_inside("more bytes than the upload announced"));
        }
        file.write_all(&chunk).await.map_err(|error| disk(&error))?;
        written += chunk.len() as u64;
    }
    Ok(written)
}

fn moved(length: u64) -> Error {
    Error::conflict(
        "upload_offset",
        (
            "Phần đã tải lên khác với phần bạn gửi tiếp. Trình duyệt sẽ tự tải tiếp từ chỗ đã lưu; nếu không, hãy chọn lại tệp.",
            "What has arrived differs from what you go on with. The browser goes on from what is stored; if not, choose the file again.",
        ),
    )
    .with_current(json!({ "offset": length }))
}

fn busy(offset: u64) -> Error {
    Error::conflict(
        "upload_busy",
        (
            "Tệp này đang được tải lên ở một cửa sổ khác. Hãy đợi một lát rồi thử lại.",
            "This file is being uploaded in another window. Wait a moment and try again.",
        ),
    )
    .with_current(json!({ "offset": offset }))
}

fn disk(error: &io::Error) -> Error {
    Error::unavailable(format!("an upload on disk: {error}"))
}
