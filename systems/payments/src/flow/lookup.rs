//! The national portal asks what is owed under a payment code (spec: OPS `dptracuuthanhtoanhs`): the person pays there.

use kernel_base::Result;
use kernel_contract::{OwedByCode, PayChannel};
use kernel_db::Tx;
use kernel_org::{
    Actor,
    reads::{self, PersonalRead, Purpose, Shown},
};

use super::{
    notice::moved,
    start::{new_attempt, opened, order, pays},
};
use crate::{
    model::{Attempt, AttemptState, Obligation, ObligationState, PORTAL, code_of_reference},
    store,
};

/// What is owed under a payment code, or under the code of a dossier. Asked again while it waits, the answer is the same
/// order. That the payer's name is given away is recorded for the person.
///
/// # Errors
/// Those of the database.
pub fn owed_by_code(tx: &mut Tx<'_>, typed: &str) -> Result<OwedByCode> {
    let Some(code) = code_of_reference(typed) else { return Ok(OwedByCode::Nothing) };
    let owed = store::obligations_of_code(tx, &code)?;
    let paid = owed.iter().any(|o| o.state == ObligationState::Paid);
    let open: Vec<Obligation> = owed.into_iter().filter(|o| o.state == ObligationState::Open).collect();
    let Some(first) = open.first() else {
        return Ok(if paid { OwedByCode::Paid } else { OwedByCode::Nothing });
    };
    let attempt = match waiting(tx, &open)? {
        Some(attempt) => attempt,
        None => begun(tx, &open)?,
    };
    let fields = [Shown::Name, Shown::Payments];
    let read = PersonalRead {
        person: &first.owner_account,
        subject: first.code.as_str(),
        purpose: Purpose::Exchange,
        fields: &fields,
    };
    reads::tell_exchange(tx, reads::NATIONAL_PORTAL, &read);
    Ok(OwedByCode::Open(Box::new(order(tx, &attempt, &open, "")?)))
}

/// The order that the portal was told of before and that still pays what is open.
fn waiting(tx: &mut Tx<'_>, open: &[Obligation]) -> Result<Option<Attempt>> {
    let Some(first) = open.first() else { return Ok(None) };
    let now = tx.now();
    for attempt in store::attempts_of(tx, &first.dossier)? {
        let of_portal = attempt.channel == PayChannel::National && attempt.code == PORTAL;
        if of_portal && attempt.state.is_waiting() && now < attempt.expires_at && pays(tx, &attempt, open)? {
            return Ok(Some(attempt));
        }
    }
    Ok(None)
}

fn begun(tx: &mut Tx<'_>, open: &[Obligation]) -> Result<Attempt> {
    // Two questions at this moment make one order: the later one is stale here and runs again.
    if let Some(first) = open.first() {
        store::save_obligation_state(tx, first, first.state, first.settled_at)?;
    }
    let mut attempt = new_attempt(tx, open, PayChannel::National)?;
    PORTAL.clone_into(&mut attempt.code);
    opened(tx, &Actor::System, &attempt, open)?;
    let redirected = Attempt { state: AttemptState::Redirected, ..attempt.clone() };
    moved(tx, &Actor::System, &attempt, &redirected)?;
    Ok(redirected)
}
