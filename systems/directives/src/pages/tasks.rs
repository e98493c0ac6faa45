//! Boards of tasks, and one task with its whole chain.

use askama::Template;
use axum::extract::{Path, State};
use kernel_base::{Error, Instant, Lang, Result};
use kernel_org::{Action, Actor, Resource, permitted};
use kernel_web::{Answer, Fields, Page, Query, StaffMember, T, Web, html, html_with};
use serde::Deserialize;

use super::{Sheet, with_fault};
use crate::{
    api::ListQuery,
    flow::{self, Board, TaskView},
    model::{Act, Deadline, Notice, NoticeId, official_label},
    store::UnitCounts,
};

/// A number that opens its rows.
#[derive(Debug)]
pub(crate) struct Figure {
    label: String,
    number: i64,
    url: String,
    current: bool,
}

/// A task in a list.
#[derive(Debug)]
pub(crate) struct Line {
    code: String,
    title: String,
    unit: String,
    label: String,
    tone: &'static str,
    due: String,
    url: String,
}

#[derive(Debug, Template)]
#[template(path = "directives_board.html")]
struct BoardPage {
    page: Page,
    query: ListQuery,
    figures: Vec<Figure>,
    units: Vec<(String, Vec<Figure>)>,
    documents: Vec<(String, String)>,
    lines: Vec<Line>,
    more: String,
}

impl ListQuery {
    /// The address of the board with one thing changed.
    pub(crate) fn url(&self, page: &Page, name: &str, value: &str) -> String {
        let fields = [
            ("unit", &self.unit),
            ("document", &self.document),
            ("progress", &self.progress),
            ("deadline", &self.deadline),
            ("q", &self.q),
        ];
        let kept = fields.iter().map(|(field, old)| (*field, if *field == name { value } else { old.as_str() }));
        let parts: Vec<String> =
            kept.filter(|(_, v)| !v.is_empty()).map(|(field, v)| format!("{field}={}", page.encoded(v))).collect();
        if parts.is_empty() { "/staff/tasks".to_owned() } else { format!("/staff/tasks?{}", parts.join("&")) }
    }
}

fn tone(deadline: Deadline) -> &'static str {
    match deadline {
        Deadline::Overdue | Deadline::DoneLate => "bad",
        Deadline::DueSoon => "warn",
        Deadline::DoneOnTime => "ok",
        Deadline::InTime => "info",
        Deadline::None => "neutral",
    }
}

const SHOWN: [&str; 6] = ["overdue", "due_soon", "in_time", "done_late", "done_on_time", ""];

fn number(counts: &UnitCounts, shown: &str) -> i64 {
    match shown {
        "overdue" => counts.overdue,
        "due_soon" => counts.due_soon,
        "in_time" => counts.in_time,
        "done_late" => counts.done_late,
        "done_on_time" => counts.done_on_time,
        _ => counts.assigned,
    }
}

fn label(t: &T, lang: Lang, shown: &str) -> String {
    Deadline::parse(shown).map_or_else(|| t.s("directives.board.all").to_owned(), |d| d.words().say(lang).to_owned())
}

pub(crate) async fn board(
    State(web): State<Web>,
    page: Page,
    staff: StaffMember,
    Query(query): Query<ListQuery>,
) -> Answer {
    let filter = query.filter();
    let board = web.read(move |tx| flow::board(tx, &staff.actor, &filter)).await?;
    let page = page.titled("directives.board.title").wide();
    let figures = figures(&page, &query, &board);
    let units = board
        .counts
        .iter()
        .map(|c| (board.names.get(&c.unit).cloned().unwrap_or_default(), figures_of(&page, &query, c)))
        .collect();
    let lines: Vec<Line> = board
        .lines
        .iter()
        .map(|line| {
            let deadline = Deadline::of(&line.due, board.now);
            Line {
                code: line.task.code.clone(),
                title: line.task.title.clone(),
                unit: board.names.get(line.task.lead.as_str()).cloned().unwrap_or_default(),
                label: official_label(line.task.progress, deadline).say(page.lang).to_owned(),
                tone: tone(deadline),
                due: page.t.date(&line.due.legal_due),
                url: format!("/staff/tasks/{}", line.task.code),
            }
        })
        .collect();
    let documents = std::iter::once((String::new(), page.t.s("directives.board.every_document").to_owned()))
        .chain(board.documents.iter().map(|d| (d.id.to_string(), format!("{}: {}", d.name(), d.title))))
        .collect();
    let (skip, most) = (query.skip.unwrap_or_default(), query.most.unwrap_or(100));
    let full = i64::try_from(lines.len()).unwrap_or(0) >= most;
    let glue = if query.url(&page, "", "").contains('?') { "&" } else { "?" };
    let more = if full { format!("{}{glue}skip={}", query.url(&page, "", ""), skip + most) } else { String::new() };
    html(&BoardPage { page, query, figures, units, documents, lines, more })
}

