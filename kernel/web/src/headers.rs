//! Security headers of every answer.

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::Web;

/// Nothing from other hosts, no inline script or style, no frame around us.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; \
     base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

/// For a document or a photograph that our own pages show in a frame. No `sandbox`: browsers show no PDF in one.
const EMBEDDABLE_POLICY: &str = "default-src 'none'; img-src 'self' data:; object-src 'self'; style-src 'unsafe-inline'; \
     frame-ancestors 'self'";

/// Lets our own pages show this answer in a frame (the viewer of papers, printing).
pub fn embeddable(headers: &mut HeaderMap) {
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(EMBEDDABLE_POLICY));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
}

/// The button "sign out" may lead on to the provider where the person signed on.
fn policy(web: &Web) -> String {
    let mut policy = CONTENT_SECURITY_POLICY.to_owned();
    for origin in &web.config.form_targets {
        policy.push(' ');
        policy.push_str(origin);
    }
    policy
}

/// Adds the headers that the handler has not set itself.
pub(crate) fn secure(web: &Web, headers: &mut HeaderMap) {
    let mut add = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    add(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    add(header::X_FRAME_OPTIONS, "DENY");
    add(header::REFERRER_POLICY, "same-origin");
    add(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    add(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    add(HeaderName::from_static("permissions-policy"), "camera=(self), geolocation=(self), microphone=()");
    if let Ok(policy) = HeaderValue::from_str(&policy(web)) {
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    }
    let mut add = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    if web.config.secure_cookies {
        add(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
}
