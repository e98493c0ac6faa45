//! Who sends a request, and what comes back.

use axum::body::Body;
use http::{HeaderMap, Request, StatusCode, header};
use serde_json::Value;

/// Credentials of a visitor.
#[derive(Debug, Clone, Default)]
pub(crate) struct Person {
    /// Sign-in name of an officer, contact of a citizen.
    pub(crate) name: String,
    /// Of an officer who uses the API.
    pub(crate) token: String,
    /// `name=value; ..` of a browser.
    pub(crate) cookies: String,
    pub(crate) csrf: String,
}

/// Not signed in.
pub(crate) const NOBODY: Person =
    Person { name: String::new(), token: String::new(), cookies: String::new(), csrf: String::new() };

impl Person {
    /// A JSON post, for a router of the test's own.
    pub(crate) fn request(&self, path: &str, key: &str, body: &Value) -> Request<Body> {
        let request =
            Request::post(path).header(header::CONTENT_TYPE, "application/json").header("idempotency-key", key);
        self.sign(request).body(Body::from(body.to_string())).unwrap()
    }

    pub(crate) fn sign(&self, mut request: http::request::Builder) -> http::request::Builder {
        if !self.token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        }
        if !self.cookies.is_empty() {
            request = request.header(header::COOKIE, &self.cookies).header("x-csrf-token", &self.csrf);
        }
        request
    }
}

/// An answer of the application.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Reply {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|e| panic!("{} {e}: {}", self.status, self.text()))
    }

    /// The body of a success; anything else fails the test with what was said.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert!(self.status.is_success(), "{}: {}", self.status, self.text());
        if self.bytes.is_empty() { Value::Null } else { self.json() }
    }

    /// The problem of a refusal with this status and code; its sentence is Vietnamese and tells nothing of the inside.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str) -> Value {
        let text = self.text();
        assert_eq!(self.status.as_u16(), status, "{text}");
        let kind = self.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        assert_eq!(kind, "application/problem+json", "{text}");
        let problem = self.json();
        assert_eq!(problem["code"], code, "{text}");
        assert!(!problem["detail"].as_str().unwrap().is_empty(), "{text}");
        no_inside(&text);
        problem
    }

    /// Names of the faulty fields.
    #[track_caller]
    pub(crate) fn faults(self) -> Vec<(String, String)> {
        assert_eq!(self.status.as_u16(), 422, "{}", self.text());
        no_inside(&self.text());
        let problem = self.json();
        let text = |v: &Value| v.as_str().unwrap().to_owned();
        problem["errors"].as_array().unwrap().iter().map(|e| (text(&e["field"]), text(&e["code"]))).collect()
    }
}

/// Nothing of the program shows: no stack trace, source file, statement or engine.
#[track_caller]
pub(crate) fn no_inside(text: &str) {
    for sign in ["panicked", "backtrace", ".rs:", "SELECT ", "INSERT ", "sqlite", "postgres", "serde", "unwrap"] {
        assert!(!text.contains(sign), "“{sign}” shows in: {text}");
    }
}
