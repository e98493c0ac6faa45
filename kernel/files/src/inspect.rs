//! The whole inspection of the files of one paper, file by file. Runs only in the child process.

use kernel_base::Words;
use serde::{Deserialize, Serialize};

use crate::{
    detect::{self, SourceType},
    limits,
    paper::Paper,
    pdf, photo,
    refusal::{Refusal, Remark},
};

/// What the child says about the files, before the bytes that follow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    Taken(Taken),
    /// The file with this number (0 is the first) is refused.
    Refused {
        file: usize,
        refusal: Refusal,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Taken {
    pub(crate) pages: usize,
    pub(crate) types: Vec<SourceType>,
    pub(crate) warnings: Vec<Words>,
    /// The only file is a PDF and stays byte for byte as it is.
    pub(crate) as_received: bool,
    /// Lengths of the bytes that follow.
    pub(crate) pdf_length: u64,
    pub(crate) preview_length: u64,
}

/// An inspection under way.
#[derive(Debug)]
pub(crate) struct Inspection {
    files: usize,
    /// Pages taken so far.
    pages: usize,
    paper: Paper,
    types: Vec<SourceType>,
    remarks: Vec<(usize, Remark)>,
    preview: Option<Vec<u8>>,
}

/// Verdict, bytes of the PDF (empty when it stays as received), bytes of the preview (may be empty).
pub(crate) type Answer = (Verdict, Vec<u8>, Vec<u8>);

impl Inspection {
    /// Begins the inspection of `files` files that become one paper.
    pub(crate) fn of(files: usize) -> Self {
        Self { files, pages: 0, paper: Paper::new(), types: Vec::new(), remarks: Vec::new(), preview: None }
    }

    /// Takes the next file.
    pub(crate) fn add(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        if bytes.len() as u64 > limits::MAX_FILE {
            return Err(Refusal::TooLarge);
        }
        let source = detect::detect(bytes)?;
        self.types.push(source);
        if source == SourceType::Pdf { self.add_pdf(bytes) } else { self.add_photo(bytes, source) }
    }

    fn add_photo(&mut self, bytes: &[u8], source: SourceType) -> Result<(), Refusal> {
        photo::read(bytes, source, |mut shot, small| {
            self.pages += 1;
            let page = self.pages;
            self.remarks.extend(std::mem::take(&mut shot.remarks).into_iter().map(|remark| (page, remark)));
            if self.preview.is_none() {
                self.preview = Some(photo::preview(small)?);
            }
            self.paper.add_shot(shot)
        })
    }

    fn add_pdf(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        let checked = pdf::check(bytes)?;
        if checked.signed && self.files > 1 {
            return Err(Refusal::PdfSignedTogether);
        }
        let before = self.pages;
        self.pages += checked.pages;
        self.remarks.extend(checked.remarks.into_iter().map(|(page, remark)| (before + page, remark)));
        self.preview = self.preview.take().or(checked.preview);
        // A PDF by itself stays as it came.
        if self.files == 1 { Ok(()) } else { self.paper.add_pdf(checked.document) }
    }

    /// The answer when every file was taken.
    pub(crate) fn finish(self) -> Result<Answer, Refusal> {
        let pages = self.pages;
        let as_received = self.types.as_slice() == [SourceType::Pdf];
        let pdf = if as_received { Vec::new() } else { self.paper.finish()? };
        let preview = self.preview.unwrap_or_default();
        let warnings = self.remarks.into_iter().map(|(page, remark)| remark.words(page, pages)).collect();
        let taken = Taken {
            pages,
            types: self.types,
            warnings,
            as_received,
            pdf_length: pdf.len() as u64,
            preview_length: preview.len() as u64,
        };
        Ok((Verdict::Taken(taken), pdf, preview))
    }
}
