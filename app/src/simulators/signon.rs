//! Providers of sign-on for the demonstration: the national portal, VNeID and a provincial provider for officers.
//!
//! OpenID Connect's code flow as a client sees it (discovery, keys, authorize, token, userinfo, end of session) for persons who
//! do not exist. Anyone who reaches it may be any of them, so it listens on this machine only.

mod page;
mod persons;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Form, Json, Router,
    extract::{Path, Query, State},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, StatusCode};
use kernel_base::{Clock, Error, Result};
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256, Sha512};

use persons::{Kind, Person};

use crate::clock::SystemClock;

/// Seconds that a code, and a token, can be used.
const CODE_SECONDS: i64 = 60;
const TOKEN_SECONDS: i64 = 600;

/// What all requests share.
#[derive(Clone)]
struct Shared {
    /// `http://127.0.0.1:8091`
    address: String,
    /// Address of the only client: answers go nowhere else.
    client: String,
    key: Arc<Ed25519KeyPair>,
    issued: Arc<Mutex<Issued>>,
}

#[derive(Default)]
struct Issued {
    codes: HashMap<String, Grant>,
    tokens: HashMap<String, (i64, Value)>,
}

/// A code that was given and not used.
struct Grant {
    person: &'static Person,
    asked: Asked,
    until: i64,
}

/// A request of the client, carried through the page.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct Asked {
    client_id: String,
    redirect_uri: String,
    state: String,
    nonce: String,
    code_challenge: String,
    code_challenge_method: String,
    response_type: String,
    acr_values: String,
}

/// The simulator as a router; `address` is its own, `client` that of the application.
///
/// # Errors
/// `Internal` when the operating system gives no random bytes.
pub fn router(address: &str, client: &str) -> Result<Router> {
    let random = ring::rand::SystemRandom::new();
    let key =
        Ed25519KeyPair::generate_pkcs8(&random).ok().and_then(|der| Ed25519KeyPair::from_pkcs8(der.as_ref()).ok());
    let key = key.ok_or_else(|| Error::internal("no signing key"))?;
    let shared = Shared {
        address: address.to_owned(),
        client: client.trim_end_matches('/').to_owned(),
        key: Arc::new(key),
        issued: Arc::default(),
    };
    Ok(Router::new()
        .route("/{kind}/.well-known/openid-configuration", get(discovery))
        .route("/{kind}/jwks", get(keys))
        .route("/{kind}/authorize", get(choose).post(chosen))
        .route("/{kind}/token", post(token))
        .route("/{kind}/userinfo", get(userinfo))
        .route("/{kind}/end", get(end))
        .with_state(shared))
}

/// The settings by which the application finds the simulator, for the setting `signon`.
#[must_use]
pub fn settings(address: &str) -> String {
    let provider = |kind: Kind, more: &str| {
        let (id, name, name_en) = (kind.id(), kind.name(), kind.name_en());
        format!(
            "[[provider]]\nid = \"{id}\"\nname = \"{name}\"\nname_en = \"{name_en}\"\nissuer = \"{address}/{id}\"\n\
             client_id = \"chuyendong-demo\"\n{more}\n"
        )
    };
    let citizens = "audience = \"citizens\"\nacr_values = \"LoA2\"\nask_userinfo = true";
    let staff = "audience = \"staff\"\nleast_assurance = 2\nclaims = { name = [\"HoVaTen\"], sign_in = [\"preferred_username\"] }";
    provider(Kind::Portal, citizens) + &provider(Kind::Vneid, citizens) + &provider(Kind::Province, staff)
}

impl Shared {
    fn issued(&self) -> MutexGuard<'_, Issued> {
        self.issued.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn issuer(&self, kind: Kind) -> String {
        format!("{}/{}", self.address, kind.id())
    }

    fn is_ours(&self, address: &str) -> bool {
        address.strip_prefix(&self.client).is_some_and(|path| path.starts_with('/'))
    }

    fn key_id(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.key.public_key().as_ref()))
    }

    fn signed(&self, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", part(&json!({ "alg": "EdDSA", "kid": self.key_id() })), part(claims));
        let mark = URL_SAFE_NO_PAD.encode(self.key.sign(text.as_bytes()).as_ref());
        format!("{text}.{mark}")
    }
}

fn now() -> i64 {
    Clock::now(&SystemClock).as_millis() / 1_000
}

fn secret() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 24]>())
}

fn bad(error: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response()
}

