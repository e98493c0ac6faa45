//! What a template is given: the document as JSON, cleaned so that every letter can be printed, and its QR code.

use kernel_base::{Error, Result, text};
use serde_json::Value;

use crate::{Check, Document, qr_svg};

/// The virtual files of one document.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) template: &'static str,
    pub(crate) json: Vec<u8>,
    /// Empty when the document carries no code.
    pub(crate) qr: String,
}

/// Stands for a letter that the font does not have (an emoji, a Chinese sign): seen, never silently dropped.
const UNKNOWN: char = '\u{25a1}';

/// Gathers what the template of `document` reads; `covered` tells which letters the fonts have.
pub(crate) fn facts(document: &Document, covered: impl Fn(char) -> bool) -> Result<Facts> {
    let (template, check) = shape(document);
    let mut value = serde_json::to_value(document).map_err(|e| Error::internal(e.to_string()))?;
    clean(&mut value, &covered);
    let link = match (check, document) {
        (Some(check), _) => Some(check.url()),
        (None, Document::CheckList(list)) => list.address.clone(),
        (None, _) => None,
    };
    let qr = link.map(|link| qr_svg(&link)).transpose()?.unwrap_or_default();
    let json = serde_json::to_vec(&value).map_err(|e| Error::internal(e.to_string()))?;
    Ok(Facts { template, json, qr })
}

fn shape(document: &Document) -> (&'static str, Option<&Check>) {
    match document {
        Document::Receipt(d) => ("receipt.typ", Some(&d.check)),
        Document::ReceiptRoll(d) => ("receipt_roll.typ", Some(&d.check)),
        Document::SupplementRequest(d) => ("supplement_request.typ", Some(&d.check)),
        Document::Refusal(d) => ("refusal.typ", Some(&d.check)),
        Document::Apology(d) => ("apology.typ", Some(&d.check)),
        Document::StopNotice(d) => ("stop_notice.typ", Some(&d.check)),
        Document::ControlSlip(d) => ("control_slip.typ", Some(&d.check)),
        Document::Register(d) => ("register.typ", d.check.as_ref()),
        Document::Result(d) => ("result.typ", Some(&d.check)),
        Document::CheckList(_) => ("check_list.typ", None),
        Document::Letter(_) => ("letter.typ", None),
        Document::FeeReceipt(d) => ("fee_receipt.typ", Some(&d.check)),
    }
}

/// Cleans every text in place: NFC, nothing invisible, no letter without a glyph. An empty text becomes `null`.
fn clean(value: &mut Value, covered: &impl Fn(char) -> bool) {
    match value {
        Value::String(line) => {
            let cleaned: String = text::clean(line).chars().map(|c| printable(c, covered)).collect();
            *value = if cleaned.is_empty() { Value::Null } else { Value::String(cleaned) };
        }
        Value::Array(items) => items.iter_mut().for_each(|item| {
            clean(item, covered);
            // A list holds texts only; an empty one stays a text, so that columns keep their places.
            if item.is_null() {
                *item = Value::String(String::new());
            }
        }),
        Value::Object(fields) => fields.values_mut().for_each(|field| clean(field, covered)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn printable(letter: char, covered: &impl Fn(char) -> bool) -> char {
    match letter {
        '\n' => '\n',
        '\t' => ' ',
        // PDF/A forbids letters of private use: nobody can know what they mean.
        '\u{e000}'..='\u{f8ff}' | '\u{f0000}'.. => UNKNOWN,
        c if covered(c) => c,
        _ => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn letters_without_a_glyph_are_shown_as_a_box_and_empty_texts_become_nothing() {
        let mut value =
            json!({"name": " Nguyễn\u{200b} Văn 😀\u{e001}", "note": "  ", "list": ["a\u{301}\tb\nc", " "]});
        clean(&mut value, &|c| c != '😀');
        assert_eq!(value, json!({"name": "Nguyễn Văn □□", "note": null, "list": ["á b\nc", ""]}));
    }
}
