//! What the channels have in common: the answer of the other side.

use std::fmt;

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The other side has it.
    Sent {
        /// What it calls the message there; may be empty.
        provider: String,
        said: String,
    },
    /// Not now: busy, slow, down.
    Later {
        said: String,
        /// Seconds that it asked us to wait.
        wait: Option<i64>,
        /// It was not reached at all: the next messages wait too.
        down: bool,
    },
    /// Trying again does not help.
    Never {
        said: String,
        /// There is no such address.
        gone: bool,
    },
}

impl Answer {
    pub(crate) fn never(said: impl Into<String>) -> Self {
        Self::Never { said: said.into(), gone: false }
    }
}

/// A text message for a phone.
#[derive(Debug, Clone, Copy)]
pub struct SmsMessage<'a> {
    /// Names this message for ever: a gateway that has seen it sends nothing and says so.
    pub id: &'a str,
    /// Ten digits that begin with 0.
    pub to: &'a str,
    pub text: &'a str,
    /// Parts that it takes.
    pub segments: usize,
}

/// A gateway for text messages (a provider of brand-name SMS).
pub trait Sms: Send + Sync + fmt::Debug {
    /// Sends one message; called outside transactions, may take seconds.
    fn send(&self, message: &SmsMessage<'_>) -> Answer;
}
