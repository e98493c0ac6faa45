//! `chuyendong serve`

use std::process::ExitCode;

use kernel_base::Result;
use kernel_org::Actor;

use crate::{commands, config::Overrides, demo, server};

/// Run the server.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Do not make or update tables at the start; refuse to run with old ones
    #[arg(long)]
    pub no_migrate: bool,
}

/// Serves until it is told to stop.
///
/// # Errors
/// As [`server::open`] and [`server::serve`].
pub fn run(overrides: &Overrides, args: &Args) -> Result<ExitCode> {
    let config = commands::settings(overrides)?;
    crate::metrics::handle();
    let parts = server::open_to_write(&config, !args.no_migrate)?;
    demo::base_data(&parts, &Actor::System)?;
    let jobs = server::start_jobs(&parts)?;
    let router = server::router(&parts, axum::Router::new())?;
    let address = config.public_address();
    server::serve(&parts, router, || commands::say(&format!("Chuyển Động đang chạy ở {address}")))?;
    jobs.stop();
    Ok(ExitCode::SUCCESS)
}
