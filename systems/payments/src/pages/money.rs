//! Refunds to decide and days to reconcile; every number opens its rows.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use kernel_base::{Error, FieldError, Instant, Kind, Result};
use kernel_contract::{Gateways, PayChannel};
use kernel_org::Actor;
use kernel_web::{Answer, Form, Page, Query, StaffMember, Web, html, html_with, redirect, redirect_saying};
use serde::Deserialize;

use super::view::{Try, refund_key};
use crate::{
    flow::{self, DayView, RefundView},
    model::{Decide, Except, PayOut, Reconciliation, RefundState, RunDay},
    prepare,
};

/// A refund as a leader sees it.
#[derive(Debug)]
struct RefundRow {
    id: String,
    code: String,
    reference: String,
    channel: String,
    amount: i64,
    paid: i64,
    available: i64,
    reason: String,
    due: Instant,
    late: bool,
    trouble: String,
    /// It waits for a decision.
    asked: bool,
    /// It is approved and must be paid by hand.
    by_hand: bool,
    state: String,
    /// Whom to call, when no message gets there; else empty.
    call: String,
    unreachable: bool,
}

impl RefundRow {
    fn of(page: &Page, v: &RefundView, now: Instant) -> Self {
        let r = &v.refund;
        Self {
            id: r.id.to_string(),
            code: v.code.clone(),
            reference: v.attempt.reference.clone(),
            channel: page.t.w(&v.attempt.channel.words()).to_owned(),
            amount: r.amount,
            paid: v.attempt.amount,
            available: v.available,
            reason: page.t.w(&r.reason.words()).to_owned(),
            due: r.due_at,
            late: r.state.is_open() && r.due_at < now,
            trouble: page.t.w(&r.trouble.words()).to_owned(),
            asked: r.state == RefundState::Asked,
            by_hand: r.is_for_hand(v.attempt.channel, now),
            state: page.t.s(refund_key(r.state)).to_owned(),
            call: v.call.clone(),
            unreachable: v.unreachable,
        }
    }
}

/// A day in the list.
#[derive(Debug)]
struct DayLine {
    id: String,
    day: jiff::civil::Date,
    channel: String,
    ours: (i64, i64),
    theirs: (i64, i64),
    open: usize,
    closed: bool,
}

impl DayLine {
    fn of(page: &Page, row: &Reconciliation, open: usize) -> Self {
        Self {
            id: row.id.to_string(),
            day: row.day,
            channel: page.t.w(&row.channel.words()).to_owned(),
            ours: (row.ours_count, row.ours_amount),
            theirs: (row.theirs_count, row.theirs_amount),
            open,
            closed: row.closed_at.is_some(),
        }
    }
}

