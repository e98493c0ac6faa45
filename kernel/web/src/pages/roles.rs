//! Acting for others: roles to take, delegations and representations to give, to answer, to end.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use http::StatusCode;
use kernel_base::{Error, Instant, Kind};
use kernel_org::MandateKind;
use serde::Deserialize;

use super::{account::keep_role, account::signed_in, sign_in::safe_next};
use crate::{
    Answer, CitizenUser, Context, Form, Page, StaffMember, Web,
    accounts::{self, Mandate, MandateState, NewDelegation, NewRepresentation, Roles},
    html, html_with, redirect_saying,
};

/// A mandate as a line of the page.
#[derive(Debug)]
struct Line {
    id: String,
    kind: String,
    who: String,
    state: String,
    tone: &'static str,
    procedures: String,
    until_at: Instant,
    proof: String,
    /// The person may answer it.
    asks: bool,
    /// The role can be taken now.
    can_act: bool,
    /// It can be ended.
    open: bool,
    /// The role is taken now.
    taken: bool,
    /// An officer compared the papers; a second one is needed.
    seen: bool,
    /// That officer is the one who reads the page.
    seen_by_me: bool,
}

#[derive(Debug, Template)]
#[template(path = "account_for.html")]
struct RolesPage {
    page: Page,
    /// In whose name is acted now; empty = in the own.
    acting_for: String,
    held: Vec<Line>,
    given: Vec<Line>,
    organisation: bool,
    typed: Typed,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    contact: String,
    procedures: String,
    from: String,
    until: String,
    number: String,
    name: String,
    paper: String,
}

fn line(page: &Page, mandate: &Mandate, held: bool, organisation: bool, now: Instant, taken: Option<&str>) -> Line {
    let other = if held {
        mandate.principal_name.clone()
    } else if mandate.agent_name.is_empty() {
        mandate.agent_contact.clone()
    } else {
        mandate.agent_name.clone()
    };
    let waits = mandate.state == MandateState::Proposed;
    let asks = waits
        && match mandate.kind {
            MandateKind::Delegation => held,
            MandateKind::Representation => !held && organisation,
            MandateKind::Help => false,
        };
    Line {
        id: mandate.id.to_string(),
        kind: mandate.kind.words().say(page.lang).to_owned(),
        who: other,
        state: mandate.words(now).say(page.lang).to_owned(),
        tone: if mandate.in_force(now) {
            "ok"
        } else if waits {
            "warn"
        } else {
            "neutral"
        },
        procedures: mandate.procedures.join(", "),
        until_at: mandate.until_at,
        proof: mandate.proof.clone(),
        asks,
        can_act: held && mandate.in_force(now) && mandate.kind != MandateKind::Help,
        open: waits || mandate.in_force(now),
        taken: taken == Some(kernel_base::TypedId::as_str(&mandate.id)),
        seen: mandate.is_seen(),
        seen_by_me: false,
    }
}

async fn load(web: &Web, page: Page, context: &Context, typed: Typed) -> kernel_base::Result<RolesPage> {
    let (account, _) = signed_in(context)?;
    let acting =
        context.actor()?.citizen().and_then(|citizen| citizen.acting.clone().map(|a| (a, citizen.name.clone())));
    let Roles { held, given, organisation, now } = web.read(move |tx| accounts::roles_of(tx, &account)).await?;
    let taken = acting.as_ref().map(|(acting, _)| acting.mandate.to_string());
    let lines = |all: &[Mandate], is_held: bool| {
        all.iter().map(|m| line(&page, m, is_held, organisation, now, taken.as_deref())).collect()
    };
    Ok(RolesPage {
        held: lines(&held, true),
        given: lines(&given, false),
        acting_for: acting.map(|(_, name)| name).unwrap_or_default(),
        organisation,
        typed,
        page: page.titled("web.roles.title"),
    })
}

