//! SQL of reads.

use kernel_base::Result;
use kernel_db::{Row, Tx, params, sql};

use crate::reads::{Purpose, ReadFilter, ReadRow, Shown, Told};

pub(crate) fn insert(tx: &mut Tx<'_>, id: &str, told: &Told) -> Result<()> {
    let now = tx.now();
    tx.execute(
        sql!(
            "INSERT INTO reads (home, id, person, subject, reader, agency, purpose, fields, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        ),
        &params![
            id,
            told.person.as_str(),
            told.subject.as_str(),
            told.reader.as_str(),
            told.agency.as_str(),
            told.purpose.as_str(),
            told.fields.as_str(),
            now
        ],
    )?;
    Ok(())
}

/// Reads of a person, newest first.
pub(crate) fn of_person(tx: &mut Tx<'_>, person: &str, filter: &ReadFilter) -> Result<Vec<ReadRow>> {
    tx.query(
        sql!(
            "SELECT id, subject, reader, agency, purpose, fields, at FROM reads
             WHERE home = $1 AND person = $2
               AND (CAST($3 AS TEXT) = '' OR subject = $3)
               AND (CAST($4 AS TEXT) = '' OR purpose = $4)
               AND (CAST($5 AS TEXT) = '' OR at >= $5)
               AND (CAST($6 AS TEXT) = '' OR at <= $6)
             ORDER BY at DESC, id DESC LIMIT $7 OFFSET $8"
        ),
        &params![
            person,
            filter.subject.as_str(),
            filter.purpose.as_str(),
            filter.from.as_str(),
            filter.until.as_str(),
            filter.limit.clamp(1, 1_000),
            filter.offset.max(0)
        ],
    )?
    .iter()
    .map(read)
    .collect()
}

pub(crate) fn count(tx: &mut Tx<'_>, person: &str, filter: &ReadFilter) -> Result<i64> {
    tx.query_one(
        sql!(
            "SELECT count(*) AS n FROM reads
             WHERE home = $1 AND person = $2
               AND (CAST($3 AS TEXT) = '' OR subject = $3)
               AND (CAST($4 AS TEXT) = '' OR purpose = $4)
               AND (CAST($5 AS TEXT) = '' OR at >= $5)
               AND (CAST($6 AS TEXT) = '' OR at <= $6)"
        ),
        &params![person, filter.subject.as_str(), filter.purpose.as_str(), filter.from.as_str(), filter.until.as_str()],
    )?
    .get("n")
}

fn read(row: &Row) -> Result<ReadRow> {
    let fields: String = row.get("fields")?;
    let shown = |word: &str| Shown::ALL.into_iter().find(|shown| shown.as_str() == word);
    Ok(ReadRow {
        id: row.get("id")?,
        subject: row.get("subject")?,
        reader: row.get("reader")?,
        agency: row.get("agency")?,
        purpose: Purpose::parse(&row.get::<String>("purpose")?),
        fields: fields.split(',').filter_map(shown).collect(),
        at: row.get("at")?,
    })
}
