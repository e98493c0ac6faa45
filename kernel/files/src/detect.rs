//! What a file is, read from its content. The name is never asked.

use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;

/// An accepted type of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceType {
    Jpeg,
    Png,
    Webp,
    /// HEIC and HEIF, the usual photograph of an iPhone.
    Heic,
    /// From scanners; may hold several pages.
    Tiff,
    Pdf,
}

impl SourceType {
    /// The media type under which the original is kept.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Heic => "image/heic",
            Self::Tiff => "image/tiff",
            Self::Pdf => "application/pdf",
        }
    }
}

/// How far a PDF header may stand from the start for lenient viewers to take the file as PDF.
const PDF_HEADER_WINDOW: usize = 1024;
/// How far from the end a ZIP directory may stand.
const ZIP_END_WINDOW: usize = 66_000;
const EICAR: &[u8] = br"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*";

/// The type of `bytes`, or why they are refused: empty, another type, two types at once, a virus test file.
pub(crate) fn detect(bytes: &[u8]) -> Result<SourceType, Refusal> {
    if bytes.is_empty() {
        return Err(Refusal::Empty);
    }
    if memchr::memmem::find(bytes, EICAR).is_some() {
        return Err(Refusal::Malware);
    }
    let found = magic(bytes)?;
    if found.is_none() && memchr::memmem::find(head(bytes, PDF_HEADER_WINDOW), b"%PDF-").is_some() {
        return Err(Refusal::Disguised);
    }
    let Some(found) = found else { return Err(other(bytes)) };
    if hides_another(bytes, found) {
        return Err(Refusal::Disguised);
    }
    Ok(found)
}

