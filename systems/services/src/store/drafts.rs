//! Drafts and their uploads in pieces.

use kernel_base::{Error, Instant, Result, TypedId};
use kernel_contract::Receipt;
use kernel_db::{Row, Tx, id, params, sql};
use kernel_files::UploadId;
use serde::{Serialize, de::DeserializeOwned};

use crate::model::{Draft, DraftId, PrefillState};

pub(crate) fn insert_draft(tx: &mut Tx<'_>, draft: &Draft) -> Result<()> {
    let written = Written::of(draft)?;
    tx.execute(
        sql!(
            "INSERT INTO drafts (home, id, account, procedure, case_code, agency, answers, saved, papers, submitted_code,
                                 receipt, created_at, updated_at, expires_at, version, mandate)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', '', $10, $11, $12, 1, $13)"
        ),
        &params![
            id(&draft.id),
            draft.account.as_str(),
            draft.procedure.as_str(),
            draft.case.as_str(),
            &draft.agency,
            written.answers,
            written.saved,
            written.papers,
            draft.created_at,
            draft.updated_at,
            draft.expires_at,
            draft.mandate.as_str()
        ],
    )?;
    Ok(())
}

/// The draft, only when the account owns it.
pub(crate) fn draft_of(tx: &mut Tx<'_>, draft: &DraftId, account: &str) -> Result<Option<Draft>> {
    tx.query_opt(
        sql!("SELECT * FROM drafts WHERE home = $1 AND id = $2 AND account = $3"),
        &params![id(draft), account],
    )?
    .as_ref()
    .map(read)
    .transpose()
}

/// The account's drafts, last changed first, submitted ones included; at most `limit`.
pub(crate) fn drafts_of(tx: &mut Tx<'_>, account: &str, limit: i64) -> Result<Vec<Draft>> {
    tx.query(
        sql!("SELECT * FROM drafts WHERE home = $1 AND account = $2 ORDER BY updated_at DESC, id LIMIT $3"),
        &params![account, limit],
    )?
    .iter()
    .map(read)
    .collect()
}

/// Writes the whole draft; `Stale` when another request changed it first.
pub(crate) fn save_draft(tx: &mut Tx<'_>, draft: &Draft) -> Result<()> {
    let written = Written::of(draft)?;
    tx.execute_one(
        sql!(
            "UPDATE drafts SET procedure = $4, case_code = $5, agency = $6, answers = $7, saved = $8, papers = $9,
                    submitted_code = $10, receipt = $11, updated_at = $12, expires_at = $13, origins = $14, prefill = $15,
                    version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3"
        ),
        &params![
            id(&draft.id),
            draft.version,
            draft.procedure.as_str(),
            draft.case.as_str(),
            &draft.agency,
            written.answers,
            written.saved,
            written.papers,
            draft.receipt.as_ref().map(|r| r.code.to_string()).unwrap_or_default(),
            written.receipt,
            draft.updated_at,
            draft.expires_at,
            written.origins,
            draft.prefill.word()
        ],
    )
}

/// Gives the drafts of one account to another.
pub(crate) fn move_drafts(tx: &mut Tx<'_>, from: &str, to: &str) -> Result<()> {
    tx.execute(
        sql!("UPDATE drafts SET account = $3, version = version + 1 WHERE home = $1 AND account = $2"),
        &params![from, to],
    )
    .map(drop)
}

/// Removes the draft and what is noted of its uploads.
/// Deletes a draft as it was read; stale when it was changed or handed in since.
pub(crate) fn delete_draft(tx: &mut Tx<'_>, draft: &Draft) -> Result<()> {
    tx.execute_one(
        sql!("DELETE FROM drafts WHERE home = $1 AND id = $2 AND version = $3"),
        &params![id(&draft.id), draft.version],
    )?;
    tx.execute(sql!("DELETE FROM draft_uploads WHERE home = $1 AND draft = $2"), &params![id(&draft.id)])?;
    Ok(())
}

/// Drafts whose time is over, at most `limit`.
pub(crate) fn expired_drafts(tx: &mut Tx<'_>, limit: i64) -> Result<Vec<Draft>> {
    tx.query(
        sql!("SELECT * FROM drafts WHERE home = $1 AND expires_at <= $2 ORDER BY expires_at LIMIT $3"),
        &params![tx.now(), limit],
    )?
    .iter()
    .map(read)
    .collect()
}

/// An upload in pieces and the paper it is for.
#[derive(Debug, Clone)]
pub(crate) struct DraftUpload {
    pub(crate) upload: UploadId,
    pub(crate) draft: DraftId,
    pub(crate) paper: String,
    pub(crate) key: String,
    pub(crate) size: i64,
    /// The stored file, once the last piece has arrived; empty before.
    pub(crate) file: String,
}

pub(crate) fn insert_upload(tx: &mut Tx<'_>, row: &DraftUpload) -> Result<()> {
    tx.execute(
        sql!(
            "INSERT INTO draft_uploads (home, upload, draft, paper, upload_key, size, file, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, '', $7)"
        ),
        &params![id(&row.upload), id(&row.draft), row.paper.as_str(), row.key.as_str(), row.size, tx.now()],
    )?;
    Ok(())
}

