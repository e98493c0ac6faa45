//! Writing the file: a page of obligations in each read, so that no read is long.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
};

use kernel_base::{AgencyId, Error, Home, Instant, Result, Words};
use kernel_contract::{PublicBook, Span};
use kernel_db::{Db, Tx};
use kernel_ledger::{Event, SigningKey};
use kernel_obligations::{CalendarVersionId, LadderId, Obligation, ObligationId, calendars, score};
use serde_json::Value;

use super::{FORMAT, Fact, Facts, Header, Line, Published, Row, Tree, link, signed_text, tally};
use crate::scoreboard::{
    flow::agency_name,
    model::{Figures, Period, SYSTEMS},
};

/// Obligations in one read.
const PAGE: i64 = 500;

/// Writes lines and keeps their chain.
struct Writer<'a> {
    out: &'a mut dyn Write,
    chain: String,
}

impl Writer<'_> {
    fn line(&mut self, line: &Line) -> Result<()> {
        let text = serde_json::to_string(line).map_err(|e| Error::internal(format!("public file: {e}")))?;
        self.chain = link(&self.chain, &text);
        writeln!(self.out, "{{\"chain\":\"{}\",\"is\":{text}}}", self.chain)
            .map_err(|e| Error::unavailable(format!("public file: {e}")))
    }
}

/// Writes the file of a month up to now, or of the whole month when it has ended. How many obligations it holds.
///
/// # Errors
/// Those of the database; `Unavailable` when the file cannot be written.
pub fn write_month(db: &Db, home: &Home, key: &SigningKey, period: Period, out: &mut dyn Write) -> Result<u64> {
    let now = db.clock().now();
    let whole = period.span();
    let span = Span { from: whole.from, until: whole.until.min(now.plus_millis(1)) };
    let mut writer = Writer { out, chain: String::new() };
    writer.line(&Line::Header(header(home, period, span, now)))?;
    let root = db.read_blocking(home, move |tx| kernel_ledger::partial::signed_root(tx, now.vietnam().date()))?;
    let size = root.as_ref().map_or(0, |r| r.size.cast_unsigned());
    let (mut leaves, mut known, mut ladders, mut rows) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new(), 0_u64);
    let mut secret: BTreeMap<(String, AgencyId), Figures> = BTreeMap::new();
    let mut after: Option<ObligationId> = None;
    loop {
        let from = after.clone();
        let page = db.read_blocking(home, move |tx| page(tx, span, from.as_ref(), size))?;
        for (id, (agency, valid_from, body)) in page.calendars {
            if known.insert(id.clone()) {
                writer.line(&Line::Calendar { id, agency, valid_from, body })?;
            }
        }
        for (id, body) in page.ladders {
            if ladders.insert(id.clone()) {
                writer.line(&Line::Ladder { id, body })?;
            }
        }
        for row in page.rows {
            leaves.extend(row.events.iter().filter_map(|e| e.leaf));
            writer.line(&Line::Row(Box::new(row)))?;
            rows += 1;
        }
        page.secret.iter().for_each(|then| tally(&mut secret, then, span));
        match page.last {
            Some(last) => after = Some(last),
            None => break,
        }
    }
    for published in db.read_blocking(home, move |tx| named(tx, secret.clone(), span))? {
        writer.line(&Line::Secret(published))?;
    }
    for published in db.read_blocking(home, move |tx| figures(tx, span))? {
        writer.line(&Line::Figures(published))?;
    }
    let leaves: Vec<u64> = leaves.into_iter().collect();
    let beside = db.read_blocking(home, move |tx| kernel_ledger::partial::beside(tx, size, &leaves))?;
    writer.line(&Line::Tree(Box::new(Tree { root, beside })))?;
    let public = key.public_key();
    let signature = key.sign(&signed_text(home.as_str(), period, &writer.chain));
    writer.line(&Line::Signature { key_id: public.id(), public_key: public.as_str().to_owned(), signature })?;
    Ok(rows)
}

fn header(home: &Home, period: Period, span: Span, made_at: Instant) -> Header {
    let formula = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    Header {
        format: FORMAT.to_owned(),
        home: home.to_string(),
        period,
        span,
        made_at,
        note: Words::new(
            "Không có dữ liệu cá nhân. Mọi thời điểm tính lại được từ sự kiện và lịch làm việc trong tệp này.",
            "No personal data. Every instant can be computed again from the events and calendars of this file.",
        ),
        formulas: BTreeMap::from([
            formula("late", "closed_at > legal_due; legal_due = first promise + lawful pauses"),
            formula("on_time_share", "(early + on_time) / (early + on_time + late + overdue)"),
            formula(
                "responsible",
                "of a late one who held it when the legal due passed; else who holds it, or held it when it was done",
            ),
            formula("overdue", "open at the end of the span with the legal due behind, a paused clock at its pause"),
        ]),
    }
}

