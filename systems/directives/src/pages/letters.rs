//! Urging letters to sign and to answer; proposals for the annual rating.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use kernel_base::{AgencyId, Error, Instant, Result};
use kernel_db::Tx;
use kernel_org::{Action, Actor, Resource, permitted};
use kernel_web::{Answer, Fields, Page, StaffMember, Web, html, html_with, redirect_saying};

use super::shown_again;
use crate::{
    flow,
    model::{AnswerLetter, DecideRating, Letter, LetterState, Rating, RatingDecision, SignLetter, Task},
};

#[derive(Debug, Template)]
#[template(path = "directives_letters.html")]
struct LettersPage {
    page: Page,
    waiting: Vec<Letter>,
    others: Vec<Letter>,
    names: BTreeMap<String, String>,
}

impl LettersPage {
    fn name(&self, id: &AgencyId) -> String {
        self.names.get(id.as_str()).cloned().unwrap_or_else(|| id.to_string())
    }
}

fn names(tx: &mut Tx<'_>, ids: impl Iterator<Item = AgencyId>) -> Result<BTreeMap<String, String>> {
    let now = tx.now();
    let mut names = BTreeMap::new();
    for id in ids {
        let name = kernel_org::agency(tx, &id, now)?.map_or_else(|| id.to_string(), |agency| agency.name);
        names.insert(id.to_string(), name);
    }
    Ok(names)
}

pub(crate) async fn list(State(web): State<Web>, page: Page, staff: StaffMember) -> Answer {
    let (letters, names) = web
        .read(move |tx| {
            let letters = flow::look_letters(tx, &staff.actor, "")?;
            let ids = letters.iter().flat_map(|l| [l.unit.clone(), l.issuer.clone()]).collect::<Vec<_>>();
            Ok((letters, names(tx, ids.into_iter())?))
        })
        .await?;
    let (waiting, others) = letters.into_iter().partition(|letter| letter.state == LetterState::Draft);
    html(&LettersPage { page: page.titled("directives.letters.title").wide(), waiting, others, names })
}

#[derive(Debug, Template)]
#[template(path = "directives_letter.html")]
struct LetterPage {
    page: Page,
    letter: Letter,
    unit: String,
    issuer: String,
    may_sign: bool,
    may_answer: bool,
    /// Why the digital signature is not there yet; empty when nobody waits for it.
    waits: String,
    /// The signer's device refused: it can be asked again.
    may_sign_again: bool,
    typed: String,
}

impl LetterPage {
    fn state(&self) -> String {
        self.letter.state.words().say(self.page.lang).to_owned()
    }

    fn when(&self, at: &Option<Instant>) -> String {
        at.as_ref().map_or_else(|| "—".to_owned(), |at| self.page.t.time(at))
    }

    fn day(&self, day: &jiff::civil::Date) -> String {
        kernel_base::vietnam_date(*day)
    }
}

pub(crate) async fn letter(State(web): State<Web>, page: Page, staff: StaffMember, Path(id): Path<String>) -> Answer {
    show(&web, page, &staff.actor, id, String::new(), None).await
}

async fn show(web: &Web, page: Page, actor: &Actor, id: String, typed: String, error: Option<&Error>) -> Answer {
    let reader = actor.clone();
    let (letter, names, waiting) = web
        .write(move |tx| {
            let letter = flow::look_letter(tx, &reader, &id, true)?;
            let names = names(tx, [letter.unit.clone(), letter.issuer.clone()].into_iter())?;
            let waiting = flow::waits(tx, flow::LETTER, &id)?;
            Ok((letter, names, waiting))
        })
        .await?;
    let may_sign = letter.state == LetterState::Draft
        && permitted(actor, Action::LetterSign, &Resource::agency(letter.issuer.clone()));
    let may_answer = letter.state == LetterState::Signed
        && letter.answer.is_none()
        && permitted(actor, Action::TaskAnswer, &Resource::agency(letter.unit.clone()));
    let title = page.t.f("directives.letter.title", [("number", letter.number.as_str())]);
    let mut page = page.with_title(title).wide();
    let status = error.map_or(axum::http::StatusCode::OK, |e| kernel_web::status(e.kind));
    if let Some(error) = error {
        page = page.with_error(error);
    }
    let name = |id: &AgencyId| names.get(id.as_str()).cloned().unwrap_or_default();
    let (unit, issuer) = (name(&letter.unit), name(&letter.issuer));
    let signs = permitted(actor, Action::LetterSign, &Resource::agency(letter.issuer.clone()));
    let may_sign_again = signs && waiting.as_ref().is_some_and(|(_, failed)| *failed);
    let waits = match waiting {
        Some((trouble, _)) if !trouble.is_empty() => trouble,
        _ if letter.state == LetterState::Approved => page.t.s("directives.letter.waits").to_owned(),
        _ => String::new(),
    };
    let shown = LetterPage { page, letter, unit, issuer, may_sign, may_answer, waits, may_sign_again, typed };
    html_with(status, &shown)
}

