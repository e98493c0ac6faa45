//! An error as a page or as a fragment.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderValue, header};
use kernel_base::{Error, Kind, Lang};

use crate::{Context, Page, Web, problem};

#[derive(Debug, Template)]
#[template(path = "error.html")]
struct ErrorPage {
    page: Page,
    sentence: String,
    /// Faults that the page with the form could not show itself.
    faults: Vec<String>,
    /// Shown with what people report to the administrator.
    with_id: bool,
    may_sign_in: bool,
}

#[derive(Debug, Template)]
#[template(path = "error_fragment.html")]
struct ErrorFragment<'a> {
    sentence: &'a str,
    faults: Vec<String>,
}

/// The error as this visitor sees it.
pub(crate) fn error_page(web: &Web, context: &Context, error: &Error) -> Response {
    let status = problem::status_of(error);
    let sentence = error.say(context.lang).to_owned();
    let faults: Vec<String> = error.fields.iter().map(|fault| fault.message.say(context.lang).to_owned()).collect();
    let rendered = if context.fragment {
        ErrorFragment { sentence: &sentence, faults }.render()
    } else {
        let page = Page::of(web, context).with_title(problem::title(error.kind, context.lang));
        let with_id = matches!(error.kind, Kind::Internal | Kind::Unavailable);
        let may_sign_in = error.kind == Kind::Forbidden && error.code != "csrf";
        ErrorPage { page, sentence, faults, with_id, may_sign_in }.render()
    };
    let html = rendered.unwrap_or_else(|_| bare_page(error));
    let mut response = (status, Html(html)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The last resort: when not even the visitor is known or the template fails.
pub(crate) fn bare_page(error: &Error) -> String {
    let title = problem::title(error.kind, Lang::Vi);
    let (vi, en) = (askama_escape(error.say(Lang::Vi)), askama_escape(error.say(Lang::En)));
    format!(
        "<!doctype html><html lang=\"vi\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title} - Chuyển Động</title><main><h1>{title}</h1><p>{vi}</p><p lang=\"en\">{en}</p>\
         <p><a href=\"/\">Trang chủ</a></p></main></html>"
    )
}

fn askama_escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
