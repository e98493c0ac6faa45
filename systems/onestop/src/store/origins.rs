//! Where the fields of a dossier come from, papers that were taken from earlier dossiers, dossiers to take from.

use kernel_base::{Error, Result, TypedId};
use kernel_contract::{DossierId, Provenance, ReusedPaper};
use kernel_db::{Tx, params, sql};

use super::dossiers::dossier_from;
use crate::model::Dossier;

pub(crate) fn insert_origins(tx: &mut Tx<'_>, dossier: &DossierId, origins: &Provenance) -> Result<()> {
    let text = serde_json::to_string(origins).map_err(|error| Error::internal(format!("dossier_origins: {error}")))?;
    tx.execute(
        sql!("INSERT INTO dossier_origins (home, dossier, origins) VALUES ($1, $2, $3)"),
        &params![dossier.as_str(), text],
    )?;
    Ok(())
}

/// Empty when the dossier came without: everything in it was declared at submission.
pub(crate) fn origins_of(tx: &mut Tx<'_>, dossier: &DossierId) -> Result<Provenance> {
    let row = tx.query_opt(
        sql!("SELECT origins FROM dossier_origins WHERE home = $1 AND dossier = $2"),
        &params![dossier.as_str()],
    )?;
    let Some(row) = row else { return Ok(Provenance::new()) };
    serde_json::from_str(&row.get::<String>("origins")?)
        .map_err(|error| Error::internal(format!("dossier_origins.origins of {dossier}: {error}")))
}

/// Marks a paper as taken from an earlier dossier.
pub(crate) fn mark_reused(tx: &mut Tx<'_>, dossier: &DossierId, paper: &ReusedPaper) -> Result<()> {
    let state: i64 = if paper.result { 3 } else { 2 };
    tx.execute(
        sql!(
            "UPDATE dossier_papers SET digitised = $4, reused_from = $5 WHERE home = $1 AND dossier = $2 AND file = $3"
        ),
        &params![dossier.as_str(), paper.file.as_str(), state, paper.source.as_str()],
    )?;
    Ok(())
}

/// The newest dossiers of an account, whole.
pub(crate) fn whole_of_account(tx: &mut Tx<'_>, account: &str, most: i64) -> Result<Vec<Dossier>> {
    tx.query(
        sql!(
            "SELECT * FROM dossiers WHERE home = $1 AND owner_account = $2 AND owner_account <> ''
             ORDER BY submitted_at DESC, id DESC LIMIT $3"
        ),
        &params![account, most],
    )?
    .iter()
    .map(dossier_from)
    .collect()
}
