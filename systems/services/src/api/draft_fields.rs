//! Saving a draft while it is typed.

use axum::{
    body::to_bytes,
    extract::{FromRequest, Path, Request, State},
    response::IntoResponse,
};
use http::header;
use kernel_web::{Answer, CitizenUser, Context, Fields, Web};
use serde_json::{Map, Value, json};

use crate::{
    flow::{self, SaveFields},
    pages::device,
};

/// Save the fields that changed, as they are; nothing is refused because it is unfinished. The last write of a field wins.
///
/// The body is a form (`child_name=...`) or a JSON object of texts (`{"child_name": "..."}`); names as on the page.
#[utoipa::path(post, path = "/api/v1/drafts/{id}/fields", tag = "drafts",
    params(("id" = String, Path)),
    request_body(content_type = "application/json", description = "`{field: text}`"),
    responses((status = 200, description = "`{saved: \"09:12\", words, clashes}`"), (status = 404), (status = 409, description = "already handed in")))]
pub(crate) async fn save(
    State(web): State<Web>,
    context: Context,
    user: CitizenUser,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let command = SaveFields { posted: fields(request).await?, page: None, device: device(&context), seen: None };
    let saved = web.write(move |tx| flow::save_fields(tx, &user.actor, &id, &command)).await?;
    let t = web.messages.translator(context.lang);
    let time = t.clock(&saved.at);
    let clashes: Vec<&str> = saved.clashes.iter().map(|clash| t.w(&clash.title)).collect();
    let words = t.f("web.component.saved", [("time", time.as_str())]);
    Ok(axum::Json(json!({ "saved": time, "words": words, "at": saved.at, "clashes": clashes })).into_response())
}

/// Longest body in bytes.
const LONGEST: usize = 1 << 20;

async fn fields(request: Request) -> Answer<Vec<(String, String)>> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/json") {
        return Ok(Fields::from_request(request, &()).await?.0);
    }
    let body =
        to_bytes(request.into_body(), LONGEST).await.map_err(|error| malformed().with_inside(error.to_string()))?;
    let object: Map<String, Value> = kernel_web::parse_json(&body)?;
    let mut out = Vec::new();
    for (name, value) in object {
        match value {
            Value::Array(list) => out.extend(list.iter().map(|v| (name.clone(), plain(v)))),
            other => out.push((name, plain(&other))),
        }
    }
    Ok(out)
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn malformed() -> kernel_base::Error {
    kernel_base::Error::new(
        kernel_base::Kind::Invalid,
        "malformed",
        (
            "Máy chủ không đọc được nội dung gửi lên. Hãy tải lại trang rồi thử lại.",
            "The server cannot read what was sent. Reload the page and try again.",
        ),
    )
}
