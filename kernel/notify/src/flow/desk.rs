//! The administrator's log, reports of providers, and the link that switches messages off.

use kernel_base::{Error, Instant, Result};
use kernel_db::Tx;
use kernel_org::{
    Action, Actor, Resource, allow,
    reads::{self, PersonalRead, Purpose, Shown},
};

use crate::{
    deliver,
    model::{Attempt, Channel, Choice, Delivery, DeliveryId, State},
    notify::{Notify, queue},
    store::{self, deliveries::Wanted},
    words::SmsUse,
};

/// A number of the log: what it counts opens with the same filters.
#[derive(Debug, Clone)]
pub(crate) struct Counted {
    pub(crate) channel: String,
    pub(crate) state: String,
    pub(crate) number: i64,
}

/// Deliveries by channel and state.
pub(crate) fn count(tx: &mut Tx<'_>, actor: &Actor) -> Result<Vec<Counted>> {
    allow(actor, Action::AuditRead, &Resource::province())?;
    let rows = store::deliveries::counts(tx)?;
    Ok(rows.into_iter().map(|(channel, state, number)| Counted { channel, state, number }).collect())
}

/// A line of the log: without the words of the message, with the address hidden but for its ends.
#[derive(Debug, Clone)]
pub(crate) struct LogLine {
    pub(crate) id: DeliveryId,
    pub(crate) kind: String,
    pub(crate) channel: Channel,
    pub(crate) address: String,
    pub(crate) state: State,
    pub(crate) reason: String,
    pub(crate) attempts: i64,
    pub(crate) next_at: Instant,
    pub(crate) created_at: Instant,
    pub(crate) provider: String,
}

impl LogLine {
    fn of(d: &Delivery) -> Self {
        Self {
            id: d.id.clone(),
            kind: d.kind.clone(),
            channel: d.channel,
            address: masked(&d.address),
            state: d.state,
            reason: d.reason.clone(),
            attempts: d.attempts,
            next_at: d.next_at,
            created_at: d.created_at,
            provider: d.provider.clone(),
        }
    }
}

fn masked(address: &str) -> String {
    kernel_web::Contact::parse(address).map_or_else(|_| address.to_owned(), |contact| contact.masked())
}

/// A page of the log and the key of the next one.
pub(crate) fn log(tx: &mut Tx<'_>, actor: &Actor, wanted: &Wanted, most: i64) -> Result<(Vec<LogLine>, String)> {
    allow(actor, Action::AuditRead, &Resource::province())?;
    let mut rows = store::deliveries::list(tx, wanted, most + 1)?;
    let more = i64::try_from(rows.len()).unwrap_or(0) > most;
    rows.truncate(usize::try_from(most).unwrap_or(0));
    let next = rows.last().filter(|_| more).map(|d| format!("{} {}", d.created_at, d.id)).unwrap_or_default();
    for row in &rows {
        tell(tx, actor, row);
    }
    Ok((rows.iter().map(LogLine::of).collect(), next))
}

/// One delivery with all its attempts.
pub(crate) fn delivery(tx: &mut Tx<'_>, actor: &Actor, id: &DeliveryId) -> Result<(LogLine, Vec<Attempt>)> {
    allow(actor, Action::AuditRead, &Resource::province())?;
    let found = store::deliveries::one(tx, id)?.ok_or_else(no_delivery)?;
    tell(tx, actor, &found);
    let mut attempts = store::deliveries::attempts(tx, id)?;
    for attempt in &mut attempts {
        // Servers repeat the address in their answers.
        if !found.address.is_empty() {
            attempt.answer = attempt.answer.replace(&found.address, &masked(&found.address));
        }
    }
    Ok((LogLine::of(&found), attempts))
}

/// An address is shown but for its middle: still a read of the person's data.
fn tell(tx: &mut Tx<'_>, actor: &Actor, found: &Delivery) {
    let person = if found.recipient.starts_with("acc_") { found.recipient.as_str() } else { "" };
    let (purpose, fields): (_, &[Shown]) = (Purpose::Deliveries, &[Shown::Contact]);
    reads::tell(tx, actor, &PersonalRead { person, subject: "", purpose, fields });
}

