//! Use cases of drafts: start, look, save fields, choose agency, delete, submit.

use std::sync::Arc;

use kernel_base::{Error, Instant, Result, TypedId, Words};
use kernel_contract::{Case, Catalogue, Channel, DossierIntake, Receipt, ReusedPaper, Submission, SubmittedPaper};
use kernel_db::Tx;
use kernel_files::FileId;
use kernel_forms::{Facts, Form, Places};
use kernel_org::{Actor, CitizenActor};
use serde_json::Map;

use super::{
    ProcedureView,
    draft_help::{
        may_see, not_found, offered, online_case, parsed, too_large, too_many, unknown_paper, within_mandate,
    },
    look,
};
use crate::{
    model::{Clash, Draft, DraftFile, DraftId, FieldChange, KEPT_DAYS, MOST_FILES, PrefillState},
    store,
};

/// A person keeps at most so many drafts; submitted ones count too until they expire.
const MOST_DRAFTS: i64 = 100;

/// Bytes of all answers of a draft.
const LARGEST_ANSWERS: usize = 256 * 1024;

/// A draft with everything its pages show.
#[derive(Debug)]
pub(crate) struct DraftView {
    pub(crate) draft: Draft,
    pub(crate) procedure: ProcedureView,
    pub(crate) case: Case,
    pub(crate) form: Form,
    pub(crate) agency_name: String,
    pub(crate) places: Arc<Places>,
    pub(crate) now: Instant,
}

impl DraftView {
    /// Facts for checking answers on the day of the transaction.
    pub(crate) fn facts(&self) -> Facts<'_> {
        Facts::on(self.procedure.day).with_places(&self.places)
    }
}

/// A line of the person's list of drafts.
#[derive(Debug, Clone)]
pub(crate) struct DraftLine {
    pub(crate) id: DraftId,
    pub(crate) name: Words,
    pub(crate) agency: String,
    pub(crate) updated_at: Instant,
    pub(crate) expires_at: Instant,
}

/// Begins a draft. A second press of the button opens the empty draft of the first.
///
/// # Errors
/// `Invalid` when the agency does not offer the procedure today or it is not taken online; `TooMany` beyond 100 drafts.
pub(crate) fn start_draft(
    tx: &mut Tx<'_>,
    actor: &Actor,
    procedure: &str,
    case: &str,
    agency: &str,
) -> Result<DraftId> {
    let citizen = citizen(actor)?;
    within_mandate(citizen, procedure)?;
    let view = look(tx, procedure)?;
    let agency = offered(&view, agency)?;
    let case = online_case(&view, case)?.code.clone();
    let drafts = store::drafts_of(tx, citizen.account.as_str(), MOST_DRAFTS)?;
    let same = |d: &&Draft| {
        d.procedure == view.code() && d.case == case && d.agency == agency && !d.is_submitted() && may_see(citizen, d)
    };
    if let Some(empty) = drafts.iter().filter(same).find(|d| d.answers.is_empty() && d.papers.is_empty()) {
        return Ok(empty.id.clone());
    }
    if i64::try_from(drafts.len()).unwrap_or(MOST_DRAFTS) >= MOST_DRAFTS {
        return Err(too_many());
    }
    let now = tx.now();
    let draft = Draft {
        id: tx.new_id(),
        account: citizen.account.as_str().to_owned(),
        mandate: citizen.acting.as_ref().map(|acting| acting.mandate.to_string()).unwrap_or_default(),
        procedure: view.code().to_owned(),
        case,
        agency,
        answers: Map::new(),
        saved: std::collections::BTreeMap::new(),
        papers: Vec::new(),
        origins: kernel_contract::Provenance::new(),
        prefill: PrefillState::Open,
        receipt: None,
        created_at: now,
        updated_at: now,
        expires_at: now.plus_hours(KEPT_DAYS * 24),
        version: 1,
    };
    store::insert_draft(tx, &draft)?;
    store::mark_begun(tx, &draft)?;
    Ok(draft.id)
}

