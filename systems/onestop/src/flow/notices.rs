//! Tells people of their dossiers, and officers each morning of what is due.

use kernel_base::{AgencyId, Instant, Result, Vnd, vietnam_time};
use kernel_contract::{DossierMoved, Notice, Notices, Recipient};
use kernel_db::Tx;
use kernel_jobs::{Job, enqueue};
use kernel_ledger::Event;
use kernel_obligations as obligations;
use kernel_org::Role;
use serde_json::{Value, json};

use crate::{model::Dossier, slip_text, store};

/// Events that the owner is told of; the app subscribes [`tell_owner`] to them.
pub const TOLD: [&str; 11] = [
    "dossier.accepted",
    "dossier.refused",
    "dossier.supplement_requested",
    "dossier.supplemented",
    "dossier.fee_requested",
    "dossier.fee_paid",
    "dossier.apologised",
    "dossier.approved",
    "dossier.handed_over",
    "dossier.stopped",
    "dossier.withdrawn",
];

/// Tells the owner of an event: in the account, or by the phone or e-mail written on a dossier of the counter.
///
/// # Errors
/// `Internal` when the message's words want a value that is not given here.
pub fn tell_owner(tx: &mut Tx<'_>, moved: &DossierMoved) -> Result<()> {
    if moved.imported {
        return Ok(());
    }
    let Some(dossier) = store::dossier_by_id(tx, &moved.dossier)? else { return Ok(()) };
    let history = super::shared::history(tx, &dossier.subject())?;
    let Some(event) = history.into_iter().find(|event| event.seq == moved.seq) else { return Ok(()) };
    let notices = tx.port::<dyn Notices>()?;
    let Some((to, link)) = recipient(&dossier, notices.as_ref()) else { return Ok(()) };
    let values = values(tx, &dossier, &event)?;
    let key = format!("{}#{}", dossier.subject(), moved.seq);
    notices.tell(tx, &Notice { to, kind: &moved.kind, key: &key, values: &values, link: &link, at: moved.at })?;
    Ok(())
}

/// Tells the owner that somebody who acts for him handed in; what he hands in himself he knows.
pub(super) fn tell_represented(tx: &mut Tx<'_>, dossier: &Dossier) -> Result<()> {
    let Some(who) = &dossier.representative else { return Ok(()) };
    let values =
        [("code", dossier.code.to_string()), ("procedure", dossier.procedure_name.clone()), ("who", who.name.clone())];
    let key = format!("{}#submitted", dossier.subject());
    let link = format!("/dossiers/{}", dossier.code);
    let (to, kind, at) = (Recipient::Account(&dossier.owner_account), "dossier.submitted_for_you", tx.now());
    tx.port::<dyn Notices>()?.tell(tx, &Notice { to, kind, key: &key, values: &values, link: &link, at }).map(drop)
}

/// Tells the owner that an officer recorded a withdrawal in his name; what he asks himself he knows.
pub(super) fn tell_withdrawal_recorded(tx: &mut Tx<'_>, dossier: &Dossier) -> Result<()> {
    let notices = tx.port::<dyn Notices>()?;
    let Some((to, link)) = recipient(dossier, notices.as_ref()) else { return Ok(()) };
    let values = [("code", dossier.code.to_string()), ("procedure", dossier.procedure_name.clone())];
    let key = format!("{}#withdrawal:{}", dossier.subject(), tx.now().as_millis());
    let (kind, at) = ("dossier.withdrawal_recorded", tx.now());
    notices.tell(tx, &Notice { to, kind, key: &key, values: &values, link: &link, at }).map(drop)
}

/// The account of the owner, else the first written address that can be reached. Without an account the page behind
/// the link asks for the look-up key.
fn recipient<'a>(d: &'a Dossier, notices: &dyn Notices) -> Option<(Recipient<'a>, String)> {
    if !d.owner_account.is_empty() {
        return Some((Recipient::Account(&d.owner_account), format!("/dossiers/{}", d.code)));
    }
    let written = [d.owner.phone.as_deref(), d.owner.email.as_deref()];
    let reached = written.into_iter().flatten().find(|contact| notices.reaches(contact))?;
    Some((Recipient::Contact(reached), format!("/tra-cuu?code={}", d.code)))
}

