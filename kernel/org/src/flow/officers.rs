//! Appointing officers, giving and taking roles.

use jiff::civil::Date;
use kernel_base::{AgencyId, Error, FieldError, Result, TypedId, text};
use kernel_db::Tx;
use kernel_ledger::NewEvent;
use serde_json::{Value, json};

use super::{no_such_agency, no_such_officer, reason};
use crate::{Action, Actor, NewOfficer, Officer, OfficerId, Resource, Role, agency::day_of, allow, store};

/// Puts an officer into office. The account itself is made by `kernel/web`.
///
/// # Errors
/// `Forbidden`; `Invalid` naming each faulty field; `Conflict` when the account is in office on that day already.
pub fn appoint(tx: &mut Tx<'_>, actor: &Actor, new: &NewOfficer, decision: &str) -> Result<OfficerId> {
    allow(actor, Action::OrgEdit, &Resource::province())?;
    let decision = reason("decision", decision)?;
    let new = NewOfficer { name: text::clean_line(&new.name), title: text::clean_line(&new.title), ..new.clone() };
    check(&new)?;
    if store::agency(tx, &new.agency, new.valid_from)?.is_none() {
        return Err(no_such_agency("agency"));
    }
    let officer = new.with_id(tx.new_id());
    if store::officer_of_account(tx, &new.account, new.valid_from)?.is_some() || !store::insert_officer(tx, &officer)? {
        return Err(Error::conflict(
            "in_office",
            (
                "Tài khoản này đang giữ một chức vụ. Hãy kết thúc chức vụ cũ trước.",
                "This account holds a post. End that one first.",
            ),
        ));
    }
    for role in &officer.roles {
        store::insert_role(tx, &officer.id, *role, officer.valid_from)?;
    }
    let body = json!({
        "account": officer.account, "agency": officer.agency, "title": officer.title, "roles": officer.roles,
        "day": officer.valid_from, "decision": decision,
    });
    record(tx, actor, &officer.id, "officer.appointed", body)?;
    Ok(officer.id)
}

