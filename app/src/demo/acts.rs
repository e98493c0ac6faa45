//! What the people of the simulation do next with a dossier.

use kernel_base::{Instant, Result};
use kernel_org::{Actor, Role};
use kernel_web::accounts::totp_code;
use system_onestop::{
    flow::{self, DossierView, DraftedFile},
    model::{
        Accept, Answer, Apologise, Approve, DecideWithdrawal, Draft, Forward, Handover, PayFee, Refuse, RequestFee,
        State, Stop, Supplement, SupplementItem, WithdrawalRequest,
    },
    workflow::StepKind,
};

use super::{
    accounts,
    people::Chance,
    simulate::{Case, Simulation},
};

/// How a dossier ends, or where it stands on the day of the demonstration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Granted and handed over.
    Returned,
    /// Settled, waits for its owner.
    WaitsForOwner,
    /// The officers are slow.
    Slow,
    /// Late, with an apology, then settled.
    LateWithApology,
    /// Nobody touches it after some step.
    Stuck,
    Refused,
    Supplemented,
    WaitsForSupplement,
    Withdrawn,
    Stopped,
    NotGranted,
    /// Nobody has received it.
    Waiting,
    /// A fee was asked.
    WaitsForFee,
    Paid,
}

const FATES: [Fate; 24] = [
    Fate::Returned,
    Fate::Slow,
    Fate::Waiting,
    Fate::Returned,
    Fate::Stuck,
    Fate::Supplemented,
    Fate::Returned,
    Fate::WaitsForOwner,
    Fate::LateWithApology,
    Fate::Returned,
    Fate::Refused,
    Fate::Slow,
    Fate::WaitsForSupplement,
    Fate::Returned,
    Fate::Stuck,
    Fate::Paid,
    Fate::Returned,
    Fate::Withdrawn,
    Fate::Waiting,
    Fate::Returned,
    Fate::NotGranted,
    Fate::Slow,
    Fate::WaitsForFee,
    Fate::Stopped,
];

impl Fate {
    pub(crate) fn pick(which: usize) -> Self {
        FATES.get(which % FATES.len()).copied().unwrap_or(Self::Returned)
    }

    /// Working minutes from submission to the first act at the counter.
    pub(crate) fn first_delay_minutes(self, chance: &mut Chance) -> i64 {
        let jitter = i64::try_from(chance.below(90)).unwrap_or(0);
        match self {
            Self::Waiting => 60 * 8 * 30,
            Self::Slow | Self::LateWithApology | Self::Stuck => 200 + jitter * 2,
            _ => 20 + jitter,
        }
    }

    /// Working minutes between two acts.
    fn delay_minutes(self, chance: &mut Chance) -> i64 {
        let jitter = i64::try_from(chance.below(60)).unwrap_or(0);
        match self {
            Self::Slow => 420 + jitter * 6,
            Self::LateWithApology => 700 + jitter * 5,
            _ => 25 + jitter,
        }
    }
}

/// Does the next natural act; working minutes until the one after it, `None` when nothing more happens.
pub(crate) fn next(sim: &mut Simulation<'_>, case: &Case) -> Result<Option<i64>> {
    let (code, reader) = (case.code.clone(), sim.desk(&case.reception)?.reception);
    let view = sim.read(move |tx| flow::look(tx, &reader, &code))?;
    let more = match view.dossier.state {
        State::Submitted => at_reception(sim, case)?,
        State::SupplementRequested(_) => answer(sim, case, &view)?,
        State::PaymentRequested(_) => pay(sim, case)?,
        State::WithdrawalRequested(_) => withdraw(sim, case)?,
        State::Accepted | State::Processing => work(sim, case, &view)?,
        State::Settled => hand_over(sim, case, &view)?,
        State::Rejected | State::Withdrawn | State::Stopped | State::Returned => false,
    };
    Ok(more.then(|| case.fate.delay_minutes(&mut sim.chance)))
}

fn at_reception(sim: &mut Simulation<'_>, case: &Case) -> Result<bool> {
    let (actor, code) = (sim.desk(&case.reception)?.reception, case.code.clone());
    if case.fate == Fate::Refused {
        let command = Refuse {
            reason: "Hồ sơ không thuộc thẩm quyền giải quyết của cơ quan này (minh họa).".to_owned(),
            legal_basis: "Nghị định số 61/2018/NĐ-CP".to_owned(),
        };
        sim.write(move |tx| flow::refuse(tx, &actor, &code, &command))?;
        return Ok(false);
    }
    sim.write(move |tx| flow::accept(tx, &actor, &code, &Accept::default()))?;
    Ok(true)
}

