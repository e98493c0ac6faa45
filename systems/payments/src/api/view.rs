//! What the JSON face shows.

use kernel_base::{Instant, Lang};
use kernel_contract::PayChannel;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    flow::{DayView, DossierPayments, RefundView},
    model::{Attempt, FeeReceipt, Mismatch, MoneyRow, Obligation, Reconciliation, Refund, Total},
};

/// What a dossier owes for one fee.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ObligationJson {
    fee: String,
    /// `phi` or `le_phi`
    kind: &'static str,
    name: String,
    /// Act or document the amount comes from.
    basis: String,
    illustrative: bool,
    unit_amount: i64,
    copies: i64,
    /// Whole đồng.
    amount: i64,
    currency: &'static str,
    /// `before`, `after`, `exempt`
    collect: &'static str,
    exempt_reason: String,
    /// `open`, `paid`, `exempt`, `cancelled`
    state: &'static str,
}

impl From<&Obligation> for ObligationJson {
    fn from(o: &Obligation) -> Self {
        Self {
            fee: o.fee.clone(),
            kind: o.kind.as_str(),
            name: o.name.clone(),
            basis: o.basis.clone(),
            illustrative: o.illustrative,
            unit_amount: o.unit_amount,
            copies: o.copies,
            amount: o.amount,
            currency: "VND",
            collect: o.collect.as_str(),
            exempt_reason: o.exempt_reason.clone(),
            state: o.state.as_str(),
        }
    }
}

/// One try to pay.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AttemptJson {
    pub(crate) reference: String,
    channel: &'static str,
    amount: i64,
    /// `created`, `redirected`, `confirmed`, `failed`, `expired`, `refunded`, `disputed`
    pub(crate) state: &'static str,
    finished: bool,
    can_retry: bool,
    /// Why it failed, in plain words.
    reason: String,
    /// Where the payer goes; only while it waits.
    pub(crate) pay_url: Option<String>,
    #[schema(value_type = String)]
    created_at: Instant,
    #[schema(value_type = Option<String>)]
    confirmed_at: Option<Instant>,
    refund_total: i64,
}

impl AttemptJson {
    pub(crate) fn of(a: &Attempt, lang: Lang) -> Self {
        Self {
            reference: a.reference.clone(),
            channel: a.channel.as_str(),
            amount: a.amount,
            state: a.state.as_str(),
            finished: a.state.is_finished(),
            can_retry: a.can_retry(),
            reason: a.reason.say(lang).to_owned(),
            pay_url: (a.state.is_waiting() && !a.pay_url.is_empty()).then(|| a.pay_url.clone()),
            created_at: a.created_at,
            confirmed_at: a.confirmed_at,
            refund_total: a.refund_total,
        }
    }
}

/// A receipt (biên lai).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ReceiptJson {
    id: String,
    number: String,
    kind: &'static str,
    amount: i64,
    #[schema(value_type = String)]
    issued_at: Instant,
    #[schema(value_type = Option<String>)]
    cancelled_at: Option<Instant>,
    cancel_reason: String,
    replaces: Option<String>,
}

impl From<&FeeReceipt> for ReceiptJson {
    fn from(r: &FeeReceipt) -> Self {
        Self {
            id: r.id.to_string(),
            number: r.full_number(),
            kind: r.kind.as_str(),
            amount: r.amount,
            issued_at: r.issued_at,
            cancelled_at: r.cancelled_at,
            cancel_reason: r.cancel_reason.clone(),
            replaces: r.replaces.as_ref().map(ToString::to_string),
        }
    }
}

/// Money that goes back.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RefundJson {
    id: String,
    amount: i64,
    reason: &'static str,
    /// `asked`, `approved`, `done`, `declined`
    state: &'static str,
    #[schema(value_type = String)]
    due_at: Instant,
    note: String,
    gateway_no: String,
    trouble: String,
    /// For officers: dossier, payment, and what may go back at most.
    code: Option<String>,
    reference: Option<String>,
    channel: Option<&'static str>,
    available: Option<i64>,
}

impl From<&Refund> for RefundJson {
    fn from(r: &Refund) -> Self {
        Self {
            id: r.id.to_string(),
            amount: r.amount,
            reason: r.reason.as_str(),
            state: r.state.as_str(),
            due_at: r.due_at,
            note: r.note.clone(),
            gateway_no: r.gateway_no.clone(),
            trouble: String::new(),
            code: None,
            reference: None,
            channel: None,
            available: None,
        }
    }
}

impl From<&RefundView> for RefundJson {
    fn from(v: &RefundView) -> Self {
        Self {
            trouble: v.refund.trouble.to_text(),
            code: Some(v.code.clone()),
            reference: Some(v.attempt.reference.clone()),
            channel: Some(v.attempt.channel.as_str()),
            available: Some(v.available),
            ..Self::from(&v.refund)
        }
    }
}

