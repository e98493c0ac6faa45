//! Web push: the message goes to the push service of the person's browser (RFC 8030), encrypted for the browser alone
//! (RFC 8291), signed by this server (VAPID, RFC 8292).

mod encrypt;
mod vapid;

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel_base::{Error, FieldError, Instant, Result};
use serde_json::json;

use crate::{carrier::Answer, http};
use encrypt::Browser;
pub use vapid::PushKey;

/// Push services of the common browsers; a subscription elsewhere is refused, so that nobody makes this server call
/// addresses of his choice.
pub const PUSH_SERVICES: &str =
    "fcm.googleapis.com, updates.push.services.mozilla.com, web.push.apple.com, notify.windows.com";

/// How the server speaks to push services.
#[derive(Debug, Clone)]
pub struct Push {
    key: std::sync::Arc<PushKey>,
    /// Whom the service may write to: `mailto:` or `https:`.
    contact: String,
    services: Vec<String>,
    agent: ureq::Agent,
}

/// A subscription of a browser as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    pub(crate) endpoint: String,
    pub(crate) public_key: String,
    pub(crate) secret: String,
}

impl Push {
    /// `services` are hosts (and with a dot before them whole domains), separated by commas; a host with a port is
    /// spoken to without TLS when it is on this machine.
    #[must_use]
    pub fn new(key: PushKey, contact: &str, services: &str) -> Self {
        let services = services.split(',').map(|s| s.trim().to_lowercase()).filter(|s| !s.is_empty()).collect();
        let agent = http::agent(Duration::from_secs(15));
        Self { key: std::sync::Arc::new(key), contact: contact.to_owned(), services, agent }
    }

    /// The key that browsers subscribe with.
    pub(crate) fn public_key(&self) -> &str {
        self.key.public()
    }

    /// Checks what a browser sends: the service is a known one, the keys have their lengths.
    pub(crate) fn check(&self, subscription: &Subscription) -> Result<()> {
        let fault = |field: &str| {
            let words = (
                "Trình duyệt này chưa nhận được thông báo đẩy từ hệ thống. Hãy dùng thư điện tử hoặc SMS.",
                "This browser cannot get push messages from us. Use e-mail or SMS.",
            );
            Err(Error::invalid(vec![FieldError::new(field, "format", words)]))
        };
        let Ok(url) = url::Url::parse(&subscription.endpoint) else { return fault("endpoint") };
        if subscription.endpoint.len() > 1_000 || !self.is_known(&url) {
            return fault("endpoint");
        }
        let length = |text: &str| URL_SAFE_NO_PAD.decode(text).map_or(0, |bytes| bytes.len());
        if length(&subscription.public_key) != 65 {
            return fault("p256dh");
        }
        if length(&subscription.secret) != 16 {
            return fault("auth");
        }
        Ok(())
    }

    fn is_known(&self, url: &url::Url) -> bool {
        let host = url.host_str().unwrap_or_default().to_lowercase();
        let with_port = url.port().map(|port| format!("{host}:{port}"));
        let local = matches!(host.as_str(), "127.0.0.1" | "localhost");
        let known = |service: &String| match service.strip_prefix('.') {
            Some(_) => host.ends_with(service.as_str()) && url.port().is_none(),
            None => *service == host && url.port().is_none() || with_port.as_ref() == Some(service),
        };
        let secure = url.scheme() == "https" || (local && url.scheme() == "http");
        secure && url.username().is_empty() && self.services.iter().any(known)
    }

    /// Sends one message. A second one with the same `topic` takes the place of the first while it waits at the service.
    pub(crate) fn send(&self, to: &Subscription, message: &PushMessage<'_>) -> Answer {
        match self.prepare(to, message) {
            Ok((body, authorization)) => self.post(to, message, &body, &authorization),
            Err(error) => Answer::never(error.to_string()),
        }
    }

    fn prepare(&self, to: &Subscription, message: &PushMessage<'_>) -> Result<(Vec<u8>, String)> {
        self.check(to)?;
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
        let browser = Browser { public_key: bytes(&to.public_key), secret: bytes(&to.secret) };
        let text = json!({ "title": message.title, "link": message.link, "tag": message.topic }).to_string();
        let body = encrypt::encrypt(&browser, text.as_bytes())?;
        let authorization = self.key.authorization(&to.endpoint, &self.contact, message.wall)?;
        Ok((body, authorization))
    }

    fn post(&self, to: &Subscription, message: &PushMessage<'_>, body: &[u8], authorization: &str) -> Answer {
        let request = self
            .agent
            .post(&to.endpoint)
            .header("ttl", message.seconds.max(0).to_string())
            .header("urgency", if message.urgent { "high" } else { "normal" })
            .header("topic", message.topic)
            .header("content-encoding", "aes128gcm")
            .header("content-type", "application/octet-stream")
            .header("authorization", authorization);
        match request.send(body) {
            Ok(mut response) => {
                let said = http::said(&mut response);
                match response.status().as_u16() {
                    200..=299 => Answer::Sent { provider: http::header(&response, "location"), said },
                    404 | 410 => Answer::Never { said, gone: true },
                    429 | 500..=599 => Answer::Later { said, wait: http::retry_after(&response), down: false },
                    _ => Answer::never(said),
                }
            }
            Err(error) => Answer::Later { said: error.to_string(), wait: None, down: true },
        }
    }
}

/// What is pushed: no more than the code and the state, the rest is read after opening.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PushMessage<'a> {
    pub(crate) title: &'a str,
    pub(crate) link: &'a str,
    /// At most 32 letters of base64url.
    pub(crate) topic: &'a str,
    /// How long the service keeps it.
    pub(crate) seconds: i64,
    pub(crate) urgent: bool,
    /// The real time, by which the service judges our signature.
    pub(crate) wall: Instant,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(services: &str) -> Push {
        Push::new(PushKey::generate().unwrap().0, "mailto:a@example.vn", services)
    }

    #[test]
    fn only_known_services_over_tls_are_called() {
        let subscription = |endpoint: &str| Subscription {
            endpoint: endpoint.to_owned(),
            public_key: URL_SAFE_NO_PAD.encode([4; 65]),
            secret: URL_SAFE_NO_PAD.encode([1; 16]),
        };
        let real = push(&format!("{PUSH_SERVICES}, .push.apple.com"));
        for known in ["https://fcm.googleapis.com/fcm/send/x", "https://api.push.apple.com/x"] {
            real.check(&subscription(known)).unwrap();
        }
        for strange in [
            "http://fcm.googleapis.com/x",
            "https://fcm.googleapis.com:8443/x",
            "https://evil.example/fcm.googleapis.com",
            "https://fcm.googleapis.com.evil.example/",
            "https://evilpush.apple.com/",
            "https://fcm.googleapis.com@127.0.0.1/",
            "http://127.0.0.1:9200/",
            "file:///etc/passwd",
            "",
        ] {
            assert!(real.check(&subscription(strange)).is_err(), "{strange}");
        }
        push("127.0.0.1:9999").check(&subscription("http://127.0.0.1:9999/x")).unwrap();
    }
}
