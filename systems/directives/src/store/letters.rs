//! Urging letters and proposals for the annual rating.

use kernel_base::{AgencyId, Instant, Result};
use kernel_db::{Row, Tx, id, json, params, sql};

use super::{from_word, opt_word};
use crate::model::{Letter, LetterId, LetterItem, Rating, RatingDecision, RatingId, TaskId};

pub(crate) fn insert_letter(tx: &mut Tx<'_>, l: &Letter) -> Result<()> {
    tx.execute_one(
        sql!(
            "INSERT INTO letters (home, id, number, issuer, desk, unit, state, items, sha256, drafted_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        ),
        &params![
            id(&l.id),
            &l.number,
            &l.issuer,
            &l.desk,
            &l.unit,
            l.state.word(),
            json(&l.items)?,
            &l.sha256,
            l.drafted_at
        ],
    )
}

pub(crate) fn save_letter(tx: &mut Tx<'_>, l: &Letter) -> Result<()> {
    let document = l.document.as_ref().map(serde_json::Value::to_string);
    tx.execute_one(
        sql!(
            "UPDATE letters
             SET state = $4, items = $5, sha256 = $6, document = $7, signed_by = $8, signed_at = $9, read_by = $10,
                 read_at = $11, answer = $12, answered_by = $13, answered_at = $14, version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3"
        ),
        &params![
            id(&l.id),
            l.version,
            l.state.word(),
            json(&l.items)?,
            &l.sha256,
            document,
            l.signed_by.as_deref(),
            l.signed_at,
            l.read_by.as_deref(),
            l.read_at,
            l.answer.as_deref(),
            l.answered_by.as_deref(),
            l.answered_at
        ],
    )
}

pub(crate) fn letter(tx: &mut Tx<'_>, key: &LetterId) -> Result<Option<Letter>> {
    tx.query_opt(sql!("SELECT * FROM letters WHERE home = $1 AND id = $2"), &params![id(key)])?
        .map(|row| letter_from(&row))
        .transpose()
}

/// The letter of an issuer to a unit that waits for its signature; there is at most one.
pub(crate) fn drafted_letter(tx: &mut Tx<'_>, issuer: &AgencyId, unit: &AgencyId) -> Result<Option<Letter>> {
    tx.query_opt(
        sql!("SELECT * FROM letters WHERE home = $1 AND issuer = $2 AND unit = $3 AND state = 'draft'"),
        &params![issuer, unit],
    )?
    .map(|row| letter_from(&row))
    .transpose()
}

/// Letters in which an agency has a part, the newest first; drafts for the issuer's side only.
pub(crate) fn letters_of(tx: &mut Tx<'_>, agency: &AgencyId, state: &str) -> Result<Vec<Letter>> {
    let rows = tx.query(
        sql!(
            "SELECT * FROM letters
             WHERE home = $1 AND (issuer = $2 OR desk = $2 OR (unit = $2 AND state = 'signed'))
               AND (CAST($3 AS TEXT) = '' OR state = $3)
             ORDER BY drafted_at DESC, id LIMIT 500"
        ),
        &params![agency, state],
    )?;
    rows.iter().map(letter_from).collect()
}

/// Letters to a unit that were approved or signed, the last first.
pub(crate) fn signed_letters(tx: &mut Tx<'_>, issuer: &AgencyId, unit: &AgencyId) -> Result<Vec<Letter>> {
    let rows = tx.query(
        sql!(
            "SELECT * FROM letters WHERE home = $1 AND issuer = $2 AND unit = $3 AND state IN ('approved', 'signed')
             ORDER BY signed_at DESC, id LIMIT 100"
        ),
        &params![issuer, unit],
    )?;
    rows.iter().map(letter_from).collect()
}

pub(crate) fn letters_after(tx: &mut Tx<'_>, after: &str, most: i64) -> Result<Vec<Letter>> {
    let rows = tx
        .query(sql!("SELECT * FROM letters WHERE home = $1 AND id > $2 ORDER BY id LIMIT $3"), &params![after, most])?;
    rows.iter().map(letter_from).collect()
}

fn letter_from(row: &Row) -> Result<Letter> {
    Ok(Letter {
        id: row.id("id")?,
        number: row.get("number")?,
        issuer: row.get("issuer")?,
        desk: row.get("desk")?,
        unit: row.get("unit")?,
        state: from_word(row, "state")?,
        items: row.json("items")?,
        sha256: row.get("sha256")?,
        document: printed(row)?,
        drafted_at: row.get("drafted_at")?,
        signed_by: row.get("signed_by")?,
        signed_at: row.get("signed_at")?,
        read_by: row.get("read_by")?,
        read_at: row.get("read_at")?,
        answer: row.get("answer")?,
        answered_by: row.get("answered_by")?,
        answered_at: row.get("answered_at")?,
        version: row.get("version")?,
    })
}

/// The frozen document of a row, where it has one.
fn printed(row: &Row) -> Result<Option<serde_json::Value>> {
    let document: Option<String> = row.get("document")?;
    let broken = |e: serde_json::Error| kernel_base::Error::internal(format!("a stored document: {e}"));
    document.map(|text| serde_json::from_str(&text).map_err(broken)).transpose()
}

/// What is overdue at a unit for an issuer now: tasks it leads, parts it owes, remedies, the oldest first. `document` is
/// the identifier of the document, for a remedy the number of the decision. Of a secret task the text is left out.
pub(crate) fn overdue_items(
    tx: &mut Tx<'_>,
    issuer: &AgencyId,
    unit: &AgencyId,
    now: Instant,
) -> Result<Vec<LetterItem>> {
    let rows = tx.query(
        sql!(
            "SELECT t.id, t.code, CASE WHEN t.secret THEN '' ELSE t.title END AS title, t.document, t.clause, t.due_on,
                    'chủ trì' AS part, o.legal_due
             FROM directive_tasks t JOIN obligations o ON o.home = t.home AND o.id = t.obligation
             WHERE t.home = $1 AND t.issuer = $2 AND t.lead = $3 AND o.closed_at IS NULL AND o.delivered_at IS NULL
               AND o.paused_since IS NULL AND COALESCE(o.appointment, o.legal_due) < $4
             UNION ALL
             SELECT t.id, t.code, CASE WHEN t.secret THEN '' ELSE t.title END AS title, t.document, t.clause, p.due_on,
                    'phối hợp' AS part, o.legal_due
             FROM task_parts p
             JOIN directive_tasks t ON t.home = p.home AND t.id = p.task
             JOIN obligations o ON o.home = p.home AND o.id = p.obligation
             WHERE p.home = $1 AND t.issuer = $2 AND p.unit = $3 AND o.closed_at IS NULL AND o.legal_due < $4
             UNION ALL
             SELECT f.id, '' AS code, f.remedy AS title, m.decision AS document, '' AS clause, f.due_on,
                    'khắc phục' AS part, o.legal_due
             FROM team_findings f
             JOIN teams m ON m.home = f.home AND m.id = f.team
             JOIN obligations o ON o.home = f.home AND o.id = f.obligation
             WHERE f.home = $1 AND m.issuer = $2 AND f.unit = $3 AND o.closed_at IS NULL AND o.delivered_at IS NULL
               AND o.legal_due < $4
             ORDER BY 8, 2, 1 LIMIT 300"
        ),
        &params![issuer, unit, now],
    )?;
    let read = |row: &Row| {
        let title: String = row.get("title")?;
        Ok(LetterItem {
            task: row.get("id")?,
            code: row.get("code")?,
            title: if title.is_empty() {
                "(nhiệm vụ mật, nội dung xem trong hệ thống)".to_owned()
            } else {
                title
            },
            document: row.get("document")?,
            clause: row.get("clause")?,
            due_on: row.get("due_on")?,
            part: row.get("part")?,
            urged_before: String::new(),
        })
    };
    rows.iter().map(read).collect()
}

/// Agencies with letters to approve or proposals to decide.
pub(crate) fn issuers_waiting(tx: &mut Tx<'_>) -> Result<Vec<AgencyId>> {
    let rows = tx.query(
        sql!(
            "SELECT issuer FROM letters WHERE home = $1 AND state = 'draft'
             UNION SELECT issuer FROM ratings WHERE home = $1 AND decided_at IS NULL ORDER BY 1"
        ),
        &params![],
    )?;
    rows.iter().map(|row| row.get("issuer")).collect()
}

/// Adds a proposal; `false` when the task has one.
pub(crate) fn insert_rating(tx: &mut Tx<'_>, r: &Rating) -> Result<bool> {
    let added = tx.execute(
        sql!(
            "INSERT INTO ratings (home, id, task, issuer, unit, head, late_days, proposed_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (home, task) DO NOTHING"
        ),
        &params![id(&r.id), id(&r.task), &r.issuer, &r.unit, r.head.as_deref(), r.late_days, r.proposed_at],
    )?;
    Ok(added == 1)
}

pub(crate) fn save_rating(tx: &mut Tx<'_>, r: &Rating) -> Result<()> {
    tx.execute_one(
        sql!(
            "UPDATE ratings
             SET decision = $4, points = $5, reason = $6, decided_by = $7, decided_at = $8, seen_by = $9, seen_at = $10,
                 number = $11, document = $12, version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3"
        ),
        &params![
            id(&r.id),
            r.version,
            r.decision.map(RatingDecision::word),
            r.points,
            &r.reason,
            r.decided_by.as_deref(),
            r.decided_at,
            r.seen_by.as_deref(),
            r.seen_at,
            &r.number,
            r.document.as_ref().map(serde_json::Value::to_string)
        ],
    )
}

pub(crate) fn rating(tx: &mut Tx<'_>, key: &RatingId) -> Result<Option<Rating>> {
    tx.query_opt(sql!("SELECT * FROM ratings WHERE home = $1 AND id = $2"), &params![id(key)])?
        .map(|row| rating_from(&row))
        .transpose()
}

pub(crate) fn rating_of_task(tx: &mut Tx<'_>, task: &TaskId) -> Result<Option<Rating>> {
    tx.query_opt(sql!("SELECT * FROM ratings WHERE home = $1 AND task = $2"), &params![id(task)])?
        .map(|row| rating_from(&row))
        .transpose()
}

/// Proposals of an issuer or about a unit; open ones first.
pub(crate) fn ratings_of(tx: &mut Tx<'_>, agency: &AgencyId) -> Result<Vec<Rating>> {
    let rows = tx.query(
        sql!(
            "SELECT * FROM ratings WHERE home = $1 AND (issuer = $2 OR unit = $2)
             ORDER BY CASE WHEN decided_at IS NULL THEN 0 ELSE 1 END, proposed_at, id LIMIT 500"
        ),
        &params![agency],
    )?;
    rows.iter().map(rating_from).collect()
}

fn rating_from(row: &Row) -> Result<Rating> {
    Ok(Rating {
        id: row.id("id")?,
        task: row.id("task")?,
        issuer: row.get("issuer")?,
        unit: row.get("unit")?,
        head: row.get("head")?,
        number: row.get("number")?,
        document: printed(row)?,
        late_days: row.get("late_days")?,
        proposed_at: row.get("proposed_at")?,
        decision: opt_word(row, "decision")?,
        points: row.get("points")?,
        reason: row.get("reason")?,
        decided_by: row.get("decided_by")?,
        decided_at: row.get("decided_at")?,
        seen_by: row.get("seen_by")?,
        seen_at: row.get("seen_at")?,
        version: row.get("version")?,
    })
}
