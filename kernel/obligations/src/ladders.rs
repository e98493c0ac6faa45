//! Ladders in force: published, pinned by openings, never changed.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use jiff::civil::{Date, date};
use kernel_base::{Error, Result, TypedId};
use kernel_db::Tx;
use kernel_ledger::NewEvent;
use parking_lot::Mutex;
use serde_json::json;

use crate::calendars::sha256;
use crate::ladder::{Ladder, shipped};
use crate::model::LadderId;
use crate::store::ladders::{self as store, LadderRow};

/// Parsed ladders of this process. The identifier is derived from the content, so an entry is never wrong.
static PARSED: LazyLock<Mutex<HashMap<LadderId, Arc<Ladder>>>> = LazyLock::new(Mutex::default);
/// Beyond it the memory is emptied.
const MOST_PARSED: usize = 1_000;

pub(crate) const PUBLISHED: &str = "ladder.published";

/// Subject of the ledger that a ladder's publication stands in.
pub(crate) fn subject(kind: &str) -> String {
    format!("ladder:{kind}")
}

/// Publishes the rungs of a kind of obligation from a day on. Obligations opened before keep the ladder they pinned.
/// Publishing the same again changes nothing.
///
/// # Errors
/// `Invalid` for a ladder that cannot be climbed ([`Ladder::check`]).
pub fn publish(tx: &mut Tx<'_>, valid_from: Date, ladder: &Ladder, actor: &str) -> Result<LadderId> {
    let ladder = ladder.clone().check()?;
    let body = serde_json::to_value(&ladder).map_err(|e| Error::internal(format!("ladder: {e}")))?;
    let body = kernel_ledger::canonical(&body);
    let row = LadderRow {
        id: version_id(tx, valid_from, &body),
        kind: ladder.kind,
        valid_from,
        hash: sha256(&body),
        body,
        published_at: tx.now(),
    };
    if store::insert(tx, &row)? {
        let body = json!({ "ladder": row.id, "valid_from": valid_from, "sha256": row.hash });
        kernel_ledger::append(tx, &NewEvent { subject: &subject(&row.kind), kind: PUBLISHED, actor, body })?;
    }
    Ok(row.id)
}

/// The ladder of a kind in force today. Where the home has published none, the one that ships with the product is
/// published first; `None` for a kind that has none at all: reminders at 50, 80 and 100 percent.
///
/// # Errors
/// Those of the database.
pub fn in_force(tx: &mut Tx<'_>, kind: &str) -> Result<Option<LadderId>> {
    let today = tx.now().vietnam().date();
    if let Some(id) = store::in_force(tx, kind, today)? {
        return Ok(Some(id));
    }
    match shipped(kind)? {
        Some(ladder) => publish(tx, date(1900, 1, 1), &ladder, "system").map(Some),
        None => Ok(None),
    }
}

/// A published ladder.
///
/// # Errors
/// `Internal` when there is none with this identifier or its content was changed.
pub fn load(tx: &mut Tx<'_>, id: &LadderId) -> Result<Arc<Ladder>> {
    if let Some(ladder) = PARSED.lock().get(id) {
        return Ok(Arc::clone(ladder));
    }
    let row = store::find(tx, id)?.ok_or_else(|| Error::internal(format!("ladders: no row {id}")))?;
    if version_id(tx, row.valid_from, &row.body) != *id {
        return Err(Error::internal(format!("ladders: row {id} was changed")));
    }
    let ladder: Arc<Ladder> = Arc::new(
        serde_json::from_str(&row.body).map_err(|e| Error::internal(format!("ladders: row {id}: body: {e}")))?,
    );
    let mut parsed = PARSED.lock();
    if parsed.len() >= MOST_PARSED {
        parsed.clear();
    }
    parsed.insert(id.clone(), Arc::clone(&ladder));
    Ok(ladder)
}

/// The pinned ladder; the standard one without a pin.
pub(crate) fn of(tx: &mut Tx<'_>, id: Option<&LadderId>) -> Result<Arc<Ladder>> {
    match id {
        Some(id) => load(tx, id),
        None => Ok(Arc::new(Ladder::standard().clone())),
    }
}

/// Identifier of a version: the first half of the SHA-256 of everything it says.
pub(crate) fn version_id(tx: &Tx<'_>, valid_from: Date, body: &str) -> LadderId {
    let hash = sha256(&format!("{}\n{valid_from}\n{body}", tx.home()));
    LadderId::from_part(hash.get(..32).unwrap_or_default())
}
