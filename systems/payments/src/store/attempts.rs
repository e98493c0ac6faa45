//! Tries to pay, what they pay, and the notifications about them.

use std::collections::BTreeMap;

use kernel_base::{AgencyId, Instant, Result, TypedId, Words};
use kernel_contract::{DossierId, PayChannel};
use kernel_db::{Row, Tx, params, sql};

use super::known;
use crate::model::{Attempt, AttemptId, AttemptState, FeeObligationId, Line};

pub(crate) fn insert_attempt(tx: &mut Tx<'_>, a: &Attempt) -> Result<()> {
    tx.execute(
        sql!(
            "INSERT INTO payment_attempts (home, id, reference, dossier, agency, channel, amount, state, unknown, pay_url,
               created_at, expires_at, confirmed_at, transaction_no, bank, code, reason_vi, reason_en, note, refund_total)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)"
        ),
        &params![
            a.id.as_str(),
            a.reference.as_str(),
            a.dossier.as_str(),
            &a.agency,
            a.channel.as_str(),
            a.amount,
            a.state.as_str(),
            a.unknown,
            a.pay_url.as_str(),
            a.created_at,
            a.expires_at,
            a.confirmed_at,
            a.transaction.as_str(),
            a.bank.as_str(),
            a.code.as_str(),
            a.reason.vi.as_str(),
            a.reason.en.as_str(),
            a.note.as_str(),
            a.refund_total
        ],
    )?;
    Ok(())
}

/// Saves what may change of an attempt; somebody who was first makes the use case run again.
pub(crate) fn save_attempt(tx: &mut Tx<'_>, before: &Attempt, a: &Attempt) -> Result<()> {
    tx.execute_one(
        sql!(
            "UPDATE payment_attempts SET state = $4, unknown = $5, pay_url = $6, confirmed_at = $7, transaction_no = $8,
               bank = $9, code = $10, reason_vi = $11, reason_en = $12, refund_total = $13, version = version + 1
             WHERE home = $1 AND id = $2 AND version = $3"
        ),
        &params![
            a.id.as_str(),
            before.version,
            a.state.as_str(),
            a.unknown,
            a.pay_url.as_str(),
            a.confirmed_at,
            a.transaction.as_str(),
            a.bank.as_str(),
            a.code.as_str(),
            a.reason.vi.as_str(),
            a.reason.en.as_str(),
            a.refund_total
        ],
    )
}

pub(crate) fn insert_line(tx: &mut Tx<'_>, attempt: &AttemptId, line: &Line) -> Result<()> {
    tx.execute(
        sql!("INSERT INTO attempt_lines (home, attempt, obligation, amount, settled) VALUES ($1, $2, $3, $4, FALSE)"),
        &params![attempt.as_str(), line.obligation.as_str(), line.amount],
    )?;
    Ok(())
}

/// Marks what an attempt has settled; the database refuses a second one for the same obligation.
pub(crate) fn settle_line(tx: &mut Tx<'_>, attempt: &AttemptId, obligation: &FeeObligationId) -> Result<()> {
    tx.execute_one(
        sql!(
            "UPDATE attempt_lines SET settled = TRUE WHERE home = $1 AND attempt = $2 AND obligation = $3 AND NOT settled"
        ),
        &params![attempt.as_str(), obligation.as_str()],
    )
}

pub(crate) fn lines_of(tx: &mut Tx<'_>, attempt: &AttemptId) -> Result<Vec<Line>> {
    let sql = sql!(
        "SELECT obligation, amount, settled FROM attempt_lines WHERE home = $1 AND attempt = $2 ORDER BY obligation"
    );
    let line = |row: &Row| {
        Ok(Line {
            obligation: row.id::<FeeObligationId>("obligation")?,
            amount: row.get("amount")?,
            settled: row.get("settled")?,
        })
    };
    tx.query(sql, &params![attempt.as_str()])?.iter().map(line).collect()
}

pub(crate) fn attempt_by_reference(tx: &mut Tx<'_>, reference: &str) -> Result<Option<Attempt>> {
    let sql = sql!("SELECT * FROM payment_attempts WHERE home = $1 AND reference = $2");
    tx.query_opt(sql, &params![reference])?.map(|row| attempt(&row)).transpose()
}

pub(crate) fn attempt_by_id(tx: &mut Tx<'_>, id: &AttemptId) -> Result<Option<Attempt>> {
    let sql = sql!("SELECT * FROM payment_attempts WHERE home = $1 AND id = $2");
    tx.query_opt(sql, &params![id.as_str()])?.map(|row| attempt(&row)).transpose()
}

/// Attempts of a dossier in the order they were made.
pub(crate) fn attempts_of(tx: &mut Tx<'_>, dossier: &DossierId) -> Result<Vec<Attempt>> {
    let sql = sql!("SELECT * FROM payment_attempts WHERE home = $1 AND dossier = $2 ORDER BY created_at, reference");
    tx.query(sql, &params![dossier.as_str()])?.iter().map(attempt).collect()
}

