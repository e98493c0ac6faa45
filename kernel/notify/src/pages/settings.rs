//! How a person wants messages: groups and channels, language, quiet hours, addresses, browsers.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use http::StatusCode;
use kernel_base::{Error, FieldError, Instant, Kind, Lang, TypedId};
use kernel_org::Actor;
use kernel_web::{Answer, Bucket, Context, Fields, Form, Page, SignedIn, Web, html_with, redirect_saying};
use serde::Deserialize;

use super::mine::not_found;
use crate::{
    flow,
    model::{Channel, Choice, ContactId, ContactPoint},
    notify::Notify,
};

/// One group of messages with a box for each channel.
struct GroupLine {
    name: String,
    label: String,
    boxes: Vec<BoxLine>,
}

struct BoxLine {
    field: String,
    label: String,
    checked: bool,
}

struct ContactLine {
    id: String,
    address: String,
    confirmed: bool,
    failed: bool,
    /// A code was sent and may still be typed.
    waits: bool,
}

#[derive(Template)]
#[template(path = "message_settings.html")]
struct SettingsPage {
    page: Page,
    groups: Vec<GroupLine>,
    contacts: Vec<ContactLine>,
    /// Addresses of the sign-in, as shown to people.
    sign_in: Vec<String>,
    browsers: Vec<(String, String)>,
    push_key: String,
    lang: &'static str,
    languages: Vec<(&'static str, String)>,
    quiet_from: String,
    quiet_to: String,
    typed: String,
}

pub(super) async fn page(State(web): State<Web>, page: Page, SignedIn(actor): SignedIn) -> Answer {
    show(&web, page, actor, StatusCode::OK, String::new()).await
}

async fn show(web: &Web, page: Page, actor: Actor, status: StatusCode, typed: String) -> Answer {
    let notify = web.extension::<Notify>()?;
    let staff = actor.officer().is_some();
    let (found, now) = web.read(move |tx| Ok((flow::settings(tx, &actor)?, tx.now()))).await?;
    let page = page.titled("notify.settings.title");
    let page = if staff { page.wide() } else { page };
    let groups = notify.book.groups().into_iter().filter(|group| (*group == "work") == staff);
    let groups = groups.map(|group| group_line(&notify, &page, group, found.chosen.choices.get(group))).collect();
    let languages = vec![("vi", "Tiếng Việt".to_owned()), ("en", "English".to_owned())];
    let shown = SettingsPage {
        groups,
        contacts: found.contacts.iter().map(|point| contact_line(point, now)).collect(),
        sign_in: found.sign_in.iter().map(kernel_web::Contact::masked).collect(),
        browsers: found.browsers.into_iter().map(|(id, device)| (id.to_string(), device)).collect(),
        push_key: notify.ways.push.as_ref().map(|push| push.public_key().to_owned()).unwrap_or_default(),
        lang: found.chosen.lang.code(),
        languages,
        quiet_from: clock(found.chosen.quiet_from),
        quiet_to: clock(found.chosen.quiet_to),
        typed,
        page,
    };
    html_with(status, &shown)
}

fn group_line(notify: &Notify, page: &Page, group: &str, chosen: Option<&Choice>) -> GroupLine {
    let mut boxes = Vec::new();
    for channel in Channel::ALL {
        if !notify.has(channel) || !flow::uses(notify, group, channel) {
            continue;
        }
        let checked = chosen.is_none_or(|choice| match channel {
            Channel::Email => choice.email,
            Channel::Sms => choice.sms,
            Channel::Push => choice.push,
        });
        let label = page.t.s(&format!("notify.channel.{}", channel.word())).to_owned();
        boxes.push(BoxLine { field: format!("{group}-{}", channel.word()), label, checked });
    }
    let label = page.t.s(&format!("notify.group.{group}")).to_owned();
    GroupLine { name: group.to_owned(), label, boxes }
}

fn contact_line(point: &ContactPoint, now: Instant) -> ContactLine {
    ContactLine {
        id: point.id.to_string(),
        address: point.address.clone(),
        confirmed: point.confirmed_at.is_some(),
        failed: point.failed_at.is_some(),
        waits: point.code_until.is_some_and(|until| until > now),
    }
}

/// `22:00`
fn clock(minutes: i64) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// `22`, `22:00`, `22h30`, `22 giờ`.
fn minutes(text: &str) -> Option<i64> {
    let parts: Vec<&str> = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    let (hour, minute): (i64, i64) = match parts.as_slice() {
        [hour] => (hour.parse().ok()?, 0),
        [hour, minute] => (hour.parse().ok()?, minute.parse().ok()?),
        _ => return None,
    };
    ((0..24).contains(&hour) && (0..60).contains(&minute)).then_some(hour * 60 + minute)
}

pub(super) async fn save(State(web): State<Web>, page: Page, SignedIn(actor): SignedIn, fields: Fields) -> Answer {
    let notify = web.extension::<Notify>()?;
    let mut faults = Vec::new();
    let mut time = |name: &'static str| {
        minutes(fields.get(name).unwrap_or_default()).unwrap_or_else(|| {
            let words =
                ("Hãy ghi giờ từ 00:00 đến 23:59, ví dụ 22:00.", "Give a time from 00:00 to 23:59, such as 22:00.");
            faults.push(FieldError::new(name, "format", words));
            0
        })
    };
    let (from, to) = (time("quiet_from"), time("quiet_to"));
    if !faults.is_empty() {
        return show(&web, page.with_errors(&faults), actor, StatusCode::UNPROCESSABLE_ENTITY, String::new()).await;
    }
    let ticked = |group: &str, channel: Channel| {
        // A box that was not shown is not switched off.
        let shown = notify.has(channel) && flow::uses(&notify, group, channel);
        !shown || fields.get(&format!("{group}-{}", channel.word())).is_some()
    };
    let groups = fields.all("group").filter(|group| notify.book.groups().contains(group));
    let choices: BTreeMap<String, Choice> = groups
        .map(|group| {
            let choice = Choice {
                email: ticked(group, Channel::Email),
                sms: ticked(group, Channel::Sms),
                push: ticked(group, Channel::Push),
            };
            (group.to_owned(), choice)
        })
        .collect();
    let lang = Lang::parse(fields.get("lang").unwrap_or_default());
    web.write(move |tx| flow::save_settings(tx, &actor, (lang, from, to), &choices)).await?;
    Ok(redirect_saying(&web, "/messages/settings", "notify.settings.saved", &[]))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    contact: String,
    number: String,
}

