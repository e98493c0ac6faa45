//! A dossier is handed in: online by its owner, or at the counter by a clerk on the owner's behalf.

use jiff::civil::Date;
use kernel_base::{AgencyId, Error, FieldError, Result, TypedId, Words, text};
use kernel_contract::{
    Catalogue, Channel, DossierCode, DossierId, DossierIntake, Level, Offering, Owner, Receipt, Submission,
};
use kernel_db::Tx;
use kernel_forms::{Facts, Form};
use kernel_ledger::Personal;
use kernel_obligations::{self as obligations, Limit};
use kernel_org::{Action, Actor, Resource, allow};
use serde_json::{Value, json};

use super::{papers, shared, workflows};
use crate::{
    model::{Dossier, PaperRow, State},
    store,
    workflow::Workflow,
};

/// The entrance that other systems use.
#[derive(Debug)]
pub(crate) struct Intake;

impl DossierIntake for Intake {
    fn submit(&self, tx: &mut Tx<'_>, actor: &Actor, submission: &Submission) -> Result<Receipt> {
        submit(tx, actor, submission)
    }
}

/// Hands in a dossier: everything is checked and stored at once, or nothing is.
///
/// The reception clock of 8 working hours starts. All faults of form and papers come in one answer.
///
/// # Errors
/// `Invalid` naming each field and paper; `NotFound` when the agency does not offer the procedure on this day.
pub fn submit(tx: &mut Tx<'_>, actor: &Actor, command: &Submission) -> Result<Receipt> {
    let reception = reception_of(tx, &command.agency)?;
    let place = Resource::dossier(command.agency.clone(), reception.clone(), reception.clone(), account_of(actor))
        .of_procedure(&command.procedure);
    allow(actor, Action::DossierSubmit, &place)?;
    let offering = offering(tx, command)?;
    must_be_online(&offering, command.channel)?;
    must_be_known(&offering, actor)?;
    let answers = checked_form(tx, &offering, command)?;
    let papers = checked_papers(tx, actor, &offering, command, &answers)?;
    let owner = owner_of(command, offering.form.as_ref(), &answers.value)?;
    let workflow = workflows::in_force(tx, &offering.case.workflow)?;

    let dossier = new_dossier(tx, actor, command, (&offering, &workflow), (reception, owner, answers.value))?;
    let (dossier, personal) = with_promise(tx, actor, dossier)?;
    for paper in &papers {
        papers::take_file(tx, actor, &paper.file, &dossier)?;
    }
    let dossier = numbered(tx, dossier)?;
    store::insert_dossier(tx, &dossier)?;
    for paper in &papers {
        store::insert_paper(tx, &dossier.id, paper)?;
    }
    if !command.provenance.is_empty() {
        store::insert_origins(tx, &dossier.id, &command.provenance)?;
    }
    for reused in &command.reused {
        store::mark_reused(tx, &dossier.id, reused)?;
    }
    let recorded = shared::record(tx, &dossier, actor, "dossier.submitted", submitted(&dossier, &personal, &papers))?;
    if actor.citizen().is_some_and(|citizen| citizen.acting.is_some()) {
        super::notices::tell_represented(tx, &dossier)?;
    }
    let dossier = super::fees::ask_in_advance(tx, actor, &dossier, &offering)?;
    Ok(Receipt {
        id: dossier.id,
        code: dossier.code,
        status: dossier.state.word().to_owned(),
        submitted_at: dossier.submitted_at,
        reception_due: dossier.due_at.unwrap_or(dossier.submitted_at),
        lookup_key: dossier.lookup_key,
        hash: recorded.hash,
    })
}

/// What the first event of a dossier says.
fn submitted(dossier: &Dossier, personal: &Personal, papers: &[PaperRow]) -> Value {
    let files: Vec<Value> =
        papers.iter().map(|p| json!({ "paper": p.paper, "file": p.file, "sha256": p.sha256 })).collect();
    json!({
        "code": dossier.code, "procedure": dossier.procedure, "case": dossier.case, "version": dossier.version_of_procedure,
        "agency": dossier.agency, "reception": dossier.reception, "channel": dossier.channel,
        "workflow": dossier.workflow, "workflow_version": dossier.workflow_version,
        "personal": personal.hash, "personal_id": personal.id, "papers": files, "on_behalf": dossier.representative.is_some(),
    })
}

/// The one-stop that receives for an agency: itself, or the provincial centre for departments.
fn reception_of(tx: &mut Tx<'_>, agency: &AgencyId) -> Result<AgencyId> {
    let now = tx.now();
    let found = kernel_org::agency(tx, agency, now)?.ok_or_else(|| {
        Error::invalid(vec![FieldError::new(
            "agency",
            "unknown",
            (
                "Không có cơ quan này. Hãy chọn cơ quan trong danh sách.",
                "There is no such agency. Choose one from the list.",
            ),
        )])
    })?;
    Ok(found.reception().clone())
}

fn account_of(actor: &Actor) -> &str {
    actor.citizen().map_or("", |c| c.account.as_str())
}

