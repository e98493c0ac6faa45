//! One payment: on to the gateway, waiting for its word, done or not. Also where browsers come back to.

use askama::Template;
use axum::extract::{Path, State};
use kernel_contract::PayChannel;
use kernel_jobs::Job;
use kernel_web::{Answer, Bucket, Context, Page, Query, SignedIn, Web, html, redirect};
use serde::Deserialize;
use serde_json::json;

use super::view::{Seen, Try};
use crate::{flow, jobs, model::AttemptState, prepare};

#[derive(Debug, Template)]
#[template(path = "payment.html")]
struct PaymentPage {
    page: Page,
    it: Seen,
    paid: Try,
    /// The gateway's address; only while it waits.
    pay_url: String,
    /// The browser goes there by itself.
    goes: bool,
    /// The page asks again by itself.
    waits: bool,
    confirmed: bool,
    can_retry: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Going {
    go: String,
}

pub(super) async fn page(
    State(web): State<Web>,
    page: Page,
    SignedIn(actor): SignedIn,
    Path(reference): Path<String>,
    Query(going): Query<Going>,
) -> Answer {
    let (attempt, all) = web.read(move |tx| flow::attempt(tx, &actor, &reference)).await?;
    let waiting = attempt.state.is_waiting();
    let goes = going.go == "1" && attempt.state == AttemptState::Redirected;
    html(&PaymentPage {
        it: Seen::of(&page, &all),
        paid: Try::of(&page, &attempt),
        pay_url: if waiting { attempt.pay_url.clone() } else { String::new() },
        goes,
        waits: waiting && !goes,
        confirmed: attempt.state == AttemptState::Confirmed,
        can_retry: attempt.can_retry() && all.open_amount() > 0,
        page: page.titled("payments.payment.title"),
    })
}

/// A browser comes back from a gateway. What it brings proves nothing and marks nothing as paid; it only leads to the
/// payment's page, and lets the gateway be asked at once about a payment that waits. Anybody can call this without
/// signing in: what names no such payment writes nothing, and who comes too often waits for the next regular round.
pub(super) async fn returned(
    State(web): State<Web>,
    context: Context,
    Path(channel): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
) -> Answer {
    let Some(channel) = PayChannel::parse(&channel).filter(|c| c.is_online()) else { return Ok(redirect("/my")) };
    let Some(reference) = prepare::gateway(&web, channel)?.returned(&query) else { return Ok(redirect("/my")) };
    let plain = !reference.is_empty() && reference.len() <= 64 && reference.bytes().all(|b| b.is_ascii_alphanumeric());
    if !plain {
        return Ok(redirect("/my"));
    }
    let asked = reference.clone();
    let seldom = web.limit(Bucket::LookUp, &format!("return {}", context.address)).is_ok();
    if seldom && web.read(move |tx| flow::is_waiting(tx, channel, &asked)).await? {
        let asked = reference.clone();
        web.write(move |tx| {
            let job = Job::new(jobs::ASK, json!({ "reference": asked })).key(asked.clone());
            kernel_jobs::enqueue(tx, job).map(drop)
        })
        .await?;
    }
    Ok(redirect(&format!("/payments/{reference}")))
}
