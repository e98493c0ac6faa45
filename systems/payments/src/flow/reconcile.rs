//! Comparing a day with the gateway's side: every difference is a promise with an owner and a deadline.

use std::collections::BTreeSet;

use jiff::civil::Date;
use kernel_base::{AgencyId, Error, FieldError, Instant, Result, TypedId, text};
use kernel_contract::{GatewayEntry, PayChannel};
use kernel_db::Tx;
use kernel_ledger::NewEvent;
use kernel_obligations::Outcome;
use kernel_org::{Action, Actor, Resource, allow, reads::Shown};
use serde_json::{Value, json};

use super::shared;
use crate::{
    model::{
        Attempt, AttemptState, Except, Found, Mismatch, MismatchId, Ours, Reconciliation, ReconciliationId, RunDay,
        compare,
    },
    store,
};

/// Working days in which a difference must be explained (this product's decision).
const MISMATCH_DAYS: i64 = 3;

/// A reconciliation with everything it was counted from.
#[derive(Debug, Clone)]
pub struct DayView {
    pub reconciliation: Reconciliation,
    pub mismatches: Vec<Mismatch>,
    pub attempts: Vec<Attempt>,
    /// Code of the dossier of each attempt, in their order.
    pub codes: Vec<String>,
}

impl DayView {
    pub fn open(&self) -> usize {
        self.mismatches.iter().filter(|m| m.state == "open").count()
    }
}

/// Instants of a day on Vietnam's clock.
pub(super) fn span(day: Date) -> (Instant, Instant) {
    let from = Instant::from_vietnam(day.at(0, 0, 0, 0));
    (from, from.plus_hours(24))
}

pub(super) fn own_agency(actor: &Actor) -> Result<AgencyId> {
    let agency = actor.officer().map(|o| o.agency.clone()).ok_or_else(shared::not_found)?;
    allow(actor, Action::Reconcile, &Resource::agency(agency.clone()))?;
    Ok(agency)
}

/// A sweep by QUERY: what was asked and answered.
#[derive(Debug, Clone)]
pub struct Swept {
    pub agency: AgencyId,
    pub channel: PayChannel,
    pub day: Date,
}

/// Days, channels and agencies with payments in a day: what the nightly sweep reconciles.
///
/// # Errors
/// Those of the database.
pub fn day_questions(tx: &mut Tx<'_>, day: Date) -> Result<Vec<(Swept, Vec<Attempt>)>> {
    let (from, until) = span(day);
    let mut all = Vec::new();
    for (agency, channel) in store::busy_agencies(tx, from, until)? {
        if channel.is_online() {
            let attempts = store::attempts_of_day(tx, &agency, channel, (from, until))?;
            all.push((Swept { agency, channel, day }, attempts));
        }
    }
    Ok(all)
}

/// Reconciles a day of the officer's agency from the gateway's own file.
///
/// # Errors
/// `Invalid` naming the line that cannot be read.
pub fn import_day(tx: &mut Tx<'_>, actor: &Actor, command: &RunDay) -> Result<DayView> {
    let agency = own_agency(actor)?;
    let entries = parse_file(command.file.as_deref().unwrap_or_default(), command.day)?;
    let swept = Swept { agency, channel: command.channel, day: command.day };
    reconcile(tx, actor, &swept, &entries, "file")
}

/// Lines `reference,amount,paid,transaction`; a first line of names is passed over.
fn parse_file(file: &str, day: Date) -> Result<Vec<GatewayEntry>> {
    let (mut entries, mut known) = (Vec::new(), BTreeSet::new());
    for (at, line) in file.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let cells: Vec<&str> = line.split([',', ';', '\t']).map(str::trim).collect();
        let cell = |at: usize| cells.get(at).copied().unwrap_or_default();
        let Ok(amount) = cell(1).parse::<i64>() else {
            if at == 0 {
                continue;
            }
            let words = kernel_base::Words::new(
                format!(
                    "Dòng {}: không đọc được số tiền. Mỗi dòng ghi: mã tham chiếu, số tiền, 1 hoặc 0, số giao dịch.",
                    at + 1
                ),
                format!("Line {}: no amount. Each line: reference, amount, 1 or 0, transaction.", at + 1),
            );
            return Err(Error::invalid(vec![FieldError::new("file", "format", words)]));
        };
        let paid = matches!(cell(2).to_lowercase().as_str(), "1" | "true" | "00" | "paid");
        let (reference, transaction) = (cell(0).to_owned(), cell(3).to_owned());
        let entry = GatewayEntry { day, reference, amount, paid, transaction };
        // The same transaction in two lines is one; without numbers, two lines are two payments.
        if entry.transaction.is_empty() || known.insert((entry.reference.clone(), entry.transaction.clone())) {
            entries.push(entry);
        }
    }
    Ok(entries)
}

