//! The communes a form may name.

use kernel_base::{AgencyId, Result};
use kernel_db::Tx;
use kernel_forms::{PlaceGroup, Places};
use kernel_org::AgencyKind;

/// The communes of the day, under the agency above each (by province once districts are gone).
///
/// # Errors
/// Those of the database.
pub(super) fn read(tx: &mut Tx<'_>) -> Result<Places> {
    let now = tx.now();
    let agencies = kernel_org::agencies(tx, now)?;
    let mut groups: Vec<PlaceGroup> = Vec::new();
    let mut heads: Vec<Option<AgencyId>> = Vec::new();
    for agency in agencies.iter().filter(|a| a.kind == AgencyKind::Commune) {
        let Some(code) = agency.unit_code.clone() else { continue };
        let place = (code, agency.unit_name.clone());
        match heads.iter().position(|head| *head == agency.parent).and_then(|at| groups.get_mut(at)) {
            Some(group) => group.places.push(place),
            None => {
                let parent = agencies.iter().find(|a| Some(&a.id) == agency.parent.as_ref());
                let label = parent.map(|p| if p.unit_name.is_empty() { &p.name } else { &p.unit_name });
                groups.push(PlaceGroup { label: label.cloned().unwrap_or_default(), places: vec![place] });
                heads.push(agency.parent.clone());
            }
        }
    }
    groups.sort_by(|a, b| kernel_base::text::compare(&a.label, &b.label));
    for group in &mut groups {
        group.places.sort_by(|a, b| kernel_base::text::compare(&a.1, &b.1));
    }
    Ok(Places::new(groups))
}
