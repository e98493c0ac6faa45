//! Acting for others: delegation between citizens, representation of organisations, and changing the role.
//!
//! Both sides' chains tell of every step, and every act in another's name shows both accounts.

use std::collections::BTreeSet;

use kernel_base::{Error, FieldError, Instant, Result, TypedId};
use kernel_db::Tx;
use kernel_org::{
    AccountId, Action, Actor, CitizenActor, MandateId, MandateKind, Resource, allow,
    reads::{self, PersonalRead, Purpose, Shown},
};
use serde_json::json;

use super::{
    Browser, Opened, after,
    citizens::without_contact,
    note,
    notices::{self, Step},
};
use crate::accounts::{Contact, Mandate, MandateState, store, token_hash};

/// A delegation lasts a year at the most (Bộ luật Dân sự 2015, art. 563).
const LONGEST_DAYS: i64 = 366;

/// A representation that nobody ended is confirmed again after this time.
const REPRESENTATION_DAYS: i64 = 2 * 366;

fn not_found() -> Error {
    Error::not_found(
        "no_such_mandate",
        (
            "Không tìm thấy, hoặc không phải của bạn. Hãy tải lại trang “Làm thay”.",
            "Not found, or not yours. Reload the page “Acting for others”.",
        ),
    )
}

/// Who decides for an account decides in person: not while acting for it.
fn in_person(actor: &Actor) -> Result<&CitizenActor> {
    let citizen = actor.citizen().ok_or_else(Error::unauthenticated)?;
    if citizen.acting.is_none() {
        return Ok(citizen);
    }
    Err(Error::forbidden(
        "not_in_person",
        (
            "Việc này do chính chủ tài khoản làm. Hãy trở về vai của mình ở trang “Làm thay” trước.",
            "The holder of the account does this in person. Return to your own role first.",
        ),
    ))
}

/// What a person gives another.
#[derive(Debug, Clone, Default)]
pub struct NewDelegation {
    /// Phone or e-mail of the other person.
    pub contact: String,
    /// National codes of procedures, apart by spaces or commas; empty = all.
    pub procedures: String,
    pub from_at: Option<Instant>,
    /// Exclusive.
    pub until_at: Option<Instant>,
}

/// Offers a delegation; it gives nothing until the other person accepts.
///
/// # Errors
/// `Invalid` for a wrong contact or period, and for oneself.
pub fn offer_delegation(tx: &mut Tx<'_>, actor: &Actor, new: &NewDelegation) -> Result<MandateId> {
    let citizen = in_person(actor)?;
    let contact = Contact::parse(&new.contact).map_err(|fault| Error::invalid(vec![fault]))?;
    let own = store::by_id(tx, &citizen.account)?.ok_or_else(Error::unauthenticated)?;
    let invalid =
        |field: &str, words: (&str, &str)| Err(Error::invalid(vec![FieldError::new(field, "invalid", words)]));
    if [own.phone.as_deref(), own.email.as_deref()].contains(&Some(contact.as_str())) {
        let words = ("Đây là liên hệ của chính bạn. Hãy nhập của người được ủy quyền.", "This is your own contact.");
        return invalid("contact", words);
    }
    let now = tx.now();
    let (from_at, until_at) = (new.from_at.unwrap_or(now), new.until_at.unwrap_or(now));
    if until_at <= from_at || until_at <= now || until_at > from_at.plus_hours(LONGEST_DAYS * 24) {
        let words = (
            "Thời hạn ủy quyền phải kết thúc sau hôm nay và không quá một năm.",
            "The delegation must end after today and last a year at the most.",
        );
        return invalid("until", words);
    }
    let codes: BTreeSet<String> = new
        .procedures
        .split([' ', ',', ';', '\n'])
        .map(str::trim)
        .filter(|code| !code.is_empty())
        .map(str::to_owned)
        .collect();
    let procedures: Vec<String> = codes.into_iter().collect();
    let mandate = store::insert_mandate(
        tx,
        &store::NewMandate {
            kind: MandateKind::Delegation,
            principal: &citizen.account,
            agent: None,
            agent_contact: contact.as_str(),
            procedures: &procedures,
            from_at,
            until_at,
            state: MandateState::Proposed,
            proof: "",
            code_hash: "",
        },
    )?;
    let body = json!({ "mandate": mandate, "kind": "delegation", "procedures": procedures, "until": until_at });
    note(tx, &citizen.account, "account.mandate_offered", &actor.label(), body)?;
    if let Some(offered) = store::mandate(tx, &mandate)? {
        notices::mandate_asked(tx, &offered)?;
    }
    Ok(mandate)
}

/// What a person says of the organisation that he represents.
#[derive(Debug, Clone, Default)]
pub struct NewRepresentation {
    /// Tax code (10 or 13 digits) or business number.
    pub number: String,
    pub name: String,
    /// Position, and number and date of the paper that shows it.
    pub paper: String,
}

