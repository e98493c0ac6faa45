//! Use cases of accounts: one function, one transaction.

mod citizens;
mod help;
mod holder;
mod mandates;
mod notices;
mod own;
mod recovery;
mod sessions;
mod sign_on;
mod staff;
mod tokens;

pub use citizens::{
    CodesADay, SignIn, citizen_of, contacts_of, create_api_citizen, name_citizen, request_code, sign_in_citizen,
};
pub use help::{
    Consent, ConsentCode, NewHelp, appoint_helper, begin_help, consent_to_help, dismiss_helper, end_help, helper_of,
    helpers_of, helps_of,
};
pub(crate) use holder::{OwnAccount, end_other_sessions, end_session_named, own_account};
pub(crate) use mandates::change_role;
pub use mandates::{
    NewDelegation, NewRepresentation, Roles, answer_mandate, ask_representation, confirm_representation, end_mandate,
    offer_delegation, roles_of, waiting_representations,
};
pub use own::{account_of, account_record, erase_account};
pub use recovery::{new_recovery_codes, replace_authenticator};
pub use sessions::{Browser, Opened, SessionsOfAccounts, disable_account, end_sessions, end_staff_sessions, sign_out};
pub(crate) use sessions::{
    Way, end_at_provider, open_session, sign_out_of, touch_session, who_has_session, who_has_token, wrong_sign_in,
};
pub use sign_on::ClaimsOfSignOns;
pub(crate) use sign_on::{Choice, Landed, begin_sign_on, choose_account, sign_on, take_sign_on, waiting_sign_on};
pub(crate) use staff::open_staff_session;
pub use staff::{NewStaff, create_staff, reset_staff, verify_fresh_totp};
pub(crate) use tokens::{issue_demo_token, issue_token};

use std::time::Duration;

use kernel_base::{Error, Instant, Result};
use kernel_db::Tx;
use kernel_ledger::NewEvent;
use kernel_org::{AccountId, CitizenActor};
use serde_json::Value;

use super::Account;

/// Writes the account's chain: who came in when, and what ended. Holds no personal data.
fn note(tx: &mut Tx<'_>, account: &AccountId, kind: &'static str, actor: &str, body: Value) -> Result<()> {
    let subject = format!("account:{account}");
    kernel_ledger::append(tx, &NewEvent { subject: &subject, kind, actor, body }).map(drop)
}

fn citizen(account: &Account) -> Result<CitizenActor> {
    let person = account.person.clone().ok_or_else(|| Error::internal("accounts: a citizen without a person"))?;
    Ok(CitizenActor::own(account.id.clone(), person, account.name.clone()))
}

fn disabled() -> Error {
    Error::forbidden(
        "account_disabled",
        (
            "Tài khoản này đã bị khóa. Hãy liên hệ bộ phận một cửa.",
            "This account is disabled. Contact the one-stop desk.",
        ),
    )
}

fn after(at: Instant, span: Duration) -> Instant {
    at.plus_millis(i64::try_from(span.as_millis()).unwrap_or(i64::MAX / 2))
}