/// Everything that the words of these messages have places for.
fn values(tx: &mut Tx<'_>, d: &Dossier, event: &Event) -> Result<Vec<(&'static str, String)>> {
    let text = |name: &str| event.body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let when = |name: &str| Instant::parse(&text(name)).map(vietnam_time);
    let due = when("due_after").or_else(|| when("due")).or_else(|| d.due_at.map(vietnam_time));
    let amount: i64 = event
        .body
        .get("fees")
        .and_then(Value::as_array)
        .map_or(0, |fees| fees.iter().filter_map(|fee| fee.get("amount").and_then(Value::as_i64)).sum());
    let not_published = || "chưa công bố".to_owned();
    Ok(vec![
        ("code", d.code.to_string()),
        ("procedure", d.procedure_name.clone()),
        ("due", due.unwrap_or_else(not_published)),
        ("reply_by", when("reply_by").unwrap_or_else(not_published)),
        ("new_appointment", when("new_appointment").unwrap_or_else(not_published)),
        ("amount", Vnd::new(amount).map(|amount| amount.to_string()).unwrap_or_default()),
        ("reason", sentence(&text("reason"))),
        ("legal_basis", text("legal_basis")),
        ("place", slip_text::agency_name(tx, &d.reception, event.at)?),
    ])
}

/// With a full stop at the end.
fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || text.ends_with(['.', '!', '?', '…']) { text.to_owned() } else { format!("{text}.") }
}

/// Job that tells the officers of one agency; its body is `{"agency", "day"}`.
pub const SUMMARY: &str = "onestop.summary";

/// Every morning: one summary for each agency that has something due. How many agencies.
///
/// # Errors
/// Those of the database.
pub fn plan_summaries(tx: &mut Tx<'_>) -> Result<usize> {
    let now = tx.now();
    let day = now.vietnam().date();
    // Two working days reach over the longest holidays within a fortnight.
    let holders = store::holders_with_due(tx, now.plus_hours(24 * 14))?;
    for agency in &holders {
        let key = format!("{agency} {day}");
        enqueue(tx, Job::new(SUMMARY, json!({ "agency": agency, "day": day.to_string() })).key(key))?;
    }
    Ok(holders.len())
}

/// Tells each officer of an agency what he holds that is overdue, due today, or due within two working days; what
/// nobody holds is told to the heads. Nothing on a day off. How many were told.
///
/// # Errors
/// Those of the database.
pub fn summarise(tx: &mut Tx<'_>, agency: &AgencyId, day: &str) -> Result<usize> {
    let now = tx.now();
    let today = now.vietnam().date();
    let (_, calendar) = obligations::calendars::in_force(tx, agency, now)?;
    let midnight = Instant::from_vietnam(today.at(0, 0, 0, 0));
    let works = kernel_calendar::next_working_instant(midnight, &calendar)?.vietnam().date() == today;
    if today.to_string() != day || !works {
        return Ok(0);
    }
    let tomorrow = midnight.plus_hours(24);
    let soon = kernel_calendar::due(now, 2, kernel_calendar::Unit::WorkingDay, None, &calendar)?.at;
    let notices = tx.port::<dyn Notices>()?;
    let mut told = 0;
    for load in store::loads_of(tx, agency, now, tomorrow, soon)? {
        let officers = if load.officer.is_empty() { heads(tx, agency, now)? } else { vec![load.officer.clone()] };
        let values =
            [("overdue", load.overdue.to_string()), ("today", load.today.to_string()), ("soon", load.soon.to_string())];
        for officer in officers {
            let to = Recipient::Officer(&officer);
            let key = format!("summary:{day}:{agency}:{}", if load.officer.is_empty() { "unassigned" } else { "own" });
            let notice =
                Notice { to, kind: "officer.summary", key: &key, values: &values, link: "/staff/today", at: now };
            told += usize::from(notices.tell(tx, &notice)?);
        }
    }
    Ok(told)
}

fn heads(tx: &mut Tx<'_>, agency: &AgencyId, at: Instant) -> Result<Vec<String>> {
    let officers = kernel_org::officers_of(tx, agency, at)?;
    Ok(officers.into_iter().filter(|o| o.roles.contains(&Role::Head)).map(|o| o.account).collect())
}
