//! What waits for signatures. A document is requested in the transaction of the approval; [`advance`] asks the outside
//! worlds, one signature after the other, and keeps each as soon as it is there. Nothing is asked twice: a repeat sends
//! the same key and the same bytes, and gets the signature that was made.

use kernel_base::{Error, Home, Instant, Kind, Result, Words, typed_id};
use kernel_db::{Db, Tx};

use crate::{
    cms_make::ToSign,
    pdf_make::{Field, Placeholder},
    ports::{Credential, SignAnswer, SignRequest, Signer, TimeStamp},
    stamp, store,
    trust::Trust,
};

typed_id!(
    /// A document that is to be signed.
    SigningId, "sgn"
);

/// Whose signature, by which right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Person,
    Seal,
}

impl Role {
    /// Stable word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Seal => "seal",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Person, Self::Seal].into_iter().find(|role| role.word() == word)
    }
}

/// Where a document stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Waiting,
    Signed,
    /// A signer refused, or there is no certificate: a person must act.
    Failed,
}

impl State {
    /// Stable word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Signed => "signed",
            Self::Failed => "failed",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Waiting, Self::Signed, Self::Failed].into_iter().find(|state| state.word() == word)
    }
}

/// A signature that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub role: Role,
    pub credential: Credential,
    /// Written into the signature: `Phê duyệt kết quả`.
    pub reason: String,
}

/// Asks for signatures on one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub subject: String,
    pub kind: &'static str,
    pub reference: String,
    pub title: String,
    pub location: String,
    pub file: String,
    pub sha256: String,
    pub steps: Vec<Step>,
}

/// A document in the queue, or signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub id: SigningId,
    pub subject: String,
    pub kind: String,
    pub reference: String,
    pub title: String,
    pub location: String,
    pub file: String,
    pub sha256: String,
    pub state: State,
    /// Why it still waits, in Vietnamese.
    pub trouble: String,
    pub signed_file: Option<String>,
    pub signed_sha256: Option<String>,
    pub requested_at: Instant,
    pub signed_at: Option<Instant>,
    pub version: i64,
}

/// A signature of a document, as far as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StepRow {
    pub(crate) number: i64,
    pub(crate) step: Step,
    pub(crate) chain: Vec<Vec<u8>>,
    pub(crate) cms: Vec<u8>,
    pub(crate) version: i64,
}

/// Puts a document into the queue. One that was asked for already is not asked for again.
///
/// # Errors
/// Those of the database.
pub fn request(tx: &mut Tx<'_>, request: &Request) -> Result<SigningId> {
    if let Some(there) = store::of_reference(tx, request.kind, &request.reference)? {
        return Ok(there.id);
    }
    let id: SigningId = tx.new_id();
    store::insert(tx, &id, request)?;
    Ok(id)
}

/// The document of a result or slip.
///
/// # Errors
/// Those of the database.
pub fn of(tx: &mut Tx<'_>, kind: &str, reference: &str) -> Result<Option<Document>> {
    store::of_reference(tx, kind, reference)
}

/// A document by its identifier.
///
/// # Errors
/// Those of the database.
pub fn get(tx: &mut Tx<'_>, id: &SigningId) -> Result<Option<Document>> {
    store::get(tx, id)
}

/// All documents of a subject.
///
/// # Errors
/// Those of the database.
pub fn of_subject(tx: &mut Tx<'_>, subject: &str) -> Result<Vec<Document>> {
    store::of_subject(tx, subject)
}

/// The signed document with this SHA-256: is it ours?
///
/// # Errors
/// Those of the database.
pub fn by_sha256(tx: &mut Tx<'_>, sha256: &str) -> Result<Option<Document>> {
    store::by_sha256(tx, sha256)
}

/// Whether a document was asked to be signed whose unsigned file has this SHA-256.
///
/// # Errors
/// Those of the database.
pub fn has_source(tx: &mut Tx<'_>, sha256: &str) -> Result<bool> {
    store::has_source(tx, sha256)
}

/// Documents that wait, the oldest first.
///
/// # Errors
/// Those of the database.
pub fn waiting(tx: &mut Tx<'_>, most: i64) -> Result<Vec<Document>> {
    store::waiting(tx, most)
}

/// How many wait or need a person, and the oldest request of them.
///
/// # Errors
/// Those of the database.
pub fn open(tx: &mut Tx<'_>) -> Result<(i64, Option<Instant>)> {
    store::open(tx)
}

/// Lets a failed document wait again, after the certificate was enrolled or the person agreed.
///
/// # Errors
/// `Stale` when somebody else changed it.
pub fn retry(tx: &mut Tx<'_>, document: &Document) -> Result<()> {
    store::set_state(tx, document, State::Waiting, "")
}

/// Records the signed file; answers whether this call did it.
///
/// # Errors
/// `Stale` when somebody else changed it meanwhile.
pub fn finish(tx: &mut Tx<'_>, id: &SigningId, file: &str, sha256: &str) -> Result<bool> {
    let Some(document) = store::get(tx, id)?.filter(|d| d.state != State::Signed) else { return Ok(false) };
    store::finish(tx, &document, file, sha256)?;
    Ok(true)
}

/// The outside worlds that a signature needs.
#[derive(Debug, Clone, Copy)]
pub struct Desk<'a> {
    pub db: &'a Db,
    pub home: &'a Home,
    pub signer: &'a dyn Signer,
    pub stamps: &'a dyn TimeStamp,
    pub trust: &'a Trust,
}

