//! Officers as they were in office on a day.

use jiff::civil::Date;
use kernel_base::{AgencyId, Instant, Result, TypedId};
use kernel_db::Tx;
use serde::{Deserialize, Serialize};

use crate::{OfficerActor, OfficerId, Role, agency::day_of, store};

/// One term of an officer at one agency, with the roles he held on the day asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Officer {
    pub id: OfficerId,
    /// Sign-in name.
    pub account: String,
    pub name: String,
    /// Position (chức vụ).
    pub title: String,
    pub agency: AgencyId,
    /// 1 is the head of the agency (người đứng đầu).
    pub rank: i64,
    pub valid_from: Date,
    /// Day after the last one in office.
    pub valid_to: Option<Date>,
    pub roles: Vec<Role>,
}

/// The signed-in officer with roles and delegations in force at `at`; `None` when the account holds no post then.
///
/// # Errors
/// Those of the database.
pub fn officer_by_account(tx: &mut Tx<'_>, account: &str, at: Instant) -> Result<Option<OfficerActor>> {
    let Some(officer) = store::officer_of_account(tx, account, day_of(at))? else { return Ok(None) };
    let acting_for = store::delegations_to(tx, &officer.id, at)?;
    Ok(Some(OfficerActor {
        officer: officer.id,
        account: officer.account,
        name: officer.name,
        title: officer.title,
        agency: officer.agency,
        roles: officer.roles,
        acting_for,
    }))
}

/// Everyone in office at an agency at `at`, the head first.
///
/// # Errors
/// Those of the database.
pub fn officers_of(tx: &mut Tx<'_>, agency: &AgencyId, at: Instant) -> Result<Vec<Officer>> {
    store::officers_of(tx, agency, day_of(at))
}

/// The head of an agency at `at` (người đứng đầu), whose name stands under its documents.
///
/// # Errors
/// Those of the database.
pub fn head_of(tx: &mut Tx<'_>, agency: &AgencyId, at: Instant) -> Result<Option<Officer>> {
    let officers = officers_of(tx, agency, at)?;
    Ok(officers.into_iter().find(|officer| officer.roles.contains(&Role::Leader)))
}

/// One term, whether it still runs or not, with the roles held at `at`.
///
/// # Errors
/// Those of the database.
pub fn officer(tx: &mut Tx<'_>, id: &OfficerId, at: Instant) -> Result<Option<Officer>> {
    store::officer(tx, id, day_of(at))
}

/// The name behind `officer:off_…` in an event; `None` when unknown.
///
/// # Errors
/// Those of the database.
pub fn officer_name(tx: &mut Tx<'_>, id: &str) -> Result<Option<String>> {
    match OfficerId::parse(id) {
        Some(id) => store::officer_name(tx, &id),
        None => Ok(None),
    }
}
