//! Chuyển Động: one binary that runs a province's digital government.

pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
pub mod demo;
pub mod escalation;
mod figures;
pub mod metrics;
pub mod notices;
mod openapi;
pub mod payments;
pub mod server;
mod sign_on;
pub mod signing;
pub mod simulators;
pub mod systems;
