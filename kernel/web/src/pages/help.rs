//! "Tôi giúp người khác": members of community digital teams, and the one-stop that appoints them.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use http::StatusCode;
use kernel_base::{Error, Instant, Kind, TypedId};
use kernel_org::{AccountId, MandateId};
use serde::Deserialize;

use super::account::{keep_role, signed_in};
use crate::{
    Answer, Bucket, CitizenUser, Context, Form, Page, StaffMember, Web,
    accounts::{self, Consent, ConsentCode, Helper, Mandate, NewHelp},
    config::random_bytes,
    html, html_with, redirect_saying,
};

#[derive(Debug, Template)]
#[template(path = "help.html")]
struct HelpPage {
    page: Page,
    team: String,
    until_at: Instant,
    /// Who is being helped now; empty = nobody.
    helped: String,
    /// The help that waits for its code.
    waiting: String,
    /// Name, state, when.
    log: Vec<(String, String, Instant)>,
    typed: Typed,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    name: String,
    contact: String,
    consent: String,
    paper: String,
}

async fn load(web: &Web, page: Page, user: &CitizenUser, waiting: &str, typed: Typed) -> kernel_base::Result<HelpPage> {
    let actor = user.actor.clone();
    let (helper, log, now) = web.read(move |tx| accounts::helps_of(tx, &actor)).await?;
    let helped = user.citizen.helper().map(|_| user.citizen.name.clone()).unwrap_or_default();
    let line = |m: &Mandate| (m.principal_name.clone(), m.words(now).say(page.lang).to_owned(), m.created_at);
    Ok(HelpPage {
        team: helper.team,
        until_at: helper.until_at,
        helped,
        waiting: waiting.to_owned(),
        log: log.iter().map(line).collect(),
        typed,
        page: page.titled("web.help.title"),
    })
}

pub(super) async fn page(State(web): State<Web>, page: Page, user: CitizenUser) -> Answer {
    html(&load(&web, page, &user, "", Typed::default()).await?)
}

fn sealed(web: &Web, helper: &AccountId, code: &str) -> String {
    let code: String = code.chars().filter(char::is_ascii_digit).collect();
    web.secrets.seal("consent to help", &format!("{helper}\n{code}"))
}

pub(super) async fn begin(
    State(web): State<Web>,
    context: Context,
    page: Page,
    user: CitizenUser,
    Form(typed): Form<Typed>,
) -> Answer {
    let (account, session) = signed_in(&context)?;
    web.limit(Bucket::SendCode, &format!("help {account}"))?;
    let code = format!("{:06}", u64::from_be_bytes(random_bytes::<8>()?) % 1_000_000);
    let hash = sealed(&web, &account, &code);
    let actor = user.actor.clone();
    let helper = web.read(move |tx| accounts::helper_of(tx, &actor)).await?;
    let mailbox = web.config.demo.then(|| message(&helper, &code));
    let code = ConsentCode { number: code, sealed: hash, mailbox };
    let consent = if typed.consent == "paper" { Consent::Paper } else { Consent::Code };
    let new = NewHelp { name: typed.name.clone(), contact: typed.contact.clone(), consent, paper: typed.paper.clone() };
    let actor = user.actor.clone();
    let begun = web.write(move |tx| accounts::begin_help(tx, &actor, &new, &code)).await;
    match begun {
        Ok(mandate) if consent == Consent::Paper => take(&web, &context, session, &mandate).await,
        Ok(mandate) => html(&load(&web, page, &user, mandate.as_str(), typed).await?),
        Err(error) if error.kind == Kind::Invalid => again(&web, page, &user, "", typed, &error).await,
        Err(error) => Err(error.into()),
    }
}

fn message(helper: &Helper, code: &str) -> String {
    format!(
        "{} ({}) xin giúp bạn điền hồ sơ trên Chuyển Động. Nếu bạn đồng ý và người đó đang ở cạnh bạn, hãy đọc mã {code}. Mã có hiệu lực 15 phút.",
        helper.name, helper.team
    )
}

async fn again(web: &Web, page: Page, user: &CitizenUser, waiting: &str, typed: Typed, error: &Error) -> Answer {
    let mut shown = load(web, page, user, waiting, typed).await?;
    shown.page = shown.page.with_error(error);
    html_with(StatusCode::UNPROCESSABLE_ENTITY, &shown)
}

