//! Background work: asking gateways about payments that wait, sending refunds, reconciling the day before.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kernel_base::{Error, Instant, Kind, Result};
use kernel_contract::{Asked, GatewayEntry, Gateways, PayChannel, Question, Refunded};
use kernel_jobs::{Handler, JobContext, Schedule};
use kernel_org::Actor;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    flow::{self, Swept},
    model::Attempt,
};

/// Asks the gateways about every attempt that waits; with `{"reference"}` about one.
pub const ASK: &str = "payments.ask";
/// Carries out approved refunds.
pub const SEND_REFUNDS: &str = "payments.refunds";
/// Reconciles the day before.
pub const RECONCILE: &str = "payments.reconcile";

/// Minutes after which an attempt that waits is asked about.
const PATIENCE_MINUTES: i64 = 2;
/// A gateway that is silent so often in a row is left alone until the next round.
const SILENCES: usize = 3;

/// How often in a row each gateway gave no answer. One that is slow holds a worker up to its time limit at each call.
#[derive(Debug, Default)]
struct Silences(BTreeMap<PayChannel, usize>);

impl Silences {
    fn is_left_alone(&self, channel: PayChannel) -> bool {
        self.0.get(&channel).is_some_and(|times| *times >= SILENCES)
    }

    fn count(&mut self, channel: PayChannel, silent: bool) {
        let times = self.0.entry(channel).or_default();
        *times = if silent { *times + 1 } else { 0 };
    }
}

/// Handlers and schedules of payments.
#[must_use]
pub fn jobs(gateways: &Gateways) -> (Vec<Handler>, Vec<Schedule>) {
    let (one, two, three) = (gateways.clone(), gateways.clone(), gateways.clone());
    let handlers = vec![
        Handler::blocking(ASK, move |context, body| ask(context, &one, body)).lock_minutes(30),
        Handler::blocking(SEND_REFUNDS, move |context, _| send_refunds(context, &two)).lock_minutes(30),
        Handler::blocking(RECONCILE, move |context, _| reconcile_yesterday(context, &three)).lock_minutes(120),
    ];
    let schedules = vec![
        Schedule::every_minutes(ASK, 5),
        Schedule::every_minutes(SEND_REFUNDS, 15),
        Schedule::daily_at(RECONCILE, 1, 30),
    ];
    (handlers, schedules)
}

/// The question about an attempt; its number is new for each instant.
pub(crate) fn question(attempt: &Attempt, now: Instant) -> Question {
    let number = Sha256::digest(format!("{}/{}", attempt.reference, now.as_millis()).as_bytes());
    Question {
        reference: attempt.gateway_reference().to_owned(),
        created_at: attempt.created_at,
        now,
        request_id: hex::encode(number).chars().take(32).collect(),
    }
}

fn ask(context: &JobContext, gateways: &Gateways, body: &Value) -> Result<()> {
    let one = body.get("reference").and_then(Value::as_str).map(str::to_owned);
    let waiting = context.db.read_blocking(&context.home, move |tx| {
        let patience = if one.is_some() { 0 } else { PATIENCE_MINUTES };
        let before = tx.now().plus_minutes(-patience);
        let all = flow::waiting(tx, before, 500)?;
        Ok(all.into_iter().filter(|a| one.as_ref().is_none_or(|wanted| a.reference == *wanted)).collect::<Vec<_>>())
    })?;
    let mut silences = Silences::default();
    for attempt in waiting {
        if !silences.is_left_alone(attempt.channel) {
            let asked = ask_about(context, gateways, &attempt)?;
            silences.count(attempt.channel, matches!(asked, Asked::Silent { .. }));
        }
    }
    Ok(())
}

/// Asks about one attempt and records the answer.
fn ask_about(context: &JobContext, gateways: &Gateways, attempt: &Attempt) -> Result<Asked> {
    let Some(gateway) = gateways.get(attempt.channel) else {
        return Ok(Asked::Silent { reason: "this gateway is not configured".to_owned() });
    };
    let asked = gateway.ask(&question(attempt, context.db.clock().now()));
    let (reference, answer) = (attempt.reference.clone(), asked.clone());
    context.db.write_blocking(&context.home, move |tx| flow::heard(tx, &reference, &answer))?;
    Ok(asked)
}

