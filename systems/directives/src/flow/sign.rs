//! Digital signatures on letters and decisions. The approval by code is the act of a person; printing and the signatures
//! follow by jobs, through the same queue as the results of dossiers (`kernel/signatures`).

use kernel_base::{AgencyId, Error, Result, TypedId};
use kernel_contract::{SIGN_JOB, Settings, Signing};
use kernel_db::Tx;
use kernel_documents::{self as documents, Document as Printed};
use kernel_files::{FileId, FileRow, Stored};
use kernel_jobs::{Job, enqueue};
use kernel_ledger::Recorded;
use kernel_org::{Action, Actor, Resource, allow};
use kernel_signatures::{
    Credential,
    queue::{self, Document, Request, Role, State, Step},
};
use serde_json::{Value, json};

use super::{letters, ratings, shared};
use crate::model::Letter;

/// Kinds of documents in the queue.
pub(crate) const LETTER: &str = "letter";
pub(crate) const RATING: &str = "rating";

/// Job that prints what was approved and asks for its signatures.
pub const PRINT_JOB: &str = "directives.print";

/// Whether what is approved now waits for digital signatures.
pub(crate) fn is_on(tx: &Tx<'_>) -> bool {
    tx.port::<Signing>().is_ok_and(|signing| signing.is_on())
}

/// Under the document: the leader, and how his approval can be checked.
pub(crate) fn signer(tx: &Tx<'_>, actor: &Actor, approval: Recorded) -> Result<documents::Signer> {
    let signature = if is_on(tx) {
        documents::Signature::Digital { test: tx.port::<Settings>()?.demonstration }
    } else {
        documents::Signature::Approved { at: approval.at, event: approval.hash }
    };
    let office = actor.officer().map_or("Chủ tịch", |officer| officer.title.as_str());
    Ok(documents::Signer { rights: Vec::new(), office: office.to_owned(), name: actor.name().to_owned(), signature })
}

/// Has an approved document printed and signed after the commit: by the leader, then sealed by the issuer.
///
/// # Errors
/// `Forbidden` for who may not sign.
pub(crate) fn request(tx: &mut Tx<'_>, kind: &str, id: &str, issuer: &AgencyId, actor: &Actor) -> Result<()> {
    allow(actor, Action::DocumentSign, &Resource::agency(issuer.clone()))?;
    allow(&Actor::System, Action::DocumentSeal, &Resource::agency(issuer.clone()))?;
    let officer = actor.officer().ok_or_else(|| shared::forbidden(actor, Action::DocumentSign))?;
    let body = json!({
        "kind": kind, "id": id, "issuer": issuer, "officer": officer.officer.to_string(), "name": actor.name(),
    });
    enqueue(tx, Job::new(PRINT_JOB, body).key(format!("{kind}:{id}"))).map(drop)
}

/// What the job's body says.
struct Wanted {
    kind: &'static str,
    id: String,
    issuer: AgencyId,
    officer: String,
    name: String,
}

impl Wanted {
    fn of(body: &Value) -> Result<Self> {
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let broken = || Error::internal(format!("{PRINT_JOB}: {body}"));
        Ok(Self {
            kind: [LETTER, RATING].into_iter().find(|kind| *kind == text("kind")).ok_or_else(broken)?,
            id: text("id"),
            issuer: AgencyId::parse(&text("issuer")).ok_or_else(broken)?,
            officer: text("officer"),
            name: text("name"),
        })
    }

    /// The leader's signature, then the seal of the agency.
    fn steps(&self, tx: &mut Tx<'_>) -> Result<Vec<Step>> {
        let agency = shared::agency_name(tx, &self.issuer)?;
        let person = Credential {
            id: format!("officer:{}", self.officer),
            name: self.name.clone(),
            organisation: agency.clone(),
        };
        let seal = Credential { id: format!("seal:{}", self.issuer), name: agency.clone(), organisation: agency };
        let step = |role, credential, reason: &str| Step { role, credential, reason: reason.to_owned() };
        Ok(vec![step(Role::Person, person, "Ký ban hành"), step(Role::Seal, seal, "Chữ ký số của cơ quan")])
    }
}

