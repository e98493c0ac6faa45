//! Bulk submission: a workbook is checked as a whole; only when no row has a fault are the dossiers handed in, a few in each
//! transaction, each row once.

use kernel_base::{Error, FieldError, Result, TypedId};
use kernel_contract::{Case, Catalogue, Channel, DossierIntake, Submission};
use kernel_db::Tx;
use kernel_forms::{Facts, Form};
use kernel_org::{Actor, CitizenActor};
use serde_json::Value;

use super::{
    ProcedureView,
    draft_help::{offered, online_case, parsed, within_mandate},
    look,
};
use crate::{
    model::{Batch, BatchId, BulkRow, Cell, RowFault, fits_rows, read_row},
    store,
};

/// Days that a workbook with its faults or receipts is kept.
const KEPT_DAYS: i64 = 7;

/// A procedure that can be handed in by rows.
#[derive(Debug)]
pub(crate) struct BulkForm {
    pub(crate) view: ProcedureView,
    pub(crate) case: Case,
    pub(crate) form: Form,
}

/// Whether a case can be handed in by rows: a form of single questions, and no paper that must be there.
pub(crate) fn takes_rows(view: &ProcedureView, case: &Case) -> bool {
    view.is_online()
        && case.papers.iter().all(|paper| !paper.required)
        && parsed(view, case).is_ok_and(|f| fits_rows(&f))
}

/// # Errors
/// `NotFound` for an unknown procedure; `Invalid` for one that is not handed in by rows.
pub(crate) fn bulk_form(tx: &mut Tx<'_>, procedure: &str, case: &str) -> Result<BulkForm> {
    let view = look(tx, procedure)?;
    let case = online_case(&view, case)?.clone();
    if !takes_rows(&view, &case) {
        return Err(Error::refused(
            "not_by_rows",
            (
                "Thủ tục này cần giấy tờ kèm theo nên không nộp được bằng Excel. Hãy nộp từng hồ sơ.",
                "This procedure needs papers, so it is not handed in by Excel. Hand in each dossier.",
            ),
        ));
    }
    let form = parsed(&view, &case)?;
    Ok(BulkForm { view, case, form })
}

fn citizen(actor: &Actor) -> Result<&CitizenActor> {
    let citizen = actor.citizen().ok_or_else(Error::unauthenticated)?;
    if citizen.helper().is_none() {
        return Ok(citizen);
    }
    Err(Error::forbidden(
        "not_for_helpers",
        ("Khi giúp người khác, hãy điền từng hồ sơ.", "When you help somebody, fill in each dossier."),
    ))
}

/// A workbook as it was read.
#[derive(Debug, Clone)]
pub(crate) struct Uploaded {
    pub(crate) procedure: String,
    pub(crate) case: String,
    pub(crate) agency: String,
    pub(crate) file_name: String,
    pub(crate) file_hash: String,
    pub(crate) rows: Vec<(u32, Vec<Cell>)>,
}

/// Checks every row and keeps the workbook; nothing is handed in. The same faultless workbook again is the first one.
///
/// # Errors
/// `Invalid` when the agency does not take the procedure.
pub(crate) fn check_workbook(tx: &mut Tx<'_>, actor: &Actor, uploaded: &Uploaded) -> Result<BatchId> {
    let citizen = citizen(actor)?;
    within_mandate(citizen, &uploaded.procedure)?;
    let bulk = bulk_form(tx, &uploaded.procedure, &uploaded.case)?;
    let agency = offered(&bulk.view, &uploaded.agency)?;
    if let Some(same) = store::same_batch(tx, citizen.account.as_str(), agency.as_str(), &uploaded.file_hash)? {
        return Ok(same.id);
    }
    let places = tx.port::<dyn Catalogue>()?.communes(tx)?;
    let facts = Facts::on(bulk.view.day).with_places(&places);
    let rows = uploaded.rows.iter().map(|(number, cells)| checked(&bulk.form, &facts, *number, cells)).collect();
    let now = tx.now();
    let batch = Batch {
        id: tx.new_id(),
        account: citizen.account.as_str().to_owned(),
        mandate: citizen.acting.as_ref().map(|acting| acting.mandate.to_string()).unwrap_or_default(),
        procedure: bulk.view.code().to_owned(),
        case: bulk.case.code.clone(),
        agency,
        file_name: uploaded.file_name.clone(),
        file_hash: uploaded.file_hash.clone(),
        rows,
        created_at: now,
        version: 1,
    };
    store::insert_batch(tx, &batch, now.plus_hours(KEPT_DAYS * 24))?;
    Ok(batch.id)
}

