//! Slow work that must be done before a write: making the PDF of a draft and storing it.

use kernel_base::{Error, Result};
use kernel_documents::{Document, Rendered};
use kernel_files::{Content, Files};
use kernel_org::Actor;
use kernel_web::Web;
use sha2::{Digest, Sha256};

use crate::{
    flow::{self, DraftedFile},
    model::{Draft, ResultRow},
};

/// Makes a PDF outside the request's thread.
///
/// # Errors
/// `Internal` when the document cannot be made.
pub(crate) async fn render(document: Document) -> Result<Rendered> {
    tokio::task::spawn_blocking(move || kernel_documents::render(&document))
        .await
        .map_err(|e| Error::internal(format!("render: {e}")))?
}

/// Reads what the result will say, makes and stores its PDF, then records the draft.
///
/// # Errors
/// Those of [`flow::draft`].
pub(crate) async fn draft(web: &Web, actor: Actor, code: String, command: Draft) -> Result<ResultRow> {
    let (reader, read_code, read_command) = (actor.clone(), code.clone(), command.clone());
    let (document, dossier) = web.read(move |tx| flow::result_document(tx, &reader, &read_code, &read_command)).await?;
    let printed = serde_json::to_value(&document).map_err(|e| Error::internal(format!("draft: {e}")))?;
    let rendered = render(document).await?;
    let files = web.extension::<Files>()?;
    let content = Content::document(format!("ket-qua-{code}.pdf"), rendered.pages, rendered.pdf);
    let stored = files.store(&web.home, content).await?;
    web.write(move |tx| {
        let file = kernel_files::record(tx, &stored, &actor.holder())?;
        let made = DraftedFile::new(file, &stored, printed.clone(), &dossier);
        flow::draft(tx, &actor, &code, &command, &made)
    })
    .await
}

/// SHA-256 of the canonical text of a body, to know a file that was staged before.
pub(crate) fn sha256_of<T: serde::Serialize>(body: &T) -> Result<String> {
    let text = serde_json::to_vec(body).map_err(|e| Error::internal(format!("hash: {e}")))?;
    Ok(hex::encode(Sha256::digest(&text)))
}
