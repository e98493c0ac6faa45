//! Recomputes chains, tree and roots and names every row that does not fit.
//!
//! Reads one consistent state in pages, so memory does not grow with the ledger (but for the identifiers of personal
//! data). What cannot be proved is said in [`Report::cannot_prove`], never passed over.

mod chains;
mod tree;

use std::path::Path;

use kernel_base::{Error, Result, Words};
use kernel_db::Tx;
use serde::Serialize;

use crate::{PublicKey, SignedRoot, store};

/// More findings than this are counted, not listed.
const LISTED: usize = 1_000;

/// A row that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub table: &'static str,
    /// Key of the row without the home, parts joined by `/`: `dossier:dos_…/3`.
    pub row: String,
    pub what: Words,
}

impl Finding {
    /// A row that says something else than the events of its subject.
    pub fn changed(table: &'static str, row: impl Into<String>) -> Self {
        let what = Words::new(
            "khác với chuỗi sự kiện: dòng này đã bị sửa, thêm hoặc xóa ngoài hệ thống",
            "differs from the chain of events: the row was changed, added or removed outside the product",
        );
        Self { table, row: row.into(), what }
    }
}

/// A root as a second party kept it: a file written from [`SignedRoot::to_json`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    pub file: String,
    pub text: String,
}

/// What was recomputed, what does not fit, and what remains unproved.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    pub findings: Vec<Finding>,
    /// Findings beyond the first thousand.
    pub unlisted: usize,
    /// Worth a look, but no proof of anything, e.g. a clock that went back.
    pub notices: Vec<Finding>,
    pub subjects: u64,
    pub events: u64,
    pub leaves: u64,
    pub roots: u64,
    /// Signed roots compared: rows of `daily_roots` and files of the second party.
    pub signed_roots: u64,
    pub personal: u64,
    /// Personal data no event vouches for; nothing is proved about it.
    pub personal_unbound: u64,
    /// What this check cannot show, in plain words.
    pub cannot_prove: Vec<Words>,
}

impl Report {
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    pub(crate) fn add(&mut self, table: &'static str, row: impl Into<String>, vi: &str, en: &str) {
        if self.findings.len() < LISTED {
            self.findings.push(Finding { table, row: row.into(), what: Words::new(vi, en) });
        } else {
            self.unlisted += 1;
        }
    }
}

/// Reads the files of the second party from a folder (`*.json`), in the order of their names.
///
/// # Errors
/// `Unavailable` when the folder or a file cannot be read.
pub fn read_published(folder: &Path) -> Result<Vec<Published>> {
    let unreadable = |path: &Path, e: std::io::Error| Error::unavailable(format!("{}: {e}", path.display()));
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|e| unreadable(folder, e))? {
        let path = entry.map_err(|e| unreadable(folder, e))?.path();
        if path.extension().is_some_and(|end| end == "json") {
            let bytes = std::fs::read(&path).map_err(|e| unreadable(&path, e))?;
            let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            found.push(Published { file, text: String::from_utf8_lossy(&bytes).into_owned() });
        }
    }
    found.sort_by(|a, b| a.file.cmp(&b.file));
    Ok(found)
}

/// Recomputes the whole ledger of the home of `tx` and compares it with the roots a second party kept.
/// `trusted` are the keys that may sign; when empty, each root's own key is taken and that is said in the report.
///
/// # Errors
/// Those of the database. What does not fit is not an error but a [`Finding`].
pub fn verify(tx: &mut Tx<'_>, published: &[Published], trusted: &[PublicKey]) -> Result<Report> {
    let mut report = Report::default();
    chains::check(tx, &mut report)?;
    let signed = signed_roots(tx, published, trusted, &mut report)?;
    tree::check(tx, &signed, &mut report)?;
    say_what_cannot_be_proved(tx, published, trusted, &mut report)?;
    Ok(report)
}

/// A signed root to compare with, and where it stands.
#[derive(Debug)]
pub(crate) struct Signed {
    table: &'static str,
    row: String,
    root: SignedRoot,
}

/// Table name under which files of the second party are reported.
const PUBLISHED: &str = "published";

fn signed_roots(
    tx: &mut Tx<'_>,
    published: &[Published],
    trusted: &[PublicKey],
    report: &mut Report,
) -> Result<Vec<Signed>> {
    let stored = store::daily_roots(tx)?;
    let mut all: Vec<Signed> = Vec::new();
    for file in published {
        match serde_json::from_str::<SignedRoot>(&file.text) {
            Ok(root) if root.home != tx.home().as_str() => {}
            Ok(root) => all.push(Signed { table: PUBLISHED, row: file.file.clone(), root }),
            Err(_) => report.add(
                PUBLISHED,
                &file.file,
                "Tệp không đọc được như một gốc đã ký.",
                "The file cannot be read as a signed root.",
            ),
        }
    }
    for file in &all {
        if !stored.iter().any(|row| row.day == file.root.day) {
            report.add(
                "daily_roots",
                file.root.day.to_string(),
                "Gốc đã công bố của ngày này không còn trong cơ sở dữ liệu.",
                "The root published for this day is no longer in the database.",
            );
        }
    }
    all.extend(stored.into_iter().map(|root| Signed { table: "daily_roots", row: root.day.to_string(), root }));
    report.signed_roots = all.len() as u64;
    for signed in &all {
        let known = trusted.is_empty() || trusted.iter().any(|key| key.as_str() == signed.root.public_key);
        if !signed.root.signature_holds() || !known {
            report.add(
                signed.table,
                &signed.row,
                "Chữ ký của gốc này không đúng hoặc không phải của khóa được tin cậy.",
                "The signature of this root is wrong or not of a trusted key.",
            );
        }
    }
    Ok(all)
}

fn say_what_cannot_be_proved(
    tx: &mut Tx<'_>,
    published: &[Published],
    trusted: &[PublicKey],
    report: &mut Report,
) -> Result<()> {
    let waiting = store::verify::count_waiting(tx)?;
    report.cannot_prove.push(Words::new(
        format!(
            "Sự kiện ghi sau lần niêm phong cuối (hiện có {waiting} sự kiện đang chờ): nếu bị xóa cùng mọi dấu vết thì không chứng minh được là đã mất."
        ),
        format!(
            "Events after the last seal ({waiting} wait now): when they are removed with all their traces, their loss cannot be proved."
        ),
    ));
    if published.is_empty() {
        report.cannot_prove.push(Words::new(
            "Chưa có tệp gốc của bên thứ hai: nếu ai đó viết lại toàn bộ lịch sử rồi tính lại mọi mã băm thì không phát hiện được.",
            "No files of a second party were given: a history rewritten as a whole, with all hashes recomputed, cannot be told from the true one.",
        ));
    } else {
        report.cannot_prove.push(Words::new(
            "Sự kiện niêm phong sau gốc cuối cùng mà bên thứ hai giữ: nếu bị viết lại và tính lại mã băm thì chưa phát hiện được.",
            "Events sealed after the last root the second party keeps: rewritten with recomputed hashes, they cannot be told yet.",
        ));
    }
    if trusted.is_empty() && report.signed_roots > 0 {
        report.cannot_prove.push(Words::new(
            "Chưa cho biết khóa công khai nào được tin cậy: chữ ký chỉ được kiểm tra với khóa ghi trong chính gốc đó.",
            "No trusted public key was given: signatures were checked only against the key each root names.",
        ));
    }
    Ok(())
}
