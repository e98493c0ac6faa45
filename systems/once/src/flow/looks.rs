//! Each morning a person is told that others looked at his data the day before: once a day, by his choice of channels.

use kernel_base::{Instant, Result};
use kernel_contract::{Notice, Notices, Recipient};
use kernel_db::Tx;
use kernel_jobs::{Job, enqueue};
use kernel_org::reads::{self, Looks};
use serde_json::{Value, json};

/// Job that tells people; its body is `{}`, or `{"day", "after"}` where a page of it goes on.
pub const TELL_LOOKS: &str = "once.looks";

/// Rows of a page: a use case stays short, however many people there are.
const PAGE: i64 = 200;

/// Names of agencies in one message.
const NAMED: usize = 2;

/// Tells who had his data looked at yesterday; the rest is told by a job of its own. How many were told.
///
/// # Errors
/// Those of the database.
pub fn tell_looks(tx: &mut Tx<'_>, body: &Value) -> Result<usize> {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let day = text("day").parse().unwrap_or_else(|_| tx.now().plus_hours(-24).vietnam().date());
    let from = Instant::from_vietnam(day.at(0, 0, 0, 0));
    let mut looks = reads::looks(tx, from, from.plus_hours(24), &text("after"), PAGE)?;
    if i64::try_from(looks.len()).unwrap_or(PAGE) >= PAGE {
        // The last person may be cut off: the next page begins with him, unless he fills a page alone.
        let last = looks.last().map(|look| look.person.clone()).unwrap_or_default();
        if looks.first().is_some_and(|first| first.person != last) {
            looks.retain(|look| look.person != last);
        }
        let after = looks.last().map(|look| look.person.clone()).unwrap_or_default();
        enqueue(tx, Job::new(TELL_LOOKS, json!({ "day": day.to_string(), "after": after })))?;
    }
    let mut told = 0;
    for of_person in looks.chunk_by(|a, b| a.person == b.person) {
        told += usize::from(tell(tx, day, of_person)?);
    }
    Ok(told)
}

fn tell(tx: &mut Tx<'_>, day: jiff::civil::Date, looks: &[Looks]) -> Result<bool> {
    let Some(first) = looks.first() else { return Ok(false) };
    let times: i64 = looks.iter().map(|look| look.times).sum();
    let values = [("who", who(tx, looks)?), ("times", times.to_string()), ("day", kernel_base::vietnam_date(day))];
    let link = format!("/my/data/reads?from={day}&to={day}");
    let (to, key, at) = (Recipient::Account(&first.person), format!("looks:{day}"), tx.now());
    let notice = Notice { to, kind: "data.read", key: &key, values: &values, link: &link, at };
    tx.port::<dyn Notices>()?.tell(tx, &notice)
}

/// The agencies by name, two of them, and how many others there were.
fn who(tx: &mut Tx<'_>, looks: &[Looks]) -> Result<String> {
    let mut names = Vec::new();
    for look in looks.iter().take(NAMED) {
        let now = tx.now();
        let id = kernel_base::AgencyId::parse(&look.agency);
        let agency = match id {
            Some(id) => kernel_org::agency(tx, &id, now)?.map(|agency| agency.short_name),
            None => None,
        };
        names.push(agency.unwrap_or_else(|| "Người thay mặt bạn hoặc hệ thống khác của Nhà nước".to_owned()));
    }
    let others = looks.len().saturating_sub(NAMED);
    let listed = names.join(", ");
    Ok(if others == 0 { listed } else { format!("{listed} và {others} nơi khác") })
}
