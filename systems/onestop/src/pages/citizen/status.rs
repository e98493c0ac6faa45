//! The status page of a dossier for its owner.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State as AxumState};
use kernel_base::{Error, FieldError, Instant, Lang, Result};
use kernel_calendar::{Calendar, working_minutes_between};
use kernel_contract::{BackStage, MoneyBack, Offering};
use kernel_db::Tx;
use kernel_forms::{Form, Places};
use kernel_obligations::{Obligation, ResultClass};
use kernel_org::Actor;
use kernel_web::{Answer, Markup, Page, SignedIn, Web, html, redirect};

use super::answer::{Ask, Kept};
use crate::{
    flow::{self, DossierView},
    model::{EventView, State},
    pages::staff::time::lasting,
};

/// Everything the page shows, read in one transaction.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) view: DossierView,
    /// Name of the officer who has it; empty while nobody was named.
    pub(super) officer: String,
    pub(super) offering: Option<Offering>,
    pub(super) form: Option<Form>,
    /// Names of communes, for answers that hold their codes.
    pub(super) communes: Arc<Places>,
    /// The calendar by which the time left is told; `None` when none is published.
    calendar: Option<Arc<Calendar>>,
    /// Where the dossier went and when: step, agency, officer.
    places: Vec<(Instant, String, String, String)>,
}

pub(super) fn seen(tx: &mut Tx<'_>, view: DossierView) -> Result<Seen> {
    let officer = match view.dossier.holder_officer.as_str() {
        "" => String::new(),
        id => kernel_org::officer_name(tx, id)?.unwrap_or_default(),
    };
    let offering = if view.dossier.imported { None } else { flow::offering_of(tx, &view.dossier).ok() };
    let form = offering.as_ref().and_then(|offering| offering.form.clone());
    let mut places = Vec::new();
    for stay in &view.steps {
        let agency = crate::slip_text::agency_name(tx, &stay.agency, stay.began_at)?;
        let officer = if stay.officer.is_empty() { None } else { kernel_org::officer_name(tx, &stay.officer)? };
        places.push((stay.began_at, stay.step.clone(), agency, officer.unwrap_or_default()));
    }
    let communes = flow::communes(tx)?;
    let calendar = flow::desk_calendar(tx, &view.dossier.agency);
    Ok(Seen { view, officer, offering, form, communes, calendar, places })
}

/// One instant that was promised, and how it came about.
#[derive(Debug)]
pub(super) struct Promise {
    pub(super) title: String,
    pub(super) first: Instant,
    pub(super) due: Instant,
    pub(super) appointment: Option<Instant>,
    pub(super) paused: bool,
    pub(super) late: bool,
    pub(super) open: bool,
    /// Working time left or exceeded, in words; empty while the clock stands or nothing runs.
    pub(super) left: String,
    /// When it was done, and the key of early, on time or late.
    pub(super) done: Option<(Instant, &'static str)>,
    pub(super) trace: Vec<String>,
    pub(super) source: String,
}

impl Promise {
    fn new(page: &Page, key: &str, promise: &Obligation, seen: &Seen) -> Self {
        let now = seen.view.now;
        let text = |name: &str| promise.source.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
        let source = [text("act"), text("text"), text("rule")].into_iter().filter(|t| !t.is_empty());
        Self {
            title: page.t.s(key).to_owned(),
            first: promise.first_promise,
            due: promise.legal_due,
            appointment: promise.appointment,
            paused: promise.paused_since.is_some(),
            late: promise.is_late(now),
            open: promise.is_open(),
            left: left(page, promise, seen),
            done: promise.closed_at.zip(promise.result.map(result_key)),
            trace: promise.trace.iter().map(|line| page.t.w(&line.words).to_owned()).collect(),
            source: source.collect::<Vec<_>>().join(", "),
        }
    }
}

fn left(page: &Page, promise: &Obligation, seen: &Seen) -> String {
    let Some(calendar) = seen.calendar.as_ref().filter(|_| promise.is_open() && promise.paused_since.is_none()) else {
        return String::new();
    };
    let (now, due) = (seen.view.now, promise.legal_due);
    let minutes = working_minutes_between(now, due, calendar);
    let key = if now > due { "status.promise.over" } else { "status.promise.left" };
    page.t.f(key, [("time", lasting(page.lang, minutes.abs()))])
}

fn result_key(result: ResultClass) -> &'static str {
    match result {
        ResultClass::Early => "status.promise.early",
        ResultClass::OnTime => "status.promise.on_time",
        ResultClass::Late => "status.promise.was_late",
    }
}