fn offering(tx: &mut Tx<'_>, command: &Submission) -> Result<Offering> {
    let now = tx.now();
    let catalogue = tx.port::<dyn Catalogue>()?;
    match catalogue.offering(tx, &command.procedure, command.case.as_deref(), &command.agency, now)? {
        Some(offering) => Ok(offering),
        None => Err(not_offered(tx, command)?),
    }
}

/// What is wrong: the case, when the agency offers the procedure with others; else the agency or the procedure's code.
fn not_offered(tx: &mut Tx<'_>, command: &Submission) -> Result<Error> {
    let now = tx.now();
    let offered = tx.port::<dyn Catalogue>()?.offered(tx, &command.agency, now)?;
    let same = offered.into_iter().find(|offered| offered.procedure == command.procedure);
    let fault = match (same, command.case.as_deref()) {
        (Some(offered), Some(case)) => {
            let known: Vec<String> = offered.cases.into_iter().map(|(code, _)| code).collect();
            let known = known.join(", ");
            let words = Words::new(
                format!("Thủ tục này không có trường hợp “{case}”. Hãy chọn một trong: {known}."),
                format!("The procedure has no case “{case}”. Choose one of: {known}."),
            );
            FieldError::new("case", "unknown", words)
        }
        _ => FieldError::new(
            "agency",
            "not_offered",
            (
                "Cơ quan này không giải quyết thủ tục này vào ngày hôm nay. Hãy kiểm tra mã thủ tục, hoặc chọn cơ quan khác trên trang thủ tục.",
                "This agency does not offer the procedure today. Check the procedure's code, or choose another agency on its page.",
            ),
        ),
    };
    Ok(Error::invalid(vec![fault]))
}

/// Levels 1 and 2 only inform; such a procedure is handed in at the counter (TT 32/2017/TT-BTTTT).
fn must_be_online(offering: &Offering, channel: Channel) -> Result<()> {
    let online = matches!(offering.level, Some(Level::Level3 | Level::Level4 | Level::Partial | Level::Full));
    if channel != Channel::Online || (online && offering.form.is_some()) {
        return Ok(());
    }
    Err(Error::refused(
        "not_online",
        (
            "Thủ tục này chưa nhận hồ sơ trực tuyến. Hãy nộp tại bộ phận một cửa; trang thủ tục ghi rõ giấy tờ cần mang theo.",
            "This procedure is not taken online yet. Hand it in at the one-stop counter; its page says what to bring.",
        ),
    ))
}

/// Who hands in himself has signed in as surely as the procedure asks. A clerk has seen the person.
fn must_be_known(offering: &Offering, actor: &Actor) -> Result<()> {
    let least = offering.case.assurance;
    if actor.citizen().is_none_or(|citizen| citizen.assurance >= least) {
        return Ok(());
    }
    Err(Error::refused(
        "assurance_too_low",
        Words::new(
            format!(
                "Thủ tục này cần đăng nhập với {}. Bản nháp vẫn còn: hãy đăng nhập bằng VNeID hoặc Cổng Dịch vụ công Quốc gia rồi gửi lại.",
                least.words().vi
            ),
            format!(
                "This procedure needs a sign-in with {}. Your draft is kept: sign in with VNeID or the national portal, then send again.",
                least.words().en
            ),
        ),
    ))
}

/// Answers after cleaning, and the faults found.
struct Answers {
    value: Value,
    faults: Vec<FieldError>,
}

fn checked_form(tx: &mut Tx<'_>, offering: &Offering, command: &Submission) -> Result<Answers> {
    let Some(form) = &offering.form else {
        return Ok(Answers { value: command.form.clone(), faults: Vec::new() });
    };
    let places = shared::communes(tx)?;
    Ok(match form.accept(&command.form, &Facts::on(today(tx)).with_places(&places)) {
        Ok(value) => Answers { value, faults: Vec::new() },
        Err(faults) => Answers { value: command.form.clone(), faults },
    })
}

fn today(tx: &Tx<'_>) -> Date {
    tx.now().vietnam().date()
}

/// Every required paper is there, each file is readable, belongs to the actor and serves this dossier only.
fn checked_papers(
    tx: &mut Tx<'_>,
    actor: &Actor,
    offering: &Offering,
    command: &Submission,
    answers: &Answers,
) -> Result<Vec<PaperRow>> {
    let mut faults = answers.faults.clone();
    let rows = papers::rows(tx, actor, offering, &command.papers, (1, 0), &mut faults)?;
    for paper in offering.case.papers.iter().filter(|p| p.required) {
        if command.papers.iter().all(|p| p.paper != paper.code) {
            faults.push(papers::missing(&paper.code, &paper.name.vi));
        }
    }
    if faults.is_empty() { Ok(rows) } else { Err(Error::invalid(faults)) }
}

