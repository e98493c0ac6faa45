//! Inspection teams, and what a unit has to put right.

use askama::Template;
use axum::extract::{Path, State};
use kernel_base::{Error, Instant, Result};
use kernel_db::Tx;
use kernel_org::Actor;
use kernel_web::{Answer, Fields, Page, StaffMember, Web, html_with, redirect_saying};

use super::{Sheet, acts, day, shown_again, with_fault};
use crate::{
    flow::{self, TeamView},
    model::{MakeTeam, RecordFinding, RecordVisit, Team, TeamFinding},
};

#[derive(Debug, Template)]
#[template(path = "directives_teams.html")]
struct TeamsPage {
    page: Page,
    teams: Vec<Team>,
    remedies: Vec<TeamFinding>,
    typed: Fields,
}

impl Sheet for TeamsPage {
    fn typed(&self) -> &Fields {
        &self.typed
    }
}

pub(crate) async fn list(State(web): State<Web>, page: Page, staff: StaffMember) -> Answer {
    show(&web, page, &staff.actor, Fields::default(), None).await
}

async fn show(web: &Web, page: Page, actor: &Actor, typed: Fields, error: Option<&Error>) -> Answer {
    let reader = actor.clone();
    let (teams, remedies) =
        web.read(move |tx| Ok((flow::look_teams(tx, &reader)?, flow::remedies_of(tx, &reader)?))).await?;
    let page = page.titled("directives.teams.title").wide();
    let (status, page) = with_fault(page, error);
    html_with(status, &TeamsPage { page, teams, remedies, typed })
}

pub(crate) async fn make(State(web): State<Web>, page: Page, staff: StaffMember, fields: Fields) -> Answer {
    let text = |name: &str| fields.get(name).unwrap_or_default().to_owned();
    let members = text("members").split([',', ';', '\n']).map(|m| m.trim().to_owned()).collect();
    let command = MakeTeam { name: text("name"), decision: text("decision"), members };
    let actor = staff.actor.clone();
    match web.write(move |tx| flow::make_team(tx, &actor, &command)).await {
        Ok(team) => Ok(redirect_saying(&web, &format!("/staff/teams/{}", team.id), "directives.flash.team", &[])),
        Err(error) if shown_again(&error) => show(&web, page, &staff.actor, fields, Some(&error)).await,
        Err(error) => Err(error.into()),
    }
}

#[derive(Debug, Template)]
#[template(path = "directives_team.html")]
struct TeamPage {
    page: Page,
    view: TeamView,
    member: bool,
    units: Vec<(String, String)>,
    typed: Fields,
}

impl Sheet for TeamPage {
    fn typed(&self) -> &Fields {
        &self.typed
    }
}

impl TeamPage {
    fn unit(&self, id: &kernel_base::AgencyId) -> String {
        let found = self.units.iter().find(|(key, _)| key == id.as_str());
        found.map_or_else(|| id.to_string(), |(_, name)| name.clone())
    }

    fn when(&self, at: &Option<Instant>) -> String {
        at.as_ref().map(|at| self.page.t.time(at)).unwrap_or_default()
    }
}

pub(crate) async fn team(State(web): State<Web>, page: Page, staff: StaffMember, Path(id): Path<String>) -> Answer {
    show_team(&web, page, &staff.actor, id, Fields::default(), None).await
}

async fn show_team(web: &Web, page: Page, actor: &Actor, id: String, typed: Fields, error: Option<&Error>) -> Answer {
    let reader = actor.clone();
    let (view, units) = web
        .read(move |tx| {
            let view = flow::look_team(tx, &reader, &id)?;
            let units = flow::units_below(tx, &view.team.issuer)?;
            Ok((view, units))
        })
        .await?;
    let member = actor.officer().is_some_and(|officer| view.team.members.contains(&officer.account));
    let page = page.with_title(view.team.name.clone()).wide();
    let (status, page) = with_fault(page, error);
    html_with(status, &TeamPage { page, view, member, units, typed })
}

fn visited(fields: &Fields) -> Result<RecordVisit> {
    let text = |name: &str| fields.get(name).unwrap_or_default().to_owned();
    let mut findings = Vec::new();
    if !text("finding").trim().is_empty() {
        let due_on = day("due_on", &text("due_on"))?;
        findings.push(RecordFinding { text: text("finding"), remedy: text("remedy"), due_on });
    }
    let (unit, visited_on) = (acts::unit("unit", fields)?, day("visited_on", &text("visited_on"))?);
    Ok(RecordVisit { unit, visited_on, summary: text("summary"), findings })
}

pub(crate) async fn visit(
    State(web): State<Web>,
    page: Page,
    staff: StaffMember,
    Path(id): Path<String>,
    fields: Fields,
) -> Answer {
    let (actor, key, typed) = (staff.actor.clone(), id.clone(), fields.clone());
    match web.write(move |tx| flow::record_visit(tx, &actor, &key, &visited(&typed)?)).await {
        Ok(_) => Ok(redirect_saying(&web, &format!("/staff/teams/{id}"), "directives.flash.visited", &[])),
        Err(error) if shown_again(&error) => show_team(&web, page, &staff.actor, id, fields, Some(&error)).await,
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn remedy(
    State(web): State<Web>,
    page: Page,
    staff: StaffMember,
    Path((id, act)): Path<(String, String)>,
    fields: Fields,
) -> Answer {
    let (actor, text) = (staff.actor.clone(), fields.get("text").unwrap_or_default().to_owned());
    let done = web.write(move |tx| settle(tx, &actor, &id, &act, &text)).await;
    match done {
        Ok(_) => Ok(redirect_saying(&web, "/staff/teams", "directives.flash.remedy", &[])),
        Err(error) if shown_again(&error) => show(&web, page, &staff.actor, fields, Some(&error)).await,
        Err(error) => Err(error.into()),
    }
}

fn settle(tx: &mut Tx<'_>, actor: &Actor, id: &str, act: &str, text: &str) -> Result<TeamFinding> {
    match act {
        "report" => flow::report_remedy(tx, actor, id, text),
        "confirm" => flow::confirm_remedy(tx, actor, id, None),
        _ => flow::confirm_remedy(tx, actor, id, Some(text)),
    }
}
