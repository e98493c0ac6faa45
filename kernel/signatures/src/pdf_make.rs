//! Appends an empty signature to a PDF as an incremental update: nothing of the bytes before is touched.

use std::{collections::BTreeMap, fmt::Write as _};

use kernel_base::{Error, Instant, Result};
use lopdf::{Dictionary, Document, Object, ObjectId, Writer};

use crate::algorithm::Hash;

/// Room for the CMS object, in bytes: signature, chain, revocation lists, time-stamp token with its chain.
const ROOM: usize = 24_576;

/// What is written beside a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Name of the field, unique in the file: `ChuKy1`.
    pub name: String,
    /// Who signs, for viewers.
    pub signer: String,
    /// Why: `Phê duyệt kết quả`.
    pub reason: String,
    /// Where the document is issued.
    pub location: String,
    /// When, according to our clock; the time stamp is what counts.
    pub at: Instant,
}

/// A PDF with an empty signature: its bytes are final except the place of the CMS object.
#[derive(Debug, Clone)]
pub struct Placeholder {
    bytes: Vec<u8>,
    /// First byte after `<` of the empty place.
    hole: usize,
}

impl Placeholder {
    /// Appends field and empty signature. The same input gives the same bytes.
    ///
    /// # Errors
    /// `Internal` when the PDF cannot be read, is encrypted, or keeps its table in a stream.
    pub fn prepare(pdf: &[u8], field: &Field) -> Result<Self> {
        let document = Document::load_mem(pdf).map_err(|e| unfit(&e.to_string()))?;
        if document.is_encrypted() || document.was_encrypted() {
            return Err(unfit("encrypted"));
        }
        let previous = last_table(pdf)?;
        let update = Update::of(&document, field)?;
        Ok(update.append(pdf, &document, previous, field))
    }

    /// SHA-256 of everything but the empty place.
    ///
    /// # Errors
    /// Never in practice.
    pub fn covered(&self) -> Result<[u8; 32]> {
        let (before, after) = self.parts()?;
        Hash::Sha256.digest(&[before, after]).try_into().map_err(|_| unfit("digest"))
    }

    /// Puts the CMS object into the empty place.
    ///
    /// # Errors
    /// `Internal` when it does not fit.
    pub fn fill(mut self, cms: &[u8]) -> Result<Vec<u8>> {
        let text = hex::encode(cms);
        let place = self.bytes.get_mut(self.hole..self.hole + text.len().min(ROOM * 2));
        match place {
            Some(place) if text.len() <= ROOM * 2 => place.copy_from_slice(text.as_bytes()),
            _ => return Err(unfit("the signature is larger than its place")),
        }
        Ok(self.bytes)
    }

    fn parts(&self) -> Result<(&[u8], &[u8])> {
        let (from, to) = (self.hole - 1, self.hole + ROOM * 2 + 1);
        match (self.bytes.get(..from), self.bytes.get(to..)) {
            (Some(before), Some(after)) => Ok((before, after)),
            _ => Err(unfit("placeholder")),
        }
    }
}

fn unfit(what: &str) -> Error {
    Error::internal(format!("this PDF cannot be signed: {what}"))
}

/// Offset of the last cross-reference table.
fn last_table(pdf: &[u8]) -> Result<usize> {
    let tail = pdf.get(pdf.len().saturating_sub(64)..).unwrap_or_default();
    let text = String::from_utf8_lossy(tail);
    let number = text.rsplit_once("startxref").map(|(_, rest)| rest.trim_start()).unwrap_or_default();
    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
    let at: usize = digits.parse().map_err(|_| unfit("no startxref"))?;
    if pdf.get(at..).is_some_and(|rest| rest.starts_with(b"xref")) { Ok(at) } else { Err(unfit("no classic table")) }
}

/// Objects that change or are new.
#[derive(Debug)]
struct Update {
    objects: BTreeMap<u32, Object>,
    signature: u32,
}

impl Update {
    fn of(document: &Document, field: &Field) -> Result<Self> {
        let broken = |e: lopdf::Error| unfit(&e.to_string());
        let root = document.trailer.get(b"Root").and_then(Object::as_reference).map_err(broken)?;
        let page = document.page_iter().next().ok_or_else(|| unfit("no page"))?;
        let mut next = document.max_id + 1;
        let mut new = || {
            next += 1;
            next - 1
        };
        let (signature, widget) = (new(), new());
        let mut catalog = document.get_dictionary(root).map_err(broken)?.clone();
        let (form_id, mut form) = match catalog.get(b"AcroForm") {
            Ok(Object::Reference(id)) => (id.0, document.get_dictionary(*id).map_err(broken)?.clone()),
            Ok(Object::Dictionary(form)) => (new(), form.clone()),
            _ => (new(), Dictionary::new()),
        };
        let mut fields = array(document, &form, b"Fields");
        fields.push(Object::Reference((widget, 0)));
        form.set("Fields", fields);
        form.set("SigFlags", 3);
        catalog.set("AcroForm", Object::Reference((form_id, 0)));
        let mut sheet = document.get_dictionary(page).map_err(broken)?.clone();
        let mut annotations = array(document, &sheet, b"Annots");
        annotations.push(Object::Reference((widget, 0)));
        sheet.set("Annots", annotations);
        sheet.set("Tabs", Object::Name(b"S".to_vec()));
        let objects = BTreeMap::from([
            (root.0, Object::Dictionary(catalog)),
            (page.0, Object::Dictionary(sheet)),
            (form_id, Object::Dictionary(form)),
            (widget, Object::Dictionary(widget_of(field, page, signature))),
        ]);
        Ok(Self { objects, signature })
    }

