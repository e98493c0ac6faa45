//! What is known of a request before its handler runs: who, in which language, from where.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::extract::{ConnectInfo, FromRequestParts};
use http::{HeaderMap, header, request::Parts};
use kernel_base::{Error, Lang, Result};
use kernel_org::Actor;

use crate::{Problem, Web, accounts::Browser, config::random_bytes, cookies};

/// Who sent the request.
#[derive(Debug, Clone)]
pub struct Who {
    pub actor: Actor,
    /// Name for the header of the page; for a citizen without a name, the masked contact. Personal data.
    pub name: String,
    /// Hash of the session's token, or `None` for a bearer token.
    pub session: Option<String>,
    /// The account that is signed in; the actor may be acting for another.
    pub account: kernel_org::AccountId,
}

/// Size of letters and contrast, chosen by the visitor and kept in a cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Display {
    /// 0 normal, 1 large (120 %), 2 very large (140 %).
    pub text: u8,
    pub high_contrast: bool,
}

impl Display {
    /// Very large letters.
    pub(crate) const LARGEST: u8 = 2;

    /// Reads the cookie: `1.more`.
    pub fn parse(value: &str) -> Self {
        let (text, contrast) = value.split_once('.').unwrap_or((value, ""));
        Self { text: text.parse().unwrap_or(0).min(Self::LARGEST), high_contrast: contrast == "more" }
    }

    /// The value of the cookie.
    pub fn value(self) -> String {
        format!("{}.{}", self.text, if self.high_contrast { "more" } else { "normal" })
    }

    /// Class of the `html` element.
    pub fn class(self) -> String {
        let text = ["", "text-large", "text-largest"].get(usize::from(self.text)).copied().unwrap_or("");
        let contrast = if self.high_contrast { "high-contrast" } else { "" };
        format!("{text} {contrast}").trim().to_owned()
    }
}

/// What is known of the request. Handlers take it as an argument.
#[derive(Debug, Clone)]
pub struct Context {
    /// Correlation id, in the log and in the header `X-Request-Id`.
    pub request_id: String,
    pub lang: Lang,
    /// The path begins with `/api/`: answers are JSON.
    pub api: bool,
    /// A part of a page was asked for (header `X-Fragment`).
    pub fragment: bool,
    /// Path and query as asked.
    pub path: String,
    /// Address of the visitor, for limits. Personal data.
    pub address: String,
    pub who: Option<Who>,
    pub display: Display,
    /// Token for forms and for the header `X-CSRF-Token`.
    pub csrf: String,
    /// A new key for [`crate::idempotent`], for the hidden field `key` of a form that makes something.
    pub fresh_key: String,
    pub(crate) visit: Option<String>,
    pub(crate) new_visit: bool,
    pub(crate) flash: Option<String>,
    /// What the browser says of itself, cut short. Personal data.
    pub(crate) device: String,
    /// Secret of this browser while it is away at a provider.
    pub(crate) sign_on: Option<String>,
    pub(crate) page_made: Arc<AtomicBool>,
}

impl Context {
    /// Reads a request; asks the database who has the cookie or token.
    pub(crate) async fn of(web: &Web, parts: &Parts) -> Result<Self> {
        let headers = &parts.headers;
        let uri = &parts.uri;
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let bare = uri.path();
        let api = bare.starts_with("/api/");
        let who = if needs_who(bare) { who(web, headers).await? } else { None };
        let visit = cookies::get(headers, &cookies::name(web, "visit"));
        let new_visit = visit.is_none();
        let visit = match visit {
            Some(visit) => visit,
            None => hex::encode(random_bytes::<16>()?),
        };
        let bound_to = who.as_ref().and_then(|who| who.session.clone()).unwrap_or_else(|| visit.clone());
        Ok(Self {
            request_id: request_id(headers)?,
            lang: language(headers, uri.query(), api),
            api,
            fragment: headers.contains_key("x-fragment"),
            path,
            address: address(web, parts),
            who,
            display: cookies::get(headers, "display").map(|value| Display::parse(&value)).unwrap_or_default(),
            csrf: web.secrets.seal("csrf", &bound_to),
            fresh_key: format!("form-{}", hex::encode(random_bytes::<12>()?)),
            visit: Some(visit),
            new_visit,
            flash: cookies::get(headers, "flash"),
            device: device(headers),
            sign_on: cookies::get(headers, &cookies::name(web, "sign-on")),
            page_made: Arc::default(),
        })
    }

    /// Only what is not of this visitor: language and kind of answer.
    pub(crate) fn for_everyone(&self) -> Self {
        Self {
            request_id: String::new(),
            lang: self.lang,
            api: self.api,
            fragment: self.fragment,
            path: String::new(),
            address: String::new(),
            who: None,
            display: Display::default(),
            csrf: String::new(),
            fresh_key: String::new(),
            visit: None,
            new_visit: false,
            flash: None,
            device: String::new(),
            sign_on: None,
            page_made: Arc::default(),
        }
    }

    /// What a new session of this browser needs to know.
    pub(crate) fn browser(&self, web: &Web, officer: bool) -> Browser {
        let idle = if officer { web.config.officer_idle } else { web.config.citizen_idle };
        Browser { device: self.device.clone(), idle, longest: web.config.session_longest }
    }

    /// The account that is signed in by a session.
    pub(crate) fn session_account(&self) -> Option<kernel_org::AccountId> {
        self.who.as_ref().filter(|who| who.session.is_some()).map(|who| who.account.clone())
    }

    pub(crate) fn mark_page(&self) {
        self.page_made.store(true, Ordering::Relaxed);
    }

