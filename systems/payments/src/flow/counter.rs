//! Cash and transfers at the counter: settled by an officer, with a receipt, in the same ledger.

use kernel_base::{Error, FieldError, Result, Words, text};
use kernel_contract::{CounterPayment, DossierId, PayChannel};
use kernel_db::Tx;
use kernel_org::{Action, Actor};

use super::{
    settle::{Money, settle},
    shared,
    start::{new_attempt, opened},
};
use crate::{model::ObligationState, store};

/// Takes everything that is open.
///
/// # Errors
/// `Invalid` for a transfer without its number; `Conflict` when nothing is open.
pub(crate) fn take(tx: &mut Tx<'_>, actor: &Actor, dossier: &DossierId, payment: &CounterPayment) -> Result<()> {
    let owed = shared::find_by_dossier(tx, actor, Action::FeeRecord, dossier)?;
    let note = checked(payment)?;
    let open: Vec<_> = owed.into_iter().filter(|o| o.state == ObligationState::Open).collect();
    if open.is_empty() {
        return Err(shared::nothing_to_pay());
    }
    let mut attempt = new_attempt(tx, &open, payment.channel)?;
    attempt.note.clone_from(&note);
    opened(tx, actor, &attempt, &open)?;
    let saved = store::attempt_by_id(tx, &attempt.id)?.ok_or_else(|| Error::internal("the attempt is gone"))?;
    settle(tx, actor, &saved, &Money { transaction: String::new(), bank: String::new(), code: "counter".to_owned() })?;
    Ok(())
}

fn checked(payment: &CounterPayment) -> Result<String> {
    let note = text::clean_line(&payment.note);
    let fault = |field: &str, code: &str, words: (&'static str, &'static str)| {
        Error::invalid(vec![FieldError::new(field, code, Words::from(words))])
    };
    if payment.channel.is_online() {
        let words = ("Tại quầy chỉ nhận tiền mặt hoặc chuyển khoản.", "The counter takes cash or a transfer.");
        return Err(fault("channel", "choice", words));
    }
    if payment.channel == PayChannel::Transfer && note.is_empty() {
        let words = ("Hãy ghi số giao dịch chuyển khoản.", "Give the number of the transfer.");
        return Err(fault("note", "required", words));
    }
    if text::length(&note) > 100 {
        let words = ("Dài quá 100 chữ cái. Hãy rút gọn.", "Over 100 letters. Shorten it.");
        return Err(fault("note", "too_long", words));
    }
    Ok(note)
}
