//! Fills the official documents from a dossier: who, what, until when, on which ground.

use kernel_base::{Error, Instant, Result, TypedId, Vnd, vietnam_time};
use kernel_contract::{Offering, Settings};
use kernel_db::Tx;
use kernel_documents::{self as documents, Document, Timeliness};
use kernel_ledger::Recorded;
use kernel_org::Actor;

use crate::{
    flow::{check, facts, offering_of, settlement, workflow_of},
    model::{Dossier, SlipForm, SlipKind, StepRow, SupplementItem, day_of, fee_total},
    store::{self, WorkRow},
};

/// The document of one slip, frozen at its event.
pub(crate) fn document(
    tx: &mut Tx<'_>,
    dossier: &Dossier,
    actor: &Actor,
    kind: SlipKind,
    form: &SlipForm,
    event: &Recorded,
) -> Result<Document> {
    let settings = tx.port::<Settings>()?;
    let head = head(tx, &settings, dossier, Some(form), event.at)?;
    let signer = signer(tx, actor);
    let check = check(&settings, dossier, &event.hash);
    let common = Common { head, signer, check };
    match kind {
        SlipKind::Receipt => receipt(tx, dossier, common),
        SlipKind::SupplementRequest => supplement(tx, dossier, common),
        SlipKind::Refusal => refusal(tx, dossier, common, event),
        SlipKind::Apology => apology(tx, dossier, common),
        SlipKind::StopNotice => stop_notice(tx, dossier, common, event),
        SlipKind::ControlSlip => control_slip(tx, dossier),
        SlipKind::Register => Err(Error::internal("the register is not the slip of one dossier")),
    }
}

struct Common {
    head: documents::Head,
    signer: documents::Signer,
    check: documents::Check,
}

fn head(
    tx: &mut Tx<'_>,
    settings: &Settings,
    dossier: &Dossier,
    form: Option<&SlipForm>,
    at: Instant,
) -> Result<documents::Head> {
    Ok(documents::Head {
        superior: superior_of(tx, settings, &dossier.agency, at)?,
        issuer: agency_name(tx, &dossier.agency, at)?,
        unit: Some("Bộ phận Tiếp nhận và Trả kết quả".to_owned()),
        number: Some(super_number(dossier)),
        place: settings.place.clone(),
        date: day_of(at),
        form: form.map(|f| documents::Form { number: f.form.clone(), act: f.act.clone() }),
        replaces: None,
        notice: settings.demonstration.then(|| "Dữ liệu minh họa".to_owned()),
    })
}

fn super_number(dossier: &Dossier) -> String {
    let number = dossier.code.as_str().rsplit('-').next().unwrap_or_default();
    format!("{number}/TNHS")
}

/// The body above an agency on documents (NĐ 30/2020, box 2): the district above a commune, the province above others.
pub(crate) fn superior_of(
    tx: &mut Tx<'_>,
    settings: &Settings,
    agency: &kernel_base::AgencyId,
    at: Instant,
) -> Result<Option<String>> {
    let parent = kernel_org::agency(tx, agency, at)?.and_then(|a| a.parent);
    let above = match parent {
        Some(parent) => kernel_org::agency(tx, &parent, at)?.map(|a| a.name),
        None => None,
    };
    let own = agency_name(tx, agency, at)?;
    Ok(above.or_else(|| Some(settings.committee.clone())).filter(|name| *name != own))
}

pub(crate) fn agency_name(tx: &mut Tx<'_>, agency: &kernel_base::AgencyId, at: Instant) -> Result<String> {
    Ok(kernel_org::agency(tx, agency, at)?.map_or_else(|| agency.to_string(), |a| a.name))
}

/// What stands in the place of the signature: with a signing service the reader is told how to check it.
pub(crate) fn signature(tx: &Tx<'_>) -> documents::Signature {
    let test = tx.port::<Settings>().is_ok_and(|s| s.demonstration);
    if super::flow::signs(tx) { documents::Signature::Digital { test } } else { documents::Signature::NotSigned }
}