fn ask(sim: &mut Simulation<'_>, case: &Case, view: &DossierView) -> Result<bool> {
    let (actor, code) = (sim.desk(&case.agency)?.specialist, case.code.clone());
    let Some(paper) = view.papers.first() else { return Ok(false) };
    let item = SupplementItem {
        about: format!("paper:{}", paper.paper),
        problem: "Ảnh chụp bị mờ ở góc dưới, không đọc được số và ngày cấp.".to_owned(),
        needed: "Chụp lại rõ cả trang, đủ bốn góc.".to_owned(),
    };
    let command = Supplement { items: vec![item], note: String::new(), reply_working_days: 10 };
    sim.write(move |tx| flow::supplement(tx, &actor, &code, &command))?;
    Ok(true)
}

fn answer(sim: &mut Simulation<'_>, case: &Case, view: &DossierView) -> Result<bool> {
    if case.fate == Fate::WaitsForSupplement {
        return Ok(false);
    }
    let asked = view.supplements.last().map(|s| s.items.clone()).unwrap_or_default();
    let mut papers = Vec::new();
    for paper in asked.iter().filter_map(|i| i.about.strip_prefix("paper:")) {
        papers.push(kernel_contract::SubmittedPaper { paper: paper.to_owned(), file: sim.file(&case.citizen)? });
    }
    let (actor, code) = (case.citizen.clone(), case.code.clone());
    let command = Answer { papers, ..Answer::default() };
    sim.write(move |tx| flow::answer_supplement(tx, &actor, &code, &command))?;
    Ok(true)
}

fn pay(sim: &mut Simulation<'_>, case: &Case) -> Result<bool> {
    if case.fate == Fate::WaitsForFee {
        return Ok(false);
    }
    let (actor, code) = (sim.desk(&case.reception)?.reception, case.code.clone());
    let command = PayFee::default();
    sim.write(move |tx| flow::pay_fee(tx, &actor, &code, &command))?;
    Ok(true)
}

fn withdraw(sim: &mut Simulation<'_>, case: &Case) -> Result<bool> {
    let (actor, code) = (sim.desk(&case.reception)?.reception, case.code.clone());
    let command =
        DecideWithdrawal { granted: true, reason: "Đã trả lại giấy tờ cho chủ hồ sơ.".to_owned() };
    sim.write(move |tx| flow::decide_withdrawal(tx, &actor, &code, &command))?;
    Ok(false)
}

/// One step of the settlement.
fn work(sim: &mut Simulation<'_>, case: &Case, view: &DossierView) -> Result<bool> {
    let Some(workflow) = &view.workflow else { return Ok(false) };
    let Some(step) = workflow.step(&view.dossier.step) else { return Ok(false) };
    let processing = view.dossier.state == State::Processing;
    match case.fate {
        Fate::Stuck if processing => return Ok(false),
        Fate::Supplemented | Fate::WaitsForSupplement
            if processing && view.supplements.is_empty() && !view.papers.is_empty() =>
        {
            return ask(sim, case, view);
        }
        Fate::Paid | Fate::WaitsForFee if view.fees.is_empty() && ask_fee(sim, case)? => return Ok(true),
        Fate::Withdrawn if processing => {
            let (actor, code) = (case.citizen.clone(), case.code.clone());
            let command =
                WithdrawalRequest { reason: "Tôi đã có giấy tờ này nên xin rút hồ sơ.".to_owned() };
            sim.write(move |tx| flow::request_withdrawal(tx, &actor, &code, &command))?;
            return Ok(true);
        }
        Fate::Stopped if processing => return stop(sim, case),
        _ => {}
    }
    let drafted = view.result.as_ref().is_some_and(|r| r.approved_at.is_none());
    match step.kind {
        StepKind::Draft if !drafted => draft(sim, case),
        StepKind::Approve => approve(sim, case, view),
        _ => forward(sim, case, view),
    }
}

fn ask_fee(sim: &mut Simulation<'_>, case: &Case) -> Result<bool> {
    let (actor, code) = (sim.desk(&case.reception)?.reception, case.code.clone());
    // Many procedures are free, or their fee is not published: then the work simply goes on.
    let free = ["unknown", "nothing_to_pay", "fee_unknown"];
    done_unless(sim.write(move |tx| flow::request_fee(tx, &actor, &code, &RequestFee::default())), &free)
}

fn stop(sim: &mut Simulation<'_>, case: &Case) -> Result<bool> {
    let (actor, code) = (sim.desk(&case.agency)?.leader, case.code.clone());
    let command = Stop {
        reason: "Chủ hồ sơ đã được giải quyết cùng nội dung ở hồ sơ khác (minh họa).".to_owned(),
        legal_basis: "Nghị định số 61/2018/NĐ-CP (minh họa)".to_owned(),
    };
    sim.write(move |tx| flow::stop(tx, &actor, &code, &command))?;
    Ok(false)
}