/// Compares our side with theirs. New differences become promises; those that are no longer found are resolved.
///
/// # Errors
/// `Conflict` when the day is closed.
pub fn reconcile(
    tx: &mut Tx<'_>,
    actor: &Actor,
    swept: &Swept,
    theirs: &[GatewayEntry],
    source: &str,
) -> Result<DayView> {
    let attempts = store::attempts_of_day(tx, &swept.agency, swept.channel, span(swept.day))?;
    let mut ours = Vec::with_capacity(attempts.len());
    for attempt in &attempts {
        ours.push(our_side(tx, attempt)?);
    }
    let found = compare(&ours, theirs);
    let reconciliation = kept(tx, swept, &ours, theirs, source)?;
    let chain = Reconciliation::subject(&swept.agency, swept.channel, swept.day);
    let known = store::mismatches_of(tx, &reconciliation.id)?;
    for new in found.iter().filter(|f| !known.iter().any(|m| m.kind == f.kind && m.reference == f.reference)) {
        open_mismatch(tx, actor, &reconciliation, &chain, new)?;
    }
    let still = |m: &Mismatch| found.iter().any(|f| m.kind == f.kind && m.reference == f.reference);
    // Asking about our own payments says nothing about one that only the gateway's file has.
    let looked_at = |m: &Mismatch| source == "file" || ours.iter().any(|o| o.reference == m.reference);
    let gone = |m: &&Mismatch| m.state == "open" && !m.kind.is_told() && looked_at(m) && !still(m);
    for mismatch in known.iter().filter(gone) {
        end_mismatch(tx, actor, mismatch, &chain, ("resolved", ""))?;
    }
    record_run(tx, actor, swept, &reconciliation, found.len())?;
    day_view(tx, actor, &reconciliation.id)
}

fn record_run(tx: &mut Tx<'_>, actor: &Actor, swept: &Swept, of: &Reconciliation, differences: usize) -> Result<()> {
    let body = json!({
        "reconciliation": of.id, "source": of.source, "ours_count": of.ours_count, "ours_amount": of.ours_amount,
        "theirs_count": of.theirs_count, "theirs_amount": of.theirs_amount, "differences": differences,
    });
    let chain = Reconciliation::subject(&swept.agency, swept.channel, swept.day);
    record(tx, &chain, actor, "reconciliation.ran", body)
}

fn record(tx: &mut Tx<'_>, chain: &str, actor: &Actor, kind: &'static str, body: Value) -> Result<()> {
    kernel_ledger::append(tx, &NewEvent { subject: chain, kind, actor: &actor.label(), body })?;
    Ok(())
}

fn our_side(tx: &mut Tx<'_>, attempt: &Attempt) -> Result<Ours> {
    let lines = store::lines_of(tx, &attempt.id)?;
    let paid = attempt.state.has_money();
    let settled: i64 = lines.iter().filter(|l| l.settled).map(|l| l.amount).sum();
    let receipts = store::receipts_of(tx, &attempt.dossier)?;
    let printed: i64 =
        receipts.iter().filter(|r| r.attempt == attempt.id && r.cancelled_at.is_none()).map(|r| r.amount).sum();
    let now = tx.now();
    let refunds = store::refunds_of_attempt(tx, &attempt.id)?;
    Ok(Ours {
        reference: attempt.reference.clone(),
        at_gateway: attempt.gateway_reference().to_owned(),
        transaction: attempt.transaction.clone(),
        amount: attempt.amount,
        paid,
        double: paid && settled + attempt.refund_total < attempt.amount,
        without_receipt: paid && printed < settled,
        refund_overdue: refunds.iter().any(|r| r.state.is_open() && r.due_at < now),
    })
}

