//! What the API shows.

use kernel_base::Instant;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::{
    flow::TaskView,
    model::{Deadline, Letter, Rating, Task, official_label},
    store::TaskLine,
};

/// Where a task stands after an act.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TaskJson {
    pub code: String,
    /// First axis: assigned, accepted, doing, reported, confirmed, redo, refused, suspended, cancelled.
    pub progress: String,
    pub lead: String,
    pub percent: i64,
    /// The day that was given; never changes.
    pub due_on: String,
}

impl From<&Task> for TaskJson {
    fn from(task: &Task) -> Self {
        Self {
            code: task.code.clone(),
            progress: task.progress.word().to_owned(),
            lead: task.lead.to_string(),
            percent: task.percent,
            due_on: task.due_on.to_string(),
        }
    }
}

/// A line of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LineJson {
    pub code: String,
    pub title: String,
    pub clause: String,
    pub lead: String,
    pub secret: bool,
    pub progress: String,
    /// Second axis, derived: in_time, due_soon, overdue, done_on_time, done_late, none.
    pub deadline: String,
    /// Both axes in the words of the state's task software.
    pub label: String,
    pub percent: i64,
    pub due_on: String,
    /// Decides late or on time.
    #[schema(value_type = String)]
    pub legal_due: Instant,
    /// New appointment of an extension; moves reminders only.
    #[schema(value_type = Option<String>)]
    pub appointment: Option<Instant>,
    pub extensions: i64,
    pub on_public_board: bool,
}

impl LineJson {
    pub(crate) fn new(line: &TaskLine, now: Instant) -> Self {
        let (task, deadline) = (&line.task, Deadline::of(&line.due, now));
        Self {
            code: task.code.clone(),
            title: task.title.clone(),
            clause: task.clause.clone(),
            lead: task.lead.to_string(),
            secret: task.secret,
            progress: task.progress.word().to_owned(),
            deadline: deadline.word().to_owned(),
            label: official_label(task.progress, deadline).vi,
            percent: task.percent,
            due_on: task.due_on.to_string(),
            legal_due: line.due.legal_due,
            appointment: line.due.appointment,
            extensions: line.due.extensions,
            on_public_board: task.published_at.is_some(),
        }
    }
}

/// A task with its whole chain.
pub(crate) fn whole(view: &TaskView) -> Value {
    let mut all = json!(LineJson::new(&view.line, view.now));
    let task = &view.line.task;
    let more = json!({
        "document": { "id": view.document.id, "name": view.document.name(), "title": view.document.title },
        "output": task.output, "weight": task.weight, "issuer": task.issuer, "desk": task.desk, "officer": task.officer,
        "head": task.head, "parent": view.parent.as_ref().map(|p| &p.code), "refusals": task.refusals,
        "children": view.children.iter().map(TaskJson::from).collect::<Vec<_>>(),
        "metric": task.metric, "goal": task.goal, "measured": view.measured,
        "parts": view.parts, "held_up_by": view.held_up_by, "reports": view.reports, "extensions_asked": view.extensions,
        "notices": view.notices, "rating": view.rating.as_ref().map(RatingJson::from), "clock": view.clock,
        "published_at": task.published_at,
    });
    if let (Some(all), Value::Object(more)) = (all.as_object_mut(), more) {
        all.extend(more);
    }
    all
}

/// An urging letter.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LetterJson {
    pub id: String,
    pub number: String,
    pub issuer: String,
    pub unit: String,
    /// draft, approved (waits for its digital signature), signed, withdrawn
    pub state: String,
    #[schema(value_type = Vec<Object>)]
    pub items: Vec<crate::model::LetterItem>,
    /// To be sent back with the signature.
    pub sha256: String,
    #[schema(value_type = String)]
    pub drafted_at: Instant,
    #[schema(value_type = Option<String>)]
    pub signed_at: Option<Instant>,
    #[schema(value_type = Option<String>)]
    pub read_at: Option<Instant>,
    #[schema(value_type = Option<String>)]
    pub answered_at: Option<Instant>,
    pub answer: Option<String>,
}

impl From<&Letter> for LetterJson {
    fn from(letter: &Letter) -> Self {
        Self {
            id: letter.id.to_string(),
            number: letter.number.clone(),
            issuer: letter.issuer.to_string(),
            unit: letter.unit.to_string(),
            state: letter.state.word().to_owned(),
            items: letter.items.clone(),
            sha256: letter.sha256.clone(),
            drafted_at: letter.drafted_at,
            signed_at: letter.signed_at,
            read_at: letter.read_at,
            answered_at: letter.answered_at,
            answer: letter.answer.clone(),
        }
    }
}

/// A proposal for the annual rating and its decision.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RatingJson {
    pub id: String,
    /// Number of the decision; empty while it waits.
    pub number: String,
    pub unit: String,
    /// Working days late when it was proposed.
    pub late_days: i64,
    #[schema(value_type = String)]
    pub proposed_at: Instant,
    /// deduct, excuse, commend; empty while it waits
    pub decision: Option<crate::model::RatingDecision>,
    pub points: Option<f64>,
    pub reason: String,
    #[schema(value_type = Option<String>)]
    pub decided_at: Option<Instant>,
    #[schema(value_type = Option<String>)]
    pub seen_at: Option<Instant>,
}

impl From<&Rating> for RatingJson {
    fn from(rating: &Rating) -> Self {
        Self {
            id: rating.id.to_string(),
            number: rating.number.clone(),
            unit: rating.unit.to_string(),
            late_days: rating.late_days,
            proposed_at: rating.proposed_at,
            decision: rating.decision,
            points: rating.points,
            reason: rating.reason.clone(),
            decided_at: rating.decided_at,
            seen_at: rating.seen_at,
        }
    }
}
