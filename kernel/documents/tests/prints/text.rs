//! What the PDF says: letters, dates, codes, and that people's words stay words.

use kernel_documents::{Document, render};
use unicode_normalization::UnicodeNormalization;

use crate::{samples, tools};

/// The 134 letters of Vietnamese beyond ASCII, đ and Đ included.
fn vietnamese_letters() -> Vec<char> {
    let mut letters = vec!['đ', 'Đ'];
    for base in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY".chars() {
        for tone in ["", "\u{300}", "\u{309}", "\u{303}", "\u{301}", "\u{323}"] {
            letters.extend(format!("{base}{tone}").nfc().filter(|c| !c.is_ascii()));
        }
    }
    letters
}

#[test]
fn every_vietnamese_and_co_tu_letter_is_read_back_from_the_pdf_in_all_four_faces() {
    let letters = vietnamese_letters();
    assert_eq!(letters.len(), 134);
    let line: String = letters.iter().chain(&['₫', 'ĕ', 'ĭ', 'ŏ', 'ŭ', 'ʼ']).flat_map(|c| [*c, ' ']).collect();
    let mut result = samples::decision();
    result.body = vec![kernel_documents::Block::Paragraph { text: format!("thường {line}") }];
    result.legal = vec![format!("nghiêng {line}")];
    result.summary = Some(format!("đậm {line}"));
    let (rendered, path) = tools::print("letters", &Document::Result(result));
    assert!(rendered.archival);
    let text = tools::text_of(&path);
    for face in ["thường", "nghiêng", "đậm"] {
        assert!(text.contains(&format!("{face} {}", line.trim())), "{face}: {text}");
    }
    assert!(text.contains("Nơi nhận:"), "{text}");
    let fonts = tools::run("pdffonts", &[path.to_str().unwrap()]);
    let faces: Vec<&str> = fonts.lines().skip(2).collect();
    assert_eq!(faces.len(), 4, "regular, bold, italic and bold italic: {fonts}");
    assert!(faces.iter().all(|face| face.contains("LiberationSerif")), "{fonts}");
}

#[test]
fn what_people_write_is_printed_as_they_wrote_it_and_never_obeyed() {
    let hostile = [
        "#panic(\"x\")",
        "#image(\"/etc/passwd\")",
        "$x^2$",
        "*đậm*",
        "_nghiêng_",
        "`mã`",
        "@nguồn",
        "<nhãn>",
        "- gạch",
        "+ cộng",
        "1. số",
        "= đề mục",
        "// chú",
        "/* khối */",
        "\\ \\u{41}",
        "~",
        "---",
        "...",
        "'nháy' \"kép\"",
        "[ngoặc] {nhọn}",
        "https://example.vn/#a",
    ];
    let mut receipt = samples::receipt();
    receipt.papers = hostile.iter().map(|words| samples::paper(words)).collect();
    receipt.dossier.applicant.name = "- Nguyễn #Văn *An* $1$ @x \\".to_owned();
    receipt.head.issuer = "= Sở #1 *".to_owned();
    let (_, path) = tools::print("hostile", &Document::Receipt(receipt));
    let text = tools::text_of(&path);
    for words in hostile {
        assert!(text.contains(words), "{words} is missing in: {text}");
    }
    assert!(text.contains("Tiếp nhận hồ sơ của: - Nguyễn #Văn *An* $1$ @x \\"), "{text}");
    assert!(text.contains("= SỞ #1 *"), "{text}");
}

#[test]
fn a_letter_that_cannot_be_printed_never_stops_a_receipt() {
    let mut receipt = samples::receipt();
    receipt.dossier.applicant.name = "An 😀 \u{e000} \u{0}漢 \u{202e}ng\u{1ef1}a".to_owned();
    receipt.dossier.applicant.address = Some(String::new());
    let (rendered, path) = tools::print("unprintable", &Document::Receipt(receipt));
    assert!(rendered.archival);
    assert!(tools::text_of(&path).contains("An □ □ □ ngựa"));
}

