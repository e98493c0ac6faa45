//! Faults of an outside world, switched on by hand.

use std::sync::atomic::{AtomicU8, Ordering};

use serde::{Deserialize, Serialize};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Fault {
    #[default]
    None = 0,
    /// Answers "503" to everything and does nothing.
    Down = 1,
    /// Does what was asked, but the answer is lost.
    LostAnswer = 2,
    /// Answers after a minute.
    Slow = 3,
    /// Answers with bytes that make no sense.
    Garbage = 4,
    /// Handles each request twice, as a proxy that repeats.
    Twice = 5,
    /// Leaves the request with the person's device: not confirmed yet.
    Unconfirmed = 6,
    /// The person refuses on the device.
    Refused = 7,
}

impl Fault {
    const ALL: [Self; 8] = [
        Self::None,
        Self::Down,
        Self::LostAnswer,
        Self::Slow,
        Self::Garbage,
        Self::Twice,
        Self::Unconfirmed,
        Self::Refused,
    ];
}

/// What goes wrong at present.
#[derive(Debug, Default)]
pub struct Faults {
    signer: AtomicU8,
    stamp: AtomicU8,
}

impl Faults {
    pub fn set_signer(&self, fault: Fault) {
        self.signer.store(fault as u8, Ordering::SeqCst);
    }

    pub fn set_stamp(&self, fault: Fault) {
        self.stamp.store(fault as u8, Ordering::SeqCst);
    }

    #[must_use]
    pub fn signer(&self) -> Fault {
        of(self.signer.load(Ordering::SeqCst))
    }

    #[must_use]
    pub fn stamp(&self) -> Fault {
        of(self.stamp.load(Ordering::SeqCst))
    }
}

fn of(number: u8) -> Fault {
    Fault::ALL.into_iter().find(|fault| *fault as u8 == number).unwrap_or_default()
}
