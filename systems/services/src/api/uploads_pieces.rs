//! Uploads in pieces, for a paper of a draft: they go on after a cut. The protocol is described in `web/src/ts/upload.ts`.

use axum::{
    body::Body,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use kernel_base::{Error, FieldError, Kind, Result, TypedId};
use kernel_files::{Files, Upload, UploadId};
use kernel_web::{Answer, Bucket, CitizenUser, Web};

use super::uploads;
use crate::{
    flow,
    store::{self, DraftUpload},
};

/// Begin an upload, or go on with one of the same file (`Upload-Key`) that was cut.
#[utoipa::path(post, path = "/api/v1/drafts/{id}/papers/{paper}/uploads", tag = "files",
    params(("id" = String, Path), ("paper" = String, Path),
           ("Upload-Length" = u64, Header, description = "bytes of the file"),
           ("Upload-Name" = String, Header, description = "file name, percent-encoded"),
           ("Upload-Key" = Option<String>, Header, description = "the same for the same file")),
    responses((status = 201, description = "`Location` and `Upload-Offset`"), (status = 413), (status = 422)))]
pub(crate) async fn begin(
    State(web): State<Web>,
    user: CitizenUser,
    Path((id, paper)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    web.limit(Bucket::Upload, &user.actor.label())?;
    let size: u64 = text(&headers, "upload-length").parse().map_err(|_| wrong_header("Upload-Length"))?;
    let name = decoded(text(&headers, "upload-name"));
    let key = text(&headers, "upload-key").to_owned();
    let (draft, actor) = (id.clone(), user.actor.clone());
    let begun = web
        .write(move |tx| {
            let draft = flow::open_draft(tx, &actor, &draft)?;
            if let Some(found) = store::upload_by_key(tx, &draft.id, &paper, &key)?
                && i64::try_from(size) == Ok(found.size)
                && !key.is_empty()
            {
                // Arrived whole and still there: nothing is sent twice. Removed meanwhile: a new upload.
                if draft.papers.iter().any(|file| file.file == found.file) {
                    return Ok((found, None));
                }
                let open = kernel_files::uploads::find(tx, &found.upload, &actor.holder())?;
                if found.file.is_empty() && open.is_some() {
                    return Ok((found, open));
                }
            }
            let upload = kernel_files::uploads::create(tx, &actor.holder(), &name, size)?;
            let row = DraftUpload {
                upload: upload.id.clone(),
                draft: draft.id,
                paper: paper.clone(),
                key: key.clone(),
                size: i64::try_from(size).unwrap_or(i64::MAX),
                file: String::new(),
            };
            store::insert_upload(tx, &row)?;
            Ok((row, Some(upload)))
        })
        .await?;
    let offset = offset_of(&web, &begun.0, begun.1.as_ref()).await?;
    let place = format!("/api/v1/drafts/{id}/uploads/{}", begun.0.upload);
    Ok(answer(StatusCode::CREATED, offset, Some(&place)))
}

/// How many bytes have arrived.
#[utoipa::path(head, path = "/api/v1/drafts/{id}/uploads/{upload}", tag = "files",
    params(("id" = String, Path), ("upload" = String, Path)),
    responses((status = 204, description = "`Upload-Offset`"), (status = 404)))]
pub(crate) async fn offset(
    State(web): State<Web>,
    user: CitizenUser,
    Path((id, upload)): Path<(String, String)>,
) -> Answer {
    let (row, open) = find(&web, &user, &id, &upload).await?;
    Ok(answer(StatusCode::NO_CONTENT, offset_of(&web, &row, open.as_ref()).await?, None))
}

/// Append a piece at `Upload-Offset`; after the last one the file is checked and put into the draft.
#[utoipa::path(patch, path = "/api/v1/drafts/{id}/uploads/{upload}", tag = "files",
    params(("id" = String, Path), ("upload" = String, Path), ("Upload-Offset" = u64, Header)),
    request_body(content_type = "application/offset+octet-stream", description = "a piece of the file"),
    responses((status = 204, description = "arrived; `Upload-Offset` is where to go on"), (status = 201, description = "the file is complete and kept"),
              (status = 409, description = "another offset; ask with HEAD"), (status = 422, description = "why it cannot be used and what to do")))]
