//! The signed monthly file: facts of obligations without personal data, from which anyone recomputes every published
//! figure with nothing but the program and the file.
//!
//! One JSON object a line. Each line carries `chain`: SHA-256 over the chain of the line before and its own text, so an
//! altered line is named by its number; the last line signs the chain with the key of the ledger's daily roots.

mod check;
mod make;

use std::collections::BTreeMap;

use kernel_base::{AgencyId, Instant, Words};
use kernel_contract::Span;
use kernel_ledger::SignedRoot;
use kernel_obligations::{CalendarVersionId, LadderId, Obligation, ResultClass, State};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

pub use check::{Finding, Report, check};
pub use make::write_month;

use super::model::{Figures, Period};

const FORMAT: &str = "chuyendong public file v2";
/// First line of the text that is signed.
const SIGNED: &str = "chuyendong public file v2";

/// A line of the file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
enum Line {
    Header(Header),
    /// The identifier, which events pin, is a hash of the rest.
    Calendar {
        id: CalendarVersionId,
        /// Empty for all of the home.
        agency: String,
        valid_from: jiff::civil::Date,
        body: Value,
    },
    /// A ladder of reminders; no instant that decides late follows from it.
    Ladder {
        id: LadderId,
        body: Value,
    },
    Row(Box<Row>),
    /// What is secret of one kind at one agency: counted, never listed.
    Secret(Published),
    Figures(Published),
    Tree(Box<Tree>),
    Signature {
        key_id: String,
        public_key: String,
        signature: String,
    },
}

/// What the file is.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Header {
    format: String,
    home: String,
    period: Period,
    span: Span,
    made_at: Instant,
    note: Words,
    formulas: BTreeMap<String, String>,
}

/// An obligation that was open at some time of the period.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Row {
    id: String,
    /// Dossier's code or task's number.
    code: String,
    events: Vec<Fact>,
    facts: Facts,
}

/// An event of the obligation, without who did it and without free text.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Fact {
    seq: i64,
    kind: String,
    at: Instant,
    /// What happened, the calendar it pins, and what was promised then.
    body: Value,
    /// Hash of what is left out here: who did it, free text, the event before. With it anyone computes the event's hash.
    rest: String,
    /// Its leaf in the tree; absent while it was not sealed.
    leaf: Option<u64>,
}

/// What the events come to at the end of the period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Facts {
    kind: String,
    holder: AgencyId,
    /// Whose figure it is in.
    responsible: AgencyId,
    first_promise: Instant,
    legal_due: Instant,
    appointment: Option<Instant>,
    state: State,
    closed_at: Option<Instant>,
    result: Option<ResultClass>,
    late_days: i64,
    pauses: i64,
    pauses_near_due: i64,
    extensions: i64,
}

impl Facts {
    fn of(o: &Obligation) -> Self {
        Self {
            kind: o.kind.clone(),
            holder: o.holder.clone(),
            responsible: o.responsible.clone(),
            first_promise: o.first_promise,
            legal_due: o.legal_due,
            appointment: o.appointment,
            state: o.state,
            closed_at: o.closed_at,
            result: o.result,
            late_days: o.late_days,
            pauses: o.pauses.len() as i64,
            pauses_near_due: o.pauses_near_due(),
            extensions: o.extensions.len() as i64,
        }
    }
}

/// Published figures of one kind at one agency.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Published {
    kind: String,
    agency: AgencyId,
    name: String,
    figures: Figures,
}

/// The tree of the ledger that holds the events.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Tree {
    /// The signed root that the second party has; absent before the first one.
    root: Option<SignedRoot>,
    /// Hashes of the subtrees without an event of this file, from the left.
    beside: Vec<String>,
}

/// Counts an obligation, as it stood at the end of the span, into the figures of its kind and of who answers for it.
fn tally(all: &mut BTreeMap<(String, AgencyId), Figures>, o: &Obligation, span: Span) {
    let own = all.entry((o.kind.clone(), o.responsible.clone())).or_default();
    let Some(closed) = o.closed_at else {
        own.now.open += 1;
        own.now.overdue += i64::from(o.is_late(span.until.plus_millis(-1)));
        own.now.paused += i64::from(o.state == State::Paused);
        return;
    };
    if closed < span.from {
        return;
    }
    let s = &mut own.settled;
    match o.result {
        Some(ResultClass::Early) => s.early += 1,
        Some(ResultClass::OnTime) => s.on_time += 1,
        Some(ResultClass::Late) => s.late += 1,
        None => s.ended += 1,
    }
    if o.result.is_some() {
        s.extended += i64::from(!o.extensions.is_empty());
        s.paused += i64::from(!o.pauses.is_empty());
        s.paused_near_due += i64::from(o.pauses_near_due() > 0);
    }
}

/// The chain after a line.
fn link(before: &str, text: &str) -> String {
    hex::encode(Sha256::digest(format!("{before}\n{text}").as_bytes()))
}

/// What the signature covers.
fn signed_text(home: &str, period: Period, chain: &str) -> String {
    format!("{SIGNED}\n{home}\n{}\n{chain}\n", period.code())
}