/// A calendar as it was published: whose, from which day, what it says.
type Pinned = (String, jiff::civil::Date, Value);

struct Slice {
    calendars: Vec<(CalendarVersionId, Pinned)>,
    ladders: Vec<(LadderId, Value)>,
    rows: Vec<Row>,
    /// As they stood at the end of the span; nothing of them but their number is published.
    secret: Vec<Obligation>,
    /// The last identifier when there may be more.
    last: Option<ObligationId>,
}

fn page(tx: &mut Tx<'_>, span: Span, after: Option<&ObligationId>, size: u64) -> Result<Slice> {
    let found = score::touched(tx, (span.from, span.until), after, PAGE)?;
    let last = (found.len() as i64 == PAGE).then(|| found.last().map(|o| o.id.clone())).flatten();
    let at = span.until.plus_millis(-1);
    let wanted: Vec<Obligation> = found.into_iter().filter(|o| SYSTEMS.iter().any(|s| s.kind == o.kind)).collect();
    let subjects: Vec<String> = wanted.iter().map(|o| o.subject.clone()).collect();
    let known = tx.port::<PublicBook>()?.describe(tx, &subjects)?;
    let (mut rows, mut calendars, mut ladders) = (Vec::with_capacity(wanted.len()), Vec::new(), Vec::new());
    let mut secret = Vec::new();
    for o in wanted {
        let Some(then) = o.as_of(at) else { continue };
        let subject = known.get(&o.subject);
        if subject.is_some_and(|s| s.secret) {
            secret.push(then);
            continue;
        }
        if let Some(id) = &o.ladder
            && !ladders.iter().any(|(known, _)| known == id)
        {
            let ladder = kernel_obligations::ladders::load(tx, id)?;
            let body = serde_json::to_value(ladder.as_ref()).map_err(|e| Error::internal(format!("ladder: {e}")))?;
            ladders.push((id.clone(), body));
        }
        let events = facts(tx, &o, at, size, &mut calendars)?;
        let code = subject.map(|s| s.code.clone()).unwrap_or_default();
        rows.push(Row { id: o.id.to_string(), code, events, facts: Facts::of(&then) });
    }
    Ok(Slice { calendars, ladders, rows, secret, last })
}

/// The events of an obligation up to an instant, and the calendars they pin.
fn facts(
    tx: &mut Tx<'_>,
    o: &Obligation,
    at: Instant,
    size: u64,
    pinned: &mut Vec<(CalendarVersionId, Pinned)>,
) -> Result<Vec<Fact>> {
    let leaves = kernel_ledger::partial::leaves_of(tx, &o.subject)?;
    let own = |e: &Event| {
        e.kind.starts_with("obligation.")
            && e.body.get("obligation").and_then(Value::as_str) == Some(o.id.to_string().as_str())
    };
    let mut events = Vec::new();
    for event in kernel_ledger::history(tx, &o.subject)?.into_iter().filter(|e| own(e) && e.at <= at) {
        let id: Option<CalendarVersionId> =
            event.body.get("calendar").and_then(|c| serde_json::from_value(c.clone()).ok());
        if let Some(id) = id
            && !pinned.iter().any(|(known, _)| *known == id)
        {
            let (agency, valid_from, body) = calendars::published(tx, &id)?;
            let body = serde_json::from_str(&body).map_err(|e| Error::internal(format!("calendar: {e}")))?;
            pinned.push((id, (agency, valid_from, body)));
        }
        let leaf = leaves.get(&event.seq).copied().filter(|leaf| *leaf < size);
        let rest = event.rest();
        events.push(Fact { seq: event.seq, kind: event.kind, at: event.at, body: event.body, rest, leaf });
    }
    Ok(events)
}

/// The figures as the board publishes them, counted by the database and not from the rows of the file.
fn figures(tx: &mut Tx<'_>, span: Span) -> Result<Vec<Published>> {
    let at = span.until.plus_millis(-1);
    let mut all: BTreeMap<(String, AgencyId), Figures> = BTreeMap::new();
    for system in &SYSTEMS {
        let key = |agency| (system.kind.to_owned(), agency);
        for (agency, settled) in score::settled(tx, system.kind, span.from, span.until)? {
            all.entry(key(agency)).or_default().settled = settled;
        }
        for (agency, then) in score::open_at(tx, system.kind, at)? {
            all.entry(key(agency)).or_default().now = then;
        }
    }
    named(tx, all, span)
}

/// Figures with the names the agencies had at the end of the span.
fn named(tx: &mut Tx<'_>, all: BTreeMap<(String, AgencyId), Figures>, span: Span) -> Result<Vec<Published>> {
    let mut published = Vec::with_capacity(all.len());
    for ((kind, agency), figures) in all {
        let name = agency_name(tx, &agency, span.until.plus_millis(-1))?;
        published.push(Published { kind, agency, name, figures });
    }
    Ok(published)
}