    pub(crate) fn made_page(&self) -> bool {
        self.page_made.load(Ordering::Relaxed)
    }

    /// The signed-in actor.
    ///
    /// # Errors
    /// `Unauthenticated` when nobody is signed in.
    pub fn actor(&self) -> Result<&Actor> {
        self.who.as_ref().map(|who| &who.actor).ok_or_else(Error::unauthenticated)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Context {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let context = parts.extensions.get::<Self>().cloned();
        context.ok_or_else(|| Problem(Error::internal("the router was not finished with kernel_web::finish")))
    }
}

/// Static files and probes are the same for everyone.
fn needs_who(path: &str) -> bool {
    !(path.starts_with("/assets/") || matches!(path, "/livez" | "/readyz" | "/metrics" | "/favicon.ico"))
}

async fn who(web: &Web, headers: &HeaderMap) -> Result<Option<Who>> {
    if let Some(token) = bearer(headers) {
        let hash = crate::accounts::token_hash(&token);
        let found = web.read(move |tx| crate::accounts::who_has_token(tx, &hash)).await?;
        return found.map(Some).ok_or_else(Error::unauthenticated);
    }
    let Some(token) = cookies::get(headers, &cookies::name(web, "session")) else { return Ok(None) };
    let hash = crate::accounts::token_hash(&token);
    let found = {
        let hash = hash.clone();
        web.read(move |tx| crate::accounts::who_has_session(tx, &hash)).await?
    };
    let Some((who, stale)) = found else { return Ok(None) };
    if stale {
        let (config, officer) = (web.config.clone(), who.actor.officer().is_some());
        let idle = if officer { config.officer_idle } else { config.citizen_idle };
        web.write(move |tx| crate::accounts::touch_session(tx, &hash, idle)).await?;
    }
    Ok(Some(who))
}

/// The first 200 characters of `User-Agent`, without control characters.
fn device(headers: &HeaderMap) -> String {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    agent.chars().filter(|c| !c.is_control()).take(200).collect()
}

pub(crate) fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

/// The visitor's own id when it is harmless, else a new one.
fn request_id(headers: &HeaderMap) -> Result<String> {
    let given = headers.get("x-request-id").and_then(|id| id.to_str().ok());
    let harmless =
        |id: &&str| (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    match given.filter(harmless) {
        Some(id) => Ok(id.to_owned()),
        None => Ok(hex::encode(random_bytes::<8>()?)),
    }
}

/// `?lang=`, then the cookie; for the API also `Accept-Language`; else Vietnamese. A page does not follow the browser's
/// language: many phones in Vietnam are set to English by their shop, and English is one press away.
fn language(headers: &HeaderMap, query: Option<&str>, api: bool) -> Lang {
    let asked = query.unwrap_or_default().split('&').find_map(|pair| pair.strip_prefix("lang="));
    if let Some(code) = asked {
        return Lang::parse(code);
    }
    if let Some(code) = cookies::get(headers, "lang") {
        return Lang::parse(&code);
    }
    if !api {
        return Lang::Vi;
    }
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let known = accepted.split(',').map(str::trim).find(|part| part.starts_with("vi") || part.starts_with("en"));
    known.map_or(Lang::Vi, Lang::parse)
}

fn address(web: &Web, parts: &Parts) -> String {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    visitor(peer, web.config.trusted_proxy, &parts.headers)
}

fn visitor(peer: Option<IpAddr>, proxy: Option<IpAddr>, headers: &HeaderMap) -> String {
    if peer.is_some() && peer == proxy {
        // What stands last was written by the proxy; anything before it the visitor may have invented.
        let forwarded = headers.get("x-forwarded-for").and_then(|value| value.to_str().ok());
        if let Some(last) = forwarded.and_then(|list| list.rsplit(',').next()) {
            return last.trim().to_owned();
        }
    }
    peer.map_or_else(|| "local".to_owned(), |peer| peer.to_string())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn only_the_own_proxy_is_believed_about_the_visitor_and_only_its_own_entry() {
        let proxy = IpAddr::from([127, 0, 0, 1]);
        let seen = |peer: [u8; 4], forwarded: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            if let Some(list) = forwarded {
                headers.insert("x-forwarded-for", HeaderValue::from_static(list));
            }
            visitor(Some(IpAddr::from(peer)), Some(proxy), &headers)
        };
        assert_eq!(seen([127, 0, 0, 1], Some("198.51.100.1, 203.0.113.7")), "203.0.113.7");
        assert_eq!(seen([127, 0, 0, 1], None), "127.0.0.1");
        assert_eq!(seen([203, 0, 113, 9], Some("198.51.100.1")), "203.0.113.9");
    }

    #[test]
    fn the_language_is_asked_for_then_remembered_then_accepted() {
        let mut headers = HeaderMap::new();
        assert_eq!(language(&headers, None, true), Lang::Vi);
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static("fr, en-GB;q=0.8, vi;q=0.5"));
        assert_eq!(language(&headers, None, true), Lang::En);
        assert_eq!(language(&headers, None, false), Lang::Vi, "a page is Vietnamese until English is chosen");
        headers.insert(header::COOKIE, HeaderValue::from_static("lang=vi"));
        assert_eq!(language(&headers, None, true), Lang::Vi);
        assert_eq!(language(&headers, Some("q=x&lang=en"), false), Lang::En);
    }

    #[test]
    fn the_display_cookie_is_read_back_and_never_out_of_range() {
        let display = Display { text: 2, high_contrast: true };
        assert_eq!(Display::parse(&display.value()), display);
        assert_eq!(Display::parse("9.x"), Display { text: 2, high_contrast: false });
        assert_eq!(Display::parse("<script>"), Display::default());
    }
}
