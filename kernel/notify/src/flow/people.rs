//! What a person does with messages.

use std::collections::BTreeMap;

use kernel_base::{Error, FieldError, Lang, Result, TypedId};
use kernel_contract::{Notice, Notices, Recipient};
use kernel_db::Tx;
use kernel_org::{AccountId, Actor};
use kernel_web::Contact;
use ring::digest;
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use crate::{
    model::{Channel, Choice, ContactId, ContactPoint, MessageId, MessageRow, Preferences, SubscriptionId},
    notify::{Notify, recipient_of},
    push::Subscription,
    store,
};

/// Addresses and browsers that one person may have.
const MOST: usize = 10;
const CODE_MINUTES: i64 = 10;
const CODE_TRIES: i64 = 5;

/// A page of messages.
pub(crate) struct Read {
    pub(crate) messages: Vec<MessageRow>,
    pub(crate) total: i64,
    pub(crate) unread: i64,
    /// Key of the next page; empty when this is the last.
    pub(crate) next: String,
}

/// The person's messages, newest first.
pub(crate) fn read(tx: &mut Tx<'_>, actor: &Actor, before: &str, most: i64) -> Result<Read> {
    let recipient = recipient_of(actor)?;
    let (total, unread) = store::messages::counts(tx, &recipient)?;
    let mut rows = store::messages::of(tx, &recipient, before, most + 1)?;
    let more = i64::try_from(rows.len()).unwrap_or(0) > most;
    rows.truncate(usize::try_from(most).unwrap_or(0));
    let next = rows.last().filter(|_| more).map(|(key, _)| key.clone()).unwrap_or_default();
    Ok(Read { messages: rows.into_iter().map(|(_, row)| row).collect(), total, unread, next })
}

/// Marks a message read and gives the path where it leads.
pub(crate) fn open(tx: &mut Tx<'_>, actor: &Actor, id: &MessageId) -> Result<String> {
    let recipient = recipient_of(actor)?;
    let message = store::messages::one(tx, &recipient, id)?.ok_or_else(no_message)?;
    store::messages::mark_read(tx, &recipient, Some(id))?;
    Ok(message.link)
}

/// Marks one message read, or all.
pub(crate) fn mark_read(tx: &mut Tx<'_>, actor: &Actor, id: Option<&MessageId>) -> Result<u64> {
    let recipient = recipient_of(actor)?;
    if let Some(id) = id {
        store::messages::one(tx, &recipient, id)?.ok_or_else(no_message)?;
    }
    store::messages::mark_read(tx, &recipient, id)
}

fn no_message() -> Error {
    Error::not_found("message_not_found", ("Không có tin nhắn này trong hộp của bạn.", "You have no such message."))
}

/// What a person chose, and where he is reached.
pub(crate) struct Settings {
    pub(crate) chosen: Preferences,
    pub(crate) contacts: Vec<ContactPoint>,
    /// Addresses he signs in with: confirmed by their code.
    pub(crate) sign_in: Vec<Contact>,
    pub(crate) browsers: Vec<(SubscriptionId, String)>,
}

pub(crate) fn settings(tx: &mut Tx<'_>, actor: &Actor) -> Result<Settings> {
    let recipient = recipient_of(actor)?;
    let sign_in = match actor.citizen() {
        Some(citizen) => kernel_web::accounts::contacts_of(tx, &citizen.account)?,
        None => Vec::new(),
    };
    let browsers = store::people::subscriptions(tx, &recipient)?;
    Ok(Settings {
        chosen: store::people::preferences(tx, &recipient)?,
        contacts: store::people::contacts(tx, &recipient)?,
        sign_in,
        browsers: browsers.into_iter().map(|(id, device, _)| (id, device)).collect(),
    })
}

/// Keeps language, quiet hours (minutes after midnight) and choices by group.
pub(crate) fn save_settings(
    tx: &mut Tx<'_>,
    actor: &Actor,
    (lang, quiet_from, quiet_to): (Lang, i64, i64),
    choices: &BTreeMap<String, Choice>,
) -> Result<()> {
    let recipient = recipient_of(actor)?;
    let before = store::people::preferences(tx, &recipient)?;
    let chosen = Preferences { lang, choices: choices.clone(), quiet_from, quiet_to, version: before.version };
    store::people::save_preferences(tx, &recipient, &chosen)
}

