//! Units that tasks can be given to, for lists to choose from.

use kernel_base::{AgencyId, Result};
use kernel_db::Tx;
use kernel_org::Actor;

use super::shared;

/// Identifier and name of every unit below an agency, itself included; an empty line first.
///
/// # Errors
/// Those of the database.
pub fn units_below(tx: &mut Tx<'_>, above: &AgencyId) -> Result<Vec<(String, String)>> {
    let now = tx.now();
    let agencies = kernel_org::agencies(tx, now)?;
    let parents: std::collections::BTreeMap<_, _> = agencies.iter().map(|a| (&a.id, a.parent.as_ref())).collect();
    let below = |id: &AgencyId| {
        let mut at = Some(id);
        for _ in 0..6 {
            match at {
                Some(unit) if unit == above => return true,
                Some(unit) => at = parents.get(unit).copied().flatten(),
                None => return false,
            }
        }
        false
    };
    let mut units = vec![(String::new(), "—".to_owned())];
    units.extend(agencies.iter().filter(|a| below(&a.id)).map(|a| (a.id.to_string(), a.name.clone())));
    Ok(units)
}

/// Units that the actor's agency may give tasks to.
///
/// # Errors
/// Those of the database.
pub fn units_for(tx: &mut Tx<'_>, actor: &Actor) -> Result<Vec<(String, String)>> {
    match shared::issuer_of(tx, actor) {
        Ok((issuer, _)) => units_below(tx, &issuer),
        Err(error) if error.kind == kernel_base::Kind::Forbidden => Ok(vec![(String::new(), "—".to_owned())]),
        Err(error) => Err(error),
    }
}
