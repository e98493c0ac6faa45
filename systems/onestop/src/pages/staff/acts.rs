//! Acts on a dossier: a posted form becomes a command; a fault shows the same page with what was typed.

use axum::{
    extract::{Path, State},
    response::Response,
};
use kernel_base::{AgencyId, Error, FieldError, Instant, Result, Words, text};
use kernel_contract::DossierCode;
use kernel_db::Tx;
use kernel_org::Actor;
use kernel_web::{Answer, Fields, Page, StaffMember, Web, redirect_saying};

use super::{
    Asked, forms,
    inbox::{self, InboxQuery},
    place::{Place, PlaceKind},
    show_dossier, shown_again, time,
};
use crate::{
    flow::{self, Act},
    model::{self, Dossier},
    prepare,
};

pub(crate) async fn act(
    State(web): State<Web>,
    page: Page,
    staff: StaffMember,
    Path((code, word)): Path<(String, String)>,
    fields: Fields,
) -> Answer {
    let act = Act::parse(&word).ok_or_else(no_such_act)?;
    let place = Place::of(&fields);
    match run(&web, &staff.actor, &code, act, &fields).await {
        Ok(()) => Ok(onward(&web, &place, &code, act)),
        Err(error) if shown_again(&error) => again(&web, page, &staff.actor, place, code, act, fields, &error).await,
        Err(error) => Err(error.into()),
    }
}

/// The button where the queue gave up.
pub(crate) async fn sign_again(State(web): State<Web>, staff: StaffMember, Path(code): Path<String>) -> Answer {
    let asked = code.clone();
    web.write(move |tx| flow::sign_again(tx, &staff.actor, &asked, &model::SignAgain {})).await?;
    Ok(redirect_saying(&web, &format!("/staff/dossiers/{code}"), "onestop.flash.sign_again", &[("code", &code)]))
}

fn no_such_act() -> Error {
    Error::not_found(
        "no_such_act",
        ("Không có việc này. Hãy quay lại trang hồ sơ.", "There is no such act. Go back to the dossier."),
    )
}

