//! What an officer needs to see to work on a dossier: its content, what may be done with it, and by whom.

use std::{collections::BTreeMap, sync::Arc};

use kernel_base::{AgencyId, Result};
use kernel_calendar::Calendar;
use kernel_contract::Offering;
use kernel_db::Tx;
use kernel_forms::Places;
use kernel_obligations::calendars;
use kernel_org::{Action, Actor, Agency, Officer, Resource, permitted};

use super::{look, shared, sign};
use crate::{
    flow::DossierView,
    model::{Consultation, Resume, State},
    store::{self, WaitingRow},
    workflow::{Place, Step, StepKind},
};

/// Something an officer may do with a dossier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    Accept,
    Supplement,
    Refuse,
    Answer,
    Pay,
    Forward,
    Consult,
    AnswerQuestion,
    Draft,
    Approve,
    Return,
    Apologise,
    ApproveApology,
    Handover,
    Fee,
    DecideWithdrawal,
    Withdraw,
    Stop,
}

impl Act {
    /// In the order of the buttons.
    pub(crate) const ALL: [Self; 18] = [
        Self::Accept,
        Self::Approve,
        Self::Handover,
        Self::Draft,
        Self::Forward,
        Self::Answer,
        Self::Pay,
        Self::AnswerQuestion,
        Self::DecideWithdrawal,
        Self::ApproveApology,
        Self::Supplement,
        Self::Consult,
        Self::Return,
        Self::Fee,
        Self::Apologise,
        Self::Refuse,
        Self::Withdraw,
        Self::Stop,
    ];

    /// Stable word in addresses.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Supplement => "supplement",
            Self::Refuse => "refuse",
            Self::Answer => "answer",
            Self::Pay => "pay",
            Self::Forward => "forward",
            Self::Consult => "consult",
            Self::AnswerQuestion => "opinion",
            Self::Draft => "draft",
            Self::Approve => "approve",
            Self::Return => "return",
            Self::Apologise => "apologise",
            Self::ApproveApology => "approve-apology",
            Self::Handover => "handover",
            Self::Fee => "fee",
            Self::DecideWithdrawal => "withdrawal",
            Self::Withdraw => "withdraw",
            Self::Stop => "stop",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.word() == word)
    }

    /// The key on the keyboard (spec/experience.md C2); none of them moves in the list.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Accept => "a",
            Self::Supplement => "b",
            Self::Refuse => "r",
            Self::Answer => "e",
            Self::Pay => "n",
            Self::Forward => "f",
            Self::Consult => "q",
            Self::AnswerQuestion => "i",
            Self::Draft => "d",
            Self::Approve => "s",
            Self::Return => "u",
            Self::Apologise => "l",
            Self::ApproveApology => "y",
            Self::Handover => "g",
            Self::Fee => "m",
            Self::DecideWithdrawal => "v",
            Self::Withdraw => "w",
            Self::Stop => "z",
        }
    }

    /// The same officer goes on with the same dossier afterwards.
    pub(crate) fn stays(self) -> bool {
        matches!(
            self,
            Self::Answer
                | Self::Pay
                | Self::Consult
                | Self::Draft
                | Self::Apologise
                | Self::ApproveApology
                | Self::DecideWithdrawal
                | Self::Withdraw
        )
    }

    fn action(self) -> Action {
        match self {
            Self::Accept => Action::DossierAccept,
            Self::Supplement => Action::DossierSupplement,
            Self::Refuse => Action::DossierRefuse,
            Self::Answer => Action::DossierAnswerSupplement,
            Self::Pay => Action::FeeRecord,
            Self::Forward => Action::DossierForward,
            Self::Consult => Action::DossierConsult,
            Self::AnswerQuestion => Action::ConsultationAnswer,
            Self::Draft => Action::DossierDraft,
            Self::Approve | Self::Return => Action::DossierApprove,
            Self::Apologise => Action::DossierApologise,
            Self::ApproveApology => Action::DossierApproveApology,
            Self::Handover => Action::DossierHandover,
            Self::Fee => Action::FeeRequest,
            Self::DecideWithdrawal => Action::DossierGrantWithdrawal,
            Self::Withdraw => Action::DossierWithdraw,
            Self::Stop => Action::DossierStop,
        }
    }

    /// Whether the dossier is where this can be done.
    fn fits(self, view: &DossierView, offering: Option<&Offering>) -> bool {
        let state = view.dossier.state;
        let kind = view.workflow.as_ref().and_then(|w| w.step(&view.dossier.step)).map(|s| s.kind);
        let drafted = view.result.as_ref().is_some_and(|r| r.approved_at.is_none());
        let running = matches!(state, State::Accepted | State::Processing);
        let promised = running && view.promise.as_ref().is_some_and(kernel_obligations::Obligation::is_open);
        match self {
            Self::Accept => state.accept().is_ok(),
            Self::Refuse => state.refuse().is_ok(),
            Self::Supplement => {
                state.ask_supplement().is_ok() && view.supplements.iter().all(|s| s.stage != stage(state))
            }
            Self::Answer => state.supplemented().is_ok(),
            Self::Pay => state.paid().is_ok() || (!gone(state) && view.fees.iter().any(|f| f.paid_at.is_none())),
            Self::Forward => {
                state.forward().is_ok() && kind != Some(StepKind::Approve) && !view.next_steps().is_empty()
            }
            Self::Consult => state == State::Processing,
            Self::AnswerQuestion => view.consultations.iter().any(|c| c.answered_at.is_none()),
            Self::Draft => state == State::Processing && kind != Some(StepKind::Approve),
            Self::Approve => state == State::Processing && drafted && kind == Some(StepKind::Approve),
            Self::Return => state == State::Processing && drafted && kind == Some(StepKind::Approve),
            Self::Apologise => promised,
            Self::ApproveApology => promised && view.apologies.iter().any(|a| a.approved_at.is_none()),
            Self::Handover => state.hand_over().is_ok(),
            Self::Fee => state.ask_payment().is_ok() && offering.is_some_and(|o| fees_left(view, o)),
            Self::DecideWithdrawal => state.grant_withdrawal().is_ok(),
            Self::Withdraw => state.ask_withdrawal().is_ok(),
            Self::Stop => state.stop().is_ok(),
        }
    }

    /// Only the agency that has the dossier in hand moves it.
    fn needs_the_dossier(self) -> bool {
        matches!(self, Self::Supplement | Self::Forward | Self::Consult | Self::Draft | Self::Approve | Self::Return)
    }
}

