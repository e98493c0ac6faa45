//! Answers of the API.

use kernel_base::{Instant, Lang, Words};
use kernel_obligations::Obligation;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::{
    flow::DossierView,
    model::{Dossier, EventView},
    store::WorkRow,
};

/// What an act answers with: where the dossier stands now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatusJson {
    pub code: String,
    pub status: String,
    pub step: String,
    /// Agency that holds it now.
    pub holder: String,
    /// What work lists sort by; absent when nothing is promised.
    #[schema(value_type = Option<String>)]
    pub due: Option<Instant>,
    pub version: i64,
}

impl From<&Dossier> for StatusJson {
    fn from(d: &Dossier) -> Self {
        Self {
            code: d.code.to_string(),
            status: d.state.word().to_owned(),
            step: d.step.clone(),
            holder: d.holder.to_string(),
            due: d.due_at,
            version: d.version,
        }
    }
}

/// A promise: three instants kept apart, and how they came about.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PromiseJson {
    /// Never changes.
    #[schema(value_type = String)]
    pub first_promise: Instant,
    /// First promise plus lawful pauses; alone decides late or on time.
    #[schema(value_type = String)]
    pub legal_due: Instant,
    /// New appointment of an extension; only moves reminders.
    #[schema(value_type = Option<String>)]
    pub appointment: Option<Instant>,
    #[schema(value_type = Option<String>)]
    pub paused_since: Option<Instant>,
    /// `early`, `on_time` or `late` once settled.
    pub result: Option<String>,
    pub late: bool,
    /// Each counted or skipped day, and why.
    #[schema(value_type = Vec<Object>)]
    pub trace: Value,
}

impl PromiseJson {
    pub(crate) fn new(o: &Obligation, now: Instant) -> Self {
        let ended = o.closed_at.unwrap_or(now);
        Self {
            first_promise: o.first_promise,
            legal_due: o.legal_due,
            appointment: o.appointment,
            paused_since: o.paused_since,
            result: o.result.map(|r| r.word().to_owned()),
            late: o.paused_since.is_none() && ended > o.legal_due,
            trace: serde_json::to_value(&o.trace).unwrap_or(Value::Null),
        }
    }
}

/// A dossier with its promise, its trace and its events.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DossierJson {
    pub code: String,
    pub status: String,
    #[schema(value_type = Object)]
    pub status_name: Words,
    pub national_status: i64,
    pub procedure: String,
    pub procedure_name: String,
    pub case: String,
    pub agency: String,
    pub agency_name: String,
    pub holder: String,
    pub holder_name: String,
    pub holder_officer: String,
    #[schema(value_type = String)]
    pub holder_since: Instant,
    pub step: String,
    #[schema(value_type = Object)]
    pub step_name: Words,
    /// What comes next, in plain words.
    #[schema(value_type = Object)]
    pub next: Words,
    pub channel: String,
    pub imported: bool,
    #[schema(value_type = String)]
    pub submitted_at: Instant,
    #[schema(value_type = Option<String>)]
    pub accepted_at: Option<Instant>,
    #[schema(value_type = Option<String>)]
    pub settled_at: Option<Instant>,
    #[schema(value_type = Option<String>)]
    pub reception_due: Option<Instant>,
    #[schema(value_type = Option<String>)]
    pub first_promise: Option<Instant>,
    #[schema(value_type = Option<String>)]
    pub legal_due: Option<Instant>,
    #[schema(value_type = Option<String>)]
    pub appointment: Option<Instant>,
    pub late: bool,
    pub result: Option<String>,
    #[schema(value_type = Vec<Object>)]
    pub trace: Value,
    pub promise: Option<PromiseJson>,
    pub events: Vec<EventView>,
    /// Answers of the form; only for the owner and entitled officers.
    #[schema(value_type = Option<Object>)]
    pub form: Option<Value>,
    #[schema(value_type = Option<Object>)]
    pub owner: Option<Value>,
    #[schema(value_type = Vec<Object>)]
    pub papers: Value,
    #[schema(value_type = Vec<Object>)]
    pub supplements: Value,
    #[schema(value_type = Vec<Object>)]
    pub consultations: Value,
    #[schema(value_type = Vec<Object>)]
    pub fees: Value,
    #[schema(value_type = Vec<Object>)]
    pub slips: Value,
    #[schema(value_type = Vec<Object>)]
    pub apologies: Value,
    /// The drafted or approved result; a draft only for officers.
    #[schema(value_type = Option<Object>)]
    pub result_document: Option<Value>,
    /// Hash of the last event of the chain, as printed on slips.
    pub hash: String,
}

/// Who reads: decides how much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    Officer,
    Owner,
    /// Holder of the look-up key: state, dates and trace, no personal data.
    Public,
}

