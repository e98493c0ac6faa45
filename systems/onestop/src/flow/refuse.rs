//! The one-stop does not receive a dossier, and says why in writing (form 03).

use kernel_base::{Result, text};
use kernel_db::Tx;
use kernel_obligations::Outcome;
use kernel_org::{Action, Actor};
use serde_json::json;

use super::{shared, slips};
use crate::{
    model::{Dossier, Reason, Refuse, SlipKind},
    store,
};

/// Refuses a dossier that was not accepted yet.
///
/// # Errors
/// `Invalid` without a reason; `Conflict` after acceptance (then it can only be settled, withdrawn or stopped).
pub fn refuse(tx: &mut Tx<'_>, actor: &Actor, code: &str, command: &Refuse) -> Result<Dossier> {
    let before = shared::find(tx, actor, Action::DossierRefuse, code)?;
    let reason = Reason::parse("reason", &command.reason)?;
    let state = before.state.refuse()?;

    let mut dossier = before.clone();
    dossier.state = state;
    shared::close_all(tx, &mut dossier, Outcome::Refused, actor)?;
    super::fees::end(tx, actor, &dossier)?;

    store::save_dossier(tx, &before, &dossier)?;
    let legal_basis = text::clean(&command.legal_basis);
    let body = json!({ "reason": reason, "legal_basis": legal_basis });
    let recorded = shared::record(tx, &dossier, actor, "dossier.refused", body)?;
    slips::issue(tx, &dossier, actor, SlipKind::Refusal, &recorded)?;
    dossier.version += 1;
    Ok(dossier)
}
