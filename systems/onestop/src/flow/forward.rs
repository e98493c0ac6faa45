//! A dossier goes on along its workflow graph; each hand-over is a row of the control slip.

use kernel_base::{AgencyId, Error, FieldError, Result, Words, text};
use kernel_db::Tx;
use kernel_obligations as obligations;
use kernel_org::{Action, Actor, Role};
use serde_json::json;

use super::shared;
use crate::{
    model::{Dossier, Forward, State},
    store,
    workflow::{Place, Step, StepKind, Workflow},
};

/// Moves a dossier to the next step.
///
/// # Errors
/// `Invalid` when the graph has several ways and none was chosen, or the chosen step cannot be reached;
/// `Conflict` when the dossier is paused, ended, or held by another agency.
pub fn forward(tx: &mut Tx<'_>, actor: &Actor, code: &str, command: &Forward) -> Result<Dossier> {
    let before = shared::find(tx, actor, Action::DossierForward, code)?;
    shared::must_hold(actor, &before)?;
    let state = before.state.forward()?;
    let workflow = shared::workflow_of(tx, &before)?;
    must_have_the_role(actor, &before, &workflow)?;
    let step = choose(&workflow, &before, command.to.as_deref())?.clone();
    let agency = agency_of(tx, &before, &step, command.agency.as_ref())?;

    let mut dossier = before.clone();
    dossier.state = state;
    let note = text::clean(&command.note);
    shared::leave_step(tx, &mut dossier, actor, "forward", &note)?;
    let officer = text::clean_line(command.officer.as_deref().unwrap_or_default());
    shared::enter_step(tx, &mut dossier, actor, &step, &agency, &officer)?;
    transfer_promise(tx, &before, &dossier, actor)?;

    store::save_dossier(tx, &before, &dossier)?;
    let body = json!({ "from": before.step, "to": step.code, "agency": agency, "note": note });
    shared::record(tx, &dossier, actor, "dossier.forwarded", body)?;
    dossier.version += 1;
    Ok(dossier)
}

/// Responsibility for the whole promise moves when another agency than the counter takes the dossier.
fn transfer_promise(tx: &mut Tx<'_>, before: &Dossier, after: &Dossier, actor: &Actor) -> Result<()> {
    let Some(id) = &after.settlement_obligation else { return Ok(()) };
    let id = shared::obligation_id(id)?;
    let holder = obligations::get(tx, &id)?.map(|o| o.holder);
    let to_settle = after.holder != before.holder && after.holder != after.reception;
    if to_settle && holder.as_ref() != Some(&after.holder) {
        obligations::transfer(tx, &id, &after.holder, &actor.label())?;
    }
    Ok(())
}

/// The present step belongs to a role; a head or leader of the agency may move it on as well.
fn must_have_the_role(actor: &Actor, dossier: &Dossier, workflow: &Workflow) -> Result<()> {
    let Some(role) = workflow.step(&dossier.step).and_then(|step| step.role) else { return Ok(()) };
    let Some(officer) = actor.officer() else { return Ok(()) };
    let may = |held: Role| held == role || matches!(held, Role::Head | Role::Leader);
    if officer.powers().any(|(agency, held)| *agency == dossier.holder && may(held)) {
        return Ok(());
    }
    Err(Error::forbidden(
        "other_role",
        Words::new(
            format!("Bước này do vai trò “{}” xử lý. Hãy để người phụ trách bước này chuyển tiếp.", role.words().vi),
            format!("This step belongs to the role “{}”. Let its officer forward it.", role.words().en),
        ),
    ))
}

fn choose<'w>(workflow: &'w Workflow, dossier: &Dossier, wanted: Option<&str>) -> Result<&'w Step> {
    let ways: Vec<&Step> = workflow
        .edges_from(&dossier.step)
        .filter_map(|edge| workflow.step(&edge.to))
        // The hand-over begins by the leader's approval, never by forwarding.
        .filter(|step| !matches!(step.kind, StepKind::Handover | StepKind::End))
        .collect();
    // From the approval a dossier goes on by being approved; forwarding it needs a chosen way (back).
    let approving = workflow.step(&dossier.step).is_some_and(|step| step.kind == StepKind::Approve);
    let ways = if approving && wanted.is_none() { Vec::new() } else { ways };
    let field = |code: &str, words: Words| Error::invalid(vec![FieldError::new("to", code, words)]);
    match (wanted, ways.as_slice()) {
        (Some(code), ways) => ways.iter().copied().find(|s| s.code == code).ok_or_else(|| {
            let names: Vec<&str> = ways.iter().map(|s| s.name.vi.as_str()).collect();
            field(
                "unreachable",
                Words::new(
                    format!("Từ bước này không chuyển được tới “{code}”. Có thể chuyển tới: {}.", names.join(", ")),
                    format!("This step does not lead to “{code}”."),
                ),
            )
        }),
        (None, [only]) => Ok(only),
        (None, []) if dossier.state == State::Processing => Err(Error::conflict(
            "no_next_step",
            (
                "Hồ sơ đang chờ lãnh đạo phê duyệt kết quả, không chuyển tiếp nữa. Muốn trả lại, hãy chọn bước quay về.",
                "The dossier waits for the leader's approval. To send it back, choose the step.",
            ),
        )),
        (None, []) => Err(Error::internal(format!("step {} has no way out", dossier.step))),
        (None, [first, ..]) => {
            // Several ways and none chosen: the main way is the first edge of the graph.
            Ok(first)
        }
    }
}

fn agency_of(tx: &mut Tx<'_>, d: &Dossier, step: &Step, wanted: Option<&AgencyId>) -> Result<AgencyId> {
    match &step.agency {
        Place::Same => Ok(d.agency.clone()),
        Place::Reception => Ok(d.reception.clone()),
        Place::Holder => Ok(d.holder.clone()),
        other => {
            let Some(agency) = wanted else {
                return Err(Error::invalid(vec![FieldError::new(
                    "agency",
                    "required",
                    (
                        "Bước tiếp theo thuộc cơ quan khác. Hãy chọn cơ quan nhận.",
                        "The next step belongs to another agency. Choose which.",
                    ),
                )]));
            };
            let now = tx.now();
            let found = kernel_org::agency(tx, agency, now)?;
            if found.is_some_and(|a| other.fits(a.kind.as_str())) {
                return Ok(agency.clone());
            }
            Err(Error::invalid(vec![FieldError::new(
                "agency",
                "wrong_agency",
                (
                    "Cơ quan này không nhận được bước tiếp theo. Hãy chọn cơ quan khác.",
                    "This agency cannot take the next step. Choose another.",
                ),
            )]))
        }
    }
}
