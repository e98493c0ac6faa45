//! A question to another agency, with its own clock. Silence is never consent.

use kernel_base::{Error, FieldError, Result, TypedId, text};
use kernel_db::Tx;
use kernel_obligations::{self as obligations, Limit, Outcome};
use kernel_org::{Action, Actor, Resource, allow};
use serde_json::json;

use super::shared;
use crate::{
    model::{AnswerConsultation, Consult, Consultation, ConsultationId, Dossier, Reason},
    store,
};

/// Asks another agency; the dossier stays where it is and its own clock runs on.
///
/// # Errors
/// `Invalid` for an unknown agency, the own one, an empty question, or days out of 1 to 30.
pub fn consult(tx: &mut Tx<'_>, actor: &Actor, code: &str, command: &Consult) -> Result<Consultation> {
    let dossier = shared::find(tx, actor, Action::DossierConsult, code)?;
    shared::must_hold(actor, &dossier)?;
    dossier.state.work("lấy ý kiến", "consult")?;
    let question = Reason::parse("question", &command.question)?;
    if !(1..=30).contains(&command.working_days) {
        return Err(shared::out_of_range("working_days", 1, 30));
    }
    let now = tx.now();
    if command.agency == dossier.holder || kernel_org::agency(tx, &command.agency, now)?.is_none() {
        let words = ("Hãy chọn một cơ quan khác để lấy ý kiến.", "Choose another agency to consult.");
        return Err(Error::invalid(vec![FieldError::new("agency", "unknown", words)]));
    }
    let opened = obligations::open(
        tx,
        &obligations::Open {
            kind: "dossier.consultation",
            subject: &dossier.subject(),
            holder: &command.agency,
            limit: Limit::working_days(command.working_days),
            cutoff: None,
            start: now,
            actor: &actor.label(),
            source: json!({ "asked_by": dossier.holder }),
        },
    )?;
    let row = Consultation {
        id: tx.new_id(),
        dossier: dossier.id.clone(),
        from_agency: dossier.holder.clone(),
        agency: command.agency.clone(),
        question: question.as_str().to_owned(),
        obligation: opened.id.to_string(),
        due_at: opened.legal_due,
        asked_by: actor.name().to_owned(),
        asked_at: now,
        answer: None,
        answered_by: None,
        answered_at: None,
        version: 1,
    };
    store::insert_consultation(tx, &row)?;
    let body = json!({ "consultation": row.id, "agency": row.agency, "due": row.due_at, "question": row.question });
    shared::record(tx, &dossier, actor, "dossier.consulted", body)?;
    Ok(row)
}

/// The consulted agency answers.
///
/// # Errors
/// `NotFound` for any other agency; `Conflict` when it was answered before.
pub fn answer_consultation(tx: &mut Tx<'_>, actor: &Actor, id: &str, command: &AnswerConsultation) -> Result<()> {
    let id = <ConsultationId as TypedId>::parse(id).ok_or_else(shared::not_found)?;
    let row = store::consultation_by_id(tx, &id)?.ok_or_else(shared::not_found)?;
    allow(actor, Action::ConsultationAnswer, &Resource::agency(row.agency.clone()))?;
    let answer = Reason::parse("answer", &command.answer)?;
    if row.answered_at.is_some() {
        return Err(Error::conflict(
            "answered_before",
            ("Câu hỏi này đã được trả lời.", "This question was answered before."),
        ));
    }
    let dossier = store::dossier_by_id(tx, &row.dossier)?.ok_or_else(shared::not_found)?;
    let now = tx.now();
    store::answer_consultation(tx, &row, answer.as_str(), actor.name(), now)?;
    shared::close(tx, &row.obligation, Outcome::Done, actor)?;
    let body = json!({ "consultation": row.id, "agency": row.agency, "answer": text::clean(answer.as_str()) });
    shared::record(tx, &dossier, actor, "dossier.consultation_answered", body)?;
    Ok(())
}

/// Names of agencies that were asked and have not answered; a result cannot be approved over their silence.
pub(crate) fn silent(tx: &mut Tx<'_>, dossier: &Dossier) -> Result<Vec<Consultation>> {
    Ok(store::consultations_of(tx, &dossier.id)?.into_iter().filter(|c| c.answered_at.is_none()).collect())
}