fn check(new: &NewOfficer) -> Result<()> {
    let mut faults = Vec::new();
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-';
    if !(3..=60).contains(&new.account.len()) || !new.account.chars().all(letters) {
        faults.push(FieldError::new(
            "account",
            "format",
            (
                "Tên đăng nhập gồm 3 đến 60 chữ thường không dấu, chữ số, dấu chấm hoặc gạch ngang.",
                "A sign-in name has 3 to 60 small letters without marks, digits, dots or hyphens.",
            ),
        ));
    }
    for (field, value) in [("name", &new.name), ("title", &new.title)] {
        if value.is_empty() || text::length(value) > 200 {
            faults.push(FieldError::new(
                field,
                "required",
                ("Hãy nhập từ 1 đến 200 chữ cái.", "Enter 1 to 200 letters."),
            ));
        }
    }
    if new.roles.is_empty() {
        faults.push(FieldError::new(
            "roles",
            "required",
            ("Hãy chọn ít nhất một vai trò.", "Choose at least one role."),
        ));
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
}

/// Ends a term; `day` is the first day out of office. Delegations from and to the officer end with it.
///
/// # Errors
/// `Forbidden`; `NotFound` for a term that does not run on that day; `Invalid` without a decision.
pub fn end_term(tx: &mut Tx<'_>, actor: &Actor, officer: &OfficerId, day: Date, decision: &str) -> Result<()> {
    allow(actor, Action::OrgEdit, &Resource::province())?;
    let decision = reason("decision", decision)?;
    let found = in_office(tx, officer, day)?;
    store::end_officer(tx, &found.id, day)?;
    end_sign_ins(tx, actor, &found.account)?;
    record(tx, actor, officer, "officer.ended", json!({ "day": day, "decision": decision }))
}

/// Gives a role from `day` on; one that is held already is left.
///
/// # Errors
/// As [`end_term`].
pub fn grant_role(tx: &mut Tx<'_>, actor: &Actor, officer: &OfficerId, role: Role, day: Date) -> Result<()> {
    allow(actor, Action::OrgEdit, &Resource::province())?;
    let found = in_office(tx, officer, day)?;
    if found.roles.contains(&role) {
        return Ok(());
    }
    store::insert_role(tx, officer, role, day)?;
    record(tx, actor, officer, "officer.role_granted", json!({ "role": role, "day": day }))
}

/// Takes a role; `day` is the first day without it.
///
/// # Errors
/// As [`end_term`]; a role that is not held is `NotFound`.
pub fn revoke_role(tx: &mut Tx<'_>, actor: &Actor, officer: &OfficerId, role: Role, day: Date) -> Result<()> {
    allow(actor, Action::OrgEdit, &Resource::province())?;
    let found = in_office(tx, officer, day)?;
    if !found.roles.contains(&role) {
        return Err(Error::not_found(
            "role_not_held",
            ("Cán bộ không giữ vai trò này vào ngày đó.", "The officer does not hold this role on that day."),
        ));
    }
    store::end_role(tx, officer, role, day)?;
    end_sign_ins(tx, actor, &found.account)?;
    record(tx, actor, officer, "officer.role_revoked", json!({ "role": role, "day": day }))
}

/// Ends a term and begins one at another agency on the same day, with the same roles.
pub(super) fn move_officer(
    tx: &mut Tx<'_>,
    actor: &Actor,
    officer: &Officer,
    to: &AgencyId,
    day: Date,
    decision: &str,
) -> Result<()> {
    if officer.valid_from >= day {
        return Err(no_such_officer());
    }
    store::end_officer(tx, &officer.id, day)?;
    let next = Officer { id: tx.new_id(), agency: to.clone(), valid_from: day, ..officer.clone() };
    if !store::insert_officer(tx, &next)? {
        return Err(Error::stale("the account got another term on that day"));
    }
    for role in &next.roles {
        store::insert_role(tx, &next.id, *role, day)?;
    }
    let body = json!({ "agency": to, "from": officer.id, "day": day, "decision": decision });
    record(tx, actor, &next.id, "officer.moved", body)?;
    record(tx, actor, &officer.id, "officer.ended", json!({ "day": day, "decision": decision, "next": next.id }))
}

fn in_office(tx: &mut Tx<'_>, officer: &OfficerId, day: Date) -> Result<Officer> {
    let found = store::officer(tx, officer, day)?.ok_or_else(no_such_officer)?;
    let runs = found.valid_from <= day && found.valid_to.is_none_or(|end| end > day);
    if runs { Ok(found) } else { Err(no_such_officer()) }
}

/// The officer, when in office at the transaction's instant.
pub(super) fn in_office_now(tx: &mut Tx<'_>, officer: &OfficerId) -> Result<Officer> {
    let day = day_of(tx.now());
    in_office(tx, officer, day)
}

pub(super) fn record(
    tx: &mut Tx<'_>,
    actor: &Actor,
    officer: &OfficerId,
    kind: &'static str,
    body: Value,
) -> Result<()> {
    let subject = format!("officer:{}", officer.as_str());
    kernel_ledger::append(tx, &NewEvent { subject: &subject, kind, actor: &actor.label(), body }).map(drop)
}

/// What a person is signed in to. Implemented by `kernel/web`.
pub trait SignIns: Send + Sync {
    /// Ends every session and token of an account, by its sign-in name.
    ///
    /// # Errors
    /// Those of the database.
    fn end_all(&self, tx: &mut Tx<'_>, actor: &Actor, account: &str) -> Result<()>;
}

/// A role or post that ends takes all sign-ins of the person with it. Without the port there are no sign-ins.
fn end_sign_ins(tx: &mut Tx<'_>, actor: &Actor, account: &str) -> Result<()> {
    match tx.port::<dyn SignIns>() {
        Ok(port) => port.end_all(tx, actor, account),
        Err(_) => Ok(()),
    }
}
