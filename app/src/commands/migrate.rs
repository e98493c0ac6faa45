//! `chuyendong migrate`

use std::{process::ExitCode, sync::Arc};

use kernel_base::Result;

use crate::{clock::SystemClock, commands, config::Overrides, server, systems};

/// Make or update the tables.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Only print which steps exist
    #[arg(long)]
    pub plan: bool,
}

/// Makes or updates the tables; running it again changes nothing.
///
/// # Errors
/// A database that cannot be reached, a step whose text was changed after it was applied.
pub fn run(overrides: &Overrides, args: &Args) -> Result<ExitCode> {
    if args.plan {
        for step in systems::migrations() {
            commands::say(&format!("{} {:03} {}", step.system, step.number, step.name));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let config = commands::settings(overrides)?;
    let parts = server::open(&config, Arc::new(SystemClock), false, false)?;
    let applied = parts.db.migrate(&systems::migrations())?;
    for step in &applied {
        commands::say(&format!("Đã chạy: {step}"));
    }
    commands::say(&format!("Cơ sở dữ liệu đã đúng phiên bản; {} bước mới.", applied.len()));
    Ok(ExitCode::SUCCESS)
}
