//! Help for somebody who sits beside a member of a community digital team: consent, two hours, and nothing afterwards.

use kernel_base::{AgencyId, Error, FieldError, Instant, Result};
use kernel_contract::{Notice, Notices, Recipient};
use kernel_db::Tx;
use kernel_org::{AccountId, Action, Actor, CitizenActor, MandateId, MandateKind, Resource, allow};
use serde_json::json;

use super::{
    citizen_of,
    citizens::{no_way, without_contact},
    mandates::{tell, told_of},
    note,
    notices::{self, Step},
};
use crate::accounts::{Contact, Helper, Mandate, MandateState, store};

/// The code of consent is good for this time, and so often.
const CODE_MINUTES: i64 = 15;
const CODE_TRIES: i64 = 5;

/// How long a helper may type for the person.
const HELP_HOURS: i64 = 2;

/// Appoints a member of a team for a period; the account is made when the contact has none.
///
/// # Errors
/// `Forbidden` for who may not appoint at the agency; `Invalid` for a wrong contact or an empty team.
pub fn appoint_helper(
    tx: &mut Tx<'_>,
    actor: &Actor,
    contact: &str,
    name: &str,
    team: &str,
    until_at: Instant,
) -> Result<AccountId> {
    let agency = actor.officer().map(|officer| officer.agency.clone()).ok_or_else(Error::unauthenticated)?;
    allow(actor, Action::HelperAppoint, &Resource::agency(agency.clone()))?;
    let contact = Contact::parse(contact).map_err(|fault| Error::invalid(vec![fault]))?;
    let (name, team) = (kernel_base::text::clean_line(name), kernel_base::text::clean_line(team));
    let mut faults = Vec::new();
    if name.is_empty() {
        faults.push(FieldError::new("name", "required", ("Hãy ghi họ và tên.", "Give the full name.")));
    }
    if team.is_empty() {
        faults.push(FieldError::new("team", "required", ("Hãy ghi tên tổ.", "Give the team's name.")));
    }
    if until_at <= tx.now() {
        faults.push(FieldError::new("until", "past", ("Ngày kết thúc đã qua.", "The end is in the past.")));
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let account = citizen_of(tx, &contact)?.account;
    store::set_name(tx, &account, &name)?;
    store::put_helper(tx, &account, &team, agency.as_str(), until_at)?;
    note(tx, &account, "account.helper_appointed", &actor.label(), json!({ "agency": agency, "until": until_at }))?;
    Ok(account)
}

/// Ends an appointment and every help that runs under it.
///
/// # Errors
/// `NotFound` when the helper is not one of the officer's agency.
pub fn dismiss_helper(tx: &mut Tx<'_>, actor: &Actor, account: &AccountId) -> Result<()> {
    let agency = actor.officer().map(|officer| officer.agency.clone()).ok_or_else(Error::unauthenticated)?;
    allow(actor, Action::HelperAppoint, &Resource::agency(agency.clone()))?;
    let helper = store::helper(tx, account)?.filter(|helper| helper.agency == agency.as_str()).ok_or_else(no_helper)?;
    let now = tx.now();
    store::put_helper(tx, account, &helper.team, &helper.agency, now)?;
    for mandate in store::mandates_held(tx, account, "", "")? {
        if mandate.kind == MandateKind::Help && mandate.in_force(now) {
            store::save_mandate(tx, &mandate, MandateState::Ended)?;
        }
    }
    note(tx, account, "account.helper_dismissed", &actor.label(), json!({ "agency": agency }))
}

/// Helpers of an agency.
///
/// # Errors
/// `Forbidden` for who may not appoint there.
pub fn helpers_of(tx: &mut Tx<'_>, actor: &Actor) -> Result<(AgencyId, Vec<Helper>)> {
    let agency = actor.officer().map(|officer| officer.agency.clone()).ok_or_else(Error::unauthenticated)?;
    allow(actor, Action::HelperAppoint, &Resource::agency(agency.clone()))?;
    let helpers = store::helpers_of_agency(tx, agency.as_str())?;
    for helper in &helpers {
        told_of(tx, actor, &helper.account);
    }
    Ok((agency, helpers))
}

fn no_helper() -> Error {
    Error::forbidden(
        "no_helper",
        (
            "Trang này dành cho thành viên tổ công nghệ số cộng đồng. Hãy nhờ một cửa cấp xã ghi tên bạn.",
            "This page is for members of community digital teams. Ask the commune's one-stop to appoint you.",
        ),
    )
}

/// The helper behind an actor, who acts for nobody now.
///
/// # Errors
/// `Forbidden` for who is no helper.
pub fn helper_of(tx: &mut Tx<'_>, actor: &Actor) -> Result<Helper> {
    let citizen = actor.citizen().ok_or_else(Error::unauthenticated)?;
    let account = citizen.acting.as_ref().map_or(&citizen.account, |acting| &acting.agent);
    store::helper(tx, account)?.ok_or_else(no_helper)
}

/// How the person agrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// A code to her phone, which she reads out.
    Code,
    /// She signed a sheet, whose place is noted.
    Paper,
}

