//! What anyone may read of dossiers, and rows for figures. No personal column is read here.

use kernel_base::{AgencyId, Instant, Result};
use kernel_db::{Tx, params, sql};

/// What the public list of late dossiers says of one (spec of the one-stop, section 11).
#[derive(Debug, Clone)]
pub(crate) struct PublicLine {
    pub(crate) code: String,
    pub(crate) procedure_name: String,
    pub(crate) apology: bool,
}

pub(crate) fn public_line(tx: &mut Tx<'_>, dossier: &str) -> Result<Option<PublicLine>> {
    let row = tx.query_opt(
        sql!(
            "SELECT d.code, d.procedure_name,
                    EXISTS (SELECT 1 FROM apologies a
                            WHERE a.home = d.home AND a.dossier = d.id AND a.approved_at IS NOT NULL) AS apology
             FROM dossiers d WHERE d.home = $1 AND d.id = $2"
        ),
        &params![dossier],
    )?;
    let line = |row: kernel_db::Row| {
        Ok(PublicLine {
            code: row.get("code")?,
            procedure_name: row.get("procedure_name")?,
            apology: row.get("apology")?,
        })
    };
    row.map(line).transpose()
}

/// A dossier that counts in a figure.
#[derive(Debug, Clone)]
pub(crate) struct Counted {
    pub(crate) code: String,
    pub(crate) agency: AgencyId,
    pub(crate) procedure_name: String,
    pub(crate) n: i64,
}

fn counted(row: &kernel_db::Row) -> Result<Counted> {
    Ok(Counted {
        code: row.get("code")?,
        agency: row.get("agency")?,
        procedure_name: row.get("procedure_name")?,
        n: row.get("n")?,
    })
}

/// Dossiers settled in a span with the number of times the owner was asked for a supplement.
pub(crate) fn rounds(tx: &mut Tx<'_>, from: Instant, until: Instant) -> Result<Vec<Counted>> {
    let rows = tx.query(
        sql!(
            "SELECT d.code, d.agency, d.procedure_name,
                    (SELECT count(*) FROM supplement_requests s WHERE s.home = d.home AND s.dossier = d.id) AS n
             FROM dossiers d
             WHERE d.home = $1 AND d.settled_at >= $2 AND d.settled_at < $3 AND NOT d.imported ORDER BY d.code"
        ),
        &params![from, until],
    )?;
    rows.iter().map(counted).collect()
}

/// Dossiers handed in in a span; 1 for those that came online.
pub(crate) fn channels(tx: &mut Tx<'_>, from: Instant, until: Instant) -> Result<Vec<Counted>> {
    let rows = tx.query(
        sql!(
            "SELECT code, agency, procedure_name, CASE WHEN channel = 'online' THEN 1 ELSE 0 END AS n
             FROM dossiers WHERE home = $1 AND submitted_at >= $2 AND submitted_at < $3 AND NOT imported ORDER BY code"
        ),
        &params![from, until],
    )?;
    rows.iter().map(counted).collect()
}

/// Dossiers with a fee paid in a span; 1 when every fee of theirs paid by then was paid without a cashier.
pub(crate) fn payments(tx: &mut Tx<'_>, from: Instant, until: Instant) -> Result<Vec<Counted>> {
    let rows = tx.query(
        sql!(
            "SELECT d.code, d.agency, d.procedure_name,
                    min(CASE WHEN f.cashier IS NULL OR f.cashier = '' THEN 1 ELSE 0 END) AS n
             FROM dossier_fees f JOIN dossiers d ON d.home = f.home AND d.id = f.dossier
             WHERE f.home = $1 AND f.paid_at >= $2 AND f.paid_at < $3
             GROUP BY d.code, d.agency, d.procedure_name ORDER BY d.code"
        ),
        &params![from, until],
    )?;
    rows.iter().map(counted).collect()
}
