//! What the use cases have in common: finding a dossier with permission, recording, moving between steps.

use std::sync::Arc;

use kernel_base::{AgencyId, Error, Instant, Result, TypedId, Words};
use kernel_contract::{Catalogue, DossierCode, DossierMoved, Offering};
use kernel_db::Tx;
use kernel_forms::Places;
use kernel_ledger::{Event, NewEvent, PersonalId, Recorded};
use kernel_obligations::{self as obligations, Limit, Unit};
use kernel_org::{
    Action, Actor, Resource, allow,
    reads::{self, PersonalRead, Purpose, Shown},
};
use serde_json::{Map, Value, json};

use super::workflows;
use crate::{
    model::{Dossier, State, StepRow},
    store,
    workflow::{Step, Workflow},
};

/// A dossier that does not exist and one that the actor may not know of look alike.
pub(crate) fn not_found() -> Error {
    Error::not_found(
        "dossier_not_found",
        (
            "Không tìm thấy hồ sơ này, hoặc bạn không được xem. Hãy kiểm tra lại mã hồ sơ và mã tra cứu ghi trên giấy hẹn.",
            "No such dossier, or you may not see it. Check the code and the look-up key printed on your receipt.",
        ),
    )
}

/// Loads a dossier for an action; without the permission it is not found, or forbidden to who may read it.
pub(crate) fn find(tx: &mut Tx<'_>, actor: &Actor, action: Action, code: &str) -> Result<Dossier> {
    let code = DossierCode::parse(code).ok_or_else(not_found)?;
    let dossier = store::dossier_by_code(tx, &code)?.ok_or_else(not_found)?;
    permit(actor, action, &dossier)?;
    Ok(dossier)
}

/// Tells that the actor is about to see a dossier, or a part of it.
pub(crate) fn tell(tx: &mut Tx<'_>, actor: &Actor, dossier: &Dossier, purpose: Purpose, fields: &[Shown]) {
    let read = PersonalRead { person: &dossier.owner_account, subject: dossier.code.as_str(), purpose, fields };
    reads::tell(tx, actor, &read);
}

/// Tells that the actor is about to see the lines of a list: account of the owner and code of the dossier.
pub(crate) fn tell_lines<'a>(
    tx: &mut Tx<'_>,
    actor: &Actor,
    purpose: Purpose,
    lines: impl Iterator<Item = (&'a str, &'a str)>,
) {
    for (person, subject) in lines {
        reads::tell(tx, actor, &PersonalRead { person, subject, purpose, fields: &[Shown::Name] });
    }
}

/// Where a dossier stands for the policy.
pub(crate) fn resource(dossier: &Dossier) -> Resource {
    Resource::dossier(dossier.agency.clone(), dossier.reception.clone(), dossier.holder.clone(), &dossier.owner_account)
        .of_procedure(&dossier.procedure)
}

pub(crate) fn permit(actor: &Actor, action: Action, dossier: &Dossier) -> Result<()> {
    let place = resource(dossier);
    if allow(actor, Action::DossierRead, &place).is_err() {
        return Err(not_found());
    }
    allow(actor, action, &place)
}

/// Appends an event to the dossier's chain. The body holds no personal data.
pub(crate) fn record(
    tx: &mut Tx<'_>,
    dossier: &Dossier,
    actor: &Actor,
    kind: &'static str,
    body: Value,
) -> Result<Recorded> {
    let mut body = body;
    if let Some(map) = body.as_object_mut() {
        beside(tx, dossier, kind, map)?;
        map.insert("status".to_owned(), json!(dossier.state.word()));
        map.insert("resume".to_owned(), json!(dossier.state.resume_word()));
        map.insert("step".to_owned(), json!(dossier.step));
        map.insert("holder".to_owned(), json!(dossier.holder));
    }
    let recorded =
        kernel_ledger::append(tx, &NewEvent { subject: &dossier.subject(), kind, actor: &actor.label(), body })?;
    publish(tx, dossier, kind, &recorded)?;
    Ok(recorded)
}

/// What people write freely: reasons, notes, questions, answers, what a supplement asks for. It may name the owner.
const WORDS: [&str; 5] = ["reason", "note", "question", "answer", "items"];