#[test]
fn dates_are_written_as_the_law_writes_them() {
    let (_, path) = tools::print("dates", &Document::StopNotice(samples::stop_notice()));
    let text = tools::text_of(&path);
    assert!(text.contains("ngày 03 tháng 10 năm 2025"), "{text}");
    assert!(text.contains("16 giờ 30 phút, ngày 03 tháng 10 năm 2025"), "{text}");
    assert!(text.contains("08 giờ 15 phút, ngày 01 tháng 9 năm 2025"), "{text}");
    let (_, path) = tools::print("dates_february", &Document::Refusal(samples::refusal()));
    assert!(tools::text_of(&path).contains("ngày 03 tháng 02 năm 2021"));
}

#[test]
fn an_instant_is_shown_on_vietnams_clock_also_across_midnight_and_new_year() {
    let mut receipt = samples::receipt();
    receipt.received_at = samples::at("2021-12-31T17:05:00Z");
    let (_, path) = tools::print("midnight", &Document::Receipt(receipt));
    assert!(tools::text_of(&path).contains("Thời gian nhận hồ sơ: 00 giờ 05 phút, ngày 01 tháng 01 năm 2022"));
}

#[test]
fn nothing_is_promised_from_a_limit_that_is_not_known() {
    let mut receipt = samples::receipt();
    (receipt.limit, receipt.promised_at) = (None, None);
    receipt.fees[0].amount = None;
    for (name, document) in
        [("unknown", Document::Receipt(receipt.clone())), ("unknown_roll", Document::ReceiptRoll(receipt))]
    {
        let (_, path) = tools::print(name, &document);
        assert_eq!(tools::text_of(&path).matches("chưa công bố").count(), 3, "{name}");
    }
}

#[test]
fn the_form_the_replaced_slip_and_the_missing_signature_are_said() {
    let mut apology = samples::apology();
    apology.head.replaces = Some("01/PXL-UBND".to_owned());
    apology.ahead = false;
    apology.times = 2;
    let (_, path) = tools::print("apology_late", &Document::Apology(apology));
    let text = tools::text_of(&path);
    for words in [
        "Mẫu số 04 ban hành kèm theo Thông tư số 01/2018/TT-VPCP ngày 23/11/2018",
        "Thay thế phiếu số 01/PXL-UBND",
        "Hẹn lại lần thứ 2",
        "chưa trả được kết quả",
        "CHƯA KÝ SỐ",
        "TM. ỦY BAN NHÂN DÂN",
        "KT. CHỦ TỊCH",
        "PHÓ CHỦ TỊCH",
        "Lưu: VT.",
    ] {
        assert!(text.contains(words), "{words} is missing in: {text}");
    }
}

#[test]
fn the_qr_code_opens_the_checking_page_with_code_key_and_hash() {
    let url = samples::check().url();
    assert!(url.contains("000.05.07.H47-210726-0001") && url.contains(&samples::check().hash));
    for (name, document) in samples::all().into_iter().filter(|(name, _)| *name != "check_list" && *name != "register")
    {
        let (rendered, path) = tools::print(name, &document);
        if rendered.pages == 1 {
            assert_eq!(tools::qr_of(&path), url, "{name}");
        }
    }
    let (_, path) = tools::print("check_list", &Document::CheckList(samples::check_list()));
    assert_eq!(tools::qr_of(&path), "http://127.0.0.1:8080/thu-tuc/1.001193");
}

#[test]
fn the_same_facts_give_the_same_bytes_also_from_many_threads() {
    for (name, document) in samples::all() {
        let first = render(&document).unwrap();
        let kept: Document = serde_json::from_str(&serde_json::to_string(&document).unwrap()).unwrap();
        assert_eq!(render(&kept).unwrap(), first, "{name}");
        std::thread::scope(|scope| {
            let others: Vec<_> = (0..4).map(|_| scope.spawn(|| render(&document).unwrap().sha256)).collect();
            assert!(others.into_iter().all(|other| other.join().unwrap() == first.sha256), "{name}");
        });
    }
    let mut other = samples::receipt();
    other.dossier.code = "000.05.07.H47-210726-0002".to_owned();
    assert_ne!(
        render(&Document::Receipt(other)).unwrap().sha256,
        render(&Document::Receipt(samples::receipt())).unwrap().sha256
    );
}
