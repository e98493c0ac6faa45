//! Money that goes back: asked by the product itself, approved by a leader, carried out by the gateway or by hand.

use kernel_base::{Error, FieldError, Result, TypedId, text};
use kernel_contract::{BackStage, MoneyBack, PayChannel, RefundOrder, Refunded};
use kernel_db::Tx;
use kernel_obligations::Outcome;
use kernel_org::{Action, Actor, Resource, allow, reads::Shown};
use serde_json::json;

use super::{reconcile, shared, tell};
use crate::{
    model::{
        Attempt, AttemptState, Decide, Found, MismatchKind, PayOut, Refund, RefundId, RefundReason, RefundState,
        Trouble, subject,
    },
    store,
};

/// Working days in which money must be back (this product's decision until the province publishes its own).
const REFUND_DAYS: i64 = 5;

/// Opens a refund task with its deadline. Never more than was paid: a rule of the table.
pub(crate) fn ask(tx: &mut Tx<'_>, attempt: &Attempt, amount: i64, reason: RefundReason) -> Result<Attempt> {
    let actor = Actor::System;
    let source =
        json!({ "text": "Thời hạn hoàn phí của hệ thống: 5 ngày làm việc (dữ liệu minh họa)", "attempt": attempt.id });
    let chain = subject(&attempt.dossier);
    let (obligation, due_at) =
        shared::promise(tx, &actor, ("payment.refund", &chain, &attempt.agency), REFUND_DAYS, source)?;
    let after = Attempt { refund_total: attempt.refund_total + amount, ..attempt.clone() };
    store::save_attempt(tx, attempt, &after)?;
    let refund = Refund {
        id: tx.new_id::<RefundId>(),
        attempt: attempt.id.clone(),
        dossier: attempt.dossier.clone(),
        agency: attempt.agency.clone(),
        amount,
        reason,
        state: RefundState::Asked,
        account: String::new(),
        bank: String::new(),
        holder: String::new(),
        note: String::new(),
        asked_at: tx.now(),
        asked_by: actor.label(),
        approved_at: None,
        approved_by: None,
        done_at: None,
        gateway_no: String::new(),
        trouble: Trouble::None,
        obligation,
        due_at,
        version: 1,
    };
    store::insert_refund(tx, &refund)?;
    let body = json!({
        "refund": refund.id, "attempt": attempt.id, "amount": amount, "reason": reason.as_str(), "due_at": due_at,
    });
    shared::record(tx, &attempt.dossier, &actor, "payment.refund_asked", body)?;
    tell::refund(tx, &refund)?;
    Ok(Attempt { version: attempt.version + 1, ..after })
}

/// For the page of the dossier.
pub(super) fn as_the_payer_sees(refund: Refund) -> MoneyBack {
    let stage = match refund.state {
        RefundState::Asked | RefundState::Approved => BackStage::OnItsWay,
        RefundState::Done => BackStage::Done,
        RefundState::Declined => BackStage::Declined,
    };
    let reason = if stage == BackStage::Declined { refund.note } else { String::new() };
    MoneyBack { amount: refund.amount, due: refund.due_at, stage, reason }
}

/// A refund with its attempt.
#[derive(Debug, Clone)]
pub struct RefundView {
    pub refund: Refund,
    pub attempt: Attempt,
    /// Code of the dossier.
    pub code: String,
    /// Đồng that may go back at most.
    pub available: i64,
    /// Phone or e-mail of a payer without an account whom no message of ours reaches: an officer calls; else empty.
    pub call: String,
    /// Neither account nor phone nor e-mail: the payer learns of it by the look-up alone.
    pub unreachable: bool,
}

