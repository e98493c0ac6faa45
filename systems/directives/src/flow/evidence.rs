//! What shows that a task is done: words, measured values, and files that are bound to the report by their SHA-256.

use kernel_base::{Error, FieldError, Result, TypedId, Words};
use kernel_contract::Measures;
use kernel_db::Tx;
use kernel_files::{FileId, FileRow};
use kernel_org::Actor;
use serde_json::json;

use super::shared;
use crate::{
    model::{Evidence, EvidenceKind, Report, Task, sentence},
    store,
};

/// Most pieces of evidence of one report.
const MOST: usize = 40;

/// What was handed in, with the files that it names now belonging to the task, and what the product measured itself.
///
/// # Errors
/// `Invalid` without evidence, for a typed measurement, for a file that is not the actor's own; `Conflict` below a
/// measured goal.
pub(super) fn checked(tx: &mut Tx<'_>, actor: &Actor, task: &Task, given: &[Evidence]) -> Result<Vec<Evidence>> {
    if given.len() > MOST {
        let words = Words::new(format!("Nhiều nhất {MOST} minh chứng."), format!("At most {MOST} pieces of evidence."));
        return Err(Error::invalid(vec![FieldError::new("evidence", "too_many", words)]));
    }
    let mut evidence = Vec::new();
    for (number, item) in given.iter().enumerate() {
        if item.kind == EvidenceKind::Measured {
            let words = ("Số đo do hệ thống tự ghi.", "The product itself records what it measures.");
            return Err(Error::invalid(vec![FieldError::new(format!("evidence.{number}.kind"), "measured", words)]));
        }
        let reference = sentence(&format!("evidence.{number}.reference"), &item.reference, 0, 100)?;
        let least = if item.file.is_empty() { 5 } else { 0 };
        let title = sentence(&format!("evidence.{number}.title"), &item.title, least, 300)?;
        let said = Evidence { kind: item.kind, title, reference, file: String::new(), sha256: String::new() };
        evidence.push(if item.file.is_empty() { said } else { with_file(tx, actor, task, (number, item), said)? });
    }
    if let (Some(metric), Some(goal)) = (&task.metric, task.goal) {
        evidence.push(measured(tx, task, metric, goal)?);
    }
    if evidence.is_empty() {
        let words = (
            "Hãy nêu ít nhất một minh chứng: số văn bản, sản phẩm, hoặc tải tệp, ảnh lên.",
            "Give at least one piece of evidence: a document, a product, or upload a file or photograph.",
        );
        return Err(Error::invalid(vec![FieldError::new("evidence", "required", words)]));
    }
    Ok(evidence)
}

/// The file changes hands: from who uploaded it to the task, where it stays.
fn with_file(
    tx: &mut Tx<'_>,
    actor: &Actor,
    task: &Task,
    (number, item): (usize, &Evidence),
    said: Evidence,
) -> Result<Evidence> {
    let unusable = || {
        let words = (
            "Không dùng được tệp này: tệp không có, không phải của bạn, hoặc đã dùng ở nơi khác. Hãy tải lên lại.",
            "This file cannot be used: it does not exist, is not yours, or serves elsewhere. Upload it again.",
        );
        Error::invalid(vec![FieldError::new(format!("evidence.{number}.file"), "unusable_file", words)])
    };
    let id = FileId::parse(&item.file).ok_or_else(unusable)?;
    let row = kernel_files::owned(tx, &id, &actor.holder())?.ok_or_else(unusable)?;
    if !item.sha256.is_empty() && item.sha256 != row.sha256 {
        let words = (
            "Mã băm không phải của tệp này. Hãy tải lên lại đúng tệp.",
            "The hash is not that of this file. Upload the right file again.",
        );
        return Err(Error::invalid(vec![FieldError::new(format!("evidence.{number}.sha256"), "other_file", words)]));
    }
    if !kernel_files::change_owner(tx, &id, &actor.holder(), &task.subject())? {
        return Err(Error::stale("files"));
    }
    let title = if said.title.is_empty() { row.name } else { said.title };
    Ok(Evidence { title, file: id.to_string(), sha256: row.sha256, ..said })
}

fn measured(tx: &mut Tx<'_>, task: &Task, metric: &str, goal: f64) -> Result<Evidence> {
    let now = tx.now();
    let value = tx.port::<dyn Measures>()?.value(tx, metric, Some(&task.lead), now)?;
    match value {
        Some(found) if found.reaches(goal) => Ok(Evidence {
            kind: EvidenceKind::Measured,
            title: format!(
                "{metric} = {} ({}/{})",
                found.value.unwrap_or_default(),
                found.numerator,
                found.denominator
            ),
            reference: found.rows,
            file: String::new(),
            sha256: String::new(),
        }),
        found => {
            let now = found.as_ref().and_then(|f| f.value);
            let said = now.map_or_else(|| "chưa có số đo".to_owned(), |value| format!("{value:.3}"));
            let words = Words::new(
                format!("Chưa đạt chỉ tiêu {goal}: hiện đo được {said}. Chưa thể báo cáo hoàn thành."),
                format!("Below the goal of {goal}: measured {said}. It cannot be reported done."),
            );
            Err(Error::conflict("below_target", words).with_current(json!({ "value": now, "goal": goal })))
        }
    }
}

/// A file of a report, for everyone who may read the task, and for nobody else.
///
/// # Errors
/// `NotFound` for others, for a file of something else, and for one that is not what was reported.
pub fn evidence_file(tx: &mut Tx<'_>, actor: &Actor, code: &str, file: &str) -> Result<FileRow> {
    let task = shared::find_to_read(tx, actor, code)?;
    let id: FileId = shared::parse_id(file)?;
    let row = kernel_files::owned(tx, &id, &task.subject())?.ok_or_else(shared::not_found)?;
    let reports = store::reports_of(tx, &task.id)?;
    let reported = reports.iter().flat_map(|report| &report.evidence).any(|e| e.file == file && e.sha256 == row.sha256);
    if reported { Ok(row) } else { Err(shared::not_found()) }
}

/// What is wrong with the files that a report names: identifier and words.
///
/// # Errors
/// Those of the database.
pub(super) fn faults(tx: &mut Tx<'_>, task: &Task, report: &Report) -> Result<Vec<(String, Words)>> {
    let mut faults = Vec::new();
    for item in report.evidence.iter().filter(|item| !item.file.is_empty()) {
        let row = FileId::parse(&item.file).map(|id| kernel_files::get(tx, &id)).transpose()?.flatten();
        let what = match row {
            None => Words::new(
                format!("minh chứng của {} không còn dòng nào", task.code),
                format!("evidence of {} has no row", task.code),
            ),
            Some(row) if row.sha256 != item.sha256 => Words::new(
                format!("minh chứng của {} bị tráo: đang lưu {}, đã báo cáo {}", task.code, row.sha256, item.sha256),
                format!("evidence of {} was swapped: stored {}, reported {}", task.code, row.sha256, item.sha256),
            ),
            Some(row) if row.owner != task.subject() || row.erased_at.is_some() => Words::new(
                format!("minh chứng của {} không còn thuộc nhiệm vụ này", task.code),
                format!("evidence of {} no longer belongs to the task", task.code),
            ),
            Some(_) => continue,
        };
        faults.push((item.file.clone(), what));
    }
    Ok(faults)
}
