//! Signing on at another's: the national portal, VNeID, the province's provider for officers.

use std::collections::BTreeMap;

use kernel_base::{Instant, Result, Words};
use kernel_db::Tx;
use kernel_org::{AccountId, Assurance};
use serde::{Deserialize, Serialize};

/// Whom a provider signs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignOnAudience {
    Citizens,
    Staff,
}

/// A provider as the sign-in page offers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignOnProvider {
    /// Short name in addresses: `dvcqg`.
    pub id: String,
    pub name: Words,
    pub audience: SignOnAudience,
    /// Scheme, host and port, to which a form of ours may lead (sign-out).
    pub origin: String,
    /// Officers: the least assurance that is let in.
    pub least: Assurance,
}

/// A sign-on that was begun: the address to send the browser to, and what must be kept on the server until it comes back.
#[derive(Clone)]
pub struct SignOnBegun {
    pub address: String,
    pub state: String,
    pub nonce: String,
    /// PKCE verifier.
    pub verifier: String,
}

impl std::fmt::Debug for SignOnBegun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SignOnBegun")
    }
}

/// Whose account it is at the provider (`LoaiTaiKhoan`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignOnHolder {
    Person,
    Organisation,
}

impl SignOnHolder {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Organisation => "organisation",
        }
    }
}

/// What a provider says of the holder, under our own names (see [`SignOnClaims::NAMES`]). Personal data.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SignOnClaims(pub BTreeMap<String, String>);

impl SignOnClaims {
    /// Our names of claims. Dates are `YYYY-MM-DD`.
    pub const NAMES: [&'static str; 18] = [
        "name",
        "identity_number",
        "old_identity_number",
        "birth_date",
        "sex",
        "nationality",
        "permanent_address",
        "current_address",
        "home_town",
        "phone",
        "email",
        "tax_code",
        "business_number",
        "business_name",
        "business_address",
        "representative",
        "sign_in",
        "status",
    ];

    /// The claim, when it was given and is not empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }
}

impl std::fmt::Debug for SignOnClaims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A sign-on that the provider proved.
#[derive(Clone, Serialize, Deserialize)]
pub struct SignedOn {
    pub provider: String,
    /// Stable key of the holder at this provider (`TechID`).
    pub technical_id: String,
    pub holder: SignOnHolder,
    pub assurance: Assurance,
    pub claims: SignOnClaims,
    /// The token as it came, to name the session at sign-out.
    pub id_token: String,
    /// The holder and the session as the provider names them (`sub`, `sid`), by which it can end ours. May be empty.
    #[serde(default)]
    pub subject: String,
    #[serde(default)]
    pub session: String,
}

/// What ended at a provider: a session of the holder, or all of them when no session is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedSignOn {
    pub provider: String,
    pub subject: String,
    pub session: String,
}

impl std::fmt::Debug for SignedOn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { provider, holder, assurance, .. } = self;
        write!(f, "SignedOn({provider}, {holder:?}, {assurance:?})")
    }
}

/// The providers. Implemented by `gateways/signon`; the methods wait for the network, so they run on a blocking thread and
/// never inside a transaction.
pub trait SignOn: Send + Sync + std::fmt::Debug {
    fn providers(&self) -> Vec<SignOnProvider>;

    /// Prepares the way to the provider.
    ///
    /// # Errors
    /// `NotFound` for an unknown provider; `Unavailable` when it does not answer.
    fn begin(&self, provider: &str) -> Result<SignOnBegun>;

    /// Exchanges the code and checks everything that came: issuer, audience, signature, expiry, nonce.
    ///
    /// # Errors
    /// `Unauthenticated` with the code `sign_on_refused` when a check fails; `Unavailable` when the provider does not answer.
    fn finish(&self, provider: &str, begun: &SignOnBegun, code: &str, issuer: Option<&str>) -> Result<SignedOn>;

    /// Where the browser goes to end the session at the provider too; `None` when it has no such page.
    ///
    /// # Errors
    /// `Unavailable` when the provider does not answer.
    fn end_session(&self, provider: &str, id_token: &str) -> Result<Option<String>>;

    /// Reads the provider's own word that somebody signed out there (OpenID Connect Back-Channel Logout 1.0).
    ///
    /// # Errors
    /// `Unauthenticated` with the code `sign_on_refused` when a check fails; `Unavailable` when its keys cannot be had.
    fn ended(&self, provider: &str, logout_token: &str) -> Result<EndedSignOn>;
}

/// What a provider said of a person, with source and time, to fill forms.
#[derive(Debug, Clone)]
pub struct KnownClaims {
    /// Id of the provider.
    pub provider: String,
    pub at: Instant,
    pub assurance: Assurance,
    pub claims: SignOnClaims,
}

/// What belongs to an account in the systems. Implemented by `app` over all systems.
pub trait AccountHoldings: Send + Sync {
    /// Gives everything of one account to another, when two accounts of one person become one.
    ///
    /// # Errors
    /// Those of the database.
    fn hand_over(&self, tx: &mut Tx<'_>, from: &AccountId, to: &AccountId) -> Result<()>;
}

/// Claims of earlier sign-ons. Implemented by `kernel/web`.
pub trait SignOnFacts: Send + Sync {
    /// Newest first; empty for who never signed on at a provider.
    ///
    /// # Errors
    /// Those of the database.
    fn claims_of(&self, tx: &mut Tx<'_>, account: &AccountId) -> Result<Vec<KnownClaims>>;
}