fn forward(sim: &mut Simulation<'_>, case: &Case, view: &DossierView) -> Result<bool> {
    let holder = sim.desk(&view.dossier.holder)?;
    let step = view.workflow.as_ref().and_then(|workflow| workflow.step(&view.dossier.step));
    let actor = match step.and_then(|step| step.role) {
        Some(Role::Reception) => holder.reception,
        Some(Role::Head | Role::Leader) => holder.leader,
        _ => holder.specialist,
    };
    let code = case.code.clone();
    // A way that needs another agency to be chosen is left to the visitor.
    done_unless(sim.write(move |tx| flow::forward(tx, &actor, &code, &Forward::default())), &["required"])
}

fn draft(sim: &mut Simulation<'_>, case: &Case) -> Result<bool> {
    let (actor, code) = (sim.desk(&case.agency)?.specialist, case.code.clone());
    let granted = case.fate != Fate::NotGranted;
    let command = Draft {
        granted,
        content: "Xét hồ sơ và các giấy tờ kèm theo, cơ quan giải quyết kết luận như sau.\n\nNội dung kê khai phù hợp với giấy tờ đã nộp và dữ liệu đang quản lý (dữ liệu minh họa).".to_owned(),
        reason: if granted { String::new() } else { "Giấy tờ đã nộp không chứng minh được nội dung kê khai (minh họa).".to_owned() },
    };
    let (by, wanted, drafted) = (actor.clone(), code.clone(), command.clone());
    let (document, dossier) = sim.read(move |tx| flow::result_document(tx, &by, &wanted, &drafted))?;
    let printed = serde_json::to_value(&document).unwrap_or_default();
    let rendered = kernel_documents::render(&document)?;
    let content = kernel_files::Content::document("ket-qua.pdf", rendered.pages, rendered.pdf);
    let stored = sim.parts.files.store_blocking(&sim.parts.home, content)?;
    sim.write(move |tx| {
        let file = kernel_files::record(tx, &stored, &actor.label())?;
        let made = DraftedFile::new(file, &stored, printed.clone(), &dossier);
        flow::draft(tx, &actor, &code, &command, &made)
    })?;
    Ok(true)
}

fn approve(sim: &mut Simulation<'_>, case: &Case, view: &DossierView) -> Result<bool> {
    let leader = sim.desk(&case.agency)?.leader;
    let Some(result) = &view.result else { return Ok(false) };
    let late = view.promise.as_ref().is_some_and(|p| view.now > p.legal_due);
    let apologised = view.apologies.iter().any(|a| a.approved_at.is_some());
    if late && !apologised {
        if case.fate != Fate::LateWithApology {
            return Ok(false);
        }
        return apologise(sim, case, &leader, view.now);
    }
    let (code, sha256, totp) = (case.code.clone(), result.sha256.clone(), code_of(&leader, view.now)?);
    let command = Approve { sha256, totp, note: String::new() };
    // The same leader cannot use one code twice: the next minute has another.
    done_unless(sim.write(move |tx| flow::approve(tx, &leader, &code, &command)), &["used_code"])?;
    Ok(true)
}

fn apologise(sim: &mut Simulation<'_>, case: &Case, leader: &Actor, now: Instant) -> Result<bool> {
    let new_appointment = sim.after(now, 3 * 480)?;
    let command = Apologise {
        reason: "Hồ sơ tồn đọng do cán bộ phụ trách nghỉ đột xuất (minh họa). Cơ quan xin lỗi và hẹn lại.".to_owned(),
        new_appointment,
        totp: Some(code_of(leader, now)?),
    };
    let (leader, code) = (leader.clone(), case.code.clone());
    done_unless(sim.write(move |tx| flow::apologise(tx, &leader, &code, &command)), &["used_code"])?;
    Ok(true)
}

/// Whether it was done; a refusal with one of `codes` is part of life, any other error is a fault and ends the seeding.
fn done_unless<T>(done: Result<T>, codes: &[&str]) -> Result<bool> {
    match done {
        Ok(_) => Ok(true),
        Err(error) => {
            let expected = codes.contains(&error.code) || error.fields.iter().any(|f| codes.contains(&f.code.as_str()));
            if expected { Ok(false) } else { Err(error) }
        }
    }
}

fn code_of(actor: &Actor, now: Instant) -> Result<String> {
    let account = actor.officer().map(|o| o.account.clone()).unwrap_or_default();
    totp_code(&accounts::totp_secret(&account), now)
}

fn hand_over(sim: &mut Simulation<'_>, case: &Case, view: &DossierView) -> Result<bool> {
    if case.fate == Fate::WaitsForOwner {
        return Ok(false);
    }
    let (actor, code) = (sim.desk(&case.reception)?.reception, case.code.clone());
    let command = Handover {
        recipient: view.dossier.owner.name.clone(),
        channel: "counter".to_owned(),
        evidence: "Chữ ký trên phiếu trả kết quả (minh họa)".to_owned(),
    };
    match sim.write(move |tx| flow::hand_over(tx, &actor, &code, &command)) {
        Err(error) if error.code == "waits_for_signature" => {
            sim.sign()?;
            Ok(true)
        }
        done => done.map(|_| false),
    }
}
