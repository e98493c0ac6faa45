//! Receipts (biên lai): issued when money settles something, cancelled with a reason and issued again.

use kernel_base::{Error, FieldError, Result, TypedId, Vnd, dong_in_words, text};
use kernel_contract::{FeeKind, Settings};
use kernel_db::Tx;
use kernel_documents::{self as documents, Document};
use kernel_ledger::Recorded;
use kernel_org::{Action, Actor, reads::Shown};
use serde_json::json;

use super::{shared, tell};
use crate::{
    model::{Attempt, CancelReceipt, FeeReceipt, FeeReceiptId, Obligation, series, title_of},
    store,
};

/// Issues one receipt for phí and one for lệ phí; the number of each obligation's receipt, in their order.
pub(crate) fn issue(
    tx: &mut Tx<'_>,
    actor: &Actor,
    attempt: &Attempt,
    paid: &[Obligation],
    event: &Recorded,
) -> Result<Vec<String>> {
    let mut numbers = vec![String::new(); paid.len()];
    for kind in [FeeKind::Phi, FeeKind::LePhi] {
        let of_kind: Vec<&Obligation> = paid.iter().filter(|o| o.kind == kind).collect();
        if of_kind.is_empty() {
            continue;
        }
        let receipt = issue_one(tx, actor, attempt, &of_kind, &event.hash)?;
        for (obligation, number) in paid.iter().zip(&mut numbers) {
            if obligation.kind == kind {
                *number = receipt.full_number();
            }
        }
    }
    Ok(numbers)
}

fn issue_one(
    tx: &mut Tx<'_>,
    actor: &Actor,
    attempt: &Attempt,
    paid: &[&Obligation],
    hash: &str,
) -> Result<FeeReceipt> {
    let first = *paid.first().ok_or_else(shared::nothing_to_pay)?;
    let year = tx.now().vietnam().date().year();
    let series = series(first.kind, year);
    let number = store::next_receipt_number(tx, &first.agency, &series)?;
    let mut receipt = FeeReceipt {
        id: tx.new_id::<FeeReceiptId>(),
        agency: first.agency.clone(),
        series,
        number,
        kind: first.kind,
        dossier: first.dossier.clone(),
        attempt: attempt.id.clone(),
        amount: paid.iter().map(|o| o.amount).sum(),
        content: serde_json::Value::Null,
        issued_at: tx.now(),
        issued_by: actor.label(),
        cancelled_at: None,
        cancelled_by: None,
        cancel_reason: String::new(),
        replaces: None,
        version: 1,
    };
    let document = document(tx, actor, attempt, &receipt, paid, hash)?;
    receipt.content = serde_json::to_value(&document).map_err(|e| Error::internal(format!("receipt: {e}")))?;
    keep(tx, actor, &receipt)?;
    Ok(receipt)
}

fn keep(tx: &mut Tx<'_>, actor: &Actor, receipt: &FeeReceipt) -> Result<()> {
    store::insert_receipt(tx, receipt)?;
    let body = json!({
        "receipt": receipt.id, "number": receipt.full_number(), "kind": receipt.kind, "attempt": receipt.attempt,
        "agency": receipt.agency, "amount": receipt.amount, "replaces": receipt.replaces,
    });
    shared::record(tx, &receipt.dossier, actor, "payment.receipt_issued", body)?;
    Ok(())
}

fn document(
    tx: &mut Tx<'_>,
    actor: &Actor,
    attempt: &Attempt,
    receipt: &FeeReceipt,
    paid: &[&Obligation],
    hash: &str,
) -> Result<Document> {
    let first = *paid.first().ok_or_else(shared::nothing_to_pay)?;
    let settings = tx.port::<Settings>()?;
    let issuer = shared::agency_name(tx, &receipt.agency)?;
    let name = |o: &Obligation| {
        if o.copies > 1 { format!("{} ({} bản)", o.name, o.copies) } else { o.name.clone() }
    };
    let line = |o: &&Obligation| documents::FeeLine {
        name: name(o),
        amount: Vnd::new(o.amount),
        state: Some(o.basis.clone()),
    };
    Ok(Document::FeeReceipt(documents::FeeReceipt {
        head: documents::Head {
            superior: None,
            issuer,
            unit: None,
            number: Some(receipt.full_number()),
            place: settings.place.clone(),
            date: receipt.issued_at.vietnam().date(),
            form: None,
            replaces: None,
            notice: settings.demonstration.then(|| "Dữ liệu minh họa".to_owned()),
        },
        title: title_of(receipt.kind).to_owned(),
        dossier_code: first.code.to_string(),
        procedure: first.procedure_name.clone(),
        payer: first.payer.clone(),
        lines: paid.iter().map(line).collect(),
        total: Vnd::new(receipt.amount).unwrap_or(Vnd::ZERO),
        in_words: dong_in_words(receipt.amount),
        means: attempt.channel.words().vi,
        reference: attempt.reference.clone(),
        paid_at: receipt.issued_at,
        cashier: actor.officer().map(|o| o.name.clone()),
        check: documents::Check {
            address: format!("{}/bien-lai", settings.public_address),
            code: format!("{}/{}", receipt.agency, receipt.full_number()),
            key: key_of(&receipt.id),
            hash: hash.to_owned(),
        },
    }))
}

