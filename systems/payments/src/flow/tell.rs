//! The payer is told of money that goes back and of receipts that were replaced: once for each event.

use kernel_base::{Result, Vnd, vietnam_time};
use kernel_contract::{DossierId, Notice, Notices, OwnerContacts, Recipient};
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

/// How the payer of a dossier hears of it.
#[derive(Debug)]
pub(super) enum Payer {
    /// By a message to this account, phone or e-mail.
    Told(Reached),
    /// No message of this installation gets there: an officer calls.
    ToCall(String),
    /// Nothing is written on the form.
    Unknown,
}

/// Where messages of a dossier's money go.
#[derive(Debug)]
pub(super) enum Reached {
    Account(String),
    /// As written on the form of a dossier of the counter.
    Contact(String),
}

/// Who is told of a dossier's money: the account, else the first written phone or e-mail that messages reach.
pub(super) fn payer(tx: &mut Tx<'_>, dossier: &DossierId) -> Result<Payer> {
    let owed = store::obligations_of(tx, dossier)?;
    if let Some(first) = owed.first().filter(|o| !o.owner_account.is_empty()) {
        return Ok(Payer::Told(Reached::Account(first.owner_account.clone())));
    }
    let written = tx.port::<dyn OwnerContacts>()?.contacts(tx, dossier)?;
    let notices = tx.port::<dyn Notices>()?;
    if let Some(contact) = written.iter().find(|contact| notices.reaches(contact)) {
        return Ok(Payer::Told(Reached::Contact(contact.clone())));
    }
    Ok(written.into_iter().next().map_or(Payer::Unknown, Payer::ToCall))
}

/// Whom no message reaches is on the list of refunds, to be called; the page behind the look-up key shows it in any case.
fn tell(tx: &mut Tx<'_>, dossier: &DossierId, kind: &str, key: &str, more: &[(&'static str, String)]) -> Result<()> {
    let Some(code) = store::obligations_of(tx, dossier)?.first().map(|o| o.code.to_string()) else { return Ok(()) };
    let Payer::Told(reached) = payer(tx, dossier)? else { return Ok(()) };
    let (to, link) = match &reached {
        Reached::Account(account) => (Recipient::Account(account), format!("/dossiers/{code}/fees")),
        Reached::Contact(contact) => (Recipient::Contact(contact), format!("/tra-cuu?code={code}")),
    };
    let values: Vec<_> = more.iter().cloned().chain([("code", code)]).collect();
    let notice = Notice { to, kind, key, values: &values, link: &link, at: tx.now() };
    tx.port::<dyn Notices>()?.tell(tx, &notice).map(drop)
}