fn signer(tx: &Tx<'_>, actor: &Actor) -> documents::Signer {
    let office = actor.officer().map_or("Hệ thống", |o| o.title.as_str());
    documents::Signer {
        rights: Vec::new(),
        office: office.to_owned(),
        name: actor.name().to_owned(),
        signature: signature(tx),
    }
}

fn contact(actor_name: &str) -> documents::Contact {
    documents::Contact { name: actor_name.to_owned(), phone: None }
}

fn receipt(tx: &mut Tx<'_>, dossier: &Dossier, common: Common) -> Result<Document> {
    let offering = offering_of(tx, dossier)?;
    let papers = store::papers_of(tx, &dossier.id)?
        .into_iter()
        .filter(|p| !p.replaced)
        .map(|p| documents::PaperLine { name: p.name, form: Some("Bản điện tử".to_owned()), copies: Some(1) })
        .collect();
    let promise = settlement(tx, dossier)?;
    let place = agency_name(tx, &dossier.reception, dossier.submitted_at)?;
    Ok(Document::Receipt(documents::Receipt {
        head: common.head,
        dossier: facts(dossier),
        papers,
        sets: 1,
        limit: offering.case.limit.map(|l| l.words().vi),
        received_at: dossier.accepted_at.unwrap_or(dossier.submitted_at),
        promised_at: promise.map(|p| p.first_promise),
        delivery: format!("Nhận tại {place}, hoặc xem kết quả điện tử trên trang tra cứu."),
        fees: fee_lines(&offering, dossier),
        register: None,
        copy: None,
        receiver: common.signer,
        check: common.check,
    }))
}

fn fee_lines(offering: &Offering, dossier: &Dossier) -> Vec<documents::FeeLine> {
    let line = |fee: &kernel_contract::Fee| documents::FeeLine {
        name: fee.name.vi.clone(),
        amount: fee_total(fee, dossier.copies).ok(),
        state: None,
    };
    offering.case.fees.iter().map(line).filter(|l| l.amount != Some(Vnd::ZERO)).collect()
}

fn supplement(tx: &mut Tx<'_>, dossier: &Dossier, common: Common) -> Result<Document> {
    let offering = offering_of(tx, dossier)?;
    let request = store::supplements_of(tx, &dossier.id)?
        .pop()
        .ok_or_else(|| Error::internal(format!("{}: no supplement request", dossier.code)))?;
    let items = request.items.iter().map(|item| item_line(&offering, item)).collect();
    Ok(Document::SupplementRequest(documents::SupplementRequest {
        head: common.head,
        dossier: facts(dossier),
        items,
        reason: (!request.note.is_empty()).then(|| request.note.clone()),
        legal: Vec::new(),
        reply_by: Some(day_of(request.reply_by)),
        paused_at: Some(request.asked_at),
        promised_at: request.due_before,
        contact: contact(&request.asked_by),
        signer: common.signer,
        check: common.check,
    }))
}

fn item_line(offering: &Offering, item: &SupplementItem) -> documents::SupplementItem {
    documents::SupplementItem {
        subject: subject_name(offering, &item.about),
        wrong: item.problem.clone(),
        needed: item.needed.clone(),
    }
}

/// Name of what an item is about: `paper:CODE` or `field:NAME`.
pub(crate) fn subject_name(offering: &Offering, about: &str) -> String {
    let name = match about.split_once(':') {
        Some(("paper", code)) => offering.case.papers.iter().find(|p| p.code == code).map(|p| p.name.vi.clone()),
        Some(("field", name)) => offering
            .case
            .form
            .as_ref()
            .and_then(|f| f.pointer(&format!("/properties/{name}/title")))
            .and_then(|t| t.as_str().map(str::to_owned)),
        _ => None,
    };
    name.unwrap_or_else(|| about.to_owned())
}

