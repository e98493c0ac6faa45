//! A fee is asked: an obligation for each published fee of the case.

use kernel_base::Result;
use kernel_contract::{Charge, Collect, Owing};
use kernel_db::Tx;
use kernel_org::Actor;
use serde_json::json;

use super::shared;
use crate::{
    model::{FeeObligationId, Obligation, ObligationState},
    store,
};

/// Opens what the dossier owes; a fee that it owes already is left as it is. Who is exempt owes nothing and sees why.
pub(crate) fn ask(tx: &mut Tx<'_>, actor: &Actor, owing: &Owing, charges: &[Charge]) -> Result<()> {
    for charge in charges {
        let obligation = obligation(tx, owing, charge);
        if !store::insert_obligation(tx, &obligation)? {
            continue;
        }
        let mut body = json!({
            "obligation": obligation.id, "code": obligation.code, "fee": obligation.fee, "kind": obligation.kind,
            "unit_amount": obligation.unit_amount, "copies": obligation.copies, "amount": obligation.amount,
            "basis": obligation.basis, "collect": obligation.collect, "state": obligation.state.as_str(),
            "agency": obligation.agency,
        });
        if !obligation.exempt_reason.is_empty() {
            shared::beside(tx, &owing.dossier, &mut body, "exempt_reason", &obligation.exempt_reason)?;
        }
        shared::record(tx, &owing.dossier, actor, "payment.asked", body)?;
    }
    Ok(())
}

fn obligation(tx: &mut Tx<'_>, owing: &Owing, charge: &Charge) -> Obligation {
    let exempt = charge.collect == Collect::Exempt;
    Obligation {
        id: tx.new_id::<FeeObligationId>(),
        dossier: owing.dossier.clone(),
        code: owing.code.clone(),
        procedure: owing.procedure.clone(),
        procedure_name: owing.procedure_name.clone(),
        agency: owing.agency.clone(),
        reception: owing.reception.clone(),
        owner_account: owing.owner_account.clone(),
        payer: owing.payer.clone(),
        fee: charge.fee.clone(),
        kind: charge.kind,
        name: charge.name.clone(),
        basis: charge.basis.clone(),
        illustrative: charge.illustrative,
        unit_amount: charge.unit_amount,
        copies: charge.copies,
        amount: if exempt { 0 } else { charge.amount },
        collect: charge.collect,
        exempt_reason: charge.exempt_reason.clone(),
        state: if exempt { ObligationState::Exempt } else { ObligationState::Open },
        asked_at: tx.now(),
        settled_at: None,
        version: 1,
    }
}
