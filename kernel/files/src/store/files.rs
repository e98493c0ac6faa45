//! Rows of `files`.

use kernel_base::{Error, Result};
use kernel_db::{Row, Tx, id, opt_id, params, sql};

use crate::row::{FileId, FileKey, FileKind, FileRow, Stored, StoredPaper};

/// Names a stored file in this transaction. `owner` says who may attach it, e.g. `account:…` or `dossier:…`.
pub fn record(tx: &mut Tx<'_>, stored: &Stored, owner: &str) -> Result<FileId> {
    insert(tx, stored, owner, None, 0)
}

/// Names a paper that has no object, for a rehearsal in a transaction that is taken back: it must never be committed,
/// and `verify` would name it if it were.
pub fn record_rehearsal(tx: &mut Tx<'_>, owner: &str) -> Result<FileId> {
    let nowhere: [u8; 16] = tx.random();
    let stored = Stored {
        kind: crate::FileKind::Paper,
        name: "dien-tap.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        sha256: "0".repeat(64),
        size: 1,
        pages: 1,
        // No two rows name one object, those of a rehearsal neither.
        object: format!("rehearsal/{}", hex::encode(nowhere)),
        key: crate::row::FileKey(tx.random()),
    };
    insert(tx, &stored, owner, None, 0)
}

/// Names a paper and its originals in this transaction; the identifier is the paper's.
pub fn record_paper(tx: &mut Tx<'_>, stored: &StoredPaper, owner: &str) -> Result<FileId> {
    let paper = insert(tx, &stored.paper, owner, None, 0)?;
    for (original, position) in stored.originals.iter().zip(0_i64..) {
        insert(tx, original, owner, Some(&paper), position)?;
    }
    Ok(paper)
}

fn insert(
    tx: &mut Tx<'_>,
    stored: &Stored,
    owner: &str,
    original_of: Option<&FileId>,
    position: i64,
) -> Result<FileId> {
    let file: FileId = tx.new_id();
    let now = tx.now();
    tx.execute(
        sql!(
            "INSERT INTO files (home, id, kind, owner, name, media_type, sha256, size, pages, object, key, original_of,
                                position, created_at, erased_at, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, NULL, 1)"
        ),
        &params![
            id(&file),
            stored.kind.as_str(),
            owner,
            stored.name.as_str(),
            stored.media_type.as_str(),
            stored.sha256.as_str(),
            stored.size,
            stored.pages,
            stored.object.as_str(),
            stored.key.hex(),
            opt_id(original_of),
            position,
            now
        ],
    )?;
    Ok(file)
}

/// A file by its identifier, erased or not. The caller decides who may see it; see [`owned`].
pub fn get(tx: &mut Tx<'_>, file: &FileId) -> Result<Option<FileRow>> {
    let found = tx.query_opt(
        sql!(
            "SELECT id, kind, owner, name, media_type, sha256, size, pages, object, key, original_of, created_at,
                    erased_at, version
             FROM files WHERE home = $1 AND id = $2"
        ),
        &params![id(file)],
    )?;
    found.as_ref().map(read).transpose()
}

/// A file by its identifier, only when `owner` owns it and it was not erased.
pub fn owned(tx: &mut Tx<'_>, file: &FileId, owner: &str) -> Result<Option<FileRow>> {
    Ok(get(tx, file)?.filter(|row| row.owner == owner && row.erased_at.is_none()))
}

/// The files that `owner` owns, oldest first, without erased ones.
pub fn files_of(tx: &mut Tx<'_>, owner: &str) -> Result<Vec<FileRow>> {
    let found = tx.query(
        sql!(
            "SELECT id, kind, owner, name, media_type, sha256, size, pages, object, key, original_of, created_at,
                    erased_at, version
             FROM files WHERE home = $1 AND owner = $2 AND erased_at IS NULL ORDER BY id"
        ),
        &params![owner],
    )?;
    found.iter().map(read).collect()
}

/// The originals that a paper was made from, in the order of their pages, without erased ones.
pub fn originals_of(tx: &mut Tx<'_>, paper: &FileId) -> Result<Vec<FileRow>> {
    let found = tx.query(
        sql!(
            "SELECT id, kind, owner, name, media_type, sha256, size, pages, object, key, original_of, created_at,
                    erased_at, version
             FROM files WHERE home = $1 AND original_of = $2 AND erased_at IS NULL ORDER BY position"
        ),
        &params![id(paper)],
    )?;
    found.iter().map(read).collect()
}

/// At most `limit` files after the identifier `after` (empty for the first), by identifier, erased ones included.
pub(crate) fn page(tx: &mut Tx<'_>, after: &str, limit: i64) -> Result<Vec<FileRow>> {
    let found = tx.query(
        sql!(
            "SELECT id, kind, owner, name, media_type, sha256, size, pages, object, key, original_of, created_at,
                    erased_at, version
             FROM files WHERE home = $1 AND id > $2 ORDER BY id LIMIT $3"
        ),
        &params![after, limit],
    )?;
    found.iter().map(read).collect()
}

