//! The owner asks to have the dossier back.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use kernel_base::Kind;
use kernel_web::{Answer, CitizenUser, Form, Page, Web, html_with, redirect_saying};

use super::{
    answer::Kept,
    status::{read, status_page},
};
use crate::{flow, model::WithdrawalRequest};

pub(super) async fn withdraw(
    State(web): State<Web>,
    page: Page,
    user: CitizenUser,
    Path(code): Path<String>,
    Form(typed): Form<Typed>,
) -> Answer {
    let (actor, wanted) = (user.actor.clone(), code.clone());
    let command = WithdrawalRequest { reason: typed.reason.clone() };
    match web.write(move |tx| flow::request_withdrawal(tx, &actor, &wanted, &command)).await {
        Ok(_) => Ok(redirect_saying(&web, &format!("/dossiers/{code}"), "status.withdraw.done", &[])),
        Err(error) if error.kind == Kind::Invalid && !error.fields.is_empty() => {
            let seen = read(&web, &user.actor, &code).await?;
            let shown = status_page(page, &seen, &error.fields, Kept::default(), &typed.reason);
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &shown)
        }
        Err(error) => Err(error.into()),
    }
}

/// The form of a withdrawal.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    reason: String,
}
