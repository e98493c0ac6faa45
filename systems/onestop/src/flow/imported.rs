//! Dossiers of an older system enter as `Imported` events: labelled, counted apart, approved by two persons.
//!
//! The dates are the claims of the source; they never become promises of this system.

use kernel_base::{AgencyId, Error, FieldError, Instant, Result, TypedId, Words, text};
use kernel_contract::{Channel, DossierCode, DossierId, Owner, ProcedureVersionId};
use kernel_db::Tx;
use kernel_org::{Action, Actor, Resource, allow};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::shared;
use crate::{
    model::{BatchId, Dossier, State},
    store,
};

/// Most dossiers of one batch, so that entering it holds the writer briefly.
const MOST: usize = 200;

/// One line of the file of an older system.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportedDossier {
    pub code: String,
    pub procedure: String,
    pub procedure_name: String,
    pub agency: AgencyId,
    pub owner: Owner,
    /// Claims of the source.
    pub received_at: Instant,
    #[serde(default)]
    pub promised_at: Option<Instant>,
    #[serde(default)]
    pub settled_at: Option<Instant>,
    /// `returned`, `settled`, `rejected`, `withdrawn` or `stopped`: only ended dossiers are taken over.
    pub status: String,
}

/// Stages a file; nothing of it is a dossier yet. Returns the batch.
///
/// # Errors
/// `Invalid` naming each faulty line, with nothing staged; `Conflict` for a file that was staged before.
pub fn stage_import(
    tx: &mut Tx<'_>,
    actor: &Actor,
    source: &str,
    sha256: &str,
    lines: &[ImportedDossier],
) -> Result<BatchId> {
    allow(actor, Action::ImportStage, &Resource::province())?;
    let source = text::clean_line(source);
    let faults = faults(tx, &source, lines)?;
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    if store::batch_by_hash(tx, sha256)?.is_some() {
        return Err(Error::conflict(
            "staged_before",
            ("Tệp này đã được đưa vào trước đó.", "This file was staged before."),
        ));
    }
    let content = serde_json::to_string(lines).map_err(|e| Error::internal(format!("batch: {e}")))?;
    let batch = store::BatchRow {
        id: tx.new_id(),
        source,
        file_sha256: sha256.to_owned(),
        content,
        staged_by: actor.label(),
        approver_1: None,
        entered_at: None,
        version: 1,
    };
    store::insert_batch(tx, &batch, i64::try_from(lines.len()).unwrap_or(0))?;
    Ok(batch.id)
}

/// First approval marks the batch; the second, by another person, enters its dossiers.
///
/// # Errors
/// `Forbidden` for the person who staged it or approved it first; `Conflict` when it was entered before.
pub fn approve_import(tx: &mut Tx<'_>, actor: &Actor, batch: &str) -> Result<usize> {
    allow(actor, Action::ImportApprove, &Resource::province())?;
    let id = <BatchId as TypedId>::parse(batch).ok_or_else(shared::not_found)?;
    let batch = store::batch_by_id(tx, &id)?.ok_or_else(shared::not_found)?;
    let me = actor.label();
    if batch.entered_at.is_some() {
        return Err(Error::conflict(
            "entered_before",
            ("Lô hồ sơ này đã được đưa vào.", "This batch was entered before."),
        ));
    }
    if batch.staged_by == me || batch.approver_1.as_deref() == Some(me.as_str()) {
        return Err(Error::forbidden(
            "four_eyes",
            (
                "Cần hai người phê duyệt, khác người đưa tệp vào. Hãy nhờ người khác phê duyệt.",
                "Two approvers are needed, other than the person who staged it.",
            ),
        ));
    }
    let Some(first) = batch.approver_1.clone() else {
        store::approve_batch(tx, &batch, &me, None)?;
        return Ok(0);
    };
    let now = tx.now();
    store::approve_batch(tx, &batch, &first, Some((&me, now)))?;
    let lines: Vec<ImportedDossier> =
        serde_json::from_str(&batch.content).map_err(|e| Error::internal(format!("import_batches.content: {e}")))?;
    for line in &lines {
        enter(tx, actor, &batch, &first, line)?;
    }
    Ok(lines.len())
}

