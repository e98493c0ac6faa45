//! Signatures on results and slips: asked for in the transaction of the approval, made by a job, recorded here.

use kernel_base::{Error, Result, TypedId, Words};
use kernel_contract::{DossierId, SIGN_JOB, Settings, Signing};
use kernel_db::Tx;
use kernel_documents::Document as Printed;
use kernel_files::{FileId, FileRow, Stored};
use kernel_jobs::Job;
use kernel_obligations::Outcome;
use kernel_org::{Action, Actor, allow};
use kernel_signatures::{
    Credential,
    queue::{self, Document, Request, Role, SigningId, State as Waits, Step},
};
use serde_json::{Value, json};

use super::shared;
use crate::{
    model::{Dossier, ResultRow, SignAgain, SlipId, SlipKind, SlipRow},
    store,
};

pub(crate) const RESULT: &str = "result";
pub(crate) const SLIP: &str = "slip";

/// Whether what is approved now waits for signatures.
pub(crate) fn is_on(tx: &Tx<'_>) -> bool {
    tx.port::<Signing>().is_ok_and(|signing| signing.is_on())
}

/// Asks for the leader's signature and then the seal of the agency on an approved result.
///
/// # Errors
/// `Forbidden` for who may not sign.
pub(crate) fn request_result(tx: &mut Tx<'_>, dossier: &Dossier, actor: &Actor, result: &ResultRow) -> Result<()> {
    let place = shared::resource(dossier);
    allow(actor, Action::DocumentSign, &place)?;
    let steps = vec![person(tx, dossier, actor, "Phê duyệt kết quả")?, seal(tx, dossier, &dossier.agency)?];
    let title = format!("Kết quả {} của hồ sơ {}", result.number, dossier.code);
    let request = Request {
        subject: dossier.subject(),
        kind: RESULT,
        reference: result.id.to_string(),
        title,
        location: tx.port::<Settings>()?.place.clone(),
        file: result.file.clone(),
        sha256: result.sha256.clone(),
        steps,
    };
    ask(tx, &request)
}

fn ask(tx: &mut Tx<'_>, request: &Request) -> Result<()> {
    let id = queue::request(tx, request)?;
    let job = Job::new(SIGN_JOB, json!({ "document": id })).key(id.to_string());
    kernel_jobs::enqueue(tx, job).map(drop)
}

fn person(tx: &mut Tx<'_>, dossier: &Dossier, actor: &Actor, reason: &str) -> Result<Step> {
    let officer = actor.officer().ok_or_else(|| {
        Error::forbidden("officer_only", ("Chỉ cán bộ được ký văn bản.", "Only an officer can sign a document."))
    })?;
    let now = tx.now();
    let organisation = crate::slip_text::agency_name(tx, &dossier.agency, now)?;
    let credential =
        Credential { id: format!("officer:{}", officer.officer), name: actor.name().to_owned(), organisation };
    Ok(Step { role: Role::Person, credential, reason: reason.to_owned() })
}

/// The seal is a right of its own: no officer holds it, the system puts it after the person's signature.
fn seal(tx: &mut Tx<'_>, dossier: &Dossier, agency: &kernel_base::AgencyId) -> Result<Step> {
    allow(&Actor::System, Action::DocumentSeal, &shared::resource(dossier))?;
    let now = tx.now();
    let name = crate::slip_text::agency_name(tx, agency, now)?;
    let credential = Credential { id: format!("seal:{agency}"), name: name.clone(), organisation: name };
    Ok(Step { role: Role::Seal, credential, reason: "Chữ ký số của cơ quan".to_owned() })
}

/// A slip is printed and sealed by a job; an apology is signed by the leader first.
pub(crate) fn request_slip(tx: &mut Tx<'_>, actor: &Actor, slip: &SlipRow) -> Result<()> {
    let signer = actor.officer().filter(|_| slip.kind == SlipKind::Apology);
    let body = json!({
        "slip": slip.id, "officer": signer.map(|o| o.officer.to_string()), "name": signer.map(|_| actor.name()),
    });
    kernel_jobs::enqueue(tx, Job::new("onestop.print_slip", body).key(slip.id.to_string())).map(drop)
}

