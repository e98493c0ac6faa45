//! Inspection teams: visit, findings, and the remedy as an obligation of the unit.

use std::collections::BTreeSet;

use kernel_base::{Error, FieldError, Result, TypedId};
use kernel_db::Tx;
use kernel_ledger::NewEvent;
use kernel_obligations::{self as obligations, OpenUntil, Outcome};
use kernel_org::{Action, Actor, Resource, Role, permitted};
use serde_json::{Value, json};

use super::{letters, shared, tell};
use crate::{
    model::{MakeTeam, RecordVisit, Team, TeamFinding, TeamFindingId, TeamId, Visit, sentence},
    store,
};

/// A team with all it saw.
#[derive(Debug, Clone)]
pub struct TeamView {
    pub team: Team,
    /// Name and title of each member, the leader first; the sign-in name of who is in office no more.
    pub members: Vec<String>,
    pub visits: Vec<Visit>,
    pub findings: Vec<TeamFinding>,
}

/// Sets a team up by a decision.
///
/// # Errors
/// `Forbidden` for who does not judge tasks; `Invalid` without name, decision or known members.
pub fn make_team(tx: &mut Tx<'_>, actor: &Actor, command: &MakeTeam) -> Result<Team> {
    let (issuer, desk) = shared::issuer_of(tx, actor)?;
    if !permitted(actor, Action::DirectiveJudge, &Resource::parties([issuer.clone(), desk.clone()])) {
        return Err(shared::forbidden(actor, Action::DirectiveJudge));
    }
    let now = tx.now();
    let mut members = Vec::new();
    for (number, account) in command.members.iter().map(|m| m.trim()).filter(|m| !m.is_empty()).enumerate() {
        if kernel_org::officer_by_account(tx, account, now)?.is_none() {
            let words = ("Không có cán bộ với tên đăng nhập này.", "There is no officer with this sign-in name.");
            return Err(Error::invalid(vec![FieldError::new(format!("members.{number}"), "unknown", words)]));
        }
        members.push(account.to_owned());
    }
    if members.is_empty() {
        let words = ("Hãy ghi ít nhất tổ trưởng.", "Name at least the leader of the team.");
        return Err(Error::invalid(vec![FieldError::new("members", "required", words)]));
    }
    let team = Team {
        id: tx.new_id(),
        name: sentence("name", &command.name, 5, 200)?,
        decision: sentence("decision", &command.decision, 3, 100)?,
        issuer,
        desk,
        members,
        made_at: now,
        version: 1,
    };
    store::insert_team(tx, &team)?;
    let body = json!({
        "name": team.name, "decision": team.decision, "issuer": team.issuer, "desk": team.desk, "members_sha256": shared::sha256(&json!(team.members).to_string()),
    });
    record(tx, &team, actor, "team.made", body)?;
    let members = team.members.iter().cloned().collect();
    let what = format!("Bạn được cử vào “{}” theo quyết định số {}.", team.name, team.decision);
    tell_of(tx, &members, &team, "made", what, "Hãy xem kế hoạch và ghi biên bản sau mỗi lần kiểm tra.")?;
    Ok(team)
}

/// Tells people of something of a team; `event` names it within the team.
fn tell_of(
    tx: &mut Tx<'_>,
    to: &BTreeSet<String>,
    team: &Team,
    event: &str,
    what: String,
    todo: &'static str,
) -> Result<()> {
    let news = tell::News { key: format!("{}#{event}", team.subject()), what, todo, link: "/staff/teams".to_owned() };
    tell::work(tx, to, &news)
}

fn record(tx: &mut Tx<'_>, team: &Team, actor: &Actor, kind: &'static str, body: Value) -> Result<()> {
    let event = NewEvent { subject: &team.subject(), kind, actor: &actor.label(), body };
    kernel_ledger::append(tx, &event).map(drop)
}

fn find(tx: &mut Tx<'_>, actor: &Actor, id: &str) -> Result<Team> {
    let id: TeamId = shared::parse_id(id)?;
    let team = store::team(tx, &id)?.ok_or_else(shared::not_found)?;
    if is_member(actor, &team) || permitted(actor, Action::TaskRead, &sides(&team)) {
        Ok(team)
    } else {
        Err(shared::not_found())
    }
}

fn sides(team: &Team) -> Resource {
    Resource::parties([team.issuer.clone(), team.desk.clone()])
}

fn is_member(actor: &Actor, team: &Team) -> bool {
    actor.officer().is_some_and(|officer| team.members.contains(&officer.account))
}

