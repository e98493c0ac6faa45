//! Sign-in of officers, and sign-out.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::{Method, StatusCode};
use kernel_base::{Error, FieldError, Kind};
use kernel_contract::SignOnAudience;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::sign_on::{Way, leave_provider, ways};
use crate::{
    Answer, Bucket, Context, Form, Page, Query, Web,
    accounts::{self, Opened},
    cookies, html, html_with,
};

/// Where to go after sign-in.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Next {
    #[serde(default)]
    pub(super) next: String,
}

/// Only a path on this server; anything else is the start page.
pub(super) fn safe_next(next: &str, fallback: &str) -> String {
    let local = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n', '\t']);
    if local { next.to_owned() } else { fallback.to_owned() }
}

/// Sends a visitor who is not signed in to the right sign-in page and remembers where he was.
pub(crate) fn send_there(context: &Context, method: &Method) -> Response {
    let staff = context.path.starts_with("/staff");
    let page = if staff { "/staff/sign-in" } else { "/sign-in" };
    let next = if method == Method::GET { context.path.as_str() } else { "" };
    Redirect::to(&format!("{page}?next={}", utf8_percent_encode(next, NON_ALPHANUMERIC))).into_response()
}

#[derive(Debug, Template)]
#[template(path = "sign_in_staff.html")]
struct StaffSignIn {
    page: Page,
    next: String,
    account: String,
    providers: Vec<Way>,
}

pub(super) async fn page(State(web): State<Web>, page: Page, Query(next): Query<Next>) -> Answer {
    let providers = ways(&web, SignOnAudience::Staff, &page, &next.next);
    let page = page.titled("web.sign_in.staff_title");
    html(&StaffSignIn { page, next: next.next, account: String::new(), providers })
}

#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    account: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    totp: String,
    #[serde(default)]
    next: String,
}

/// Finds the account for a password; the same refusal for a wrong name and a wrong password.
pub(super) async fn by_password(
    web: &Web,
    address: &str,
    account: &str,
    password: &str,
) -> kernel_base::Result<kernel_org::AccountId> {
    let sign_in = account.trim().to_lowercase();
    web.limit(Bucket::SignIn, &format!("address {address}"))?;
    web.limit(Bucket::SignIn, &format!("account {sign_in}"))?;
    let found = web.read(move |tx| accounts::by_sign_in(tx, &sign_in)).await?.filter(|account| !account.disabled);
    let hash = found.as_ref().and_then(|account| account.password_hash.clone());
    if !accounts::check_password(password.to_owned(), hash).await {
        return Err(accounts::wrong_sign_in());
    }
    found.map(|account| account.id).ok_or_else(accounts::wrong_sign_in)
}

pub(super) async fn submit(State(web): State<Web>, context: Context, page: Page, Form(typed): Form<Typed>) -> Answer {
    let page = page.titled("web.sign_in.staff_title");
    let faults = missing(&typed);
    if !faults.is_empty() {
        return again(&web, page.with_errors(&faults), typed);
    }
    match open(&web, &context, &typed).await {
        Ok(opened) => {
            let mut response = Redirect::to(&safe_next(&typed.next, "/staff")).into_response();
            keep_session(&web, &context, &mut response, &opened).await?;
            Ok(response)
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Unauthenticated | Kind::TooMany) => {
            again(&web, page.with_error(&error), typed)
        }
        Err(error) => Err(error.into()),
    }
}

async fn open(web: &Web, context: &Context, typed: &Typed) -> kernel_base::Result<Opened> {
    let account = by_password(web, &context.address, &typed.account, &typed.password).await?;
    let (code, browser) = (typed.totp.clone(), context.browser(web, true));
    web.write(move |tx| accounts::open_staff_session(tx, &account, &code, &browser)).await
}

fn again(web: &Web, page: Page, typed: Typed) -> Answer {
    let providers = ways(web, SignOnAudience::Staff, &page, &typed.next);
    let shown = StaffSignIn { page, next: typed.next, account: typed.account, providers };
    html_with(StatusCode::UNPROCESSABLE_ENTITY, &shown)
}

fn missing(typed: &Typed) -> Vec<FieldError> {
    let fields = [
        ("account", &typed.account, ("Hãy nhập tên đăng nhập.", "Enter your account.")),
        ("password", &typed.password, ("Hãy nhập mật khẩu.", "Enter your password.")),
        (
            "totp",
            &typed.totp,
            ("Hãy nhập mã 6 số trong ứng dụng xác thực.", "Enter the 6-digit code of your authenticator app."),
        ),
    ];
    let empty = fields.into_iter().filter(|(_, value, _)| value.trim().is_empty());
    empty.map(|(name, _, words)| FieldError::new(name, "required", words)).collect()
}

/// Gives the browser the new session and ends the one it had.
pub(super) async fn keep_session(
    web: &Web,
    context: &Context,
    response: &mut Response,
    opened: &Opened,
) -> Result<(), Error> {
    if let Some(old) = context.who.as_ref().and_then(|who| who.session.clone()) {
        web.write(move |tx| accounts::sign_out(tx, &old)).await?;
    }
    // The cookie ends with the session at the latest; the database decides.
    cookies::set(web, response.headers_mut(), &cookies::name(web, "session"), &opened.token, None);
    Ok(())
}

pub(super) async fn sign_out(State(web): State<Web>, context: Context) -> Answer {
    let staff = context.who.as_ref().is_some_and(|who| who.actor.officer().is_some());
    let opened_at = match context.who.and_then(|who| who.session) {
        Some(hash) => web.write(move |tx| accounts::sign_out_of(tx, &hash)).await?,
        None => None,
    };
    let mut response = match leave_provider(&web, opened_at).await {
        Some(address) => Redirect::to(&address).into_response(),
        None => crate::redirect_saying(&web, if staff { "/staff/sign-in" } else { "/" }, "web.sign_in.signed_out", &[]),
    };
    cookies::set(&web, response.headers_mut(), &cookies::name(&web, "session"), "", Some(0));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_sign_in_nobody_is_sent_to_another_site() {
        assert_eq!(safe_next("/staff/inbox?x=1", "/"), "/staff/inbox?x=1");
        for evil in
            ["https://evil.example", "//evil.example", "/\\evil.example", "", "javascript:alert(1)", "/a\r\nX: y"]
        {
            assert_eq!(safe_next(evil, "/staff"), "/staff", "{evil}");
        }
    }
}
