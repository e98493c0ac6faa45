//! `chuyendong doctor`

use std::{process::ExitCode, sync::Arc};

use kernel_base::{Clock, Result};
use serde::Serialize;

use crate::{
    clock::SystemClock,
    commands,
    config::{Config, Overrides},
    server,
};

/// Check configuration, database, disk, files and ledger.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Answer as JSON with stable identifiers
    #[arg(long)]
    pub json: bool,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    Fine,
    Warning,
    Error,
}

/// One line: what, why it matters, and one command.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    pub id: &'static str,
    pub grade: Grade,
    pub what: String,
    pub command: String,
}

/// Exit code 0 = fine, 1 = warnings, 2 = errors. Works with a broken configuration and without a database.
///
/// # Errors
/// None: what cannot be checked is a finding.
pub fn run(overrides: &Overrides, args: &Args) -> Result<ExitCode> {
    let findings = check(overrides);
    if args.json {
        commands::say(&serde_json::to_string_pretty(&findings).unwrap_or_default());
    } else {
        for finding in &findings {
            let mark = match finding.grade {
                Grade::Fine => "TỐT",
                Grade::Warning => "CHÚ Ý",
                Grade::Error => "LỖI",
            };
            let command =
                if finding.command.is_empty() { String::new() } else { format!("  →  {}", finding.command) };
            commands::say(&format!("{mark:6} {}{command}", finding.what));
        }
    }
    let worst = findings.iter().map(|f| f.grade).max().unwrap_or(Grade::Fine);
    Ok(ExitCode::from(match worst {
        Grade::Fine => 0,
        Grade::Warning => 1,
        Grade::Error => 2,
    }))
}

fn check(overrides: &Overrides) -> Vec<Finding> {
    let mut findings = Vec::new();
    let config = match Config::load(overrides, std::env::vars()) {
        Ok(config) => {
            findings.push(fine("config", "Cấu hình đọc được, mọi thiết lập đều đúng tên".to_owned()));
            config
        }
        Err(error) => {
            findings.push(bad("config", error.words.vi, "chuyendong config"));
            let file_free = Overrides { config: None, ..overrides.clone() };
            match Config::load(&file_free, std::iter::empty()) {
                Ok(defaults) => defaults,
                Err(_) => return findings,
            }
        }
    };
    check_disk(&config, &mut findings);
    check_calendar(&mut findings);
    check_database(&config, &mut findings);
    findings
}

fn check_disk(config: &Config, findings: &mut Vec<Finding>) {
    let place = config.data.display().to_string();
    match rustix::fs::statvfs(&config.data) {
        Ok(stat) => {
            let free = stat.f_bavail.saturating_mul(stat.f_frsize) / (1 << 20);
            if free < 1_024 {
                let what = format!("Ổ đĩa của {place} chỉ còn {free} MiB; khi đầy, hồ sơ mới không lưu được");
                findings.push(bad("disk", what, "df -h"));
            } else {
                findings.push(fine("disk", format!("Ổ đĩa của {place} còn {free} MiB")));
            }
        }
        Err(_) => findings.push(warn("disk", format!("Chưa có thư mục dữ liệu {place}"), "chuyendong migrate")),
    }
}

/// Holidays and swaps of the next year should be loaded before its first promise is computed.
fn check_calendar(findings: &mut Vec<Finding>) {
    let year = Clock::now(&SystemClock).vietnam().date().year();
    let known = match kernel_calendar::Calendar::vietnam() {
        Ok(calendar) => calendar.data().known_to.year(),
        Err(error) => return findings.push(bad("calendar", error.words.vi, "chuyendong doctor")),
    };
    if known <= year {
        let what = format!("Lịch nghỉ lễ mới có đến hết năm {known}; hẹn trả của năm sau sẽ thiếu ngày nghỉ");
        findings.push(warn("calendar", what, "cập nhật lịch làm việc khi Nhà nước công bố"));
    } else {
        findings.push(fine("calendar", format!("Lịch làm việc có đến hết năm {known}")));
    }
}

