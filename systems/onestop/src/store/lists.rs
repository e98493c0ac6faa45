//! Work lists, the citizen's list, the register, the public list of late dossiers.

use kernel_base::{AgencyId, Instant, Result};
use kernel_db::{Row, Tx, Value, params, sql};

use super::due_from;

/// Which dossiers of an agency, and where the page begins.
#[derive(Debug, Clone, Default)]
pub struct WorkFilter {
    /// Word of a state; empty = every open one.
    pub status: String,
    /// Folded search words; empty = all.
    pub search: String,
    /// Procedure code; empty = all.
    pub procedure: String,
    /// Officer in charge; empty = all.
    pub officer: String,
    /// Keyset: the last row of the page before (`due_at` text and id).
    pub after: Option<(String, String)>,
    /// Rows of a page, at most 200.
    pub limit: i64,
}

/// A line of a work list.
#[derive(Debug, Clone)]
pub struct WorkRow {
    pub id: String,
    pub code: String,
    pub procedure: String,
    pub procedure_name: String,
    pub owner_name: String,
    /// Account of the owner; empty for a dossier of the counter.
    pub owner_account: String,
    pub status: String,
    pub step: String,
    pub holder: AgencyId,
    pub holder_officer: String,
    pub submitted_at: Instant,
    pub due_at: Option<Instant>,
    pub settlement_obligation: Option<String>,
    pub imported: bool,
    pub version: i64,
    due_key: String,
}

impl WorkRow {
    /// Where the next page begins.
    pub fn key(&self) -> (String, String) {
        (self.due_key.clone(), self.id.clone())
    }

    fn from(row: &Row) -> Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            code: row.get("code")?,
            procedure: row.get("procedure_code")?,
            procedure_name: row.get("procedure_name")?,
            owner_name: row.get("owner_name")?,
            owner_account: row.get("owner_account")?,
            status: row.get("status")?,
            step: row.get("step")?,
            holder: row.get("holder")?,
            holder_officer: row.get("holder_officer")?,
            submitted_at: row.get("submitted_at")?,
            due_at: due_from(row)?,
            settlement_obligation: row.get("settlement_obligation")?,
            imported: row.get("imported")?,
            version: row.get("version")?,
            due_key: row.get("due_at")?,
        })
    }
}

/// Open dossiers that `holder` has now, the most urgent first.
pub(crate) fn work_list(tx: &mut Tx<'_>, holder: &AgencyId, filter: &WorkFilter) -> Result<Vec<WorkRow>> {
    let (due, id) = filter.after.clone().unwrap_or_default();
    let limit = filter.limit.clamp(1, 200);
    let rows = if filter.search.is_empty() && filter.procedure.is_empty() && filter.officer.is_empty() {
        plain_list(tx, holder, &filter.status, params![holder, filter.status.as_str(), due, id, limit])?
    } else {
        tx.query(
            sql!(
                "SELECT id, code, procedure_code, procedure_name, owner_name, owner_account, status, step, holder, holder_officer,
                        submitted_at, due_at, settlement_obligation, imported, version
                 FROM dossiers
                 WHERE home = $1 AND holder = $2 AND open
                   AND (CAST($3 AS TEXT) = '' OR status = $3)
                   AND (due_at, id) > ($4, $5)
                   AND (CAST($6 AS TEXT) = '' OR search LIKE '%' || CAST($6 AS TEXT) || '%')
                   AND (CAST($7 AS TEXT) = '' OR procedure_code = $7)
                   AND (CAST($8 AS TEXT) = '' OR holder_officer = $8)
                 ORDER BY due_at, id LIMIT $9"
            ),
            &params![
                holder,
                filter.status.as_str(),
                due,
                id,
                filter.search.as_str(),
                filter.procedure.as_str(),
                filter.officer.as_str(),
                limit
            ],
        )?
    };
    rows.iter().map(WorkRow::from).collect()
}

