//! The officer behind a sign-in name.

use kernel_base::Result;
use kernel_db::Tx;
use kernel_org::OfficerActor;

/// The officer in post now with his roles and delegations; `None` when he holds no post.
pub(super) fn of_account(tx: &mut Tx<'_>, sign_in: &str) -> Result<Option<OfficerActor>> {
    let now = tx.now();
    kernel_org::officer_by_account(tx, sign_in, now)
}