/// What is shown to the owner and to the holder of the look-up key alike.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) state: String,
    pub(super) tone: &'static str,
    pub(super) next: String,
    pub(super) agency: String,
    pub(super) holder: String,
    pub(super) officer: String,
    pub(super) step: String,
    pub(super) since: Instant,
    pub(super) submitted: Instant,
    pub(super) ended: bool,
    pub(super) promises: Vec<Promise>,
    pub(super) events: Vec<Line>,
    /// Names of the steps that an ordinary dossier has still to go through.
    pub(super) ahead: Vec<String>,
    pub(super) imported: bool,
    /// What is said of money that goes back: on its way, back, or not.
    pub(super) refunds: Vec<String>,
}

impl Standing {
    pub(super) fn new(page: &Page, seen: &Seen) -> Self {
        let (view, d) = (&seen.view, &seen.view.dossier);
        let settlement = view.promise.as_ref().map(|o| Promise::new(page, "status.promise.settlement", o, seen));
        // Once the reception has answered, its clock is history and stands in the timeline.
        let waiting = view.reception.as_ref().filter(|o| o.is_open());
        let reception = waiting.map(|o| Promise::new(page, "status.promise.reception", o, seen));
        let promises = settlement.or(reception).into_iter().collect();
        let step = view.workflow.as_ref().and_then(|w| w.step(&d.step));
        Self {
            code: d.code.to_string(),
            name: name(page, seen),
            state: state_name(d.state, page.lang),
            tone: tone(d.state),
            next: page.t.w(&view.next_words()).to_owned(),
            agency: view.agency_name.clone(),
            holder: view.holder_name.clone(),
            officer: seen.officer.clone(),
            step: step.map(|s| page.t.w(&s.name).to_owned()).unwrap_or_default(),
            since: d.holder_since,
            submitted: d.submitted_at,
            ended: d.state.is_ended(),
            promises,
            events: view
                .events
                .iter()
                .filter(|e| e.kind.starts_with("dossier."))
                .map(|e| line(page, seen, e))
                .collect(),
            ahead: if d.state.is_ended() { Vec::new() } else { ahead(page, view) },
            imported: d.imported,
            refunds: view.refunds.iter().map(|back| money_back(page, back)).collect(),
        }
    }
}

fn money_back(page: &Page, back: &MoneyBack) -> String {
    let key = match back.stage {
        BackStage::OnItsWay => "status.refund.on_its_way",
        BackStage::Done => "status.refund.done",
        BackStage::Declined => "status.refund.declined",
    };
    let (amount, due) = (page.t.number(&back.amount), page.t.date(&back.due));
    let values = [("amount", amount.as_str()), ("due", due.as_str()), ("reason", back.reason.as_str())];
    page.t.f(key, values)
}

/// One line of the timeline.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) words: String,
    /// Where it went with this event: step, agency, officer; empty when it stayed.
    pub(super) to: String,
    pub(super) actor: String,
    pub(super) at: Instant,
}

fn line(page: &Page, seen: &Seen, event: &EventView) -> Line {
    let moved = matches!(event.kind.as_str(), "dossier.forwarded" | "dossier.accepted");
    let place = seen.places.iter().find(|(at, ..)| moved && *at == event.at);
    let to = place.map(|(_, step, agency, officer)| {
        let step = seen.view.workflow.as_ref().and_then(|w| w.step(step)).map(|s| page.t.w(&s.name).to_owned());
        let parts = [step.unwrap_or_default(), agency.clone(), officer.clone()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
    });
    Line {
        words: page.t.w(&event.words).to_owned(),
        to: to.unwrap_or_default(),
        actor: actor(page, &event.actor),
        at: event.at,
    }
}

/// Who did it; persons keep their names.
fn actor(page: &Page, name: &str) -> String {
    match name {
        "Chủ hồ sơ" => page.t.s("status.actor.owner").to_owned(),
        "Hệ thống" => page.t.s("status.actor.system").to_owned(),
        "Cán bộ" => page.t.s("status.actor.officer").to_owned(),
        name => name.to_owned(),
    }
}

/// Name of the procedure; dossiers of the older system have a Vietnamese one only.
pub(super) fn name(page: &Page, seen: &Seen) -> String {
    let named = seen.offering.as_ref().map(|offering| page.t.w(&offering.name).to_owned());
    named.unwrap_or_else(|| seen.view.dossier.procedure_name.clone())
}

fn ahead(page: &Page, view: &DossierView) -> Vec<String> {
    let Some(workflow) = &view.workflow else { return Vec::new() };
    let path = workflow.main_path(&view.dossier.step);
    path.into_iter().skip(1).map(|step| page.t.w(&step.name).to_owned()).collect()
}

pub(super) fn state_name(state: State, lang: Lang) -> String {
    let (vi, en) = state.name();
    if lang == Lang::En { en.to_owned() } else { vi.to_owned() }
}

fn tone(state: State) -> &'static str {
    match state {
        State::Submitted | State::Accepted | State::Processing | State::WithdrawalRequested(_) => "info",
        State::SupplementRequested(_) | State::PaymentRequested(_) => "warn",
        State::Settled | State::Returned => "ok",
        State::Rejected | State::Stopped => "bad",
        State::Withdrawn => "neutral",
    }
}

