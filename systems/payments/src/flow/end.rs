//! A dossier owes nothing any more.

use kernel_base::Result;
use kernel_contract::{DossierId, FeesEnd};
use kernel_db::Tx;
use kernel_org::Actor;
use serde_json::json;

use super::{refunds, shared};
use crate::{
    model::{ObligationState, RefundReason},
    store,
};

/// Cancels what is open. What was paid before reception of a dossier that was never accepted goes back; money that is
/// still on its way will go back when it comes.
pub(crate) fn end(tx: &mut Tx<'_>, actor: &Actor, dossier: &DossierId, why: FeesEnd) -> Result<()> {
    let owed = store::obligations_of(tx, dossier)?;
    let now = tx.now();
    let open: Vec<_> = owed.iter().filter(|o| o.state == ObligationState::Open).collect();
    for obligation in &open {
        store::save_obligation_state(tx, obligation, ObligationState::Cancelled, Some(now))?;
    }
    if !open.is_empty() {
        let ids: Vec<_> = open.iter().map(|o| &o.id).collect();
        shared::record(tx, dossier, actor, "payment.cancelled", json!({ "obligations": ids }))?;
    }
    if why == FeesEnd::NeverAccepted {
        for attempt in store::attempts_of(tx, dossier)?.iter().filter(|a| a.state.has_money()) {
            let settled: i64 =
                store::lines_of(tx, &attempt.id)?.iter().filter(|line| line.settled).map(|line| line.amount).sum();
            let left = settled.min(attempt.amount - attempt.refund_total);
            if left > 0 {
                refunds::ask(tx, attempt, left, RefundReason::NeverAccepted)?;
            }
        }
    }
    Ok(())
}
