//! What every page is given: language, title, who is signed in, errors, links.

use std::convert::Infallible;

use axum::{
    body::{Body, Bytes},
    extract::FromRequestParts,
    response::{Html, IntoResponse, Response},
};
use futures_util::stream;
use http::{HeaderValue, StatusCode, header, request::Parts};
use kernel_base::{Error, FieldError, Lang, Words};
use kernel_org::{Actor, CitizenActor, Role};

use crate::{Answer, Context, Display, Markup, Problem, T, Web, assets};

/// A link in the header.
#[derive(Debug, Clone)]
pub struct NavItem {
    /// Key of the message.
    pub key: &'static str,
    pub href: &'static str,
    pub audience: Audience,
}

/// Who sees a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    Everyone,
    /// Citizens and visitors who are not signed in.
    Public,
    Citizens,
    Staff,
    /// Officers with this role.
    With(Role),
    /// Officers with one of these roles.
    Having(&'static [Role]),
    /// Everyone, in the bar of the demonstration.
    Demo,
}

/// A link of the header as this visitor sees it.
#[derive(Debug, Clone)]
pub struct NavLink {
    pub text: String,
    pub href: &'static str,
    pub current: bool,
}

/// The signed-in person as the header shows him.
#[derive(Debug, Clone)]
pub struct Shown {
    pub name: String,
    /// Roles and agency of an officer; empty for a citizen.
    pub detail: String,
    pub staff: bool,
}

/// One line of the error summary.
#[derive(Debug, Clone)]
pub struct PageError {
    pub field: String,
    pub text: String,
}

/// The context of `base.html`. Handlers take it as an argument and give it to their template as `page`.
#[derive(Debug, Clone)]
pub struct Page {
    pub t: T,
    pub lang: Lang,
    /// Title of the page, without the prefix for errors.
    pub title: String,
    /// All faults, for the summary and the fields; also turns the title into `Lỗi: ...`.
    pub errors: Vec<PageError>,
    /// Token for the hidden field `csrf` of every form.
    pub csrf: String,
    pub nav: Vec<NavLink>,
    pub who: Option<Shown>,
    /// A sentence about what has just been done.
    pub flash: Option<String>,
    /// The demonstration's clock, when this is the demonstration.
    pub demo_clock: Option<String>,
    /// Links of the demonstration's bar.
    pub demo_links: Vec<NavLink>,
    pub province: String,
    pub display: Display,
    /// Path and query without `lang`, for the switches that keep the page.
    pub path: String,
    /// The page uses the whole width (staff).
    pub wide: bool,
    pub request_id: String,
    context: Context,
}

impl<S> FromRequestParts<S> for Page
where
    S: Send + Sync,
    Web: axum::extract::FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let context = Context::from_request_parts(parts, state).await?;
        let web = <Web as axum::extract::FromRef<S>>::from_ref(state);
        Ok(Self::of(&web, &context))
    }
}

impl Page {
    /// The page for one request.
    pub fn of(web: &Web, context: &Context) -> Self {
        let t = web.messages.translator(context.lang);
        context.mark_page();
        let demo_clock = web.config.demo.then(|| t.time(&web.db.clock().now()));
        Self {
            lang: context.lang,
            title: String::new(),
            errors: Vec::new(),
            csrf: context.csrf.clone(),
            nav: nav(web, context, &t),
            demo_links: demo_links(web, &t),
            who: context.who.as_ref().map(|who| shown(who, context.lang)),
            flash: context.flash.as_deref().map(|flash| crate::flash::text(&t, flash)),
            demo_clock,
            province: web.config.province.say(context.lang).to_owned(),
            display: display(context),
            path: without_lang(&context.path),
            wide: false,
            request_id: context.request_id.clone(),
            context: context.clone(),
            t,
        }
    }

    /// The person is helped by a member of a community digital team, who reads the page to him.
    pub fn helps(&self) -> bool {
        helps(&self.context)
    }

    /// Sets the title from a message.
    #[must_use]
    pub fn titled(mut self, key: &str) -> Self {
        self.title = self.t.s(key).to_owned();
        self
    }

    /// Sets the title.
    #[must_use]
    pub fn with_title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Uses the whole width, with the staff's style sheet and script.
    #[must_use]
    pub fn wide(mut self) -> Self {
        self.wide = true;
        self
    }

