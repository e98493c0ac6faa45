//! Static files from `web/dist`, inside the binary, named by the hash of their content.

use std::{collections::HashMap, fmt, sync::OnceLock};

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use rust_embed::RustEmbed;

/// `npm run build` in `web/` writes `manifest.json` (name → hashed name) and `icons.json` (name → inner SVG) there too.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../web/dist"]
struct Dist;

/// HTML that needs no escaping.
#[derive(Debug, Clone, Default)]
pub struct Markup(pub String);

impl fmt::Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for Markup {}

fn table(file: &str) -> HashMap<String, String> {
    let found = Dist::get(file).and_then(|file| serde_json::from_slice(&file.data).ok());
    if found.is_none() {
        tracing::warn!(file, "no static files: run `npm ci && npm run build` in web/ and build again");
    }
    found.unwrap_or_default()
}

fn manifest() -> &'static HashMap<String, String> {
    static MANIFEST: OnceLock<HashMap<String, String>> = OnceLock::new();
    MANIFEST.get_or_init(|| table("manifest.json"))
}

/// The address of a file: `app.css` is `/assets/app.1a2b3c4d.css`.
pub(crate) fn url(name: &str) -> String {
    format!("/assets/{}", manifest().get(name).map_or(name, String::as_str))
}

/// An icon as inline SVG; nothing when the set has no such icon.
pub(crate) fn icon(name: &str) -> Markup {
    static ICONS: OnceLock<HashMap<String, String>> = OnceLock::new();
    let Some(inner) = ICONS.get_or_init(|| table("icons.json")).get(name) else { return Markup::default() };
    Markup(format!("<svg class=\"icon\" viewBox=\"0 0 24 24\" aria-hidden=\"true\" focusable=\"false\">{inner}</svg>"))
}

/// `GET /assets/{name}`: for ever in caches when the name holds the hash, asked again by ETag when it does not.
pub(crate) async fn serve(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let hashed = manifest().values().any(|value| *value == name);
    let Some(file) = Dist::get(&name) else { return StatusCode::NOT_FOUND.into_response() };
    let etag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..16]));
    let caching = if hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
    let common = [(header::ETAG, etag.clone()), (header::CACHE_CONTROL, caching.to_owned())];
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    (common, [(header::CONTENT_TYPE, media_type(&name))], file.data.into_owned()).into_response()
}

/// `GET /favicon.ico`: browsers ask for it unasked.
pub(crate) async fn favicon(headers: HeaderMap) -> Response {
    let name = manifest().get("favicon.svg").cloned().unwrap_or_default();
    serve(Path(name), headers).await
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "woff2" => "font/woff2",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
