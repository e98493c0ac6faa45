//! The owner wants the dossier back before it is settled.

use kernel_base::{Result, text};
use kernel_db::Tx;
use kernel_obligations::{Outcome, PauseReason};
use kernel_org::{Action, Actor};
use serde_json::json;

use super::{shared, supplement};
use crate::{
    model::{DecideWithdrawal, Dossier, Reason, WithdrawalRequest},
    store,
};

/// The owner asks, or a clerk records it at the counter. The clock runs on until it is granted.
///
/// # Errors
/// `Conflict` once the dossier is settled or ended.
pub fn request_withdrawal(tx: &mut Tx<'_>, actor: &Actor, code: &str, command: &WithdrawalRequest) -> Result<Dossier> {
    let before = shared::find(tx, actor, Action::DossierWithdraw, code)?;
    let reason = Reason::parse("reason", &command.reason)?;
    let state = before.state.ask_withdrawal()?;

    let mut dossier = before.clone();
    dossier.state = state;
    if before.state.is_paused() {
        shared::resume_clocks(tx, &mut dossier, actor)?;
    }
    store::save_dossier(tx, &before, &dossier)?;
    shared::record(tx, &dossier, actor, "dossier.withdrawal_requested", json!({ "reason": reason }))?;
    dossier.version += 1;
    Ok(dossier)
}

/// The one-stop grants the withdrawal and gives the papers back, or declines it with a reason.
///
/// # Errors
/// `Conflict` when nobody asked; `Invalid` when it is declined without a reason.
pub fn decide_withdrawal(tx: &mut Tx<'_>, actor: &Actor, code: &str, command: &DecideWithdrawal) -> Result<Dossier> {
    let before = shared::find(tx, actor, Action::DossierGrantWithdrawal, code)?;
    let mut dossier = before.clone();
    let mut waits_again = false;
    if command.granted {
        dossier.state = before.state.grant_withdrawal()?;
        shared::close_all(tx, &mut dossier, Outcome::Withdrawn, actor)?;
        shared::leave_step(tx, &mut dossier, actor, "withdrawn", "")?;
        super::fees::end(tx, actor, &dossier)?;
    } else {
        Reason::parse("reason", &command.reason)?;
        dossier.state = before.state.decline_withdrawal()?;
        waits_again = wait_for_supplement(tx, &before, &mut dossier, actor)?;
    }
    store::save_dossier(tx, &before, &dossier)?;
    let kind = if command.granted { "dossier.withdrawn" } else { "dossier.withdrawal_declined" };
    let body = json!({ "reason": text::clean(&command.reason), "waits_again": waits_again });
    shared::record(tx, &dossier, actor, kind, body)?;
    dossier.version += 1;
    Ok(dossier)
}

/// A supplement that was asked for before the withdrawal is still owed by the owner: the clock waits for it again.
fn wait_for_supplement(tx: &mut Tx<'_>, before: &Dossier, dossier: &mut Dossier, actor: &Actor) -> Result<bool> {
    let open = store::supplements_of(tx, &before.id)?.iter().any(|request| request.answered_at.is_none());
    if open {
        dossier.state = dossier.state.ask_supplement()?;
        shared::pause_clocks(tx, before, actor, PauseReason::Supplement, supplement::LEGAL_BASIS)?;
    }
    Ok(open)
}