/// A member records a visit; every finding opens a clock for its remedy at the unit.
///
/// # Errors
/// `Forbidden` for who is not a member; `Invalid` for a unit outside the issuer, or a remedy due in the past.
pub fn record_visit(tx: &mut Tx<'_>, actor: &Actor, id: &str, command: &RecordVisit) -> Result<TeamView> {
    let team = find(tx, actor, id)?;
    if !is_member(actor, &team) {
        return Err(shared::forbidden(actor, Action::DirectiveJudge));
    }
    let (now, today) = (tx.now(), tx.now().vietnam().date());
    if !shared::is_below(tx, &command.unit, &team.issuer)? || command.visited_on > today {
        let words =
            ("Hãy chọn cơ quan trực thuộc và ngày không sau hôm nay.", "Choose a unit below and a day not ahead.");
        return Err(Error::invalid(vec![FieldError::new("unit", "out_of_range", words)]));
    }
    let visit = Visit {
        id: tx.new_id(),
        team: team.id.clone(),
        unit: command.unit.clone(),
        visited_on: command.visited_on,
        summary: sentence("summary", &command.summary, 10, 5_000)?,
        by: actor.label(),
        at: now,
    };
    store::insert_visit(tx, &visit)?;
    let mut found = Vec::new();
    for (number, finding) in command.findings.iter().enumerate() {
        if finding.due_on < today {
            let words = ("Hạn khắc phục không thể ở trước hôm nay.", "The remedy cannot be due in the past.");
            return Err(Error::invalid(vec![FieldError::new(format!("findings.{number}.due_on"), "in_past", words)]));
        }
        let opened = obligations::open_until(
            tx,
            &OpenUntil {
                kind: "directive.remedy",
                subject: &team.subject(),
                holder: &visit.unit,
                due_on: finding.due_on,
                actor: &actor.label(),
                source: json!({ "visit": visit.id, "decision": team.decision }),
            },
        )?;
        let row = TeamFinding {
            id: tx.new_id(),
            visit: visit.id.clone(),
            team: team.id.clone(),
            unit: visit.unit.clone(),
            text: sentence(&format!("findings.{number}.text"), &finding.text, 10, 2_000)?,
            remedy: sentence(&format!("findings.{number}.remedy"), &finding.remedy, 5, 2_000)?,
            due_on: finding.due_on,
            obligation: opened.id,
            report: None,
            reported_at: None,
            confirmed_at: None,
            version: 1,
        };
        store::insert_finding(tx, &row)?;
        found.push(json!({
            "finding": row.id, "obligation": row.obligation, "due_on": row.due_on,
            "text_sha256": shared::sha256(&row.text), "remedy_sha256": shared::sha256(&row.remedy),
        }));
    }
    let count = found.len();
    let body = json!({
        "visit": visit.id, "unit": visit.unit, "visited_on": visit.visited_on, "findings": found,
        "summary_sha256": shared::sha256(&visit.summary),
    });
    record(tx, &team, actor, "team.visited", body)?;
    if count > 0 {
        let leaders = tell::holders(tx, &visit.unit, Role::Leader)?;
        let what = format!("“{}” nêu {count} việc đơn vị phải khắc phục.", team.name);
        tell_of(tx, &leaders, &team, visit.id.as_str(), what, "Hãy khắc phục và báo cáo trước hạn của từng việc.")?;
    }
    view(tx, team)
}

fn view(tx: &mut Tx<'_>, team: Team) -> Result<TeamView> {
    let (visits, findings) = (store::visits_of(tx, &team.id)?, store::findings_of_team(tx, &team.id)?);
    let now = tx.now();
    let mut members = Vec::with_capacity(team.members.len());
    for account in &team.members {
        let officer = kernel_org::officer_by_account(tx, account, now)?;
        members.push(officer.map_or_else(|| account.clone(), |o| format!("{}, {}", o.name, o.title)));
    }
    Ok(TeamView { team, members, visits, findings })
}

/// A team for its members and its issuer.
///
/// # Errors
/// `NotFound` for others.
pub fn look_team(tx: &mut Tx<'_>, actor: &Actor, id: &str) -> Result<TeamView> {
    let team = find(tx, actor, id)?;
    view(tx, team)
}