/// What a job prints before a slip is signed; `None` when it was printed already.
///
/// # Errors
/// `Internal` for a slip that is gone.
pub fn slip_to_print(tx: &mut Tx<'_>, body: &Value) -> Result<Option<Printed>> {
    let id = slip_id(body)?;
    if queue::of(tx, SLIP, id.as_str())?.is_some() {
        return Ok(None);
    }
    let (_, slip) = store::slip_by_id(tx, &id)?.ok_or_else(|| Error::internal(format!("slip {id} is gone")))?;
    serde_json::from_value(slip.content).map(Some).map_err(|e| Error::internal(format!("slips.content of {id}: {e}")))
}

/// Asks for the signatures of a slip that was printed into a file.
///
/// # Errors
/// Those of the database.
pub fn slip_printed(tx: &mut Tx<'_>, body: &Value, stored: &Stored) -> Result<()> {
    let id = slip_id(body)?;
    let Some((dossier, slip)) = store::slip_by_id(tx, &id)? else { return Ok(()) };
    let Some(dossier) = store::dossier_by_id(tx, &dossier)? else { return Ok(()) };
    if queue::of(tx, SLIP, id.as_str())?.is_some() {
        return Ok(());
    }
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let file = kernel_files::record(tx, stored, &dossier.subject())?;
    let now = tx.now();
    let mut steps = Vec::new();
    if let (Some(officer), Some(name)) = (text("officer"), text("name")) {
        let organisation = crate::slip_text::agency_name(tx, &dossier.agency, now)?;
        let credential = Credential { id: format!("officer:{officer}"), name, organisation };
        steps.push(Step { role: Role::Person, credential, reason: slip.kind.title().to_owned() });
    }
    let sealed_by = if slip.kind == SlipKind::Receipt { &dossier.reception } else { &dossier.agency };
    steps.push(seal(tx, &dossier, sealed_by)?);
    let request = Request {
        subject: dossier.subject(),
        kind: SLIP,
        reference: id.to_string(),
        title: format!("{} {}", slip.kind.title(), dossier.code),
        location: tx.port::<Settings>()?.place.clone(),
        file: file.to_string(),
        sha256: stored.sha256.clone(),
        steps,
    };
    ask(tx, &request)
}

fn slip_id(body: &Value) -> Result<SlipId> {
    let text = body.get("slip").and_then(Value::as_str).unwrap_or_default();
    <SlipId as TypedId>::parse(text).ok_or_else(|| Error::internal(format!("not a slip: {text}")))
}

/// The document of a job and the file that is to be signed; `None` when nothing is left to do.
///
/// # Errors
/// Those of the database.
pub fn to_be_signed(tx: &mut Tx<'_>, id: &str) -> Result<Option<(Document, FileRow)>> {
    let Some(id) = <SigningId as TypedId>::parse(id) else { return Ok(None) };
    let Some(document) = queue::get(tx, &id)?.filter(|d| d.state == Waits::Waiting) else { return Ok(None) };
    let file = <FileId as TypedId>::parse(&document.file);
    let row = match &file {
        Some(file) => kernel_files::get(tx, file)?,
        None => None,
    };
    let row = row.ok_or_else(|| Error::internal(format!("the file of {} is gone", document.id)))?;
    Ok(Some((document, row)))
}

/// Identifiers of documents that wait, the oldest first.
///
/// # Errors
/// Those of the database.
pub fn waiting_documents(tx: &mut Tx<'_>, most: i64) -> Result<Vec<String>> {
    Ok(queue::waiting(tx, most)?.into_iter().map(|d| d.id.to_string()).collect())
}

