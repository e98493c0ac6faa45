//! The product as a second program of this package, so that cargo builds it before the tests that start it.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    chuyendong::cli::run(chuyendong::cli::Cli::parse())
}
