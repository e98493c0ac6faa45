//! What must hold of a graph before it is published.

use std::collections::BTreeSet;

use kernel_base::Words;
use kernel_calendar::{Limit, Unit};

use super::{Step, StepKind, Workflow};

/// A working day of 8 hours.
const DAY_MINUTES: i64 = 8 * 60;

/// Larger graphs are refused: nobody can read them, and the longest way through them cannot be computed.
const MOST_STEPS: usize = 60;

/// Most ways through a graph that are tried for the longest.
const MOST_WAYS: u32 = 20_000;

/// A fault of a graph; the steps are named by their codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    NoStart,
    SeveralStarts(Vec<String>),
    NoEnd,
    /// Two steps have one code.
    DuplicateStep(String),
    /// Two ways out of a step have one action, or one goal.
    DuplicateWay {
        from: String,
        action: String,
    },
    /// A way begins or ends at a step that does not exist.
    UnknownStep {
        from: String,
        to: String,
    },
    /// A way leads out of an end.
    EndGoesOn(String),
    /// A way leads back to the start.
    BackToStart(String),
    /// No way leads out of a step that is no end.
    DeadEnd(String),
    /// These steps lead to each other for ever.
    LoopWithoutExit(Vec<String>),
    Unreachable(String),
    NoRole(String),
    /// A text is missing in one of the languages.
    NoName(String),
    /// A time of zero or less.
    BadMinutes(String),
    /// An end is reached without anyone approving a result.
    EndWithoutResult(String),
    /// The longest way takes longer than the procedure may.
    TooLong {
        minutes: i64,
        limit: i64,
        way: Vec<String>,
    },
    /// Too many steps, or too many ways through them.
    TooComplex,
}

impl Problem {
    /// The fault as a sentence.
    pub fn words(&self) -> Words {
        let (vi, en) = match self {
            Self::NoStart => ("Chưa có bước bắt đầu.".to_owned(), "There is no starting step.".to_owned()),
            Self::SeveralStarts(codes) => {
                let codes = codes.join(", ");
                (format!("Có nhiều bước bắt đầu: {codes}."), format!("There are several starting steps: {codes}."))
            }
            Self::NoEnd => ("Chưa có bước kết thúc.".to_owned(), "There is no end.".to_owned()),
            Self::DuplicateStep(code) => {
                (format!("Mã bước {code} bị trùng."), format!("The step code {code} stands twice."))
            }
            Self::DuplicateWay { from, action } => (
                format!("Bước {from} có hai nhánh trùng nhau ({action})."),
                format!("Step {from} has two ways that are the same ({action})."),
            ),
            Self::UnknownStep { from, to } => (
                format!("Nhánh {from} → {to} dẫn tới bước không có."),
                format!("The way {from} → {to} names a step that does not exist."),
            ),
            Self::EndGoesOn(code) => {
                (format!("Bước kết thúc {code} còn nhánh đi tiếp."), format!("The end {code} leads on."))
            }
            Self::BackToStart(code) => {
                (format!("Bước {code} quay về bước bắt đầu."), format!("Step {code} leads back to the starting step."))
            }
            Self::DeadEnd(code) => {
                (format!("Bước {code} không có đường đi tiếp."), format!("No way leads out of step {code}."))
            }
            Self::LoopWithoutExit(codes) => {
                let codes = codes.join(", ");
                (format!("Vòng lặp không có lối ra: {codes}."), format!("A loop without a way out: {codes}."))
            }
            Self::Unreachable(code) => {
                (format!("Không có đường nào tới bước {code}."), format!("No way leads to step {code}."))
            }
            Self::NoRole(code) => (format!("Bước {code} chưa có vai trò."), format!("Step {code} has no role.")),
            Self::NoName(code) => {
                (format!("{code} chưa có tên bằng cả hai thứ tiếng."), format!("{code} has no name in both languages."))
            }
            Self::BadMinutes(code) => (
                format!("Thời gian của bước {code} phải lớn hơn 0."),
                format!("The time of step {code} must be more than 0."),
            ),
            Self::EndWithoutResult(code) => (
                format!("Có thể tới bước kết thúc {code} mà chưa ai duyệt kết quả."),
                format!("The end {code} can be reached without an approved result."),
            ),
            Self::TooLong { minutes, limit, way } => {
                let (hours, allowed, way) = (minutes / 60, limit / 60, way.join(" → "));
                (
                    format!("Tổng thời gian các bước là {hours} giờ, vượt thời hạn {allowed} giờ làm việc: {way}."),
                    format!("The steps take {hours} hours, more than the limit of {allowed} working hours: {way}."),
                )
            }
            Self::TooComplex => (
                format!("Quy trình quá lớn (tối đa {MOST_STEPS} bước). Hãy tách ra."),
                format!("The workflow is too large (at most {MOST_STEPS} steps). Split it."),
            ),
        };
        Words { vi, en }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.words().vi)
    }
}

