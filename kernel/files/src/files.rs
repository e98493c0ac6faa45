//! The files of this server: a folder with sealed objects, partial uploads and a place for arrivals.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use futures_util::{Stream, TryStreamExt};
use kernel_base::{Error, Home, Result};
use object_store::{ObjectStore, ObjectStoreExt, PutPayload, local::LocalFileSystem, path::Path as ObjectPath};
use sha2::{Digest, Sha256};

use crate::{
    inspector::{Inspected, Inspector},
    received::{self, Received},
    row::{FileKind, FileRow, Stored, StoredPaper},
    vault,
};

/// Arrivals and objects without a row are left alone until they are so old.
pub(crate) const ABANDONED: Duration = Duration::from_secs(86_400);

/// Opens once per process; cheap to clone.
#[derive(Debug, Clone)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    inspector: Inspector,
    incoming: PathBuf,
    pub(crate) uploads: PathBuf,
}

/// Bytes to store that did not come through an inspection, e.g. a document that the product made.
#[derive(Debug, Clone)]
pub struct Content {
    pub kind: FileKind,
    pub name: String,
    pub media_type: String,
    pub pages: u32,
    pub bytes: Bytes,
}

impl Content {
    /// A PDF that the product made, to be printed or signed.
    #[must_use]
    pub fn document(name: impl Into<String>, pages: usize, pdf: Vec<u8>) -> Self {
        Self {
            kind: FileKind::Document,
            name: name.into(),
            media_type: "application/pdf".to_owned(),
            pages: u32::try_from(pages).unwrap_or(1),
            bytes: pdf.into(),
        }
    }
}

impl Files {
    /// Opens the folder, making it when it is not there. Objects are written with `fsync`.
    pub fn open(dir: &Path, inspector: Inspector) -> Result<Self> {
        let wrong = |error: String| Error::unavailable(format!("the folder of files {}: {error}", dir.display()));
        let [objects, incoming, uploads] = ["objects", "incoming", "uploads"].map(|part| dir.join(part));
        for part in [&objects, &incoming, &uploads] {
            std::fs::create_dir_all(part).map_err(|error| wrong(error.to_string()))?;
        }
        let store = LocalFileSystem::new_with_prefix(&objects).map_err(|error| wrong(error.to_string()))?;
        let files = Self { store: Arc::new(store.with_fsync(true)), inspector, incoming, uploads };
        files.clear_arrivals();
        Ok(files)
    }

    pub fn inspector(&self) -> &Inspector {
        &self.inspector
    }

    /// Streams one file to disk; see [`crate::check_declared`] for refusing by the declared length before.
    /// `raw_name` is the name that the sender gave. Fails with `TooLarge` at the first byte too many.
    pub async fn receive<S, E>(&self, raw_name: &str, stream: S) -> Result<Received>
    where
        S: Stream<Item = Result<Bytes, E>>,
        E: std::fmt::Display,
    {
        received::receive(&self.incoming, raw_name, stream).await
    }

    /// Takes bytes that are in memory already, as if they had been received.
    pub async fn receive_bytes(&self, raw_name: &str, bytes: Bytes) -> Result<Received> {
        self.receive(raw_name, futures_util::stream::iter([Ok::<_, std::convert::Infallible>(bytes)])).await
    }

    /// Checks the files of one paper and makes one PDF of them; see [`Inspector::inspect`].
    pub async fn inspect(&self, files: Vec<Received>) -> Result<Inspected> {
        self.inspector.inspect(files).await
    }

    /// Stores an inspected paper, and the originals it was made from. Durable when it returns, but named by no row:
    /// hand the answer to [`crate::record_paper`] in the transaction that needs it. `name` is for display.
    pub async fn store_paper(&self, home: &Home, inspected: &Inspected, name: &str) -> Result<StoredPaper> {
        let mut originals = Vec::new();
        if !inspected.as_received {
            for (file, source) in inspected.originals.iter().zip(&inspected.source_types) {
                let bytes = file.bytes().await?;
                let (name, media_type) = (file.name().to_owned(), source.media_type().to_owned());
                originals.push(
                    self.store(home, Content { kind: FileKind::Original, name, media_type, pages: 0, bytes }).await?,
                );
            }
        }
        let content = Content {
            kind: FileKind::Paper,
            name: crate::display_name(name),
            media_type: inspected.media_type.to_owned(),
            pages: inspected.pages,
            bytes: inspected.bytes.clone(),
        };
        Ok(StoredPaper { paper: self.store(home, content).await?, originals })
    }

