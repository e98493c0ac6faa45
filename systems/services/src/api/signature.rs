//! Signatures of PDFs that people upload are checked at once, not by an officer days later.

use kernel_base::{Result, Words, vietnam_time};
use kernel_files::Inspected;
use kernel_signatures::{DocumentCheck, child::Checker};
use kernel_web::Web;

use crate::model::SignatureNote;

/// Checks the signatures of a PDF that is kept byte for byte; `None` when it carries none.
///
/// # Errors
/// `Unavailable` when no process is free to check.
pub(crate) async fn of(web: &Web, inspected: &Inspected) -> Result<Option<SignatureNote>> {
    let mark: &[u8] = b"/ByteRange";
    if !inspected.as_received || !inspected.bytes.windows(mark.len()).any(|window| window == mark) {
        return Ok(None);
    }
    let checker = web.extension::<Checker>()?;
    let found = checker.check(&inspected.bytes, web.db.clock().now()).await?;
    Ok(Some(SignatureNote { valid: found.is_valid(), words: words(&found) }))
}

/// Who signed and when, or why it is not valid and what to do.
fn words(found: &DocumentCheck) -> Words {
    let sentence = found.sentence();
    if let Some(remedy) = found.remedy() {
        return Words::new(format!("{} {}", sentence.vi, remedy.vi), format!("{} {}", sentence.en, remedy.en));
    }
    let names: Vec<String> = found
        .signatures
        .iter()
        .map(|s| match s.stamped_at {
            Some(at) => format!("{}, {}", s.signer, vietnam_time(at)),
            None => s.signer.clone(),
        })
        .collect();
    Words::new(format!("{} {}.", sentence.vi, names.join("; ")), format!("{} {}.", sentence.en, names.join("; ")))
}
