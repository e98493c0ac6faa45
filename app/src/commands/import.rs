//! `chuyendong import`

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Subcommand;
use kernel_base::{Error, Result, Words};
use kernel_org::Actor;

use crate::{commands, config::Overrides, server};

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
    /// List the drafts that wait for somebody to look at them and publish them
    Drafts,
    /// Publish drafts that somebody has looked at; all or none
    Publish {
        /// Identifiers that the import printed, `pver_…`
        #[arg(required = true)]
        versions: Vec<String>,
    },
}

/// Imports or publishes everything or nothing.
///
/// # Errors
/// An unreadable file; faults of the file, all at once; a version that is no draft.
pub fn run(overrides: &Overrides, args: &Args) -> Result<ExitCode> {
    match &args.what {
        What::Procedures { file, template, publish } => {
            procedures(overrides, file.as_deref(), template.as_deref(), *publish)
        }
        What::Drafts => drafts(overrides),
        What::Publish { versions } => publish_drafts(overrides, versions),
    }
}

fn drafts(overrides: &Overrides) -> Result<ExitCode> {
    let parts = server::open_to_write(&commands::settings(overrides)?, true)?;
    let drafts = parts.db.read_blocking(&parts.home, system_services::drafts)?;
    for draft in &drafts {
        commands::say(&format!("{}: {} lần {}, từ {}", draft.version, draft.procedure, draft.number, draft.source));
    }
    commands::say(&format!("Có {} bản nháp chờ công bố.", drafts.len()));
    Ok(ExitCode::SUCCESS)
}

fn publish_drafts(overrides: &Overrides, versions: &[String]) -> Result<ExitCode> {
    let parts = server::open_to_write(&commands::settings(overrides)?, true)?;
    let wanted = versions.to_vec();
    parts.db.write_blocking(&parts.home, move |tx| {
        wanted.iter().try_for_each(|version| system_services::publish_draft(tx, &Actor::System, version.trim()))
    })?;
    commands::say(&format!("Đã công bố {} phiên bản.", versions.len()));
    Ok(ExitCode::SUCCESS)
}

/// Imports everything or nothing; each faulty row is named.
fn procedures(overrides: &Overrides, file: Option<&Path>, template: Option<&Path>, publish: bool) -> Result<ExitCode> {
    let unreadable = |path: &Path, e: std::io::Error| {
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
    let parts = server::open_to_write(&config, true)?;
    let count = procedures.len();
    for caution in procedures.iter().flat_map(|procedure| &procedure.cautions) {
        commands::say(&format!("LƯU Ý {caution}"));
    }
    let versions = parts.db.write_blocking(&parts.home, move |tx| {
        system_services::import_procedures(tx, &Actor::System, &procedures, &name, publish)
    })?;
    for version in &versions {
        commands::say(&format!("{} → phiên bản {}{}", version.0, version.1, if publish { "" } else { " (bản nháp)" }));
    }
    commands::say(&format!("Đã nhập {count} thủ tục."));
    Ok(ExitCode::SUCCESS)
}
