//! What the product itself finds of each criterion.

use kernel_base::{AgencyId, Result};
use kernel_contract::{Offering as Offered, OnlinePayment, Signing};
use kernel_db::Tx;

use crate::pipeline::model::{Criterion, Finding};

/// The nine criteria as the product sees them today. `offered` is absent when the agency no longer offers it.
///
/// # Errors
/// Those of the database.
pub fn findings(tx: &mut Tx<'_>, offered: Option<&Offered>, agency: &AgencyId) -> Result<Vec<Finding>> {
    let now = tx.now();
    let calendar = kernel_obligations::calendars::in_force(tx, agency, now).is_ok();
    let (signing, payment) = (tx.port::<Signing>().is_ok_and(|s| s.is_on()), tx.port::<OnlinePayment>().is_ok());
    let found = Criterion::ALL.iter().map(|criterion| {
        let (passed, proven, evidence) = one(*criterion, offered, calendar, signing, payment);
        Finding { criterion: *criterion, passed, proven, evidence, obstacle: String::new() }
    });
    Ok(found.collect())
}

fn one(
    criterion: Criterion,
    offered: Option<&Offered>,
    calendar: bool,
    signing: bool,
    payment: bool,
) -> (bool, bool, String) {
    let Some(offered) = offered else {
        return (false, false, "Cơ quan không còn giải quyết thủ tục này.".to_owned());
    };
    let case = &offered.case;
    let seen = |ok: bool, yes: String, no: &str| (ok, ok, if ok { yes } else { no.to_owned() });
    match criterion {
        Criterion::Form => {
            seen(case.form.is_some(), "Biểu mẫu điện tử trong danh mục.".to_owned(), "Chưa có biểu mẫu điện tử.")
        }
        Criterion::Papers => {
            let replaced = case.papers.iter().filter(|p| p.replaceable_by.is_some()).count();
            let all = case.papers.len();
            seen(true, format!("{all} giấy tờ, chụp ảnh gửi được; {replaced} giấy tờ thay được bằng dữ liệu."), "")
        }
        Criterion::SignedResult => seen(
            signing,
            "Ký số kết quả đang chạy.".to_owned(),
            "Chưa ký số được kết quả: chỉ là lời của cơ quan, chưa chứng minh.",
        ),
        Criterion::Payment if case.fees.is_empty() => (true, true, "Không có phí, lệ phí.".to_owned()),
        Criterion::Payment => seen(
            payment,
            "Nộp phí trực tuyến đang chạy.".to_owned(),
            "Có phí mà chưa nộp trực tuyến được: chỉ là lời của cơ quan, chưa chứng minh.",
        ),
        Criterion::NoPresence => (false, false, "Chờ cơ quan cam kết.".to_owned()),
        Criterion::Limit => {
            seen(case.limit.is_some(), case.limit.map(|l| l.words().vi).unwrap_or_default(), "Chưa công bố thời hạn.")
        }
        Criterion::Workflow => {
            seen(!case.workflow.is_empty(), format!("Quy trình {}.", case.workflow), "Chưa có quy trình nội bộ.")
        }
        Criterion::Calendar => seen(calendar, "Lịch làm việc đã công bố.".to_owned(), "Chưa công bố lịch làm việc."),
        Criterion::NationalCode => seen(
            is_national(&offered.procedure),
            format!("Mã {}.", offered.procedure),
            "Mã thủ tục không theo dạng quốc gia.",
        ),
    }
}

/// `1.001193`: a digit, a dot, six digits.
fn is_national(code: &str) -> bool {
    let mut parts = code.split('.');
    let digits = |p: Option<&str>, n: usize| p.is_some_and(|p| p.len() == n && p.chars().all(|c| c.is_ascii_digit()));
    digits(parts.next(), 1) && digits(parts.next(), 6) && parts.next().is_none()
}