pub(super) async fn page(State(web): State<Web>, context: Context, page: Page, _user: CitizenUser) -> Answer {
    html(&load(&web, page, &context, Typed::default()).await?)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Switch {
    /// Empty = back to the own role.
    mandate: String,
    next: String,
}

pub(super) async fn switch(State(web): State<Web>, context: Context, Form(switch): Form<Switch>) -> Answer {
    let (_, session) = signed_in(&context)?;
    let browser = context.browser(&web, false);
    let next = safe_next(&switch.next, "/my");
    let opened = web
        .write(move |tx| {
            let wanted = Some(switch.mandate.as_str()).filter(|id| !id.is_empty());
            accounts::change_role(tx, &session, wanted, &browser)
        })
        .await?;
    let mut response = Redirect::to(&next).into_response();
    keep_role(&web, &mut response, &opened.token);
    Ok(response)
}

async fn again(web: &Web, page: Page, context: &Context, typed: Typed, error: Error) -> Answer {
    if error.kind != Kind::Invalid {
        return Err(error.into());
    }
    let mut shown = load(web, page, context, typed).await?;
    shown.page = shown.page.with_error(&error);
    html_with(StatusCode::UNPROCESSABLE_ENTITY, &shown)
}

/// A day in Vietnam as an instant; with `after` the day after it, so that the last day counts.
fn day(text: &str, after: bool) -> Option<Instant> {
    let date: jiff::civil::Date = text.trim().parse().ok()?;
    let date = if after { date.tomorrow().ok()? } else { date };
    Some(Instant::from_vietnam(date.at(0, 0, 0, 0)))
}

pub(super) async fn delegate(
    State(web): State<Web>,
    context: Context,
    page: Page,
    user: CitizenUser,
    Form(typed): Form<Typed>,
) -> Answer {
    let new = NewDelegation {
        contact: typed.contact.clone(),
        procedures: typed.procedures.clone(),
        from_at: day(&typed.from, false),
        until_at: day(&typed.until, true),
    };
    match web.write(move |tx| accounts::offer_delegation(tx, &user.actor, &new)).await {
        Ok(_) => Ok(redirect_saying(&web, "/account/for", "web.roles.offered", &[])),
        Err(error) => again(&web, page, &context, typed, error).await,
    }
}

pub(super) async fn represent(
    State(web): State<Web>,
    context: Context,
    page: Page,
    user: CitizenUser,
    Form(typed): Form<Typed>,
) -> Answer {
    let new = NewRepresentation { number: typed.number.clone(), name: typed.name.clone(), paper: typed.paper.clone() };
    match web.write(move |tx| accounts::ask_representation(tx, &user.actor, &new)).await {
        Ok(_) => Ok(redirect_saying(&web, "/account/for", "web.roles.asked", &[])),
        Err(error) => again(&web, page, &context, typed, error).await,
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Answered {
    answer: String,
    paper: String,
}

pub(super) async fn answer(
    State(web): State<Web>,
    user: CitizenUser,
    Path(id): Path<String>,
    Form(answered): Form<Answered>,
) -> Answer {
    web.write(move |tx| match answered.answer.as_str() {
        "accept" => accounts::answer_mandate(tx, &user.actor, &id, true),
        "decline" => accounts::answer_mandate(tx, &user.actor, &id, false),
        _ => accounts::end_mandate(tx, &user.actor, &id),
    })
    .await?;
    Ok(redirect_saying(&web, "/account/for", "web.roles.done", &[]))
}

#[derive(Debug, Template)]
#[template(path = "staff_representations.html")]
struct WaitingPage {
    page: Page,
    waiting: Vec<Line>,
}

pub(super) async fn waiting(State(web): State<Web>, page: Page, staff: StaffMember) -> Answer {
    html(&waiting_page(&web, page, &staff).await?)
}

async fn waiting_page(web: &Web, page: Page, staff: &StaffMember) -> kernel_base::Result<WaitingPage> {
    let actor = staff.actor.clone();
    let all = web.read(move |tx| Ok((accounts::waiting_representations(tx, &actor)?, tx.now()))).await?;
    let (all, now) = all;
    let waiting = all.iter().map(|m| Line {
        who: format!("{} ({})", m.agent_name, m.agent_contact),
        kind: m.principal_name.clone(),
        seen_by_me: m.was_seen_by(&staff.actor),
        ..line(&page, m, true, false, now, None)
    });
    let waiting = waiting.collect();
    Ok(WaitingPage { waiting, page: page.titled("web.representations.title").wide() })
}

pub(super) async fn confirm(
    State(web): State<Web>,
    page: Page,
    staff: StaffMember,
    Path(id): Path<String>,
    Form(answered): Form<Answered>,
) -> Answer {
    let actor = staff.actor.clone();
    let yes = answered.answer == "accept";
    match web.write(move |tx| accounts::confirm_representation(tx, &actor, &id, yes, &answered.paper)).await {
        Ok(decided) => {
            let said = if decided { "web.roles.done" } else { "web.representations.second" };
            Ok(redirect_saying(&web, "/staff/representations", said, &[]))
        }
        Err(error) if error.kind == Kind::Invalid => {
            let mut shown = waiting_page(&web, page, &staff).await?;
            shown.page = shown.page.with_error(&error);
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &shown)
        }
        Err(error) => Err(error.into()),
    }
}
