//! Deliveries and their attempts.

use kernel_base::{Error, Instant, Result};
use kernel_db::{Row, Tx, id, params, sql};

use crate::model::{Attempt, Channel, Delivery, DeliveryId, State};

/// False when this channel has the event for this recipient already.
pub(crate) fn insert(tx: &mut Tx<'_>, d: &Delivery) -> Result<bool> {
    let added = tx.execute(
        sql!(
            "INSERT INTO deliveries (home, id, message, recipient, event_key, kind, channel, target, address, title, body,
                                     link, state, reason, attempts, next_at, expires_at, created_at, ended_at, provider,
                                     version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, NULL, '', 1)
             ON CONFLICT (home, event_key, recipient, channel, target) DO NOTHING"
        ),
        &params![
            id(&d.id),
            id(&d.message),
            &d.recipient,
            &d.event_key,
            &d.kind,
            d.channel.word(),
            &d.target,
            &d.address,
            &d.title,
            &d.body,
            &d.link,
            d.state.word(),
            &d.reason,
            d.attempts,
            d.next_at,
            d.expires_at,
            d.created_at
        ],
    )?;
    Ok(added == 1)
}

fn delivery(row: &Row) -> Result<Delivery> {
    let (channel, state) = (row.get::<String>("channel")?, row.get::<String>("state")?);
    let unknown = || Error::internal(format!("deliveries: {channel} {state}"));
    Ok(Delivery {
        id: row.id("id")?,
        message: row.id("message")?,
        recipient: row.get("recipient")?,
        event_key: row.get("event_key")?,
        kind: row.get("kind")?,
        channel: Channel::parse(&channel).ok_or_else(unknown)?,
        target: row.get("target")?,
        address: row.get("address")?,
        title: row.get("title")?,
        body: row.get("body")?,
        link: row.get("link")?,
        state: State::parse(&state).ok_or_else(unknown)?,
        reason: row.get("reason")?,
        attempts: row.get("attempts")?,
        next_at: row.get("next_at")?,
        expires_at: row.get("expires_at")?,
        created_at: row.get("created_at")?,
        provider: row.get("provider")?,
        version: row.get("version")?,
    })
}

pub(crate) fn one(tx: &mut Tx<'_>, delivery_id: &DeliveryId) -> Result<Option<Delivery>> {
    let row = tx.query_opt(
        sql!(
            "SELECT id, message, recipient, event_key, kind, channel, target, address, title, body, link, state, reason,
                    attempts, next_at, expires_at, created_at, provider, version
             FROM deliveries WHERE home = $1 AND id = $2"
        ),
        &params![id(delivery_id)],
    )?;
    row.as_ref().map(delivery).transpose()
}

/// Writes what can change.
pub(crate) fn save(tx: &mut Tx<'_>, d: &Delivery) -> Result<()> {
    let ended = (d.state != State::Waiting).then(|| tx.now());
    tx.execute_one(
        sql!(
            "UPDATE deliveries SET state = $4, reason = $5, attempts = $6, next_at = $7, ended_at = $8, provider = $9,
                    title = $10, body = $11, version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3"
        ),
        &params![
            id(&d.id),
            d.version,
            d.state.word(),
            &d.reason,
            d.attempts,
            d.next_at,
            ended,
            &d.provider,
            &d.title,
            &d.body
        ],
    )
}

pub(crate) fn begin_attempt(tx: &mut Tx<'_>, delivery_id: &DeliveryId, number: i64) -> Result<()> {
    let now = tx.now();
    tx.execute_one(
        sql!(
            "INSERT INTO delivery_attempts (home, delivery, number, began_at, ended_at, outcome, answer)
             VALUES ($1, $2, $3, $4, NULL, 'begun', '')"
        ),
        &params![id(delivery_id), number, now],
    )
}

pub(crate) fn end_attempt(
    tx: &mut Tx<'_>,
    delivery_id: &DeliveryId,
    number: i64,
    (outcome, answer): (&str, &str),
) -> Result<()> {
    let now = tx.now();
    tx.execute_one(
        sql!(
            "UPDATE delivery_attempts SET ended_at = $4, outcome = $5, answer = $6
             WHERE home = $1 AND delivery = $2 AND number = $3"
        ),
        &params![id(delivery_id), number, now, outcome, answer],
    )
}

pub(crate) fn attempts(tx: &mut Tx<'_>, delivery_id: &DeliveryId) -> Result<Vec<Attempt>> {
    let rows = tx.query(
        sql!(
            "SELECT number, began_at, ended_at, outcome, answer FROM delivery_attempts
             WHERE home = $1 AND delivery = $2 ORDER BY number"
        ),
        &params![id(delivery_id)],
    )?;
    rows.iter()
        .map(|row| {
            Ok(Attempt {
                number: row.get("number")?,
                began_at: row.get("began_at")?,
                ended_at: row.get("ended_at")?,
                outcome: row.get("outcome")?,
                answer: row.get("answer")?,
            })
        })
        .collect()
}