pub(crate) fn upload(tx: &mut Tx<'_>, upload: &UploadId) -> Result<Option<DraftUpload>> {
    tx.query_opt(
        sql!("SELECT upload, draft, paper, upload_key, size, file FROM draft_uploads WHERE home = $1 AND upload = $2"),
        &params![id(upload)],
    )?
    .as_ref()
    .map(read_upload)
    .transpose()
}

/// The newest upload of a file that was begun before.
pub(crate) fn upload_by_key(tx: &mut Tx<'_>, draft: &DraftId, paper: &str, key: &str) -> Result<Option<DraftUpload>> {
    tx.query_opt(
        sql!(
            "SELECT upload, draft, paper, upload_key, size, file FROM draft_uploads
             WHERE home = $1 AND draft = $2 AND paper = $3 AND upload_key = $4 ORDER BY upload DESC LIMIT 1"
        ),
        &params![id(draft), paper, key],
    )?
    .as_ref()
    .map(read_upload)
    .transpose()
}

pub(crate) fn finish_upload(tx: &mut Tx<'_>, upload: &UploadId, file: &str) -> Result<()> {
    tx.execute(sql!("UPDATE draft_uploads SET file = $3 WHERE home = $1 AND upload = $2"), &params![id(upload), file])?;
    Ok(())
}

pub(crate) fn forget_upload(tx: &mut Tx<'_>, upload: &UploadId) -> Result<()> {
    tx.execute(sql!("DELETE FROM draft_uploads WHERE home = $1 AND upload = $2"), &params![id(upload)])?;
    Ok(())
}

fn read_upload(row: &Row) -> Result<DraftUpload> {
    Ok(DraftUpload {
        upload: row.id("upload")?,
        draft: row.id("draft")?,
        paper: row.get("paper")?,
        key: row.get("upload_key")?,
        size: row.get("size")?,
        file: row.get("file")?,
    })
}

/// The JSON columns of a draft.
struct Written {
    answers: String,
    saved: String,
    papers: String,
    origins: String,
    receipt: String,
}

impl Written {
    fn of(draft: &Draft) -> Result<Self> {
        Ok(Self {
            answers: write(&draft.answers)?,
            saved: write(&draft.saved)?,
            papers: write(&draft.papers)?,
            origins: write(&draft.origins)?,
            receipt: draft.receipt.as_ref().map(write).transpose()?.unwrap_or_default(),
        })
    }
}

fn write<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|e| Error::internal(format!("drafts: {e}")))
}

fn json<T: DeserializeOwned>(row: &Row, column: &str) -> Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|e| {
        let key: String = row.get("id").unwrap_or_default();
        Error::internal(format!("drafts.{column} of row {key}: {e}"))
    })
}

fn read(row: &Row) -> Result<Draft> {
    let prefill: String = row.get("prefill")?;
    let receipt: String = row.get("receipt")?;
    let receipt: Option<Receipt> = if receipt.is_empty() { None } else { Some(json(row, "receipt")?) };
    Ok(Draft {
        id: row.id("id")?,
        account: row.get("account")?,
        mandate: row.get("mandate")?,
        procedure: row.get("procedure")?,
        case: row.get("case_code")?,
        agency: row.get("agency")?,
        answers: json(row, "answers")?,
        saved: json(row, "saved")?,
        papers: json(row, "papers")?,
        origins: json(row, "origins")?,
        prefill: PrefillState::parse(&prefill)
            .ok_or_else(|| Error::internal(format!("drafts.prefill: unknown word {prefill}")))?,
        receipt,
        created_at: row.get::<Instant>("created_at")?,
        updated_at: row.get("updated_at")?,
        expires_at: row.get("expires_at")?,
        version: row.get("version")?,
    })
}

/// The draft's identifier from an address.
pub(crate) fn draft_id(text: &str) -> Option<DraftId> {
    DraftId::parse(text)
}

/// Name of a procedure, whether or not a version is in force; its code when it is unknown.
pub(crate) fn procedure_name(tx: &mut Tx<'_>, code: &str) -> Result<kernel_base::Words> {
    #[derive(serde::Deserialize)]
    struct Named {
        name: kernel_base::Words,
    }
    let Some(row) = super::procedure(tx, code)? else { return Ok(kernel_base::Words::new(code, code)) };
    let named: Named =
        serde_json::from_str(&row.body).map_err(|e| Error::internal(format!("procedures.body of {code}: {e}")))?;
    Ok(named.name)
}

/// Drafts that expire after `from` and until `to`, the first ones first.
pub(crate) fn drafts_between(tx: &mut Tx<'_>, from: Instant, to: Instant, limit: i64) -> Result<Vec<Draft>> {
    tx.query(
        sql!(
            "SELECT * FROM drafts WHERE home = $1 AND expires_at > $2 AND expires_at <= $3
             ORDER BY expires_at, id LIMIT $4"
        ),
        &params![from, to, limit],
    )?
    .iter()
    .map(read)
    .collect()
}
