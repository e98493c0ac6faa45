//! Sign-on at a provider: the way there, the way back, which account it is for, and the way out.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use http::StatusCode;
use kernel_base::{Error, Kind, Result};
use kernel_contract::{SignOn, SignOnAudience, SignOnBegun, SignOnProvider, SignedOn};
use serde::Deserialize;

use super::sign_in::{Next, keep_session, safe_next};
use crate::{
    Answer, Bucket, Context, Form, Page, Query, Web,
    accounts::{self, Choice, Landed, Pending, token_hash},
    config::random_bytes,
    cookies, html, html_with,
};

/// The configured providers, for [`Web::with_extension`].
#[derive(Debug, Clone)]
pub struct SignOnDesk(pub Arc<dyn SignOn>);

/// A way to sign in, as a link.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) name: String,
    pub(super) href: String,
}

/// The providers for this audience.
pub(super) fn ways(web: &Web, audience: SignOnAudience, page: &Page, next: &str) -> Vec<Way> {
    let Some(desk) = web.optional::<SignOnDesk>() else { return Vec::new() };
    let providers = desk.0.providers().into_iter().filter(|provider| provider.audience == audience);
    let way = |provider: SignOnProvider| Way {
        name: provider.name.say(page.lang).to_owned(),
        href: format!("/sign-in/with/{}?next={}", provider.id, page.encoded(next)),
    };
    providers.map(way).collect()
}

fn provider(web: &Web, id: &str) -> Result<SignOnProvider> {
    let desk = web.optional::<SignOnDesk>();
    let found = desk.and_then(|desk| desk.0.providers().into_iter().find(|provider| provider.id == id));
    found.ok_or_else(|| crate::present::by_status(StatusCode::NOT_FOUND))
}

/// Asks a provider on a thread that may wait.
async fn ask<T: Send + 'static>(web: &Web, f: impl FnOnce(&dyn SignOn) -> Result<T> + Send + 'static) -> Result<T> {
    let desk = web.extension::<SignOnDesk>()?;
    let asked = tokio::task::spawn_blocking(move || f(desk.0.as_ref())).await;
    asked.map_err(|e| Error::internal(format!("sign-on: {e}")))?
}

fn entrance(audience: SignOnAudience) -> &'static str {
    match audience {
        SignOnAudience::Citizens => "/sign-in",
        SignOnAudience::Staff => "/staff/sign-in",
    }
}

#[derive(Debug, Template)]
#[template(path = "sign_on_refused.html")]
struct RefusedPage {
    page: Page,
    /// The way to try once more, and the page with the other ways.
    again: String,
    other: String,
}

/// Says what went wrong and what to do; nothing that was typed before is lost, because it is kept with the draft.
fn refuse(page: Page, provider: &SignOnProvider, next: &str, error: Error) -> Answer {
    match error.kind {
        Kind::Unauthenticated | Kind::Unavailable | Kind::NotFound | Kind::Forbidden | Kind::TooMany => {}
        _ => return Err(error.into()),
    }
    tracing::info!(
        request_id = page.request_id,
        provider = provider.id,
        code = error.code,
        inside = error.inside.as_deref(),
        "sign-on refused"
    );
    let next = page.encoded(next);
    let shown = RefusedPage {
        again: format!("/sign-in/with/{}?next={next}", provider.id),
        other: format!("{}?next={next}", entrance(provider.audience)),
        page: page.titled("web.sign_on.refused_title").with_error(&error),
    };
    let status = if error.kind == Kind::Unavailable { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::FORBIDDEN };
    html_with(status, &shown)
}

