//! Where a provider is to be asked, and its keys: kept for an hour, asked for again when a key is unknown.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use kernel_base::Result;
use openidconnect::core::CoreJsonWebKeySet;
use serde::Deserialize;
use serde_json::Value;

use crate::{Provider, ProviderSettings, away, http, named_away, settings::is_safe};

/// How long endpoints and keys are used without asking again.
const FRESH: Duration = Duration::from_secs(3_600);

/// Unknown keys make us ask again, but not more often than this: a flood of forged tokens is no flood for the provider.
const ASK_AGAIN: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Endpoints {
    pub(crate) authorize: String,
    pub(crate) token: String,
    pub(crate) userinfo: String,
    pub(crate) jwks: String,
    pub(crate) end_session: String,
    /// Its answers carry `iss` (RFC 9207).
    pub(crate) names_itself: bool,
}

/// What is known of a provider now.
#[derive(Debug, Default)]
pub(crate) struct Known {
    endpoints: Option<(Instant, Endpoints)>,
    keys: Option<(Instant, Arc<CoreJsonWebKeySet>)>,
}

#[derive(Debug, Deserialize)]
struct Discovered {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    userinfo_endpoint: String,
    #[serde(default)]
    end_session_endpoint: String,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl Provider {
    pub(crate) fn endpoints(&self, agent: &ureq::Agent) -> Result<Endpoints> {
        if self.settings.is_explicit() {
            return Ok(explicit(&self.settings));
        }
        let kept = self.known.lock().endpoints.clone();
        if let Some((_, endpoints)) = kept.as_ref().filter(|(at, _)| at.elapsed() < FRESH) {
            return Ok(endpoints.clone());
        }
        match discover(&self.settings, agent) {
            Ok(endpoints) => {
                self.known.lock().endpoints = Some((Instant::now(), endpoints.clone()));
                Ok(endpoints)
            }
            // Old ones are better than none while the provider restarts.
            Err(error) => kept.map(|(_, endpoints)| endpoints).ok_or(error),
        }
    }

    /// The provider's keys; `not_enough` = those that were tried and do not fit.
    pub(crate) fn keys(
        &self,
        agent: &ureq::Agent,
        address: &str,
        not_enough: Option<&Arc<CoreJsonWebKeySet>>,
    ) -> Result<Arc<CoreJsonWebKeySet>> {
        if let Some((at, keys)) = &self.known.lock().keys {
            let rejected = not_enough.is_some_and(|old| Arc::ptr_eq(old, keys));
            if at.elapsed() < if rejected { ASK_AGAIN } else { FRESH } {
                return Ok(Arc::clone(keys));
            }
        }
        let document = http::document(agent, address).map_err(|error| named_away(&self.settings, error))?;
        let keys: Arc<CoreJsonWebKeySet> = Arc::new(read(&self.settings, "keys", document)?);
        self.known.lock().keys = Some((Instant::now(), Arc::clone(&keys)));
        Ok(keys)
    }
}

fn read<T: serde::de::DeserializeOwned>(settings: &ProviderSettings, what: &str, value: Value) -> Result<T> {
    serde_json::from_value(value).map_err(|e| away(settings, format!("{what}: {e}")))
}

fn explicit(settings: &ProviderSettings) -> Endpoints {
    Endpoints {
        authorize: settings.authorize.clone(),
        token: settings.token.clone(),
        userinfo: settings.userinfo.clone(),
        jwks: settings.jwks.clone(),
        end_session: settings.end_session.clone(),
        names_itself: false,
    }
}

fn discover(settings: &ProviderSettings, agent: &ureq::Agent) -> Result<Endpoints> {
    let address = format!("{}/.well-known/openid-configuration", settings.issuer.trim_end_matches('/'));
    let document = http::document(agent, &address).map_err(|error| named_away(settings, error))?;
    let found: Discovered = read(settings, "discovery", document)?;
    if found.issuer != settings.issuer {
        return Err(away(settings, format!("the document of {} names issuer {}", settings.issuer, found.issuer)));
    }
    let or = |given: &str, found: String| if given.is_empty() { found } else { given.to_owned() };
    let endpoints = Endpoints {
        authorize: or(&settings.authorize, found.authorization_endpoint),
        token: or(&settings.token, found.token_endpoint),
        userinfo: or(&settings.userinfo, found.userinfo_endpoint),
        jwks: or(&settings.jwks, found.jwks_uri),
        end_session: or(&settings.end_session, found.end_session_endpoint),
        names_itself: found.authorization_response_iss_parameter_supported,
    };
    let all = [&endpoints.authorize, &endpoints.token, &endpoints.userinfo, &endpoints.jwks, &endpoints.end_session];
    let bad = all.into_iter().filter(|a| !a.is_empty()).find(|a| !is_safe(a)).cloned();
    bad.map_or(Ok(endpoints), |bad| Err(away(settings, format!("discovery names {bad}"))))
}
