//! Definitions and counting. Pure.

use std::sync::LazyLock;

use jiff::civil::Date;
use kernel_base::{AgencyId, Error, Instant, Lang, Result, Words};
use kernel_contract::{Direction, MeasureRow, Measured, Span};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// How rows become a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Rows that count, of all rows.
    Share,
    /// Sum of what the rows count, by row.
    Mean,
}

/// Where the rows come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The level-4 pipeline of this crate.
    Pipeline,
    /// Obligations of kind `dossier.settlement`.
    Obligations,
    /// A port of another system.
    Systems,
}

/// One version of a definition; that of the day counts, so a past day is counted by the formula of then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    pub code: String,
    pub number: i64,
    pub valid_from: Date,
    pub kind: Kind,
    pub direction: Direction,
    /// Days that are looked back on; 0: what holds at the instant itself.
    pub days: i64,
    pub source: Source,
    pub name: Words,
    pub formula: Words,
}

static DEFINITIONS: LazyLock<std::result::Result<Vec<Definition>, String>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../fixtures/metrics.json")).map_err(|e| format!("metrics.json: {e}"))
});

/// All versions of all definitions.
///
/// # Errors
/// `Internal` when the file of definitions is faulty.
pub fn definitions() -> Result<&'static [Definition]> {
    DEFINITIONS.as_deref().map_err(|e| Error::internal(e.clone()))
}

/// The definition of a metric in force on a day; the first one for days before it.
///
/// # Errors
/// As [`definitions`].
pub fn definition(code: &str, day: Date) -> Result<Option<&'static Definition>> {
    let own: Vec<&Definition> = definitions()?.iter().filter(|d| d.code == code).collect();
    let in_force = own.iter().filter(|d| d.valid_from <= day).max_by_key(|d| d.valid_from);
    Ok(in_force.or_else(|| own.iter().min_by_key(|d| d.valid_from)).copied())
}

impl Definition {
    /// What is looked at for the instant: its end is exclusive and counts events of the very instant.
    pub fn span(&self, at: Instant) -> Span {
        Span { from: at.plus_hours(-24 * self.days), until: at.plus_millis(1) }
    }

    /// Counts rows; of one agency, or of all.
    pub fn count(&self, rows: &[MeasureRow], agency: Option<&AgencyId>, at: Instant) -> Measured {
        let own: Vec<&MeasureRow> = rows.iter().filter(|r| agency.is_none_or(|a| r.agency == *a)).collect();
        let numerator: i64 = match self.kind {
            Kind::Share => own.iter().filter(|r| r.counts > 0).count() as i64,
            Kind::Mean => own.iter().map(|r| r.counts).sum(),
        };
        let denominator = own.len() as i64;
        Measured {
            metric: self.code.clone(),
            definition: self.number,
            value: (denominator > 0).then(|| numerator as f64 / denominator as f64),
            numerator,
            denominator,
            direction: self.direction,
            rows: rows_hash(&own),
            at,
        }
    }

    /// `41,2%`, `1,4`, a dash without rows.
    pub fn text(&self, measured: &Measured, lang: Lang) -> String {
        let Some(value) = measured.value else { return "–".to_owned() };
        let (scaled, mark) = match self.kind {
            Kind::Share => (value * 1000.0, "%"),
            Kind::Mean => (value * 10.0, ""),
        };
        // Rounded down, so that nearly all never looks like all.
        let tenths = (scaled + 1e-6).floor() as i64;
        let comma = if lang == Lang::Vi { ',' } else { '.' };
        let whole = kernel_base::text::thousands(tenths / 10);
        if tenths % 10 == 0 { format!("{whole}{mark}") } else { format!("{whole}{comma}{}{mark}", tenths % 10) }
    }
}

/// SHA-256 over the rows in their order: agency, key and what it counts, one line each.
fn rows_hash(rows: &[&MeasureRow]) -> String {
    let mut hasher = Sha256::new();
    for row in rows {
        hasher.update(format!("{}\t{}\t{}\n", row.agency, row.key, row.counts));
    }
    hex::encode(hasher.finalize())
}

/// A figure kept at the end of a day, to be compared with a recomputation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Snapshot {
    pub day: Date,
    pub metric: String,
    /// Empty for the whole home.
    pub agency: String,
    pub definition: i64,
    pub numerator: i64,
    pub denominator: i64,
    pub rows: String,
}

impl Snapshot {
    pub fn of(day: Date, agency: Option<&AgencyId>, measured: &Measured) -> Self {
        Self {
            day,
            metric: measured.metric.clone(),
            agency: agency.map(AgencyId::to_string).unwrap_or_default(),
            definition: measured.definition,
            numerator: measured.numerator,
            denominator: measured.denominator,
            rows: measured.rows.clone(),
        }
    }

    /// The share or mean; `None` without rows.
    pub fn value(&self) -> Option<f64> {
        (self.denominator > 0).then(|| self.numerator as f64 / self.denominator as f64)
    }
}

/// The last instant of a day in Vietnam.
pub fn end_of(day: Date) -> Instant {
    Instant::from_vietnam(day.at(23, 59, 59, 999_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(agency: &str, counts: i64) -> MeasureRow {
        let agency = AgencyId::parse(agency).unwrap();
        MeasureRow { agency, key: "k".to_owned(), title: String::new(), counts }
    }

    #[test]
    fn every_definition_can_be_read_and_has_words() {
        for one in definitions().unwrap() {
            assert!(
                !one.name.vi.is_empty() && !one.formula.vi.is_empty() && !one.formula.en.is_empty(),
                "{}",
                one.code
            );
        }
        assert_eq!(definitions().unwrap().len(), 9);
    }

    #[test]
    fn nothing_to_count_is_not_nought_and_means_are_no_shares() {
        let share = definition("level4_share", Date::constant(2021, 7, 26)).unwrap().unwrap();
        let at = Instant::parse("2021-07-26T08:00").unwrap();
        let none = share.count(&[], None, at);
        assert_eq!((none.value, share.text(&none, Lang::Vi)), (None, "–".to_owned()));
        assert!(!none.reaches(0.0));
        let rows = [row("000.00.31.H47", 1), row("000.00.31.H47", 0), row("000.00.32.H47", 1)];
        let measured = share.count(&rows, None, at);
        assert_eq!(share.text(&measured, Lang::Vi), "66,6%");
        assert!(measured.reaches(0.66) && !measured.reaches(0.67));
        let one = share.count(&rows, Some(&AgencyId::parse("000.00.31.H47").unwrap()), at);
        assert_eq!((one.numerator, one.denominator), (1, 2));
        let mean = definition("return_rounds", Date::constant(2021, 7, 26)).unwrap().unwrap();
        let rounds = mean.count(&[row("000.00.31.H47", 3), row("000.00.31.H47", 0)], None, at);
        assert_eq!(mean.text(&rounds, Lang::Vi), "1,5");
        assert!(rounds.reaches(1.5) && !rounds.reaches(1.4), "less is better");
    }
}
