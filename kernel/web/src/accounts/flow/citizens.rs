//! Citizens: their accounts, and the one-time code that opens a session.

use kernel_base::{Error, FieldError, Kind, Result, Words};
use kernel_contract::{Notice, Notices, Recipient};
use kernel_db::Tx;
use kernel_org::{AccountId, Actor, CitizenActor, PersonId};
use serde_json::json;

use super::{Browser, NewStaff, Opened, Way, citizen, disabled, note, open_session};
use crate::accounts::{Account, AccountKind, Contact, store};

/// A one-time code for citizens lives ten minutes and bears five tries.
const CODE_MINUTES: i64 = 10;
const CODE_TRIES: i64 = 5;

/// Adds a citizen who signs in to the API as officers do, with name, password and code; the same again is left as it is.
///
/// # Errors
/// `Internal` when the row cannot be read back.
pub fn create_api_citizen(tx: &mut Tx<'_>, new: &NewStaff) -> Result<AccountId> {
    let sign_in = new.sign_in.trim().to_lowercase();
    if let Some(found) = store::by_sign_in(tx, &sign_in)? {
        return Ok(found.id);
    }
    let account = Account {
        sign_in: Some(sign_in),
        password_hash: Some(new.password_hash.clone()),
        totp_secret: Some(new.totp_secret.clone()),
        ..without_contact(tx, &new.name)
    };
    store::insert(tx, &account)?;
    Ok(account.id)
}

/// The citizen behind a contact; made when there is none yet.
///
/// # Errors
/// `Forbidden` when the account is disabled.
pub fn citizen_of(tx: &mut Tx<'_>, contact: &Contact) -> Result<CitizenActor> {
    let account = match store::by_contact(tx, contact)? {
        Some(account) => account,
        None => new_citizen(tx, contact)?,
    };
    if account.disabled {
        return Err(disabled());
    }
    citizen(&account)
}

/// A new account of a person or an organisation that nobody can sign in to by a code; not written yet.
pub(super) fn without_contact(tx: &mut Tx<'_>, name: &str) -> Account {
    Account {
        id: tx.new_id(),
        kind: AccountKind::Citizen,
        sign_in: None,
        name: name.to_owned(),
        person: Some(tx.new_id::<PersonId>()),
        password_hash: None,
        totp_secret: None,
        phone: None,
        email: None,
        disabled: false,
    }
}

fn new_citizen(tx: &mut Tx<'_>, contact: &Contact) -> Result<Account> {
    let (phone, email) = match contact {
        Contact::Phone(phone) => (Some(phone.clone()), None),
        Contact::Email(email) => (None, Some(email.clone())),
    };
    let account = Account { phone, email, ..without_contact(tx, "") };
    if !store::insert(tx, &account)? {
        return Err(Error::stale("the contact got an account meanwhile"));
    }
    note(tx, &account.id, "account.created", &Actor::System.label(), json!({ "kind": "citizen" }))?;
    Ok(account)
}

/// Where a citizen signs in: addresses that were confirmed by a code.
///
/// # Errors
/// Those of the database.
pub fn contacts_of(tx: &mut Tx<'_>, account: &AccountId) -> Result<Vec<Contact>> {
    let found = store::by_id(tx, account)?.filter(|account| !account.disabled);
    let (phone, email) = found.map(|account| (account.phone, account.email)).unwrap_or_default();
    Ok(phone.map(Contact::Phone).into_iter().chain(email.map(Contact::Email)).collect())
}

/// Sets the name of a citizen's account, after a form gave it.
///
/// # Errors
/// Those of the database.
pub fn name_citizen(tx: &mut Tx<'_>, account: &AccountId, name: &str) -> Result<()> {
    store::set_name(tx, account, &kernel_base::text::clean_line(name))
}

/// How many codes a contact gets in a day, and the keyed hash under which they are counted.
#[derive(Debug, Clone)]
pub struct CodesADay {
    pub contact_hash: String,
    pub most: u32,
}

