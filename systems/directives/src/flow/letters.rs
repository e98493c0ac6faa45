//! Urging letters: drafted by the ladder, kept in step with what is overdue, approved by a leader with his code, signed
//! and sealed where there is a signing service, answered by the unit.

use kernel_base::{AgencyId, Error, Result, TypedId, vietnam_date};
use kernel_contract::Settings;
use kernel_db::Tx;
use kernel_documents::{self as documents, Document};
use kernel_ledger::NewEvent;
use kernel_org::{Action, Actor, AgencyKind, Resource, Role, permitted};
use serde_json::{Value, json};

use super::{shared, sign, tell};
use crate::{
    model::{AnswerLetter, DocumentId, Letter, LetterId, LetterItem, LetterState, SignLetter, Task, sentence},
    store,
};

/// Drafts the letter of an issuer to a unit, or brings the waiting draft up to date: one letter holds everything of the
/// unit that is overdue.
pub(crate) fn draft(tx: &mut Tx<'_>, issuer: &AgencyId, desk: &AgencyId, unit: &AgencyId) -> Result<()> {
    if let Some(waiting) = store::drafted_letter(tx, issuer, unit)? {
        return update(tx, waiting);
    }
    let items = items(tx, issuer, unit)?;
    if items.is_empty() {
        return Ok(());
    }
    let now = tx.now();
    let year = i64::from(now.vietnam().date().year());
    let number = store::next_number(tx, &format!("letter:{issuer}"), year)?;
    let letter = Letter {
        id: tx.new_id(),
        number: format!("{number:02}/{}-ĐĐ", short_sign(tx, issuer)?),
        issuer: issuer.clone(),
        desk: desk.clone(),
        unit: unit.clone(),
        state: LetterState::Draft,
        sha256: hash_of(&items),
        items,
        document: None,
        drafted_at: now,
        signed_by: None,
        signed_at: None,
        read_by: None,
        read_at: None,
        answer: None,
        answered_by: None,
        answered_at: None,
        version: 1,
    };
    store::insert_letter(tx, &letter)?;
    let body = json!({ "number": letter.number, "issuer": letter.issuer, "unit": letter.unit, "desk": letter.desk });
    record(tx, &letter, &Actor::System, "letter.drafted", body)
}

/// Something about a task changed: the waiting draft to the unit says what is overdue now, or is withdrawn.
pub(crate) fn refresh(tx: &mut Tx<'_>, task: &Task, unit: &AgencyId) -> Result<()> {
    refresh_of(tx, &task.issuer, unit)
}

/// The same for anything that a unit owes an issuer.
pub(crate) fn refresh_of(tx: &mut Tx<'_>, issuer: &AgencyId, unit: &AgencyId) -> Result<()> {
    match store::drafted_letter(tx, issuer, unit)? {
        Some(waiting) => update(tx, waiting),
        None => Ok(()),
    }
}

fn update(tx: &mut Tx<'_>, mut letter: Letter) -> Result<()> {
    let items = items(tx, &letter.issuer, &letter.unit)?;
    if items == letter.items {
        return Ok(());
    }
    let kind = if items.is_empty() { "letter.withdrawn" } else { "letter.updated" };
    if items.is_empty() {
        letter.state = LetterState::Withdrawn;
    } else {
        letter.sha256 = hash_of(&items);
        letter.items = items;
    }
    store::save_letter(tx, &letter)?;
    record(tx, &letter, &Actor::System, kind, json!({}))
}

fn items(tx: &mut Tx<'_>, issuer: &AgencyId, unit: &AgencyId) -> Result<Vec<LetterItem>> {
    let now = tx.now();
    let earlier = store::signed_letters(tx, issuer, unit)?;
    let mut items = Vec::new();
    for mut item in store::overdue_items(tx, issuer, unit, now)? {
        item.document = match <DocumentId as TypedId>::parse(&item.document) {
            Some(id) => store::document(tx, &id)?.map(|d| d.name()).unwrap_or_default(),
            None => format!("Kiểm tra theo quyết định số {}", item.document),
        };
        let urged = earlier.iter().find(|letter| letter.items.iter().any(|old| old.task == item.task));
        item.urged_before = urged.map(|letter| letter.number.clone()).unwrap_or_default();
        items.push(item);
    }
    Ok(items)
}

