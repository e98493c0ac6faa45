//! Who is told of what by message: each person once for each event. Of a secret task a message names the number only.

use std::collections::BTreeSet;

use kernel_base::{AgencyId, Error, Result, TypedId, vietnam_date, vietnam_time};
use kernel_contract::{Notice, Notices, Recipient, RungClimbed};
use kernel_db::Tx;
use kernel_jobs::{Job, enqueue};
use kernel_obligations::{Level, RungAct};
use kernel_org::Role;
use serde_json::{Value, json};

use super::shared;
use crate::{
    model::{Task, TaskId, TeamFinding},
    store,
};

/// Job that tells people of an event of a task: `{"task", "seq", "kind"}`.
pub const TELL_JOB: &str = "directives.tell";

/// A message: its name for ever, what happened, what to do, where.
#[derive(Debug)]
pub(crate) struct News {
    pub key: String,
    pub what: String,
    pub todo: &'static str,
    pub link: String,
}

/// Tells everyone once.
pub(crate) fn work(tx: &mut Tx<'_>, to: &BTreeSet<String>, news: &News) -> Result<()> {
    let values = [("what", news.what.clone()), ("todo", news.todo.to_owned())];
    say(tx, to, "officer.work", &values, &news.key, &news.link)
}

fn say(
    tx: &mut Tx<'_>,
    to: &BTreeSet<String>,
    kind: &str,
    values: &[(&str, String)],
    key: &str,
    link: &str,
) -> Result<()> {
    let (notices, at) = (tx.port::<dyn Notices>()?, tx.now());
    for account in to {
        notices.tell(tx, &Notice { to: Recipient::Officer(account), kind, key, values, link, at })?;
    }
    Ok(())
}

/// Sign-in names of those who hold a role at an agency today.
pub(crate) fn holders(tx: &mut Tx<'_>, agency: &AgencyId, role: Role) -> Result<BTreeSet<String>> {
    let now = tx.now();
    let officers = kernel_org::officers_of(tx, agency, now)?.into_iter();
    Ok(officers.filter(|o| o.roles.contains(&role)).map(|o| o.account).collect())
}

/// The leaders of an agency: its head, or those beside the head where there are any.
fn leaders(tx: &mut Tx<'_>, agency: &AgencyId, first: bool) -> Result<BTreeSet<String>> {
    let now = tx.now();
    let leaders: Vec<_> =
        kernel_org::officers_of(tx, agency, now)?.into_iter().filter(|o| o.roles.contains(&Role::Leader)).collect();
    let head = leaders.iter().map(|o| o.rank).min();
    let wanted: BTreeSet<String> =
        leaders.iter().filter(|o| (Some(o.rank) == head) == first).map(|o| o.account.clone()).collect();
    // Where nobody stands beside the head, the head is told.
    Ok(if wanted.is_empty() { leaders.into_iter().map(|o| o.account).collect() } else { wanted })
}

/// Who hears of a rung: of the holder, or of the committee that it is owed to.
fn of_level(
    tx: &mut Tx<'_>,
    level: Level,
    holder: &AgencyId,
    above: &AgencyId,
    officer: &str,
) -> Result<BTreeSet<String>> {
    match level {
        Level::Officer if !officer.is_empty() => Ok(BTreeSet::from([officer.to_owned()])),
        Level::Officer | Level::Head => {
            let heads = holders(tx, holder, Role::Head)?;
            if heads.is_empty() { holders(tx, holder, Role::Leader) } else { Ok(heads) }
        }
        Level::Leader => holders(tx, holder, Role::Leader),
        Level::ViceChairman => leaders(tx, above, false),
        Level::Chairman => leaders(tx, above, true),
        Level::Public => Ok(BTreeSet::new()),
    }
}

/// `Nhiệm vụ NV-2021-0001 “…”`, without the text of a secret one.
fn named(task: &Task) -> String {
    if task.secret {
        format!("Nhiệm vụ mật {}", task.code)
    } else {
        format!("Nhiệm vụ {} “{}”", task.code, task.title)
    }
}

/// Has people told of an event of a task after the commit, where anybody is concerned by it.
pub(crate) fn later(tx: &mut Tx<'_>, task: &Task, kind: &str, seq: i64) -> Result<()> {
    if words_of(kind).is_none() {
        return Ok(());
    }
    let body = json!({ "task": task.id, "seq": seq, "kind": kind });
    enqueue(tx, Job::new(TELL_JOB, body).key(format!("{}#{seq}", task.id))).map(drop)
}

