//! Use cases of the pipeline: one function = one transaction.

mod check;
mod look;
mod trial;
mod verify;

use jiff::civil::Date;
use kernel_base::{AgencyId, Error, Result, TypedId, Words, text};
use kernel_contract::Catalogue;
use kernel_db::Tx;
use kernel_ledger::NewEvent;
use kernel_obligations::{self as obligations, Limit, ObligationId, Open, Outcome};
use kernel_org::{Action, Actor, AgencyKind, Resource, allow, permitted};
use serde_json::json;

pub use check::findings;
pub use look::{Detail, Overview, PublicOfferings, Row, Rows, detail, lists, measure_rows, overview, rows, waiting};
pub use trial::taken_back;
pub use trial::{Rehearsed, go_live, rehearse};
pub use verify::verify;

use super::{
    model::{Approve, Criterion, Finding, Offering, OfferingId, Propose, Review, Stage, judged, rules},
    store,
};

/// Chain of what the province claims.
const CLAIMS: &str = "declared:services";

/// Puts a procedure of an agency on its list (rà soát), with what the product finds of each criterion.
///
/// # Errors
/// `Forbidden` for who does not belong to the agency; `Refused` when the agency does not offer it; `Conflict` when it is
/// on the list already.
pub fn list(tx: &mut Tx<'_>, actor: &Actor, procedure: &str, agency: &AgencyId) -> Result<Offering> {
    must(actor, Action::PipelinePropose, agency.clone())?;
    let now = tx.now();
    let offered = tx.port::<dyn Catalogue>()?.offering(tx, procedure, None, agency, now)?.ok_or_else(|| {
        Error::refused(
            "not_offered",
            (
                "Cơ quan này không giải quyết thủ tục đó vào hôm nay. Hãy kiểm tra lại mã thủ tục.",
                "This agency does not offer that procedure today. Check the code.",
            ),
        )
    })?;
    if let Some(there) = store::find_pair(tx, procedure, agency)? {
        return Err(Error::conflict(
            "already_listed",
            ("Dịch vụ này đã có trong danh sách.", "It is on the list already."),
        )
        .with_current(json!({ "id": there.id, "stage": there.stage })));
    }
    let level = serde_json::to_value(offered.level).ok().and_then(|v| v.as_str().map(str::to_owned));
    let offering = Offering {
        id: tx.new_id(),
        procedure: procedure.to_owned(),
        agency: agency.clone(),
        title: offered.name.vi.clone(),
        level: level.unwrap_or_default(),
        stage: Stage::Listed,
        charge: None,
        criteria: findings(tx, Some(&offered), agency)?,
        trial: None,
        integrated_at: None,
        list_number: None,
        obligation: String::new(),
        version: 1,
    };
    let offering = in_charge(tx, actor, offering)?;
    if !store::insert(tx, &offering)? {
        return Err(Error::stale("listed by somebody else at the same time"));
    }
    moved(tx, actor, &offering, "")?;
    Ok(offering)
}

/// The agency proposes it (đề xuất): the criteria are looked at again, and it gives its word about presence.
///
/// # Errors
/// `Forbidden`, `NotFound`; `Conflict` when it is not at the list.
pub fn propose(tx: &mut Tx<'_>, actor: &Actor, id: &str, command: &Propose) -> Result<Offering> {
    let offering = find(tx, id)?;
    must(actor, Action::PipelinePropose, offering.agency.clone())?;
    let mut offering = offering.moved(&[Stage::Listed], Stage::Proposed)?;
    let now = tx.now();
    let offered = tx.port::<dyn Catalogue>()?.offering(tx, &offering.procedure, None, &offering.agency, now)?;
    offering.criteria = findings(tx, offered.as_ref(), &offering.agency)?;
    let note = text::clean_line(&command.note);
    for finding in &mut offering.criteria {
        if finding.criterion == Criterion::NoPresence {
            finding.passed = command.no_presence;
            finding.evidence = if command.no_presence {
                format!("Cơ quan cam kết. {note}").trim().to_owned()
            } else {
                note.clone()
            };
        }
    }
    step(tx, actor, offering, &note)
}

/// The department of information and communications consolidates it (tổng hợp).
///
/// # Errors
/// As [`propose`].
pub fn consolidate(tx: &mut Tx<'_>, actor: &Actor, id: &str) -> Result<Offering> {
    let offering = find(tx, id)?;
    must(actor, Action::PipelineConsolidate, consolidator(tx)?)?;
    step(tx, actor, offering.moved(&[Stage::Proposed], Stage::Consolidated)?, "")
}

