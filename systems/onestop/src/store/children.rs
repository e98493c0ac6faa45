//! Papers, supplements, consultations, fees, steps.

use kernel_base::{AgencyId, Error, Instant, Result, TypedId};
use kernel_contract::DossierId;
use kernel_db::{Row, Tx, params, sql};

use crate::model::{Consultation, ConsultationId, FeeId, FeeRow, PaperRow, StepRow, SupplementId, SupplementRow};

/// Which tables hold rows of a dossier. Most hold none, and one statement is cheaper than ten that find nothing.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "one for each table")]
pub(crate) struct Kinds {
    pub(crate) papers: bool,
    pub(crate) supplements: bool,
    pub(crate) consultations: bool,
    pub(crate) fees: bool,
    pub(crate) steps: bool,
    pub(crate) slips: bool,
    pub(crate) results: bool,
    pub(crate) apologies: bool,
    pub(crate) handovers: bool,
    pub(crate) origins: bool,
}

pub(crate) fn kinds_of(tx: &mut Tx<'_>, dossier: &DossierId) -> Result<Kinds> {
    let row = tx.query_one(
        sql!(
            "SELECT EXISTS (SELECT 1 FROM dossier_papers WHERE home = $1 AND dossier = $2) AS papers,
                    EXISTS (SELECT 1 FROM supplement_requests WHERE home = $1 AND dossier = $2) AS supplements,
                    EXISTS (SELECT 1 FROM consultations WHERE home = $1 AND dossier = $2) AS consultations,
                    EXISTS (SELECT 1 FROM dossier_fees WHERE home = $1 AND dossier = $2) AS fees,
                    EXISTS (SELECT 1 FROM steps WHERE home = $1 AND dossier = $2) AS steps,
                    EXISTS (SELECT 1 FROM slips WHERE home = $1 AND dossier = $2) AS slips,
                    EXISTS (SELECT 1 FROM results WHERE home = $1 AND dossier = $2) AS results,
                    EXISTS (SELECT 1 FROM apologies WHERE home = $1 AND dossier = $2) AS apologies,
                    EXISTS (SELECT 1 FROM handovers WHERE home = $1 AND dossier = $2) AS handovers,
                    EXISTS (SELECT 1 FROM dossier_origins WHERE home = $1 AND dossier = $2) AS origins"
        ),
        &params![dossier.as_str()],
    )?;
    Ok(Kinds {
        papers: row.get("papers")?,
        supplements: row.get("supplements")?,
        consultations: row.get("consultations")?,
        fees: row.get("fees")?,
        steps: row.get("steps")?,
        slips: row.get("slips")?,
        results: row.get("results")?,
        apologies: row.get("apologies")?,
        handovers: row.get("handovers")?,
        origins: row.get("origins")?,
    })
}

pub(crate) fn insert_paper(tx: &mut Tx<'_>, dossier: &DossierId, p: &PaperRow) -> Result<()> {
    tx.execute(
        sql!(
            "INSERT INTO dossier_papers (home, dossier, number, paper, name, file, sha256, round, replaced)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, FALSE)"
        ),
        &params![
            dossier.as_str(),
            p.number,
            p.paper.as_str(),
            p.name.as_str(),
            p.file.as_str(),
            p.sha256.as_str(),
            p.round
        ],
    )?;
    Ok(())
}

pub(crate) fn papers_of(tx: &mut Tx<'_>, dossier: &DossierId) -> Result<Vec<PaperRow>> {
    tx.query(
        sql!(
            "SELECT number, paper, name, file, sha256, round, replaced, reused_from FROM dossier_papers
             WHERE home = $1 AND dossier = $2 ORDER BY number"
        ),
        &params![dossier.as_str()],
    )?
    .iter()
    .map(|row| {
        Ok(PaperRow {
            number: row.get("number")?,
            paper: row.get("paper")?,
            name: row.get("name")?,
            file: row.get("file")?,
            sha256: row.get("sha256")?,
            round: row.get("round")?,
            replaced: row.get("replaced")?,
            reused_from: row.get("reused_from")?,
        })
    })
    .collect()
}

/// A paper of an earlier round stays in the file, marked as replaced.
pub(crate) fn mark_paper_replaced(tx: &mut Tx<'_>, dossier: &DossierId, paper: &str) -> Result<()> {
    tx.execute(
        sql!("UPDATE dossier_papers SET replaced = TRUE WHERE home = $1 AND dossier = $2 AND paper = $3"),
        &params![dossier.as_str(), paper],
    )?;
    Ok(())
}