/// Where the officer goes after an act.
pub(crate) fn onward(web: &Web, place: &Place, code: &str, act: Act) -> Response {
    match place.kind {
        PlaceKind::Page => {
            let key = format!("onestop.flash.{}", act.word());
            redirect_saying(web, &format!("/staff/dossiers/{code}"), &key, &[("code", code)])
        }
        PlaceKind::Sign => {
            let key = format!("onestop.flash.{}", act.word());
            let path = if act == Act::ApproveApology || act == Act::Apologise {
                format!("/staff/dossiers/{code}?from=sign&act=approve")
            } else {
                "/staff/sign".to_owned()
            };
            redirect_saying(web, &path, &key, &[("code", code)])
        }
        PlaceKind::Inbox => {
            let joint = if place.query.is_empty() { "" } else { "&" };
            let then = if act.stays() { code } else { place.next.as_str() };
            let next = DossierCode::parse(then).map(|code| format!("&code={code}")).unwrap_or_default();
            super::go(&format!("/staff?{}{joint}done={code}&did={}{next}", place.query, act.word()))
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "the parts of one request")]
async fn again(
    web: &Web,
    page: Page,
    actor: &Actor,
    place: Place,
    code: String,
    act: Act,
    fields: Fields,
    error: &Error,
) -> Answer {
    if place.is_inbox() {
        let query = InboxQuery { code, act: act.word().to_owned(), ..place.filters() };
        return inbox::show(web, page, actor, query, fields, Some(error)).await;
    }
    show_dossier(web, page, actor, &place, Asked { code, act: Some(act), typed: fields }, Some(error)).await
}

async fn run(web: &Web, actor: &Actor, code: &str, act: Act, fields: &Fields) -> Result<()> {
    let text = |name: &str| fields.get(name).unwrap_or_default().to_owned();
    match act {
        Act::Accept => {
            let command = model::Accept { note: checked(fields) };
            write(web, actor, code, command, flow::accept).await
        }
        Act::Refuse => {
            let command = model::Refuse { reason: text("reason"), legal_basis: text("legal_basis") };
            write(web, actor, code, command, flow::refuse).await
        }
        Act::Supplement => supplement(web, actor, code, fields).await,
        Act::Pay => {
            let command = model::PayFee { means: text("means"), note: text("note") };
            write(web, actor, code, command, flow::pay_fee).await
        }
        Act::Fee => {
            let reason = text("exempt_reason");
            let exempt =
                fields.all("exempt").map(|fee| model::ExemptFee { fee: fee.to_owned(), reason: reason.clone() });
            let command = model::RequestFee { fee: some(text("fee")), exempt: exempt.collect() };
            write(web, actor, code, command, flow::request_fee).await
        }
        Act::Forward => forward(web, actor, code, fields).await,
        Act::Consult => consult(web, actor, code, fields).await,
        Act::AnswerQuestion => answer_question(web, actor, code, text("answer")).await,
        Act::Draft => draft(web, actor, code, fields).await,
        Act::Approve => {
            let command = model::Approve { sha256: text("sha256"), totp: text("totp"), note: text("note") };
            write(web, actor, code, command, flow::approve).await
        }
        Act::Return => write(web, actor, code, model::ReturnDraft { reason: text("reason") }, flow::return_draft).await,
        Act::Apologise => apologise(web, actor, code, fields).await,
        Act::ApproveApology => {
            let command = model::ApproveApology { totp: text("totp") };
            let (actor, code) = (actor.clone(), code.to_owned());
            web.write(move |tx| flow::approve_apology(tx, &actor, &code, &command)).await.map(drop)
        }
        Act::Handover => {
            let command =
                model::Handover { recipient: text("recipient"), channel: text("channel"), evidence: text("evidence") };
            write(web, actor, code, command, flow::hand_over).await
        }
        Act::Withdraw => {
            write(web, actor, code, model::WithdrawalRequest { reason: text("reason") }, flow::request_withdrawal).await
        }
        Act::DecideWithdrawal => {
            let command = model::DecideWithdrawal { granted: text("granted") == "yes", reason: text("reason") };
            write(web, actor, code, command, flow::decide_withdrawal).await
        }
        Act::Stop => {
            let command = model::Stop { reason: text("reason"), legal_basis: text("legal_basis") };
            write(web, actor, code, command, flow::stop).await
        }
        Act::Answer => Err(no_such_act()),
    }
}

async fn write<C: Send + Sync + 'static>(
    web: &Web,
    actor: &Actor,
    code: &str,
    command: C,
    run: fn(&mut Tx<'_>, &Actor, &str, &C) -> Result<Dossier>,
) -> Result<()> {
    let (actor, code) = (actor.clone(), code.to_owned());
    web.write(move |tx| run(tx, &actor, &code, &command)).await.map(drop)
}

fn some(text: String) -> Option<String> {
    (!text.trim().is_empty()).then_some(text)
}

/// What the clerk ticked while checking, as the remark of the acceptance.
fn checked(fields: &Fields) -> String {
    let ticked: Vec<&str> = fields.all("checked").collect();
    if ticked.is_empty() { String::new() } else { format!("Đã kiểm tra: {}.", ticked.join("; ")) }
}

/// The ticked rows of the supplement builder become one list; ready sentences fill what was left empty.
async fn supplement(web: &Web, actor: &Actor, code: &str, fields: &Fields) -> Result<()> {
    let mut rows = Vec::new();
    let mut items = Vec::new();
    for (name, about) in &fields.0 {
        let Some(row) = name.strip_prefix("row.").and_then(|rest| rest.strip_suffix(".about")) else { continue };
        let of = |part: &str| text::clean(fields.get(&format!("row.{row}.{part}")).unwrap_or_default());
        let ready = of("ready").parse::<usize>().ok().and_then(|at| forms::sentences().get(at));
        let (mut problem, mut needed) = (of("problem"), of("needed"));
        if let Some(ready) = ready {
            if problem.is_empty() {
                problem.clone_from(&ready.problem.vi);
            }
            if needed.is_empty() {
                needed.clone_from(&ready.needed.vi);
            }
        }
        rows.push(row.to_owned());
        items.push(model::SupplementItem { about: about.clone(), problem, needed });
    }
    let days = fields.get("reply_working_days").unwrap_or_default();
    let command = model::Supplement {
        items,
        note: fields.get("note").unwrap_or_default().to_owned(),
        reply_working_days: days.trim().parse().unwrap_or(0),
    };
    write(web, actor, code, command, flow::supplement).await.map_err(|error| at_their_rows(error, &rows))
}

/// Faults of `items.2.problem` shown at the row that was ticked third.
fn at_their_rows(mut error: Error, rows: &[String]) -> Error {
    for fault in &mut error.fields {
        let mut parts = fault.field.splitn(3, '.');
        let (list, at, part) = (parts.next(), parts.next(), parts.next());
        let row = at.and_then(|at| at.parse::<usize>().ok()).and_then(|at| rows.get(at));
        if let (Some("items"), Some(row), Some(part)) = (list, row, part) {
            fault.field = format!("row.{row}.{part}");
        }
    }
    error
}

async fn forward(web: &Web, actor: &Actor, code: &str, fields: &Fields) -> Result<()> {
    let text = |name: &str| fields.get(name).unwrap_or_default().to_owned();
    let (actor, code) = (actor.clone(), code.to_owned());
    let (to, agency, officer, note) = (some(text("to")), some(text("agency")), some(text("officer")), text("note"));
    web.write(move |tx| {
        let agency = agency.as_deref().map(|typed| agency_named(tx, typed)).transpose()?;
        let command = model::Forward { to: to.clone(), agency, officer: officer.clone(), note: note.clone() };
        flow::forward(tx, &actor, &code, &command)
    })
    .await
    .map(drop)
}

async fn consult(web: &Web, actor: &Actor, code: &str, fields: &Fields) -> Result<()> {
    let text = |name: &str| fields.get(name).unwrap_or_default().to_owned();
    let (actor, code) = (actor.clone(), code.to_owned());
    let (agency, question, days) = (text("agency"), text("question"), text("working_days"));
    web.write(move |tx| {
        let mut faults = Vec::new();
        let agency = agency_named(tx, &agency).map_err(|error| faults.extend(error.fields)).ok();
        let asked = model::Reason::parse("question", &question);
        faults.extend(asked.err().into_iter().flat_map(|error| error.fields));
        let (Some(agency), true) = (agency, faults.is_empty()) else { return Err(Error::invalid(faults)) };
        let command =
            model::Consult { agency, question: question.clone(), working_days: days.trim().parse().unwrap_or(0) };
        flow::consult(tx, &actor, &code, &command)
    })
    .await
    .map(drop)
}

/// An agency by its code or by enough of its name, with or without accents.
fn agency_named(tx: &mut Tx<'_>, typed: &str) -> Result<AgencyId> {
    let typed = text::clean_line(typed);
    let fault = |code: &str, words: Words| Error::invalid(vec![FieldError::new("agency", code, words)]);
    if let Some(id) = AgencyId::parse(&typed) {
        return Ok(id);
    }
    if typed.is_empty() {
        return Err(fault("required", ("Hãy chọn cơ quan.", "Choose an agency.").into()));
    }
    let now = tx.now();
    let found = kernel_org::search_agencies(tx, &typed, now)?;
    let folded = text::fold(&typed);
    let exact = found.iter().find(|a| text::fold(&a.short_name) == folded || text::fold(&a.name) == folded);
    // Whole words before parts of words: "an my" is An Mỹ, not Trân Mỹ.
    let mut whole =
        found.iter().filter(|a| format!(" {} ", text::fold(&a.short_name)).contains(&format!(" {folded} ")));
    let exact = exact.or_else(|| whole.next().filter(|_| whole.next().is_none()));
    match (exact, found.as_slice()) {
        (Some(agency), _) | (None, [agency]) => Ok(agency.id.clone()),
        (None, []) => Err(fault(
            "unknown",
            Words::new(
                format!("Không có cơ quan nào tên “{typed}”. Hãy gõ một phần tên, ví dụ “Tam Thanh”."),
                format!("No agency is named “{typed}”. Type a part of the name, such as “Tam Thanh”."),
            ),
        )),
        (None, many) => {
            let names: Vec<&str> = many.iter().take(6).map(|a| a.short_name.as_str()).collect();
            let names = names.join("; ");
            Err(fault(
                "several",
                Words::new(
                    format!("Có {} cơ quan khớp: {names}. Hãy ghi tên đầy đủ hơn.", many.len()),
                    format!("{} agencies match: {names}. Write more of the name.", many.len()),
                ),
            ))
        }
    }
}

async fn answer_question(web: &Web, actor: &Actor, code: &str, answer: String) -> Result<()> {
    let (actor, code) = (actor.clone(), code.to_owned());
    web.write(move |tx| {
        let bench = flow::bench(tx, &actor, &code, None)?;
        let asked = bench.asked.ok_or_else(no_such_act)?;
        flow::answer_consultation(tx, &actor, &asked, &model::AnswerConsultation { answer: answer.clone() })
    })
    .await
}

async fn draft(web: &Web, actor: &Actor, code: &str, fields: &Fields) -> Result<()> {
    let text = |name: &str| fields.get(name).unwrap_or_default().to_owned();
    let command = model::Draft { granted: text("granted") != "no", content: text("content"), reason: text("reason") };
    prepare::draft(web, actor.clone(), code.to_owned(), command).await.map(drop)
}

async fn apologise(web: &Web, actor: &Actor, code: &str, fields: &Fields) -> Result<()> {
    let text = |name: &str| fields.get(name).unwrap_or_default().to_owned();
    let mut faults = Vec::new();
    let appointment: Option<Instant> = time::typed_day(&text("new_appointment"));
    if appointment.is_none() {
        let words = ("Hãy ghi ngày hẹn lại, ví dụ 30/07/2021.", "Give the new day, such as 30/07/2021.");
        faults.push(FieldError::new("new_appointment", "format", words));
    }
    faults.extend(model::Reason::parse("reason", &text("reason")).err().into_iter().flat_map(|error| error.fields));
    let (Some(new_appointment), true) = (appointment, faults.is_empty()) else { return Err(Error::invalid(faults)) };
    let command = model::Apologise { reason: text("reason"), new_appointment, totp: some(text("totp")) };
    let (actor, code) = (actor.clone(), code.to_owned());
    web.write(move |tx| flow::apologise(tx, &actor, &code, &command)).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_the_third_item_is_shown_at_the_row_that_was_ticked_third() {
        let fault = FieldError::new("items.1.problem", "required", ("Hãy ghi rõ.", "Say what."));
        let error = at_their_rows(Error::invalid(vec![fault]), &["0".to_owned(), "7".to_owned()]);
        assert_eq!(error.fields.first().map(|f| f.field.as_str()), Some("row.7.problem"));
    }

    #[test]
    fn what_was_ticked_is_the_remark() {
        let fields = Fields(vec![("checked".into(), "Tờ khai".into()), ("checked".into(), "CCCD".into())]);
        assert_eq!(checked(&fields), "Đã kiểm tra: Tờ khai; CCCD.");
        assert_eq!(checked(&Fields::default()), "");
    }
}