    /// Shows faults: summary with focus, message at each field, title with `Lỗi: `.
    #[must_use]
    pub fn with_errors(mut self, faults: &[FieldError]) -> Self {
        let shown = faults
            .iter()
            .map(|fault| PageError { field: fault.field.clone(), text: fault.message.say(self.lang).to_owned() });
        self.errors.extend(shown);
        self
    }

    /// Shows an error of a use case: its field faults, or its sentence when it has none.
    #[must_use]
    pub fn with_error(mut self, error: &Error) -> Self {
        if error.fields.is_empty() {
            self.errors.push(PageError { field: String::new(), text: error.say(self.lang).to_owned() });
            return self;
        }
        self.with_errors(&error.fields)
    }

    /// The text of the `title` element.
    pub fn full_title(&self) -> String {
        let prefix = match (self.errors.is_empty(), self.lang) {
            (true, _) => "",
            (false, Lang::Vi) => "Lỗi: ",
            (false, Lang::En) => "Error: ",
        };
        if self.title.is_empty() {
            format!("{prefix}Chuyển Động")
        } else {
            format!("{prefix}{} - Chuyển Động", self.title)
        }
    }

    /// The message at a field; empty when the field has no fault.
    pub fn error_for(&self, field: &str) -> &str {
        self.errors.iter().find(|error| error.field == field).map_or("", |error| error.text.as_str())
    }

    /// Ids of the hint and the fault of a field, for `aria-describedby`.
    pub fn described_by(&self, field: &str, hint: &str) -> String {
        let id = self.field_id(field);
        let hint = if hint.is_empty() { String::new() } else { format!("{id}-hint") };
        let fault = if self.error_for(field).is_empty() { String::new() } else { format!("{id}-error") };
        format!("{hint} {fault}").trim().to_owned()
    }

    /// True when an officer is signed in.
    pub fn is_staff(&self) -> bool {
        self.who.as_ref().is_some_and(|who| who.staff)
    }

    /// The sentence about what has just been done, if there is one.
    pub fn shown_flash(&self) -> Option<&str> {
        self.flash.as_deref().filter(|flash| !flash.is_empty())
    }

    /// Address of a static file, with the hash of its content.
    pub fn asset(&self, name: &str) -> String {
        assets::url(name)
    }

    /// An icon of the set as inline SVG, hidden from screen readers: a word always stands beside it.
    pub fn icon(&self, name: &str) -> Markup {
        assets::icon(name)
    }

    /// This page in a language.
    pub fn path_in(&self, lang: &str) -> String {
        let joint = if self.path.contains('?') { '&' } else { '?' };
        format!("{}{joint}lang={lang}", self.path)
    }

    /// This page's path for the query of another address.
    pub fn encoded_path(&self) -> String {
        self.encoded(&self.path)
    }

    /// A text for the query of an address.
    pub fn encoded(&self, text: &str) -> String {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    }

    /// The id of a field's first control, the same as in `kernel/forms`: `witnesses.0.name` is `f-witnesses-0-name`.
    pub fn field_id(&self, field: &str) -> String {
        format!("f-{}", field.replace('.', "-"))
    }

    /// A new key for the hidden field `key` of a form that makes something (macro `c::once`).
    pub fn fresh_key(&self) -> &str {
        &self.context.fresh_key
    }

    /// The same page for nobody in particular: what is rendered with it says nothing of who asked, so that it may be kept
    /// and shown to others.
    #[must_use]
    pub fn for_everyone(&self) -> Self {
        let mut page = self.clone();
        page.context = self.context.for_everyone();
        (page.csrf, page.path, page.request_id) = (String::new(), String::new(), String::new());
        (page.who, page.flash, page.errors) = (None, None, Vec::new());
        (page.nav, page.display, page.demo_clock) = (Vec::new(), Display::default(), None);
        page
    }

    /// The request this page answers.
    pub fn context(&self) -> &Context {
        &self.context
    }
}

fn demo_links(web: &Web, t: &T) -> Vec<NavLink> {
    let items = web.nav.iter().filter(|item| item.audience == Audience::Demo);
    items.map(|item| NavLink { text: t.s(item.key).to_owned(), href: item.href, current: false }).collect()
}

