//! A PDF from outside: whole, open, still, of sane size.

use lopdf::{Dictionary, Document, LoadOptions, Object, ObjectId, Stream, xref::XrefRecovery};

use crate::{
    detect::tail,
    limits, photo,
    refusal::{Refusal, Remark},
};

/// A PDF that may be taken.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) document: Document,
    pub(crate) pages: usize,
    pub(crate) signed: bool,
    /// Page (1 is the first) and remark.
    pub(crate) remarks: Vec<(usize, Remark)>,
    pub(crate) preview: Option<Vec<u8>>,
}

/// How many first pages are looked at when they are scans.
const JUDGED_PAGES: usize = 4;

/// Parses and checks a PDF; see [`Refusal`] for what is not taken.
pub(crate) fn check(bytes: &[u8]) -> Result<Checked, Refusal> {
    let document = load(bytes)?;
    let repaired = document.xref_recovery == Some(XrefRecovery::Reconstructed);
    if repaired && memchr::memmem::rfind(tail(bytes, 2048), b"%%EOF").is_none() {
        return Err(Refusal::Truncated);
    }
    raw_words(bytes)?;
    if document.objects.len() > limits::MAX_PDF_OBJECTS {
        return Err(Refusal::Bomb);
    }
    let mut signed = false;
    for object in document.objects.values() {
        signed |= inspect(object)?;
    }
    unpack_all(&document)?;
    let ids: Vec<ObjectId> = document.page_iter().take(limits::MAX_PAGES + 1).collect();
    match ids.len() {
        0 => return Err(Refusal::PdfNoPages),
        n if n > limits::MAX_PAGES => return Err(Refusal::TooManyPages),
        _ => {}
    }
    let (mut remarks, preview) = look(&document, &ids)?;
    if repaired {
        remarks.insert(0, (1, Remark::PdfRepaired));
    }
    Ok(Checked { pages: ids.len(), document, signed, remarks, preview })
}

fn load(bytes: &[u8]) -> Result<Document, Refusal> {
    let options = LoadOptions { max_decompressed_size: Some(limits::MAX_PDF_STREAM), ..LoadOptions::default() };
    match Document::load_mem_with_options(bytes, options) {
        Ok(document) if document.is_encrypted() || document.was_encrypted() => Err(Refusal::PdfEncrypted),
        Ok(document) => Ok(document),
        Err(_) if has_word(bytes, b"/Encrypt") => Err(Refusal::PdfEncrypted),
        Err(lopdf::Error::Decompress(lopdf::DecompressError::MemoryLimitExceeded { .. })) => Err(Refusal::Bomb),
        Err(_) if memchr::memmem::rfind(tail(bytes, 2048), b"%%EOF").is_none() => Err(Refusal::Truncated),
        Err(_) => Err(Refusal::PdfDamaged),
    }
}

/// A second, simple look at the raw bytes: a viewer that reads a damaged file in another way than we do must not find
/// what we did not.
fn raw_words(bytes: &[u8]) -> Result<(), Refusal> {
    let forbidden: [(&[u8], Refusal); 4] = [
        (b"/JavaScript", Refusal::PdfScript),
        (b"/Launch", Refusal::PdfLaunch),
        (b"/EmbeddedFile", Refusal::PdfAttachment),
        (b"/RichMedia", Refusal::PdfAttachment),
    ];
    forbidden.into_iter().find(|(word, _)| has_word(bytes, word)).map_or(Ok(()), |(_, refusal)| Err(refusal))
}

/// True when `word` stands in `bytes` and ends there.
fn has_word(bytes: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find_iter(bytes, word).any(|at| !bytes.get(at + word.len()).is_some_and(u8::is_ascii_alphanumeric))
}

/// Walks everything inside one object; true when it carries a digital signature.
fn inspect(object: &Object) -> Result<bool, Refusal> {
    let mut signed = false;
    let mut waiting = vec![object];
    while let Some(object) = waiting.pop() {
        let dictionary = match object {
            Object::Array(items) => {
                waiting.extend(items);
                continue;
            }
            Object::Dictionary(dictionary) => dictionary,
            Object::Stream(stream) => &stream.dict,
            _ => continue,
        };
        entries(dictionary)?;
        signed |= dictionary.has(b"ByteRange") && dictionary.has(b"Contents");
        waiting.extend(dictionary.iter().map(|(_, value)| value));
    }
    Ok(signed)
}

