//! A dossier ends without a result, on a legal ground (form 05 from 2025-07-01).

use kernel_base::{Result, text};
use kernel_db::Tx;
use kernel_obligations::Outcome;
use kernel_org::{Action, Actor};
use serde_json::json;

use super::{shared, slips};
use crate::{
    model::{Dossier, Reason, SlipKind, Stop},
    store,
};

/// Stops an accepted dossier.
///
/// # Errors
/// `Invalid` without reason or legal basis; `Conflict` before acceptance or after the end.
pub fn stop(tx: &mut Tx<'_>, actor: &Actor, code: &str, command: &Stop) -> Result<Dossier> {
    let before = shared::find(tx, actor, Action::DossierStop, code)?;
    let reason = Reason::parse("reason", &command.reason)?;
    let legal_basis = Reason::parse("legal_basis", &command.legal_basis)?;
    let state = before.state.stop()?;

    let mut dossier = before.clone();
    dossier.state = state;
    shared::close_all(tx, &mut dossier, Outcome::Stopped, actor)?;
    shared::leave_step(tx, &mut dossier, actor, "stopped", &text::clean(reason.as_str()))?;
    super::fees::end(tx, actor, &dossier)?;
    store::save_dossier(tx, &before, &dossier)?;
    let body = json!({ "reason": reason, "legal_basis": legal_basis });
    let recorded = shared::record(tx, &dossier, actor, "dossier.stopped", body)?;
    slips::issue(tx, &dossier, actor, SlipKind::StopNotice, &recorded)?;
    dossier.version += 1;
    Ok(dossier)
}
