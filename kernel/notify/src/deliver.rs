//! Sends one delivery: reads it in one transaction, speaks to the other side outside, writes the answer in another.
//!
//! Between the other side's answer and its being written lies the one moment in which a crash makes a second attempt.
//! Each attempt of a delivery therefore carries the same name (`Message-ID`, `request_id`, `Topic`).

use kernel_base::{Error, Instant, Result, TypedId};
use kernel_db::Tx;
use kernel_jobs::{Handler, JobContext};
use kernel_web::{Contact, accounts::WallClock};
use ring::digest;
use serde_json::Value;

use crate::{
    carrier::{Answer, SmsMessage},
    http,
    mail::Letter,
    model::{ATTEMPTS, Channel, Delivery, DeliveryId, State, pause_seconds},
    notify::{DELIVER, Notify, queue},
    push::{PushMessage, Subscription},
    sms_text,
    store::{deliveries, people},
};

/// A delivery in hand.
#[derive(Debug, Clone)]
struct Outgoing {
    delivery: Delivery,
    subscription: Option<Subscription>,
    wall: Instant,
}

/// The handler of the job.
pub(crate) fn handler(notify: &Notify) -> Handler {
    let notify = notify.clone();
    // The delivery counts its own attempts; the queue only brings back what a crash cut off.
    Handler::blocking(DELIVER, move |context, body| deliver(&notify, context, body)).attempts(1_000).lock_minutes(3)
}

fn deliver(notify: &Notify, context: &JobContext, body: &Value) -> Result<()> {
    let text = body.get("delivery").and_then(Value::as_str).unwrap_or_default();
    let id = DeliveryId::parse(text).ok_or_else(|| Error::internal(format!("no delivery: {text}")))?;
    let all = notify.clone();
    let Some(outgoing) = context.db.write_blocking(&context.home, move |tx| begin(tx, &all, &id))? else {
        return Ok(());
    };
    let answer = send(notify, &outgoing);
    let all = notify.clone();
    context.db.write_blocking(&context.home, move |tx| finish(tx, &all, &outgoing, answer.as_ref()))
}

/// Takes the delivery in hand and notes the attempt; nothing when it has ended, expired or its way rests.
fn begin(tx: &mut Tx<'_>, notify: &Notify, id: &DeliveryId) -> Result<Option<Outgoing>> {
    let Some(mut delivery) = deliveries::one(tx, id)?.filter(|d| d.state == State::Waiting) else { return Ok(None) };
    let now = tx.now();
    if delivery.expires_at <= now || delivery.attempts >= ATTEMPTS {
        let reason = if delivery.attempts >= ATTEMPTS { "attempts" } else { "expired" };
        end(&mut delivery, State::Dead, reason);
        deliveries::save(tx, &delivery)?;
        return Ok(None);
    }
    if let Some(until) = notify.rests.until(delivery.channel, now) {
        "rest".clone_into(&mut delivery.reason);
        delivery.next_at = until;
        deliveries::save(tx, &delivery)?;
        queue(tx, id, until)?;
        return Ok(None);
    }
    let subscription = match delivery.channel {
        Channel::Push => match people::subscription(tx, &delivery.target)? {
            Some(subscription) => Some(subscription),
            None => {
                end(&mut delivery, State::Dead, "gone");
                deliveries::save(tx, &delivery)?;
                return Ok(None);
            }
        },
        _ => None,
    };
    delivery.attempts += 1;
    deliveries::begin_attempt(tx, id, delivery.attempts)?;
    deliveries::save(tx, &delivery)?;
    delivery.version += 1;
    let wall = tx.port::<dyn WallClock>().map_or(now, |clock| clock.now());
    Ok(Some(Outgoing { delivery, subscription, wall }))
}

/// Speaks to the other side; `None` = the demonstration's mailbox, which is filled with the answer.
fn send(notify: &Notify, outgoing: &Outgoing) -> Option<Answer> {
    let d = &outgoing.delivery;
    match d.channel {
        Channel::Email => {
            let mail = notify.ways.mail.as_ref()?;
            let unsubscribe = unsubscribe_link(notify, d);
            let text = email_text(notify, d, &unsubscribe);
            let unsubscribe = if is_code(&d.kind) { "" } else { unsubscribe.as_str() };
            let letter = Letter {
                id: d.id.as_str(),
                to: &d.address,
                subject: &d.title,
                text: &text,
                unsubscribe,
                wall: outgoing.wall,
            };
            Some(mail.send(&letter))
        }
        Channel::Sms => {
            let sms = notify.ways.sms.as_ref()?;
            let segments = sms_text::segments(&d.body);
            Some(sms.send(&SmsMessage { id: d.id.as_str(), to: &d.address, text: &d.body, segments }))
        }
        Channel::Push => {
            let (Some(push), Some(to)) = (&notify.ways.push, &outgoing.subscription) else {
                return Some(Answer::never("no push"));
            };
            let topic = topic(d);
            let message = PushMessage {
                title: &d.title,
                link: &d.link,
                topic: &topic,
                seconds: (d.expires_at.as_millis() - d.created_at.as_millis()) / 1_000,
                urgent: false,
                wall: outgoing.wall,
            };
            Some(push.send(to, &message))
        }
    }
}