/// Refunds of the officer's agency in a state: `asked`, `approved`, `done`, `declined`.
///
/// # Errors
/// `Forbidden` for who may not see the agency's money.
pub fn refunds(tx: &mut Tx<'_>, actor: &Actor, state: &str) -> Result<Vec<RefundView>> {
    let agency = actor.officer().map(|o| o.agency.clone()).ok_or_else(shared::not_found)?;
    allow(actor, Action::RefundDecide, &Resource::agency(agency.clone()))?;
    store::refunds_of_agency(tx, &agency, state)?.into_iter().map(|refund| view(tx, actor, refund)).collect()
}

fn view(tx: &mut Tx<'_>, actor: &Actor, refund: Refund) -> Result<RefundView> {
    let attempt = store::attempt_by_id(tx, &refund.attempt)?;
    let attempt = attempt.ok_or_else(|| Error::internal("the attempt of a refund is gone"))?;
    let owed = store::obligations_of(tx, &refund.dossier)?;
    shared::tell(tx, actor, &owed, &[Shown::Payments]);
    let code = owed.first().map(|o| o.code.to_string()).unwrap_or_default();
    let available = attempt.amount - attempt.refund_total + refund.amount;
    let (call, unreachable) = match tell::payer(tx, &refund.dossier)? {
        tell::Payer::Told(_) => (String::new(), false),
        tell::Payer::ToCall(contact) => (contact, false),
        tell::Payer::Unknown => (String::new(), true),
    };
    Ok(RefundView { refund, attempt, code, available, call, unreachable })
}

fn find(tx: &mut Tx<'_>, actor: &Actor, action: Action, id: &str) -> Result<RefundView> {
    let id = <RefundId as TypedId>::parse(id).ok_or_else(shared::not_found)?;
    let refund = store::refund_by_id(tx, &id)?.ok_or_else(shared::not_found)?;
    shared::find_by_dossier(tx, actor, action, &refund.dossier)?;
    view(tx, actor, refund)
}

/// Approves a refund, or declines it with a reason that the payer sees.
///
/// # Errors
/// `Conflict` when it was decided before, or the page that was read is stale; `Invalid` when declined without a reason.
pub fn decide_refund(tx: &mut Tx<'_>, actor: &Actor, id: &str, command: &Decide) -> Result<Refund> {
    let found = find(tx, actor, Action::RefundDecide, id)?;
    let before = found.refund;
    if before.state != RefundState::Asked {
        return Err(decided_before());
    }
    if command.available != found.available {
        let words =
            ("Số tiền có thể hoàn đã thay đổi. Hãy tải lại trang.", "What may go back has changed. Reload the page.");
        return Err(Error::conflict("stale_amount", words));
    }
    let note = text::clean(&command.note);
    if !command.approved && text::length(&note) < 5 {
        let words = ("Hãy ghi lý do không hoàn phí.", "Say why the money does not go back.");
        return Err(Error::invalid(vec![FieldError::new("note", "required", words)]));
    }
    let state = if command.approved { RefundState::Approved } else { RefundState::Declined };
    let mut refund =
        Refund { state, note, approved_at: Some(tx.now()), approved_by: Some(actor.label()), ..before.clone() };
    store::save_refund(tx, &before, &refund)?;
    let kind = if command.approved { "payment.refund_approved" } else { "payment.refund_declined" };
    shared::record(tx, &refund.dossier, actor, kind, json!({ "refund": refund.id, "amount": refund.amount }))?;
    if command.approved {
        if found.attempt.channel.is_online() {
            kernel_jobs::enqueue(tx, kernel_jobs::Job::new(crate::jobs::SEND_REFUNDS, json!({})).key("now"))?;
        }
    } else {
        let attempt = Attempt { refund_total: found.attempt.refund_total - refund.amount, ..found.attempt.clone() };
        store::save_attempt(tx, &found.attempt, &attempt)?;
        shared::keep_promise(tx, actor, &refund.obligation, Outcome::Refused)?;
        tell::refund(tx, &refund)?;
    }
    refund.version += 1;
    Ok(refund)
}

fn decided_before() -> Error {
    let words =
        ("Khoản hoàn phí này đã được xử lý. Hãy tải lại trang.", "This refund was dealt with. Reload the page.");
    Error::conflict("decided_before", words)
}

