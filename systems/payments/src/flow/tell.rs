//! The payer is told of money that goes back and of receipts that were replaced: once for each event.

use kernel_base::{Result, Vnd, vietnam_time};
use kernel_contract::{DossierId, Notice, Notices, Recipient};
use kernel_db::Tx;

use crate::{
    model::{FeeReceipt, Refund, RefundState},
    store,
};

/// Tells of a refund as it stands now.
pub(crate) fn refund(tx: &mut Tx<'_>, refund: &Refund) -> Result<()> {
    let kind = match refund.state {
        RefundState::Asked => "payment.refund_opened",
        RefundState::Done => "payment.refunded",
        RefundState::Declined => "payment.refund_declined",
        // Approved: it is on its way, and the person waits for nothing else.
        RefundState::Approved => return Ok(()),
    };
    let reason = refund.note.trim();
    let reason = if reason.ends_with(['.', '!', '?', '…']) { reason.to_owned() } else { format!("{reason}.") };
    let values = [("amount", dong(refund.amount)), ("due", vietnam_time(refund.due_at)), ("reason", reason)];
    tell(tx, &refund.dossier, kind, &format!("refund:{}:{}", refund.id, refund.state.as_str()), &values)
}

/// Tells that a wrong receipt has another in its place.
pub(crate) fn replaced(tx: &mut Tx<'_>, receipt: &FeeReceipt) -> Result<()> {
    let values = [("receipt", receipt.full_number())];
    tell(tx, &receipt.dossier, "payment.receipt_replaced", &format!("receipt:{}", receipt.id), &values)
}

fn dong(amount: i64) -> String {
    Vnd::new(amount).map(|amount| amount.to_string()).unwrap_or_default()
}

/// Who has no account is told at the counter.
fn tell(tx: &mut Tx<'_>, dossier: &DossierId, kind: &str, key: &str, more: &[(&'static str, String)]) -> Result<()> {
    let owed = store::obligations_of(tx, dossier)?;
    let Some(first) = owed.first().filter(|o| !o.owner_account.is_empty()) else { return Ok(()) };
    let values: Vec<_> = more.iter().cloned().chain([("code", first.code.to_string())]).collect();
    let link = format!("/dossiers/{}/fees", first.code);
    let to = Recipient::Account(&first.owner_account);
    let notice = Notice { to, kind, key, values: &values, link: &link, at: tx.now() };
    tx.port::<dyn Notices>()?.tell(tx, &notice).map(drop)
}
