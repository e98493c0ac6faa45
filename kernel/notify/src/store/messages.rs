//! Messages of people.

use kernel_base::{Instant, Lang, Result, TypedId};
use kernel_db::{Row, Tx, id, params, sql};

use crate::model::{MessageId, MessageRow};

/// A message before it has its row.
#[derive(Debug)]
pub(crate) struct NewMessage<'a> {
    pub(crate) id: &'a MessageId,
    pub(crate) recipient: &'a str,
    pub(crate) key: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) lang: Lang,
    pub(crate) title: &'a str,
    pub(crate) body: &'a str,
    pub(crate) link: &'a str,
    pub(crate) happened_at: Instant,
}

/// False when the recipient was told of this key before.
pub(crate) fn insert(tx: &mut Tx<'_>, new: &NewMessage<'_>) -> Result<bool> {
    let now = tx.now();
    let added = tx.execute(
        sql!(
            "INSERT INTO messages (home, id, recipient, event_key, kind, lang, title, body, link, happened_at, created_at,
                                   read_at, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, NULL, 1)
             ON CONFLICT (home, recipient, event_key) DO NOTHING"
        ),
        &params![
            id(new.id),
            new.recipient,
            new.key,
            new.kind,
            new.lang.code(),
            new.title,
            new.body,
            new.link,
            new.happened_at,
            now
        ],
    )?;
    Ok(added == 1)
}

fn message(row: &Row) -> Result<MessageRow> {
    Ok(MessageRow {
        id: row.id("id")?,
        kind: row.get("kind")?,
        title: row.get("title")?,
        body: row.get("body")?,
        link: row.get("link")?,
        happened_at: row.get("happened_at")?,
        read_at: row.get("read_at")?,
    })
}

/// The newest first; `before` is the key of the last row of the page before.
pub(crate) fn of(tx: &mut Tx<'_>, recipient: &str, before: &str, most: i64) -> Result<Vec<(String, MessageRow)>> {
    let rows = tx.query(
        sql!(
            "SELECT id, kind, title, body, link, happened_at, read_at, created_at FROM messages
             WHERE home = $1 AND recipient = $2
               AND (CAST($3 AS TEXT) = '' OR created_at || ' ' || id < $3)
             ORDER BY created_at DESC, id DESC LIMIT $4"
        ),
        &params![recipient, before, most],
    )?;
    rows.iter()
        .map(|row| {
            let message = message(row)?;
            let key = format!("{} {}", row.get::<String>("created_at")?, message.id.as_str());
            Ok((key, message))
        })
        .collect()
}

pub(crate) fn one(tx: &mut Tx<'_>, recipient: &str, message_id: &MessageId) -> Result<Option<MessageRow>> {
    let row = tx.query_opt(
        sql!(
            "SELECT id, kind, title, body, link, happened_at, read_at FROM messages
             WHERE home = $1 AND recipient = $2 AND id = $3"
        ),
        &params![recipient, id(message_id)],
    )?;
    row.as_ref().map(message).transpose()
}

/// How many messages there are, and how many of them are unread.
pub(crate) fn counts(tx: &mut Tx<'_>, recipient: &str) -> Result<(i64, i64)> {
    let row = tx.query_one(
        sql!(
            "SELECT count(*) AS total, count(*) FILTER (WHERE read_at IS NULL) AS unread FROM messages
             WHERE home = $1 AND recipient = $2"
        ),
        &params![recipient],
    )?;
    Ok((row.get("total")?, row.get("unread")?))
}

/// Marks one message read, or all of them.
pub(crate) fn mark_read(tx: &mut Tx<'_>, recipient: &str, message_id: Option<&MessageId>) -> Result<u64> {
    let now = tx.now();
    tx.execute(
        sql!(
            "UPDATE messages SET read_at = $4, version = version + 1
             WHERE home = $1 AND recipient = $2 AND (CAST($3 AS TEXT) = '' OR id = $3) AND read_at IS NULL"
        ),
        &params![recipient, message_id.map_or("", |id| id.as_str()), now],
    )
}

pub(crate) fn delete_of(tx: &mut Tx<'_>, recipient: &str) -> Result<u64> {
    tx.execute(sql!("DELETE FROM messages WHERE home = $1 AND recipient = $2"), &params![recipient])
}

/// Gives messages to another recipient; those of an event that he was told of himself stay.
pub(crate) fn hand_over(tx: &mut Tx<'_>, from: &str, to: &str) -> Result<()> {
    tx.execute(
        sql!(
            "UPDATE messages SET recipient = $3, version = version + 1
             WHERE home = $1 AND recipient = $2 AND event_key NOT IN
               (SELECT event_key FROM messages WHERE home = $1 AND recipient = $3)"
        ),
        &params![from, to],
    )
    .map(drop)
}