/// What the signer reads and signs.
pub(crate) fn hash_of(items: &[LetterItem]) -> String {
    shared::sha256(&json!(items).to_string())
}

/// Abbreviation in the number: `UBND`, else the agency's short word.
pub(crate) fn short_sign(tx: &mut Tx<'_>, issuer: &AgencyId) -> Result<String> {
    let now = tx.now();
    let agency = kernel_org::agency(tx, issuer, now)?;
    Ok(agency.map_or_else(String::new, |agency| match agency.kind {
        AgencyKind::Committee | AgencyKind::District | AgencyKind::Commune => "UBND".to_owned(),
        _ => agency.slug.to_uppercase(),
    }))
}

fn record(tx: &mut Tx<'_>, letter: &Letter, actor: &Actor, kind: &'static str, body: Value) -> Result<()> {
    let mut body = body;
    if let Some(map) = body.as_object_mut() {
        map.insert("state".to_owned(), json!(letter.state.word()));
        map.insert("sha256".to_owned(), json!(letter.sha256));
        map.insert("tasks".to_owned(), json!(letter.items.iter().map(|item| &item.task).collect::<Vec<_>>()));
    }
    let event = NewEvent { subject: &letter.subject(), kind, actor: &actor.label(), body };
    kernel_ledger::append(tx, &event).map(drop)
}

pub(crate) fn find(tx: &mut Tx<'_>, actor: &Actor, id: &str) -> Result<Letter> {
    let id: LetterId = shared::parse_id(id)?;
    let letter = store::letter(tx, &id)?.ok_or_else(shared::not_found)?;
    let mut sides = vec![letter.issuer.clone(), letter.desk.clone()];
    if letter.state == LetterState::Signed {
        sides.push(letter.unit.clone());
    }
    if permitted(actor, Action::TaskRead, &Resource::parties(sides)) { Ok(letter) } else { Err(shared::not_found()) }
}

/// A leader of the issuer signs exactly the letter that was read, with a fresh one-time code; it is sent at once.
///
/// # Errors
/// `Conflict` when it changed since it was read or does not wait; `Forbidden` for others; `Invalid` for a wrong code.
pub fn sign_letter(tx: &mut Tx<'_>, actor: &Actor, id: &str, command: &SignLetter) -> Result<Letter> {
    let mut letter = find(tx, actor, id)?;
    if !permitted(actor, Action::LetterSign, &Resource::agency(letter.issuer.clone())) {
        return Err(shared::forbidden(actor, Action::LetterSign));
    }
    if letter.state != LetterState::Draft {
        let words = ("Công văn này không còn chờ ký. Hãy tải lại trang.", "This letter does not wait for a signature.");
        return Err(Error::conflict("not_draft", words).with_current(json!({ "state": letter.state.word() })));
    }
    if !letter.sha256.eq_ignore_ascii_case(command.sha256.trim()) {
        let words = (
            "Công văn vừa thay đổi sau khi bạn mở. Hãy đọc lại bản mới nhất rồi ký.",
            "The letter changed after you opened it. Read the newest one, then sign.",
        );
        return Err(Error::conflict("other_document", words).with_current(json!({ "sha256": letter.sha256 })));
    }
    match actor.officer() {
        Some(officer) => kernel_web::accounts::verify_fresh_totp(tx, &officer.account, &command.totp)?,
        None => return Err(shared::forbidden(actor, Action::LetterSign)),
    }
    let digital = sign::is_on(tx);
    letter.state = if digital { LetterState::Approved } else { LetterState::Signed };
    letter.signed_by = Some(actor.label());
    letter.signed_at = Some(tx.now());
    let body = json!({
        "state": letter.state.word(), "sha256": letter.sha256, "number": letter.number, "code": "totp",
        "tasks": letter.items.iter().map(|item| &item.task).collect::<Vec<_>>(),
    });
    let event = NewEvent { subject: &letter.subject(), kind: "letter.signed", actor: &actor.label(), body };
    let recorded = kernel_ledger::append(tx, &event)?;
    let printed = document(tx, &letter, sign::signer(tx, actor, recorded)?)?;
    let printed = serde_json::to_value(&printed).map_err(|e| Error::internal(format!("letter: {e}")))?;
    let hash = shared::sha256(&printed.to_string());
    letter.document = Some(printed);
    store::save_letter(tx, &letter)?;
    record(tx, &letter, actor, "letter.printed", json!({ "document_sha256": hash }))?;
    letter.version += 1;
    if digital {
        sign::request(tx, sign::LETTER, letter.id.as_str(), &letter.issuer, actor)?;
    } else {
        sent(tx, &letter)?;
    }
    Ok(letter)
}

