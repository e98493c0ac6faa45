//! What the public scoreboard counts: from rows that are folds of events, as of any instant.

use kernel_base::{AgencyId, Instant, Result};
use kernel_db::Tx;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::model::{Extension, HolderSpan, Obligation, ObligationId, PauseSpan, State};
use crate::{queries, store};

/// What was closed in a period. `early + on_time + late` were answered; `ended` were withdrawn or stopped in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Settled {
    pub early: i64,
    pub on_time: i64,
    pub late: i64,
    pub ended: i64,
    /// Of the answered: with a new appointment.
    pub extended: i64,
    /// Of the answered: whose clock stood still at least once.
    pub paused: i64,
    /// Of the answered: with a pause opened when at most a fifth of the limit was left.
    pub paused_near_due: i64,
}

/// What was open at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OpenThen {
    pub open: i64,
    /// Open with the legal due behind; a clock paused in time is not among them.
    pub overdue: i64,
    pub paused: i64,
}

/// Which rows of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Show {
    /// Answered, early or on time.
    Kept,
    Late,
    Settled,
    Extended,
    Paused,
    PausedNearDue,
    Open,
    Overdue,
}

impl Show {
    pub const ALL: [Self; 8] = [
        Self::Kept,
        Self::Late,
        Self::Settled,
        Self::Extended,
        Self::Paused,
        Self::PausedNearDue,
        Self::Open,
        Self::Overdue,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Late => "late",
            Self::Settled => "settled",
            Self::Extended => "extended",
            Self::Paused => "paused",
            Self::PausedNearDue => "paused_near_due",
            Self::Open => "open",
            Self::Overdue => "overdue",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|show| show.word() == word)
    }
}

/// A page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    pub skip: i64,
    pub most: i64,
}

/// What was closed of a kind from `from` on, `until` excluded, for each agency that answers for it.
///
/// # Errors
/// Those of the database.
pub fn settled(tx: &mut Tx<'_>, kind: &str, from: Instant, until: Instant) -> Result<BTreeMap<AgencyId, Settled>> {
    store::score::settled(tx, kind, from, until).map(|rows| rows.into_iter().collect())
}

/// What was open of a kind at an instant, for each agency that answered for it then. Counted by the database when the instant is now.
///
/// # Errors
/// Those of the database.
pub fn open_at(tx: &mut Tx<'_>, kind: &str, at: Instant) -> Result<BTreeMap<AgencyId, OpenThen>> {
    if at >= tx.now() {
        let counts = queries::open_counts(tx, kind, at)?;
        let one =
            |c: queries::OpenCount| (c.responsible, OpenThen { open: c.open, overdue: c.overdue, paused: c.paused });
        return Ok(counts.into_iter().map(one).collect());
    }
    let mut all: BTreeMap<AgencyId, OpenThen> = BTreeMap::new();
    for then in store::score::open_then(tx, kind, at)?.iter().filter_map(|o| o.as_of(at)) {
        let counted = all.entry(then.responsible.clone()).or_default();
        counted.open += 1;
        counted.overdue += i64::from(then.is_late(at));
        counted.paused += i64::from(then.state == State::Paused);
    }
    Ok(all)
}

/// What is overdue of a kind now, of one agency that answers for it or of all.
///
/// # Errors
/// Those of the database.
pub fn overdue_now(tx: &mut Tx<'_>, kind: &str, responsible: Option<&AgencyId>) -> Result<i64> {
    let now = tx.now();
    store::score::overdue_since(tx, kind, responsible, None, now)
}

/// What became overdue after `since` and still is: how many, and the newest ones.
///
/// # Errors
/// Those of the database.
pub fn turned(
    tx: &mut Tx<'_>,
    kind: &str,
    responsible: Option<&AgencyId>,
    since: Instant,
    most: i64,
) -> Result<(i64, Vec<Obligation>)> {
    let now = tx.now();
    let count = store::score::overdue_since(tx, kind, responsible, Some(since), now)?;
    Ok((count, store::score::newest_overdue(tx, kind, responsible, since, now, most)?))
}

