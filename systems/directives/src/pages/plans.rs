//! Documents, new tasks, and plans from workbooks.

use askama::Template;
use axum::{
    body::Bytes,
    extract::{Multipart, Path, State},
};
use base64::Engine as _;
use kernel_base::{Error, Result, Words};
use kernel_org::Actor;
use kernel_web::{Answer, Fields, Page, StaffMember, Web, html, html_with, idempotent, redirect_saying, request_hash};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Sheet, acts, day, shown_again, with_fault};
use crate::{
    api, flow,
    flow::Preview,
    import,
    model::{DirectiveDocument, DocumentKind, EnterDocument},
};

#[derive(Debug, Template)]
#[template(path = "directives_plans.html")]
struct PlansPage {
    page: Page,
    documents: Vec<DirectiveDocument>,
    kinds: Vec<(String, String)>,
    typed: Fields,
}

impl Sheet for PlansPage {
    fn typed(&self) -> &Fields {
        &self.typed
    }
}

fn kinds(page: &Page) -> Vec<(String, String)> {
    DocumentKind::ALL.iter().map(|kind| (kind.word().to_owned(), kind.words().say(page.lang).to_owned())).collect()
}

pub(crate) async fn list(State(web): State<Web>, page: Page, staff: StaffMember) -> Answer {
    show(&web, page, &staff.actor, Fields::default(), None).await
}

async fn show(web: &Web, page: Page, actor: &Actor, typed: Fields, error: Option<&Error>) -> Answer {
    let reader = actor.clone();
    let documents = web.read(move |tx| flow::look_documents(tx, &reader)).await?;
    let page = page.titled("directives.plans.title").wide();
    let (status, page) = with_fault(page, error);
    let kinds = kinds(&page);
    html_with(status, &PlansPage { page, documents, kinds, typed })
}

fn entered(fields: &Fields) -> Result<EnterDocument> {
    let text = |name: &str| fields.get(name).unwrap_or_default().to_owned();
    Ok(EnterDocument {
        kind: DocumentKind::parse(&text("kind")).unwrap_or(DocumentKind::Plan),
        number: text("number"),
        title: text("title"),
        issued_on: day("issued_on", &text("issued_on"))?,
        illustrative: false,
    })
}

pub(crate) async fn enter(State(web): State<Web>, page: Page, staff: StaffMember, fields: Fields) -> Answer {
    let (actor, typed) = (staff.actor.clone(), fields.clone());
    let made = web
        .write(move |tx| {
            let command = entered(&typed)?;
            let (scope, key) =
                (format!("form directives {}", actor.label()), typed.get("key").unwrap_or_default().to_owned());
            let hash = request_hash(json!(command).to_string().as_bytes());
            idempotent(tx, &scope, &key, &hash, |tx| {
                let document = flow::enter_document(tx, &actor, &command)?;
                Ok((200, json!({ "id": document.id })))
            })
        })
        .await;
    match made {
        Ok(stored) => {
            let id = stored.body.get("id").and_then(|id| id.as_str()).unwrap_or_default();
            Ok(redirect_saying(&web, &format!("/staff/directives/{id}"), "directives.flash.entered", &[]))
        }
        Err(error) if shown_again(&error) => show(&web, page, &staff.actor, fields, Some(&error)).await,
        Err(error) => Err(error.into()),
    }
}

#[derive(Debug, Template)]
#[template(path = "directives_plan.html")]
struct PlanPage {
    page: Page,
    document: DirectiveDocument,
    units: Vec<(String, String)>,
    typed: Fields,
}

impl Sheet for PlanPage {
    fn typed(&self) -> &Fields {
        &self.typed
    }
}

pub(crate) async fn document(State(web): State<Web>, page: Page, staff: StaffMember, Path(id): Path<String>) -> Answer {
    show_document(&web, page, &staff.actor, id, Fields::default(), None).await
}

async fn show_document(
    web: &Web,
    page: Page,
    actor: &Actor,
    id: String,
    typed: Fields,
    error: Option<&Error>,
) -> Answer {
    let reader = actor.clone();
    let (document, units) =
        web.read(move |tx| Ok((flow::look_document(tx, &reader, &id)?, flow::units_for(tx, &reader)?))).await?;
    let page = page.with_title(document.name()).wide();
    let (status, page) = with_fault(page, error);
    html_with(status, &PlanPage { page, document, units, typed })
}