/// Puts what was written freely beside the chain, so that it goes when the owner's data is erased; the event keeps its
/// salted hash. The reason of an apology is the agency's own and public: it stays.
fn beside(tx: &mut Tx<'_>, dossier: &Dossier, kind: &str, body: &mut Map<String, Value>) -> Result<()> {
    if matches!(kind, "dossier.apology_drafted" | "dossier.apologised") {
        return Ok(());
    }
    let mut words = Map::new();
    for name in WORDS {
        let written = body.get(name).is_some_and(|value| match value {
            Value::String(text) => !text.is_empty(),
            Value::Array(items) => !items.is_empty(),
            _ => false,
        });
        if written {
            words.extend(body.remove(name).map(|value| (name.to_owned(), value)));
        }
    }
    if !words.is_empty() {
        let kept = kernel_ledger::keep_personal(tx, &dossier.subject(), &Value::Object(words))?;
        body.insert("words".to_owned(), json!({ "personal": kept.hash, "personal_id": kept.id }));
    }
    Ok(())
}

/// The events of a dossier with what was written freely, as far as it was not erased.
pub(crate) fn history(tx: &mut Tx<'_>, subject: &str) -> Result<Vec<Event>> {
    let mut history = kernel_ledger::history(tx, subject)?;
    for event in &mut history {
        let id = event.body.pointer("/words/personal_id").and_then(Value::as_str);
        let Some(id) = id.and_then(<PersonalId as TypedId>::parse) else { continue };
        if let (Some(Value::Object(words)), Some(body)) =
            (kernel_ledger::personal(tx, &id)?, event.body.as_object_mut())
        {
            body.extend(words);
        }
    }
    Ok(history)
}

/// Tells the subscribers of this kind of event, after the commit.
fn publish(tx: &mut Tx<'_>, dossier: &Dossier, kind: &'static str, recorded: &Recorded) -> Result<()> {
    let moved = DossierMoved {
        dossier: dossier.id.clone(),
        code: dossier.code.clone(),
        kind: kind.to_owned(),
        seq: recorded.seq,
        at: recorded.at,
        status: dossier.state.word().to_owned(),
        agency: dossier.agency.clone(),
        reception: dossier.reception.clone(),
        holder: dossier.holder.clone(),
        procedure: dossier.procedure.clone(),
        account: Some(dossier.owner_account.clone()).filter(|account| !account.is_empty()),
        imported: dossier.imported,
    };
    kernel_jobs::publish(tx, kind, &json!(moved)).map(drop)
}

/// The offering the dossier was received under, whatever is in force now.
pub(crate) fn offering_of(tx: &mut Tx<'_>, dossier: &Dossier) -> Result<Offering> {
    tx.port::<dyn Catalogue>()?
        .offering_of_version(tx, &dossier.version_of_procedure, &dossier.case, &dossier.agency)?
        .ok_or_else(|| Error::internal(format!("{}: its version of the procedure is gone", dossier.code)))
}

/// The graph the dossier runs on: the version published when it was accepted.
pub(crate) fn workflow_of(tx: &mut Tx<'_>, dossier: &Dossier) -> Result<Arc<Workflow>> {
    workflows::of_version(tx, &dossier.workflow, dossier.workflow_version)
}

/// The communes that a form may name today, by the agency above them.
pub(crate) fn communes(tx: &mut Tx<'_>) -> Result<Arc<Places>> {
    tx.port::<dyn Catalogue>()?.communes(tx)
}

/// Ends the stay at the present step and its clock.
pub(crate) fn leave_step(tx: &mut Tx<'_>, d: &mut Dossier, actor: &Actor, action: &str, note: &str) -> Result<()> {
    let open = store::steps_of(tx, &d.id)?.into_iter().find(|s| s.ended_at.is_none());
    if let Some(step) = open {
        let now = tx.now();
        store::end_step(tx, &d.id, step.number, (now, action, actor.name(), note))?;
    }
    if let Some(id) = d.step_obligation.take() {
        close(tx, &id, obligations::Outcome::Done, actor)?;
    }
    Ok(())
}

