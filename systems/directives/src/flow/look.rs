//! Reading: one task with its whole chain, boards of units and of the province.

use std::collections::{BTreeMap, btree_map::Entry};

use kernel_base::{AgencyId, Error, Instant, Result, TypedId, Words};
use kernel_contract::{Measured, Measures, PublicSubject, PublicSubjects};
use kernel_db::Tx;
use kernel_obligations::{self as obligations, Obligation};
use kernel_org::{Action, Actor, Resource, permitted};

use super::{rung, shared};
use crate::{
    model::{Deadline, DirectiveDocument, ExtensionAsked, Notice, Part, Rating, Report, Task, TaskId},
    store::{self, TaskFilter, TaskLine, UnitCounts},
};

/// Everything about one task.
#[derive(Debug, Clone)]
pub struct TaskView {
    pub line: TaskLine,
    pub deadline: Deadline,
    pub document: DirectiveDocument,
    pub parent: Option<Task>,
    pub children: Vec<Task>,
    /// With the trace of its clock.
    pub clock: Obligation,
    pub parts: Vec<Part>,
    /// Cooperating units whose part was late when the lead's due passed.
    pub held_up_by: Vec<AgencyId>,
    pub reports: Vec<Report>,
    pub extensions: Vec<ExtensionAsked>,
    pub notices: Vec<Notice>,
    pub rating: Option<Rating>,
    /// For a task bound to a metric: its value now.
    pub measured: Option<Measured>,
    /// Names of agencies and officers that occur, by identifier or label.
    pub names: BTreeMap<String, String>,
    pub now: Instant,
}

/// A task for who has a part in it. With `reading`, notices to the reader's agency count as read.
///
/// # Errors
/// `NotFound` for everybody else.
pub fn look(tx: &mut Tx<'_>, actor: &Actor, code: &str, reading: bool) -> Result<TaskView> {
    let task = shared::find_to_read(tx, actor, code)?;
    if reading {
        rung::mark_read(tx, actor, &task)?;
    }
    let now = tx.now();
    let gone = || Error::internal(format!("{code}: what it belongs to is gone"));
    let line = store::line_of(tx, &task.id)?.ok_or_else(gone)?;
    let clock = obligations::get(tx, &task.obligation)?.ok_or_else(gone)?;
    let parts = store::parts_of(tx, &task.id)?;
    let held_up_by = held_up_by(tx, &clock, &parts, now)?;
    let measured = match &task.metric {
        Some(metric) => tx.port::<dyn Measures>()?.value(tx, metric, Some(&task.lead), now)?,
        None => None,
    };
    let mut view = TaskView {
        deadline: Deadline::of(&line.due, now),
        document: store::document(tx, &task.document)?.ok_or_else(gone)?,
        parent: task.parent.as_ref().map(|id| store::task(tx, id)).transpose()?.flatten(),
        children: store::tasks_below(tx, &task.id)?,
        reports: store::reports_of(tx, &task.id)?,
        extensions: store::extensions_of(tx, &task.id)?,
        notices: store::notices_of(tx, &task.id)?,
        rating: store::rating_of_task(tx, &task.id)?,
        line,
        clock,
        parts,
        held_up_by,
        measured,
        names: BTreeMap::new(),
        now,
    };
    view.names = names(tx, &view)?;
    Ok(view)
}

/// Which cooperating units were late when the lead's due passed: the lead's lateness is then shown as caused by them.
fn held_up_by(tx: &mut Tx<'_>, clock: &Obligation, parts: &[Part], now: Instant) -> Result<Vec<AgencyId>> {
    if !clock.is_late(now) {
        return Ok(Vec::new());
    }
    let mut units = Vec::new();
    for part in parts {
        let late = obligations::get(tx, &part.obligation)?.is_some_and(|o| o.is_late(now));
        let missing = part.done_at.is_none_or(|done| done > clock.legal_due);
        if late && missing {
            units.push(part.unit.clone());
        }
    }
    Ok(units)
}

