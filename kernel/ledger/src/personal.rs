//! Personal data beside the chain, and its erasure.

use kernel_base::{Result, TypedId, typed_id};
use kernel_db::Tx;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{NewEvent, append, canonical, personal_hash, store};

typed_id!(
    /// Personal data kept with a subject.
    PersonalId, "pd"
);

/// What an event says of personal data: put both fields into the body under these names, so that `verify` finds them:
/// `{"personal_id": …, "personal": …}`. It serialises so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Personal {
    #[serde(rename = "personal_id")]
    pub id: PersonalId,
    /// Salted SHA-256, 64 hex digits; says nothing without the salt.
    #[serde(rename = "personal")]
    pub hash: String,
}

/// Keeps personal data of a subject. The answer goes into the body of an event in the same transaction.
///
/// # Errors
/// Those of the database.
pub fn keep_personal(tx: &mut Tx<'_>, subject: &str, data: &Value) -> Result<Personal> {
    let id: PersonalId = tx.new_id();
    let salt = hex::encode(tx.random::<32>());
    let data = canonical(data);
    store::personal::insert(tx, &id, subject, &salt, &data)?;
    Ok(Personal { id, hash: personal_hash(&salt, &data) })
}

/// The data; `None` when it is unknown or was erased.
///
/// # Errors
/// Those of the database.
pub fn personal(tx: &mut Tx<'_>, id: &PersonalId) -> Result<Option<Value>> {
    store::personal::data(tx, id)
}

/// Kind of the event that says which personal data of a subject was erased.
pub(crate) const ERASED: &str = "personal.erased";

/// Erases all personal data of a subject with its salts; the erasure itself is an event. How many were erased.
///
/// `reason` cites the ground (law or request number) and holds no personal data itself.
///
/// # Errors
/// Those of the database.
pub fn erase_personal(tx: &mut Tx<'_>, subject: &str, actor: &str, reason: &str) -> Result<usize> {
    let ids = store::personal::of_subject(tx, subject)?;
    if ids.is_empty() {
        return Ok(0);
    }
    for id in &ids {
        store::personal::erase(tx, id)?;
    }
    let erased: Vec<&str> = ids.iter().map(TypedId::as_str).collect();
    append(tx, &NewEvent { subject, kind: ERASED, actor, body: json!({ "erased": erased, "reason": reason }) })?;
    Ok(ids.len())
}