fn check_database(config: &Config, findings: &mut Vec<Finding>) {
    let parts = match server::open(config, Arc::new(SystemClock), false, false) {
        Ok(parts) => parts,
        Err(error) => {
            let what = format!("Cơ sở dữ liệu {} không mở được: {}", hidden(&config.db_url()), error.words.vi);
            findings.push(bad("database", what, "chuyendong migrate"));
            return;
        }
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return findings.push(bad("database", error.to_string(), "chuyendong doctor")),
    };
    match runtime.block_on(parts.db.check()) {
        Ok(()) => findings.push(fine("database", format!("Cơ sở dữ liệu {} trả lời", hidden(&config.db_url())))),
        Err(error) => {
            findings.push(bad("database", error.words.vi, "chuyendong migrate"));
            return;
        }
    }
    match parts.db.read_blocking(&parts.home, kernel_jobs::health) {
        Ok(health) if health.dead > 0 => {
            let what = format!("{} việc nền đã hỏng sau nhiều lần thử", health.dead);
            findings.push(bad("jobs", what, "xem nhật ký máy chủ"));
        }
        Ok(health) if health.oldest_due_seconds > 900 => {
            let what = format!("Việc nền chờ lâu nhất đã {} giây", health.oldest_due_seconds);
            findings.push(warn("jobs", what, "kiểm tra máy chủ có đang chạy: chuyendong serve"));
        }
        Ok(_) => findings.push(fine("jobs", "Việc nền chạy đúng giờ".to_owned())),
        Err(_) => {
            let what = "Các bảng chưa có hoặc sai phiên bản".to_owned();
            findings.push(bad("schema", what, "chuyendong migrate"));
            return;
        }
    }
    check_queues(&parts, findings);
    let args = super::verify::Args { roots: None, key: Vec::new(), no_files: true, public: None, json: false };
    match super::verify::verify(&parts, &args) {
        Ok(verdict) if verdict.findings.is_empty() => {
            findings
                .push(fine("ledger", format!("{} sự kiện, {} hồ sơ khớp với chuỗi", verdict.events, verdict.dossiers)));
        }
        Ok(verdict) => {
            let what = format!("{} dòng dữ liệu khác với chuỗi sự kiện", verdict.findings.len());
            findings.push(bad("ledger", what, "chuyendong verify"));
        }
        Err(error) => findings.push(bad("ledger", error.words.vi, "chuyendong verify")),
    }
}

/// Hours after which what waits for a signature or a phone needs somebody to look.
const PATIENCE_HOURS: i64 = 1;

/// Documents that wait for their signatures, and messages that do not get out.
fn check_queues(parts: &server::Parts, findings: &mut Vec<Finding>) {
    let now = Clock::now(&SystemClock);
    match parts.db.read_blocking(&parts.home, kernel_signatures::queue::open) {
        Ok((n, Some(oldest))) if n > 0 && oldest.plus_hours(PATIENCE_HOURS) < now => {
            let what = format!("{n} văn bản chờ chữ ký số, lâu nhất từ {}", kernel_base::vietnam_time(oldest));
            let command = "kiểm tra dịch vụ ký số và dấu thời gian; ở trang hồ sơ bấm “Ký lại” nếu văn bản bị từ chối";
            findings.push(warn("signing", what, command));
        }
        Ok((n, _)) => findings.push(fine("signing", format!("{n} văn bản chờ chữ ký số, không văn bản nào quá lâu"))),
        Err(error) => findings.push(bad("signing", error.words.vi, "chuyendong migrate")),
    }
    let late = parts.db.read_blocking(&parts.home, move |tx| {
        kernel_notify::overdue(tx, now.plus_hours(-PATIENCE_HOURS), now.plus_hours(-7 * 24))
    });
    match late {
        Ok((0, 0)) => findings.push(fine("messages", "Tin nhắn đi đúng giờ".to_owned())),
        Ok((waiting, given_up)) => {
            let what = format!("{waiting} tin chờ gửi quá một giờ, {given_up} tin bỏ cuộc trong 7 ngày");
            findings.push(warn("messages", what, "mở trang /staff/deliveries"));
        }
        Err(error) => findings.push(bad("messages", error.words.vi, "chuyendong migrate")),
    }
}

/// The password of a database URL is never shown.
pub(crate) fn hidden(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if at > scheme => format!("{}://…{}", &url[..scheme], &url[at..]),
        _ => url.to_owned(),
    }
}

fn fine(id: &'static str, what: String) -> Finding {
    Finding { id, grade: Grade::Fine, what, command: String::new() }
}

fn warn(id: &'static str, what: String, command: &str) -> Finding {
    Finding { id, grade: Grade::Warning, what, command: command.to_owned() }
}

fn bad(id: &'static str, what: String, command: &str) -> Finding {
    Finding { id, grade: Grade::Error, what, command: command.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_of_a_database_is_not_shown() {
        assert_eq!(hidden("postgres://u:secret@h:5/d"), "postgres://…@h:5/d");
        assert_eq!(hidden("sqlite:data/x.db"), "sqlite:data/x.db");
    }
}
