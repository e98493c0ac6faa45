//! The accessibility statement and the contact for security researchers.

use askama::Template;
use axum::{extract::State, response::IntoResponse};

use crate::{Answer, Page, Web, html};

#[derive(Debug, Template)]
#[template(path = "accessibility.html")]
struct Accessibility {
    page: Page,
}

pub(super) async fn accessibility(page: Page) -> Answer {
    html(&Accessibility { page: page.titled("web.accessibility.title") })
}

/// RFC 9116. The contact is a page of this server; an operator puts an own file before it.
pub(super) async fn security(State(web): State<Web>) -> impl IntoResponse {
    let base = &web.config.base_url;
    format!(
        "Contact: {base}/accessibility#contact\nPreferred-Languages: vi, en\nCanonical: {base}/.well-known/security.txt\n"
    )
}
