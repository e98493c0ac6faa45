//! Finds the signatures of a PDF from outside, and what each covers.

use lopdf::{Dictionary, Document, LoadOptions, Object};

use crate::outcome::Fault;

/// Most bytes one stream may unpack to while the file is read.
const MOST_UNPACKED: usize = 64 << 20;
/// Most objects and most signatures of a file.
const MOST_OBJECTS: usize = 300_000;
const MOST_SIGNATURES: usize = 64;

/// One signature dictionary.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) kind: Kind,
    /// Where the hexadecimal text begins and ends (its `<` and the byte after its `>`), or what is wrong.
    pub(crate) place: Result<Place, Fault>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Signature,
    /// A time stamp over the whole document (PAdES B-LTA).
    DocumentStamp,
    Other,
}

/// What a signature covers: everything up to `end` but the bytes between `from` and `to`.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) end: usize,
    pub(crate) cms: Vec<u8>,
}

/// Reads a file with limits; `None` when it is no PDF that can be read, or encrypted.
pub(crate) fn load(bytes: &[u8]) -> Option<Document> {
    let options = LoadOptions { max_decompressed_size: Some(MOST_UNPACKED), ..LoadOptions::default() };
    let document = Document::load_mem_with_options(bytes, options).ok()?;
    let fine = !document.is_encrypted() && !document.was_encrypted() && document.objects.len() <= MOST_OBJECTS;
    fine.then_some(document)
}

/// Every signature dictionary, in the order of what they cover.
pub(crate) fn signatures(document: &Document, bytes: &[u8]) -> Result<Vec<Found>, Fault> {
    let mut found = Vec::new();
    for object in document.objects.values() {
        let mut waiting = vec![object];
        while let Some(object) = waiting.pop() {
            match object {
                Object::Array(items) => waiting.extend(items),
                Object::Dictionary(dictionary) => {
                    waiting.extend(dictionary.iter().map(|(_, value)| value));
                    if dictionary.has(b"ByteRange") {
                        found.push(read(document, dictionary, bytes));
                    }
                }
                _ => {}
            }
        }
        if found.len() > MOST_SIGNATURES {
            return Err(Fault::Format);
        }
    }
    found.sort_by_key(|f| f.place.as_ref().map_or(usize::MAX, |place| place.end));
    Ok(found)
}

fn read(document: &Document, dictionary: &Dictionary, bytes: &[u8]) -> Found {
    let name = |key: &[u8]| dictionary.get(key).and_then(Object::as_name).unwrap_or_default();
    let kind = match name(b"SubFilter") {
        b"ETSI.CAdES.detached" | b"adbe.pkcs7.detached" => Kind::Signature,
        b"ETSI.RFC3161" => Kind::DocumentStamp,
        _ => Kind::Other,
    };
    Found { kind, place: place(document, dictionary, bytes) }
}

fn place(document: &Document, dictionary: &Dictionary, bytes: &[u8]) -> Result<Place, Fault> {
    let range = dictionary.get(b"ByteRange").and_then(|range| document.dereference(range));
    let range = range.ok().and_then(|(_, object)| object.as_array().ok()).ok_or(Fault::Format)?;
    let numbers: Vec<usize> = range
        .iter()
        .map(|n| n.as_i64().ok().and_then(|n| usize::try_from(n).ok()))
        .collect::<Option<_>>()
        .ok_or(Fault::Format)?;
    let [0, from, to, length] = numbers.as_slice() else { return Err(Fault::Format) };
    let end = to.checked_add(*length).filter(|end| *end <= bytes.len()).ok_or(Fault::Altered)?;
    let gap = bytes.get(*from..*to).ok_or(Fault::Format)?;
    let [b'<', text @ .., b'>'] = gap else { return Err(Fault::Format) };
    let raw = decoded(text)?;
    // What the viewer reads must be what stands in the gap, and nothing else may be in it.
    let stated = dictionary.get(b"Contents").and_then(Object::as_str).map_err(|_| Fault::Format)?;
    if stated != raw {
        return Err(Fault::Format);
    }
    let length = length_of(&raw)?;
    let (cms, padding) = raw.split_at_checked(length).ok_or(Fault::Format)?;
    if padding.iter().any(|byte| *byte != 0) {
        return Err(Fault::Altered);
    }
    Ok(Place { from: *from, to: *to, end, cms: cms.to_vec() })
}

/// Hexadecimal text in one case: a changed letter must not go unseen.
fn decoded(text: &[u8]) -> Result<Vec<u8>, Fault> {
    let lower = text.iter().any(|c| (b'a'..=b'f').contains(c));
    let upper = text.iter().any(|c| (b'A'..=b'F').contains(c));
    if lower && upper {
        return Err(Fault::Altered);
    }
    hex::decode(text).map_err(|_| Fault::Format)
}

/// Length of the DER value at the beginning, header included.
fn length_of(raw: &[u8]) -> Result<usize, Fault> {
    let [0x30, first, rest @ ..] = raw else { return Err(Fault::Format) };
    if *first < 0x80 {
        return Ok(2 + usize::from(*first));
    }
    let count = usize::from(*first & 0x7F);
    if !(1..=4).contains(&count) {
        return Err(Fault::Format);
    }
    let digits = rest.get(..count).ok_or(Fault::Format)?;
    let length = digits.iter().fold(0_usize, |sum, byte| (sum << 8) | usize::from(*byte));
    Ok(2 + count + length)
}
