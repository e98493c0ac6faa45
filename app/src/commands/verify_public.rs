//! `chuyendong verify --public FILE`: needs only the program and the file.

use std::{fs::File, io::BufReader, path::Path, process::ExitCode};

use kernel_base::{Error, Result, Words};
use system_directives::scoreboard::file::{self, Report};

use crate::commands;

/// Recomputes every instant and figure of a public file; exit code 1 when something was found.
///
/// `keys` are public keys that the reader trusts; without one, the signature is only checked against the key in the file.
/// `roots` is the second party's folder; without it, the root in the file may be one that nobody else has.
///
/// # Errors
/// A file that cannot be read.
pub fn run(path: &Path, keys: &[String], roots: Option<&Path>, as_json: bool) -> Result<ExitCode> {
    let unreadable = |e: std::io::Error| {
        Error::refused("public_file", Words::new(format!("Không đọc được {}: {e}", path.display()), ""))
    };
    let mut report = file::check(BufReader::new(File::open(path).map_err(unreadable)?)).map_err(unreadable)?;
    trust(&mut report, keys);
    compare_root(&mut report, roots)?;
    if as_json {
        let findings: Vec<serde_json::Value> = report
            .findings
            .iter()
            .map(|f| serde_json::json!({ "line": f.line, "about": f.about, "what": f.what }))
            .collect();
        let said = serde_json::json!({ "rows": report.rows, "events": report.events, "figures": report.figures,
            "findings": findings, "cannot_prove": report.cannot_prove });
        commands::say(&said.to_string());
    } else {
        for f in &report.findings {
            commands::say(&format!("SAI dòng {} [{}]: {}", f.line, f.about, f.what.vi));
        }
        for words in &report.cannot_prove {
            commands::say(&format!("Chưa chứng minh được: {}", words.vi));
        }
        if let Some((id, key)) = &report.key {
            commands::say(&format!("Khóa đã ký: {id} ({key})"));
        }
        commands::say(&format!(
            "Đã tính lại {} nghĩa vụ từ {} sự kiện và {} dòng số liệu: {} chỗ sai.",
            report.rows,
            report.events,
            report.figures,
            report.findings.len()
        ));
    }
    Ok(if report.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// A key that nobody named proves only that the file is whole; say so.
fn trust(report: &mut Report, keys: &[String]) {
    let Some((_, key)) = &report.key else { return };
    if keys.is_empty() {
        report.cannot_prove.push(Words::new(
            "Chưa so khóa: hãy cho khóa công khai mà bên thứ hai giữ bằng --key.",
            "The key was not compared: give the public key that the second party holds with --key.",
        ));
    } else if !keys.iter().any(|k| k.trim().eq_ignore_ascii_case(key)) {
        report.findings.push(file::Finding {
            line: 0,
            about: "signature".to_owned(),
            what: Words::new("tệp do một khóa khác ký", "the file was signed with another key"),
        });
    }
}

/// The root that the events lead to must be the one that the second party was given that day.
fn compare_root(report: &mut Report, roots: Option<&Path>) -> Result<()> {
    let Some(root) = &report.root else { return Ok(()) };
    let Some(folder) = roots else {
        report.cannot_prove.push(Words::new(
            format!("Chưa so mã gốc ngày {}: hãy cho thư mục của bên thứ hai bằng --roots.", root.day),
            format!("The root of {} was not compared: give the second party's folder with --roots.", root.day),
        ));
        return Ok(());
    };
    let held = kernel_ledger::read_published(folder)?.into_iter().find(|held| held.file == root.file_name());
    if held.is_none_or(|held| held.text.trim() != root.to_json().trim()) {
        let what = Words::new("không phải mã gốc mà bên thứ hai giữ", "is not the root that the second party has");
        report.findings.push(file::Finding { line: 0, about: format!("root {}", root.day), what });
    }
    Ok(())
}