/// Records the signed file. A result is out now: its promise is kept at this instant, not at the approval.
///
/// # Errors
/// `Stale` when the dossier moved meanwhile; the job tries again.
pub fn signed(tx: &mut Tx<'_>, document: &Document, stored: &Stored) -> Result<()> {
    let id = document.subject.strip_prefix("dossier:").and_then(<DossierId as TypedId>::parse);
    let dossier = match &id {
        Some(id) => store::dossier_by_id(tx, id)?,
        None => None,
    };
    let before = dossier.ok_or_else(|| Error::internal(format!("the dossier of {} is gone", document.id)))?;
    let file = kernel_files::record(tx, stored, &before.subject())?;
    if !queue::finish(tx, &document.id, file.as_str(), &stored.sha256)? {
        // Another worker was first; its file counts, this one is swept as an unused object.
        return kernel_files::erase(tx, &file).map(drop);
    }
    let mut dossier = before.clone();
    if document.kind == RESULT {
        if let Some(settlement) = dossier.settlement_obligation.clone() {
            shared::close(tx, &settlement, Outcome::Done, &Actor::System)?;
        }
        dossier.due_at = None;
        store::save_dossier(tx, &before, &dossier)?;
    }
    // A signed slip changes nothing of the dossier: an officer who drafts meanwhile is not told that it moved.
    let body = json!({
        "document": document.id, "kind": document.kind, "reference": document.reference,
        "file": file, "sha256": stored.sha256, "source": document.sha256,
    });
    shared::record(tx, &dossier, &Actor::System, "dossier.signed", body).map(drop)
}

/// Why the queue gave a document up, for an officer who may have it signed again.
///
/// # Errors
/// Those of the database.
pub(crate) fn given_up(tx: &mut Tx<'_>, actor: &Actor, dossier: &Dossier) -> Result<Option<String>> {
    if shared::permit(actor, Action::DocumentSign, dossier).is_err() {
        return Ok(None);
    }
    let mut failed = queue::of_subject(tx, &dossier.subject())?.into_iter().filter(|d| d.state == Waits::Failed);
    Ok(failed.next().map(|document| format!("{}: {}", document.title, document.trouble)))
}

/// Asks again for signatures that a signer refused or had no certificate for.
///
/// # Errors
/// `Conflict` when nothing failed.
pub fn sign_again(tx: &mut Tx<'_>, actor: &Actor, code: &str, _: &SignAgain) -> Result<Dossier> {
    let dossier = shared::find(tx, actor, Action::DocumentSign, code)?;
    let failed: Vec<Document> =
        queue::of_subject(tx, &dossier.subject())?.into_iter().filter(|d| d.state == Waits::Failed).collect();
    if failed.is_empty() {
        let words = ("Không có văn bản nào cần ký lại.", "No document needs to be signed again.");
        return Err(Error::conflict("nothing_failed", words));
    }
    for document in failed {
        queue::retry(tx, &document)?;
        let job = Job::new(SIGN_JOB, json!({ "document": document.id })).key(document.id.to_string());
        kernel_jobs::enqueue(tx, job)?;
    }
    Ok(dossier)
}

/// The file of an approved result that may leave the house: the signed one; `None` while it waits.
pub(crate) fn result_file(tx: &mut Tx<'_>, result: &ResultRow) -> Result<Option<String>> {
    let document = queue::of(tx, RESULT, result.id.as_str())?;
    Ok(document.map_or_else(|| Some(result.file.clone()), |d| d.signed_file))
}

/// A result that waits for its signature is not handed over.
///
/// # Errors
/// `Conflict` that says what is missing.
pub(crate) fn must_be_signed(tx: &mut Tx<'_>, dossier: &Dossier) -> Result<()> {
    let Some(result) = store::result_of(tx, &dossier.id)? else { return Ok(()) };
    let Some(document) = queue::of(tx, RESULT, result.id.as_str())?.filter(|d| d.state != Waits::Signed) else {
        return Ok(());
    };
    let words = Words::new(
        format!("Kết quả còn chờ chữ ký số. {} Hãy trả kết quả sau khi đã ký.", document.trouble).replace("  ", " "),
        "The result still waits for its signature. Hand it over once it is signed.",
    );
    Err(Error::conflict("waits_for_signature", words))
}
