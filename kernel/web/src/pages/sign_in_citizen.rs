//! Sign-in of citizens: phone or e-mail, then a one-time code.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use http::{HeaderMap, StatusCode};
use kernel_base::{FieldError, Kind};
use kernel_contract::SignOnAudience;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::{
    sign_in::{Next, keep_session, safe_next},
    sign_on::{Way, ways},
};
use crate::{
    Answer, Bucket, Context, Form, Page, Query, Web,
    accounts::{self, CodesADay, Contact, Opened},
    config::random_bytes,
    cookies, html, html_with,
};

/// Whom the code went to, for the page that asks for it: an address in a URL would stand in logs and histories.
const CONTACT_COOKIE: &str = "sign-in-contact";
/// As long as a code lives.
const CONTACT_SECONDS: i64 = 10 * 60;

#[derive(Debug, Template)]
#[template(path = "sign_in_contact.html")]
struct ContactPage {
    page: Page,
    next: String,
    contact: String,
    providers: Vec<Way>,
}

pub(super) async fn contact_page(State(web): State<Web>, page: Page, Query(next): Query<Next>) -> Answer {
    let providers = ways(&web, SignOnAudience::Citizens, &page, &next.next);
    html(&ContactPage { page: page.titled("web.sign_in.title"), next: next.next, contact: String::new(), providers })
}

#[derive(Debug, Deserialize)]
pub(super) struct TypedContact {
    #[serde(default)]
    contact: String,
    #[serde(default)]
    next: String,
}

pub(super) async fn send_code(
    State(web): State<Web>,
    context: Context,
    page: Page,
    Form(typed): Form<TypedContact>,
) -> Answer {
    let page = page.titled("web.sign_in.title");
    let again = |page: Page| {
        let providers = ways(&web, SignOnAudience::Citizens, &page, &typed.next);
        let shown = ContactPage { page, next: typed.next.clone(), contact: typed.contact.clone(), providers };
        html_with(StatusCode::UNPROCESSABLE_ENTITY, &shown)
    };
    let contact = match Contact::parse(&typed.contact) {
        Ok(contact) => contact,
        Err(fault) => return again(page.with_errors(&[fault])),
    };
    match make_code(&web, &context, &contact).await {
        Ok(()) => {
            let next = utf8_percent_encode(&typed.next, NON_ALPHANUMERIC);
            let mut response = Redirect::to(&format!("/sign-in/code?next={next}")).into_response();
            let cookie = cookies::name(&web, CONTACT_COOKIE);
            cookies::set(&web, response.headers_mut(), &cookie, contact.as_str(), Some(CONTACT_SECONDS));
            Ok(response)
        }
        Err(error) if matches!(error.kind, Kind::TooMany | Kind::Invalid) => again(page.with_error(&error)),
        Err(error) => Err(error.into()),
    }
}

async fn make_code(web: &Web, context: &Context, contact: &Contact) -> kernel_base::Result<()> {
    web.limit(Bucket::SendCode, &format!("address {}", context.address))?;
    web.limit(Bucket::SendCode, &format!("contact {}", contact.as_str()))?;
    let number = u64::from_be_bytes(random_bytes::<8>()?) % 1_000_000;
    let code = format!("{number:06}");
    let hash = code_hash(web, contact, &code);
    let body =
        format!("Mã đăng nhập Chuyển Động của bạn là {code}, có hiệu lực 10 phút. Không đưa mã này cho bất kỳ ai.");
    let (demo, contact) = (web.config.demo, contact.clone());
    let a_day = CodesADay { contact_hash: contact_hash(web, &contact), most: web.config.limits.codes_a_day };
    web.write(move |tx| accounts::request_code(tx, &contact, (&code, &hash), demo.then_some(body.as_str()), &a_day))
        .await
}

fn contact_hash(web: &Web, contact: &Contact) -> String {
    web.secrets.seal("sign-in codes of a day", contact.as_str())
}

fn code_hash(web: &Web, contact: &Contact, code: &str) -> String {
    web.secrets.seal("sign-in code", &format!("{}\n{code}", contact.as_str()))
}

#[derive(Debug, Template)]
#[template(path = "sign_in_code.html")]
struct CodePage {
    page: Page,
    next: String,
    contact: String,
    masked: String,
    demo: bool,
}

pub(super) async fn code_page(
    State(web): State<Web>,
    headers: HeaderMap,
    page: Page,
    Query(query): Query<Next>,
) -> Answer {
    let kept = cookies::get(&headers, &cookies::name(&web, CONTACT_COOKIE)).unwrap_or_default();
    let Ok(contact) = Contact::parse(&kept) else { return Ok(Redirect::to("/sign-in").into_response()) };
    let page = page.titled("web.sign_in.code_title");
    html(&CodePage {
        page,
        next: query.next,
        contact: contact.as_str().to_owned(),
        masked: contact.masked(),
        demo: web.config.demo,
    })
}

#[derive(Debug, Deserialize)]
pub(super) struct TypedCode {
    #[serde(default)]
    contact: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

pub(super) async fn check_code(
    State(web): State<Web>,
    context: Context,
    page: Page,
    Form(typed): Form<TypedCode>,
) -> Answer {
    let Ok(contact) = Contact::parse(&typed.contact) else { return Ok(Redirect::to("/sign-in").into_response()) };
    let page = page.titled("web.sign_in.code_title");
    match open(&web, &context, &contact, &typed.code).await {
        Ok(opened) => {
            let mut response = Redirect::to(&safe_next(&typed.next, "/")).into_response();
            keep_session(&web, &context, &mut response, &opened).await?;
            cookies::set(&web, response.headers_mut(), &cookies::name(&web, CONTACT_COOKIE), "", Some(0));
            Ok(response)
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::TooMany) => {
            let shown = CodePage {
                page: page.with_error(&error),
                next: typed.next,
                contact: contact.as_str().to_owned(),
                masked: contact.masked(),
                demo: web.config.demo,
            };
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &shown)
        }
        Err(error) => Err(error.into()),
    }
}

async fn open(web: &Web, context: &Context, contact: &Contact, code: &str) -> kernel_base::Result<Opened> {
    let code: String = code.chars().filter(|c| !c.is_whitespace() && !matches!(c, '.' | '-')).collect();
    if code.is_empty() {
        let words = ("Hãy nhập mã 6 số trong tin nhắn.", "Enter the 6-digit code of the message.");
        return Err(kernel_base::Error::invalid(vec![FieldError::new("code", "required", words)]));
    }
    web.limit(Bucket::SignIn, &format!("address {}", context.address))?;
    let (hash, counted) = (code_hash(web, contact, &code), contact_hash(web, contact));
    let (browser, contact) = (context.browser(web, false), contact.clone());
    let outcome = web.write(move |tx| accounts::sign_in_citizen(tx, &contact, (&hash, &counted), &browser)).await?;
    outcome.opened()
}
