//! `chuyendong serve`

use std::{process::ExitCode, sync::Arc};

use kernel_base::{Error, Result};
use kernel_org::Actor;

use crate::{clock::ForwardClock, commands, config::Overrides, demo, server};

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
    let parts = server::open(&config, Arc::new(ForwardClock::default()), false, !args.no_migrate)?;
    refuse_an_earlier_clock(&parts)?;
    demo::base_data(&parts, &Actor::System)?;
    let jobs = server::start_jobs(&parts)?;
    let router = server::router(&parts, axum::Router::new())?;
    let address = config.public_address();
    server::serve(&parts, router, || commands::say(&format!("Chuyển Động đang chạy ở {address}")))?;
    jobs.stop();
    Ok(ExitCode::SUCCESS)
}

/// A server whose clock was set back would stamp what is late as on time.
fn refuse_an_earlier_clock(parts: &server::Parts) -> Result<()> {
    let (last, now) = parts.db.read_blocking(&parts.home, |tx| Ok((kernel_ledger::last_instant(tx)?, tx.now())))?;
    match last.filter(|last| now.plus_minutes(1) < *last) {
        None => Ok(()),
        Some(last) => Err(Error::unavailable(format!(
            "Đồng hồ máy chủ ({now}) đứng trước sự kiện cuối cùng đã ghi ({last}). Hãy chỉnh lại đồng hồ rồi chạy lại."
        ))),
    }
}
