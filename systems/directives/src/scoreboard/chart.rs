//! Geometry of the charts, drawn as SVG by the templates: no script, and every figure stands beside it as text.

use kernel_base::Lang;

use super::model::Month;

/// Width of the trend in its own units, for twelve columns.
pub(crate) const WIDTH: i64 = 360;
/// Height of a full column.
pub(crate) const FULL: i64 = 120;
const STEP: i64 = WIDTH / 12;

/// A column of the trend: kept below, late above, together the full height.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) x: i64,
    pub(crate) middle: i64,
    /// Height of what was kept; `None`: nothing was answered in this month.
    pub(crate) kept: Option<i64>,
    /// `7` under the column.
    pub(crate) month: i8,
    pub(crate) year: i16,
    pub(crate) share: String,
    pub(crate) kept_count: i64,
    pub(crate) late_count: i64,
    pub(crate) current: bool,
}

impl Column {
    /// Top of what was kept, from the top of the chart.
    pub(crate) fn top(&self) -> i64 {
        FULL - self.kept.unwrap_or(0)
    }
}

/// Twelve columns.
pub(crate) fn columns(trend: &[Month], lang: Lang) -> Vec<Column> {
    let last = trend.len().saturating_sub(1);
    let column = |(at, month): (usize, &Month)| {
        let x = i64::try_from(at).unwrap_or(0) * STEP;
        let share = month.share();
        let super::model::Period::Month(year, number) = month.period else { return None };
        Some(Column {
            x: x + 4,
            middle: x + STEP / 2,
            kept: (share.of > 0).then(|| share.hits * FULL / share.of),
            month: number,
            year,
            share: share.text(lang),
            kept_count: month.kept,
            late_count: month.late,
            current: at == last,
        })
    };
    trend.iter().enumerate().filter_map(column).collect()
}