/// Adds an address, or sends another code to one that is not confirmed yet. The code goes to the address itself.
pub(crate) fn add_contact(tx: &mut Tx<'_>, notify: &Notify, actor: &Actor, typed: &str) -> Result<()> {
    let recipient = recipient_of(actor)?;
    let contact = Contact::parse(typed).map_err(|fault| Error::invalid(vec![fault]))?;
    if !notify.reaches(contact.as_str()) {
        let words = (
            "Hệ thống này chưa gửi được tin tới loại địa chỉ đó. Hãy dùng loại khác.",
            "This system does not send to that kind of address yet. Use another.",
        );
        return Err(Error::invalid(vec![FieldError::new("contact", "no_way", words)]));
    }
    let channel = match contact {
        Contact::Phone(_) => Channel::Sms,
        Contact::Email(_) => Channel::Email,
    };
    let known = store::people::contacts(tx, &recipient)?;
    if known.len() >= MOST && known.iter().all(|point| point.address != contact.as_str()) {
        let words = ("Mỗi người giữ nhiều nhất 10 địa chỉ. Hãy xóa bớt.", "Ten addresses at most. Remove one.");
        return Err(Error::invalid(vec![FieldError::new("contact", "too_many", words)]));
    }
    store::people::add_contact(tx, &recipient, channel, contact.as_str())?;
    let points = store::people::contacts(tx, &recipient)?;
    let found = points.into_iter().find(|point| point.address == contact.as_str());
    let mut point = found.ok_or_else(|| Error::stale("the address was removed meanwhile"))?;
    if point.confirmed_at.is_some() && point.failed_at.is_none() {
        return Ok(());
    }
    let number = format!("{:06}", u64::from_be_bytes(tx.random::<8>()) % 1_000_000);
    point.code_hash = code_hash(&point, &number);
    point.code_until = Some(tx.now().plus_minutes(CODE_MINUTES));
    point.tries = 0;
    store::people::save_contact(tx, &point)?;
    let key = format!("contact:{}#{}", point.id, point.version);
    let values = [("number", number), ("minutes", CODE_MINUTES.to_string())];
    let to = Recipient::Contact(contact.as_str());
    notify.tell(tx, &Notice { to, kind: "contact.code", key: &key, values: &values, link: "", at: tx.now() })?;
    Ok(())
}

fn code_hash(point: &ContactPoint, number: &str) -> String {
    let text = format!("{}\n{}\n{number}", point.id, point.address);
    hex::encode(digest::digest(&digest::SHA256, text.as_bytes()))
}

/// Confirms an address. A wrong code is a value, so that the counted try is kept.
pub(crate) fn confirm_contact(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: &ContactId,
    number: &str,
) -> Result<std::result::Result<(), Error>> {
    let recipient = recipient_of(actor)?;
    let found = store::people::contacts(tx, &recipient)?.into_iter().find(|point| point.id == *id);
    let mut point = found.ok_or_else(|| {
        Error::not_found("contact_not_found", ("Không có địa chỉ này. Hãy thêm lại.", "No such address. Add it again."))
    })?;
    let refused = |words: (&str, &str)| Ok(Err(Error::invalid(vec![FieldError::new("number", "wrong_code", words)])));
    if point.code_hash.is_empty() || point.code_until.is_none_or(|until| until <= tx.now()) || point.tries >= CODE_TRIES
    {
        return refused(("Mã đã hết hạn. Hãy lấy mã mới.", "The code has expired. Ask for a new one."));
    }
    let number: String = number.chars().filter(char::is_ascii_digit).collect();
    let right: bool = code_hash(&point, &number).as_bytes().ct_eq(point.code_hash.as_bytes()).into();
    if right {
        point.code_hash.clear();
        point.code_until = None;
        point.confirmed_at = Some(tx.now());
        point.failed_at = None;
    } else {
        point.tries += 1;
    }
    store::people::save_contact(tx, &point)?;
    if right {
        return Ok(Ok(()));
    }
    refused((
        "Mã chưa đúng. Hãy xem lại tin nhắn mới nhất rồi nhập lại.",
        "The code is not right. Check the newest message.",
    ))
}

