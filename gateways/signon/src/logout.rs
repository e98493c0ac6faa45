//! A provider tells by itself that somebody signed out there (OpenID Connect Back-Channel Logout 1.0).

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel_base::Result;
use kernel_contract::EndedSignOn;
use openidconnect::{
    JsonWebKey,
    core::{CoreJsonWebKey, CoreJsonWebKeySet},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{OpenIdProviders, Provider, endpoints::Endpoints, refused, settings::SigningAlgorithm};

/// The event that a logout token must name.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Seconds that a token may be old, or ahead of our clock.
const OLDEST: i64 = 120;

/// Longest token taken, in bytes.
const LONGEST: usize = 16 * 1024;

#[derive(Debug, Deserialize)]
struct Head {
    alg: SigningAlgorithm,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    typ: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    aud: Value,
    iat: i64,
    #[serde(default)]
    exp: Option<i64>,
    #[serde(default)]
    sub: String,
    #[serde(default)]
    sid: String,
    jti: String,
    events: Map<String, Value>,
    #[serde(default)]
    nonce: Option<Value>,
}

fn part<T: DeserializeOwned>(text: &str) -> Option<T> {
    URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok())
}

/// Checks everything that the specification (section 2.6) asks, the signature with the provider's present keys.
pub(crate) fn ended(
    all: &OpenIdProviders,
    provider: &Provider,
    endpoints: &Endpoints,
    token: &str,
) -> Result<EndedSignOn> {
    let parts: Vec<&str> = token.split('.').collect();
    let [head, body, mark] = parts.as_slice() else { return Err(refused("a logout token has three parts")) };
    if token.len() > LONGEST {
        return Err(refused("a logout token of this length is none"));
    }
    let first: Head = part(head).ok_or_else(|| refused("the head of the logout token"))?;
    if !provider.settings.algorithms.contains(&first.alg) {
        return Err(refused(format!("logout token signed by {:?}", first.alg)));
    }
    // An identity token is none, even when its claims would do.
    if first.typ.as_deref().is_some_and(|typ| !matches!(typ.to_lowercase().as_str(), "logout+jwt" | "jwt")) {
        return Err(refused(format!("a token of type {:?}", first.typ)));
    }
    let signature = URL_SAFE_NO_PAD.decode(mark).map_err(|_| refused("the signature of the logout token"))?;
    let covered = format!("{head}.{body}");
    let keys = provider.keys(&all.agent, &endpoints.jwks, None)?;
    if !signed(&keys, &first, covered.as_bytes(), &signature) {
        let newer = provider.keys(&all.agent, &endpoints.jwks, Some(&keys))?;
        if Arc::ptr_eq(&newer, &keys) || !signed(&newer, &first, covered.as_bytes(), &signature) {
            return Err(refused("the signature of the logout token"));
        }
    }
    let claims: Claims = part(body).ok_or_else(|| refused("the claims of the logout token"))?;
    let now = all.clock.now().as_millis() / 1_000;
    check(provider, &claims, now)?;
    Ok(EndedSignOn { provider: provider.settings.id.clone(), subject: claims.sub, session: claims.sid })
}

fn signed(keys: &CoreJsonWebKeySet, head: &Head, covered: &[u8], signature: &[u8]) -> bool {
    let named = |key: &&CoreJsonWebKey| {
        head.kid.as_deref().is_none_or(|kid| key.key_id().is_none_or(|own| own.as_str() == kid))
    };
    keys.keys().iter().filter(named).any(|key| key.verify_signature(&head.alg.of_crate(), covered, signature).is_ok())
}

fn check(provider: &Provider, claims: &Claims, now: i64) -> Result<()> {
    let settings = &provider.settings;
    let ours = match &claims.aud {
        Value::String(one) => one == &settings.client_id,
        Value::Array(many) => many.len() == 1 && many.iter().all(|one| one == settings.client_id.as_str()),
        _ => false,
    };
    let wrong = [
        (claims.iss != settings.issuer, "issuer"),
        (!ours, "audience"),
        ((now - claims.iat).abs() > OLDEST, "time"),
        (claims.exp.is_some_and(|exp| exp <= now), "expired"),
        (claims.sub.is_empty() && claims.sid.is_empty(), "names nobody"),
        (claims.jti.is_empty(), "no jti"),
        (claims.nonce.is_some(), "a nonce"),
        (!claims.events.get(EVENT).is_some_and(Value::is_object), "event"),
    ];
    match wrong.into_iter().find(|(wrong, _)| *wrong) {
        Some((_, what)) => Err(refused(format!("logout token: {what}"))),
        None => Ok(()),
    }
}
