//! The owner wants the dossier back before it is settled.

use kernel_base::{Error, Result, text};
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
    if actor.officer().is_some() {
        super::notices::tell_withdrawal_recorded(tx, &dossier)?;
    }
    dossier.version += 1;
    Ok(dossier)
}

/// The one-stop grants the withdrawal and gives the papers back, or declines it with a reason.
///
/// A granted withdrawal ends the promise without a verdict. So what an officer recorded for the owner is granted by
/// another officer; what the owner asked for himself, by any.
///
/// # Errors
/// `Conflict` when nobody asked; `Invalid` when it is declined without a reason; `Forbidden` when it is granted by the
/// officer who recorded it.
pub fn decide_withdrawal(tx: &mut Tx<'_>, actor: &Actor, code: &str, command: &DecideWithdrawal) -> Result<Dossier> {
    let before = shared::find(tx, actor, Action::DossierGrantWithdrawal, code)?;
    let mut dossier = before.clone();
    let mut waits_again = false;
    if command.granted {
        dossier.state = before.state.grant_withdrawal()?;
        must_be_another(tx, &before, actor)?;
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

/// Who asked for the withdrawal that waits; in the words of the chain.
pub(super) fn asked_by(tx: &mut Tx<'_>, dossier: &Dossier) -> Result<String> {
    let history = kernel_ledger::history(tx, &dossier.subject())?;
    let asked = history.into_iter().rev().find(|event| event.kind == "dossier.withdrawal_requested");
    Ok(asked.map(|event| event.actor).unwrap_or_default())
}

fn must_be_another(tx: &mut Tx<'_>, dossier: &Dossier, actor: &Actor) -> Result<()> {
    if asked_by(tx, dossier)? != actor.label() {
        return Ok(());
    }
    Err(Error::forbidden(
        "recorded_by_you",
        (
            "Bạn đã ghi yêu cầu rút này thay chủ hồ sơ nên cần người khác cho rút. Hãy nhờ một cán bộ khác mở hồ sơ và quyết định.",
            "You recorded this withdrawal for the owner, so somebody else grants it. Ask another officer to open the dossier and decide.",
        ),
    ))
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
