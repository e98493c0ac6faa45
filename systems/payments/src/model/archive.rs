//! How long papers of money are kept (thời hạn lưu trữ chứng từ kế toán), as dated data.

use jiff::civil::{Date, date};
use kernel_base::{Error, Instant, Result};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Rules {
    rules: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
struct Rule {
    valid_from: Date,
    years: i16,
}

const TEXT: &str = include_str!("../../fixtures/archive.json");

/// Last day on which receipts and what belongs to them are kept, when the last money moved at `moved`: so many years
/// after the end of that year.
///
/// # Errors
/// `Internal` when the file cannot be read: found by the tests.
pub(crate) fn kept_until(moved: Instant) -> Result<Date> {
    let rules: Rules = serde_json::from_str(TEXT).map_err(|error| Error::internal(format!("archive.json: {error}")))?;
    let day = moved.vietnam().date();
    let in_force = rules.rules.iter().filter(|rule| rule.valid_from <= day).max_by_key(|rule| rule.valid_from);
    let years = in_force.map_or(10, |rule| rule.years);
    Ok(date(day.year().saturating_add(years), 12, 31))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_kept_ten_years_after_the_end_of_its_year() {
        let paid = Instant::parse("2021-07-26T02:00:00Z").unwrap();
        assert_eq!(kept_until(paid).unwrap(), date(2031, 12, 31));
    }
}