/// Asks to represent an organisation; the organisation's own account or an officer confirms it.
///
/// # Errors
/// `Invalid` for a wrong number or an empty name or paper.
pub fn ask_representation(tx: &mut Tx<'_>, actor: &Actor, new: &NewRepresentation) -> Result<MandateId> {
    let citizen = in_person(actor)?;
    let number: String = new.number.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let name = kernel_base::text::clean_line(&new.name);
    let paper = kernel_base::text::clean_line(&new.paper);
    let mut faults = Vec::new();
    if !(number.len() == 10 || number.len() == 13) || !number.bytes().all(|b| b.is_ascii_digit()) {
        let words = ("Mã số thuế có 10 hoặc 13 chữ số.", "A tax code has 10 or 13 digits.");
        faults.push(FieldError::new("number", "format", words));
    }
    if name.is_empty() {
        faults.push(FieldError::new("name", "required", ("Hãy ghi tên tổ chức.", "Give the organisation's name.")));
    }
    if paper.is_empty() {
        let words = ("Hãy ghi chức vụ và giấy tờ chứng minh.", "Give your position and the paper that shows it.");
        faults.push(FieldError::new("paper", "required", words));
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let principal = organisation(tx, &number, &name)?;
    represent(tx, citizen, &principal, MandateState::Proposed, &paper)
}

/// The account of an organisation by its number; made when there is none.
pub(super) fn organisation(tx: &mut Tx<'_>, number: &str, name: &str) -> Result<AccountId> {
    if let Some(account) = store::organisation(tx, number)? {
        return Ok(account);
    }
    let account = without_contact(tx, name);
    store::insert(tx, &account)?;
    store::insert_organisation(tx, &account.id, number, name)?;
    note(tx, &account.id, "account.created", &Actor::System.label(), json!({ "kind": "organisation" }))?;
    Ok(account.id)
}

/// Writes a representation; one that waits or is in force already is not written again.
pub(super) fn represent(
    tx: &mut Tx<'_>,
    person: &CitizenActor,
    principal: &AccountId,
    state: MandateState,
    proof: &str,
) -> Result<MandateId> {
    let now = tx.now();
    let same = |m: &Mandate| {
        m.kind == MandateKind::Representation
            && m.agent.as_ref() == Some(&person.account)
            && (m.state == MandateState::Proposed || m.in_force(now))
    };
    if let Some(found) = store::mandates_given(tx, principal)?.into_iter().find(same) {
        if state == MandateState::Active && found.state == MandateState::Proposed {
            store::save_mandate(tx, &Mandate { proof: proof.to_owned(), ..found.clone() }, state)?;
            notices::mandate_moved(tx, &found, Step::Accepted, Some(&person.account))?;
        }
        return Ok(found.id);
    }
    let own = store::by_id(tx, &person.account)?.ok_or_else(Error::unauthenticated)?;
    let mandate = store::insert_mandate(
        tx,
        &store::NewMandate {
            kind: MandateKind::Representation,
            principal,
            agent: Some(&person.account),
            agent_contact: &own.phone.or(own.email).unwrap_or_default(),
            procedures: &[],
            from_at: now,
            until_at: now.plus_hours(REPRESENTATION_DAYS * 24),
            state,
            proof,
            code_hash: "",
        },
    )?;
    let label = format!("citizen:{}", person.account);
    let body = json!({ "mandate": mandate, "kind": "representation", "state": state.as_str() });
    note(tx, principal, "account.mandate_offered", &label, body.clone())?;
    note(tx, &person.account, "account.mandate_offered", &label, body)?;
    if let Some(named) = store::mandate(tx, &mandate)?.filter(|_| state == MandateState::Active) {
        notices::mandate_moved(tx, &named, Step::Accepted, Some(&person.account))?;
    }
    Ok(mandate)
}

fn find(tx: &mut Tx<'_>, id: &str) -> Result<Mandate> {
    let id = <MandateId as TypedId>::parse(id).ok_or_else(not_found)?;
    store::mandate(tx, &id)?.ok_or_else(not_found)
}

/// Whether the account is the one that was asked.
fn was_asked(tx: &mut Tx<'_>, mandate: &Mandate, account: &AccountId) -> Result<bool> {
    if mandate.agent.is_some() {
        return Ok(mandate.agent.as_ref() == Some(account));
    }
    let own = store::by_id(tx, account)?.ok_or_else(Error::unauthenticated)?;
    let contact = Some(mandate.agent_contact.as_str()).filter(|contact| !contact.is_empty());
    Ok(contact.is_some() && [own.phone.as_deref(), own.email.as_deref()].contains(&contact))
}

/// Answers what was offered: a delegation by the person asked, a representation by the organisation itself.
///
/// # Errors
/// `NotFound` for everyone else; `Conflict` when it was answered already.
pub fn answer_mandate(tx: &mut Tx<'_>, actor: &Actor, id: &str, yes: bool) -> Result<()> {
    let citizen = in_person(actor)?;
    let mut mandate = find(tx, id)?;
    let decides = match mandate.kind {
        MandateKind::Delegation => was_asked(tx, &mandate, &citizen.account)?,
        MandateKind::Representation => mandate.principal == citizen.account,
        MandateKind::Help => false,
    };
    if !decides {
        return Err(not_found());
    }
    if mandate.kind == MandateKind::Delegation {
        mandate.agent = Some(citizen.account.clone());
    }
    decide(tx, actor, &mandate, yes)
}

/// An organisation belongs to no agency: any one-stop may see its papers, at its own counter.
fn may_confirm(actor: &Actor) -> Result<()> {
    let agency = actor.officer().map(|officer| officer.agency.clone()).ok_or_else(Error::unauthenticated)?;
    allow(actor, Action::RepresentationConfirm, &Resource::agency(agency))
}

/// An officer who saw the papers confirms a representation, or not. Whoever represents a company sees and does
/// everything in its name, so two officers confirm it; the company's own account confirms it alone
/// ([`answer_mandate`]). One refusal is enough. `true` when it stands or falls now, `false` when a second officer is
/// still needed.
///
/// # Errors
/// `Forbidden` for who may not, and for the officer who confirmed it already; `Conflict` when it was answered.
pub fn confirm_representation(tx: &mut Tx<'_>, actor: &Actor, id: &str, yes: bool, paper: &str) -> Result<bool> {
    may_confirm(actor)?;
    let mut mandate = find(tx, id)?;
    if mandate.kind != MandateKind::Representation {
        return Err(not_found());
    }
    let seen = kernel_base::text::clean_line(paper);
    if yes && seen.is_empty() {
        let words = ("Hãy ghi giấy tờ đã đối chiếu.", "Give the paper that you compared.");
        return Err(Error::invalid(vec![FieldError::new("paper", "required", words)]));
    }
    mandate.proof = format!("{}; {seen}", mandate.proof);
    if yes && mandate.state == MandateState::Proposed {
        if mandate.seen_by.is_empty() {
            return see(tx, actor, mandate).map(|()| false);
        }
        must_be_second(actor, &mandate)?;
    }
    decide(tx, actor, &mandate, yes).map(|()| true)
}

/// The first officer compared the papers: the organisation hears of it while it can still object.
fn see(tx: &mut Tx<'_>, actor: &Actor, mut mandate: Mandate) -> Result<()> {
    mandate.seen_by = actor.label();
    store::save_mandate(tx, &mandate, MandateState::Proposed)?;
    tell(tx, &mandate, "account.mandate_seen", &actor.label())?;
    notices::representation_seen(tx, &mandate)
}

fn must_be_second(actor: &Actor, mandate: &Mandate) -> Result<()> {
    if mandate.seen_by != actor.label() {
        return Ok(());
    }
    Err(Error::forbidden(
        "seen_by_you",
        (
            "Bạn đã đối chiếu giấy tờ lần thứ nhất. Hãy nhờ một cán bộ tiếp nhận khác đối chiếu và xác nhận.",
            "You compared the papers first. Ask another reception officer to compare them and confirm.",
        ),
    ))
}

/// Representations that wait for an officer.
///
/// # Errors
/// `Forbidden` for who may not confirm them.
pub fn waiting_representations(tx: &mut Tx<'_>, actor: &Actor) -> Result<Vec<Mandate>> {
    may_confirm(actor)?;
    let waiting = store::waiting_representations(tx)?;
    for agent in waiting.iter().filter_map(|mandate| mandate.agent.as_ref()) {
        told_of(tx, actor, agent);
    }
    Ok(waiting)
}

/// An officer is about to see name and contact of somebody who acts for others.
pub(super) fn told_of(tx: &mut Tx<'_>, actor: &Actor, person: &AccountId) {
    let fields = [Shown::Name, Shown::Contact];
    let read =
        PersonalRead { person: TypedId::as_str(person), subject: "", purpose: Purpose::Mandates, fields: &fields };
    reads::tell(tx, actor, &read);
}

fn decide(tx: &mut Tx<'_>, actor: &Actor, mandate: &Mandate, yes: bool) -> Result<()> {
    if mandate.state != MandateState::Proposed {
        return Err(Error::conflict(
            "mandate_answered",
            ("Việc này đã được trả lời. Hãy tải lại trang.", "This was answered already. Reload the page."),
        ));
    }
    let (state, kind) = if yes {
        (MandateState::Active, "account.mandate_accepted")
    } else {
        (MandateState::Declined, "account.mandate_declined")
    };
    store::save_mandate(tx, mandate, state)?;
    tell(tx, mandate, kind, &actor.label())?;
    let step = if yes { Step::Accepted } else { Step::Declined };
    let named = store::mandate(tx, &mandate.id)?.unwrap_or_else(|| mandate.clone());
    notices::mandate_moved(tx, &named, step, actor.citizen().map(|citizen| &citizen.account))
}

/// Writes a step into the chains of both sides.
pub(super) fn tell(tx: &mut Tx<'_>, mandate: &Mandate, kind: &'static str, actor: &str) -> Result<()> {
    let body = json!({ "mandate": mandate.id, "kind": mandate.kind });
    note(tx, &mandate.principal, kind, actor, body.clone())?;
    match &mandate.agent {
        Some(agent) => note(tx, agent, kind, actor, body),
        None => Ok(()),
    }
}

/// Ends a mandate: either side may, at any time; sessions that act under it are their own again at the next request.
///
/// # Errors
/// `NotFound` for everyone else.
pub fn end_mandate(tx: &mut Tx<'_>, actor: &Actor, id: &str) -> Result<()> {
    let citizen = in_person(actor)?;
    let mandate = find(tx, id)?;
    if mandate.principal != citizen.account && mandate.agent.as_ref() != Some(&citizen.account) {
        return Err(not_found());
    }
    if matches!(mandate.state, MandateState::Ended | MandateState::Declined) {
        return Ok(());
    }
    store::save_mandate(tx, &mandate, MandateState::Ended)?;
    tell(tx, &mandate, "account.mandate_ended", &actor.label())?;
    notices::mandate_moved(tx, &mandate, Step::Ended, Some(&citizen.account))
}

/// Everything about acting for others that concerns an account.
#[derive(Debug)]
pub struct Roles {
    /// By which the account acts for others, or is asked to.
    pub held: Vec<Mandate>,
    /// By which others act for the account.
    pub given: Vec<Mandate>,
    /// The account is an organisation's.
    pub organisation: bool,
    pub now: Instant,
}

/// # Errors
/// `Unauthenticated` for who is not a citizen.
pub fn roles_of(tx: &mut Tx<'_>, account: &AccountId) -> Result<Roles> {
    let own = store::by_id(tx, account)?.ok_or_else(Error::unauthenticated)?;
    let (phone, email) = (own.phone.unwrap_or_default(), own.email.unwrap_or_default());
    Ok(Roles {
        held: store::mandates_held(tx, account, &phone, &email)?,
        given: store::mandates_given(tx, account)?,
        organisation: store::organisation_number(tx, account)?.is_some(),
        now: tx.now(),
    })
}

/// The mandate by which the account acts now, when it still gives a power.
pub(super) fn mandate_in_force(tx: &mut Tx<'_>, id: &MandateId, agent: &AccountId) -> Result<Option<Mandate>> {
    let now = tx.now();
    let found = store::mandate(tx, id)?;
    Ok(found.filter(|mandate| mandate.agent.as_ref() == Some(agent) && mandate.in_force(now)))
}

/// Changes the role of a session: another's, or the own again with `None`. The session gets a new token.
///
/// # Errors
/// `NotFound` when the mandate gives no power now.
pub(crate) fn change_role(tx: &mut Tx<'_>, session: &str, mandate: Option<&str>, browser: &Browser) -> Result<Opened> {
    let old = store::session(tx, session)?.ok_or_else(Error::unauthenticated)?;
    let wanted = match mandate {
        Some(id) => {
            let id = <MandateId as TypedId>::parse(id).ok_or_else(not_found)?;
            Some(mandate_in_force(tx, &id, &old.account)?.ok_or_else(not_found)?)
        }
        None => None,
    };
    let token = hex::encode(tx.random::<32>());
    let idle_until = after(tx.now(), browser.idle).min(old.ends_at);
    // Ended meanwhile, e.g. from another place: it does not come back under a new token.
    if !store::delete_session(tx, session)? {
        return Err(Error::unauthenticated());
    }
    let new = store::NewSession {
        hash: token_hash(&token),
        id: old.id,
        account: old.account.clone(),
        way: old.way,
        assurance: old.assurance,
        provider: old.provider,
        id_token: old.id_token,
        named: old.named,
        device: old.device,
        mandate: wanted.as_ref().map(|mandate| mandate.id.clone()),
        idle_until,
        ends_at: old.ends_at,
    };
    store::insert_session(tx, &new)?;
    if let Some(mandate) = &wanted {
        tell(tx, mandate, "account.role_taken", &format!("account:{}", old.account))?;
    }
    Ok(Opened { token, ends_at: old.ends_at, account: old.account })
}