pub(crate) async fn assign(
    State(web): State<Web>,
    page: Page,
    staff: StaffMember,
    Path(id): Path<String>,
    fields: Fields,
) -> Answer {
    let (actor, document, typed) = (staff.actor.clone(), id.clone(), fields.clone());
    let made = web
        .write(move |tx| {
            let command = acts::assignment(&typed)?;
            let scope = format!("form directives/{document} {}", actor.label());
            let key = typed.get("key").unwrap_or_default().to_owned();
            let hash = request_hash(json!(command).to_string().as_bytes());
            idempotent(tx, &scope, &key, &hash, |tx| {
                let task = flow::assign(tx, &actor, &document, &command)?;
                Ok((200, json!({ "code": task.code })))
            })
        })
        .await;
    match made {
        Ok(stored) => {
            let code = stored.body.get("code").and_then(|code| code.as_str()).unwrap_or_default().to_owned();
            let path = format!("/staff/directives/{id}");
            Ok(redirect_saying(&web, &path, "directives.flash.assigned", &[("code", code.as_str())]))
        }
        Err(error) if shown_again(&error) => show_document(&web, page, &staff.actor, id, fields, Some(&error)).await,
        Err(error) => Err(error.into()),
    }
}

#[derive(Debug, Template)]
#[template(path = "directives_import.html")]
struct ImportPage {
    page: Page,
    preview: Preview,
    /// The same file with the faults in it, as the address of a download.
    faults: String,
}

/// Reads the form with the workbook, shows what it would make.
pub(crate) async fn stage(State(web): State<Web>, page: Page, staff: StaffMember, parts: Multipart) -> Answer {
    let (fields, bytes) = form(parts).await?;
    let sha256 = hex::encode(Sha256::digest(&bytes));
    let staged = async {
        let command = entered(&fields)?;
        let raw = api::read_workbook(bytes).await?;
        let (actor, lines) = (staff.actor.clone(), raw.clone());
        let preview = web.write(move |tx| flow::stage_import(tx, &actor, &command, &lines, &sha256)).await?;
        Ok::<_, Error>((raw, preview))
    };
    match staged.await {
        Ok((raw, preview)) => {
            let faults = if preview.faults == 0 {
                String::new()
            } else {
                let bytes = import::with_faults(&raw, &preview)?;
                let text = base64::engine::general_purpose::STANDARD.encode(bytes);
                format!("data:application/vnd.openxmlformats-officedocument.spreadsheetml.sheet;base64,{text}")
            };
            html(&ImportPage { page: page.titled("directives.import.title").wide(), preview, faults })
        }
        Err(error) if shown_again(&error) => show(&web, page, &staff.actor, fields, Some(&error)).await,
        Err(error) => Err(error.into()),
    }
}

async fn form(mut parts: Multipart) -> Result<(Fields, Bytes)> {
    let broken = || {
        let words = ("Không đọc được tệp. Hãy chọn lại rồi gửi.", "The file cannot be read. Choose it again and send.");
        Error::refused("malformed", Words::from(words))
    };
    let (mut fields, mut bytes) = (Fields::default(), Bytes::new());
    while let Some(part) = parts.next_field().await.map_err(|_| broken())? {
        let name = part.name().unwrap_or_default().to_owned();
        if name == "file" {
            bytes = part.bytes().await.map_err(|_| broken())?;
        } else if name != "csrf" {
            fields.0.push((name, part.text().await.map_err(|_| broken())?));
        }
    }
    Ok((fields, bytes))
}

pub(crate) async fn confirm(State(web): State<Web>, page: Page, staff: StaffMember, Path(id): Path<String>) -> Answer {
    let actor = staff.actor.clone();
    match web.write(move |tx| flow::confirm_import(tx, &actor, &id)).await {
        Ok((document, tasks)) => {
            let (path, count) = (format!("/staff/tasks?document={}", document.id), tasks.len().to_string());
            Ok(redirect_saying(&web, &path, "directives.flash.imported", &[("n", count.as_str())]))
        }
        Err(error) if shown_again(&error) => show(&web, page, &staff.actor, Fields::default(), Some(&error)).await,
        Err(error) => Err(error.into()),
    }
}
