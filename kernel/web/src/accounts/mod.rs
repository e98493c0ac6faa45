//! Accounts: sign-in of officers and citizens, sessions, bearer tokens, one-time codes.

mod flow;
mod mandate;
mod model;
mod officer;
mod password;
mod store;
mod totp;

pub use flow::{
    Browser, ClaimsOfSignOns, CodesADay, NewStaff, Opened, SessionsOfAccounts, SignIn, account_of, account_record,
    citizen_of, contacts_of, create_api_citizen, create_staff, disable_account, end_sessions, end_staff_sessions,
    erase_account, name_citizen, request_code, reset_staff, sign_in_citizen, sign_out, verify_fresh_totp,
};
pub(crate) use flow::{
    Choice, Landed, begin_sign_on, choose_account, sign_on, sign_out_of, take_sign_on, waiting_sign_on,
};
pub use flow::{
    Consent, ConsentCode, NewDelegation, NewHelp, NewRepresentation, Roles, answer_mandate, appoint_helper,
    ask_representation, begin_help, confirm_representation, consent_to_help, dismiss_helper, end_help, end_mandate,
    helper_of, helpers_of, helps_of, new_recovery_codes, offer_delegation, replace_authenticator, roles_of,
    waiting_representations,
};
pub(crate) use flow::{OwnAccount, change_role, end_other_sessions, end_session_named, own_account};
pub(crate) use flow::{
    end_at_provider, issue_demo_token, issue_token, open_staff_session, touch_session, who_has_session, who_has_token,
    wrong_sign_in,
};
pub use mandate::{Mandate, MandateState};
pub use model::{Account, AccountKind, Contact};
pub(crate) use password::check_password;
pub use password::hash_password;
pub use store::{Helper, delete_expired, forget_mail, put_mail};
pub(crate) use store::{MailboxItem, Pending, Session, by_sign_in, mailbox, ping};
pub use totp::{WallClock, new_totp_secret, totp_code};

use sha2::{Digest, Sha256};

/// What is stored of a token.
pub(crate) fn token_hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}
