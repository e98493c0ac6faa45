//! Putting the brief together, for who asks and as he may see.

use kernel_base::{AgencyId, Instant, Result, Words};
use kernel_contract::{PublicBook, SignatureDesk, SignatureDesks, ToSign};
use kernel_db::Tx;
use kernel_obligations::score;
use kernel_org::{Action, Actor, Resource, allow, permitted};

use super::{
    jobs::last_brief,
    model::{Brief, RedLine, Turned},
};
use crate::{
    pipeline::{self, model::Stage},
    scoreboard::{
        flow::agency_name,
        model::{SYSTEMS, System},
    },
    store,
};

/// Items named one by one; the rest is a number that opens its rows.
const NAMED: usize = 12;

/// All that wait for an instruction are named; a leader with more of them has another trouble.
const MOST_TO_INSTRUCT: i64 = 100;

/// The brief of an officer: of his agency, of the whole province for the committee's.
///
/// # Errors
/// `Forbidden` for who is not an officer; those of the database.
pub fn brief(tx: &mut Tx<'_>, actor: &Actor) -> Result<Brief> {
    let agency = actor.officer().map(|o| o.agency.clone());
    let agency = agency.ok_or_else(|| {
        kernel_base::Error::forbidden("officers_only", ("Trang này dành cho cán bộ.", "This page is for officers."))
    })?;
    allow(actor, Action::InboxRead, &Resource::agency(agency.clone()))?;
    let (now, since) = (tx.now(), last_brief(tx, &agency)?);
    let whole_province = pipeline::flow::committee(tx).is_ok_and(|committee| committee == agency);
    let mut red = Vec::new();
    let mut turned = Vec::new();
    for system in SYSTEMS.iter().filter(|s| s.code != "steps") {
        let holder = (!whole_province).then_some(&agency);
        let line = red_line(tx, system, holder, since, &mut turned)?;
        if line.overdue > 0 {
            red.push(line);
        }
    }
    turned.sort_by_key(|t| std::cmp::Reverse(t.since));
    turned.truncate(NAMED);
    let mut to_sign = Vec::new();
    for desk in tx.port::<SignatureDesks>()?.0.clone() {
        to_sign.extend(desk.waiting(tx, actor)?.into_iter().filter(|s| s.count > 0));
    }
    let agency_name = kernel_org::agency(tx, &agency, now)?.map_or_else(|| agency.to_string(), |a| a.short_name);
    Ok(Brief {
        at: now,
        since,
        agency: agency.to_string(),
        agency_name,
        whole_province,
        red,
        turned,
        to_sign,
        to_instruct: to_instruct(tx, actor, &agency)?,
    })
}

/// What the ladder brought to the leaders of an agency and what only they can answer: who signs letters, instructs.
fn to_instruct(tx: &mut Tx<'_>, actor: &Actor, agency: &AgencyId) -> Result<Vec<Turned>> {
    if !permitted(actor, Action::LetterSign, &Resource::agency(agency.clone())) {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for task in store::tasks_to_instruct(tx, agency, MOST_TO_INSTRUCT)? {
        let title = if task.secret {
            Words::new("Nhiệm vụ mật", "A secret task")
        } else {
            Words::new(&task.title, &task.title)
        };
        let unit = agency_name(tx, &task.lead, tx.now())?;
        let since = kernel_obligations::get(tx, &task.obligation)?.map_or(tx.now(), |clock| clock.legal_due);
        let href = format!("/staff/tasks/{}#notices", task.code);
        found.push(Turned { code: task.code, title, agency: unit, since, href });
    }
    Ok(found)
}

fn red_line(
    tx: &mut Tx<'_>,
    system: &System,
    holder: Option<&AgencyId>,
    since: Instant,
    turned: &mut Vec<Turned>,
) -> Result<RedLine> {
    let (code, kind, name, now) = (system.code, system.kind, system.words(), tx.now());
    let overdue = score::overdue_now(tx, kind, holder)?;
    let (count, new) = score::turned(tx, kind, holder, since, NAMED as i64)?;
    let shown: Vec<String> = new.iter().map(|o| o.subject.clone()).collect();
    let mut known = tx.port::<PublicBook>()?.describe(tx, &shown)?;
    for o in &new {
        let subject = known.remove(&o.subject).unwrap_or_default();
        let agency = agency_name(tx, &o.responsible, now)?;
        let href = match (kind.split('.').next(), o.subject.split_once(':')) {
            (Some("dossier"), _) if !subject.code.is_empty() => format!("/staff/dossiers/{}", subject.code),
            (Some("directive"), _) if !subject.code.is_empty() => format!("/staff/tasks/{}", subject.code),
            (Some("pipeline"), Some((_, id))) => format!("/pipeline/{id}"),
            _ => format!("/scoreboard/rows?system={code}&agency={}&show=overdue", o.responsible),
        };
        let title = if subject.title.vi.is_empty() { name.clone() } else { subject.title };
        turned.push(Turned { code: subject.code, title, agency, since: o.legal_due, href });
    }
    Ok(RedLine { system: code, name, overdue, turned: count })
}

/// Services that wait for the committee's decision.
#[derive(Debug)]
pub struct PipelineDesk;

impl SignatureDesk for PipelineDesk {
    fn waiting(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Vec<ToSign>> {
        let Ok(committee) = pipeline::flow::committee(tx) else { return Ok(Vec::new()) };
        if !permitted(actor, Action::PipelineApprove, &Resource::agency(committee.clone())) {
            return Ok(Vec::new());
        }
        let waiting = pipeline::flow::waiting(tx, &committee)?;
        let count = waiting.iter().filter(|o| o.stage == Stage::Reviewed).count() as i64;
        let name = Words::new("dịch vụ chờ phê duyệt", "services to approve");
        Ok(vec![ToSign { kind: "pipeline".to_owned(), name, count, href: "/staff/pipeline".to_owned() }])
    }
}

/// Urging letters that wait for the issuer's leader.
#[derive(Debug)]
pub struct LetterDesk;

impl SignatureDesk for LetterDesk {
    fn waiting(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Vec<ToSign>> {
        let Some(agency) = actor.officer().map(|o| o.agency.clone()) else { return Ok(Vec::new()) };
        if !permitted(actor, Action::LetterSign, &Resource::agency(agency.clone())) {
            return Ok(Vec::new());
        }
        let letters = crate::flow::look_letters(tx, actor, "draft")?;
        let count = letters.iter().filter(|l| l.issuer == agency).count() as i64;
        let name = Words::new("công văn đôn đốc chờ ký", "urging letters to sign");
        Ok(vec![ToSign { kind: "letter".to_owned(), name, count, href: "/staff/letters".to_owned() }])
    }
}

/// Proposals for the annual rating that wait for a decision.
#[derive(Debug)]
pub struct RatingDesk;

impl SignatureDesk for RatingDesk {
    fn waiting(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Vec<ToSign>> {
        let Some(agency) = actor.officer().map(|o| o.agency.clone()) else { return Ok(Vec::new()) };
        if !permitted(actor, Action::RatingDecide, &Resource::agency(agency.clone())) {
            return Ok(Vec::new());
        }
        let all = crate::flow::look_ratings(tx, actor)?;
        let count = all.iter().filter(|(r, _)| r.issuer == agency && r.decision.is_none()).count() as i64;
        let name = Words::new("đề nghị xếp loại chờ quyết định", "rating proposals to decide");
        Ok(vec![ToSign { kind: "proposal".to_owned(), name, count, href: "/staff/ratings".to_owned() }])
    }
}
