//! The messages of one installation: words, ways out, and who is told.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use kernel_base::{Error, Instant, Result, TypedId};
use kernel_contract::{Notice, Notices, Recipient};
use kernel_db::Tx;
use kernel_jobs::{Job, enqueue};
use kernel_org::{AccountId, Actor};
use kernel_web::Contact;
use ring::digest;
use serde_json::json;

use crate::{
    carrier::Sms,
    mail::Mail,
    model::{Channel, Delivery, DeliveryId, MessageId, Preferences, State},
    push::Push,
    store,
    words::{Book, Kind, SmsUse},
};

/// Job that sends one delivery.
pub(crate) const DELIVER: &str = "notify.deliver";

/// How long an ordinary message is tried, in hours.
const TRIED_HOURS: i64 = 72;

/// The ways out of this installation; what is absent is not used.
#[derive(Clone, Default)]
pub struct Ways {
    pub mail: Option<Mail>,
    pub sms: Option<Arc<dyn Sms>>,
    pub push: Option<Push>,
    /// In the demonstration e-mails and SMS without a way of their own go to its mailbox.
    pub mailbox: bool,
    /// Secret of providers that report what did not arrive; `None` = reports are not taken.
    pub reports: Option<String>,
}

impl std::fmt::Debug for Ways {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ways({:?}, {:?}, {:?}, mailbox {})", self.mail, self.sms, self.push, self.mailbox)
    }
}

/// The messages of one installation. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Notify {
    pub(crate) book: Arc<Book>,
    pub(crate) ways: Arc<Ways>,
    pub(crate) rests: Arc<Rests>,
}

impl Notify {
    #[must_use]
    pub fn new(book: Book, ways: Ways) -> Self {
        Self { book: Arc::new(book), ways: Arc::new(ways), rests: Arc::default() }
    }

    /// Whether this installation sends through a channel.
    pub(crate) fn has(&self, channel: Channel) -> bool {
        match channel {
            Channel::Email => self.ways.mail.is_some() || self.ways.mailbox,
            Channel::Sms => self.ways.sms.is_some() || self.ways.mailbox,
            Channel::Push => self.ways.push.is_some(),
        }
    }

    /// Where a message goes: channel, target and address.
    fn routes(&self, tx: &mut Tx<'_>, told: &Told<'_>) -> Result<Vec<Route>> {
        let Told { to, recipient, kind, chosen } = told;
        if let Recipient::Contact(typed) = to {
            let contact = Contact::parse(typed);
            let route = contact.ok().map(|contact| Route::to(&contact)).filter(|route| self.has(route.channel));
            return Ok(route.into_iter().collect());
        }
        let allowed = chosen.choices.get(&kind.group);
        let wants = |channel: Channel| {
            self.has(channel)
                && allowed.is_none_or(|choice| match channel {
                    Channel::Email => choice.email,
                    Channel::Sms => choice.sms,
                    Channel::Push => choice.push,
                })
        };
        let mut routes = Vec::new();
        if kind.channels.email && wants(Channel::Email) {
            routes.extend(address_of(tx, to, recipient, Channel::Email)?);
        }
        if kind.channels.push && wants(Channel::Push) {
            for (id, _, subscription) in store::people::subscriptions(tx, recipient)? {
                routes.push(Route {
                    channel: Channel::Push,
                    target: id.as_str().to_owned(),
                    address: host_of(&subscription.endpoint),
                });
            }
        }
        let by_sms = match kind.channels.sms {
            SmsUse::Always => true,
            SmsUse::Fallback => routes.is_empty(),
            SmsUse::Never => false,
        };
        if by_sms && wants(Channel::Sms) {
            routes.extend(address_of(tx, to, recipient, Channel::Sms)?);
        }
        Ok(routes)
    }
}

/// Whom a message is for, with what he chose.
struct Told<'a> {
    to: Recipient<'a>,
    recipient: &'a str,
    kind: &'a Kind,
    chosen: &'a Preferences,
}

/// One way to one address.
struct Route {
    channel: Channel,
    target: String,
    address: String,
}

impl Route {
    fn to(contact: &Contact) -> Self {
        let channel = match contact {
            Contact::Phone(_) => Channel::Sms,
            Contact::Email(_) => Channel::Email,
        };
        Self { channel, target: String::new(), address: contact.as_str().to_owned() }
    }
}

/// The newest confirmed address of a person, or the one he signs in with; none that was found dead.
fn address_of(tx: &mut Tx<'_>, to: &Recipient<'_>, recipient: &str, channel: Channel) -> Result<Option<Route>> {
    let points = store::people::contacts(tx, recipient)?;
    let good = points.iter().find(|p| p.channel == channel && p.confirmed_at.is_some() && p.failed_at.is_none());
    if let Some(point) = good {
        return Ok(Some(Route { channel, target: String::new(), address: point.address.clone() }));
    }
    let Recipient::Account(account) = to else { return Ok(None) };
    let Some(account) = AccountId::parse(account) else { return Ok(None) };
    let dead = |address: &str| points.iter().any(|p| p.address == address && p.failed_at.is_some());
    let contacts = kernel_web::accounts::contacts_of(tx, &account)?;
    let mut own = contacts.iter().map(Route::to);
    Ok(own.find(|route| route.channel == channel && !dead(&route.address)))
}

