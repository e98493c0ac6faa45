//! The level-4 pipeline before the month of the demonstration: some agencies have moved, most have not, as the letter of
//! July 2021 tells. Services and dates are illustrative.

use kernel_base::{AgencyId, Instant, Result};
use kernel_org::{Actor, AgencyKind};
use system_directives::pipeline::{
    flow::{self, Rehearsed},
    model::{Approve, Criterion, Finding, Offering, Propose, Review, Stage, Verdict},
};

use super::simulate::Simulation;

/// Services that the province itself claims (letter 4516 names the number only).
const CLAIMED: usize = 148;
/// Services put on the lists.
const LISTED: usize = 72;

/// Lists, proposes, reviews, approves and tries services between 7 and 30 June 2021.
pub(crate) fn seed(sim: &mut Simulation<'_>) -> Result<()> {
    if sim.read(|tx| flow::overview(tx, tx.now()).map(|seen| !seen.offerings.is_empty()))? {
        return Ok(());
    }
    let pairs = pairs(sim)?;
    sim.clock.hold(day(7));
    let claims: Vec<(String, AgencyId)> = pairs.iter().take(CLAIMED).cloned().collect();
    let source = "Công văn 4516 nêu con số 148; danh mục chi tiết là dữ liệu minh họa";
    let from = jiff::civil::date(2021, 6, 7);
    sim.write(move |tx| flow::declare(tx, &Actor::System, &claims, source, from))?;
    let mut listed = Vec::new();
    for (procedure, agency) in pairs.into_iter().take(LISTED) {
        let actor = sim.desk(&agency)?.leader;
        let one = sim.write(move |tx| flow::list(tx, &actor, &procedure, &agency))?;
        listed.push(one);
    }
    sim.clock.hold(day(14));
    let proposed = propose(sim, listed)?;
    sim.clock.hold(day(17));
    let consolidated = consolidate(sim, proposed)?;
    sim.clock.hold(day(22));
    let reviewed = review(sim, consolidated)?;
    sim.clock.hold(day(24));
    let approved = approve(sim, &reviewed)?;
    sim.clock.hold(day(28));
    go_live(sim, approved)
}

fn day(day: i8) -> Instant {
    Instant::from_vietnam(jiff::civil::date(2021, 6, day).at(9, 0, 0, 0))
}

/// Procedures at departments and districts, one of each agency in turn.
fn pairs(sim: &Simulation<'_>) -> Result<Vec<(String, AgencyId)>> {
    let by_agency = sim.read(|tx| {
        let now = tx.now();
        let mut all = Vec::new();
        for agency in kernel_org::agencies(tx, now)? {
            if !matches!(agency.kind, AgencyKind::Department | AgencyKind::District) {
                continue;
            }
            let offered = tx.port::<dyn kernel_contract::Catalogue>()?.offered(tx, &agency.id, now)?;
            all.push((agency.id, offered.into_iter().map(|o| o.procedure).collect::<Vec<_>>()));
        }
        Ok(all)
    })?;
    let longest = by_agency.iter().map(|(_, codes)| codes.len()).max().unwrap_or(0);
    let turn = |at: usize| by_agency.iter().filter_map(move |(id, codes)| Some((codes.get(at)?.clone(), id.clone())));
    Ok((0..longest).flat_map(turn).collect())
}

/// Every third agency has not moved at all.
fn propose(sim: &mut Simulation<'_>, listed: Vec<Offering>) -> Result<Vec<Offering>> {
    let mut done = Vec::new();
    for (at, one) in listed.into_iter().enumerate() {
        if at % 3 == 2 {
            continue;
        }
        let actor = sim.desk(&one.agency)?.leader;
        let command =
            Propose { no_presence: true, note: "Không có quy định buộc có mặt (minh họa)".to_owned() };
        done.push(sim.write(move |tx| flow::propose(tx, &actor, kernel_base::TypedId::as_str(&one.id), &command))?);
    }
    Ok(done)
}

