//! Messages, deliveries, preferences: pure.

use std::collections::BTreeMap;

use kernel_base::{Instant, Lang, typed_id};
use serde::{Deserialize, Serialize};

typed_id!(
    /// A message to one recipient about one event.
    MessageId, "msg"
);
typed_id!(
    /// A message on its way through one channel.
    DeliveryId, "dlv"
);
typed_id!(
    /// A confirmed, or not yet confirmed, address of a person.
    ContactId, "ctp"
);
typed_id!(
    /// A browser that asked for push messages.
    SubscriptionId, "psh"
);

/// A way to a person beside the page of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    Email,
    Sms,
    Push,
}

impl Channel {
    pub const ALL: [Self; 3] = [Self::Email, Self::Sms, Self::Push];

    pub fn word(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Push => "push",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.word() == word)
    }
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// To be sent, now or at its next instant.
    Waiting,
    /// The other side has it.
    Sent,
    /// Given up; the reason says why.
    Dead,
}

impl State {
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Sent, Self::Dead];

    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Dead => "dead",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// Attempts after which a delivery is given up: about a day and a half.
pub(crate) const ATTEMPTS: i64 = 12;

/// Pause after the n-th failed attempt in seconds: half a minute, doubled each time, eight hours at most.
pub(crate) fn pause_seconds(attempts: i64) -> i64 {
    (30i64 << (attempts - 1).clamp(0, 20)).min(8 * 3_600)
}

/// What a person chose for a group of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Choice {
    pub(crate) email: bool,
    pub(crate) sms: bool,
    pub(crate) push: bool,
}

/// What a person chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Preferences {
    pub(crate) lang: Lang,
    /// By group; a group that is not here goes as its messages say.
    pub(crate) choices: BTreeMap<String, Choice>,
    /// Minutes after midnight in Vietnam between which phones stay silent; equal = never.
    pub(crate) quiet_from: i64,
    pub(crate) quiet_to: i64,
    /// 0 = not stored yet.
    pub(crate) version: i64,
}

impl Default for Preferences {
    fn default() -> Self {
        Self { lang: Lang::Vi, choices: BTreeMap::new(), quiet_from: 22 * 60, quiet_to: 6 * 60, version: 0 }
    }
}

impl Preferences {
    /// The first instant from `at` on that is outside the quiet hours.
    pub(crate) fn loud_from(&self, at: Instant) -> Instant {
        let local = at.vietnam();
        let minute = i64::from(local.hour()) * 60 + i64::from(local.minute());
        let quiet = if self.quiet_from <= self.quiet_to {
            (self.quiet_from..self.quiet_to).contains(&minute)
        } else {
            minute >= self.quiet_from || minute < self.quiet_to
        };
        if !quiet {
            return at;
        }
        let ahead = (self.quiet_to - minute).rem_euclid(24 * 60);
        at.plus_minutes(ahead).plus_millis(-i64::from(local.second()) * 1_000 - i64::from(local.millisecond()))
    }
}

/// A message among a person's messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct MessageRow {
    pub(crate) id: MessageId,
    pub(crate) kind: String,
    pub(crate) title: String,
    pub(crate) body: String,
    /// Path of the page where the person goes on.
    pub(crate) link: String,
    pub(crate) happened_at: Instant,
    pub(crate) read_at: Option<Instant>,
}

/// One delivery as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) id: DeliveryId,
    pub(crate) message: MessageId,
    pub(crate) recipient: String,
    pub(crate) event_key: String,
    pub(crate) kind: String,
    pub(crate) channel: Channel,
    pub(crate) target: String,
    pub(crate) address: String,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) link: String,
    pub(crate) state: State,
    pub(crate) reason: String,
    pub(crate) attempts: i64,
    pub(crate) next_at: Instant,
    pub(crate) expires_at: Instant,
    pub(crate) created_at: Instant,
    pub(crate) provider: String,
    pub(crate) version: i64,
}

/// One attempt.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Attempt {
    pub(crate) number: i64,
    pub(crate) began_at: Instant,
    pub(crate) ended_at: Option<Instant>,
    pub(crate) outcome: String,
    pub(crate) answer: String,
}

/// An address of a person.
#[derive(Debug, Clone)]
pub(crate) struct ContactPoint {
    pub(crate) id: ContactId,
    pub(crate) channel: Channel,
    pub(crate) address: String,
    pub(crate) code_hash: String,
    pub(crate) code_until: Option<Instant>,
    pub(crate) tries: i64,
    pub(crate) confirmed_at: Option<Instant>,
    pub(crate) failed_at: Option<Instant>,
    pub(crate) version: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        Instant::parse(text).unwrap()
    }

    #[test]
    fn in_quiet_hours_a_message_waits_for_the_morning() {
        let usual = Preferences::default();
        assert_eq!(usual.loud_from(at("2021-07-26T21:59:59")), at("2021-07-26T21:59:59"));
        assert_eq!(usual.loud_from(at("2021-07-26T22:00:30")), at("2021-07-27T06:00"));
        assert_eq!(usual.loud_from(at("2021-07-27T05:59:59")), at("2021-07-27T06:00"));
        assert_eq!(usual.loud_from(at("2021-07-27T06:00")), at("2021-07-27T06:00"));
        let noon = Preferences { quiet_from: 11 * 60, quiet_to: 13 * 60, ..Preferences::default() };
        assert_eq!(noon.loud_from(at("2021-07-26T12:15")), at("2021-07-26T13:00"));
        assert_eq!(noon.loud_from(at("2021-07-26T23:15")), at("2021-07-26T23:15"));
        let never = Preferences { quiet_from: 0, quiet_to: 0, ..Preferences::default() };
        assert_eq!(never.loud_from(at("2021-07-26T03:00")), at("2021-07-26T03:00"));
    }

    #[test]
    fn pauses_grow_to_eight_hours() {
        let pauses: Vec<i64> = (1..=ATTEMPTS).map(pause_seconds).collect();
        assert_eq!(pauses[..4], [30, 60, 120, 240]);
        assert!(pauses.windows(2).all(|pair| pair[0] <= pair[1]) && pauses.last() == Some(&28_800));
    }
}