/// The helper's session takes the person's role, within the bounds of the help.
async fn take(web: &Web, context: &Context, session: String, mandate: &MandateId) -> Answer {
    let (browser, id) = (context.browser(web, false), mandate.to_string());
    let opened = web.write(move |tx| accounts::change_role(tx, &session, Some(&id), &browser)).await?;
    let mut response = Redirect::to("/").into_response();
    keep_role(web, &mut response, &opened.token);
    Ok(response)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TypedCode {
    mandate: String,
    code: String,
}

pub(super) async fn consent(
    State(web): State<Web>,
    context: Context,
    page: Page,
    user: CitizenUser,
    Form(typed): Form<TypedCode>,
) -> Answer {
    let (account, session) = signed_in(&context)?;
    web.limit(Bucket::SignIn, &format!("help {account}"))?;
    let Some(mandate) = <MandateId as TypedId>::parse(&typed.mandate) else {
        return Ok(Redirect::to("/help").into_response());
    };
    let hash = sealed(&web, &account, &typed.code);
    let (actor, id) = (user.actor.clone(), mandate.clone());
    match web.write(move |tx| accounts::consent_to_help(tx, &actor, &id, &hash)).await? {
        Ok(()) => take(&web, &context, session, &mandate).await,
        Err(error) => again(&web, page, &user, &typed.mandate, Typed::default(), &error).await,
    }
}

pub(super) async fn end(State(web): State<Web>, context: Context, user: CitizenUser) -> Answer {
    let (_, session) = signed_in(&context)?;
    let browser = context.browser(&web, false);
    let opened = web
        .write(move |tx| {
            accounts::end_help(tx, &user.actor)?;
            accounts::change_role(tx, &session, None, &browser)
        })
        .await?;
    let mut response = redirect_saying(&web, "/help", "web.help.ended", &[]);
    keep_role(&web, &mut response, &opened.token);
    Ok(response)
}

// ---- the one-stop that appoints ----

#[derive(Debug, Template)]
#[template(path = "staff_helpers.html")]
struct HelpersPage {
    page: Page,
    helpers: Vec<Helper>,
    typed: Appointed,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Appointed {
    contact: String,
    name: String,
    team: String,
    until: String,
}

async fn helpers_page(
    web: &Web,
    page: Page,
    staff: &StaffMember,
    typed: Appointed,
) -> kernel_base::Result<HelpersPage> {
    let actor = staff.actor.clone();
    let (_, helpers) = web.read(move |tx| accounts::helpers_of(tx, &actor)).await?;
    Ok(HelpersPage { helpers, typed, page: page.titled("web.helpers.title").wide() })
}

pub(super) async fn helpers(State(web): State<Web>, page: Page, staff: StaffMember) -> Answer {
    html(&helpers_page(&web, page, &staff, Appointed::default()).await?)
}

pub(super) async fn appoint(
    State(web): State<Web>,
    page: Page,
    staff: StaffMember,
    Form(typed): Form<Appointed>,
) -> Answer {
    let (actor, new) = (staff.actor.clone(), typed.clone());
    let until = typed.until.trim().parse::<jiff::civil::Date>().ok();
    let until = until.map_or_else(|| Instant::from_millis(0), |day| Instant::from_vietnam(day.at(23, 59, 0, 0)));
    let made =
        web.write(move |tx| accounts::appoint_helper(tx, &actor, &new.contact, &new.name, &new.team, until)).await;
    match made {
        Ok(_) => Ok(redirect_saying(&web, "/staff/helpers", "web.helpers.appointed", &[])),
        Err(error) if error.kind == Kind::Invalid => {
            let mut shown = helpers_page(&web, page, &staff, typed).await?;
            shown.page = shown.page.with_error(&error);
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &shown)
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn dismiss(State(web): State<Web>, staff: StaffMember, Path(id): Path<String>) -> Answer {
    let Some(account) = <AccountId as TypedId>::parse(&id) else {
        return Err(crate::present::by_status(StatusCode::NOT_FOUND).into());
    };
    web.write(move |tx| accounts::dismiss_helper(tx, &staff.actor, &account)).await?;
    Ok(redirect_saying(&web, "/staff/helpers", "web.helpers.dismissed", &[]))
}
