//! RFC 3161 over HTTP.

use std::time::Duration;

use kernel_base::{Error, Result};
use kernel_signatures::TimeStamp;
use ureq::Agent;

use crate::http;

/// A time-stamp authority at an address.
#[derive(Debug, Clone)]
pub struct HttpTimeStamp {
    agent: Agent,
    url: String,
}

impl HttpTimeStamp {
    /// `patience` is the longest that one call may take.
    #[must_use]
    pub fn new(url: impl Into<String>, patience: Duration) -> Self {
        Self { agent: http::agent(patience), url: url.into() }
    }
}

impl TimeStamp for HttpTimeStamp {
    fn stamp(&self, request: &[u8]) -> Result<Vec<u8>> {
        let sent = self
            .agent
            .post(&self.url)
            .header("Content-Type", "application/timestamp-query")
            .header("Accept", "application/timestamp-reply")
            .send(request);
        match http::read("time-stamp authority", sent)? {
            (200, body) => Ok(body),
            (status, _) => Err(Error::unavailable(format!("time-stamp authority: HTTP {status}"))),
        }
    }
}
