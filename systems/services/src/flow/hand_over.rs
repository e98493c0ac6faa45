//! Two accounts of one person become one: drafts move with their files.

use kernel_base::{Result, TypedId};
use kernel_db::Tx;
use kernel_files::FileId;
use kernel_org::AccountId;

use crate::store;

/// Gives every draft of one account to another.
///
/// # Errors
/// Those of the database.
pub fn hand_over_drafts(tx: &mut Tx<'_>, from: &AccountId, to: &AccountId) -> Result<()> {
    let (before, after) = (format!("citizen:{from}"), format!("citizen:{to}"));
    for draft in store::drafts_of(tx, from.as_str(), 1_000)? {
        for file in &draft.papers {
            if let Some(id) = <FileId as TypedId>::parse(&file.file) {
                kernel_files::change_owner(tx, &id, &before, &after)?;
            }
        }
    }
    store::move_batches(tx, from.as_str(), to.as_str())?;
    store::move_drafts(tx, from.as_str(), to.as_str())
}
