//! A person's own account: ways to sign in, sessions, history; an officer's recovery codes.

use askama::Template;
use axum::extract::State;
use kernel_base::{Error, Instant, Kind};
use kernel_contract::SignOnProvider;
use kernel_org::{AccountId, Role};
use serde::Deserialize;

use super::sign_on::SignOnDesk;
use crate::{
    Answer, Bucket, Context, Form, Page, Web,
    accounts::{self, OwnAccount},
    config::random_bytes,
    cookies, html, html_with, redirect_saying,
};

#[derive(Debug)]
struct LinkLine {
    provider: String,
    level: String,
    linked_at: Instant,
    seen_at: Instant,
}

#[derive(Debug)]
struct SessionLine {
    id: String,
    device: String,
    way: String,
    created_at: Instant,
    seen_at: Instant,
    current: bool,
}

#[derive(Debug, Template)]
#[template(path = "account.html")]
struct AccountPage {
    page: Page,
    name: String,
    contact: String,
    staff: bool,
    helper: bool,
    /// May appoint helpers and confirm representatives.
    reception: bool,
    links: Vec<LinkLine>,
    sessions: Vec<SessionLine>,
    events: Vec<(String, Instant)>,
    codes_left: i64,
    /// Shown once, right after they were made.
    codes: Vec<String>,
    /// The new secret of the authenticator, shown once.
    secret: String,
}

/// The signed-in account and the hash of its session.
pub(super) fn signed_in(context: &Context) -> kernel_base::Result<(AccountId, String)> {
    let who = context.who.as_ref().ok_or_else(Error::unauthenticated)?;
    let session = who.session.clone().ok_or_else(Error::unauthenticated)?;
    Ok((who.account.clone(), session))
}

