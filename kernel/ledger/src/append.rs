//! Adding events and reading them back.

use kernel_base::{Error, Instant, Result};
use kernel_db::Tx;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Hashed, canonical, event_hash, hash::rest_hash, store};

/// How far the clocks of several servers may lie apart.
pub(crate) const SKEW_MILLIS: i64 = 60_000;

/// Something that happened to a subject.
#[derive(Debug, Clone)]
pub struct NewEvent<'a> {
    /// `dossier:dos_…`, `obligation:obl_…`, `agency:000.01.31.H47`.
    pub subject: &'a str,
    /// A constant word, e.g. `dossier.accepted`; old kinds stay readable.
    pub kind: &'static str,
    /// `Actor::label()`, e.g. `officer:off_…`: no names.
    pub actor: &'a str,
    /// Facts without personal data; that goes through [`crate::keep_personal`].
    pub body: Value,
}

/// The place of an event in its chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// 1, 2, 3, … within the subject.
    pub seq: i64,
    /// 64 hex digits; printed in the QR code of slips, so that citizens are witnesses.
    pub hash: String,
    pub at: Instant,
}

/// An event as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    pub subject: String,
    pub seq: i64,
    pub kind: String,
    pub at: Instant,
    pub actor: String,
    pub body: Value,
    /// What of it is published nowhere; null for nothing.
    pub kept: Value,
    /// Hash of the event before; empty for the first.
    pub prev: String,
    pub hash: String,
}

impl Event {
    /// Hash of what is not told of it: with this and what is told anyone computes its hash ([`crate::told_hash`]).
    #[must_use]
    pub fn rest(&self) -> String {
        rest_hash(&Hashed {
            home: "",
            subject: &self.subject,
            seq: self.seq,
            kind: &self.kind,
            at: "",
            actor: &self.actor,
            body: "",
            kept: &kept_text(&self.kept),
            prev: &self.prev,
        })
    }
}

fn kept_text(kept: &Value) -> String {
    if kept.is_null() { String::new() } else { canonical(kept) }
}

/// Appends an event to its subject's chain at the transaction's instant.
///
/// # Errors
/// `Stale` when another transaction appended to the same subject first; `kernel/db` runs the use case again.
/// `Unavailable` when the clock stands more than a minute before the last event of the subject.
pub fn append(tx: &mut Tx<'_>, new: &NewEvent<'_>) -> Result<Recorded> {
    append_keeping(tx, new, Value::Null)
}

/// As [`append`], with facts that stay in the house: the hash covers them, and no publication of the event needs them.
///
/// # Errors
/// As [`append`].
pub fn append_keeping(tx: &mut Tx<'_>, new: &NewEvent<'_>, kept: Value) -> Result<Recorded> {
    let before = store::head(tx, new.subject)?;
    let at = tx.now();
    if before.as_ref().is_some_and(|head| is_behind(at, head)) {
        return Err(Error::unavailable(format!("the clock went back behind the last event of {}", new.subject)));
    }
    let (seq, prev) = before.map_or((1, String::new()), |head| (head.seq + 1, head.hash));
    let (body, kept_as) = (canonical(&new.body), kept_text(&kept));
    let hash = event_hash(&Hashed {
        home: tx.home().as_str(),
        subject: new.subject,
        seq,
        kind: new.kind,
        at: &at.to_string(),
        actor: new.actor,
        body: &body,
        kept: &kept_as,
        prev: &prev,
    });
    let recorded = Recorded { seq, hash: hash.clone(), at };
    store::move_head(tx, new.subject, &recorded)?;
    let event = Event {
        subject: new.subject.to_owned(),
        seq,
        kind: new.kind.to_owned(),
        at,
        actor: new.actor.to_owned(),
        body: Value::Null,
        kept,
        prev,
        hash,
    };
    store::insert_event(tx, &event, &body, &kept_as)?;
    Ok(recorded)
}

/// Whether nothing can be added to a subject now, because its last event is stamped later than the clock stands.
///
/// # Errors
/// Those of the database.
pub fn is_ahead(tx: &mut Tx<'_>, subject: &str) -> Result<bool> {
    let now = tx.now();
    Ok(store::head(tx, subject)?.is_some_and(|head| is_behind(now, &head)))
}

fn is_behind(now: Instant, head: &Recorded) -> bool {
    now.plus_millis(SKEW_MILLIS) < head.at
}

/// All events of a subject, the first one first; empty for an unknown subject.
///
/// # Errors
/// Those of the database.
pub fn history(tx: &mut Tx<'_>, subject: &str) -> Result<Vec<Event>> {
    store::events(tx, subject)
}

/// Every subject whose name begins with `prefix`, e.g. `dossier:`; for comparing with the rows of a system.
///
/// # Errors
/// Those of the database.
pub fn subjects(tx: &mut Tx<'_>, prefix: &str) -> Result<Vec<String>> {
    store::subjects_of(tx, prefix)
}

/// Instant of the newest event of the home; no later event may be older.
///
/// # Errors
/// Those of the database.
pub fn last_instant(tx: &mut Tx<'_>) -> Result<Option<Instant>> {
    store::last_instant(tx)
}

/// The last event of a subject.
///
/// # Errors
/// Those of the database.
pub fn head(tx: &mut Tx<'_>, subject: &str) -> Result<Option<Recorded>> {
    store::head(tx, subject)
}
