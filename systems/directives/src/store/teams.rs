//! Inspection teams, visits and what they found.

use kernel_base::{AgencyId, Instant, Result};
use kernel_db::{Row, Tx, id, json, params, sql};
use kernel_obligations::ObligationId;

use crate::model::{Team, TeamFinding, TeamFindingId, TeamId, Visit};

pub(crate) fn insert_team(tx: &mut Tx<'_>, t: &Team) -> Result<()> {
    tx.execute_one(
        sql!(
            "INSERT INTO teams (home, id, name, decision, issuer, desk, members, made_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        &params![id(&t.id), &t.name, &t.decision, &t.issuer, &t.desk, json(&t.members)?, t.made_at],
    )
}

pub(crate) fn team(tx: &mut Tx<'_>, key: &TeamId) -> Result<Option<Team>> {
    tx.query_opt(sql!("SELECT * FROM teams WHERE home = $1 AND id = $2"), &params![id(key)])?
        .map(|row| team_from(&row))
        .transpose()
}

pub(crate) fn teams(tx: &mut Tx<'_>) -> Result<Vec<Team>> {
    let rows = tx.query(sql!("SELECT * FROM teams WHERE home = $1 ORDER BY made_at DESC, id LIMIT 200"), &params![])?;
    rows.iter().map(team_from).collect()
}

fn team_from(row: &Row) -> Result<Team> {
    Ok(Team {
        id: row.id("id")?,
        name: row.get("name")?,
        decision: row.get("decision")?,
        issuer: row.get("issuer")?,
        desk: row.get("desk")?,
        members: row.json("members")?,
        made_at: row.get("made_at")?,
        version: row.get("version")?,
    })
}

pub(crate) fn insert_visit(tx: &mut Tx<'_>, v: &Visit) -> Result<()> {
    tx.execute_one(
        sql!(
            "INSERT INTO team_visits (home, id, team, unit, visited_on, summary, by_officer, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        &params![id(&v.id), id(&v.team), &v.unit, v.visited_on, &v.summary, &v.by, v.at],
    )
}

pub(crate) fn visits_of(tx: &mut Tx<'_>, team: &TeamId) -> Result<Vec<Visit>> {
    let rows = tx.query(
        sql!("SELECT * FROM team_visits WHERE home = $1 AND team = $2 ORDER BY at DESC, id"),
        &params![id(team)],
    )?;
    let read = |row: &Row| {
        Ok(Visit {
            id: row.id("id")?,
            team: row.id("team")?,
            unit: row.get("unit")?,
            visited_on: row.get("visited_on")?,
            summary: row.get("summary")?,
            by: row.get("by_officer")?,
            at: row.get("at")?,
        })
    };
    rows.iter().map(read).collect()
}

pub(crate) fn insert_finding(tx: &mut Tx<'_>, f: &TeamFinding) -> Result<()> {
    tx.execute_one(
        sql!(
            "INSERT INTO team_findings (home, id, visit, team, unit, text, remedy, due_on, obligation)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        ),
        &params![id(&f.id), id(&f.visit), id(&f.team), &f.unit, &f.text, &f.remedy, f.due_on, id(&f.obligation)],
    )
}

pub(crate) fn finding(tx: &mut Tx<'_>, key: &TeamFindingId) -> Result<Option<TeamFinding>> {
    tx.query_opt(sql!("SELECT * FROM team_findings WHERE home = $1 AND id = $2"), &params![id(key)])?
        .map(|row| finding_from(&row))
        .transpose()
}

pub(crate) fn finding_of_obligation(tx: &mut Tx<'_>, key: &ObligationId) -> Result<Option<TeamFinding>> {
    tx.query_opt(sql!("SELECT * FROM team_findings WHERE home = $1 AND obligation = $2"), &params![id(key)])?
        .map(|row| finding_from(&row))
        .transpose()
}

pub(crate) fn findings_of_team(tx: &mut Tx<'_>, team: &TeamId) -> Result<Vec<TeamFinding>> {
    let rows = tx.query(
        sql!("SELECT * FROM team_findings WHERE home = $1 AND team = $2 ORDER BY due_on, id"),
        &params![id(team)],
    )?;
    rows.iter().map(finding_from).collect()
}

pub(crate) fn findings_of_unit(tx: &mut Tx<'_>, unit: &AgencyId) -> Result<Vec<TeamFinding>> {
    let rows = tx.query(
        sql!("SELECT * FROM team_findings WHERE home = $1 AND unit = $2 ORDER BY due_on, id LIMIT 200"),
        &params![unit],
    )?;
    rows.iter().map(finding_from).collect()
}

pub(crate) fn save_finding(tx: &mut Tx<'_>, f: &TeamFinding) -> Result<()> {
    tx.execute_one(
        sql!(
            "UPDATE team_findings SET report = $4, reported_at = $5, confirmed_at = $6, version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3"
        ),
        &params![id(&f.id), f.version, f.report.as_deref(), f.reported_at, f.confirmed_at],
    )
}

fn finding_from(row: &Row) -> Result<TeamFinding> {
    Ok(TeamFinding {
        id: row.id("id")?,
        visit: row.id("visit")?,
        team: row.id("team")?,
        unit: row.get("unit")?,
        text: row.get("text")?,
        remedy: row.get("remedy")?,
        due_on: row.get("due_on")?,
        obligation: row.id("obligation")?,
        report: row.get("report")?,
        reported_at: row.get::<Option<Instant>>("reported_at")?,
        confirmed_at: row.get("confirmed_at")?,
        version: row.get("version")?,
    })
}