/// The row of the day with the totals of this run.
fn kept(
    tx: &mut Tx<'_>,
    swept: &Swept,
    ours: &[Ours],
    theirs: &[GatewayEntry],
    source: &str,
) -> Result<Reconciliation> {
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let (own, other): (Vec<_>, Vec<_>) =
        (ours.iter().filter(|o| o.paid).collect(), theirs.iter().filter(|t| t.paid).collect());
    let before = store::reconciliation_of(tx, &swept.agency, swept.channel, swept.day)?;
    if before.as_ref().is_some_and(|r| r.closed_at.is_some()) {
        let words = ("Ngày này đã chốt đối soát.", "This day is closed.");
        return Err(Error::conflict("day_closed", words));
    }
    let id = match &before {
        Some(before) => before.id.clone(),
        None => tx.new_id::<ReconciliationId>(),
    };
    let row = Reconciliation {
        id,
        agency: swept.agency.clone(),
        channel: swept.channel,
        day: swept.day,
        source: source.to_owned(),
        ran_at: tx.now(),
        ours_count: count(own.len()),
        ours_amount: own.iter().map(|o| o.amount).sum(),
        theirs_count: count(other.len()),
        theirs_amount: other.iter().map(|t| t.amount).sum(),
        closed_at: None,
        closed_by: None,
        version: before.as_ref().map_or(1, |b| b.version + 1),
    };
    match &before {
        Some(before) => store::save_reconciliation(tx, before, &row)?,
        None => store::insert_reconciliation(tx, &row)?,
    }
    Ok(row)
}

/// Opens a difference that is known without comparing a day: it stands in the first day from today that is not closed.
///
/// # Errors
/// Those of the database.
pub(crate) fn raise(tx: &mut Tx<'_>, actor: &Actor, attempt: &Attempt, found: &Found) -> Result<()> {
    let mut day = tx.now().vietnam().date();
    let of = loop {
        match store::reconciliation_of(tx, &attempt.agency, attempt.channel, day)? {
            Some(closed) if closed.closed_at.is_some() => {
                day = day.tomorrow().map_err(|e| Error::internal(format!("the day after {day}: {e}")))?;
            }
            Some(open) => break open,
            None => {
                let swept = Swept { agency: attempt.agency.clone(), channel: attempt.channel, day };
                let begun = kept(tx, &swept, &[], &[], "told")?;
                record_run(tx, actor, &swept, &begun, 0)?;
                break begun;
            }
        }
    };
    let known = |m: &Mismatch| m.kind == found.kind && m.reference == found.reference;
    if store::mismatches_of(tx, &of.id)?.iter().any(known) {
        return Ok(());
    }
    let chain = Reconciliation::subject(&of.agency, of.channel, of.day);
    open_mismatch(tx, actor, &of, &chain, found)
}

fn open_mismatch(tx: &mut Tx<'_>, actor: &Actor, of: &Reconciliation, chain: &str, found: &Found) -> Result<()> {
    let source = json!({ "text": "Đối soát: 3 ngày làm việc (dữ liệu minh họa)", "kind": found.kind.as_str(), "reference": found.reference });
    let (obligation, due_at) =
        shared::promise(tx, actor, ("payment.mismatch", chain, &of.agency), MISMATCH_DAYS, source)?;
    let mismatch = Mismatch {
        id: tx.new_id::<MismatchId>(),
        reconciliation: of.id.clone(),
        kind: found.kind,
        reference: found.reference.clone(),
        ours_amount: found.ours_amount,
        theirs_amount: found.theirs_amount,
        obligation,
        due_at,
        found_at: tx.now(),
        state: "open".to_owned(),
        reason: String::new(),
        ended_at: None,
        ended_by: None,
        version: 1,
    };
    store::insert_mismatch(tx, &mismatch)?;
    let body = json!({
        "mismatch": mismatch.id, "kind": found.kind.as_str(), "reference": found.reference,
        "ours_amount": found.ours_amount, "theirs_amount": found.theirs_amount, "due_at": due_at,
    });
    record(tx, chain, actor, "reconciliation.mismatch", body)
}

fn end_mismatch(
    tx: &mut Tx<'_>,
    actor: &Actor,
    mismatch: &Mismatch,
    chain: &str,
    (state, reason): (&str, &str),
) -> Result<()> {
    store::end_mismatch(tx, mismatch, state, reason, &actor.label())?;
    shared::keep_promise(tx, actor, &mismatch.obligation, Outcome::Done)?;
    let body = json!({ "mismatch": mismatch.id, "state": state, "reason": reason });
    record(tx, chain, actor, "reconciliation.mismatch_ended", body)
}