/// The signed file is there: the letter goes out.
pub(crate) fn issued(tx: &mut Tx<'_>, id: &str, body: Value) -> Result<()> {
    let id: LetterId = shared::parse_id(id)?;
    let mut letter = store::letter(tx, &id)?.ok_or_else(|| Error::internal(format!("letter {id} is gone")))?;
    letter.state = LetterState::Signed;
    store::save_letter(tx, &letter)?;
    record(tx, &letter, &Actor::System, "letter.issued", body)?;
    sent(tx, &letter)
}

/// The printed facts of an approved letter, for the job that prints it.
pub(crate) fn frozen(tx: &mut Tx<'_>, id: &str) -> Result<Value> {
    let letter = store::letter(tx, &shared::parse_id(id)?)?;
    letter.and_then(|letter| letter.document).ok_or_else(|| Error::internal(format!("letter {id} was not approved")))
}

/// Subject and title under which its file is kept.
pub(crate) fn filed(tx: &mut Tx<'_>, id: &str) -> Result<(String, String)> {
    let letter = store::letter(tx, &shared::parse_id(id)?)?;
    let letter = letter.ok_or_else(|| Error::internal(format!("letter {id} is gone")))?;
    Ok((letter.subject(), format!("Công văn đôn đốc số {}", letter.number)))
}

/// Tells the unit's leaders that a letter came.
fn sent(tx: &mut Tx<'_>, letter: &Letter) -> Result<()> {
    let to = tell::holders(tx, &letter.unit, Role::Leader)?;
    let count = letter.items.len();
    let news = tell::News {
        key: format!("{}#sent", letter.subject()),
        what: format!("Công văn đôn đốc số {} nêu {count} việc quá hạn của đơn vị.", letter.number),
        todo: "Hãy hoàn thành, rồi trả lời: nguyên nhân, trách nhiệm, thời hạn khắc phục.",
        link: format!("/staff/letters/{}", letter.id),
    };
    tell::work(tx, &to, &news)
}

/// The letter as a document: frozen when it is signed, the draft as it stands otherwise.
///
/// # Errors
/// `NotFound` for who has no part in it.
pub fn letter_document(tx: &mut Tx<'_>, actor: &Actor, id: &str) -> Result<Document> {
    let letter = find(tx, actor, id)?;
    if let Some(frozen) = letter.document {
        return serde_json::from_value(frozen).map_err(|e| Error::internal(format!("letters.document of {id}: {e}")));
    }
    let now = tx.now();
    let head = kernel_org::head_of(tx, &letter.issuer, now)?;
    let signer = documents::Signer {
        rights: Vec::new(),
        office: head.as_ref().map_or_else(|| "Chủ tịch".to_owned(), |head| head.title.clone()),
        name: head.map(|head| head.name).unwrap_or_default(),
        signature: documents::Signature::NotSigned,
    };
    document(tx, &letter, signer)
}