fn consolidate(sim: &mut Simulation<'_>, proposed: Vec<Offering>) -> Result<Vec<Offering>> {
    let Some(place) = proposed.first().and_then(|o| o.charge.clone()) else { return Ok(Vec::new()) };
    let actor = sim.desk(&place)?.leader;
    let most = proposed.len() * 5 / 6;
    let mut done = Vec::new();
    for one in proposed.into_iter().take(most) {
        let by = actor.clone();
        done.push(sim.write(move |tx| flow::consolidate(tx, &by, kernel_base::TypedId::as_str(&one.id)))?);
    }
    Ok(done)
}

fn review(sim: &mut Simulation<'_>, consolidated: Vec<Offering>) -> Result<Vec<Offering>> {
    let Some(place) = consolidated.first().and_then(|o| o.charge.clone()) else { return Ok(Vec::new()) };
    let actor = sim.desk(&place)?.leader;
    let most = consolidated.len() * 5 / 6;
    let mut done = Vec::new();
    for one in consolidated.into_iter().take(most) {
        let command = Review { verdicts: one.criteria.iter().map(verdict).collect() };
        let by = actor.clone();
        let one = sim.write(move |tx| flow::review(tx, &by, kernel_base::TypedId::as_str(&one.id), &command))?;
        if one.stage == Stage::Reviewed {
            done.push(one);
        }
    }
    Ok(done)
}

/// What the product finds passes; signature and payment pass by the agency's word, which proves nothing.
fn verdict(found: &Finding) -> Verdict {
    let by_word = matches!(found.criterion, Criterion::SignedResult | Criterion::Payment);
    let passed = found.passed || by_word;
    let obstacle = if passed {
        String::new()
    } else {
        "Cơ quan phải hoàn thiện trước khi đề xuất lại (minh họa)".to_owned()
    };
    Verdict { criterion: found.criterion, passed, evidence: String::new(), obstacle }
}

fn approve(sim: &mut Simulation<'_>, reviewed: &[Offering]) -> Result<Vec<Offering>> {
    let Some(place) = reviewed.first().and_then(|o| o.charge.clone()) else { return Ok(Vec::new()) };
    let actor = sim.desk(&place)?.leader;
    let approved: Vec<Offering> = reviewed.iter().take(reviewed.len() * 4 / 5).cloned().collect();
    let offerings = approved.iter().map(|o| o.id.to_string()).collect();
    let command = Approve { offerings, decision: "QĐ minh họa số 01".to_owned() };
    if !approved.is_empty() {
        sim.write(move |tx| flow::approve(tx, &actor, &command))?;
    }
    Ok(approved)
}

/// Two of three are tried and live; the rest are late with their own step.
fn go_live(sim: &mut Simulation<'_>, approved: Vec<Offering>) -> Result<()> {
    for (at, one) in approved.into_iter().enumerate() {
        if at % 3 == 1 {
            continue;
        }
        let actor = sim.desk(&one.agency)?.leader;
        let rehearsed = rehearse(sim, &actor, &one)?;
        sim.write(move |tx| flow::go_live(tx, &actor, kernel_base::TypedId::as_str(&one.id), &rehearsed))?;
    }
    Ok(())
}

fn rehearse(sim: &Simulation<'_>, actor: &Actor, one: &Offering) -> Result<Rehearsed> {
    let kept = std::sync::Arc::new(parking_lot::Mutex::new(Rehearsed::default()));
    let (seen, by, id) = (std::sync::Arc::clone(&kept), actor.clone(), one.id.clone());
    let ended: Result<()> = sim.write(move |tx| {
        *seen.lock() = flow::rehearse(tx, &by, kernel_base::TypedId::as_str(&id))?;
        Err(flow::taken_back())
    });
    match ended {
        Err(error) if error.code == flow::taken_back().code => Ok(kept.lock().clone()),
        Err(error) => Err(error),
        Ok(()) => Ok(Rehearsed::default()),
    }
}
