//! Papers as people bring them, made here.

use std::{io::Cursor, sync::OnceLock};

use image::{DynamicImage, GrayImage, ImageFormat, Luma};
use lopdf::{Dictionary, Document, Object, Stream, dictionary};

/// A photograph of a written page, large enough to be read.
pub(crate) fn jpeg() -> Vec<u8> {
    static JPEG: OnceLock<Vec<u8>> = OnceLock::new();
    JPEG.get_or_init(|| {
        let mut page = GrayImage::from_pixel(1_000, 1_414, Luma([244]));
        for line in 0..40_u32 {
            for x in 90..(910 - (line * 37) % 240) {
                if (x / 7 + line * 3) % 6 != 0 {
                    for y in 0..9 {
                        page.put_pixel(x, 90 + line * 31 + y, Luma([if (x / 3 + y) % 3 == 0 { 70 } else { 25 }]));
                    }
                }
            }
        }
        let mut out = Cursor::new(Vec::new());
        DynamicImage::ImageLuma8(page).write_to(&mut out, ImageFormat::Jpeg).unwrap();
        out.into_inner()
    })
    .clone()
}

/// One page of text, as a scanner or an office program makes it.
pub(crate) fn paper_pdf() -> Vec<u8> {
    pdf_with(|_, _| {})
}

/// The same after `change` has added something to the document or its catalog.
pub(crate) fn pdf_with(change: impl FnOnce(&mut Document, &mut Dictionary)) -> Vec<u8> {
    let mut document = Document::with_version("1.5");
    let tree = document.new_object_id();
    let font = document.add_object(dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica" });
    let content = document.add_object(Stream::new(Dictionary::new(), b"BT /F1 24 Tf 72 700 Td (Don) Tj ET".to_vec()));
    let page = document.add_object(dictionary! { "Type" => "Page", "Parent" => tree, "Contents" => content });
    let pages = dictionary! {
        "Type" => "Pages",
        "Count" => 1,
        "Kids" => vec![Object::from(page)],
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
