//! The job that prints what a leader approved, so that it can be signed: slow work between transactions.

use kernel_base::Result;
use kernel_files::{Content, Files};
use kernel_jobs::JobContext;
use serde_json::Value;

use crate::flow;

/// Prints a letter or a decision into a file and asks for its signatures. A repeat finds the request and does nothing.
///
/// # Errors
/// Those of the database and of the files.
pub fn print(context: &JobContext, files: &Files, body: &Value) -> Result<()> {
    let wanted = body.clone();
    let Some(document) = context.db.read_blocking(&context.home, move |tx| flow::to_print(tx, &wanted))? else {
        return Ok(());
    };
    let rendered = kernel_documents::render(&document)?;
    let content = Content::document("cong-van.pdf", rendered.pages, rendered.pdf);
    let stored = files.store_blocking(&context.home, content)?;
    let body = body.clone();
    context.db.write_blocking(&context.home, move |tx| flow::printed(tx, &body, &stored))
}
