//! Measuring: now, on a past day, and whether a past day still gives what was kept of it.

use std::collections::BTreeSet;

use jiff::civil::Date;
use kernel_base::{AgencyId, Error, Instant, Result, Words};
use kernel_contract::{MeasureRow, MeasureSources, Measured, Measures, Span};
use kernel_db::Tx;
use kernel_obligations::{
    ResultClass,
    score::{self, Page, Show},
};

use super::{
    model::{Definition, Snapshot, Source, definition, definitions, end_of},
    store,
};
use crate::pipeline;

/// The port [`Measures`].
#[derive(Debug)]
pub struct Instrument;

impl Measures for Instrument {
    fn value(&self, tx: &mut Tx<'_>, metric: &str, agency: Option<&AgencyId>, at: Instant) -> Result<Option<Measured>> {
        let Some(definition) = definition(metric, at.vietnam().date())? else { return Ok(None) };
        let rows = rows(tx, definition, at)?;
        Ok(Some(definition.count(&rows, agency, at)))
    }

    fn metrics(&self) -> Vec<(String, Words)> {
        let mut all: Vec<(String, Words)> =
            definitions().unwrap_or_default().iter().map(|d| (d.code.clone(), d.name.clone())).collect();
        all.dedup_by(|a, b| a.0 == b.0);
        all
    }
}

/// The definition of the metric on the day of `at`.
///
/// # Errors
/// `NotFound` for an unknown metric.
pub fn definition_at(metric: &str, at: Instant) -> Result<&'static Definition> {
    definition(metric, at.vietnam().date())?.ok_or_else(|| {
        Error::not_found(
            "metric_not_found",
            ("Không có chỉ số này. Hãy chọn lại trong danh sách.", "There is no such measure. Choose from the list."),
        )
    })
}

/// The rows a metric is counted from at an instant.
///
/// # Errors
/// Those of the database.
pub fn rows(tx: &mut Tx<'_>, definition: &Definition, at: Instant) -> Result<Vec<MeasureRow>> {
    let span = definition.span(at);
    match definition.source {
        Source::Pipeline => pipeline::flow::measure_rows(tx, &definition.code, at),
        Source::Obligations => settled_rows(tx, span),
        Source::Systems => {
            let sources = tx.port::<MeasureSources>()?;
            match sources.0.iter().find(|s| s.metrics().contains(&definition.code.as_str())) {
                Some(source) => source.rows(tx, &definition.code, span),
                None => Ok(Vec::new()),
            }
        }
    }
}

/// Settled dossiers; those kept count.
fn settled_rows(tx: &mut Tx<'_>, span: Span) -> Result<Vec<MeasureRow>> {
    let page = Page { skip: 0, most: i64::MAX };
    let found = score::rows(tx, "dossier.settlement", None, Show::Settled, (span.from, span.until), page)?;
    let row = |o: kernel_obligations::Obligation| MeasureRow {
        counts: i64::from(o.result != Some(ResultClass::Late)),
        key: o.subject,
        title: String::new(),
        agency: o.responsible,
    };
    let mut rows: Vec<MeasureRow> = found.into_iter().map(row).collect();
    rows.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(rows)
}

/// Every metric of the whole home at an instant.
///
/// # Errors
/// Those of the database.
pub fn all(tx: &mut Tx<'_>, at: Instant) -> Result<Vec<(&'static Definition, Measured)>> {
    let day = at.vietnam().date();
    let codes: BTreeSet<&str> = definitions()?.iter().map(|d| d.code.as_str()).collect();
    let mut found = Vec::with_capacity(codes.len());
    for code in definitions()?.iter().map(|d| d.code.as_str()).filter(|code| codes.contains(code)) {
        let Some(definition) = definition(code, day)? else { continue };
        if found.iter().any(|(d, _): &(&Definition, Measured)| d.code == code) {
            continue;
        }
        let rows = rows(tx, definition, at)?;
        found.push((definition, definition.count(&rows, None, at)));
    }
    Ok(found)
}

/// A metric of one agency or of all, with what it was counted from.
#[derive(Debug, Clone)]
pub struct Counted {
    pub definition: &'static Definition,
    pub measured: Measured,
    pub at: Instant,
    /// Each agency that has rows with its short name, by that.
    pub agencies: Vec<(AgencyId, String, Measured)>,
    /// At most as many as were asked for; the denominator says how many there are.
    pub rows: Vec<MeasureRow>,
}

