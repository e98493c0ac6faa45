//! Tells people of drafts that are about to be deleted.

use kernel_base::{Result, vietnam_date};
use kernel_contract::{Catalogue, Notice, Notices, Recipient};
use kernel_db::Tx;

use crate::store;

/// A person is told so many hours before a draft is deleted.
const AHEAD_HOURS: i64 = 72;

/// Tells each owner once of a draft that expires within three days; a draft that is changed gets a new day. How many.
///
/// # Errors
/// Those of the database.
pub fn warn_of_expiring_drafts(tx: &mut Tx<'_>, most: i64) -> Result<usize> {
    let now = tx.now();
    let notices = tx.port::<dyn Notices>()?;
    let mut told = 0;
    for draft in store::drafts_between(tx, now, now.plus_hours(AHEAD_HOURS), most)? {
        if draft.receipt.is_some() {
            continue;
        }
        let found =
            tx.port::<dyn Catalogue>()?.offering(tx, &draft.procedure, Some(&draft.case), &draft.agency, now)?;
        let day = vietnam_date(draft.expires_at.vietnam().date());
        let procedure = found.map_or_else(|| draft.procedure.clone(), |offering| offering.name.vi);
        let values = [("procedure", procedure), ("until", day.clone())];
        let notice = Notice {
            to: Recipient::Account(&draft.account),
            kind: "draft.expires",
            key: &format!("draft:{}:{day}", draft.id),
            values: &values,
            link: &format!("/drafts/{}", draft.id),
            at: now,
        };
        told += usize::from(notices.tell(tx, &notice)?);
    }
    Ok(told)
}
