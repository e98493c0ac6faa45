//! The server's signature for push services (RFC 8292): a JWT with ES256.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel_base::{Error, Instant, Result};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::json;

/// A signature holds for twelve hours; the RFC allows a day.
const LIFE_SECONDS: i64 = 12 * 3_600;

/// The key of this server towards push services. Browsers are subscribed with it: a lost key ends all subscriptions.
pub struct PushKey {
    pair: EcdsaKeyPair,
    public: String,
}

impl std::fmt::Debug for PushKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PushKey({})", self.public)
    }
}

impl PushKey {
    /// A new key, and the bytes (PKCS #8) to keep of it.
    ///
    /// # Errors
    /// `Internal` when the operating system gives no random bytes.
    pub fn generate() -> Result<(Self, Vec<u8>)> {
        let random = SystemRandom::new();
        let bytes = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)
            .map_err(|_| Error::internal("push: no key could be made"))?;
        Ok((Self::load(bytes.as_ref())?, bytes.as_ref().to_vec()))
    }

    /// The key from its kept bytes.
    ///
    /// # Errors
    /// `Internal` when they are no key.
    pub fn load(bytes: &[u8]) -> Result<Self> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, bytes, &SystemRandom::new())
            .map_err(|error| Error::internal(format!("push: the kept key is broken: {error}")))?;
        let public = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
        Ok(Self { pair, public })
    }

    /// The public half as browsers take it.
    pub(crate) fn public(&self) -> &str {
        &self.public
    }

    /// The header `Authorization` for a request to `endpoint`.
    pub(crate) fn authorization(&self, endpoint: &str, contact: &str, wall: Instant) -> Result<String> {
        let url = url::Url::parse(endpoint).map_err(|error| Error::internal(format!("push: {error}")))?;
        let origin = url.origin().ascii_serialization();
        let claims = json!({ "aud": origin, "exp": wall.as_millis() / 1_000 + LIFE_SECONDS, "sub": contact });
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&json!({ "typ": "JWT", "alg": "ES256" })), part(&claims));
        let signature = self
            .pair
            .sign(&SystemRandom::new(), signed.as_bytes())
            .map_err(|_| Error::internal("push: cannot sign"))?;
        Ok(format!("vapid t={signed}.{}, k={}", URL_SAFE_NO_PAD.encode(signature), self.public))
    }
}