    /// Seals and stores bytes. Durable when it returns; hand the answer to [`crate::record`].
    pub async fn store(&self, home: &Home, content: Content) -> Result<Stored> {
        let (object, key) = (vault::new_object(home)?, vault::new_key()?);
        let sealed = vault::seal(&content.bytes, &key, &object)?;
        let place = ObjectPath::from(object.as_str());
        self.store
            .put(&place, PutPayload::from(sealed))
            .await
            .map_err(|error| Error::unavailable(format!("storing a file: {error}")))?;
        Ok(Stored {
            kind: content.kind,
            name: content.name,
            media_type: content.media_type,
            sha256: hex::encode(Sha256::digest(&content.bytes)),
            size: i64::try_from(content.bytes.len()).unwrap_or(i64::MAX),
            pages: i64::from(content.pages),
            object,
            key,
        })
    }

    /// The bytes of a stored file, checked against the row's SHA-256.
    ///
    /// `NotFound` when it was erased; `Internal`, naming the file, when the object is missing, short or another one.
    pub async fn read(&self, row: &FileRow) -> Result<Bytes> {
        match self.look(row).await? {
            Look::Whole(bytes) => Ok(bytes),
            Look::Erased => Err(Error::not_found(
                "file_erased",
                (
                    "Tệp này đã được xóa theo quy định và không còn mở được.",
                    "This file was erased as the rules demand and can no longer be opened.",
                ),
            )),
            Look::Missing => Err(Error::internal(format!("file {}: its object is missing", row.id))),
            Look::Changed => Err(Error::internal(format!("file {}: its object is short, swapped or changed", row.id))),
        }
    }

    /// [`Files::store`] for jobs, command lines and tests, outside async code.
    pub fn store_blocking(&self, home: &Home, content: Content) -> Result<Stored> {
        block(self.store(home, content))
    }

    /// [`Files::read`] for jobs, command lines and tests, outside async code.
    pub fn read_blocking(&self, row: &FileRow) -> Result<Bytes> {
        block(self.read(row))
    }

    pub(crate) async fn look(&self, row: &FileRow) -> Result<Look> {
        let (Some(object), Some(key)) = (&row.object, &row.key) else { return Ok(Look::Erased) };
        let sealed = match self.store.get(&ObjectPath::from(object.as_str())).await {
            Ok(found) => found.bytes().await,
            Err(object_store::Error::NotFound { .. }) => return Ok(Look::Missing),
            Err(error) => Err(error),
        };
        let sealed = sealed.map_err(|error| Error::unavailable(format!("reading file {}: {error}", row.id)))?;
        Ok(match vault::open(&sealed, key, object) {
            Some(plain) if hex::encode(Sha256::digest(&plain)) == row.sha256 && plain.len() as i64 == row.size => {
                Look::Whole(Bytes::from(plain))
            }
            _ => Look::Changed,
        })
    }

    /// Removes the object of an erased file; nothing to do when it is gone.
    pub(crate) async fn remove(&self, object: &str) -> Result<()> {
        match self.store.delete(&ObjectPath::from(object)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(Error::unavailable(format!("removing a file: {error}"))),
        }
    }

    /// Objects of a home that have lain for more than a day.
    pub(crate) async fn old_objects(&self, home: &Home) -> Result<Vec<String>> {
        let prefix = ObjectPath::from(home.as_str());
        let all: Vec<_> = self
            .store
            .list(Some(&prefix))
            .try_collect()
            .await
            .map_err(|error| Error::unavailable(format!("listing files: {error}")))?;
        let old = all.into_iter().filter(|meta| is_abandoned(meta.last_modified.into()));
        Ok(old.map(|meta| meta.location.to_string()).collect())
    }

    /// Arrivals left by a killed process.
    fn clear_arrivals(&self) {
        let entries = std::fs::read_dir(&self.incoming).into_iter().flatten().flatten();
        for entry in entries {
            let old = entry.metadata().and_then(|meta| meta.modified()).is_ok_and(is_abandoned);
            if old && std::fs::remove_file(entry.path()).is_err() {
                tracing::warn!(path = %entry.path().display(), "an abandoned arrival could not be removed");
            }
        }
    }
}

fn is_abandoned(touched: SystemTime) -> bool {
    touched.elapsed().is_ok_and(|age| age > ABANDONED)
}

/// What lies behind a row.
#[derive(Debug)]
pub(crate) enum Look {
    Whole(Bytes),
    Erased,
    Missing,
    Changed,
}

/// Runs a future to its end on a thread of its own, so that it works inside and outside a runtime.
pub(crate) fn block<T: Send>(future: impl Future<Output = Result<T>> + Send) -> Result<T> {
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(|error| Error::unavailable(format!("no runtime: {error}")))?.block_on(future)
    };
    std::thread::scope(|scope| scope.spawn(run).join()).unwrap_or_else(|_| Err(Error::internal("a file task panicked")))
}