/// Working minutes inside a limit, for comparing with the sum of the steps. A same-day limit is one day; of calendar
/// days five in seven are counted, at least one; of a month 21 days.
pub fn working_minutes(limit: Limit) -> i64 {
    match limit.unit {
        Unit::WorkingHour => limit.amount.saturating_mul(60),
        Unit::WorkingDay => limit.amount.max(1).saturating_mul(DAY_MINUTES),
        Unit::CalendarDay => (limit.amount.saturating_mul(5) / 7).max(1).saturating_mul(DAY_MINUTES),
        Unit::Month => limit.amount.saturating_mul(21 * DAY_MINUTES),
    }
}

/// Every fault of the graph; empty = it may be published. With `limit` also whether its steps fit into it.
pub fn check(graph: &Workflow, limit: Option<Limit>) -> Vec<Problem> {
    if graph.steps.len() > MOST_STEPS {
        return vec![Problem::TooComplex];
    }
    let mut problems = Vec::new();
    check_names(graph, &mut problems);
    check_steps(graph, &mut problems);
    check_ways(graph, &mut problems);
    check_ends(graph, &mut problems);
    check_time(graph, limit, &mut problems);
    problems
}

fn check_names(graph: &Workflow, problems: &mut Vec<Problem>) {
    let mut name = |place: &str, words: &Words| {
        if words.vi.trim().is_empty() || words.en.trim().is_empty() {
            problems.push(Problem::NoName(place.to_owned()));
        }
    };
    name(&graph.code, &graph.name);
    for step in &graph.steps {
        name(&step.code, &step.name);
    }
    for edge in &graph.edges {
        let place = format!("{} → {}", edge.from, edge.to);
        name(&place, &edge.name);
        if let Some(condition) = &edge.condition {
            name(&place, condition);
        }
    }
}

fn check_steps(graph: &Workflow, problems: &mut Vec<Problem>) {
    let starts = codes(graph, |step| step.kind == StepKind::Start);
    match starts.len() {
        0 => problems.push(Problem::NoStart),
        1 => {}
        _ => problems.push(Problem::SeveralStarts(starts)),
    }
    if !graph.steps.iter().any(|step| step.kind == StepKind::End) {
        problems.push(Problem::NoEnd);
    }
    let mut seen = BTreeSet::new();
    for step in &graph.steps {
        if step.code.is_empty() || !seen.insert(&step.code) {
            problems.push(Problem::DuplicateStep(step.code.clone()));
        }
        if step.role.is_none() {
            problems.push(Problem::NoRole(step.code.clone()));
        }
        if step.minutes.is_some_and(|minutes| minutes <= 0) {
            problems.push(Problem::BadMinutes(step.code.clone()));
        }
    }
}

fn check_ways(graph: &Workflow, problems: &mut Vec<Problem>) {
    let (mut actions, mut goals) = (BTreeSet::new(), BTreeSet::new());
    for edge in &graph.edges {
        let (Some(from), Some(to)) = (graph.step(&edge.from), graph.step(&edge.to)) else {
            problems.push(Problem::UnknownStep { from: edge.from.clone(), to: edge.to.clone() });
            continue;
        };
        let new_action = actions.insert((&edge.from, &edge.action));
        let new_goal = goals.insert((&edge.from, &edge.to));
        if edge.action.is_empty() || !new_action || !new_goal {
            problems.push(Problem::DuplicateWay { from: edge.from.clone(), action: edge.action.clone() });
        }
        if from.kind == StepKind::End {
            problems.push(Problem::EndGoesOn(from.code.clone()));
        }
        if to.kind == StepKind::Start {
            problems.push(Problem::BackToStart(from.code.clone()));
        }
    }
}

