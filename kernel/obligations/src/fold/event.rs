//! What an event of an obligation says, and what of it is published.

use jiff::civil::Date;
use kernel_base::{AgencyId, Instant};
use kernel_calendar::{Cutoff, Limit};
use kernel_ledger::Event;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::{CalendarVersionId, LadderId, Obligation, ObligationId, Outcome, PauseReason, ResultClass};

/// What happened to an obligation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Change {
    Opened {
        kind: String,
        holder: AgencyId,
        limit: Limit,
        cutoff: Option<Cutoff>,
        start: Instant,
        #[serde(default)]
        source: Value,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due_on: Option<Date>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ladder: Option<LadderId>,
    },
    Paused {
        reason: PauseReason,
        #[serde(default)]
        legal_basis: String,
    },
    Resumed,
    Extended {
        new_appointment: Instant,
        #[serde(default)]
        reason: String,
    },
    Transferred {
        holder: AgencyId,
    },
    Reminded {
        mark: i64,
    },
    Delivered,
    SentBack {
        #[serde(default)]
        reason: String,
    },
    Closed {
        outcome: Outcome,
    },
}

impl Change {
    /// Kind of the ledger event.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Opened { .. } => OPENED,
            Self::Paused { .. } => "obligation.paused",
            Self::Resumed => "obligation.resumed",
            Self::Extended { .. } => "obligation.extended",
            Self::Transferred { .. } => "obligation.transferred",
            Self::Reminded { .. } => "obligation.reminded",
            Self::Delivered => "obligation.delivered",
            Self::SentBack { .. } => "obligation.sent_back",
            Self::Closed { .. } => "obligation.closed",
        }
    }
}

impl Change {
    /// What of it stays in the house: free text, which may name a person, and the source. No instant follows from it.
    fn kept(&self) -> Option<&'static str> {
        match self {
            Self::Opened { .. } => Some("source"),
            Self::Paused { .. } => Some("legal_basis"),
            Self::Extended { .. } | Self::SentBack { .. } => Some("reason"),
            _ => None,
        }
    }
}

const OPENED: &str = "obligation.opened";

/// Body of a ledger event of an obligation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Body {
    pub obligation: ObligationId,
    /// The calendar this event was computed with.
    pub calendar: CalendarVersionId,
    pub change: Change,
    /// What was computed then, shown to people; a recomputation must give the same.
    pub claims: Claims,
}

impl Body {
    /// As it is written: what may be published, and what is kept apart from it.
    pub(crate) fn written(&self) -> serde_json::Result<(Value, Value)> {
        let mut told = serde_json::to_value(self)?;
        let change = told.get_mut("change").and_then(Value::as_object_mut);
        let kept = change.zip(self.change.kept()).and_then(|(change, field)| change.remove_entry(field));
        Ok((told, kept.map_or(Value::Null, |entry| Value::Object([entry].into_iter().collect()))))
    }

    /// Of a published event, what is kept is empty.
    pub(super) fn read(event: &Event) -> serde_json::Result<Self> {
        let mut body = event.body.clone();
        if let (Some(change), Some(kept)) =
            (body.get_mut("change").and_then(Value::as_object_mut), event.kept.as_object())
        {
            change.extend(kept.clone());
        }
        serde_json::from_value(body)
    }
}

/// Instants after an event, as its writer computed them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub first_promise: Instant,
    pub legal_due: Instant,
    pub appointment: Option<Instant>,
    pub result: Option<ResultClass>,
}

impl Claims {
    pub(crate) fn of(obligation: &Obligation) -> Self {
        Self {
            first_promise: obligation.first_promise,
            legal_due: obligation.legal_due,
            appointment: obligation.appointment,
            result: obligation.result,
        }
    }
}
