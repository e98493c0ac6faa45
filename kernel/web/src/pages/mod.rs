//! Pages of the kernel itself: sign-in, errors, display, accessibility, the demonstration's mailbox and components.

mod about;
mod account;
mod demo;
mod display;
pub(crate) mod error;
mod health;
mod help;
mod roles;
pub(crate) mod sign_in;
mod sign_in_citizen;
mod sign_on;
mod tokens;

pub use sign_on::SignOnDesk;

use axum::{
    Router,
    routing::{get, post},
};

use crate::{Web, assets};

/// Routes that every server has.
pub fn routes() -> Router<Web> {
    Router::new()
        .route("/assets/{name}", get(assets::serve))
        .route("/favicon.ico", get(assets::favicon))
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/sign-in", get(sign_in_citizen::contact_page).post(sign_in_citizen::send_code))
        .route("/sign-in/code", get(sign_in_citizen::code_page).post(sign_in_citizen::check_code))
        .route("/account", get(account::page))
        .route("/account/sessions", post(account::end_sessions))
        .route("/account/recovery-codes", post(account::recovery_codes))
        .route("/account/authenticator", post(account::authenticator))
        .route("/account/for", get(roles::page))
        .route("/account/for/switch", post(roles::switch))
        .route("/account/for/delegations", post(roles::delegate))
        .route("/account/for/representations", post(roles::represent))
        .route("/account/for/{mandate}", post(roles::answer))
        .route("/help", get(help::page).post(help::begin))
        .route("/help/consent", post(help::consent))
        .route("/help/end", post(help::end))
        .route("/staff/representations", get(roles::waiting))
        .route("/staff/representations/{mandate}", post(roles::confirm))
        .route("/staff/helpers", get(help::helpers).post(help::appoint))
        .route("/staff/helpers/{account}/dismiss", post(help::dismiss))
        .route("/sign-in/with/{provider}", get(sign_on::begin))
        .route("/sign-in/with/{provider}/callback", get(sign_on::callback))
        .route("/api/v1/sign-on/{provider}/logout", post(sign_on::ended))
        .route("/sign-in/link", get(sign_on::link_page).post(sign_on::link))
        .route("/sign-in/signed-out", get(sign_on::signed_out))
        .route("/staff/sign-in", get(sign_in::page).post(sign_in::submit))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/display", get(display::page).post(display::submit))
        .route("/accessibility", get(about::accessibility))
        .route("/.well-known/security.txt", get(about::security))
        .route("/api/v1/tokens", post(tokens::issue))
}

/// Routes of the demonstration only.
pub fn demo_routes() -> Router<Web> {
    Router::new()
        .route("/demo/mailbox", get(demo::mailbox))
        .route("/demo/components", get(demo::components))
        .route("/demo/components/staff", get(demo::staff_components))
}

/// Description of `POST /api/v1/tokens` for the OpenAPI document.
#[derive(Debug, utoipa::OpenApi)]
#[openapi(paths(tokens::issue), components(schemas(tokens::TokenRequest, tokens::TokenAnswer)))]
pub struct TokensApi;
