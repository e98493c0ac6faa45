//! Delegation: an officer lends roles to another for a period (ủy quyền).

use kernel_base::{Error, FieldError, Instant, Result, typed_id};
use kernel_db::Tx;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    officers::{in_office_now, record},
    reason,
};
use crate::{Action, Actor, OfficerId, Resource, Role, allow, store};

typed_id!(
    /// A delegation of roles.
    DelegationId, "del"
);

/// The longest period of one delegation.
const LONGEST_HOURS: i64 = 366 * 24;

/// A delegation to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewDelegation {
    /// Who lends.
    pub from: OfficerId,
    /// Who may use the roles meanwhile.
    pub to: OfficerId,
    pub roles: Vec<Role>,
    pub valid_from: Instant,
    /// Exclusive.
    pub valid_to: Instant,
    /// Number of the paper, or why.
    pub reason: String,
}

/// A delegation as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegation {
    pub id: DelegationId,
    pub from: OfficerId,
    pub to: OfficerId,
    pub roles: Vec<Role>,
    pub valid_from: Instant,
    pub valid_to: Instant,
    pub reason: String,
    pub revoked_at: Option<Instant>,
}

/// Lends roles to another officer. An officer lends his own; an administrator may enter it for him on paper.
/// What was received by delegation cannot be lent on.
///
/// # Errors
/// `Forbidden` for someone else's roles; `Invalid` naming each fault.
pub fn delegate(tx: &mut Tx<'_>, actor: &Actor, new: &NewDelegation) -> Result<DelegationId> {
    let from = in_office_now(tx, &new.from)?;
    let to = in_office_now(tx, &new.to)?;
    permit(actor, &from.id, &from.agency)?;
    let why = reason("reason", &new.reason)?;
    let mut faults = Vec::new();
    if from.id == to.id {
        faults.push(FieldError::new(
            "to",
            "same",
            (
                "Không thể ủy quyền cho chính mình. Hãy chọn người khác.",
                "One cannot delegate to oneself. Choose another.",
            ),
        ));
    }
    if new.roles.is_empty() || !new.roles.iter().all(|role| from.roles.contains(role) && *role != Role::Administrator) {
        faults.push(FieldError::new(
            "roles",
            "not_held",
            (
                "Chỉ ủy quyền được vai trò đang giữ, trừ vai trò quản trị. Hãy chọn lại.",
                "Only roles that are held can be lent, except that of an administrator. Choose again.",
            ),
        ));
    }
    let longest = new.valid_from.plus_hours(LONGEST_HOURS);
    if new.valid_to <= new.valid_from || new.valid_to <= tx.now() || new.valid_to > longest {
        faults.push(FieldError::new(
            "valid_to",
            "period",
            (
                "Thời hạn ủy quyền phải kết thúc sau lúc bắt đầu và sau lúc này, không quá một năm.",
                "The delegation must end after it begins and after now, within a year.",
            ),
        ));
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let delegation = Delegation {
        id: tx.new_id(),
        from: new.from.clone(),
        to: new.to.clone(),
        roles: new.roles.clone(),
        valid_from: new.valid_from,
        valid_to: new.valid_to,
        reason: why,
        revoked_at: None,
    };
    store::insert_delegation(tx, &delegation)?;
    record(tx, actor, &delegation.from, "delegation.granted", json!({ "delegation": delegation }))?;
    Ok(delegation.id)
}

/// Ends a delegation at once.
///
/// # Errors
/// `NotFound`; `Forbidden` for who neither lent it nor administers; `Conflict` when it was revoked before.
pub fn revoke_delegation(tx: &mut Tx<'_>, actor: &Actor, id: &DelegationId, why: &str) -> Result<()> {
    let found = store::delegation(tx, id)?.ok_or_else(|| {
        Error::not_found(
            "delegation_not_found",
            ("Không có ủy quyền này. Hãy tải lại danh sách.", "There is no such delegation. Load the list again."),
        )
    })?;
    let day = crate::agency::day_of(tx.now());
    let from = store::officer(tx, &found.from, day)?.ok_or_else(super::no_such_officer)?;
    permit(actor, &from.id, &from.agency)?;
    let why = reason("reason", why)?;
    if found.revoked_at.is_some() {
        return Err(Error::conflict(
            "revoked",
            ("Ủy quyền này đã được thu hồi.", "This delegation was revoked before."),
        ));
    }
    store::revoke_delegation(tx, id)?;
    record(tx, actor, &found.from, "delegation.revoked", json!({ "delegation": id, "reason": why }))
}

/// Delegations from or to an officer, the newest first.
///
/// # Errors
/// Those of the database.
pub fn delegations_of(tx: &mut Tx<'_>, officer: &OfficerId) -> Result<Vec<Delegation>> {
    store::delegations_of(tx, officer)
}

/// The lender himself, or an administrator.
fn permit(actor: &Actor, lender: &OfficerId, agency: &kernel_base::AgencyId) -> Result<()> {
    let own = actor.officer().is_some_and(|officer| officer.officer == *lender);
    if own {
        return allow(actor, Action::DelegationGrant, &Resource::agency(agency.clone()));
    }
    allow(actor, Action::OrgEdit, &Resource::province())
}
