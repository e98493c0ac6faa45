//! All SQL of obligations and calendars.

pub(crate) mod calendars;
pub(crate) mod ladders;
pub(crate) mod lists;
pub(crate) mod score;

use kernel_base::{Error, Result};
use kernel_calendar::{Cutoff, Limit};
use kernel_db::{Row, Tx, Value, id, json, opt_id, params, sql};
use serde::{Deserialize, Serialize};

use crate::model::{Delivery, Extension, HolderSpan, Obligation, ObligationId, Outcome, PauseSpan, ResultClass, State};

/// What the column `history` holds.
#[derive(Debug, Serialize, Deserialize)]
struct History {
    pauses: Vec<PauseSpan>,
    extensions: Vec<Extension>,
    #[serde(default)]
    deliveries: Vec<Delivery>,
    holders: Vec<HolderSpan>,
}

pub(crate) fn insert(tx: &mut Tx<'_>, o: &Obligation) -> Result<()> {
    let unit = json(&o.limit.unit)?;
    let mut values = params![
        id(&o.id),
        &o.kind,
        &o.subject,
        o.opened_at,
        o.start,
        o.limit.amount,
        unit_word(unit),
        o.cutoff.map(|c| c.to_string()),
        &o.source,
        id(&o.calendar_version),
        o.limit_minutes,
        o.first_promise,
        opt_id(o.ladder.as_ref()),
        o.due_on,
    ]
    .to_vec();
    values.extend(moving(o)?);
    tx.execute_one(
        sql!(
            "INSERT INTO obligations
                 (home, id, kind, subject, opened_at, start_at, limit_amount, limit_unit, cutoff, source, calendar,
                  limit_minutes, first_promise, ladder, due_on,
                  holder, running_calendar, legal_due, appointment, state, paused_since, closed_at, outcome, result,
                  late_minutes, late_days, pauses, pauses_near_due, extensions, risk_at, next_action_at, next_mark,
                  reminded, delivered_at, responsible, history, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
                     $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37)"
        ),
        &values,
    )
}

/// Saves what a change may move; stale when the row is no longer at the version before.
pub(crate) fn update(tx: &mut Tx<'_>, o: &Obligation) -> Result<()> {
    let mut values = params![id(&o.id)].to_vec();
    values.extend(moving(o)?);
    tx.execute_one(
        sql!(
            "UPDATE obligations
             SET holder = $3, running_calendar = $4, legal_due = $5, appointment = $6, state = $7, paused_since = $8,
                 closed_at = $9, outcome = $10, result = $11, late_minutes = $12, late_days = $13, pauses = $14,
                 pauses_near_due = $15, extensions = $16, risk_at = $17, next_action_at = $18, next_mark = $19,
                 reminded = $20, delivered_at = $21, responsible = $22, history = $23, version = $24
             WHERE home = $1 AND id = $2 AND version = $24 - 1"
        ),
        &values,
    )
}

/// The columns that change, in the order of both statements.
fn moving(o: &Obligation) -> Result<Vec<Value>> {
    let history = History {
        pauses: o.pauses.clone(),
        extensions: o.extensions.clone(),
        deliveries: o.deliveries.clone(),
        holders: o.holders.clone(),
    };
    let mut values = params![
        &o.holder,
        id(&o.running_calendar),
        o.legal_due,
        o.appointment,
        o.state.word(),
        o.paused_since,
        o.closed_at,
        o.outcome.map(Outcome::word),
        o.result.map(ResultClass::word),
        o.late_minutes,
        o.late_days,
        o.pauses.len() as i64,
        o.pauses_near_due(),
        o.extensions.len() as i64,
        o.risk_at,
        o.next_action_at,
        o.next_mark,
        o.reminded,
        o.delivered_at,
        &o.responsible,
    ]
    .to_vec();
    values.push(json(&history)?);
    values.push(o.version.into());
    Ok(values)
}

/// Units are kept as bare words, not as JSON texts.
fn unit_word(value: Value) -> Value {
    if let Value::Text(text) = &value { Value::Text(text.trim_matches('"').to_owned()) } else { value }
}

pub(crate) fn find(tx: &mut Tx<'_>, key: &ObligationId) -> Result<Option<Obligation>> {
    let row = tx.query_opt(sql!("SELECT * FROM obligations WHERE home = $1 AND id = $2"), &params![id(key)])?;
    row.as_ref().map(read).transpose()
}

