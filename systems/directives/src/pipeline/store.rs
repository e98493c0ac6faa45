//! All SQL of the pipeline.

use kernel_base::{AgencyId, Error, Instant, Result};
use kernel_db::{Row, Tx, id, json, params, sql};

use super::model::{Move, Offering, OfferingId, Stage};

pub(crate) fn insert(tx: &mut Tx<'_>, o: &Offering) -> Result<bool> {
    let criteria = json(&o.criteria)?;
    let mut values = params![id(&o.id), &o.procedure, &o.agency, &o.title, &o.level, o.stage.word()].to_vec();
    values.push(charge(o).into());
    values.push(criteria);
    values.push(o.obligation.as_str().into());
    let added = tx.execute(
        sql!(
            "INSERT INTO pipeline_offerings
               (home, id, procedure, agency, title, level, stage, charge, criteria, obligation)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (home, procedure, agency) DO NOTHING"
        ),
        &values,
    )?;
    Ok(added == 1)
}

fn charge(o: &Offering) -> &str {
    o.charge.as_ref().map_or("", AgencyId::as_str)
}

pub(crate) fn save(tx: &mut Tx<'_>, o: &Offering) -> Result<()> {
    let trial = match &o.trial {
        Some(trial) => json(trial)?,
        None => "".into(),
    };
    let values = [
        id(&o.id),
        o.stage.word().into(),
        charge(o).into(),
        json(&o.criteria)?,
        trial,
        o.integrated_at.into(),
        o.list_number.into(),
        o.obligation.as_str().into(),
        o.version.into(),
    ];
    tx.execute_one(
        sql!(
            "UPDATE pipeline_offerings
             SET stage = $3, charge = $4, criteria = $5, trial = $6, integrated_at = $7, list_number = $8,
                 obligation = $9, version = version + 1
             WHERE home = $1 AND id = $2 AND version = $10"
        ),
        &values,
    )
}

fn read(row: &Row) -> Result<Offering> {
    let stage: String = row.get("stage")?;
    let (charge, trial): (String, String) = (row.get("charge")?, row.get("trial")?);
    let trial = if trial.is_empty() { None } else { Some(row.json("trial")?) };
    Ok(Offering {
        id: row.id("id")?,
        procedure: row.get("procedure")?,
        agency: row.get("agency")?,
        title: row.get("title")?,
        level: row.get("level")?,
        stage: stage_of(&stage)?,
        charge: AgencyId::parse(&charge),
        criteria: row.json("criteria")?,
        trial,
        integrated_at: row.get("integrated_at")?,
        list_number: row.get("list_number")?,
        obligation: row.get("obligation")?,
        version: row.get("version")?,
    })
}

fn stage_of(word: &str) -> Result<Stage> {
    Stage::parse(word).ok_or_else(|| Error::internal(format!("pipeline_offerings: column stage holds “{word}”")))
}

pub(crate) fn find(tx: &mut Tx<'_>, key: &OfferingId) -> Result<Option<Offering>> {
    let row = tx.query_opt(sql!("SELECT * FROM pipeline_offerings WHERE home = $1 AND id = $2"), &params![id(key)])?;
    row.as_ref().map(read).transpose()
}

pub(crate) fn find_pair(tx: &mut Tx<'_>, procedure: &str, agency: &AgencyId) -> Result<Option<Offering>> {
    let row = tx.query_opt(
        sql!("SELECT * FROM pipeline_offerings WHERE home = $1 AND procedure = $2 AND agency = $3"),
        &params![procedure, agency],
    )?;
    row.as_ref().map(read).transpose()
}

pub(crate) fn all(tx: &mut Tx<'_>) -> Result<Vec<Offering>> {
    let rows =
        tx.query(sql!("SELECT * FROM pipeline_offerings WHERE home = $1 ORDER BY agency, procedure"), &params![])?;
    rows.iter().map(read).collect()
}

/// Services whose next step is this agency's.
pub(crate) fn in_charge(tx: &mut Tx<'_>, agency: &AgencyId) -> Result<Vec<Offering>> {
    let rows = tx.query(
        sql!("SELECT * FROM pipeline_offerings WHERE home = $1 AND charge = $2 ORDER BY stage, id LIMIT 500"),
        &params![agency],
    )?;
    rows.iter().map(read).collect()
}

pub(crate) fn add_move(tx: &mut Tx<'_>, offering: &OfferingId, stage: Stage, actor: &str, reason: &str) -> Result<()> {
    let now = tx.now();
    tx.execute_one(
        sql!(
            "INSERT INTO pipeline_moves (home, offering, number, stage, at, actor, reason)
             SELECT o.home, o.id, COALESCE(max(m.number), 0) + 1, $3, $4, $5, $6
             FROM pipeline_offerings o
             LEFT JOIN pipeline_moves m ON m.home = o.home AND m.offering = o.id
             WHERE o.home = $1 AND o.id = $2 GROUP BY o.home, o.id"
        ),
        &params![id(offering), stage.word(), now, actor, reason],
    )
}

