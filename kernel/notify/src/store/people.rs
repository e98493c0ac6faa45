//! What people chose and where they are reached.

use std::collections::BTreeMap;

use kernel_base::{Error, Lang, Result};
use kernel_db::{Row, Tx, id, json, params, sql};

use crate::{
    model::{Channel, ContactId, ContactPoint, Preferences, SubscriptionId},
    push::Subscription,
};

pub(crate) fn preferences(tx: &mut Tx<'_>, recipient: &str) -> Result<Preferences> {
    let row = tx.query_opt(
        sql!(
            "SELECT lang, choices, quiet_from, quiet_to, version FROM notify_preferences
             WHERE home = $1 AND recipient = $2"
        ),
        &params![recipient],
    )?;
    let Some(row) = row else { return Ok(Preferences::default()) };
    Ok(Preferences {
        lang: Lang::parse(&row.get::<String>("lang")?),
        choices: row.json::<BTreeMap<_, _>>("choices")?,
        quiet_from: row.get("quiet_from")?,
        quiet_to: row.get("quiet_to")?,
        version: row.get("version")?,
    })
}

pub(crate) fn save_preferences(tx: &mut Tx<'_>, recipient: &str, chosen: &Preferences) -> Result<()> {
    let choices = json(&chosen.choices)?;
    if chosen.version == 0 {
        return tx.execute_one(
            sql!(
                "INSERT INTO notify_preferences (home, recipient, lang, choices, quiet_from, quiet_to, version)
                 VALUES ($1, $2, $3, $4, $5, $6, 1)
                 ON CONFLICT (home, recipient) DO NOTHING"
            ),
            &params![recipient, chosen.lang.code(), choices, chosen.quiet_from, chosen.quiet_to],
        );
    }
    tx.execute_one(
        sql!(
            "UPDATE notify_preferences SET lang = $4, choices = $5, quiet_from = $6, quiet_to = $7, version = version + 1
             WHERE home = $1 AND recipient = $2 AND version = $3"
        ),
        &params![recipient, chosen.version, chosen.lang.code(), choices, chosen.quiet_from, chosen.quiet_to],
    )
}

fn contact(row: &Row) -> Result<ContactPoint> {
    let channel = row.get::<String>("channel")?;
    Ok(ContactPoint {
        id: row.id("id")?,
        channel: Channel::parse(&channel)
            .ok_or_else(|| Error::internal(format!("contact_points: unknown channel {channel}")))?,
        address: row.get("address")?,
        code_hash: row.get("code_hash")?,
        code_until: row.get("code_until")?,
        tries: row.get("tries")?,
        confirmed_at: row.get("confirmed_at")?,
        failed_at: row.get("failed_at")?,
        version: row.get("version")?,
    })
}

/// The newest first.
pub(crate) fn contacts(tx: &mut Tx<'_>, recipient: &str) -> Result<Vec<ContactPoint>> {
    let rows = tx.query(
        sql!(
            "SELECT id, channel, address, code_hash, code_until, tries, confirmed_at, failed_at, version
             FROM contact_points WHERE home = $1 AND recipient = $2 ORDER BY created_at DESC, id DESC"
        ),
        &params![recipient],
    )?;
    rows.iter().map(contact).collect()
}

/// Adds an address; an address that is there stays.
pub(crate) fn add_contact(tx: &mut Tx<'_>, recipient: &str, channel: Channel, address: &str) -> Result<()> {
    let (now, new): (_, ContactId) = (tx.now(), tx.new_id());
    tx.execute(
        sql!(
            "INSERT INTO contact_points (home, id, recipient, channel, address, code_hash, code_until, tries,
                                         confirmed_at, failed_at, created_at, version)
             VALUES ($1, $2, $3, $4, $5, '', NULL, 0, NULL, NULL, $6, 1)
             ON CONFLICT (home, recipient, channel, address) DO NOTHING"
        ),
        &params![id(&new), recipient, channel.word(), address, now],
    )?;
    Ok(())
}

/// Writes what can change.
pub(crate) fn save_contact(tx: &mut Tx<'_>, c: &ContactPoint) -> Result<()> {
    tx.execute_one(
        sql!(
            "UPDATE contact_points SET code_hash = $4, code_until = $5, tries = $6, confirmed_at = $7, failed_at = $8,
                    version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3"
        ),
        &params![id(&c.id), c.version, &c.code_hash, c.code_until, c.tries, c.confirmed_at, c.failed_at],
    )
}