/// Every step is reached from the start and reaches an end, and no end is reached without an approval.
fn check_ends(graph: &Workflow, problems: &mut Vec<Problem>) {
    let starts: Vec<&str> = of_kind(graph, StepKind::Start);
    let ends: Vec<&str> = of_kind(graph, StepKind::End);
    let reached = closure(graph, &starts, Direction::Forward, |_| true);
    let reaching = closure(graph, &ends, Direction::Backward, |_| true);
    if !starts.is_empty() {
        problems
            .extend(codes(graph, |step| !reached.contains(step.code.as_str())).into_iter().map(Problem::Unreachable));
    }
    let mut looped = BTreeSet::new();
    for step in graph.steps.iter().filter(|step| step.kind != StepKind::End) {
        let code = step.code.as_str();
        if !graph.edges.iter().any(|edge| edge.from == code) {
            problems.push(Problem::DeadEnd(code.to_owned()));
        } else if !ends.is_empty() && !reaching.contains(code) && !looped.contains(code) {
            let round = round_of(graph, code);
            looped.extend(round.iter().copied());
            if !round.is_empty() {
                problems.push(Problem::LoopWithoutExit(round.into_iter().map(str::to_owned).collect()));
            }
        }
    }
    let unapproved = closure(graph, &starts, Direction::Forward, |step| step.kind != StepKind::Approve);
    for end in ends.into_iter().filter(|end| unapproved.contains(end)) {
        problems.push(Problem::EndWithoutResult(end.to_owned()));
    }
}

/// The steps that a step can come back to itself through; empty when it is on no loop.
fn round_of<'g>(graph: &'g Workflow, code: &'g str) -> Vec<&'g str> {
    let next: Vec<&str> = graph.edges_from(code).map(|edge| edge.to.as_str()).collect();
    let before: Vec<&str> = graph.edges.iter().filter(|edge| edge.to == code).map(|edge| edge.from.as_str()).collect();
    let after = closure(graph, &next, Direction::Forward, |_| true);
    let leading = closure(graph, &before, Direction::Backward, |_| true);
    after.intersection(&leading).copied().collect()
}

#[derive(Clone, Copy)]
enum Direction {
    Forward,
    Backward,
}

/// Codes of the steps reached from `from` (itself included) through steps that `enter` admits.
fn closure<'g>(
    graph: &'g Workflow,
    from: &[&'g str],
    direction: Direction,
    enter: impl Fn(&Step) -> bool,
) -> BTreeSet<&'g str> {
    let mut seen = BTreeSet::new();
    let mut open: Vec<&str> = from.to_vec();
    while let Some(code) = open.pop() {
        if !graph.step(code).is_some_and(&enter) || !seen.insert(code) {
            continue;
        }
        for edge in &graph.edges {
            match direction {
                Direction::Forward if edge.from == code => open.push(&edge.to),
                Direction::Backward if edge.to == code => open.push(&edge.from),
                _ => {}
            }
        }
    }
    seen
}

fn check_time(graph: &Workflow, limit: Option<Limit>, problems: &mut Vec<Problem>) {
    let Some(limit) = limit.map(working_minutes) else { return };
    let Ok(start) = graph.start() else { return };
    let mut search = Search { graph, way: Vec::new(), best: (0, Vec::new()), ways: 0 };
    search.walk(start, 0);
    if search.ways > MOST_WAYS {
        problems.push(Problem::TooComplex);
    }
    let (minutes, way) = search.best;
    if minutes > limit {
        problems.push(Problem::TooLong { minutes, limit, way: way.into_iter().map(str::to_owned).collect() });
    }
}

/// Search for the longest way that passes no step twice: sending back is not planned for.
struct Search<'g> {
    graph: &'g Workflow,
    way: Vec<&'g str>,
    best: (i64, Vec<&'g str>),
    ways: u32,
}

impl<'g> Search<'g> {
    fn walk(&mut self, step: &'g Step, before: i64) {
        self.ways += 1;
        if self.ways > MOST_WAYS {
            return;
        }
        let own = if step.apart { 0 } else { step.minutes.unwrap_or(0) };
        let minutes = before.saturating_add(own);
        self.way.push(&step.code);
        if minutes > self.best.0 {
            self.best = (minutes, self.way.clone());
        }
        let graph = self.graph;
        for edge in graph.edges.iter().filter(|edge| edge.from == step.code) {
            let next = graph.step(&edge.to).filter(|next| !self.way.contains(&next.code.as_str()));
            if let Some(next) = next {
                self.walk(next, minutes);
            }
        }
        self.way.pop();
    }
}

fn of_kind(graph: &Workflow, kind: StepKind) -> Vec<&str> {
    graph.steps.iter().filter(|step| step.kind == kind).map(|step| step.code.as_str()).collect()
}

fn codes(graph: &Workflow, holds: impl Fn(&Step) -> bool) -> Vec<String> {
    graph.steps.iter().filter(|step| holds(step)).map(|step| step.code.clone()).collect()
}
