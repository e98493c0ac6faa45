//! Limits on attempts, counted in memory per key.

use std::{
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock as _, clock::DefaultClock};
use kernel_base::{Error, Kind, Result, Words};
use serde_json::json;

/// What is being attempted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bucket {
    /// Password and code of an officer; keyed by address and by account.
    SignIn,
    /// Sending of a one-time code; keyed by contact and by address.
    SendCode,
    /// Public look-up of a dossier with a second factor; keyed by address.
    LookUp,
    /// Upload of a file; keyed by account.
    Upload,
    /// Submission of a form that makes something new; keyed by account.
    Submit,
}

/// Attempts per minute of each bucket; a burst of as many is allowed.
#[derive(Debug, Clone, Copy)]
pub struct LimitSettings {
    pub sign_in: u32,
    pub send_code: u32,
    pub look_up: u32,
    pub upload: u32,
    pub submit: u32,
    /// Sign-in codes to one contact in a day, kept in the database; begins anew when one of them opened a session.
    pub codes_a_day: u32,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self { sign_in: 10, send_code: 3, look_up: 20, upload: 60, submit: 30, codes_a_day: 10 }
    }
}

impl LimitSettings {
    /// Wide enough for a class that tries the demonstration from one address.
    #[must_use]
    pub fn demo() -> Self {
        Self { sign_in: 600, send_code: 600, look_up: 600, upload: 2_000, submit: 6_000, codes_a_day: 600 }
    }

    /// As good as none, for load tests.
    #[must_use]
    pub fn none() -> Self {
        let none = 1 << 20;
        Self { sign_in: none, send_code: none, look_up: none, upload: none, submit: none, codes_a_day: none }
    }
}

#[derive(Debug)]
pub(crate) struct Limits {
    sign_in: DefaultKeyedRateLimiter<String>,
    send_code: DefaultKeyedRateLimiter<String>,
    look_up: DefaultKeyedRateLimiter<String>,
    upload: DefaultKeyedRateLimiter<String>,
    submit: DefaultKeyedRateLimiter<String>,
    checks: AtomicU32,
}

/// After so many checks, keys that have all their attempts back are forgotten.
const FORGET_EVERY: u32 = 4_096;

impl Limits {
    pub(crate) fn new(settings: &LimitSettings) -> Self {
        let per_minute = |n: u32| RateLimiter::keyed(Quota::per_minute(NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN)));
        Self {
            sign_in: per_minute(settings.sign_in),
            send_code: per_minute(settings.send_code),
            look_up: per_minute(settings.look_up),
            upload: per_minute(settings.upload),
            submit: per_minute(settings.submit),
            checks: AtomicU32::new(0),
        }
    }

    fn limiter(&self, bucket: Bucket) -> &DefaultKeyedRateLimiter<String> {
        match bucket {
            Bucket::SignIn => &self.sign_in,
            Bucket::SendCode => &self.send_code,
            Bucket::LookUp => &self.look_up,
            Bucket::Upload => &self.upload,
            Bucket::Submit => &self.submit,
        }
    }

    pub(crate) fn check(&self, bucket: Bucket, key: &str) -> Result<()> {
        if self.checks.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            self.forget_idle();
        }
        let checked = self.limiter(bucket).check_key(&key.to_owned());
        checked.map_err(|not_until| too_many(not_until.wait_time_from(DefaultClock::default().now())))
    }

    /// Keeps memory bounded when someone tries many keys.
    fn forget_idle(&self) {
        for bucket in [Bucket::SignIn, Bucket::SendCode, Bucket::LookUp, Bucket::Upload, Bucket::Submit] {
            self.limiter(bucket).retain_recent();
        }
    }
}

/// `TooMany` with the seconds to wait in `current.retry_after`.
pub(crate) fn too_many(wait: Duration) -> Error {
    let seconds = wait.as_secs() + 1;
    let words = Words::new(
        format!("Bạn đã thử quá nhiều lần. Hãy đợi {seconds} giây rồi thử lại."),
        format!("Too many attempts. Wait {seconds} seconds, then try again."),
    );
    Error::new(Kind::TooMany, "too_many", words).with_current(json!({ "retry_after": seconds }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_run_out_for_one_key_and_not_for_another() {
        let limits = Limits::new(&LimitSettings { sign_in: 2, ..LimitSettings::default() });
        assert!(limits.check(Bucket::SignIn, "a").is_ok());
        assert!(limits.check(Bucket::SignIn, "a").is_ok());
        let error = limits.check(Bucket::SignIn, "a").unwrap_err();
        assert_eq!(error.kind, Kind::TooMany);
        assert!(error.current.unwrap()["retry_after"].as_u64().unwrap() >= 1);
        assert!(limits.check(Bucket::SignIn, "b").is_ok());
        assert!(limits.check(Bucket::Upload, "a").is_ok());
    }
}
