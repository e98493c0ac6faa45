//! The providers where people sign on, from the file of the setting `signon`.

use std::sync::Arc;

use gateway_signon::{OpenIdProviders, ProviderSettings};
use kernel_base::{Error, Result, Words};
use kernel_web::SignOnDesk;
use serde::Deserialize;

use crate::{clock::SystemClock, config::Config};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    provider: Vec<ProviderSettings>,
}

/// The configured providers; `None` when no file is named.
///
/// # Errors
/// A file that cannot be read, or a setting that is wrong, named in the sentence.
pub(crate) fn desk(config: &Config) -> Result<Option<SignOnDesk>> {
    if config.signon.is_empty() {
        return Ok(None);
    }
    let wrong = |e: String| {
        let words = format!("Tệp nơi đăng nhập {}: {e}", config.signon);
        Error::refused("config", Words::new(words, format!("File of sign-in providers {}: {e}", config.signon)))
    };
    let text = std::fs::read_to_string(&config.signon).map_err(|e| wrong(e.to_string()))?;
    let file: File = toml::from_str(&text).map_err(|e| wrong(e.message().to_owned()))?;
    let providers = OpenIdProviders::open(file.provider, &config.public_address(), Arc::new(SystemClock))?;
    Ok(Some(SignOnDesk(Arc::new(providers))))
}

/// Origins to which signing out may lead.
pub(crate) fn origins(desk: &SignOnDesk) -> Vec<String> {
    desk.0.providers().into_iter().map(|provider| provider.origin).filter(|origin| !origin.is_empty()).collect()
}
