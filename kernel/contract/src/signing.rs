//! Whether documents are signed here, and where they are issued.

use std::sync::atomic::{AtomicBool, Ordering};

/// Job that has one document of the queue of `kernel/signatures` signed: `{"document": "sgn_…"}`.
pub const SIGN_JOB: &str = "onestop.sign";

/// Electronic signatures of an installation. Without a signing service an approval stands alone (ADR 0011).
#[derive(Debug, Default)]
pub struct Signing {
    on: AtomicBool,
}

impl Signing {
    #[must_use]
    pub fn new(on: bool) -> Self {
        Self { on: AtomicBool::new(on) }
    }

    /// Whether what is approved from now on waits for signatures.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.on.load(Ordering::Relaxed)
    }

    /// Switches signatures on or off; what is in the queue stays there.
    pub fn set(&self, on: bool) {
        self.on.store(on, Ordering::Relaxed);
    }
}
