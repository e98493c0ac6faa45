//! Calls to a gateway: bounded in time and size, never following a redirect.

use std::time::Duration;

use serde_json::Value;

/// Largest answer that is read.
const LARGEST: u64 = 4 << 20;

/// A line to a gateway.
#[derive(Debug, Clone)]
pub struct Line {
    agent: ureq::Agent,
}

/// An answer: status and body.
pub(crate) type Answer = Result<(u16, Vec<u8>), String>;

impl Line {
    /// A line on which every call ends after `limit`, answered or not.
    #[must_use]
    pub fn new(limit: Duration) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(limit))
            .http_status_as_error(false)
            .max_redirects(0)
            .build();
        Self { agent: config.new_agent() }
    }

    /// Posts JSON. An error is a line that broke: nobody knows whether the other side acted.
    pub(crate) fn post(&self, url: &str, body: &Value, bearer: &str) -> Answer {
        let mut request = self.agent.post(url).header("content-type", "application/json");
        if !bearer.is_empty() {
            request = request.header("authorization", format!("Bearer {bearer}"));
        }
        let mut response = request.send(body.to_string()).map_err(|e| e.to_string())?;
        let status = response.status().as_u16();
        let bytes = response.body_mut().with_config().limit(LARGEST).read_to_vec().map_err(|e| e.to_string())?;
        Ok((status, bytes))
    }

    /// Gets an address: VNPAY notifies by GET, and so does its simulator.
    pub(crate) fn get(&self, url: &str) -> Answer {
        let mut response = self.agent.get(url).call().map_err(|e| e.to_string())?;
        let status = response.status().as_u16();
        let bytes = response.body_mut().with_config().limit(LARGEST).read_to_vec().map_err(|e| e.to_string())?;
        Ok((status, bytes))
    }
}