fn no_delivery() -> Error {
    Error::not_found("delivery_not_found", ("Không có lần gửi này.", "No such delivery."))
}

/// Sends what waits for its next attempt at once. What was given up has lost its words and stays so.
pub(crate) fn retry(tx: &mut Tx<'_>, actor: &Actor, id: &DeliveryId) -> Result<()> {
    allow(actor, Action::AuditRead, &Resource::province())?;
    let mut found = store::deliveries::one(tx, id)?.ok_or_else(no_delivery)?;
    if found.state != State::Waiting {
        return Err(Error::conflict(
            "delivery_ended",
            ("Lần gửi này đã kết thúc. Hãy tải lại trang.", "This delivery has ended. Reload the page."),
        ));
    }
    found.next_at = tx.now();
    store::deliveries::save(tx, &found)?;
    queue(tx, id, tx.now())
}

/// A provider's report on a message that it took earlier: it did not arrive. Reports of others are not believed; the
/// caller has checked the secret.
pub(crate) fn report(tx: &mut Tx<'_>, provider: &str, reason: &str, gone: bool) -> Result<bool> {
    let Some(mut found) = store::deliveries::by_provider(tx, provider)? else { return Ok(false) };
    if found.state != State::Sent {
        return Ok(true);
    }
    let number = found.attempts + 1;
    store::deliveries::begin_attempt(tx, &found.id, number)?;
    store::deliveries::end_attempt(tx, &found.id, number, ("never", &crate::http::short(reason)))?;
    found.attempts = number;
    if gone {
        deliver::forget_address(tx, &found)?;
    }
    deliver::end(&mut found, State::Dead, if gone { "no_address" } else { "bounced" });
    store::deliveries::save(tx, &found)?;
    Ok(true)
}

/// What the link in an e-mail switches off: channel and group. Whoever has the e-mail may; it opens nothing else.
pub(crate) fn unsubscribe_facts(tx: &mut Tx<'_>, notify: &Notify, id: &DeliveryId) -> Result<(Channel, String)> {
    let found = store::deliveries::one(tx, id)?.filter(|d| !d.recipient.starts_with("contact:"));
    let found = found.ok_or_else(|| {
        Error::not_found(
            "unsubscribe_link",
            (
                "Liên kết này đã hết hạn. Hãy đăng nhập rồi mở “Tin nhắn của tôi” để chọn cách nhận tin.",
                "This link has expired. Sign in and open “My messages” to choose what you get.",
            ),
        )
    })?;
    Ok((found.channel, notify.book.kind(&found.kind)?.group.clone()))
}

/// Switches a group of messages off for the channel of a delivery.
pub(crate) fn switch_off(tx: &mut Tx<'_>, notify: &Notify, id: &DeliveryId) -> Result<()> {
    let (channel, group) = unsubscribe_facts(tx, notify, id)?;
    let recipient = store::deliveries::one(tx, id)?.map(|d| d.recipient).unwrap_or_default();
    let mut chosen = store::people::preferences(tx, &recipient)?;
    let choice = chosen.choices.entry(group).or_insert(Choice { email: true, sms: true, push: true });
    match channel {
        Channel::Email => choice.email = false,
        Channel::Sms => choice.sms = false,
        Channel::Push => choice.push = false,
    }
    store::people::save_preferences(tx, &recipient, &chosen)
}

/// Whether any message of a group may go through a channel; for the boxes of the page.
pub(crate) fn uses(notify: &Notify, group: &str, channel: Channel) -> bool {
    let kinds = notify.book.names().filter_map(|name| notify.book.kind(name).ok());
    kinds.filter(|kind| kind.group == group).any(|kind| match channel {
        Channel::Email => kind.channels.email,
        Channel::Sms => kind.channels.sms != SmsUse::Never,
        Channel::Push => kind.channels.push,
    })
}
