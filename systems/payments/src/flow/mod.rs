//! Use cases: one function = one transaction, read from the top down: authorise, load, decide, save, record.

mod ask;
mod counter;
mod end;
mod look;
mod lookup;
mod notice;
mod personal;
mod receipts;
mod reconcile;
mod refunds;
mod settle;
mod shared;
mod start;
mod tell;
mod totals;
mod verify;
mod verify_day;

use kernel_base::{Result, TypedId};
use kernel_contract::{Charge, CounterPayment, DossierId, Fees, FeesEnd, MoneyBack, Owing};
use kernel_db::Tx;
use kernel_org::{AccountId, Actor};

pub use look::{DossierPayments, attempt, bill_question, is_waiting, payments, payments_of_dossier};
pub use lookup::owed_by_code;
pub use notice::{distrusted, heard, noticed};
pub(crate) use personal::Payments;
pub use receipts::{CheckedReceipt, cancel_receipt, check_receipt, receipt_document};
pub use reconcile::{
    DayView, Swept, close_day, day_questions, except, import_day, reconcile, reconciliation, reconciliations,
};
pub use refunds::{RefundToSend, RefundView, decide_refund, pay_out, refund_answered, refunds, refunds_to_send};
pub use start::{Prepared, prepare, started, waiting};
pub use totals::{money_rows, totals};
pub use verify::verify;

/// Gives what an account owes and has paid to another account of the same person.
///
/// # Errors
/// Those of the database.
pub fn hand_over_payments(tx: &mut Tx<'_>, from: &AccountId, to: &AccountId) -> Result<()> {
    crate::store::change_account(tx, from.as_str(), to.as_str())
}

/// Collects fees for the one-stop.
#[derive(Debug)]
pub(crate) struct Collector;

impl Fees for Collector {
    fn ask(&self, tx: &mut Tx<'_>, actor: &Actor, owing: &Owing, charges: &[Charge]) -> Result<()> {
        ask::ask(tx, actor, owing, charges)
    }

    fn take(&self, tx: &mut Tx<'_>, actor: &Actor, dossier: &DossierId, payment: &CounterPayment) -> Result<()> {
        counter::take(tx, actor, dossier, payment)
    }

    fn end(&self, tx: &mut Tx<'_>, actor: &Actor, dossier: &DossierId, why: FeesEnd) -> Result<()> {
        end::end(tx, actor, dossier, why)
    }

    fn refunds(&self, tx: &mut Tx<'_>, dossier: &DossierId) -> Result<Vec<MoneyBack>> {
        Ok(crate::store::refunds_of(tx, dossier)?.into_iter().map(refunds::as_the_payer_sees).collect())
    }
}
