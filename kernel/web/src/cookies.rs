//! Cookies of this server.

use cookie::{Cookie, SameSite};
use http::{HeaderMap, HeaderValue, header};

use crate::Web;

/// The full name of a cookie that the browser must not take from another host: `__Host-session` with https.
pub(crate) fn name(web: &Web, short: &str) -> String {
    if web.config.secure_cookies { format!("__Host-{short}") } else { short.to_owned() }
}

/// The value of a cookie, percent-decoded.
pub(crate) fn get(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(found, _)| *found == name)?;
    Some(percent_encoding::percent_decode_str(value).decode_utf8_lossy().into_owned())
}

/// Adds `Set-Cookie`: for this host, all paths, not for scripts, not with requests from other sites.
/// `seconds` is its life; `None` ends with the browser, zero removes it.
pub(crate) fn set(web: &Web, headers: &mut HeaderMap, name: &str, value: &str, seconds: Option<i64>) {
    let mut made = Cookie::new(name.to_owned(), value.to_owned());
    made.set_path("/");
    made.set_http_only(true);
    made.set_same_site(SameSite::Lax);
    made.set_secure(web.config.secure_cookies);
    if let Some(seconds) = seconds {
        made.set_max_age(cookie::time::Duration::seconds(seconds));
    }
    if let Ok(line) = HeaderValue::from_str(&made.encoded().to_string()) {
        headers.append(header::SET_COOKIE, line);
    }
}
