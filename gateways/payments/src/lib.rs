//! Payment gateways behind the port `PaymentGateway`: the national payment platform (messages 1.0.6) and VNPAY 2.1.0.
//!
//! [`simulator`] plays both as a separate process, with faults that can be switched on.

mod http;
mod national;
mod senders;
pub mod simulator;
mod text;
mod vnpay;
mod vnpay_refund;

pub use http::Line;
pub use national::{National, NationalSettings, signature as national_signature};
pub use senders::Senders;
pub use vnpay::{Vnpay, VnpaySettings, query_signature, values_signature};
