//! Sources a person withdrew, and each re-use with its ground.

use kernel_base::{Error, Instant, Result};
use kernel_contract::OriginKind;
use kernel_db::{Row, Tx, params, sql};

/// A recorded re-use.
#[derive(Debug, Clone)]
pub(crate) struct ReuseRow {
    pub(crate) id: String,
    pub(crate) account: String,
    pub(crate) draft: String,
    pub(crate) procedure: String,
    pub(crate) sources: Vec<OriginKind>,
    pub(crate) fields: Vec<String>,
    pub(crate) ground: String,
    pub(crate) text: String,
    pub(crate) text_sha256: String,
    pub(crate) given_at: Instant,
    pub(crate) withdrawn_at: Option<Instant>,
}

/// Sources the account withdrew.
pub(crate) fn withdrawn(tx: &mut Tx<'_>, account: &str) -> Result<Vec<OriginKind>> {
    let rows = tx.query(
        sql!("SELECT source FROM source_choices WHERE home = $1 AND account = $2 AND withdrawn = TRUE ORDER BY source"),
        &params![account],
    )?;
    rows.iter().map(|row| Ok(OriginKind::parse(&row.get::<String>("source")?))).filter_map(Result::transpose).collect()
}

/// Withdraws a source or gives it back.
pub(crate) fn choose(tx: &mut Tx<'_>, account: &str, source: OriginKind, withdrawn: bool) -> Result<()> {
    let now = tx.now();
    tx.execute(
        sql!(
            "INSERT INTO source_choices (home, account, source, withdrawn, changed_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (home, account, source) DO UPDATE SET withdrawn = excluded.withdrawn, changed_at = excluded.changed_at"
        ),
        &params![account, source.as_str(), withdrawn, now],
    )?;
    Ok(())
}

pub(crate) fn insert_reuse(tx: &mut Tx<'_>, reuse: &ReuseRow) -> Result<()> {
    let sources: Vec<&str> = reuse.sources.iter().map(|kind| kind.as_str()).collect();
    tx.execute(
        sql!(
            "INSERT INTO reuses (home, id, account, draft, procedure, sources, fields, kind, ground, text, text_sha256,
                                 given_at, withdrawn_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, 'consent', $8, $9, $10, $11, NULL)"
        ),
        &params![
            reuse.id.as_str(),
            reuse.account.as_str(),
            reuse.draft.as_str(),
            reuse.procedure.as_str(),
            list(&sources)?,
            list(&reuse.fields)?,
            reuse.ground.as_str(),
            reuse.text.as_str(),
            reuse.text_sha256.as_str(),
            reuse.given_at
        ],
    )?;
    Ok(())
}

fn list<T: serde::Serialize>(items: &T) -> Result<String> {
    serde_json::to_string(items).map_err(|error| Error::internal(format!("reuses: {error}")))
}

/// The account's re-uses, newest first.
pub(crate) fn reuses_of(tx: &mut Tx<'_>, account: &str) -> Result<Vec<ReuseRow>> {
    tx.query(
        sql!("SELECT * FROM reuses WHERE home = $1 AND account = $2 ORDER BY given_at DESC, id DESC LIMIT 500"),
        &params![account],
    )?
    .iter()
    .map(read)
    .collect()
}

/// Marks one re-use as withdrawn; `false` when it is not the account's or was withdrawn before.
pub(crate) fn withdraw_reuse(tx: &mut Tx<'_>, account: &str, id: &str) -> Result<bool> {
    let now = tx.now();
    let changed = tx.execute(
        sql!(
            "UPDATE reuses SET withdrawn_at = $4 WHERE home = $1 AND id = $2 AND account = $3 AND withdrawn_at IS NULL"
        ),
        &params![id, account, now],
    )?;
    Ok(changed == 1)
}

fn read(row: &Row) -> Result<ReuseRow> {
    let id: String = row.get("id")?;
    let words = |column: &'static str| -> Result<Vec<String>> {
        serde_json::from_str(&row.get::<String>(column)?)
            .map_err(|error| Error::internal(format!("reuses.{column} of {id}: {error}")))
    };
    Ok(ReuseRow {
        sources: words("sources")?.iter().filter_map(|word| OriginKind::parse(word)).collect(),
        fields: words("fields")?,
        account: row.get("account")?,
        draft: row.get("draft")?,
        procedure: row.get("procedure")?,
        ground: row.get("ground")?,
        text: row.get("text")?,
        text_sha256: row.get("text_sha256")?,
        given_at: row.get("given_at")?,
        withdrawn_at: row.get("withdrawn_at")?,
        id,
    })
}

/// Removes what was recorded of an account's choices; the events of the chain stay.
pub(crate) fn erase_choices(tx: &mut Tx<'_>, account: &str) -> Result<u64> {
    let reuses = tx.execute(sql!("DELETE FROM reuses WHERE home = $1 AND account = $2"), &params![account])?;
    let choices = tx.execute(sql!("DELETE FROM source_choices WHERE home = $1 AND account = $2"), &params![account])?;
    Ok(reuses + choices)
}

/// Another account has them now.
pub(crate) fn hand_over_reuses(tx: &mut Tx<'_>, from: &str, to: &str) -> Result<()> {
    tx.execute(sql!("UPDATE reuses SET account = $3 WHERE home = $1 AND account = $2"), &params![from, to])?;
    tx.execute(sql!("DELETE FROM source_choices WHERE home = $1 AND account = $2"), &params![from])?;
    Ok(())
}