/// Sends the browser to the provider and keeps where the person was.
pub(super) async fn begin(
    State(web): State<Web>,
    context: Context,
    page: Page,
    Path(id): Path<String>,
    Query(next): Query<Next>,
) -> Answer {
    let provider = provider(&web, &id)?;
    if let Err(error) = web.limit(Bucket::SignIn, &format!("address {}", context.address)) {
        return refuse(page, &provider, &next.next, error);
    }
    let begun = match ask(&web, move |desk| desk.begin(&id)).await {
        Ok(begun) => begun,
        Err(error) => return refuse(page, &provider, &next.next, error),
    };
    let browser = match &context.sign_on {
        Some(secret) => secret.clone(),
        None => hex::encode(random_bytes::<16>()?),
    };
    let home = if provider.audience == SignOnAudience::Staff { "/staff" } else { "/my" };
    let pending = Pending {
        provider: provider.id,
        nonce: begun.nonce,
        verifier: begun.verifier,
        next: safe_next(&next.next, home),
        proved: None,
    };
    let (state, owner) = (token_hash(&begun.state), token_hash(&browser));
    web.write(move |tx| accounts::begin_sign_on(tx, &state, &owner, &pending)).await?;
    let mut response = Redirect::to(&begun.address).into_response();
    cookies::set(&web, response.headers_mut(), &cookies::name(&web, "sign-on"), &browser, Some(15 * 60));
    Ok(response)
}

/// What the provider sent back with the browser.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Returned {
    code: String,
    state: String,
    iss: Option<String>,
    error: String,
}

pub(super) async fn callback(
    State(web): State<Web>,
    context: Context,
    page: Page,
    Path(id): Path<String>,
    Query(returned): Query<Returned>,
) -> Answer {
    let provider = provider(&web, &id)?;
    let state = token_hash(&returned.state);
    let owner = token_hash(context.sign_on.as_deref().unwrap_or_default());
    let taken = {
        let (state, owner) = (state.clone(), owner.clone());
        web.write(move |tx| accounts::take_sign_on(tx, &state, &owner)).await?
    };
    // Begun in another browser, at another provider, already answered, or too long ago.
    let Some(pending) = taken.filter(|pending| pending.provider == provider.id && pending.proved.is_none()) else {
        return refuse(page, &provider, "", not_begun());
    };
    if !returned.error.is_empty() {
        let error = cancelled().with_inside(returned.error.chars().take(60).collect::<String>());
        return refuse(page, &provider, &pending.next, error);
    }
    match prove(&web, &pending, returned).await {
        Ok(on) => land(&web, &context, page, provider, on, (state, owner, pending)).await,
        Err(error) => refuse(page, &provider, &pending.next, error),
    }
}

async fn prove(web: &Web, pending: &Pending, returned: Returned) -> Result<SignedOn> {
    let begun = SignOnBegun {
        address: String::new(),
        state: returned.state,
        nonce: pending.nonce.clone(),
        verifier: pending.verifier.clone(),
    };
    let provider = pending.provider.clone();
    ask(web, move |desk| desk.finish(&provider, &begun, &returned.code, returned.iss.as_deref())).await
}

/// Opens the session, or asks first which account it is for.
async fn land(
    web: &Web,
    context: &Context,
    page: Page,
    provider: SignOnProvider,
    on: SignedOn,
    (state, owner, pending): (String, String, Pending),
) -> Answer {
    let next = pending.next.clone();
    let browser = context.browser(web, provider.audience == SignOnAudience::Staff);
    let (current, to) = (context.session_account(), provider.clone());
    let landed = web
        .write(move |tx| accounts::sign_on(tx, &to, &on, current.as_ref(), (&state, &pending), (&owner, &browser)))
        .await;
    match landed {
        Ok(Landed::In(opened)) => {
            let mut response = Redirect::to(&next).into_response();
            keep_session(web, context, &mut response, &opened).await?;
            cookies::set(web, response.headers_mut(), &cookies::name(web, "sign-on"), "", Some(0));
            Ok(response)
        }
        Ok(Landed::Ask) => Ok(Redirect::to("/sign-in/link").into_response()),
        Err(error) => refuse(page, &provider, &next, error),
    }
}

/// What a provider posts when somebody signed out there.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Ended {
    logout_token: String,
}

/// The provider's own word ends the sessions that were opened at it; nobody else is believed.
pub(super) async fn ended(
    State(web): State<Web>,
    context: Context,
    Path(id): Path<String>,
    Form(said): Form<Ended>,
) -> Answer {
    provider(&web, &id)?;
    let token = said.logout_token;
    let ended = match ask(&web, move |desk| desk.ended(&id, &token)).await {
        // The specification wants 400 for a token that is not right.
        Err(error) if error.kind == Kind::Unauthenticated => {
            tracing::info!(inside = error.inside.as_deref(), "logout token refused");
            web.limit(Bucket::SignIn, &format!("sign-out {}", context.address))?;
            return Ok(StatusCode::BAD_REQUEST.into_response());
        }
        other => other?,
    };
    let sessions = web.write(move |tx| accounts::end_at_provider(tx, &ended)).await?;
    tracing::info!(sessions, "ended at the provider");
    Ok(StatusCode::OK.into_response())
}

