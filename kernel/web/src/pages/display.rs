//! Size of letters and contrast, without script: a cookie set by a small form.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use serde::Deserialize;

use super::sign_in::{Next, safe_next};
use crate::{Answer, Display, Form, Page, Query, Web, cookies, html};

#[derive(Debug, Template)]
#[template(path = "display.html")]
struct DisplayPage {
    page: Page,
    next: String,
}

pub(super) async fn page(page: Page, Query(next): Query<Next>) -> Answer {
    html(&DisplayPage { page: page.titled("web.display.title"), next: safe_next(&next.next, "/") })
}

#[derive(Debug, Deserialize)]
pub(super) struct Chosen {
    #[serde(default)]
    text: u8,
    #[serde(default)]
    contrast: String,
    #[serde(default)]
    next: String,
}

pub(super) async fn submit(State(web): State<Web>, Form(chosen): Form<Chosen>) -> Answer {
    let display = Display { text: chosen.text.min(Display::LARGEST), high_contrast: chosen.contrast == "more" };
    let mut response = Redirect::to(&safe_next(&chosen.next, "/")).into_response();
    cookies::set(&web, response.headers_mut(), "display", &display.value(), Some(365 * 24 * 3_600));
    Ok(response)
}