/// A draft for its owner.
///
/// # Errors
/// `NotFound` for everyone else.
pub(crate) fn look_draft(tx: &mut Tx<'_>, actor: &Actor, id: &str) -> Result<DraftView> {
    let draft = find(tx, actor, id)?;
    view(tx, draft)
}

fn view(tx: &mut Tx<'_>, draft: Draft) -> Result<DraftView> {
    let procedure = look(tx, &draft.procedure)?;
    let case = online_case(&procedure, &draft.case)?.clone();
    let form = parsed(&procedure, &case)?;
    let now = tx.now();
    let agency_name = kernel_org::agency(tx, &draft.agency, now)?.map_or_else(|| draft.agency.to_string(), |a| a.name);
    let places = tx.port::<dyn Catalogue>()?.communes(tx)?;
    Ok(DraftView { places, draft, procedure, case, form, agency_name, now })
}

/// The person's unsubmitted drafts, last changed first.
///
/// # Errors
/// `Unauthenticated` for who is not a citizen.
pub(crate) fn my_drafts(tx: &mut Tx<'_>, actor: &Actor) -> Result<Vec<DraftLine>> {
    let citizen = citizen(actor)?;
    let now = tx.now();
    let mut lines = Vec::new();
    for draft in store::drafts_of(tx, citizen.account.as_str(), MOST_DRAFTS)? {
        if draft.is_submitted() || !may_see(citizen, &draft) {
            continue;
        }
        let name = store::procedure_name(tx, &draft.procedure)?;
        let agency = kernel_org::agency(tx, &draft.agency, now)?.map_or_else(|| draft.agency.to_string(), |a| a.name);
        lines.push(DraftLine {
            id: draft.id,
            name,
            agency,
            updated_at: draft.updated_at,
            expires_at: draft.expires_at,
        });
    }
    Ok(lines)
}

/// Fields as a page or the script sent them.
#[derive(Debug, Clone, Default)]
pub(crate) struct SaveFields {
    pub(crate) posted: Vec<(String, String)>,
    /// The whole page that was sent; `None` = only the fields that changed.
    pub(crate) page: Option<String>,
    pub(crate) device: String,
    pub(crate) seen: Option<Instant>,
}

/// What saving came to.
#[derive(Debug)]
pub(crate) struct SavedFields {
    pub(crate) view: DraftView,
    pub(crate) clashes: Vec<Clash>,
    pub(crate) at: Instant,
}

/// Saves fields as they are, right or wrong: nothing typed is lost.
///
/// # Errors
/// `NotFound` for a draft of another person; `Conflict` when it is submitted.
pub(crate) fn save_fields(tx: &mut Tx<'_>, actor: &Actor, id: &str, command: &SaveFields) -> Result<SavedFields> {
    let draft = open(tx, actor, id)?;
    let mut view = view(tx, draft)?;
    let at = tx.now();
    let before = view.draft.answers.clone();
    let clashes = view.draft.put_fields(&FieldChange {
        form: &view.form,
        posted: &command.posted,
        page: command.page.as_deref(),
        device: &command.device,
        at,
        seen: command.seen,
    });
    if serde_json::to_string(&view.draft.answers).map_or(0, |text| text.len()) > LARGEST_ANSWERS {
        return Err(too_large());
    }
    if view.draft.answers != before {
        touch(tx, &mut view.draft)?;
    }
    Ok(SavedFields { view, clashes, at })
}

/// Chooses another agency or case; answers stay.
///
/// # Errors
/// `Invalid` when the agency does not offer the procedure.
pub(crate) fn change_agency(tx: &mut Tx<'_>, actor: &Actor, id: &str, case: &str, agency: &str) -> Result<()> {
    let mut draft = open(tx, actor, id)?;
    let view = look(tx, &draft.procedure)?;
    draft.agency = offered(&view, agency)?;
    draft.case = online_case(&view, if case.is_empty() { &draft.case } else { case })?.code.clone();
    touch(tx, &mut draft)
}