    fn append(&self, pdf: &[u8], document: &Document, previous: usize, field: &Field) -> Placeholder {
        let mut out = pdf.to_vec();
        if !out.ends_with(b"\n") {
            out.push(b'\n');
        }
        let mut offsets = BTreeMap::new();
        for (id, object) in &self.objects {
            offsets.insert(*id, out.len());
            out.extend(format!("{id} 0 obj\n").bytes());
            // Writing into memory does not fail.
            let _ = Writer::write_object(&mut out, object);
            out.extend(b"\nendobj\n");
        }
        offsets.insert(self.signature, out.len());
        let (range, hole) = self.empty_signature(&mut out, field);
        let table = out.len();
        table_of(&mut out, &offsets);
        trailer_of(&mut out, document, self.signature.max(self.objects.keys().max().copied().unwrap_or(0)), previous);
        out.extend(format!("startxref\n{table}\n%%EOF\n").bytes());
        let (from, to) = (hole - 1, hole + ROOM * 2 + 1);
        let numbers = format!("[0 {from} {to} {}]", out.len() - to);
        if let Some(place) = out.get_mut(range..range + numbers.len()) {
            place.copy_from_slice(numbers.as_bytes());
        }
        Placeholder { bytes: out, hole }
    }

    /// Writes the signature object; answers where the byte range and where the hexadecimal place begin.
    fn empty_signature(&self, out: &mut Vec<u8>, field: &Field) -> (usize, usize) {
        let text = format!(
            "{} 0 obj\n<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/Name{}/Reason{}/Location{}/M({})/ByteRange ",
            self.signature,
            text_string(&field.signer),
            text_string(&field.reason),
            text_string(&field.location),
            date(field.at)
        );
        out.extend(text.bytes());
        let range = out.len();
        out.extend([b' '; 48]);
        out.extend(b"/Contents <");
        let hole = out.len();
        out.resize(hole + ROOM * 2, b'0');
        out.extend(b">>>\nendobj\n");
        (range, hole)
    }
}

/// An array of a dictionary, direct or by reference; empty when it is not there.
fn array(document: &Document, dictionary: &Dictionary, key: &[u8]) -> Vec<Object> {
    let found = dictionary.get(key).and_then(|object| document.dereference(object));
    found.ok().and_then(|(_, object)| object.as_array().ok()).cloned().unwrap_or_default()
}

/// A field without a picture: PDF/A asks none of a field without extent, and prints as before.
fn widget_of(field: &Field, page: ObjectId, signature: u32) -> Dictionary {
    let mut widget = Dictionary::new();
    widget.set("Type", Object::Name(b"Annot".to_vec()));
    widget.set("Subtype", Object::Name(b"Widget".to_vec()));
    widget.set("FT", Object::Name(b"Sig".to_vec()));
    widget.set("T", Object::string_literal(field.name.as_bytes().to_vec()));
    widget.set("TU", Object::String(utf16(&format!("Chữ ký số: {}", field.signer)), lopdf::StringFormat::Hexadecimal));
    widget.set("Rect", vec![Object::Integer(0); 4]);
    widget.set("F", 132);
    widget.set("P", Object::Reference(page));
    widget.set("V", Object::Reference((signature, 0)));
    widget
}

fn utf16(text: &str) -> Vec<u8> {
    let mut bytes = vec![0xFE, 0xFF];
    bytes.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    bytes
}

fn text_string(text: &str) -> String {
    format!("<{}>", hex::encode(utf16(text)))
}

/// `D:20210726091530+07'00'`
fn date(at: Instant) -> String {
    let local = at.vietnam();
    let (year, month, day) = (local.year(), local.month(), local.day());
    format!("D:{year:04}{month:02}{day:02}{:02}{:02}{:02}+07'00'", local.hour(), local.minute(), local.second())
}

/// The cross-reference table of the update, one section for each run of numbers.
fn table_of(out: &mut Vec<u8>, offsets: &BTreeMap<u32, usize>) {
    let mut text = String::from("xref\n");
    let all: Vec<(u32, usize)> = offsets.iter().map(|(id, at)| (*id, *at)).collect();
    for run in all.chunk_by(|a, b| a.0 + 1 == b.0) {
        let first = run.first().map_or(0, |entry| entry.0);
        let _ = writeln!(text, "{first} {}", run.len());
        for (_, at) in run {
            let _ = writeln!(text, "{at:010} 00000 n ");
        }
    }
    out.extend(text.bytes());
}

fn trailer_of(out: &mut Vec<u8>, document: &Document, last: u32, previous: usize) {
    let mut trailer = Dictionary::new();
    trailer.set("Size", i64::from(last.max(document.max_id)) + 1);
    for key in ["Root", "Info"] {
        if let Ok(value) = document.trailer.get(key.as_bytes()) {
            trailer.set(key, value.clone());
        }
    }
    if let Some(first) = document.trailer.get(b"ID").and_then(Object::as_array).ok().and_then(|id| id.first()) {
        let second = Hash::Sha256.digest(&[out]).into_iter().take(16).collect();
        let second = Object::String(second, lopdf::StringFormat::Hexadecimal);
        trailer.set("ID", vec![first.clone(), second]);
    }
    trailer.set("Prev", i64::try_from(previous).unwrap_or(0));
    out.extend(b"trailer\n");
    let _ = Writer::write_object(out, &Object::Dictionary(trailer));
    out.push(b'\n');
}