/// What a job prints; `None` when it was printed already.
///
/// # Errors
/// `Internal` for a document that is gone.
pub fn to_print(tx: &mut Tx<'_>, body: &Value) -> Result<Option<Printed>> {
    let wanted = Wanted::of(body)?;
    if queue::of(tx, wanted.kind, &wanted.id)?.is_some() {
        return Ok(None);
    }
    let frozen = match wanted.kind {
        LETTER => letters::frozen(tx, &wanted.id)?,
        _ => ratings::frozen(tx, &wanted.id)?,
    };
    serde_json::from_value(frozen).map(Some).map_err(|e| Error::internal(format!("{} {}: {e}", wanted.kind, wanted.id)))
}

/// Asks for the signatures of what was printed into a file.
///
/// # Errors
/// Those of the database.
pub fn printed(tx: &mut Tx<'_>, body: &Value, stored: &Stored) -> Result<()> {
    let wanted = Wanted::of(body)?;
    if queue::of(tx, wanted.kind, &wanted.id)?.is_some() {
        return Ok(());
    }
    let (subject, title) = match wanted.kind {
        LETTER => letters::filed(tx, &wanted.id)?,
        _ => ratings::filed(tx, &wanted.id)?,
    };
    let file = kernel_files::record(tx, stored, &subject)?;
    let steps = wanted.steps(tx)?;
    let request = Request {
        subject,
        kind: wanted.kind,
        reference: wanted.id,
        title,
        location: tx.port::<Settings>()?.place.clone(),
        file: file.to_string(),
        sha256: stored.sha256.clone(),
        steps,
    };
    let id = queue::request(tx, &request)?;
    enqueue(tx, Job::new(SIGN_JOB, json!({ "document": id })).key(id.to_string())).map(drop)
}

/// Records a signed file: the letter goes to the unit, the decision becomes known.
///
/// # Errors
/// `Stale` when the row moved meanwhile; the job tries again.
pub fn signed(tx: &mut Tx<'_>, document: &Document, stored: &Stored) -> Result<()> {
    let file = kernel_files::record(tx, stored, &document.subject)?;
    if !queue::finish(tx, &document.id, file.as_str(), &stored.sha256)? {
        // Another worker was first; its file counts, this one is swept as an unused object.
        return kernel_files::erase(tx, &file).map(drop);
    }
    let body =
        json!({ "document": document.id, "file": file, "file_sha256": stored.sha256, "source": document.sha256 });
    match document.kind.as_str() {
        LETTER => letters::issued(tx, &document.reference, body),
        RATING => ratings::issued(tx, &document.reference, body),
        other => Err(Error::internal(format!("nobody here had a {other} signed"))),
    }
}

/// The signed file of a letter or decision, once it is there.
pub(crate) fn signed_file(tx: &mut Tx<'_>, kind: &str, id: &str) -> Result<Option<FileRow>> {
    let file = queue::of(tx, kind, id)?.and_then(|document| document.signed_file);
    match file.as_deref().and_then(<FileId as TypedId>::parse) {
        Some(file) => kernel_files::get(tx, &file),
        None => Ok(None),
    }
}

/// Why an approved document still waits, in Vietnamese, and whether a person must act; `None` when nothing waits.
pub(crate) fn waits(tx: &mut Tx<'_>, kind: &str, id: &str) -> Result<Option<(String, bool)>> {
    let document = queue::of(tx, kind, id)?.filter(|document| document.state != State::Signed);
    Ok(document.map(|document| (document.trouble, document.state == State::Failed)))
}

/// Asks again for signatures that the signer refused or had no certificate for.
///
/// # Errors
/// `Forbidden` for who may not sign; `Conflict` when nothing failed.
pub fn sign_letter_again(tx: &mut Tx<'_>, actor: &Actor, id: &str) -> Result<Letter> {
    let letter = letters::find(tx, actor, id)?;
    allow(actor, Action::LetterSign, &Resource::agency(letter.issuer.clone()))?;
    let failed = queue::of(tx, LETTER, letter.id.as_str())?.filter(|document| document.state == State::Failed);
    let Some(document) = failed else {
        let words = ("Không có chữ ký nào cần yêu cầu lại.", "No signature has to be asked for again.");
        return Err(Error::conflict("nothing_failed", words));
    };
    queue::retry(tx, &document)?;
    enqueue(tx, Job::new(SIGN_JOB, json!({ "document": document.id })).key(document.id.to_string()))?;
    Ok(letter)
}
