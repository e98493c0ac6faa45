//! The communes that exist on a day, for checking the codes in a form. They change with a decision, never within a day.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use jiff::civil::Date;
use kernel_base::Result;
use kernel_db::Tx;
use kernel_forms::{PlaceGroup, Places};
use kernel_org::AgencyKind;
use parking_lot::RwLock;

type Kept = HashMap<String, (Date, Arc<Places>)>;

/// Communes of the home on the day of the transaction.
///
/// # Errors
/// Those of the database.
pub(crate) fn communes(tx: &mut Tx<'_>) -> Result<Arc<Places>> {
    static KEPT: OnceLock<RwLock<Kept>> = OnceLock::new();
    let kept = KEPT.get_or_init(RwLock::default);
    let (home, now) = (tx.home().to_string(), tx.now());
    let today = now.vietnam().date();
    if let Some((day, places)) = kept.read().get(&home)
        && *day == today
    {
        return Ok(Arc::clone(places));
    }
    let communes = kernel_org::agencies(tx, now)?.into_iter().filter(|a| a.kind == AgencyKind::Commune);
    let places = communes.filter_map(|a| Some((a.unit_code?, a.unit_name))).collect();
    let places = Arc::new(Places::new(vec![PlaceGroup { label: String::new(), places }]));
    // A home without communes yet is still being filled: ask again next time.
    if !places.is_empty() {
        kept.write().insert(home, (today, Arc::clone(&places)));
    }
    Ok(places)
}
