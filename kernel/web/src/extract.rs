//! Arguments of handlers: who is signed in, forms, JSON.

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    response::{IntoResponse, Response},
};
use http::request::Parts;
use kernel_base::{Error, Kind};
use kernel_org::{Actor, CitizenActor, OfficerActor};
use serde::de::DeserializeOwned;

use crate::{Context, Problem};

/// Anyone, signed in or not.
#[derive(Debug, Clone)]
pub struct Visitor(pub Option<Actor>);

/// Anyone who is signed in; others are sent to the sign-in page (pages) or get 401 (API).
#[derive(Debug, Clone)]
pub struct SignedIn(pub Actor);

/// A signed-in officer; `actor` is the same one for use cases.
#[derive(Debug, Clone)]
pub struct StaffMember {
    pub actor: Actor,
    pub officer: OfficerActor,
}

/// A signed-in citizen or organisation; `actor` is the same one for use cases.
#[derive(Debug, Clone)]
pub struct CitizenUser {
    pub actor: Actor,
    pub citizen: CitizenActor,
}

async fn actor<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<Option<Actor>, Problem> {
    let context = Context::from_request_parts(parts, state).await?;
    Ok(context.who.map(|who| who.actor))
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        actor(parts, state).await.map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        actor(parts, state).await?.map(Self).ok_or_else(|| Error::unauthenticated().into())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for StaffMember {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let SignedIn(actor) = SignedIn::from_request_parts(parts, state).await?;
        match actor.officer().cloned() {
            Some(officer) => Ok(Self { actor, officer }),
            None => Err(Error::forbidden(
                "officers_only",
                (
                    "Trang này dành cho cán bộ. Hãy đăng xuất rồi đăng nhập bằng tài khoản cán bộ.",
                    "This page is for officers. Sign out, then sign in with an officer's account.",
                ),
            )
            .into()),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for CitizenUser {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let SignedIn(actor) = SignedIn::from_request_parts(parts, state).await?;
        match actor.citizen().cloned() {
            Some(citizen) => Ok(Self { actor, citizen }),
            None => Err(Error::forbidden(
                "citizens_only",
                (
                    "Trang này dành cho người dân. Hãy đăng xuất tài khoản cán bộ rồi đăng nhập bằng số điện thoại hoặc thư điện tử.",
                    "This page is for citizens. Sign out of the officer's account, then sign in with a phone number or an e-mail.",
                ),
            )
            .into()),
        }
    }
}

/// An HTML form (`application/x-www-form-urlencoded`). Its token was checked before.
#[derive(Debug, Clone)]
pub struct Form<F>(pub F);

impl<F: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<F> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let form = axum::extract::Form::<F>::from_request(request, state).await;
        form.map(|form| Self(form.0)).map_err(|rejection| unreadable(&rejection.into_response(), "form"))
    }
}

/// All fields of an HTML form in their order, for forms whose fields are data.
#[derive(Debug, Clone, Default)]
pub struct Fields(pub Vec<(String, String)>);

impl Fields {
    /// The first value of a field.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// All values of a field, as of several ticked boxes.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let Form(fields) = Form::<Vec<(String, String)>>::from_request(request, state).await?;
        Ok(Self(fields.into_iter().filter(|(name, _)| name != "csrf").collect()))
    }
}

/// The query of an address; a wrong one is a 400 that says so.
#[derive(Debug, Clone)]
pub struct Query<Q>(pub Q);

impl<Q: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<Q> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = axum::extract::Query::<Q>::from_request_parts(parts, state).await;
        query.map(|query| Self(query.0)).map_err(|rejection| unreadable(&rejection.into_response(), "query"))
    }
}

/// What axum refused, in our words.
fn unreadable(rejection: &Response, what: &'static str) -> Problem {
    Problem(crate::present::by_status(rejection.status()).with_inside(what))
}

/// A request that cannot be read at all (400).
pub(crate) fn malformed(inside: impl Into<String>) -> Error {
    Error::new(
        Kind::Invalid,
        "malformed",
        (
            "Máy chủ không đọc được yêu cầu này. Hãy tải lại trang rồi gửi lại.",
            "The server cannot read this request. Reload the page and send it again.",
        ),
    )
    .with_inside(inside)
}
