//! Documents, their tasks, and plans from workbooks.

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
};
use kernel_base::{Error, Result};
use kernel_db::Tx;
use kernel_web::{
    Answer, Empty, Json, Query, StaffMember, Web, idempotency_key, idempotent, request_hash, stored_json,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::view::TaskJson;
use crate::{
    flow, import,
    model::{AssignTask, DirectiveDocument, EnterDocument},
};

fn hash_of<B: serde::Serialize>(body: &B) -> Result<String> {
    serde_json::to_vec(body).map(|bytes| request_hash(&bytes)).map_err(|e| Error::internal(e.to_string()))
}

fn document_json(document: &DirectiveDocument) -> Value {
    let mut shown = json!(document);
    if let Some(map) = shown.as_object_mut() {
        map.insert("name".to_owned(), json!(document.name()));
    }
    shown
}

/// Enter a plan, directive, letter, conclusion or oral instruction.
#[utoipa::path(post, path = "/api/v1/directives", tag = "directives", request_body = EnterDocument,
    params(("Idempotency-Key" = String, Header)),
    responses((status = 201, description = "the document with its `id`"), (status = 403), (status = 422)))]
pub(crate) async fn enter(
    State(web): State<Web>,
    staff: StaffMember,
    headers: HeaderMap,
    Json(body): Json<EnterDocument>,
) -> Answer {
    let (key, hash) = (idempotency_key(&headers)?, hash_of(&body)?);
    let run = move |tx: &mut Tx<'_>| {
        let scope = format!("POST /api/v1/directives {}", staff.actor.label());
        idempotent(tx, &scope, &key, &hash, |tx| {
            let document = flow::enter_document(tx, &staff.actor, &body)?;
            Ok((StatusCode::CREATED.as_u16(), document_json(&document)))
        })
    };
    Ok(stored_json(&web.write(run).await?))
}

/// Documents of the own agency, the newest first.
#[utoipa::path(get, path = "/api/v1/directives", tag = "directives", responses((status = 200, description = "`{items}`")))]
pub(crate) async fn list(State(web): State<Web>, staff: StaffMember) -> Answer {
    let documents = web.read(move |tx| flow::look_documents(tx, &staff.actor)).await?;
    let items: Vec<Value> = documents.iter().map(document_json).collect();
    Ok(axum::Json(json!({ "items": items })).into_response())
}

/// One document.
#[utoipa::path(get, path = "/api/v1/directives/{id}", tag = "directives", params(("id" = String, Path)),
    responses((status = 200), (status = 404)))]
pub(crate) async fn look(State(web): State<Web>, staff: StaffMember, Path(id): Path<String>) -> Answer {
    let document = web.read(move |tx| flow::look_document(tx, &staff.actor, &id)).await?;
    Ok(axum::Json(document_json(&document)).into_response())
}

/// Give a task of the document to a unit. Repeating with the same `Idempotency-Key` makes no second task.
#[utoipa::path(post, path = "/api/v1/directives/{id}/tasks", tag = "directives", request_body = AssignTask,
    params(("id" = String, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 201, body = TaskJson), (status = 404), (status = 422)))]
pub(crate) async fn assign(
    State(web): State<Web>,
    staff: StaffMember,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(body): Json<AssignTask>,
) -> Answer {
    let (key, hash) = (idempotency_key(&headers)?, hash_of(&body)?);
    let run = move |tx: &mut Tx<'_>| {
        let scope = format!("POST /api/v1/directives/{id}/tasks {}", staff.actor.label());
        idempotent(tx, &scope, &key, &hash, |tx| {
            let task = flow::assign(tx, &staff.actor, &id, &body)?;
            Ok((StatusCode::CREATED.as_u16(), json!(TaskJson::from(&task))))
        })
    };
    Ok(stored_json(&web.write(run).await?))
}

/// Read a workbook of tasks (the body is the file). Nothing is made yet; with a fault nothing is kept.
#[utoipa::path(post, path = "/api/v1/directive-imports", tag = "directives",
    request_body(content = Vec<u8>, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    params(("kind" = String, Query), ("number" = String, Query), ("title" = String, Query),
           ("issued_on" = String, Query)),
    responses((status = 200, description = "`{id, rows, tasks, faults}`; `id` is empty while there are faults"),
              (status = 422)))]
pub(crate) async fn stage(
    State(web): State<Web>,
    staff: StaffMember,
    Query(command): Query<EnterDocument>,
    body: Bytes,
) -> Answer {
    let raw = read(body.clone()).await?;
    let sha256 = hex::encode(Sha256::digest(&body));
    let preview = web.write(move |tx| flow::stage_import(tx, &staff.actor, &command, &raw, &sha256)).await?;
    Ok(axum::Json(preview).into_response())
}

/// Reads a workbook outside the request's thread.
pub(crate) async fn read(body: Bytes) -> Result<Vec<import::RawTask>> {
    tokio::task::spawn_blocking(move || import::read(&body))
        .await
        .map_err(|e| Error::internal(format!("workbook: {e}")))?
}

/// Make the document and all its tasks, or nothing.
#[utoipa::path(post, path = "/api/v1/directive-imports/{id}/confirm", tag = "directives", request_body = Object, params(("id" = String, Path)),
    responses((status = 201, description = "`{document, tasks}`"), (status = 404), (status = 409)))]
pub(crate) async fn confirm(
    State(web): State<Web>,
    staff: StaffMember,
    Path(id): Path<String>,
    Json(Empty {}): Json<Empty>,
) -> Answer {
    let (document, tasks) = web.write(move |tx| flow::confirm_import(tx, &staff.actor, &id)).await?;
    let tasks: Vec<TaskJson> = tasks.iter().map(TaskJson::from).collect();
    let made = json!({ "document": document_json(&document), "tasks": tasks });
    Ok(kernel_web::json(StatusCode::CREATED, &made))
}

/// The workbook to fill in.
#[utoipa::path(get, path = "/api/v1/directive-template.xlsx", tag = "directives", responses((status = 200)))]
pub(crate) async fn template(_staff: StaffMember) -> Answer {
    let bytes = tokio::task::spawn_blocking(import::template)
        .await
        .map_err(|e| Error::internal(format!("workbook: {e}")))??;
    Ok(workbook(bytes, "mau-ke-hoach.xlsx"))
}

/// A workbook to be saved.
pub(crate) fn workbook(bytes: Vec<u8>, name: &str) -> axum::response::Response {
    let headers = [
        (header::CONTENT_TYPE, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, bytes).into_response()
}
