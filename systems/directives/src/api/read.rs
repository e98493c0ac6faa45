//! Lists, figures and one task.

use axum::{
    extract::{Path, State},
    response::IntoResponse,
};
use kernel_files::Files;
use kernel_web::{Answer, Query, StaffMember, Web};
use serde::Deserialize;
use serde_json::json;

use super::{
    letters::as_pdf,
    view::{LineJson, whole},
};
use crate::{flow, store::TaskFilter};

/// Filters of a list; each figure of `/task-counts` opens its rows with them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ListQuery {
    pub unit: String,
    pub document: String,
    pub progress: String,
    pub deadline: String,
    pub q: String,
    pub officer: String,
    pub skip: Option<i64>,
    pub most: Option<i64>,
}

impl ListQuery {
    pub(crate) fn filter(&self) -> TaskFilter {
        TaskFilter {
            viewer: String::new(),
            unit: self.unit.trim().to_owned(),
            document: self.document.trim().to_owned(),
            progress: self.progress.trim().to_owned(),
            deadline: self.deadline.trim().to_owned(),
            search: kernel_base::text::fold(&self.q),
            officer: self.officer.trim().to_owned(),
            skip: self.skip.unwrap_or_default(),
            most: self.most.unwrap_or(100),
        }
    }
}

/// Tasks in which the own agency has a part, the nearest due first.
#[utoipa::path(get, path = "/api/v1/tasks", tag = "directives",
    params(("unit" = Option<String>, Query), ("document" = Option<String>, Query), ("progress" = Option<String>, Query),
           ("deadline" = Option<String>, Query), ("q" = Option<String>, Query), ("officer" = Option<String>, Query),
           ("skip" = Option<i64>, Query), ("most" = Option<i64>, Query)),
    responses((status = 200, description = "`{items: [LineJson]}`")))]
pub(crate) async fn list(State(web): State<Web>, staff: StaffMember, Query(query): Query<ListQuery>) -> Answer {
    let filter = query.filter();
    let board = web.read(move |tx| flow::board(tx, &staff.actor, &filter)).await?;
    let items: Vec<LineJson> = board.lines.iter().map(|line| LineJson::new(line, board.now)).collect();
    Ok(axum::Json(json!({ "items": items })).into_response())
}

/// Figures of every unit; each opens its rows at `/tasks?unit=..&deadline=..`.
#[utoipa::path(get, path = "/api/v1/task-counts", tag = "directives", params(("document" = Option<String>, Query)),
    responses((status = 200, description = "`{units: [{unit, name, assigned, due, done_on_time, done_late, overdue, ..}]}`")))]
pub(crate) async fn counts(State(web): State<Web>, staff: StaffMember, Query(query): Query<ListQuery>) -> Answer {
    let filter = query.filter();
    let board = web.read(move |tx| flow::board(tx, &staff.actor, &filter)).await?;
    let units: Vec<_> = board
        .counts
        .iter()
        .map(|c| {
            let mut shown = json!(c);
            if let Some(map) = shown.as_object_mut() {
                map.insert("due".to_owned(), json!(c.due()));
                map.insert("name".to_owned(), json!(board.names.get(&c.unit)));
            }
            shown
        })
        .collect();
    Ok(axum::Json(json!({ "units": units })).into_response())
}

/// A task with its whole chain and the trace of its clock. Notices to the reader's agency count as read.
#[utoipa::path(get, path = "/api/v1/tasks/{code}", tag = "directives", params(("code" = String, Path)),
    responses((status = 200), (status = 404, description = "does not exist, or may not be seen")))]
pub(crate) async fn look(State(web): State<Web>, staff: StaffMember, Path(code): Path<String>) -> Answer {
    let view = web.write(move |tx| flow::look(tx, &staff.actor, &code, true)).await?;
    Ok(axum::Json(whole(&view)).into_response())
}

/// A file of a report as PDF, for who may read the task.
#[utoipa::path(get, path = "/api/v1/tasks/{code}/files/{id}", tag = "directives",
    params(("code" = String, Path), ("id" = String, Path, description = "`evidence[].file` of a report")),
    responses((status = 200, content_type = "application/pdf"), (status = 404)))]
pub(crate) async fn file(
    State(web): State<Web>,
    staff: StaffMember,
    Path((code, id)): Path<(String, String)>,
) -> Answer {
    let name = format!("{code}.pdf");
    let row = web.read(move |tx| flow::evidence_file(tx, &staff.actor, &code, &id)).await?;
    let bytes = web.extension::<Files>()?.read(&row).await?;
    Ok(as_pdf(bytes.to_vec(), &name))
}
