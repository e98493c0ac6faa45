//! Slips.

use kernel_base::{Error, Result, TypedId};
use kernel_contract::DossierId;
use kernel_db::{Row, Tx, params, sql};

use crate::model::{SlipId, SlipKind, SlipRow};

pub(crate) fn insert_slip(tx: &mut Tx<'_>, dossier: &DossierId, s: &SlipRow) -> Result<()> {
    tx.execute(
        sql!(
            "INSERT INTO slips (home, id, dossier, kind, form, act, content, event_seq, hash, made_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        ),
        &params![
            s.id.as_str(),
            dossier.as_str(),
            s.kind.word(),
            s.form.as_str(),
            s.act.as_str(),
            s.content.to_string(),
            s.event_seq,
            s.hash.as_str(),
            s.made_at
        ],
    )?;
    Ok(())
}

pub(crate) fn slips_of(tx: &mut Tx<'_>, dossier: &DossierId) -> Result<Vec<SlipRow>> {
    tx.query(
        sql!("SELECT * FROM slips WHERE home = $1 AND dossier = $2 ORDER BY event_seq, id"),
        &params![dossier.as_str()],
    )?
    .iter()
    .map(slip_from)
    .collect()
}

/// The slip and the dossier it belongs to.
pub(crate) fn slip_by_id(tx: &mut Tx<'_>, id: &SlipId) -> Result<Option<(DossierId, SlipRow)>> {
    tx.query_opt(sql!("SELECT * FROM slips WHERE home = $1 AND id = $2"), &params![id.as_str()])?
        .map(|row| Ok((row.id::<DossierId>("dossier")?, slip_from(&row)?)))
        .transpose()
}

fn slip_from(row: &Row) -> Result<SlipRow> {
    let kind: String = row.get("kind")?;
    Ok(SlipRow {
        id: row.id::<SlipId>("id")?,
        kind: SlipKind::parse(&kind).ok_or_else(|| Error::internal(format!("slips.kind: unknown word {kind}")))?,
        form: row.get("form")?,
        act: row.get("act")?,
        content: row.json("content")?,
        event_seq: row.get("event_seq")?,
        hash: row.get("hash")?,
        made_at: row.get("made_at")?,
    })
}
