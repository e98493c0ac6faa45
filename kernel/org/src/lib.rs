//! Agencies, officers, roles, delegation, and who may do what.
//!
//! Agencies and officers are dated rows: every question carries an instant. Permission is one table
//! (who × action × scope) in [`policy`]; everything that is not in it is denied.

mod acting;
mod action;
mod actor;
mod agency;
mod counter;
mod data;
mod flow;
mod officer;
mod people;
pub mod policy;
pub mod reads;
mod role;
mod store;

use kernel_db::Migration;

pub use acting::{Acting, Assurance, MandateId, MandateKind};
pub use action::Action;
pub use actor::{AccountId, ActingFor, Actor, CitizenActor, OfficerActor, OfficerId, PersonId};
pub use agency::{
    Agency, AgencyKind, AgencyTier, agencies, agencies_below, agency, responsible_agency, search_agencies,
};
pub use counter::{Counter, counters_of};
pub use data::{NewOfficer, OrgData, Seeded, seed};
pub use flow::{
    Delegation, DelegationId, NewDelegation, Replaced, Replacement, SignIns, appoint, change_agency, create_agency,
    delegate, delegations_of, end_term, grant_role, replace_agency, revoke_delegation, revoke_role,
};
pub use officer::{Officer, head_of, officer, officer_by_account, officer_name, officers_of};
pub use people::{DemoAccount, demo_accounts};
pub use policy::{Resource, allow, permitted};
pub use role::Role;

pub const MIGRATIONS: &[Migration] = &[
    Migration {
        system: "org",
        number: 1,
        name: "organisation",
        sql: include_str!("../migrations/001_organisation.sql"),
    },
    Migration { system: "org", number: 20, name: "reads", sql: include_str!("../migrations/020_reads.sql") },
];
