//! How long an ended dossier is kept (thời hạn bảo quản), as dated data.

use jiff::civil::Date;
use kernel_base::{Error, Instant, Result};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Rules {
    rules: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
struct Rule {
    valid_from: Date,
    /// For dossiers that were accepted, or for those that never were.
    accepted: bool,
    years: i64,
}

const TEXT: &str = include_str!("../../fixtures/archive.json");

/// Last day on which a dossier that ended at `ended` is kept; `None` = it need not be kept.
///
/// # Errors
/// `Internal` when the file cannot be read: found by the tests.
pub(crate) fn kept_until(accepted: bool, ended: Instant) -> Result<Option<Date>> {
    let rules: Rules = serde_json::from_str(TEXT).map_err(|error| Error::internal(format!("archive.json: {error}")))?;
    let day = ended.vietnam().date();
    let rule = rules
        .rules
        .iter()
        .filter(|rule| rule.accepted == accepted && rule.valid_from <= day)
        .max_by_key(|rule| rule.valid_from);
    let years = rule.map_or(10, |rule| rule.years);
    Ok((years > 0).then(|| day.saturating_add(jiff::Span::new().years(years))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accepted_dossier_is_kept_ten_years_and_a_refused_one_is_not() {
        let ended = Instant::parse("2021-08-01T02:00:00Z").unwrap();
        assert_eq!(kept_until(true, ended).unwrap(), Some(jiff::civil::date(2031, 8, 1)));
        assert_eq!(kept_until(false, ended).unwrap(), None);
    }
}
