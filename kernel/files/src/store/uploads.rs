//! Rows of `uploads`.

use kernel_base::{Error, Kind, Result};
use kernel_db::{Row, Tx, id, params, sql};

use crate::{
    limits::MAX_FILE,
    name::display_name,
    refusal::Refusal,
    row::{Upload, UploadId},
};

/// Uploads that one owner may have under way.
const OPEN_AT_ONCE: i64 = 40;
/// An upload that is not finished within two days is removed.
const LIFE_HOURS: i64 = 48;

/// Begins an upload of `size` bytes that can be resumed. Refuses more than 25 MB (`TooLarge`), nothing (`file_empty`),
/// and more than 40 uploads at once (`TooMany`).
pub fn create(tx: &mut Tx<'_>, owner: &str, raw_name: &str, size: u64) -> Result<Upload> {
    match size {
        0 => return Err(Refusal::Empty.error(None)),
        size if size > MAX_FILE => return Err(Refusal::TooLarge.error(None)),
        _ => {}
    }
    let open = tx.query_one(
        sql!("SELECT count(*) AS open FROM uploads WHERE home = $1 AND owner = $2 AND expires_at > $3"),
        &params![owner, tx.now()],
    )?;
    if open.get::<i64>("open")? >= OPEN_AT_ONCE {
        return Err(Error::new(
            Kind::TooMany,
            "uploads_too_many",
            (
                "Bạn đang tải lên quá nhiều tệp cùng lúc. Hãy đợi các tệp trước tải xong rồi tải tiếp.",
                "Too many uploads at once. Wait until the earlier ones are done, then go on.",
            ),
        ));
    }
    let now = tx.now();
    let upload = Upload {
        id: tx.new_id(),
        owner: owner.to_owned(),
        name: display_name(raw_name),
        size,
        created_at: now,
        expires_at: now.plus_hours(LIFE_HOURS),
    };
    tx.execute(
        sql!(
            "INSERT INTO uploads (home, id, owner, name, size, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        ),
        &params![
            id(&upload.id),
            owner,
            upload.name.as_str(),
            i64::try_from(size).unwrap_or(i64::MAX),
            now,
            upload.expires_at
        ],
    )?;
    Ok(upload)
}

/// The upload, only when `owner` began it and it has not expired.
pub fn find(tx: &mut Tx<'_>, upload: &UploadId, owner: &str) -> Result<Option<Upload>> {
    let found = tx.query_opt(
        sql!(
            "SELECT id, owner, name, size, created_at, expires_at
             FROM uploads WHERE home = $1 AND id = $2 AND owner = $3 AND expires_at > $4"
        ),
        &params![id(upload), owner, tx.now()],
    )?;
    found.as_ref().map(read).transpose()
}

/// Ends every upload under way of an owner and forgets their names; the bytes go with the next [`crate::Files::sweep`].
pub fn give_up(tx: &mut Tx<'_>, owner: &str) -> Result<u64> {
    let now = tx.now();
    tx.execute(
        sql!("UPDATE uploads SET name = '', expires_at = $3 WHERE home = $1 AND owner = $2"),
        &params![owner, now],
    )
}

/// Forgets an upload, finished or given up; remove its bytes with [`crate::Files::discard_upload`] after the commit.
pub fn close(tx: &mut Tx<'_>, upload: &UploadId, owner: &str) -> Result<bool> {
    let removed = tx
        .execute(sql!("DELETE FROM uploads WHERE home = $1 AND id = $2 AND owner = $3"), &params![id(upload), owner])?;
    Ok(removed > 0)
}

/// At most `limit` uploads that were not finished in time.
pub(crate) fn expired(tx: &mut Tx<'_>, limit: i64) -> Result<Vec<Upload>> {
    let found = tx.query(
        sql!(
            "SELECT id, owner, name, size, created_at, expires_at
             FROM uploads WHERE home = $1 AND expires_at <= $2 ORDER BY expires_at LIMIT $3"
        ),
        &params![tx.now(), limit],
    )?;
    found.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Upload> {
    Ok(Upload {
        id: row.id("id")?,
        owner: row.get("owner")?,
        name: row.get("name")?,
        size: row.get::<i64>("size")?.try_into().unwrap_or(0),
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
    })
}