fn checked(form: &Form, facts: &Facts<'_>, number: u32, cells: &[Cell]) -> BulkRow {
    let empty = kernel_forms::Places::default();
    let (answers, mut faults) = read_row(form, facts.places.unwrap_or(&empty), cells);
    let mut answers = Value::Object(answers);
    match form.accept(&answers, facts) {
        Ok(clean) => answers = clean,
        Err(found) => {
            let more: Vec<RowFault> = found.iter().filter_map(|fault| row_fault(form, fault, &faults)).collect();
            faults.extend(more);
        }
    }
    let typed = cells.iter().map(|cell| cell.text.clone()).collect();
    BulkRow { number, typed, answers, faults, receipt: None }
}

/// A fault of the form at its column, unless the cell has one already.
fn row_fault(form: &Form, fault: &FieldError, known: &[RowFault]) -> Option<RowFault> {
    let name = fault.field.split('.').next().unwrap_or_default();
    let column = form.fields().iter().position(|field| field.name == name);
    let told = column.is_some() && known.iter().any(|other| other.column == column);
    (!told).then(|| RowFault { column, vi: fault.message.vi.clone(), en: fault.message.en.clone() })
}

/// A workbook of the actor's account.
///
/// # Errors
/// `NotFound` for everyone else, and after seven days.
pub(crate) fn find_batch(tx: &mut Tx<'_>, actor: &Actor, id: &str) -> Result<Batch> {
    let citizen = citizen(actor)?;
    let id = <BatchId as TypedId>::parse(id).ok_or_else(no_batch)?;
    let batch = store::batch(tx, &id, citizen.account.as_str())?.ok_or_else(no_batch)?;
    if citizen.covers(&batch.procedure) { Ok(batch) } else { Err(no_batch()) }
}

fn no_batch() -> Error {
    Error::not_found(
        "batch_not_found",
        (
            "Không có tệp này, hoặc đã quá 7 ngày. Hãy tải tệp lên lại.",
            "There is no such workbook, or it is over 7 days old. Upload it again.",
        ),
    )
}

/// Hands in the next rows, at most `most`, and says how many are left. A row with a receipt is done.
///
/// # Errors
/// `Invalid` while a row has a fault: then nothing is handed in.
pub(crate) fn hand_in_rows(tx: &mut Tx<'_>, actor: &Actor, id: &str, most: usize) -> Result<usize> {
    let mut batch = find_batch(tx, actor, id)?;
    if batch.faulty() > 0 {
        return Err(Error::refused(
            "rows_with_faults",
            (
                "Tệp còn dòng sai nên chưa hồ sơ nào được nộp. Hãy tải tệp có đánh dấu lỗi, sửa rồi tải lên lại.",
                "Some rows are wrong, so nothing was handed in. Take the marked file, correct it and upload it again.",
            ),
        ));
    }
    let intake = tx.port::<dyn DossierIntake>()?;
    let (procedure, case, agency) = (batch.procedure.clone(), batch.case.clone(), batch.agency.clone());
    let bulk = bulk_form(tx, &procedure, &case)?;
    for row in batch.rows.iter_mut().filter(|row| row.receipt.is_none()).take(most) {
        let submission = Submission {
            procedure: procedure.clone(),
            case: Some(case.clone()),
            agency: agency.clone(),
            channel: Channel::Online,
            copies: bulk.form.copies(&row.answers).and_then(|n| i64::try_from(n).ok()),
            form: row.answers.clone(),
            papers: Vec::new(),
            owner: None,
            representative: None,
            provenance: Default::default(),
            reused: Vec::new(),
        };
        row.receipt = Some(intake.submit(tx, actor, &submission)?);
    }
    store::save_batch(tx, &batch)?;
    Ok(batch.rows.len() - batch.handed_in())
}

/// Deletes workbooks that were kept long enough. For a nightly job.
///
/// # Errors
/// Only those of the database.
pub fn delete_old_batches(tx: &mut Tx<'_>) -> Result<u64> {
    store::delete_old_batches(tx)
}