/// Adds a stored file to a paper.
///
/// # Errors
/// `Invalid` for a paper that the case does not ask for, and beyond 40 files of one paper.
pub(crate) fn add_file(tx: &mut Tx<'_>, actor: &Actor, id: &str, file: DraftFile) -> Result<()> {
    let draft = open(tx, actor, id)?;
    let mut view = view(tx, draft)?;
    if view.case.papers.iter().all(|p| p.code != file.paper) {
        return Err(unknown_paper());
    }
    if view.draft.files_of(&file.paper).count() >= MOST_FILES {
        return Err(Error::refused(
            "files_too_many",
            (
                "Giấy tờ này đã có 40 tệp. Hãy bỏ bớt tệp không cần rồi thêm tệp mới.",
                "This paper already has 40 files. Remove those not needed, then add new ones.",
            ),
        ));
    }
    view.draft.papers.push(file);
    touch(tx, &mut view.draft)
}

/// Takes a file out of the draft and erases it.
///
/// # Errors
/// `NotFound` for a draft of another person. A file that is gone already is no error.
pub(crate) fn remove_file(tx: &mut Tx<'_>, actor: &Actor, id: &str, file: &str) -> Result<()> {
    let mut draft = open(tx, actor, id)?;
    if draft.papers.iter().all(|f| f.file != file) {
        return Ok(());
    }
    draft.papers.retain(|f| f.file != file);
    erase(tx, &actor.holder(), file)?;
    touch(tx, &mut draft)
}

/// Several files of one paper were joined into one: the new one takes their place.
///
/// # Errors
/// `Stale` when the files changed meanwhile; the caller joins again.
pub(crate) fn replace_files(tx: &mut Tx<'_>, actor: &Actor, id: &str, old: &[String], new: DraftFile) -> Result<()> {
    let mut draft = open(tx, actor, id)?;
    let now_there: Vec<String> = draft.files_of(&new.paper).map(|f| f.file.clone()).collect();
    if now_there != old {
        return Err(Error::conflict(
            "files_changed",
            (
                "Giấy tờ vừa thay đổi ở nơi khác. Hãy tải lại trang rồi gửi lại.",
                "The papers just changed elsewhere. Reload the page and send again.",
            ),
        ));
    }
    draft.papers.retain(|f| f.paper != new.paper);
    draft.papers.push(new);
    for file in old {
        erase(tx, &actor.holder(), file)?;
    }
    touch(tx, &mut draft)
}

/// Hands the draft in. Handing it in again gives the same receipt.
///
/// # Errors
/// `Invalid` with every fault of answers and papers at once, and when the declaration was not confirmed.
pub(crate) fn submit_draft(tx: &mut Tx<'_>, actor: &Actor, id: &str) -> Result<Receipt> {
    let mut draft = find(tx, actor, id)?;
    if let Some(receipt) = draft.receipt {
        return Ok(receipt);
    }
    let view = view(tx, draft.clone())?;
    let faults = view.draft.faults(&view.form, &view.case.papers, &view.facts());
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let answers = view.draft.answers_value();
    let submission = Submission {
        procedure: draft.procedure.clone(),
        case: Some(draft.case.clone()),
        agency: draft.agency.clone(),
        channel: Channel::Online,
        copies: view.form.copies(&answers).and_then(|n| i64::try_from(n).ok()),
        form: answers,
        papers: draft.papers.iter().map(|f| SubmittedPaper { paper: f.paper.clone(), file: f.file.clone() }).collect(),
        owner: None,
        representative: None,
        provenance: super::prefill::provenance(&draft),
        reused: draft.papers.iter().filter_map(reused).collect(),
    };
    let receipt = tx.port::<dyn DossierIntake>()?.submit(tx, actor, &submission)?;
    // The data lives in the dossier now; no second copy stays here.
    draft.answers = Map::new();
    draft.saved.clear();
    draft.origins.clear();
    draft.papers.clear();
    draft.receipt = Some(receipt.clone());
    touch(tx, &mut draft)?;
    store::mark_submitted(tx, &draft.id)?;
    Ok(receipt)
}