fn magic(bytes: &[u8]) -> Result<Option<SourceType>, Refusal> {
    Ok(match bytes {
        [0xFF, 0xD8, 0xFF, ..] => Some(SourceType::Jpeg),
        [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => Some(SourceType::Png),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(SourceType::Webp),
        [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Some(SourceType::Tiff),
        [b'%', b'P', b'D', b'F', b'-', ..] => Some(SourceType::Pdf),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => return container(bytes).map(Some),
        [_, _, _, _, b'm', b'o', b'o', b'v', ..]
        | [_, _, _, _, b'm', b'd', b'a', b't', ..]
        | [_, _, _, _, b'w', b'i', b'd', b'e', ..] => return Err(Refusal::Movie),
        _ => None,
    })
}

/// A file of boxes (ISO 14496-12): a HEIF picture, an AVIF picture or a movie, told apart by its brands.
fn container(bytes: &[u8]) -> Result<SourceType, Refusal> {
    const HEVC: [&[u8]; 8] = [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"];
    const HEIF: [&[u8]; 2] = [b"mif1", b"msf1"];
    let length = bytes.get(..4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_be_bytes) as usize;
    let brands = bytes.get(8..length.clamp(12, 256).min(bytes.len())).unwrap_or_default();
    let mut brands = brands.chunks_exact(4);
    let major = brands.next().unwrap_or_default();
    let rest: Vec<&[u8]> = brands.skip(1).collect();
    let has = |names: &[&[u8]]| names.contains(&major) || rest.iter().any(|brand| names.contains(brand));
    if has(&[b"avif", b"avis"]) {
        return Err(Refusal::OtherPicture);
    }
    if HEVC.contains(&major) || (HEIF.contains(&major) && has(&HEVC)) || (HEIF.contains(&major) && rest.is_empty()) {
        return Ok(SourceType::Heic);
    }
    if HEIF.contains(&major) {
        return Err(Refusal::OtherPicture);
    }
    Err(Refusal::Movie)
}

/// True when a program that goes by another rule would see another type in the same bytes.
fn hides_another(bytes: &[u8], found: SourceType) -> bool {
    let zip_directory = memchr::memmem::rfind(tail(bytes, ZIP_END_WINDOW), b"PK\x05\x06").is_some_and(|at| {
        let record = tail(bytes, ZIP_END_WINDOW).get(at..).unwrap_or_default();
        ends_a_zip(record)
    });
    let pdf_behind =
        found != SourceType::Pdf && memchr::memmem::find(head(bytes, PDF_HEADER_WINDOW), b"%PDF-").is_some();
    zip_directory || pdf_behind
}

/// An end-of-directory record whose comment reaches exactly, or nearly, to the end of the file.
fn ends_a_zip(record: &[u8]) -> bool {
    let comment = record.get(20..22).and_then(|b| b.try_into().ok()).map_or(0, u16::from_le_bytes) as usize;
    let disks = record.get(4..8).unwrap_or(&[1]);
    disks == [0, 0, 0, 0] && record.len() >= 22 + comment && record.len() <= 22 + comment + 512
}

/// Which sentence fits a file of a type that is not accepted.
fn other(bytes: &[u8]) -> Refusal {
    const OLE: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    let Some(kind) = infer::get(head(bytes, 1 << 16)) else {
        return if is_text(bytes) { Refusal::Text } else { Refusal::OtherType };
    };
    match (kind.matcher_type(), kind.extension()) {
        (_, "doc" | "docx" | "odt" | "rtf") => Refusal::Word,
        (_, "xls" | "xlsx" | "ods") => Refusal::Spreadsheet,
        (_, "ppt" | "pptx" | "odp") => Refusal::Word,
        _ if bytes.starts_with(OLE) => Refusal::Word,
        (infer::MatcherType::Archive, "epub") => Refusal::OtherType,
        (infer::MatcherType::Archive, _) => Refusal::Archive,
        (infer::MatcherType::App, _) => Refusal::Program,
        (infer::MatcherType::Video, _) => Refusal::Movie,
        (infer::MatcherType::Image, _) => Refusal::OtherPicture,
        (infer::MatcherType::Text, "sh") => Refusal::Program,
        (infer::MatcherType::Text, _) => Refusal::Text,
        _ => Refusal::OtherType,
    }
}

fn is_text(bytes: &[u8]) -> bool {
    let start = head(bytes, 4096);
    let valid = match std::str::from_utf8(start) {
        Ok(_) => true,
        Err(error) => start.len() - error.valid_up_to() < 4 && bytes.len() > start.len(),
    };
    valid && !start.contains(&0)
}

pub(crate) fn head(bytes: &[u8], length: usize) -> &[u8] {
    bytes.get(..length).unwrap_or(bytes)
}

pub(crate) fn tail(bytes: &[u8], length: usize) -> &[u8] {
    bytes.get(bytes.len().saturating_sub(length)..).unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brand(major: &[u8], compatible: &[&[u8]]) -> Vec<u8> {
        let mut out = (16 + 4 * compatible.len() as u32).to_be_bytes().to_vec();
        out.extend_from_slice(b"ftyp");
        out.extend_from_slice(major);
        out.extend_from_slice(&[0; 4]);
        compatible.iter().for_each(|b| out.extend_from_slice(b));
        out.extend_from_slice(&[0; 64]);
        out
    }

    #[test]
    fn pictures_and_movies_in_box_files_are_told_apart_by_their_brands() {
        assert_eq!(detect(&brand(b"heic", &[b"mif1", b"heic"])), Ok(SourceType::Heic));
        assert_eq!(detect(&brand(b"mif1", &[b"heic"])), Ok(SourceType::Heic));
        assert_eq!(detect(&brand(b"mif1", &[b"avif"])), Err(Refusal::OtherPicture));
        assert_eq!(detect(&brand(b"avif", &[b"mif1"])), Err(Refusal::OtherPicture));
        assert_eq!(detect(&brand(b"qt  ", &[b"qt  "])), Err(Refusal::Movie));
        assert_eq!(detect(&brand(b"isom", &[b"mp42"])), Err(Refusal::Movie));
        assert_eq!(detect(b"\0\0\0\x08wide\0\0\0\x08mdat"), Err(Refusal::Movie));
    }

    #[test]
    fn other_types_are_named_so_that_the_remedy_fits() {
        assert_eq!(detect(b""), Err(Refusal::Empty));
        assert_eq!(detect(b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0"), Err(Refusal::Program));
        assert_eq!(detect(b"PK\x03\x04\x14\0\0\0\x08\0aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), Err(Refusal::Archive));
        assert_eq!(detect(b"<!DOCTYPE html><html><body>x</body></html>"), Err(Refusal::Text));
        assert_eq!(detect("Đơn xin xác nhận".as_bytes()), Err(Refusal::Text));
        assert_eq!(detect(b"GIF89a\x01\0\x01\0"), Err(Refusal::OtherPicture));
        assert_eq!(detect(b"#!/bin/sh\nrm -rf /"), Err(Refusal::Program));
        assert_eq!(detect(&[7, 0, 1, 2, 3, 4, 200, 201]), Err(Refusal::OtherType));
    }

    #[test]
    fn a_virus_test_file_is_refused_wherever_the_signature_stands() {
        assert_eq!(detect(EICAR), Err(Refusal::Malware));
        let mut inside = b"%PDF-1.4\n".to_vec();
        inside.extend_from_slice(EICAR);
        assert_eq!(detect(&inside), Err(Refusal::Malware));
    }

    #[test]
    fn two_types_in_one_file_are_refused() {
        assert_eq!(detect(b"\n\n%PDF-1.7\n1 0 obj"), Err(Refusal::Disguised));
        assert_eq!(detect(b"<html>%PDF-1.7\n1 0 obj"), Err(Refusal::Disguised));
        let mut picture = b"\xFF\xD8\xFF\xE0\0\x10JFIF%PDF-1.4".to_vec();
        assert_eq!(detect(&picture), Err(Refusal::Disguised));
        picture = b"\xFF\xD8\xFF\xE0\0\x10JFIF".to_vec();
        assert_eq!(detect(&picture), Ok(SourceType::Jpeg));
        picture.extend_from_slice(b"PK\x05\x06\0\0\0\0\x01\0\x01\0\x10\0\0\0\x20\0\0\0\0\0");
        assert_eq!(detect(&picture), Err(Refusal::Disguised));
    }
}
