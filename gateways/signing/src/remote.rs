//! The remote signing service: the key stays there, a request carries what has to be signed and an own key, so that a
//! repeat after a lost answer gives the signature that was made and no second one.
//!
//! The messages are those of our simulator; a service of the state gets a file of its own beside this one.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use kernel_base::{Error, Result};
use kernel_signatures::{Credential, SignAnswer, SignRequest, Signer};
use serde::{Deserialize, Serialize};
use ureq::Agent;

use crate::http;

const WHOM: &str = "signing service";

/// A remote signing service at an address.
#[derive(Debug, Clone)]
pub struct RemoteSigner {
    agent: Agent,
    base: String,
}

/// Body of `PUT /signatures/{key}`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) credential: Credential,
    /// Base64.
    pub(crate) message: String,
    /// Hexadecimal SHA-256 of the message.
    pub(crate) digest: String,
    pub(crate) title: String,
}

/// Answer of `PUT /signatures/{key}`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum State {
    Requested,
    Fetched,
    /// Base64.
    Signed {
        signature: String,
    },
    Failed {
        reason: String,
    },
}

impl RemoteSigner {
    /// `patience` is the longest that one call may take.
    #[must_use]
    pub fn new(base: impl Into<String>, patience: Duration) -> Self {
        Self { agent: http::agent(patience), base: base.into().trim_end_matches('/').to_owned() }
    }
}

impl Signer for RemoteSigner {
    fn chain(&self, credential: &Credential) -> Result<Vec<Vec<u8>>> {
        let sent = self.agent.post(format!("{}/credentials", self.base)).send_json(credential);
        let body = match http::read(WHOM, sent)? {
            (200, body) => body,
            (404, _) => return Err(no_certificate(credential)),
            (status, _) => return Err(Error::unavailable(format!("{WHOM}: HTTP {status}"))),
        };
        let chain: Vec<String> = serde_json::from_slice(&body).map_err(garbage)?;
        chain.iter().map(|text| BASE64_STANDARD.decode(text).map_err(garbage)).collect()
    }

    fn sign(&self, request: &SignRequest) -> Result<SignAnswer> {
        let order = Order {
            credential: request.credential.clone(),
            message: BASE64_STANDARD.encode(&request.message),
            digest: hex::encode(request.digest),
            title: request.title.clone(),
        };
        let sent = self.agent.put(format!("{}/signatures/{}", self.base, request.key)).send_json(&order);
        let body = match http::read(WHOM, sent)? {
            (200 | 202, body) => body,
            (404, _) => return Err(no_certificate(&request.credential)),
            (status, _) => return Err(Error::unavailable(format!("{WHOM}: HTTP {status}"))),
        };
        Ok(match serde_json::from_slice(&body).map_err(garbage)? {
            State::Requested => SignAnswer::Requested,
            State::Fetched => SignAnswer::Fetched,
            State::Signed { signature } => SignAnswer::Signed(BASE64_STANDARD.decode(signature).map_err(garbage)?),
            State::Failed { reason } => SignAnswer::Failed(reason),
        })
    }
}

fn garbage(error: impl std::fmt::Display) -> Error {
    Error::unavailable(format!("{WHOM}: no answer that can be read: {error}"))
}

fn no_certificate(credential: &Credential) -> Error {
    let words = kernel_base::Words::new(
        format!("Dịch vụ ký số không có chứng thư của {}. Hãy đăng ký chứng thư rồi ký lại.", credential.name),
        format!("The signing service has no certificate of {}. Enrol one, then sign again.", credential.name),
    );
    Error::not_found("no_certificate", words).with_inside(format!("{WHOM}: no credential {}", credential.id))
}
