//! Passwords: argon2id. Slow on purpose, so never inside a transaction.

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use kernel_base::{Error, Result};

use crate::PasswordCost;

/// Checked when there is no such account, so that the time tells nothing. The password of it is not known to anyone.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$3fLnvCvzS4nB1bZ4XzXK9TnQkV2kV1l0j4c8mJ5qk9o";

/// Hashes a password; the result can be shared by many demonstration accounts.
///
/// # Errors
/// `Internal` when the cost is out of range or the system gives no random salt.
pub fn hash_password(password: &str, cost: PasswordCost) -> Result<String> {
    let failed = |error: String| Error::internal(format!("argon2: {error}"));
    let params = Params::new(cost.memory_kib, cost.passes, 1, None).map_err(|error| failed(error.to_string()))?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash = argon2.hash_password(password.as_bytes()).map_err(|error| failed(error.to_string()))?;
    Ok(hash.to_string())
}

/// True when the password belongs to the hash; takes as long for `None`.
pub(crate) async fn check_password(password: String, hash: Option<String>) -> bool {
    let known = hash.is_some();
    let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
    let check = move || {
        let Ok(parsed) = PasswordHash::new(&hash) else { return false };
        Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok()
    };
    known & tokio::task::spawn_blocking(check).await.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_opens() {
        let hash = hash_password("Mật khẩu 1", PasswordCost { memory_kib: 64, passes: 1 }).unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(check_password("Mật khẩu 1".into(), Some(hash.clone())).await);
        assert!(!check_password("Mật khẩu 2".into(), Some(hash)).await);
        assert!(!check_password("Mật khẩu 1".into(), None).await);
        PasswordHash::new(NOBODY).unwrap();
    }
}