/// `Chrome trên Android` from what the browser says of itself.
fn device(agent: &str) -> String {
    let first =
        |names: &[(&str, &'static str)]| names.iter().find(|(mark, _)| agent.contains(mark)).map(|found| found.1);
    let browser = first(&[
        ("Zalo", "Zalo"),
        ("CocCoc", "Cốc Cốc"),
        ("coc_coc", "Cốc Cốc"),
        ("Edg", "Edge"),
        ("Firefox", "Firefox"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser}, {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => String::new(),
    }
}

fn provider_name(providers: &[SignOnProvider], page: &Page, id: &str) -> String {
    providers.iter().find(|p| p.id == id).map_or_else(|| id.to_owned(), |p| p.name.say(page.lang).to_owned())
}

fn shown(web: &Web, page: Page, own: OwnAccount, session: &str) -> AccountPage {
    let providers = web.optional::<SignOnDesk>().map(|desk| desk.0.providers()).unwrap_or_default();
    let line = |s: accounts::Session| SessionLine {
        current: s.hash == session,
        device: device(&s.device),
        way: match s.way.as_str() {
            "provider" => provider_name(&providers, &page, &s.provider),
            "password" => page.t.s("web.account.way_password").to_owned(),
            _ => page.t.s("web.account.way_code").to_owned(),
        },
        id: s.id,
        created_at: s.created_at,
        seen_at: s.seen_at,
    };
    let sessions = own.sessions.into_iter().map(line).collect();
    let links = own.links.into_iter().map(|(provider, assurance, linked_at, seen_at)| LinkLine {
        provider: provider_name(&providers, &page, &provider),
        level: assurance.words().say(page.lang).to_owned(),
        linked_at,
        seen_at,
    });
    let links = links.collect();
    let event = |(kind, at): (String, Instant)| {
        let key = format!("web.account.{}", kind.replace('.', "_"));
        (page.t.s(&key).to_owned(), at)
    };
    let contacts = [own.account.phone.clone(), own.account.email.clone(), own.account.sign_in.clone()];
    AccountPage {
        name: own.account.shown_name(),
        contact: contacts.into_iter().flatten().collect::<Vec<_>>().join(", "),
        staff: own.account.kind == accounts::AccountKind::Staff,
        helper: own.helper,
        reception: false,
        links,
        sessions,
        events: own.events.into_iter().map(event).collect(),
        codes_left: own.recovery_codes,
        codes: Vec::new(),
        secret: String::new(),
        page: page.titled("web.account.title"),
    }
}

async fn load(web: &Web, page: Page, context: &Context) -> kernel_base::Result<AccountPage> {
    let (account, session) = signed_in(context)?;
    let own = web.read(move |tx| accounts::own_account(tx, &account)).await?.ok_or_else(Error::unauthenticated)?;
    let officer = context.actor()?.officer();
    let reception = officer.is_some_and(|officer| officer.powers().any(|(_, role)| role == Role::Reception));
    Ok(AccountPage { reception, ..shown(web, page, own, &session) })
}

pub(super) async fn page(State(web): State<Web>, context: Context, page: Page) -> Answer {
    html(&load(&web, page, &context).await?)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Ended {
    /// Empty = every other one.
    session: String,
}

pub(super) async fn end_sessions(State(web): State<Web>, context: Context, Form(ended): Form<Ended>) -> Answer {
    let (account, session) = signed_in(&context)?;
    web.write(move |tx| match ended.session.as_str() {
        "" => accounts::end_other_sessions(tx, &account, &session),
        name => accounts::end_session_named(tx, &account, name),
    })
    .await?;
    Ok(redirect_saying(&web, "/account", "web.account.ended", &[]))
}

#[derive(Deserialize)]
pub(super) struct Fresh {
    #[serde(default)]
    totp: String,
    #[serde(default)]
    code: String,
}

/// New recovery codes of an officer, for a fresh code of the authenticator.
pub(super) async fn recovery_codes(
    State(web): State<Web>,
    context: Context,
    page: Page,
    Form(fresh): Form<Fresh>,
) -> Answer {
    let (account, _) = signed_in(&context)?;
    web.limit(Bucket::SignIn, &format!("recovery {account}"))?;
    let made = web.write(move |tx| accounts::new_recovery_codes(tx, &account, &fresh.totp)).await;
    answer(&web, &context, page, made.map(|codes| (codes, String::new()))).await
}

/// A new secret of the authenticator, for a recovery code; other sessions end.
pub(super) async fn authenticator(
    State(web): State<Web>,
    context: Context,
    page: Page,
    Form(fresh): Form<Fresh>,
) -> Answer {
    let (account, session) = signed_in(&context)?;
    web.limit(Bucket::SignIn, &format!("recovery {account}"))?;
    let secret = accounts::new_totp_secret(random_bytes::<20>()?);
    let kept = secret.clone();
    let changed =
        web.write(move |tx| accounts::replace_authenticator(tx, &account, &fresh.code, &kept, &session)).await;
    answer(&web, &context, page, changed.map(|()| (Vec::new(), secret))).await
}

async fn answer(web: &Web, context: &Context, page: Page, made: kernel_base::Result<(Vec<String>, String)>) -> Answer {
    match made {
        Ok((codes, secret)) => {
            let shown = load(web, page, context).await?;
            html(&AccountPage { codes, secret, ..shown })
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::TooMany) => {
            let mut shown = load(web, page, context).await?;
            shown.page = shown.page.with_error(&error);
            html_with(http::StatusCode::UNPROCESSABLE_ENTITY, &shown)
        }
        Err(error) => Err(error.into()),
    }
}

/// Gives the browser the token of a session whose role changed.
pub(super) fn keep_role(web: &Web, response: &mut axum::response::Response, token: &str) {
    cookies::set(web, response.headers_mut(), &cookies::name(web, "session"), token, None);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_named_in_words_people_know() {
        let phone = "Mozilla/5.0 (Linux; Android 11; SM-A125F) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36";
        assert_eq!(device(phone), "Chrome, Android");
        assert_eq!(device("curl/8"), "");
    }
}
