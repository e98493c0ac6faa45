//! The counter: what a dossier owes, the QR code for a transfer, receipts and their cancellation.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use kernel_base::{Error, Kind};
use kernel_contract::Beneficiary;
use kernel_org::Actor;
use kernel_web::{Answer, Form, Markup, Page, StaffMember, Web, html, html_with, redirect_saying};
use serde::Deserialize;

use super::view::Seen;
use crate::{
    flow,
    model::{CancelReceipt, bank_reference, vietqr},
};

#[derive(Debug, Template)]
#[template(path = "payments_counter.html")]
struct CounterPage {
    page: Page,
    it: Seen,
    to: Beneficiary,
    /// What the transfer must name.
    purpose: String,
    qr: Option<Markup>,
    may_take: bool,
    may_cancel: bool,
}

pub(super) async fn page(State(web): State<Web>, page: Page, staff: StaffMember, Path(code): Path<String>) -> Answer {
    html(&shown(&web, page, staff.actor, code).await?)
}

async fn shown(web: &Web, page: Page, actor: Actor, code: String) -> Result<CounterPage, Error> {
    let all = web.read(move |tx| flow::payments(tx, &actor, &code)).await?;
    let it = Seen::of(&page, &all);
    let to = Beneficiary::clone(&*web.extension::<Beneficiary>()?);
    let purpose = bank_reference(&it.code);
    let wanted = it.open > 0 && !to.account.is_empty();
    let qr = if wanted { Some(Markup(kernel_documents::qr_svg(&vietqr(&to, Some(it.open), &purpose))?)) } else { None };
    Ok(CounterPage {
        to,
        purpose,
        qr,
        may_take: all.may_take && it.open > 0,
        may_cancel: all.may_cancel_receipt,
        it,
        page: page.titled("payments.counter.title").wide(),
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Cancelled {
    receipt: String,
    reason: String,
}

/// Cancels a wrong receipt; the next number takes its place.
pub(super) async fn cancel(
    State(web): State<Web>,
    page: Page,
    staff: StaffMember,
    Path(code): Path<String>,
    Form(typed): Form<Cancelled>,
) -> Answer {
    let (actor, command) = (staff.actor.clone(), CancelReceipt { reason: typed.reason });
    let id = typed.receipt;
    match web.write(move |tx| flow::cancel_receipt(tx, &actor, &id, &command)).await {
        Ok(again) => {
            let number = again.full_number();
            let path = format!("/staff/fees/{code}");
            Ok(redirect_saying(&web, &path, "payments.counter.cancelled", &[("number", number.as_str())]))
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            let page = page.with_error(&error);
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &shown(&web, page, staff.actor, code).await?)
        }
        Err(error) => Err(error.into()),
    }
}
