//! OpenID Connect for citizens, businesses and officers: the national portal, VNeID, a provincial provider.
//!
//! The code flow with `state`, `nonce` and PKCE. Which provider says what is data ([`ProviderSettings`]); the checks are the
//! same for all: issuer, audience, signature, expiry, nonce, hash of the access token. Keys are kept and asked for again
//! when one is unknown. Every call has a time limit and a largest answer.

mod claims;
mod endpoints;
mod http;
mod logout;
mod settings;
mod token;

pub use settings::ProviderSettings;

use std::sync::Arc;

use kernel_base::{Clock, Error, Kind, Result, Words};
use kernel_contract::{EndedSignOn, SignOn, SignOnBegun, SignOnProvider, SignedOn};
use openidconnect::{CsrfToken, Nonce, PkceCodeChallenge};
use parking_lot::Mutex;
use url::Url;

use endpoints::Known;

/// All configured providers.
#[derive(Debug)]
pub struct OpenIdProviders {
    providers: Vec<Provider>,
    /// Address of our public pages, without a slash at the end.
    base_url: String,
    clock: Arc<dyn Clock>,
    agent: ureq::Agent,
}

#[derive(Debug)]
struct Provider {
    settings: ProviderSettings,
    secret: Option<Secret>,
    known: Mutex<Known>,
}

struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl OpenIdProviders {
    /// Checks the settings and reads the secrets; asks no provider yet.
    ///
    /// # Errors
    /// `Invalid` with the setting that is wrong, or a secret file that cannot be read.
    pub fn open(settings: Vec<ProviderSettings>, base_url: &str, clock: Arc<dyn Clock>) -> Result<Self> {
        let mut providers = Vec::new();
        for one in settings {
            one.check()?;
            let secret = one.secret()?.map(Secret);
            providers.push(Provider { settings: one, secret, known: Mutex::default() });
        }
        Ok(Self { providers, base_url: base_url.trim_end_matches('/').to_owned(), clock, agent: http::agent() })
    }

    fn provider(&self, id: &str) -> Result<&Provider> {
        self.providers.iter().find(|provider| provider.settings.id == id).ok_or_else(|| {
            Error::not_found(
                "no_such_provider",
                (
                    "Không có cách đăng nhập này. Hãy về trang đăng nhập và chọn lại.",
                    "There is no such way to sign in. Go back to the sign-in page.",
                ),
            )
        })
    }

    fn redirect_uri(&self, provider: &str) -> String {
        format!("{}/sign-in/with/{provider}/callback", self.base_url)
    }
}

impl SignOn for OpenIdProviders {
    fn providers(&self) -> Vec<SignOnProvider> {
        self.providers.iter().map(|provider| provider.settings.shown()).collect()
    }

    fn begin(&self, provider: &str) -> Result<SignOnBegun> {
        let known = self.provider(provider)?;
        let endpoints = known.endpoints(&self.agent)?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (state, nonce) = (CsrfToken::new_random_len(32), Nonce::new_random_len(32));
        let mut address = address(&endpoints.authorize)?;
        address.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", &known.settings.client_id),
            ("redirect_uri", &self.redirect_uri(provider)),
            ("scope", &known.settings.scopes),
            ("state", state.secret()),
            ("nonce", nonce.secret()),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ]);
        if !known.settings.acr_values.is_empty() {
            address.query_pairs_mut().append_pair("acr_values", &known.settings.acr_values);
        }
        Ok(SignOnBegun {
            address: address.into(),
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
        })
    }

    fn finish(&self, provider: &str, begun: &SignOnBegun, code: &str, issuer: Option<&str>) -> Result<SignedOn> {
        let known = self.provider(provider)?;
        let endpoints = known.endpoints(&self.agent)?;
        // RFC 9207: an answer of another provider is not taken to this one's token endpoint.
        let named = issuer.is_some_and(|issuer| issuer == known.settings.issuer);
        if !named && (issuer.is_some() || endpoints.names_itself) {
            return Err(refused(format!("answer of issuer {issuer:?}")));
        }
        let tokens = token::exchange(self, known, &endpoints.token, begun, code)?;
        let mut said = token::verified(self, known, &endpoints, &tokens, &begun.nonce)?;
        if known.settings.ask_userinfo && !endpoints.userinfo.is_empty() {
            let more = http::userinfo(&self.agent, &endpoints.userinfo, &tokens.access_token)
                .map_err(|error| named_away(&known.settings, error))?;
            claims::add(&mut said, more)?;
        }
        claims::signed_on(&known.settings, &said, tokens.id_token)
    }

    fn end_session(&self, provider: &str, id_token: &str) -> Result<Option<String>> {
        let known = self.provider(provider)?;
        let endpoints = known.endpoints(&self.agent)?;
        if endpoints.end_session.is_empty() {
            return Ok(None);
        }
        let mut address = address(&endpoints.end_session)?;
        let back = format!("{}/sign-in/signed-out", self.base_url);
        address
            .query_pairs_mut()
            .append_pair("client_id", &known.settings.client_id)
            .append_pair("post_logout_redirect_uri", &back);
        if !id_token.is_empty() {
            address.query_pairs_mut().append_pair("id_token_hint", id_token);
        }
        Ok(Some(address.into()))
    }

    fn ended(&self, provider: &str, logout_token: &str) -> Result<EndedSignOn> {
        let known = self.provider(provider)?;
        let endpoints = known.endpoints(&self.agent)?;
        logout::ended(self, known, &endpoints, logout_token)
    }
}

fn address(text: &str) -> Result<Url> {
    Url::parse(text).map_err(|e| Error::unavailable(format!("{text}: {e}")))
}

/// A check failed: the same sentence whatever it was; what it was goes to the log.
fn refused(inside: impl Into<String>) -> Error {
    Error::new(
        Kind::Unauthenticated,
        "sign_on_refused",
        (
            "Không xác nhận được lần đăng nhập này. Bản nháp của bạn vẫn còn; hãy bấm đăng nhập lại.",
            "This sign-in could not be confirmed. Your drafts are kept; please sign in again.",
        ),
    )
    .with_inside(inside)
}

/// The provider is away, slow or talks nonsense.
fn away(settings: &ProviderSettings, inside: impl std::fmt::Display) -> Error {
    let words = Words::new(
        format!(
            "{} đang không trả lời. Bản nháp của bạn vẫn còn; hãy thử lại sau ít phút hoặc đăng nhập bằng cách khác.",
            settings.name
        ),
        format!(
            "{} does not answer now. Your drafts are kept; try again in a few minutes, or sign in another way.",
            settings.name_en()
        ),
    );
    Error::new(Kind::Unavailable, "provider_away", words).with_inside(format!("{}: {inside}", settings.id))
}

/// Says who is away; a refusal stays what it is.
fn named_away(settings: &ProviderSettings, error: Error) -> Error {
    if error.kind == Kind::Unavailable { away(settings, error.inside.unwrap_or_default()) } else { error }
}
