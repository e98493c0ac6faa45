//! Calls with limits of time and size.

use std::time::Duration;

use kernel_base::{Error, Result};
use ureq::Agent;

/// Largest answer that is read, in bytes.
const LARGEST: u64 = 1_000_000;

/// An agent that gives up after `patience`.
pub(crate) fn agent(patience: Duration) -> Agent {
    let config = Agent::config_builder()
        .timeout_global(Some(patience))
        .timeout_connect(Some(patience.min(Duration::from_secs(5))))
        .http_status_as_error(false)
        .max_redirects(0)
        .build();
    Agent::new_with_config(config)
}

/// Status and body of an answer; everything else is "not reachable".
pub(crate) fn read(
    whom: &str,
    answer: std::result::Result<http::Response<ureq::Body>, ureq::Error>,
) -> Result<(u16, Vec<u8>)> {
    let unreachable = |e: &dyn std::fmt::Display| Error::unavailable(format!("{whom}: {e}"));
    let mut answer = answer.map_err(|e| unreachable(&e))?;
    let status = answer.status().as_u16();
    let body = answer.body_mut().with_config().limit(LARGEST).read_to_vec().map_err(|e| unreachable(&e))?;
    Ok((status, body))
}
