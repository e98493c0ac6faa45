//! The automatic trial submission before a service goes live: the public use cases run in a transaction that is taken
//! back, so that nothing of it stays: no number, no message, no row that a figure could count (ADR 0022).

use kernel_base::{Error, Result};
use kernel_contract::TrialRun;
use kernel_db::Tx;
use kernel_org::{Action, Actor};
use serde_json::json;

use super::{find, findings, must, record, step};
use crate::pipeline::{
    model::{Offering, Stage, Trial},
    store,
};

/// What a rehearsal came to; carried out of the transaction that is taken back.
#[derive(Debug, Clone, Default)]
pub struct Rehearsed {
    pub passed: bool,
    pub said: Vec<String>,
}

/// Plays the service through. Call it in a transaction that is taken back afterwards, whatever it answers.
///
/// # Errors
/// `Forbidden`, `NotFound`; a fault of the service itself is an answer, not an error.
pub fn rehearse(tx: &mut Tx<'_>, actor: &Actor, id: &str) -> Result<Rehearsed> {
    let offering = find(tx, id)?;
    must(actor, Action::PipelinePropose, offering.agency.clone())?;
    let port = tx.port::<dyn TrialRun>()?;
    match port.run(tx, &offering.procedure, &offering.agency) {
        Ok(said) => Ok(Rehearsed { passed: true, said }),
        Err(error) => {
            let mut said = vec![error.say(kernel_base::Lang::Vi).to_owned()];
            said.extend(error.fields.iter().map(|f| format!("{}: {}", f.field, f.message.vi)));
            Ok(Rehearsed { passed: false, said })
        }
    }
}

/// The service goes live when its rehearsal passed; else what stopped it is kept and nothing moves.
///
/// # Errors
/// `Forbidden`, `NotFound`; `Conflict` when it is not approved.
pub fn go_live(tx: &mut Tx<'_>, actor: &Actor, id: &str, rehearsed: &Rehearsed) -> Result<Offering> {
    let offering = find(tx, id)?;
    must(actor, Action::PipelinePropose, offering.agency.clone())?;
    let mut offering = offering.moved(&[Stage::Approved, Stage::Suspended], Stage::Live)?;
    offering.trial = Some(Trial { at: tx.now(), passed: rehearsed.passed, said: rehearsed.said.clone() });
    let now = tx.now();
    let offered =
        tx.port::<dyn kernel_contract::Catalogue>()?.offering(tx, &offering.procedure, None, &offering.agency, now)?;
    // What the product finds now beside what the reviewer said then.
    for found in findings(tx, offered.as_ref(), &offering.agency)? {
        if let Some(own) = offering.criteria.iter_mut().find(|f| f.criterion == found.criterion) {
            own.proven = own.passed && found.passed && found.proven;
        }
    }
    if rehearsed.passed {
        return step(tx, actor, offering, "");
    }
    let kept = find(tx, id)?;
    let kept = Offering { trial: offering.trial, ..kept };
    store::save(tx, &kept)?;
    record(tx, actor, &kept, "pipeline.trial_failed", json!({ "said": rehearsed.said }))?;
    find(tx, id)
}

/// The error that takes a rehearsal back; it never reaches a person.
pub fn taken_back() -> Error {
    Error::conflict("rehearsal", ("Diễn tập đã được xóa dấu vết.", "The rehearsal was taken back."))
}
