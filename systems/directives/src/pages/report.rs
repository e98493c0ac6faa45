//! The report that a task is done, with files: each is inspected and stored before anything is written about it.

use axum::{
    extract::{FromRequest, Multipart, Path, Request, State, multipart::MultipartError},
    http::{StatusCode, header},
};
use kernel_base::{Error, FieldError, Kind, Result};
use kernel_files::{Files, Received, SourceType};
use kernel_org::Actor;
use kernel_web::{Answer, Bucket, Fields, Page, StaffMember, Web};

use super::{acts, tasks};
use crate::model::{Evidence, EvidenceKind, ReportDone};

/// Most files of one report.
const MOST: usize = 10;

/// Takes the form with or without files. What is stored stays with the form until the report is accepted.
pub(crate) async fn report(
    State(web): State<Web>,
    page: Page,
    staff: StaffMember,
    Path(code): Path<String>,
    request: Request,
) -> Answer {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("multipart/") {
        let fields = Fields::from_request(request, &web).await?;
        return acts::done(&web, page, staff, code, "report".to_owned(), fields).await;
    }
    let parts = Multipart::from_request(request, &web).await.map_err(|e| broken(e.status(), &e.to_string()))?;
    let (fields, faults) = read(&web, &staff.actor, parts).await?;
    if faults.is_empty() {
        return acts::done(&web, page, staff, code, "report".to_owned(), fields).await;
    }
    tasks::show(&web, page, &staff.actor, code, "report".to_owned(), fields, Some(&Error::invalid(faults))).await
}

/// The plain fields, with each stored file as a field `kept`; what was wrong with files.
async fn read(web: &Web, actor: &Actor, mut parts: Multipart) -> Result<(Fields, Vec<FieldError>)> {
    let files = web.extension::<Files>()?;
    let (mut typed, mut faults) = (Fields::default(), Vec::new());
    let lost = |e: MultipartError| broken(e.status(), &e.to_string());
    while let Some(part) = parts.next_field().await.map_err(lost)? {
        let (name, file) = (part.name().unwrap_or_default().to_owned(), part.file_name().map(str::to_owned));
        match file {
            // A file field that was left empty comes with an empty name.
            Some(file) if name == "files" && file.is_empty() => {}
            Some(_) if name == "files" && typed.all("kept").count() >= MOST => {
                let words = ("Nhiều nhất 10 tệp cho một báo cáo.", "At most 10 files for one report.");
                faults.push(FieldError::new("files", "too_many", words));
                break;
            }
            Some(file) if name == "files" => {
                web.limit(Bucket::Upload, &actor.label())?;
                let stored = match files.receive(&file, part).await {
                    Ok(received) => keep(web, &files, actor, received).await,
                    Err(error) => Err(error),
                };
                match stored {
                    Ok(kept) => typed.0.push(("kept".to_owned(), kept)),
                    Err(error) if matches!(error.kind, Kind::Invalid | Kind::TooLarge) => {
                        faults.push(FieldError::new("files", error.code, error.words));
                    }
                    Err(error) => return Err(error),
                }
            }
            _ if name == "csrf" => {}
            _ => typed.0.push((name, part.text().await.map_err(lost)?)),
        }
    }
    Ok((typed, faults))
}

/// Inspects in the child process, stores durably, then records; `fil_… photo anh.jpg`.
async fn keep(web: &Web, files: &Files, actor: &Actor, received: Received) -> Result<String> {
    let name = received.name().to_owned();
    let inspected = files.inspect(vec![received]).await?;
    let photo = inspected.source_types.iter().all(|source| *source != SourceType::Pdf);
    let stored = files.store_paper(&web.home, &inspected, &name).await?;
    let owner = actor.holder();
    let file = web.write(move |tx| kernel_files::record_paper(tx, &stored, &owner)).await?;
    Ok(format!("{file} {} {name}", if photo { "photo" } else { "document" }))
}

fn broken(status: StatusCode, inside: &str) -> Error {
    let kind = if status == StatusCode::PAYLOAD_TOO_LARGE { Kind::TooLarge } else { Kind::Invalid };
    let words = (
        "Tệp gửi lên bị đứt hoặc quá lớn. Hãy gửi lại; mỗi tệp tối đa 25 MB.",
        "The upload broke off or is too large. Send it again; 25 MB a file at most.",
    );
    Error::new(kind, "upload_broken", words).with_inside(inside.to_owned())
}

/// A stored file of the form: identifier, whether it is a photograph, name.
pub(super) fn kept(value: &str) -> Option<(&str, bool, &str)> {
    let (file, rest) = value.split_once(' ')?;
    let (kind, name) = rest.split_once(' ')?;
    Some((file, kind == "photo", name))
}

/// One line of the field is one piece of evidence, and so is each file.
pub(super) fn command(fields: &Fields) -> ReportDone {
    let said = |kind: EvidenceKind, title: &str, file: &str| Evidence {
        kind,
        title: title.to_owned(),
        reference: String::new(),
        file: file.to_owned(),
        sha256: String::new(),
    };
    let lines = fields.get("evidence").unwrap_or_default().lines().map(str::trim).filter(|line| !line.is_empty());
    let lines = lines.map(|line| said(EvidenceKind::Document, line, ""));
    let files = fields
        .all("kept")
        .filter_map(kept)
        .map(|(file, photo, name)| said(if photo { EvidenceKind::Photo } else { EvidenceKind::Document }, name, file));
    ReportDone { text: fields.get("text").unwrap_or_default().to_owned(), evidence: lines.chain(files).collect() }
}
