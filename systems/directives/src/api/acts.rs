//! Everything that moves a task.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
};
use kernel_base::{Error, Result};
use kernel_db::Tx;
use kernel_org::Actor;
use kernel_web::{Answer, Empty, Json, StaffMember, Web, idempotency_key, idempotent, request_hash, stored_json};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::view::TaskJson;
use crate::{
    flow,
    model::{self, Task},
};

async fn act<C: Send + Sync + 'static>(
    web: &Web,
    actor: Actor,
    code: String,
    command: C,
    run: fn(&mut Tx<'_>, &Actor, &str, &C) -> Result<Task>,
) -> Answer {
    let task = web.write(move |tx| run(tx, &actor, &code, &command)).await?;
    Ok(axum::Json(TaskJson::from(&task)).into_response())
}

macro_rules! acts {
    ($($(#[$meta:meta])* $name:ident($body:ty, $path:literal) = $run:path;)*) => {
        $(
            $(#[$meta])*
            #[utoipa::path(post, path = $path, tag = "directives", request_body = $body,
                params(("code" = String, Path, description = "code of the task")),
                responses((status = 200, body = TaskJson), (status = 403), (status = 404),
                          (status = 409, description = "the state has moved on; `current` says where"), (status = 422)))]
            pub(crate) async fn $name(
                State(web): State<Web>,
                staff: StaffMember,
                Path(code): Path<String>,
                Json(body): Json<$body>,
            ) -> Answer {
                act(&web, staff.actor, code, body, $run).await
            }
        )*
    };
}

acts! {
    /// The unit takes the task.
    accept(model::AcceptTask, "/api/v1/tasks/{code}/accept") = flow::accept;
    /// The unit gives it back with a reason; the clock runs on.
    refuse(model::WithReason, "/api/v1/tasks/{code}/refuse") = flow::refuse;
    /// The issuer gives it to another unit; no instant is set back.
    reassign(model::Reassign, "/api/v1/tasks/{code}/reassign") = flow::reassign;
    /// How far it is; refused for a task that is measured.
    progress(model::ReportProgress, "/api/v1/tasks/{code}/progress") = flow::progress;
    /// The unit reports it done, with evidence; refused below a measured goal.
    report(model::ReportDone, "/api/v1/tasks/{code}/report") = flow::report;
    /// The issuer confirms.
    confirm(model::ConfirmTask, "/api/v1/tasks/{code}/confirm") = flow::confirm;
    /// The issuer sends a report back.
    send_back(model::WithReason, "/api/v1/tasks/{code}/send-back") = flow::send_back;
    /// The issuer lets it rest, on a legal basis.
    suspend(model::SuspendTask, "/api/v1/tasks/{code}/suspend") = flow::suspend;
    /// The issuer takes it back.
    cancel(model::WithReason, "/api/v1/tasks/{code}/cancel") = flow::cancel;
    /// The unit asks for more time.
    ask_extension(model::AskExtension, "/api/v1/tasks/{code}/ask-extension") = flow::ask_extension;
    /// The issuer decides on it; the first promise is kept.
    decide_extension(model::DecideExtension, "/api/v1/tasks/{code}/decide-extension") = flow::decide_extension;
    /// A cooperating unit hands in its part.
    hand_in_part(model::HandInPart, "/api/v1/tasks/{code}/hand-in-part") = flow::hand_in_part;
}

/// A suspended task goes on.
#[utoipa::path(post, path = "/api/v1/tasks/{code}/resume", tag = "directives", request_body = Object, params(("code" = String, Path)),
    responses((status = 200, body = TaskJson), (status = 404), (status = 409)))]
pub(crate) async fn resume(
    State(web): State<Web>,
    staff: StaffMember,
    Path(code): Path<String>,
    Json(Empty {}): Json<Empty>,
) -> Answer {
    let task = web.write(move |tx| flow::resume(tx, &staff.actor, &code)).await?;
    Ok(axum::Json(TaskJson::from(&task)).into_response())
}

/// The unit hands it on to those below it. Repeating with the same `Idempotency-Key` makes no second task.
#[utoipa::path(post, path = "/api/v1/tasks/{code}/sub-assign", tag = "directives", request_body = model::AssignTask,
    params(("code" = String, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 201, body = TaskJson), (status = 404), (status = 409), (status = 422)))]
pub(crate) async fn sub_assign(
    State(web): State<Web>,
    staff: StaffMember,
    Path(code): Path<String>,
    headers: HeaderMap,
    Json(body): Json<model::AssignTask>,
) -> Answer {
    let key = idempotency_key(&headers)?;
    let hash = request_hash(&serde_json::to_vec(&body).map_err(|e| Error::internal(e.to_string()))?);
    let stored = web
        .write(move |tx| {
            let scope = format!("POST /api/v1/tasks/{code}/sub-assign {}", staff.actor.label());
            idempotent(tx, &scope, &key, &hash, |tx| {
                let task = flow::sub_assign(tx, &staff.actor, &code, &body)?;
                Ok((StatusCode::CREATED.as_u16(), json!(TaskJson::from(&task))))
            })
        })
        .await?;
    Ok(stored_json(&stored))
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoticeAnswer {
    pub answer: String,
}

/// An agency answers what the ladder told it.
#[utoipa::path(post, path = "/api/v1/task-notices/{id}/answer", tag = "directives", request_body = NoticeAnswer,
    params(("id" = String, Path)), responses((status = 200, body = TaskJson), (status = 404), (status = 422)))]
pub(crate) async fn answer_notice(
    State(web): State<Web>,
    staff: StaffMember,
    Path(id): Path<String>,
    Json(body): Json<NoticeAnswer>,
) -> Answer {
    let task = web.write(move |tx| flow::answer_notice(tx, &staff.actor, &id, &body.answer)).await?;
    Ok(axum::Json(TaskJson::from(&task)).into_response())
}
