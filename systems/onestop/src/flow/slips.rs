//! Slips: everything printed is frozen with the event; the PDF is made from it at any time, always the same bytes.

use kernel_base::{Result, TypedId};
use kernel_contract::Settings;
use kernel_db::Tx;
use kernel_documents::{self as documents, Document};
use kernel_ledger::Recorded;
use kernel_org::{
    Action, Actor,
    reads::{Purpose, Shown},
};

use super::{look::holds_key, shared, sign};
use crate::{
    model::{Dossier, SlipId, SlipKind, SlipRow, day_of, slip_form},
    slip_text, store,
};

/// Makes the slip of an event, when an act gives a form for it on this day.
pub(crate) fn issue(
    tx: &mut Tx<'_>,
    dossier: &Dossier,
    actor: &Actor,
    kind: SlipKind,
    event: &Recorded,
) -> Result<Option<SlipId>> {
    let Some(form) = slip_form(kind, day_of(event.at))? else { return Ok(None) };
    let document = slip_text::document(tx, dossier, actor, kind, form, event)?;
    let row = SlipRow {
        id: tx.new_id(),
        kind,
        form: form.form.clone(),
        act: form.act.clone(),
        content: serde_json::to_value(&document).unwrap_or(serde_json::Value::Null),
        event_seq: event.seq,
        hash: event.hash.clone(),
        made_at: event.at,
    };
    store::insert_slip(tx, &dossier.id, &row)?;
    if sign::is_on(tx) {
        sign::request_slip(tx, actor, &row)?;
    }
    Ok(Some(row.id))
}

/// The document of a slip, for whoever may see the dossier or holds its look-up key.
///
/// # Errors
/// `NotFound` for everyone else.
pub fn slip_document(tx: &mut Tx<'_>, actor: Option<&Actor>, key: Option<&str>, id: &str) -> Result<Document> {
    let id = <SlipId as TypedId>::parse(id).ok_or_else(shared::not_found)?;
    let (dossier, slip) = store::slip_by_id(tx, &id)?.ok_or_else(shared::not_found)?;
    let dossier = store::dossier_by_id(tx, &dossier)?.ok_or_else(shared::not_found)?;
    let entitled = actor.is_some_and(|a| shared::permit(a, Action::DossierRead, &dossier).is_ok());
    if !entitled && !key.is_some_and(|key| holds_key(&dossier, key)) {
        return Err(shared::not_found());
    }
    // Erased with its dossier, by the right of its owner.
    if slip.content.as_object().is_none_or(serde_json::Map::is_empty) {
        return Err(shared::not_found());
    }
    if let Some(actor) = actor.filter(|_| entitled) {
        shared::tell(tx, actor, &dossier, Purpose::SlipPrinted, &[Shown::Name, Shown::Contact]);
    }
    serde_json::from_value(slip.content)
        .map_err(|e| kernel_base::Error::internal(format!("slips.content of {id}: {e}")))
}

/// The signed file of a slip that its reader may see; `None` when it is not signed, or not yet.
///
/// # Errors
/// Those of the database.
pub fn slip_file(tx: &mut Tx<'_>, id: &str) -> Result<Option<kernel_files::FileRow>> {
    let signed = kernel_signatures::queue::of(tx, sign::SLIP, id)?.and_then(|document| document.signed_file);
    match signed.as_deref().and_then(<kernel_files::FileId as TypedId>::parse) {
        Some(file) => kernel_files::get(tx, &file),
        None => Ok(None),
    }
}

/// The control slip (phiếu kiểm soát quá trình) as it stands now: made from the hand-overs, never stored.
///
/// # Errors
/// `NotFound` for whoever may not see the dossier.
pub fn control_slip(tx: &mut Tx<'_>, actor: &Actor, code: &str) -> Result<Document> {
    let dossier = shared::find(tx, actor, Action::DossierRead, code)?;
    shared::tell(tx, actor, &dossier, Purpose::SlipPrinted, &[Shown::Name]);
    slip_text::control_slip(tx, &dossier)
}

/// The dossier as slips name it.
pub(crate) fn facts(dossier: &Dossier) -> documents::DossierFacts {
    documents::DossierFacts {
        code: dossier.code.to_string(),
        procedure: dossier.procedure_name.clone(),
        procedure_code: Some(dossier.procedure.clone()),
        applicant: documents::Applicant {
            name: dossier.owner.name.clone(),
            address: dossier.owner.address.clone(),
            phone: dossier.owner.phone.clone(),
            email: dossier.owner.email.clone(),
            submitter: dossier.representative.as_ref().map(|r| r.name.clone()),
        },
    }
}

/// What the QR code leads to; the key is the second factor, the hash makes its holder a witness.
pub(crate) fn check(settings: &Settings, dossier: &Dossier, hash: &str) -> documents::Check {
    documents::Check {
        address: format!("{}/tra-cuu", settings.public_address),
        code: dossier.code.to_string(),
        key: dossier.lookup_key.clone(),
        hash: hash.to_owned(),
    }
}
