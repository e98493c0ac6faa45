//! Papers that are handed in with a dossier or after it: what each file is for, and whether it can be used.

use kernel_base::{Error, FieldError, Result, TypedId, Words};
use kernel_contract::{Offering, SubmittedPaper};
use kernel_db::Tx;
use kernel_files::FileId;
use kernel_org::Actor;

use super::shared;
use crate::{
    model::{Dossier, PaperRow},
    store,
};

/// The rows of what is handed in, numbered from `first`, of a round of supplement (0 = the submission); each file that
/// cannot be used is a fault.
///
/// # Errors
/// Those of the database.
pub(super) fn rows(
    tx: &mut Tx<'_>,
    actor: &Actor,
    offering: &Offering,
    submitted: &[SubmittedPaper],
    (first, round): (i64, i64),
    faults: &mut Vec<FieldError>,
) -> Result<Vec<PaperRow>> {
    let mut rows: Vec<PaperRow> = Vec::with_capacity(submitted.len());
    for (number, one) in (first..).zip(submitted) {
        let Some(paper) = offering.case.papers.iter().find(|p| p.code == one.paper) else {
            faults.push(unknown(&one.paper));
            continue;
        };
        match usable(tx, actor, &one.file)? {
            Some(_) if rows.iter().any(|row| row.file == one.file) => faults.push(used_twice(&one.paper)),
            Some(sha256) => rows.push(PaperRow {
                number,
                paper: one.paper.clone(),
                name: paper.name.vi.clone(),
                file: one.file.clone(),
                sha256,
                round,
                replaced: false,
                reused_from: String::new(),
            }),
            None => faults.push(unusable(&one.paper)),
        }
    }
    Ok(rows)
}

/// One file serves one paper.
fn used_twice(code: &str) -> FieldError {
    let words = (
        "Tệp này đã được dùng cho một giấy tờ khác của hồ sơ. Hãy tải lên tệp của đúng giấy tờ này.",
        "This file already serves another paper of the dossier. Upload the one of this paper.",
    );
    FieldError::new(format!("papers.{code}"), "used_twice", words)
}

pub(super) fn missing(code: &str, name: &str) -> FieldError {
    let words = Words::new(
        format!("Thiếu “{name}”. Hãy chụp ảnh hoặc chọn tệp của giấy tờ này."),
        format!("“{name}” is missing. Photograph it or choose a file."),
    );
    FieldError::new(format!("papers.{code}"), "required", words)
}

fn unknown(code: &str) -> FieldError {
    let words = Words::new(
        format!("Thủ tục này không cần giấy tờ có mã “{code}”. Hãy bỏ giấy tờ này ra."),
        format!("This procedure does not ask for a paper with code “{code}”. Leave it out."),
    );
    FieldError::new(format!("papers.{code}"), "unknown_paper", words)
}

fn unusable(code: &str) -> FieldError {
    let words = (
        "Không dùng được tệp này: tệp không có, không phải của bạn, hoặc đã nộp ở hồ sơ khác. Hãy tải lên lại.",
        "This file cannot be used: it does not exist, is not yours, or belongs to another dossier. Upload it again.",
    );
    FieldError::new(format!("papers.{code}"), "unusable_file", words)
}

/// SHA-256 of a stored file that the actor uploaded and that no dossier uses yet.
fn usable(tx: &mut Tx<'_>, actor: &Actor, file: &str) -> Result<Option<String>> {
    let Some(id) = <FileId as TypedId>::parse(file) else { return Ok(None) };
    let Some(row) = kernel_files::get(tx, &id)? else { return Ok(None) };
    let own = *actor == Actor::System || row.owner == actor.holder();
    let free = !store::file_in_use(tx, file)?;
    Ok((own && free && row.erased_at.is_none()).then_some(row.sha256))
}

/// Gives a dossier a file that the actor uploaded.
///
/// # Errors
/// `Stale` when the file was given to another dossier or erased meanwhile.
pub(super) fn take_file(tx: &mut Tx<'_>, actor: &Actor, file: &str, dossier: &Dossier) -> Result<()> {
    let id = <FileId as TypedId>::parse(file).ok_or_else(shared::not_found)?;
    let holder = match actor {
        Actor::System => kernel_files::get(tx, &id)?.map_or_else(|| actor.holder(), |row| row.owner),
        Actor::Citizen(_) | Actor::Officer(_) => actor.holder(),
    };
    match kernel_files::change_owner(tx, &id, &holder, &dossier.subject())? {
        true => Ok(()),
        false => Err(Error::stale("files")),
    }
}