fn day_view(tx: &mut Tx<'_>, actor: &Actor, id: &ReconciliationId) -> Result<DayView> {
    let reconciliation = store::reconciliation_by_id(tx, id)?.ok_or_else(shared::not_found)?;
    let of = span(reconciliation.day);
    let attempts = store::attempts_of_day(tx, &reconciliation.agency, reconciliation.channel, of)?;
    let owners = store::owners_of_day(tx, &reconciliation.agency, reconciliation.channel, of)?;
    let mut codes = Vec::with_capacity(attempts.len());
    for attempt in &attempts {
        let (code, owner) = owners.get(attempt.dossier.as_str()).cloned().unwrap_or_default();
        shared::tell_line(tx, actor, &owner, &code, &[Shown::Payments]);
        codes.push(code);
    }
    Ok(DayView { mismatches: store::mismatches_of(tx, id)?, reconciliation, attempts, codes })
}

/// The newest reconciliations of the officer's agency.
///
/// # Errors
/// `Forbidden` for who may not see the agency's money.
pub fn reconciliations(tx: &mut Tx<'_>, actor: &Actor) -> Result<Vec<(Reconciliation, usize)>> {
    let agency = own_agency(actor)?;
    let mut all = Vec::new();
    for row in store::reconciliations_of_agency(tx, &agency)? {
        let open = store::mismatches_of(tx, &row.id)?.iter().filter(|m| m.state == "open").count();
        all.push((row, open));
    }
    Ok(all)
}

/// One reconciliation with the payments and differences it was counted from.
///
/// # Errors
/// `NotFound` for another agency's.
pub fn reconciliation(tx: &mut Tx<'_>, actor: &Actor, id: &str) -> Result<DayView> {
    let id = find(tx, actor, id)?.id;
    day_view(tx, actor, &id)
}

fn find(tx: &mut Tx<'_>, actor: &Actor, id: &str) -> Result<Reconciliation> {
    let id = <ReconciliationId as TypedId>::parse(id).ok_or_else(shared::not_found)?;
    let row = store::reconciliation_by_id(tx, &id)?.ok_or_else(shared::not_found)?;
    allow(actor, Action::Reconcile, &Resource::agency(row.agency.clone()))?;
    Ok(row)
}

/// Explains a difference that stays; the reason is kept with the day.
///
/// # Errors
/// `Invalid` without a reason; `Conflict` when it has ended or the day is closed.
pub fn except(tx: &mut Tx<'_>, actor: &Actor, id: &str, command: &Except) -> Result<DayView> {
    let id = <MismatchId as TypedId>::parse(id).ok_or_else(shared::not_found)?;
    let mismatch = store::mismatch_by_id(tx, &id)?.ok_or_else(shared::not_found)?;
    let of = find(tx, actor, mismatch.reconciliation.as_str())?;
    let reason = text::clean(&command.reason);
    if !(10..=1000).contains(&text::length(&reason)) {
        let words =
            ("Hãy giải trình chênh lệch (10 đến 1.000 chữ cái).", "Explain the difference (10 to 1,000 letters).");
        return Err(Error::invalid(vec![FieldError::new("reason", "required", words)]));
    }
    if mismatch.state != "open" {
        let words = ("Chênh lệch này đã được xử lý.", "This difference was dealt with.");
        return Err(Error::conflict("mismatch_ended", words));
    }
    let chain = Reconciliation::subject(&of.agency, of.channel, of.day);
    end_mismatch(tx, actor, &mismatch, &chain, ("excepted", &reason))?;
    day_view(tx, actor, &of.id)
}

/// Closes a day: only with no open difference and no payment that still waits.
///
/// # Errors
/// `Conflict` naming how many differences are open.
pub fn close_day(tx: &mut Tx<'_>, actor: &Actor, id: &str) -> Result<DayView> {
    let before = find(tx, actor, id)?;
    let view = day_view(tx, actor, &before.id)?;
    let waiting =
        view.attempts.iter().filter(|a| matches!(a.state, AttemptState::Created | AttemptState::Redirected)).count();
    if before.closed_at.is_some() || view.open() > 0 || waiting > 0 {
        let words = kernel_base::Words::new(
            format!(
                "Chưa chốt được ngày: còn {} chênh lệch chưa giải trình và {waiting} khoản đang chờ cổng thanh toán.",
                view.open()
            ),
            format!("The day cannot be closed: {} differences are open and {waiting} payments wait.", view.open()),
        );
        return Err(Error::conflict("day_open", words));
    }
    let row = Reconciliation { closed_at: Some(tx.now()), closed_by: Some(actor.label()), ..before.clone() };
    store::save_reconciliation(tx, &before, &row)?;
    let chain = Reconciliation::subject(&row.agency, row.channel, row.day);
    record(tx, &chain, actor, "reconciliation.closed", json!({ "reconciliation": row.id }))?;
    day_view(tx, actor, &row.id)
}
