//! From facts to bytes: a typst world in memory that holds the templates, the fonts and one document's data.

use std::sync::{
    LazyLock,
    atomic::{AtomicU32, Ordering},
};

use kernel_base::{Error, Result};
use sha2::{Digest, Sha256};
use typst::{
    Library, LibraryExt, World, comemo,
    diag::{FileError, FileResult, SourceDiagnostic},
    foundations::{Bytes, Datetime, Duration, Smart},
    syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot},
    text::{Font, FontBook},
    utils::LazyHash,
};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

use crate::{Document, facts};

/// A finished PDF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    pub pdf: Vec<u8>,
    /// Hexadecimal SHA-256 of `pdf`.
    pub sha256: String,
    pub pages: usize,
    /// Whether it conforms to PDF/A-2a and PDF/UA-1 (kept for decades, read aloud). False only for input that the
    /// standards cannot hold; the paper is printed all the same.
    pub archival: bool,
}

/// After so many renders unused, a cached layout is forgotten; this bounds memory.
const CACHE_AGE: usize = 8;
/// How often the cache is swept, in renders.
const SWEEP_EVERY: u32 = 4;
static RENDERS: AtomicU32 = AtomicU32::new(0);

static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| LazyHash::new(Library::default()));
static FONTS: LazyLock<Vec<Font>> = LazyLock::new(|| {
    const FACES: [&[u8]; 4] = [
        include_bytes!(concat!(env!("OUT_DIR"), "/serif-0.ttf")),
        include_bytes!(concat!(env!("OUT_DIR"), "/serif-1.ttf")),
        include_bytes!(concat!(env!("OUT_DIR"), "/serif-2.ttf")),
        include_bytes!(concat!(env!("OUT_DIR"), "/serif-3.ttf")),
    ];
    FACES.into_iter().filter_map(|face| Font::new(Bytes::new(face), 0)).collect()
});
static BOOK: LazyLock<LazyHash<FontBook>> = LazyLock::new(|| LazyHash::new(FontBook::from_fonts(FONTS.iter())));
static TEMPLATES: LazyLock<Vec<Source>> = LazyLock::new(|| {
    macro_rules! templates {
        ($($name:literal),+ $(,)?) => {
            [$(($name, include_str!(concat!("../templates/", $name)))),+]
        };
    }
    templates!(
        "common.typ",
        "receipt.typ",
        "receipt_roll.typ",
        "supplement_request.typ",
        "refusal.typ",
        "apology.typ",
        "stop_notice.typ",
        "control_slip.typ",
        "register.typ",
        "result.typ",
        "check_list.typ",
        "letter.typ",
        "fee_receipt.typ",
    )
    .into_iter()
    .filter_map(|(name, text)| Some(Source::new(file_id(name)?, text.to_owned())))
    .collect()
});

/// Prints a document. Pure: the same facts give the same bytes. Safe to call from many threads at once.
///
/// # Errors
/// `internal` when a template has a defect; no input should cause one.
pub fn render(document: &Document) -> Result<Rendered> {
    let facts = facts::facts(document, covered)?;
    let ident = hex::encode(Sha256::digest(&facts.json));
    let world = Press { main: defect(file_id(facts.template))?, json: facts.json, qr: facts.qr };
    let paged = typst::compile::<PagedDocument>(&world).output.map_err(|e| diagnosed(&e));
    let rendered = paged.and_then(|paged| export(&paged, &ident));
    if RENDERS.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
        comemo::evict(CACHE_AGE);
    }
    rendered
}

fn export(paged: &PagedDocument, ident: &str) -> Result<Rendered> {
    let options = |standards| PdfOptions {
        ident: Smart::Custom(ident.to_owned()),
        creator: Smart::Custom(Some("Chuyển Động".to_owned())),
        standards,
        ..PdfOptions::default()
    };
    let strict = PdfStandards::new(&[PdfStandard::A_2a, PdfStandard::Ua_1])
        .map_err(|e| Error::internal(e.message().to_string()))?;
    let (pdf, archival) = match typst_pdf::pdf(paged, &options(strict)) {
        Ok(pdf) => (pdf, true),
        Err(_) => (typst_pdf::pdf(paged, &options(PdfStandards::default())).map_err(|e| diagnosed(&e))?, false),
    };
    let sha256 = hex::encode(Sha256::digest(&pdf));
    Ok(Rendered { pdf, sha256, pages: paged.pages().len(), archival })
}

/// Whether every face has a glyph for the letter.
fn covered(letter: char) -> bool {
    FONTS.iter().all(|font| font.info().coverage.contains(u32::from(letter)))
}

fn file_id(name: &str) -> Option<FileId> {
    let path = VirtualPath::new(format!("/{name}")).ok()?;
    Some(RootedPath::new(VirtualRoot::Project, path).intern())
}

fn defect<T>(value: Option<T>) -> Result<T> {
    value.ok_or_else(|| Error::internal("a template of kernel/documents has no path"))
}

fn diagnosed(faults: &[SourceDiagnostic]) -> Error {
    let words: Vec<String> = faults.iter().map(|f| format!("{} {:?}", f.message, f.hints)).collect();
    Error::internal(format!("typst: {}", words.join("; ")))
}

/// The world of one document. Nothing in it reaches outside: no files, no packages, no clock.
#[derive(Debug)]
struct Press {
    main: FileId,
    json: Vec<u8>,
    qr: String,
}

impl World for Press {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &BOOK
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let found = TEMPLATES.iter().find(|template| template.id() == id);
        found.cloned().ok_or_else(|| FileError::NotFound(id.vpath().get_without_slash().into()))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        match id.vpath().get_without_slash() {
            "data.json" => Ok(Bytes::new(self.json.clone())),
            "qr.svg" => Ok(Bytes::from_string(self.qr.clone())),
            other => Err(FileError::NotFound(other.into())),
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}
