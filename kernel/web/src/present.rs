//! The outermost layer: knows the visitor, checks tokens of forms, presents errors, adds headers, measures.

use std::{panic::AssertUnwindSafe, time::Instant};

use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use kernel_base::{Error, Kind};
use tower_http::{
    compression::{
        CompressionLayer, Predicate,
        predicate::{DefaultPredicate, NotForContentType},
    },
    timeout::TimeoutBody,
};

use crate::{Context, Web, cookies, csrf, headers, pages::error::error_page, problem, problem::json_response};

const COMPRESSED_ALREADY: NotForContentType = NotForContentType::const_new("font/");

/// Gives a router its state and all layers; nothing else may be added outside.
pub fn finish(router: Router<Web>, web: Web) -> Router {
    let limit = web.config.body_limit;
    router
        .fallback(|| async { by_status(StatusCode::NOT_FOUND).pipe_problem() })
        .layer(DefaultBodyLimit::max(limit))
        .layer(middleware::from_fn_with_state(web.clone(), every_request))
        .layer(CompressionLayer::new().gzip(true).compress_when(DefaultPredicate::new().and(COMPRESSED_ALREADY)))
        .with_state(web)
}

trait PipeProblem {
    fn pipe_problem(self) -> crate::Problem;
}

impl PipeProblem for Error {
    fn pipe_problem(self) -> crate::Problem {
        crate::Problem(self)
    }
}

async fn every_request(State(web): State<Web>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("none", |path| path.as_str()).to_owned();
    let (context, mut response) = answer(&web, request, next).await;
    if let Some(context) = &context {
        response = present(&web, context, &method, response);
        finish_cookies(&web, context, response.headers_mut());
        if let Ok(id) = HeaderValue::from_str(&context.request_id) {
            response.headers_mut().insert("x-request-id", id);
        }
    }
    headers::secure(&web, response.headers_mut());
    measure(&method, &route, response.status(), started, context.as_ref());
    response
}

/// Runs the handler; a panic becomes an `Internal` error.
async fn answer(web: &Web, request: Request, next: Next) -> (Option<Context>, Response) {
    let (parts, body) = request.into_parts();
    let context = match Context::of(web, &parts).await {
        Ok(context) => context,
        // A wrong or expired bearer token, or a database that is away: answer as JSON or by a bare page.
        Err(error) => return (None, without_context(parts.uri.path(), &error)),
    };
    // A sender that stops in the middle of a body is let go.
    let idle = web.config.request_timeout;
    let request = Request::from_parts(parts, Body::new(TimeoutBody::new(idle, Box::pin(body))));
    let limit = if csrf::is_large(&request) { web.config.request_timeout * 30 } else { web.config.request_timeout };
    // The time for the whole covers the look for the token too, which reads the body of a form.
    let whole = async {
        match csrf::check(web, &context, request).await {
            Ok(mut request) => {
                request.extensions_mut().insert(context.clone());
                next.run(request).await
            }
            Err(error) => crate::Problem(error).into_response(),
        }
    };
    let response = match AssertUnwindSafe(tokio::time::timeout(limit, whole)).catch_unwind().await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => crate::Problem(Error::unavailable("the request took too long")).into_response(),
        Err(_) => crate::Problem(Error::internal("the handler panicked")).into_response(),
    };
    (Some(context), response)
}

fn without_context(path: &str, error: &Error) -> Response {
    let lang = kernel_base::Lang::Vi;
    log(error, "-");
    if path.starts_with("/api/") {
        return json_response(error, lang);
    }
    (problem::status_of(error), axum::response::Html(crate::pages::error::bare_page(error))).into_response()
}

