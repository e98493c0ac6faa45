//! Reading: one dossier with its trace, work lists, a citizen's own dossiers, the public look-up.

use std::{collections::BTreeMap, sync::Arc};

use jiff::civil::Date;
use kernel_base::{AgencyId, Instant, Result, TypedId, Words, text};
use kernel_contract::{DossierCode, Fees, MoneyBack, Provenance};
use kernel_db::Tx;
use kernel_files::{FileId, FileRow};
use kernel_obligations::Obligation;
use kernel_org::{
    Action, Actor, Resource, allow,
    reads::{Purpose, Shown},
};

use super::{shared, sign};
use crate::{
    model::{
        Apology, Consultation, Dossier, EventView, FeeRow, HandoverRow, PaperRow, ResultRow, SlipRow, State, StepRow,
        SupplementRow, describe,
    },
    store::{self, WorkFilter, WorkRow},
    workflow::Workflow,
};

/// Everything known of a dossier, for whoever may see all of it.
#[derive(Debug, Clone)]
pub struct DossierView {
    pub dossier: Dossier,
    pub promise: Option<Obligation>,
    pub reception: Option<Obligation>,
    pub workflow: Option<Arc<Workflow>>,
    pub agency_name: String,
    pub holder_name: String,
    pub events: Vec<EventView>,
    pub papers: Vec<PaperRow>,
    pub supplements: Vec<SupplementRow>,
    pub consultations: Vec<Consultation>,
    pub fees: Vec<FeeRow>,
    /// Money that goes back.
    pub refunds: Vec<MoneyBack>,
    pub steps: Vec<StepRow>,
    pub slips: Vec<SlipRow>,
    pub result: Option<ResultRow>,
    /// How far the signatures of the approved result are; `None` when it is not signed here.
    pub signing: Option<kernel_signatures::queue::Document>,
    pub apologies: Vec<Apology>,
    pub handover: Option<HandoverRow>,
    /// Where the fields come from; empty when all were typed.
    pub origins: Provenance,
    /// Hash of the last event of the chain.
    pub hash: String,
    pub now: Instant,
}

/// How many dossiers there are.
///
/// # Errors
/// Only those of the database.
pub fn count(tx: &mut Tx<'_>) -> Result<i64> {
    store::count_dossiers(tx)
}

/// A dossier for its owner or an entitled officer.
///
/// # Errors
/// `NotFound` for everyone else.
pub fn look(tx: &mut Tx<'_>, actor: &Actor, code: &str) -> Result<DossierView> {
    let dossier = match shared::find(tx, actor, Action::DossierRead, code) {
        Err(error) => consulted_dossier(tx, actor, code)?.ok_or(error)?,
        Ok(dossier) => dossier,
    };
    let seen = view(tx, dossier)?;
    let there = |part: &Shown| match part {
        Shown::Papers => !seen.papers.is_empty(),
        Shown::Result => seen.result.is_some(),
        Shown::Payments => !seen.fees.is_empty(),
        _ => true,
    };
    let parts: Vec<Shown> = Shown::ALL.into_iter().filter(there).collect();
    shared::tell(tx, actor, &seen.dossier, Purpose::DossierOpened, &parts);
    Ok(seen)
}

/// Those of an agency that was asked who answer such questions may read what it was asked about, until the end.
fn consulted_dossier(tx: &mut Tx<'_>, actor: &Actor, code: &str) -> Result<Option<Dossier>> {
    let (Some(code), Some(_)) = (DossierCode::parse(code), actor.officer()) else { return Ok(None) };
    let Some(dossier) = store::dossier_by_code(tx, &code)?.filter(|d| !d.state.is_ended()) else { return Ok(None) };
    let asked = store::consultations_of(tx, &dossier.id)?.into_iter().map(|c| c.agency);
    let place = shared::resource(&dossier).consulted(asked);
    Ok(allow(actor, Action::DossierRead, &place).is_ok().then_some(dossier))
}

/// The public look-up: the code alone opens nothing, the key printed on the receipt is the second factor.
///
/// # Errors
/// `NotFound`, the same for a wrong code and a wrong key.
pub fn look_public(tx: &mut Tx<'_>, code: &str, key: &str) -> Result<DossierView> {
    let code = DossierCode::parse(code).ok_or_else(shared::not_found)?;
    let dossier = store::dossier_by_code(tx, &code)?.ok_or_else(shared::not_found)?;
    if !holds_key(&dossier, key) {
        return Err(shared::not_found());
    }
    view(tx, dossier)
}

