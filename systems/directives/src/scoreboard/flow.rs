//! Reading the board: open to everyone, so nothing here needs an actor, and nothing here holds personal data.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kernel_base::{AgencyId, Error, Instant, Result, Words};
use kernel_contract::{PublicBook, PublicSubject, Span};
use kernel_db::Tx;
use kernel_obligations::{
    Obligation,
    score::{self, Page, Show},
};
use serde::Serialize;

use super::model::{Figures, LEAST, Line, Month, Period, System, rank};

/// What somebody wants to see.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub system: &'static System,
    pub period: Period,
    /// The board as it stood then; `None`: now.
    pub at: Option<Instant>,
}

impl Wanted {
    /// Tells questions apart that have different answers.
    #[must_use]
    pub fn question(&self) -> String {
        let at = self.at.map(|at| at.to_string()).unwrap_or_default();
        format!("{} {} {at}", self.system.code, self.period.code())
    }
}

/// The whole board.
#[derive(Debug, Clone, Serialize)]
pub struct Board {
    pub period: Period,
    /// Counted up to this instant.
    pub at: Instant,
    pub total: Figures,
    pub lines: Vec<Line>,
    pub trend: Vec<Month>,
}

/// A row of a figure, readable by anyone. Days, not instants: whoever was at the counter at 10:03 is nobody's business.
#[derive(Debug, Clone, Serialize)]
pub struct PublicRow {
    /// Empty for what is secret or unknown.
    pub code: String,
    /// Empty where it would say too much; see [`names_the_procedure`].
    pub title: Words,
    /// Who answers for it: the holder when the legal due passed, whoever has it now.
    pub agency: AgencyId,
    pub agency_name: String,
    /// Who has it now, when it was handed on after the due.
    pub handed_to: Option<String>,
    pub first_promise: Date,
    pub legal_due: Date,
    pub closed_on: Option<Date>,
    /// Working days after the legal due; 0 when in time.
    pub late_days: i64,
    pub apology: Option<bool>,
    pub pauses: i64,
    pub pauses_near_due: i64,
    pub extensions: i64,
}

/// Rows of one figure.
#[derive(Debug, Clone, Serialize)]
pub struct Rows {
    pub at: Instant,
    /// How many the figure counts.
    pub count: i64,
    pub rows: Vec<PublicRow>,
    /// Secret ones of this page: counted, never listed.
    pub hidden: usize,
}

/// The end of a day in Vietnam, `2021-07-20`, or an instant.
#[must_use]
pub fn instant_of(text: &str) -> Option<Instant> {
    match text.trim().parse::<Date>() {
        Ok(day) if text.trim().len() == 10 => Some(Instant::from_vietnam(day.at(23, 59, 59, 999_000_000))),
        _ => Instant::parse(text.trim()),
    }
}

/// Until when a board counts: the instant asked for, not after now nor after the period.
fn bounds(tx: &Tx<'_>, wanted: &Wanted) -> Span {
    let span = wanted.period.span();
    let at = wanted.at.map_or(tx.now(), |at| at.min(tx.now()));
    // An event at the very instant counts: the end is exclusive, one millisecond later.
    let until = at.plus_millis(1).min(span.until);
    Span { from: span.from.min(until), until }
}

/// The instant at which open work is counted.
fn open_instant(tx: &Tx<'_>, span: Span) -> Instant {
    span.until.plus_millis(-1).min(tx.now())
}

/// The board of a kind and period as of an instant.
///
/// # Errors
/// Those of the database.
pub fn board(tx: &mut Tx<'_>, wanted: &Wanted) -> Result<Board> {
    let span = bounds(tx, wanted);
    let at = open_instant(tx, span);
    let mut total = Figures::default();
    let mut lines = Vec::new();
    for (agency, figures) in figures(tx, wanted)? {
        total.add(&figures);
        let name = agency_name(tx, &agency, at)?;
        lines.push(Line { rank: None, agency, name, figures });
    }
    rank(&mut lines);
    let trend = trend(tx, wanted, span.until)?;
    Ok(Board { period: wanted.period, at, total, lines, trend })
}

/// The figures of each agency that has any.
fn figures(tx: &mut Tx<'_>, wanted: &Wanted) -> Result<BTreeMap<AgencyId, Figures>> {
    let span = bounds(tx, wanted);
    let (at, kind) = (open_instant(tx, span), wanted.system.kind);
    let mut all: BTreeMap<AgencyId, Figures> = BTreeMap::new();
    for (agency, settled) in score::settled(tx, kind, span.from, span.until)? {
        all.entry(agency).or_default().settled = settled;
    }
    for (agency, then) in score::open_at(tx, kind, at)? {
        all.entry(agency).or_default().now = then;
    }
    Ok(all)
}

/// Twelve months up to the last one of the period.
fn trend(tx: &mut Tx<'_>, wanted: &Wanted, end: Instant) -> Result<Vec<Month>> {
    let mut months = Vec::new();
    for period in wanted.period.trend() {
        let span = period.span();
        let until = span.until.min(end);
        let mut month = Month { period, kept: 0, late: 0 };
        if span.from < until {
            for settled in score::settled(tx, wanted.system.kind, span.from, until)?.into_values() {
                month.kept += settled.early + settled.on_time;
                month.late += settled.late;
            }
        }
        months.push(month);
    }
    Ok(months)
}

