//! What every installation needs before the first dossier: calendars, organisation, workflows, catalogue.

use kernel_base::Result;
use kernel_org::Actor;

use crate::server::Parts;

/// Loads what is not there yet; running it again changes nothing.
///
/// # Errors
/// A faulty fixture, or those of the database.
pub fn base_data(parts: &Parts, actor: &Actor) -> Result<()> {
    let (db, home) = (&parts.db, &parts.home);
    let label = actor.label();
    db.write_blocking(home, move |tx| {
        kernel_obligations::calendars::publish_vietnam(tx, &label)?;
        Ok(())
    })?;
    seed_organisation(parts, actor)?;
    let by = actor.clone();
    db.write_blocking(home, move |tx| system_onestop::flow::publish_workflows(tx, &by))?;
    let files = system_services::seed::all()?;
    for chunk in files.chunks(10) {
        let (chunk, by) = (chunk.to_vec(), actor.clone());
        db.write_blocking(home, move |tx| system_services::publish_seed(tx, &by, &chunk))?;
    }
    Ok(())
}

/// Agencies, counters and officers of Quảng Nam, July 2021: illustrative until an administrator replaces them.
fn seed_organisation(parts: &Parts, actor: &Actor) -> Result<()> {
    for chunk in kernel_org::OrgData::quang_nam_2021()?.chunks() {
        let by = actor.clone();
        parts.db.write_blocking(&parts.home, move |tx| kernel_org::seed(tx, &by, &chunk))?;
    }
    Ok(())
}
