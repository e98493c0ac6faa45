//! What waits on a leader's desk.

use kernel_base::{AgencyId, Instant, Result};
use kernel_db::{Row, Tx, params, sql};

/// A drafted document that waits for approval.
#[derive(Debug, Clone)]
pub(crate) struct WaitingRow {
    pub(crate) code: String,
    pub(crate) procedure_name: String,
    pub(crate) owner_name: String,
    pub(crate) owner_account: String,
    pub(crate) status: String,
    pub(crate) due_at: Instant,
    /// What is proposed: granted or not; always true for an apology.
    pub(crate) granted: bool,
    pub(crate) drafted_by: String,
    pub(crate) drafted_at: Instant,
    /// File and SHA-256 of a drafted result, and whether the officer has opened it; empty for an apology.
    pub(crate) file: String,
    pub(crate) sha256: String,
    pub(crate) opened: bool,
}

impl WaitingRow {
    fn from(row: &Row, granted: bool) -> Result<Self> {
        Ok(Self {
            code: row.get("code")?,
            procedure_name: row.get("procedure_name")?,
            owner_name: row.get("owner_name")?,
            owner_account: row.get("owner_account")?,
            status: row.get("status")?,
            due_at: row.get("due_at")?,
            granted,
            drafted_by: row.get("drafted_by")?,
            drafted_at: row.get("drafted_at")?,
            file: String::new(),
            sha256: String::new(),
            opened: false,
        })
    }
}

/// Dossiers at `holder` whose drafted result is not approved, the most urgent first.
pub(crate) fn drafts_waiting(tx: &mut Tx<'_>, holder: &AgencyId, officer: &str, limit: i64) -> Result<Vec<WaitingRow>> {
    tx.query(
        sql!(
            "SELECT d.code, d.procedure_name, d.owner_name, d.owner_account, d.status, d.due_at,
                    r.granted, r.drafted_by, r.drafted_at, r.file, r.sha256, o.opened_at
             FROM dossiers d
             JOIN results r ON r.home = d.home AND r.dossier = d.id
             LEFT JOIN result_openings o ON o.home = r.home AND o.result = r.id AND o.officer = $4
             WHERE d.home = $1 AND d.holder = $2 AND d.open AND d.status = 'processing'
               AND r.approved_at IS NULL AND r.superseded = FALSE
             ORDER BY d.due_at, d.id LIMIT $3"
        ),
        &params![holder, limit, officer],
    )?
    .iter()
    .map(|row| {
        let (file, sha256) = (row.get("file")?, row.get("sha256")?);
        let opened = row.get::<Option<Instant>>("opened_at")?.is_some();
        Ok(WaitingRow { file, sha256, opened, ..WaitingRow::from(row, row.get("granted")?)? })
    })
    .collect()
}

/// Dossiers of `agency` whose drafted apology is not approved, the most urgent first.
pub(crate) fn apologies_waiting(tx: &mut Tx<'_>, agency: &AgencyId, limit: i64) -> Result<Vec<WaitingRow>> {
    tx.query(
        sql!(
            "SELECT d.code, d.procedure_name, d.owner_name, d.owner_account, d.status, d.due_at,
                    a.drafted_by, a.drafted_at
             FROM dossiers d
             JOIN apologies a ON a.home = d.home AND a.dossier = d.id
             WHERE d.home = $1 AND d.agency = $2 AND d.open AND a.approved_at IS NULL
               AND d.status IN ('accepted', 'processing')
             ORDER BY d.due_at, d.id LIMIT $3"
        ),
        &params![agency, limit],
    )?
    .iter()
    .map(|row| WaitingRow::from(row, true))
    .collect()
}