/// Without search words: one range of an index.
fn plain_list(tx: &mut Tx<'_>, holder: &AgencyId, status: &str, all: [Value; 5]) -> Result<Vec<Row>> {
    if status.is_empty() {
        let [_, _, due, id, limit] = all;
        tx.query(
            sql!(
                "SELECT id, code, procedure_code, procedure_name, owner_name, owner_account, status, step, holder, holder_officer,
                        submitted_at, due_at, settlement_obligation, imported, version
                 FROM dossiers WHERE home = $1 AND holder = $2 AND open AND (due_at, id) > ($3, $4)
                 ORDER BY due_at, id LIMIT $5"
            ),
            &[holder.into(), due, id, limit],
        )
    } else {
        tx.query(
            sql!(
                "SELECT id, code, procedure_code, procedure_name, owner_name, owner_account, status, step, holder, holder_officer,
                        submitted_at, due_at, settlement_obligation, imported, version
                 FROM dossiers WHERE home = $1 AND holder = $2 AND status = $3 AND open AND (due_at, id) > ($4, $5)
                 ORDER BY due_at, id LIMIT $6"
            ),
            &all,
        )
    }
}

/// Gives the dossiers of one account to another.
pub(crate) fn move_dossiers(tx: &mut Tx<'_>, from: &str, to: &str) -> Result<()> {
    tx.execute(
        sql!("UPDATE dossiers SET owner_account = $3, version = version + 1 WHERE home = $1 AND owner_account = $2"),
        &params![from, to],
    )
    .map(drop)
}

/// Dossiers of a citizen's account, newest first.
pub(crate) fn dossiers_of_account(tx: &mut Tx<'_>, account: &str) -> Result<Vec<WorkRow>> {
    tx.query(
        sql!(
            "SELECT id, code, procedure_code, procedure_name, owner_name, owner_account, status, step, holder, holder_officer,
                    submitted_at, due_at, settlement_obligation, imported, version
             FROM dossiers WHERE home = $1 AND owner_account = $2 AND owner_account <> ''
             ORDER BY submitted_at DESC, id DESC LIMIT 200"
        ),
        &params![account],
    )?
    .iter()
    .map(WorkRow::from)
    .collect()
}

/// Dossiers that an agency settles, received in a period: the register (sổ theo dõi hồ sơ).
pub(crate) fn register_rows(
    tx: &mut Tx<'_>,
    agency: &AgencyId,
    (from, until): (Instant, Instant),
    limit: i64,
) -> Result<Vec<WorkRow>> {
    tx.query(
        sql!(
            "SELECT id, code, procedure_code, procedure_name, owner_name, owner_account, status, step, holder, holder_officer,
                    submitted_at, due_at, settlement_obligation, imported, version
             FROM dossiers WHERE home = $1 AND agency = $2 AND submitted_at >= $3 AND submitted_at < $4
             ORDER BY submitted_at, id LIMIT $5"
        ),
        &params![agency, from, until, limit],
    )?
    .iter()
    .map(WorkRow::from)
    .collect()
}

/// Agencies that hold a running dossier due before an instant.
pub(crate) fn holders_with_due(tx: &mut Tx<'_>, before: Instant) -> Result<Vec<AgencyId>> {
    let rows = tx.query(
        sql!("SELECT DISTINCT holder FROM dossiers WHERE home = $1 AND open AND due_at < $2 ORDER BY holder"),
        &params![before],
    )?;
    rows.iter().map(|row| row.get("holder")).collect()
}

/// What one officer of an agency holds that is due.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    /// Sign-in name; empty for what nobody holds.
    pub(crate) officer: String,
    pub(crate) overdue: i64,
    pub(crate) today: i64,
    /// Later than today, until `soon`.
    pub(crate) soon: i64,
}

/// Running dossiers of an agency by officer: overdue at `now`, due before `tomorrow`, due until `soon`.
pub(crate) fn loads_of(
    tx: &mut Tx<'_>,
    holder: &AgencyId,
    now: Instant,
    tomorrow: Instant,
    soon: Instant,
) -> Result<Vec<Load>> {
    let last = if soon > tomorrow { soon } else { tomorrow };
    let rows = tx.query(
        sql!(
            "SELECT holder_officer,
                    count(*) FILTER (WHERE due_at < $3) AS overdue,
                    count(*) FILTER (WHERE due_at >= $3 AND due_at < $4) AS today,
                    count(*) FILTER (WHERE due_at >= $4) AS soon
             FROM dossiers
             WHERE home = $1 AND holder = $2 AND open AND due_at <= $5
               AND status IN ('submitted', 'accepted', 'processing')
             GROUP BY holder_officer ORDER BY holder_officer"
        ),
        &params![holder, now, tomorrow, last],
    )?;
    rows.iter()
        .map(|row| {
            Ok(Load {
                officer: row.get("holder_officer")?,
                overdue: row.get("overdue")?,
                today: row.get("today")?,
                soon: row.get("soon")?,
            })
        })
        .collect()
}
