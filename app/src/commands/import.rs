//! `chuyendong import`

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use clap::Subcommand;
use kernel_base::{Error, Result, Words};
use kernel_org::Actor;

use crate::{clock::SystemClock, commands, config::Overrides, server};

/// Bring in procedures, or write the Excel template for them.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    pub what: What,
}

/// What is imported.
#[derive(Debug, Clone, Subcommand)]
pub enum What {
    /// Read procedures from JSON (the national portal's LayThuTuc answer) or from the Excel workbook; enters drafts
    Procedures {
        /// .json or .xlsx
        #[arg(required_unless_present = "template")]
        file: Option<PathBuf>,
        /// Write the empty Excel workbook here instead
        #[arg(long, value_name = "FILE")]
        template: Option<PathBuf>,
        /// Publish at once instead of leaving drafts
        #[arg(long)]
        publish: bool,
    },
}

/// Imports everything or nothing; each faulty row is named.
///
/// # Errors
/// An unreadable file; faults of the file, all at once.
pub fn run(overrides: &Overrides, args: &Args) -> Result<ExitCode> {
    let What::Procedures { file, template, publish } = &args.what;
    let unreadable = |path: &PathBuf, e: std::io::Error| {
        Error::refused("file", Words::new(format!("Không đọc hoặc ghi được {}: {e}.", path.display()), ""))
    };
    if let Some(path) = template {
        let bytes = system_services::import::template()?;
        std::fs::write(path, bytes).map_err(|e| unreadable(path, e))?;
        commands::say(&format!("Đã ghi mẫu Excel vào {}.", path.display()));
        return Ok(ExitCode::SUCCESS);
    }
    let Some(path) = file else { return Ok(ExitCode::from(2)) };
    let bytes = std::fs::read(path).map_err(|e| unreadable(path, e))?;
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let procedures = match system_services::import::read(&name, &bytes) {
        Ok(procedures) => procedures,
        Err(faults) => {
            for fault in &faults {
                commands::say(&format!("SAI {fault}"));
            }
            commands::say(&format!("Có {} chỗ sai trong tệp; chưa nhập gì.", faults.len()));
            return Ok(ExitCode::from(1));
        }
    };
    let config = commands::settings(overrides)?;
    let parts = server::open(&config, Arc::new(SystemClock), false, true)?;
    let publish = *publish;
    let count = procedures.len();
    let versions = parts.db.write_blocking(&parts.home, move |tx| {
        system_services::import_procedures(tx, &Actor::System, &procedures, &name, publish)
    })?;
    for version in &versions {
        commands::say(&format!("{} → phiên bản {}{}", version.0, version.1, if publish { "" } else { " (bản nháp)" }));
    }
    commands::say(&format!("Đã nhập {count} thủ tục."));
    Ok(ExitCode::SUCCESS)
}
