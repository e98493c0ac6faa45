//! Creating, changing, merging and replacing agencies.

use jiff::civil::Date;
use kernel_base::{AgencyId, Error, FieldError, Result};
use kernel_db::Tx;
use kernel_ledger::NewEvent;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{no_such_agency, officers::move_officer, reason};
use crate::{Action, Actor, Agency, Resource, allow, store};

/// Adds an agency from its `valid_from` on.
///
/// # Errors
/// `Forbidden`; `Invalid` without a decision; `Conflict` when the identifier is in use on that day.
pub fn create_agency(tx: &mut Tx<'_>, actor: &Actor, new: &Agency, decision: &str) -> Result<()> {
    allow(actor, Action::OrgEdit, &Resource::province())?;
    let decision = reason("decision", decision)?;
    if store::agency(tx, &new.id, new.valid_from)?.is_some() || !store::insert_agency(tx, new)? {
        return Err(Error::conflict(
            "agency_exists",
            (
                "Mã định danh này đang được một cơ quan dùng. Hãy dùng mã khác.",
                "This identifier is in use. Choose another.",
            ),
        ));
    }
    let body = json!({ "agency": new, "decision": decision });
    record(tx, actor, &new.id, "agency.created", body)
}

/// Changes facts of an agency (name, parent, one-stop) from `day` on; the earlier ones stay readable.
///
/// # Errors
/// `Forbidden`; `Invalid` without a decision or when the agency does not exist on that day.
pub fn change_agency(tx: &mut Tx<'_>, actor: &Actor, new: &Agency, day: Date, decision: &str) -> Result<()> {
    allow(actor, Action::OrgEdit, &Resource::province())?;
    let decision = reason("decision", decision)?;
    let old = running(tx, &new.id, day, "agency")?;
    let new = Agency { valid_from: day, valid_to: None, successor: None, ..new.clone() };
    store_period(tx, &old, &new)?;
    let body = json!({ "agency": new, "day": day, "decision": decision });
    record(tx, actor, &new.id, "agency.changed", body)
}

/// An agency that ends and the one that takes over (merger, split, reform).
#[derive(Debug, Clone)]
pub struct Replacement<'a> {
    pub old: &'a AgencyId,
    pub successor: &'a AgencyId,
    /// First day of the successor's responsibility.
    pub day: Date,
    /// Number of the decision.
    pub decision: &'a str,
    /// Moves everyone in office to the successor with his roles.
    pub move_officers: bool,
}

/// What a replacement touched.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Replaced {
    /// Agencies that were below the old one or received there, now with the successor.
    pub dependents: Vec<AgencyId>,
    pub officers: usize,
}

/// Ends an agency on a day and names who takes over. Agencies below it and those it received for go to the successor.
/// Dossiers keep their agency: [`crate::responsible_agency`] answers who is responsible now.
///
/// # Errors
/// `Forbidden`; `Invalid` when one of the two does not exist on that day, they are the same, or no decision is given.
pub fn replace_agency(tx: &mut Tx<'_>, actor: &Actor, change: &Replacement<'_>) -> Result<Replaced> {
    allow(actor, Action::OrgEdit, &Resource::province())?;
    let decision = reason("decision", change.decision)?;
    let old = running(tx, change.old, change.day, "old")?;
    let successor = store::agency(tx, change.successor, change.day)?.filter(|a| a.id != old.id);
    let successor = successor.ok_or_else(|| no_such_agency("successor"))?;
    if old.valid_from >= change.day {
        return Err(too_early());
    }
    store::end_agency(tx, &old, change.day, Some(&successor.id))?;
    let mut done = Replaced::default();
    for dependent in dependents(tx, &old.id, change.day)? {
        repoint(tx, &dependent, &old.id, &successor.id, change.day)?;
        done.dependents.push(dependent.id);
    }
    if change.move_officers {
        for officer in store::officers_of(tx, &old.id, change.day)? {
            move_officer(tx, actor, &officer, &successor.id, change.day, &decision)?;
            done.officers += 1;
        }
    }
    let body = json!({
        "successor": successor.id, "day": change.day, "decision": decision,
        "dependents": done.dependents, "officers": done.officers,
    });
    record(tx, actor, &old.id, "agency.replaced", body)?;
    let body = json!({ "predecessor": old.id, "day": change.day, "decision": decision });
    record(tx, actor, &successor.id, "agency.took_over", body)?;
    Ok(done)
}

/// The agency as it stands on `day`, with an open end.
fn running(tx: &mut Tx<'_>, id: &AgencyId, day: Date, field: &str) -> Result<Agency> {
    store::agency(tx, id, day)?.filter(|a| a.valid_to.is_none()).ok_or_else(|| no_such_agency(field))
}

/// Agencies below another, or received there.
fn dependents(tx: &mut Tx<'_>, id: &AgencyId, day: Date) -> Result<Vec<Agency>> {
    let mut found = store::agencies_below(tx, id, day)?;
    for agency in store::agencies_received_at(tx, id, day)? {
        if !found.iter().any(|known| known.id == agency.id) {
            found.push(agency);
        }
    }
    found.retain(|agency| agency.id != *id && agency.valid_to.is_none());
    Ok(found)
}

fn repoint(tx: &mut Tx<'_>, agency: &Agency, old: &AgencyId, successor: &AgencyId, day: Date) -> Result<()> {
    // The successor may itself have been below the old one: then it moves up.
    let instead = |id: &Option<AgencyId>| match id {
        Some(id) if id == old && *successor == agency.id => None,
        Some(id) if id == old => Some(successor.clone()),
        other => other.clone(),
    };
    let (parent, receives_at) = (instead(&agency.parent), instead(&agency.receives_at));
    let new = Agency { parent, receives_at, valid_from: day, ..agency.clone() };
    store_period(tx, agency, &new)
}

/// Ends one period and begins the next; on the day on which the old one began it is corrected in place.
fn store_period(tx: &mut Tx<'_>, old: &Agency, new: &Agency) -> Result<()> {
    if old.valid_from == new.valid_from {
        return store::correct_agency(tx, new);
    }
    store::end_agency(tx, old, new.valid_from, None)?;
    if store::insert_agency(tx, new)? { Ok(()) } else { Err(too_early()) }
}

fn too_early() -> Error {
    Error::invalid(vec![FieldError::new(
        "day",
        "too_early",
        (
            "Ngày này sớm hơn ngày cơ quan bắt đầu hoạt động. Hãy chọn ngày muộn hơn.",
            "This day is before the agency began. Choose a later one.",
        ),
    )])
}

fn record(
    tx: &mut Tx<'_>,
    actor: &Actor,
    agency: &AgencyId,
    kind: &'static str,
    body: serde_json::Value,
) -> Result<()> {
    let subject = format!("agency:{agency}");
    kernel_ledger::append(tx, &NewEvent { subject: &subject, kind, actor: &actor.label(), body }).map(drop)
}