/// Stores a code for a contact and has it sent by SMS or e-mail; in the demonstration (`mailbox`) it goes into the mailbox.
///
/// # Errors
/// `TooMany` when the contact got its codes of the day; `Invalid` when this installation does not send to such a
/// contact. Those of the database.
pub fn request_code(
    tx: &mut Tx<'_>,
    contact: &Contact,
    (code, code_hash): (&str, &str),
    mailbox: Option<&str>,
    a_day: &CodesADay,
) -> Result<()> {
    let today = tx.now().vietnam().date().to_string();
    if store::count_code(tx, &a_day.contact_hash, &today)? > i64::from(a_day.most) {
        return Err(enough_codes(a_day.most));
    }
    let expires_at = tx.now().plus_minutes(CODE_MINUTES);
    store::put_code(tx, contact, code_hash, expires_at)?;
    if let Some(body) = mailbox {
        return store::put_mail(tx, contact, body);
    }
    let notices = tx.port::<dyn Notices>()?;
    if !notices.reaches(contact.as_str()) {
        return Err(Error::invalid(vec![FieldError::new("contact", "no_way", no_way(contact))]));
    }
    let key = format!("sign-in:{code_hash}:{expires_at}");
    let values = [("number", code.to_owned()), ("minutes", CODE_MINUTES.to_string())];
    let to = Recipient::Contact(contact.as_str());
    notices.tell(tx, &Notice { to, kind: "sign_in.code", key: &key, values: &values, link: "", at: tx.now() }).map(drop)
}

fn enough_codes(most: u32) -> Error {
    let words = Words::new(
        format!(
            "Hôm nay đã gửi {most} mã đến liên hệ này mà chưa mã nào được dùng. Hãy thử lại vào ngày mai, đăng nhập bằng cách khác, hoặc đến bộ phận một cửa."
        ),
        format!(
            "{most} codes were sent to this contact today and none was used. Try again tomorrow, sign in another way, or go to the one-stop."
        ),
    );
    Error::new(Kind::TooMany, "enough_codes", words)
}

/// What to do when codes cannot be sent to this kind of contact.
pub(super) fn no_way(contact: &Contact) -> (&'static str, &'static str) {
    match contact {
        Contact::Phone(_) => (
            "Hệ thống chưa gửi được mã bằng SMS. Hãy nhập địa chỉ thư điện tử, hoặc đến bộ phận một cửa.",
            "Codes cannot be sent by SMS yet. Enter an e-mail address, or go to the one-stop.",
        ),
        Contact::Email(_) => (
            "Hệ thống chưa gửi được mã bằng thư điện tử. Hãy nhập số điện thoại, hoặc đến bộ phận một cửa.",
            "Codes cannot be sent by e-mail yet. Enter a phone number, or go to the one-stop.",
        ),
    }
}

/// How a sign-in ended. A refusal is a value, not an error, so that the counted try is kept.
#[derive(Debug, Clone)]
pub enum SignIn {
    Opened(Opened),
    Refused(Error),
}

impl SignIn {
    /// # Errors
    /// The refusal.
    pub fn opened(self) -> Result<Opened> {
        match self {
            Self::Opened(opened) => Ok(opened),
            Self::Refused(error) => Err(error),
        }
    }
}

/// Opens a session for a citizen who typed the code; makes the account at the first time.
///
/// # Errors
/// Those of the database; a wrong code is [`SignIn::Refused`].
pub fn sign_in_citizen(
    tx: &mut Tx<'_>,
    contact: &Contact,
    (code_hash, contact_hash): (&str, &str),
    browser: &Browser,
) -> Result<SignIn> {
    let refused = |code: &'static str, words: (&str, &str)| {
        let error = Error::invalid(vec![FieldError::new("code", code, words)]);
        Ok(SignIn::Refused(error))
    };
    let Some((expected, tries)) = store::try_code(tx, contact)? else {
        return refused("expired", ("Mã đã hết hạn. Hãy lấy mã mới.", "The code has expired. Ask for a new one."));
    };
    if tries > CODE_TRIES {
        return refused(
            "too_many_tries",
            ("Bạn đã nhập sai 5 lần. Hãy lấy mã mới.", "Five wrong tries. Ask for a new code."),
        );
    }
    let same: bool = subtle::ConstantTimeEq::ct_eq(expected.as_bytes(), code_hash.as_bytes()).into();
    if !same {
        let words = (
            "Mã chưa đúng. Hãy xem lại tin nhắn mới nhất rồi nhập lại.",
            "The code is not right. Check the newest message.",
        );
        return refused("wrong_code", words);
    }
    store::delete_code(tx, contact)?;
    store::forget_count(tx, contact_hash)?;
    let citizen = citizen_of(tx, contact)?;
    open_session(tx, &citizen.account, Way::Code, browser).map(SignIn::Opened)
}
