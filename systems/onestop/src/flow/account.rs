//! Two accounts of one person become one: his dossiers are in one list.

use kernel_base::{Result, TypedId};
use kernel_db::Tx;
use kernel_org::AccountId;

use crate::store;

/// Gives the dossiers of one account to another. The dossier's own events stay as they are: they name who handed in.
///
/// # Errors
/// Those of the database.
pub fn hand_over(tx: &mut Tx<'_>, from: &AccountId, to: &AccountId) -> Result<()> {
    store::move_dossiers(tx, from.as_str(), to.as_str())
}