/// Whether a typed key is the dossier's, capitals and spaces aside; does not tell by its time how much was right.
pub(super) fn holds_key(dossier: &Dossier, typed: &str) -> bool {
    let (key, typed) = (dossier.lookup_key.as_bytes(), typed.trim().to_uppercase());
    let same = key.len() == typed.len() && key.iter().zip(typed.as_bytes()).fold(0, |d, (x, y)| d | (x ^ y)) == 0;
    same && !key.is_empty()
}

fn view(tx: &mut Tx<'_>, dossier: Dossier) -> Result<DossierView> {
    let (now, id) = (tx.now(), dossier.id.clone());
    let (events, hash) = told(tx, &dossier)?;
    let promise = shared::settlement(tx, &dossier)?;
    let promise = promise.map(|o| kernel_obligations::explain(tx, o)).transpose()?;
    let reception = match &dossier.reception_obligation {
        Some(id) => kernel_obligations::get(tx, &shared::obligation_id(id)?)?,
        None => None,
    };
    // The count of the reception is shown until there is a promise.
    let reception = match reception {
        Some(reception) if promise.is_none() => Some(kernel_obligations::explain(tx, reception)?),
        reception => reception,
    };
    let has = store::kinds_of(tx, &id)?;
    let result = if has.results { store::result_of(tx, &id)? } else { None };
    let signing = match &result {
        Some(result) => kernel_signatures::queue::of(tx, sign::RESULT, TypedId::as_str(&result.id))?,
        None => None,
    };
    let agency_name = crate::slip_text::agency_name(tx, &dossier.agency, now)?;
    let holder_name = if dossier.holder == dossier.agency {
        agency_name.clone()
    } else {
        crate::slip_text::agency_name(tx, &dossier.holder, now)?
    };
    let fees = unless_none(has.fees, || store::fees_of(tx, &id))?;
    let refunds = if fees.is_empty() { Vec::new() } else { tx.port::<dyn Fees>()?.refunds(tx, &id)? };
    Ok(DossierView {
        promise,
        reception,
        workflow: if dossier.imported { None } else { Some(shared::workflow_of(tx, &dossier)?) },
        agency_name,
        holder_name,
        events,
        papers: unless_none(has.papers, || store::papers_of(tx, &id))?,
        supplements: unless_none(has.supplements, || store::supplements_of(tx, &id))?,
        consultations: unless_none(has.consultations, || store::consultations_of(tx, &id))?,
        fees,
        refunds,
        steps: unless_none(has.steps, || store::steps_of(tx, &id))?,
        slips: unless_none(has.slips, || store::slips_of(tx, &id))?,
        signing,
        result,
        apologies: unless_none(has.apologies, || store::apologies_of(tx, &id))?,
        handover: unless_none(has.handovers, || store::handover_of(tx, &id))?,
        origins: unless_none(has.origins, || store::origins_of(tx, &id))?,
        hash,
        now,
        dossier,
    })
}

/// The rows of a kind that the dossier has any of.
fn unless_none<T: Default>(any: bool, read: impl FnOnce() -> Result<T>) -> Result<T> {
    if any { read() } else { Ok(T::default()) }
}

/// What has happened, in words, and the hash of the last event.
fn told(tx: &mut Tx<'_>, dossier: &Dossier) -> Result<(Vec<EventView>, String)> {
    let history = shared::history(tx, &dossier.subject())?;
    let hash = history.last().map(|e| e.hash.clone()).unwrap_or_default();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut events = Vec::with_capacity(history.len());
    for event in history {
        let actor = match names.get(&event.actor) {
            Some(name) => name.clone(),
            None => actor_name(tx, &event.actor)?,
        };
        names.insert(event.actor, actor.clone());
        let words = describe(&event.kind, &event.body);
        events.push(EventView { seq: event.seq, kind: event.kind, at: event.at, actor, words, hash: event.hash });
    }
    Ok((events, hash))
}

fn actor_name(tx: &mut Tx<'_>, label: &str) -> Result<String> {
    match label.split_once(':') {
        Some(("officer", id)) => Ok(kernel_org::officer_name(tx, id)?.unwrap_or_else(|| "Cán bộ".to_owned())),
        Some(("citizen", accounts)) if accounts.contains(" by ") => Ok("Người thay mặt chủ hồ sơ".to_owned()),
        Some(("citizen", _)) => Ok("Chủ hồ sơ".to_owned()),
        _ => Ok("Hệ thống".to_owned()),
    }
}

/// A page of a work list, and how many dossiers are open in each state.
pub type Inbox = (Vec<WorkRow>, Vec<(String, i64)>);

