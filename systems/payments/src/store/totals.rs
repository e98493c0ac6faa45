//! What came in over some days, by procedure, kind of charge and channel; and the rows behind each sum.

use kernel_base::{AgencyId, Instant, Result};
use kernel_contract::{FeeKind, PayChannel};
use kernel_db::{Row, Tx, params, sql};

use super::known;
use crate::model::{MoneyRow, Total, Wanted};

/// Sums of what settled a fee (`settled`), or of what came in vain.
pub(crate) fn totals(
    tx: &mut Tx<'_>,
    agency: &AgencyId,
    (from, until): (Instant, Instant),
    settled: bool,
) -> Result<Vec<Total>> {
    let sql = sql!(
        "SELECT o.procedure_code, max(o.procedure_name) AS procedure_name, o.kind, a.channel,
                CAST(count(*) AS BIGINT) AS number, CAST(sum(l.amount) AS BIGINT) AS amount
         FROM payment_attempts a
         JOIN attempt_lines l ON l.home = a.home AND l.attempt = a.id
         JOIN fee_obligations o ON o.home = l.home AND o.id = l.obligation
         WHERE a.home = $1 AND a.agency = $2 AND a.confirmed_at >= $3 AND a.confirmed_at < $4 AND l.settled = $5
         GROUP BY o.procedure_code, o.kind, a.channel
         ORDER BY o.procedure_code, o.kind, a.channel"
    );
    let total = |row: &Row| {
        let (kind, channel) = words(row)?;
        Ok(Total {
            procedure: row.get("procedure_code")?,
            procedure_name: row.get("procedure_name")?,
            kind,
            channel,
            settled,
            number: row.get("number")?,
            amount: row.get("amount")?,
        })
    };
    tx.query(sql, &params![agency, from, until, settled])?.iter().map(total).collect()
}

/// The rows behind the sums, the newest first, at most `most`.
pub(crate) fn money_rows(
    tx: &mut Tx<'_>,
    agency: &AgencyId,
    (from, until): (Instant, Instant),
    wanted: &Wanted,
    most: i64,
) -> Result<Vec<MoneyRow>> {
    let sql = sql!(
        "SELECT a.reference, a.channel, a.confirmed_at, o.code, o.owner_account, o.procedure_code, o.name, o.kind,
                l.amount, l.settled
         FROM payment_attempts a
         JOIN attempt_lines l ON l.home = a.home AND l.attempt = a.id
         JOIN fee_obligations o ON o.home = l.home AND o.id = l.obligation
         WHERE a.home = $1 AND a.agency = $2 AND a.confirmed_at >= $3 AND a.confirmed_at < $4
           AND (CAST($5 AS TEXT) = '' OR o.procedure_code = $5)
           AND (CAST($6 AS TEXT) = '' OR o.kind = $6)
           AND (CAST($7 AS TEXT) = '' OR a.channel = $7)
           AND (CAST($8 AS TEXT) = '' OR (CAST($8 AS TEXT) = 'yes') = l.settled)
         ORDER BY a.confirmed_at DESC, a.id, o.kind, o.id LIMIT $9"
    );
    let settled = wanted.settled.map_or("", |settled| if settled { "yes" } else { "no" });
    let values = params![
        agency,
        from,
        until,
        wanted.procedure.as_str(),
        wanted.kind.as_str(),
        wanted.channel.as_str(),
        settled,
        most
    ];
    let line = |row: &Row| {
        let (kind, channel) = words(row)?;
        Ok(MoneyRow {
            reference: row.get("reference")?,
            code: row.get("code")?,
            owner_account: row.get("owner_account")?,
            procedure: row.get("procedure_code")?,
            name: row.get("name")?,
            kind,
            channel,
            amount: row.get("amount")?,
            settled: row.get("settled")?,
            at: row.get("confirmed_at")?,
        })
    };
    tx.query(sql, &values)?.iter().map(line).collect()
}

fn words(row: &Row) -> Result<(FeeKind, PayChannel)> {
    let (kind, channel) = (row.get::<String>("kind")?, row.get::<String>("channel")?);
    Ok((
        known(FeeKind::parse(&kind), "fee_obligations.kind", &kind)?,
        known(PayChannel::parse(&channel), "payment_attempts.channel", &channel)?,
    ))
}
