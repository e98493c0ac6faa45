//! From events to obligations: the only place where an instant of an obligation is computed.

mod clock;
mod event;

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel_base::{Error, Instant, Result};
use kernel_calendar::Calendar;
use kernel_ledger::Event;

pub(crate) use self::event::{Body, Change, Claims};
use crate::ladder::Ladder;
use crate::model::{CalendarVersionId, LadderId, Obligation, ObligationId, State};

/// What an event is computed with: the calendar it pins and the ladder its opening pinned.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules<'a> {
    pub version: &'a CalendarVersionId,
    pub calendar: &'a Calendar,
    pub ladder: &'a Ladder,
}

/// Every calendar and ladder that events pin.
#[derive(Debug, Clone, Default)]
pub struct PinnedRules {
    pub calendars: BTreeMap<CalendarVersionId, Arc<Calendar>>,
    pub ladders: BTreeMap<LadderId, Arc<Ladder>>,
}

impl PinnedRules {
    /// Without a pin, the standard ladder.
    fn ladder(&self, pin: Option<&LadderId>) -> Result<&Ladder, String> {
        match pin {
            None => Ok(Ladder::standard()),
            Some(id) => self.ladders.get(id).map(Arc::as_ref).ok_or_else(|| format!("pins unknown ladder {id}")),
        }
    }
}

/// What a subject's events say.
#[derive(Debug, Clone, Default)]
pub struct Folded {
    /// In the order they were opened.
    pub obligations: Vec<Obligation>,
    /// Events that cannot be folded or claim something else than a recomputation gives: sequence number and what.
    pub faults: Vec<(i64, String)>,
}

/// Folds the events of one subject; events of other kinds are passed over. `rules` must hold whatever they pin.
pub fn fold(events: &[Event], rules: &PinnedRules) -> Folded {
    let mut folded = Folded::default();
    for event in events.iter().filter(|event| event.kind.starts_with("obligation.")) {
        if let Err(fault) = fold_one(&mut folded.obligations, event, rules) {
            folded.faults.push((event.seq, fault));
        }
    }
    folded
}

fn fold_one(obligations: &mut Vec<Obligation>, event: &Event, rules: &PinnedRules) -> Result<(), String> {
    let body = Body::read(event).map_err(|e| format!("cannot be read: {e}"))?;
    if body.change.kind() != event.kind {
        return Err(format!("kind {} holds {}", event.kind, body.change.kind()));
    }
    let calendar =
        rules.calendars.get(&body.calendar).ok_or_else(|| format!("pins unknown calendar {}", body.calendar))?;
    let place = obligations.iter().position(|o| o.id == body.obligation);
    let before = place.and_then(|index| obligations.get(index));
    let pin = match &body.change {
        Change::Opened { ladder, .. } => ladder.as_ref(),
        _ => before.and_then(|o| o.ladder.as_ref()),
    };
    let pinned = Rules { version: &body.calendar, calendar, ladder: rules.ladder(pin)? };
    let after = apply(before, &event.subject, event.at, &body.obligation, &body.change, pinned)
        .map_err(|e| format!("cannot follow: {e}"))?;
    let claims = Claims::of(&after);
    match place.and_then(|index| obligations.get_mut(index)) {
        Some(slot) => *slot = after,
        None => obligations.push(after),
    }
    if claims == body.claims { Ok(()) } else { Err(format!("claims {:?}, recomputed {claims:?}", body.claims)) }
}

/// The obligation after one change.
pub(crate) fn apply(
    before: Option<&Obligation>,
    subject: &str,
    at: Instant,
    id: &ObligationId,
    change: &Change,
    rules: Rules<'_>,
) -> Result<Obligation> {
    let mut after = match (before, change) {
        (None, Change::Opened { .. }) => return clock::open(subject, at, id, change, rules),
        (Some(before), _) if before.state == State::Closed => return Err(clock::closed()),
        (Some(before), _) => before.clone(),
        (None, _) => return Err(Error::internal(format!("{id}: {} before it was opened", change.kind()))),
    };
    match change {
        Change::Opened { .. } => return Err(Error::internal(format!("{id} is opened twice"))),
        Change::Paused { reason, legal_basis } => clock::pause(&mut after, at, *reason, legal_basis, rules.calendar)?,
        Change::Resumed => {
            clock::resume(&mut after, at, rules)?;
            after.state = State::Running;
            clock::aim(&mut after, at, rules)?;
        }
        Change::Extended { new_appointment, .. } => clock::extend(&mut after, at, *new_appointment, rules)?,
        Change::Transferred { holder } => clock::transfer(&mut after, at, holder)?,
        Change::Reminded { mark } => clock::remind(&mut after, at, *mark, rules)?,
        Change::Delivered => clock::deliver(&mut after, at)?,
        Change::SentBack { .. } => clock::send_back(&mut after, at, rules)?,
        Change::Closed { outcome } => clock::close(&mut after, at, *outcome, rules)?,
    }
    after.responsible = after.answers(at);
    after.version += 1;
    Ok(after)
}