/// Open dossiers of the officer's agency, the most urgent first, with the counters by state.
///
/// # Errors
/// `Forbidden` for who is not an officer.
pub fn inbox(tx: &mut Tx<'_>, actor: &Actor, filter: &WorkFilter) -> Result<Inbox> {
    let agency = desk_of(actor)?;
    let filter = WorkFilter { search: text::fold(&filter.search), ..filter.clone() };
    let rows = store::work_list(tx, &agency, &filter)?;
    tell_rows(tx, actor, Purpose::WorkList, &rows);
    Ok((rows, super::bulk::counts(tx, &agency)?))
}

fn tell_rows(tx: &mut Tx<'_>, actor: &Actor, purpose: Purpose, rows: &[WorkRow]) {
    shared::tell_lines(tx, actor, purpose, rows.iter().map(|row| (row.owner_account.as_str(), row.code.as_str())));
}

/// Questions of other agencies that wait for an answer of this one.
pub(crate) fn questions(tx: &mut Tx<'_>, actor: &Actor) -> Result<Vec<Consultation>> {
    let agency = desk_of(actor)?;
    let questions = store::open_consultations(tx, &agency)?;
    for question in &questions {
        if let Some(dossier) = store::dossier_by_id(tx, &question.dossier)? {
            shared::tell(tx, actor, &dossier, Purpose::Consultation, &[Shown::Form]);
        }
    }
    Ok(questions)
}

pub(super) fn desk_of(actor: &Actor) -> Result<AgencyId> {
    let officer = actor.officer().ok_or_else(|| {
        kernel_base::Error::forbidden("officer_only", ("Trang này chỉ dành cho cán bộ.", "This page is for officers."))
    })?;
    allow(actor, Action::InboxRead, &Resource::agency(officer.agency.clone()))?;
    Ok(officer.agency.clone())
}

/// The citizen's own dossiers, newest first; for who acts for him those within the mandate, for a helper none.
///
/// # Errors
/// `Unauthenticated` for who is not a citizen.
pub fn mine(tx: &mut Tx<'_>, actor: &Actor) -> Result<Vec<WorkRow>> {
    let citizen = actor.citizen().ok_or_else(kernel_base::Error::unauthenticated)?;
    if citizen.helper().is_some() {
        return Ok(Vec::new());
    }
    let mut all = store::dossiers_of_account(tx, citizen.account.as_str())?;
    all.retain(|row| citizen.covers(&row.procedure));
    tell_rows(tx, actor, Purpose::WorkList, &all);
    Ok(all)
}

/// A paper or result file, for whoever may see its dossier or uploaded it.
///
/// # Errors
/// `NotFound` for everyone else.
pub fn open_file(tx: &mut Tx<'_>, actor: Option<&Actor>, lookup: Option<(&str, &str)>, file: &str) -> Result<FileRow> {
    let id = <FileId as TypedId>::parse(file).ok_or_else(shared::not_found)?;
    let row = kernel_files::get(tx, &id)?.ok_or_else(shared::not_found)?;
    // A signed file belongs to its dossier, without a row of results or papers.
    let owner = row.owner.strip_prefix("dossier:").and_then(<kernel_contract::DossierId as TypedId>::parse);
    if let Some(dossier) = store::dossier_of_file(tx, file)?.or(owner) {
        let dossier = store::dossier_by_id(tx, &dossier)?.ok_or_else(shared::not_found)?;
        let result = store::result_of(tx, &dossier.id)?;
        let approved = match result.filter(|r| r.approved_at.is_some()) {
            Some(result) => sign::result_file(tx, &result)?.as_deref() == Some(file),
            None => false,
        };
        let paper = store::papers_of(tx, &dossier.id)?.iter().any(|p| p.file == file);
        let open = match actor {
            // A draft is for officers only; the owner sees papers and the approved result.
            Some(a) if a.officer().is_none() => {
                (approved || paper) && shared::permit(a, Action::DossierRead, &dossier).is_ok()
            }
            Some(a) => {
                shared::permit(a, Action::DossierRead, &dossier).is_ok()
                    || consulted_dossier(tx, a, dossier.code.as_str())?.is_some()
            }
            None => false,
        };
        // The key of the receipt opens the approved result, nothing else.
        let by_key = |(code, key): (&str, &str)| code == dossier.code.as_str() && holds_key(&dossier, key);
        if let Some(actor) = actor.filter(|_| open) {
            let part = if paper { Shown::Papers } else { Shown::Result };
            shared::tell(tx, actor, &dossier, Purpose::FileOpened, &[part]);
        }
        if open || (approved && lookup.is_some_and(by_key)) {
            return Ok(row);
        }
        return Err(shared::not_found());
    }
    if actor.is_some_and(|a| row.owner == a.holder()) { Ok(row) } else { Err(shared::not_found()) }
}

