//! Time-based one-time codes (RFC 6238: SHA-1, 6 digits, 30 seconds), as authenticator apps make them.

use kernel_base::{Error, Instant, Result};
use kernel_db::Tx;
use totp_rs::{Builder, Secret, Totp};

/// The clock that authenticator apps follow. A port: in the demonstration the database's clock shows July 2021, while
/// phones show today. Without the port, the clock of the transaction is taken.
pub trait WallClock: Send + Sync {
    fn now(&self) -> Instant;
}

/// The instant by which codes are judged.
pub(super) fn wall_time(tx: &Tx<'_>) -> Instant {
    tx.port::<dyn WallClock>().map_or_else(|_| tx.now(), |clock| clock.now())
}

fn generator(secret: &str) -> Result<Totp> {
    let secret = Secret::try_from_base32(secret).map_err(|_| Error::internal("the TOTP secret is not base32"))?;
    Builder::new().with_secret(secret).build().map_err(|error| Error::internal(format!("TOTP: {error}")))
}

fn seconds(at: Instant) -> u64 {
    u64::try_from(at.as_millis() / 1_000).unwrap_or(0)
}

/// A new secret in base32, made of 20 random bytes.
pub fn new_totp_secret(random: [u8; 20]) -> String {
    Secret::from(random).to_base32()
}

/// The code at an instant; for tests and for the list of demonstration accounts.
///
/// # Errors
/// `Internal` when the secret is not base32 of at least 16 bytes.
pub fn totp_code(secret: &str, at: Instant) -> Result<String> {
    Ok(generator(secret)?.generate(seconds(at)).to_string())
}

/// The time step a code belongs to, one step early or late allowed; `None` for a wrong code.
pub(super) fn step_of(secret: &str, code: &str, at: Instant) -> Result<Option<i64>> {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    if code.len() != 6 || !code.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(None);
    }
    let step = generator(secret)?.check(&code, seconds(at));
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B: the secret is "12345678901234567890".
    const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    #[test]
    fn codes_are_those_of_the_standard() {
        for (at, code) in [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")] {
            assert_eq!(totp_code(SECRET, Instant::from_millis(at * 1_000)).unwrap(), code);
        }
    }

    #[test]
    fn a_code_is_good_one_step_early_or_late_and_no_more() {
        let at = Instant::from_millis(1_111_111_109_000);
        let step = step_of(SECRET, "081 804", at).unwrap();
        assert_eq!(step, Some(1_111_111_109 / 30));
        assert_eq!(step_of(SECRET, "081804", at.plus_millis(30_000)).unwrap(), step);
        assert_eq!(step_of(SECRET, "081804", at.plus_millis(-30_000)).unwrap(), step);
        assert_eq!(step_of(SECRET, "081804", at.plus_millis(61_000)).unwrap(), None);
        for wrong in ["", "81804", "0818040", "08180a", "０８１８０４"] {
            assert_eq!(step_of(SECRET, wrong, at).unwrap(), None, "{wrong}");
        }
    }
}