/// Counts a metric at an instant and gives a part of its rows: at most `most` after `skip`.
///
/// # Errors
/// As [`definition_at`]; those of the database.
pub fn counted(
    tx: &mut Tx<'_>,
    metric: &str,
    agency: Option<&AgencyId>,
    at: Instant,
    (skip, most): (usize, usize),
) -> Result<Counted> {
    let definition = definition_at(metric, at)?;
    let all = rows(tx, definition, at)?;
    let measured = definition.count(&all, agency, at);
    let holders: BTreeSet<&AgencyId> = all.iter().map(|row| &row.agency).collect();
    let mut agencies = Vec::with_capacity(holders.len());
    for holder in holders {
        let name = kernel_org::agency(tx, holder, at)?.map_or_else(|| holder.to_string(), |a| a.short_name);
        agencies.push((holder.clone(), name, definition.count(&all, Some(holder), at)));
    }
    agencies.sort_by(|a, b| kernel_base::text::compare(&a.1, &b.1));
    let own = |row: &MeasureRow| agency.is_none_or(|wanted| row.agency == *wanted);
    let rows = all.into_iter().filter(own).skip(skip).take(most).collect();
    Ok(Counted { definition, measured, at, agencies, rows })
}

/// The figures of a day as they are counted now: of the home and of each agency.
fn figures(tx: &mut Tx<'_>, day: Date) -> Result<Vec<Snapshot>> {
    let at = end_of(day);
    let mut figures = Vec::new();
    for (definition, measured) in all(tx, at)? {
        figures.push(Snapshot::of(day, None, &measured));
        let rows = rows(tx, definition, at)?;
        let agencies: BTreeSet<&AgencyId> = rows.iter().map(|r| &r.agency).collect();
        for agency in agencies {
            figures.push(Snapshot::of(day, Some(agency), &definition.count(&rows, Some(agency), at)));
        }
    }
    Ok(figures)
}

/// Keeps the figures of a day that has ended; a day that was kept before stays as it is.
///
/// # Errors
/// Those of the database.
pub fn keep_day(tx: &mut Tx<'_>, day: Date) -> Result<usize> {
    if end_of(day) >= tx.now() || !store::of_day(tx, day)?.is_empty() {
        return Ok(0);
    }
    let figures = figures(tx, day)?;
    for figure in &figures {
        store::keep(tx, figure)?;
    }
    Ok(figures.len())
}

/// Keeps the day before the transaction's own.
///
/// # Errors
/// As [`keep_day`].
pub fn keep_yesterday(tx: &mut Tx<'_>) -> Result<usize> {
    let yesterday = tx.now().vietnam().date().yesterday().map_err(|e| Error::internal(format!("calendar: {e}")))?;
    keep_day(tx, yesterday)
}

/// Figures of a day that were kept and are counted otherwise now: table row and what differs.
///
/// # Errors
/// Those of the database.
pub fn differences(tx: &mut Tx<'_>, day: Date) -> Result<Vec<(String, Words)>> {
    let kept = store::of_day(tx, day)?;
    let counted = if kept.is_empty() { Vec::new() } else { figures(tx, day)? };
    let mut found = Vec::new();
    for one in &kept {
        let name = format!("{day}/{}/{}", one.metric, one.agency);
        match counted.iter().find(|c| c.metric == one.metric && c.agency == one.agency) {
            Some(now) if now == one => {}
            Some(now) => found.push((name, differs(one, now))),
            None => found.push((name, Words::new("không tính lại được", "cannot be counted again"))),
        }
    }
    let missing = |c: &&Snapshot| !kept.iter().any(|k| k.metric == c.metric && k.agency == c.agency);
    let new = counted.iter().filter(missing).map(|c| format!("{day}/{}/{}", c.metric, c.agency));
    found.extend(new.map(|name| (name, Words::new("dòng bị xóa", "the row was removed"))));
    Ok(found)
}

fn differs(kept: &Snapshot, now: &Snapshot) -> Words {
    let say = |s: &Snapshot| format!("{}/{} ({})", s.numerator, s.denominator, s.rows.get(..12).unwrap_or_default());
    Words::new(
        format!("đã lưu {}, tính lại được {}", say(kept), say(now)),
        format!("kept {}, counted again {}", say(kept), say(now)),
    )
}

/// Days with kept figures, the newest first.
///
/// # Errors
/// Those of the database.
pub fn days(tx: &mut Tx<'_>) -> Result<Vec<Date>> {
    store::days(tx)
}

/// A metric over the last days.
///
/// # Errors
/// Those of the database.
pub fn course(tx: &mut Tx<'_>, metric: &str, agency: &str, most: i64) -> Result<Vec<Snapshot>> {
    store::course(tx, metric, agency, most)
}
