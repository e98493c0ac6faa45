//! Bearer tokens for programs.

use axum::extract::State;
use http::StatusCode;
use kernel_base::{Instant, Kind};
use serde::{Deserialize, Serialize};

use super::sign_in::by_password;
use crate::{Answer, Context, Json, Web, accounts, api::json};

/// Body of `POST /api/v1/tokens`.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenRequest {
    /// Sign-in name of the officer.
    account: String,
    password: String,
    /// The 6 digits that the authenticator shows now; each is good for one token.
    totp: String,
}

/// Answer of `POST /api/v1/tokens`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct TokenAnswer {
    /// For the header `Authorization: Bearer`.
    token: String,
    #[schema(value_type = String, format = DateTime)]
    expires: Instant,
}

/// Issues a bearer token to an officer.
#[utoipa::path(
    post, path = "/api/v1/tokens", tag = "sign-in", request_body = TokenRequest,
    responses((status = 201, body = TokenAnswer), (status = 401), (status = 422), (status = 429))
)]
pub(crate) async fn issue(State(web): State<Web>, context: Context, Json(body): Json<TokenRequest>) -> Answer {
    let account = by_password(&web, &context.address, &body.account, &body.password).await?;
    let life = web.config.token_life;
    let issue = if web.config.demo { accounts::issue_demo_token } else { accounts::issue_token };
    let issued = web.write(move |tx| issue(tx, &account, &body.totp, life)).await;
    let opened = issued.map_err(|mut error| {
        // To a program, a wrong code is a failed sign-in; the field still says which part.
        if error.kind == Kind::Invalid {
            error.kind = Kind::Unauthenticated;
        }
        error
    })?;
    Ok(json(StatusCode::CREATED, &TokenAnswer { token: opened.token, expires: opened.ends_at }))
}