/// Ended without a result: nothing is owed any more.
fn gone(state: State) -> bool {
    matches!(state, State::Rejected | State::Withdrawn | State::Stopped)
}

fn stage(state: State) -> &'static str {
    match state {
        State::Submitted | State::SupplementRequested(Resume::Submitted) => "reception",
        _ => "settlement",
    }
}

fn fees_left(view: &DossierView, offering: &Offering) -> bool {
    let asked = |code: &str| view.fees.iter().any(|f| f.fee == code);
    offering.case.fees.iter().any(|f| f.amount.is_some_and(|a| a.dong() > 0) && !asked(&f.code))
}

impl DossierView {
    /// The steps it can be forwarded to, the main one first; the hand-over begins by approval only.
    pub(crate) fn next_steps(&self) -> Vec<&Step> {
        let Some(workflow) = &self.workflow else { return Vec::new() };
        let ways = workflow.edges_from(&self.dossier.step).filter_map(|edge| workflow.step(&edge.to));
        ways.filter(|step| !matches!(step.kind, StepKind::Handover | StepKind::End)).collect()
    }
}

/// A dossier on an officer's desk.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) view: DossierView,
    pub(crate) offering: Option<Offering>,
    pub(crate) acts: Vec<Act>,
    /// Short names of the agencies that appear.
    pub(crate) agencies: BTreeMap<String, String>,
    /// Names of officers by account.
    pub(crate) officers: BTreeMap<String, String>,
    /// Officers who may take the next step.
    pub(crate) takers: Vec<Officer>,
    /// Agencies to choose from; only when the open form asks for one.
    pub(crate) choices: Vec<Agency>,
    pub(crate) calendar: Option<Arc<Calendar>>,
    /// Names of communes, for answers that hold their codes.
    pub(crate) places: Arc<Places>,
    /// The open question that this officer's agency was asked.
    pub(crate) asked: Option<String>,
    /// Why a document of the dossier was not signed, when this officer may have it signed again; else empty.
    pub(crate) unsigned: String,
}

/// Everything the page of a dossier shows to this officer.
///
/// # Errors
/// `NotFound` when the officer may not see it.
pub(crate) fn bench(tx: &mut Tx<'_>, actor: &Actor, code: &str, open: Option<Act>) -> Result<Bench> {
    let view = look::look(tx, actor, code)?;
    let offering = if view.dossier.imported { None } else { Some(shared::offering_of(tx, &view.dossier)?) };
    let asked = asked_here(actor, &view);
    let acts = Act::ALL.into_iter().filter(|act| may(actor, *act, &view, offering.as_ref(), asked.is_some())).collect();
    let (agencies, mut officers) = (names(tx, &view)?, BTreeMap::new());
    let mut takers = Vec::new();
    for agency in [&view.dossier.agency, &view.dossier.reception, &view.dossier.holder] {
        for officer in kernel_org::officers_of(tx, agency, view.now)? {
            officers.insert(officer.account.clone(), officer.name.clone());
            if takers.iter().all(|known: &Officer| known.id != officer.id) {
                takers.push(officer);
            }
        }
    }
    let takers = takers.into_iter().filter(|officer| may_take(officer, &view)).collect();
    let choices = match open {
        Some(Act::Consult | Act::Forward) => kernel_org::agencies(tx, view.now)?,
        _ => Vec::new(),
    };
    let calendar = desk_calendar(tx, &view.dossier.holder);
    let places = shared::communes(tx)?;
    let unsigned = sign::given_up(tx, actor, &view.dossier)?.unwrap_or_default();
    Ok(Bench { view, offering, acts, agencies, officers, takers, choices, calendar, places, asked, unsigned })
}