fn reused(file: &DraftFile) -> Option<ReusedPaper> {
    let from = file.reused.as_ref()?;
    Some(ReusedPaper { file: file.file.clone(), source: from.source.clone(), result: from.result })
}

/// The receipt of a submitted draft, with the name of its procedure and agency.
///
/// # Errors
/// `NotFound` for another person's draft and for one that is not submitted.
pub(crate) fn receipt_of(tx: &mut Tx<'_>, actor: &Actor, id: &str) -> Result<(Receipt, Words, String)> {
    let draft = find(tx, actor, id)?;
    let now = tx.now();
    let name = store::procedure_name(tx, &draft.procedure)?;
    let agency = kernel_org::agency(tx, &draft.agency, now)?.map_or_else(|| draft.agency.to_string(), |a| a.name);
    let receipt = draft.receipt.ok_or_else(not_found)?;
    Ok((receipt, name, agency))
}

/// Deletes an unsubmitted draft with its files.
///
/// # Errors
/// `NotFound` for another person's draft; `Conflict` when it is submitted.
pub(crate) fn delete_draft(tx: &mut Tx<'_>, actor: &Actor, id: &str) -> Result<()> {
    let draft = open(tx, actor, id)?;
    delete(tx, &draft, &actor.holder())
}

/// Deletes drafts that were not changed for 30 days, with their files. For a nightly job.
///
/// # Errors
/// `Stale` when one of them was handed in meanwhile: what became a dossier's stays, and the job runs again.
pub fn delete_expired_drafts(tx: &mut Tx<'_>, most: i64) -> Result<usize> {
    let drafts = store::expired_drafts(tx, most)?;
    for draft in &drafts {
        delete(tx, draft, &format!("citizen:{}", draft.account))?;
    }
    Ok(drafts.len())
}

/// Deletes a draft as it was read, with the files in it that `holder` still owns.
pub(super) fn delete(tx: &mut Tx<'_>, draft: &Draft, holder: &str) -> Result<()> {
    store::delete_draft(tx, draft)?;
    for file in &draft.papers {
        erase(tx, holder, &file.file)?;
    }
    Ok(())
}

/// The citizen's draft, submitted or not.
pub(crate) fn find(tx: &mut Tx<'_>, actor: &Actor, id: &str) -> Result<Draft> {
    let citizen = citizen(actor)?;
    let id = store::draft_id(id).ok_or_else(not_found)?;
    let draft = store::draft_of(tx, &id, citizen.account.as_str())?.filter(|draft| may_see(citizen, draft));
    draft.ok_or_else(not_found)
}

/// The citizen's draft, while it can be changed.
pub(crate) fn open(tx: &mut Tx<'_>, actor: &Actor, id: &str) -> Result<Draft> {
    let draft = find(tx, actor, id)?;
    match &draft.receipt {
        None => Ok(draft),
        Some(receipt) => Err(Error::conflict(
            "draft_submitted",
            Words::new(
                format!("Hồ sơ này đã nộp với mã {}. Muốn sửa, hãy mở hồ sơ trong “Việc của tôi”.", receipt.code),
                format!("This was handed in as {}. Open it in “My matters” to see what can be done.", receipt.code),
            ),
        )
        .with_current(serde_json::json!({ "code": receipt.code }))),
    }
}

pub(super) fn touch(tx: &mut Tx<'_>, draft: &mut Draft) -> Result<()> {
    draft.updated_at = tx.now();
    draft.expires_at = draft.updated_at.plus_hours(KEPT_DAYS * 24);
    store::save_draft(tx, draft)?;
    draft.version += 1;
    Ok(())
}

/// Erases a file that still belongs to the person, not to a dossier.
fn erase(tx: &mut Tx<'_>, holder: &str, file: &str) -> Result<()> {
    let Some(id) = <FileId as TypedId>::parse(file) else { return Ok(()) };
    kernel_files::erase_of(tx, &id, holder).map(drop)
}

fn citizen(actor: &Actor) -> Result<&CitizenActor> {
    actor.citizen().ok_or_else(Error::unauthenticated)
}

#[cfg(test)]
#[path = "draft_tests.rs"]
mod tests;