fn host_of(endpoint: &str) -> String {
    url::Url::parse(endpoint).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

/// Name of a recipient in our tables. Of a contact without an account only a hash.
pub(crate) fn recipient_key(to: Recipient<'_>) -> String {
    match to {
        Recipient::Account(account) => account.to_owned(),
        Recipient::Officer(sign_in) => format!("staff:{sign_in}"),
        Recipient::Contact(contact) => {
            let plain = Contact::parse(contact).map_or_else(|_| contact.to_owned(), |c| c.as_str().to_owned());
            let hash = digest::digest(&digest::SHA256, plain.as_bytes());
            format!("contact:{}", hex::encode(&hash.as_ref()[..16]))
        }
    }
}

/// Name of the signed-in person in our tables.
///
/// # Errors
/// `Forbidden` for a delegate or a helper: messages and addresses are the account holder's alone.
pub(crate) fn recipient_of(actor: &Actor) -> Result<String> {
    match actor {
        Actor::Citizen(citizen) if citizen.is_in_person() => Ok(citizen.account.as_str().to_owned()),
        Actor::Citizen(_) => Err(Error::forbidden(
            "not_in_person",
            (
                "Tin nhắn và địa chỉ nhận tin chỉ chính chủ tài khoản xem và sửa. Hãy trở về vai của mình.",
                "Only the holder of the account sees messages and changes their addresses. Return to your own role.",
            ),
        )),
        Actor::Officer(officer) => Ok(recipient_key(Recipient::Officer(&officer.account))),
        Actor::System => Err(Error::unauthenticated()),
    }
}

impl Notices for Notify {
    fn reaches(&self, contact: &str) -> bool {
        Contact::parse(contact).is_ok_and(|contact| self.has(Route::to(&contact).channel))
    }

    fn tell(&self, tx: &mut Tx<'_>, notice: &Notice<'_>) -> Result<bool> {
        let kind = self.book.kind(notice.kind)?;
        let recipient = recipient_key(notice.to);
        let chosen = store::people::preferences(tx, &recipient)?;
        let filled = self.book.fill(notice.kind, chosen.lang, notice.values, notice.link)?;
        let message: MessageId = tx.new_id();
        // Words that nobody can open later, or that must not lie about, are not kept.
        let kept = !kind.secret && !matches!(notice.to, Recipient::Contact(_));
        let (title, body) = if kept { (filled.title.as_str(), filled.text.as_str()) } else { ("", "") };
        let new = store::messages::NewMessage {
            id: &message,
            recipient: &recipient,
            key: notice.key,
            kind: notice.kind,
            lang: chosen.lang,
            title,
            body,
            link: notice.link,
            happened_at: notice.at,
        };
        if !store::messages::insert(tx, &new)? {
            return Ok(false);
        }
        if notice.at.plus_minutes(kind.minutes) < tx.now() {
            return Ok(true);
        }
        for route in self.routes(tx, &Told { to: notice.to, recipient: &recipient, kind, chosen: &chosen })? {
            let now = tx.now();
            let loud = if kind.urgent || route.channel == Channel::Email { now } else { chosen.loud_from(now) };
            let expires_at =
                if kind.secret { notice.at.plus_minutes(kind.minutes) } else { now.plus_hours(TRIED_HOURS) };
            let body = match route.channel {
                Channel::Email => filled.text.clone(),
                Channel::Sms => filled.sms.clone(),
                Channel::Push => String::new(),
            };
            let delivery = Delivery {
                id: tx.new_id(),
                message: message.clone(),
                recipient: recipient.clone(),
                event_key: notice.key.to_owned(),
                kind: notice.kind.to_owned(),
                channel: route.channel,
                target: route.target,
                address: route.address,
                title: filled.title.clone(),
                body,
                link: notice.link.to_owned(),
                state: State::Waiting,
                reason: if loud > now { "quiet".to_owned() } else { String::new() },
                attempts: 0,
                next_at: loud,
                expires_at,
                created_at: now,
                provider: String::new(),
                version: 1,
            };
            if store::deliveries::insert(tx, &delivery)? {
                queue(tx, &delivery.id, loud)?;
            }
        }
        Ok(true)
    }
}

/// Has a delivery sent at an instant.
pub(crate) fn queue(tx: &mut Tx<'_>, delivery: &DeliveryId, at: Instant) -> Result<()> {
    enqueue(tx, Job::new(DELIVER, json!({ "delivery": delivery })).at(at)).map(drop)
}

/// Ways that did not answer at all rest a while, so that a dead server does not hold up what goes elsewhere.
#[derive(Debug, Default)]
pub(crate) struct Rests(Mutex<HashMap<Channel, (Instant, i64)>>);

impl Rests {
    /// Until when a way rests.
    pub(crate) fn until(&self, channel: Channel, now: Instant) -> Option<Instant> {
        let rests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rests.get(&channel).map(|(until, _)| *until).filter(|until| *until > now)
    }

    /// Notes whether the way answered: silence doubles the rest, from 15 seconds to four minutes.
    pub(crate) fn note(&self, channel: Channel, down: bool, now: Instant) {
        let mut rests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !down {
            rests.remove(&channel);
            return;
        }
        let (_, failures) = rests.get(&channel).copied().unwrap_or((now, 0));
        let seconds = (15i64 << failures.clamp(0, 4)).min(240);
        rests.insert(channel, (now.plus_millis(seconds * 1_000), failures + 1));
    }
}
