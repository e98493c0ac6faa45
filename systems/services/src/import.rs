//! Importing procedures: the answer of the national portal's `LayThuTuc` (JSON) and an Excel workbook whose template
//! the product writes. Both give drafts that a person looks at before publishing.
//!
//! All faults are named at once, each with its place (sheet, row and column, or the path in the JSON); with a fault
//! nothing is imported. No law is invented: a limit that cannot be read as a number and a unit stays a text and
//! promises nothing, and every published sentence is kept ([`ImportedProcedure::published_text`]).

mod build;
mod json;
mod published;
mod raw;
mod sheets;
mod strict;
mod template;
mod values;
mod workbook;

#[cfg(test)]
mod tests;

use jiff::civil::Date;
use kernel_base::Words;

pub use published::sections;
pub use template::template;

use crate::seed::ProcedureFile;

/// Largest file read, in bytes.
const MOST_BYTES: usize = 64 * 1024 * 1024;
/// Most faults named; a wrong file would else name a hundred thousand.
const MOST_FAULTS: usize = 500;

/// A procedure read from outside, as a draft version.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedProcedure {
    /// In the form of the seed, without its first day: see [`ImportedProcedure::valid_from`].
    file: ProcedureFile,
    /// Every published text by headings, one section after the other; read it back with [`sections`].
    pub published_text: String,
    /// What a person has to decide before publishing, e.g. a limit that is a text.
    pub cautions: Vec<ImportFault>,
}

/// Where in the file something stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The file as a whole, by its name.
    File(String),
    /// Rows and columns as Excel counts them: row 1 is the head, column `A` the first.
    Cell { sheet: String, row: u32, column: String },
    /// `result[0].CACHTHUCTHUCHIEN[1].KENH`
    Path(String),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(name) => write!(f, "tệp {name}"),
            Self::Cell { sheet, row, column } if column.is_empty() => write!(f, "trang “{sheet}”, dòng {row}"),
            Self::Cell { sheet, row, column } => write!(f, "trang “{sheet}”, dòng {row}, cột {column}"),
            Self::Path(path) => f.write_str(path),
        }
    }
}

/// Something wrong, or to be decided, at one place of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportFault {
    pub place: Place,
    pub message: Words,
}

impl ImportFault {
    pub(crate) fn new(place: &Place, vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self { place: place.clone(), message: Words::new(vi, en) }
    }
}

impl std::fmt::Display for ImportFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, self.message.vi)
    }
}

impl ImportedProcedure {
    pub fn code(&self) -> &str {
        &self.file.code
    }

    /// The draft in the form of the seed: one version, valid from that day. The published text does not say since
    /// when it is in force, so that whoever imports it does.
    pub fn valid_from(&self, day: Date) -> ProcedureFile {
        let mut file = self.file.clone();
        for offer in &mut file.offers {
            offer.valid_from = day;
        }
        for version in &mut file.versions {
            version.valid_from = day;
            version.publishing.valid_from = day;
            for case in &mut version.cases {
                let fees = case.fees.iter_mut().map(|fee| &mut fee.source);
                fees.chain(&mut case.limit_source).for_each(|source| source.valid_from = day);
            }
        }
        file
    }
}

/// Reads a file of either kind, told apart by its content; `name` only names it in a fault.
///
/// # Errors
/// Every fault of the file (at most 500); then nothing of it may be imported.
pub fn read(name: &str, bytes: &[u8]) -> Result<Vec<ImportedProcedure>, Vec<ImportFault>> {
    let whole = Place::File(name.to_owned());
    if bytes.len() > MOST_BYTES {
        let (vi, en) = ("Tệp lớn hơn 64 MB. Hãy chia thành nhiều tệp.", "The file is larger than 64 MB. Split it.");
        return Err(vec![ImportFault::new(&whole, vi, en)]);
    }
    let mut faults = Vec::new();
    let raws = match bytes.starts_with(b"PK") {
        true => workbook::read(bytes, &whole, &mut faults),
        false => json::read(bytes, &whole, &mut faults),
    };
    let procedures: Vec<ImportedProcedure> = raws.iter().map(|raw| build::procedure(raw, &mut faults)).collect();
    same_code_twice(&raws, &mut faults);
    if faults.is_empty() && procedures.is_empty() {
        let (vi, en) = ("Tệp không có thủ tục nào.", "There is no procedure in the file.");
        faults.push(ImportFault::new(&whole, vi, en));
    }
    faults.truncate(MOST_FAULTS);
    if faults.is_empty() { Ok(procedures) } else { Err(faults) }
}

fn same_code_twice(raws: &[raw::Raw], faults: &mut Vec<ImportFault>) {
    let mut seen = std::collections::BTreeSet::new();
    for raw in raws {
        let code = values::base_code(&raw.code.text).unwrap_or_default();
        if !code.is_empty() && !seen.insert(code.clone()) {
            faults.push(ImportFault::new(
                &raw.code.place,
                format!("Mã {code} đã có ở trên trong cùng tệp. Hãy giữ lại một thủ tục."),
                format!("The code {code} stands above in the same file. Keep one of them."),
            ));
        }
    }
}