/// Teams that the actor belongs to or whose issuer is the actor's agency.
///
/// # Errors
/// Those of the database.
pub fn look_teams(tx: &mut Tx<'_>, actor: &Actor) -> Result<Vec<Team>> {
    let all = store::teams(tx)?;
    let mine = |team: &Team| is_member(actor, team) || permitted(actor, Action::TaskRead, &sides(team));
    Ok(all.into_iter().filter(mine).collect())
}

/// What the actor's agency has to put right.
///
/// # Errors
/// `Forbidden` for who is not an officer with a role.
pub fn remedies_of(tx: &mut Tx<'_>, actor: &Actor) -> Result<Vec<TeamFinding>> {
    let agency = actor.officer().map(|officer| officer.agency.clone());
    let agency = agency.ok_or_else(|| shared::forbidden(actor, Action::TaskRead))?;
    store::findings_of_unit(tx, &agency)
}

/// The unit reports that it has put something right.
///
/// # Errors
/// `NotFound` for others; `Conflict` when it waits or is confirmed.
pub fn report_remedy(tx: &mut Tx<'_>, actor: &Actor, id: &str, report: &str) -> Result<TeamFinding> {
    let id: TeamFindingId = shared::parse_id(id)?;
    let mut finding = store::finding(tx, &id)?.ok_or_else(shared::not_found)?;
    if !permitted(actor, Action::TaskWork, &Resource::agency(finding.unit.clone())) {
        return Err(shared::not_found());
    }
    let team = store::team(tx, &finding.team)?.ok_or_else(shared::not_found)?;
    let report = sentence("report", report, 10, 5_000)?;
    obligations::deliver(tx, &finding.obligation, &actor.label())?;
    let body = json!({ "finding": finding.id, "report_sha256": shared::sha256(&report) });
    finding.report = Some(report);
    finding.reported_at = Some(tx.now());
    store::save_finding(tx, &finding)?;
    record(tx, &team, actor, "team.remedy_reported", body)?;
    letters::refresh_of(tx, &team.issuer, &finding.unit)?;
    let members = team.members.iter().cloned().collect();
    let what = format!("{} báo cáo đã khắc phục “{}”.", shared::agency_name(tx, &finding.unit)?, finding.remedy);
    let event = format!("{}.{}", finding.id, finding.version);
    tell_of(tx, &members, &team, &event, what, "Hãy kiểm tra, rồi xác nhận hoặc trả lại có lý do.")?;
    finding.version += 1;
    Ok(finding)
}

/// A member of the team confirms it, or sends it back with a reason.
///
/// # Errors
/// `Forbidden` for who is not a member; `Conflict` when nothing was reported.
pub fn confirm_remedy(tx: &mut Tx<'_>, actor: &Actor, id: &str, sent_back: Option<&str>) -> Result<TeamFinding> {
    let id: TeamFindingId = shared::parse_id(id)?;
    let mut finding = store::finding(tx, &id)?.ok_or_else(shared::not_found)?;
    let team = find(tx, actor, &finding.team.to_string())?;
    if !is_member(actor, &team) {
        return Err(shared::forbidden(actor, Action::DirectiveJudge));
    }
    if finding.reported_at.is_none() || finding.confirmed_at.is_some() {
        let words = ("Việc khắc phục này không chờ xác nhận.", "This remedy does not wait for confirmation.");
        return Err(Error::conflict("wrong_state", words));
    }
    let kind = match sent_back {
        Some(reason) => {
            obligations::send_back(tx, &finding.obligation, reason, &actor.label())?;
            finding.reported_at = None;
            "team.remedy_sent_back"
        }
        None => {
            obligations::close(tx, &finding.obligation, Outcome::Done, &actor.label())?;
            finding.confirmed_at = Some(tx.now());
            "team.remedy_confirmed"
        }
    };
    store::save_finding(tx, &finding)?;
    record(tx, &team, actor, kind, json!({ "finding": finding.id }))?;
    letters::refresh_of(tx, &team.issuer, &finding.unit)?;
    let leaders = tell::holders(tx, &finding.unit, Role::Leader)?;
    let event = format!("{}.{}", finding.id, finding.version);
    let (what, todo) = if sent_back.is_some() {
        (format!("Việc khắc phục “{}” bị trả lại.", finding.remedy), "Hãy khắc phục tiếp; thời hạn không dừng lại.")
    } else {
        (format!("Việc khắc phục “{}” đã được xác nhận.", finding.remedy), "Bạn không cần làm gì thêm.")
    };
    tell_of(tx, &leaders, &team, &event, what, todo)?;
    finding.version += 1;
    Ok(finding)
}
