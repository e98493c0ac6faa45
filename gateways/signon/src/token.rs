//! The code's exchange, and every check of the identity token.

use std::{str::FromStr, sync::Arc};

use kernel_base::{Error, Result};
use kernel_contract::SignOnBegun;
use openidconnect::{
    AccessToken, AccessTokenHash, AdditionalClaims, ClaimsVerificationError, ClientId, IdToken, IdTokenVerifier,
    IssuerUrl, Nonce, SignatureVerificationError,
    core::{
        CoreGenderClaim, CoreJsonWebKey, CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{OpenIdProviders, Provider, away, endpoints::Endpoints, http, named_away, refused, settings::ClientAuth};

/// Seconds by which the provider's clock may go before ours.
const AHEAD: i64 = 120;

/// A token that was made longer ago than this was not made for this sign-on.
const OLDEST: i64 = 900;

/// Claims that the standard does not name.
#[derive(Debug, Clone, Deserialize, Serialize)]
struct Extra {
    #[serde(flatten)]
    all: Map<String, Value>,
}

impl AdditionalClaims for Extra {}

type Token = IdToken<Extra, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

/// What the token endpoint gave.
#[derive(Deserialize)]
pub(crate) struct Tokens {
    pub(crate) id_token: String,
    pub(crate) access_token: String,
}

pub(crate) fn exchange(
    all: &OpenIdProviders,
    provider: &Provider,
    endpoint: &str,
    begun: &SignOnBegun,
    code: &str,
) -> Result<Tokens> {
    let settings = &provider.settings;
    let redirect = all.redirect_uri(&settings.id);
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect.as_str()),
        ("code_verifier", begun.verifier.as_str()),
    ];
    let mut request = all.agent.post(endpoint).header("accept", "application/json");
    match (&provider.secret, settings.client_auth) {
        (Some(secret), ClientAuth::Basic) => {
            request = request.header("authorization", basic(&settings.client_id, &secret.0));
        }
        (secret, _) => {
            form.push(("client_id", settings.client_id.as_str()));
            form.extend(secret.as_ref().map(|secret| ("client_secret", secret.0.as_str())));
        }
    }
    let (status, body) = http::read(request.send_form(form)).map_err(|error| named_away(settings, error))?;
    let word = body.get("error").and_then(Value::as_str).unwrap_or_default();
    match (status, word) {
        (200, "") => serde_json::from_value(body).map_err(|e| away(settings, format!("token answer: {e}"))),
        // Used, expired or another's code: the person begins again.
        (_, "invalid_grant") => Err(refused("the provider does not take the code")),
        _ => Err(away(settings, format!("token endpoint answered {status} {word}"))),
    }
}

fn basic(id: &str, secret: &str) -> String {
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encode(id), encode(secret));
    format!("Basic {}", base64::Engine::encode(&base64::engine::general_purpose::STANDARD, pair))
}

/// The token's claims, after every check. An unknown key makes us ask the provider for its keys once more.
pub(crate) fn verified(
    all: &OpenIdProviders,
    provider: &Provider,
    endpoints: &Endpoints,
    tokens: &Tokens,
    nonce: &str,
) -> Result<Map<String, Value>> {
    let token = Token::from_str(&tokens.id_token).map_err(|e| refused(format!("identity token: {e}")))?;
    let keys = provider.keys(&all.agent, &endpoints.jwks, None)?;
    match check(all, provider, &token, &keys, tokens, nonce) {
        Err(Fault::Key(inside)) => {
            let newer = provider.keys(&all.agent, &endpoints.jwks, Some(&keys))?;
            if Arc::ptr_eq(&newer, &keys) {
                return Err(refused(inside));
            }
            check(all, provider, &token, &newer, tokens, nonce).map_err(Fault::error)
        }
        other => other.map_err(Fault::error),
    }
}

enum Fault {
    /// None of the keys fits, or the signature is wrong.
    Key(String),
    Other(Error),
}

impl Fault {
    fn error(self) -> Error {
        match self {
            Self::Key(inside) => refused(inside),
            Self::Other(error) => error,
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

/// No other audience is trusted, and no algorithm with a shared secret.
fn verifier<'a>(provider: &Provider, keys: &CoreJsonWebKeySet) -> Result<IdTokenVerifier<'a, CoreJsonWebKey>> {
    let settings = &provider.settings;
    let issuer = IssuerUrl::new(settings.issuer.clone()).map_err(|e| Error::internal(format!("issuer: {e}")))?;
    let client = ClientId::new(settings.client_id.clone());
    let algorithms = settings.algorithms.iter().map(|algorithm| algorithm.of_crate());
    Ok(IdTokenVerifier::new_public_client(client, issuer, keys.clone()).set_allowed_algs(algorithms))
}

fn check(
    all: &OpenIdProviders,
    provider: &Provider,
    token: &Token,
    keys: &CoreJsonWebKeySet,
    tokens: &Tokens,
    nonce: &str,
) -> std::result::Result<Map<String, Value>, Fault> {
    let verifier = verifier(provider, keys)?;
    let claims = token.claims(&verifier, &Nonce::new(nonce.to_owned())).map_err(fault)?;
    let now = all.clock.now().as_millis() / 1_000;
    if claims.expiration().timestamp() <= now {
        return Err(refused("the token has expired").into());
    }
    let age = now - claims.issue_time().timestamp();
    if !(-AHEAD..=OLDEST).contains(&age) {
        return Err(refused(format!("the token is {age} seconds old")).into());
    }
    if let Some(expected) = claims.access_token_hash() {
        let key = token.signing_alg().ok().zip(token.signing_key(&verifier).ok());
        let access = AccessToken::new(tokens.access_token.clone());
        let hash = key.and_then(|(algorithm, key)| AccessTokenHash::from_token(&access, algorithm, key).ok());
        if hash.as_ref() != Some(expected) {
            return Err(refused("the access token is not the one of the identity token").into());
        }
    }
    match serde_json::to_value(claims) {
        Ok(Value::Object(map)) => Ok(map),
        _ => Err(Error::internal("claims are no object").into()),
    }
}

fn fault(error: ClaimsVerificationError) -> Fault {
    use SignatureVerificationError::{AmbiguousKeyId, CryptoError, NoMatchingKey};
    match error {
        ClaimsVerificationError::SignatureVerification(
            inside @ (NoMatchingKey | CryptoError(_) | AmbiguousKeyId(_)),
        ) => Fault::Key(format!("signature: {inside}")),
        other => refused(other.to_string()).into(),
    }
}
