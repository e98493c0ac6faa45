//! A fee is asked and, for now, settled by a recorded cash receipt. The clock is paused in between.

use kernel_base::{Error, FieldError, Result, text};
use kernel_db::Tx;
use kernel_obligations::PauseReason;
use kernel_org::{Action, Actor};
use serde_json::json;

use super::shared;
use crate::{
    model::{Dossier, FeeRow, PayFee, RequestFee, fee_total},
    store,
};

/// Asks the published fees of the case, or one of them.
///
/// # Errors
/// `Invalid` when the case has no such fee or its amount is not published; `Conflict` when it was asked before.
pub fn request_fee(tx: &mut Tx<'_>, actor: &Actor, code: &str, command: &RequestFee) -> Result<Dossier> {
    let before = shared::find(tx, actor, Action::FeeRequest, code)?;
    let state = before.state.ask_payment()?;
    let offering = shared::offering_of(tx, &before)?;
    let wanted: Vec<_> =
        offering.case.fees.iter().filter(|f| command.fee.as_ref().is_none_or(|c| *c == f.code)).collect();
    if wanted.is_empty() {
        let words = ("Thủ tục này không có khoản thu đó.", "The procedure has no such fee.");
        return Err(Error::invalid(vec![FieldError::new("fee", "unknown", words)]));
    }
    let asked = store::fees_of(tx, &before.id)?;
    let mut rows = Vec::new();
    for fee in wanted.iter().filter(|f| asked.iter().all(|a| a.fee != f.code)) {
        let amount = fee_total(fee, before.copies)?.dong();
        let name = fee.name.vi.clone();
        let (id, asked_at) = (tx.new_id(), tx.now());
        rows.push(FeeRow {
            id,
            fee: fee.code.clone(),
            name,
            amount,
            asked_at,
            receipt: None,
            paid_at: None,
            version: 1,
        });
    }
    if rows.iter().all(|r| r.amount == 0) {
        return Err(Error::conflict(
            "nothing_to_pay",
            ("Hồ sơ này không còn khoản nào phải nộp.", "There is nothing left to pay for this dossier."),
        ));
    }

    let mut dossier = before.clone();
    dossier.state = state;
    shared::pause_clocks(tx, &before, actor, PauseReason::Payment, "NĐ 61/2018/NĐ-CP")?;
    for row in rows.iter().filter(|r| r.amount > 0) {
        store::insert_fee(tx, &dossier.id, row, actor.name())?;
    }
    store::save_dossier(tx, &before, &dossier)?;
    let lines: Vec<_> = rows.iter().map(|r| json!({ "fee": r.fee, "amount": r.amount })).collect();
    shared::record(tx, &dossier, actor, "dossier.fee_requested", json!({ "fees": lines }))?;
    dossier.version += 1;
    Ok(dossier)
}

/// Records the cash receipt of every open fee; the clock runs on.
///
/// # Errors
/// `Invalid` without a receipt number; `Conflict` when nothing is open.
pub fn pay_fee(tx: &mut Tx<'_>, actor: &Actor, code: &str, command: &PayFee) -> Result<Dossier> {
    let before = shared::find(tx, actor, Action::FeeRecord, code)?;
    let state = before.state.paid()?;
    let receipt = text::clean_line(&command.receipt);
    if receipt.is_empty() || text::length(&receipt) > 60 {
        let words = ("Hãy ghi số biên lai đã lập.", "Give the number of the receipt.");
        return Err(Error::invalid(vec![FieldError::new("receipt", "required", words)]));
    }

    let mut dossier = before.clone();
    dossier.state = state;
    let now = tx.now();
    let mut paid = Vec::new();
    for fee in store::fees_of(tx, &before.id)?.iter().filter(|f| f.paid_at.is_none()) {
        store::pay_fee(tx, fee, &receipt, actor.name(), now)?;
        paid.push(json!({ "fee": fee.fee, "amount": fee.amount }));
    }
    shared::resume_clocks(tx, &mut dossier, actor)?;
    store::save_dossier(tx, &before, &dossier)?;
    shared::record(tx, &dossier, actor, "dossier.fee_paid", json!({ "fees": paid, "receipt": receipt, "by": "cash" }))?;
    dossier.version += 1;
    Ok(dossier)
}