fn nav(web: &Web, context: &Context, t: &T) -> Vec<NavLink> {
    let actor = context.who.as_ref().map(|who| &who.actor);
    let bare = context.path.split('?').next().unwrap_or("/");
    let seen = |audience: Audience| match (audience, actor) {
        (Audience::Everyone, _) | (Audience::Public, None | Some(Actor::Citizen(_))) => true,
        (Audience::Citizens, Some(Actor::Citizen(_))) | (Audience::Staff, Some(Actor::Officer(_))) => true,
        (Audience::With(role), Some(Actor::Officer(officer))) => officer.powers().any(|(_, held)| held == role),
        (Audience::Having(roles), Some(Actor::Officer(officer))) => {
            officer.powers().any(|(_, held)| roles.contains(&held))
        }
        _ => false,
    };
    let items = web.nav.iter().filter(|item| seen(item.audience));
    let link = |item: &NavItem| NavLink {
        text: t.s(item.key).to_owned(),
        href: item.href,
        current: item.href == bare || (item.href.len() > 1 && bare.starts_with(&format!("{}/", item.href))),
    };
    let mut links: Vec<NavLink> = items.map(link).collect();
    // Only the longest of several matching links is the current one.
    let longest = links.iter().filter(|link| link.current).map(|link| link.href.len()).max();
    for link in &mut links {
        link.current &= Some(link.href.len()) == longest;
    }
    links
}

fn helps(context: &Context) -> bool {
    context.who.as_ref().and_then(|who| who.actor.citizen()).and_then(CitizenActor::helper).is_some()
}

/// The largest letters while somebody is helped: two people look at one screen (experience, P2).
fn display(context: &Context) -> Display {
    if helps(context) { Display { text: Display::LARGEST, ..context.display } } else { context.display }
}

fn shown(who: &crate::Who, lang: Lang) -> Shown {
    let Actor::Officer(officer) = &who.actor else {
        return Shown { name: who.name.clone(), detail: acting_words(who, lang), staff: false };
    };
    let roles: Vec<Words> = officer.roles.iter().map(|role| role.words()).collect();
    let roles: Vec<&str> = roles.iter().map(|words| words.say(lang)).collect();
    Shown { name: officer.name.clone(), detail: roles.join(", "), staff: true }
}

/// Who really sits at the screen, when somebody acts for the account.
fn acting_words(who: &crate::Who, lang: Lang) -> String {
    let Some(acting) = who.actor.citizen().and_then(|citizen| citizen.acting.as_ref()) else { return String::new() };
    let agent = if acting.agent_name.is_empty() { &acting.agent_contact } else { &acting.agent_name };
    Words::new(format!("do {agent} làm thay"), format!("{agent} acts for them")).say(lang).to_owned()
}

fn without_lang(path: &str) -> String {
    let Some((bare, query)) = path.split_once('?') else { return path.to_owned() };
    let kept: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("lang=")).collect();
    if kept.is_empty() { bare.to_owned() } else { format!("{bare}?{}", kept.join("&")) }
}

/// A page with status 200.
///
/// # Errors
/// `Internal` when the template fails.
pub fn html(template: &impl askama::Template) -> Answer {
    html_with(StatusCode::OK, template)
}

/// A page with a status: 422 for a form shown again with its faults.
///
/// # Errors
/// `Internal` when the template fails.
pub fn html_with(status: StatusCode, template: &impl askama::Template) -> Answer {
    let text = template.render()?;
    let mut response: Response = (status, Html(text)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// What a template writes in the place of the part that [`html_around`] puts there; no text of a visitor can be it, for
/// its `<` would be escaped.
pub const KEPT_PART: &str = "<kept-part/>";

/// A page around a part that is the same for everyone and is kept as it is sent: large, and never copied.
///
/// # Errors
/// `Internal` when the template fails or does not write [`KEPT_PART`].
pub fn html_around(template: &impl askama::Template, part: Bytes) -> Answer {
    let text = template.render()?;
    let (head, tail) = text.split_once(KEPT_PART).ok_or_else(|| Error::internal("a page without its kept part"))?;
    let pieces = [Bytes::copy_from_slice(head.as_bytes()), part, Bytes::copy_from_slice(tail.as_bytes())];
    let length = pieces.iter().map(Bytes::len).sum::<usize>();
    let body = Body::from_stream(stream::iter(pieces.map(Ok::<Bytes, Infallible>)));
    let mut response = Html(body).into_response();
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Sends the browser to another page after a POST.
pub fn redirect(path: &str) -> Response {
    axum::response::Redirect::to(path).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_switch_keeps_the_page() {
        assert_eq!(without_lang("/search?q=a&lang=en"), "/search?q=a");
        assert_eq!(without_lang("/search?lang=en"), "/search");
        assert_eq!(without_lang("/search"), "/search");
    }
}