/// All obligations of a subject in the order they were opened.
pub(crate) fn of_subject(tx: &mut Tx<'_>, subject: &str) -> Result<Vec<Obligation>> {
    let rows = tx.query(
        sql!("SELECT * FROM obligations WHERE home = $1 AND subject = $2 ORDER BY opened_at, id"),
        &params![subject],
    )?;
    rows.iter().map(read).collect()
}

/// Identifiers only, so that a row that cannot be read is still found.
pub(crate) fn ids_of_subject(tx: &mut Tx<'_>, subject: &str) -> Result<Vec<ObligationId>> {
    let rows =
        tx.query(sql!("SELECT id FROM obligations WHERE home = $1 AND subject = $2 ORDER BY id"), &params![subject])?;
    rows.iter().map(|row| row.id("id")).collect()
}

pub(crate) fn read(row: &Row) -> Result<Obligation> {
    let history: History = row.json("history")?;
    let found = Obligation {
        id: row.id("id")?,
        kind: row.get("kind")?,
        subject: row.get("subject")?,
        holder: row.get("holder")?,
        responsible: row.get("responsible")?,
        opened_at: row.get("opened_at")?,
        start: row.get("start_at")?,
        limit: Limit { amount: row.get("limit_amount")?, unit: word(row, "limit_unit", unit)? },
        cutoff: opt_word(row, "cutoff", Cutoff::parse)?,
        due_on: row.get("due_on")?,
        ladder: row.opt_id("ladder")?,
        source: row.get("source")?,
        calendar_version: row.id("calendar")?,
        running_calendar: row.id("running_calendar")?,
        limit_minutes: row.get("limit_minutes")?,
        first_promise: row.get("first_promise")?,
        legal_due: row.get("legal_due")?,
        appointment: row.get("appointment")?,
        state: word(row, "state", State::parse)?,
        paused_since: row.get("paused_since")?,
        delivered_at: row.get("delivered_at")?,
        closed_at: row.get("closed_at")?,
        outcome: opt_word(row, "outcome", Outcome::parse)?,
        result: opt_word(row, "result", ResultClass::parse)?,
        late_minutes: row.get("late_minutes")?,
        late_days: row.get("late_days")?,
        pauses: history.pauses,
        extensions: history.extensions,
        deliveries: history.deliveries,
        holders: history.holders,
        risk_at: row.get("risk_at")?,
        next_action_at: row.get("next_action_at")?,
        next_mark: row.get("next_mark")?,
        reminded: row.get("reminded")?,
        version: row.get("version")?,
        trace: Vec::new(),
    };
    let counts = (row.get("pauses")?, row.get("pauses_near_due")?, row.get("extensions")?);
    if counts != (found.pauses.len() as i64, found.pauses_near_due(), found.extensions.len() as i64) {
        return Err(Error::internal(format!("obligations: row {}: counts differ from column history", found.id)));
    }
    Ok(found)
}

/// Rows of a list. One that cannot be read was changed behind the product's back; it stops nobody else and gains nothing
/// by it: what its events say stands in its place, and it is left out where there are none. [`crate::verify()`] names it.
pub(crate) fn read_all(tx: &mut Tx<'_>, rows: &[Row]) -> Result<Vec<Obligation>> {
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        found.extend(read_or_recompute(tx, row)?);
    }
    Ok(found)
}

pub(crate) fn read_or_recompute(tx: &mut Tx<'_>, row: &Row) -> Result<Option<Obligation>> {
    let broken = match read(row) {
        Ok(found) => return Ok(Some(found)),
        Err(broken) => broken,
    };
    passed_over(&broken);
    let (Ok(subject), Ok(key)) = (row.get::<String>("subject"), row.id::<ObligationId>("id")) else { return Ok(None) };
    Ok(crate::recompute(tx, &subject)?.obligations.into_iter().find(|o| o.id == key))
}

/// Tells the operator of a row that only a change by hand explains.
pub(crate) fn passed_over(broken: &Error) {
    metrics::counter!("obligations_broken_rows_total").increment(1);
    tracing::error!(error = %broken, inside = broken.inside.as_deref(), "a row of obligations is broken: run verify");
}

fn unit(word: &str) -> Option<kernel_calendar::Unit> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
}

fn word<T>(row: &Row, column: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T> {
    opt_word(row, column, parse)?.ok_or_else(|| Error::internal(format!("obligations: column {column} is empty")))
}

fn opt_word<T>(row: &Row, column: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>> {
    let Some(text) = row.get::<Option<String>>(column)? else { return Ok(None) };
    let unknown = || Error::internal(format!("obligations: column {column} holds an unknown word"));
    parse(&text).map(Some).ok_or_else(unknown)
}