/// Words of the event that the slip prints.
fn event_text(tx: &mut Tx<'_>, dossier: &Dossier, event: &Recorded, field: &str) -> Result<String> {
    let history = crate::flow::history(tx, &dossier.subject())?;
    let body = history.into_iter().find(|e| e.seq == event.seq).map(|e| e.body);
    Ok(body.and_then(|b| b.get(field).and_then(|v| v.as_str().map(str::to_owned))).unwrap_or_default())
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned).collect()
}

fn refusal(tx: &mut Tx<'_>, dossier: &Dossier, common: Common, event: &Recorded) -> Result<Document> {
    let reasons = lines(&event_text(tx, dossier, event, "reason")?);
    let legal = lines(&event_text(tx, dossier, event, "legal_basis")?);
    let contact = contact(&common.signer.name);
    Ok(Document::Refusal(documents::Refusal {
        head: common.head,
        dossier: facts(dossier),
        reasons,
        legal,
        advice: Some("Bạn có thể nộp hồ sơ mới sau khi khắc phục các điểm trên.".to_owned()),
        contact,
        signer: common.signer,
        check: common.check,
    }))
}

fn apology(tx: &mut Tx<'_>, dossier: &Dossier, common: Common) -> Result<Document> {
    let apologies = store::apologies_of(tx, &dossier.id)?;
    let approved: Vec<_> = apologies.iter().filter(|a| a.approved_at.is_some()).collect();
    let last = approved.last().ok_or_else(|| Error::internal(format!("{}: no apology", dossier.code)))?;
    Ok(Document::Apology(documents::Apology {
        head: common.head,
        dossier: facts(dossier),
        received_at: dossier.accepted_at.unwrap_or(dossier.submitted_at),
        promised_at: last.due_before,
        new_appointment: last.new_appointment,
        reason: last.reason.clone(),
        ahead: last.approved_at.is_some_and(|at| at <= last.due_before),
        times: u32::try_from(approved.len()).unwrap_or(1),
        contact: None,
        recipients: vec![dossier.owner.name.clone()],
        signer: common.signer,
        check: common.check,
    }))
}

fn stop_notice(tx: &mut Tx<'_>, dossier: &Dossier, common: Common, event: &Recorded) -> Result<Document> {
    let reasons = lines(&event_text(tx, dossier, event, "reason")?);
    let legal = lines(&event_text(tx, dossier, event, "legal_basis")?);
    Ok(Document::StopNotice(documents::StopNotice {
        head: common.head,
        dossier: facts(dossier),
        received_at: dossier.accepted_at.unwrap_or(dossier.submitted_at),
        stopped_at: event.at,
        reasons,
        legal,
        advice: None,
        contact: None,
        recipients: vec![dossier.owner.name.clone()],
        signer: common.signer,
        check: common.check,
    }))
}

/// Every hand-over between two steps, with how the giving step ended against its own limit.
pub(crate) fn control_slip(tx: &mut Tx<'_>, dossier: &Dossier) -> Result<Document> {
    let settings = tx.port::<Settings>()?;
    let now = tx.now();
    let form = crate::model::slip_form(SlipKind::ControlSlip, day_of(dossier.submitted_at))?;
    let workflow = workflow_of(tx, dossier)?;
    let steps = store::steps_of(tx, &dossier.id)?;
    let name = |code: &str| workflow.step(code).map_or_else(|| code.to_owned(), |s| s.name.vi.clone());
    let rows = steps
        .windows(2)
        .filter_map(|pair| match pair {
            [given, taken] => Some(hand_over(given, taken, &name)),
            _ => None,
        })
        .collect();
    let promise = settlement(tx, dossier)?;
    let hash = kernel_ledger::head(tx, &dossier.subject())?.map(|h| h.hash).unwrap_or_default();
    Ok(Document::ControlSlip(documents::ControlSlip {
        head: head(tx, &settings, dossier, form, now)?,
        dossier: facts(dossier),
        agency: agency_name(tx, &dossier.agency, now)?,
        cooperating: consulted(tx, dossier)?,
        received_at: dossier.accepted_at.unwrap_or(dossier.submitted_at),
        promised_at: promise.as_ref().map(|p| p.first_promise),
        finished_at: dossier.settled_at,
        outcome: dossier.settled_at.zip(promise).map(|(at, p)| timeliness(at, Some(p.legal_due))).unwrap_or_default(),
        rows,
        check: check(&settings, dossier, &hash),
    }))
}

