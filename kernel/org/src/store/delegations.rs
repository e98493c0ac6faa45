//! Delegations.

use kernel_base::{Instant, Result};
use kernel_db::{Row, Tx, id, json, params, sql};

use super::roles_of;
use crate::{ActingFor, Delegation, DelegationId, OfficerId, Role};

/// Delegations an officer may use at `at`: not revoked, within the period, of officers who are in office and still
/// hold the roles they lent.
pub(crate) fn delegations_to(tx: &mut Tx<'_>, officer: &OfficerId, at: Instant) -> Result<Vec<ActingFor>> {
    let day = crate::agency::day_of(at);
    let rows = tx.query(
        sql!(
            "SELECT d.id, d.from_officer, d.roles, d.valid_to, o.name, o.agency FROM delegations d
             JOIN officers o ON o.home = d.home AND o.id = d.from_officer
             WHERE d.home = $1 AND d.to_officer = $2
               AND d.valid_from <= $3 AND d.valid_to > $3
               AND (d.revoked_at IS NULL OR d.revoked_at > $3)
               AND o.valid_from <= $4 AND (o.valid_to IS NULL OR o.valid_to > $4)
             ORDER BY d.id"
        ),
        &params![id(officer), at, day],
    )?;
    let mut found = Vec::new();
    for row in &rows {
        let lender: OfficerId = row.id("from_officer")?;
        let held = roles_of(tx, &lender, day)?;
        let lent: Vec<Role> = row.json("roles")?;
        let roles: Vec<Role> = lent.into_iter().filter(|role| held.contains(role)).collect();
        if !roles.is_empty() {
            found.push(ActingFor {
                delegation: row.id("id")?,
                officer: lender,
                name: row.get("name")?,
                agency: row.get("agency")?,
                roles,
                until: row.get("valid_to")?,
            });
        }
    }
    Ok(found)
}

pub(crate) fn insert_delegation(tx: &mut Tx<'_>, d: &Delegation) -> Result<()> {
    let roles = json(&d.roles)?;
    tx.execute_one(
        sql!(
            "INSERT INTO delegations (home, id, from_officer, to_officer, roles, valid_from, valid_to, reason, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)"
        ),
        &params![id(&d.id), id(&d.from), id(&d.to), roles, d.valid_from, d.valid_to, &d.reason],
    )
}

pub(crate) fn delegation(tx: &mut Tx<'_>, key: &DelegationId) -> Result<Option<Delegation>> {
    let row = tx.query_opt(
        sql!(
            "SELECT id, from_officer, to_officer, roles, valid_from, valid_to, reason, revoked_at FROM delegations
             WHERE home = $1 AND id = $2"
        ),
        &params![id(key)],
    )?;
    row.as_ref().map(delegation_of).transpose()
}

pub(crate) fn delegations_of(tx: &mut Tx<'_>, officer: &OfficerId) -> Result<Vec<Delegation>> {
    let rows = tx.query(
        sql!(
            "SELECT id, from_officer, to_officer, roles, valid_from, valid_to, reason, revoked_at FROM delegations
             WHERE home = $1 AND (from_officer = $2 OR to_officer = $2)
             ORDER BY valid_from DESC, id"
        ),
        &params![id(officer)],
    )?;
    rows.iter().map(delegation_of).collect()
}

/// Stale when it was revoked meanwhile.
pub(crate) fn revoke_delegation(tx: &mut Tx<'_>, key: &DelegationId) -> Result<()> {
    let now = tx.now();
    tx.execute_one(
        sql!(
            "UPDATE delegations SET revoked_at = $3, version = version + 1
             WHERE home = $1 AND id = $2 AND revoked_at IS NULL"
        ),
        &params![id(key), now],
    )
}

fn delegation_of(row: &Row) -> Result<Delegation> {
    Ok(Delegation {
        id: row.id("id")?,
        from: row.id("from_officer")?,
        to: row.id("to_officer")?,
        roles: row.json("roles")?,
        valid_from: row.get("valid_from")?,
        valid_to: row.get("valid_to")?,
        reason: row.get("reason")?,
        revoked_at: row.get("revoked_at")?,
    })
}