/// Sums over all units, or of the chosen one.
fn figures(page: &Page, query: &ListQuery, board: &Board) -> Vec<Figure> {
    let chosen = |c: &&UnitCounts| query.unit.is_empty() || c.unit == query.unit;
    let sum = |shown: &str| board.counts.iter().filter(chosen).map(|c| number(c, shown)).sum();
    SHOWN
        .into_iter()
        .map(|shown| Figure {
            label: label(&page.t, page.lang, shown),
            number: sum(shown),
            url: query.url(page, "deadline", shown),
            current: query.deadline == shown,
        })
        .collect()
}

fn figures_of(page: &Page, query: &ListQuery, counts: &UnitCounts) -> Vec<Figure> {
    let own = ListQuery { unit: counts.unit.clone(), document: query.document.clone(), ..ListQuery::default() };
    SHOWN
        .into_iter()
        .map(|shown| Figure {
            label: label(&page.t, page.lang, shown),
            number: number(counts, shown),
            url: own.url(page, "deadline", shown),
            current: false,
        })
        .collect()
}

/// An act that the reader may do now.
#[derive(Debug)]
pub(crate) struct Button {
    pub(crate) act: &'static str,
    pub(crate) key: String,
    open: bool,
}

#[derive(Debug, Template)]
#[template(path = "directives_task.html")]
pub(crate) struct TaskPage {
    page: Page,
    view: TaskView,
    label: String,
    tone: &'static str,
    buttons: Vec<Button>,
    act: String,
    typed: Fields,
    officers: Vec<(String, String)>,
    units: Vec<(String, String)>,
    /// The notice that the reader's agency has not answered yet: the last one only.
    unanswered: Option<NoticeId>,
}

impl Sheet for TaskPage {
    fn typed(&self) -> &Fields {
        &self.typed
    }
}

impl TaskPage {
    fn may_answer(&self, notice: &Notice) -> bool {
        self.unanswered.as_ref() == Some(&notice.id)
    }

    fn name(&self, id: &str) -> String {
        self.view.names.get(id).cloned().unwrap_or_else(|| id.to_owned())
    }

    fn head(&self) -> String {
        self.view.line.task.head.as_ref().map(|head| self.name(&format!("officer:{head}"))).unwrap_or_default()
    }

    fn by(&self, label: &Option<String>) -> String {
        label.as_deref().map(|label| self.name(label)).unwrap_or_default()
    }

    fn when(&self, at: &Option<Instant>) -> String {
        at.as_ref().map(|at| self.page.t.time(at)).unwrap_or_default()
    }

    /// `directives.level.head`
    fn words<W: serde::Serialize>(&self, table: &str, word: &W) -> String {
        let word = serde_json::to_value(word).ok();
        let word = word.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default();
        self.page.t.s(&format!("directives.{table}.{word}")).to_owned()
    }

    /// Files that were stored with an earlier try: value of the form and name.
    fn kept(&self) -> Vec<(String, String)> {
        let kept = self.typed.all("kept").filter_map(|value| Some((value, super::report::kept(value)?)));
        kept.map(|(value, (_, _, name))| (value.to_owned(), name.to_owned())).collect()
    }

    fn is(&self, act: &str) -> bool {
        self.act == act
    }

