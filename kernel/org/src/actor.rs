//! Who acts: a citizen, an officer of an agency, or the system itself.

use kernel_base::{AgencyId, Instant, TypedId, typed_id};
use serde::{Deserialize, Serialize};

use crate::{DelegationId, Role};

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
    /// The actor in a ledger event: no personal data, `citizen:acc_…`, `officer:off_…` or `system`.
    pub fn label(&self) -> String {
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
        let actor = Actor::Citizen(CitizenActor { account, person, name: "Trần Thí Dụ".to_owned() });
        assert_eq!(actor.label(), "citizen:acc_0190a6f2a1b07c3e8f4a5b6c7d8e9f00");
        assert_eq!(Actor::System.label(), "system");
    }
}