/// The owner: named by the clerk, or the applicant of the form.
fn owner_of(command: &Submission, form: Option<&Form>, answers: &Value) -> Result<Owner> {
    if let Some(owner) = &command.owner {
        return Ok(Owner { name: text::clean_line(&owner.name), ..owner.clone() }).and_then(named);
    }
    let pick = |role: &str| {
        let property = form?.applicant().get(role)?;
        let value = answers.get(property)?.as_str()?;
        (!value.is_empty()).then(|| value.to_owned())
    };
    named(Owner {
        name: pick("name").unwrap_or_default(),
        identity_number: pick("identity_number"),
        phone: pick("phone"),
        email: pick("email"),
        address: pick("address"),
    })
}

fn named(owner: Owner) -> Result<Owner> {
    if !owner.name.is_empty() {
        return Ok(owner);
    }
    Err(Error::invalid(vec![FieldError::new(
        "owner.name",
        "required",
        ("Hãy ghi họ và tên chủ hồ sơ.", "Give the full name of the dossier's owner."),
    )]))
}

/// A dossier as it stands before it has a promise and a number.
fn new_dossier(
    tx: &mut Tx<'_>,
    actor: &Actor,
    command: &Submission,
    (offering, workflow): (&Offering, &Workflow),
    (reception, owner, form): (AgencyId, Owner, Value),
) -> Result<Dossier> {
    let copies = copies(offering.form.as_ref(), &form, command);
    Ok(Dossier {
        id: tx.new_id::<DossierId>(),
        code: DossierCode::new(&command.agency, today(tx), 0),
        procedure: offering.procedure.clone(),
        procedure_name: offering.name.vi.clone(),
        version_of_procedure: offering.version.clone(),
        case: offering.case.code.clone(),
        channel: command.channel,
        agency: command.agency.clone(),
        holder: reception.clone(),
        reception,
        workflow: workflow.code.clone(),
        workflow_version: workflow.version,
        state: State::Submitted,
        step: workflow.start()?.code.clone(),
        holder_officer: String::new(),
        holder_since: tx.now(),
        owner_account: account_of(actor).to_owned(),
        owner,
        representative: representative(actor, command),
        form,
        personal: String::new(),
        copies,
        lookup_key: lookup_key(tx.random()),
        submitted_at: tx.now(),
        accepted_at: None,
        settled_at: None,
        ended_at: None,
        reception_obligation: None,
        settlement_obligation: None,
        step_obligation: None,
        due_at: None,
        imported: false,
        version: 1,
    })
}

/// Copies asked for, which a fee per copy is multiplied by: the answer of a form that asks, whatever is said beside it.
fn copies(form: Option<&Form>, answers: &Value, command: &Submission) -> i64 {
    let asked = match form.filter(|form| form.asks_copies()) {
        Some(form) => form.copies(answers).and_then(|n| i64::try_from(n).ok()),
        None => command.copies,
    };
    asked.unwrap_or(1).clamp(1, 1_000)
}

/// Who hands in on the owner's behalf: as the sign-in knows him, else as the clerk typed.
fn representative(actor: &Actor, command: &Submission) -> Option<Owner> {
    let Some(acting) = actor.citizen().and_then(|citizen| citizen.acting.as_ref()) else {
        return command.representative.clone().filter(|r| !r.name.trim().is_empty());
    };
    let contact =
        |phone: bool| Some(acting.agent_contact.clone()).filter(|text| !text.is_empty() && text.contains('@') != phone);
    let name = if acting.agent_name.is_empty() { acting.kind.words().vi } else { acting.agent_name.clone() };
    Some(Owner { name, phone: contact(true), email: contact(false), ..Owner::default() })
}

/// Commits the personal data in the chain and opens the reception clock: 8 working hours (NĐ 61/2018).
fn with_promise(tx: &mut Tx<'_>, actor: &Actor, mut dossier: Dossier) -> Result<(Dossier, Personal)> {
    let data = json!({ "owner": dossier.owner, "representative": dossier.representative, "form": dossier.form });
    let personal = kernel_ledger::keep_personal(tx, &dossier.subject(), &data)?;
    dossier.personal = personal.id.to_string();
    let opened = obligations::open(
        tx,
        &obligations::Open {
            kind: "dossier.reception",
            subject: &dossier.subject(),
            holder: &dossier.reception,
            limit: Limit::working_hours(8),
            cutoff: None,
            start: tx.now(),
            actor: &actor.label(),
            source: json!({ "act": "NĐ 61/2018/NĐ-CP", "rule": "8 giờ làm việc" }),
        },
    )?;
    dossier.reception_obligation = Some(opened.id.to_string());
    dossier.due_at = Some(opened.legal_due);
    Ok((dossier, personal))
}

/// The number of the day comes late: whoever else hands in to this agency waits from here until the commit.
fn numbered(tx: &mut Tx<'_>, mut dossier: Dossier) -> Result<Dossier> {
    let day = today(tx);
    let number = store::next_number(tx, &dossier.agency, day)?;
    dossier.code = DossierCode::new(&dossier.agency, day, number);
    Ok(dossier)
}

/// Eight letters and digits that cannot be mistaken for each other: about 40 bits.
fn lookup_key(random: [u8; 8]) -> String {
    const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    random.iter().map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect()
}
