//! A fee is asked and the clock waits for it; who collects it stands behind the ports of `contract/fees.rs`.

use kernel_base::{Error, FieldError, Result, TypedId, text};
use kernel_contract::{
    Charge, Collect, CounterPayment, DossierId, Fee, FeeSettled, Fees, FeesEnd, Offering, Owing, OwnerContacts,
    PayChannel, Settled,
};
use kernel_db::Tx;
use kernel_obligations::PauseReason;
use kernel_org::{Action, Actor};
use serde_json::json;

use super::shared;
use crate::{
    model::{Dossier, ExemptFee, FeeRow, PayFee, Reason, RequestFee, charge, exemption},
    store,
};

/// Asks the published fees of the case, or one of them. Who is exempt is asked for nothing, and the clock runs on.
///
/// # Errors
/// `Invalid` when the case has no such fee or its amount is not published; `Conflict` when it was asked before.
pub fn request_fee(tx: &mut Tx<'_>, actor: &Actor, code: &str, command: &RequestFee) -> Result<Dossier> {
    let before = shared::find(tx, actor, Action::FeeRequest, code)?;
    before.state.ask_payment()?;
    let offering = shared::offering_of(tx, &before)?;
    let exempt = checked_exemptions(&offering, &command.exempt)?;
    let wanted: Vec<&Fee> =
        offering.case.fees.iter().filter(|f| command.fee.as_ref().is_none_or(|c| *c == f.code)).collect();
    if wanted.is_empty() {
        let words = ("Thủ tục này không có khoản thu đó.", "The procedure has no such fee.");
        return Err(Error::invalid(vec![FieldError::new("fee", "unknown", words)]));
    }
    let charges = charges(tx, &before, &wanted, &exempt)?;
    if charges.is_empty() {
        return Err(Error::conflict(
            "nothing_to_pay",
            ("Hồ sơ này không còn khoản nào phải nộp.", "There is nothing left to pay for this dossier."),
        ));
    }
    ask(tx, actor, &before, &charges)
}

fn checked_exemptions(offering: &Offering, exempt: &[ExemptFee]) -> Result<Vec<(String, String)>> {
    let mut checked = Vec::new();
    for (at, given) in exempt.iter().enumerate() {
        let reason = Reason::parse(&format!("exempt.{at}.reason"), &given.reason)?;
        if offering.case.fees.iter().all(|fee| fee.code != given.fee) {
            let words = ("Thủ tục này không có khoản thu đó.", "The procedure has no such fee.");
            return Err(Error::invalid(vec![FieldError::new(format!("exempt.{at}.fee"), "unknown", words)]));
        }
        checked.push((given.fee.clone(), text::clean(reason.as_str())));
    }
    Ok(checked)
}

/// What the fees come to that were not asked before: amounts over zero, and those nobody has to pay.
fn charges(tx: &mut Tx<'_>, d: &Dossier, wanted: &[&Fee], exempt: &[(String, String)]) -> Result<Vec<Charge>> {
    let asked = store::fees_of(tx, &d.id)?;
    let mut charges = Vec::new();
    for fee in wanted.iter().filter(|f| asked.iter().all(|a| a.fee != f.code)) {
        let granted = exempt.iter().find(|(code, _)| *code == fee.code).map(|(_, reason)| reason.clone());
        let charge = charge(fee, d.copies, granted.or_else(|| exemption(fee, &d.form)))?;
        if charge.amount > 0 || charge.collect == Collect::Exempt {
            charges.push(charge);
        }
    }
    Ok(charges)
}

/// Asks at submission what must be paid before reception (thu trước): the 8 working hours of the reception are counted
/// from the moment of the payment.
pub(crate) fn ask_in_advance(tx: &mut Tx<'_>, actor: &Actor, d: &Dossier, offering: &Offering) -> Result<Dossier> {
    let before_reception = |fee: &&Fee| fee.collect == Collect::Before && fee.amount.is_some();
    let wanted: Vec<&Fee> = offering.case.fees.iter().filter(before_reception).collect();
    let charges = charges(tx, d, &wanted, &[])?;
    if charges.is_empty() { Ok(d.clone()) } else { ask(tx, actor, d, &charges) }
}

fn ask(tx: &mut Tx<'_>, actor: &Actor, before: &Dossier, charges: &[Charge]) -> Result<Dossier> {
    let mut dossier = before.clone();
    let owed: Vec<&Charge> = charges.iter().filter(|c| c.amount > 0).collect();
    if !owed.is_empty() {
        dossier.state = before.state.ask_payment()?;
        shared::pause_clocks(tx, before, actor, PauseReason::Payment, "NĐ 61/2018/NĐ-CP")?;
    }
    for charge in &owed {
        let row = FeeRow {
            id: tx.new_id(),
            fee: charge.fee.clone(),
            name: charge.name.clone(),
            amount: charge.amount,
            asked_at: tx.now(),
            receipt: None,
            paid_at: None,
            version: 1,
        };
        store::insert_fee(tx, &dossier.id, &row, actor.name())?;
    }
    store::save_dossier(tx, before, &dossier)?;
    tx.port::<dyn Fees>()?.ask(tx, actor, &owing(&dossier), charges)?;
    if owed.is_empty() {
        let lines: Vec<_> = charges.iter().map(|c| json!({ "fee": c.fee })).collect();
        shared::record(tx, &dossier, actor, "dossier.fee_exempt", json!({ "exempt": lines }))?;
    } else {
        let lines: Vec<_> = owed.iter().map(|c| json!({ "fee": c.fee, "amount": c.amount })).collect();
        shared::record(tx, &dossier, actor, "dossier.fee_requested", json!({ "fees": lines }))?;
    }
    dossier.version += 1;
    Ok(dossier)
}

