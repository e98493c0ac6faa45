//! One effect for one key: the answer is stored in the transaction of the effect and given again to the same request.

mod store;

use http::HeaderMap;
use kernel_base::{Error, Kind, Result};
use kernel_db::Tx;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A stored or new answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    pub status: u16,
    pub body: Value,
    /// True when the effect happened at an earlier request.
    pub replayed: bool,
}

/// The header `Idempotency-Key`: 1 to 128 visible ASCII characters.
///
/// # Errors
/// `Invalid` when it is missing or has another form.
pub fn idempotency_key(headers: &HeaderMap) -> Result<String> {
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok()).unwrap_or_default();
    if (1..=128).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(key.to_owned());
    }
    Err(Error::refused(
        "idempotency_key",
        (
            "Thiếu tiêu đề Idempotency-Key (1 đến 128 ký tự ASCII). Hãy gửi mỗi yêu cầu mới với một khóa mới.",
            "The header Idempotency-Key (1 to 128 ASCII characters) is missing. Send a new key with each new request.",
        ),
    ))
}

/// Hash of a request for [`idempotent`]: of its body, as it came.
pub fn request_hash(body: &[u8]) -> String {
    hex::encode(Sha256::digest(body))
}

/// Runs `effect` once for a key. `scope` names the caller and the action (`POST /api/v1/dossiers acc_..`), so that one
/// caller's key never meets another's. `effect` answers with an HTTP status and a body.
///
/// # Errors
/// `Conflict` `idempotency_key_reused` when the key came with another request before; else those of `effect`, which are
/// not stored, so that a corrected request may use the key again.
pub fn idempotent(
    tx: &mut Tx<'_>,
    scope: &str,
    key: &str,
    request_hash: &str,
    effect: impl FnOnce(&mut Tx<'_>) -> Result<(u16, Value)>,
) -> Result<Stored> {
    if let Some((hash, stored)) = store::answer(tx, scope, key)? {
        return if hash == request_hash { Ok(stored) } else { Err(reused()) };
    }
    let (status, body) = match effect(tx) {
        Ok(answer) => answer,
        // Refused perhaps because the same request had its way at the same moment: run again and give its answer.
        Err(_) if store::answer(tx, scope, key).is_ok_and(|there| there.is_some()) => {
            return Err(Error::stale("idempotency"));
        }
        Err(error) => return Err(error),
    };
    let inserted = store::insert(tx, scope, key, request_hash, status, &body)?;
    // Another transaction stored its answer first: run again and give that one.
    if inserted { Ok(Stored { status, body, replayed: false }) } else { Err(Error::stale("idempotency")) }
}

fn reused() -> Error {
    Error::new(
        Kind::Conflict,
        "idempotency_key_reused",
        (
            "Khóa Idempotency-Key này đã dùng cho một yêu cầu khác. Hãy dùng khóa mới.",
            "This Idempotency-Key was used for another request. Use a new key.",
        ),
    )
}
