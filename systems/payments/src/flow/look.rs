//! Reading: what a dossier owes and has paid.

use kernel_base::Result;
use kernel_contract::{DossierId, PayChannel, Question};
use kernel_db::Tx;
use kernel_org::{Action, Actor, permitted, reads::Shown};

use super::shared;
use crate::{
    model::{Attempt, FeeReceipt, Obligation, ObligationState, Refund},
    store,
};

/// What a dossier owes and has paid.
#[derive(Debug, Clone)]
pub struct DossierPayments {
    pub owed: Vec<Obligation>,
    pub attempts: Vec<Attempt>,
    pub receipts: Vec<FeeReceipt>,
    pub refunds: Vec<Refund>,
    /// Name of the agency that collects.
    pub agency_name: String,
    /// The actor may pay it online.
    pub may_pay: bool,
    /// The actor may take the money at the counter.
    pub may_take: bool,
    pub may_cancel_receipt: bool,
}

impl DossierPayments {
    /// Đồng that is still to be paid.
    pub fn open_amount(&self) -> i64 {
        self.owed.iter().filter(|o| o.state == ObligationState::Open).map(|o| o.amount).sum()
    }

    /// The attempt that waits for its gateway, if there is one.
    pub fn waiting(&self) -> Option<&Attempt> {
        self.attempts.iter().rev().find(|a| a.state.is_waiting())
    }

    /// Something is open and nothing waits: the person may press the button (again).
    pub fn can_retry(&self) -> bool {
        self.open_amount() > 0 && self.attempts.last().is_some_and(Attempt::can_retry)
    }
}

/// For whoever may see the dossier's payments.
///
/// # Errors
/// `NotFound` for everyone else, and when nothing was ever asked.
pub fn payments(tx: &mut Tx<'_>, actor: &Actor, code: &str) -> Result<DossierPayments> {
    let owed = shared::find(tx, actor, Action::PaymentRead, code)?;
    view(tx, actor, owed)
}

/// The same by the dossier.
///
/// # Errors
/// As [`payments`].
pub fn payments_of_dossier(tx: &mut Tx<'_>, actor: &Actor, dossier: &DossierId) -> Result<DossierPayments> {
    let owed = shared::find_by_dossier(tx, actor, Action::PaymentRead, dossier)?;
    view(tx, actor, owed)
}

fn view(tx: &mut Tx<'_>, actor: &Actor, owed: Vec<Obligation>) -> Result<DossierPayments> {
    let first = owed.first().ok_or_else(shared::not_found)?;
    let (dossier, place) = (first.dossier.clone(), shared::resource(first));
    shared::tell(tx, actor, &owed, &[Shown::Payments]);
    Ok(DossierPayments {
        agency_name: shared::agency_name(tx, &first.agency)?,
        attempts: store::attempts_of(tx, &dossier)?,
        receipts: store::receipts_of(tx, &dossier)?,
        refunds: store::refunds_of(tx, &dossier)?,
        may_pay: permitted(actor, Action::FeePay, &place),
        may_take: permitted(actor, Action::FeeRecord, &place),
        may_cancel_receipt: permitted(actor, Action::ReceiptCancel, &place),
        owed,
    })
}

/// One attempt, with the rest of its dossier.
///
/// # Errors
/// `NotFound` for who may not see it.
pub fn attempt(tx: &mut Tx<'_>, actor: &Actor, reference: &str) -> Result<(Attempt, DossierPayments)> {
    let attempt = store::attempt_by_reference(tx, reference)?.ok_or_else(shared::not_found)?;
    let all = payments_of_dossier(tx, actor, &attempt.dossier)?;
    Ok((attempt, all))
}

/// Whether a payment of this reference waits for this gateway. Only decides whether to ask; nobody is shown it.
///
/// # Errors
/// Those of the database.
pub fn is_waiting(tx: &mut Tx<'_>, channel: PayChannel, reference: &str) -> Result<bool> {
    let attempt = store::attempt_by_reference(tx, reference)?;
    Ok(attempt.is_some_and(|a| a.channel == channel && a.state.is_waiting()))
}

/// What to ask a gateway for its own receipt of a payment.
///
/// # Errors
/// `NotFound` for who may not see the payment.
pub fn bill_question(tx: &mut Tx<'_>, actor: &Actor, reference: &str) -> Result<(Attempt, Question)> {
    let (attempt, _) = self::attempt(tx, actor, reference)?;
    let question = crate::jobs::question(&attempt, tx.now());
    Ok((attempt, question))
}
