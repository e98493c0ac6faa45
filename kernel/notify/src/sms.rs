//! A gateway for text messages over HTTP with JSON: the shape of our simulator, and of an adapter in front of a provider.
//!
//! `POST url` `{"request_id", "to", "from", "text", "segments"}` with `Authorization: Bearer …`. 2xx: taken, with
//! `{"id"}`; 409: this `request_id` was taken before, nothing was sent again; 404 or 410: no such number; other 4xx:
//! never; 429, 5xx and silence: later.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    carrier::{Answer, Sms, SmsMessage},
    http,
};

/// How the gateway is reached.
#[derive(Debug, Clone)]
pub struct HttpSms {
    url: String,
    token: Token,
    sender: String,
    agent: ureq::Agent,
}

/// A secret that no log shows.
#[derive(Clone)]
struct Token(String);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

impl HttpSms {
    /// `sender` is the brand name that phones show. A gateway that is silent for `patience` is tried again later.
    #[must_use]
    pub fn new(url: &str, token: &str, sender: &str, patience: Duration) -> Self {
        let agent = http::agent(patience);
        Self { url: url.to_owned(), token: Token(token.to_owned()), sender: sender.to_owned(), agent }
    }
}

impl Sms for HttpSms {
    fn send(&self, message: &SmsMessage<'_>) -> Answer {
        let body = json!({
            "request_id": message.id, "to": message.to, "from": self.sender, "text": message.text,
            "segments": message.segments,
        });
        let request = self
            .agent
            .post(&self.url)
            .header("authorization", format!("Bearer {}", self.token.0))
            .header("content-type", "application/json");
        let mut response = match request.send(body.to_string()) {
            Ok(response) => response,
            Err(error) => return Answer::Later { said: error.to_string(), wait: None, down: true },
        };
        let said = http::said(&mut response);
        match response.status().as_u16() {
            200..=299 | 409 => match provider(&said) {
                Some(provider) => Answer::Sent { provider, said },
                // A stranger's page with status 200 is no promise: asked again under the same name.
                None => Answer::Later { said, wait: None, down: false },
            },
            404 | 410 => Answer::Never { said, gone: true },
            408 | 425 | 429 | 500..=599 => Answer::Later { said, wait: http::retry_after(&response), down: false },
            _ => Answer::never(said),
        }
    }
}

/// The gateway's own number, from the answer after its status.
fn provider(said: &str) -> Option<String> {
    let json: Value = serde_json::from_str(said.get(said.find('{')?..)?).ok()?;
    Some(json.get("id")?.as_str()?.to_owned())
}
