//! Agencies, officers, roles, delegation, and who may do what.
//!
//! Agencies and officers are dated rows: every question carries an instant. Permission is one table
//! (role × action × scope) in [`policy`]; everything that is not in it is denied.

mod actor;
mod role;

pub use actor::{AccountId, ActingFor, Actor, CitizenActor, OfficerActor, OfficerId, PersonId};
pub use role::Role;
