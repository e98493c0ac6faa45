//! One itemised request per stage, and the owner's answer. The clock is paused in between (form 02).

use kernel_base::{Error, FieldError, Result, text};
use kernel_db::Tx;
use kernel_forms::Facts;
use kernel_obligations::PauseReason;
use kernel_org::{Action, Actor};
use serde_json::{Value, json};

use super::{papers, shared, slips};
use crate::{
    model::{Answer, Dossier, PaperRow, SlipKind, State, Supplement, SupplementItem, SupplementRow},
    store,
};

/// Law that lets the clock stop while the owner completes the dossier.
pub(super) const LEGAL_BASIS: &str = "NĐ 61/2018/NĐ-CP";

/// Asks the owner to complete the dossier, everything in one list.
///
/// # Errors
/// `Invalid` for an empty list or an item without words; `Conflict` for a second request in the same stage.
pub fn supplement(tx: &mut Tx<'_>, actor: &Actor, code: &str, command: &Supplement) -> Result<Dossier> {
    let before = shared::find(tx, actor, Action::DossierSupplement, code)?;
    shared::must_hold(actor, &before)?;
    let state = before.state.ask_supplement()?;
    let items = checked_items(tx, &before, &command.items)?;
    if !(1..=90).contains(&command.reply_working_days) {
        return Err(shared::out_of_range("reply_working_days", 1, 90));
    }
    let stage = if before.state == State::Submitted { "reception" } else { "settlement" };
    let earlier = store::supplements_of(tx, &before.id)?;
    if earlier.iter().any(|s| s.stage == stage) {
        return Err(already_asked());
    }

    let mut dossier = before.clone();
    dossier.state = state;
    shared::pause_clocks(tx, &before, actor, PauseReason::Supplement, LEGAL_BASIS)?;
    let reply_by = shared::working_days_from(tx, &before.agency, command.reply_working_days)?;
    let row = SupplementRow {
        id: tx.new_id(),
        stage: stage.to_owned(),
        round: i64::try_from(earlier.len()).unwrap_or(0) + 1,
        items,
        note: text::clean(&command.note),
        reply_by,
        asked_by: actor.name().to_owned(),
        asked_at: tx.now(),
        answered_at: None,
        due_before: before.due_at,
        due_after: None,
        version: 1,
    };
    store::insert_supplement(tx, &dossier.id, &row)?;
    store::save_dossier(tx, &before, &dossier)?;
    let body = json!({ "request": row.id, "stage": stage, "items": row.items, "reply_by": reply_by, "due_before": row.due_before });
    let recorded = shared::record(tx, &dossier, actor, "dossier.supplement_requested", body)?;
    slips::issue(tx, &dossier, actor, SlipKind::SupplementRequest, &recorded)?;
    dossier.version += 1;
    Ok(dossier)
}

fn already_asked() -> Error {
    Error::conflict(
        "one_request_per_stage",
        (
            "Giai đoạn này đã có một phiếu yêu cầu bổ sung. Mỗi giai đoạn chỉ yêu cầu một lần, đầy đủ; hãy giải quyết trên giấy tờ đang có.",
            "This stage already had its supplement request. One complete request per stage; decide on what is there.",
        ),
    )
}

fn checked_items(tx: &mut Tx<'_>, d: &Dossier, items: &[SupplementItem]) -> Result<Vec<SupplementItem>> {
    let mut faults = Vec::new();
    if items.is_empty() || items.len() > 50 {
        let words = ("Hãy chọn ít nhất một giấy tờ hoặc thông tin cần bổ sung.", "Choose at least one paper or field.");
        faults.push(FieldError::new("items", "required", words));
    }
    let offering = shared::offering_of(tx, d)?;
    let mut clean = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let known = match item.about.split_once(':') {
            Some(("paper", code)) => offering.case.papers.iter().any(|p| p.code == code),
            Some(("field", name)) => offering.form.as_ref().is_some_and(|f| f.field(name).is_some()),
            _ => false,
        };
        if !known {
            let words =
                ("Hãy chọn giấy tờ hoặc thông tin có trong thủ tục.", "Choose a paper or a field of the procedure.");
            faults.push(FieldError::new(format!("items.{at}.about"), "unknown", words));
        }
        let (problem, needed) = (text::clean(&item.problem), text::clean(&item.needed));
        for (name, value) in [("problem", &problem), ("needed", &needed)] {
            if text::length(value) < 3 || text::length(value) > 1_000 {
                let words = (
                    "Hãy ghi rõ sai ở đâu, cần gì (3 đến 1.000 chữ cái).",
                    "Say what is wrong and what is needed (3 to 1,000 letters).",
                );
                faults.push(FieldError::new(format!("items.{at}.{name}"), "required", words));
            }
        }
        clean.push(SupplementItem { about: item.about.clone(), problem, needed });
    }
    if faults.is_empty() { Ok(clean) } else { Err(Error::invalid(faults)) }
}

