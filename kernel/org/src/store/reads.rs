//! SQL of reads.

use kernel_base::{Instant, Result, TypedId};
use kernel_db::{Row, Tx, params, sql};

use crate::reads::{Purpose, ReadFilter, ReadId, ReadRow, Shown, Told};

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

/// Who looked at whose data between two instants, by person and agency, from the person after `after` on; lines of lists
/// left out. Identifiers begin with their instant, so this reads no more than the reads of that time.
pub(crate) fn looks(
    tx: &mut Tx<'_>,
    (from, until): (Instant, Instant),
    after: &str,
    limit: i64,
) -> Result<Vec<(String, String, i64)>> {
    let id_at = |at: Instant| format!("{}_{:012x}", ReadId::PREFIX, at.as_millis().max(0));
    let rows = tx.query(
        sql!(
            "SELECT person, agency, count(*) AS looks FROM reads
              WHERE home = $1 AND id >= $2 AND id < $3 AND at >= $4 AND at < $5 AND person > $6
                AND person <> ''
                AND purpose NOT IN ('work_list', 'signing_list', 'register', 'deliveries')
              GROUP BY person, agency ORDER BY person, agency LIMIT $7"
        ),
        &params![id_at(from), id_at(until), from, until, after, limit],
    )?;
    rows.iter().map(|row| Ok((row.get("person")?, row.get("agency")?, row.get("looks")?))).collect()
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