/// Gives a file and its originals to another owner, e.g. from the account that uploaded it to the dossier.
/// `Ok(false)` when `from` does not own it (any more).
pub fn change_owner(tx: &mut Tx<'_>, file: &FileId, from: &str, to: &str) -> Result<bool> {
    let paper = tx.execute(
        sql!(
            "UPDATE files SET owner = $4, version = version + 1
             WHERE home = $1 AND id = $2 AND owner = $3 AND erased_at IS NULL"
        ),
        &params![id(file), from, to],
    )?;
    // Apart from the paper: one condition with OR would walk through everything that the owner has.
    let originals = tx.execute(
        sql!(
            "UPDATE files SET owner = $4, version = version + 1
             WHERE home = $1 AND original_of = $2 AND owner = $3 AND erased_at IS NULL"
        ),
        &params![id(file), from, to],
    )?;
    Ok(paper + originals > 0)
}

/// Erases a file and its originals: their keys are gone with this transaction, their objects are removed later by
/// [`crate::Files::sweep`]. `Ok(false)` when there was nothing to erase.
pub fn erase(tx: &mut Tx<'_>, file: &FileId) -> Result<bool> {
    let now = tx.now();
    let changed = tx.execute(
        sql!(
            "UPDATE files SET key = NULL, name = '', erased_at = $3, version = version + 1
             WHERE home = $1 AND (id = $2 OR original_of = $2) AND erased_at IS NULL"
        ),
        &params![id(file), now],
    )?;
    Ok(changed > 0)
}

/// Erases a file and its originals, but only while `owner` owns them: what was handed to a dossier meanwhile stays.
/// `Ok(false)` when there was nothing to erase.
pub fn erase_of(tx: &mut Tx<'_>, file: &FileId, owner: &str) -> Result<bool> {
    let now = tx.now();
    let changed = tx.execute(
        sql!(
            "UPDATE files SET key = NULL, name = '', erased_at = $3, version = version + 1
             WHERE home = $1 AND (id = $2 OR original_of = $2) AND owner = $4 AND erased_at IS NULL"
        ),
        &params![id(file), now, owner],
    )?;
    Ok(changed > 0)
}

/// Erases only the originals of a paper, once the dossier is accepted; how many there were.
pub fn erase_originals(tx: &mut Tx<'_>, paper: &FileId) -> Result<u64> {
    let now = tx.now();
    tx.execute(
        sql!(
            "UPDATE files SET key = NULL, name = '', erased_at = $3, version = version + 1
             WHERE home = $1 AND original_of = $2 AND erased_at IS NULL"
        ),
        &params![id(paper), now],
    )
}

/// Identifiers and objects of erased files whose bytes still lie in the store.
pub(crate) fn erased_objects(tx: &mut Tx<'_>, limit: i64) -> Result<Vec<(FileId, String)>> {
    let found = tx.query(
        sql!(
            "SELECT id, object FROM files
             WHERE home = $1 AND erased_at IS NOT NULL AND object IS NOT NULL ORDER BY erased_at LIMIT $2"
        ),
        &params![limit],
    )?;
    found.iter().map(|row| Ok((row.id("id")?, row.get("object")?))).collect()
}

/// Notes that the bytes of an erased file are removed.
pub(crate) fn object_removed(tx: &mut Tx<'_>, file: &FileId) -> Result<()> {
    tx.execute(
        sql!(
            "UPDATE files SET object = NULL, version = version + 1
             WHERE home = $1 AND id = $2 AND erased_at IS NOT NULL"
        ),
        &params![id(file)],
    )?;
    Ok(())
}

/// True when a row names the object.
pub(crate) fn names_object(tx: &mut Tx<'_>, object: &str) -> Result<bool> {
    let found = tx.query_opt(sql!("SELECT id FROM files WHERE home = $1 AND object = $2"), &params![object])?;
    Ok(found.is_some())
}

fn read(row: &Row) -> Result<FileRow> {
    let file: FileId = row.id("id")?;
    let broken = |column: &str| Error::internal(format!("files.{column} of row {file} cannot be read"));
    let kind: String = row.get("kind")?;
    let key: Option<String> = row.get("key")?;
    Ok(FileRow {
        kind: FileKind::parse(&kind).ok_or_else(|| broken("kind"))?,
        owner: row.get("owner")?,
        name: row.get("name")?,
        media_type: row.get("media_type")?,
        sha256: row.get("sha256")?,
        size: row.get("size")?,
        pages: row.get("pages")?,
        original_of: row.opt_id("original_of")?,
        created_at: row.get("created_at")?,
        erased_at: row.get("erased_at")?,
        version: row.get("version")?,
        object: row.get("object")?,
        key: key.map(|key| FileKey::parse(&key).ok_or_else(|| broken("key"))).transpose()?,
        id: file,
    })
}
