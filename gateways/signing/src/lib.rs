//! Outside worlds of signing: the remote signing service and the time-stamp authority, and a simulator of both with a
//! certificate authority for tests.

mod http;
mod remote;
pub mod simulator;
mod stamp;

pub use remote::RemoteSigner;
pub use stamp::HttpTimeStamp;