pub(crate) fn delete_contact(tx: &mut Tx<'_>, recipient: &str, contact_id: &ContactId) -> Result<()> {
    tx.execute(
        sql!("DELETE FROM contact_points WHERE home = $1 AND recipient = $2 AND id = $3"),
        &params![recipient, id(contact_id)],
    )?;
    Ok(())
}

/// Marks an address as one that does not exist.
pub(crate) fn mark_failed(tx: &mut Tx<'_>, recipient: &str, address: &str) -> Result<()> {
    let now = tx.now();
    tx.execute(
        sql!(
            "UPDATE contact_points SET failed_at = $4, version = version + 1
             WHERE home = $1 AND recipient = $2 AND address = $3"
        ),
        &params![recipient, address, now],
    )?;
    Ok(())
}

pub(crate) fn subscriptions(tx: &mut Tx<'_>, recipient: &str) -> Result<Vec<(SubscriptionId, String, Subscription)>> {
    let rows = tx.query(
        sql!(
            "SELECT id, device, endpoint, public_key, secret FROM push_subscriptions
             WHERE home = $1 AND recipient = $2 ORDER BY created_at, id"
        ),
        &params![recipient],
    )?;
    rows.iter()
        .map(|row| {
            let subscription = Subscription {
                endpoint: row.get("endpoint")?,
                public_key: row.get("public_key")?,
                secret: row.get("secret")?,
            };
            Ok((row.id("id")?, row.get("device")?, subscription))
        })
        .collect()
}

pub(crate) fn subscription(tx: &mut Tx<'_>, text: &str) -> Result<Option<Subscription>> {
    let row = tx.query_opt(
        sql!("SELECT endpoint, public_key, secret FROM push_subscriptions WHERE home = $1 AND id = $2"),
        &params![text],
    )?;
    row.map(|row| {
        Ok(Subscription {
            endpoint: row.get("endpoint")?,
            public_key: row.get("public_key")?,
            secret: row.get("secret")?,
        })
    })
    .transpose()
}

/// Keeps a browser; the same one again has its keys renewed.
pub(crate) fn subscribe(tx: &mut Tx<'_>, recipient: &str, device: &str, s: &Subscription) -> Result<()> {
    let (now, new): (_, SubscriptionId) = (tx.now(), tx.new_id());
    tx.execute(
        sql!(
            "INSERT INTO push_subscriptions (home, id, recipient, endpoint, public_key, secret, device, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (home, recipient, endpoint) DO UPDATE
                SET public_key = excluded.public_key, secret = excluded.secret, device = excluded.device"
        ),
        &params![id(&new), recipient, &s.endpoint, &s.public_key, &s.secret, device, now],
    )?;
    Ok(())
}

/// Forgets a browser of a recipient by its id or its endpoint.
pub(crate) fn unsubscribe(tx: &mut Tx<'_>, recipient: &str, which: &str) -> Result<u64> {
    tx.execute(
        sql!("DELETE FROM push_subscriptions WHERE home = $1 AND recipient = $2 AND (id = $3 OR endpoint = $3)"),
        &params![recipient, which],
    )
}

pub(crate) fn delete_of(tx: &mut Tx<'_>, recipient: &str) -> Result<u64> {
    let mut removed =
        tx.execute(sql!("DELETE FROM push_subscriptions WHERE home = $1 AND recipient = $2"), &params![recipient])?;
    removed +=
        tx.execute(sql!("DELETE FROM contact_points WHERE home = $1 AND recipient = $2"), &params![recipient])?;
    removed +=
        tx.execute(sql!("DELETE FROM notify_preferences WHERE home = $1 AND recipient = $2"), &params![recipient])?;
    Ok(removed)
}

/// Gives addresses and browsers to another recipient; those that he has already stay.
pub(crate) fn hand_over(tx: &mut Tx<'_>, from: &str, to: &str) -> Result<()> {
    tx.execute(
        sql!(
            "UPDATE contact_points SET recipient = $3, version = version + 1
             WHERE home = $1 AND recipient = $2 AND address NOT IN
               (SELECT address FROM contact_points WHERE home = $1 AND recipient = $3)"
        ),
        &params![from, to],
    )?;
    tx.execute(
        sql!(
            "UPDATE push_subscriptions SET recipient = $3
             WHERE home = $1 AND recipient = $2 AND endpoint NOT IN
               (SELECT endpoint FROM push_subscriptions WHERE home = $1 AND recipient = $3)"
        ),
        &params![from, to],
    )
    .map(drop)
}