#[derive(Debug, Template)]
#[template(path = "staff_payments.html")]
struct MoneyPage {
    page: Page,
    state: String,
    states: [&'static str; 4],
    refunds: Vec<RefundRow>,
    days: Vec<DayLine>,
    channels: Vec<(&'static str, String)>,
    day: String,
    file: String,
    chosen: String,
}

impl MoneyPage {
    fn state_label(&self, state: &str) -> String {
        format!("payments.refund.{state}")
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Shown {
    state: String,
}

pub(super) async fn page(State(web): State<Web>, page: Page, staff: StaffMember, Query(query): Query<Shown>) -> Answer {
    html(&shown(&web, page, staff.actor, &query.state, Day::default()).await?)
}

async fn shown(web: &Web, page: Page, actor: Actor, state: &str, typed: Day) -> Result<MoneyPage> {
    let states = ["asked", "approved", "done", "declined"];
    let state = states.into_iter().find(|known| *known == state).unwrap_or("asked");
    let (refunds, days, now) = web
        .read(move |tx| Ok((flow::refunds(tx, &actor, state)?, flow::reconciliations(tx, &actor)?, tx.now())))
        .await?;
    let offered = web.extension::<Gateways>()?.channels();
    let yesterday = now.plus_hours(-24).vietnam().date();
    Ok(MoneyPage {
        state: state.to_owned(),
        states,
        refunds: refunds.iter().map(|v| RefundRow::of(&page, v, now)).collect(),
        days: days.iter().map(|(row, open)| DayLine::of(&page, row, *open)).collect(),
        channels: offered.iter().map(|c| (c.as_str(), page.t.w(&c.words()).to_owned())).collect(),
        day: if typed.day.is_empty() { kernel_base::vietnam_date(yesterday) } else { typed.day },
        file: typed.file,
        chosen: typed.channel,
        page: page.titled("payments.money.title").wide(),
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Day {
    day: String,
    channel: String,
    file: String,
}

impl Day {
    fn command(&self) -> Result<RunDay> {
        let fault = |field: &str, vi: &'static str, en: &'static str| {
            Error::invalid(vec![FieldError::new(field, "format", (vi, en))])
        };
        let day = jiff::civil::Date::strptime("%d/%m/%Y", self.day.trim()).or_else(|_| self.day.trim().parse());
        let day =
            day.map_err(|_| fault("day", "Hãy ghi ngày, ví dụ 26/07/2021.", "Give a day, such as 26/07/2021."))?;
        let channel = PayChannel::parse(&self.channel);
        let channel = channel.ok_or_else(|| fault("channel", "Hãy chọn cổng thanh toán.", "Choose a gateway."))?;
        Ok(RunDay { day, channel, file: (!self.file.trim().is_empty()).then(|| self.file.clone()) })
    }
}

/// Reconciles a day.
pub(super) async fn run(State(web): State<Web>, page: Page, staff: StaffMember, Form(typed): Form<Day>) -> Answer {
    let ran = match typed.command() {
        Ok(command) => prepare::reconcile(&web, staff.actor.clone(), command).await,
        Err(error) => Err(error),
    };
    match ran {
        Ok(day) => Ok(redirect(&format!("/staff/payments/days/{}", day.reconciliation.id))),
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict | Kind::Unavailable) => {
            let status = kernel_web::status(error.kind);
            html_with(status, &shown(&web, page.with_error(&error), staff.actor, "", typed).await?)
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Decided {
    act: String,
    available: i64,
    note: String,
    evidence: String,
    account: String,
    bank: String,
    holder: String,
}

/// Approves or declines a refund, or records that it was paid by hand.
pub(super) async fn refund(
    State(web): State<Web>,
    page: Page,
    staff: StaffMember,
    Path(id): Path<String>,
    Form(typed): Form<Decided>,
) -> Answer {
    let (actor, act) = (staff.actor.clone(), typed.act.clone());
    let done = web
        .write(move |tx| match act.as_str() {
            "pay-out" => {
                let (evidence, account) = (typed.evidence.clone(), typed.account.clone());
                let (bank, holder) = (typed.bank.clone(), typed.holder.clone());
                flow::pay_out(tx, &actor, &id, &PayOut { evidence, account, bank, holder })
            }
            act => {
                let (approved, note, available) = (act == "approve", typed.note.clone(), typed.available);
                flow::decide_refund(tx, &actor, &id, &Decide { approved, note, available })
            }
        })
        .await;
    match done {
        Ok(refund) => {
            let key = match refund.state {
                RefundState::Done => "payments.money.paid_out",
                RefundState::Declined => "payments.money.declined",
                _ => "payments.money.approved",
            };
            Ok(redirect_saying(&web, "/staff/payments", key, &[]))
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            let page = page.with_error(&error);
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &shown(&web, page, staff.actor, "", Day::default()).await?)
        }
        Err(error) => Err(error.into()),
    }
}

/// A difference with its explanation.
#[derive(Debug)]
struct Difference {
    id: String,
    kind: String,
    reference: String,
    ours: i64,
    theirs: i64,
    due: Instant,
    open: bool,
    state: String,
    reason: String,
}

#[derive(Debug, Template)]
#[template(path = "staff_payment_day.html")]
struct DayPage {
    page: Page,
    it: DayLine,
    source: String,
    ran_at: Instant,
    differences: Vec<Difference>,
    /// Payments the totals were counted from, each with the code of its dossier.
    rows: Vec<(Try, String)>,
}

pub(super) async fn day(State(web): State<Web>, page: Page, staff: StaffMember, Path(id): Path<String>) -> Answer {
    let view = web.read(move |tx| flow::reconciliation(tx, &staff.actor, &id)).await?;
    html(&day_page(page, &view))
}

fn day_page(page: Page, view: &DayView) -> DayPage {
    let difference = |m: &crate::model::Mismatch| Difference {
        id: m.id.to_string(),
        kind: page.t.w(&m.kind.words()).to_owned(),
        reference: m.reference.clone(),
        ours: m.ours_amount,
        theirs: m.theirs_amount,
        due: m.due_at,
        open: m.state == "open",
        state: page.t.s(&format!("payments.day.{}", m.state)).to_owned(),
        reason: m.reason.clone(),
    };
    let rows = view.attempts.iter().zip(&view.codes).map(|(a, code)| (Try::of(&page, a), code.clone()));
    DayPage {
        it: DayLine::of(&page, &view.reconciliation, view.open()),
        source: page.t.s(&format!("payments.day.{}", view.reconciliation.source)).to_owned(),
        ran_at: view.reconciliation.ran_at,
        differences: view.mismatches.iter().map(difference).collect(),
        rows: rows.collect(),
        page: page.titled("payments.day.title").wide(),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DayAct {
    /// `close`, or the identifier of a difference to explain.
    act: String,
    reason: String,
}

/// Explains a difference, or closes the day.
pub(super) async fn day_act(
    State(web): State<Web>,
    page: Page,
    staff: StaffMember,
    Path(id): Path<String>,
    Form(typed): Form<DayAct>,
) -> Answer {
    let (actor, of, act, reason) = (staff.actor.clone(), id.clone(), typed.act.clone(), typed.reason.clone());
    let done = web
        .write(move |tx| match act.as_str() {
            "close" => flow::close_day(tx, &actor, &of),
            mismatch => flow::except(tx, &actor, mismatch, &Except { reason: reason.clone() }),
        })
        .await;
    match done {
        Ok(_) => {
            let key = if typed.act == "close" { "payments.day.was_closed" } else { "payments.day.explained" };
            Ok(redirect_saying(&web, &format!("/staff/payments/days/{id}"), key, &[]))
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            let view = web.read(move |tx| flow::reconciliation(tx, &staff.actor, &id)).await?;
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &day_page(page.with_error(&error), &view))
        }
        Err(error) => Err(error.into()),
    }
}
