//! A leader opens each drafted result, then signs those that he ticks with one confirmation.

use kernel_base::{Error, Result, TypedId};
use kernel_db::Tx;
use kernel_files::FileId;
use kernel_org::{Action, Actor, Resource};

use super::{
    approve::{fresh_code, settle},
    bulk::{self, Outcome},
    look, shared,
};
use crate::{
    model::{ApproveMany, Chosen},
    store,
};

/// Notes that an officer has opened the drafted result in this file; anything else is no opening.
///
/// # Errors
/// Those of the database.
pub fn note_opening(tx: &mut Tx<'_>, actor: &Actor, file: &FileId) -> Result<()> {
    let Some(officer) = actor.officer() else { return Ok(()) };
    let Some(dossier) = store::dossier_of_file(tx, file.as_str())? else { return Ok(()) };
    let draft = store::result_of(tx, &dossier)?.filter(|r| r.file == file.as_str() && r.approved_at.is_none());
    match draft {
        Some(draft) => store::note_opening(tx, &draft.id, &officer.officer.to_string()),
        None => Ok(()),
    }
}

/// Whether this officer may sign in a batch what stands in this file: it is a draft that is not noted as opened yet.
///
/// # Errors
/// Those of the database.
pub fn is_unopened_draft(tx: &mut Tx<'_>, actor: Option<&Actor>, file: &FileId) -> Result<bool> {
    let Some(officer) = actor.and_then(Actor::officer) else { return Ok(false) };
    let Some(dossier) = store::dossier_of_file(tx, file.as_str())? else { return Ok(false) };
    let draft = store::result_of(tx, &dossier)?.filter(|r| r.file == file.as_str() && r.approved_at.is_none());
    match draft {
        Some(draft) => Ok(!store::has_opened(tx, &draft.id, &officer.officer.to_string())?),
        None => Ok(false),
    }
}

/// Approves each chosen result; one that cannot be approved does not stop the others. The code is good for this batch.
///
/// # Errors
/// `Invalid` for a wrong or used code, or more than 50; others only from the database.
pub fn approve_many(tx: &mut Tx<'_>, actor: &Actor, command: &ApproveMany) -> Result<Vec<Outcome>> {
    let agency = look::desk_of(actor)?;
    kernel_org::allow(actor, Action::DossierApprove, &Resource::agency(agency))?;
    if command.items.is_empty() {
        let words = ("Chưa chọn văn bản nào để ký.", "No document is chosen.");
        return Err(Error::refused("none_chosen", words));
    }
    fresh_code(tx, actor, &command.totp)?;
    let codes: Vec<String> = command.items.iter().map(|item| item.code.clone()).collect();
    bulk::each(&codes, |code| {
        let chosen = command.items.iter().find(|item| item.code == code);
        let chosen = chosen.ok_or_else(|| Error::internal("a batch without its item"))?;
        must_be_opened(tx, actor, chosen)?;
        settle(tx, actor, code, &chosen.sha256, "", "totp_batch", |_| Ok(())).map(|d| d.state.word().to_owned())
    })
}

fn must_be_opened(tx: &mut Tx<'_>, actor: &Actor, chosen: &Chosen) -> Result<()> {
    let dossier = shared::find(tx, actor, Action::DossierApprove, &chosen.code)?;
    let officer = actor.officer().map(|o| o.officer.to_string()).unwrap_or_default();
    let opened = match store::result_of(tx, &dossier.id)? {
        Some(result) => store::has_opened(tx, &result.id, &officer)?,
        None => true,
    };
    if opened {
        return Ok(());
    }
    let words = (
        "Bạn chưa mở văn bản này. Hãy mở đọc rồi mới ký.",
        "You have not opened this document. Open and read it before signing.",
    );
    Err(Error::conflict("not_opened", words))
}
