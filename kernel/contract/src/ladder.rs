//! What the clock tells others: a rung of a ladder was climbed.

use kernel_base::{AgencyId, Instant};
use kernel_obligations::{Fired, Level, ObligationId, RungAct};
use serde::{Deserialize, Serialize};

/// Name of the event, for `kernel_jobs::publish` and subscriptions.
pub const RUNG_CLIMBED: &str = "obligation.rung_climbed";

/// A reminder or an escalation of an obligation, published in the transaction that records it: exactly once for each
/// obligation, round and mark. Holds no personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RungClimbed {
    pub obligation: ObligationId,
    /// `dossier.settlement`, `dossier.step`, `directive.task`, ...
    pub kind: String,
    /// Subject of the ledger: `dossier:dos_…`, `task:tsk_…`.
    pub subject: String,
    /// The agency that owes it.
    pub holder: AgencyId,
    /// Number of the rung, and how many extensions came before.
    pub mark: i64,
    pub round: i64,
    pub act: RungAct,
    pub to: Vec<Level>,
    /// When the rung was due, and when it was climbed.
    pub planned: Instant,
    pub at: Instant,
    /// Decides late or on time.
    pub legal_due: Instant,
}

impl RungClimbed {
    /// What `kernel_obligations::fire` answered, at the instant of its transaction.
    #[must_use]
    pub fn new(fired: &Fired, at: Instant) -> Self {
        let o = &fired.obligation;
        Self {
            obligation: o.id.clone(),
            kind: o.kind.clone(),
            subject: o.subject.clone(),
            holder: o.holder.clone(),
            mark: fired.rung.mark,
            round: fired.round,
            act: fired.rung.act,
            to: fired.rung.to.clone(),
            planned: fired.planned,
            at,
            legal_due: o.legal_due,
        }
    }
}
