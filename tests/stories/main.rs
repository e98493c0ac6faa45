//! Stories across systems: the real application in this process, on SQLite and on PostgreSQL.
//!
//! `arch`, `licences` and `words` look at the sources instead: what the design promises about them is checked here.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod harness;

mod arch;
mod asvs;
mod at_once;
mod bad_files;
mod bad_forms;
mod bad_requests;
mod bulk;
mod cheating;
mod cheating_otherwise;
mod columns;
mod directives;
mod directives_rules;
mod directives_told;
mod documented;
mod endings;
mod evidence;
mod figures;
mod for_others;
mod forgotten;
mod imports;
mod journeys;
mod kills;
mod letter4516;
mod level4;
mod level4_program;
mod level4_walk;
mod licences;
mod mandates;
mod matrix;
mod notices;
mod once_only;
mod outcomes;
mod own_data;
mod pages;
mod payments;
mod payments_faults;
mod payments_harm;
mod payments_sums;
mod pipeline;
mod programs;
mod promises;
mod public_file;
mod reads;
mod reads_routes;
mod secrecy;
mod sessions;
mod sign_on;
mod signatures;
mod signed_pages;
mod statements;
mod told;
mod verify;
mod words;
