//! What came in over some days, phí and lệ phí apart, and the rows behind every sum.

use jiff::civil::Date;
use kernel_base::{Error, FieldError, Result};
use kernel_db::Tx;
use kernel_org::{Actor, reads::Shown};

use super::{reconcile, shared};
use crate::{
    model::{MoneyRow, Total, Wanted},
    store,
};

/// Most rows that are shown at once.
const MOST: i64 = 2_000;
/// Longest stretch, in days.
const LONGEST: i32 = 366;

/// Sums of the officer's agency from one day to another, both included: what paid a fee, then what came in vain.
///
/// # Errors
/// `Forbidden` for who may not see the agency's money; `Invalid` for days in the wrong order.
pub fn totals(tx: &mut Tx<'_>, actor: &Actor, from: Date, to: Date) -> Result<Vec<Total>> {
    let agency = reconcile::own_agency(actor)?;
    let span = stretch(from, to)?;
    let mut all = store::totals(tx, &agency, span, true)?;
    all.extend(store::totals(tx, &agency, span, false)?);
    Ok(all)
}

/// The rows behind the sums, the newest first.
///
/// # Errors
/// As [`totals`]; `Invalid` when there are more than 2,000.
pub fn money_rows(tx: &mut Tx<'_>, actor: &Actor, from: Date, to: Date, wanted: &Wanted) -> Result<Vec<MoneyRow>> {
    let agency = reconcile::own_agency(actor)?;
    let rows = store::money_rows(tx, &agency, stretch(from, to)?, wanted, MOST + 1)?;
    if rows.len() > usize::try_from(MOST).unwrap_or(usize::MAX) {
        let words = ("Quá 2.000 khoản. Hãy chọn ít ngày hơn.", "Over 2,000 fees. Choose fewer days.");
        return Err(Error::invalid(vec![FieldError::new("to", "too_many", words)]));
    }
    for row in &rows {
        shared::tell_line(tx, actor, &row.owner_account, &row.code, &[Shown::Payments]);
    }
    Ok(rows)
}

fn stretch(from: Date, to: Date) -> Result<(kernel_base::Instant, kernel_base::Instant)> {
    let days = from.until(to).map_or(-1, |span| span.get_days());
    if !(0..LONGEST).contains(&days) {
        let words =
            ("Ngày cuối phải sau ngày đầu, nhiều nhất một năm.", "The last day comes after the first, a year at most.");
        return Err(Error::invalid(vec![FieldError::new("to", "period", words)]));
    }
    Ok((reconcile::span(from).0, reconcile::span(to).1))
}
