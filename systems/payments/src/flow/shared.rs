//! What the use cases have in common.

use kernel_base::{AgencyId, Error, Instant, Result, TypedId};
use kernel_contract::DossierId;
use kernel_db::Tx;
use kernel_ledger::{NewEvent, Recorded};
use kernel_obligations::{self as obligations, Limit, ObligationId, Outcome, Unit};
use kernel_org::{
    Action, Actor, Resource, allow,
    reads::{self, PersonalRead, Purpose, Shown},
};
use serde_json::{Value, json};

use crate::{
    model::{Obligation, subject},
    store,
};

/// Payments that do not exist and those the actor may not know of look alike.
pub(crate) fn not_found() -> Error {
    Error::not_found(
        "payment_not_found",
        (
            "Không tìm thấy khoản thanh toán này, hoặc bạn không được xem. Hãy mở lại từ trang hồ sơ.",
            "No such payment, or you may not see it. Open it again from the page of the dossier.",
        ),
    )
}

pub(crate) fn nothing_to_pay() -> Error {
    Error::conflict(
        "nothing_to_pay",
        ("Hồ sơ này không còn khoản nào phải nộp.", "There is nothing left to pay for this dossier."),
    )
}

/// Where an obligation's dossier stands for the policy.
pub(crate) fn resource(o: &Obligation) -> Resource {
    Resource::dossier(o.agency.clone(), o.reception.clone(), o.agency.clone(), &o.owner_account)
        .of_procedure(&o.procedure)
}

/// What the dossier of a code owes, for an action the actor may do.
pub(crate) fn find(tx: &mut Tx<'_>, actor: &Actor, action: Action, code: &str) -> Result<Vec<Obligation>> {
    let owed = store::obligations_of_code(tx, code)?;
    permit(actor, action, &owed)?;
    Ok(owed)
}

pub(crate) fn find_by_dossier(
    tx: &mut Tx<'_>,
    actor: &Actor,
    action: Action,
    dossier: &DossierId,
) -> Result<Vec<Obligation>> {
    let owed = store::obligations_of(tx, dossier)?;
    permit(actor, action, &owed)?;
    Ok(owed)
}

fn permit(actor: &Actor, action: Action, owed: &[Obligation]) -> Result<()> {
    let first = owed.first().ok_or_else(not_found)?;
    if *actor == Actor::System {
        return Ok(());
    }
    allow(actor, Action::PaymentRead, &resource(first)).map_err(|_| not_found())?;
    allow(actor, action, &resource(first))
}

/// Appends an event to the chain of a dossier's payments. The body holds no personal data.
pub(crate) fn record(
    tx: &mut Tx<'_>,
    dossier: &DossierId,
    actor: &Actor,
    kind: &'static str,
    body: Value,
) -> Result<Recorded> {
    kernel_ledger::append(tx, &NewEvent { subject: &subject(dossier), kind, actor: &actor.label(), body })
}

/// Keeps a text about the person beside the chain; the body gets its salted hash.
pub(crate) fn beside(
    tx: &mut Tx<'_>,
    dossier: &DossierId,
    body: &mut Value,
    name: &'static str,
    text: &str,
) -> Result<()> {
    let kept = kernel_ledger::keep_personal(tx, &subject(dossier), &json!({ name: text }))?;
    body["personal"] = kept.hash.into();
    body["personal_id"] = kept.id.to_string().into();
    Ok(())
}

/// Tells that the actor is about to see what a dossier owes and has paid.
pub(crate) fn tell(tx: &mut Tx<'_>, actor: &Actor, owed: &[Obligation], fields: &[Shown]) {
    if let Some(first) = owed.first() {
        tell_line(tx, actor, &first.owner_account, first.code.as_str(), fields);
    }
}

/// The same by the owner's account and the dossier's code.
pub(crate) fn tell_line(tx: &mut Tx<'_>, actor: &Actor, person: &str, code: &str, fields: &[Shown]) {
    reads::tell(tx, actor, &PersonalRead { person, subject: code, purpose: Purpose::Payment, fields });
}

/// Opens a promise of some working days; its identifier and due.
pub(crate) fn promise(
    tx: &mut Tx<'_>,
    actor: &Actor,
    (kind, subject, holder): (&str, &str, &AgencyId),
    days: i64,
    source: Value,
) -> Result<(String, Instant)> {
    let open = obligations::Open {
        kind,
        subject,
        holder,
        limit: Limit { amount: days, unit: Unit::WorkingDay },
        cutoff: None,
        start: tx.now(),
        actor: &actor.label(),
        source,
    };
    let opened = obligations::open(tx, &open)?;
    Ok((opened.id.to_string(), opened.legal_due))
}

/// Ends a promise; one that has ended is left as it is.
pub(crate) fn keep_promise(tx: &mut Tx<'_>, actor: &Actor, id: &str, outcome: Outcome) -> Result<()> {
    let id = <ObligationId as TypedId>::parse(id).ok_or_else(|| Error::internal(format!("no obligation id: {id}")))?;
    if obligations::get(tx, &id)?.is_some_and(|o| o.is_open()) {
        obligations::close(tx, &id, outcome, &actor.label())?;
    }
    Ok(())
}

/// Name of an agency now; its identifier when it is not known.
pub(crate) fn agency_name(tx: &mut Tx<'_>, agency: &AgencyId) -> Result<String> {
    let now = tx.now();
    Ok(kernel_org::agency(tx, agency, now)?.map_or_else(|| agency.to_string(), |a| a.name))
}