/// Whether a file already belongs to a dossier; a file serves one dossier only.
pub(crate) fn file_in_use(tx: &mut Tx<'_>, file: &str) -> Result<bool> {
    Ok(tx
        .query_opt(sql!("SELECT dossier FROM dossier_papers WHERE home = $1 AND file = $2 LIMIT 1"), &params![file])?
        .is_some())
}

/// The dossier a paper's file belongs to, for permission to read the file.
pub(crate) fn dossier_of_file(tx: &mut Tx<'_>, file: &str) -> Result<Option<DossierId>> {
    tx.query_opt(
        sql!(
            "SELECT dossier FROM dossier_papers WHERE home = $1 AND file = $2
             UNION ALL SELECT dossier FROM results WHERE home = $1 AND file = $2 LIMIT 1"
        ),
        &params![file],
    )?
    .map(|row| row.id::<DossierId>("dossier"))
    .transpose()
}

pub(crate) fn insert_supplement(tx: &mut Tx<'_>, dossier: &DossierId, s: &SupplementRow) -> Result<()> {
    let items = serde_json::to_string(&s.items).map_err(|e| Error::internal(format!("items: {e}")))?;
    tx.execute(
        sql!(
            "INSERT INTO supplement_requests (home, id, dossier, stage, round, items, note, reply_by, asked_by, asked_at, due_before)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        ),
        &params![
            s.id.as_str(),
            dossier.as_str(),
            s.stage.as_str(),
            s.round,
            items,
            s.note.as_str(),
            s.reply_by,
            s.asked_by.as_str(),
            s.asked_at,
            s.due_before
        ],
    )?;
    Ok(())
}

pub(crate) fn answer_supplement(
    tx: &mut Tx<'_>,
    s: &SupplementRow,
    at: Instant,
    due_after: Option<Instant>,
) -> Result<()> {
    tx.execute_one(
        sql!(
            "UPDATE supplement_requests SET answered_at = $4, due_after = $5, version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3"
        ),
        &params![s.id.as_str(), s.version, at, due_after],
    )
}

pub(crate) fn supplements_of(tx: &mut Tx<'_>, dossier: &DossierId) -> Result<Vec<SupplementRow>> {
    tx.query(
        sql!("SELECT * FROM supplement_requests WHERE home = $1 AND dossier = $2 ORDER BY round"),
        &params![dossier.as_str()],
    )?
    .iter()
    .map(|row| {
        let items: String = row.get("items")?;
        Ok(SupplementRow {
            id: row.id::<SupplementId>("id")?,
            stage: row.get("stage")?,
            round: row.get("round")?,
            items: serde_json::from_str(&items)
                .map_err(|e| Error::internal(format!("supplement_requests.items: {e}")))?,
            note: row.get("note")?,
            reply_by: row.get("reply_by")?,
            asked_by: row.get("asked_by")?,
            asked_at: row.get("asked_at")?,
            answered_at: row.get::<Option<Instant>>("answered_at")?,
            due_before: row.get::<Option<Instant>>("due_before")?,
            due_after: row.get::<Option<Instant>>("due_after")?,
            version: row.get("version")?,
        })
    })
    .collect()
}

pub(crate) fn insert_consultation(tx: &mut Tx<'_>, c: &Consultation) -> Result<()> {
    tx.execute(
        sql!(
            "INSERT INTO consultations (home, id, dossier, from_agency, agency, question, obligation, due_at, asked_by, asked_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        ),
        &params![
            c.id.as_str(),
            c.dossier.as_str(),
            &c.from_agency,
            &c.agency,
            c.question.as_str(),
            c.obligation.as_str(),
            c.due_at,
            c.asked_by.as_str(),
            c.asked_at
        ],
    )?;
    Ok(())
}

pub(crate) fn answer_consultation(
    tx: &mut Tx<'_>,
    c: &Consultation,
    answer: &str,
    by: &str,
    at: Instant,
) -> Result<()> {
    tx.execute_one(
        sql!(
            "UPDATE consultations SET answer = $4, answered_by = $5, answered_at = $6, version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3 AND answered_at IS NULL"
        ),
        &params![c.id.as_str(), c.version, answer, by, at],
    )
}

pub(crate) fn consultations_of(tx: &mut Tx<'_>, dossier: &DossierId) -> Result<Vec<Consultation>> {
    tx.query(
        sql!("SELECT * FROM consultations WHERE home = $1 AND dossier = $2 ORDER BY asked_at, id"),
        &params![dossier.as_str()],
    )?
    .iter()
    .map(consultation_from)
    .collect()
}

pub(crate) fn consultation_by_id(tx: &mut Tx<'_>, id: &ConsultationId) -> Result<Option<Consultation>> {
    tx.query_opt(sql!("SELECT * FROM consultations WHERE home = $1 AND id = $2"), &params![id.as_str()])?
        .map(|row| consultation_from(&row))
        .transpose()
}

/// Questions that wait for an answer of `agency`, the most urgent first.
pub(crate) fn open_consultations(tx: &mut Tx<'_>, agency: &AgencyId) -> Result<Vec<Consultation>> {
    tx.query(
        sql!(
            "SELECT * FROM consultations WHERE home = $1 AND agency = $2 AND answered_at IS NULL
             ORDER BY due_at, id LIMIT 200"
        ),
        &params![agency],
    )?
    .iter()
    .map(consultation_from)
    .collect()
}

fn consultation_from(row: &Row) -> Result<Consultation> {
    Ok(Consultation {
        id: row.id::<ConsultationId>("id")?,
        dossier: row.id::<DossierId>("dossier")?,
        from_agency: row.get("from_agency")?,
        agency: row.get("agency")?,
        question: row.get("question")?,
        obligation: row.get("obligation")?,
        due_at: row.get("due_at")?,
        asked_by: row.get("asked_by")?,
        asked_at: row.get("asked_at")?,
        answer: row.get("answer")?,
        answered_by: row.get("answered_by")?,
        answered_at: row.get::<Option<Instant>>("answered_at")?,
        version: row.get("version")?,
    })
}

pub(crate) fn insert_fee(tx: &mut Tx<'_>, dossier: &DossierId, f: &FeeRow, asked_by: &str) -> Result<()> {
    tx.execute(
        sql!(
            "INSERT INTO dossier_fees (home, id, dossier, fee, name, amount, asked_by, asked_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        &params![f.id.as_str(), dossier.as_str(), f.fee.as_str(), f.name.as_str(), f.amount, asked_by, f.asked_at],
    )?;
    Ok(())
}

pub(crate) fn pay_fee(tx: &mut Tx<'_>, f: &FeeRow, receipt: &str, cashier: &str, at: Instant) -> Result<()> {
    tx.execute_one(
        sql!(
            "UPDATE dossier_fees SET receipt = $4, cashier = $5, paid_at = $6, version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3 AND paid_at IS NULL"
        ),
        &params![f.id.as_str(), f.version, receipt, cashier, at],
    )
}

pub(crate) fn fees_of(tx: &mut Tx<'_>, dossier: &DossierId) -> Result<Vec<FeeRow>> {
    tx.query(
        sql!("SELECT * FROM dossier_fees WHERE home = $1 AND dossier = $2 ORDER BY asked_at, id"),
        &params![dossier.as_str()],
    )?
    .iter()
    .map(|row| {
        Ok(FeeRow {
            id: row.id::<FeeId>("id")?,
            fee: row.get("fee")?,
            name: row.get("name")?,
            amount: row.get("amount")?,
            asked_at: row.get("asked_at")?,
            receipt: row.get("receipt")?,
            paid_at: row.get::<Option<Instant>>("paid_at")?,
            version: row.get("version")?,
        })
    })
    .collect()
}

pub(crate) fn insert_step(tx: &mut Tx<'_>, dossier: &DossierId, s: &StepRow) -> Result<()> {
    tx.execute(
        sql!(
            "INSERT INTO steps (home, dossier, number, step, agency, officer, began_at, due_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        &params![dossier.as_str(), s.number, s.step.as_str(), &s.agency, s.officer.as_str(), s.began_at, s.due_at],
    )?;
    Ok(())
}

/// Ends the open stay at a step.
pub(crate) fn end_step(
    tx: &mut Tx<'_>,
    dossier: &DossierId,
    number: i64,
    (at, action, by, note): (Instant, &str, &str, &str),
) -> Result<()> {
    tx.execute_one(
        sql!(
            "UPDATE steps SET ended_at = $4, action = $5, by_officer = $6, note = $7
             WHERE home = $1 AND dossier = $2 AND number = $3 AND ended_at IS NULL"
        ),
        &params![dossier.as_str(), number, at, action, by, note],
    )
}

pub(crate) fn steps_of(tx: &mut Tx<'_>, dossier: &DossierId) -> Result<Vec<StepRow>> {
    tx.query(sql!("SELECT * FROM steps WHERE home = $1 AND dossier = $2 ORDER BY number"), &params![dossier.as_str()])?
        .iter()
        .map(|row| {
            Ok(StepRow {
                number: row.get("number")?,
                step: row.get("step")?,
                agency: row.get("agency")?,
                officer: row.get("officer")?,
                began_at: row.get("began_at")?,
                due_at: row.get::<Option<Instant>>("due_at")?,
                ended_at: row.get::<Option<Instant>>("ended_at")?,
                action: row.get("action")?,
                by_officer: row.get("by_officer")?,
                note: row.get("note")?,
            })
        })
        .collect()
}