pub(crate) fn moves(tx: &mut Tx<'_>, offering: &OfferingId) -> Result<Vec<Move>> {
    let rows = tx.query(
        sql!(
            "SELECT number, stage, at, actor, reason FROM pipeline_moves
             WHERE home = $1 AND offering = $2 ORDER BY number"
        ),
        &params![id(offering)],
    )?;
    let one = |row: &Row| {
        let stage: String = row.get("stage")?;
        Ok(Move {
            number: row.get("number")?,
            stage: stage_of(&stage)?,
            at: row.get("at")?,
            actor: row.get("actor")?,
            reason: row.get("reason")?,
        })
    };
    rows.iter().map(one).collect()
}

/// Where every service stood at an instant: identifier and stage.
pub(crate) fn stages_at(tx: &mut Tx<'_>, at: Instant) -> Result<Vec<(OfferingId, Stage)>> {
    let rows = tx.query(
        sql!(
            "SELECT m.offering, m.stage FROM pipeline_moves m
             JOIN (SELECT offering, max(number) AS last FROM pipeline_moves
                   WHERE home = $1 AND at <= $2 GROUP BY offering) l
               ON l.offering = m.offering AND l.last = m.number
             WHERE m.home = $1 ORDER BY m.offering"
        ),
        &params![at],
    )?;
    let one = |row: &Row| {
        let stage: String = row.get("stage")?;
        Ok((row.id("offering")?, stage_of(&stage)?))
    };
    rows.iter().map(one).collect()
}

pub(crate) fn add_list(tx: &mut Tx<'_>, decision: &str, by: &str, items: i64) -> Result<i64> {
    let now = tx.now();
    let last: Option<i64> =
        tx.query_one(sql!("SELECT max(number) AS n FROM pipeline_lists WHERE home = $1"), &params![])?.get("n")?;
    let number = last.unwrap_or(0) + 1;
    tx.execute_one(
        sql!(
            "INSERT INTO pipeline_lists (home, number, decision, decided_at, decided_by, items)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (home, number) DO NOTHING"
        ),
        &params![number, decision, now, by, items],
    )?;
    Ok(number)
}

pub(crate) fn decision_exists(tx: &mut Tx<'_>, decision: &str) -> Result<bool> {
    let row =
        tx.query_opt(sql!("SELECT number FROM pipeline_lists WHERE home = $1 AND decision = $2"), &params![decision])?;
    Ok(row.is_some())
}

/// Approved lists: number, decision, instant, how many; the newest first.
pub(crate) fn lists(tx: &mut Tx<'_>) -> Result<Vec<(i64, String, Instant, i64)>> {
    let rows = tx.query(
        sql!("SELECT number, decision, decided_at, items FROM pipeline_lists WHERE home = $1 ORDER BY number DESC"),
        &params![],
    )?;
    rows.iter()
        .map(|row| Ok((row.get("number")?, row.get("decision")?, row.get("decided_at")?, row.get("items")?)))
        .collect()
}

/// Who decided each list.
pub(crate) fn list_signers(tx: &mut Tx<'_>) -> Result<std::collections::BTreeMap<i64, String>> {
    let rows =
        tx.query(sql!("SELECT number, decided_by FROM pipeline_lists WHERE home = $1 ORDER BY number"), &params![])?;
    rows.iter().map(|row| Ok((row.get("number")?, row.get("decided_by")?))).collect()
}

pub(crate) fn declare(
    tx: &mut Tx<'_>,
    procedure: &str,
    agency: &AgencyId,
    source: &str,
    day: jiff::civil::Date,
) -> Result<bool> {
    let added = tx.execute(
        sql!(
            "INSERT INTO declared_offerings (home, procedure, agency, source, illustrative, valid_from)
             VALUES ($1, $2, $3, $4, TRUE, $5) ON CONFLICT (home, procedure, agency) DO NOTHING"
        ),
        &params![procedure, agency, source, day],
    )?;
    Ok(added == 1)
}

/// Claimed services by agency, as of a day.
pub(crate) fn declared(tx: &mut Tx<'_>, day: jiff::civil::Date) -> Result<Vec<(AgencyId, i64)>> {
    let rows = tx.query(
        sql!(
            "SELECT agency, count(*) AS n FROM declared_offerings
             WHERE home = $1 AND valid_from <= $2 GROUP BY agency ORDER BY agency"
        ),
        &params![day],
    )?;
    rows.iter().map(|row| Ok((row.get("agency")?, row.get("n")?))).collect()
}

/// Claimed services as of a day, of one agency (empty: of all): procedure, agency, source of the claim.
pub(crate) fn claims(
    tx: &mut Tx<'_>,
    agency: &str,
    day: jiff::civil::Date,
    (skip, most): (i64, i64),
) -> Result<Vec<(String, AgencyId, String)>> {
    let rows = tx.query(
        sql!(
            "SELECT procedure, agency, source FROM declared_offerings
             WHERE home = $1 AND valid_from <= $2 AND ($3 = '' OR agency = $3)
             ORDER BY agency, procedure LIMIT $4 OFFSET $5"
        ),
        &params![day, agency, most, skip],
    )?;
    rows.iter().map(|row| Ok((row.get("procedure")?, row.get("agency")?, row.get("source")?))).collect()
}
