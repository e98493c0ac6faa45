//! The only binary of Chuyển Động.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    chuyendong::cli::run(chuyendong::cli::Cli::parse())
}
