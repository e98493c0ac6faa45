//! UTC instants with milliseconds, and the clock that gives them.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{Timestamp, civil, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// Vietnam keeps UTC+7 all year (no summer time since 1975).
pub const VIETNAM: TimeZone = TimeZone::fixed(jiff::tz::offset(7));

/// A UTC instant with millisecond precision. Text form: `2021-07-26T01:00:00.000Z`, which sorts by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(Timestamp);

impl Instant {
    /// Milliseconds since 1970-01-01 UTC; clamped to the years the calendar can show.
    pub fn from_millis(millis: i64) -> Self {
        Self(Timestamp::from_millisecond(millis).unwrap_or(if millis < 0 { Timestamp::MIN } else { Timestamp::MAX }))
    }

    pub fn as_millis(self) -> i64 {
        self.0.as_millisecond()
    }

    pub fn from_timestamp(at: Timestamp) -> Self {
        Self::from_millis(at.as_millisecond())
    }

    pub fn timestamp(self) -> Timestamp {
        self.0
    }

    /// An instant from a civil time on Vietnam's wall clock.
    pub fn from_vietnam(at: civil::DateTime) -> Self {
        VIETNAM.to_timestamp(at).map_or(Self(Timestamp::MAX), Self::from_timestamp)
    }

    /// Date and time on Vietnam's wall clock.
    pub fn vietnam(self) -> civil::DateTime {
        VIETNAM.to_datetime(self.0)
    }

    /// Accepts RFC 3339 (`...Z` or with an offset) and a bare `YYYY-MM-DDTHH:MM[:SS]`, read as Vietnam time.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(at) = text.parse::<Timestamp>() {
            return Some(Self::from_timestamp(at));
        }
        text.parse::<civil::DateTime>().ok().map(Self::from_vietnam)
    }

    #[must_use]
    pub fn plus_millis(self, millis: i64) -> Self {
        Self::from_millis(self.as_millis().saturating_add(millis))
    }

    #[must_use]
    pub fn plus_minutes(self, minutes: i64) -> Self {
        self.plus_millis(minutes.saturating_mul(60_000))
    }

    #[must_use]
    pub fn plus_hours(self, hours: i64) -> Self {
        self.plus_minutes(hours.saturating_mul(60))
    }
}

impl std::fmt::Display for Instant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.3}", self.0)
    }
}

impl Serialize for Instant {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("not an instant: {text}")))
    }
}

/// `26/07/2021`
pub fn vietnam_date(date: civil::Date) -> String {
    format!("{:02}/{:02}/{:04}", date.day(), date.month(), date.year())
}

/// `16:30 ngày 26/07/2021`, on Vietnam's wall clock.
pub fn vietnam_time(at: Instant) -> String {
    let local = at.vietnam();
    format!("{:02}:{:02} ngày {}", local.hour(), local.minute(), vietnam_date(local.date()))
}

/// Where instants come from. The real one lives in `app`; tests and the demonstration move theirs.
pub trait Clock: Send + Sync + std::fmt::Debug {
    fn now(&self) -> Instant;
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct MockClock(AtomicI64);

impl MockClock {
    pub fn at(instant: Instant) -> Self {
        Self(AtomicI64::new(instant.as_millis()))
    }

    pub fn set(&self, instant: Instant) {
        self.0.store(instant.as_millis(), Ordering::SeqCst);
    }

    pub fn advance_millis(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::SeqCst);
    }

    pub fn advance_hours(&self, hours: i64) {
        self.advance_millis(hours * 3_600_000);
    }
}

impl Clock for MockClock {
    fn now(&self) -> Instant {
        Instant::from_millis(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_written_in_utc_with_milliseconds_and_read_back() {
        let at = Instant::from_vietnam(civil::date(2021, 7, 26).at(8, 0, 0, 0));
        assert_eq!(at.to_string(), "2021-07-26T01:00:00.000Z");
        assert_eq!(Instant::parse("2021-07-26T01:00:00.000Z"), Some(at));
        assert_eq!(Instant::parse("2021-07-26T08:00:00+07:00"), Some(at));
        assert_eq!(Instant::parse("2021-07-26T08:00"), Some(at));
        assert_eq!(vietnam_time(at), "08:00 ngày 26/07/2021");
        assert_eq!(Instant::parse("yesterday"), None);
    }
}