/// Whom the helper helps, and how she agrees.
#[derive(Debug, Clone)]
pub struct NewHelp {
    pub name: String,
    /// Phone or e-mail; may be empty when she signs.
    pub contact: String,
    pub consent: Consent,
    /// Where the signed sheet is kept.
    pub paper: String,
}

/// The code by which the person agrees.
#[derive(Debug, Clone)]
pub struct ConsentCode {
    /// Six digits; sent to her and not stored.
    pub number: String,
    /// Its keyed hash.
    pub sealed: String,
    /// In the demonstration it goes into the mailbox in these words; else to her by SMS or e-mail.
    pub mailbox: Option<String>,
}

/// Begins a help. With a code it waits until the code is typed.
///
/// A sheet never opens an account that exists: its holder agrees with the code that only he is sent.
///
/// # Errors
/// `Invalid` naming what is missing, a contact with an account when a sheet is to serve, and when this installation does
/// not send to such a contact.
pub fn begin_help(tx: &mut Tx<'_>, actor: &Actor, new: &NewHelp, code: &ConsentCode) -> Result<MandateId> {
    let helper = helper_of(tx, actor)?;
    let name = kernel_base::text::clean_line(&new.name);
    let paper = kernel_base::text::clean_line(&new.paper);
    let mut faults = Vec::new();
    if name.is_empty() {
        let words = ("Hãy ghi họ và tên người được giúp.", "Give the full name of the person you help.");
        faults.push(FieldError::new("name", "required", words));
    }
    if new.consent == Consent::Paper && paper.is_empty() {
        let words = ("Hãy ghi nơi lưu giấy đồng ý đã ký.", "Say where the signed sheet is kept.");
        faults.push(FieldError::new("paper", "required", words));
    }
    let needs_contact = new.consent == Consent::Code || !new.contact.trim().is_empty();
    let contact =
        if needs_contact { Contact::parse(&new.contact).map_err(|fault| faults.push(fault)).ok() } else { None };
    if let Some(contact) = contact.as_ref().filter(|_| new.consent == Consent::Paper)
        && store::by_contact(tx, contact)?.is_some()
    {
        let words = (
            "Liên hệ này đã có tài khoản. Hãy chọn đồng ý bằng mã: mã được gửi tới đó và người được giúp đọc cho bạn.",
            "This contact has an account already. Choose consent by code: it is sent there, and the person reads it out.",
        );
        faults.push(FieldError::new("contact", "has_account", words));
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let principal = principal_of(tx, contact.as_ref(), &name)?;
    if principal == helper.account {
        let words = ("Đây là liên hệ của chính bạn.", "This is your own contact.");
        return Err(Error::invalid(vec![FieldError::new("contact", "own", words)]));
    }
    let mandate = open(tx, actor, &helper, &principal, (new.consent, &paper, &code.sealed))?;
    if let (Consent::Code, Some(contact)) = (new.consent, &contact) {
        send(tx, &helper, &mandate, contact, code)?;
    }
    Ok(mandate)
}

/// Gets the code to the person herself.
fn send(tx: &mut Tx<'_>, helper: &Helper, mandate: &MandateId, contact: &Contact, code: &ConsentCode) -> Result<()> {
    if let Some(words) = &code.mailbox {
        return store::put_mail(tx, contact, words);
    }
    let notices = tx.port::<dyn Notices>()?;
    if !notices.reaches(contact.as_str()) {
        return Err(Error::invalid(vec![FieldError::new("contact", "no_way", no_way(contact))]));
    }
    let who = format!("{} ({})", helper.name, helper.team);
    let values = [("who", who), ("number", code.number.clone()), ("minutes", CODE_MINUTES.to_string())];
    let (to, key, at) = (Recipient::Contact(contact.as_str()), format!("mandate:{mandate}:code"), tx.now());
    notices.tell(tx, &Notice { to, kind: "help.code", key: &key, values: &values, link: "", at }).map(drop)
}

fn open(
    tx: &mut Tx<'_>,
    actor: &Actor,
    helper: &Helper,
    principal: &AccountId,
    (consent, paper, sealed): (Consent, &str, &str),
) -> Result<MandateId> {
    let now = tx.now();
    let (state, until_at) = match consent {
        Consent::Code => (MandateState::Proposed, now.plus_minutes(CODE_MINUTES)),
        Consent::Paper => (MandateState::Active, now.plus_hours(HELP_HOURS)),
    };
    let own = store::by_id(tx, &helper.account)?.ok_or_else(Error::unauthenticated)?;
    let mandate = store::insert_mandate(
        tx,
        &store::NewMandate {
            kind: MandateKind::Help,
            principal,
            agent: Some(&helper.account),
            agent_contact: &own.phone.or(own.email).unwrap_or_default(),
            procedures: &[],
            from_at: now,
            until_at,
            state,
            proof: paper,
            code_hash: if consent == Consent::Code { sealed } else { "" },
        },
    )?;
    let how = if consent == Consent::Code { "code" } else { "paper" };
    let body = json!({ "mandate": mandate, "kind": "help", "consent": how, "team": helper.team });
    note(tx, principal, "account.help_begun", &actor.label(), body.clone())?;
    note(tx, &helper.account, "account.help_begun", &actor.label(), body)?;
    if let Some(named) = store::mandate(tx, &mandate)?.filter(|_| state == MandateState::Active) {
        notices::mandate_moved(tx, &named, Step::Accepted, Some(&helper.account))?;
    }
    Ok(mandate)
}

/// Her account by the contact, or a new one without a contact; her name is kept when the account had none.
fn principal_of(tx: &mut Tx<'_>, contact: Option<&Contact>, name: &str) -> Result<AccountId> {
    let Some(contact) = contact else {
        let account = without_contact(tx, name);
        store::insert(tx, &account)?;
        note(tx, &account.id, "account.created", &Actor::System.label(), json!({ "kind": "citizen" }))?;
        return Ok(account.id);
    };
    let citizen: CitizenActor = citizen_of(tx, contact)?;
    if citizen.name.is_empty() {
        store::set_name(tx, &citizen.account, name)?;
    }
    Ok(citizen.account)
}

/// How typing the code of consent ended; a wrong try is counted, so it is a value.
///
/// # Errors
/// `NotFound` for a help that does not wait for a code.
pub fn consent_to_help(
    tx: &mut Tx<'_>,
    actor: &Actor,
    mandate: &MandateId,
    sealed: &str,
) -> Result<std::result::Result<(), Error>> {
    let helper = helper_of(tx, actor)?;
    let waits = |m: &Mandate| m.kind == MandateKind::Help && m.state == MandateState::Proposed;
    let found = store::mandate(tx, mandate)?.filter(|m| m.agent.as_ref() == Some(&helper.account) && waits(m));
    let Some(mut mandate) = found else { return Err(no_help()) };
    let refused =
        |code: &'static str, words: (&str, &str)| Ok(Err(Error::invalid(vec![FieldError::new("code", code, words)])));
    let now = tx.now();
    let tries = store::try_consent(tx, &mandate.id)?;
    if tries > CODE_TRIES || now >= mandate.until_at {
        let words = ("Mã đã hết hạn hoặc nhập sai 5 lần. Hãy bắt đầu lại.", "The code is over. Begin again.");
        return refused("expired", words);
    }
    let same: bool = subtle::ConstantTimeEq::ct_eq(mandate.code_hash.as_bytes(), sealed.as_bytes()).into();
    if !same {
        let words =
            ("Mã chưa đúng. Hãy nhờ người được giúp đọc lại tin nhắn.", "The code is not right. Read it again.");
        return refused("wrong_code", words);
    }
    mandate.version += 1;
    mandate.until_at = now.plus_hours(HELP_HOURS);
    store::save_mandate(tx, &mandate, MandateState::Active)?;
    tell(tx, &mandate, "account.mandate_accepted", &format!("account:{}", mandate.principal))?;
    notices::mandate_moved(tx, &mandate, Step::Accepted, Some(&helper.account))?;
    Ok(Ok(()))
}

fn no_help() -> Error {
    Error::not_found(
        "no_such_help",
        ("Lần giúp này đã xong hoặc không có. Hãy bắt đầu lại.", "This help is over or unknown. Begin again."),
    )
}

/// Ends a help; the helper has no access from the next request on.
///
/// # Errors
/// `NotFound` for another helper's.
pub fn end_help(tx: &mut Tx<'_>, actor: &Actor) -> Result<()> {
    let Some(acting) = actor.citizen().and_then(CitizenActor::helper) else { return Err(no_help()) };
    let mandate = store::mandate(tx, &acting.mandate)?.ok_or_else(no_help)?;
    if mandate.state == MandateState::Active {
        store::save_mandate(tx, &mandate, MandateState::Ended)?;
        tell(tx, &mandate, "account.mandate_ended", &actor.label())?;
        notices::mandate_moved(tx, &mandate, Step::Ended, Some(&acting.agent))?;
    }
    Ok(())
}

/// The helper's own log: whom he helped when. Older lines than half a year are not shown.
///
/// # Errors
/// `Forbidden` for who is no helper.
pub fn helps_of(tx: &mut Tx<'_>, actor: &Actor) -> Result<(Helper, Vec<Mandate>, Instant)> {
    let helper = helper_of(tx, actor)?;
    let now = tx.now();
    let since = now.plus_hours(-183 * 24);
    let mut all = store::mandates_held(tx, &helper.account, "", "")?;
    all.retain(|mandate| mandate.kind == MandateKind::Help && mandate.created_at > since);
    Ok((helper, all, now))
}
