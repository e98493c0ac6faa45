//! Calls to gateways over HTTP: with time limits, without redirects, answers cut short.

use std::time::Duration;

use ureq::{Agent, Body, http::Response};

/// Longest answer that is kept for people.
const SAID: usize = 300;

pub(crate) fn agent(patience: Duration) -> Agent {
    let config = Agent::config_builder()
        .timeout_global(Some(patience))
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .build();
    config.into()
}

/// Status and the beginning of the answer.
pub(crate) fn said(response: &mut Response<Body>) -> String {
    let status = response.status();
    let text = response.body_mut().with_config().limit(64 << 10).read_to_string().unwrap_or_default();
    short(&format!("{status} {text}"))
}

/// The beginning of a text on one line.
pub(crate) fn short(text: &str) -> String {
    kernel_base::text::clean_line(text).chars().take(SAID).collect()
}

pub(crate) fn header(response: &Response<Body>, name: &str) -> String {
    response.headers().get(name).and_then(|value| value.to_str().ok()).map(short).unwrap_or_default()
}

/// Seconds of the header `Retry-After`, at most a day.
pub(crate) fn retry_after(response: &Response<Body>) -> Option<i64> {
    header(response, "retry-after").parse().ok().map(|seconds: i64| seconds.clamp(1, 86_400))
}
