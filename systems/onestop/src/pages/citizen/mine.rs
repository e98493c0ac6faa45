//! The person's own dossiers, for the start page that another system writes.

use kernel_base::{Result, Words};
use kernel_contract::{DossierCode, DossierLine, MyDossiers};
use kernel_db::Tx;
use kernel_org::Actor;

use crate::{flow, model::State, store::WorkRow};

/// Answers [`MyDossiers`].
#[derive(Debug)]
pub(crate) struct Mine;

impl MyDossiers for Mine {
    fn mine(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Vec<DossierLine>> {
        if actor.citizen().is_none() {
            return Ok(Vec::new());
        }
        let rows = flow::mine(tx, actor)?;
        let mut lines = Vec::with_capacity(rows.len());
        for row in &rows {
            lines.extend(line(tx, row)?);
        }
        Ok(lines)
    }
}

fn line(tx: &mut Tx<'_>, row: &WorkRow) -> Result<Option<DossierLine>> {
    let now = tx.now();
    // The state to come back to does not matter for its name.
    let (Some(state), Some(code)) = (State::parse(&row.status, "submitted"), DossierCode::parse(&row.code)) else {
        return Ok(None);
    };
    let (vi, en) = state.name();
    let due = row.due_at.filter(|_| !state.is_ended() && !state.is_paused());
    Ok(Some(DossierLine {
        code,
        procedure: row.procedure.clone(),
        procedure_name: Words::new(&row.procedure_name, &row.procedure_name),
        state: Words::new(vi, en),
        holder: crate::slip_text::agency_name(tx, &row.holder, now)?,
        submitted_at: row.submitted_at,
        late: due.is_some_and(|due| due < now),
        due,
        waits_for_owner: matches!(state, State::SupplementRequested(_) | State::PaymentRequested(_) | State::Settled),
        // A settled dossier waits for its owner to collect the result.
        ended: state.is_ended() && state != State::Settled,
    }))
}
