//! Messages against real other sides: a mail server, a push service that decrypts, an SMS gateway, each a node program.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail loudly")]

mod harness;
mod kills;
mod mail;
mod others;
mod tls;