#[derive(Debug)]
struct PaperLine {
    name: String,
    file: String,
    replaced: bool,
}

#[derive(Debug)]
struct ResultLine {
    file: String,
    number: String,
    granted: bool,
}

#[derive(Debug, Template)]
#[template(path = "citizen_status.html")]
pub(super) struct StatusPage {
    page: Page,
    it: Standing,
    /// What the owner is asked to complete.
    ask: Option<Ask>,
    fees: Vec<(String, i64, bool)>,
    /// A fee is open, and the dossier has not ended without a result.
    owes: bool,
    papers: Vec<PaperLine>,
    /// Identifier, title, when.
    slips: Vec<(String, String, Instant)>,
    result: Option<ResultLine>,
    answers: Vec<(String, String)>,
    key: String,
    hash: String,
    may_withdraw: bool,
    /// What was typed as reason, when it was refused.
    reason: String,
}

pub(super) async fn page(
    AxumState(web): AxumState<Web>,
    page: Page,
    SignedIn(actor): SignedIn,
    Path(code): Path<String>,
) -> Answer {
    if actor.officer().is_some() {
        return Ok(redirect(&format!("/staff/dossiers/{code}")));
    }
    let seen = read(&web, &actor, &code).await?;
    html(&status_page(page, &seen, &[], Kept::default(), ""))
}

pub(super) async fn read(web: &Web, actor: &Actor, code: &str) -> Result<Seen, Error> {
    let (actor, code) = (actor.clone(), code.to_owned());
    web.read(move |tx| {
        let view = flow::look(tx, &actor, &code)?;
        seen(tx, view)
    })
    .await
}

/// The page, with the faults of an answer or a withdrawal that was refused and what had been typed.
pub(super) fn status_page(page: Page, seen: &Seen, faults: &[FieldError], kept: Kept, reason: &str) -> StatusPage {
    let (view, d) = (&seen.view, &seen.view.dossier);
    let result = view.result.as_ref().filter(|_| view.result_is_out() && d.state.is_ended());
    let answers =
        seen.form.as_ref().map(|form| form.summary(&d.form, Some(&seen.communes), page.lang)).unwrap_or_default();
    StatusPage {
        it: Standing::new(&page, seen),
        ask: Ask::new(&page, seen, faults, kept),
        fees: view.fees.iter().map(|f| (f.name.clone(), f.amount, f.paid_at.is_some())).collect(),
        owes: !matches!(d.state, State::Rejected | State::Withdrawn | State::Stopped)
            && view.fees.iter().any(|f| f.paid_at.is_none()),
        papers: view
            .papers
            .iter()
            .map(|p| PaperLine { name: p.name.clone(), file: p.file.clone(), replaced: p.replaced })
            .collect(),
        slips: view.slips.iter().map(|s| (s.id.to_string(), s.kind.title().to_owned(), s.made_at)).collect(),
        result: result.map(|r| ResultLine {
            file: view.result_file().to_owned(),
            number: r.number.clone(),
            granted: r.granted,
        }),
        answers: answers.into_iter().filter(|row| !row.value.is_empty()).map(|row| (row.label, row.value)).collect(),
        key: d.lookup_key.clone(),
        hash: short(&view.hash),
        may_withdraw: d.state.ask_withdrawal().is_ok(),
        reason: reason.to_owned(),
        page: {
            let title = name(&page, seen);
            page.with_title(title).with_errors(faults)
        },
    }
}

/// The first sixteen digits in groups of four, as printed on paper.
pub(super) fn short(hash: &str) -> String {
    let digits: Vec<char> = hash.chars().take(16).collect();
    digits.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// HTML that the form engine made.
pub(super) fn markup(html: String) -> Markup {
    Markup(html)
}
