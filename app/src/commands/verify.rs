//! `chuyendong verify`

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use kernel_base::{Error, Result, Words};

use crate::{
    clock::SystemClock,
    commands::{self, doctor::hidden},
    config::{Config, Overrides},
    server,
    server::Parts,
};

/// Recompute every date, chain and file.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Directory of signed daily roots kept by a second party (default: the setting `roots`)
    #[arg(long, value_name = "DIR")]
    pub roots: Option<PathBuf>,
    /// Public key of the second party's roots, 64 hex digits; repeat for several
    #[arg(long, value_name = "HEX")]
    pub key: Vec<String>,
    /// Do not read the files' content
    #[arg(long)]
    pub no_files: bool,
    /// Check a public file instead: needs no database and no settings; `--roots` is what its root is compared with
    #[arg(long, value_name = "FILE")]
    pub public: Option<PathBuf>,
    /// Answer as JSON
    #[arg(long)]
    pub json: bool,
}

/// One row that says something else than the events.
#[derive(Debug, Clone, serde::Serialize, PartialEq, Eq)]
pub struct Line {
    pub table: String,
    pub row: String,
    pub what: String,
}

/// What was found, and what cannot be proved.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct Verdict {
    pub findings: Vec<Line>,
    pub events: u64,
    pub dossiers: u64,
    pub unproved: Vec<String>,
    /// Worth a look, but no proof of anything.
    pub notices: Vec<Line>,
}

/// A check makes nothing: a wrong path is said, not turned into an empty database.
fn must_exist(config: &Config) -> Result<()> {
    let url = config.db_url();
    match url.strip_prefix("sqlite:") {
        Some(path) if !std::path::Path::new(path).is_file() => {
            let words = format!(
                "Không có cơ sở dữ liệu ở {path}. Hãy kiểm tra --data và --db; dữ liệu trình diễn nằm ở thư mục ghi khi chạy demo."
            );
            Err(Error::refused("no_database", Words::new(words, "")))
        }
        _ => Ok(()),
    }
}

/// Exit code 0 when everything fits, 1 when something was found.
///
/// # Errors
/// A database that cannot be reached; an unreadable directory of roots.
pub fn run(overrides: &Overrides, args: &Args) -> Result<ExitCode> {
    if let Some(file) = &args.public {
        return commands::verify_public::run(file, &args.key, args.roots.as_deref(), args.json);
    }
    let config = commands::settings(overrides)?;
    must_exist(&config)?;
    let parts = server::open(&config, Arc::new(SystemClock), false, false)?;
    if let Err(error) = parts.db.read_blocking(&parts.home, kernel_jobs::health) {
        let words = format!(
            "Không đọc được các bảng ở {}: chưa có hoặc sai phiên bản. Hãy kiểm tra --data, --db, rồi chạy: chuyendong migrate",
            hidden(&config.db_url())
        );
        return Err(Error::refused("no_tables", Words::new(words, "")).with_inside(error.to_string()));
    }
    let verdict = verify(&parts, args)?;
    if args.json {
        commands::say(&serde_json::to_string_pretty(&verdict).unwrap_or_default());
    } else {
        for line in &verdict.findings {
            commands::say(&format!("SAI {} [{}]: {}", line.table, line.row, line.what));
        }
        for line in &verdict.notices {
            commands::say(&format!("Chú ý {} [{}]: {}", line.table, line.row, line.what));
        }
        for line in &verdict.unproved {
            commands::say(&format!("Chưa chứng minh được: {line}"));
        }
        commands::say(&format!(
            "Đã kiểm tra {} sự kiện, {} hồ sơ: {} chỗ sai.",
            verdict.events,
            verdict.dossiers,
            verdict.findings.len()
        ));
    }
    Ok(if verdict.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Checks ledger, promises, dossiers and files.
///
/// # Errors
/// As [`run`].
pub fn verify(parts: &Parts, args: &Args) -> Result<Verdict> {
    let roots = args.roots.clone().unwrap_or_else(|| parts.config.roots_dir());
    let published = if roots.is_dir() { kernel_ledger::read_published(&roots)? } else { Vec::new() };
    let mut keys: Vec<_> = args.key.iter().filter_map(|k| kernel_ledger::PublicKey::parse(k)).collect();
    if keys.is_empty() {
        keys.push(parts.signing.public_key());
    }
    // One read for all: on a busy server nothing is written between two looks.
    let (ledger, promises, catalogue, (dossiers, count), directives, payments) =
        parts.db.read_blocking(&parts.home, move |tx| {
            let ledger = kernel_ledger::verify(tx, &published, &keys)?;
            Ok((
                ledger,
                kernel_obligations::verify(tx)?,
                system_services::verify(tx)?,
                system_onestop::flow::verify(tx)?,
                system_directives::flow::verify(tx)?,
                system_payments::flow::verify(tx)?,
            ))
        })?;
    let found =
        ledger.findings.iter().chain(&promises).chain(&catalogue).chain(&dossiers).chain(&directives).chain(&payments);
    let mut verdict = Verdict {
        findings: found.map(|f| line(f.table, &f.row, &f.what.vi)).collect(),
        notices: ledger.notices.iter().map(|f| line(f.table, &f.row, &f.what.vi)).collect(),
        events: ledger.events,
        dossiers: count,
        unproved: ledger.cannot_prove.iter().map(|w| w.vi.clone()).collect(),
    };
    verify_measures(parts, &mut verdict)?;
    if !args.no_files {
        let files = parts.files.verify(&parts.db, &parts.home)?;
        verdict.findings.extend(files.iter().map(|f| line(f.table, &f.row, &f.what.vi)));
    }
    Ok(verdict)
}

/// Every day whose figures were kept is counted again.
fn verify_measures(parts: &Parts, verdict: &mut Verdict) -> Result<()> {
    use system_directives::metrics::flow;
    for day in parts.db.read_blocking(&parts.home, flow::days)? {
        let found = parts.db.read_blocking(&parts.home, move |tx| flow::differences(tx, day))?;
        verdict.findings.extend(found.iter().map(|(row, what)| line("metric_days", row, &what.vi)));
    }
    Ok(())
}

fn line(table: &str, row: &str, what: &str) -> Line {
    Line { table: table.to_owned(), row: row.to_owned(), what: what.to_owned() }
}
