//! Mandates: who may act for whom, and whether now. Pure.

use kernel_base::{Instant, Words};
use kernel_org::{AccountId, Acting, Actor, MandateId, MandateKind};

/// How far a mandate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MandateState {
    /// The other side has not answered.
    Proposed,
    Active,
    Declined,
    Ended,
}

impl MandateState {
    const ALL: [Self; 4] = [Self::Proposed, Self::Active, Self::Declined, Self::Ended];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Active => "active",
            Self::Declined => "declined",
            Self::Ended => "ended",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// A permission of one account to act for another.
#[derive(Debug, Clone)]
pub struct Mandate {
    pub id: MandateId,
    pub kind: MandateKind,
    pub principal: AccountId,
    /// Personal data.
    pub principal_name: String,
    /// Who acts; `None` until a delegation is accepted.
    pub agent: Option<AccountId>,
    /// Personal data.
    pub agent_name: String,
    /// Phone or e-mail of who was asked. Personal data.
    pub agent_contact: String,
    /// National codes; empty = all procedures.
    pub procedures: Vec<String>,
    pub from_at: Instant,
    /// Exclusive.
    pub until_at: Instant,
    pub state: MandateState,
    /// How consent or representation was shown. Personal data.
    pub proof: String,
    /// Label of the officer who compared the papers of a representation first; empty = nobody yet.
    pub(crate) seen_by: String,
    pub(crate) code_hash: String,
    pub created_at: Instant,
    pub(crate) version: i64,
}

impl Mandate {
    /// Whether it gives a power at this instant.
    #[must_use]
    pub fn in_force(&self, now: Instant) -> bool {
        self.state == MandateState::Active && self.from_at <= now && now < self.until_at
    }

    /// An officer compared the papers of a representation; a second one is needed.
    #[must_use]
    pub fn is_seen(&self) -> bool {
        self.state == MandateState::Proposed && !self.seen_by.is_empty()
    }

    /// Whether this officer is the one who compared the papers first.
    #[must_use]
    pub fn was_seen_by(&self, actor: &Actor) -> bool {
        self.seen_by == actor.label()
    }

    /// Its state for people; a mandate whose time is over has ended.
    #[must_use]
    pub fn words(&self, now: Instant) -> Words {
        match self.state {
            MandateState::Proposed => ("chờ đồng ý", "waits for consent"),
            MandateState::Declined => ("đã từ chối", "declined"),
            MandateState::Ended => ("đã chấm dứt", "ended"),
            MandateState::Active if now >= self.until_at => ("đã hết hạn", "expired"),
            MandateState::Active if now < self.from_at => ("chưa đến ngày bắt đầu", "not begun"),
            MandateState::Active => ("đang hiệu lực", "in force"),
        }
        .into()
    }

    pub(crate) fn acting(&self, agent: AccountId) -> Acting {
        Acting {
            mandate: self.id.clone(),
            kind: self.kind,
            agent,
            agent_name: self.agent_name.clone(),
            agent_contact: self.agent_contact.clone(),
            procedures: self.procedures.clone(),
        }
    }
}