/// Begins a stay at a step: who holds it from now on, and until when.
///
/// Work received after 15:00 counts from the next working morning (published procedures, e.g. 2.000635).
pub(crate) fn enter_step(
    tx: &mut Tx<'_>,
    d: &mut Dossier,
    actor: &Actor,
    step: &Step,
    agency: &AgencyId,
    officer: &str,
) -> Result<()> {
    d.step.clone_from(&step.code);
    d.holder = agency.clone();
    officer.clone_into(&mut d.holder_officer);
    d.holder_since = tx.now();
    let due = step_clock(tx, d, actor, step, agency)?;
    let number = store::steps_of(tx, &d.id)?.last().map_or(1, |s| s.number + 1);
    let row = StepRow {
        number,
        step: step.code.clone(),
        agency: agency.clone(),
        officer: officer.to_owned(),
        began_at: tx.now(),
        due_at: due,
        ended_at: None,
        action: String::new(),
        by_officer: String::new(),
        note: String::new(),
    };
    store::insert_step(tx, &d.id, &row)
}

/// Opens the clock of a step and tells its due; `None` for a step without a limit.
///
/// A step that belongs to the settlement never runs past the dossier's own due, as it would in a same-day dossier that
/// came late in the day: what is left is all it gets, and with less than an hour left the dossier's clock alone runs.
fn step_clock(
    tx: &mut Tx<'_>,
    d: &mut Dossier,
    actor: &Actor,
    step: &Step,
    agency: &AgencyId,
) -> Result<Option<Instant>> {
    let Some(minutes) = step.limit_minutes().filter(|minutes| *minutes > 0 && !d.state.is_ended()) else {
        return Ok(None);
    };
    let (mut hours, mut cutoff) = ((minutes + 59) / 60, Some(kernel_contract::Cutoff::AT_15));
    let now = tx.now();
    let whole = if step.apart { None } else { settlement(tx, d)?.filter(|o| o.is_open() && o.legal_due > now) };
    if let Some(due) = whole.map(|o| o.legal_due) {
        let (_, calendar) = obligations::calendars::in_force(tx, agency, now)?;
        if kernel_calendar::due(now, hours, Unit::WorkingHour, cutoff, &calendar)?.at > due {
            hours = kernel_calendar::working_minutes_between(now, due, &calendar) / 60;
            cutoff = None;
        }
        if hours == 0 {
            return Ok(Some(due));
        }
    }
    let opened = obligations::open(
        tx,
        &obligations::Open {
            kind: "dossier.step",
            subject: &d.subject(),
            holder: agency,
            limit: Limit { amount: hours, unit: Unit::WorkingHour },
            cutoff,
            start: now,
            actor: &actor.label(),
            source: json!({ "workflow": d.workflow, "version": d.workflow_version, "step": step.code }),
        },
    )?;
    d.step_obligation = Some(opened.id.to_string());
    Ok(Some(opened.legal_due))
}

/// All obligations of the dossier that still run, in the order they were opened.
fn running(d: &Dossier) -> Vec<String> {
    [&d.reception_obligation, &d.settlement_obligation, &d.step_obligation].into_iter().flatten().cloned().collect()
}

/// Pauses every running clock of the dossier; a lawful pause has a reason and a legal basis.
pub(crate) fn pause_clocks(
    tx: &mut Tx<'_>,
    d: &Dossier,
    actor: &Actor,
    reason: obligations::PauseReason,
    legal_basis: &str,
) -> Result<()> {
    for id in running(d) {
        let id = obligation_id(&id)?;
        if obligations::get(tx, &id)?.is_some_and(|o| o.is_open() && o.paused_since.is_none()) {
            let pause = obligations::Pause { reason, legal_basis, actor: &actor.label() };
            obligations::pause(tx, &id, &pause).map_err(overtaken)?;
        }
    }
    Ok(())
}

/// Lets every paused clock run on and takes over the new legal due.
pub(crate) fn resume_clocks(tx: &mut Tx<'_>, d: &mut Dossier, actor: &Actor) -> Result<()> {
    for id in running(d) {
        let id = obligation_id(&id)?;
        if obligations::get(tx, &id)?.is_some_and(|o| o.paused_since.is_some()) {
            obligations::resume(tx, &id, &actor.label()).map_err(overtaken)?;
        }
    }
    refresh_due(tx, d)
}

