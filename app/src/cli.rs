//! The command line.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use kernel_base::Error;

use crate::{commands, config::Overrides};

/// Chuyển Động: dịch vụ công trực tuyến và một cửa điện tử trong một tệp chạy
#[derive(Debug, Parser)]
#[command(name = "chuyendong", version, about, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    pub overrides: Overrides,
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the demonstration: invented people and dossiers, July 2021, all sign-ins printed
    Demo(commands::demo::Args),
    /// Run the server
    Serve(commands::serve::Args),
    /// Bring in procedures, or write the Excel template for them
    Import(commands::import::Args),
    /// Recompute every date, chain and file; name each row that differs (exit 1)
    Verify(commands::verify::Args),
    /// Check configuration, database, disk, files and ledger; each finding comes with a command
    Doctor(commands::doctor::Args),
    /// Sign-ins of officers, delegations on paper, successors of agencies
    Admin(commands::admin::Args),
    /// Make or update the tables
    Migrate(commands::migrate::Args),
    /// Play an outside world for the demonstration
    #[command(subcommand)]
    Simulator(commands::simulator::Simulator),
    /// Print the OpenAPI document
    Openapi,
    /// Print the commented configuration file
    Config,
    /// Inspect files of strangers in a limited process; started by the server only
    #[command(hide = true)]
    InspectFile,
    /// Check signatures of strangers' files in a limited process; started by the server only
    #[command(hide = true)]
    CheckSignatures,
}

/// Runs a command; an error is one Vietnamese sentence on standard error.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    let done = match cli.command {
        Command::InspectFile => return kernel_files::child::main(),
        Command::CheckSignatures => return kernel_signatures::child::main(),
        Command::Demo(args) => commands::demo::run(&cli.overrides, &args),
        Command::Serve(args) => commands::serve::run(&cli.overrides, &args),
        Command::Import(args) => commands::import::run(&cli.overrides, &args),
        Command::Verify(args) => commands::verify::run(&cli.overrides, &args),
        Command::Doctor(args) => commands::doctor::run(&cli.overrides, &args),
        Command::Admin(args) => commands::admin::run(&cli.overrides, &args),
        Command::Migrate(args) => commands::migrate::run(&cli.overrides, &args),
        Command::Simulator(simulator) => commands::simulator::run(&simulator),
        Command::Openapi => commands::print(&crate::systems::openapi_json()),
        Command::Config => commands::print(crate::config::DEFAULTS),
    };
    done.unwrap_or_else(|error| fail(&error))
}

fn fail(error: &Error) -> ExitCode {
    commands::complain(error);
    ExitCode::from(2)
}
