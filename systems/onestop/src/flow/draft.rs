//! The specialist drafts the result; its PDF is made before the write and bound by its SHA-256.

use kernel_base::{Error, FieldError, Result, TypedId, text};
use kernel_contract::{DossierCode, Offering, Settings};
use kernel_db::Tx;
use kernel_documents::{self as documents, Document};
use kernel_files::{FileId, Stored};
use kernel_org::{Action, Actor};
use serde_json::json;

use super::{papers, shared};
use crate::{
    model::{Dossier, Draft, Reason, ResultRow, day_of},
    store,
};

/// The rendered draft, stored before the write.
#[derive(Debug, Clone)]
pub struct DraftedFile {
    pub file: FileId,
    pub sha256: String,
    /// Number and sign of the result as printed.
    pub number: String,
    /// What was printed, to print it again.
    pub document: serde_json::Value,
    /// Version of the dossier the draft was made from.
    pub dossier_version: i64,
}

impl DraftedFile {
    /// The stored PDF of what was `printed` of the dossier, as [`result_document`] gave them.
    #[must_use]
    pub fn new(file: FileId, stored: &Stored, printed: serde_json::Value, dossier: &Dossier) -> Self {
        let number = printed.pointer("/head/number").and_then(|n| n.as_str()).unwrap_or_default().to_owned();
        Self { file, sha256: stored.sha256.clone(), number, document: printed, dossier_version: dossier.version }
    }
}

/// What the result will say: read before the write, so that the PDF can be made outside the transaction.
///
/// # Errors
/// As [`draft`].
pub fn result_document(tx: &mut Tx<'_>, actor: &Actor, code: &str, command: &Draft) -> Result<(Document, Dossier)> {
    let dossier = shared::find(tx, actor, Action::DossierDraft, code)?;
    shared::must_hold(actor, &dossier)?;
    dossier.state.work("dự thảo kết quả", "draft the result")?;
    checked(command)?;
    let offering = shared::offering_of(tx, &dossier)?;
    let hash = kernel_ledger::head(tx, &dossier.subject())?.map(|h| h.hash).unwrap_or_default();
    let document = document_of(tx, actor, &dossier, &offering, command, &hash)?;
    Ok((document, dossier))
}

/// Records the draft. The leader approves exactly these bytes.
///
/// # Errors
/// `Invalid` without content, or without a reason for a negative result; `Conflict` when the dossier has moved on.
pub fn draft(tx: &mut Tx<'_>, actor: &Actor, code: &str, command: &Draft, made: &DraftedFile) -> Result<ResultRow> {
    let before = shared::find(tx, actor, Action::DossierDraft, code)?;
    shared::must_hold(actor, &before)?;
    before.state.work("dự thảo kết quả", "draft the result")?;
    checked(command)?;
    if before.version != made.dossier_version {
        return Err(shared::moved(&before));
    }
    let row = ResultRow {
        id: tx.new_id(),
        granted: command.granted,
        number: made.number.clone(),
        content: made.document.clone(),
        file: made.file.as_str().to_owned(),
        sha256: made.sha256.clone(),
        drafted_by: actor.name().to_owned(),
        drafted_at: tx.now(),
        approved_by: None,
        approved_at: None,
        version: 1,
    };
    store::insert_result(tx, &before.id, &row)?;
    papers::take_file(tx, actor, made.file.as_str(), &before)?;
    store::save_dossier(tx, &before, &before.clone())?;
    let body = json!({ "result": row.id, "granted": row.granted, "file": row.file, "sha256": row.sha256, "number": row.number });
    shared::record(tx, &before, actor, "dossier.drafted", body)?;
    Ok(row)
}

fn checked(command: &Draft) -> Result<()> {
    let content = text::clean(&command.content);
    if text::length(&content) < 10 || text::length(&content) > 20_000 {
        let words = (
            "Hãy ghi nội dung kết quả (10 đến 20.000 chữ cái).",
            "Write the content of the result (10 to 20,000 letters).",
        );
        return Err(Error::invalid(vec![FieldError::new("content", "required", words)]));
    }
    if !command.granted {
        Reason::parse("reason", &command.reason)?;
    }
    Ok(())
}

fn document_of(
    tx: &mut Tx<'_>,
    actor: &Actor,
    dossier: &Dossier,
    offering: &Offering,
    command: &Draft,
    hash: &str,
) -> Result<Document> {
    let settings = tx.port::<Settings>()?;
    let now = tx.now();
    let agency = kernel_org::agency(tx, &dossier.agency, now)?.map_or_else(|| dossier.agency.to_string(), |a| a.name);
    let signer = kernel_org::head_of(tx, &dossier.agency, now)?;
    let content = text::clean(&command.content);
    let outcome = if command.granted {
        documents::Outcome::Granted
    } else {
        documents::Outcome::Refused { reasons: vec![text::clean(&command.reason)] }
    };
    let body = content
        .split("\n\n")
        .map(str::trim)
        .filter(|p| !p.is_empty())
        .map(|p| documents::Block::Paragraph { text: p.to_owned() })
        .collect();
    Ok(Document::Result(documents::ResultDocument {
        head: documents::Head {
            superior: crate::slip_text::superior_of(tx, &settings, &dossier.agency, now)?,
            issuer: agency,
            unit: None,
            number: Some(number_of(&dossier.code)),
            place: settings.place.clone(),
            date: day_of(now),
            form: None,
            replaces: None,
            notice: settings.demonstration.then(|| "Dữ liệu minh họa".to_owned()),
        },
        dossier: super::slips::facts(dossier),
        title: offering.result.vi.clone(),
        summary: Some(dossier.procedure_name.clone()),
        decider: None,
        legal: offering.bases.iter().map(|b| format!("Căn cứ {} số {};", b.title, b.number)).collect(),
        body,
        outcome,
        recipients: vec![dossier.owner.name.clone(), actor.name().to_owned()],
        signer: documents::Signer {
            rights: Vec::new(),
            office: signer.as_ref().map_or_else(|| "Thủ trưởng cơ quan".to_owned(), |s| s.title.clone()),
            name: signer.map(|s| s.name).unwrap_or_default(),
            signature: crate::slip_text::signature(tx),
        },
        check: super::slips::check(&settings, dossier, hash),
    }))
}

/// Number of the result: the dossier's own number, which is gap-free per agency and day.
pub(crate) fn number_of(code: &DossierCode) -> String {
    let mut parts = code.as_str().rsplit('-');
    let (number, day) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    format!("{day}{number}/KQ-TTHC")
}
