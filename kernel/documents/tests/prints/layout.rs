//! Where things stand on the paper (NĐ 30/2020, Appendix I), measured on the PDF.

use kernel_documents::Document;

use crate::{samples, tools};

/// Points in a millimetre.
const MM: f64 = 72.0 / 25.4;

fn a4_documents() -> Vec<(&'static str, Document)> {
    let mut documents = samples::all();
    documents.retain(|(name, _)| *name != "receipt_roll");
    let mut long = samples::receipt();
    long.papers = (1..=50)
        .map(|i| samples::paper(&format!("Giấy tờ thứ {i}, bản vẽ thiết kế và thuyết minh kèm theo")))
        .collect();
    long.dossier.applicant.name = "Hợp tác xã Nông nghiệp và Dịch vụ tổng hợp ".repeat(5);
    long.dossier.applicant.email = Some(format!("{}@example.vn", "a".repeat(120)));
    documents.push(("receipt_50_papers", Document::Receipt(long)));
    documents.push(("control_slip_40_rows", Document::ControlSlip(samples::control_slip(40))));
    documents.push(("register_60_rows", Document::Register(samples::register(60))));
    documents
}

#[test]
fn all_text_stands_inside_the_margins_of_the_law() {
    for (name, document) in a4_documents() {
        let (_, path) = tools::print(name, &document);
        let (words, width, height) = tools::words_of(&path);
        let (across, down) = (210.0 * MM, 297.0 * MM);
        let (want_width, want_height) = if name.starts_with("register") { (down, across) } else { (across, down) };
        assert!((width - want_width).abs() < 0.5 && (height - want_height).abs() < 0.5, "{name} is not A4");
        assert!(words.len() > 30, "{name} has {} words", words.len());
        for word in &words {
            assert!(word.left >= 30.0 * MM - 0.5, "{name}: {word:?} in the left margin");
            assert!(word.right <= width - 15.0 * MM + 1.0, "{name}: {word:?} in the right margin");
            let foot = word.top > height - 20.0 * MM - 0.5;
            let number = word.bottom < 20.0 * MM && word.text.chars().all(|c| c.is_ascii_digit());
            assert!(word.top >= 20.0 * MM - 3.0 || number, "{name}: {word:?} in the top margin");
            assert!(word.bottom <= height - 20.0 * MM + 3.0 || foot, "{name}: {word:?} over the lower edge");
        }
    }
}

#[test]
fn pages_are_numbered_from_the_second_in_the_middle_of_the_top_margin() {
    let (rendered, path) = tools::print("register_60_rows", &Document::Register(samples::register(60)));
    assert!(rendered.pages >= 3, "{} pages", rendered.pages);
    let (words, width, _) = tools::words_of(&path);
    let middle = (30.0 * MM + width - 15.0 * MM) / 2.0;
    for page in 1..=rendered.pages {
        let top: Vec<_> = words.iter().filter(|w| w.page == page && w.bottom < 20.0 * MM).collect();
        if page == 1 {
            assert!(top.is_empty(), "{top:?}");
        } else {
            assert_eq!(top.len(), 1, "page {page}: {top:?}");
            assert_eq!(top[0].text, page.to_string());
            assert!(((top[0].left + top[0].right) / 2.0 - middle).abs() < 3.0, "{:?}", top[0]);
        }
    }
}

#[test]
fn a_long_table_repeats_its_head_and_loses_no_row() {
    let mut receipt = samples::receipt();
    receipt.papers = (1..=50).map(|i| samples::paper(&format!("Giấy tờ thứ {i}."))).collect();
    let (rendered, path) = tools::print("receipt_50", &Document::Receipt(receipt));
    assert!(rendered.pages >= 2);
    let text = tools::text_of(&path);
    for i in 1..=50 {
        assert!(text.contains(&format!("Giấy tờ thứ {i}.")), "{i}");
    }
    assert!(text.matches("Tên giấy tờ").count() >= 2);
}

#[test]
fn an_everyday_receipt_fits_one_sheet_and_the_roll_is_80_mm_wide() {
    let (sheet, _) = tools::print("receipt", &Document::Receipt(samples::receipt()));
    assert_eq!(sheet.pages, 1);
    let (roll, path) = tools::print("receipt_roll", &Document::ReceiptRoll(samples::receipt()));
    assert_eq!(roll.pages, 1);
    let (words, width, _) = tools::words_of(&path);
    assert!((width - 80.0 * MM).abs() < 0.5, "{width}");
    assert!(words.iter().all(|w| w.left >= 4.0 * MM - 0.5 && w.right <= 76.0 * MM + 0.5));
}

#[test]
fn national_name_and_issuer_share_the_first_line_left_and_right() {
    let (_, path) = tools::print("decision", &Document::Result(samples::decision()));
    let (words, width, _) = tools::words_of(&path);
    let find = |text: &str| words.iter().find(|w| w.text == text).unwrap_or_else(|| panic!("{text}"));
    assert!(find("CỘNG").left > width / 2.0 - 20.0 * MM);
    assert!((find("CỘNG").top - words[0].top).abs() < 3.0);
    assert!(words[0].left < width / 2.0);
    assert!(find("Số:").top > find("CỘNG").bottom);
}

#[test]
fn every_document_is_tagged_has_a_title_and_speaks_vietnamese() {
    for (name, document) in a4_documents() {
        let (rendered, path) = tools::print(name, &document);
        assert!(rendered.archival, "{name} does not conform to PDF/A-2a and PDF/UA-1");
        let info = tools::run("pdfinfo", &[path.to_str().unwrap()]);
        assert!(info.lines().any(|l| l.starts_with("Title:") && l.len() > 20), "{name}: {info}");
        assert!(info.lines().any(|l| l.starts_with("Tagged:") && l.ends_with("yes")), "{name}: {info}");
        assert!(String::from_utf8_lossy(&rendered.pdf).contains("/Lang("), "{name}");
    }
}

#[test]
fn signatures_never_stand_alone_on_a_page() {
    for papers in 10..60 {
        let mut receipt = samples::receipt();
        receipt.papers = (1..=papers).map(|i| samples::paper(&format!("Giấy tờ thứ {i}."))).collect();
        let (rendered, path) = tools::print("receipt_signatures", &Document::Receipt(receipt));
        let (words, ..) = tools::words_of(&path);
        let last: Vec<_> = words.iter().filter(|w| w.page == rendered.pages).map(|w| w.text.as_str()).collect();
        let (signed, told) = (last.contains(&"NGƯỜI"), last.contains(&"Đăng"));
        assert!(told || !signed, "{papers} papers: {last:?}");
    }
}
