//! The one-stop receives a dossier: the reception clock ends, the settlement clock starts (NĐ 61/2018).

use kernel_base::{Result, text};
use kernel_contract::{Channel, Offering};
use kernel_db::Tx;
use kernel_obligations::{self as obligations, Limit, Outcome};
use kernel_org::{Action, Actor};
use serde_json::json;

use super::{shared, slips};
use crate::{
    model::{Accept, Dossier, SlipKind},
    store,
};

/// Accepts a submitted dossier and makes the receipt with the promised date (form 01).
///
/// # Errors
/// `Conflict` when it is not waiting for reception; `NotFound` for another agency's officer.
pub fn accept(tx: &mut Tx<'_>, actor: &Actor, code: &str, command: &Accept) -> Result<Dossier> {
    let before = shared::find(tx, actor, Action::DossierAccept, code)?;
    let state = before.state.accept()?;

    let mut dossier = before.clone();
    dossier.state = state;
    dossier.accepted_at = Some(tx.now());
    if let Some(reception) = dossier.reception_obligation.clone() {
        shared::close(tx, &reception, Outcome::Done, actor)?;
    }
    open_settlement(tx, &mut dossier, actor)?;
    let workflow = shared::workflow_of(tx, &dossier)?;
    let start = workflow.start()?.clone();
    let counter = dossier.reception.clone();
    shared::enter_step(tx, &mut dossier, actor, &start, &counter, officer_of(actor))?;
    shared::refresh_due(tx, &mut dossier)?;

    store::save_dossier(tx, &before, &dossier)?;
    let note = text::clean(&command.note);
    let recorded = shared::record(tx, &dossier, actor, "dossier.accepted", json!({ "note": note }))?;
    slips::issue(tx, &dossier, actor, SlipKind::Receipt, &recorded)?;
    dossier.version += 1;
    Ok(dossier)
}

/// Opens the settlement clock. Where no limit is published, nothing is promised.
fn open_settlement(tx: &mut Tx<'_>, dossier: &mut Dossier, actor: &Actor) -> Result<()> {
    let offering = shared::offering_of(tx, dossier)?;
    let Some(limit) = limit_of(&offering, dossier.channel) else { return Ok(()) };
    let opened = obligations::open(
        tx,
        &obligations::Open {
            kind: "dossier.settlement",
            subject: &dossier.subject(),
            holder: &dossier.agency,
            limit,
            cutoff: offering.case.cutoff,
            start: tx.now(),
            actor: &actor.label(),
            source: json!({ "procedure": dossier.procedure, "version": dossier.version_of_procedure, "source": offering.case.limit_source }),
        },
    )?;
    dossier.settlement_obligation = Some(opened.id.to_string());
    Ok(())
}

/// The published limit of the settlement, by the way the dossier came; `None` when none is published.
pub(super) fn limit_of(offering: &Offering, channel: Channel) -> Option<Limit> {
    let online = offering.case.limit_online.filter(|_| channel == Channel::Online);
    online.or(offering.case.limit)
}

fn officer_of(actor: &Actor) -> &str {
    actor.officer().map_or("", |o| &o.account)
}
