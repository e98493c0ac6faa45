//! All SQL of the ledger.

use kernel_base::{Instant, Result};
use kernel_db::{Row, Tx, params, sql};

use crate::{Event, Recorded, SignedRoot, merkle::Completed};

pub(crate) fn head(tx: &mut Tx<'_>, subject: &str) -> Result<Option<Recorded>> {
    let row =
        tx.query_opt(sql!("SELECT seq, hash, at FROM subjects WHERE home = $1 AND subject = $2"), &params![subject])?;
    row.map(|row| Ok(Recorded { seq: row.get("seq")?, hash: row.get("hash")?, at: row.get("at")? })).transpose()
}

/// Moves the head from the event before to this one; stale when another writer was faster.
pub(crate) fn move_head(tx: &mut Tx<'_>, subject: &str, event: &Recorded) -> Result<()> {
    if event.seq == 1 {
        return tx.execute_one(
            sql!(
                "INSERT INTO subjects (home, subject, seq, hash, at) VALUES ($1, $2, 1, $3, $4)
                 ON CONFLICT (home, subject) DO NOTHING"
            ),
            &params![subject, &event.hash, event.at],
        );
    }
    tx.execute_one(
        sql!(
            "UPDATE subjects SET seq = $3, hash = $4, at = $5
             WHERE home = $1 AND subject = $2 AND seq = $6"
        ),
        &params![subject, event.seq, &event.hash, event.at, event.seq - 1],
    )
}

