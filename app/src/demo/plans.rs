//! Plan 2714/KH-UBND as the article of 2021 tells of it: most groups of work are behind on 26 July. The texts of the plan
//! and of letter 4516 (30 July 2021) are not known: everything here is made up and says so.

use kernel_base::{AgencyId, Error, Instant, Result};
use kernel_contract::Measures;
use kernel_db::Tx;
use kernel_org::Actor;
use system_directives::{
    flow,
    model::{
        AcceptTask, AskExtension, AssignTask, ConfirmTask, Cooperating, DocumentKind, EnterDocument, Evidence,
        EvidenceKind, ReportDone, ReportProgress,
    },
};

use super::simulate::Size;
use crate::{clock::DemoClock, server::Parts};

/// How far a unit got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Untouched,
    Begun,
    Reported,
    DoneOnTime,
    DoneLate,
    AsksForTime,
}

/// A group of work: clause, text, output, day, and how its units fare.
struct Group {
    clause: &'static str,
    title: &'static str,
    output: &'static str,
    due: (i16, i8, i8),
    units: &'static [(&'static str, Fate)],
}

use Fate::{AsksForTime, Begun, DoneLate, DoneOnTime, Reported, Untouched};

const GROUPS: &[Group] = &[
    Group {
        clause: "I.1",
        title: "Phân công lãnh đạo và đầu mối phụ trách dịch vụ công trực tuyến của đơn vị",
        output: "Văn bản phân công",
        due: (2021, 6, 9),
        units: &[("sxd", DoneOnTime), ("syt", Untouched), ("stnmt", DoneLate), ("sgtvt", DoneOnTime)],
    },
    Group {
        clause: "I.2",
        title: "Rà soát, đề xuất danh mục dịch vụ công đủ điều kiện lên mức độ 4",
        output: "Danh mục đề xuất có bảng kiểm từng thủ tục",
        due: (2021, 6, 30),
        units: &[
            ("sxd", Begun),
            ("syt", Untouched),
            ("stnmt", Begun),
            ("sgtvt", Reported),
            ("sct", DoneLate),
            ("stp", DoneOnTime),
            ("sldtbxh", Untouched),
        ],
    },
    Group {
        clause: "II.1",
        title: "Tái cấu trúc quy trình và điện tử hóa biểu mẫu của các thủ tục đã đề xuất",
        output: "Quy trình nội bộ và biểu mẫu điện tử",
        due: (2021, 7, 9),
        units: &[("sxd", Begun), ("syt", Begun), ("sct", Untouched), ("stp", DoneOnTime), ("skhdt", Begun)],
    },
    Group {
        clause: "II.2",
        title: "Kết nối thanh toán trực tuyến cho các thủ tục có phí, lệ phí",
        output: "Thủ tục thu được phí trực tuyến",
        due: (2021, 7, 16),
        units: &[("stnmt", Untouched), ("sgtvt", AsksForTime), ("skhdt", Untouched), ("sldtbxh", Begun)],
    },
    Group {
        clause: "III.1",
        title: "Tích hợp, cung cấp dịch vụ công của đơn vị trên Cổng Dịch vụ công quốc gia",
        output: "Dịch vụ công được tích hợp",
        due: (2021, 7, 23),
        units: &[("stttt", Begun), ("stp", Begun), ("sct", Untouched)],
    },
    Group {
        clause: "III.2",
        title: "Tuyên truyền, hướng dẫn người dân nộp hồ sơ trực tuyến",
        output: "Báo cáo kết quả kèm số hồ sơ trực tuyến",
        due: (2021, 7, 30),
        units: &[("stttt", Begun), ("syt", Untouched), ("sxd", Untouched), ("sgddt", Begun), ("skhcn", Untouched)],
    },
    Group {
        clause: "IV",
        title: "Báo cáo kết quả thực hiện kế hoạch quý III",
        output: "Báo cáo bằng văn bản",
        due: (2021, 9, 10),
        units: &[("stttt", Untouched), ("snv", Untouched)],
    },
];

/// Lets the plan of May happen before the first dossier. Nothing in a demonstration without dossiers.
///
/// # Errors
/// Those of the use cases.
pub(crate) fn seed(parts: &Parts, clock: &DemoClock, size: Size) -> Result<usize> {
    if size.dossiers == 0 {
        return Ok(0);
    }
    let plan = Plan { parts, clock };
    plan.run()
}

struct Plan<'a> {
    parts: &'a Parts,
    clock: &'a DemoClock,
}

