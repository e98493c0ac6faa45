//! Is this file ours, unaltered and validly signed? For anyone, without sign-in; the file is not kept.

use axum::{
    extract::{Multipart, State},
    response::IntoResponse,
};
use kernel_base::{Error, FieldError, Instant, Result, Words};
use kernel_signatures::{DocumentCheck, Fault, SignatureCheck, Verdict, child::Checker, queue};
use kernel_web::{Answer, Bucket, Context, Web};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

/// Largest file that is checked, in bytes.
pub(crate) const LARGEST: usize = kernel_signatures::MAX_FILE;

/// What was found about a file.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) sha256: String,
    pub(crate) check: DocumentCheck,
    /// The document that this system signed, when it is one.
    pub(crate) ours: Option<queue::Document>,
    /// Our own draft of a signed document, without its signatures.
    pub(crate) unsigned_copy: bool,
}

/// Checks a file in the limited child process and looks it up by its hash.
///
/// # Errors
/// `Unavailable` when no child is free.
pub(crate) async fn check(web: &Web, bytes: Vec<u8>) -> Result<Checked> {
    let sha256 = hex::encode(Sha256::digest(&bytes));
    let checker = web.extension::<Checker>()?;
    let check = checker.check(&bytes, web.db.clock().now()).await?;
    let wanted = sha256.clone();
    let (ours, unsigned_copy) =
        web.read(move |tx| Ok((queue::by_sha256(tx, &wanted)?, queue::has_source(tx, &wanted)?))).await?;
    Ok(Checked { sha256, check, ours, unsigned_copy })
}

/// The file of a multipart form, at most 25 MB.
///
/// # Errors
/// `Invalid` without a file, `TooLarge` for a large one.
pub(crate) async fn file_of(mut parts: Multipart) -> Result<Vec<u8>> {
    while let Some(part) = parts.next_field().await.map_err(|_| broken())? {
        if part.name() == Some("file") {
            let bytes = part.bytes().await.map_err(|_| too_large())?;
            if bytes.len() > LARGEST {
                return Err(too_large());
            }
            if !bytes.is_empty() {
                return Ok(bytes.to_vec());
            }
        }
    }
    let words = ("Hãy chọn tệp PDF cần kiểm tra.", "Choose the PDF to check.");
    Err(Error::invalid(vec![FieldError::new("file", "required", words)]))
}

fn broken() -> Error {
    let words = ("Tệp gửi lên bị đứt giữa chừng. Hãy gửi lại.", "The upload was cut. Send it again.");
    Error::invalid(vec![FieldError::new("file", "cut", words)])
}

fn too_large() -> Error {
    let words = ("Tệp lớn hơn 25 MB hoặc bị đứt giữa chừng.", "The file is larger than 25 MB, or it was cut.");
    Error::invalid(vec![FieldError::new("file", "too_large", words)])
}

impl Checked {
    /// One sentence: is it ours, is it whole, what to do.
    pub(crate) fn sentence(&self) -> Words {
        if self.ours.is_some() && self.check.is_valid() {
            return Words::new(
                "Đây là văn bản do hệ thống này phát hành, còn nguyên vẹn, chữ ký hợp lệ.",
                "This document was issued by this system, is unaltered and validly signed.",
            );
        }
        let own = self.check.sentence();
        let more = if self.unsigned_copy {
            (
                "Đây là bản chưa ký của một văn bản của hệ thống này.",
                "It is the unsigned copy of a document of this system.",
            )
        } else if self.ours.is_some() {
            ("Văn bản này do hệ thống này phát hành.", "This document was issued by this system.")
        } else if self.check.verdict == Verdict::NoSignature {
            // A receipt of a fee is printed without a signature: that it is not known by its hash says nothing.
            (
                "Nếu trên giấy có mã QR, hãy quét mã đó để biết giấy có thật không.",
                "If the paper carries a QR code, scan it to learn whether the paper is genuine.",
            )
        } else {
            ("Hệ thống này không phát hành đúng tệp này.", "This very file was not issued by this system.")
        };
        Words::new(format!("{} {}", own.vi, more.0), format!("{} {}", own.en, more.1))
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VerifyJson {
    /// Issued by this system: the hash is known.
    pub ours: bool,
    /// Every signature is valid and there is one.
    pub valid: bool,
    /// `valid`, `expired`, `revoked`, `altered`, `unknown_issuer`, `wrong_use`, `format`, `weak_algorithm`,
    /// `no_signature`, `unreadable`.
    pub verdict: String,
    #[schema(value_type = Object)]
    pub sentence: Words,
    #[schema(value_type = Option<Object>)]
    pub remedy: Option<Words>,
    /// Title of our document.
    pub title: Option<String>,
    pub sha256: String,
    pub signatures: Vec<SignatureJson>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SignatureJson {
    pub valid: bool,
    #[schema(value_type = Option<Object>)]
    pub reason: Option<Words>,
    pub signer: String,
    pub organisation: String,
    pub issuer: String,
    pub serial: String,
    /// When a trusted time-stamp authority saw the signature.
    #[schema(value_type = Option<String>)]
    pub stamped_at: Option<Instant>,
    /// Whether a list of revoked certificates was at hand.
    pub revocation_known: bool,
}

impl From<&SignatureCheck> for SignatureJson {
    fn from(s: &SignatureCheck) -> Self {
        Self {
            valid: s.fault.is_none(),
            reason: s.fault.map(Fault::reason),
            signer: s.signer.clone(),
            organisation: s.organisation.clone(),
            issuer: s.issuer.clone(),
            serial: s.serial.clone(),
            stamped_at: s.stamped_at,
            revocation_known: s.revocation_known,
        }
    }
}

impl From<&Checked> for VerifyJson {
    fn from(checked: &Checked) -> Self {
        Self {
            ours: checked.ours.is_some(),
            valid: checked.check.is_valid(),
            verdict: word(checked.check.verdict),
            sentence: checked.sentence(),
            remedy: checked.check.remedy(),
            title: checked.ours.as_ref().map(|document| document.title.clone()),
            sha256: checked.sha256.clone(),
            signatures: checked.check.signatures.iter().map(SignatureJson::from).collect(),
        }
    }
}

fn word(verdict: Verdict) -> String {
    let value = match verdict {
        Verdict::Valid => return "valid".to_owned(),
        Verdict::NoSignature => return "no_signature".to_owned(),
        Verdict::Unreadable => return "unreadable".to_owned(),
        Verdict::Invalid(fault) => serde_json::to_value(fault),
    };
    value.ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Whether a PDF was issued here, is unaltered and validly signed, by whom and when. No sign-in; nothing is kept.
#[utoipa::path(post, path = "/api/v1/verify", tag = "verify",
    request_body(content_type = "multipart/form-data", description = "one part named `file`, at most 25 MB"),
    responses((status = 200, body = VerifyJson), (status = 422), (status = 429)))]
pub(crate) async fn verify(State(web): State<Web>, context: Context, parts: Multipart) -> Answer {
    web.limit(Bucket::LookUp, &context.address)?;
    let checked = check(&web, file_of(parts).await?).await?;
    Ok(axum::Json(VerifyJson::from(&checked)).into_response())
}