pub(crate) async fn piece(
    State(web): State<Web>,
    user: CitizenUser,
    Path((id, upload)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let (row, open) = find(&web, &user, &id, &upload).await?;
    let Some(open) = open else { return Ok(answer(StatusCode::CREATED, whole(&row), None)) };
    let at: u64 = text(&headers, "upload-offset").parse().map_err(|_| wrong_header("Upload-Offset"))?;
    let files = web.extension::<Files>()?;
    let arrived = files.append(&web.home, &open, at, body.into_data_stream()).await?;
    if arrived < open.size {
        return Ok(answer(StatusCode::NO_CONTENT, arrived, None));
    }
    let received = files.finish_upload(&web.home, &open).await?;
    let kept =
        uploads::keep_in_draft(&web, &files, &user.actor, &id, &row.paper, received, Some(row.upload.clone())).await;
    if let Err(error) = kept {
        if matches!(error.kind, Kind::Invalid | Kind::TooLarge) {
            give_up(&web, &files, &user, &row, &open).await?;
        }
        return Err(error.into());
    }
    files.discard_upload(&web.home, &open).await?;
    Ok(answer(StatusCode::CREATED, arrived, None))
}

/// A refused file leaves nothing behind.
async fn give_up(web: &Web, files: &Files, user: &CitizenUser, row: &DraftUpload, open: &Upload) -> Result<()> {
    let (id, owner) = (row.upload.clone(), user.actor.holder());
    web.write(move |tx| {
        store::forget_upload(tx, &id)?;
        kernel_files::uploads::close(tx, &id, &owner).map(|_| ())
    })
    .await?;
    files.discard_upload(&web.home, open).await
}

/// The upload of the person's own draft; the second part is `None` once it is complete.
async fn find(web: &Web, user: &CitizenUser, draft: &str, upload: &str) -> Result<(DraftUpload, Option<Upload>)> {
    let (actor, draft, upload) = (user.actor.clone(), draft.to_owned(), upload.to_owned());
    web.read(move |tx| {
        let draft = flow::open_draft(tx, &actor, &draft)?;
        let id = UploadId::parse(&upload).ok_or_else(no_upload)?;
        let row = store::upload(tx, &id)?.filter(|row| row.draft == draft.id).ok_or_else(no_upload)?;
        if !row.file.is_empty() {
            return Ok((row, None));
        }
        let open = kernel_files::uploads::find(tx, &id, &actor.holder())?.ok_or_else(no_upload)?;
        Ok((row, Some(open)))
    })
    .await
}

async fn offset_of(web: &Web, row: &DraftUpload, open: Option<&Upload>) -> Result<u64> {
    match open {
        Some(open) => web.extension::<Files>()?.upload_offset(&web.home, open).await,
        None => Ok(whole(row)),
    }
}

fn whole(row: &DraftUpload) -> u64 {
    u64::try_from(row.size).unwrap_or(0)
}

fn answer(status: StatusCode, offset: u64, place: Option<&str>) -> Response {
    let offset = ("upload-offset", offset.to_string());
    match place {
        Some(place) => (status, [offset, ("location", place.to_owned())]).into_response(),
        None => (status, [offset]).into_response(),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Undoes percent-encoding; a byte that is not encoded properly stays as it is.
fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn no_upload() -> Error {
    Error::not_found(
        "upload_not_found",
        (
            "Lần gửi tệp này đã quá hạn hoặc bị bỏ. Hãy chọn lại tệp.",
            "This upload has expired or was given up. Choose the file again.",
        ),
    )
}

fn wrong_header(name: &str) -> Error {
    let words = (
        "Thiếu hoặc sai số byte của tệp. Hãy chọn lại tệp.",
        "The number of bytes is missing or wrong. Choose the file again.",
    );
    Error::invalid(vec![FieldError::new(name, "format", words)])
}