impl Plan<'_> {
    fn at(&self, (year, month, day): (i16, i8, i8), hour: i8) {
        self.clock.hold(Instant::from_vietnam(jiff::civil::date(year, month, day).at(hour, 0, 0, 0)));
    }

    fn write<T: Send + 'static>(&self, f: impl Fn(&mut Tx<'_>) -> Result<T> + Send + 'static) -> Result<T> {
        self.parts.db.write_blocking(&self.parts.home, f)
    }

    fn officer(&self, account: &str) -> Result<Actor> {
        let account = account.to_owned();
        self.parts.db.read_blocking(&self.parts.home, move |tx| {
            let now = tx.now();
            let officer = kernel_org::officer_by_account(tx, &account, now)?;
            officer.map(Actor::Officer).ok_or_else(|| Error::internal(format!("{account} is not in office")))
        })
    }

    fn unit(&self, slug: &str) -> Result<AgencyId> {
        let leader = self.officer(&format!("lanhdao.{slug}"))?;
        leader.officer().map(|o| o.agency.clone()).ok_or_else(|| Error::internal(slug.to_owned()))
    }

    fn run(&self) -> Result<usize> {
        self.at((2021, 5, 18), 9);
        let clerk = self.officer("chuyenvien.vpubnd")?;
        let by = clerk.clone();
        let document = self.write(move |tx| {
            let command = EnterDocument {
                kind: DocumentKind::Plan,
                number: "2714/KH-UBND".to_owned(),
                title: "Cung cấp dịch vụ công trực tuyến mức độ 4 năm 2021 (nội dung là dữ liệu minh họa)".to_owned(),
                issued_on: jiff::civil::date(2021, 5, 18),
                illustrative: true,
            };
            flow::enter_document(tx, &by, &command)
        })?;
        let mut made = Vec::new();
        for group in GROUPS {
            for (slug, fate) in group.units {
                let code = self.assign(&clerk, &document.id.to_string(), group, slug)?;
                made.push((code, *slug, *fate, group.due));
            }
        }
        // What happened until the first dossier of July, in the order of time.
        self.at((2021, 5, 20), 14);
        for (code, slug, ..) in made.iter().filter(|m| m.2 != Untouched) {
            self.accept(code, slug)?;
        }
        self.at((2021, 6, 8), 9);
        for (code, slug, ..) in made.iter().filter(|m| m.2 == DoneOnTime) {
            self.report(code, slug)?;
            self.confirm(code)?;
        }
        self.at((2021, 6, 21), 9);
        for (code, slug, ..) in made.iter().filter(|m| m.2 == Begun) {
            self.begin(code, slug)?;
        }
        for (code, slug, ..) in made.iter().filter(|m| m.2 == AsksForTime) {
            self.ask(code, slug)?;
        }
        self.at((2021, 6, 30), 18);
        for (code, slug, ..) in made.iter().filter(|m| m.2 == DoneLate) {
            self.report(code, slug)?;
            self.confirm(code)?;
        }
        for (code, slug, ..) in made.iter().filter(|m| m.2 == Reported) {
            self.report(code, slug)?;
        }
        Ok(made.len())
    }

    fn assign(&self, clerk: &Actor, document: &str, group: &Group, slug: &str) -> Result<String> {
        let (lead, helper) = (self.unit(slug)?, self.unit("stttt")?);
        let (year, month, day) = group.due;
        let due_on = jiff::civil::date(year, month, day);
        let (by, document) = (clerk.clone(), document.to_owned());
        let helps = group.clause == "II.2" && lead != helper;
        let measured = group.clause == "III.1";
        let command = AssignTask {
            clause: format!("Mục {}", group.clause),
            title: group.title.to_owned(),
            output: group.output.to_owned(),
            cooperating: if helps {
                vec![Cooperating { unit: helper, due_on: due_on.saturating_sub(jiff::Span::new().days(7)) }]
            } else {
                Vec::new()
            },
            lead,
            due_on,
            weight: None,
            secret: false,
            metric: None,
            goal: None,
            officer: String::new(),
        };
        let task = self.write(move |tx| {
            let mut command = command.clone();
            if measured && has_metric(tx) {
                command.metric = Some(METRIC.to_owned());
                command.goal = Some(0.3);
            }
            flow::assign(tx, &by, &document, &command)
        })?;
        Ok(task.code)
    }

    fn accept(&self, code: &str, slug: &str) -> Result<()> {
        let (leader, code) = (self.officer(&format!("lanhdao.{slug}"))?, code.to_owned());
        let officer = format!("chuyenvien.{slug}");
        self.write(move |tx| flow::accept(tx, &leader, &code, &AcceptTask { officer: officer.clone() }).map(drop))
    }

    fn begin(&self, code: &str, slug: &str) -> Result<()> {
        let (actor, code) = (self.officer(&format!("chuyenvien.{slug}"))?, code.to_owned());
        self.write(move |tx| {
            let command = ReportProgress { percent: 30, note: "Đang rà soát (dữ liệu minh họa).".to_owned() };
            match flow::progress(tx, &actor, &code, &command) {
                // What is measured is typed by nobody.
                Err(error) if error.code == "measured" => Ok(()),
                done => done.map(drop),
            }
        })
    }

    fn ask(&self, code: &str, slug: &str) -> Result<()> {
        let (actor, code) = (self.officer(&format!("chuyenvien.{slug}"))?, code.to_owned());
        self.write(move |tx| {
            let command = AskExtension {
                new_due: jiff::civil::date(2021, 8, 16),
                reason: "Chờ ngân hàng cấp môi trường thử nghiệm (dữ liệu minh họa).".to_owned(),
            };
            flow::ask_extension(tx, &actor, &code, &command).map(drop)
        })
    }

    fn report(&self, code: &str, slug: &str) -> Result<()> {
        let (actor, code) = (self.officer(&format!("chuyenvien.{slug}"))?, code.to_owned());
        self.write(move |tx| {
            let evidence = Evidence {
                kind: EvidenceKind::Document,
                title: "Báo cáo của đơn vị (dữ liệu minh họa)".to_owned(),
                reference: String::new(),
                file: String::new(),
                sha256: String::new(),
            };
            let text = "Đã hoàn thành nội dung được giao (dữ liệu minh họa).".to_owned();
            flow::report(tx, &actor, &code, &ReportDone { text, evidence: vec![evidence] }).map(drop)
        })
    }

    fn confirm(&self, code: &str) -> Result<()> {
        let (chief, code) = (self.officer("lanhdao.vpubnd")?, code.to_owned());
        self.write(move |tx| flow::confirm(tx, &chief, &code, &ConfirmTask::default()).map(drop))
    }
}

/// The metric that group III.1 is measured by.
const METRIC: &str = "integration_share";

fn has_metric(tx: &Tx<'_>) -> bool {
    tx.port::<dyn Measures>().is_ok_and(|measures| measures.metrics().iter().any(|(code, _)| code == METRIC))
}