/// The office of the committee reviews it by criterion (thẩm định): all pass, or it goes back to the list with what is
/// in the way.
///
/// # Errors
/// As [`propose`]; `Invalid` naming each criterion.
pub fn review(tx: &mut Tx<'_>, actor: &Actor, id: &str, command: &Review) -> Result<Offering> {
    let offering = find(tx, id)?;
    must(actor, Action::PipelineReview, office(tx)?)?;
    let criteria = judged(&offering.criteria, command)?;
    let failing: Vec<String> =
        criteria.iter().filter(|f| !f.passed).map(|f| format!("{}: {}", f.criterion.words().vi, f.obstacle)).collect();
    let to = if failing.is_empty() { Stage::Reviewed } else { Stage::Listed };
    let mut offering = offering.moved(&[Stage::Consolidated], to)?;
    offering.criteria = criteria;
    step(tx, actor, offering, &failing.join("; "))
}

/// The committee approves a list with a decision (phê duyệt). Each decision is a version of the eligible list.
///
/// # Errors
/// `Forbidden` for who is not the committee's leader; `Invalid` without a number or services; `Conflict` for a decision
/// that was used, or a service that is not reviewed.
pub fn approve(tx: &mut Tx<'_>, actor: &Actor, command: &Approve) -> Result<i64> {
    must(actor, Action::PipelineApprove, committee(tx)?)?;
    let decision = text::clean_line(&command.decision);
    if decision.is_empty() || command.offerings.is_empty() {
        let words = (
            "Hãy ghi số quyết định và chọn ít nhất một dịch vụ.",
            "Enter the number of the decision and choose at least one service.",
        );
        return Err(Error::refused("decision", words));
    }
    if store::decision_exists(tx, &decision)? {
        let words = ("Số quyết định này đã dùng cho một danh mục khác.", "This decision was used for another list.");
        return Err(Error::conflict("decision_used", words));
    }
    let number = store::add_list(tx, &decision, &actor.label(), command.offerings.len() as i64)?;
    for id in &command.offerings {
        let mut offering = find(tx, id)?.moved(&[Stage::Reviewed], Stage::Approved)?;
        offering.list_number = Some(number);
        step(tx, actor, offering, &decision)?;
    }
    Ok(number)
}

/// Takes a service off the portal for a time (tạm ngừng), or for good (rút). The approver's act, with a reason.
///
/// # Errors
/// `Forbidden`; `Refused` without a reason; `Conflict` when it is not live.
pub fn stop(tx: &mut Tx<'_>, actor: &Actor, id: &str, for_good: bool, reason: &str) -> Result<Offering> {
    let offering = find(tx, id)?;
    must(actor, Action::PipelineApprove, committee(tx)?)?;
    let reason = text::clean_line(reason);
    if reason.is_empty() {
        return Err(Error::refused("reason", ("Hãy ghi lý do.", "Give the reason.")));
    }
    let offering = if for_good {
        offering.moved(&[Stage::Approved, Stage::Live, Stage::Suspended], Stage::Withdrawn)?
    } else {
        offering.moved(&[Stage::Live], Stage::Suspended)?
    };
    step(tx, actor, offering, &reason)
}

/// Marks that the national portal has taken the service over (tích hợp).
///
/// # Errors
/// `Forbidden`; `NotFound`.
pub fn integrate(tx: &mut Tx<'_>, actor: &Actor, id: &str) -> Result<Offering> {
    let mut offering = find(tx, id)?;
    must(actor, Action::PipelineConsolidate, consolidator(tx)?)?;
    if offering.integrated_at.is_none() {
        offering.integrated_at = Some(tx.now());
        store::save(tx, &offering)?;
        let body = json!({ "procedure": offering.procedure, "agency": offering.agency });
        record(tx, actor, &offering, "pipeline.integrated", body)?;
    }
    find(tx, id)
}

/// Loads what the province claims to offer; a claim that is there stays. How many were new.
///
/// # Errors
/// `Forbidden` for everyone but commands and timers.
pub fn declare(
    tx: &mut Tx<'_>,
    actor: &Actor,
    claims: &[(String, AgencyId)],
    source: &str,
    from: Date,
) -> Result<usize> {
    allow(actor, Action::CatalogueEdit, &Resource::province())?;
    let mut new = 0;
    for (procedure, agency) in claims {
        new += usize::from(store::declare(tx, procedure, agency, source, from)?);
    }
    if new > 0 {
        let body = json!({ "claims": claims.len(), "new": new, "source": source });
        let subject = CLAIMS;
        kernel_ledger::append(tx, &NewEvent { subject, kind: "pipeline.declared", actor: &actor.label(), body })?;
    }
    Ok(new)
}

/// Everyone may see the pipeline, so who may not act is told so.
fn must(actor: &Actor, action: Action, agency: AgencyId) -> Result<()> {
    if permitted(actor, action, &Resource::agency(agency)) {
        return Ok(());
    }
    Err(Error::forbidden(
        "not_permitted",
        (
            "Bước này là việc của cơ quan khác, hoặc vai trò của bạn chưa được giao.",
            "This step belongs to another agency, or your role does not have it.",
        ),
    )
    .with_inside(format!("{} may not {action}", actor.label())))
}

