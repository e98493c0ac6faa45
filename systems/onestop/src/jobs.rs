//! The jobs that sign: slow work between transactions.

use std::sync::Arc;

use kernel_base::Result;
use kernel_db::Tx;
use kernel_files::{Content, Files, Stored};
use kernel_jobs::JobContext;
use kernel_signatures::{
    Signer, TimeStamp, Trust,
    queue::{Desk, Document},
};
use serde_json::Value;

use crate::flow;

/// The outside worlds of signing, as the program was put together.
#[derive(Debug, Clone)]
pub struct Services {
    pub signer: Arc<dyn Signer>,
    pub stamps: Arc<dyn TimeStamp>,
    pub trust: Arc<Trust>,
    /// Records the signed file of a document that is not of a dossier.
    pub elsewhere: fn(&mut Tx<'_>, &Document, &Stored) -> Result<()>,
}

/// Documents that one run of the sweep tries.
const MOST: i64 = 200;
/// Documents that may stay without an answer before a run ends: the service is down, the next minute tries again.
const PATIENCE: usize = 2;

/// Signs the document of a job; one that has to wait is left to [`sign_waiting`].
///
/// # Errors
/// Those of the database and of the files.
pub fn sign(context: &JobContext, files: &Files, services: &Services, body: &Value) -> Result<()> {
    let id = body.get("document").and_then(Value::as_str).unwrap_or_default();
    sign_one(context, files, services, id).map(drop)
}

/// Tries everything that waits, the oldest first.
///
/// # Errors
/// As [`sign`].
pub fn sign_waiting(context: &JobContext, files: &Files, services: &Services) -> Result<()> {
    let mut silent = 0;
    for id in context.db.read_blocking(&context.home, |tx| flow::waiting_documents(tx, MOST))? {
        if !sign_one(context, files, services, &id)? {
            silent += 1;
        }
        if silent >= PATIENCE {
            break;
        }
    }
    Ok(())
}

/// Whether nothing is left to do for this document.
fn sign_one(context: &JobContext, files: &Files, services: &Services, id: &str) -> Result<bool> {
    let wanted = id.to_owned();
    let found = context.db.read_blocking(&context.home, move |tx| flow::to_be_signed(tx, &wanted))?;
    let Some((document, row)) = found else { return Ok(true) };
    let source = files.read_blocking(&row)?;
    let desk = Desk {
        db: &context.db,
        home: &context.home,
        signer: services.signer.as_ref(),
        stamps: services.stamps.as_ref(),
        trust: &services.trust,
    };
    let Some(bytes) = desk.advance(&document, &source)? else { return Ok(false) };
    let content = Content::document(format!("da-ky-{}", row.name), usize::try_from(row.pages).unwrap_or(1), bytes);
    let stored = files.store_blocking(&context.home, content)?;
    let record = if document.subject.starts_with("dossier:") { flow::signed } else { services.elsewhere };
    context.db.write_blocking(&context.home, move |tx| record(tx, &document, &stored))?;
    Ok(true)
}

/// Prints a slip into a file and asks for its signatures.
///
/// # Errors
/// As [`sign`].
pub fn print_slip(context: &JobContext, files: &Files, body: &Value) -> Result<()> {
    let wanted = body.clone();
    let Some(document) = context.db.read_blocking(&context.home, move |tx| flow::slip_to_print(tx, &wanted))? else {
        return Ok(());
    };
    let rendered = kernel_documents::render(&document)?;
    let content = Content::document("phieu.pdf", rendered.pages, rendered.pdf);
    let stored = files.store_blocking(&context.home, content)?;
    let body = body.clone();
    context.db.write_blocking(&context.home, move |tx| flow::slip_printed(tx, &body, &stored))
}
