//! Letter 4516 of 30 July 2021: it comes to the demonstration when its clock passes that day. What is known of it is its
//! number, its day, and that it went through the stages of the pipeline; everything else is made up and says so.

use jiff::civil::{Date, date};
use kernel_base::{Error, Instant, Result};
use kernel_contract::Measures;
use kernel_db::Tx;
use kernel_org::{Actor, OfficerActor};
use system_directives::{
    flow,
    model::{AssignTask, DocumentKind, EnterDocument},
};

/// Job that looks whether the letter has come.
pub(crate) const JOB: &str = "demo.letter";

const PLAN: &str = "2714/KH-UBND";
const NUMBER: &str = "4516/UBND";

/// A stage of the pipeline with its day: clause, text, output, due, units, and the metric that proves it with its goal.
struct Stage {
    clause: &'static str,
    title: &'static str,
    output: &'static str,
    due: Date,
    units: &'static [&'static str],
    measured: Option<(&'static str, f64)>,
}

const STAGES: &[Stage] = &[
    Stage {
        clause: "1",
        title: "Rà soát, đề xuất danh mục dịch vụ công đủ điều kiện mức độ 4 còn thiếu",
        output: "Danh mục đề xuất có bảng kiểm từng thủ tục",
        due: date(2021, 8, 10),
        units: &["sxd", "syt", "stnmt", "sldtbxh", "sct"],
        measured: None,
    },
    Stage {
        clause: "2",
        title: "Tổng hợp danh mục đề xuất của các đơn vị",
        output: "Danh mục tổng hợp",
        due: date(2021, 8, 17),
        units: &["stttt"],
        measured: None,
    },
    Stage {
        clause: "3",
        title: "Thẩm định từng tiêu chí, trình phê duyệt danh mục",
        output: "Hồ sơ trình có minh chứng từng tiêu chí",
        due: date(2021, 8, 24),
        units: &["vpubnd"],
        measured: None,
    },
    Stage {
        clause: "4",
        title: "Cung cấp các dịch vụ đã được phê duyệt, qua được lần nộp thử tự động",
        output: "Dịch vụ đang cung cấp, do hệ thống đo",
        due: date(2021, 8, 31),
        units: &["sxd", "stnmt", "sct", "stp", "sgtvt"],
        measured: Some(("level4_share", 0.6)),
    },
];

/// When it was signed, as the demonstration has it.
fn comes() -> Instant {
    Instant::from_vietnam(date(2021, 7, 30).at(15, 0, 0, 0))
}

/// Enters the letter and gives its tasks, once; nothing before its day, nothing where the plan was not seeded.
///
/// # Errors
/// Those of the use cases.
pub(crate) fn arrive(tx: &mut Tx<'_>) -> Result<()> {
    let now = tx.now();
    if now < comes() {
        return Ok(());
    }
    let Some(clerk) = kernel_org::officer_by_account(tx, "chuyenvien.vpubnd", now)? else { return Ok(()) };
    let clerk = Actor::Officer(clerk);
    let known = flow::look_documents(tx, &clerk)?;
    let seeded = known.iter().any(|document| document.number == PLAN && document.illustrative);
    if !seeded || known.iter().any(|document| document.number == NUMBER) {
        return Ok(());
    }
    let letter = EnterDocument {
        kind: DocumentKind::Letter,
        number: NUMBER.to_owned(),
        title: "Đẩy nhanh cung cấp dịch vụ công trực tuyến mức độ 4 (nội dung và thời hạn là dữ liệu minh họa)"
            .to_owned(),
        issued_on: date(2021, 7, 30),
        illustrative: true,
    };
    let letter = flow::enter_document(tx, &clerk, &letter)?;
    for stage in STAGES {
        for slug in stage.units {
            let task = task(tx, stage, slug)?;
            flow::assign(tx, &clerk, &letter.id.to_string(), &task)?;
        }
    }
    Ok(())
}

fn task(tx: &mut Tx<'_>, stage: &Stage, slug: &str) -> Result<AssignTask> {
    let lead = leader(tx, slug)?.agency;
    let offered = tx.port::<dyn Measures>()?.metrics();
    let measured = stage.measured.filter(|(metric, _)| offered.iter().any(|(code, _)| code == metric));
    Ok(AssignTask {
        clause: format!("Mục {}", stage.clause),
        title: stage.title.to_owned(),
        output: stage.output.to_owned(),
        lead,
        cooperating: Vec::new(),
        due_on: stage.due,
        weight: None,
        secret: false,
        metric: measured.map(|(metric, _)| metric.to_owned()),
        goal: measured.map(|(_, goal)| goal),
        officer: String::new(),
    })
}

fn leader(tx: &mut Tx<'_>, slug: &str) -> Result<OfficerActor> {
    let (account, now) = (format!("lanhdao.{slug}"), tx.now());
    let found = kernel_org::officer_by_account(tx, &account, now)?;
    found.ok_or_else(|| Error::internal(format!("{account} is not in office")))
}
