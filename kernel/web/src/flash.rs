//! One sentence carried over a redirect: a message key with values, in a cookie.

use axum::response::Response;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::{T, Web, cookies, page::redirect};

/// Sends the browser to another page, which says the message once: `redirect_saying(&web, "/staff", "inbox.accepted", &[("code", &code)])`.
pub fn redirect_saying(web: &Web, path: &str, key: &str, values: &[(&str, &str)]) -> Response {
    let mut flash = key.to_owned();
    for (name, value) in values {
        flash.push_str(&format!("|{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
    }
    let mut response = redirect(path);
    cookies::set(web, response.headers_mut(), "flash", &flash, Some(60));
    response
}

/// The sentence of the cookie. An unknown key says nothing of the visitor's choosing.
pub(crate) fn text(t: &T, flash: &str) -> String {
    let mut parts = flash.split('|');
    let key = parts.next().unwrap_or_default();
    let known = t.s(key);
    if known == key {
        return String::new();
    }
    let mut text = known.to_owned();
    for (name, value) in parts.filter_map(|part| part.split_once('=')) {
        text = text.replace(&format!("{{{name}}}"), &percent_decode_str(value).decode_utf8_lossy());
    }
    text
}