pub(crate) async fn sign(
    State(web): State<Web>,
    page: Page,
    staff: StaffMember,
    Path(id): Path<String>,
    fields: Fields,
) -> Answer {
    let text = |name: &str| fields.get(name).unwrap_or_default().to_owned();
    let command = SignLetter { sha256: text("sha256"), totp: text("totp") };
    let (actor, key) = (staff.actor.clone(), id.clone());
    match web.write(move |tx| flow::sign_letter(tx, &actor, &key, &command)).await {
        Ok(letter) => {
            let number = [("number", letter.number.as_str())];
            let said = match letter.state {
                LetterState::Approved => "directives.flash.approved",
                _ => "directives.flash.signed",
            };
            Ok(redirect_saying(&web, "/staff/letters", said, &number))
        }
        Err(error) if shown_again(&error) => show(&web, page, &staff.actor, id, String::new(), Some(&error)).await,
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn sign_again(
    State(web): State<Web>,
    page: Page,
    staff: StaffMember,
    Path(id): Path<String>,
) -> Answer {
    let (actor, key) = (staff.actor.clone(), id.clone());
    match web.write(move |tx| flow::sign_letter_again(tx, &actor, &key)).await {
        Ok(letter) => {
            let path = format!("/staff/letters/{}", letter.id);
            Ok(redirect_saying(&web, &path, "directives.flash.approved", &[("number", letter.number.as_str())]))
        }
        Err(error) if shown_again(&error) => show(&web, page, &staff.actor, id, String::new(), Some(&error)).await,
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn answer(
    State(web): State<Web>,
    page: Page,
    staff: StaffMember,
    Path(id): Path<String>,
    fields: Fields,
) -> Answer {
    let typed = fields.get("answer").unwrap_or_default().to_owned();
    let (actor, key, command) = (staff.actor.clone(), id.clone(), AnswerLetter { answer: typed.clone() });
    match web.write(move |tx| flow::answer_letter(tx, &actor, &key, &command)).await {
        Ok(letter) => {
            let path = format!("/staff/letters/{}", letter.id);
            let number = [("number", letter.number.as_str())];
            Ok(redirect_saying(&web, &path, "directives.flash.answered", &number))
        }
        Err(error) if shown_again(&error) => show(&web, page, &staff.actor, id, typed, Some(&error)).await,
        Err(error) => Err(error.into()),
    }
}

/// A proposal with what the reader may do about it.
#[derive(Debug)]
struct Proposal {
    rating: Rating,
    task: Task,
    unit: String,
    head: String,
    may_decide: bool,
    may_see: bool,
}

#[derive(Debug, Template)]
#[template(path = "directives_ratings.html")]
struct RatingsPage {
    page: Page,
    proposals: Vec<Proposal>,
}

impl RatingsPage {
    fn decision(&self, decision: &RatingDecision) -> String {
        decision.words().say(self.page.lang).to_owned()
    }
}

pub(crate) async fn ratings(State(web): State<Web>, page: Page, staff: StaffMember) -> Answer {
    show_ratings(&web, page, &staff.actor, None).await
}

async fn show_ratings(web: &Web, page: Page, actor: &Actor, error: Option<&Error>) -> Answer {
    let reader = actor.clone();
    let proposals = web.read(move |tx| proposals(tx, &reader)).await?;
    let mut page = page.titled("directives.ratings.title").wide();
    let status = error.map_or(axum::http::StatusCode::OK, |e| kernel_web::status(e.kind));
    if let Some(error) = error {
        page = page.with_error(error);
    }
    html_with(status, &RatingsPage { page, proposals })
}

fn proposals(tx: &mut Tx<'_>, actor: &Actor) -> Result<Vec<Proposal>> {
    let now = tx.now();
    let mut all = Vec::new();
    for (rating, task) in flow::look_ratings(tx, actor)? {
        let unit = kernel_org::agency(tx, &rating.unit, now)?.map_or_else(|| rating.unit.to_string(), |a| a.name);
        let head = match &rating.head {
            Some(head) => kernel_org::officer_name(tx, head)?.unwrap_or_default(),
            None => String::new(),
        };
        let open = rating.decision.is_none();
        let may_decide = open && permitted(actor, Action::RatingDecide, &Resource::agency(rating.issuer.clone()));
        let may_see = !open
            && rating.seen_at.is_none()
            && permitted(actor, Action::TaskAnswer, &Resource::agency(rating.unit.clone()));
        all.push(Proposal { rating, task, unit, head, may_decide, may_see });
    }
    Ok(all)
}

pub(crate) async fn decide(
    State(web): State<Web>,
    page: Page,
    staff: StaffMember,
    Path((id, act)): Path<(String, String)>,
    fields: Fields,
) -> Answer {
    let actor = staff.actor.clone();
    let done = web
        .write(move |tx| match act.as_str() {
            "seen" => flow::see_rating(tx, &actor, &id),
            _ => {
                let decision = RatingDecision::parse(fields.get("decision").unwrap_or_default()).ok_or_else(|| {
                    let words = ("Hãy chọn quyết định.", "Choose a decision.");
                    Error::invalid(vec![kernel_base::FieldError::new("decision", "required", words)])
                })?;
                let points = fields.get("points").and_then(|p| p.trim().replace(',', ".").parse().ok());
                let reason = fields.get("reason").unwrap_or_default().to_owned();
                let totp = fields.get("totp").unwrap_or_default().to_owned();
                flow::decide_rating(tx, &actor, &id, &DecideRating { decision, points, reason, totp })
            }
        })
        .await;
    match done {
        Ok(_) => Ok(redirect_saying(&web, "/staff/ratings", "directives.flash.decided", &[])),
        Err(error) if shown_again(&error) => show_ratings(&web, page, &staff.actor, Some(&error)).await,
        Err(error) => Err(error.into()),
    }
}
