//! Forms with files: each paper is inspected and stored before anything is written about it.

use std::collections::BTreeMap;

use axum::extract::{Multipart, multipart::MultipartError};
use kernel_base::{Error, FieldError, Kind, Result};
use kernel_files::{Files, Received};
use kernel_org::Actor;
use kernel_web::{Bucket, Fields, Web};

use super::receive::{at_paper, is_file};

/// A file that was stored for a paper.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) file: String,
    pub(crate) name: String,
}

/// Reads a form with files: its plain fields, the stored file of each paper, and what was wrong with files.
///
/// Files come as `papers.CODE`; one that was stored before, while something else had to be corrected, as `kept.CODE`.
///
/// # Errors
/// `Invalid` or `TooLarge` when the body itself is broken.
pub(crate) async fn read_parts(
    web: &Web,
    actor: &Actor,
    mut parts: Multipart,
) -> Result<(Fields, BTreeMap<String, Sent>, Vec<FieldError>)> {
    let files = web.extension::<Files>()?;
    let mut typed = Fields::default();
    let mut received: BTreeMap<String, Vec<Received>> = BTreeMap::new();
    let (mut sent, mut faults) = (BTreeMap::new(), Vec::new());
    while let Some(part) = parts.next_field().await.map_err(|e| broken(&e))? {
        let name = part.name().unwrap_or_default().to_owned();
        let file_name = part.file_name().map(str::to_owned);
        match (name.strip_prefix("papers."), file_name) {
            // A file field that was left empty comes with an empty name.
            (Some(_), Some(file)) if file.is_empty() => {}
            (Some(paper), Some(file)) => {
                web.limit(Bucket::Upload, &actor.label())?;
                match files.receive(&file, part).await {
                    Ok(shot) => received.entry(paper.to_owned()).or_default().push(shot),
                    Err(error) => faults.push(fault(paper, error)?),
                }
            }
            _ => typed.0.push((name, part.text().await.map_err(|e| broken(&e))?)),
        }
    }
    typed.0.retain(|(name, _)| name != "csrf");
    for (name, value) in &typed.0 {
        let Some(paper) = name.strip_prefix("kept.") else { continue };
        if let Some((file, shown)) = value.split_once(' ').filter(|(file, _)| is_file(file)) {
            sent.insert(paper.to_owned(), Sent { file: file.to_owned(), name: shown.to_owned() });
        }
    }
    for (paper, shots) in received {
        match keep(web, &files, actor, shots).await {
            Ok(stored) => drop(sent.insert(paper, stored)),
            Err(error) => faults.push(fault(&paper, error)?),
        }
    }
    typed.0.retain(|(name, _)| !name.starts_with("kept."));
    Ok((typed, sent, faults))
}

/// Inspects in the child process, stores durably, then records.
async fn keep(web: &Web, files: &Files, actor: &Actor, received: Vec<Received>) -> Result<Sent> {
    let name = received.first().map_or("tep", Received::name).to_owned();
    let inspected = files.inspect(received).await?;
    let stored = files.store_paper(&web.home, &inspected, &name).await?;
    let owner = actor.holder();
    let file = web.write(move |tx| kernel_files::record_paper(tx, &stored, &owner)).await?;
    Ok(Sent { file: file.to_string(), name })
}

/// What is wrong with a file is a fault of its field; trouble of the server is not.
fn fault(paper: &str, error: Error) -> Result<FieldError> {
    match error.kind {
        Kind::Invalid | Kind::TooLarge => Ok(at_paper(paper, &error)),
        _ => Err(error),
    }
}

fn broken(error: &MultipartError) -> Error {
    let large = error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE;
    Error::new(
        if large { Kind::TooLarge } else { Kind::Invalid },
        "upload_broken",
        (
            "Tệp gửi lên bị đứt hoặc quá lớn. Hãy gửi lại; mỗi tệp tối đa 25 MB.",
            "The upload broke off or is too large. Send it again; 25 MB a file at most.",
        ),
    )
    .with_inside(error.to_string())
}