impl DossierJson {
    pub(crate) fn new(view: &DossierView, reader: Reader) -> Self {
        let d = &view.dossier;
        let promise = view.promise.as_ref().map(|o| PromiseJson::new(o, view.now));
        let (vi, en) = d.state.name();
        let step = view.workflow.as_ref().and_then(|w| w.step(&d.step));
        Self {
            code: d.code.to_string(),
            status: d.state.word().to_owned(),
            status_name: Words::new(vi, en),
            national_status: d.state.national_code(),
            procedure: d.procedure.clone(),
            procedure_name: d.procedure_name.clone(),
            case: d.case.clone(),
            agency: d.agency.to_string(),
            agency_name: view.agency_name.clone(),
            holder: d.holder.to_string(),
            holder_name: view.holder_name.clone(),
            holder_officer: d.holder_officer.clone(),
            holder_since: d.holder_since,
            step: d.step.clone(),
            step_name: step.map_or_else(|| Words::new("", ""), |s| s.name.clone()),
            next: view.next_words(),
            channel: crate::store::channel_word(d.channel).to_owned(),
            imported: d.imported,
            submitted_at: d.submitted_at,
            accepted_at: d.accepted_at,
            settled_at: d.settled_at,
            reception_due: view.reception.as_ref().map(|o| o.legal_due),
            first_promise: promise.as_ref().map(|p| p.first_promise),
            legal_due: promise.as_ref().map(|p| p.legal_due),
            appointment: promise.as_ref().and_then(|p| p.appointment),
            late: promise.as_ref().is_some_and(|p| p.late),
            result: promise.as_ref().and_then(|p| p.result.clone()),
            trace: promise.as_ref().map_or_else(|| json!([]), |p| p.trace.clone()),
            promise,
            events: view.events.clone(),
            form: (reader != Reader::Public).then(|| d.form.clone()),
            owner: (reader != Reader::Public).then(|| json!(d.owner)),
            papers: if reader == Reader::Public { json!([]) } else { papers(view) },
            supplements: supplements(view),
            consultations: if reader == Reader::Officer { consultations(view) } else { json!([]) },
            fees: fees(view),
            slips: slips(view),
            apologies: apologies(view, reader),
            result_document: result(view, reader),
            hash: view.hash.clone(),
        }
    }
}

fn papers(view: &DossierView) -> Value {
    let row = |p: &crate::model::PaperRow| json!({ "paper": p.paper, "name": p.name, "file": p.file, "sha256": p.sha256, "round": p.round, "replaced": p.replaced });
    view.papers.iter().map(row).collect()
}

fn supplements(view: &DossierView) -> Value {
    let row = |s: &crate::model::SupplementRow| {
        json!({
            "id": s.id, "stage": s.stage, "items": s.items, "note": s.note, "reply_by": s.reply_by, "asked_at": s.asked_at,
            "answered_at": s.answered_at, "due_before": s.due_before, "due_after": s.due_after,
        })
    };
    view.supplements.iter().map(row).collect()
}

fn consultations(view: &DossierView) -> Value {
    let row = |c: &crate::model::Consultation| {
        json!({
            "id": c.id, "agency": c.agency, "question": c.question, "due": c.due_at, "asked_at": c.asked_at,
            "answer": c.answer, "answered_at": c.answered_at,
        })
    };
    view.consultations.iter().map(row).collect()
}

fn fees(view: &DossierView) -> Value {
    let row = |f: &crate::model::FeeRow| json!({ "fee": f.fee, "name": f.name, "amount": f.amount, "currency": "VND", "asked_at": f.asked_at, "paid_at": f.paid_at, "receipt": f.receipt });
    view.fees.iter().map(row).collect()
}

fn slips(view: &DossierView) -> Value {
    let row = |s: &crate::model::SlipRow| json!({ "id": s.id, "kind": s.kind, "title": s.kind.title(), "form": s.form, "act": s.act, "hash": s.hash, "made_at": s.made_at });
    view.slips.iter().map(row).collect()
}

/// An owner reads an apology only once it is approved.
fn apologies(view: &DossierView, reader: Reader) -> Value {
    let row = |a: &crate::model::Apology| {
        json!({
            "id": a.id, "reason": a.reason, "due_before": a.due_before, "new_appointment": a.new_appointment,
            "drafted_at": a.drafted_at, "approved_at": a.approved_at, "approved_by": a.approved_by,
        })
    };
    view.apologies.iter().filter(|a| reader == Reader::Officer || a.approved_at.is_some()).map(row).collect()
}

fn result(view: &DossierView, reader: Reader) -> Option<Value> {
    let r = view.result.as_ref().filter(|_| reader == Reader::Officer || view.result_is_out())?;
    Some(json!({
        "id": r.id, "granted": r.granted, "number": r.number, "file": view.result_file(), "sha256": r.sha256,
        "signing": view.signing.as_ref().map(|d| json!({
            "state": d.state.word(), "trouble": d.trouble, "requested_at": d.requested_at, "signed_at": d.signed_at,
            "file": d.signed_file, "sha256": d.signed_sha256,
        })),
        "drafted_by": r.drafted_by, "drafted_at": r.drafted_at, "approved_by": r.approved_by, "approved_at": r.approved_at,
    }))
}

/// A line of a work list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WorkJson {
    pub code: String,
    pub procedure: String,
    pub procedure_name: String,
    pub owner_name: String,
    pub status: String,
    pub status_name: String,
    pub step: String,
    pub holder: String,
    pub holder_officer: String,
    #[schema(value_type = String)]
    pub submitted_at: Instant,
    #[schema(value_type = Option<String>)]
    pub due: Option<Instant>,
    pub overdue: bool,
    pub imported: bool,
}

impl WorkJson {
    pub(crate) fn new(row: &WorkRow, now: Instant) -> Self {
        let paused = row.status.ends_with("_requested");
        Self {
            code: row.code.clone(),
            procedure: row.procedure.clone(),
            procedure_name: row.procedure_name.clone(),
            owner_name: row.owner_name.clone(),
            status: row.status.clone(),
            status_name: status_name(&row.status, Lang::Vi),
            step: row.step.clone(),
            holder: row.holder.to_string(),
            holder_officer: row.holder_officer.clone(),
            submitted_at: row.submitted_at,
            due: row.due_at,
            overdue: !paused && row.due_at.is_some_and(|due| due < now),
            imported: row.imported,
        }
    }
}

/// Name of a state from its stored word.
pub(crate) fn status_name(word: &str, lang: Lang) -> String {
    match crate::model::State::parse(word, "submitted") {
        Some(state) => Words::from(state.name()).say(lang).to_owned(),
        None => word.to_owned(),
    }
}