fn entries(dictionary: &Dictionary) -> Result<(), Refusal> {
    let name = |key: &[u8]| dictionary.get(key).and_then(Object::as_name).unwrap_or_default();
    match name(b"S") {
        b"JavaScript" => return Err(Refusal::PdfScript),
        b"Launch" | b"SubmitForm" | b"ImportData" | b"GoToE" | b"GoToR" => return Err(Refusal::PdfLaunch),
        b"Rendition" | b"Movie" | b"Sound" if dictionary.has(b"S") && is_action(dictionary) => {
            return Err(Refusal::PdfAttachment);
        }
        _ => {}
    }
    if dictionary.has(b"XFA") || dictionary.has(b"JavaScript") || (dictionary.has(b"JS") && dictionary.has(b"S")) {
        return Err(Refusal::PdfScript);
    }
    let attached = name(b"Type") == b"EmbeddedFile"
        || dictionary.has(b"EmbeddedFiles")
        || (dictionary.has(b"EF") && (dictionary.has(b"F") || dictionary.has(b"UF")))
        || matches!(name(b"Subtype"), b"FileAttachment" | b"RichMedia" | b"Screen" | b"Movie" | b"Sound" | b"3D");
    if attached { Err(Refusal::PdfAttachment) } else { Ok(()) }
}

fn is_action(dictionary: &Dictionary) -> bool {
    dictionary.get(b"Type").and_then(Object::as_name).is_ok_and(|t| t == b"Action")
        || dictionary.has(b"OP")
        || dictionary.has(b"T")
        || dictionary.has(b"Sound")
}

/// Unpacks every stream that we can unpack, to find those that grow beyond reason.
fn unpack_all(document: &Document) -> Result<(), Refusal> {
    let mut total = 0_usize;
    for stream in document.objects.values().filter_map(|object| object.as_stream().ok()) {
        if !is_unpackable(stream) {
            continue;
        }
        match stream.decompressed_content_with_limit(limits::MAX_PDF_STREAM) {
            Ok(content) => total = total.saturating_add(content.len()),
            Err(lopdf::Error::Decompress(
                lopdf::DecompressError::MemoryLimitExceeded { .. } | lopdf::DecompressError::TooManyFilters { .. },
            )) => return Err(Refusal::Bomb),
            // A damaged stream: viewers show what they can of it.
            Err(_) => {}
        }
        if total > limits::MAX_PDF_UNPACKED {
            return Err(Refusal::Bomb);
        }
    }
    Ok(())
}

fn is_unpackable(stream: &Stream) -> bool {
    const ALONE: [&[u8]; 4] = [b"DCTDecode", b"JPXDecode", b"JBIG2Decode", b"CCITTFaxDecode"];
    match stream.filters() {
        Ok(filters) => filters.first().is_some_and(|first| !ALONE.contains(first)),
        Err(_) => false,
    }
}

/// Remarks with their page (1 is the first), and the small picture of the first page.
type Seen = (Vec<(usize, Remark)>, Option<Vec<u8>>);

/// Looks at the first pages: blank ones, and scans that show nothing.
fn look(document: &Document, pages: &[ObjectId]) -> Result<Seen, Refusal> {
    if pages.iter().all(|page| is_blank(document, *page)) {
        return Err(Refusal::PdfEmptyPages);
    }
    let mut remarks = Vec::new();
    let mut preview = None;
    let mut shown = Vec::new();
    for (number, page) in pages.iter().take(JUDGED_PAGES).enumerate() {
        let Some(pixels) = scan_of(document, *page) else { continue };
        match photo::judge_grey(&pixels) {
            Ok(found) => remarks.extend(found.into_iter().map(|remark| (number + 1, remark))),
            Err(Refusal::Blurred) => remarks.push((number + 1, Remark::Blurry)),
            Err(nothing) => {
                shown.push(nothing);
                remarks.push((number + 1, Remark::BlankPage));
            }
        }
        if number == 0 {
            preview = photo::preview(&pixels.thumbnail(limits::PREVIEW_SIDE, limits::PREVIEW_SIDE)).ok();
        }
    }
    match shown.first() {
        Some(nothing) if shown.len() == pages.len() => Err(*nothing),
        _ => Ok((remarks, preview)),
    }
}

fn is_blank(document: &Document, page: ObjectId) -> bool {
    let annotated = document.get_dictionary(page).is_ok_and(|page| page.has(b"Annots"));
    !annotated
        && document.get_page_contents(page).iter().all(|id| {
            document.get_object(*id).and_then(Object::as_stream).map_or(true, |stream| {
                let content = stream.get_plain_content_with_limit(1 << 16);
                // An error means that there is more than that: not blank.
                content.is_ok_and(|content| content.iter().all(u8::is_ascii_whitespace))
            })
        })
}

/// The picture of a page that shows exactly one JPEG and no text.
fn scan_of(document: &Document, page: ObjectId) -> Option<image::DynamicImage> {
    if document.get_page_fonts(page).is_ok_and(|fonts| !fonts.is_empty()) {
        return None;
    }
    let images = document.get_page_images(page).ok()?;
    let [only] = images.as_slice() else { return None };
    (only.filters.as_deref() == Some(&["DCTDecode".to_owned()])).then(|| photo::decode_scan(only.content))?
}