fn consulted(tx: &mut Tx<'_>, dossier: &Dossier) -> Result<Vec<String>> {
    let rows = store::consultations_of(tx, &dossier.id)?;
    rows.iter().map(|c| agency_name(tx, &c.agency, c.asked_at)).collect()
}

fn hand_over(given: &StepRow, taken: &StepRow, name: &impl Fn(&str) -> String) -> documents::HandOver {
    let person = |p: &str| (!p.is_empty()).then(|| p.to_owned());
    documents::HandOver {
        from: name(&given.step),
        from_person: person(&given.by_officer),
        to: name(&taken.step),
        to_person: person(&taken.officer),
        at: taken.began_at,
        result: given.ended_at.and_then(|at| timeliness(at, given.due_at)),
        note: person(&given.note),
    }
}

fn timeliness(at: Instant, due: Option<Instant>) -> Option<Timeliness> {
    let due = due?;
    Some(if at > due {
        Timeliness::Late
    } else if at.vietnam().date() < due.vietnam().date() {
        Timeliness::Early
    } else {
        Timeliness::OnTime
    })
}

/// `trước 17:00 ngày 29/07/2021`, or that nothing is promised.
pub(crate) fn until(due: Option<Instant>) -> String {
    due.map_or_else(|| "chưa công bố".to_owned(), |at| format!("trước {}", vietnam_time(at)))
}

/// The register of an agency (sổ theo dõi hồ sơ), one line a dossier.
pub(crate) fn register(
    tx: &mut Tx<'_>,
    agency: &kernel_base::AgencyId,
    (from, to): (jiff::civil::Date, jiff::civil::Date),
    rows: &[WorkRow],
) -> Result<Document> {
    let settings = tx.port::<Settings>()?;
    let now = tx.now();
    let issuer = agency_name(tx, agency, now)?;
    let form = crate::model::slip_form(SlipKind::Register, to)?;
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows {
        let id = kernel_contract::DossierId::parse(&row.id).ok_or_else(|| Error::internal("dossiers.id"))?;
        let dossier = store::dossier_by_id(tx, &id)?.ok_or_else(|| Error::internal("dossier is gone"))?;
        let promise = settlement(tx, &dossier)?;
        let handover = store::handover_of(tx, &dossier.id)?;
        lines.push(documents::RegisterRow {
            code: row.code.clone(),
            procedure: row.procedure_name.clone(),
            sets: 1,
            applicant: row.owner_name.clone(),
            address: dossier.owner.address.clone(),
            phone: dossier.owner.phone.clone(),
            agency: issuer.clone(),
            received_at: dossier.accepted_at.unwrap_or(dossier.submitted_at),
            promised_at: promise.map(|p| p.first_promise),
            finished_at: dossier.settled_at,
            returned_at: handover.as_ref().map(|h| h.given_at),
            recipient: handover.map(|h| h.recipient),
            note: dossier.imported.then(|| "Chuyển từ hệ thống cũ".to_owned()),
        });
    }
    Ok(Document::Register(documents::Register {
        head: documents::Head {
            superior: superior_of(tx, &settings, agency, now)?,
            issuer,
            unit: Some("Bộ phận Tiếp nhận và Trả kết quả".to_owned()),
            number: None,
            place: settings.place.clone(),
            date: day_of(now),
            form: form.map(|f| documents::Form { number: f.form.clone(), act: f.act.clone() }),
            replaces: None,
            notice: settings.demonstration.then(|| "Dữ liệu minh họa".to_owned()),
        },
        from,
        to,
        scope: None,
        rows: lines,
        check: None,
    }))
}
