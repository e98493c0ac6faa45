//! The brief comes to the leaders at 07:00 of every working day by itself, through the messages of their choice.

use std::collections::BTreeSet;

use jiff::civil::Date;
use kernel_base::{AgencyId, Error, Instant, Result};
use kernel_calendar::Calendar;
use kernel_contract::{Notice, Notices, Recipient};
use kernel_db::Tx;
use kernel_jobs::{Job, enqueue};
use kernel_obligations as obligations;
use kernel_org::{Actor, Role};
use serde_json::{Value, json};

use super::flow;
use crate::{pipeline, scoreboard::model::SYSTEMS, store};

/// Job of 07:00.
pub const JOB: &str = "directives.briefs";
/// The hour of the brief in Vietnam.
pub const HOUR: i8 = 7;
/// Job that tells the leaders of one agency: `{"agency", "day"}`.
pub const TELL: &str = "directives.brief";

/// One job for each agency that owes something or has something to sign, so that no transaction is long and a killed
/// server goes on where it was. How many.
///
/// # Errors
/// Those of the database.
pub fn plan(tx: &mut Tx<'_>) -> Result<usize> {
    let now = tx.now();
    let day = now.vietnam().date();
    // A server that comes back in the night makes up for the morning that it missed; this day's brief comes at its hour.
    if now < Instant::from_vietnam(day.at(HOUR, 0, 0, 0)) {
        return Ok(0);
    }
    // What waits for a result's signature is owed by the agency, so it is among the open ones.
    let mut agencies: BTreeSet<AgencyId> = store::issuers_waiting(tx)?.into_iter().collect();
    agencies.extend(pipeline::flow::committee(tx));
    for system in SYSTEMS {
        agencies.extend(obligations::open_counts(tx, system.kind, now)?.into_iter().map(|count| count.responsible));
    }
    for agency in &agencies {
        let body = json!({ "agency": agency, "day": day.to_string() });
        enqueue(tx, Job::new(TELL, body).key(format!("{agency} {day}")))?;
    }
    Ok(agencies.len())
}

/// Tells each leader of an agency once on a day what is red and what waits for him; nothing on a day of rest, nothing
/// when nothing waits, nothing of a day that is over. How many were told.
///
/// # Errors
/// Those of the database; `Internal` for a body that cannot be read.
pub fn tell(tx: &mut Tx<'_>, body: &Value) -> Result<usize> {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let agency = AgencyId::parse(text("agency")).ok_or_else(|| Error::internal(format!("{TELL}: {body}")))?;
    let now = tx.now();
    let today = now.vietnam().date();
    if today.to_string() != text("day") || !works(tx, &agency, now)? {
        return Ok(0);
    }
    let leaders = kernel_org::officers_of(tx, &agency, now)?.into_iter().filter(|o| o.roles.contains(&Role::Leader));
    let notices = tx.port::<dyn Notices>()?;
    let mut told = 0;
    for leader in leaders {
        let Some(officer) = kernel_org::officer_by_account(tx, &leader.account, now)? else { continue };
        let brief = flow::brief(tx, &Actor::Officer(officer))?;
        if brief.overdue() + brief.waiting() == 0 {
            continue;
        }
        let values = [
            ("overdue", brief.overdue().to_string()),
            ("turned", brief.turned_count().to_string()),
            ("to_sign", brief.waiting().to_string()),
        ];
        let (to, key) = (Recipient::Officer(&leader.account), format!("brief:{today}"));
        let notice =
            Notice { to, kind: "officer.brief", key: &key, values: &values, link: "/staff/brief", at: brief.at };
        told += usize::from(notices.tell(tx, &notice)?);
    }
    Ok(told)
}

/// Whether the agency works today.
fn works(tx: &mut Tx<'_>, agency: &AgencyId, now: Instant) -> Result<bool> {
    let (_, calendar) = obligations::calendars::in_force(tx, agency, now)?;
    works_on(now.vietnam().date(), &calendar)
}

fn works_on(day: Date, calendar: &Calendar) -> Result<bool> {
    let midnight = Instant::from_vietnam(day.at(0, 0, 0, 0));
    Ok(kernel_calendar::next_working_instant(midnight, calendar)?.vietnam().date() == day)
}

/// The brief before the one of today: 07:00 of the working day before, so that what turns red on a Friday evening is
/// new on Monday.
pub(crate) fn last_brief(tx: &mut Tx<'_>, agency: &AgencyId) -> Result<Instant> {
    let now = tx.now();
    let (_, calendar) = obligations::calendars::in_force(tx, agency, now)?;
    let mut day = now.vietnam().date().yesterday().unwrap_or_default();
    // Longer than any holiday.
    for _ in 0..20 {
        if works_on(day, &calendar)? {
            break;
        }
        day = day.yesterday().unwrap_or_default();
    }
    Ok(Instant::from_vietnam(day.at(HOUR, 0, 0, 0)))
}
