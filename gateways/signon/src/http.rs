//! Calls to a provider: short, bounded, without redirects.

use std::time::Duration;

use kernel_base::{Error, Result};
use serde_json::{Map, Value};

use crate::refused;

/// Time limits of one call, and its largest answer in bytes.
const CONNECT: Duration = Duration::from_secs(3);
const WHOLE: Duration = Duration::from_secs(8);
const LARGEST: u64 = 512 * 1024;

pub(crate) fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .timeout_connect(Some(CONNECT))
        .timeout_global(Some(WHOLE))
        .max_redirects(0)
        .http_status_as_error(false)
        .build()
        .new_agent()
}

/// Status and JSON body; a body that is no JSON is an error.
pub(crate) type Answer = (u16, Value);

pub(crate) fn read(answer: std::result::Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Answer> {
    let mut answer = answer.map_err(|e| Error::unavailable(e.to_string()))?;
    let status = answer.status().as_u16();
    let text = answer.body_mut().with_config().limit(LARGEST).read_to_string();
    let text = text.map_err(|e| Error::unavailable(format!("status {status}, body: {e}")))?;
    let value =
        serde_json::from_str(&text).map_err(|e| Error::unavailable(format!("status {status}, no JSON: {e}")))?;
    Ok((status, value))
}

/// A document that anyone may read: discovery, keys.
pub(crate) fn document(agent: &ureq::Agent, address: &str) -> Result<Value> {
    match read(agent.get(address).header("accept", "application/json").call())? {
        (200, value) => Ok(value),
        (status, _) => Err(Error::unavailable(format!("{address} answered {status}"))),
    }
}

/// More claims, with the access token.
pub(crate) fn userinfo(agent: &ureq::Agent, address: &str, token: &str) -> Result<Map<String, Value>> {
    match read(agent.get(address).header("authorization", format!("Bearer {token}")).call())? {
        (200, Value::Object(map)) => Ok(map),
        (status @ (400 | 401 | 403), _) => Err(refused(format!("userinfo answered {status}"))),
        (status, _) => Err(Error::unavailable(format!("userinfo answered {status}"))),
    }
}