fn enter(tx: &mut Tx<'_>, actor: &Actor, batch: &store::BatchRow, first: &str, line: &ImportedDossier) -> Result<()> {
    let (Some(code), Some(state)) = (DossierCode::parse(&line.code), ended(&line.status)) else {
        return Err(Error::internal(format!("batch {}: line {} was not checked", batch.id, line.code)));
    };
    let id: DossierId = tx.new_id();
    let data = json!({ "owner": line.owner, "representative": Value::Null, "form": {} });
    let personal = kernel_ledger::keep_personal(tx, &crate::model::subject_of(&id), &data)?;
    let dossier = Dossier {
        id,
        code,
        procedure: line.procedure.clone(),
        procedure_name: line.procedure_name.clone(),
        version_of_procedure: tx.new_id::<ProcedureVersionId>(),
        case: String::new(),
        channel: Channel::Counter,
        agency: line.agency.clone(),
        reception: line.agency.clone(),
        workflow: String::new(),
        workflow_version: 0,
        state,
        step: String::new(),
        holder: line.agency.clone(),
        holder_officer: String::new(),
        holder_since: tx.now(),
        owner_account: String::new(),
        owner: line.owner.clone(),
        representative: None,
        form: json!({}),
        personal: personal.id.to_string(),
        copies: 1,
        lookup_key: String::new(),
        submitted_at: line.received_at,
        accepted_at: Some(line.received_at),
        settled_at: line.settled_at,
        ended_at: Some(line.settled_at.unwrap_or(line.received_at)),
        reception_obligation: None,
        settlement_obligation: None,
        step_obligation: None,
        due_at: None,
        imported: true,
        version: 1,
    };
    store::insert_dossier(tx, &dossier)?;
    let body = json!({
        "code": dossier.code, "procedure": dossier.procedure, "agency": dossier.agency, "source": batch.source,
        "file_sha256": batch.file_sha256, "approvers": [first, actor.label()], "personal": personal.hash, "personal_id": dossier.personal,
        "claims": { "received_at": line.received_at, "promised_at": line.promised_at, "settled_at": line.settled_at },
    });
    shared::record(tx, &dossier, actor, "dossier.imported", body)?;
    Ok(())
}

fn ended(status: &str) -> Option<State> {
    State::parse(status, "").filter(|s| s.is_ended())
}

/// A code of today or later would take a number that an agency is still going to give.
fn is_of_its_day(code: &DossierCode, received_at: Instant, now: Instant) -> bool {
    let (received, today) = (received_at.vietnam().date(), now.vietnam().date());
    received < today && code.as_str().split('-').nth(1) == Some(received.strftime("%y%m%d").to_string().as_str())
}

fn faults(tx: &mut Tx<'_>, source: &str, lines: &[ImportedDossier]) -> Result<Vec<FieldError>> {
    let mut faults = Vec::new();
    if source.is_empty() {
        faults.push(FieldError::new("source", "required", ("Hãy ghi tên hệ thống cũ.", "Name the older system.")));
    }
    if lines.is_empty() || lines.len() > MOST {
        let words = Words::new(
            format!("Mỗi tệp từ 1 đến {MOST} hồ sơ. Hãy chia tệp."),
            format!("1 to {MOST} dossiers a file. Split it."),
        );
        faults.push(FieldError::new("lines", "out_of_range", words));
    }
    let now = tx.now();
    for (at, line) in lines.iter().enumerate() {
        let mut fault = |field: &str, vi: &str, en: &str| {
            faults.push(FieldError::new(format!("lines.{at}.{field}"), "invalid_line", (vi, en)));
        };
        match DossierCode::parse(&line.code) {
            None => fault(
                "code",
                "Mã hồ sơ không đúng dạng cơ quan-nămthángngày-số.",
                "The code is not agency-yyMMdd-NNNN.",
            ),
            Some(code) if store::dossier_by_code(tx, &code)?.is_some() => {
                fault("code", "Mã hồ sơ này đã có trong hệ thống.", "This code exists already.");
            }
            Some(code) if !is_of_its_day(&code, line.received_at, now) => fault(
                "code",
                "Ngày trong mã hồ sơ phải là ngày nhận và trước hôm nay.",
                "The day in the code must be the day of receipt, and before today.",
            ),
            Some(_) => {}
        }
        if lines.iter().take(at).any(|l| l.code == line.code) {
            fault("code", "Mã hồ sơ lặp lại trong tệp.", "The code stands twice in the file.");
        }
        if ended(&line.status).is_none() {
            fault(
                "status",
                "Chỉ nhận hồ sơ đã kết thúc: returned, settled, rejected, withdrawn, stopped.",
                "Only ended dossiers are taken over.",
            );
        }
        if line.received_at > now || line.settled_at.is_some_and(|s| s < line.received_at || s > now) {
            fault(
                "received_at",
                "Ngày nhận và ngày xong phải theo thứ tự và không ở tương lai.",
                "Dates must be in order and not in the future.",
            );
        }
        if kernel_org::agency(tx, &line.agency, line.received_at)?.is_none() {
            fault("agency", "Không có cơ quan này vào ngày nhận hồ sơ.", "No such agency on the day of reception.");
        }
        if line.owner.name.trim().is_empty() {
            fault("owner.name", "Thiếu họ và tên chủ hồ sơ.", "The owner's name is missing.");
        }
    }
    Ok(faults)
}