/// Adds an address and sends a code to it; for an address that is there, another code.
pub(super) async fn add(
    State(web): State<Web>,
    context: Context,
    page: Page,
    SignedIn(actor): SignedIn,
    Form(typed): Form<Typed>,
) -> Answer {
    let (notify, contact, by) = (web.extension::<Notify>()?, typed.contact.clone(), actor.clone());
    let limited = web
        .limit(Bucket::SendCode, &format!("address {}", context.address))
        .and_then(|()| web.limit(Bucket::SendCode, &format!("contact {}", contact.trim())));
    let done = match limited {
        Ok(()) => web.write(move |tx| flow::add_contact(tx, &notify, &by, &contact)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => Ok(redirect_saying(&web, "/messages/settings", "notify.settings.code_sent", &[])),
        Err(error) => again(&web, page, actor, error, typed.contact).await,
    }
}

async fn again(web: &Web, page: Page, actor: Actor, error: Error, typed: String) -> Answer {
    if !matches!(error.kind, Kind::Invalid | Kind::TooMany) {
        return Err(error.into());
    }
    show(web, page.with_error(&error), actor, StatusCode::UNPROCESSABLE_ENTITY, typed).await
}

pub(super) async fn confirm(
    State(web): State<Web>,
    context: Context,
    page: Page,
    SignedIn(actor): SignedIn,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Answer {
    let id = ContactId::parse(&id).ok_or_else(not_found)?;
    let by = actor.clone();
    web.limit(Bucket::SignIn, &format!("address {}", context.address))?;
    match web.write(move |tx| flow::confirm_contact(tx, &by, &id, &typed.number)).await? {
        Ok(()) => Ok(redirect_saying(&web, "/messages/settings", "notify.settings.confirmed", &[])),
        Err(error) => again(&web, page, actor, error, String::new()).await,
    }
}

pub(super) async fn remove(State(web): State<Web>, SignedIn(actor): SignedIn, Path(id): Path<String>) -> Answer {
    let id = ContactId::parse(&id).ok_or_else(not_found)?;
    web.write(move |tx| flow::remove_contact(tx, &actor, &id)).await?;
    Ok(redirect_saying(&web, "/messages/settings", "notify.settings.removed", &[]))
}

pub(super) async fn forget(State(web): State<Web>, SignedIn(actor): SignedIn, Path(id): Path<String>) -> Answer {
    web.write(move |tx| flow::unsubscribe(tx, &actor, &id)).await?;
    Ok(redirect_saying(&web, "/messages/settings", "notify.settings.removed", &[]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_people_write_it() {
        for (text, expected) in [("22", 1_320), ("22:30", 1_350), ("6h", 360), ("06 giờ 05", 365), ("0:00", 0)] {
            assert_eq!(minutes(text), Some(expected), "{text}");
        }
        for wrong in ["", "24:00", "12:60", "tối", "1:2:3"] {
            assert_eq!(minutes(wrong), None, "{wrong}");
        }
    }
}
