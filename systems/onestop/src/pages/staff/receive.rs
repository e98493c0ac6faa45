//! The counter: a dossier handed in on paper, on behalf of a citizen; and papers that complete one.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Multipart, Path, State};
use kernel_base::{AgencyId, Error, FieldError, Result, TypedId, text};
use kernel_contract::{Catalogue, Channel, Offered, Offering, Owner, Submission, SubmittedPaper};
use kernel_db::Tx;
use kernel_files::FileId;
use kernel_forms::{Form, PageView, render_page};
use kernel_org::{Action, Actor, Agency, Resource, allow};
use kernel_web::{Answer, Fields, Page, Query, StaffMember, Web, html, html_with, idempotent, redirect_saying};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    Asked,
    inbox::{self, InboxQuery},
    place::Place,
    show_dossier, shown_again,
    uploads::{Sent, read_parts},
};
use crate::{
    flow::{self, Act},
    model,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PickQuery {
    q: String,
    agency: String,
}

#[derive(Debug, Template)]
#[template(path = "staff_receive_pick.html")]
struct PickPage {
    page: Page,
    q: String,
    agency: String,
    agencies: Vec<Agency>,
    procedures: Vec<Offered>,
}

/// Which procedure is it? Those of the counter's own agency first; a centre chooses the department.
pub(crate) async fn pick(
    State(web): State<Web>,
    page: Page,
    staff: StaffMember,
    Query(query): Query<PickQuery>,
) -> Answer {
    let own = staff.officer.agency.clone();
    let wanted = AgencyId::parse(&query.agency);
    let words = text::fold(&query.q);
    let (agencies, agency, procedures) = web
        .read(move |tx| {
            let agencies = received_for(tx, &staff.actor, &own)?;
            let settles = |a: &&Agency| wanted.as_ref().map_or(a.id == own, |id| a.id == *id);
            let mut chosen =
                agencies.iter().find(settles).or(agencies.first()).map_or_else(|| own.clone(), |a| a.id.clone());
            let (now, catalogue) = (tx.now(), tx.port::<dyn Catalogue>()?);
            let mut offered = catalogue.offered(tx, &chosen, now)?;
            // A centre settles nothing itself: it begins with the first agency that it receives for.
            let mut others = agencies.iter().filter(|_| wanted.is_none());
            while let (true, Some(next)) = (offered.is_empty(), others.next()) {
                offered = catalogue.offered(tx, &next.id, now)?;
                chosen = next.id.clone();
            }
            offered.retain(|o| text::fold(&format!("{} {}", o.procedure, o.name.vi)).contains(&words));
            Ok((agencies, chosen, offered))
        })
        .await?;
    let page = page.titled("onestop.receive.title").wide();
    html(&PickPage { page, q: query.q, agency: agency.to_string(), agencies, procedures })
}

/// The agencies whose dossiers are received here.
fn received_for(tx: &mut Tx<'_>, actor: &Actor, own: &AgencyId) -> Result<Vec<Agency>> {
    let place = Resource::dossier(own.clone(), own.clone(), own.clone(), "");
    allow(actor, Action::DossierSubmit, &place)?;
    let now = tx.now();
    Ok(kernel_org::agencies(tx, now)?.into_iter().filter(|a| a.reception() == own).collect())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct FormQuery {
    agency: String,
    case: String,
}

/// A paper of the case on the counter's form.
#[derive(Debug)]
struct PaperField {
    code: String,
    label: String,
    hint: String,
    /// Uploaded before and kept while the rest is corrected.
    kept: Option<Sent>,
}

impl PaperField {
    fn field(&self) -> String {
        format!("papers.{}", self.code)
    }
}

#[derive(Debug, Template)]
#[template(path = "staff_receive.html")]
struct ReceivePage {
    page: Page,
    offering: Offering,
    agency_name: String,
    /// Title and questions of each page of the form.
    questions: Vec<(String, String)>,
    papers: Vec<PaperField>,
    typed: Fields,
    key: String,
}

impl ReceivePage {
    fn value(&self, name: &str) -> &str {
        self.typed.get(name).unwrap_or_default()
    }
}

pub(crate) async fn form(
    State(web): State<Web>,
    page: Page,
    staff: StaffMember,
    Path(procedure): Path<String>,
    Query(query): Query<FormQuery>,
) -> Answer {
    let typed = Fields(vec![("_agency".to_owned(), query.agency), ("_case".to_owned(), query.case)]);
    show(&web, page, &staff, &procedure, typed, &BTreeMap::new(), None).await
}

async fn show(
    web: &Web,
    page: Page,
    staff: &StaffMember,
    procedure: &str,
    typed: Fields,
    sent: &BTreeMap<String, Sent>,
    error: Option<&Error>,
) -> Answer {
    let (offering, agency_name) = offering(web, staff, procedure, &typed).await?;
    let places = web.read(flow::communes).await?;
    let mut page = page.with_title(offering.name.vi.clone()).wide();
    if let Some(error) = error {
        page = page.with_error(error);
    }
    let form = offering.form.clone();
    let answers = form.as_ref().map_or(Value::Null, |form| answers(form, &typed));
    let faults = error.map(|e| e.fields.clone()).unwrap_or_default();
    let view = PageView::new(&answers, &faults, page.lang).with_places(&places);
    let question = |form: &Form| -> Vec<(String, String)> {
        let pages = form.pages().iter();
        let shown = pages.map(|p| (page.t.w(&p.title).to_owned(), render_page(form, &p.id, &view)));
        // A page that waits for an answer of another one has nothing to ask yet.
        shown.filter(|(_, fields)| !fields.trim().is_empty()).collect()
    };
    let paper = |p: &kernel_contract::Paper| PaperField {
        code: p.code.clone(),
        label: if p.required {
            format!("{} ({})", p.name.vi, page.t.s("onestop.receive.required"))
        } else {
            p.name.vi.clone()
        },
        hint: page.t.w(&p.plain).to_owned(),
        kept: sent.get(&p.code).cloned(),
    };
    let key = typed.get("_key").map_or_else(|| page.request_id.clone(), str::to_owned);
    let template = ReceivePage {
        questions: form.as_ref().map(question).unwrap_or_default(),
        papers: offering.case.papers.iter().map(paper).collect(),
        agency_name,
        offering,
        typed,
        key,
        page,
    };
    html_with(error.map_or(axum::http::StatusCode::OK, |e| kernel_web::status(e.kind)), &template)
}

async fn offering(web: &Web, staff: &StaffMember, procedure: &str, typed: &Fields) -> Result<(Offering, String)> {
    let agency = AgencyId::parse(typed.get("_agency").unwrap_or_default());
    let agency = agency.unwrap_or_else(|| staff.officer.agency.clone());
    let case = typed.get("_case").filter(|case| !case.is_empty()).map(str::to_owned);
    let (procedure, actor, own) = (procedure.to_owned(), staff.actor.clone(), staff.officer.agency.clone());
    web.read(move |tx| {
        let here = received_for(tx, &actor, &own)?;
        let name = here.iter().find(|a| a.id == agency).map(|a| a.name.clone()).ok_or_else(not_here)?;
        let now = tx.now();
        let found = tx.port::<dyn Catalogue>()?.offering(tx, &procedure, case.as_deref(), &agency, now)?;
        Ok((found.ok_or_else(not_here)?, name))
    })
    .await
}

fn not_here() -> Error {
    Error::not_found(
        "not_received_here",
        (
            "Quầy này không tiếp nhận thủ tục đó. Hãy chọn lại thủ tục ở trang tiếp nhận.",
            "This counter does not receive that procedure. Choose again on the page of the counter.",
        ),
    )
}

/// The answers of all pages at once.
fn answers(form: &Form, typed: &Fields) -> Value {
    let mut all = Map::new();
    for page in form.pages() {
        if let Value::Object(part) = form.from_fields(&page.id, &typed.0) {
            all.extend(part);
        }
    }
    Value::Object(all)
}

/// Hands the dossier in and, when asked, accepts it in the same transaction.
pub(crate) async fn submit(
    State(web): State<Web>,
    page: Page,
    staff: StaffMember,
    Path(procedure): Path<String>,
    parts: Multipart,
) -> Answer {
    let (typed, sent, faults) = read_parts(&web, &staff.actor, parts).await?;
    let again = typed.0.iter().any(|(name, _)| name == "add" || name == "remove");
    if again {
        return show(&web, page, &staff, &procedure, typed, &sent, None).await;
    }
    let result = match faults.is_empty() {
        true => hand_in(&web, &staff, &procedure, &typed, &sent).await,
        false => Err(Error::invalid(faults)),
    };
    match result {
        Ok(code) => {
            let accepted = typed.get("_accept").is_some();
            let key = if accepted { "onestop.flash.received" } else { "onestop.flash.submitted" };
            Ok(redirect_saying(&web, &format!("/staff/dossiers/{code}"), key, &[("code", &code)]))
        }
        Err(error) if shown_again(&error) => show(&web, page, &staff, &procedure, typed, &sent, Some(&error)).await,
        Err(error) => Err(error.into()),
    }
}

async fn hand_in(
    web: &Web,
    staff: &StaffMember,
    procedure: &str,
    typed: &Fields,
    sent: &BTreeMap<String, Sent>,
) -> Result<String> {
    let (offering, _) = offering(web, staff, procedure, typed).await?;
    let form = offering.form.as_ref().map_or_else(|| json!({}), |form| answers(form, typed));
    let paper = |(paper, sent): (&String, &Sent)| SubmittedPaper { paper: paper.clone(), file: sent.file.clone() };
    let submission = Submission {
        procedure: offering.procedure.clone(),
        case: Some(offering.case.code.clone()),
        agency: offering.agency.clone(),
        channel: Channel::Counter,
        form,
        papers: sent.iter().map(paper).collect(),
        owner: person(typed, "_owner"),
        representative: person(typed, "_representative"),
        copies: typed.get("_copies").and_then(|n| n.trim().parse().ok()),
        provenance: kernel_contract::Provenance::new(),
        reused: Vec::new(),
    };
    let accept = typed.get("_accept").is_some();
    let key = typed.get("_key").unwrap_or_default().to_owned();
    let actor = staff.actor.clone();
    let stored = web
        .write(move |tx| {
            let scope = format!("POST /staff/receive {}", actor.label());
            idempotent(tx, &scope, &key, "counter", |tx| {
                let receipt = flow::submit(tx, &actor, &submission)?;
                let code = receipt.code.to_string();
                if accept {
                    flow::accept(tx, &actor, &code, &model::Accept::default())?;
                }
                Ok((201, json!({ "code": code })))
            })
        })
        .await?;
    Ok(stored.body.get("code").and_then(Value::as_str).unwrap_or_default().to_owned())
}

/// A person typed into the fields `prefix.name`, ...; `None` when there is no name.
fn person(typed: &Fields, prefix: &str) -> Option<Owner> {
    let of = |part: &str| {
        let value = text::clean_line(typed.get(&format!("{prefix}.{part}")).unwrap_or_default());
        (!value.is_empty()).then_some(value)
    };
    Some(Owner {
        name: of("name")?,
        identity_number: of("identity_number"),
        phone: of("phone"),
        email: None,
        address: of("address"),
    })
}

/// The papers and answers that a citizen brings for a supplement request.
pub(crate) async fn answer(
    State(web): State<Web>,
    page: Page,
    staff: StaffMember,
    Path(code): Path<String>,
    parts: Multipart,
) -> Answer {
    let (typed, sent, faults) = read_parts(&web, &staff.actor, parts).await?;
    let place = Place::of(&typed);
    let result = match faults.is_empty() {
        true => supply(&web, &staff.actor, &code, &typed, &sent).await,
        false => Err(Error::invalid(faults)),
    };
    match result {
        Ok(()) => Ok(super::acts::onward(&web, &place, &code, Act::Answer)),
        Err(error) if shown_again(&error) && place.is_inbox() => {
            let query = InboxQuery { code, act: Act::Answer.word().to_owned(), ..place.filters() };
            inbox::show(&web, page, &staff.actor, query, typed, Some(&error)).await
        }
        Err(error) if shown_again(&error) => {
            let asked = Asked { code, act: Some(Act::Answer), typed };
            show_dossier(&web, page, &staff.actor, &place, asked, Some(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn supply(web: &Web, actor: &Actor, code: &str, typed: &Fields, sent: &BTreeMap<String, Sent>) -> Result<()> {
    let paper = |(paper, sent): (&String, &Sent)| SubmittedPaper { paper: paper.clone(), file: sent.file.clone() };
    let papers: Vec<SubmittedPaper> = sent.iter().map(paper).collect();
    let changed: Map<String, Value> = typed
        .0
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix("answer.")?.to_owned(), json!(value))))
        .collect();
    let note = typed.get("note").unwrap_or_default().to_owned();
    let (actor, code) = (actor.clone(), code.to_owned());
    web.write(move |tx| {
        let form = cleaned(tx, &actor, &code, &changed)?;
        let command = model::Answer { form, papers: papers.clone(), note: note.clone() };
        flow::answer_supplement(tx, &actor, &code, &command).map_err(at_their_fields).map(drop)
    })
    .await
}

/// Typed answers in the form in which they are stored.
fn cleaned(tx: &mut Tx<'_>, actor: &Actor, code: &str, changed: &Map<String, Value>) -> Result<Map<String, Value>> {
    if changed.is_empty() {
        return Ok(Map::new());
    }
    let bench = flow::bench(tx, actor, code, None)?;
    let form = bench.offering.as_ref().and_then(|o| o.form.clone());
    let raw = Value::Object(changed.clone());
    match form.map(|form| form.clean(&raw)) {
        Some(Value::Object(clean)) => Ok(clean),
        _ => Ok(changed.clone()),
    }
}

/// A fault of an answer is shown at the control that carries it.
fn at_their_fields(mut error: Error) -> Error {
    for fault in error.fields.iter_mut().filter(|fault| !fault.field.starts_with("papers.")) {
        fault.field = format!("answer.{}", fault.field);
    }
    error
}

/// Whether an id of a kept file can be one; a made-up one is refused by the use case.
pub(crate) fn is_file(id: &str) -> bool {
    <FileId as TypedId>::parse(id).is_some()
}

/// The fault of a file that cannot be used, at its control.
pub(crate) fn at_paper(paper: &str, error: &Error) -> FieldError {
    FieldError::new(format!("papers.{paper}"), error.code, error.words.clone())
}
