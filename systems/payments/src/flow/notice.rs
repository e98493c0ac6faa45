//! What gateways tell: notifications and answers to our questions. Their signatures were checked before.

use kernel_base::{Error, Instant, Result, TypedId, typed_id};
use kernel_contract::{Asked, Outcome, PayChannel, PayNotice};
use kernel_db::Tx;
use kernel_org::Actor;
use serde_json::json;

use super::{
    settle::{Money, settle, settle_again},
    shared,
};
use crate::{
    model::{Attempt, AttemptState, Verdict},
    store::{self, NoticeRow},
};

typed_id!(
    /// A notification of a gateway.
    NoticeId, "ntc"
);

/// Takes a believed notification. The same one again has the same answer and no second effect.
///
/// # Errors
/// Those of the database.
pub fn noticed(tx: &mut Tx<'_>, channel: PayChannel, notice: &PayNotice) -> Result<Outcome> {
    let outcome = match store::attempt_by_reference(tx, &notice.reference)?.filter(|a| a.channel == channel) {
        None => Outcome::UnknownReference,
        Some(attempt) => told(tx, &attempt, notice)?,
    };
    keep(tx, channel, notice, outcome)?;
    Ok(outcome)
}

/// Counts a notification that was not believed: nobody's attempt is touched by it, and no row is made for each.
///
/// # Errors
/// Those of the database.
pub fn distrusted(tx: &mut Tx<'_>, channel: PayChannel, outcome: Outcome) -> Result<()> {
    let hour = Instant::from_millis(tx.now().as_millis() / 3_600_000 * 3_600_000);
    store::count_distrusted(tx, channel, hour, outcome.as_str())
}

fn keep(tx: &mut Tx<'_>, channel: PayChannel, notice: &PayNotice, outcome: Outcome) -> Result<()> {
    let id: NoticeId = tx.new_id();
    let row = NoticeRow {
        channel,
        reference: notice.reference.chars().take(100).collect(),
        amount: notice.amount,
        paid: notice.paid,
        code: notice.code.chars().take(20).collect(),
        outcome: outcome.as_str(),
    };
    store::insert_notice(tx, id.as_str(), &row)
}

fn told(tx: &mut Tx<'_>, attempt: &Attempt, notice: &PayNotice) -> Result<Outcome> {
    let actor = Actor::System;
    match attempt.judge(notice) {
        Verdict::Pay => {
            settle(tx, &actor, attempt, &money(notice))?;
            Ok(Outcome::Recorded)
        }
        Verdict::PaidAgain => {
            let news = settle_again(tx, &actor, attempt, &money(notice))?;
            Ok(if news { Outcome::Recorded } else { Outcome::Repeated })
        }
        Verdict::Fail => {
            let failed = Attempt {
                state: AttemptState::Failed,
                unknown: false,
                code: notice.code.clone(),
                reason: notice.reason.clone(),
                ..attempt.clone()
            };
            moved(tx, &actor, attempt, &failed)?;
            Ok(Outcome::Recorded)
        }
        Verdict::Restored => {
            restored(tx, attempt)?;
            Ok(Outcome::Recorded)
        }
        Verdict::Repeated => Ok(Outcome::Repeated),
        Verdict::AlreadySettled => Ok(Outcome::AlreadySettled),
        Verdict::WrongAmount => {
            tracing::warn!(reference = %attempt.reference, told = notice.amount, ordered = attempt.amount, "wrong amount");
            Ok(Outcome::WrongAmount)
        }
    }
}

fn money(notice: &PayNotice) -> Money {
    Money { transaction: notice.transaction.clone(), bank: notice.bank.clone(), code: notice.code.clone() }
}

/// The gateway confirms again what it denied.
fn restored(tx: &mut Tx<'_>, disputed: &Attempt) -> Result<()> {
    let confirmed = Attempt { state: AttemptState::Confirmed, ..disputed.clone() };
    moved(tx, &Actor::System, disputed, &confirmed)
}

pub(super) fn moved(tx: &mut Tx<'_>, actor: &Actor, before: &Attempt, after: &Attempt) -> Result<()> {
    store::save_attempt(tx, before, after)?;
    let body = json!({
        "attempt": after.id, "state": after.state.as_str(), "unknown": after.unknown, "code": after.code,
    });
    shared::record(tx, &after.dossier, actor, "payment.moved", body)?;
    Ok(())
}

/// Takes the answer to a question about an attempt. Silence changes nothing: it is asked again later.
///
/// # Errors
/// `NotFound` for an unknown reference.
pub fn heard(tx: &mut Tx<'_>, reference: &str, asked: &Asked) -> Result<Attempt> {
    let before = store::attempt_by_reference(tx, reference)?.ok_or_else(shared::not_found)?;
    let late = tx.now() >= before.expires_at;
    match asked {
        // It confirmed once and does not know of it now: a person must look, the money stays where it was counted.
        Asked::Known(notice) if !notice.paid && before.state == AttemptState::Confirmed => {
            let disputed = Attempt { state: AttemptState::Disputed, ..before.clone() };
            moved(tx, &Actor::System, &before, &disputed)?;
        }
        Asked::Known(notice) => {
            told(tx, &before, notice)?;
        }
        Asked::Returning if before.state == AttemptState::Disputed => restored(tx, &before)?,
        // It was paid and given back at the gateway itself, before we heard of it.
        Asked::Returning if before.state.is_waiting() => {
            let words = ("Cổng thanh toán đã trả lại khoản này.", "The gateway has given this money back.");
            let failed =
                Attempt { state: AttemptState::Failed, unknown: false, reason: words.into(), ..before.clone() };
            moved(tx, &Actor::System, &before, &failed)?;
        }
        // An order that never reached the gateway brings no money.
        Asked::NotKnown if before.state.is_waiting() && before.is_unsent() => {
            let words = ("Cổng thanh toán không nhận được giao dịch.", "The gateway did not get the order.");
            let failed = Attempt {
                state: AttemptState::Failed,
                unknown: false,
                code: "unsent".to_owned(),
                reason: words.into(),
                ..before.clone()
            };
            moved(tx, &Actor::System, &before, &failed)?;
        }
        Asked::NotKnown | Asked::Waiting if before.state.is_waiting() && late => {
            let words = ("Đã hết thời gian chờ thanh toán.", "The time to pay ran out.");
            let expired =
                Attempt { state: AttemptState::Expired, unknown: false, reason: words.into(), ..before.clone() };
            moved(tx, &Actor::System, &before, &expired)?;
        }
        // The gateway knows the order that it never answered to, but nobody has its address.
        Asked::Waiting if before.unknown => {
            let words = ("Cổng thanh toán không trả lời kịp.", "The gateway did not answer in time.");
            let failed =
                Attempt { state: AttemptState::Failed, unknown: false, reason: words.into(), ..before.clone() };
            moved(tx, &Actor::System, &before, &failed)?;
        }
        Asked::Returning | Asked::NotKnown | Asked::Waiting | Asked::Silent { .. } => {}
    }
    store::attempt_by_reference(tx, reference)?.ok_or_else(|| Error::internal("the attempt is gone"))
}