fn send_refunds(context: &JobContext, gateways: &Gateways) -> Result<()> {
    let orders = context.db.read_blocking(&context.home, |tx| flow::refunds_to_send(tx, 100))?;
    let mut silences = Silences::default();
    for to_send in orders {
        let Some(gateway) = gateways.get(to_send.channel) else { continue };
        if silences.is_left_alone(to_send.channel) {
            continue;
        }
        let answer = gateway.refund(&to_send.order);
        silences.count(to_send.channel, matches!(answer, Refunded::Unknown { .. }));
        let id = to_send.refund;
        context.db.write_blocking(&context.home, move |tx| flow::refund_answered(tx, &id, &answer))?;
    }
    Ok(())
}

fn reconcile_yesterday(context: &JobContext, gateways: &Gateways) -> Result<()> {
    let day = context.db.clock().now().plus_hours(-24).vietnam().date();
    let days = context.db.read_blocking(&context.home, move |tx| flow::day_questions(tx, day))?;
    let mut silences = Silences::default();
    for (swept, attempts) in days {
        if silences.is_left_alone(swept.channel) {
            continue;
        }
        // A day that somebody has closed, or a gateway that is down, does not keep the others waiting.
        let swept_day = sweep(context, gateways, &Actor::System, &swept, &attempts);
        silences.count(swept.channel, swept_day.as_ref().is_err_and(|error| error.kind == Kind::Unavailable));
        if let Err(error) = swept_day {
            tracing::warn!(%error, agency = %swept.agency, channel = swept.channel.as_str(), "a day was not reconciled");
        }
    }
    Ok(())
}

/// Reconciles a day of an agency by asking the gateway about each of its attempts.
///
/// # Errors
/// `Unavailable` when the gateway did not answer about one of them; `Conflict` when the day is closed.
pub(crate) fn sweep(
    context: &JobContext,
    gateways: &Gateways,
    actor: &Actor,
    swept: &Swept,
    attempts: &[Attempt],
) -> Result<flow::DayView> {
    let mut theirs = Vec::new();
    for attempt in attempts {
        // A question names a reference: it says nothing of a second payment under it, which stands as it was told.
        if attempt.is_again() {
            theirs.push(paid(swept.day, attempt));
            continue;
        }
        match ask_about(context, gateways, attempt)? {
            Asked::Known(notice) => theirs.push(entry(swept.day, notice)),
            Asked::Returning if attempt.state.has_money() => theirs.push(paid(swept.day, attempt)),
            Asked::Returning | Asked::Waiting | Asked::NotKnown => {}
            Asked::Silent { reason } => return Err(silent(&reason)),
        }
    }
    let (actor, swept) = (actor.clone(), swept.clone());
    context.db.write_blocking(&context.home, move |tx| flow::reconcile(tx, &actor, &swept, &theirs, "query"))
}

fn entry(day: Date, notice: kernel_contract::PayNotice) -> GatewayEntry {
    let kernel_contract::PayNotice { reference, amount, paid, transaction, .. } = notice;
    GatewayEntry { day, reference, amount, paid, transaction }
}

/// A payment that the gateway speaks of as made, as we have it.
fn paid(day: Date, attempt: &Attempt) -> GatewayEntry {
    let (reference, transaction) = (attempt.gateway_reference().to_owned(), attempt.transaction.clone());
    GatewayEntry { day, reference, amount: attempt.amount, paid: true, transaction }
}

/// The gateway gave no answer that can be believed.
pub(crate) fn silent(reason: &str) -> Error {
    Error::new(
        Kind::Unavailable,
        "gateway_silent",
        (
            "Cổng thanh toán chưa trả lời. Hãy thử lại sau ít phút, chọn cách nộp khác, hoặc nộp tại quầy; bạn không bị thu hai lần.",
            "The gateway does not answer. Try again in a few minutes, choose another way, or pay at the counter; you are not charged twice.",
        ),
    )
    .with_inside(reason)
}