fn at_the_gateway() -> Error {
    let words = (
        "Lệnh hoàn đang ở cổng thanh toán; chi tay lúc này thì người nộp có thể nhận tiền hai lần. Hãy chờ cổng trả lời; \
         quá hạn hoàn mà cổng vẫn chưa trả tiền thì chi tay được.",
        "The gateway has this refund; paid by hand now, the payer may get the money twice. Wait for its answer; when it \
         has not paid by the deadline, pay by hand.",
    );
    Error::conflict("at_the_gateway", words)
}

/// Records that an approved refund was paid by hand: cash, or a transfer where the gateway does not pay it back.
///
/// # Errors
/// `Invalid` without evidence; `Conflict` when it is not approved, or the gateway may be paying it.
pub fn pay_out(tx: &mut Tx<'_>, actor: &Actor, id: &str, command: &PayOut) -> Result<Refund> {
    let found = find(tx, actor, Action::RefundDecide, id)?;
    if found.refund.state != RefundState::Approved {
        return Err(decided_before());
    }
    if !found.refund.is_for_hand(found.attempt.channel, tx.now()) {
        return Err(at_the_gateway());
    }
    let evidence = text::clean_line(&command.evidence);
    if evidence.is_empty() || text::length(&evidence) > 100 {
        let words =
            ("Hãy ghi số chuyển khoản hoặc số phiếu chi đã ký.", "Give the number of the transfer or the signed slip.");
        return Err(Error::invalid(vec![FieldError::new("evidence", "required", words)]));
    }
    let clean = |text: &str| text::clean_line(text).chars().take(200).collect::<String>();
    let mut refund = found.refund.clone();
    (refund.account, refund.bank, refund.holder) =
        (clean(&command.account), clean(&command.bank), clean(&command.holder));
    done(tx, actor, &found, refund, &evidence, "hand")
}

fn done(
    tx: &mut Tx<'_>,
    actor: &Actor,
    found: &RefundView,
    mut refund: Refund,
    number: &str,
    by: &str,
) -> Result<Refund> {
    refund.state = RefundState::Done;
    refund.done_at = Some(tx.now());
    number.clone_into(&mut refund.gateway_no);
    refund.trouble = Trouble::None;
    store::save_refund(tx, &found.refund, &refund)?;
    shared::keep_promise(tx, actor, &refund.obligation, Outcome::Done)?;
    let body =
        json!({ "refund": refund.id, "attempt": refund.attempt, "amount": refund.amount, "number": number, "by": by });
    shared::record(tx, &refund.dossier, actor, "payment.refunded", body)?;
    tell::refund(tx, &refund)?;
    let all = store::refunds_of_attempt(tx, &refund.attempt)?;
    let back: i64 = all.iter().filter(|r| r.state == RefundState::Done).map(|r| r.amount).sum();
    if back == found.attempt.amount {
        let attempt = Attempt { state: AttemptState::Refunded, ..found.attempt.clone() };
        store::save_attempt(tx, &found.attempt, &attempt)?;
    }
    refund.version += 1;
    Ok(refund)
}

/// An approved refund that a gateway can carry out.
#[derive(Debug, Clone)]
pub struct RefundToSend {
    pub refund: String,
    pub channel: PayChannel,
    pub order: RefundOrder,
}

/// Approved refunds for the gateways.
///
/// # Errors
/// Those of the database.
pub fn refunds_to_send(tx: &mut Tx<'_>, most: i64) -> Result<Vec<RefundToSend>> {
    let mut orders = Vec::new();
    for refund in store::refunds_to_send(tx, most)? {
        let id = refund.id.to_string();
        let found = view(tx, &Actor::System, refund)?;
        if found.attempt.channel.is_online() {
            let order = order(tx, &found)?;
            orders.push(RefundToSend { refund: id, channel: found.attempt.channel, order });
        }
    }
    Ok(orders)
}