fn may(actor: &Actor, act: Act, view: &DossierView, offering: Option<&Offering>, asked: bool) -> bool {
    if act == Act::AnswerQuestion {
        return asked;
    }
    let held = !act.needs_the_dossier() || shared::must_hold(actor, &view.dossier).is_ok();
    held && act.fits(view, offering) && permitted(actor, act.action(), &shared::resource(&view.dossier))
}

fn asked_here(actor: &Actor, view: &DossierView) -> Option<String> {
    let open = view.consultations.iter().filter(|c| c.answered_at.is_none());
    let mut mine = open.filter(|c| permitted(actor, Action::ConsultationAnswer, &Resource::agency(c.agency.clone())));
    mine.next().map(|c| c.id.to_string())
}

/// An officer of the agency where a next step is done, with the role of that step.
fn may_take(officer: &Officer, view: &DossierView) -> bool {
    view.next_steps().iter().any(|step| {
        let place = match step.agency {
            Place::Same => Some(&view.dossier.agency),
            Place::Reception => Some(&view.dossier.reception),
            Place::Holder => Some(&view.dossier.holder),
            _ => None,
        };
        place == Some(&officer.agency) && step.role.is_none_or(|role| officer.roles.contains(&role))
    })
}

fn names(tx: &mut Tx<'_>, view: &DossierView) -> Result<BTreeMap<String, String>> {
    let mut ids: Vec<&AgencyId> = vec![&view.dossier.agency, &view.dossier.holder, &view.dossier.reception];
    ids.extend(view.consultations.iter().flat_map(|c| [&c.agency, &c.from_agency]));
    ids.extend(view.steps.iter().map(|s| &s.agency));
    let mut names = BTreeMap::new();
    for id in ids {
        if !names.contains_key(id.as_str()) {
            let name = kernel_org::agency(tx, id, view.now)?.map_or_else(|| id.to_string(), |a| a.short_name);
            names.insert(id.to_string(), name);
        }
    }
    Ok(names)
}

/// The calendar by which an agency's remaining time is told; `None` when none is published.
pub(crate) fn desk_calendar(tx: &mut Tx<'_>, agency: &AgencyId) -> Option<Arc<Calendar>> {
    let now = tx.now();
    calendars::in_force(tx, agency, now).ok().map(|(_, calendar)| calendar)
}

/// What waits for a leader.
#[derive(Debug)]
pub(crate) struct Signing {
    pub(crate) drafts: Vec<WaitingRow>,
    pub(crate) apologies: Vec<WaitingRow>,
    pub(crate) calendar: Option<Arc<Calendar>>,
}

/// Drafts and apologies that wait for the approval of the actor's agency.
///
/// # Errors
/// `Forbidden` for who does not approve there.
pub(crate) fn to_sign(tx: &mut Tx<'_>, actor: &Actor) -> Result<Signing> {
    let agency = look::desk_of(actor)?;
    kernel_org::allow(actor, Action::DossierApprove, &Resource::agency(agency.clone()))?;
    let officer = actor.officer().map(|o| o.officer.to_string()).unwrap_or_default();
    let drafts = store::drafts_waiting(tx, &agency, &officer, 100)?;
    tell_waiting(tx, actor, &drafts);
    Ok(Signing { drafts, apologies: waiting_apologies(tx, actor)?, calendar: desk_calendar(tx, &agency) })
}

fn tell_waiting(tx: &mut Tx<'_>, actor: &Actor, rows: &[WaitingRow]) {
    let lines = rows.iter().map(|row| (row.owner_account.as_str(), row.code.as_str()));
    shared::tell_lines(tx, actor, kernel_org::reads::Purpose::SigningList, lines);
}

/// Drafted apologies of the actor's agency that nobody approved yet.
///
/// # Errors
/// `Forbidden` for who is not an officer.
pub(crate) fn waiting_apologies(tx: &mut Tx<'_>, actor: &Actor) -> Result<Vec<WaitingRow>> {
    let agency = look::desk_of(actor)?;
    let apologies = store::apologies_waiting(tx, &agency, 100)?;
    tell_waiting(tx, actor, &apologies);
    Ok(apologies)
}

/// Questions of other agencies that wait for an answer of the actor's, each with the code of its dossier.
///
/// # Errors
/// `Forbidden` for who is not an officer.
pub(crate) fn questions_with_codes(tx: &mut Tx<'_>, actor: &Actor) -> Result<Vec<(String, Consultation)>> {
    let mut found = Vec::new();
    for question in look::questions(tx, actor)? {
        if let Some(dossier) = store::dossier_by_id(tx, &question.dossier)? {
            found.push((dossier.code.to_string(), question));
        }
    }
    Ok(found)
}