async fn discovery(State(shared): State<Shared>, Path(kind): Path<Kind>) -> Json<Value> {
    let issuer = shared.issuer(kind);
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "jwks_uri": format!("{issuer}/jwks"),
        "end_session_endpoint": format!("{issuer}/end"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn keys(State(shared): State<Shared>) -> Json<Value> {
    let x = URL_SAFE_NO_PAD.encode(shared.key.public_key().as_ref());
    Json(
        json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": shared.key_id(), "x": x }] }),
    )
}

fn fault_of(shared: &Shared, asked: &Asked) -> Option<&'static str> {
    if !shared.is_ours(&asked.redirect_uri) {
        return Some("invalid_redirect_uri");
    }
    let complete = asked.response_type == "code"
        && asked.code_challenge_method == "S256"
        && !asked.code_challenge.is_empty()
        && !asked.nonce.is_empty();
    (!complete).then_some("invalid_request")
}

async fn choose(State(shared): State<Shared>, Path(kind): Path<Kind>, Query(asked): Query<Asked>) -> Response {
    match fault_of(&shared, &asked) {
        Some(fault) => bad(fault),
        None => Html(page::choice(kind, &asked)).into_response(),
    }
}

/// The person and the request, as the page posts them.
#[derive(Debug, Deserialize)]
struct Chosen {
    #[serde(default)]
    person: String,
    #[serde(flatten)]
    asked: Asked,
}

async fn chosen(State(shared): State<Shared>, Path(kind): Path<Kind>, Form(chosen): Form<Chosen>) -> Response {
    let asked = chosen.asked;
    if let Some(fault) = fault_of(&shared, &asked) {
        return bad(fault);
    }
    let back = |pairs: &[(&str, &str)]| {
        let encode =
            |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
        let query: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        Redirect::to(&format!("{}?{}", asked.redirect_uri, query.join("&"))).into_response()
    };
    let issuer = shared.issuer(kind);
    let Some(person) = persons::of(kind).iter().find(|person| person.technical_id == chosen.person) else {
        return back(&[("error", "access_denied"), ("state", &asked.state), ("iss", &issuer)]);
    };
    let code = secret();
    let grant = Grant { person, asked: asked.clone(), until: now() + CODE_SECONDS };
    shared.issued().codes.insert(code.clone(), grant);
    back(&[("code", &code), ("state", &asked.state), ("iss", &issuer)])
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Exchange {
    grant_type: String,
    code: String,
    redirect_uri: String,
    code_verifier: String,
    client_id: String,
}

async fn token(State(shared): State<Shared>, Path(kind): Path<Kind>, Form(form): Form<Exchange>) -> Response {
    let Some(grant) = shared.issued().codes.remove(&form.code) else { return bad("invalid_grant") };
    let proof = URL_SAFE_NO_PAD.encode(Sha256::digest(form.code_verifier.as_bytes()));
    let fits = form.grant_type == "authorization_code"
        && grant.until > now()
        && grant.asked.redirect_uri == form.redirect_uri
        && grant.asked.client_id == form.client_id
        && grant.asked.code_challenge == proof;
    if !fits {
        return bad("invalid_grant");
    }
    let access = secret();
    let mut claims = claims(grant.person);
    // The half of SHA-512, which belongs to Ed25519.
    let hash = Sha512::digest(access.as_bytes());
    let more = json!({
        "iss": shared.issuer(kind), "aud": grant.asked.client_id, "nonce": grant.asked.nonce, "acr": grant.person.assurance,
        "iat": now(), "exp": now() + TOKEN_SECONDS, "at_hash": URL_SAFE_NO_PAD.encode(&hash[..32]),
    });
    let said = Value::Object(claims.clone());
    claims.extend(more.as_object().cloned().unwrap_or_default());
    shared.issued().tokens.insert(access.clone(), (now() + TOKEN_SECONDS, said));
    Json(json!({
        "access_token": access, "token_type": "Bearer", "expires_in": TOKEN_SECONDS, "scope": "openid",
        "id_token": shared.signed(&Value::Object(claims)),
    }))
    .into_response()
}

fn claims(person: &Person) -> Map<String, Value> {
    let mut all = Map::new();
    all.insert("sub".to_owned(), json!(format!("sub-{}", person.technical_id)));
    all.insert("TechID".to_owned(), json!(person.technical_id));
    for (name, value) in person.claims {
        all.insert((*name).to_owned(), json!(value));
    }
    all
}

async fn userinfo(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let token = headers.get(http::header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = token.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let known = shared.issued().tokens.get(token).filter(|(until, _)| *until > now()).map(|(_, said)| said.clone());
    known.map_or_else(|| StatusCode::UNAUTHORIZED.into_response(), |said| Json(said).into_response())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct End {
    post_logout_redirect_uri: String,
}

/// Nobody stays signed in at the simulator; it only leads back.
async fn end(State(shared): State<Shared>, Query(end): Query<End>) -> Response {
    if shared.is_ours(&end.post_logout_redirect_uri) {
        return Redirect::to(&end.post_logout_redirect_uri).into_response();
    }
    bad("invalid_request")
}