/// The rows of one figure of a kind: closed from `from` to `until`, or open at `until`.
///
/// # Errors
/// Those of the database.
pub fn rows(
    tx: &mut Tx<'_>,
    kind: &str,
    responsible: Option<&AgencyId>,
    show: Show,
    (from, until): (Instant, Instant),
    page: Page,
) -> Result<Vec<Obligation>> {
    if !matches!(show, Show::Open | Show::Overdue) {
        return store::score::settled_rows(tx, kind, responsible, show.word(), (from, until), page);
    }
    if until >= tx.now() {
        return store::score::open_rows(tx, kind, responsible, show == Show::Overdue, until, page);
    }
    let wanted = |then: &Obligation| {
        responsible.is_none_or(|r| then.responsible == *r) && (show == Show::Open || then.is_late(until))
    };
    let then = store::score::open_then(tx, kind, until)?.into_iter().filter_map(|o| o.as_of(until));
    let mut found: Vec<Obligation> = then.filter(wanted).collect();
    found.sort_by(|a, b| (a.legal_due, &a.id).cmp(&(b.legal_due, &b.id)));
    let (skip, most) = (usize::try_from(page.skip).unwrap_or(0), usize::try_from(page.most).unwrap_or(0));
    Ok(found.into_iter().skip(skip).take(most).collect())
}

/// A page, by identifier, of every obligation that was open at some time of the span.
///
/// # Errors
/// Those of the database.
pub fn touched(
    tx: &mut Tx<'_>,
    span: (Instant, Instant),
    after: Option<&ObligationId>,
    most: i64,
) -> Result<Vec<Obligation>> {
    store::score::touched(tx, span, after, most)
}

impl Obligation {
    /// The obligation as it stood at an instant, events of that very instant included; `None` before it was opened.
    /// Reminders and marks are left as they are: nothing that decides late or on time follows from them.
    #[must_use]
    pub fn as_of(&self, at: Instant) -> Option<Self> {
        if self.opened_at > at {
            return None;
        }
        if self.closed_at.is_some_and(|closed| closed <= at) {
            return Some(self.clone());
        }
        let ended = |until: Option<Instant>| until.filter(|end| *end <= at);
        let pauses: Vec<PauseSpan> = self.pauses.iter().filter(|p| p.from <= at).cloned().collect();
        let legal_due = pauses.iter().rev().filter(|p| ended(p.until).is_some()).find_map(|p| p.due_after);
        let holders: Vec<HolderSpan> = self.holders.iter().filter(|h| h.from <= at).cloned().collect();
        let extensions: Vec<Extension> = self.extensions.iter().filter(|e| e.at <= at).cloned().collect();
        let mut then = self.clone();
        then.pauses = pauses
            .into_iter()
            .map(|p| if ended(p.until).is_some() { p } else { PauseSpan { until: None, due_after: None, ..p } })
            .collect();
        then.paused_since = then.pauses.last().filter(|p| p.until.is_none()).map(|p| p.from);
        then.state = if then.paused_since.is_some() { State::Paused } else { State::Running };
        then.legal_due = legal_due.unwrap_or(self.first_promise);
        then.holder = holders.last().map_or_else(|| self.holder.clone(), |h| h.agency.clone());
        then.holders = holders.into_iter().map(|h| HolderSpan { until: ended(h.until), ..h }).collect();
        then.appointment = extensions.last().map(|e| e.appointment);
        then.extensions = extensions;
        then.deliveries.retain(|d| d.at <= at);
        then.deliveries.iter_mut().for_each(|d| d.sent_back = ended(d.sent_back));
        then.delivered_at = then.deliveries.last().filter(|d| d.sent_back.is_none()).map(|d| d.at);
        (then.closed_at, then.outcome, then.result) = (None, None, None);
        (then.late_minutes, then.late_days) = (0, 0);
        then.responsible = then.answers(at);
        Some(then)
    }
}