fn document(tx: &mut Tx<'_>, letter: &Letter, signer: documents::Signer) -> Result<Document> {
    let settings = tx.port::<Settings>()?;
    let issuer = shared::agency_name(tx, &letter.issuer)?;
    let unit = shared::agency_name(tx, &letter.unit)?;
    let desk = shared::agency_name(tx, &letter.desk)?;
    let day = letter.signed_at.unwrap_or(letter.drafted_at).vietnam().date();
    let row = |(number, item): (usize, &LetterItem)| {
        let urged = if item.urged_before.is_empty() {
            String::new()
        } else {
            format!(" (đã đôn đốc tại công văn số {})", item.urged_before)
        };
        vec![
            number.to_string(),
            format!("{}{urged}", item.title),
            format!("{} {} ({})", item.document, item.clause, item.part),
            vietnam_date(item.due_on),
        ]
    };
    let count = letter.items.len();
    Ok(Document::Letter(documents::OfficialLetter {
        head: documents::Head {
            superior: None,
            issuer: issuer.clone(),
            unit: None,
            number: Some(letter.number.clone()),
            place: settings.place.clone(),
            date: day,
            form: None,
            replaces: None,
            notice: settings.demonstration.then(|| "Dữ liệu minh họa".to_owned()),
        },
        subject: "đôn đốc thực hiện nhiệm vụ quá hạn".to_owned(),
        to: vec![unit.clone()],
        opening: vec![format!(
            "Qua theo dõi, tính đến ngày {}, {unit} còn {count} nhiệm vụ quá hạn chưa hoàn thành, gồm:",
            vietnam_date(day)
        )],
        table: documents::LetterTable {
            header: ["TT", "Nhiệm vụ", "Văn bản giao", "Hạn"].map(str::to_owned).to_vec(),
            rows: letter.items.iter().enumerate().map(|(at, item)| row((at + 1, item))).collect(),
        },
        closing: vec![
            format!(
                "{issuer} yêu cầu {unit} khẩn trương hoàn thành các nhiệm vụ nêu trên, báo cáo rõ nguyên nhân, trách nhiệm và thời hạn khắc phục."
            ),
            "Người đứng đầu đơn vị chịu trách nhiệm về việc chậm trễ; kết quả là căn cứ xem xét khi xếp loại cuối năm."
                .to_owned(),
        ],
        recipients: vec!["Như trên".to_owned(), desk],
        signer,
    }))
}

/// A letter; the first officer of the unit who opens it has read it.
///
/// # Errors
/// `NotFound` for who has no part in it.
pub fn look_letter(tx: &mut Tx<'_>, actor: &Actor, id: &str, reading: bool) -> Result<Letter> {
    let mut letter = find(tx, actor, id)?;
    let of_unit = actor.officer().is_some_and(|officer| officer.agency == letter.unit);
    if reading && of_unit && letter.read_at.is_none() && letter.state == LetterState::Signed {
        letter.read_by = Some(actor.label());
        letter.read_at = Some(tx.now());
        store::save_letter(tx, &letter)?;
        record(tx, &letter, actor, "letter.read", json!({}))?;
        letter.version += 1;
    }
    Ok(letter)
}

/// Letters of the actor's agency: those it issues or tracks, and those it received. `state` may be empty.
///
/// # Errors
/// `Forbidden` for who is not an officer with a role.
pub fn look_letters(tx: &mut Tx<'_>, actor: &Actor, state: &str) -> Result<Vec<Letter>> {
    let agency = actor.officer().map(|officer| officer.agency.clone());
    let agency = agency.ok_or_else(|| shared::forbidden(actor, Action::TaskRead))?;
    if !permitted(actor, Action::TaskRead, &Resource::agency(agency.clone())) {
        return Err(shared::forbidden(actor, Action::TaskRead));
    }
    store::letters_of(tx, &agency, state)
}

/// The unit answers: cause, responsibility, until when.
///
/// # Errors
/// `Forbidden` for others; `Conflict` when it was answered; `Invalid` without an answer.
pub fn answer_letter(tx: &mut Tx<'_>, actor: &Actor, id: &str, command: &AnswerLetter) -> Result<Letter> {
    let mut letter = look_letter(tx, actor, id, true)?;
    if !permitted(actor, Action::TaskAnswer, &Resource::agency(letter.unit.clone())) {
        return Err(shared::forbidden(actor, Action::TaskAnswer));
    }
    if letter.state != LetterState::Signed || letter.answer.is_some() {
        let words = ("Công văn này đã được trả lời.", "This letter was answered.");
        return Err(Error::conflict("answered", words));
    }
    let answer = sentence("answer", &command.answer, 10, 5_000)?;
    letter.answer = Some(answer.clone());
    letter.answered_by = Some(actor.label());
    letter.answered_at = Some(tx.now());
    store::save_letter(tx, &letter)?;
    record(tx, &letter, actor, "letter.answered", json!({ "answer_sha256": shared::sha256(&answer) }))?;
    let news = tell::News {
        key: format!("{}#answered", letter.subject()),
        what: format!("{} đã trả lời công văn đôn đốc số {}.", shared::agency_name(tx, &letter.unit)?, letter.number),
        todo: "Hãy đọc và theo dõi lời hứa.",
        link: format!("/staff/letters/{}", letter.id),
    };
    let to = tell::holders(tx, &letter.desk, Role::Leader)?;
    tell::work(tx, &to, &news)?;
    letter.version += 1;
    Ok(letter)
}
