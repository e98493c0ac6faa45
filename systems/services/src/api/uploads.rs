//! Receiving photographs and PDFs.

use axum::{
    extract::{Multipart, State},
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
};
use kernel_base::{Error, FieldError, Kind, Result, TypedId, Words};
use kernel_contract::KnownPaper;
use kernel_files::{Files, Received, UploadId};
use kernel_org::Actor;
use kernel_web::{Answer, Bucket, SignedIn, Web};
use serde::Serialize;
use utoipa::ToSchema;

use super::signature;
use crate::{
    flow,
    model::{DraftFile, ReusedFrom, SignatureNote},
    store,
};

/// A stored file.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FileJson {
    /// Identifier for `papers[].file` of a submission.
    pub(crate) file: String,
    pub(crate) sha256: String,
    /// Bytes of the stored PDF.
    pub(crate) size: i64,
    pub(crate) pages: i64,
    /// Sentences such as "chụp gần hơn": the file is taken all the same.
    #[schema(value_type = Vec<Object>)]
    pub(crate) warnings: Vec<Words>,
    /// Of a PDF that carries signatures: whether they are valid, else why and what to do.
    pub(crate) signature: Option<SignatureNote>,
}

/// Receive a paper: one PDF, or photographs (JPEG, PNG, WebP, HEIC, TIFF) that become one PDF. Repeat the part `file`
/// for several pages.
#[utoipa::path(post, path = "/api/v1/files", tag = "files",
    request_body(content_type = "multipart/form-data", description = "one or more parts named `file`"),
    responses((status = 201, body = FileJson), (status = 413), (status = 422, description = "why it cannot be used and what to do")))]
pub(crate) async fn receive(
    State(web): State<Web>,
    SignedIn(actor): SignedIn,
    headers: HeaderMap,
    mut parts: Multipart,
) -> Answer {
    web.limit(Bucket::Upload, &actor.label())?;
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
    let files = web.extension::<Files>()?;
    kernel_files::check_declared(declared)?;
    let mut received = Vec::new();
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        if part.name() == Some("file") {
            let name = part.file_name().unwrap_or("tep").to_owned();
            received.push(files.receive(&name, part).await?);
        }
    }
    if received.is_empty() {
        return Err(no_file().into());
    }
    let answer = keep(&web, &files, &actor, received).await?;
    Ok((StatusCode::CREATED, axum::Json(answer)).into_response())
}

/// Inspects in the child process, stores durably, then records: a row never points to a file that is not whole.
pub(crate) async fn keep(web: &Web, files: &Files, actor: &Actor, received: Vec<Received>) -> Result<FileJson> {
    let name = received.first().map_or("tep", Received::name).to_owned();
    let inspected = files.inspect(received).await?;
    let stored = files.store_paper(&web.home, &inspected, &name).await?;
    let signature = signature::of(web, &inspected).await?;
    let (owner, warnings) = (actor.holder(), inspected.warnings.clone());
    web.write(move |tx| {
        let file = kernel_files::record_paper(tx, &stored, &owner)?;
        Ok(FileJson {
            file: file.to_string(),
            sha256: stored.paper.sha256.clone(),
            size: stored.paper.size,
            pages: stored.paper.pages,
            warnings: warnings.clone(),
            signature: signature.clone(),
        })
    })
    .await
}

/// Inspects one file and puts it into a draft's paper; `upload` is the upload in pieces that it came by.
pub(crate) async fn keep_in_draft(
    web: &Web,
    files: &Files,
    actor: &Actor,
    draft: &str,
    paper: &str,
    received: Received,
    upload: Option<UploadId>,
) -> Result<()> {
    let name = received.name().to_owned();
    let inspected = files.inspect(vec![received]).await?;
    let stored = files.store_paper(&web.home, &inspected, &name).await?;
    let signature = signature::of(web, &inspected).await?;
    let (actor, draft, paper, warnings) =
        (actor.clone(), draft.to_owned(), paper.to_owned(), inspected.warnings.clone());
    web.write(move |tx| {
        let file = kernel_files::record_paper(tx, &stored, &actor.holder())?;
        if let Some(upload) = &upload {
            store::finish_upload(tx, upload, file.as_str())?;
            // Its last piece came twice at once: the file is in the draft already.
            if !kernel_files::uploads::close(tx, upload, &actor.holder())? {
                return Err(Error::stale("uploads"));
            }
        }
        let file = DraftFile {
            paper: paper.clone(),
            file: file.to_string(),
            name: stored.paper.name.clone(),
            pages: stored.paper.pages,
            size: stored.paper.size,
            warnings: warnings.clone(),
            reused: None,
            signature: signature.clone(),
        };
        flow::add_file(tx, &actor, &draft, file)
    })
    .await
}

/// Puts a paper of an earlier dossier into a draft: the same bytes under a file of its own, so that the two dossiers can
/// be erased apart. The sentence the person pressed is recorded.
pub(crate) async fn take_known(
    web: &Web,
    actor: &Actor,
    draft: &str,
    paper: &str,
    known: &KnownPaper,
    sentence: &str,
) -> Result<()> {
    let files = web.extension::<Files>()?;
    let wanted = known.file.clone();
    let row = web
        .read(move |tx| match <kernel_files::FileId as TypedId>::parse(&wanted) {
            Some(id) => kernel_files::get(tx, &id),
            None => Ok(None),
        })
        .await?
        .ok_or_else(no_file)?;
    let content = kernel_files::Content {
        kind: kernel_files::FileKind::Paper,
        name: row.name.clone(),
        media_type: row.media_type.clone(),
        pages: u32::try_from(row.pages).unwrap_or(0),
        bytes: files.read(&row).await?,
    };
    let stored = files.store(&web.home, content).await?;
    let (actor, draft, paper) = (actor.clone(), draft.to_owned(), paper.to_owned());
    let (known, sentence) = (known.clone(), sentence.to_owned());
    web.write(move |tx| {
        let file = kernel_files::record(tx, &stored, &actor.holder())?;
        let reused = ReusedFrom { source: known.source.to_string(), result: known.result };
        let file = DraftFile {
            paper: paper.clone(),
            file: file.to_string(),
            name: known.name.vi.clone(),
            pages: stored.pages,
            size: stored.size,
            warnings: Vec::new(),
            reused: Some(reused),
            signature: None,
        };
        flow::take_paper(tx, &actor, &draft, file, &sentence)
    })
    .await
}

fn no_file() -> Error {
    let words = (
        "Chưa có tệp nào. Hãy chụp ảnh hoặc chọn tệp rồi gửi lại.",
        "There is no file. Take a photograph or choose a file.",
    );
    Error::invalid(vec![FieldError::new("file", "required", words)])
}

/// A body that ends early or is not multipart.
#[expect(clippy::needless_pass_by_value, reason = "used as a function for map_err")]
pub(crate) fn broken(error: axum::extract::multipart::MultipartError) -> Error {
    let kind = if error.status() == StatusCode::PAYLOAD_TOO_LARGE { Kind::TooLarge } else { Kind::Invalid };
    Error::new(
        kind,
        "upload_broken",
        (
            "Tệp gửi lên bị đứt hoặc quá lớn. Hãy gửi lại; mỗi tệp tối đa 25 MB.",
            "The upload broke off or is too large. Send it again; 25 MB a file at most.",
        ),
    )
    .with_inside(error.to_string())
}