/// Attempts made before `before` that still wait for their gateway, the oldest first.
pub(crate) fn waiting_attempts(tx: &mut Tx<'_>, before: Instant, most: i64) -> Result<Vec<Attempt>> {
    let sql = sql!(
        "SELECT * FROM payment_attempts WHERE home = $1 AND state IN ('created', 'redirected') AND created_at <= $2
         ORDER BY created_at, id LIMIT $3"
    );
    tx.query(sql, &params![before, most])?.iter().map(attempt).collect()
}

/// Attempts that belong to a day: confirmed in it, or made in it and never confirmed.
pub(crate) fn attempts_of_day(
    tx: &mut Tx<'_>,
    agency: &AgencyId,
    channel: PayChannel,
    (from, until): (Instant, Instant),
) -> Result<Vec<Attempt>> {
    let sql = sql!(
        "SELECT * FROM payment_attempts WHERE home = $1 AND agency = $2 AND channel = $3
           AND ((confirmed_at >= $4 AND confirmed_at < $5) OR (confirmed_at IS NULL AND created_at >= $4 AND created_at < $5))
         ORDER BY created_at, id LIMIT 5000"
    );
    tx.query(sql, &params![agency, channel.as_str(), from, until])?.iter().map(attempt).collect()
}

/// Code and owner's account of each dossier with attempts of a day, by the dossier.
pub(crate) fn owners_of_day(
    tx: &mut Tx<'_>,
    agency: &AgencyId,
    channel: PayChannel,
    (from, until): (Instant, Instant),
) -> Result<BTreeMap<String, (String, String)>> {
    let sql = sql!(
        "SELECT DISTINCT o.dossier, o.code, o.owner_account
         FROM payment_attempts a JOIN fee_obligations o ON o.home = a.home AND o.dossier = a.dossier
         WHERE a.home = $1 AND a.agency = $2 AND a.channel = $3
           AND ((a.confirmed_at >= $4 AND a.confirmed_at < $5)
                OR (a.confirmed_at IS NULL AND a.created_at >= $4 AND a.created_at < $5))"
    );
    let line = |row: &Row| Ok((row.get("dossier")?, (row.get("code")?, row.get("owner_account")?)));
    tx.query(sql, &params![agency, channel.as_str(), from, until])?.iter().map(line).collect()
}

/// Agencies and online channels with attempts in a stretch of time.
pub(crate) fn busy_agencies(tx: &mut Tx<'_>, from: Instant, until: Instant) -> Result<Vec<(AgencyId, PayChannel)>> {
    let sql = sql!(
        "SELECT DISTINCT agency, channel FROM payment_attempts
         WHERE home = $1 AND ((confirmed_at >= $2 AND confirmed_at < $3) OR (created_at >= $2 AND created_at < $3))
         ORDER BY agency, channel"
    );
    let pair = |row: &Row| {
        let word: String = row.get("channel")?;
        Ok((row.get("agency")?, known(PayChannel::parse(&word), "payment_attempts.channel", &word)?))
    };
    tx.query(sql, &params![from, until])?.iter().map(pair).collect()
}

/// A notification as it was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoticeRow {
    pub channel: PayChannel,
    pub reference: String,
    pub amount: i64,
    pub paid: bool,
    pub code: String,
    pub outcome: &'static str,
}

pub(crate) fn insert_notice(tx: &mut Tx<'_>, id: &str, n: &NoticeRow) -> Result<()> {
    let now = tx.now();
    tx.execute(
        sql!(
            "INSERT INTO payment_notices (home, id, channel, reference, amount, paid, code, outcome, received_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        ),
        &params![id, n.channel.as_str(), n.reference.as_str(), n.amount, n.paid, n.code.as_str(), n.outcome, now],
    )?;
    Ok(())
}

/// One more notification of this hour that was not believed.
pub(crate) fn count_distrusted(tx: &mut Tx<'_>, channel: PayChannel, hour: Instant, outcome: &str) -> Result<()> {
    tx.execute(
        sql!(
            "INSERT INTO payment_distrusted (home, channel, hour, outcome, times) VALUES ($1, $2, $3, $4, 1)
             ON CONFLICT (home, channel, hour, outcome) DO UPDATE SET times = payment_distrusted.times + 1"
        ),
        &params![channel.as_str(), hour, outcome],
    )?;
    Ok(())
}

fn attempt(row: &Row) -> Result<Attempt> {
    let word = |column: &str| row.get::<String>(column);
    let (channel, state) = (word("channel")?, word("state")?);
    Ok(Attempt {
        id: row.id::<AttemptId>("id")?,
        reference: row.get("reference")?,
        dossier: row.id::<DossierId>("dossier")?,
        agency: row.get("agency")?,
        channel: known(PayChannel::parse(&channel), "payment_attempts.channel", &channel)?,
        amount: row.get("amount")?,
        state: known(AttemptState::parse(&state), "payment_attempts.state", &state)?,
        unknown: row.get("unknown")?,
        pay_url: row.get("pay_url")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        confirmed_at: row.get::<Option<Instant>>("confirmed_at")?,
        transaction: row.get("transaction_no")?,
        bank: row.get("bank")?,
        code: row.get("code")?,
        reason: Words::new(word("reason_vi")?, word("reason_en")?),
        note: row.get("note")?,
        refund_total: row.get("refund_total")?,
        version: row.get("version")?,
    })
}