pub(crate) fn find(tx: &mut Tx<'_>, id: &str) -> Result<Offering> {
    let unknown = || {
        Error::not_found(
            "offering_not_found",
            ("Không có dịch vụ này trong danh sách rà soát.", "There is no such service on the list."),
        )
    };
    let id = OfferingId::parse(id).ok_or_else(unknown)?;
    store::find(tx, &id)?.ok_or_else(unknown)
}

/// Saves a move: the clock of the step before ends, that of the next one begins, the event is recorded.
fn step(tx: &mut Tx<'_>, actor: &Actor, offering: Offering, reason: &str) -> Result<Offering> {
    if let Some(running) = ObligationId::parse(&offering.obligation) {
        let outcome = if offering.stage == Stage::Withdrawn { Outcome::Cancelled } else { Outcome::Done };
        obligations::close(tx, &running, outcome, &actor.label())?;
    }
    let offering = in_charge(tx, actor, Offering { obligation: String::new(), ..offering })?;
    store::save(tx, &offering)?;
    moved(tx, actor, &offering, reason)?;
    Ok(offering)
}

/// Who has to do the next step, until when: an obligation like any other.
fn in_charge(tx: &mut Tx<'_>, actor: &Actor, mut offering: Offering) -> Result<Offering> {
    offering.charge = match offering.stage {
        Stage::Listed | Stage::Approved => Some(offering.agency.clone()),
        Stage::Proposed => Some(consolidator(tx)?),
        Stage::Consolidated => Some(office(tx)?),
        Stage::Reviewed => Some(committee(tx)?),
        Stage::Live | Stage::Suspended | Stage::Withdrawn => None,
    };
    let rules = rules()?;
    if let (Some(holder), Some(days)) = (&offering.charge, rules.limits.get(offering.stage.word())) {
        let (subject, label, start) = (offering.subject(), actor.label(), tx.now());
        let opened = obligations::open(
            tx,
            &Open {
                kind: "pipeline.stage",
                subject: &subject,
                holder,
                limit: Limit::working_days(*days),
                cutoff: None,
                start,
                actor: &label,
                source: json!({ "text": rules.source, "illustrative": true, "stage": offering.stage }),
            },
        )?;
        offering.obligation = opened.id.as_str().to_owned();
    }
    Ok(offering)
}

fn moved(tx: &mut Tx<'_>, actor: &Actor, offering: &Offering, reason: &str) -> Result<()> {
    store::add_move(tx, &offering.id, offering.stage, &actor.label(), reason)?;
    let failing: Vec<&Finding> = offering.criteria.iter().filter(|f| !f.passed).collect();
    let body = json!({
        "procedure": offering.procedure, "agency": offering.agency, "stage": offering.stage, "reason": reason,
        "list": offering.list_number, "failing": failing.iter().map(|f| f.criterion).collect::<Vec<_>>(),
        "trial": offering.trial.as_ref().map(|t| t.passed), "charge": offering.charge,
        "obligation": offering.obligation,
    });
    record(tx, actor, offering, "pipeline.moved", body)
}

fn record(
    tx: &mut Tx<'_>,
    actor: &Actor,
    offering: &Offering,
    kind: &'static str,
    body: serde_json::Value,
) -> Result<()> {
    let (subject, label) = (offering.subject(), actor.label());
    let mut body = body;
    if let Some(map) = body.as_object_mut() {
        map.insert("row_sha256".to_owned(), json!(row_sha256(offering)));
    }
    kernel_ledger::append(tx, &NewEvent { subject: &subject, kind, actor: &label, body }).map(drop)
}

/// Hash of everything that a row says about a service, verdicts and trial included: each event pins it.
fn row_sha256(offering: &Offering) -> String {
    use sha2::Digest as _;
    hex::encode(sha2::Sha256::digest(json!(offering).to_string().as_bytes()))
}

/// The department that consolidates.
pub(crate) fn consolidator(tx: &mut Tx<'_>) -> Result<AgencyId> {
    let slug = &rules()?.consolidator;
    only(tx, |a| a.slug == *slug, "Sở Thông tin và Truyền thông")
}

/// The office of the committee.
pub(crate) fn office(tx: &mut Tx<'_>) -> Result<AgencyId> {
    only(tx, |a| a.kind == AgencyKind::Office, "Văn phòng Ủy ban nhân dân tỉnh")
}

/// The provincial committee.
pub(crate) fn committee(tx: &mut Tx<'_>) -> Result<AgencyId> {
    only(tx, |a| a.kind == AgencyKind::Committee, "Ủy ban nhân dân tỉnh")
}

fn only(tx: &mut Tx<'_>, wanted: impl Fn(&kernel_org::Agency) -> bool, name: &str) -> Result<AgencyId> {
    let now = tx.now();
    let found = kernel_org::agencies(tx, now)?.into_iter().find(|a| wanted(a));
    found.map(|a| a.id).ok_or_else(|| {
        let words = Words::new(
            format!("Chưa khai báo “{name}” trong danh sách cơ quan. Hãy báo cho quản trị."),
            format!("“{name}” is not among the agencies. Tell the administrator."),
        );
        Error::conflict("agency_missing", words)
    })
}