/// Whose desk an event lands on.
#[derive(Clone, Copy)]
enum For {
    /// The leading unit: its leader and the officer who works on it.
    Unit,
    /// Who tracks it.
    Desk,
    /// Who decides in the issuer's name.
    Issuer,
}

/// For whom, what happened (after the name of the task), what to do.
fn words_of(kind: &str) -> Option<(For, &'static str, &'static str)> {
    Some(match kind {
        "task.assigned" => (For::Unit, "được giao cho đơn vị.", "Hãy tiếp nhận, hoặc từ chối có lý do."),
        "task.reassigned" => (For::Unit, "được giao lại cho đơn vị.", "Hãy tiếp nhận, hoặc từ chối có lý do."),
        "task.refused" => (For::Desk, "bị đơn vị từ chối.", "Hãy đọc lý do, rồi giao lại hoặc hủy."),
        "task.extension_asked" => (For::Desk, "có đề nghị gia hạn.", "Hãy quyết định; hạn gốc vẫn dùng để tính trễ."),
        "task.extended" => (For::Unit, "được gia hạn.", "Hạn gốc vẫn dùng để tính trễ."),
        "task.extension_declined" => (For::Unit, "không được gia hạn.", "Hãy hoàn thành theo hạn đã giao."),
        "task.reported" => (For::Desk, "được báo cáo hoàn thành.", "Hãy xác nhận, hoặc trả lại có lý do."),
        "task.confirmed" => (For::Unit, "đã được xác nhận hoàn thành.", "Bạn không cần làm gì thêm."),
        "task.sent_back" => (For::Unit, "phải thực hiện lại.", "Hãy đọc lý do; thời hạn không dừng lại."),
        "task.suspended" => (For::Unit, "được tạm hoãn.", "Khi tiếp tục, phần thời hạn còn lại được tính tiếp."),
        "task.resumed" => (For::Unit, "được tiếp tục.", "Hãy xem hạn còn lại."),
        "task.cancelled" => (For::Unit, "đã bị hủy.", "Bạn không cần làm gì thêm."),
        "task.notice_answered" => (For::Desk, "có giải trình của đơn vị.", "Hãy đọc giải trình."),
        "task.instructed" => (For::Unit, "có ý kiến chỉ đạo của cấp trên.", "Hãy đọc và thực hiện ngay."),
        "task.part_done" => (For::Unit, "có đơn vị phối hợp đã gửi phần việc.", "Hãy xem và tổng hợp."),
        "task.rating_proposed" => {
            (For::Issuer, "quá hạn 30 ngày làm việc.", "Hãy quyết định: trừ điểm, không trừ, hoặc biểu dương.")
        }
        "task.rating_signed" => (For::Unit, "có quyết định về xếp loại.", "Hãy mở xem và xác nhận đã biết."),
        _ => return None,
    })
}

/// Tells the people concerned by an event of a task.
///
/// # Errors
/// Those of the database; `Internal` for a body that cannot be read.
pub fn tell_of(tx: &mut Tx<'_>, body: &Value) -> Result<()> {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let id = TaskId::parse(text("task")).ok_or_else(|| Error::internal(format!("{TELL_JOB}: {body}")))?;
    let (Some(task), Some((whom, what, todo))) = (store::task(tx, &id)?, words_of(text("kind"))) else { return Ok(()) };
    let seq = body.get("seq").and_then(Value::as_i64).unwrap_or_default();
    let mut to = match whom {
        For::Unit => holders(tx, &task.lead, Role::Leader)?,
        For::Desk => holders(tx, &task.desk, Role::Leader)?,
        For::Issuer => leaders(tx, &task.issuer, true)?,
    };
    if matches!(whom, For::Unit) && !task.officer.is_empty() {
        to.insert(task.officer.clone());
    }
    let news = News {
        key: format!("{}#{seq}", task.subject()),
        what: format!("{} {what} Hạn: {}.", named(&task), vietnam_date(task.due_on)),
        todo,
        link: format!("/staff/tasks/{}", task.code),
    };
    work(tx, &to, &news)?;
    if text("kind") != "task.assigned" {
        return Ok(());
    }
    for part in store::parts_of(tx, &task.id)? {
        let helpers = holders(tx, &part.unit, Role::Leader)?;
        let news = News {
            key: format!("{}#{seq}/{}", task.subject(), part.unit),
            what: format!("{} cần đơn vị phối hợp. Hạn phối hợp: {}.", named(&task), vietnam_date(part.due_on)),
            todo: "Hãy gửi phần việc của đơn vị trước hạn.",
            link: format!("/staff/tasks/{}", task.code),
        };
        work(tx, &helpers, &news)?;
    }
    Ok(())
}

