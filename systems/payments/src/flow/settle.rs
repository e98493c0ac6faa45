//! Money came in: what it pays, the receipts, the clock of the dossier, and what goes back.

use kernel_base::{Error, Result};
use kernel_contract::{FeeSettled, Settled};
use kernel_db::Tx;
use kernel_org::Actor;
use serde_json::json;

use super::{receipts, refunds, shared, start::opened};
use crate::{
    model::{Attempt, AttemptId, AttemptState, Line, Obligation, ObligationState, RefundReason},
    store,
};

/// What the gateway, or the officer at the counter, says of the money.
#[derive(Debug, Clone, Default)]
pub(crate) struct Money {
    pub transaction: String,
    pub bank: String,
    pub code: String,
}

/// Confirms an attempt. Obligations that are still open are settled by it, each with its receipt; the rest of the money
/// becomes a refund nobody has to ask for.
///
/// # Errors
/// `Stale` when another transaction settled the same obligation first: the use case runs again and finds it settled.
pub(crate) fn settle(tx: &mut Tx<'_>, actor: &Actor, before: &Attempt, money: &Money) -> Result<Attempt> {
    let mut attempt = before.clone();
    attempt.state = AttemptState::Confirmed;
    attempt.unknown = false;
    attempt.confirmed_at = Some(tx.now());
    attempt.transaction.clone_from(&money.transaction);
    attempt.bank.clone_from(&money.bank);
    attempt.code.clone_from(&money.code);
    store::save_attempt(tx, before, &attempt)?;
    attempt.version += 1;

    let owed = store::obligations_of(tx, &attempt.dossier)?;
    let lines = store::lines_of(tx, &attempt.id)?;
    let of = |line: &Line| owed.iter().find(|o| o.id == line.obligation);
    let is_open = |line: &&Line| of(line).is_some_and(|o| o.state == ObligationState::Open);
    let paid: Vec<Obligation> = lines.iter().filter(is_open).filter_map(|line| of(line).cloned()).collect();
    let vain: i64 = lines.iter().filter(|line| !is_open(line)).map(|line| line.amount).sum();
    let twice = lines.iter().any(|line| of(line).is_some_and(|o| o.state == ObligationState::Paid));

    let settled: Vec<_> = paid.iter().map(|o| json!({ "obligation": o.id, "amount": o.amount })).collect();
    let body = json!({
        "attempt": attempt.id, "reference": attempt.reference, "amount": attempt.amount,
        "transaction": attempt.transaction, "settled": settled, "in_vain": vain,
    });
    let recorded = shared::record(tx, &attempt.dossier, actor, "payment.confirmed", body)?;
    let now = tx.now();
    for obligation in &paid {
        store::settle_line(tx, &attempt.id, &obligation.id).map_err(first_was_another)?;
        store::save_obligation_state(tx, obligation, ObligationState::Paid, Some(now))?;
    }
    if !paid.is_empty() {
        let numbers = receipts::issue(tx, actor, &attempt, &paid, &recorded)?;
        let fees = paid.iter().zip(numbers).map(|(o, number)| (o.fee.clone(), o.amount, number)).collect();
        let (dossier, reference) = (attempt.dossier.clone(), attempt.reference.clone());
        let settled = Settled { dossier, fees, channel: attempt.channel, reference };
        tx.port::<dyn FeeSettled>()?.settled(tx, actor, &settled)?;
    }
    if vain > 0 {
        let reason = if twice { RefundReason::Double } else { RefundReason::AfterEnd };
        attempt = refunds::ask(tx, &attempt, vain, reason)?;
    }
    Ok(attempt)
}

/// Another transaction came under the reference of a payment that has its money: an attempt of its own, whose money goes
/// back like that of any other second payment. Whether it was news.
///
/// # Errors
/// `Stale` when another transaction recorded the same first.
pub(crate) fn settle_again(tx: &mut Tx<'_>, actor: &Actor, first: &Attempt, money: &Money) -> Result<bool> {
    let mut same = store::attempts_of(tx, &first.dossier)?;
    same.retain(|attempt| attempt.gateway_reference() == first.gateway_reference());
    if same.iter().any(|attempt| attempt.transaction == money.transaction) {
        return Ok(false);
    }
    let again = Attempt {
        id: tx.new_id::<AttemptId>(),
        reference: format!("{}-{}", first.gateway_reference(), same.len() + 1),
        state: AttemptState::Created,
        unknown: false,
        pay_url: String::new(),
        confirmed_at: None,
        transaction: String::new(),
        refund_total: 0,
        version: 1,
        ..first.clone()
    };
    let lines = store::lines_of(tx, &first.id)?;
    let mut owed = store::obligations_of(tx, &first.dossier)?;
    owed.retain(|obligation| lines.iter().any(|line| line.obligation == obligation.id));
    opened(tx, actor, &again, &owed).map_err(first_was_another)?;
    settle(tx, actor, &again, money)?;
    Ok(true)
}

/// The rule of the database was faster than the version of the row.
fn first_was_another(error: Error) -> Error {
    if kernel_db::is_unique_violation(&error) { Error::stale("attempt_lines") } else { error }
}
