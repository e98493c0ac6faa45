//! The commands of the command line.

pub mod admin;
pub mod demo;
pub mod doctor;
pub mod import;
pub mod migrate;
pub mod organisation;
pub mod serve;
pub mod simulator;
pub mod simulator_payments;
pub mod simulator_signing;
pub mod simulator_signon;
pub mod simulator_sms;
pub mod verify;
pub mod verify_public;

use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
};

use kernel_base::{Error, Result};
use tracing_subscriber::EnvFilter;

use crate::config::{Config, Overrides};

/// Reads the settings and starts the log.
pub(crate) fn settings(overrides: &Overrides) -> Result<Config> {
    let config = Config::load(overrides, std::env::vars())?;
    let filter = EnvFilter::try_new(&config.log).unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = if config.log_form == "json" {
        log.json().try_init()
    } else {
        log.with_ansi(std::io::stderr().is_terminal()).try_init()
    };
    // A second start in one process (tests) keeps the first log.
    drop(started);
    Ok(config)
}

/// Writes a line for people or pipes to standard output.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // A closed pipe (`| head`) is no failure.
    drop(writeln!(out, "{line}"));
}

pub(crate) fn print(text: &str) -> Result<ExitCode> {
    say(text.trim_end());
    Ok(ExitCode::SUCCESS)
}

/// One sentence on standard error, with the inside message for the administrator.
pub(crate) fn complain(error: &Error) {
    let mut out = std::io::stderr().lock();
    drop(writeln!(out, "Lỗi: {}", error.words.vi));
    for fault in &error.fields {
        drop(writeln!(out, "  {}: {}", fault.field, fault.message.vi));
    }
    if let Some(inside) = &error.inside {
        drop(writeln!(out, "  ({inside})"));
    }
}
