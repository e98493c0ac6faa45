//! Forms come from our own pages: every unsafe request with a cookie carries a token bound to the session
//! (or, before sign-in, to the cookie `visit`).
//!
//! The token is the first hidden field `csrf` of a form, or the header `X-CSRF-Token`. A request with a bearer token
//! carries no cookie's power and needs none. One without any cookie to the API needs none either: another site can
//! neither send JSON without asking (CORS) nor gain anything from it.

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
};
use futures_util::{StreamExt, stream};
use http::{HeaderMap, Method, StatusCode, header};
use kernel_base::{Error, Result};

use crate::{Context, Web, context::bearer, extract::malformed, present::by_status};

/// Bytes of a multipart body within which the token must come.
const PEEK: usize = 16 * 1024;

/// Where the token of a request must be.
#[derive(Debug)]
enum Place {
    /// None is needed, or it was in the header and is right.
    Nowhere,
    Form,
    Upload,
}

/// Lets the request through, its body untouched, or refuses it.
pub(crate) async fn check(web: &Web, context: &Context, request: Request) -> Result<Request> {
    match place(context, request.method(), request.headers())? {
        Place::Nowhere => Ok(request),
        Place::Form => urlencoded(web, context, request).await,
        Place::Upload => multipart(context, request).await,
    }
}

fn place(context: &Context, method: &Method, headers: &HeaderMap) -> Result<Place> {
    let unsafe_method = !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE);
    if !unsafe_method || bearer(headers).is_some() || (context.api && context.who.is_none()) {
        return Ok(Place::Nowhere);
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if text("sec-fetch-site") == "cross-site" {
        return Err(refused("sent by another site"));
    }
    let token = text("x-csrf-token");
    if !token.is_empty() {
        return if same(token, &context.csrf) { Ok(Place::Nowhere) } else { Err(refused("wrong token in the header")) };
    }
    if context.api {
        return Err(refused("no token in the header"));
    }
    let kind = text("content-type");
    if kind.starts_with("application/x-www-form-urlencoded") {
        Ok(Place::Form)
    } else if kind.starts_with("multipart/form-data") {
        Ok(Place::Upload)
    } else {
        Err(refused("neither a form nor a token"))
    }
}

/// True for bodies that may take minutes on a slow line.
pub(crate) fn is_large(request: &Request) -> bool {
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let length = length.and_then(|text| text.parse::<u64>().ok());
    let chunked = request.headers().contains_key(header::TRANSFER_ENCODING);
    chunked || length.is_some_and(|bytes| bytes > 64 * 1024)
}

async fn urlencoded(web: &Web, context: &Context, request: Request) -> Result<Request> {
    let (parts, body) = request.into_parts();
    let read = to_bytes(body, web.config.body_limit).await;
    let bytes = read.map_err(|error| by_status(StatusCode::PAYLOAD_TOO_LARGE).with_inside(error.to_string()))?;
    let token = bytes.split(|byte| *byte == b'&').find_map(|pair| pair.strip_prefix(b"csrf="));
    let token = token.and_then(|token| std::str::from_utf8(token).ok()).unwrap_or_default();
    if !same(token, &context.csrf) {
        return Err(refused("wrong or no token in the form"));
    }
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

/// Reads the beginning of the body, looks for the token, and puts the beginning back.
async fn multipart(context: &Context, request: Request) -> Result<Request> {
    let (parts, body) = request.into_parts();
    let mut rest = body.into_data_stream();
    let mut head: Vec<Bytes> = Vec::new();
    let mut seen: Vec<u8> = Vec::new();
    let found = loop {
        match token_in(&seen) {
            Some(token) => break same(&token, &context.csrf),
            None if seen.len() > PEEK => break false,
            None => {}
        }
        match rest.next().await {
            Some(chunk) => {
                let chunk = chunk.map_err(|error| malformed(format!("body: {error}")))?;
                seen.extend_from_slice(&chunk[..chunk.len().min(PEEK + 1)]);
                head.push(chunk);
            }
            None => break token_in(&seen).is_some_and(|token| same(&token, &context.csrf)),
        }
    };
    if !found {
        return Err(refused("wrong or no token in the upload"));
    }
    let body = Body::from_stream(stream::iter(head.into_iter().map(Ok::<_, axum::Error>)).chain(rest));
    Ok(Request::from_parts(parts, body))
}

fn token_in(seen: &[u8]) -> Option<String> {
    const MARK: &[u8] = b"name=\"csrf\"\r\n\r\n";
    let start = seen.windows(MARK.len()).position(|window| window == MARK)? + MARK.len();
    let value = seen.get(start..)?;
    let end = value.windows(2).position(|window| window == b"\r\n")?;
    std::str::from_utf8(value.get(..end)?).ok().map(str::to_owned)
}

fn same(a: &str, b: &str) -> bool {
    subtle::ConstantTimeEq::ct_eq(a.as_bytes(), b.as_bytes()).into()
}

fn refused(inside: &'static str) -> Error {
    Error::forbidden(
        "csrf",
        (
            "Trang này đã mở quá lâu hoặc bạn vừa đăng nhập lại. Hãy tải lại trang rồi gửi lại.",
            "This page was open for too long, or you signed in again meanwhile. Reload it and send again.",
        ),
    )
    .with_inside(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_of_an_upload_is_found_once_it_is_complete() {
        let start = b"--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nabc".to_vec();
        assert_eq!(token_in(&start), None);
        let whole = [start, b"\r\n--x\r\n".to_vec()].concat();
        assert_eq!(token_in(&whole).as_deref(), Some("abc"));
        assert_eq!(token_in(b""), None);
    }
}