/// Makes of an error what the visitor can read: JSON, a fragment, a page or the way to the sign-in page.
fn present(web: &Web, context: &Context, method: &Method, mut response: Response) -> Response {
    let status = response.status();
    let error = response.extensions_mut().remove::<Error>().or_else(|| unspoken(&response).then(|| by_status(status)));
    let Some(error) = error else { return response };
    log(&error, &context.request_id);
    if context.api {
        return json_response(&error, context.lang);
    }
    if error.kind == Kind::Unauthenticated && !context.fragment {
        return crate::pages::sign_in::send_there(context, method);
    }
    let mut presented = error_page(web, context, &error);
    if let Some(seconds) = problem::retry_after(&error) {
        presented.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    presented
}

/// True for the bare or plain-text refusals of the router itself (404, 405, 408, 413, 415).
fn unspoken(response: &Response) -> bool {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    (status.is_client_error() || status.is_server_error()) && (kind.is_empty() || kind.starts_with("text/plain"))
}

/// The error for a bare HTTP status.
pub(crate) fn by_status(status: StatusCode) -> Error {
    match status {
        StatusCode::NOT_FOUND => Error::not_found(
            "no_such_page",
            (
                "Không có trang này. Hãy kiểm tra lại địa chỉ hoặc về trang chủ để tìm thủ tục.",
                "There is no such page. Check the address, or search from the home page.",
            ),
        ),
        StatusCode::METHOD_NOT_ALLOWED => Error::new(
            Kind::Invalid,
            "wrong_method",
            (
                "Địa chỉ này không nhận kiểu yêu cầu đó. Hãy về trang trước.",
                "This address does not take that method. Go back.",
            ),
        ),
        StatusCode::PAYLOAD_TOO_LARGE => Error::new(
            Kind::TooLarge,
            "too_large",
            (
                "Dữ liệu gửi lên quá lớn. Hãy giảm bớt hoặc chia thành nhiều lần gửi.",
                "What you sent is too large. Send less, or in several parts.",
            ),
        ),
        StatusCode::REQUEST_TIMEOUT => Error::new(
            Kind::Unavailable,
            "too_slow",
            (
                "Kết nối quá chậm, máy chủ chưa nhận đủ dữ liệu. Hãy gửi lại.",
                "The connection was too slow. Send it again.",
            ),
        ),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Error::new(
            Kind::Invalid,
            "wrong_media_type",
            (
                "Máy chủ không nhận kiểu dữ liệu này. Hãy gửi application/json.",
                "This type is not taken. Send application/json.",
            ),
        ),
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
            crate::extract::malformed("refused by the router")
        }
        StatusCode::SERVICE_UNAVAILABLE => Error::unavailable("refused by the router"),
        other => Error::internal(format!("bare status {other}")),
    }
}

fn log(error: &Error, request_id: &str) {
    match error.kind {
        Kind::Internal => tracing::error!(request_id, code = error.code, inside = error.inside.as_deref(), "failed"),
        Kind::Unavailable => {
            tracing::warn!(request_id, code = error.code, inside = error.inside.as_deref(), "unavailable")
        }
        Kind::Forbidden | Kind::Unauthenticated | Kind::TooMany => {
            tracing::info!(request_id, code = error.code, inside = error.inside.as_deref(), "refused");
        }
        _ => tracing::debug!(request_id, code = error.code, inside = error.inside.as_deref(), "refused"),
    }
}

/// Remembers a new visitor's id when a page (and so a form's token) was made, and forgets a flash that was shown.
fn finish_cookies(web: &Web, context: &Context, headers: &mut HeaderMap) {
    if context.made_page() {
        if let (true, Some(visit)) = (context.new_visit, &context.visit) {
            cookies::set(web, headers, &cookies::name(web, "visit"), visit, None);
        }
        if context.flash.is_some() {
            cookies::set(web, headers, "flash", "", Some(0));
        }
    }
    if context.path.contains("lang=") {
        cookies::set(web, headers, "lang", context.lang.code(), Some(365 * 24 * 3_600));
    }
}

fn measure(method: &Method, route: &str, status: StatusCode, started: Instant, context: Option<&Context>) {
    let took = started.elapsed();
    let labels = [("method", method.to_string()), ("route", route.to_owned()), ("status", status.as_str().to_owned())];
    metrics::counter!("http_requests_total", &labels).increment(1);
    metrics::histogram!("http_request_seconds", &labels[..2]).record(took.as_secs_f64());
    let request_id = context.map_or("-", |context| context.request_id.as_str());
    let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(target: "http", request_id, %method, route, status = status.as_u16(), millis);
}
