//! What a late task means for the annual rating: proposed by the ladder, always decided by a person, and seen.

use kernel_base::{AgencyId, Error, FieldError, Result, TypedId, vietnam_date};
use kernel_contract::Settings;
use kernel_db::Tx;
use kernel_documents::{self as documents, Document};
use kernel_obligations::{self as obligations, Obligation};
use kernel_org::{Action, Actor, Resource, permitted};
use serde_json::{Value, json};

use super::{letters, shared, sign};
use crate::{
    model::{DecideRating, Rating, RatingDecision, RatingId, Task, sentence},
    store,
};

/// Proposes to take a late task into account; nothing is deducted by itself.
pub(crate) fn propose(tx: &mut Tx<'_>, task: &Task) -> Result<()> {
    let now = tx.now();
    let Some(clock) = obligations::get(tx, &task.obligation)? else { return Ok(()) };
    let (unit, head) = accountable(tx, task, &clock)?;
    let (_, calendar) = obligations::calendars::in_force(tx, &unit, now)?;
    let rating = Rating {
        id: tx.new_id(),
        task: task.id.clone(),
        issuer: task.issuer.clone(),
        unit,
        head,
        number: String::new(),
        document: None,
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

/// The unit that held the task when its due passed, and who headed it then: who was given it late answers for nothing.
fn accountable(tx: &mut Tx<'_>, task: &Task, clock: &Obligation) -> Result<(AgencyId, Option<String>)> {
    if clock.responsible == task.lead {
        return Ok((task.lead.clone(), task.head.clone()));
    }
    let head = kernel_org::head_of(tx, &clock.responsible, clock.legal_due)?;
    Ok((clock.responsible.clone(), head.map(|officer| officer.id.to_string())))
}

fn find(tx: &mut Tx<'_>, actor: &Actor, id: &str) -> Result<(Rating, Task)> {
    let id: RatingId = shared::parse_id(id)?;
    let rating = store::rating(tx, &id)?.ok_or_else(shared::not_found)?;
    let task = store::task(tx, &rating.task)?.ok_or_else(shared::not_found)?;
    let sides = Resource::parties([rating.issuer.clone(), task.desk.clone(), rating.unit.clone()]);
    if permitted(actor, Action::TaskRead, &sides) { Ok((rating, task)) } else { Err(shared::not_found()) }
}

/// The leader of the issuer deducts points, excuses with a reason, or commends, with a fresh code. Decided once; the
/// decision is a numbered document to the unit, signed and sealed where there is a signing service.
///
/// # Errors
/// `Forbidden` for others; `Conflict` when it was decided; `Invalid` without a reason, with points out of range, or for
/// a wrong code.
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
    match actor.officer() {
        Some(officer) => kernel_web::accounts::verify_fresh_totp(tx, &officer.account, &command.totp)?,
        None => return Err(shared::forbidden(actor, Action::RatingDecide)),
    }
    let now = tx.now();
    let year = i64::from(now.vietnam().date().year());
    let number = store::next_number(tx, &format!("rating:{}", rating.issuer), year)?;
    rating.number = format!("{number:02}/{}-XL", letters::short_sign(tx, &rating.issuer)?);
    rating.decision = Some(command.decision);
    rating.points = points;
    rating.reason = reason;
    rating.decided_by = Some(actor.label());
    rating.decided_at = Some(now);
    let body = json!({
        "rating": rating.id, "number": rating.number, "decision": command.decision, "points": points,
        "reason": shared::told(&task, &rating.reason), "code": "totp",
    });
    let recorded = shared::record(tx, &task, actor, "task.rating_decided", body)?;
    let printed = printed(tx, &rating, &task, sign::signer(tx, actor, recorded)?)?;
    let printed = serde_json::to_value(&printed).map_err(|e| Error::internal(format!("rating: {e}")))?;
    let body = json!({ "rating": rating.id, "document_sha256": shared::sha256(&printed.to_string()) });
    shared::record(tx, &task, actor, "task.rating_printed", body)?;
    rating.document = Some(printed);
    store::save_rating(tx, &rating)?;
    if sign::is_on(tx) {
        sign::request(tx, sign::RATING, rating.id.as_str(), &rating.issuer, actor)?;
    } else {
        shared::record(tx, &task, &Actor::System, "task.rating_signed", json!({ "rating": rating.id }))?;
    }
    rating.version += 1;
    Ok(rating)
}

/// The decision as the unit reads it, after NĐ 30/2020/NĐ-CP.
fn printed(tx: &mut Tx<'_>, rating: &Rating, task: &Task, signer: documents::Signer) -> Result<Document> {
    let settings = tx.port::<Settings>()?;
    let issuer = shared::agency_name(tx, &rating.issuer)?;
    let unit = shared::agency_name(tx, &rating.unit)?;
    let desk = shared::agency_name(tx, &task.desk)?;
    let plan = store::document(tx, &task.document)?.map(|d| d.name()).unwrap_or_default();
    let title = if task.secret { format!("Nhiệm vụ mật {}", task.code) } else { task.title.clone() };
    let points = rating.points.map(|points| format!(" {points} điểm").replace('.', ",")).unwrap_or_default();
    let decided = rating.decision.map(|decision| decision.words().vi).unwrap_or_default();
    Ok(Document::Letter(documents::OfficialLetter {
        head: documents::Head {
            superior: None,
            issuer: issuer.clone(),
            unit: None,
            number: Some(rating.number.clone()),
            place: settings.place.clone(),
            date: rating.decided_at.unwrap_or(rating.proposed_at).vietnam().date(),
            form: None,
            replaces: None,
            notice: settings.demonstration.then(|| "Dữ liệu minh họa".to_owned()),
        },
        subject: "kết luận về nhiệm vụ quá hạn khi xếp loại cuối năm".to_owned(),
        to: vec![unit.clone()],
        opening: vec![format!("{issuer} kết luận đối với nhiệm vụ quá hạn của {unit} như sau:")],
        table: documents::LetterTable {
            header: ["TT", "Nhiệm vụ", "Văn bản giao", "Hạn", "Kết luận"].map(str::to_owned).to_vec(),
            rows: vec![vec![
                "1".to_owned(),
                format!("{title} (chậm {} ngày làm việc khi đề nghị)", rating.late_days),
                format!("{plan} {}", task.clause).trim().to_owned(),
                vietnam_date(task.due_on),
                format!("{decided}{points}"),
            ]],
        },
        closing: vec![
            format!("Lý do: {}", rating.reason),
            format!("{unit} xác nhận đã biết trên hệ thống; kết luận được dùng khi xếp loại đơn vị và người đứng đầu."),
        ],
        recipients: vec!["Như trên".to_owned(), desk],
        signer,
    }))
}

/// The signed file is there: the unit is told.
pub(crate) fn issued(tx: &mut Tx<'_>, id: &str, body: Value) -> Result<()> {
    let (rating, task) = both(tx, id)?;
    let mut body = body;
    if let Some(map) = body.as_object_mut() {
        map.insert("rating".to_owned(), json!(rating.id));
    }
    shared::record(tx, &task, &Actor::System, "task.rating_signed", body).map(drop)
}

/// The printed facts of a decision, for the job that prints it.
pub(crate) fn frozen(tx: &mut Tx<'_>, id: &str) -> Result<Value> {
    let (rating, _) = both(tx, id)?;
    rating.document.ok_or_else(|| Error::internal(format!("rating {id} was not decided")))
}

/// Subject and title under which its file is kept.
pub(crate) fn filed(tx: &mut Tx<'_>, id: &str) -> Result<(String, String)> {
    let (rating, task) = both(tx, id)?;
    Ok((task.subject(), format!("Kết luận xếp loại số {}", rating.number)))
}

fn both(tx: &mut Tx<'_>, id: &str) -> Result<(Rating, Task)> {
    let gone = || Error::internal(format!("rating {id} is gone"));
    let rating = store::rating(tx, &shared::parse_id(id)?)?.ok_or_else(gone)?;
    let task = store::task(tx, &rating.task)?.ok_or_else(gone)?;
    Ok((rating, task))
}

/// A proposal with its task, for those whose agency decides on it or is the subject of it.
///
/// # Errors
/// `NotFound` for others.
pub fn look_rating(tx: &mut Tx<'_>, actor: &Actor, id: &str) -> Result<(Rating, Task)> {
    find(tx, actor, id)
}

/// The decision as a document.
///
/// # Errors
/// `NotFound` for others and before the decision.
pub fn rating_document(tx: &mut Tx<'_>, actor: &Actor, id: &str) -> Result<Document> {
    let (rating, _) = find(tx, actor, id)?;
    let frozen = rating.document.ok_or_else(shared::not_found)?;
    serde_json::from_value(frozen).map_err(|e| Error::internal(format!("ratings.document of {id}: {e}")))
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