impl Desk<'_> {
    /// Takes a document as far as the outside worlds allow; the signed bytes when all have signed, `None` when it has to
    /// wait (why is kept with it). `source` is the file that was asked for.
    ///
    /// # Errors
    /// Those of the database; a defect while the PDF is written.
    pub fn advance(&self, document: &Document, source: &[u8]) -> Result<Option<Vec<u8>>> {
        if document.state == State::Signed {
            return Ok(None);
        }
        let id = document.id.clone();
        let steps = self.db.read_blocking(self.home, move |tx| store::steps(tx, &id))?;
        let mut bytes = source.to_vec();
        for step in steps {
            match self.step(document, &step, &bytes) {
                Ok(Outcome::Signed(next)) => bytes = next,
                Ok(Outcome::Waits(state, trouble)) => {
                    self.note(document, state, trouble)?;
                    return Ok(None);
                }
                Err(error) if matches!(error.kind, Kind::Unavailable | Kind::NotFound) => {
                    let failed = error.kind == Kind::NotFound;
                    let state = if failed { State::Failed } else { State::Waiting };
                    let trouble = if failed { error.words.vi.clone() } else { not_reachable(&error) };
                    tracing::warn!(document = %document.id, %error, "a document waits for its signature");
                    self.note(document, state, trouble)?;
                    return Ok(None);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Some(bytes))
    }

    fn step(&self, document: &Document, row: &StepRow, bytes: &[u8]) -> Result<Outcome> {
        let field = Field {
            name: format!("ChuKy{}", row.number),
            signer: row.step.credential.name.clone(),
            reason: row.step.reason.clone(),
            location: document.location.clone(),
            at: document.requested_at,
        };
        let place = Placeholder::prepare(bytes, &field)?;
        if !row.cms.is_empty() {
            return place.fill(&row.cms).map(Outcome::Signed);
        }
        let chain = self.chain(document, row)?;
        let order = ToSign::new(&place.covered()?, &chain)?;
        let digest = order.digest()?;
        let request = SignRequest {
            key: format!("{}-{}", document.id, row.number),
            credential: row.step.credential.clone(),
            message: order.message()?,
            digest,
            title: document.title.clone(),
        };
        let signature = match self.signer.sign(&request)? {
            SignAnswer::Signed(signature) => signature,
            SignAnswer::Requested => return self.waits(document, row, "requested"),
            SignAnswer::Fetched => return self.waits(document, row, "fetched"),
            SignAnswer::Failed(reason) => {
                self.keep(document, row, "failed", &[])?;
                let trouble = format!("{} không ký: {reason}.", row.step.credential.name);
                return Ok(Outcome::Waits(State::Failed, trouble));
            }
        };
        order.accepts(&signature)?;
        let nonce = u64::from_be_bytes(digest.first_chunk().copied().unwrap_or_default()) >> 1;
        let answer = self.stamps.stamp(&stamp::request(&signature, nonce)?)?;
        let token = stamp::token_of(&answer, &signature, nonce)?;
        let cms = order.assemble(&signature, &self.trust.lists_for(&chain), Some(&token))?;
        let kept = self.keep(document, row, "signed", &cms)?;
        place.fill(&kept).map(Outcome::Signed)
    }

    /// The certificates of the first request stay those of every repeat, so that the same bytes are signed.
    fn chain(&self, document: &Document, row: &StepRow) -> Result<Vec<Vec<u8>>> {
        if !row.chain.is_empty() {
            return Ok(row.chain.clone());
        }
        let chain = self.signer.chain(&row.step.credential)?;
        let (id, number, kept) = (document.id.clone(), row.number, chain);
        self.db.write_blocking(self.home, move |tx| store::keep_chain(tx, &id, number, &kept))
    }

    fn waits(&self, document: &Document, row: &StepRow, state: &'static str) -> Result<Outcome> {
        self.keep(document, row, state, &[])?;
        let trouble = format!("Chờ {} xác nhận trên thiết bị ký.", row.step.credential.name);
        Ok(Outcome::Waits(State::Waiting, trouble))
    }

    fn keep(&self, document: &Document, row: &StepRow, state: &'static str, cms: &[u8]) -> Result<Vec<u8>> {
        let (id, number, cms) = (document.id.clone(), row.number, cms.to_vec());
        self.db.write_blocking(self.home, move |tx| store::keep_step(tx, &id, number, state, &cms))
    }

    fn note(&self, document: &Document, state: State, trouble: String) -> Result<()> {
        let id = document.id.clone();
        self.db.write_blocking(self.home, move |tx| match store::get(tx, &id)? {
            Some(document) if document.state != State::Signed => store::set_state(tx, &document, state, &trouble),
            _ => Ok(()),
        })
    }
}

enum Outcome {
    Signed(Vec<u8>),
    Waits(State, String),
}

fn not_reachable(error: &Error) -> String {
    let stamp = error.inside.as_deref().is_some_and(|inside| inside.contains("time-stamp"));
    let words = if stamp {
        Words::new("Máy cấp dấu thời gian chưa trả lời; hệ thống tự thử lại, không phải ký lại.", "")
    } else {
        Words::new("Dịch vụ ký số chưa trả lời; hệ thống tự thử lại, không phải ký lại.", "")
    };
    words.vi
}
