//! Who acts: a citizen, an officer of an agency, or the system itself.

use kernel_base::{AgencyId, Instant, TypedId, typed_id};
use serde::{Deserialize, Serialize};

use crate::{Acting, Assurance, DelegationId, MandateKind, Role};

typed_id!(
    /// A sign-in account of a citizen or an organisation.
    AccountId, "acc"
);
typed_id!(
    /// A natural person or an organisation behind an account.
    PersonId, "per"
);
typed_id!(
    /// One term of service of an officer at one agency; a transfer gives a new one.
    OfficerId, "off"
);

/// The first argument of every use case: on whose behalf it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    Citizen(CitizenActor),
    Officer(OfficerActor),
    /// Timers, subscriptions and the demonstration; never a person's request.
    System,
}

/// A signed-in citizen or organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CitizenActor {
    pub account: AccountId,
    pub person: PersonId,
    /// Full name as kept with the account; may be empty before the first dossier. Personal data.
    pub name: String,
    /// How sure it is who sits at the screen.
    #[serde(default)]
    pub assurance: Assurance,
    /// The person who acts for this account, when it is not its own holder.
    #[serde(default)]
    pub acting: Option<Acting>,
}

impl CitizenActor {
    /// Signed in by a code to a contact, acting for himself.
    #[must_use]
    pub fn own(account: AccountId, person: PersonId, name: String) -> Self {
        Self { account, person, name, assurance: Assurance::CONTACT, acting: None }
    }

    /// Whether the account's own holder is there, or who represents the organisation; a delegate or a helper is not.
    #[must_use]
    pub fn is_in_person(&self) -> bool {
        self.acting.as_ref().is_none_or(|acting| acting.kind == MandateKind::Representation)
    }

    /// The mandate of a helper, who sees only what he himself began within it.
    #[must_use]
    pub fn helper(&self) -> Option<&Acting> {
        self.acting.as_ref().filter(|acting| acting.kind == MandateKind::Help)
    }

    /// Whether the account, or who acts for it, may act in a procedure.
    #[must_use]
    pub fn covers(&self, procedure: &str) -> bool {
        self.acting.as_ref().is_none_or(|acting| acting.covers(procedure))
    }
}

/// A signed-in officer, as the organisation stands at the instant of the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficerActor {
    pub officer: OfficerId,
    /// Sign-in name, e.g. `tiepnhan.tamky`.
    pub account: String,
    /// Full name, e.g. for slips.
    pub name: String,
    /// Position (chức vụ), e.g. `Phó Chủ tịch`.
    pub title: String,
    pub agency: AgencyId,
    /// Roles held at `agency` now.
    pub roles: Vec<Role>,
    /// Delegations in force now (ủy quyền): roles of other officers this one may use.
    #[serde(default)]
    pub acting_for: Vec<ActingFor>,
}

/// A delegation in force: the holder uses these roles at the delegating officer's agency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActingFor {
    pub delegation: DelegationId,
    pub officer: OfficerId,
    pub name: String,
    pub agency: AgencyId,
    pub roles: Vec<Role>,
    /// End of the delegation, exclusive.
    pub until: Instant,
}

impl OfficerActor {
    /// Holds `role` at the own agency, not counting delegations.
    pub fn has_role(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Every (agency, role) pair the officer may use now: the own ones, then those of delegations.
    pub fn powers(&self) -> impl Iterator<Item = (&AgencyId, Role)> {
        let own = self.roles.iter().map(|role| (&self.agency, *role));
        let delegated = self.acting_for.iter().flat_map(|d| d.roles.iter().map(|role| (&d.agency, *role)));
        own.chain(delegated)
    }

    /// The delegation that gives `role` at `agency`, when the officer does not hold the role there himself.
    pub fn delegation_for(&self, agency: &AgencyId, role: Role) -> Option<&ActingFor> {
        if self.agency == *agency && self.has_role(role) {
            return None;
        }
        self.acting_for.iter().find(|d| d.agency == *agency && d.roles.contains(&role))
    }
}

impl Actor {
    /// The actor in a ledger event: no personal data, `citizen:acc_…`, `officer:off_…` or `system`. Who acts for another
    /// shows both: `citizen:acc_… by acc_…`.
    pub fn label(&self) -> String {
        match self {
            Self::Citizen(citizen) => match &citizen.acting {
                Some(acting) => format!("{} by {}", self.holder(), acting.agent),
                None => self.holder(),
            },
            Self::Officer(_) | Self::System => self.holder(),
        }
    }

    /// Whose things they are: the account in whose name is acted, whoever acts. For owners of files.
    pub fn holder(&self) -> String {
        match self {
            Self::Citizen(citizen) => format!("citizen:{}", citizen.account.as_str()),
            Self::Officer(officer) => format!("officer:{}", officer.officer.as_str()),
            Self::System => "system".to_owned(),
        }
    }

    pub fn citizen(&self) -> Option<&CitizenActor> {
        match self {
            Self::Citizen(citizen) => Some(citizen),
            Self::Officer(_) | Self::System => None,
        }
    }

    pub fn officer(&self) -> Option<&OfficerActor> {
        match self {
            Self::Officer(officer) => Some(officer),
            Self::Citizen(_) | Self::System => None,
        }
    }

    /// Name for slips and traces; `Hệ thống` for the system.
    pub fn name(&self) -> &str {
        match self {
            Self::Citizen(citizen) => &citizen.name,
            Self::Officer(officer) => &officer.name,
            Self::System => "Hệ thống",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_label_of_an_actor_holds_no_name() {
        let account = AccountId::from_part("0190a6f2a1b07c3e8f4a5b6c7d8e9f00");
        let person = PersonId::from_part("0190a6f2a1b07c3e8f4a5b6c7d8e9f01");
        let actor = Actor::Citizen(CitizenActor::own(account, person, "Trần Thí Dụ".to_owned()));
        assert_eq!(actor.label(), "citizen:acc_0190a6f2a1b07c3e8f4a5b6c7d8e9f00");
        assert_eq!(Actor::System.label(), "system");
    }
}