/// What a rung asks for.
fn rung_todo(act: RungAct) -> &'static str {
    match act {
        RungAct::Remind => "Hãy hoàn thành và báo cáo trước hạn.",
        RungAct::Letter => "Công văn đôn đốc đã được dự thảo. Hãy hoàn thành và báo cáo ngay.",
        RungAct::List => "Hãy đôn đốc người đứng đầu đơn vị.",
        RungAct::Publish => "Việc này đã lên bảng công khai. Hãy chỉ đạo dứt điểm.",
        RungAct::Rate => "Đề nghị xem xét khi xếp loại đang chờ quyết định.",
    }
}

/// A rung in the words of people; named for ever by obligation, round and mark.
struct RungNews<'a> {
    rung: &'a RungClimbed,
    above: &'a AgencyId,
    officer: &'a str,
    what: String,
    link: String,
    key: String,
}

fn rung(tx: &mut Tx<'_>, news: &RungNews<'_>) -> Result<()> {
    let mut to = BTreeSet::new();
    for level in news.rung.to.iter().copied() {
        to.extend(of_level(tx, level, &news.rung.holder, news.above, news.officer)?);
    }
    let values = [
        ("what", news.what.clone()),
        ("due", vietnam_time(news.rung.legal_due)),
        ("todo", rung_todo(news.rung.act).to_owned()),
    ];
    say(tx, &to, "officer.escalation", &values, &news.key, &news.link)
}

fn key_of(rung: &RungClimbed) -> String {
    format!("rung:{}#{}.{}", rung.obligation, rung.round, rung.mark)
}

fn when(rung: &RungClimbed) -> &'static str {
    if rung.at > rung.legal_due { "đã quá hạn." } else { "sắp đến hạn." }
}

/// A rung of a task or of a cooperating unit's part.
pub(crate) fn of_task_rung(tx: &mut Tx<'_>, task: &Task, climbed: &RungClimbed) -> Result<()> {
    let officer = if climbed.holder == task.lead { task.officer.as_str() } else { "" };
    let unit = shared::agency_name(tx, &climbed.holder)?;
    let news = RungNews {
        rung: climbed,
        above: &task.issuer,
        officer,
        what: format!("{} của {unit} {}", named(task), when(climbed)),
        link: format!("/staff/tasks/{}", task.code),
        key: key_of(climbed),
    };
    rung(tx, &news)
}

/// A rung of a remedy.
pub(crate) fn of_remedy_rung(
    tx: &mut Tx<'_>,
    issuer: &AgencyId,
    finding: &TeamFinding,
    climbed: &RungClimbed,
) -> Result<()> {
    let unit = shared::agency_name(tx, &climbed.holder)?;
    let news = RungNews {
        rung: climbed,
        above: issuer,
        officer: "",
        what: format!("Việc khắc phục “{}” của {unit} {}", finding.remedy, when(climbed)),
        link: "/staff/teams".to_owned(),
        key: key_of(climbed),
    };
    rung(tx, &news)
}

/// A rung of anything else that says that something is late: those above hear once a day for each agency, mark and kind
/// of work that there is something, and open the list; reminders stand in the morning's summary.
pub(crate) fn of_other_rung(tx: &mut Tx<'_>, climbed: &RungClimbed) -> Result<()> {
    if climbed.act == RungAct::Remind {
        return Ok(());
    }
    let Some(system) = crate::scoreboard::model::SYSTEMS.iter().find(|s| s.kind == climbed.kind) else { return Ok(()) };
    let now = tx.now();
    let parent = kernel_org::agency(tx, &climbed.holder, now)?.and_then(|agency| agency.parent);
    let above = match parent {
        Some(parent) => parent,
        None => crate::pipeline::flow::committee(tx)?,
    };
    let unit = shared::agency_name(tx, &climbed.holder)?;
    let news = RungNews {
        rung: climbed,
        above: &above,
        officer: "",
        what: format!("{unit}: có {} quá hạn chưa xong.", system.words().vi.to_lowercase()),
        link: format!("/scoreboard/rows?system={}&agency={}&show=overdue", system.code, climbed.holder),
        key: format!("late:{}:{}:{}:{}", climbed.kind, climbed.holder, climbed.mark, now.vietnam().date()),
    };
    rung(tx, &news)
}