fn order(tx: &mut Tx<'_>, found: &RefundView) -> Result<RefundOrder> {
    let (refund, attempt, now) = (&found.refund, &found.attempt, tx.now());
    let begun = |r: &&Refund| matches!(r.state, RefundState::Approved | RefundState::Done);
    let mut same = store::attempts_of(tx, &refund.dossier)?;
    same.retain(|other| other.gateway_reference() == attempt.gateway_reference());
    let refunds = store::refunds_of(tx, &refund.dossier)?;
    let alone = refunds.iter().filter(begun).filter(|r| same.iter().any(|a| a.id == r.attempt)).count() == 1;
    // The same number each time it is sent: a gateway that did it and lost its answer does not do it again.
    let request_id = refund.id.as_str().trim_start_matches("rfd_").to_owned();
    Ok(RefundOrder {
        reference: attempt.gateway_reference().to_owned(),
        transaction: attempt.transaction.clone(),
        amount: refund.amount,
        whole: refund.amount == attempt.amount,
        paid_created_at: attempt.created_at,
        now,
        request_id,
        by: "chuyendong".to_owned(),
        taken: match &refund.trouble {
            Trouble::Taken(number) => Some(number.clone()),
            _ => None,
        },
        ask_id: crate::jobs::question(attempt, now).request_id,
        alone,
    })
}

/// Records what the gateway answered to a refund.
///
/// # Errors
/// `NotFound` for an unknown refund.
pub fn refund_answered(tx: &mut Tx<'_>, id: &str, answer: &Refunded) -> Result<Refund> {
    let actor = Actor::System;
    let found = find(tx, &actor, Action::RefundDecide, id)?;
    if found.refund.state != RefundState::Approved {
        return paid_twice(tx, &actor, found, answer);
    }
    let trouble = match answer {
        Refunded::Done { transaction } => {
            return done(tx, &actor, &found, found.refund.clone(), transaction, "gateway");
        }
        Refunded::Taken { transaction } => Trouble::Taken(transaction.clone()),
        Refunded::Refused { code, reason } => Trouble::Refused(format!("{code}: {reason}")),
        Refunded::NotOffered => Trouble::ByHand,
        // Silence about a refund that was taken changes nothing: it is not sent a second time.
        Refunded::Unknown { .. } if matches!(found.refund.trouble, Trouble::Taken(_)) => return Ok(found.refund),
        Refunded::Unknown { reason } => Trouble::Unknown(reason.clone()),
    };
    let refund = Refund { trouble, ..found.refund.clone() };
    if refund.trouble.to_text() != found.refund.trouble.to_text() {
        store::save_refund(tx, &found.refund, &refund)?;
    }
    Ok(refund)
}

/// An answer to a refund that is done. When it was done by hand and the gateway has paid it too, somebody must get the
/// money back from the payer: the difference has an owner and a deadline.
fn paid_twice(tx: &mut Tx<'_>, actor: &Actor, found: RefundView, answer: &Refunded) -> Result<Refund> {
    let before = found.refund;
    let number = match answer {
        Refunded::Done { transaction } if *transaction != before.gateway_no => transaction,
        _ => return Ok(before),
    };
    if before.state != RefundState::Done || before.trouble != Trouble::None {
        return Ok(before);
    }
    let refund = Refund { trouble: Trouble::Twice(number.clone()), ..before.clone() };
    store::save_refund(tx, &before, &refund)?;
    let body = json!({ "refund": refund.id, "amount": refund.amount, "number": number });
    shared::record(tx, &refund.dossier, actor, "payment.refunded_twice", body)?;
    let difference = Found {
        kind: MismatchKind::RefundedTwice,
        reference: found.attempt.reference.clone(),
        ours_amount: refund.amount,
        theirs_amount: refund.amount,
    };
    reconcile::raise(tx, actor, &found.attempt, &difference)?;
    Ok(refund)
}