fn is_code(kind: &str) -> bool {
    kind.ends_with(".code")
}

/// One waiting push for each page it opens: a newer state takes the place of the older one.
fn topic(d: &Delivery) -> String {
    let about = if d.link.is_empty() { &d.event_key } else { &d.link };
    hex::encode(&digest::digest(&digest::SHA256, about.as_bytes()).as_ref()[..16])
}

fn email_text(notify: &Notify, d: &Delivery, unsubscribe: &str) -> String {
    let mut text = d.body.clone();
    if !d.link.is_empty() {
        text.push_str(&format!("\n\n{}", notify.book.link(&d.link)));
    }
    if !is_code(&d.kind) {
        text.push_str(&format!(
            "\n\nThư tự động, không cần trả lời. Cán bộ không bao giờ hỏi mã hay mật khẩu qua thư.\nAutomatic message. \
             Officers never ask for codes or passwords.\nTắt loại thư này / Switch off:\n{unsubscribe}\n"
        ));
    }
    text
}

/// Writes what came of an attempt: ended, or when it is tried again.
fn finish(tx: &mut Tx<'_>, notify: &Notify, outgoing: &Outgoing, answer: Option<&Answer>) -> Result<()> {
    let Some(mut delivery) = deliveries::one(tx, &outgoing.delivery.id)? else { return Ok(()) };
    let number = outgoing.delivery.attempts;
    if delivery.state != State::Waiting || delivery.attempts != number {
        return Ok(()); // Another worker took over when this one was slow, or a report came first.
    }
    let now = tx.now();
    let down = matches!(answer, Some(Answer::Later { down: true, .. }));
    notify.rests.note(delivery.channel, down, now);
    let (outcome, said) = match answer {
        None => {
            to_mailbox(tx, notify, &delivery)?;
            end(&mut delivery, State::Sent, "");
            ("sent", "demo")
        }
        Some(Answer::Sent { provider, said }) => {
            provider.clone_into(&mut delivery.provider);
            end(&mut delivery, State::Sent, "");
            ("sent", said.as_str())
        }
        Some(Answer::Never { said, gone }) => {
            if *gone {
                forget_address(tx, &delivery)?;
            }
            end(&mut delivery, State::Dead, if *gone { "no_address" } else { "refused" });
            ("never", said.as_str())
        }
        Some(Answer::Later { said, wait, .. }) => {
            again(tx, &mut delivery, *wait)?;
            ("later", said.as_str())
        }
    };
    deliveries::end_attempt(tx, &delivery.id, number, (outcome, &http::short(said)))?;
    deliveries::save(tx, &delivery)?;
    metrics::counter!("notify_attempts_total", "channel" => delivery.channel.word(), "outcome" => outcome).increment(1);
    Ok(())
}

/// Puts the next attempt off, or gives up.
fn again(tx: &mut Tx<'_>, delivery: &mut Delivery, wait: Option<i64>) -> Result<()> {
    let pause = pause_seconds(delivery.attempts).max(wait.unwrap_or(0));
    let next = tx.now().plus_millis(pause * 1_000);
    if delivery.attempts >= ATTEMPTS {
        end(delivery, State::Dead, "attempts");
        return Ok(());
    }
    if next >= delivery.expires_at {
        end(delivery, State::Dead, "expired");
        return Ok(());
    }
    "later".clone_into(&mut delivery.reason);
    delivery.next_at = next;
    queue(tx, &delivery.id, next)
}

/// Ends a delivery; its words are not needed any more.
pub(crate) fn end(delivery: &mut Delivery, state: State, reason: &str) {
    delivery.state = state;
    reason.clone_into(&mut delivery.reason);
    delivery.title.clear();
    delivery.body.clear();
}

/// A browser that left is forgotten; an address that does not exist is marked, and the person sees it.
pub(crate) fn forget_address(tx: &mut Tx<'_>, delivery: &Delivery) -> Result<()> {
    match delivery.channel {
        Channel::Push => people::unsubscribe(tx, &delivery.recipient, &delivery.target).map(drop),
        Channel::Email | Channel::Sms => {
            if !delivery.recipient.starts_with("contact:") {
                people::add_contact(tx, &delivery.recipient, delivery.channel, &delivery.address)?;
                people::mark_failed(tx, &delivery.recipient, &delivery.address)?;
            }
            Ok(())
        }
    }
}

/// In the demonstration people read here what would have been sent.
fn to_mailbox(tx: &mut Tx<'_>, notify: &Notify, delivery: &Delivery) -> Result<()> {
    let Ok(contact) = Contact::parse(&delivery.address) else { return Ok(()) };
    let text = match delivery.channel {
        Channel::Email => email_text(notify, delivery, &unsubscribe_link(notify, delivery)),
        Channel::Sms | Channel::Push => delivery.body.clone(),
    };
    kernel_web::accounts::put_mail(tx, &contact, &text)
}

fn unsubscribe_link(notify: &Notify, delivery: &Delivery) -> String {
    notify.book.link(&format!("/messages/unsubscribe/{}", delivery.id))
}
