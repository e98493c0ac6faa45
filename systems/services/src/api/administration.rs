//! Catalogue administration by API: forms with their "asked twice" counter, and publishing.

use axum::extract::{Path, State};
use http::StatusCode;
use kernel_web::{Answer, StaffMember, Web, json};
use serde_json::{Value, json};

use crate::flow::{self, FormLine};

fn line(form: &FormLine) -> Value {
    json!({
        "version": form.version, "procedure": form.procedure, "name": form.name, "number": form.number,
        "valid_from": form.valid_from.to_string(), "draft": form.draft, "full_online": form.full,
        "questions": form.questions.len(), "asked_twice": form.again.len(),
    })
}

/// Every form of the catalogue with its "asked twice" counter, and versions that wait to be published.
#[utoipa::path(get, path = "/api/v1/catalogue/forms", tag = "catalogue",
    responses((status = 200, description = "`{items}`"), (status = 403)))]
pub(crate) async fn forms(State(web): State<Web>, staff: StaffMember) -> Answer {
    let forms = web.read(move |tx| flow::forms(tx, &staff.actor)).await?;
    Ok(json(StatusCode::OK, &json!({ "items": forms.iter().map(line).collect::<Vec<_>>() })))
}

/// One version with the questions behind the counter.
#[utoipa::path(get, path = "/api/v1/catalogue/forms/{id}", tag = "catalogue", params(("id" = String, Path)),
    responses((status = 200, description = "as in the list, with `fields` and `again`"), (status = 403), (status = 404)))]
pub(crate) async fn form(State(web): State<Web>, staff: StaffMember, Path(id): Path<String>) -> Answer {
    let form = web.read(move |tx| flow::form_of(tx, &staff.actor, &id)).await?;
    let field = |q: &flow::Question| json!({ "field": q.field, "title": q.title, "ground": q.ground });
    let mut body = line(&form);
    body["fields"] = form.questions.iter().map(field).collect();
    body["again"] = json!(form.again);
    Ok(json(StatusCode::OK, &body))
}

/// Publish a version that waits. One whose form asks twice is not published as full online.
#[utoipa::path(post, path = "/api/v1/catalogue/forms/{id}/publish", tag = "catalogue", params(("id" = String, Path)),
    responses((status = 200, description = "as in the list"), (status = 403), (status = 404), (status = 409, description = "`asked_twice`, or published before")))]
pub(crate) async fn publish(State(web): State<Web>, staff: StaffMember, Path(id): Path<String>) -> Answer {
    let form = web
        .write(move |tx| {
            flow::publish_draft(tx, &staff.actor, &id)?;
            flow::form_of(tx, &staff.actor, &id)
        })
        .await?;
    Ok(json(StatusCode::OK, &line(&form)))
}
