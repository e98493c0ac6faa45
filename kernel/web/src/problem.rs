//! The one place where an [`Error`] becomes an HTTP answer.
//!
//! A handler returns [`Problem`]; the outermost layer (see `present.rs`) knows who asked and makes of it
//! `application/problem+json` (RFC 9457), a fragment or a page.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use kernel_base::{Error, Kind, Lang};
use serde_json::{Value, json};

/// What a handler answers: `async fn page(..) -> Answer`.
pub type Answer<T = Response> = Result<T, Problem>;

/// An error on its way to the visitor.
#[derive(Debug, Clone)]
pub struct Problem(pub Error);

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl From<askama::Error> for Problem {
    fn from(error: askama::Error) -> Self {
        Self(Error::internal(format!("template: {error}")))
    }
}

/// HTTP status of a kind of trouble.
pub fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Conflict | Kind::Stale => StatusCode::CONFLICT,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The status of an error; a request that cannot be read at all is 400, an unknown method 405, a slow body 408.
pub(crate) fn status_of(error: &Error) -> StatusCode {
    match error.code {
        "malformed" => StatusCode::BAD_REQUEST,
        "wrong_method" => StatusCode::METHOD_NOT_ALLOWED,
        "too_slow" => StatusCode::REQUEST_TIMEOUT,
        "wrong_media_type" => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        _ => status(error.kind),
    }
}

/// The body of `application/problem+json`.
pub fn problem_json(error: &Error, lang: Lang) -> Value {
    let status = status_of(error);
    let errors: Vec<Value> = error
        .fields
        .iter()
        .map(|fault| json!({ "field": fault.field, "code": fault.code, "message": fault.message.say(lang) }))
        .collect();
    let mut body = json!({
        "type": format!("urn:chuyendong:problem:{}", error.code),
        "title": title(error.kind, lang),
        "status": status.as_u16(),
        "code": error.code,
        "detail": error.say(lang),
        "errors": errors,
    });
    if let (Some(current), Some(members)) = (&error.current, body.as_object_mut()) {
        members.insert("current".to_owned(), current.clone());
    }
    body
}

/// Seconds after which another try makes sense.
pub(crate) fn retry_after(error: &Error) -> Option<u64> {
    match error.kind {
        Kind::TooMany => error.current.as_ref().and_then(|now| now["retry_after"].as_u64()).or(Some(60)),
        Kind::Unavailable => Some(5),
        _ => None,
    }
}

/// A short name of the kind of trouble, for the title of a page.
pub(crate) fn title(kind: Kind, lang: Lang) -> &'static str {
    let (vi, en) = match kind {
        Kind::NotFound => ("Không tìm thấy", "Not found"),
        Kind::Unauthenticated => ("Cần đăng nhập", "Sign-in needed"),
        Kind::Forbidden => ("Bạn không có quyền làm việc này", "You may not do this"),
        Kind::Invalid => ("Cần sửa thông tin", "Please correct what you entered"),
        Kind::Conflict | Kind::Stale => ("Dữ liệu đã thay đổi", "This has changed"),
        Kind::TooLarge => ("Dữ liệu quá lớn", "Too large"),
        Kind::TooMany => ("Thử quá nhiều lần", "Too many attempts"),
        Kind::Unavailable => ("Hệ thống đang bận", "The system is busy"),
        Kind::Internal => ("Máy chủ gặp sự cố", "The server failed"),
    };
    if lang == Lang::En { en } else { vi }
}

impl IntoResponse for Problem {
    /// JSON in Vietnamese; the outermost layer finds the error in the extensions and presents it as the visitor needs.
    fn into_response(self) -> Response {
        let mut response = json_response(&self.0, Lang::Vi);
        response.extensions_mut().insert(self.0);
        response
    }
}

pub(crate) fn json_response(error: &Error, lang: Lang) -> Response {
    let mut response = (status_of(error), Json(problem_json(error, lang))).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if error.kind == Kind::Unauthenticated {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(seconds) = retry_after(error) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

#[cfg(test)]
mod tests {
    use kernel_base::FieldError;

    use super::*;

    #[test]
    fn a_problem_names_its_fields_and_keeps_the_inside_message_inside() {
        let fault = FieldError::new("child_name", "required", ("Hãy nhập họ tên trẻ.", "Enter the child's name."));
        let body = problem_json(&Error::invalid(vec![fault]).with_inside("secret"), Lang::Vi);
        assert_eq!(body["status"], 422);
        assert_eq!(body["errors"][0]["message"], "Hãy nhập họ tên trẻ.");
        assert!(!body.to_string().contains("secret"));
        let english = problem_json(&Error::unauthenticated(), Lang::En);
        assert_eq!(english["detail"], "Sign in to do this.");
    }

    #[test]
    fn a_busy_system_says_when_to_come_back() {
        let response = Problem(Error::unavailable("queue full")).into_response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()[header::RETRY_AFTER], "5");
        let response = Problem(crate::limits::too_many(std::time::Duration::from_secs(7))).into_response();
        assert_eq!(response.headers()[header::RETRY_AFTER], "8");
    }
}
