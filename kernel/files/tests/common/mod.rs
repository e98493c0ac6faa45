//! Files as people bring them, made here.
#![allow(dead_code, reason = "each test program uses a part of the samples")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use std::io::Cursor;

use bytes::Bytes;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use kernel_base::{Error, Result};
use kernel_files::{Files, Inspected, Inspector};
use lopdf::{Dictionary, Document, Object, Stream, dictionary};

pub(crate) const EICAR: &[u8] = br"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*";

/// The children of these tests are the crate's own small program.
pub(crate) fn inspector() -> Inspector {
    Inspector::new(env!("CARGO_BIN_EXE_inspect-file"), [] as [&str; 0])
}

pub(crate) fn files() -> (tempfile::TempDir, Files) {
    let dir = tempfile::tempdir().unwrap();
    let files = Files::open(dir.path(), inspector()).unwrap();
    (dir, files)
}

/// Receives and inspects files that are named and given.
pub(crate) async fn try_all(files: &Files, given: &[(&str, Vec<u8>)]) -> Result<Inspected> {
    let mut received = Vec::new();
    for (name, bytes) in given {
        received.push(files.receive_bytes(name, Bytes::from(bytes.clone())).await?);
    }
    files.inspect(received).await
}

pub(crate) async fn inspect(name: &str, bytes: Vec<u8>) -> Result<Inspected> {
    let (_dir, files) = files();
    try_all(&files, &[(name, bytes)]).await
}

/// The machine word of the refusal; fails when the file was taken.
pub(crate) async fn refusal(name: &str, bytes: Vec<u8>) -> Error {
    match inspect(name, bytes).await {
        Err(error) => error,
        Ok(taken) => panic!("{name} was taken: {} pages, {:?}", taken.pages, taken.warnings),
    }
}

/// Paper with lines of dark strokes, as writing looks from afar, and a red seal at the lower right.
pub(crate) fn page(width: u32, height: u32) -> RgbImage {
    let mut page = RgbImage::from_pixel(width, height, Rgb([236, 233, 226]));
    let unit = (width / 300).max(2);
    let mut seed = 7_u32;
    let mut fill = |x: u32, y: u32, w: u32, h: u32, colour: [u8; 3]| {
        for y in y..(y + h).min(height) {
            for x in x..(x + w).min(width) {
                page.put_pixel(x, y, Rgb(colour));
            }
        }
    };
    for line in (8..(height / unit).saturating_sub(16)).step_by(10) {
        let mut x = 20;
        while x < 270 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if !seed.is_multiple_of(5) {
                fill(x * unit, line * unit, unit, unit * (2 + seed / 7 % 4), [40, 38, 42]);
                fill(x * unit, line * unit, unit * (1 + seed / 11 % 3), unit, [40, 38, 42]);
            }
            x += 2 + seed / 13 % 2;
        }
    }
    fill(width * 7 / 10, height * 8 / 10, width / 8, height / 12, [200, 30, 40]);
    page
}

pub(crate) fn encode(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    image.into().write_to(&mut out, format).unwrap();
    out.into_inner()
}

/// A JPEG with an EXIF segment: orientation as given and a GPS position.
pub(crate) fn jpeg_with_exif(image: RgbImage, orientation: u8) -> Vec<u8> {
    let jpeg = encode(image, ImageFormat::Jpeg);
    let mut tiff = b"MM\0\x2A\0\0\0\x08\0\x02".to_vec();
    tiff.extend_from_slice(&[0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
    tiff.extend_from_slice(&[0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 38]);
    tiff.extend_from_slice(&[0, 0, 0, 0]);
    // GPS directory: latitude reference "N".
    tiff.extend_from_slice(&[0, 1, 0, 1, 0, 2, 0, 0, 0, 2, b'N', 0, 0, 0, 0, 0, 0, 0]);
    tiff.extend_from_slice(b"GPS-SECRET-PLACE");
    let mut out = jpeg[..2].to_vec();
    out.extend_from_slice(&[0xFF, 0xE1]);
    out.extend_from_slice(&u16::try_from(tiff.len() + 8).unwrap().to_be_bytes());
    out.extend_from_slice(b"Exif\0\0");
    out.extend_from_slice(&tiff);
    out.extend_from_slice(&jpeg[2..]);
    out
}

/// The picture on a page of a PDF that the inspection made.
pub(crate) fn picture(pdf: &[u8], page: u32) -> (Document, DynamicImage) {
    let document = Document::load_mem(pdf).unwrap();
    let id = document.get_pages()[&page];
    let content = document.get_page_images(id).unwrap()[0].content.to_vec();
    let image = image::load_from_memory_with_format(&content, ImageFormat::Jpeg).unwrap();
    (document, image)
}

/// A PDF of text pages; `change` may add to the document and its catalog before it is written.
pub(crate) fn pdf(pages: usize, change: impl FnOnce(&mut Document, &mut Dictionary)) -> Vec<u8> {
    let mut document = Document::with_version("1.5");
    let tree = document.new_object_id();
    let font = document.add_object(dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica" });
    let kids: Vec<Object> = (0..pages)
        .map(|n| {
            let text = format!("BT /F1 24 Tf 72 700 Td (Don so {n}) Tj ET");
            let content = document.add_object(Stream::new(Dictionary::new(), text.into_bytes()));
            let page = dictionary! { "Type" => "Page", "Parent" => tree, "Contents" => content };
            document.add_object(page).into()
        })
        .collect();
    let pages = dictionary! {
        "Type" => "Pages",
        "Count" => kids.len() as i64,
        "Kids" => kids,
        "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
        "Resources" => dictionary! { "Font" => dictionary! { "F1" => font } },
    };
    document.objects.insert(tree, pages.into());
    let mut catalog = dictionary! { "Type" => "Catalog", "Pages" => tree };
    change(&mut document, &mut catalog);
    let catalog = document.add_object(catalog);
    document.trailer.set("Root", catalog);
    let mut out = Vec::new();
    document.save_to(&mut out).unwrap();
    out
}

/// A PDF whose pages each show one JPEG, as a scanner makes it.
pub(crate) fn scan(shots: &[Vec<u8>], width: i64, height: i64) -> Vec<u8> {
    let mut document = Document::with_version("1.4");
    let tree = document.new_object_id();
    let mut kids: Vec<Object> = Vec::new();
    for shot in shots {
        let image = dictionary! {
            "Type" => "XObject", "Subtype" => "Image", "Width" => width, "Height" => height,
            "ColorSpace" => "DeviceRGB", "BitsPerComponent" => 8, "Filter" => "DCTDecode",
        };
        let image = document.add_object(Stream::new(image, shot.clone()));
        let content = document.add_object(Stream::new(Dictionary::new(), b"q 595 0 0 842 0 0 cm /S Do Q".to_vec()));
        let page = dictionary! {
            "Type" => "Page", "Parent" => tree, "Contents" => content,
            "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
            "Resources" => dictionary! { "XObject" => dictionary! { "S" => image } },
        };
        kids.push(document.add_object(page).into());
    }
    let pages = dictionary! { "Type" => "Pages", "Count" => kids.len() as i64, "Kids" => kids };
    document.objects.insert(tree, pages.into());
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    document.trailer.set("Root", catalog);
    let mut out = Vec::new();
    document.save_to(&mut out).unwrap();
    out
}