/// What a dossier owes and has paid.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PaymentsJson {
    obligations: Vec<ObligationJson>,
    /// Whole đồng that are still to be paid.
    open_amount: i64,
    currency: &'static str,
    attempts: Vec<AttemptJson>,
    receipts: Vec<ReceiptJson>,
    refunds: Vec<RefundJson>,
    /// Ways to pay online.
    channels: Vec<&'static str>,
    can_pay: bool,
    can_retry: bool,
}

impl PaymentsJson {
    pub(crate) fn of(all: &DossierPayments, channels: &[PayChannel], lang: Lang) -> Self {
        Self {
            obligations: all.owed.iter().map(ObligationJson::from).collect(),
            open_amount: all.open_amount(),
            currency: "VND",
            attempts: all.attempts.iter().map(|a| AttemptJson::of(a, lang)).collect(),
            receipts: all.receipts.iter().map(ReceiptJson::from).collect(),
            refunds: all.refunds.iter().map(RefundJson::from).collect(),
            channels: channels.iter().map(|c| c.as_str()).collect(),
            can_pay: all.may_pay && all.open_amount() > 0 && !channels.is_empty(),
            can_retry: all.can_retry(),
        }
    }
}

/// A difference between our side and the gateway's.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct MismatchJson {
    id: String,
    kind: &'static str,
    reference: String,
    ours_amount: i64,
    theirs_amount: i64,
    /// `open`, `resolved`, `excepted`
    state: String,
    reason: String,
    #[schema(value_type = String)]
    due_at: Instant,
}

impl From<&Mismatch> for MismatchJson {
    fn from(m: &Mismatch) -> Self {
        Self {
            id: m.id.to_string(),
            kind: m.kind.as_str(),
            reference: m.reference.clone(),
            ours_amount: m.ours_amount,
            theirs_amount: m.theirs_amount,
            state: m.state.clone(),
            reason: m.reason.clone(),
            due_at: m.due_at,
        }
    }
}

/// What came in for one procedure, kind of charge and channel.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct TotalJson {
    procedure: String,
    procedure_name: String,
    /// `phi` or `le_phi`
    kind: &'static str,
    channel: &'static str,
    /// It paid a fee; else it came in vain and goes back.
    settled: bool,
    number: i64,
    /// Whole đồng.
    amount: i64,
}

/// Totals of some days.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct TotalsJson {
    /// `2021-07-01`
    pub(crate) from: String,
    /// The last day, included.
    pub(crate) to: String,
    pub(crate) items: Vec<TotalJson>,
}

impl From<&Total> for TotalJson {
    fn from(t: &Total) -> Self {
        Self {
            procedure: t.procedure.clone(),
            procedure_name: t.procedure_name.clone(),
            kind: t.kind.as_str(),
            channel: t.channel.as_str(),
            settled: t.settled,
            number: t.number,
            amount: t.amount,
        }
    }
}

/// One fee paid by one payment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct MoneyRowJson {
    reference: String,
    code: String,
    procedure: String,
    name: String,
    kind: &'static str,
    channel: &'static str,
    amount: i64,
    settled: bool,
    #[schema(value_type = String)]
    at: Instant,
}

/// Rows behind a total.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct MoneyRowsJson {
    pub(crate) items: Vec<MoneyRowJson>,
}

impl From<&MoneyRow> for MoneyRowJson {
    fn from(r: &MoneyRow) -> Self {
        Self {
            reference: r.reference.clone(),
            code: r.code.clone(),
            procedure: r.procedure.clone(),
            name: r.name.clone(),
            kind: r.kind.as_str(),
            channel: r.channel.as_str(),
            amount: r.amount,
            settled: r.settled,
            at: r.at,
        }
    }
}

/// The reconciliation of a day.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct DayJson {
    id: String,
    agency: String,
    channel: &'static str,
    day: String,
    source: String,
    #[schema(value_type = String)]
    ran_at: Instant,
    ours_count: i64,
    ours_amount: i64,
    theirs_count: i64,
    theirs_amount: i64,
    open_mismatches: usize,
    #[schema(value_type = Option<String>)]
    closed_at: Option<Instant>,
    /// Only when one day is asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mismatches: Vec<MismatchJson>,
    /// The payments it was counted from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attempts: Vec<AttemptJson>,
}

impl DayJson {
    pub(crate) fn line(r: &Reconciliation, open: usize) -> Self {
        Self {
            id: r.id.to_string(),
            agency: r.agency.to_string(),
            channel: r.channel.as_str(),
            day: r.day.to_string(),
            source: r.source.clone(),
            ran_at: r.ran_at,
            ours_count: r.ours_count,
            ours_amount: r.ours_amount,
            theirs_count: r.theirs_count,
            theirs_amount: r.theirs_amount,
            open_mismatches: open,
            closed_at: r.closed_at,
            mismatches: Vec::new(),
            attempts: Vec::new(),
        }
    }

    pub(crate) fn of(view: &DayView, lang: Lang) -> Self {
        Self {
            mismatches: view.mismatches.iter().map(MismatchJson::from).collect(),
            attempts: view.attempts.iter().map(|a| AttemptJson::of(a, lang)).collect(),
            ..Self::line(&view.reconciliation, view.open())
        }
    }
}
