//! Documents from which tasks come.

use kernel_base::{Error, FieldError, Result};
use kernel_db::Tx;
use kernel_ledger::NewEvent;
use kernel_org::{Action, Actor, Resource, permitted};
use serde_json::json;

use super::shared;
use crate::{
    model::{DirectiveDocument, DocumentId, DocumentKind, EnterDocument, sentence},
    store,
};

/// Enters a plan, directive, letter, conclusion or oral instruction.
///
/// # Errors
/// `Forbidden` for who gives no tasks; `Invalid` without number or abstract, or with a day to come; `Conflict` for one
/// that is there: the same plan entered again would give its tasks other days.
pub fn enter_document(tx: &mut Tx<'_>, actor: &Actor, command: &EnterDocument) -> Result<DirectiveDocument> {
    let (issuer, desk) = shared::issuer_of(tx, actor)?;
    let least = usize::from(command.kind != DocumentKind::Oral);
    let number = sentence("number", &command.number, least, 60)?;
    let title = sentence("title", &command.title, 5, 500)?;
    if command.issued_on > tx.now().vietnam().date() {
        let words = ("Ngày ban hành không thể ở sau hôm nay.", "The day of issue cannot lie ahead.");
        return Err(Error::invalid(vec![FieldError::new("issued_on", "in_future", words)]));
    }
    if !number.is_empty() && store::is_entered(tx, &issuer, command.kind, &number, command.issued_on)? {
        let words = (
            "Văn bản này đã được nhập. Hãy mở văn bản đó để giao thêm nhiệm vụ.",
            "This document was entered before. Open it to give more tasks.",
        );
        return Err(Error::conflict("document_exists", words));
    }
    let document = DirectiveDocument {
        id: tx.new_id(),
        kind: command.kind,
        number,
        title,
        issued_on: command.issued_on,
        issuer,
        desk,
        illustrative: command.illustrative,
        entered_by: actor.label(),
        entered_at: tx.now(),
    };
    store::insert_document(tx, &document)?;
    let body = json!({
        "kind": document.kind, "number": document.number, "title": document.title, "issued_on": document.issued_on,
        "issuer": document.issuer, "desk": document.desk, "illustrative": document.illustrative,
    });
    let event = NewEvent { subject: &document.subject(), kind: "document.entered", actor: &actor.label(), body };
    kernel_ledger::append(tx, &event)?;
    Ok(document)
}

/// A document, for who gives tasks in its name.
pub(crate) fn find(tx: &mut Tx<'_>, actor: &Actor, action: Action, id: &str) -> Result<DirectiveDocument> {
    let id: DocumentId = shared::parse_id(id)?;
    let document = store::document(tx, &id)?.ok_or_else(shared::not_found)?;
    let side = Resource::parties([document.issuer.clone(), document.desk.clone()]);
    if permitted(actor, action, &side) { Ok(document) } else { Err(shared::not_found()) }
}

/// A document of the actor's agency.
///
/// # Errors
/// `NotFound` for others.
pub fn look_document(tx: &mut Tx<'_>, actor: &Actor, id: &str) -> Result<DirectiveDocument> {
    find(tx, actor, Action::TaskRead, id)
}

/// Documents that the actor's agency issued or tracks, the newest first.
///
/// # Errors
/// `Forbidden` for who is not an officer with a role.
pub fn look_documents(tx: &mut Tx<'_>, actor: &Actor) -> Result<Vec<DirectiveDocument>> {
    let agency = actor.officer().map(|o| o.agency.clone());
    let agency = agency.ok_or_else(|| shared::forbidden(actor, Action::TaskRead))?;
    if !permitted(actor, Action::TaskRead, &Resource::agency(agency.clone())) {
        return Err(shared::forbidden(actor, Action::TaskRead));
    }
    store::documents_of(tx, &agency)
}
