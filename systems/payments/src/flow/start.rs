//! A person wants to pay online: an attempt is made, the gateway is told, the browser is sent there.

use kernel_base::{Error, Instant, Result, Words};
use kernel_contract::{DossierCode, Order, OrderLine, PayChannel, Settings, Started};
use kernel_db::Tx;
use kernel_org::{Action, Actor};
use serde_json::json;

use super::shared;
use crate::{
    model::{Attempt, AttemptId, AttemptState, Line, Obligation, ObligationState},
    store,
};

/// Minutes in which an order can be paid.
const VALID_MINUTES: i64 = 15;
/// Seconds for which a gateway may still be thinking about an order that it was just told of.
const THINKING_SECONDS: i64 = 90;

/// What to do next.
#[derive(Debug, Clone)]
pub enum Prepared {
    /// Tell the gateway, then call [`started`].
    New(Box<Attempt>, Box<Order>),
    /// The same order waits to be paid: send the browser there again.
    Again(Box<Attempt>),
    /// The gateway may know an order that it never answered to: ask it first, then prepare again.
    AskFirst(Box<Attempt>),
}

/// Makes an attempt for everything that is open, or finds the one that waits.
///
/// # Errors
/// `Conflict` when nothing is open, or another attempt is being started at this moment.
pub fn prepare(tx: &mut Tx<'_>, actor: &Actor, code: &str, channel: PayChannel, ip: &str) -> Result<Prepared> {
    let owed = shared::find(tx, actor, Action::FeePay, code)?;
    let open: Vec<Obligation> = owed.into_iter().filter(|o| o.state == ObligationState::Open).collect();
    let first = open.first().ok_or_else(shared::nothing_to_pay)?;
    let now = tx.now();
    for attempt in store::attempts_of(tx, &first.dossier)?.into_iter().filter(|a| a.channel == channel) {
        match attempt.state {
            AttemptState::Created => {
                let fresh = !attempt.unknown && now < attempt.created_at.plus_millis(THINKING_SECONDS * 1_000);
                if fresh { return Err(being_started()) } else { return Ok(Prepared::AskFirst(Box::new(attempt))) }
            }
            AttemptState::Redirected
                if !attempt.pay_url.is_empty() && now < attempt.expires_at && pays(tx, &attempt, &open)? =>
            {
                return Ok(Prepared::Again(Box::new(attempt)));
            }
            _ => {}
        }
    }
    // Whoever else begins to pay the same dossier at this moment is stale here, runs again, and finds this attempt.
    store::save_obligation_state(tx, first, first.state, first.settled_at)?;
    let attempt = new_attempt(tx, &open, channel)?;
    opened(tx, actor, &attempt, &open)?;
    let order = order(tx, &attempt, &open, ip)?;
    Ok(Prepared::New(Box::new(attempt), Box::new(order)))
}

fn being_started() -> Error {
    Error::conflict(
        "being_started",
        (
            "Một lần thanh toán đang được gửi sang cổng thanh toán. Hãy đợi khoảng một phút rồi tải lại trang.",
            "A payment is being sent to the gateway right now. Wait about a minute, then reload the page.",
        ),
    )
}

/// Whether an attempt pays exactly what is open.
pub(super) fn pays(tx: &mut Tx<'_>, attempt: &Attempt, open: &[Obligation]) -> Result<bool> {
    let lines = store::lines_of(tx, &attempt.id)?;
    Ok(lines.len() == open.len() && lines.iter().all(|line| open.iter().any(|o| o.id == line.obligation)))
}

/// An attempt at everything in `open`, not stored yet.
pub(crate) fn new_attempt(tx: &mut Tx<'_>, open: &[Obligation], channel: PayChannel) -> Result<Attempt> {
    let first = open.first().ok_or_else(shared::nothing_to_pay)?;
    let before = store::attempts_of(tx, &first.dossier)?.len();
    let now = tx.now();
    let reference = reference(&first.code, before + 1, tx.random());
    Ok(Attempt {
        id: tx.new_id::<AttemptId>(),
        reference,
        dossier: first.dossier.clone(),
        agency: first.agency.clone(),
        channel,
        amount: open.iter().map(|o| o.amount).sum(),
        state: AttemptState::Created,
        unknown: false,
        pay_url: String::new(),
        // Gateways count in seconds.
        created_at: Instant::from_millis(now.as_millis() / 1_000 * 1_000),
        expires_at: now.plus_minutes(VALID_MINUTES),
        confirmed_at: None,
        transaction: String::new(),
        bank: String::new(),
        code: String::new(),
        reason: Words::new("", ""),
        note: String::new(),
        refund_total: 0,
        version: 1,
    })
}

