//! Working calendars as dated facts: published, pinned by events, never changed.
//!
//! A calendar published later moves no promise: an obligation keeps the version pinned at its opening until its clock is
//! resumed after a pause.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use jiff::civil::{Date, date};
use kernel_base::{AgencyId, Error, Instant, Result, TypedId};
use kernel_calendar::Calendar;
use kernel_db::Tx;
use kernel_ledger::NewEvent;
use parking_lot::Mutex;
use serde_json::json;
use sha2::{Digest, Sha256};

pub use crate::model::CalendarVersionId;
use crate::store::calendars::{self as store, CalendarRow};

/// Parsed calendars of this process. The identifier is derived from the content, so an entry is never wrong.
static PARSED: LazyLock<Mutex<HashMap<CalendarVersionId, Arc<Calendar>>>> = LazyLock::new(Mutex::default);
/// More versions than any province publishes in a lifetime; beyond it the memory is emptied.
const MOST_PARSED: usize = 1_000;

/// Publishes a calendar for one agency, or for all of the home that have none of their own, from a day on.
/// Publishing the same again changes nothing. Running obligations keep the version they pinned.
///
/// # Errors
/// Those of the database.
pub fn publish(
    tx: &mut Tx<'_>,
    agency: Option<&AgencyId>,
    valid_from: Date,
    calendar: &Calendar,
    actor: &str,
) -> Result<CalendarVersionId> {
    let body = serde_json::to_value(calendar).map_err(|e| Error::internal(format!("calendar: {e}")))?;
    let body = kernel_ledger::canonical(&body);
    let agency = agency.map_or("", AgencyId::as_str);
    let row = CalendarRow {
        id: version_id(tx.home().as_str(), agency, valid_from, &body),
        agency: agency.to_owned(),
        valid_from,
        hash: sha256(&body),
        body,
        published_at: tx.now(),
    };
    if store::insert(tx, &row)? {
        let subject = subject(agency);
        let body = json!({ "calendar": row.id, "agency": agency, "valid_from": valid_from, "sha256": row.hash });
        kernel_ledger::append(tx, &NewEvent { subject: &subject, kind: PUBLISHED, actor, body })?;
    }
    Ok(row.id)
}

pub(crate) const PUBLISHED: &str = "calendar.published";

/// Subject of the ledger that a calendar's publication stands in.
pub(crate) fn subject(agency: &str) -> String {
    if agency.is_empty() { "calendar:home".to_owned() } else { format!("calendar:{agency}") }
}

/// Publishes the state's calendar for the whole home, valid since 1900; nothing when it is published already.
///
/// # Errors
/// Those of the database.
pub fn publish_vietnam(tx: &mut Tx<'_>, actor: &str) -> Result<CalendarVersionId> {
    publish(tx, None, date(1900, 1, 1), &Calendar::vietnam()?, actor)
}

/// The calendar in force for an agency at an instant: its own, else the home's; the latest valid one.
///
/// # Errors
/// `Conflict` with code `no_calendar` when none is published.
pub fn in_force(tx: &mut Tx<'_>, agency: &AgencyId, at: Instant) -> Result<(CalendarVersionId, Arc<Calendar>)> {
    let id = store::in_force(tx, agency, at.vietnam().date())?.ok_or_else(|| {
        let words = (
            "Chưa công bố lịch làm việc nên chưa tính được hạn. Hãy báo cho quản trị.",
            "No working calendar is published, so no date can be computed. Tell the administrator.",
        );
        Error::conflict("no_calendar", words)
    })?;
    load(tx, &id).map(|calendar| (id, calendar))
}

/// [`in_force`]; where the home has no calendar yet, the state's is published first.
pub(crate) fn in_force_or_default(
    tx: &mut Tx<'_>,
    agency: &AgencyId,
    at: Instant,
) -> Result<(CalendarVersionId, Arc<Calendar>)> {
    let id = match store::in_force(tx, agency, at.vietnam().date())? {
        Some(id) => id,
        None => publish_vietnam(tx, "system")?,
    };
    load(tx, &id).map(|calendar| (id, calendar))
}

/// Whose a version is (empty: all of the home), from which day, and its content as it was published.
///
/// # Errors
/// As [`load`].
pub fn published(tx: &mut Tx<'_>, id: &CalendarVersionId) -> Result<(String, Date, String)> {
    let row = store::find(tx, id)?.ok_or_else(|| Error::internal(format!("calendars: no row {id}")))?;
    Ok((row.agency, row.valid_from, row.body))
}

/// A published version.
///
/// # Errors
/// `Internal` when there is none with this identifier or its content cannot be read.
pub fn load(tx: &mut Tx<'_>, id: &CalendarVersionId) -> Result<Arc<Calendar>> {
    if let Some(calendar) = PARSED.lock().get(id) {
        return Ok(Arc::clone(calendar));
    }
    let row = store::find(tx, id)?.ok_or_else(|| Error::internal(format!("calendars: no row {id}")))?;
    if version_id(tx.home().as_str(), &row.agency, row.valid_from, &row.body) != *id {
        return Err(Error::internal(format!("calendars: row {id} was changed")));
    }
    let calendar: Arc<Calendar> = Arc::new(
        serde_json::from_str(&row.body).map_err(|e| Error::internal(format!("calendars: row {id}: body: {e}")))?,
    );
    let mut parsed = PARSED.lock();
    if parsed.len() >= MOST_PARSED {
        parsed.clear();
    }
    parsed.insert(id.clone(), Arc::clone(&calendar));
    Ok(calendar)
}

/// Identifier of a version: the first half of the SHA-256 of everything it says. `agency` is empty for the whole home,
/// `body` canonical JSON.
#[must_use]
pub fn version_id(home: &str, agency: &str, valid_from: Date, body: &str) -> CalendarVersionId {
    let hash = sha256(&format!("{home}\n{agency}\n{valid_from}\n{body}"));
    CalendarVersionId::from_part(hash.get(..32).unwrap_or_default())
}

pub(crate) fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}