pub(crate) fn remove_contact(tx: &mut Tx<'_>, actor: &Actor, id: &ContactId) -> Result<()> {
    store::people::delete_contact(tx, &recipient_of(actor)?, id)
}

/// Keeps a browser's subscription.
pub(crate) fn subscribe(tx: &mut Tx<'_>, actor: &Actor, device: &str, subscription: &Subscription) -> Result<()> {
    let recipient = recipient_of(actor)?;
    let known = store::people::subscriptions(tx, &recipient)?;
    if known.len() >= MOST {
        // The oldest browser makes room.
        for (id, _, _) in known.iter().take(known.len() + 1 - MOST) {
            store::people::unsubscribe(tx, &recipient, id.as_str())?;
        }
    }
    let device: String = kernel_base::text::clean_line(device).chars().take(60).collect();
    store::people::subscribe(tx, &recipient, &device, subscription)
}

/// Forgets a browser by id or endpoint.
pub(crate) fn unsubscribe(tx: &mut Tx<'_>, actor: &Actor, which: &str) -> Result<()> {
    store::people::unsubscribe(tx, &recipient_of(actor)?, which).map(drop)
}

/// Everything kept of a recipient: `acc_…`, or with `Recipient::Contact` what was sent to an address without an account.
///
/// # Errors
/// Those of the database.
pub fn export(tx: &mut Tx<'_>, of: Recipient<'_>) -> Result<Value> {
    export_of(tx, &crate::notify::recipient_key(of))
}

/// As [`export`], by the name in our tables.
pub(super) fn export_of(tx: &mut Tx<'_>, recipient: &str) -> Result<Value> {
    let messages = store::messages::of(tx, recipient, "", 10_000)?;
    let deliveries = store::deliveries::of(tx, recipient)?;
    let chosen = store::people::preferences(tx, recipient)?;
    let contacts = store::people::contacts(tx, recipient)?;
    let browsers = store::people::subscriptions(tx, recipient)?;
    let contact =
        |c: &ContactPoint| json!({ "channel": c.channel, "address": c.address, "confirmed_at": c.confirmed_at });
    Ok(json!({
        "messages": messages.into_iter().map(|(_, message)| message).collect::<Vec<_>>(),
        "deliveries": deliveries.iter().map(|d| json!({
            "kind": d.kind, "channel": d.channel, "address": d.address, "state": d.state, "at": d.created_at,
        })).collect::<Vec<_>>(),
        "contacts": contacts.iter().map(contact).collect::<Vec<_>>(),
        "browsers": browsers.iter().map(|(_, device, s)| json!({ "device": device, "endpoint": s.endpoint })).collect::<Vec<_>>(),
        "preferences": { "lang": chosen.lang, "choices": chosen.choices, "quiet_from": chosen.quiet_from, "quiet_to": chosen.quiet_to },
    }))
}

/// Erases everything kept of a recipient; what waits is not sent any more. How many rows went.
///
/// # Errors
/// Those of the database.
pub fn erase(tx: &mut Tx<'_>, of: Recipient<'_>) -> Result<u64> {
    erase_of(tx, &crate::notify::recipient_key(of))
}

/// As [`erase`], by the name in our tables.
pub(super) fn erase_of(tx: &mut Tx<'_>, recipient: &str) -> Result<u64> {
    let mut removed = store::deliveries::delete_of(tx, recipient)?;
    removed += store::messages::delete_of(tx, recipient)?;
    removed += store::people::delete_of(tx, recipient)?;
    Ok(removed)
}

/// Gives the messages and addresses of one account to another, when the two turn out to be one person.
///
/// # Errors
/// Those of the database.
pub fn hand_over(tx: &mut Tx<'_>, from: &AccountId, to: &AccountId) -> Result<()> {
    let (from, to) = (TypedId::as_str(from), TypedId::as_str(to));
    store::messages::hand_over(tx, from, to)?;
    store::people::hand_over(tx, from, to)
}