/// The due date that work lists sort by: reception first, then the legal due.
pub(crate) fn refresh_due(tx: &mut Tx<'_>, d: &mut Dossier) -> Result<()> {
    let id = d.settlement_obligation.clone().or_else(|| d.reception_obligation.clone());
    d.due_at = match id {
        Some(id) => obligations::get(tx, &obligation_id(&id)?)?.filter(|o| o.is_open()).map(|o| o.legal_due),
        None => None,
    };
    Ok(())
}

pub(crate) fn close(tx: &mut Tx<'_>, id: &str, outcome: obligations::Outcome, actor: &Actor) -> Result<()> {
    let id = obligation_id(id)?;
    if obligations::get(tx, &id)?.is_some_and(|o| o.is_open()) {
        obligations::close(tx, &id, outcome, &actor.label()).map_err(overtaken)?;
    }
    Ok(())
}

/// A clock that ran a statement ago and stands now: somebody else acted on the dossier in between (PostgreSQL reads what
/// was committed meanwhile). The use case runs again and answers with where the dossier is.
fn overtaken(error: Error) -> Error {
    let moved = matches!(error.code, "obligation_closed" | "obligation_paused" | "obligation_running");
    if moved { Error::stale("obligation") } else { error }
}

/// Ends every clock of a dossier that ends without a result.
pub(crate) fn close_all(tx: &mut Tx<'_>, d: &mut Dossier, outcome: obligations::Outcome, actor: &Actor) -> Result<()> {
    for id in running(d) {
        close(tx, &id, outcome, actor)?;
    }
    d.step_obligation = None;
    d.due_at = None;
    d.ended_at = Some(tx.now());
    Ok(())
}

/// Legal due and the instant that decides late or on time; `None` when nothing was promised.
pub(crate) fn settlement(tx: &mut Tx<'_>, d: &Dossier) -> Result<Option<obligations::Obligation>> {
    match &d.settlement_obligation {
        Some(id) => obligations::get(tx, &obligation_id(id)?),
        None => Ok(None),
    }
}

pub(crate) fn obligation_id(text: &str) -> Result<obligations::ObligationId> {
    <obligations::ObligationId as kernel_base::TypedId>::parse(text)
        .ok_or_else(|| Error::internal(format!("not an obligation id: {text}")))
}

/// Due in `days` working days by the calendar of the agency.
pub(crate) fn working_days_from(tx: &mut Tx<'_>, agency: &AgencyId, days: i64) -> Result<Instant> {
    let now = tx.now();
    let (_, calendar) = obligations::calendars::in_force(tx, agency, now)?;
    Ok(kernel_calendar::due(now, days, Unit::WorkingDay, None, &calendar)?.at)
}

/// A sentence for a value that must lie in a range.
pub(crate) fn out_of_range(field: &str, least: i64, most: i64) -> Error {
    Error::invalid(vec![kernel_base::FieldError::new(
        field,
        "out_of_range",
        Words::new(format!("Hãy nhập số từ {least} đến {most}."), format!("Enter a number from {least} to {most}.")),
    )])
}

/// The state as a conflict body, for a clerk who was second.
pub(crate) fn moved(d: &Dossier) -> Error {
    let (vi, en) = d.state.name();
    Error::conflict(
        "dossier_moved",
        Words::new(
            format!("Hồ sơ vừa được người khác xử lý, nay là “{vi}”. Hãy tải lại trang."),
            format!("Someone else just handled this dossier; it is now “{en}”. Reload the page."),
        ),
    )
    .with_current(json!({ "status": d.state.word(), "step": d.step, "holder": d.holder }))
}

/// A dossier that somebody holds at another agency cannot be moved by this one.
pub(crate) fn must_hold(actor: &Actor, d: &Dossier) -> Result<()> {
    match actor.officer() {
        None => Ok(()),
        Some(officer) if officer.powers().any(|(agency, _)| *agency == d.holder) => Ok(()),
        // The one-stop that receives for a department acts on what the department's counter holds.
        Some(officer) if d.state == State::Submitted && officer.powers().any(|(a, _)| *a == d.reception) => Ok(()),
        Some(_) => Err(moved(d)),
    }
}