    fn measured_text(&self) -> String {
        let value = self.view.measured.as_ref().and_then(|m| m.value);
        value.map_or_else(|| self.page.t.s("directives.task.not_measured").to_owned(), |v| format!("{v:.3}"))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TaskQuery {
    act: String,
}

pub(crate) async fn task(
    State(web): State<Web>,
    page: Page,
    staff: StaffMember,
    Path(code): Path<String>,
    Query(query): Query<TaskQuery>,
) -> Answer {
    show(&web, page, &staff.actor, code, query.act, Fields::default(), None).await
}

/// The page of a task, with a form open, with what went wrong and what was typed.
pub(crate) async fn show(
    web: &Web,
    page: Page,
    actor: &Actor,
    code: String,
    act: String,
    typed: Fields,
    error: Option<&Error>,
) -> Answer {
    let reader = actor.clone();
    let (view, officers, units) = web.write(move |tx| read(tx, &reader, &code)).await?;
    let title = format!("{} · {}", view.line.task.code, view.line.task.title);
    let page = page.with_title(title).wide();
    let (status, page) = with_fault(page, error);
    let buttons = buttons(actor, &view, &act);
    let act = if buttons.iter().any(|b| b.act == act) { act } else { String::new() };
    let label = official_label(view.line.task.progress, view.deadline).say(page.lang).to_owned();
    let tone = tone(view.deadline);
    let agency = actor.officer().map(|officer| &officer.agency);
    let last = view.notices.iter().rev().find(|notice| Some(&notice.agency) == agency);
    let unanswered = last.filter(|notice| notice.answer.is_none()).map(|notice| notice.id.clone());
    html_with(status, &TaskPage { page, view, label, tone, buttons, act, typed, officers, units, unanswered })
}

type Choices = Vec<(String, String)>;

/// The task, the officers of its unit and the units below.
fn read(tx: &mut kernel_db::Tx<'_>, actor: &Actor, code: &str) -> Result<(TaskView, Choices, Choices)> {
    let view = flow::look(tx, actor, code, true)?;
    let now = tx.now();
    let mut officers = vec![(String::new(), "—".to_owned())];
    for officer in kernel_org::officers_of(tx, &view.line.task.lead, now)? {
        officers.push((officer.account, format!("{}, {}", officer.name, officer.title)));
    }
    Ok((view, officers, flow::units_for(tx, actor)?))
}

/// What the reader may do, by state, side and role.
fn buttons(actor: &Actor, view: &TaskView, open: &str) -> Vec<Button> {
    let task = &view.line.task;
    let lead = Resource::agency(task.lead.clone());
    let issuer = flow::judges(task);
    let can = |action: Action, side: &Resource| permitted(actor, action, side);
    let is = |act: Act| task.progress.allows(act);
    let (answers, works, judges) =
        (can(Action::TaskAnswer, &lead), can(Action::TaskWork, &lead), can(Action::DirectiveJudge, &issuer));
    let asked = view.extensions.iter().any(|e| e.granted.is_none());
    let helps =
        view.parts.iter().any(|p| p.done_at.is_none() && can(Action::TaskWork, &Resource::agency(p.unit.clone())));
    let all = [
        ("accept", answers && is(Act::Accept)),
        ("refuse", answers && is(Act::Refuse)),
        ("progress", works && is(Act::Work) && task.metric.is_none()),
        ("report", works && is(Act::Report)),
        ("hand-in-part", helps && !task.progress.is_ended()),
        ("ask-extension", works && is(Act::AskExtension) && !asked),
        ("sub-assign", answers && is(Act::Report)),
        ("confirm", judges && is(Act::Confirm)),
        ("send-back", judges && is(Act::SendBack)),
        ("decide-extension", judges && asked && is(Act::AskExtension)),
        ("reassign", judges && is(Act::Assign)),
        ("suspend", judges && is(Act::Suspend)),
        ("resume", judges && is(Act::Resume)),
        ("cancel", judges && is(Act::Cancel)),
    ];
    let may = all.into_iter().filter(|(_, may)| *may);
    may.map(|(act, _)| Button { act, key: format!("directives.act.{}", act.replace('-', "_")), open: act == open })
        .collect()
}