/// Letters and digits of the dossier's code, the number of the attempt, and six letters that nobody guesses.
fn reference(code: &DossierCode, number: usize, random: [u8; 3]) -> String {
    let letters: String = code.as_str().chars().filter(char::is_ascii_alphanumeric).collect();
    format!("{letters}{number:02}{:02X}{:02X}{:02X}", random[0], random[1], random[2])
}

/// Stores a new attempt with what it pays.
pub(crate) fn opened(tx: &mut Tx<'_>, actor: &Actor, attempt: &Attempt, open: &[Obligation]) -> Result<()> {
    store::insert_attempt(tx, attempt)?;
    for obligation in open {
        let line = Line { obligation: obligation.id.clone(), amount: obligation.amount, settled: false };
        store::insert_line(tx, &attempt.id, &line)?;
    }
    let lines: Vec<_> = open.iter().map(|o| json!({ "obligation": o.id, "amount": o.amount })).collect();
    let body = json!({
        "attempt": attempt.id, "reference": attempt.reference, "channel": attempt.channel, "amount": attempt.amount,
        "lines": lines, "expires_at": attempt.expires_at,
    });
    shared::record(tx, &attempt.dossier, actor, "payment.started", body)?;
    Ok(())
}

pub(super) fn order(tx: &mut Tx<'_>, attempt: &Attempt, open: &[Obligation], ip: &str) -> Result<Order> {
    let first = open.first().ok_or_else(shared::nothing_to_pay)?;
    let settings = tx.port::<Settings>()?;
    let agency_name = shared::agency_name(tx, &first.agency)?;
    let line = |o: &Obligation| OrderLine { kind: o.kind, code: o.fee.clone(), name: o.name.clone(), amount: o.amount };
    Ok(Order {
        reference: attempt.reference.clone(),
        amount: attempt.amount,
        lines: open.iter().map(line).collect(),
        info: format!("Nop phi ho so {}", first.code),
        created_at: attempt.created_at,
        expires_at: attempt.expires_at,
        return_url: format!("{}/payments/return/{}", settings.public_address, attempt.channel.as_str()),
        ip: ip.parse::<std::net::Ipv4Addr>().map_or_else(|_| "127.0.0.1".to_owned(), |ip| ip.to_string()),
        locale: "vn",
        procedure: first.procedure.clone(),
        procedure_name: first.procedure_name.clone(),
        agency: first.agency.to_string(),
        agency_name,
        dossier_code: first.code.to_string(),
        payer: first.payer.clone(),
    })
}

/// Records what the gateway answered to a new order. A notification may have been faster: then it stands.
///
/// # Errors
/// `NotFound` for an unknown reference.
pub fn started(tx: &mut Tx<'_>, actor: &Actor, reference: &str, answer: &Started) -> Result<Attempt> {
    let before = store::attempt_by_reference(tx, reference)?.ok_or_else(shared::not_found)?;
    let mut attempt = before.clone();
    match answer {
        Started::Redirect { url } if before.pay_url.is_empty() => {
            attempt.pay_url.clone_from(url);
            attempt.unknown = false;
            if before.state == AttemptState::Created {
                attempt.state = AttemptState::Redirected;
            }
        }
        Started::Refused { code, reason } if before.state == AttemptState::Created => {
            attempt.state = AttemptState::Failed;
            attempt.code.clone_from(code);
            attempt.reason = Words::new(
                format!("Cổng thanh toán không nhận giao dịch (mã {code})."),
                format!("The gateway did not take the order (code {code})."),
            );
            attempt.note = String::new();
            tracing::warn!(reference, code, reason, "a gateway refused an order");
        }
        Started::Unknown { reason } if before.state == AttemptState::Created => {
            attempt.unknown = true;
            tracing::warn!(reference, reason, "a gateway gave no answer to an order");
        }
        _ => return Ok(before),
    }
    store::save_attempt(tx, &before, &attempt)?;
    if attempt.state != before.state || attempt.unknown != before.unknown {
        let body = json!({
            "attempt": attempt.id, "state": attempt.state.as_str(), "unknown": attempt.unknown, "code": attempt.code,
        });
        shared::record(tx, &attempt.dossier, actor, "payment.moved", body)?;
    }
    attempt.version += 1;
    Ok(attempt)
}

/// Attempts that wait for their gateway and were made before `before`.
///
/// # Errors
/// Those of the database.
pub fn waiting(tx: &mut Tx<'_>, before: Instant, most: i64) -> Result<Vec<Attempt>> {
    store::waiting_attempts(tx, before, most)
}
