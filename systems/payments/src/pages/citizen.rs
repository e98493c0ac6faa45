//! What a citizen owes, why, and the button to pay.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use kernel_base::{Error, Kind};
use kernel_contract::{Gateways, PayChannel};
use kernel_org::Actor;
use kernel_web::{Answer, CitizenUser, Form, Page, SignedIn, Web, html, html_with, redirect};
use serde::Deserialize;

use super::view::Seen;
use crate::{flow, prepare};

#[derive(Debug, Template)]
#[template(path = "payments_citizen.html")]
struct FeesPage {
    page: Page,
    it: Seen,
    /// Word and name of each way to pay online.
    channels: Vec<(&'static str, String)>,
    chosen: String,
    may_pay: bool,
    /// Reference of the payment that waits for its gateway.
    waiting: Option<String>,
    /// Why the last try failed, in plain words.
    failed: String,
    can_retry: bool,
    /// What the national portal finds the fees by (MaTraCuuTT).
    lookup: String,
}

pub(super) async fn page(
    State(web): State<Web>,
    page: Page,
    SignedIn(actor): SignedIn,
    Path(code): Path<String>,
) -> Answer {
    if actor.officer().is_some() {
        return Ok(redirect(&format!("/staff/fees/{code}")));
    }
    html(&shown(&web, page, actor, code, "").await?)
}

async fn shown(web: &Web, page: Page, actor: Actor, code: String, chosen: &str) -> Result<FeesPage, Error> {
    let all = web.read(move |tx| flow::payments(tx, &actor, &code)).await?;
    let offered = web.extension::<Gateways>()?.channels();
    let channels: Vec<_> = offered.iter().map(|c| (c.as_str(), page.t.w(&c.words()).to_owned())).collect();
    let first = channels.first().map(|(word, _)| (*word).to_owned()).unwrap_or_default();
    let last = all.attempts.last();
    let failed = last.filter(|a| a.can_retry() && all.open_amount() > 0).map(|a| page.t.w(&a.reason).to_owned());
    let it = Seen::of(&page, &all);
    Ok(FeesPage {
        lookup: crate::model::bank_reference(&it.code),
        it,
        chosen: if chosen.is_empty() { first } else { chosen.to_owned() },
        channels,
        may_pay: all.may_pay,
        waiting: all.waiting().map(|a| a.reference.clone()),
        failed: failed.unwrap_or_default(),
        can_retry: all.can_retry(),
        page: page.titled("payments.title"),
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Chosen {
    channel: String,
}

/// The button: makes or finds the payment, then goes to its page, which leads to the gateway.
pub(super) async fn pay(
    State(web): State<Web>,
    page: Page,
    user: CitizenUser,
    Path(code): Path<String>,
    Form(chosen): Form<Chosen>,
) -> Answer {
    let ip = page.context().address.clone();
    let started = match PayChannel::parse(&chosen.channel) {
        Some(channel) => prepare::start(&web, user.actor.clone(), code.clone(), channel, ip).await,
        None => {
            Err(Error::refused("channel", ("Hãy chọn một cách thanh toán trực tuyến.", "Choose a way to pay online.")))
        }
    };
    match started {
        Ok(attempt) => Ok(redirect(&format!("/payments/{}?go=1", attempt.reference))),
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Unavailable) => {
            let page = page.with_error(&error);
            let shown = shown(&web, page, user.actor, code, &chosen.channel).await?;
            html_with(kernel_web::status(error.kind), &shown)
        }
        Err(error) if error.code == "nothing_to_pay" => Ok(redirect(&format!("/dossiers/{code}/fees"))),
        Err(error) => {
            let page = page.with_error(&error);
            html_with(StatusCode::CONFLICT, &shown(&web, page, user.actor, code, &chosen.channel).await?)
        }
    }
}