fn owing(d: &Dossier) -> Owing {
    Owing {
        dossier: d.id.clone(),
        code: d.code.clone(),
        procedure: d.procedure.clone(),
        procedure_name: d.procedure_name.clone(),
        agency: d.agency.clone(),
        reception: d.reception.clone(),
        owner_account: d.owner_account.clone(),
        payer: d.owner.name.clone(),
    }
}

/// Takes what is open in cash or by transfer at the counter, with a receipt; the clock runs on.
///
/// # Errors
/// `Invalid` for a transfer without its number; `Conflict` when nothing is open.
pub fn pay_fee(tx: &mut Tx<'_>, actor: &Actor, code: &str, command: &PayFee) -> Result<Dossier> {
    let before = shared::find(tx, actor, Action::FeeRecord, code)?;
    if store::fees_of(tx, &before.id)?.iter().all(|fee| fee.paid_at.is_some()) {
        before.state.paid()?;
    }
    let channel = match command.means.as_str() {
        "" | "cash" => PayChannel::Cash,
        "transfer" => PayChannel::Transfer,
        _ => {
            let words = ("Hãy chọn tiền mặt hoặc chuyển khoản.", "Choose cash or a transfer.");
            return Err(Error::invalid(vec![FieldError::new("means", "choice", words)]));
        }
    };
    let payment = CounterPayment { channel, note: command.note.clone() };
    tx.port::<dyn Fees>()?.take(tx, actor, &before.id, &payment)?;
    store::dossier_by_id(tx, &before.id)?.ok_or_else(shared::not_found)
}

/// A dossier has ended: nothing is owed any more.
pub(crate) fn end(tx: &mut Tx<'_>, actor: &Actor, d: &Dossier) -> Result<()> {
    let why = if d.accepted_at.is_none() { FeesEnd::NeverAccepted } else { FeesEnd::Ended };
    tx.port::<dyn Fees>()?.end(tx, actor, &d.id, why)
}

/// Hears that fees are paid.
#[derive(Debug)]
pub(crate) struct Settling;

impl OwnerContacts for Settling {
    fn contacts(&self, tx: &mut Tx<'_>, dossier: &DossierId) -> Result<Vec<String>> {
        let owner = store::dossier_by_id(tx, dossier)?.map(|dossier| dossier.owner);
        let written = owner.map(|owner| [owner.phone, owner.email]).unwrap_or_default();
        Ok(written.into_iter().flatten().filter(|contact| !contact.is_empty()).collect())
    }
}

impl FeeSettled for Settling {
    fn settled(&self, tx: &mut Tx<'_>, actor: &Actor, settled: &Settled) -> Result<()> {
        settle(tx, actor, &settled.dossier, settled)
    }
}

/// Marks the fees as paid. When nothing is open any more and the dossier waited for it, the clock runs on.
fn settle(tx: &mut Tx<'_>, actor: &Actor, id: &DossierId, settled: &Settled) -> Result<()> {
    let before = store::dossier_by_id(tx, id)?
        .ok_or_else(|| Error::internal(format!("{}: a fee of no dossier was paid", id.as_str())))?;
    let now = tx.now();
    let mut paid = Vec::new();
    let mut left = false;
    for fee in store::fees_of(tx, id)?.iter().filter(|f| f.paid_at.is_none()) {
        let Some((_, amount, receipt)) = settled.fees.iter().find(|(code, ..)| *code == fee.fee) else {
            left = true;
            continue;
        };
        store::pay_fee(tx, fee, receipt, actor.name(), now)?;
        paid.push(json!({ "fee": fee.fee, "amount": amount, "receipt": receipt }));
    }
    let mut dossier = before.clone();
    if !left && before.state.paid().is_ok() {
        dossier.state = before.state.fee_paid();
        shared::resume_clocks(tx, &mut dossier, actor)?;
    }
    store::save_dossier(tx, &before, &dossier)?;
    let mut receipts: Vec<&str> = settled.fees.iter().map(|(_, _, receipt)| receipt.as_str()).collect();
    receipts.dedup();
    let body = json!({
        "fees": paid, "receipt": receipts.join(", "), "by": settled.channel, "reference": settled.reference,
        "left": left,
    });
    shared::record(tx, &dossier, actor, "dossier.fee_paid", body)?;
    Ok(())
}
