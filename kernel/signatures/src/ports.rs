//! The outside worlds of signing: who holds the keys, and who tells the time.

use kernel_base::Result;
use serde::{Deserialize, Serialize};

/// Whose key signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// As the signing service names it: `officer:ofc_…`, `seal:000.00.00.H47`.
    pub id: String,
    /// Name of the person, or of the organisation for its seal.
    pub name: String,
    pub organisation: String,
}

/// Asks for one signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignRequest {
    /// One for each document version and signer: a repeat with the same key must give the same signature.
    pub key: String,
    pub credential: Credential,
    /// The signed attributes: what the key signs, with SHA-256.
    pub message: Vec<u8>,
    /// SHA-256 of `message`, for services that take digests.
    pub digest: [u8; 32],
    /// What the signer sees on the device: title of the document.
    pub title: String,
}

/// What the signing service says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignAnswer {
    /// Asked, not yet fetched by the signer's device.
    Requested,
    /// The device has it; the person has not confirmed yet.
    Fetched,
    /// Raw signature: RSASSA-PKCS1-v1_5, or ECDSA as ASN.1.
    Signed(Vec<u8>),
    /// Refused for good, with the service's reason.
    Failed(String),
}

/// A remote signing service. Calls block; never call it inside a transaction.
pub trait Signer: Send + Sync + std::fmt::Debug {
    /// Certificate of a credential and its issuers without the root, DER, the signer's own first.
    ///
    /// # Errors
    /// `Unavailable` when the service gives no whole answer; `NotFound` for an unknown credential.
    fn chain(&self, credential: &Credential) -> Result<Vec<Vec<u8>>>;

    /// Asks for a signature, or for what became of an earlier request with the same key.
    ///
    /// # Errors
    /// `Unavailable` when the service gives no whole answer: ask again with the same key.
    fn sign(&self, request: &SignRequest) -> Result<SignAnswer>;
}

/// A time-stamp authority (RFC 3161).
pub trait TimeStamp: Send + Sync + std::fmt::Debug {
    /// Sends a DER `TimeStampReq`, returns the DER `TimeStampResp`.
    ///
    /// # Errors
    /// `Unavailable` when there is no whole answer.
    fn stamp(&self, request: &[u8]) -> Result<Vec<u8>>;
}