/// The owner's answer, or the clerk's on paper at the counter: new papers and answers; the clock runs on.
///
/// # Errors
/// `Invalid` when an asked paper is still missing or a file or answer is faulty, all at once.
pub fn answer_supplement(tx: &mut Tx<'_>, actor: &Actor, code: &str, command: &Answer) -> Result<Dossier> {
    let before = shared::find(tx, actor, Action::DossierAnswerSupplement, code)?;
    let state = before.state.supplemented()?;
    let request = store::supplements_of(tx, &before.id)?
        .into_iter()
        .find(|s| s.answered_at.is_none())
        .ok_or_else(|| Error::internal(format!("{}: no open supplement request", before.code)))?;
    let form = merged_form(&before, command);
    let papers = checked_answer(tx, actor, &before, &request, command, &form)?;

    let mut dossier = before.clone();
    dossier.state = state;
    if form != before.form {
        dossier.form = form;
    }
    let data = json!({ "owner": dossier.owner, "representative": dossier.representative, "form": dossier.form });
    let personal = kernel_ledger::keep_personal(tx, &dossier.subject(), &data)?;
    dossier.personal = personal.id.to_string();
    shared::resume_clocks(tx, &mut dossier, actor)?;
    for paper in &papers {
        store::mark_paper_replaced(tx, &dossier.id, &paper.paper)?;
    }
    for paper in &papers {
        store::insert_paper(tx, &dossier.id, paper)?;
        papers::take_file(tx, actor, &paper.file, &dossier)?;
    }
    let now = tx.now();
    store::answer_supplement(tx, &request, now, dossier.due_at)?;
    store::save_dossier(tx, &before, &dossier)?;
    let files: Vec<Value> =
        papers.iter().map(|p| json!({ "paper": p.paper, "file": p.file, "sha256": p.sha256 })).collect();
    let body = json!({
        "request": request.id, "papers": files, "personal": personal.hash, "personal_id": dossier.personal,
        "due_before": request.due_before, "due_after": dossier.due_at, "overdue_reply": now > request.reply_by,
    });
    shared::record(tx, &dossier, actor, "dossier.supplemented", body)?;
    dossier.version += 1;
    Ok(dossier)
}

fn merged_form(before: &Dossier, command: &Answer) -> Value {
    let mut form = before.form.clone();
    if let Some(map) = form.as_object_mut() {
        for (name, value) in &command.form {
            map.insert(name.clone(), value.clone());
        }
    }
    form
}

fn checked_answer(
    tx: &mut Tx<'_>,
    actor: &Actor,
    before: &Dossier,
    request: &SupplementRow,
    command: &Answer,
    form: &Value,
) -> Result<Vec<PaperRow>> {
    let offering = shared::offering_of(tx, before)?;
    let mut faults = Vec::new();
    if let Some(definition) = &offering.form {
        let today = tx.now().vietnam().date();
        let places = shared::communes(tx)?;
        faults.extend(definition.accept(form, &Facts::on(today).with_places(&places)).err().unwrap_or_default());
    }
    let next = store::papers_of(tx, &before.id)?.last().map_or(1, |p| p.number + 1);
    let rows = papers::rows(tx, actor, &offering, &command.papers, (next, request.round), &mut faults)?;
    for asked in request.items.iter().filter_map(|i| i.about.strip_prefix("paper:")) {
        if command.papers.iter().all(|p| p.paper != asked) {
            faults.push(still_missing(asked));
        }
    }
    if faults.is_empty() { Ok(rows) } else { Err(Error::invalid(faults)) }
}

fn still_missing(paper: &str) -> FieldError {
    let words = (
        "Giấy tờ này được yêu cầu bổ sung nhưng chưa có. Hãy chụp ảnh hoặc chọn tệp.",
        "This paper was asked for and is still missing. Photograph it or choose a file.",
    );
    FieldError::new(format!("papers.{paper}"), "required", words)
}
