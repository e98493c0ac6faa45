//! Lines that several pages show.

use kernel_base::Instant;
use kernel_contract::FeeKind;
use kernel_web::Page;

use crate::{
    flow::DossierPayments,
    model::{Attempt, AttemptState, FeeReceipt, Obligation, ObligationState, Refund, RefundState, title_of},
};

/// One fee and why it is owed.
#[derive(Debug)]
pub(super) struct Owed {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) basis: String,
    pub(super) amount: i64,
    /// `8.000 đ × 3 bản`; empty when it is counted once.
    pub(super) counted: String,
    pub(super) state: String,
    pub(super) tone: &'static str,
    pub(super) reason: String,
}

impl Owed {
    fn of(page: &Page, o: &Obligation) -> Self {
        let kind = if o.kind == FeeKind::Phi { "payments.kind.phi" } else { "payments.kind.le_phi" };
        let (key, tone) = match o.state {
            ObligationState::Open => ("payments.owed.open", "warn"),
            ObligationState::Paid => ("payments.owed.paid", "ok"),
            ObligationState::Exempt => ("payments.owed.exempt", "info"),
            ObligationState::Cancelled => ("payments.owed.cancelled", "neutral"),
        };
        let (unit, copies) = (page.t.number(&o.unit_amount), o.copies.to_string());
        let counted = [("unit", unit.as_str()), ("copies", copies.as_str())];
        Self {
            name: o.name.clone(),
            kind: page.t.s(kind).to_owned(),
            basis: o.basis.clone(),
            amount: o.amount,
            counted: if o.copies > 1 { page.t.f("payments.owed.counted", counted) } else { String::new() },
            state: page.t.s(key).to_owned(),
            tone,
            reason: o.exempt_reason.clone(),
        }
    }
}

/// A receipt.
#[derive(Debug)]
pub(super) struct ReceiptLine {
    pub(super) id: String,
    pub(super) title: &'static str,
    pub(super) number: String,
    pub(super) amount: i64,
    pub(super) at: Instant,
    pub(super) cancelled: bool,
}

impl From<&FeeReceipt> for ReceiptLine {
    fn from(r: &FeeReceipt) -> Self {
        Self {
            id: r.id.to_string(),
            title: title_of(r.kind),
            number: r.full_number(),
            amount: r.amount,
            at: r.issued_at,
            cancelled: r.cancelled_at.is_some(),
        }
    }
}

/// Money that goes back.
#[derive(Debug)]
pub(super) struct RefundLine {
    pub(super) amount: i64,
    pub(super) reason: String,
    pub(super) state: String,
    pub(super) due: Instant,
    pub(super) open: bool,
}

impl RefundLine {
    fn of(page: &Page, r: &Refund) -> Self {
        let state = page.t.s(refund_key(r.state)).to_owned();
        let reason = page.t.w(&r.reason.words()).to_owned();
        Self { amount: r.amount, reason, state, due: r.due_at, open: r.state.is_open() }
    }
}

pub(super) fn refund_key(state: RefundState) -> &'static str {
    match state {
        RefundState::Asked => "payments.refund.asked",
        RefundState::Approved => "payments.refund.approved",
        RefundState::Done => "payments.refund.done",
        RefundState::Declined => "payments.refund.declined",
    }
}

/// One try to pay.
#[derive(Debug)]
pub(super) struct Try {
    pub(super) reference: String,
    pub(super) channel: String,
    pub(super) amount: i64,
    pub(super) at: Instant,
    pub(super) state: String,
    pub(super) tone: &'static str,
    pub(super) reason: String,
}

impl Try {
    pub(super) fn of(page: &Page, a: &Attempt) -> Self {
        let (key, tone) = attempt_key(a.state);
        Self {
            reference: a.reference.clone(),
            channel: page.t.w(&a.channel.words()).to_owned(),
            amount: a.amount,
            at: a.confirmed_at.unwrap_or(a.created_at),
            state: page.t.s(key).to_owned(),
            tone,
            reason: if a.state.has_money() { String::new() } else { page.t.w(&a.reason).to_owned() },
        }
    }
}

pub(super) fn attempt_key(state: AttemptState) -> (&'static str, &'static str) {
    match state {
        AttemptState::Created => ("payments.state.created", "neutral"),
        AttemptState::Redirected => ("payments.state.redirected", "info"),
        AttemptState::Confirmed => ("payments.state.confirmed", "ok"),
        AttemptState::Failed => ("payments.state.failed", "bad"),
        AttemptState::Expired => ("payments.state.expired", "warn"),
        AttemptState::Refunded => ("payments.state.refunded", "neutral"),
        AttemptState::Disputed => ("payments.state.disputed", "bad"),
    }
}

/// Everything of one dossier.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) code: String,
    pub(super) procedure: String,
    pub(super) agency: String,
    pub(super) owed: Vec<Owed>,
    pub(super) open: i64,
    pub(super) tries: Vec<Try>,
    pub(super) receipts: Vec<ReceiptLine>,
    pub(super) refunds: Vec<RefundLine>,
    pub(super) illustrative: bool,
}

impl Seen {
    pub(super) fn of(page: &Page, all: &DossierPayments) -> Self {
        let first = all.owed.first();
        Self {
            code: first.map(|o| o.code.to_string()).unwrap_or_default(),
            procedure: first.map(|o| o.procedure_name.clone()).unwrap_or_default(),
            agency: all.agency_name.clone(),
            owed: all.owed.iter().map(|o| Owed::of(page, o)).collect(),
            open: all.open_amount(),
            tries: all.attempts.iter().rev().map(|a| Try::of(page, a)).collect(),
            receipts: all.receipts.iter().map(ReceiptLine::from).collect(),
            refunds: all.refunds.iter().map(|r| RefundLine::of(page, r)).collect(),
            illustrative: all.owed.iter().any(|o| o.illustrative),
        }
    }
}