pub(crate) fn agency_name(tx: &mut Tx<'_>, agency: &AgencyId, at: Instant) -> Result<String> {
    Ok(kernel_org::agency(tx, agency, at)?.map_or_else(|| agency.to_string(), |found| found.short_name))
}

/// The rows of one figure of the board.
///
/// # Errors
/// `NotFound` for an agency that does not exist; those of the database.
pub fn rows(tx: &mut Tx<'_>, wanted: &Wanted, agency: Option<&AgencyId>, show: Show, page: Page) -> Result<Rows> {
    let span = bounds(tx, wanted);
    let at = open_instant(tx, span);
    let end = if matches!(show, Show::Open | Show::Overdue) { at } else { span.until };
    let found = score::rows(tx, wanted.system.kind, agency, show, (span.from, end), page)?;
    let count = figure(tx, wanted, agency, show)?;
    let subjects: Vec<String> = found.iter().map(|o| o.subject.clone()).collect();
    let mut known = tx.port::<PublicBook>()?.describe(tx, &subjects)?;
    let mut names = BTreeMap::new();
    let (mut rows, mut hidden) = (Vec::with_capacity(found.len()), 0);
    for obligation in &found {
        let mut subject = known.remove(&obligation.subject).unwrap_or_default();
        if !names_the_procedure(&obligation.kind, show, count) {
            subject.title = Words::default();
        }
        if subject.secret {
            hidden += 1;
            continue;
        }
        for agency in [&obligation.responsible, &obligation.holder] {
            if !names.contains_key(agency) {
                names.insert(agency.clone(), agency_name(tx, agency, at)?);
            }
        }
        rows.push(public_row(tx, obligation, subject, &names, at)?);
    }
    Ok(Rows { at, count, rows, hidden })
}

/// Whether rows may say which procedure a dossier is of. With a handful of cases in a commune, "registering a death" on a
/// certain day is a person. Late dossiers are listed with their procedure whatever their number, and tasks name nobody.
fn names_the_procedure(kind: &str, show: Show, count: i64) -> bool {
    !kind.starts_with("dossier.") || count >= LEAST || matches!(show, Show::Late | Show::Overdue)
}

fn public_row(
    tx: &mut Tx<'_>,
    obligation: &Obligation,
    subject: PublicSubject,
    names: &BTreeMap<AgencyId, String>,
    at: Instant,
) -> Result<PublicRow> {
    let late_days = match obligation.closed_at {
        Some(_) => obligation.late_days,
        None if obligation.is_late(at) => {
            let calendar = kernel_obligations::calendars::load(tx, &obligation.running_calendar)?;
            kernel_calendar::working_days_between(obligation.legal_due, at, &calendar)
        }
        None => 0,
    };
    let day = |at: Instant| at.vietnam().date();
    let named = |agency: &AgencyId| names.get(agency).cloned().unwrap_or_default();
    Ok(PublicRow {
        code: subject.code,
        title: subject.title,
        agency: obligation.responsible.clone(),
        agency_name: named(&obligation.responsible),
        handed_to: (obligation.holder != obligation.responsible).then(|| named(&obligation.holder)),
        first_promise: day(obligation.first_promise),
        legal_due: day(obligation.legal_due),
        closed_on: obligation.closed_at.map(day),
        late_days,
        apology: subject.apology,
        pauses: obligation.pauses.len() as i64,
        pauses_near_due: obligation.pauses_near_due(),
        extensions: obligation.extensions.len() as i64,
    })
}

/// The figure that the rows belong to, counted apart from them.
fn figure(tx: &mut Tx<'_>, wanted: &Wanted, agency: Option<&AgencyId>, show: Show) -> Result<i64> {
    let all = figures(tx, wanted)?;
    let counted = all.iter().filter(|(id, _)| agency.is_none_or(|agency| agency == *id));
    Ok(counted.map(|(_, figures)| count_of(figures, show)).sum())
}

/// The number a figure shows.
#[must_use]
pub fn count_of(figures: &Figures, show: Show) -> i64 {
    match show {
        Show::Kept => figures.kept(),
        Show::Late => figures.settled.late,
        Show::Settled => figures.answered(),
        Show::Extended => figures.settled.extended,
        Show::Paused => figures.settled.paused,
        Show::PausedNearDue => figures.settled.paused_near_due,
        Show::Open => figures.now.open,
        Show::Overdue => figures.now.overdue,
    }
}

/// An agency of the query; nothing when none is named.
///
/// # Errors
/// `NotFound` when the text names no agency.
pub fn agency_of(tx: &mut Tx<'_>, text: &str) -> Result<Option<(AgencyId, String)>> {
    if text.is_empty() {
        return Ok(None);
    }
    let unknown = || {
        Error::not_found(
            "agency_not_found",
            ("Không có cơ quan này. Hãy quay lại bảng điểm.", "There is no such agency. Go back to the scoreboard."),
        )
    };
    let id = AgencyId::parse(text).ok_or_else(unknown)?;
    let now = tx.now();
    let found = kernel_org::responsible_agency(tx, &id, now)?.ok_or_else(unknown)?;
    Ok(Some((id, found.short_name)))
}
