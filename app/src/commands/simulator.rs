//! `chuyendong simulator`: outside worlds for the demonstration.

use std::process::{Child, ExitCode};

use kernel_base::Result;

use crate::commands::{simulator_payments, simulator_signing, simulator_signon, simulator_sms};

/// Play an outside world for the demonstration
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Simulator {
    /// Providers where invented people sign on
    Signon(simulator_signon::Args),
    /// A certificate authority, a remote signing service and a time-stamp authority for tests
    Signing(simulator_signing::Args),
    /// A gateway for SMS: nothing reaches a phone, its page shows what would have
    Sms(simulator_sms::Args),
    /// Payment gateways where nobody pays real money: the national platform and VNPAY
    Payments(simulator_payments::Args),
}

/// Plays until it is stopped.
///
/// # Errors
/// An address that cannot be listened on.
pub fn run(simulator: &Simulator) -> Result<ExitCode> {
    match simulator {
        Simulator::Signon(args) => simulator_signon::run(args),
        Simulator::Signing(args) => simulator_signing::run(args),
        Simulator::Sms(args) => simulator_sms::run(args),
        Simulator::Payments(args) => simulator_payments::run(args),
    }
}

/// A simulator that this program started; it ends with it.
#[derive(Debug)]
pub struct Started(pub(super) Child);

impl Drop for Started {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
