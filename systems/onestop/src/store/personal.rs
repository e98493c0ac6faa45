//! Erasing what a dossier holds of its owner.

use kernel_base::{Result, TypedId};
use kernel_contract::DossierId;
use kernel_db::{Tx, params, sql};

use crate::model::Dossier;

/// Files of every result, drafts included.
pub(crate) fn result_files(tx: &mut Tx<'_>, dossier: &DossierId) -> Result<Vec<String>> {
    tx.query(sql!("SELECT file FROM results WHERE home = $1 AND dossier = $2"), &params![dossier.as_str()])?
        .iter()
        .map(|row| row.get("file"))
        .collect()
}

/// Empties every personal column of a dossier and of the rows that hang on it; `Stale` when it changed meanwhile.
pub(crate) fn erase_dossier(tx: &mut Tx<'_>, dossier: &Dossier) -> Result<()> {
    let id = dossier.id.as_str();
    tx.execute_one(
        sql!(
            "UPDATE dossiers SET owner_name = '', owner_identity = '', owner_phone = '', owner_email = '',
                    owner_address = '', representative = '', form = '{}', lookup_key = '', search = $4,
                    version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3"
        ),
        &params![id, dossier.version, kernel_base::text::fold(dossier.code.as_str())],
    )?;
    tx.execute(sql!("DELETE FROM dossier_origins WHERE home = $1 AND dossier = $2"), &params![id])?;
    tx.execute(sql!("UPDATE slips SET content = '{}' WHERE home = $1 AND dossier = $2"), &params![id])?;
    tx.execute(sql!("UPDATE results SET content = '{}' WHERE home = $1 AND dossier = $2"), &params![id])?;
    tx.execute(
        sql!("UPDATE handovers SET recipient = '', evidence = '' WHERE home = $1 AND dossier = $2"),
        &params![id],
    )?;
    // Who asked for a fee in advance is the owner himself.
    tx.execute(sql!("UPDATE dossier_fees SET asked_by = '' WHERE home = $1 AND dossier = $2"), &params![id])?;
    tx.execute(sql!("UPDATE steps SET note = '' WHERE home = $1 AND dossier = $2"), &params![id])?;
    tx.execute(sql!("UPDATE consultations SET question = '' WHERE home = $1 AND dossier = $2"), &params![id])?;
    tx.execute(
        sql!("UPDATE consultations SET answer = '' WHERE home = $1 AND dossier = $2 AND answer IS NOT NULL"),
        &params![id],
    )?;
    tx.execute(
        sql!("UPDATE supplement_requests SET note = '', items = '[]' WHERE home = $1 AND dossier = $2"),
        &params![id],
    )?;
    Ok(())
}
