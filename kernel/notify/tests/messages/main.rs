//! Messages against real other sides: a mail server, a push service that decrypts, an SMS gateway, each a node program.

mod harness;
mod kills;
mod mail;
mod others;