pub(crate) fn insert_event(tx: &mut Tx<'_>, event: &Event, body: &str, kept: &str) -> Result<()> {
    tx.execute_one(
        sql!(
            "INSERT INTO events (home, subject, seq, kind, at, actor, body, kept, prev, hash)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        ),
        &params![&event.subject, event.seq, &event.kind, event.at, &event.actor, body, kept, &event.prev, &event.hash],
    )?;
    tx.execute_one(
        sql!("INSERT INTO unsealed (home, subject, seq) VALUES ($1, $2, $3)"),
        &params![&event.subject, event.seq],
    )
}

pub(crate) fn events(tx: &mut Tx<'_>, subject: &str) -> Result<Vec<Event>> {
    let rows = tx.query(
        sql!(
            "SELECT subject, seq, kind, at, actor, body, kept, prev, hash FROM events
             WHERE home = $1 AND subject = $2 ORDER BY seq"
        ),
        &params![subject],
    )?;
    rows.iter().map(event).collect()
}

/// Subjects that begin with `prefix` (letters and `:` only) and have a first event.
pub(crate) fn subjects_of(tx: &mut Tx<'_>, prefix: &str) -> Result<Vec<String>> {
    tx.query(
        sql!(
            "SELECT subject FROM events
             WHERE home = $1 AND seq = 1 AND subject LIKE CAST($2 AS TEXT) || '%'
             ORDER BY subject"
        ),
        &params![prefix],
    )?
    .iter()
    .map(|row| row.get("subject"))
    .collect()
}

/// Instant of the last event of the home.
pub(crate) fn last_instant(tx: &mut Tx<'_>) -> Result<Option<Instant>> {
    tx.query_one(sql!("SELECT max(at) AS at FROM subjects WHERE home = $1"), &params![])?.get("at")
}

fn event(row: &Row) -> Result<Event> {
    let kept: String = row.get("kept")?;
    Ok(Event {
        subject: row.get("subject")?,
        seq: row.get("seq")?,
        kind: row.get("kind")?,
        at: row.get("at")?,
        actor: row.get("actor")?,
        body: row.get("body")?,
        kept: if kept.is_empty() { serde_json::Value::Null } else { row.json("kept")? },
        prev: row.get("prev")?,
        hash: row.get("hash")?,
    })
}

/// Events that wait to be sealed, in the order of their subjects: subject, seq, hash.
pub(crate) fn unsealed(tx: &mut Tx<'_>, most: i64) -> Result<Vec<(String, i64, String)>> {
    let rows = tx.query(
        sql!(
            "SELECT u.subject, u.seq, e.hash FROM unsealed u
             JOIN events e ON e.home = u.home AND e.subject = u.subject AND e.seq = u.seq
             WHERE u.home = $1 ORDER BY u.subject, u.seq LIMIT $2"
        ),
        &params![most],
    )?;
    rows.iter().map(|row| Ok((row.get("subject")?, row.get("seq")?, row.get("hash")?))).collect()
}

/// Puts a waiting event into the tree; stale when another process has just done it.
pub(crate) fn insert_leaf(tx: &mut Tx<'_>, index: i64, subject: &str, seq: i64, hash: &str) -> Result<()> {
    tx.execute_one(sql!("DELETE FROM unsealed WHERE home = $1 AND subject = $2 AND seq = $3"), &params![subject, seq])?;
    tx.execute_one(
        sql!("INSERT INTO leaves (home, leaf_index, subject, seq, hash) VALUES ($1, $2, $3, $4, $5)"),
        &params![index, subject, seq, hash],
    )
}

pub(crate) fn insert_tree_node(tx: &mut Tx<'_>, done: &Completed) -> Result<()> {
    tx.execute_one(
        sql!("INSERT INTO tree_nodes (home, level, position, hash) VALUES ($1, $2, $3, $4)"),
        &params![i64::from(done.level), done.position.cast_signed(), hex::encode(done.hash)],
    )
}

/// The hash of a perfect subtree, if it was stored.
pub(crate) fn tree_node(tx: &mut Tx<'_>, level: i64, position: i64) -> Result<Option<String>> {
    let row = tx.query_opt(
        sql!("SELECT hash FROM tree_nodes WHERE home = $1 AND level = $2 AND position = $3"),
        &params![level, position],
    )?;
    row.map(|row| row.get("hash")).transpose()
}

/// The tree's right edge: size, frontier as JSON, version.
pub(crate) fn tree(tx: &mut Tx<'_>) -> Result<Option<(i64, Vec<String>, i64)>> {
    let row = tx.query_opt(sql!("SELECT size, frontier, version FROM trees WHERE home = $1"), &params![])?;
    row.map(|row| Ok((row.get("size")?, row.json("frontier")?, row.get("version")?))).transpose()
}

/// Locks the tree for this seal: the first statement of a seal, so that two processes do not work in vain.
pub(crate) fn save_tree(tx: &mut Tx<'_>, size: i64, frontier: &[String], version: Option<i64>) -> Result<()> {
    let frontier = kernel_db::json(frontier)?;
    match version {
        None => tx.execute_one(
            sql!(
                "INSERT INTO trees (home, size, frontier, version) VALUES ($1, $2, $3, 1)
                 ON CONFLICT (home) DO NOTHING"
            ),
            &[size.into(), frontier],
        ),
        Some(version) => tx.execute_one(
            sql!(
                "UPDATE trees SET size = $2, frontier = $3, version = version + 1
                 WHERE home = $1 AND version = $4"
            ),
            &[size.into(), frontier, version.into()],
        ),
    }
}

pub(crate) fn insert_root(tx: &mut Tx<'_>, size: i64, root: &str) -> Result<()> {
    let now = tx.now();
    tx.execute_one(
        sql!("INSERT INTO roots (home, size, root, sealed_at) VALUES ($1, $2, $3, $4)"),
        &params![size, root, now],
    )
}

/// The root of the last seal: size, root, instant.
pub(crate) fn last_root(tx: &mut Tx<'_>) -> Result<Option<(i64, String, Instant)>> {
    let row = tx.query_opt(
        sql!("SELECT size, root, sealed_at FROM roots WHERE home = $1 ORDER BY size DESC LIMIT 1"),
        &params![],
    )?;
    row.map(|row| Ok((row.get("size")?, row.get("root")?, row.get("sealed_at")?))).transpose()
}

/// Where an event stands in the tree.
pub(crate) fn leaf_index(tx: &mut Tx<'_>, subject: &str, seq: i64) -> Result<Option<i64>> {
    let row = tx.query_opt(
        sql!("SELECT leaf_index FROM leaves WHERE home = $1 AND subject = $2 AND seq = $3"),
        &params![subject, seq],
    )?;
    row.map(|row| row.get("leaf_index")).transpose()
}

/// Where the events of a subject stand in the tree.
pub(crate) fn leaves_of(tx: &mut Tx<'_>, subject: &str) -> Result<Vec<(i64, i64)>> {
    let rows = tx.query(
        sql!("SELECT seq, leaf_index FROM leaves WHERE home = $1 AND subject = $2 ORDER BY seq"),
        &params![subject],
    )?;
    rows.iter().map(|row| Ok((row.get("seq")?, row.get("leaf_index")?))).collect()
}

/// Hashes of the leaves from `start` on, `end` excluded.
pub(crate) fn leaf_hashes(tx: &mut Tx<'_>, start: i64, end: i64) -> Result<Vec<String>> {
    let rows = tx.query(
        sql!(
            "SELECT hash FROM leaves
             WHERE home = $1 AND leaf_index >= $2 AND leaf_index < $3 ORDER BY leaf_index"
        ),
        &params![start, end],
    )?;
    rows.iter().map(|row| row.get("hash")).collect()
}

pub(crate) fn insert_daily_root(tx: &mut Tx<'_>, root: &SignedRoot) -> Result<()> {
    tx.execute_one(
        sql!(
            "INSERT INTO daily_roots (home, day, size, root, published_at, key_id, public_key, signature)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        &params![root.day, root.size, &root.root, root.published_at, &root.key_id, &root.public_key, &root.signature],
    )
}

pub(crate) fn daily_root(tx: &mut Tx<'_>, day: jiff::civil::Date) -> Result<Option<SignedRoot>> {
    let row = tx.query_opt(
        sql!(
            "SELECT home, day, size, root, published_at, key_id, public_key, signature FROM daily_roots
             WHERE home = $1 AND day = $2"
        ),
        &params![day],
    )?;
    row.as_ref().map(signed_root).transpose()
}

pub(crate) fn daily_roots(tx: &mut Tx<'_>) -> Result<Vec<SignedRoot>> {
    let rows = tx.query(
        sql!(
            "SELECT home, day, size, root, published_at, key_id, public_key, signature FROM daily_roots
             WHERE home = $1 ORDER BY day"
        ),
        &params![],
    )?;
    rows.iter().map(signed_root).collect()
}

fn signed_root(row: &Row) -> Result<SignedRoot> {
    Ok(SignedRoot {
        home: row.get("home")?,
        day: row.get("day")?,
        size: row.get("size")?,
        root: row.get("root")?,
        published_at: row.get("published_at")?,
        key_id: row.get("key_id")?,
        public_key: row.get("public_key")?,
        signature: row.get("signature")?,
    })
}

pub(crate) mod verify;

pub(crate) mod personal {
    //! Personal data beside the chain.

    use kernel_base::Result;
    use kernel_db::{Tx, id, params, sql};

    use crate::PersonalId;

    pub(crate) fn insert(tx: &mut Tx<'_>, key: &PersonalId, subject: &str, salt: &str, data: &str) -> Result<()> {
        let now = tx.now();
        tx.execute_one(
            sql!(
                "INSERT INTO personal_data (home, id, subject, salt, data, kept_at)
                 VALUES ($1, $2, $3, $4, $5, $6)"
            ),
            &params![id(key), subject, salt, data, now],
        )
    }

    /// The data, `None` when unknown or erased.
    pub(crate) fn data(tx: &mut Tx<'_>, key: &PersonalId) -> Result<Option<serde_json::Value>> {
        let row =
            tx.query_opt(sql!("SELECT data FROM personal_data WHERE home = $1 AND id = $2"), &params![id(key)])?;
        Ok(row.map(|row| row.get::<Option<serde_json::Value>>("data")).transpose()?.flatten())
    }

    /// Identifiers of what is kept of a subject and not erased.
    pub(crate) fn of_subject(tx: &mut Tx<'_>, subject: &str) -> Result<Vec<PersonalId>> {
        let rows = tx.query(
            sql!(
                "SELECT id FROM personal_data
                 WHERE home = $1 AND subject = $2 AND erased_at IS NULL ORDER BY id"
            ),
            &params![subject],
        )?;
        rows.iter().map(|row| row.id("id")).collect()
    }

    pub(crate) fn erase(tx: &mut Tx<'_>, key: &PersonalId) -> Result<()> {
        let now = tx.now();
        tx.execute_one(
            sql!(
                "UPDATE personal_data SET salt = NULL, data = NULL, erased_at = $3
                 WHERE home = $1 AND id = $2 AND erased_at IS NULL"
            ),
            &params![id(key), now],
        )
    }
}