/// The register of the officer's agency over some days (sổ theo dõi hồ sơ), at most 2,000 lines.
///
/// # Errors
/// `Forbidden` for who may not read the agency's work; `Invalid` when the days hold more lines than fit.
pub fn register_document(tx: &mut Tx<'_>, actor: &Actor, from: Date, to: Date) -> Result<kernel_documents::Document> {
    let agency = desk_of(actor)?;
    allow(actor, Action::RegisterRead, &Resource::agency(agency.clone()))?;
    let begin = Instant::from_vietnam(from.at(0, 0, 0, 0));
    let end = Instant::from_vietnam(to.at(0, 0, 0, 0)).plus_hours(24);
    let rows = store::register_rows(tx, &agency, (begin, end), MOST_LINES + 1)?;
    if rows.len() > usize::try_from(MOST_LINES).unwrap_or(0) {
        let words = (
            "Quá 2.000 hồ sơ trong khoảng này. Hãy chọn ít ngày hơn.",
            "Over 2,000 dossiers in this period. Choose fewer days.",
        );
        return Err(kernel_base::Error::refused("too_many", words));
    }
    tell_rows(tx, actor, Purpose::Register, &rows);
    crate::slip_text::register(tx, &agency, (from, to), &rows)
}

const MOST_LINES: i64 = 2_000;

impl DossierView {
    /// The approved result can be had: it is signed, or nothing is signed here.
    pub(crate) fn result_is_out(&self) -> bool {
        let approved = self.result.as_ref().is_some_and(|r| r.approved_at.is_some());
        approved && !self.waits_for_signature()
    }

    /// Approved, but the signatures are not there yet.
    pub(crate) fn waits_for_signature(&self) -> bool {
        self.signing.as_ref().is_some_and(|document| document.signed_file.is_none())
    }

    /// The signed file of the result, or its draft.
    pub(crate) fn result_file(&self) -> &str {
        let signed = self.signing.as_ref().and_then(|document| document.signed_file.as_deref());
        signed.or(self.result.as_ref().map(|r| r.file.as_str())).unwrap_or_default()
    }

    /// What comes next, in one sentence for the owner.
    pub(crate) fn next_words(&self) -> Words {
        let due = self.promise.as_ref().map(|p| p.legal_due);
        let until = crate::slip_text::until(due);
        let reception = crate::slip_text::until(self.reception.as_ref().map(|o| o.legal_due));
        let reply = crate::slip_text::until(self.supplements.last().map(|s| s.reply_by));
        match self.dossier.state {
            State::Submitted => Words::new(
                format!("Một cửa kiểm tra giấy tờ và trả lời {reception}."),
                format!("The one-stop checks your papers and answers by {reception}."),
            ),
            State::Accepted | State::Processing => Words::new(
                format!("{} giải quyết và trả kết quả {until}.", self.holder_name),
                format!("{} settles it; result due: {until}.", self.holder_name),
            ),
            State::SupplementRequested(_) => Words::new(
                format!("Bạn cần bổ sung giấy tờ {reply}. Trong lúc chờ, thời hạn tạm dừng."),
                format!("You need to supplement papers, reply due: {reply}. The clock is paused meanwhile."),
            ),
            State::PaymentRequested(_) => Words::new(
                "Bạn cần nộp phí, lệ phí. Trong lúc chờ, thời hạn tạm dừng.",
                "You need to pay the fee. The clock is paused meanwhile.",
            ),
            State::WithdrawalRequested(_) => {
                Words::new("Một cửa xem xét yêu cầu rút hồ sơ.", "The one-stop considers the withdrawal.")
            }
            State::Settled if self.waits_for_signature() => Words::new(
                format!("Kết quả đã được phê duyệt, đang chờ chữ ký số; hạn trả {until}. Bạn không phải làm gì."),
                format!("The result is approved and waits for its electronic signature; due: {until}."),
            ),
            State::Settled => Words::new(
                "Kết quả đã có. Hãy nhận tại một cửa hoặc tải bản điện tử.",
                "The result is ready. Collect it at the one-stop or download it.",
            ),
            State::Returned => Words::new("Hồ sơ đã kết thúc.", "The dossier has ended."),
            State::Rejected => Words::new(
                "Hồ sơ không được tiếp nhận; xem lý do và nộp hồ sơ mới khi đủ điều kiện.",
                "The dossier was not accepted; see the reason and hand in a new one when it is complete.",
            ),
            State::Withdrawn => Words::new("Hồ sơ đã được rút.", "The dossier was withdrawn."),
            State::Stopped => Words::new(
                "Hồ sơ đã dừng giải quyết; xem lý do bên dưới.",
                "The dossier was stopped; see the reason below.",
            ),
        }
    }
}