fn not_begun() -> Error {
    Error::new(
        Kind::Unauthenticated,
        "sign_on_not_begun",
        (
            "Lần đăng nhập này không bắt đầu từ trình duyệt này, đã dùng rồi, hoặc đã quá 15 phút. Hãy đăng nhập lại.",
            "This sign-in was not begun in this browser, was used already, or is older than 15 minutes. Sign in again.",
        ),
    )
}

fn cancelled() -> Error {
    Error::new(
        Kind::Unauthenticated,
        "sign_on_cancelled",
        (
            "Bạn đã dừng đăng nhập ở bên kia. Bản nháp của bạn vẫn còn; hãy thử lại khi sẵn sàng.",
            "You stopped signing in over there. Your drafts are kept; try again when you are ready.",
        ),
    )
}

#[derive(Debug, Template)]
#[template(path = "sign_on_link.html")]
struct LinkPage {
    page: Page,
    /// Holder at the provider, by name, and the provider.
    holder: String,
    provider: String,
    /// The account that is signed in; empty = nobody is.
    current: String,
    /// The holder has an account here already.
    known: bool,
    /// The holder is an organisation, which the person who is signed in may represent.
    organisation: bool,
}

pub(super) async fn link_page(State(web): State<Web>, context: Context, page: Page) -> Answer {
    let owner = token_hash(context.sign_on.as_deref().unwrap_or_default());
    let current = context.session_account();
    let Some(waiting) = web.read(move |tx| accounts::waiting_sign_on(tx, &owner, current.as_ref())).await? else {
        return Ok(Redirect::to("/sign-in").into_response());
    };
    let name = |claim: &str| waiting.on.claims.get(claim).map(str::to_owned);
    let shown = provider(&web, &waiting.on.provider)?;
    html(&LinkPage {
        holder: name("business_name").or_else(|| name("name")).unwrap_or_default(),
        provider: shown.name.say(page.lang).to_owned(),
        current: waiting.current.map(|account| account.shown_name()).unwrap_or_default(),
        known: waiting.known,
        organisation: waiting.on.holder == kernel_contract::SignOnHolder::Organisation,
        page: page.titled("web.sign_on.link_title"),
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Chosen {
    choice: String,
}

pub(super) async fn link(State(web): State<Web>, context: Context, Form(chosen): Form<Chosen>) -> Answer {
    let owner = token_hash(context.sign_on.as_deref().unwrap_or_default());
    let current = context.session_account();
    let choice = if chosen.choice == "same" { Choice::Same } else { Choice::Separate };
    let browser = context.browser(&web, false);
    let (opened, next) =
        web.write(move |tx| accounts::choose_account(tx, &owner, current.as_ref(), choice, &browser)).await?;
    let mut response = Redirect::to(&next).into_response();
    keep_session(&web, &context, &mut response, &opened).await?;
    cookies::set(&web, response.headers_mut(), &cookies::name(&web, "sign-on"), "", Some(0));
    Ok(response)
}

/// Where signing out leads when the session was opened at a provider. A provider that is away stops nobody here.
pub(super) async fn leave_provider(web: &Web, opened_at: Option<(String, String)>) -> Option<String> {
    let (provider, id_token) = opened_at?;
    web.optional::<SignOnDesk>()?;
    match ask(web, move |desk| desk.end_session(&provider, &id_token)).await {
        Ok(address) => address,
        Err(error) => {
            tracing::info!(code = error.code, inside = error.inside.as_deref(), "the provider's session stays open");
            None
        }
    }
}

/// Back from the provider after signing out there too.
pub(super) async fn signed_out(State(web): State<Web>) -> Response {
    crate::redirect_saying(&web, "/", "web.sign_in.signed_out", &[])
}