/// The second factor of the public check: the last eight digits of the identifier, which is random.
fn key_of(id: &FeeReceiptId) -> String {
    let text = id.as_str();
    text.get(text.len().saturating_sub(8)..).unwrap_or_default().to_uppercase()
}

/// A receipt as it was issued, for whoever may see the dossier's payments.
///
/// # Errors
/// `NotFound` for everyone else.
pub fn receipt_document(tx: &mut Tx<'_>, actor: &Actor, id: &str) -> Result<(FeeReceipt, Document)> {
    let id = <FeeReceiptId as TypedId>::parse(id).ok_or_else(shared::not_found)?;
    let receipt = store::receipt_by_id(tx, &id)?.ok_or_else(shared::not_found)?;
    let owed = shared::find_by_dossier(tx, actor, Action::PaymentRead, &receipt.dossier)?;
    shared::tell(tx, actor, &owed, &[Shown::Name, Shown::Payments]);
    let document = serde_json::from_value(receipt.content.clone())
        .map_err(|e| Error::internal(format!("fee_receipts.content: {e}")))?;
    Ok((receipt, document))
}

/// Cancels a wrong receipt; the same money gets a new one with the next number, which names the one it replaces.
///
/// # Errors
/// `Invalid` without a reason; `Conflict` when it was cancelled before.
pub fn cancel_receipt(tx: &mut Tx<'_>, actor: &Actor, id: &str, command: &CancelReceipt) -> Result<FeeReceipt> {
    let id = <FeeReceiptId as TypedId>::parse(id).ok_or_else(shared::not_found)?;
    let before = store::receipt_by_id(tx, &id)?.ok_or_else(shared::not_found)?;
    shared::find_by_dossier(tx, actor, Action::ReceiptCancel, &before.dossier)?;
    let reason = text::clean(&command.reason);
    if !(5..=500).contains(&text::length(&reason)) {
        let words = ("Hãy ghi lý do hủy biên lai (5 đến 500 chữ cái).", "Say why it is cancelled (5 to 500 letters).");
        return Err(Error::invalid(vec![FieldError::new("reason", "required", words)]));
    }
    if before.cancelled_at.is_some() {
        let words = ("Biên lai này đã bị hủy trước đó.", "This receipt was cancelled before.");
        return Err(Error::conflict("cancelled_before", words));
    }
    store::cancel_receipt(tx, &before, &actor.label(), &reason)?;
    let mut body = json!({ "receipt": before.id, "number": before.full_number() });
    shared::beside(tx, &before.dossier, &mut body, "reason", &reason)?;
    let event = shared::record(tx, &before.dossier, actor, "payment.receipt_cancelled", body)?;
    let number = store::next_receipt_number(tx, &before.agency, &before.series)?;
    let mut again = FeeReceipt {
        id: tx.new_id::<FeeReceiptId>(),
        number,
        issued_at: tx.now(),
        issued_by: actor.label(),
        replaces: Some(before.id.clone()),
        version: 1,
        ..before.clone()
    };
    let mut document: Document = serde_json::from_value(before.content.clone())
        .map_err(|e| Error::internal(format!("fee_receipts.content: {e}")))?;
    if let Document::FeeReceipt(printed) = &mut document {
        printed.head.number = Some(again.full_number());
        printed.head.date = again.issued_at.vietnam().date();
        printed.head.replaces = Some(before.full_number());
        printed.check.code = format!("{}/{}", again.agency, again.full_number());
        printed.check.key = key_of(&again.id);
        printed.check.hash.clone_from(&event.hash);
    }
    again.content = serde_json::to_value(&document).map_err(|e| Error::internal(format!("receipt: {e}")))?;
    keep(tx, actor, &again)?;
    tell::replaced(tx, &again)?;
    Ok(again)
}

/// What the public may know of a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedReceipt {
    pub number: String,
    pub title: &'static str,
    pub amount: i64,
    pub issued_at: kernel_base::Instant,
    pub agency: String,
    pub cancelled_at: Option<kernel_base::Instant>,
}

/// Checks a receipt by what is printed on it: agency, number and key.
///
/// # Errors
/// `NotFound`, the same for a wrong number and a wrong key.
pub fn check_receipt(tx: &mut Tx<'_>, code: &str, key: &str) -> Result<CheckedReceipt> {
    let mut parts = code.trim().splitn(3, '/');
    let (agency, series, number) = (parts.next(), parts.next(), parts.next());
    let agency = agency.and_then(kernel_base::AgencyId::parse).ok_or_else(shared::not_found)?;
    let number: i64 = number.and_then(|n| n.parse().ok()).ok_or_else(shared::not_found)?;
    let receipt = store::receipt_by_number(tx, &agency, series.unwrap_or_default(), number)?;
    let receipt = receipt.ok_or_else(shared::not_found)?;
    if key_of(&receipt.id) != key.trim().to_uppercase() {
        return Err(shared::not_found());
    }
    Ok(CheckedReceipt {
        number: receipt.full_number(),
        title: title_of(receipt.kind),
        amount: receipt.amount,
        issued_at: receipt.issued_at,
        agency: shared::agency_name(tx, &receipt.agency)?,
        cancelled_at: receipt.cancelled_at,
    })
}