/// Which deliveries the administrator wants to see; empty = all.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    pub(crate) state: String,
    pub(crate) channel: String,
    pub(crate) kind: String,
    /// Key of the last row of the page before.
    pub(crate) before: String,
}

/// The newest first.
pub(crate) fn list(tx: &mut Tx<'_>, wanted: &Wanted, most: i64) -> Result<Vec<Delivery>> {
    let rows = tx.query(
        sql!(
            "SELECT id, message, recipient, event_key, kind, channel, target, address, title, body, link, state, reason,
                    attempts, next_at, expires_at, created_at, provider, version
             FROM deliveries
             WHERE home = $1
               AND (CAST($2 AS TEXT) = '' OR state = $2)
               AND (CAST($3 AS TEXT) = '' OR channel = $3)
               AND (CAST($4 AS TEXT) = '' OR kind = $4)
               AND (CAST($5 AS TEXT) = '' OR created_at || ' ' || id < $5)
             ORDER BY created_at DESC, id DESC LIMIT $6"
        ),
        &params![&wanted.state, &wanted.channel, &wanted.kind, &wanted.before, most],
    )?;
    rows.iter().map(delivery).collect()
}

/// Number of deliveries by channel and state.
pub(crate) fn counts(tx: &mut Tx<'_>) -> Result<Vec<(String, String, i64)>> {
    let rows = tx.query(
        sql!(
            "SELECT channel, state, count(*) AS number FROM deliveries WHERE home = $1
             GROUP BY channel, state ORDER BY channel, state"
        ),
        &[],
    )?;
    rows.iter().map(|row| Ok((row.get("channel")?, row.get("state")?, row.get("number")?))).collect()
}

/// Forgets the words of what ended before an instant, and later the rows.
pub(crate) fn forget(tx: &mut Tx<'_>, before: Instant) -> Result<u64> {
    let mut removed = tx.execute(
        sql!(
            "DELETE FROM delivery_attempts WHERE home = $1 AND delivery IN
               (SELECT id FROM deliveries WHERE home = $1 AND ended_at IS NOT NULL AND created_at < $2)"
        ),
        &params![before],
    )?;
    removed += tx.execute(
        sql!("DELETE FROM deliveries WHERE home = $1 AND ended_at IS NOT NULL AND created_at < $2"),
        &params![before],
    )?;
    Ok(removed)
}

/// All deliveries of a recipient, for an export.
pub(crate) fn of(tx: &mut Tx<'_>, recipient: &str) -> Result<Vec<Delivery>> {
    let rows = tx.query(
        sql!(
            "SELECT id, message, recipient, event_key, kind, channel, target, address, title, body, link, state, reason,
                    attempts, next_at, expires_at, created_at, provider, version
             FROM deliveries WHERE home = $1 AND recipient = $2 ORDER BY created_at, id"
        ),
        &params![recipient],
    )?;
    rows.iter().map(delivery).collect()
}

/// The newest delivery that the provider knows by this name.
pub(crate) fn by_provider(tx: &mut Tx<'_>, name: &str) -> Result<Option<Delivery>> {
    let rows = tx.query(
        sql!(
            "SELECT id, message, recipient, event_key, kind, channel, target, address, title, body, link, state, reason,
                    attempts, next_at, expires_at, created_at, provider, version
             FROM deliveries WHERE home = $1 AND provider = $2 AND provider <> ''
             ORDER BY created_at DESC, id DESC LIMIT 1"
        ),
        &params![name],
    )?;
    rows.first().map(delivery).transpose()
}

pub(crate) fn delete_of(tx: &mut Tx<'_>, recipient: &str) -> Result<u64> {
    tx.execute(
        sql!(
            "DELETE FROM delivery_attempts WHERE home = $1 AND delivery IN
               (SELECT id FROM deliveries WHERE home = $1 AND recipient = $2)"
        ),
        &params![recipient],
    )?;
    tx.execute(sql!("DELETE FROM deliveries WHERE home = $1 AND recipient = $2"), &params![recipient])
}

/// How many messages still wait that were due before `due`, and how many were given up since `since`.
///
/// # Errors
/// Those of the database.
pub fn overdue(tx: &mut Tx<'_>, due: Instant, since: Instant) -> Result<(i64, i64)> {
    let row = tx.query_one(
        sql!(
            "SELECT (SELECT count(*) FROM deliveries WHERE home = $1 AND state = 'waiting' AND next_at < $2) AS waiting,
                    (SELECT count(*) FROM deliveries WHERE home = $1 AND state = 'dead' AND created_at >= $3) AS given_up"
        ),
        &params![due, since],
    )?;
    Ok((row.get("waiting")?, row.get("given_up")?))
}
