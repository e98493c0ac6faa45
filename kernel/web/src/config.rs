//! Settings of the web layer and its secret key.

use std::{net::IpAddr, sync::Arc, time::Duration};

use kernel_base::Words;
use ring::{
    hmac,
    rand::{SecureRandom, SystemRandom},
};

use crate::LimitSettings;

/// Settings; `WebConfig::default()` is a production server behind TLS, [`WebConfig::demo`] the demonstration.
#[derive(Debug, Clone)]
pub struct WebConfig {
    /// The demonstration: mailbox and component pages exist, accounts are printed, the clock can be moved.
    pub demo: bool,
    /// Where people reach the server, without a slash at the end: `http://127.0.0.1:8080`.
    pub base_url: String,
    /// Origins of providers to which signing out may lead; named in the policy of every page.
    pub form_targets: Vec<String>,
    /// Cookies get `Secure` and the prefix `__Host-`; needs https.
    pub secure_cookies: bool,
    /// Address of the own proxy: of its connections the visitor's address is the last entry of `X-Forwarded-For`.
    pub trusted_proxy: Option<IpAddr>,
    /// Name of the province on every page.
    pub province: Words,
    pub password: PasswordCost,
    /// A session of an officer ends after this time without a request.
    pub officer_idle: Duration,
    /// A session of a citizen ends after this time without a request; drafts stay.
    pub citizen_idle: Duration,
    /// A session ends after this time in any case.
    pub session_longest: Duration,
    /// Life of a bearer token.
    pub token_life: Duration,
    /// Largest request body in bytes where a route sets no other limit.
    pub body_limit: usize,
    /// Longest time for one request, its body included.
    pub request_timeout: Duration,
    pub limits: LimitSettings,
}

/// Work of argon2id for one password.
#[derive(Debug, Clone, Copy)]
pub struct PasswordCost {
    pub memory_kib: u32,
    pub passes: u32,
}

impl Default for WebConfig {
    fn default() -> Self {
        let hours = |n: u64| Duration::from_secs(n * 3_600);
        Self {
            demo: false,
            base_url: String::new(),
            form_targets: Vec::new(),
            secure_cookies: true,
            trusted_proxy: None,
            province: ("tỉnh Quảng Nam", "Quảng Nam province").into(),
            // OWASP Password Storage Cheat Sheet: argon2id, 19 MiB, 2 passes, 1 lane.
            password: PasswordCost { memory_kib: 19_456, passes: 2 },
            officer_idle: hours(4),
            citizen_idle: hours(24),
            session_longest: hours(24 * 7),
            token_life: hours(8),
            body_limit: 2 << 20,
            request_timeout: Duration::from_secs(30),
            limits: LimitSettings::default(),
        }
    }
}

impl WebConfig {
    /// The demonstration on plain http: its clock jumps, so sessions do not end by themselves; limits are wide.
    #[must_use]
    pub fn demo(base_url: impl Into<String>) -> Self {
        let years = Duration::from_secs(20 * 365 * 24 * 3_600);
        Self {
            demo: true,
            base_url: base_url.into(),
            secure_cookies: false,
            password: PasswordCost { memory_kib: 8_192, passes: 1 },
            officer_idle: years,
            citizen_idle: years,
            session_longest: years,
            token_life: years,
            limits: LimitSettings::demo(),
            ..Self::default()
        }
    }
}

/// The server's secret key: signs tokens of forms and hashes contacts. Keep it outside the database.
#[derive(Clone)]
pub struct Secrets {
    key: Arc<hmac::Key>,
}

impl Secrets {
    /// At least 32 random bytes, the same on every web node and after a restart.
    pub fn from_bytes(key: &[u8]) -> Self {
        Self { key: Arc::new(hmac::Key::new(hmac::HMAC_SHA256, key)) }
    }

    /// A key for tests and for one run: forms open in a browser break at the next start.
    ///
    /// # Errors
    /// `Internal` when the operating system gives no random bytes.
    pub fn random() -> kernel_base::Result<Self> {
        Ok(Self::from_bytes(&random_bytes::<32>()?))
    }

    /// A keyed hash of `text` for one `purpose`, as 64 hex digits.
    pub fn seal(&self, purpose: &str, text: &str) -> String {
        hex::encode(hmac::sign(&self.key, format!("{purpose}\n{text}").as_bytes()))
    }

    /// Compares in constant time.
    pub fn matches(&self, purpose: &str, text: &str, seal: &str) -> bool {
        hex::decode(seal)
            .is_ok_and(|tag| hmac::verify(&self.key, format!("{purpose}\n{text}").as_bytes(), &tag).is_ok())
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets")
    }
}

/// Random bytes of the operating system, for the edge; use cases take theirs from `Tx`.
pub(crate) fn random_bytes<const N: usize>() -> kernel_base::Result<[u8; N]> {
    let mut bytes = [0; N];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| kernel_base::Error::internal("the operating system gives no random bytes"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_holds_for_its_own_text_and_purpose_only() {
        let secrets = Secrets::random().unwrap();
        let seal = secrets.seal("csrf", "one");
        assert!(secrets.matches("csrf", "one", &seal));
        assert!(!secrets.matches("csrf", "two", &seal));
        assert!(!secrets.matches("code", "one", &seal));
        assert!(!Secrets::random().unwrap().matches("csrf", "one", &seal));
        assert!(!secrets.matches("csrf", "one", "zz"));
    }
}