fn names(tx: &mut Tx<'_>, view: &TaskView) -> Result<BTreeMap<String, String>> {
    let task = &view.line.task;
    let mut names = BTreeMap::new();
    let children = view.children.iter().map(|child| &child.lead);
    let agencies = [&task.issuer, &task.desk, &task.lead].into_iter().chain(children);
    let agencies = agencies.chain(view.parts.iter().map(|p| &p.unit)).chain(view.notices.iter().map(|n| &n.agency));
    for id in agencies.chain(view.clock.holders.iter().map(|span| &span.agency)) {
        if !names.contains_key(id.as_str()) {
            names.insert(id.to_string(), shared::agency_name(tx, id)?);
        }
    }
    let mut labels: Vec<String> = view.reports.iter().map(|report| report.by.clone()).collect();
    labels.extend(view.extensions.iter().map(|asked| asked.asked_by.clone()));
    labels.extend(view.notices.iter().flat_map(|n| [n.read_by.clone(), n.answered_by.clone()]).flatten());
    labels.extend(view.rating.iter().flat_map(|r| [r.decided_by.clone(), r.seen_by.clone()]).flatten());
    labels.extend(task.head.iter().map(|head| format!("officer:{head}")));
    for label in labels {
        if let Entry::Vacant(unknown) = names.entry(label) {
            let name = shared::officer_name(tx, unknown.key())?;
            unknown.insert(name);
        }
    }
    Ok(names)
}

/// A list of tasks with the figures above it.
#[derive(Debug, Clone)]
pub struct Board {
    pub lines: Vec<TaskLine>,
    /// One for each leading unit, by identifier.
    pub counts: Vec<UnitCounts>,
    /// Names of the units.
    pub names: BTreeMap<String, String>,
    pub documents: Vec<DirectiveDocument>,
    pub now: Instant,
}

/// Tasks in which the actor's agency has a part: those it gave or tracks, those it leads, those it helps with.
///
/// # Errors
/// `Forbidden` for who is not an officer with a role.
pub fn board(tx: &mut Tx<'_>, actor: &Actor, filter: &TaskFilter) -> Result<Board> {
    let agency = actor.officer().map(|officer| officer.agency.clone());
    let agency = agency.ok_or_else(|| shared::forbidden(actor, Action::TaskRead))?;
    if !permitted(actor, Action::TaskRead, &Resource::agency(agency.clone())) {
        return Err(shared::forbidden(actor, Action::TaskRead));
    }
    let now = tx.now();
    let filter = TaskFilter { viewer: agency.to_string(), ..filter.clone() };
    let lines = store::list_tasks(tx, &filter, now)?;
    let counts = store::count_tasks(tx, agency.as_str(), &filter.document, now)?;
    let mut names = BTreeMap::new();
    let units = counts.iter().map(|c| c.unit.clone()).chain(lines.iter().map(|line| line.task.lead.to_string()));
    for unit in units.collect::<std::collections::BTreeSet<_>>() {
        if let Some(id) = AgencyId::parse(&unit) {
            names.insert(unit, shared::agency_name(tx, &id)?);
        }
    }
    let documents = store::documents_of(tx, &agency)?;
    Ok(Board { lines, counts, names, documents, now })
}

/// Says what anyone may read of tasks.
#[derive(Debug, Clone, Copy)]
pub struct PublicTasks;

impl PublicSubjects for PublicTasks {
    fn prefix(&self) -> &'static str {
        "task:"
    }

    fn describe(&self, tx: &mut Tx<'_>, subjects: &[String]) -> Result<BTreeMap<String, PublicSubject>> {
        public_subjects(tx, subjects)
    }
}

/// Of a secret task only that it counts.
fn public_subjects(tx: &mut Tx<'_>, subjects: &[String]) -> Result<BTreeMap<String, PublicSubject>> {
    let mut all = BTreeMap::new();
    for subject in subjects {
        let Some(id) = subject.strip_prefix("task:").and_then(TaskId::parse) else { continue };
        let Some(task) = store::task(tx, &id)? else { continue };
        let public = if task.secret {
            PublicSubject { secret: true, ..PublicSubject::default() }
        } else {
            PublicSubject { code: task.code, title: Words::new(&task.title, &task.title), apology: None, secret: false }
        };
        all.insert(subject.clone(), public);
    }
    Ok(all)
}
