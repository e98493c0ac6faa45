//! What a late task means for the annual rating: proposed by the ladder, always decided by a person, and seen.

use kernel_base::{Error, FieldError, Result};
use kernel_db::Tx;
use kernel_obligations as obligations;
use kernel_org::{Action, Actor, Resource, permitted};
use serde_json::json;

use super::shared;
use crate::{
    model::{DecideRating, Rating, RatingDecision, RatingId, Task, sentence},
    store,
};

/// Proposes to take a late task into account; nothing is deducted by itself.
pub(crate) fn propose(tx: &mut Tx<'_>, task: &Task) -> Result<()> {
    let now = tx.now();
    let Some(clock) = obligations::get(tx, &task.obligation)? else { return Ok(()) };
    let (_, calendar) = obligations::calendars::in_force(tx, &task.lead, now)?;
    let rating = Rating {
        id: tx.new_id(),
        task: task.id.clone(),
        issuer: task.issuer.clone(),
        unit: task.lead.clone(),
        head: task.head.clone(),
        late_days: kernel_calendar::working_days_between(clock.legal_due, now, &calendar),
        proposed_at: now,
        decision: None,
        points: None,
        reason: String::new(),
        decided_by: None,
        decided_at: None,
        seen_by: None,
        seen_at: None,
        version: 1,
    };
    if store::insert_rating(tx, &rating)? {
        let body =
            json!({ "rating": rating.id, "unit": rating.unit, "head": rating.head, "late_days": rating.late_days });
        shared::record(tx, task, &Actor::System, "task.rating_proposed", body)?;
    }
    Ok(())
}

fn find(tx: &mut Tx<'_>, actor: &Actor, id: &str) -> Result<(Rating, Task)> {
    let id: RatingId = shared::parse_id(id)?;
    let rating = store::rating(tx, &id)?.ok_or_else(shared::not_found)?;
    let task = store::task(tx, &rating.task)?.ok_or_else(shared::not_found)?;
    let sides = Resource::parties([rating.issuer.clone(), task.desk.clone(), rating.unit.clone()]);
    if permitted(actor, Action::TaskRead, &sides) { Ok((rating, task)) } else { Err(shared::not_found()) }
}

/// The leader of the issuer deducts points, excuses with a reason, or commends. Decided once.
///
/// # Errors
/// `Forbidden` for others; `Conflict` when it was decided; `Invalid` without a reason or with points out of range.
pub fn decide_rating(tx: &mut Tx<'_>, actor: &Actor, id: &str, command: &DecideRating) -> Result<Rating> {
    let (mut rating, task) = find(tx, actor, id)?;
    if !permitted(actor, Action::RatingDecide, &Resource::agency(rating.issuer.clone())) {
        return Err(shared::forbidden(actor, Action::RatingDecide));
    }
    if rating.decision.is_some() {
        let words = ("Đề nghị này đã có quyết định.", "This proposal was decided.");
        return Err(Error::conflict("decided", words));
    }
    let reason = sentence("reason", &command.reason, 10, 2_000)?;
    let points = match command.decision {
        RatingDecision::Excuse => None,
        _ => Some(command.points.unwrap_or_default()),
    };
    if points.is_some_and(|p| !(p.is_finite() && (0.0..=10.0).contains(&p))) {
        let words = ("Điểm từ 0 đến 10.", "Points are 0 to 10.");
        return Err(Error::invalid(vec![FieldError::new("points", "out_of_range", words)]));
    }
    if command.decision == RatingDecision::Deduct && points.is_none_or(|p| p <= 0.0) {
        let words = ("Hãy ghi số điểm trừ.", "Say how many points are deducted.");
        return Err(Error::invalid(vec![FieldError::new("points", "required", words)]));
    }
    rating.decision = Some(command.decision);
    rating.points = points;
    rating.reason = reason;
    rating.decided_by = Some(actor.label());
    rating.decided_at = Some(tx.now());
    store::save_rating(tx, &rating)?;
    let body = json!({
        "rating": rating.id, "decision": command.decision, "points": points, "reason": shared::told(&task, &rating.reason),
    });
    shared::record(tx, &task, actor, "task.rating_decided", body)?;
    rating.version += 1;
    Ok(rating)
}

/// The unit has seen the decision.
///
/// # Errors
/// `NotFound` for others; `Conflict` before the decision.
pub fn see_rating(tx: &mut Tx<'_>, actor: &Actor, id: &str) -> Result<Rating> {
    let (mut rating, task) = find(tx, actor, id)?;
    if !permitted(actor, Action::TaskAnswer, &Resource::agency(rating.unit.clone())) {
        return Err(shared::forbidden(actor, Action::TaskAnswer));
    }
    if rating.decision.is_none() {
        let words = ("Đề nghị này chưa có quyết định.", "Nothing was decided yet.");
        return Err(Error::conflict("not_decided", words));
    }
    if rating.seen_at.is_none() {
        rating.seen_by = Some(actor.label());
        rating.seen_at = Some(tx.now());
        store::save_rating(tx, &rating)?;
        shared::record(tx, &task, actor, "task.rating_seen", json!({ "rating": rating.id }))?;
        rating.version += 1;
    }
    Ok(rating)
}

/// Proposals that the actor's agency decides on or is the subject of, with their tasks.
///
/// # Errors
/// `Forbidden` for who is not an officer with a role.
pub fn look_ratings(tx: &mut Tx<'_>, actor: &Actor) -> Result<Vec<(Rating, Task)>> {
    let agency = actor.officer().map(|o| o.agency.clone());
    let agency = agency.ok_or_else(|| shared::forbidden(actor, Action::TaskRead))?;
    if !permitted(actor, Action::TaskRead, &Resource::agency(agency.clone())) {
        return Err(shared::forbidden(actor, Action::TaskRead));
    }
    let mut all = Vec::new();
    for rating in store::ratings_of(tx, &agency)? {
        let task = store::task(tx, &rating.task)?.ok_or_else(shared::not_found)?;
        all.push((rating, task));
    }
    Ok(all)
}
